"""The steps whose rollback undoes a deployment of which only the record is left."""

from spotaction.engine.steps.deploy import Deploy
from spotaction.engine.steps.downsize_old import DownsizeOld
from spotaction.engine.steps.setup import Setup
from spotaction.engine.steps.stage_setup import StageSetup
from spotaction.engine.steps.standalone_shift import StandaloneTrafficShift
from spotaction.engine.steps.swap_route import SwapRoute
from spotaction.engine.steps.traffic_shift import TrafficShift
from spotaction.model.capacity import Amount
from spotaction.model.deployment import Deployment
from spotaction.operations.recover import rollback_steps
from tests.support.fakes import BLUE, NEW_ID, THIRD, deployment, group, route, shift_pair, swap_pair

PROD = route((BLUE, 1))


def names(record: Deployment) -> list[tuple[str, str]]:
    return [(type(step).__name__, step.name) for step in rollback_steps(record)]


def test_the_steps_of_a_rollback_bear_the_names_that_the_record_knows() -> None:
    new = group("web__8", NEW_ID)
    assert names(deployment(None, new)) == [("Setup", "setup"), ("Deploy", "deploy")]
    canary = deployment(None, new, started_steps=["my-setup", "canary-deploy-1", "canary-deploy-2"])
    assert names(canary) == [("Setup", "my-setup"), ("Deploy", "canary-deploy-2")]
    swap = deployment(None, new, (swap_pair(),), started_steps=["stage", "swap-route-2", "downsize-old-2"])
    assert names(swap) == [
        ("StageSetup", "stage"),
        ("SwapRoute", "swap-route-2"),
        ("DownsizeOld", "downsize-old-2"),
    ]
    both = deployment(None, new, (shift_pair(), swap_pair()), started_steps=["stage-setup", "shift-50", "shift-100"])
    assert names(both) == [
        ("StageSetup", "stage-setup"),
        ("TrafficShift", "shift-100"),
        ("SwapRoute", "swap-route"),
        ("DownsizeOld", "downsize-old"),
    ]


def test_rules_beside_are_rolled_back_after_the_groups_steps_and_before_the_setup() -> None:
    beside = [route((THIRD, 1), name="x"), route((THIRD, 1), name="y")]
    new = group("web__8", NEW_ID)
    shift = deployment(
        None, new, (shift_pair(),), started_steps=["stage-setup", "standalone-shift-1"], standalone_routes=beside
    )
    assert names(shift) == [
        ("StageSetup", "stage-setup"),
        ("StandaloneTrafficShift", "standalone-shift-1"),
        ("StandaloneTrafficShift", "standalone-shift-2"),
        ("TrafficShift", "shift"),
        ("DownsizeOld", "downsize-old"),
    ]
    basic = deployment(None, new, standalone_routes=beside)
    assert [kind for kind, _ in names(basic)] == [
        "Setup",
        "StandaloneTrafficShift",
        "StandaloneTrafficShift",
        "Deploy",
    ]


def test_the_steps_of_a_rollback_are_whole_as_the_record_tells_them() -> None:
    beside = route((THIRD, 1), name="x")
    shift = StandaloneTrafficShift(
        beside.load_balancer, beside.listener, beside.rule, beside.forward, "standalone-shift-1"
    )
    for new, name in ((group("web__8", NEW_ID), "web__8"), (None, "")):
        basic = deployment(None, new, standalone_routes=[beside])
        assert rollback_steps(basic) == (
            Setup(name, {}, "setup"),
            shift,
            Deploy("deploy", Amount(percent=100)),
        )
        both = deployment(None, new, (shift_pair(), swap_pair()), standalone_routes=[beside])
        assert rollback_steps(both) == (
            StageSetup(name, {}, name="stage-setup"),
            shift,
            TrafficShift("shift", 100),
            SwapRoute(name="swap-route"),
            DownsizeOld(name="downsize-old"),
        )
