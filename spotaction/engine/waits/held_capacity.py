"""Reads a group's capacity back while its instances are waited for: Spot may clamp it, a policy moves its target."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

from spotaction.engine.waits.health import Failed, GroupHealth, Ready, Verdict, Waiting, instance_weight
from spotaction.model.capacity import holds, wanted_now
from spotaction.model.ports import LIST_LAG, Clock, ElastigroupApi
from spotaction.model.resources import Capacity, Group

LAG = LIST_LAG  # seconds until a read of a group shows what was written last
_AGAIN = 30.0


@dataclass
class HeldCapacity:
    """`group` has the capacity that was asked for, and `want` instances of it are waited for.

    It was scaled at `since` on the clock: what a read says before `LAG` has passed may be from before that. With
    `confirm` the group is steady only once Spot holds what was asked for.
    """

    group: Group
    want: int
    groups: ElastigroupApi
    clock: Clock
    since: float = -inf
    confirm: bool = False
    read_at: float | None = None
    held: Capacity | None = None

    def judge(self, view: GroupHealth, rule: Callable[[GroupHealth, int], Verdict]) -> Verdict:
        """The verdict of `rule` on what the group has to have by now; one read of the group where that is in doubt."""
        verdict = rule(view, self._wanted())
        if isinstance(verdict, Ready):
            return self._confirmed(verdict) if self.confirm else self._with_target(verdict)
        if not self._is_due(view):
            return verdict
        failed = self._read() or self._clamped()
        if failed is not None:
            return failed
        verdict = rule(view, self._wanted())
        return self._with_target(verdict) if isinstance(verdict, Ready) else verdict

    def _wanted(self) -> int:
        return self.want if self.held is None else wanted_now(self.want, self.group.capacity, self.held)

    def _is_due(self, view: GroupHealth) -> bool:
        """Fewer instances than wanted may be all that the group's own target asks for."""
        now = self.clock.now()
        if sum(instance_weight(view.group, instance) for instance in view.instances) >= self._wanted():
            return False
        return now - self.since >= LAG and (self.read_at is None or now - self.read_at >= _AGAIN)

    def _confirmed(self, verdict: Ready) -> Verdict:
        if self.held is None or not holds(self.group.capacity, self.held):
            gone = self._read()
            if gone is not None:
                return gone
        if self.held is None or not holds(self.group.capacity, self.held):
            reason = f"Spot still says {self.held} (minimum/target/maximum), {self.group.capacity} was asked for"
            return self._clamped() or Waiting(reason, verdict.ready, verdict.of, verdict.ready)
        return self._with_target(verdict)

    def _with_target(self, verdict: Ready) -> Ready:
        """A target that is not the one that was asked for is told."""
        asked = self.group.capacity
        if self.held is None or self.held.target >= self.want:
            return verdict
        return replace(verdict, reason=f"{verdict.reason}; its target is {self.held.target} by now, not {asked.target}")

    def _clamped(self) -> Failed | None:
        """What Spot made of the capacity, once a read cannot be from before the write any more."""
        asked, held = self.group.capacity, self.held
        if not self.confirm or held is None or holds(asked, held) or self.clock.now() - self.since < LAG:
            return None
        return Failed(
            f"Spot holds {self.group.id} at {held} (minimum/target/maximum), {asked} was asked for: "
            "look for a limit of the account, or for somebody else who scales the group"
        )

    def _read(self) -> Failed | None:
        self.read_at = self.clock.now()
        found = self.groups.get(self.group.id)
        if found is None:
            return Failed(f"{self.group.id} was deleted by someone else")
        self.held = found.capacity
        return None
