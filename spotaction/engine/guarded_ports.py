"""The guarded ports: the safety rules and the lock are enforced here, at the write, whatever a step does.

`inner` is the cloud (`cloud/spot/elastigroups.py`, `cloud/aws/listener_rules.py`) or, in a plan, `engine/dry_run.py`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from spotaction.engine.context import DeployContext
from spotaction.engine.forwards import externally_modified_error, identical
from spotaction.engine.gate import Gate, is_locked_by_another, name_run, taken_over_error
from spotaction.engine.own_writes import RuleWrite, note_write
from spotaction.engine.safety import SafetyRules
from spotaction.engine.waits.health_cache import GroupRead
from spotaction.model.deployment import Deployment, ObservedRoute
from spotaction.model.errors import ApiError, SafetyError, SpotactionError
from spotaction.model.events import (
    GroupCreated,
    GroupDeleted,
    GroupScaled,
    GroupUpdated,
    RouteChanged,
    ScalingSuspended,
)
from spotaction.model.ports import TAKE_OVER_TIME, ElastigroupApi, LoadBalancerApi
from spotaction.model.resources import (
    Capacity,
    Forward,
    Group,
    GroupId,
    Instance,
    JsonObject,
    ListenerArn,
    LogLine,
    Roll,
    Route,
    RuleArn,
    Suspension,
    Target,
    TargetGroup,
    TargetGroupArn,
)
from spotaction.model.safety_rule import SafetyRule

_TRIES = 20  # attempts to write the marker, half of `TAKE_OVER_TIME` apart


@dataclass(frozen=True)
class GuardedElastigroupApi(ElastigroupApi):
    """Reads a group before it writes, enforces the rules and the lock, and reports what changed.

    A group that was read or listed a moment ago is not read again before the write. Reads may lag, so they never make a
    write unnecessary; only what this process itself has written is not written again. Before this run has passed the
    gate, only the new group is changed; a group that another run holds never is.
    """

    inner: ElastigroupApi
    guard: SafetyRules
    gate: Gate

    def time(self) -> datetime:
        return self.inner.time()

    def all(self) -> tuple[Group, ...]:
        asked = self._now()
        found = self.inner.all()
        self.gate.note_own_groups(found, asked)
        return found

    def get(self, group: GroupId) -> Group | None:
        asked = self._now()
        found, old = self.inner.get(group), self.guard.deployment.snapshot.old
        if found is not None:
            self.guard.context.health_cache.note_groups([found], asked, self._now())
        elif old is not None and group == old.id:
            self.guard.context.written.gone.add(group)  # later reads that lag may show it again
        return found

    def create(self, config: JsonObject) -> Group:
        created = self.inner.create(config)
        self.guard.context.written.created[created.id] = created
        self.guard.deployment.lock.marked_at = self._now()
        self.guard.context.notify(GroupCreated(created.id, created.name, created.image_id or ""))
        return created

    def scale(self, group: GroupId, capacity: Capacity) -> None:
        """Scale, unless this process has done so and the group still has that capacity. Raises `SafetyError`."""
        before, written = self._before(group).group, self.guard.context.written
        last = written.capacities.get(group)
        if last == before.capacity == capacity:
            return
        self._require_free(before, "scaled")
        if capacity.target == 0 or capacity.target < max(before.capacity.target, last.target if last else 0):
            before = self._enter(before)
            self.guard.before_shrink(self._at_its_largest(before), capacity)
        now = self.guard.context.clock.now() if capacity.target == 0 else None
        noted = note_write(written.capacities, group, capacity), note_write(written.emptied, group, now)
        with noted[0], noted[1], self._noting_gone(group):
            self.inner.scale(group, capacity)
        if before.capacity != capacity:
            self.guard.context.notify(GroupScaled(group, before.name, before.capacity, capacity))

    def update(self, group: GroupId, *, name: str | None = None, description: str | None = None) -> None:
        read, written = self._before(group), self.guard.context.written
        before = read.group
        name = None if name == before.name == written.names.get(group) else name
        description = None if description == before.description == written.descriptions.get(group) else description
        if name is None and description is None:
            return
        self._require_free(before, "renamed")
        if not self._is_new(group):
            self.gate.enter()
        elif name is not None:
            self.gate.enter_own()
        with note_write(written.names, group, name), note_write(written.descriptions, group, description):
            # With a name, the gate has written the marker already.
            if name is None and description is not None and self.gate.is_taking_over(before):
                read = self._take_over(read, description)
                before = read.group
            else:
                with self._noting_gone(group):
                    self.inner.update(group, name=name, description=description)
        described = description not in {None, before.description}
        if described or name not in {None, before.name}:
            self.guard.context.notify(GroupUpdated(group, name or before.name, before.name, described))
        if self._is_new(group) and description is not None and self.guard.deployment.nonce in description:
            self.gate.note_marker_written(before, read.asked)

    def delete(self, group: GroupId) -> None:
        """Delete a group, if it exists. Raises `SafetyError`."""
        before = self.inner.get(group)
        if before is None:
            return
        self._require_free(before, "deleted")
        before = self._enter(before)
        self.guard.before_delete(before)
        self.inner.delete(group)
        self.guard.context.notify(GroupDeleted(group, before.name))

    def instances(self, group: GroupId) -> tuple[Instance, ...]:
        return self.inner.instances(group)

    def instance_requests(self, group: GroupId) -> tuple[Instance, ...]:
        return self.inner.instance_requests(group)

    def suspend_scaling(self, group: GroupId, minutes: int) -> None:
        self.inner.suspend_scaling(group, minutes)
        self.guard.context.notify(ScalingSuspended(group, self._name_of(group), minutes))

    def resume_scaling(self, group: GroupId) -> None:
        self.inner.resume_scaling(group)
        self.guard.context.notify(ScalingSuspended(group, self._name_of(group), 0))

    def suspensions(self, group: GroupId) -> tuple[Suspension, ...] | None:
        return self.inner.suspensions(group)

    def rolls(self, group: GroupId) -> tuple[Roll, ...]:
        return self.inner.rolls(group)

    def log(self, group: GroupId, since: datetime) -> tuple[LogLine, ...]:
        return self.inner.log(group, since)

    def pass_gate(self, group: GroupId) -> bool:
        """Pass the gate before scaling a group down, renaming or deleting it; return whether time passed meanwhile."""
        return self.gate.enter_own() if self._is_new(group) else self.gate.enter()

    def _take_over(self, read: GroupRead, description: str) -> GroupRead:
        """Write the marker that takes a deployment over, within `TAKE_OVER_TIME` of the read that found it free.

        A write that the rate limit delays for longer is not sent, but tried again after another read. Returns the read
        that the write followed; the gate judges whether it was too late. Raises `ApiError` after `_TRIES` attempts.
        """
        budget = self.guard.context.call_budget
        for attempt in range(1, _TRIES + 1):
            if self._now() - read.asked > TAKE_OVER_TIME / 2:  # the read itself was delayed
                read = self._read_again(read.group.id)
            try:
                with budget.limited_to(read.asked + TAKE_OVER_TIME, budget.on_idle):
                    self.inner.update(read.group.id, description=description)
            except ApiError as error:
                if error.maybe_applied:  # write it again to be certain; the gate judges how long that took
                    self.inner.update(read.group.id, description=description)
                    return read
                if not error.retryable or attempt == _TRIES or self._now() >= budget.until:
                    raise
            else:
                return read
            self.guard.context.clock.sleep(TAKE_OVER_TIME / 2)
            read = self._read_again(read.group.id)
        raise AssertionError

    def _read_again(self, group: GroupId) -> GroupRead:
        asked = self._now()
        with self.guard.context.call_budget.hurrying():
            found = self.guard.context.require_group(group, "Elastigroup")
        self._require_free(found, "changed")
        return GroupRead(asked, self._now(), found)

    @contextmanager
    def _noting_gone(self, group: GroupId) -> Iterator[None]:
        """Remember a group that a write did not find: reads may still show it, and its targets as healthy.

        What was read before the write, such as at the gate, does not count afterwards.
        """
        try:
            yield
        except ApiError as error:
            if error.is_group_gone:
                self.guard.context.written.gone.add(group)
            raise
        finally:
            self.guard.context.health_cache.groups.pop(group, None)

    def _name_of(self, group: GroupId) -> str:
        """The group's name by the record, which is where suspended groups come from; its id if the record has none."""
        known = (self.guard.deployment.new, self.guard.deployment.snapshot.old)
        return next((ref.name for ref in known if ref is not None and ref.id == group), group)

    def _at_its_largest(self, group: Group) -> Group:
        """Return the group with the larger of the capacities that were read and written: the read may be the older one.

        What an earlier process wrote is unknown: it may have scaled the new group up to what the deployment requested.
        """
        written = self.guard.context.written
        unknown = self._is_new(group.id) and not written.complete
        last = written.capacities.get(group.id, self.guard.deployment.capacity if unknown else None)
        return replace(group, capacity=last) if last and last.target > group.capacity.target else group

    def _is_new(self, group: GroupId) -> bool:
        new = self.guard.deployment.new
        return new is not None and group == new.id

    def _require_free(self, group: Group, verb: str) -> None:
        """Raise if another run holds the group."""
        if not is_locked_by_another(group, self.guard.deployment):
            return
        if self._is_new(group.id):
            raise taken_over_error(group, self.guard.deployment)
        raise SafetyError(
            f"{group.name} ({group.id}) may not be {verb}: according to its marker, "
            f"{name_run(group, self.guard.deployment)} is working on it or left it half-way.",
        )

    def _enter(self, before: Group) -> Group:
        """Return the group as it is once this run has passed the gate."""
        if not self.pass_gate(before.id):
            return before
        again = self.guard.context.require_group(before.id, "Elastigroup")
        self._require_free(again, "changed")
        return again

    def _before(self, group: GroupId) -> GroupRead:
        """The group as a read of a moment ago showed it, which counts once, or else as it is now."""
        asked, cache = self._now(), self.guard.context.health_cache
        recent = cache.recent_group(group, asked)
        cache.groups.pop(group, None)
        return recent or GroupRead(asked, asked, self.guard.context.require_group(group, "Elastigroup"))

    def _now(self) -> float:
        return self.guard.context.clock.now()


