"""Leaves of the installed packages what the action uses: botocore alone describes over four hundred services."""

import gzip
import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

OPERATIONS: Mapping[str, frozenset[str]] = {
    "cloudwatch": frozenset({"DescribeAlarms", "GetMetricData", "GetMetricStatistics"}),
    "ec2": frozenset({"DescribeImages", "DescribeInstanceTypes", "GetSpotPlacementScores"}),
    "elbv2": frozenset(
        {
            "DescribeListeners",
            "DescribeLoadBalancers",
            "DescribeRules",
            "DescribeTargetGroupAttributes",
            "DescribeTargetGroups",
            "DescribeTargetHealth",
            "ModifyListener",
            "ModifyRule",
        }
    ),
    "lambda": frozenset({"Invoke"}),
    "service-quotas": frozenset({"GetServiceQuota"}),
    "sts": frozenset({"AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity"}),
}
"""What the action calls, by service, as botocore names them; tests/repo/test_trim.py holds that the code agrees."""
FOR_CREDENTIALS = ("signin", "sso", "sso-oidc")
"""Services that botocore's credential providers may ask; they are small, and left as they are."""
ENDPOINTS = (
    "ec2",
    "elasticloadbalancing",
    "lambda",
    "monitoring",
    "oidc",
    "portal.sso",
    "servicequotas",
    "signin",
    "sts",
)
"""Their names in botocore's endpoints.json."""
UNUSED = (
    "boto3/data",
    "boto3/examples",
    "dateutil/zoneinfo",
    "jsonschema/benchmarks",
    "jsonschema/tests",
    "jsonschema_specifications/tests",
    "referencing/tests",
)
UNUSED_FILES = (
    "botocore/data/*/*/examples-*",
    "botocore/data/*/*/paginators-*",
    "botocore/data/*/*/waiters-*",
    "**/*.pyi",
)


def main(packages: Path) -> None:
    """Trim the packages below `packages`; a folder that is not there any more is an error: the list has to be true."""
    data = packages / "botocore" / "data"
    for path in (*unused_services(data), *(packages / name for name in UNUSED)):
        shutil.rmtree(path)
    for pattern in UNUSED_FILES:
        for path in packages.glob(pattern):
            path.unlink()
    for service, operations in OPERATIONS.items():
        trim_service(data / service, operations)
    endpoints = data / "endpoints.json"
    endpoints.write_text(json.dumps(trim_endpoints(json.loads(endpoints.read_bytes()))), encoding="utf-8")


def unused_services(data: Path) -> Iterator[Path]:
    """Services that are not called, and of those that are, all versions of the API but the newest."""
    for service in sorted(path for path in data.iterdir() if path.is_dir()):
        if service.name not in (*OPERATIONS, *FOR_CREDENTIALS):
            yield service
        else:
            yield from sorted(service.iterdir())[:-1]


def trim_service(folder: Path, operations: Iterable[str]) -> None:
    """Replace a service's model by one of `operations` alone, without compression, which would have to be undone."""
    (packed,) = folder.glob("*/service-2.json.gz")
    model = trim_model(json.loads(gzip.decompress(packed.read_bytes())), operations)
    packed.with_suffix("").write_text(json.dumps(model), encoding="utf-8")
    packed.unlink()


def trim_model(model: Mapping[str, Any], operations: Iterable[str]) -> dict[str, Any]:
    """Return a service's model with these operations, the shapes that they reach, and no documentation."""
    kept = {name: model["operations"][name] for name in sorted(operations)}
    shapes = model["shapes"]
    open_names, found = list(_named_shapes(kept)), set[str]()
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names += _named_shapes(shapes[name])
    trimmed = {**model, "operations": kept, "shapes": {name: shapes[name] for name in sorted(found)}}
    return {key: _without_documentation(value) for key, value in trimmed.items() if key != "documentation"}


def trim_endpoints(endpoints: Mapping[str, Any]) -> dict[str, Any]:
    """Return botocore's endpoints of all partitions and regions, for the services that may be called."""
    partitions = [
        {**one, "services": {name: what for name, what in one["services"].items() if name in ENDPOINTS}}
        for one in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _named_shapes(value: object) -> Iterator[str]:
    """The names of the shapes that a part of the model refers to."""
    if isinstance(value, dict):
        if isinstance(name := value.get("shape"), str):
            yield name
        for each in value.values():
            yield from _named_shapes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _named_shapes(each)


def _without_documentation(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same, without texts named `documentation`; a member of that name is described by an object, and stays."""
    if isinstance(value, dict):
        return {
            key: _without_documentation(each)
            for key, each in value.items()
            if not (key == "documentation" and isinstance(each, str))
        }
    if isinstance(value, list):
        return [_without_documentation(each) for each in value]
    return value


if __name__ == "__main__":
    main(Path(sys.argv[1]))
