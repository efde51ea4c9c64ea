"""A check as a step: what it measures, and what it means that it does not pass."""

from dataclasses import replace

import pytest

from spotaction.engine.steps.check import RunCheck
from spotaction.model.check_kinds import CompareErrors
from spotaction.model.checks import Check, Measurement, Outcome
from spotaction.model.errors import FailedError, RefusedError
from spotaction.model.events import CheckFinished, CheckMeasured
from tests.support.played_checks import CHECK, NEW, PASSED, Play

_BAD = Measurement(Outcome.FAILED, "HTTP 500")


def _run(play: Play, check: Check = CHECK) -> None:
    RunCheck("check-smoke", check, "stage-setup").run(play.deployment, replace(play.context, checks=play.checks))


def test_it_measures_the_release_in_the_step_that_it_follows() -> None:
    play = Play(PASSED)

    _run(play)

    assert (play.subject.step, play.subject.new) == ("stage-setup", NEW)
    assert play.told(CheckMeasured, CheckFinished) == [
        CheckMeasured("smoke", "alarms", "stage-setup", 1, "passed", "fine"),
        CheckFinished("smoke", "alarms", "stage-setup", "passed", "fine", 0.0, 1),
    ]


@pytest.mark.parametrize(("started", "error"), [(["create-new"], FailedError), ([], RefusedError)])
def test_before_the_first_change_a_check_that_fails_refuses_the_deployment(
    started: list[str], error: type[Exception]
) -> None:
    play = Play(_BAD)
    play.deployment.started_steps = started

    with pytest.raises((FailedError, RefusedError)) as raised:
        _run(play)

    assert (type(raised.value), str(raised.value)) == (error, "check smoke: HTTP 500.")


def test_a_refusal_says_what_to_do_about_a_comparison_without_a_verdict() -> None:
    play = Play(Measurement(Outcome.NO_DATA, "no requests"))

    with pytest.raises(RefusedError) as raised:
        _run(play, replace(CHECK, kind=CompareErrors(), timeout=15.0))

    assert str(raised.value) == (
        "check smoke: no requests (no verdict after 2 measurements); on-inconclusive is stop. Next: compare the "
        "figures in the summary and decide: continue measures again, or, with on-inconclusive: continue, accepts that "
        "there is no verdict."
    )


def test_a_check_leaves_nothing_to_undo() -> None:
    play, step = Play(PASSED), RunCheck("check-smoke", CHECK, "stage-setup")

    step.rollback(play.deployment, play.context)

    assert (step.manual_rollback(play.deployment), play.stage.groups.calls, play.stage.events) == ("", [], [])
