"""The health that Spot reports for an instance: its own check and, if the group uses it, that of the target groups."""

from collections.abc import Callable
from functools import partial

from spotaction.sandbox.aws.target_health import Targets
from spotaction.sandbox.clock import Timeline
from spotaction.sandbox.scenario import Scenario
from spotaction.sandbox.spot.elastigroup import Group, Member
from spotaction.sandbox.types import TargetGroupArn

_GRACE = 300.0


class Health:
    """Updates the health of members.

    Args:
        scenario: sets the health of groups without a health check.
        timeline: schedules changes of health.
        targets: the health of targets.
        replace: called for a member that stays unhealthy.
        healed: called for a group when one of its members becomes healthy.
    """

    def __init__(
        self,
        scenario: Scenario,
        timeline: Timeline,
        targets: Targets,
        *,
        replace: Callable[[Group, Member], None],
        healed: Callable[[Group], None],
    ) -> None:
        self._without_check = scenario.without_health_check
        self._timeline = timeline
        self._targets = targets
        self._replace = replace
        self._healed = healed

    def expect(self, group: Group, member: Member, *, steady: bool) -> None:
        """Schedule the health changes of a launched member."""
        good = "HEALTHY" if group.health_check else self._without_check
        wait = 0.0 if steady else member.character.spot_healthy
        turn = member.turn
        if member.character.spot == "never":
            self._timeline.after(_grace(group), partial(self._turn, group, member, turn, "UNHEALTHY"))
        elif member.character.spot == "flaps":
            self._timeline.after(wait, partial(self._flap, group, member, turn, member.character.period))
        elif steady:
            self.become(group, member, good)
        else:
            self._timeline.after(wait, partial(self._turn, group, member, turn, good))

    def become(self, group: Group, member: Member, verdict: str) -> None:
        """Change Spot's own health check, and cancel its changes that are still scheduled."""
        before = member.health
        member.turn += 1
        member.own = verdict
        self._act(group, member, before)

    def flap(self, group: Group, member: Member, period: float) -> None:
        """Let Spot's own health check alternate from now on."""
        self.become(group, member, "HEALTHY")
        self._flap(group, member, member.turn, period)

    def follow(self, group: Group, member: Member) -> None:
        """Apply the target groups' health, if it has changed."""
        if member.phase != "running" or group.health_check != "TARGET_GROUP":
            return
        before = member.health
        member.by_targets = self._by_targets(group, member)
        member.proven = member.proven or member.by_targets == "HEALTHY"
        self._act(group, member, before)

    def _by_targets(self, group: Group, member: Member) -> str | None:
        """Return the health in all target groups, except unused ones and those in which the target is draining."""
        assert member.instance is not None
        states = {self._targets.state(TargetGroupArn(arn), member.instance, port) for arn, port in member.registered}
        if "unhealthy" in states:
            return "UNHEALTHY" if member.proven or self._patient_for(group, member) <= 0 else "UNKNOWN"
        if "initial" in states:
            return "UNKNOWN"
        return "HEALTHY" if "healthy" in states else None

    def _act(self, group: Group, member: Member, before: str) -> None:
        patient_for = self._patient_for(group, member)
        if member.by_targets == "UNKNOWN" and patient_for > 0:
            self._timeline.after(patient_for, partial(self.follow, group, member))
        if member.health == before:
            return
        member.spell += 1
        if member.health == "UNHEALTHY":
            self._plan_replacement(group, member, patient_for)
        else:
            self._healed(group)

    def _patient_for(self, group: Group, member: Member) -> float:
        """Return the remaining seconds of the grace period."""
        assert member.launched_at is not None
        return member.launched_at + _grace(group) - self._timeline.now

    def _plan_replacement(self, group: Group, member: Member, patient_for: float) -> None:
        if not group.health_check or group.launch.get("autoHealing") is False:
            return
        spell = member.spell
        patience = group.launch.get("healthCheckUnhealthyDurationBeforeReplacement") or 0

        def happen() -> None:
            healing = not group.suspended("AUTO_HEALING", self._timeline.now)
            if member.spell == spell and member.phase == "running" and healing:
                self._replace(group, member)

        self._timeline.after(max(patience + member.character.replace, patient_for), happen)

    def _turn(self, group: Group, member: Member, turn: int, verdict: str) -> None:
        if member.turn == turn and member.phase == "running":
            self.become(group, member, verdict)

    def _flap(self, group: Group, member: Member, turn: int, period: float) -> None:
        if member.turn != turn or member.phase != "running":
            return
        self.become(group, member, "UNHEALTHY" if member.own == "HEALTHY" else "HEALTHY")
        self._timeline.after(period, partial(self._flap, group, member, member.turn, period))


def _grace(group: Group) -> float:
    grace = group.launch.get("healthCheckGracePeriod")
    return _GRACE if grace is None else float(grace)
