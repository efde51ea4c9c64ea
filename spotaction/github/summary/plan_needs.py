"""What a planned deployment needs: its time, from the waits of the dry run, and its capacity at the peak."""

from dataclasses import dataclass, field

from spotaction.documents.wording import format_duration
from spotaction.github.report import RunReport
from spotaction.model.events import GroupScaled, WaitFinished
from spotaction.model.resources import Capacity, GroupId

_BAKE, _OTHER_RUNS, _DRAINED = "bake of ", ": other runs", " down to "


@dataclass
class _Waits:
    """Seconds that are known before, and how often a wait takes as long as the clouds need."""

    baking: float = 0.0
    locking: float = 0.0
    launches: int = 0
    drains: int = 0


@dataclass
class _Peak:
    """The groups' targets and maximums as the plan changes them; instances that still drain count as well."""

    capacities: dict[GroupId, Capacity]
    names: dict[GroupId, str]
    draining: dict[GroupId, int] = field(default_factory=dict)
    most: int = 0
    parts: str = ""
    maximum: int = 0

    def scale(self, event: GroupScaled) -> None:
        """Apply a change of capacity."""
        gone = max(0, event.before.target - event.after.target)
        self.draining[event.group] = self.draining.get(event.group, 0) + gone
        self.capacities[event.group], self.names[event.group] = event.after, event.name
        self._measure()

    def drain(self) -> None:
        """Apply the end of a wait for old instances: none of them drains any more."""
        self.draining.clear()

    def _measure(self) -> None:
        counts = {group: held.target + self.draining.get(group, 0) for group, held in self.capacities.items()}
        if sum(counts.values()) > self.most:
            self.most = sum(counts.values())
            self.parts = " + ".join(f"{count} of {self.names[group]}" for group, count in counts.items() if count)
        self.maximum = max(self.maximum, sum(held.maximum for held in self.capacities.values()))


def describe_time(report: RunReport) -> str:
    """Return how long the deployment takes: bakes and draining as configured, launches as long as they need."""
    waits, limits = _find_waits(report), report.limits
    if limits is None:
        return ""
    draining = waits.drains * limits.draining
    known = [("bakes", waits.baking), ("draining", draining)]
    fixed = ", ".join(f"{name} {format_duration(seconds)}" for name, seconds in known if seconds)
    parts = [f"{format_duration(waits.baking + draining)} ({fixed})"] if fixed else []
    if waits.drains and not limits.draining:
        parts.append("until the instances that are removed have drained")
    if waits.launches:
        times, each = ("1 launch", "") if waits.launches == 1 else (f"{waits.launches} launches", "each ")
        limit = format_duration(limits.steady)
        parts.append(f"{times} until healthy, {each}at most {limit} (steady-state-timeout)")
    if waits.locking:
        parts.append(
            f"{format_duration(waits.locking)} to rule out other runs, most of it while the first instances launch"
        )
    return "; ".join(parts)


def describe_capacity(report: RunReport) -> str:
    """Return the most instances (or weight units) at one time, and how many that is more than now."""
    old = report.deployment.snapshot.old if report.deployment else None
    now = old.capacity.target if old else 0
    peak = _Peak({old.id: old.capacity} if old else {}, {old.id: old.name} if old else {})
    for entry in report.events:
        if isinstance(entry.event, GroupScaled):
            peak.scale(entry.event)
        elif isinstance(entry.event, WaitFinished) and _DRAINED in entry.event.what:
            peak.drain()
    if not peak.most:
        return ""
    scaled = f"; up to {peak.maximum} if scaling policies reach every maximum" if peak.maximum > peak.most else ""
    return f"{peak.most} at once ({peak.parts}), {peak.most - now} more than now{scaled}"


def _find_waits(report: RunReport) -> _Waits:
    waits = _Waits()
    for entry in report.events:
        match entry.event:
            case WaitFinished(what, _, seconds) if what.startswith(_BAKE):
                waits.baking += seconds
            case WaitFinished(what, _, seconds) if what.endswith(_OTHER_RUNS):
                waits.locking += seconds
            case WaitFinished(what) if _DRAINED in what:
                waits.drains += 1
            case GroupScaled(_, _, before, after) if after.target > before.target:
                waits.launches += 1
            case _:
                continue
    return waits
