"""Groups whose calls take time or fail, in the order in which a test queued that."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from spotaction.engine.context import DeployContext
from spotaction.model.resources import Group, GroupId
from tests.support.fakes import FakeClock, FakeGroups, Scene, scene


@dataclass
class SlowGroups(FakeGroups):
    """`get_seconds` are the seconds that the next reads of a group take, `update_errors` how the next updates end.

    `log_of_calls` holds every get and every attempt to update with the time and how long it may be retried, in seconds
    since the start.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    context: DeployContext | None = None
    get_seconds: deque[float] = field(default_factory=deque)
    update_errors: deque[Exception | None] = field(default_factory=deque)
    log_of_calls: list[tuple[object, ...]] = field(default_factory=list)

    def get(self, group: GroupId) -> Group | None:
        self.log_of_calls.append(("get", group, self.clock.passed))
        found = super().get(group)
        self.clock.sleep(self.get_seconds.popleft() if self.get_seconds else 0.0)
        return found

    def update(self, group: GroupId, *, name: str | None = None, description: str | None = None) -> None:
        assert self.context is not None
        until = self.context.call_budget.until - 1000.0
        self.log_of_calls.append(("update", group, name, description, self.clock.passed, until))
        error = self.update_errors.popleft() if self.update_errors else None
        if error is not None:
            raise error
        super().update(group, name=name, description=description)

    def tried(self, call: str) -> list[float]:
        """When the calls of this name were made, in seconds since the start."""
        place = 2 if call == "get" else 4
        return [entry[place] for entry in self.log_of_calls if entry[0] == call]  # type: ignore[misc]


def slow(*known: Group, get_seconds: Iterable[float] = ()) -> tuple[Scene, SlowGroups]:
    """Return a scene with slow groups, and these."""
    stage = scene(*known)
    groups = SlowGroups(stage.groups.known, clock=stage.clock, get_seconds=deque(get_seconds))
    stage.groups = groups
    groups.passed = lambda: stage.clock.passed
    groups.context = stage.world()
    return stage, groups
