"""The versions that run beside the old group: what same-as-running requires of them, and what a rollback leaves out."""

from dataclasses import dataclass, field

import pytest

from spotaction.engine.context import DeployContext
from spotaction.model.choices import Strategy
from spotaction.model.deployment import Deployment, Run
from spotaction.model.errors import RefusedError
from spotaction.model.events import WarningEvent
from spotaction.model.execution import Execution, SetupSpec
from spotaction.model.resources import ZERO, Capacity, Group
from spotaction.operations.prepared import require_one_running, run_deployment, warn_of_several
from spotaction.operations.request import DeployRequest
from tests.support.fake_steps import FakeStep, Play
from tests.support.fakes import APP, OLD_ID, deployment, group, scene

OLD, BESIDE = group("web__7", OLD_ID), group("web__6", "sig-6", Capacity(1, 1, 6))
RECORD = deployment(OLD, None)


def test_a_version_that_runs_beside_the_old_group_is_refused_with_what_to_set() -> None:
    other = group("web__5", "sig-5", Capacity(0, 1, 1))
    with pytest.raises(RefusedError) as caught:
        require_one_running((BESIDE, other), RECORD, scene(OLD, BESIDE, other).world())
    assert caught.value.message == (
        f"instances: same-as-running would replace only web__7 ({OLD_ID}, 2/3/6), but this deployment also scales to "
        "0: web__6 (sig-6, 1/1/6), web__5 (sig-5, 0/1/1)."
    )
    assert caught.value.next_step == (
        "set instances to what the new group is to have, for example min=2,max=6,desired=3."
    )


def is_refused(*live: Group) -> bool:
    """Whether a list that shows `BESIDE` as running is a reason to refuse, while the groups are as in `live`."""
    try:
        require_one_running((BESIDE,), RECORD, scene(OLD, *live).world())
    except RefusedError:
        return True
    return False


def test_a_version_that_only_a_late_list_shows_as_running_does_not_count() -> None:
    down = group("web__6", "sig-6", ZERO)
    assert {"running": is_refused(BESIDE), "down": is_refused(down), "deleted": is_refused()} == {
        "running": True,
        "down": False,
        "deleted": False,
    }


def test_with_a_capacity_of_its_own_a_deployment_warns_of_versions_that_no_rollback_brings_back() -> None:
    for live, expected in (
        (
            (BESIDE,),
            [
                WarningEvent(
                    "This deployment also scales to 0: web__6 (sig-6, 1/1/6). Once it has finished, a rollback brings "
                    f"back web__7 ({OLD_ID}, 2/3/6) alone."
                )
            ],
        ),
        ((group("web__6", "sig-6", ZERO),), []),
    ):
        stage = scene(OLD, *live)
        warn_of_several((BESIDE,), RECORD, stage.world())
        assert stage.events == expected


@dataclass
class TimedStep(FakeStep):
    """Notes until when, at the latest, a wait may take and a call may be sent again."""

    limits: list[tuple[float | None, float]] = field(default_factory=list)

    def run(self, deployment: Deployment, world: DeployContext) -> None:
        self.limits.append((world.deadline, world.call_budget.until))
        super().run(deployment, world)


def test_neither_waits_nor_calls_of_a_deployment_go_beyond_its_timeout() -> None:
    play = Play()
    step, until = TimedStep("a", []), play.stage.clock.now() + 900.0
    execution = Execution(Strategy.BASIC, SetupSpec(None), ())
    request = DeployRequest(APP, Run("99", "1"), execution, configure=lambda _image: {}, timeout=900.0)
    run_deployment(request, [step], play.record, play.stage.world())
    assert step.limits == [(until, until)]
