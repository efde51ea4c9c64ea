"""What a deployment saw of its groups' health and its alarms in polls that it makes anyway, bounded in number."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from spotaction.model.resources import Alarm, GroupId

_SAMPLES = 240  # of one group; a chart is 900 pixels wide


@dataclass(frozen=True)
class HealthSample:
    """How many instances (or weight units) of a group were `healthy` at `at`, and how many the wait `required`.

    `at` is the first and `until` the last moment of a stretch without a change, in seconds since the start of the run.
    """

    at: float
    until: float
    healthy: int
    required: int

    @property
    def short(self) -> int:
        """How many were missing."""
        return max(0, -self.spare)

    @property
    def spare(self) -> int:
        """How many were more than required; negative if some were missing."""
        return self.healthy - self.required


@dataclass(frozen=True)
class AlarmSample:
    """The state of an alarm when it was last read (`at`), and since when it has been in ALARM (None if it is not).

    Times are in seconds since the start of the run.
    """

    name: str
    state: str
    at: float
    reason: str = ""
    fired: float | None = None


@dataclass
class Observations:
    """The samples of each group and the last state of each alarm; the run started at `start` on the clock's `now`."""

    start: float = 0.0
    samples: dict[GroupId, list[HealthSample]] = field(default_factory=dict)
    alarms: dict[str, AlarmSample] = field(default_factory=dict)

    def note_health(self, group: GroupId, now: float, healthy: int, required: int) -> None:
        """Add a sample. One like the last only prolongs it, and of too many, every second one is left out."""
        kept, at = self.samples.setdefault(group, []), now - self.start
        index = _same_stretch(kept, healthy, required)
        if index is not None:
            kept[index] = replace(kept[index], until=at)
            return
        kept.append(HealthSample(at, at, healthy, required))
        if len(kept) > _SAMPLES:
            self.samples[group] = _thin_out(kept)

    def note_alarms(self, now: float, alarms: Sequence[Alarm]) -> None:
        """Keep the states that were just read."""
        at = now - self.start
        for alarm in alarms:
            before = self.alarms.get(alarm.name)
            since = before.fired if before is not None and before.fired is not None else at
            fired = since if alarm.state == "ALARM" else None
            self.alarms[alarm.name] = AlarmSample(alarm.name, alarm.state, at, alarm.reason, fired)


def _same_stretch(kept: Sequence[HealthSample], healthy: int, required: int) -> int | None:
    """The index of the sample that is prolonged: two waits on one group may require different numbers in turns."""
    if not kept or kept[-1].healthy != healthy:
        return None
    latest = range(len(kept) - 1, max(-1, len(kept) - 3), -1)
    return next((i for i in latest if (kept[i].healthy, kept[i].required) == (healthy, required)), None)


def _thin_out(samples: Sequence[HealthSample]) -> list[HealthSample]:
    """Half of the samples: of two neighbours the one that was further from what was required, and the last as it is."""
    pairs = zip(samples[:-1:2], samples[1:-1:2], strict=False)
    return [max(pair, key=lambda sample: sample.short) for pair in pairs] + list(samples[-1:])
