"""Lag: how far reads are behind the actual state."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext

from spotaction.sandbox.calls import Call
from spotaction.sandbox.clock import Timeline
from spotaction.sandbox.history import Kind
from spotaction.sandbox.scenario import Scenario, Timing
from spotaction.sandbox.spot.elastigroup import Group
from spotaction.sandbox.types import GroupId

_GROUP = "GET /aws/ec2/group/{id}"
_NEVER_LATE = (f"{_GROUP}/events", f"{_GROUP}/logs")
_READS: dict[str, tuple[str, Kind]] = {
    "GET /aws/ec2/group": ("spot-list", "groups"),
    "DescribeListeners": ("elb-rules", "rules"),
    "DescribeRules": ("elb-rules", "rules"),
    "DescribeTargetHealth": ("target-health", "targets"),
}


class Lag:
    """Delays by name, from the scenario and from faults."""

    def __init__(self, scenario: Scenario, timeline: Timeline) -> None:
        self._seed = scenario.seed
        self._timeline = timeline
        self._layers: list[Mapping[str, Timing]] = [scenario.lag]

    def expect(self, delays: Mapping[str, Timing]) -> None:
        """Keep as much history as these delays can require."""
        for delay in delays.values():
            self._timeline.history.reach(delay.seconds + delay.spread)

    def keep_history(self) -> None:
        """Keep as much history as the scenario's delays can require; call this once the world is built."""
        self.expect(self._layers[0])

    def change(self, delays: Mapping[str, Timing], seconds: float | None) -> None:
        """Apply these delays from now on, or for that many seconds."""
        self.expect(delays)
        self._layers.append(delays)
        if seconds is not None:
            self._timeline.after(seconds, lambda: self._end(delays))

    def listed_at(self, group: GroupId) -> float:
        """Return when a group created now will appear in lists, in epoch seconds."""
        return self._timeline.now + self._draw("created-in-list", group)

    @contextmanager
    def as_read(self, call: Call, groups: Mapping[GroupId, Group]) -> Iterator[None]:
        """Inside the context, restore the state that a lagging read returns."""
        name, kind = _read(call)
        delay = self._draw(name, call.index) if name else 0.0
        moment = self._timeline.now - delay
        group = groups.get(GroupId(call.path.removeprefix("/aws/ec2/group/").split("/", 1)[0]))
        if group is not None:
            # A group that was just created can be read by its id; at first it is read as it was created.
            moment = max(moment, group.created_at)
        with self._timeline.history.as_it_was(kind, moment) if delay > 0 else nullcontext():
            yield

    def _end(self, delays: Mapping[str, Timing]) -> None:
        self._layers = [layer for layer in self._layers if layer is not delays]

    def _draw(self, name: str, key: object) -> float:
        found = [layer[name] for layer in self._layers if name in layer]
        if not found:
            return 0.0
        delay = found[-1]
        offset = random.Random(f"{self._seed}/lag/{name}/{key}").uniform(-delay.spread, delay.spread)  # noqa: S311 - not a secret
        return max(0.0, delay.seconds + offset)


def _read(call: Call) -> tuple[str, Kind]:
    if call.name in _READS:
        return _READS[call.name]
    late = call.name.startswith(_GROUP) and call.name not in _NEVER_LATE
    return ("spot-get" if late else "", "groups")
