"""What would be left without targets once the old group is at 0, whatever leads there."""

from dataclasses import replace

import pytest

from spotaction.model.choices import Strategy
from spotaction.model.deployment import RoutePair
from spotaction.model.errors import RefusedError
from spotaction.model.execution import WHOLE, DeploySpec, DownsizeSpec, Execution, SetupSpec, SwapSpec
from spotaction.model.resources import JsonObject, Route
from spotaction.operations.preflight.unmanaged_rules import require_no_unmanaged_rules, require_none_left_behind
from tests.support.fakes import BLUE, GREEN, FakeRoutes, group, route, scene

SWAP = Execution(Strategy.BLUE_GREEN, SetupSpec(None, ()), (SwapSpec("swap-route"), DownsizeSpec("downsize-old")))
BASIC = Execution(Strategy.BASIC, SetupSpec(None), (DeploySpec("deploy", WHOLE),))
PROD = route((BLUE, 1), name="prod")


def is_refused(stage: Route, other: Route) -> bool:
    """Whether a swap of production and this stage is refused because of another rule."""
    place = scene()
    place.routes = FakeRoutes(routes=(PROD, stage, other))
    try:
        require_no_unmanaged_rules([RoutePair(PROD, stage, BLUE, GREEN)], SWAP, place.world())
    except RefusedError:
        return True
    return False


def test_other_rules_of_a_stages_listener_do_not_count_unless_it_is_productions() -> None:
    apart, same = route((GREEN, 1), port=8443, name="stage"), route((GREEN, 1), name="stage")
    assert not is_refused(apart, route((BLUE, 1), port=8443, name="partner"))
    assert is_refused(apart, route((BLUE, 1), name="partner"))
    assert is_refused(same, route((BLUE, 1), name="partner"))


def attached(*balancers: JsonObject) -> JsonObject:
    return {"compute": {"launchSpecification": {"loadBalancersConfig": {"loadBalancers": list(balancers)}}}}


def test_a_classic_load_balancer_that_the_new_group_is_not_attached_to_is_left_behind() -> None:
    """It has no rules that could be read: whoever is attached there serves."""
    classic = attached({"name": "web-classic", "type": "CLASSIC"})
    old = replace(group(), config=classic)
    require_none_left_behind(old, classic, (), BASIC, scene(old).world())
    with pytest.raises(RefusedError, match="serves in classic/web-classic, where the new group will not"):
        require_none_left_behind(old, attached(), (), BASIC, scene(old).world())
