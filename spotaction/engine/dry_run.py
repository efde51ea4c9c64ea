"""The dry run behind a plan: reads go to the live clouds, writes stay in memory, and the clock is virtual."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from spotaction.documents.accessors import as_items, as_mapping
from spotaction.engine.context import DeployContext
from spotaction.engine.own_writes import OwnWrites
from spotaction.engine.plan_recorder import Overlay, PlanRecorder, VirtualClock
from spotaction.engine.waits.health_cache import HealthCache
from spotaction.model.errors import FailedError
from spotaction.model.observations import Observations
from spotaction.model.ports import AlarmApi, Clock, ElastigroupApi, LoadBalancerApi
from spotaction.model.resources import (
    Alarm,
    Capacity,
    Forward,
    Group,
    GroupId,
    ImageId,
    Instance,
    InstanceId,
    InstanceState,
    JsonObject,
    JsonValue,
    ListenerArn,
    LogLine,
    Roll,
    Route,
    RuleArn,
    Suspension,
    Target,
    TargetGroup,
    TargetGroupArn,
    TargetState,
)

NEW_GROUP = GroupId("sig-new")


@dataclass(frozen=True)
class DryRunElastigroupApi(ElastigroupApi):
    """Groups as they would be after the writes so far; instances that would launch are healthy at once."""

    live: ElastigroupApi
    overlay: Overlay
    clock: Clock

    def time(self) -> datetime:
        return self.clock.time()

    def all(self) -> tuple[Group, ...]:
        live = self.overlay.read_once("groups", self.live.all)
        planned = {group.id: self.overlay.groups.get(group.id, group) for group in live} | self.overlay.groups
        return tuple(group for group in planned.values() if group.id not in self.overlay.deleted)

    def get(self, group: GroupId) -> Group | None:
        if group in self.overlay.deleted:
            return None
        return self.overlay.groups.get(group) or self.overlay.read_once(("group", group), partial(self.live.get, group))

    def create(self, config: JsonObject) -> Group:
        name = str(config["name"])
        created = _planned_group(config, self.clock.time())
        self.overlay.groups[created.id] = created
        self.overlay.scaled.add(created.id)
        self.overlay.record_call("POST /aws/ec2/group", name, group=name)
        return created

    def scale(self, group: GroupId, capacity: Capacity) -> None:
        before = self._known(group)
        if before.id not in self.overlay.scaled and group != NEW_GROUP:
            self.overlay.live_instances[group] = self._live_instances(group)
        self.overlay.scaled.add(group)
        self.overlay.groups[group] = replace(before, capacity=capacity)
        numbers = {"minimum": capacity.minimum, "target": capacity.target, "maximum": capacity.maximum}
        self.overlay.record_call("PUT /aws/ec2/group/{id}/capacity", group, group=before.name, capacity=numbers)

    def update(self, group: GroupId, *, name: str | None = None, description: str | None = None) -> None:
        before = self._known(group)
        after = replace(before, name=name or before.name, description=before.description)
        self.overlay.groups[group] = after if description is None else replace(after, description=description)
        details: dict[str, JsonValue] = {"name": name} if name is not None else {}
        self.overlay.record_call("PUT /aws/ec2/group/{id}", group, group=before.name, **details)

    def delete(self, group: GroupId) -> None:
        name = self._known(group).name
        self.overlay.deleted.add(group)
        self.overlay.record_call("DELETE /aws/ec2/group/{id}", group, group=name)

    def instances(self, group: GroupId) -> tuple[Instance, ...]:
        if group not in self.overlay.scaled:
            return self._live_instances(group)
        return _planned_instances(self._known(group))

    def instance_requests(self, group: GroupId) -> tuple[Instance, ...]:
        return self.instances(group) if group in self.overlay.scaled else self.live.instance_requests(group)

    def suspend_scaling(self, group: GroupId, minutes: int) -> None:
        name = self._known(group).name
        self.overlay.record_call("POST /aws/ec2/group/{id}/suspension", group, group=name, minutes=minutes)

    def resume_scaling(self, group: GroupId) -> None:
        self.overlay.record_call("DELETE /aws/ec2/group/{id}/suspension", group, group=self._known(group).name)

    def suspensions(self, group: GroupId) -> tuple[Suspension, ...] | None:
        return () if group == NEW_GROUP else self.live.suspensions(group)

    def rolls(self, group: GroupId) -> tuple[Roll, ...]:
        return () if group == NEW_GROUP else self.live.rolls(group)

    def log(self, group: GroupId, since: datetime) -> tuple[LogLine, ...]:
        return () if group in self.overlay.groups else self.live.log(group, since)

    def assume_steady(self, group: GroupId) -> None:
        """Treat a group as having all the instances of its capacity, healthy."""
        found = self.get(group)
        if found is not None:
            self.overlay.live_instances[group] = self._live_instances(group)
            self.overlay.groups[group] = found
            self.overlay.scaled.add(group)

    def _live_instances(self, group: GroupId) -> tuple[Instance, ...]:
        return self.overlay.read_once(("instances", group), partial(self.live.instances, group))

    def _known(self, group: GroupId) -> Group:
        found = self.get(group)
        if found is None:
            raise FailedError(f"{group} was deleted while the plan was being made.")
        return found


@dataclass(frozen=True)
class DryRunLoadBalancerApi(LoadBalancerApi):
    """Routes and targets as they would be after the writes so far."""

    live: LoadBalancerApi
    overlay: Overlay

    def find(self, load_balancer: str, port: int, rule: RuleArn | None) -> Route:
        return self._with_planned(self.live.find(load_balancer, port, rule))

    def by_arn(self, listener: ListenerArn, rule: RuleArn, *, load_balancer: str, port: int) -> Route:
        return self._with_planned(self.live.by_arn(listener, rule, load_balancer=load_balancer, port=port))

    def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        key = ("routes", *(route.rule for route in routes))
        return tuple(
            self._with_planned(route) for route in self.overlay.read_once(key, partial(self.live.read, routes))
        )

    def other_rules(self, route: Route) -> tuple[Route, ...]:
        return self.live.other_rules(route)

    def forwarding_to(self, target_groups: Sequence[TargetGroupArn]) -> tuple[Route, ...]:
        """Return the rules as after the writes so far: a planned write may change a rule's target groups."""
        key = ("forwarding", *target_groups)
        live = self.overlay.read_once(key, partial(self.live.forwarding_to, target_groups))
        found = {route.rule: route for route in live} | self.overlay.routes
        return tuple(route for route in found.values() if route.forward.names(target_groups))

    def write(self, route: Route, forward: Forward) -> Route:
        written = self.overlay.routes[route.rule] = replace(route, forward=forward)
        targets: JsonValue = [{"targetGroup": str(t.target_group), "weight": t.weight} for t in forward.targets]
        call, subject = ("ModifyListener", route.listener) if route.is_default else ("ModifyRule", route.rule)
        self.overlay.record_call(call, subject, forward=targets)
        return written

    def targets(self, target_group: TargetGroupArn) -> tuple[Target, ...]:
        live = self.overlay.read_once(("targets", target_group), partial(self.live.targets, target_group))
        gone = {instance.id for found in self.overlay.live_instances.values() for instance in found}
        stay = [target for target in live if target.id not in gone]
        groups = [
            g for g in self.overlay.groups.values() if g.id in self.overlay.scaled and self._attached(g, target_group)
        ]
        planned = [i.id for group in groups for i in _planned_instances(group) if i.id is not None]
        return (*stay, *(Target(instance, TargetState.HEALTHY) for instance in planned))

    def target_groups(self, arns: Sequence[TargetGroupArn]) -> tuple[TargetGroup, ...]:
        return self.live.target_groups(arns)

    def _with_planned(self, route: Route) -> Route:
        written = self.overlay.routes.get(route.rule)
        return replace(route, forward=written.forward) if written else route

    def _attached(self, group: Group, target_group: TargetGroupArn) -> bool:
        return group.id not in self.overlay.deleted and target_group in group.target_groups


