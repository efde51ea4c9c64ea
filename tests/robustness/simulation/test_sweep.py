"""A short sweep: one of the hundreds of cases of each journey that `make sweep` draws from, so that it runs at all.

`make test` looks for faults with the adversary's scripts; what a sweep once found is in `test_found_by_simulation.py`.
"""

from collections.abc import Mapping

import pytest

from .cases import Case, Journey, Then, Trouble
from .journeys import undisturbed
from .sweep import drawn, try_case

SEED = 2026
#: Each journey and each strategy once.
TRAVELLED: Mapping[Journey, str] = {
    Journey.DEPLOY: "tidy",
    Journey.BAD_IMAGE: "basic",
    Journey.NEVER_BOOTS: "canary",
    Journey.ROLLBACK: "swap",
    Journey.ROLLBACK_HALFWAY: "shift",
    Journey.CONTINUE: "mixed",
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("journey", Journey)
def test_whatever_goes_wrong_every_promise_is_kept(journey: Journey) -> None:
    case = drawn(TRAVELLED[journey], journey, seed=SEED)
    assert try_case(case).violations == (), case.command


def test_whatever_goes_wrong_twice_every_promise_is_kept() -> None:
    case = drawn("mixed", Journey.CONTINUE, seed=SEED, troubles=2)
    assert try_case(case).violations == (), case.command


def test_without_trouble_a_journey_ends_as_it_should() -> None:
    assert try_case(Case("mixed", Journey.ROLLBACK)).violations == ()


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
