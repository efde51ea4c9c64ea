"""The weight of healthy targets, and by how few calls it is known."""

import pytest

from spotaction.engine.waits.health import GroupHealth
from spotaction.engine.waits.weights import healthy_weight
from spotaction.model.errors import CredentialError
from spotaction.model.resources import Group, GroupId, Instance, InstanceId, InstanceState
from tests.support.fakes import OLD_ID, FakeGroups, Scene, group, no_answer, scene

WEIGHED = group("web__7", OLD_ID, unit="weight", weights={"c5.large": 2, "c5.xlarge": 4})
LARGE, XLARGE, OTHER = (InstanceId(f"i-{kind}") for kind in ("large", "xlarge", "other"))
INSTANCES = (
    Instance(LARGE, InstanceState.HEALTHY, instance_type="c5.large"),
    Instance(XLARGE, InstanceState.HEALTHY, instance_type="c5.xlarge"),
    Instance(None, InstanceState.UNKNOWN, instance_type="c5.xlarge"),
)


class Counted(FakeGroups):
    """Notes the calls that the weights need."""

    def instance_requests(self, group: GroupId) -> tuple[Instance, ...]:
        self.calls.append(("requests", group))
        if "requests" in self.errors:
            raise self.errors["requests"]
        return super().instance_requests(group)


def weighed(*known: Group) -> Scene:
    stage = scene(*known)
    stage.groups.__class__ = Counted
    stage.groups.instances_of[OLD_ID] = INSTANCES
    return stage


def test_each_healthy_target_counts_for_the_weight_of_its_type_and_a_strange_one_as_1() -> None:
    context = weighed(WEIGHED).world()
    assert healthy_weight(context, OLD_ID, frozenset({LARGE, XLARGE})) == 6
    assert healthy_weight(context, OLD_ID, frozenset({XLARGE, OTHER})) == 5
    assert healthy_weight(context, OLD_ID, frozenset()) == 0


@pytest.mark.parametrize("known", [(), (group("web__7", OLD_ID),)])
def test_a_group_that_counts_instances_or_is_gone_has_no_weights(known: tuple[Group, ...]) -> None:
    stage = weighed(*known)
    assert healthy_weight(stage.world(), OLD_ID, frozenset({LARGE})) is None
    assert stage.groups.calls == []


def test_a_read_that_knows_all_of_them_is_enough_however_old_it_is() -> None:
    stage = weighed(group("web__7 as it is now", OLD_ID))
    context = stage.world()
    context.health_cache.views[OLD_ID] = (-1e6, GroupHealth(WEIGHED, INSTANCES[:2]))
    assert healthy_weight(context, OLD_ID, frozenset({LARGE, XLARGE})) == 6
    assert healthy_weight(context, OLD_ID, frozenset({LARGE})) == 2
    assert stage.groups.calls == []
    context.health_cache.views[OLD_ID] = (0.0, GroupHealth(WEIGHED, INSTANCES[:1]))
    assert healthy_weight(context, OLD_ID, frozenset({LARGE, XLARGE})) == 6
    assert stage.groups.calls == [("requests", OLD_ID)]


@pytest.mark.parametrize("error", [no_answer(), CredentialError("expired")])
def test_where_spot_cannot_be_read_the_weight_is_unknown(error: Exception) -> None:
    stage = weighed(WEIGHED)
    stage.groups.errors["requests"] = error
    assert healthy_weight(stage.world(), OLD_ID, frozenset({LARGE})) is None
