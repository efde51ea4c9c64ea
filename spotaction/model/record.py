"""The deployment record as JSON, from which a later step, job or container continues.

GitHub drops an output that contains a masked text, and an account id may be masked: ARNs are kept without their head.
"""

from collections.abc import Mapping
from typing import Any

from spotaction.model.deployment import UNKNOWN_RUN, Deployment, GroupRef, Lock, RoutePair, Run, Snapshot, Status
from spotaction.model.resources import (
    AppName,
    Capacity,
    Forward,
    GroupId,
    Image,
    ImageId,
    JsonObject,
    JsonValue,
    ListenerArn,
    Route,
    RuleArn,
    TargetGroupArn,
    Weighted,
)

VERSION = 1
MESSAGES = ("reason", "undone")  # for people; the only texts that may quote others, and that no code reads again


def to_json(deployment: Deployment) -> JsonObject:
    """Return the record as described by schemas/deployment.schema.json."""
    return {
        "version": VERSION,
        "app": deployment.app,
        "strategy": deployment.strategy,
        "run": {
            "id": deployment.run.id,
            "attempt": deployment.run.attempt,
            "repository": deployment.run.repository,
            "server": deployment.run.server,
            **({"job": deployment.run.job} if deployment.run.job else {}),
        },
        "image": {"id": deployment.image.id, "name": deployment.image.name},
        "fingerprint": deployment.fingerprint,
        "deadline": deployment.deadline,
        "capacity": _capacity_json(deployment.capacity),
        "snapshot": {
            "old": _group_json(deployment.snapshot.old),
            "routes": [_route_pair_json(pair) for pair in deployment.snapshot.routes],
        },
        "new": _group_json(deployment.new),
        "touched": [_route_json(route) for route in deployment.standalone_routes],
        "suspended": list(deployment.suspended),
        "begun": list(deployment.started_steps),
        "finished": list(deployment.completed_steps),
        "status": deployment.status.value,
        "reason": deployment.reason,
        "undone": list(deployment.rollback_failures),
        "nonce": deployment.nonce,
        "gatePassedBy": deployment.gate_passed_by,
        "inDoubt": deployment.unconfirmed_name,
        **({"replaces": deployment.lock.replaces} if deployment.lock.replaces is not None else {}),
    }


def from_json(value: Mapping[str, Any], *, arn_head: str = "") -> Deployment:
    """Return the record from JSON, which must have passed the check against the schema.

    `arn_head` is `arn:<partition>:elasticloadbalancing:<region>:<account>:`; it is needed if the record has routes.
    """
    read = _RecordReader(arn_head)
    run, image, snapshot = value["run"], value["image"], value["snapshot"]
    return Deployment(
        app=AppName(value["app"]),
        strategy=value["strategy"],
        run=Run(run["id"], run["attempt"], run["repository"], run["server"], run.get("job", "")),
        image=Image(ImageId(image["id"]), image["name"]),
        fingerprint=value["fingerprint"],
        deadline=int(value["deadline"]),
        capacity=read.capacity(value["capacity"]) if value["capacity"] else None,
        snapshot=Snapshot(
            old=read.group(snapshot["old"]) if snapshot["old"] else None,
            routes=tuple(map(read.pair, snapshot["routes"])),
        ),
        new=read.group(value["new"]) if value["new"] else None,
        standalone_routes=[read.route(route) for route in value["touched"]],
        suspended=[GroupId(group) for group in value["suspended"]],
        started_steps=list(value["begun"]),
        completed_steps=list(value["finished"]),
        status=Status(value["status"]),
        reason=value["reason"],
        rollback_failures=list(value["undone"]),
        nonce=value.get("nonce", ""),
        gate_passed_by=value.get("gatePassedBy", UNKNOWN_RUN),
        unconfirmed_name=value.get("inDoubt", ""),
        lock=Lock(replaces=value.get("replaces")),
    )


def _capacity_json(capacity: Capacity | None) -> JsonValue:
    if capacity is None:
        return None
    return {"minimum": capacity.minimum, "target": capacity.target, "maximum": capacity.maximum}


def _group_json(group: GroupRef | None) -> JsonValue:
    if group is None:
        return None
    return {"id": group.id, "name": group.name, "capacity": _capacity_json(group.capacity), "image": group.image}


def _route_pair_json(pair: RoutePair) -> JsonObject:
    return {
        "prod": _route_json(pair.prod),
        "stage": _route_json(pair.stage) if pair.stage else None,
        "blue": arn_tail(pair.blue),
        "green": arn_tail(pair.green),
    }


def _route_json(route: Route) -> JsonObject:
    return {
        "loadBalancer": route.load_balancer,
        "listener": arn_tail(route.listener),
        "port": route.port,
        "rule": arn_tail(route.rule),
        "isDefault": route.is_default,
        "targets": [{"targetGroup": arn_tail(t.target_group), "weight": t.weight} for t in route.forward.targets],
        "stickySeconds": route.forward.sticky_seconds,
    }


def arn_tail(arn: str) -> str:
    """Return an ARN without its head, in which the account id may be masked."""
    return arn.rsplit(":", maxsplit=1)[-1]


class _RecordReader:
    """Reads the parts of a record. The schema lets `6.0` pass for an integer, so numbers are made one."""

    def __init__(self, arn_head: str) -> None:
        self.head = arn_head

    def capacity(self, value: Mapping[str, Any]) -> Capacity:
        return Capacity(int(value["minimum"]), int(value["target"]), int(value["maximum"]))

    def group(self, value: Mapping[str, Any]) -> GroupRef:
        return GroupRef(GroupId(value["id"]), value["name"], self.capacity(value["capacity"]), value["image"])

    def pair(self, value: Mapping[str, Any]) -> RoutePair:
        return RoutePair(
            prod=self.route(value["prod"]),
            stage=self.route(value["stage"]) if value["stage"] else None,
            blue=TargetGroupArn(self.head + value["blue"]),
            green=TargetGroupArn(self.head + value["green"]),
        )

    def route(self, value: Mapping[str, Any]) -> Route:
        sticky = value["stickySeconds"]
        targets = (
            Weighted(TargetGroupArn(self.head + each["targetGroup"]), int(each["weight"])) for each in value["targets"]
        )
        return Route(
            load_balancer=value["loadBalancer"],
            listener=ListenerArn(self.head + value["listener"]),
            port=int(value["port"]),
            rule=RuleArn(self.head + value["rule"]),
            is_default=value["isDefault"],
            forward=Forward(tuple(targets), None if sticky is None else int(sticky)),
        )