@dataclass(frozen=True)
class GuardedLoadBalancerApi(LoadBalancerApi):
    """Enforces the rules and the lock, reports what changed, and records how each rule was last read or written."""

    inner: LoadBalancerApi
    guard: SafetyRules
    gate: Gate

    def find(self, load_balancer: str, port: int, rule: RuleArn | None) -> Route:
        return self._note(self.inner.find(load_balancer, port, rule))

    def by_arn(self, listener: ListenerArn, rule: RuleArn, *, load_balancer: str, port: int) -> Route:
        return self._note(self.inner.by_arn(listener, rule, load_balancer=load_balancer, port=port))

    def read(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        return tuple(self._note(route) for route in self.inner.read(routes))

    def other_rules(self, route: Route) -> tuple[Route, ...]:
        return self.inner.other_rules(route)

    def forwarding_to(self, target_groups: Sequence[TargetGroupArn]) -> tuple[Route, ...]:
        return self.inner.forwarding_to(target_groups)

    def write(self, route: Route, forward: Forward) -> Route:
        """Write the forward of a route that was just read. Raises `SafetyError`, `FailedError` or the gate's errors.

        A rollback restores production without waiting at the gate: it writes what the snapshot says, as any other
        rollback would. This holds even for one that takes over and does not have the lock yet. It takes nothing from
        production: a rule only goes where enough targets are healthy, and no group is scaled down, renamed or deleted
        without the lock. If another run has the lock, it finds the old group serving, since the rules are read before
        each scale-down and delete.
        """
        if not self._restores() and self.gate.enter():
            self._require_unmodified(route)
        self._require_old_group(route, forward)
        self.guard.before_write(route, forward, locked=self.gate.passed or self.guard.deployment.lock.own_confirmed)
        rules, now = self.guard.context.written.rules, self.guard.context.clock.now
        with note_write(rules, route.rule, RuleWrite(forward, now())):
            written = self._write(route, forward)
        rules[route.rule] = RuleWrite(forward, now())
        if not identical(route.forward, forward):
            self.guard.context.notify(RouteChanged(route.label, route.forward, forward))
        return written

    def targets(self, target_group: TargetGroupArn) -> tuple[Target, ...]:
        return self.inner.targets(target_group)

    def target_groups(self, arns: Sequence[TargetGroupArn]) -> tuple[TargetGroup, ...]:
        return self.inner.target_groups(arns)

    def _require_old_group(self, route: Route, forward: Forward) -> None:
        """Raise `SafetyError` where production would go back to a group that a write did not find."""
        old = self.guard.deployment.snapshot.old
        if old is None or old.id not in self.guard.context.written.gone:
            return
        for pair in self.guard.deployment.snapshot.routes:
            if route.rule == pair.prod.rule and forward.share_of(pair.blue) > 0:
                raise SafetyError(
                    f"{route.load_balancer}:{route.port} may not send requests back: "
                    f"{old.name} ({old.id}) no longer exists."
                )

    def _restores(self) -> bool:
        return self.guard.context.call_budget.hurried and bool(self.guard.deployment.gate_passed_by)

    def _write(self, route: Route, forward: Forward) -> Route:
        """After a write without a response it is unknown where the rule forwards."""
        try:
            return self._note(self.inner.write(route, forward))
        except SpotactionError as error:
            if not isinstance(error, ApiError) or error.maybe_applied:
                self.guard.deployment.observed_routes[route.rule] = ObservedRoute(route.label, None)
            raise

    def _note(self, route: Route) -> Route:
        self.guard.deployment.observed_routes[route.rule] = ObservedRoute(route.label, route.forward)
        return route

    def _require_unmodified(self, route: Route) -> None:
        """Raise `FailedError` if the rule was modified while this run waited at the gate."""
        (now,) = self.read([route])
        if now.forward != route.forward:
            change = f"it forwarded to {route.forward} a moment ago, now to {now.forward}"
            raise externally_modified_error(route, change)


def guard_context(
    context: DeployContext, deployment: Deployment, rules: frozenset[SafetyRule] = frozenset(SafetyRule)
) -> DeployContext:
    """Return the context with ports that enforce the safety `rules` and the lock for this deployment."""
    guard, gate = SafetyRules(deployment, context, rules), Gate(deployment, context)
    routes = GuardedLoadBalancerApi(context.routes, guard, gate) if context.routes is not None else None
    groups = GuardedElastigroupApi(context.groups, guard, gate)
    return replace(context, groups=groups, routes=routes, pass_gate=groups.pass_gate)
