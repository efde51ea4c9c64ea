"""A small fleet at once: what `make load` does with hundreds of deployments."""

from pathlib import Path

import pytest

from .fleet import fleet, large
from .model import simulate, simulate_waves
from .turns import TurnClock


@pytest.mark.sampled(1)
@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize("limit", [20, 60])
def test_deployments_that_share_a_limit_all_end_well_and_nobody_calls_while_told_to_wait(
    tmp_path: Path, limit: int, *, numbered: bool
) -> None:
    load = fleet(12, limit, tmp_path, numbered=numbered)

    assert (load.deployed, load.knowing) == (12, 0)
    assert load.makespan < 3 * load.bound


@pytest.mark.slow
def test_a_fleet_that_takes_the_limit_several_times_over_is_deployed_whole(tmp_path: Path) -> None:
    load = fleet(24, 12, tmp_path, numbered=True)

    assert (load.deployed, load.knowing) == (24, 0)
    assert load.refused < load.calls / 4


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("apps", "limit"), [(1, 1000), (12, 60), (12, 20)])
def test_the_model_fares_as_real_deployments_do(tmp_path: Path, apps: int, limit: int) -> None:
    real, model = fleet(apps, limit, tmp_path, numbered=True), simulate(apps, limit, numbered=True)

    assert model.knowing == 0
    assert model.makespan == pytest.approx(real.makespan, rel=0.25)
    assert model.calls == pytest.approx(real.calls, rel=0.15)


def test_waves_take_as_long_as_all_of_them_together() -> None:
    whole, rest, both = simulate(256, 600, numbered=True), simulate(44, 600, numbered=True), simulate_waves(300, 600)

    assert both.makespan == whole.makespan + rest.makespan
    assert (both.apps, both.calls) == (300, whole.calls + rest.calls)


def test_a_group_of_hundreds_takes_no_more_calls_than_a_small_one(tmp_path: Path) -> None:
    small, big = large(2, 0, tmp_path), large(300, 300, tmp_path)

    assert (small.deployed, big.deployed) == (1, 1)
    assert big.calls <= small.calls + 2


def test_threads_take_turns_in_the_order_in_which_their_sleeps_end() -> None:
    clock, said = TurnClock(), list[tuple[str, float]]()

    def act(name: str, *pauses: float) -> None:
        for pause in pauses:
            clock.sleep(pause)
            said.append((name, clock.now() - start))

    start = clock.now()
    clock.run([lambda: act("a", 2.0, 2.0), lambda: act("b", 3.0, 0.5)], apart=0.0)

    assert said == [("a", 2.0), ("b", 3.0), ("b", 3.5), ("a", 4.0)]