@dataclass(frozen=True)
class DryRunAlarmApi(AlarmApi):
    """Alarms as they are now."""

    live: AlarmApi
    overlay: Overlay

    def states(self, names: Sequence[str]) -> tuple[Alarm, ...]:
        return self.overlay.read_once("alarms", partial(self.live.states, names))


def dry_run_context(context: DeployContext, under_way: Sequence[GroupId] = ()) -> tuple[DeployContext, PlanRecorder]:
    """Return a context in which the steps change nothing, and the recorder of the calls that they would have made.

    Groups that are `under_way`, launching or draining, count as steady: they are read only once, and would never be.
    """
    overlay = Overlay()
    recorder = PlanRecorder(overlay, context.notify)
    clock = VirtualClock(context.clock.now(), context.groups.time())
    routes = DryRunLoadBalancerApi(context.routes, overlay) if context.routes is not None else None
    alarms = DryRunAlarmApi(context.alarms, overlay) if context.alarms is not None else None
    groups = DryRunElastigroupApi(context.groups, overlay, clock)
    for group in under_way:
        groups.assume_steady(group)
    written = OwnWrites(complete=context.written.complete, green_before=context.written.green_before)
    planned = replace(context, groups=groups, routes=routes, alarms=alarms, clock=clock, save=lambda _: None)
    planned = replace(planned, notify=recorder, health_cache=HealthCache(), observations=Observations())
    checks = replace(context.checks, dry_run=True) if context.checks is not None else None
    return replace(planned, written=written, deadline=None, checks=checks), recorder


def _planned_group(config: JsonObject, now: datetime) -> Group:
    """The group that a create would make from its config."""
    compute = as_mapping(config.get("compute"))
    specification = as_mapping(compute.get("launchSpecification"))
    image = specification.get("imageId")
    return Group(
        id=NEW_GROUP,
        name=str(config["name"]),
        capacity=Capacity.fixed(0),
        created_at=now.astimezone(UTC),
        description=str(config.get("description") or ""),
        image_id=ImageId(str(image)) if image else None,
        target_groups=_target_groups(specification),
        health_check=str(specification.get("healthCheckType") or "") or None,
        config=config,
    )


def _target_groups(specification: JsonObject) -> tuple[TargetGroupArn, ...]:
    balancers = as_mapping(specification.get("loadBalancersConfig")).get("loadBalancers")
    entries = [as_mapping(entry) for entry in as_items(balancers)]
    return tuple(TargetGroupArn(str(e["arn"])) for e in entries if e.get("type") == "TARGET_GROUP" and e.get("arn"))


def _planned_instances(group: Group) -> tuple[Instance, ...]:
    ids = [InstanceId(f"i-planned-{group.id}-{number}") for number in range(group.capacity.target)]
    return tuple(Instance(instance, InstanceState.HEALTHY) for instance in ids)
