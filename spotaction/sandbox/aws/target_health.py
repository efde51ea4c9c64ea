"""The health of targets, as a load balancer reports it at the sandbox's current time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from spotaction.sandbox.aws.load_balancers import LoadBalancers
from spotaction.sandbox.clock import Timeline
from spotaction.sandbox.history import Remembered
from spotaction.sandbox.spot.behaviour import Character
from spotaction.sandbox.types import InstanceId, TargetGroupArn

#: ELB's descriptions, by reason.
DESCRIPTIONS = {
    "Elb.RegistrationInProgress": "Target registration is in progress",
    "Elb.InitialHealthChecking": "Initial health checks in progress",
    "Target.FailedHealthChecks": "Health checks failed",
    "Target.NotInUse": "Target group is not configured to receive traffic from the load balancer",
    "Target.DeregistrationInProgress": "Target deregistration is in progress",
    "Target.NotRegistered": "Target is not registered to the target group",
    "Target.InvalidState": "Target is in the stopped state",
}
_REGISTRATION = 2.0


@dataclass(slots=True, eq=False)
class Target(Remembered):
    """One registered instance and port; a scheduled change applies only if `turn` is still the same."""

    instance: InstanceId
    port: int
    state: str = "unused"
    reason: str | None = "Target.NotInUse"
    turn: int = 0

    def become(self, state: str, reason: str | None) -> None:
        """Change the state, and cancel every change that is still scheduled."""
        self.state, self.reason = state, reason
        self.turn += 1


class Targets:
    """All targets of the account's target groups."""

    def __init__(
        self,
        timeline: Timeline,
        balancers: LoadBalancers,
        prospects: Callable[[InstanceId], Character | None],
        changed: Callable[[InstanceId], None],
    ) -> None:
        self._timeline = timeline
        self._balancers = balancers
        self._prospects = prospects
        self._changed = changed
        self._targets: dict[TargetGroupArn, dict[tuple[InstanceId, int], Target]] = {}
        self._in_use: set[TargetGroupArn] = set()
        self.anomalous: set[InstanceId] = set()  # whose responses stand out, as ELB's anomaly detection finds

    def register(self, arn: TargetGroupArn, instance: InstanceId, port: int, *, steady: bool = False) -> None:
        """Register a target; `steady` makes it healthy at once if a listener uses the target group."""
        targets = self._targets.setdefault(arn, {})
        target = targets.get((instance, port))
        if target is not None and target.state != "draining":
            return
        target = Target(instance, port)
        target.remember(self._timeline.history, "targets")
        self._timeline.history.put("targets", targets, (instance, port), target)
        if arn not in self._balancers.in_use():
            return
        if steady and not self._doomed(instance):
            self._become(target, "healthy", None)
        else:
            self._begin_checks(target)

    def deregister(self, arn: TargetGroupArn, instance: InstanceId, port: int | None = None) -> None:
        """Drain a target for the target group's delay, then remove it; the port defaults to the target group's."""
        port = self._default_port(arn) if port is None else port
        target = self._targets.get(arn, {}).get((instance, port))
        if target is None or target.state == "draining":
            return
        self._become(target, "draining", "Target.DeregistrationInProgress")
        turn = target.turn
        delay = float(self._balancers.elb.target_groups[arn].attributes["deregistration_delay.timeout_seconds"])
        self._timeline.after(delay, lambda: self._forget(arn, target, turn))

    def vanish(self, instance: InstanceId) -> None:
        """Remove a terminated instance from every target group."""
        for targets in self._targets.values():
            for key in [key for key in targets if key[0] == instance]:
                self._timeline.history.drop("targets", targets, key).turn += 1

    def force(self, instance: InstanceId, *, healthy: bool) -> None:
        """Make every target of the instance pass or fail its health checks from now on."""
        for arn, target in self._of_instance(instance):
            if target.state == "draining" or arn not in self._balancers.in_use():
                continue
            self._check(target, healthy=healthy)

    def routes_changed(self) -> None:
        """Start health checks for target groups that are now in use, and stop them for those that no longer are."""
        now_used = self._balancers.in_use()
        for arn in now_used - self._in_use:
            for target in self.of(arn):
                if target.state == "unused":
                    self._begin_checks(target)
        for arn in self._in_use - now_used:
            for target in self.of(arn):
                if target.state != "draining":
                    self._become(target, "unused", "Target.NotInUse")
        self._in_use = now_used

    def of(self, arn: TargetGroupArn) -> list[Target]:
        """Return the targets of a target group, including draining ones."""
        return list(self._targets.get(arn, {}).values())

    def healthy(self, arn: TargetGroupArn) -> int:
        """Return how many targets of the group can receive traffic."""
        return sum(target.state == "healthy" for target in self._targets.get(arn, {}).values())

    def groups_of(self, instance: InstanceId) -> list[tuple[TargetGroupArn, int]]:
        """Return the target groups in which an instance is registered and not draining."""
        return [(arn, target.port) for arn, target in self._of_instance(instance) if target.state != "draining"]

    def _of_instance(self, instance: InstanceId) -> Iterator[tuple[TargetGroupArn, Target]]:
        for arn, targets in self._targets.items():
            for target in list(targets.values()):
                if target.instance == instance:
                    yield arn, target

    def state(self, arn: TargetGroupArn, instance: InstanceId, port: int) -> str | None:
        """Return the state of a target, or None if it is not registered."""
        target = self._targets.get(arn, {}).get((instance, port))
        return None if target is None else target.state

    def _become(self, target: Target, state: str, reason: str | None) -> None:
        target.become(state, reason)
        self._changed(target.instance)

    def _check(self, target: Target, *, healthy: bool) -> None:
        self._become(target, "healthy" if healthy else "unhealthy", None if healthy else "Target.FailedHealthChecks")

    def _begin_checks(self, target: Target) -> None:
        self._become(target, "initial", "Elb.RegistrationInProgress")
        prospects = self._prospects(target.instance)
        if prospects is None:
            self._plan(target, _REGISTRATION, "healthy", None)
            return
        checks_end = max(_REGISTRATION, prospects.target_healthy)
        turn = target.turn
        self._timeline.after(min(_REGISTRATION, prospects.target_healthy), lambda: self._checking(target, turn))
        if prospects.target == "never":
            self._plan(target, checks_end, "unhealthy", "Target.FailedHealthChecks")
        elif prospects.target == "flaps":
            self._timeline.after(checks_end, lambda: self._flap(target, turn, prospects.period))
        else:
            self._plan(target, prospects.target_healthy, "healthy", None)

    def _checking(self, target: Target, turn: int) -> None:
        if target.turn == turn:
            target.reason = "Elb.InitialHealthChecking"

    def flap(self, instance: InstanceId, period: float) -> None:
        """Make every target of the instance alternate between healthy and unhealthy from now on."""
        for arn, target in self._of_instance(instance):
            if target.state != "draining" and arn in self._balancers.in_use():
                self._become(target, "healthy", None)
                self._flap(target, target.turn, period)

    def _flap(self, target: Target, turn: int, period: float) -> None:
        if target.turn != turn:
            return
        healthy = target.state != "healthy"
        self._check(target, healthy=healthy)
        again = target.turn
        self._timeline.after(period, lambda: self._flap(target, again, period))

    def _plan(self, target: Target, seconds: float, state: str, reason: str | None) -> None:
        turn = target.turn

        def happen() -> None:
            if target.turn == turn:
                self._become(target, state, reason)

        self._timeline.after(seconds, happen)

    def _forget(self, arn: TargetGroupArn, target: Target, turn: int) -> None:
        targets = self._targets.get(arn, {})
        if target.turn == turn and targets.get((target.instance, target.port)) is target:
            self._timeline.history.drop("targets", targets, (target.instance, target.port))

    def _doomed(self, instance: InstanceId) -> bool:
        prospects = self._prospects(instance)
        return prospects is not None and prospects.target != "healthy"

    def _default_port(self, arn: TargetGroupArn) -> int:
        group = self._balancers.elb.target_groups.get(arn)
        return int(group.port) if group is not None else 0
