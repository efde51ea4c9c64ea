"""A short sweep: of each journey of each strategy one of the hundreds of cases that `make sweep` draws from."""

import pytest

from .cases import Case, Journey, Then, Trouble
from .courses import COURSES
from .journeys import undisturbed
from .sweep import drawn, travelled, try_case

SEED = 2026


@pytest.mark.parametrize(("strategy", "journey"), travelled())
def test_whatever_goes_wrong_every_promise_is_kept(strategy: str, journey: Journey) -> None:
    case = drawn(strategy, journey, seed=SEED)
    assert try_case(case).violations == (), case.command


@pytest.mark.parametrize(("strategy", "journey"), travelled(journeys=(Journey.DEPLOY, Journey.CONTINUE)))
def test_whatever_goes_wrong_twice_every_promise_is_kept(strategy: str, journey: Journey) -> None:
    case = drawn(strategy, journey, seed=SEED, troubles=2)
    assert try_case(case).violations == (), case.command


@pytest.mark.parametrize("strategy", COURSES)
def test_without_trouble_every_journey_ends_as_it_should(strategy: str) -> None:
    journeys = (Journey.DEPLOY,) if strategy == "tidy" else (Journey.DEPLOY, Journey.ROLLBACK)
    for journey in journeys:  # what "tidy" deletes for good, no rollback brings back
        assert try_case(Case(strategy, journey)).violations == ()


def test_a_case_reads_back_from_its_command() -> None:
    case = Case("swap", Journey.ROLLBACK, (Trouble("refused", 3), Trouble("kill-after", 9)), Then.POST, 2)

    assert case.command == (
        "python -m tests.robustness.simulation --strategy swap --journey rollback --fault refused --at 3 "
        "--fault kill-after --at 9 --then post --seed 2"
    )


def test_equal_seeds_see_equal_calls() -> None:
    first = undisturbed("shift", Journey.DEPLOY, 3).calls
    undisturbed.cache_clear()

    assert undisturbed("shift", Journey.DEPLOY, 3).calls == first
