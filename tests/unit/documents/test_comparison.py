import copy
import random
from collections.abc import Iterator

import pytest

from spotaction.documents.elastigroup.comparison import Difference, comparable, differences, shown_value
from spotaction.model.resources import JsonObject, JsonValue
from tests.support.live_groups import GROUPS

BASE: JsonObject = {
    "name": "web",
    "capacity": {"minimum": 1, "target": 2, "maximum": 3, "unit": "instance"},
    "strategy": {"risk": 100, "signals": [{"name": "INSTANCE_READY", "timeout": 600}]},
    "compute": {
        "instanceTypes": {"ondemand": "m5.large", "spot": ["m5.large", "m5a.large"]},
        "availabilityZones": [{"name": "us-east-1a", "subnetIds": ["subnet-1", "subnet-2"]}, {"name": "us-east-1b"}],
        "launchSpecification": {
            "imageId": "ami-1",
            "securityGroupIds": ["sg-1", "sg-2"],
            "tags": [{"tagKey": "A", "tagValue": "1"}, {"tagKey": "B", "tagValue": "2"}],
            "userData": "IyEvYmluL3NoCg==",
            "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 10}}],
        },
    },
    "scaling": {"up": [{"policyName": "busy", "threshold": 70}, {"policyName": "busier", "threshold": 90}]},
}


def shuffled(value: JsonValue, draw: random.Random) -> JsonValue:
    """The same in another order of keys and of list items."""
    if isinstance(value, dict):
        keys = draw.sample(list(value), len(value))
        return {key: shuffled(value[key], draw) for key in keys}
    if isinstance(value, list):
        return [shuffled(each, draw) for each in draw.sample(value, len(value))]
    return value


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_what_has_no_order_is_no_difference(seed: int) -> None:
    other = shuffled(BASE, random.Random(seed))  # noqa: S311 - any order will do
    assert isinstance(other, dict)
    assert differences(comparable(BASE), comparable(other)) == ()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("region",), "us-east-1"),
        (("id",), "sig-1"),
        (("description",), "another"),
        (("scheduling",), {}),
        (("thirdPartiesIntegration",), {"ecs": None}),
        (("strategy", "onDemandCount"), None),
        (("strategy", "risk"), "100"),
        (("compute", "availabilityZones", 0, "subnetId"), "subnet-1"),
        (("compute", "launchSpecification", "imageId"), None),
        (("compute", "launchSpecification", "userData"), "IyEvYmlu\nL3NoCg=="),
        (("compute", "launchSpecification", "shutdownScript"), ""),
        (("compute", "launchSpecification", "blockDeviceMappings", 0, "ebs", "volumeSize"), "10"),
    ],
)
def test_what_spot_writes_in_another_way_is_no_difference(path: tuple[str | int, ...], value: JsonValue) -> None:
    other = copy.deepcopy(BASE)
    place: object = other
    for part in path[:-1]:
        place = place[part]  # type: ignore[index]
    place[path[-1]] = value  # type: ignore[index]
    if path[-1] == "imageId":
        place["images"] = [{"id": "ami-1"}]  # type: ignore[index]
    assert differences(comparable(BASE), comparable(other)) == ()


def test_every_difference_has_its_path_and_both_values() -> None:
    other = copy.deepcopy(BASE)
    launch = other["compute"]["launchSpecification"]  # type: ignore[index,call-overload]
    launch["tags"] = [{"tagKey": "A", "tagValue": "9"}, {"tagKey": "C", "tagValue": "3"}]  # type: ignore[index]
    launch["userData"] = "IyEvYmluL2Jhc2gK"  # type: ignore[index]
    other["strategy"] = {"risk": True, "signals": []}  # type: ignore[index]
    head = "group.compute.launchSpecification"
    assert differences(comparable(BASE), comparable(other)) == (
        Difference(f"{head}.tags[A].tagValue", "1", "9"),
        Difference(f"{head}.tags[B]", {"tagKey": "B", "tagValue": "2"}, None),
        Difference(f"{head}.tags[C]", None, {"tagKey": "C", "tagValue": "3"}),
        Difference(f"{head}.userData", "sha256:a8076d3d28d21e02", "sha256:b875f928546aee78"),
        Difference("group.strategy.risk", mine=100, live=True),
        Difference("group.strategy.signals", [{"name": "INSTANCE_READY", "timeout": 600}], None),
    )


def test_the_order_of_on_demand_types_is_a_difference_because_spot_prefers_the_first() -> None:
    one, other = ({"compute": {"instanceTypes": {"onDemandTypes": kinds}}} for kinds in (["a", "b"], ["b", "a"]))
    assert [each.path for each in differences(comparable(one), comparable(other))] == [
        "group.compute.instanceTypes.onDemandTypes"
    ]


def test_two_policies_of_one_name_are_compared_as_a_list() -> None:
    one: JsonObject = {"scaling": {"up": [{"policyName": "a", "threshold": 1}, {"policyName": "a", "threshold": 2}]}}
    other: JsonObject = {"scaling": {"up": [{"policyName": "a", "threshold": 1}, {"policyName": "a", "threshold": 3}]}}
    assert [each.path for each in differences(comparable(one), comparable(other))] == ["group.scaling.up"]


def test_long_values_are_cut_and_none_is_named() -> None:
    assert (shown_value(None), shown_value(0.5), shown_value("x" * 300, 5)) == ("not set", "0.5", "xxxx…")


def leaves(value: JsonValue, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all values that are neither mappings nor lists."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if entries is None:
        yield path
        return
    for key, each in entries:
        yield from leaves(each, (*path, key))


def another(value: JsonValue) -> JsonValue:
    """A value of the same type that is not the same."""
    if isinstance(value, bool):
        return not value
    return f"{value}A" if isinstance(value, str) else (value or 0) + 1  # type: ignore[operator]


@pytest.mark.parametrize("name", GROUPS)
def test_no_value_of_a_group_can_change_unnoticed(name: str) -> None:
    config = {**BASE, **copy.deepcopy(dict(GROUPS[name].config))}
    compared = [path for path in leaves(config) if path[-1] != "name" or len(path) > 1]
    assert compared
    for path in compared:
        other = copy.deepcopy(config)
        place: object = other
        for part in path[:-1]:
            place = place[part]  # type: ignore[index]
        place[path[-1]] = another(place[path[-1]])  # type: ignore[index]
        if config == other:
            continue
        assert differences(comparable(config), comparable(other)), f"{path} changed unnoticed"
