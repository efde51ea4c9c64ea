"""How much a deployment needs beside the old group, and when score or quota are too small for it."""

import pytest

from spotaction.model.capacity import Amount
from spotaction.model.choices import Strategy
from spotaction.model.execution import DeploySpec, Execution, SetupSpec
from spotaction.model.preflight import CapacityFacts, InstanceType
from spotaction.model.resources import Capacity, JsonObject, JsonValue
from spotaction.operations.preflight.spot_capacity import (
    Demand,
    capacity_warnings,
    demand_of,
    describe_capacity,
)

SETUP, OLD = Capacity(2, 10, 20), Capacity(2, 10, 20)
LARGE, XLARGE = InstanceType("m5.large", 2), InstanceType("m5.xlarge", 4)
TYPES = {each.name: each for each in (LARGE, XLARGE)}
NAMES = ("m5.large", "m5.xlarge")


def execution(*percents: int, kept: Amount | None = None) -> Execution:
    steps = tuple(DeploySpec(f"d{percent}", Amount(percent=percent), kept) for percent in percents)
    return Execution(Strategy.CANARY, SetupSpec(None), steps)


def config(**strategy: int) -> JsonObject:
    return {"strategy": strategy, "compute": {"instanceTypes": {"spot": list(NAMES)}}}


@pytest.mark.parametrize(
    ("phases", "old", "running", "units"),
    [
        ((100,), OLD, 0, 10),
        ((100,), None, 0, 10),
        ((100,), OLD, 4, 6),
        ((100,), OLD, 12, 0),
        ((20, 50, 100), OLD, 0, 5),  # the last 5 come when 5 old ones are gone
        ((20, 50, 100), None, 0, 10),
        ((), OLD, 0, 10),  # blue-green has the whole group staged
    ],
)
def test_the_demand_is_the_most_that_runs_beside_the_rest_of_the_old_group(
    phases: tuple[int, ...], old: Capacity | None, running: int, units: int
) -> None:
    assert demand_of(config(), execution(*phases), SETUP, old, running) == Demand(NAMES, units, units)


@pytest.mark.parametrize(
    ("strategy", "units"),
    [({"risk": 100}, 10), ({"risk": 50}, 5), ({"risk": 0}, 0), ({"onDemandCount": 4}, 6), ({"onDemandCount": 99}, 0)],
)
def test_what_is_on_demand_needs_no_spot_capacity(strategy: dict[str, int], units: int) -> None:
    assert demand_of(config(**strategy), execution(100), SETUP, OLD, 0).units == units


def test_weights_are_counted_in_instances_and_vcpus() -> None:
    weights: list[JsonValue] = [
        {"instanceType": "m5.large", "weightedCapacity": 2},
        {"instanceType": "m5.xlarge", "weightedCapacity": 5},
    ]
    weighted: JsonObject = {"compute": {"instanceTypes": {"spot": list(NAMES), "weights": weights}}}
    demand = demand_of(weighted, execution(100), SETUP, OLD, 0)
    assert (demand.units, demand.instances) == (10, 5)
    assert demand.vcpus(TYPES) == (8, 10)


@pytest.mark.parametrize(
    ("names", "standard"),
    [
        (("m5.large", "c7gn.large", "im4gn.large", "t3.micro", "z1d.large"), True),
        (("m5.large", "g5.xlarge"), False),
        (("inf2.xlarge",), False),
        (("dl1.24xlarge",), False),
        (("hpc6a.48xlarge",), False),
        (("x2gd.large",), False),
        ((), False),
    ],
)
def test_only_standard_families_share_the_quota(names: tuple[str, ...], standard: bool) -> None:  # noqa: FBT001
    assert Demand(names, 1, 1).is_standard is standard


@pytest.mark.parametrize(
    ("facts", "warned"),
    [
        (CapacityFacts(), 0),
        (CapacityFacts(score=4), 0),
        (CapacityFacts(score=3), 1),
        (CapacityFacts(TYPES, quota=20), 0),
        (CapacityFacts(TYPES, quota=19), 1),
        (CapacityFacts(TYPES, quota=60, used=40), 0),
        (CapacityFacts(TYPES, quota=60, used=41), 1),
        (CapacityFacts(quota=1), 0),  # without the types' vCPUs nothing is known
        (CapacityFacts({"m5.large": LARGE}, quota=1), 0),
    ],
)
def test_a_warning_needs_a_low_score_or_a_quota_that_even_the_smallest_types_exceed(
    facts: CapacityFacts, warned: int
) -> None:
    assert len(list(capacity_warnings(Demand(NAMES, 10, 10), facts, ""))) == warned


def test_policies_see_score_and_vcpus_as_far_as_they_are_known() -> None:
    demand = Demand(NAMES, 10, 10)
    assert describe_capacity(demand, CapacityFacts()) == {}
    assert describe_capacity(demand, CapacityFacts(TYPES, 7, 640.0, 48.0)) == {
        "placementScore": 7,
        "spotVcpus": {"quota": 640, "used": 48, "needed": 40},
    }
