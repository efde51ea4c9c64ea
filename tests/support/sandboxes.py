"""The scenario of the sandbox's own tests, and plain clients for its Spot and AWS APIs."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import requests

from spotaction.sandbox import BotocoreHook, RequestsAdapter, Sandbox

if TYPE_CHECKING:  # half a second of every worker
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_sts import STSClient

JSON = dict[str, Any]
OLD = "ami-0aaaaaaaaaaaaaaa1"
NEW = "ami-0aaaaaaaaaaaaaaa2"
BAD = "ami-0bbbbbbbbbbbbbbbb"

SCENARIO: JSON = {
    "region": "us-east-1",
    "seed": 7,
    "images": [
        {"id": OLD, "name": "web-1", "created": "2026-11-20T10:00:00Z", "tags": {"App": "web"}},
        {"id": NEW, "name": "web-2", "created": "2026-11-23T10:00:00Z", "tags": {"App": "web"}},
        {"id": BAD, "name": "web-3", "created": "2026-11-23T11:00:00Z", "tags": {"App": "web"}},
    ],
    "target-groups": [
        {"name": "web-blue", "attributes": {"deregistration_delay.timeout_seconds": 60}},
        {"name": "web-green"},
    ],
    "load-balancers": [
        {
            "name": "web-alb",
            "listeners": [
                {
                    "port": 443,
                    "protocol": "HTTPS",
                    "certificate": "arn:aws:acm:us-east-1:111122223333:certificate/abc",
                    "default": {"forward": "web-blue"},
                    "rules": [{"priority": 10, "path": "/api/*", "forward": "web-blue"}],
                },
                {"port": 8443, "default": {"forward": "web-green"}},
            ],
        }
    ],
    "elastigroups": [
        {
            "name": "web",
            "image": OLD,
            "capacity": {"minimum": 1, "target": 3, "maximum": 6},
            "target-groups": ["web-blue"],
            "created": "2019-01-01T00:00:00Z",
        }
    ],
    "timings": {"fulfil": 20, "spot-healthy": 40, "target-healthy": 30},
    "behaviours": [{"image": BAD, "boots": False}],
    "production": ["web-alb:443/default"],
}


class Spot:
    """A plain client of the Spot API that returns every response and raises no errors."""

    def __init__(self, sandbox: Sandbox, token: str | None = None) -> None:
        self._session = requests.Session()
        self._session.mount("https://", RequestsAdapter(sandbox.spot_app))
        self._session.headers["Authorization"] = f"Bearer {token or sandbox.token}"

    def call(self, method: str, path: str, body: object = None, **query: str) -> requests.Response:
        return self._session.request(method, f"https://spot.test{path}", json=body, params=query)

    def raw(self, method: str, path: str, body: bytes = b"", **query: str) -> requests.Response:
        return self._session.request(method, f"https://spot.test{path}", data=body, params=query)

    def items(self, method: str, path: str, body: object = None, **query: str) -> list[Any]:
        response = self.call(method, path, body, **query)
        assert response.status_code == 200, response.text
        items: list[Any] = response.json()["response"]["items"]
        return items

    def error(self, method: str, path: str, body: object = None, **query: str) -> tuple[int, Any]:
        response = self.call(method, path, body, **query)
        return response.status_code, response.json()["response"]["errors"][0]


class Aws:
    """boto3 clients that call the sandbox in process."""

    def __init__(self, sandbox: Sandbox, key: tuple[str, str] | None = None, token: str | None = None) -> None:
        ident, secret = key or sandbox.access_key
        self._session = boto3.Session(ident, secret, token, region_name=sandbox.region)
        BotocoreHook(sandbox.aws_app).install(self._session.events)

    @cached_property
    def elb(self) -> "ElasticLoadBalancingv2Client":
        return self._session.client("elbv2")

    @cached_property
    def ec2(self) -> "EC2Client":
        return self._session.client("ec2")

    @cached_property
    def sts(self) -> "STSClient":
        return self._session.client("sts")

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        return self._session.client("cloudwatch")


def new_group(target_group: str | None = None, *, image: str = NEW, target: int = 2, name: str = "web__2") -> JSON:
    launch: dict[str, Any] = {
        "imageId": image,
        "securityGroupIds": ["sg-12345678"],
        "healthCheckType": "TARGET_GROUP",
        "healthCheckGracePeriod": 300,
    }
    if target_group is not None:
        launch["loadBalancersConfig"] = {"loadBalancers": [{"arn": target_group, "type": "TARGET_GROUP"}]}
    return {
        "group": {
            "name": name,
            "capacity": {"minimum": 0, "target": target, "maximum": 10, "unit": "instance"},
            "strategy": {"risk": 100, "drainingTimeout": 90},
            "compute": {
                "product": "Linux/UNIX",
                "instanceTypes": {"ondemand": "m5.large", "spot": ["m5.large"]},
                "availabilityZones": [{"name": "us-east-1a", "subnetIds": ["subnet-1"]}],
                "launchSpecification": launch,
            },
        }
    }


def target_group(sandbox: Sandbox, name: str) -> str:
    arns: JSON = sandbox.state()["target-health"]
    return next(arn for arn in arns if f"/{name}/" in arn)


def rule(sandbox: Sandbox, name: str) -> str:
    return next(str(route["rule"]) for route in sandbox.state()["routes"] if route["name"] == name)


def production(sandbox: Sandbox) -> JSON:
    view: JSON = sandbox.state()["production"][0]
    return view


def paths_of(part: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every key and index below a value."""
    entries: Iterable[tuple[Any, object]] = (
        part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    )
    for key, value in entries:
        yield (*path, key)
        yield from paths_of(value, (*path, key))
