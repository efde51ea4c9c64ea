"""The deployment record as JSON: what a later step, job or container goes on from.

GitHub drops an output that contains a masked text, and an account id may be masked: ARNs are kept without their head.
"""

from collections.abc import Mapping, Sequence

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
MESSAGES = ("reason", "undone")  # for people; the only texts in it that may quote others, and that nothing reads again


def to_json(deployment: Deployment) -> JsonObject:
    """The record in the shape of schemas/deployment.schema.json."""
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


def from_json(value: JsonObject, *, arn_head: str = "") -> Deployment:
    """The record back from JSON that was checked against the schema.

    `arn_head` is `arn:<partition>:elasticloadbalancing:<region>:<account>:`, needed where it holds routes.
    """
    read = _RecordReader(arn_head)
    run, image, snapshot = _map(value["run"]), _map(value["image"]), _map(value["snapshot"])
    return Deployment(
        app=AppName(str(value["app"])),
        strategy=str(value["strategy"]),
        run=Run(
            str(run["id"]), str(run["attempt"]), str(run["repository"]), str(run["server"]), str(run.get("job", ""))
        ),
        image=Image(ImageId(str(image["id"])), str(image["name"])),
        fingerprint=str(value["fingerprint"]),
        deadline=_int(value["deadline"]),
        capacity=read.capacity(value["capacity"]),
        snapshot=Snapshot(
            old=read.group(snapshot["old"]),
            routes=tuple(read.pair(_map(pair)) for pair in _list(snapshot["routes"])),
        ),
        new=read.group(value["new"]),
        standalone_routes=[read.route(_map(route)) for route in _list(value["touched"])],
        suspended=[GroupId(str(group)) for group in _list(value["suspended"])],
        started_steps=[str(step) for step in _list(value["begun"])],
        completed_steps=[str(step) for step in _list(value["finished"])],
        status=Status(str(value["status"])),
        reason=str(value["reason"]),
        rollback_failures=[str(text) for text in _list(value["undone"])],
        nonce=str(value.get("nonce", "")),
        gate_passed_by=str(value.get("gatePassedBy", UNKNOWN_RUN)),
        unconfirmed_name=str(value.get("inDoubt", "")),
        lock=Lock(replaces=str(value["replaces"])) if "replaces" in value else Lock(),
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
        "blue": _arn_tail(pair.blue),
        "green": _arn_tail(pair.green),
    }


def _route_json(route: Route) -> JsonObject:
    return {
        "loadBalancer": route.load_balancer,
        "listener": _arn_tail(route.listener),
        "port": route.port,
        "rule": _arn_tail(route.rule),
        "isDefault": route.is_default,
        "targets": [{"targetGroup": _arn_tail(t.target_group), "weight": t.weight} for t in route.forward.targets],
        "stickySeconds": route.forward.sticky_seconds,
    }


def _arn_tail(arn: str) -> str:
    return arn.rsplit(":", maxsplit=1)[-1]


def _map(value: JsonValue) -> JsonObject:
    assert isinstance(value, Mapping)
    return value


def _list(value: JsonValue) -> Sequence[JsonValue]:
    assert isinstance(value, Sequence)
    return value


def _int(value: JsonValue) -> int:
    assert isinstance(value, int)
    return value


class _RecordReader:
    """Reads the parts that hold ARNs, with their head."""

    def __init__(self, arn_head: str) -> None:
        self.head = arn_head

    def capacity(self, value: JsonValue) -> Capacity | None:
        if value is None:
            return None
        fields = _map(value)
        return Capacity(_int(fields["minimum"]), _int(fields["target"]), _int(fields["maximum"]))

    def group(self, value: JsonValue) -> GroupRef | None:
        if value is None:
            return None
        fields = _map(value)
        capacity = self.capacity(fields["capacity"])
        assert capacity is not None
        image = fields["image"]
        return GroupRef(
            GroupId(str(fields["id"])), str(fields["name"]), capacity, None if image is None else ImageId(str(image))
        )

    def pair(self, value: JsonObject) -> RoutePair:
        stage = value["stage"]
        return RoutePair(
            prod=self.route(_map(value["prod"])),
            stage=self.route(_map(stage)) if stage is not None else None,
            blue=TargetGroupArn(f"{self.head}{value['blue']}"),
            green=TargetGroupArn(f"{self.head}{value['green']}"),
        )

    def route(self, value: JsonObject) -> Route:
        targets = [_map(target) for target in _list(value["targets"])]
        weighted = tuple(Weighted(TargetGroupArn(f"{self.head}{t['targetGroup']}"), _int(t["weight"])) for t in targets)
        sticky = value["stickySeconds"]
        return Route(
            load_balancer=str(value["loadBalancer"]),
            listener=ListenerArn(f"{self.head}{value['listener']}"),
            port=_int(value["port"]),
            rule=RuleArn(f"{self.head}{value['rule']}"),
            is_default=bool(value["isDefault"]),
            forward=Forward(weighted, None if sticky is None else _int(sticky)),
        )
