"""The life cycle of groups: launching, replacing and retiring instances."""

from collections.abc import Iterable, Mapping
from typing import Literal

from spotaction.sandbox.aws.instances import Instances
from spotaction.sandbox.aws.load_balancers import LoadBalancers
from spotaction.sandbox.aws.target_health import Targets
from spotaction.sandbox.clock import Timeline
from spotaction.sandbox.scenario import Scenario
from spotaction.sandbox.spot.activity_log import event, log, recovery
from spotaction.sandbox.spot.behaviour import Character
from spotaction.sandbox.spot.capacity_supply import CapacitySupply
from spotaction.sandbox.spot.elastigroup import Group, Member
from spotaction.sandbox.spot.health import Health
from spotaction.sandbox.types import JSON, InstanceId, TargetGroupArn

Side = Literal["spot", "target", "both"]


class GroupLifecycle:
    """Reconciles the members of all groups with their configuration."""

    def __init__(self, scenario: Scenario, timeline: Timeline, machines: Instances, balancers: LoadBalancers) -> None:
        self._scenario = scenario
        self._timeline = timeline
        self._machines = machines
        self._balancers = balancers
        self._members: dict[InstanceId, tuple[Group, Member]] = {}
        self.targets = Targets(timeline, balancers, self._prospects, self._target_changed)
        self.health = Health(scenario, timeline, self.targets, replace=self.replace, healed=self._drop_replaced)
        self.supply = CapacitySupply(scenario, timeline, machines, self._fulfil)

    def member(self, instance: InstanceId) -> tuple[Group, Member] | None:
        """Return the group and member of an instance that Spot still lists."""
        found = self._members.get(instance)
        return found if found is not None and found[1].present else None

    def start_running(self, group: Group) -> None:
        """Give the group its instances, healthy, as if they had been running for long."""
        for _ in range(group.wanted):
            member = self.supply.request(group)
            self._fulfil(group, member, steady=True)

    def reconcile(self, group: Group) -> None:
        """Launch missing members and retire surplus ones."""
        wanted = group.wanted
        active = group.active()
        if len(active) < wanted:
            self.supply.launch(group, wanted - len(active))
        surplus = len(active) - wanted
        if surplus > 0:
            self.retire(group, _victims(group, active, surplus, self._timeline.now))
        self._drop_replaced(group)

    def retire(self, group: Group, members: Iterable[Member]) -> list[Member]:
        """Deregister the members, and terminate them once they have drained."""
        retired = [member for member in members if member.phase in {"pending", "running"}]
        for member in retired:
            self._retire(group, member)
        if retired:
            ids = [member.instance for member in retired if member.instance]
            event(group, self._timeline.now, "Scale", [{"type": "scaleDown", "terminatedInstances": ids}])
        return retired

    def detach(self, group: Group, member: Member, *, terminate: bool, draining: float) -> None:
        """Remove a member from the group; unless it is terminated, the instance keeps running."""
        if terminate:
            self._retire(group, member, after=draining)
            return
        self._deregister(member)
        member.phase = "gone"

    def interrupt(self, members: Iterable[tuple[Group, Member]]) -> None:
        """Terminate instances as AWS does in an interruption, without draining; the group replaces them."""
        for group, member in list(members):
            if member.instance is None or not member.present:
                continue
            self._end(member)
            event(group, self._timeline.now, "InstanceReplacement", [recovery(member)])
            self.reconcile(group)

    def kill(self, group: Group) -> None:
        """Terminate all of a group's instances at once, without draining."""
        for member in list(group.present()):
            if member.phase == "pending":
                member.phase = "gone"
            self._end(member)

    def notice_terminated(self) -> None:
        """Replace instances that were terminated or stopped outside Spot."""
        for instance, (group, member) in list(self._members.items()):
            if member.phase == "running" and not self._machines.running(instance):
                self.interrupt([(group, member)])

    def fail_checks(self, group: Group, member: Member, side: Side) -> None:
        """Let an instance fail its health checks from now on."""
        if side in {"spot", "both"}:
            self.health.become(group, member, "UNHEALTHY")
        if side in {"target", "both"} and member.instance:
            self.targets.force(member.instance, healthy=False)

    def pass_checks(self, group: Group, member: Member, side: Side) -> None:
        """Let an instance pass its health checks again."""
        if side in {"spot", "both"} and member.phase == "running":
            self.health.become(group, member, "HEALTHY")
        if side in {"target", "both"} and member.instance:
            self.targets.force(member.instance, healthy=True)

    def flap(self, group: Group, member: Member, side: Side, period: float) -> None:
        """Let an instance alternate between healthy and unhealthy."""
        if side in {"spot", "both"}:
            self.health.flap(group, member, period)
        if side in {"target", "both"} and member.instance:
            self.targets.flap(member.instance, period)

    def replace(self, group: Group, member: Member) -> None:
        """Launch a replacement; the member is retired once the replacement is healthy."""
        if member.doomed or member.phase not in {"pending", "running"}:
            return
        member.doomed = True
        event(group, self._timeline.now, "InstanceReplacement", [recovery(member)])
        self.reconcile(group)

    def enter_standby(self, member: Member) -> None:
        """Deregister a member from its target groups, and keep it running."""
        member.standby = True
        self._deregister(member)

    def exit_standby(self, member: Member) -> None:
        """Register a member in its target groups again."""
        member.standby = False
        for arn, port in member.registered:
            if member.instance:
                self.targets.register(TargetGroupArn(arn), member.instance, port)

    def _prospects(self, instance: InstanceId) -> Character | None:
        found = self._members.get(instance)
        return found[1].character if found else None

    def _target_changed(self, instance: InstanceId) -> None:
        found = self._members.get(instance)
        if found is not None:
            self.health.follow(*found)

    def _fulfil(self, group: Group, member: Member, *, steady: bool = False) -> None:
        if member.phase != "pending":
            return
        machine = self._machines.launch(group, member)
        member.instance = InstanceId(machine.id)
        member.private_ip, member.public_ip = machine.private_ip, machine.public_ip
        member.launched_at = group.created_at if steady else self._timeline.now
        member.requested_at = member.launched_at if steady else member.requested_at
        member.phase, member.status = "running", "fulfilled"
        self._members[member.instance] = (group, member)
        self._register(group, member, steady=steady)
        self.health.expect(group, member, steady=steady)

    def _register(self, group: Group, member: Member, *, steady: bool) -> None:
        assert member.instance is not None
        for arn in group.target_groups():
            target_group = self._balancers.elb.target_groups.get(arn)
            if target_group is None:
                log(group, self._timeline.now, "WARN", f"Failed to register {member.instance}: no target group {arn}")
                continue
            port = int(target_group.port)
            member.registered = [*member.registered, (arn, port)]
            self.targets.register(TargetGroupArn(arn), member.instance, port, steady=steady)

    def _drop_replaced(self, group: Group) -> None:
        """Retire replaced members once there are enough healthy ones, or none are wanted."""
        doomed = [member for member in group.members if member.doomed and member.phase in {"pending", "running"}]
        if not doomed or group.rolling() is not None:
            return
        healthy = [m for m in group.active() if m.phase == "running" and m.health not in {"UNKNOWN", "UNHEALTHY"}]
        if len(healthy) >= group.wanted:
            self.retire(group, doomed)

    def _retire(self, group: Group, member: Member, after: float | None = None) -> None:
        if member.phase == "pending":
            member.phase = "gone"
            return
        self._deregister(member)
        member.phase = "draining"
        member.turn += 1
        self._timeline.after(group.draining_timeout if after is None else after, lambda: self._end(member))

    def _deregister(self, member: Member) -> None:
        for arn, port in member.registered:
            if member.instance:
                self.targets.deregister(TargetGroupArn(arn), member.instance, port)

    def _end(self, member: Member) -> None:
        if member.phase == "gone" or member.instance is None:
            return
        member.phase = "gone"
        member.turn += 1
        self.targets.vanish(member.instance)
        self._machines.terminate(member.instance)


def _victims(group: Group, active: list[Member], surplus: int, now: float) -> list[Member]:
    """Choose pending and unhealthy members first, locked ones last; then the oldest, or the newest if configured."""
    strategy: Mapping[str, JSON] = group.document.get("strategy") or {}
    newest = (strategy.get("scalingStrategy") or {}).get("terminationPolicy") == "newestInstance"

    def rank(indexed: tuple[int, Member]) -> tuple[bool, bool, bool, int]:
        index, member = indexed
        locked = member.locked_until is not None and member.locked_until > now
        return locked, member.phase == "running", member.health != "UNHEALTHY", -index if newest else index

    return [member for _, member in sorted(enumerate(active), key=rank)][:surplus]
