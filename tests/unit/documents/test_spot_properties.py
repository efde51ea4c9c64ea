"""The Elastigroup schema and `spot_properties.txt`, the properties of Spot's API: the same, but for listed exceptions.

A line of the table has the source (`api`: Spot's API description; `sdk`: its Go SDK alone), the path, the type with its
allowed values, the bounds, and `!` if the property is required in its parent.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from spotaction.documents.elastigroup.checks import check_elastigroup
from spotaction.documents.schemas import SCHEMAS
from spotaction.documents.source import parse_document

Schema = dict[str, Any]
SCHEMA: Schema = json.loads((SCHEMAS / "elastigroup.schema.json").read_text("utf-8"))
SIZES = ("bytes", "kilobytes", "megabytes", "gigabytes", "terabytes", "bits", "kilobits", "megabits", "gigabits")
UNITS = {
    *("seconds", "microseconds", "milliseconds", "percent", "count", "count/second", "none", "terabits"),
    *SIZES,
    *(f"{size}/second" for size in (*SIZES, "terabits")),
}
_LINE = re.compile(
    r"(?P<source>api|sdk) (?P<path>\S+) (?P<type>[a-z]+)(?::(?P<values>.+?))?"
    r"(?: (?P<least>\d*)\.\.(?P<most>\d*))?(?P<needed>!?)"
)
ORCHESTRATOR = r"thirdPartiesIntegration\.(ecs|kubernetes|nomad|dockerSwarm)\.autoScale\."
POLICY = r"scaling\.(up|down)\[\]"
ACTION = rf"{POLICY}(\.stepAdjustments\[\])?\.action"

# Each: a pattern of paths, and the reason why the schema differs there.
NOT_IN_SCHEMA = {
    r"scaling\.target\[\]\.(threshold|adjustment|operator|action|isEnabled|stepAdjustments|\w+TargetCapacity)\b.*": (
        "the SDK has one type for all policies; Spot describes target policies without these"
    ),
    rf"{POLICY}\.predictive.*": "the SDK has one type for all policies; only target policies are predictive",
}
NOT_IN_TABLE = {
    r".*\.(azAwareness|zoneAwareness|autoWeight|balancerId|targetSetId|multai)|multai": "retired; a warning",
    r"thirdPartiesIntegration\.(mlbRuntime|rightScale)": "retired; a warning",
    r"compute\.launchSpecification\.instanceMetadataOptions": "in Spot's FAQ only, accepted with a warning",
    r"compute\.(availabilityZones|launchSpecification\.tags)\.\w+": "one item without its list, as in examples",
    r"compute\.launchSpecification\.networkInterfaces\[\]\.networkInterfaceID": "a spelling of Spot's examples",
    r"compute\.launchSpecification\.blockDeviceMappings\[\]\.noDevice": "EC2's key, in Spot's documentation of devices",
    rf"{ORCHESTRATOR}.*": "one definition of autoScale for all four orchestrators",
    r"thirdPartiesIntegration\.dockerSwarm\.tlsConfig.*": "a place of Spot's documentation, next to autoScale's",
    rf"{POLICY}\.(minimum|maximum)": "the numbers of updateCapacity next to the action, in old exports",
    rf"{POLICY}\.shouldResumeStateful": "in the Python SDK's sample group",
    r"scaling\.target\[\]\.extendedStatistic": "statistic may be percentile, which needs it",
    r"scheduling\.tasks\[\]\.(id|groupId|eventType|createdAt|subEvents)": "events in exports, which are not sent",
    r"strategy\.statefulDeallocation": "the Terraform provider's place; a stateful group is rejected",
}
OTHER_TYPE = {
    rf"{POLICY}(\.stepAdjustments\[\])?\.threshold|scaling\.target\[\]\.target": "fractions are in the SDKs' samples",
    r"strategy\.risk": "the SDKs have a fraction",
    rf"{ACTION}\.\w+": "the SDKs write these numbers as text; text of digits is read as a number",
    r"compute\.launchSpecification\.blockDeviceMappings\[\]\.ebs\.(encrypted|iops|deleteOnTermination|volumeSize)": (
        "exports have them as text, which is read as a number or boolean"
    ),
    r"compute\.launchSpecification\.networkInterfaces\[\]\.deviceIndex": "exports have it as text, which is read",
    rf"{ORCHESTRATOR}down\.maxScaleDownPercentage": "the SDKs have a fraction",
    rf"{POLICY}\.target": "a number of instances; the SDK shares it with target policies, where it may be a fraction",
    r"compute\.(availabilityZones|launchSpecification\.tags)": "a single item may be written without its list",
    r"strategy\.persistence": "an array in the description, an object in every client; both are accepted",
    r"thirdPartiesIntegration\.ecs\.autoScale\.attributes": "an object in the description, an array in the SDKs; both",
}
OTHER_REQUIRED = {
    r"name": "the action names the group",
    r"region": "needed with subnetIds only, and the action reads the zones",
    r"capacity\.unit": "instance unless set, and absent from Spot's samples",
    r"strategy\.availabilityVsCost": "it has a default",
    r"compute\.availabilityZones": "subnetIds take its place",
    r"compute\.launchSpecification\.monitoring": "false unless set",
    r"compute\.instanceTypes": "a group without instance types cannot be launched",
    r"compute\.launchSpecification\.blockDeviceMappings\[\]\.deviceName": "EC2 needs it",
    r"compute\.instanceTypes\.weights\[\]\.(instanceType|weightedCapacity)": "a weight without both has no meaning",
    r"compute\.launchSpecification\.tags\[\]\.tagKey": "EC2 needs it",
    r"compute\.launchSpecification\.itf\.targetGroupConfig\.tags\[\]\.tagKey": "EC2 needs it",
    r"compute\.launchSpecification\.loadBalancersConfig\.loadBalancers\[\]\.type": "it decides between arn and name",
    r"compute\.launchSpecification\.itf\.defaultStaticTargetGroups\[\]\.(arn|percentage)": "as below loadBalancers",
    r"scaling\.down\[\]\.(namespace|metricName)": "as for up, and as the Terraform provider has it",
}
OTHER_VALUES = {
    r"compute\.product": "Spot's own example and all clients write the names without (Amazon VPC)",
    r"strategy\.availabilityVsCost": "equalZoneDistribution is the SDK's name of equalAzDistribution",
    rf"{POLICY}\.source": "spectrum is in the SDKs",
    r"scaling\.down\[\]\.action\.type": "the description repeats the types of up; setMaxTarget is in its text",
    r"scaling\.down\[\]\.stepAdjustments\[\]\.action\.type": "one definition with the policy's action",
    r"scheduling\.tasks\[\]\.frequency": "continuous is in Spot's documentation",
    r"compute\.launchSpecification\.metadataOptions\.instanceMetadataTags": "the SDKs' examples are in lower case",
    r"compute\.launchSpecification\.metadataOptions\.httpTokens": "the two values are in the description's text",
    r"compute\.launchSpecification\.tenancy": "EC2's values",
    r"compute\.launchSpecification\.blockDeviceMappings\[\]\.ebs\.dynamicVolumeSize\.resource": "as for dynamicIops",
    r"compute\.launchSpecification\.blockDeviceMappings\[\]\.ebs\.(encrypted|deleteOnTermination)": "booleans as text",
    r"strategy\.minimumInstanceLifetime": "the hours are in the SDK's comment",
    r"strategy\.persistence\.blockDevicesMode": "the values of the array form",
}


@dataclass
class Property:
    types: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    least: int | None = None
    most: int | None = None
    needed: bool = False


def described() -> dict[str, Property]:
    """The properties of the table, by path."""
    found = {}
    for line in Path(__file__).with_name("spot_properties.txt").read_text("utf-8").splitlines():
        match = _LINE.fullmatch(line)
        assert match is not None, line
        values = (match["values"] or "").split("|")
        found[match["path"]] = Property(
            {match["type"]},
            UNITS if values == ["@unit"] else set(values) - {""},
            int(match["least"]) if match["least"] else None,
            int(match["most"]) if match["most"] else None,
            bool(match["needed"]),
        )
    return found


def resolved(node: Schema) -> Iterator[Schema]:
    """The node, what it refers to, and its alternatives."""
    yield node
    if "$ref" in node:
        yield from resolved(SCHEMA["$defs"][node["$ref"].rpartition("/")[2]])
    for each in node.get("anyOf", ()):
        yield from resolved(each)


def walked(node: Schema, path: str, found: dict[str, Property]) -> dict[str, Property]:
    for form in resolved(node):
        for key, inner in form.get("properties", {}).items():
            where = f"{path}.{key}".removeprefix(".")
            if set(inner) <= {"not"}:  # a condition
                continue
            entry = found.setdefault(where, Property())
            entry.needed |= key in form.get("required", ())
            for each in resolved(inner):
                types = each.get("type", [])
                entry.types |= {types} if isinstance(types, str) else set(types)
                entry.types |= {"string"} if any(isinstance(value, str) for value in each.get("enum", ())) else set()
                entry.types |= {"integer"} if any(type(value) is int for value in each.get("enum", ())) else set()
                entry.types |= {"boolean"} if any(value is True for value in each.get("enum", ())) else set()
                entry.values |= {str(value) for value in each.get("enum", ()) if value is not None}
                entry.least = each.get("minimum", entry.least)
                entry.most = each.get("maximum", entry.most)
            walked(inner, where, found)
        if "items" in form:
            walked(form["items"], f"{path}[]", found)
    return found


TABLE = described()
FOUND = walked(SCHEMA["$defs"]["group"], "", {})
BOTH = sorted(TABLE.keys() & FOUND.keys())


def unexplained(paths: Iterator[str] | list[str], reasons: dict[str, str]) -> tuple[list[str], list[str]]:
    """The paths without a reason, and the reasons without a path."""
    given = list(paths)
    return (
        [path for path in given if not any(re.fullmatch(pattern, path) for pattern in reasons)],
        [pattern for pattern in reasons if not any(re.fullmatch(pattern, path) for path in given)],
    )


def test_every_property_of_spot_is_in_the_schema_or_has_a_reason_not_to_be() -> None:
    assert len(TABLE) > 500
    assert unexplained(sorted(TABLE.keys() - FOUND.keys()), NOT_IN_SCHEMA) == ([], [])


def test_every_property_of_the_schema_is_one_of_spot_or_has_a_reason() -> None:
    assert unexplained(sorted(FOUND.keys() - TABLE.keys()), NOT_IN_TABLE) == ([], [])


def test_the_types_are_those_of_spot() -> None:
    other = [path for path in BOTH if FOUND[path].types - {"null"} != TABLE[path].types]
    assert unexplained(other, OTHER_TYPE) == ([], [])


def test_what_is_required_is_what_spot_requires() -> None:
    assert unexplained([path for path in BOTH if FOUND[path].needed != TABLE[path].needed], OTHER_REQUIRED) == ([], [])


def test_the_allowed_values_are_those_of_spot() -> None:
    assert unexplained([path for path in BOTH if FOUND[path].values != TABLE[path].values], OTHER_VALUES) == ([], [])


def test_the_bounds_of_spot_are_those_of_the_schema_which_has_more_of_them() -> None:
    def kept(path: str) -> bool:
        table, found = TABLE[path], FOUND[path]
        return table.least in {None, found.least} and table.most in {None, found.most}

    assert [path for path in BOTH if not kept(path)] == []


EITHER = [
    ("compute", ("availabilityZones", "subnetIds"), "one"),
    ("compute.instanceTypes", ("ondemand", "onDemandTypes"), "one"),
    ("compute.instanceTypes", ("spot", "resourceRequirements"), "one"),
    ("compute.launchSpecification", ("imageId", "images"), "at most one"),
    ("compute.launchSpecification.blockDeviceMappings.0.ebs", ("iops", "dynamicIops"), "at most one"),
    ("compute.launchSpecification.blockDeviceMappings.0.ebs", ("volumeSize", "dynamicVolumeSize"), "at most one"),
    ("scheduling.tasks.0", ("frequency", "cronExpression"), "one"),
    ("scaling.up.0", ("threshold", "stepAdjustments"), "at least one"),
    ("scaling.down.0", ("threshold", "stepAdjustments"), "at least one"),
]
ACTION_OF_ONE = {"type": "adjustment", "adjustment": 1}
STEPS = [{"threshold": 1, "action": ACTION_OF_ONE}]
VALUES: dict[str, Any] = {
    "availabilityZones": [{"name": "us-east-1a"}],
    "subnetIds": ["subnet-0123456789abcdef0"],
    "ondemand": "m5.large",
    "onDemandTypes": ["m5.large"],
    "spot": ["m5.large"],
    "resourceRequirements": {"requiredVCpu": {"minimum": 1}, "requiredMemory": {"minimum": 1}},
    "imageId": "ami-0123456789abcdef0",
    "images": [{"id": "ami-0123456789abcdef0"}],
    "iops": 100,
    "dynamicIops": {"baseSize": 1},
    "volumeSize": 30,
    "dynamicVolumeSize": {"baseSize": 1},
    "frequency": "daily",
    "cronExpression": "0 6 * * *",
    "threshold": 1,
    "stepAdjustments": STEPS,
}


def count_problems(parent: str, pair: tuple[str, str], given: tuple[str, ...]) -> int:
    policy = {"namespace": "AWS/EC2", "metricName": "CPUUtilization", "threshold": 1, "action": ACTION_OF_ONE}
    group: Any = {
        "region": "us-east-1",
        "capacity": {"minimum": 1, "target": 1, "maximum": 1},
        "strategy": {},
        "compute": {
            "availabilityZones": [{"name": "us-east-1a"}],
            "instanceTypes": {"ondemand": "m5.large", "spot": ["m5.large"]},
            "launchSpecification": {
                "securityGroupIds": ["sg-0123456789abcdef0"],
                "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {}}],
            },
        },
        "scheduling": {"tasks": [{"taskType": "scale", "scaleMinCapacity": 1}]},
        "scaling": {"up": [dict(policy)], "down": [dict(policy)]},
    }
    if parent != "scheduling.tasks.0":
        group["scheduling"]["tasks"][0]["frequency"] = "daily"
    inner = group
    for key in parent.split("."):
        inner = inner[int(key) if key.isdecimal() else key]
    for key in pair:
        inner.pop(key, None)
    inner.update({key: VALUES[key] for key in given})
    return len(check_elastigroup(parse_document(json.dumps({"group": group}), name="g.json")).problems)


@pytest.mark.parametrize(("parent", "pair", "rule"), EITHER)
def test_of_two_keys_as_many_may_be_set_as_spot_says(parent: str, pair: tuple[str, str], rule: str) -> None:
    neither, both = count_problems(parent, pair, ()), count_problems(parent, pair, pair)
    assert [count_problems(parent, pair, (key,)) for key in pair] == [0, 0]
    assert (neither, both) == {"one": (1, 1), "at most one": (0, 1), "at least one": (1, 0)}[rule]
