"""The checks of a release beside the steps: which of them the engine runs when, and what they are given."""

from dataclasses import dataclass, field, replace

import pytest

from spotaction.engine.context import DeployContext
from spotaction.engine.engine import RunOptions
from spotaction.engine.release_checks import BakeChecks, ReleaseChecks
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import FailedError
from spotaction.model.events import CheckFinished
from tests.support.fake_steps import FakeStep, Play
from tests.support.played_checks import CHECK, PASSED, ScriptedProbe


@dataclass
class Baking(FakeStep):
    """A step that notes the checks of its bake."""

    seen: list[BakeChecks | None] = field(default_factory=list)

    def run(self, deployment: Deployment, world: DeployContext) -> None:
        self.seen.append(world.bake_checks)
        super().run(deployment, world)


def test_a_step_is_given_the_checks_of_its_own_bake() -> None:
    play = Play()
    steps = [Baking(name, play.trace) for name in "abc"]
    play.steps = list(steps)
    checks = ReleaseChecks(lambda _: ScriptedProbe(play.stage, [PASSED]), during={"b": (CHECK,)})
    context = replace(play.stage.world(), checks=checks)

    play.run(world=context)

    given = [step.seen[0] for step in steps]
    assert [(each.step, each.wanted, each.checks) for each in given if each] == [
        ("a", (), checks),
        ("b", (CHECK,), checks),
        ("c", (), checks),
    ]
    assert all(each is not None and each.deployment is play.record for each in given)
    assert all(each is not None and each.context.groups is context.groups for each in given)


def test_a_step_of_a_deployment_without_checks_is_given_none() -> None:
    play = Play()
    step = Baking("b", play.trace)
    play.steps[1] = step
    play.run()
    assert step.seen == [None]


def test_the_checks_after_a_rollback_run_once_it_has_ended() -> None:
    play = Play(b=FailedError("no"))
    probe = ScriptedProbe(play.stage, [PASSED])
    world = replace(play.stage.world(), checks=ReleaseChecks(lambda _: probe, at_rollback=(CHECK,)))

    with pytest.raises(FailedError):
        play.run(RunOptions(), world)

    assert play.record.status is Status.ROLLED_BACK
    (subject,) = probe.subjects
    assert (subject.app, subject.step, subject.new) == (play.record.app, "rollback", play.record.new)
    (ended,) = play.stage.told(CheckFinished)
    assert isinstance(ended, CheckFinished)
    assert (ended.step, ended.verdict) == ("rollback", "passed")
    assert play.trace[-1] == "undo a"
