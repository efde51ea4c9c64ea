"""A short sweep: a few dozen of the thousands of cases that `make sim` draws, and none that breaks anything."""

import pytest

from .cases import Case, Journey, Then, Trouble
from .courses import COURSES
from .journeys import undisturbed
from .sweep import sample, try_case

CASES = sample(40, seed=2026)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.command.removeprefix("python -m tests.simulation "))
def test_whatever_goes_wrong_every_promise_is_kept(case: Case) -> None:
    assert try_case(case).violations == (), case.command


@pytest.mark.parametrize("strategy", COURSES)
def test_without_trouble_every_journey_ends_as_it_should(strategy: str) -> None:
    journeys = (Journey.DEPLOY,) if strategy == "tidy" else (Journey.DEPLOY, Journey.ROLLBACK)
    for journey in journeys:  # what "tidy" deletes for good, no rollback brings back
        assert try_case(Case(strategy, journey)).violations == ()


def test_a_case_reads_back_from_its_command() -> None:
    case = Case("swap", Journey.ROLLBACK, (Trouble("refused", 3), Trouble("kill-after", 9)), Then.POST, 2)

    assert case.command == (
        "python -m tests.simulation --strategy swap --journey rollback --fault refused --at 3 --fault kill-after --at 9"
        " --then post --seed 2"
    )


def test_equal_seeds_see_equal_calls() -> None:
    first = undisturbed("shift", Journey.DEPLOY, 3).calls
    undisturbed.cache_clear()

    assert undisturbed("shift", Journey.DEPLOY, 3).calls == first
