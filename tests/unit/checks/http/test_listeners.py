"""Where a path cannot be asked of a listener, found before anything is changed."""

import pytest

from spotaction.checks.http.listeners import find_listener_problem
from spotaction.model.check_kinds import HttpCheck, Listener
from spotaction.model.checks import Check, Position, Where
from spotaction.model.choices import Strategy
from spotaction.model.execution import DownsizeSpec, Execution, SetupSpec, ShiftSpec, SwapSpec
from spotaction.model.resources import LoadBalancer, TargetGroupArn

STAGED = LoadBalancer("web-alb", 443, stage_port=8443)
SHIFTED = LoadBalancer("web-alb", 443, stage_target_group=TargetGroupArn("arn:green"), shift=True)
SWAP = Execution(
    Strategy.BLUE_GREEN,
    SetupSpec(None, (STAGED,), staged=True),
    (SwapSpec("swap-route", 60.0), DownsizeSpec("downsize-old")),
)
SHIFT = Execution(Strategy.BLUE_GREEN, SetupSpec(None, (SHIFTED,), staged=True), (ShiftSpec("shift-10", 10),))
BASIC = Execution(Strategy.BASIC, SetupSpec(None), ())
PATH = HttpCheck(path="/health")


def found(position: Position, name: str, execution: Execution = SWAP, kind: HttpCheck = PATH) -> str:
    steps = () if position is Position.AT else (name,)
    problem = find_listener_problem(Check("smoke", Where(position, name), kind), steps, execution)
    return " / ".join(problem) if problem else ""


@pytest.mark.parametrize(
    ("position", "name", "problem"),
    [
        (Position.AFTER, "stage-setup", ""),
        (Position.DURING, "stage-setup", ""),
        (Position.BEFORE, "swap-route", ""),
        (Position.BEFORE, "stage-setup", "before stage-setup the stage listener serves no new group"),
        (Position.AFTER, "swap-route", "after swap-route the stage listener serves the old group"),
        (Position.DURING, "swap-route", "during swap-route the stage listener serves the old group"),
        (Position.BEFORE, "downsize-old", "before downsize-old the stage listener serves the old group"),
        (Position.AT, "start", "at start the stage listener serves no new group"),
        (Position.AT, "end", "at end the stage listener serves the old group"),
        (Position.AT, "rollback", "at rollback the stage listener serves no new group"),
    ],
)
def test_the_stage_listener_serves_the_new_group_until_the_swap(position: Position, name: str, problem: str) -> None:
    assert found(position, name).partition(" / ")[0] == problem


def test_a_shift_has_no_stage_listener() -> None:
    assert found(Position.AFTER, "stage-setup", SHIFT) == (
        "a shift has no stage listener / set listener: production, where both versions answer, or compare them during"
        " the bake"
    )


def test_production_can_be_asked_at_any_time() -> None:
    production = HttpCheck(path="/health", listener=Listener.PRODUCTION)
    assert [found(Position.AT, "rollback", each, production) for each in (SWAP, SHIFT)] == ["", ""]


def test_without_a_load_balancer_there_is_only_a_url() -> None:
    assert found(Position.AFTER, "setup", BASIC) == (
        "this deployment has no load balancer from which to request a path / give a full url instead"
    )
    assert found(Position.AFTER, "setup", BASIC, HttpCheck(url="https://a.test/")) == ""
