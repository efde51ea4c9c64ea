"""Steps that only record their calls, and a deployment of three such steps."""

from dataclasses import dataclass, field, replace

import pytest

from spotaction.engine import engine
from spotaction.engine.context import DeployContext
from spotaction.engine.engine import RunOptions
from spotaction.model import marker
from spotaction.model.deployment import Deployment
from spotaction.model.errors import CancelledError, SpotactionError
from spotaction.model.marker import State
from spotaction.model.resources import Forward
from tests.support.fakes import BLUE, GREEN, NEW_ID, OLD_ID, deployment, group, scene, swap_pair

OLD, NEW = group("web__7", OLD_ID), group("web__8", NEW_ID)


@dataclass
class FakeStep:
    """Notes each call, together with the record at that moment."""

    name: str
    trace: list[str]
    failures: list[Exception] = field(default_factory=list)
    undoing: Exception | None = None
    begun_before: list[bool] = field(default_factory=list)
    seconds: float = 0.0

    def run(self, deployment: Deployment, world: DeployContext) -> None:
        self.trace.append(self.name)
        self.begun_before.append(self.name in deployment.started_steps)
        world.clock.sleep(self.seconds)
        if self.failures:
            raise self.failures.pop(0)

    def rollback(self, deployment: Deployment, world: DeployContext) -> None:
        del deployment, world
        self.trace.append(f"undo {self.name}")
        if self.undoing is not None:
            raise self.undoing

    def manual_rollback(self, deployment: Deployment) -> str:
        return f"put {self.name} of {deployment.app} back"


class Play:
    """A record, three steps `a`, `b` and `c`, and a scene that has the new group."""

    def __init__(self, **failures: Exception | list[Exception]) -> None:
        self.trace: list[str] = []
        self.steps = [self._step(name, failures.get(name, [])) for name in "abc"]
        self.record = deployment(OLD, NEW)
        self.stage = scene(OLD, NEW)

    def _step(self, name: str, failures: Exception | list[Exception]) -> FakeStep:
        return FakeStep(name, self.trace, list(failures) if isinstance(failures, list) else [failures])

    def run(self, course: RunOptions | None = None, world: DeployContext | None = None) -> None:
        engine.run_steps(self.steps, self.record, world or self.stage.world(), course)

    def fails(self, course: RunOptions | None = None) -> SpotactionError:
        with pytest.raises(SpotactionError) as caught:
            self.run(course)
        return caught.value

    @property
    def state(self) -> State | None:
        found = marker.read_marker(self.stage.groups.known[NEW_ID].description)
        return found.state if found else None


def production(restored: bool = True) -> Play:  # noqa: FBT001, FBT002
    """Return a blue-green deployment whose production rule forwards to green."""
    play = Play(b=CancelledError("Cancelled (SIGTERM)."))
    old, new = replace(OLD, target_groups=(BLUE,)), replace(NEW, target_groups=(GREEN,))
    play.record = deployment(old, new, (swap_pair(),))
    play.stage = scene(old, new)
    play.stage.routes.forwards[swap_pair().prod.rule] = Forward.to_one(GREEN)
    play.stage.routes.healthy[BLUE] = 3 if restored else 0
    return play
