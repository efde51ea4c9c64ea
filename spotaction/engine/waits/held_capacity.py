"""Reads a group's capacity back during a wait: Spot may clamp it, and a scaling policy may move its target."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

from spotaction.engine.waits.health import Failed, GroupHealth, Ready, Verdict, Waiting, instance_weight
from spotaction.model.capacity import holds, wanted_now
from spotaction.model.ports import LIST_LAG, Clock, ElastigroupApi
from spotaction.model.resources import Capacity, Group

_AGAIN = 30.0


@dataclass
class HeldCapacity:
    """Judges a wait for `want` instances of `group`, whose capacity is the one that was requested.

    The group was scaled at `since` on the clock: a read within `LIST_LAG` of that may be older than the write. With
    `confirm` the group is steady only once Spot shows the requested capacity.
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
        """Return the verdict of `rule` on the instances that the group needs now, reading the group when in doubt.

        Returns `Failed` when the group does not exist, or when Spot keeps a smaller capacity. Raises `ApiError`.
        """
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
        """Whether to read the group: where instances are missing, a policy may have lowered its target."""
        now = self.clock.now()
        if sum(instance_weight(view.group, instance) for instance in view.instances) >= self._wanted():
            return False
        return now - self.since >= LIST_LAG and (self.read_at is None or now - self.read_at >= _AGAIN)

    def _confirmed(self, verdict: Ready) -> Verdict:
        if self.held is None or not holds(self.group.capacity, self.held):
            missing = self._read()
            if missing is not None:
                return missing
        if self.held is None or not holds(self.group.capacity, self.held):
            reason = f"Spot still reports {self.held} (minimum/target/maximum); {self.group.capacity} was requested"
            return self._clamped() or Waiting(reason, verdict.ready, verdict.of, verdict.ready)
        return self._with_target(verdict)

    def _with_target(self, verdict: Ready) -> Ready:
        """Add the group's target to the reason if it is below the requested one."""
        requested = self.group.capacity
        if self.held is None or self.held.target >= self.want:
            return verdict
        reason = f"{verdict.reason}; its target is now {self.held.target}, not {requested.target}"
        return replace(verdict, reason=reason)

    def _clamped(self) -> Failed | None:
        """`Failed` if Spot keeps another capacity, once a read can no longer be older than the write."""
        requested, held = self.group.capacity, self.held
        if not self.confirm or held is None or holds(requested, held) or self.clock.now() - self.since < LIST_LAG:
            return None
        return Failed(
            f"Spot keeps {self.group.id} at {held} (minimum/target/maximum) although {requested} was requested; "
            "check the account's limits and what else scales the group"
        )

    def _read(self) -> Failed | None:
        self.read_at = self.clock.now()
        found = self.groups.get(self.group.id)
        if found is None:
            return Failed(f"{self.group.id} was deleted outside this deployment")
        self.held = found.capacity
        return None
