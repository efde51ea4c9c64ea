"""What the image's botocore keeps: the calls that the action makes, and the endpoints of their services."""

import gzip
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore
import pytest
from botocore import xform_name

from tests.support.project import ROOT, load_script

CALL = re.compile(r'"(cloudwatch|ec2|elbv2|lambda|service-quotas|sts):([A-Z]\w+)"')
METHOD = re.compile(r"\.([a-z]\w+)\(")
DATA = Path(botocore.__file__).parent / "data"


@pytest.fixture(scope="module")
def trim() -> ModuleType:
    return load_script("trim", "container")


@pytest.fixture(scope="module")
def elbv2() -> dict[str, Any]:
    (packed,) = (DATA / "elbv2").glob("*/service-2.json.gz")
    model: dict[str, Any] = json.loads(gzip.decompress(packed.read_bytes()))
    return model


def test_the_calls_that_are_kept_are_those_that_the_code_names(trim: ModuleType) -> None:
    code = [path.read_text("utf-8") for path in (ROOT / "spotaction" / "cloud" / "aws").glob("*.py")]
    named = {found for text in code for found in CALL.findall(text)}
    assert named == {(service, name) for service, names in trim.OPERATIONS.items() for name in names}


@pytest.mark.parametrize("service", ["cloudwatch", "ec2", "elbv2", "lambda", "service-quotas", "sts"])
def test_the_calls_that_are_kept_are_those_that_the_code_sends(trim: ModuleType, service: str) -> None:
    code = [path.read_text("utf-8") for path in (ROOT / "spotaction" / "cloud" / "aws").glob("*.py")]
    methods = {found for text in code for found in METHOD.findall(text)}
    (packed,) = max((DATA / service).iterdir()).glob("service-2.json.gz")
    calls = json.loads(gzip.decompress(packed.read_bytes()))["operations"]
    assert {name for name in calls if xform_name(name) in methods} == trim.OPERATIONS[service]


def test_a_trimmed_model_describes_its_calls_as_before(trim: ModuleType, elbv2: dict[str, Any]) -> None:
    trimmed = trim.trim_model(elbv2, {"ModifyRule", "DescribeTargetHealth"})
    assert set(trimmed["operations"]) == {"ModifyRule", "DescribeTargetHealth"}
    assert set(trimmed) == set(elbv2) - {"documentation"}
    assert {"ModifyRuleInput", "Action", "TargetGroupTuple", "TargetHealthDescription"} <= set(trimmed["shapes"])
    assert "CreateListenerInput" not in trimmed["shapes"]
    assert trimmed["shapes"]["TargetGroupTuple"]["members"].keys() == (
        elbv2["shapes"]["TargetGroupTuple"]["members"].keys()
    )


def test_documentation_goes_and_a_member_of_that_name_stays(trim: ModuleType) -> None:
    model = {
        "metadata": {"protocol": "json"},
        "documentation": "A service.",
        "operations": {"Get": {"documentation": "Gets.", "output": {"shape": "Answer", "documentation": "It."}}},
        "shapes": {
            "Answer": {"type": "structure", "members": {"documentation": {"shape": "Text", "documentation": "It."}}},
            "Text": {"type": "string"},
            "Other": {"type": "string"},
        },
    }
    assert trim.trim_model(model, {"Get"}) == {
        "metadata": {"protocol": "json"},
        "operations": {"Get": {"output": {"shape": "Answer"}}},
        "shapes": {
            "Answer": {"type": "structure", "members": {"documentation": {"shape": "Text"}}},
            "Text": {"type": "string"},
        },
    }


def test_a_call_that_the_model_does_not_have_fails_the_build(trim: ModuleType, elbv2: dict[str, Any]) -> None:
    with pytest.raises(KeyError, match="DescribeMoons"):
        trim.trim_model(elbv2, {"DescribeMoons"})


def test_endpoints_keep_every_partition_and_region(trim: ModuleType) -> None:
    before = json.loads((DATA / "endpoints.json").read_bytes())
    after = trim.trim_endpoints(before)
    regions = [(one["partition"], one["regions"]) for one in before["partitions"]]
    assert [(one["partition"], one["regions"]) for one in after["partitions"]] == regions
    for old, new in zip(before["partitions"], after["partitions"], strict=True):
        kept = {name: what for name, what in old["services"].items() if name in trim.ENDPOINTS}
        assert new["services"] == kept
        assert {"ec2", "elasticloadbalancing", "monitoring", "sts"} <= set(kept)


@pytest.mark.slow
def test_the_build_can_make_a_request_of_every_call_that_is_kept(
    trim: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image is built where there is Docker; that its samples fit the calls shows here, too."""
    monkeypatch.setitem(sys.modules, "trim", trim)
    kept = {f"{service}:{call}" for service, calls in trim.OPERATIONS.items() for call in calls}
    assert "cloudwatch:GetMetricData" in kept
    assert load_script("compile", "container").try_clients() == dict.fromkeys(
        ("us-east-1", "us-gov-west-1", "cn-north-1"), kept
    )
