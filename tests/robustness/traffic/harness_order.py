"""Deploys and rolls back in the order of Harness, which believes Spot alone, to see what that order drops.

Written from Harness's published behaviour: scale up, wait until Spot counts as many healthy instances as wanted, then
scale the old group down; names before rules; a look every 20 s.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import requests

from tests.support.action import NEW, ROOT

from .scene import Scene

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import ActionTypeDef, TargetGroupTupleTypeDef

JSON = dict[str, Any]
_POLL = 20.0  # seconds of the sandbox between two looks
_WAIT = 900.0
_STAGED = "web_prod__STAGE__Harness"
_WEIGHTS, _PHASES, _BAKE = (10, 50, 100), (1, 2, 3), 60.0
_FULL: JSON = {"minimum": 2, "target": 3, "maximum": 6}
_NONE: JSON = {"minimum": 0, "target": 0, "maximum": 0}


@dataclass
class HarnessOrder:
    """One deployment of the scene's app."""

    scene: Scene
    strategy: str
    config: JSON
    old: str = ""
    new: str = ""
    rules: list[tuple[JSON, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {self.scene.sandbox.token}"
        key, secret = self.scene.sandbox.access_key
        self._elb = boto3.client(
            "elbv2",
            endpoint_url=self.scene.sandbox.aws_url,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            region_name=self.scene.sandbox.region,
        )

    def deploy(self) -> None:
        """Set up the new group, and let it take over."""
        blue_green = self.strategy in {"swap", "shift"}
        self.old = self._find("web_prod" if blue_green else "web_prod__7")
        if not blue_green:
            self.new = self._create("web_prod__8", "web-blue")
            for count in _PHASES if self.strategy == "canary" else (3,):
                self._scale(self.new, _FULL if count == 3 else dict.fromkeys(_FULL, count))
                self._wait_steady(self.new, count)
                left = 3 - count
                self._scale(self.old, dict.fromkeys(_NONE, left))
                self._wait_steady(self.old, left)
                self.scene.wait(_BAKE if left else 0)
            return
        self.new = self._create(_STAGED, "web-green")
        self._scale(self.new, _FULL)
        self._wait_steady(self.new, 3)
        if self.strategy == "swap":
            self._rename(self.new, self.old)
            self._swap("web-green", "web-blue")
        else:
            for weight in _WEIGHTS:
                if weight == 100:
                    self._rename(self.new, self.old)
                self._weigh(weight)
                self.scene.wait(_BAKE)
        self._scale(self.old, _NONE)
        self._wait_steady(self.old, 0)

    def roll_back(self) -> None:
        """Bring the old group up, then names, then rules; then remove the new group."""
        self._scale(self.old, _FULL)
        self._wait_steady(self.old, 3)
        if self.strategy in {"swap", "shift"}:
            self._rename(self.old, self.new)
            if self.strategy == "swap":
                self._swap("web-blue", "web-green")
            else:
                self._weigh(0)
        self._scale(self.new, _NONE)
        self._wait_steady(self.new, 0)
        self._call("DELETE", f"/aws/ec2/group/{self.new}")

    def _create(self, name: str, target_group: str) -> str:
        group = self.config["group"]
        group["name"], group["capacity"] = name, {**_NONE, "unit": "instance"}
        group["compute"]["launchSpecification"]["imageId"] = NEW
        arn = self._target_group(target_group)
        balancer = {"name": target_group, "arn": arn, "type": "TARGET_GROUP"}
        group["compute"]["launchSpecification"]["loadBalancersConfig"] = {"loadBalancers": [balancer]}
        return str(self._call("POST", "/aws/ec2/group", {"group": group})[0]["id"])

    def _scale(self, group: str, capacity: JSON) -> None:
        self._call("PUT", f"/aws/ec2/group/{group}", {"group": {"capacity": capacity}})

    def _rename(self, serves: str, staged: str) -> None:
        for group, name in ((serves, "web_prod"), (staged, _STAGED)):
            self._call("PUT", f"/aws/ec2/group/{group}", {"group": {"name": name}})

    def _wait_steady(self, group: str, count: int) -> None:
        deadline = self.scene.clock.now() + _WAIT
        while self.scene.clock.now() < deadline:
            items = self._call("GET", f"/aws/ec2/group/{group}/instanceHealthiness")
            healthy = sum(item.get("healthStatus") == "HEALTHY" for item in items)
            if len(items) == count and healthy == count:
                return
            self.scene.wait(_POLL)
        raise TimeoutError(f"{group} has not reached {count} healthy instances.")

    def _swap(self, prod: str, stage: str) -> None:
        rules = {route.name: route.rule for route in self.scene.sandbox.world.balancers.routes()}
        production = next(rule for name, rule in rules.items() if name.endswith(":8080/10"))
        listeners = self._elb.describe_listeners(
            LoadBalancerArn=self._elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
        )["Listeners"]
        staging = next(each["ListenerArn"] for each in listeners if each["Port"] == 8081)
        self._elb.modify_rule(RuleArn=production, Actions=[_forward([(self._target_group(prod), 1)])])
        self._elb.modify_listener(ListenerArn=staging, DefaultActions=[_forward([(self._target_group(stage), 1)])])

    def _weigh(self, weight: int) -> None:
        rule = self.scene.sandbox.world.balancers.route("web-alb:8080/10").rule
        weighted = [(self._target_group("web-green"), weight), (self._target_group("web-blue"), 100 - weight)]
        self._elb.modify_rule(RuleArn=rule, Actions=[_forward(weighted)])

    def _target_group(self, name: str) -> str:
        return str(self.scene.sandbox.world.balancers.arn(name))

    def _find(self, name: str) -> str:
        return next(str(item["id"]) for item in self._call("GET", "/aws/ec2/group") if item["name"] == name)

    def _call(self, method: str, path: str, body: JSON | None = None) -> list[JSON]:
        url = f"{self.scene.sandbox.spot_url}{path}"
        answer = self._http.request(
            method, url, json=body, params={"accountId": self.scene.sandbox.account_id}, timeout=30
        )
        answer.raise_for_status()
        items: list[JSON] = answer.json()["response"].get("items", [])
        return items


def read_config() -> JSON:
    """Return the example's Elastigroup configuration."""
    found: JSON = json.loads((ROOT / "examples" / "deploy" / "elastigroup.json").read_text(encoding="utf-8"))
    return found


def _forward(weighted: Sequence[tuple[str, int]]) -> "ActionTypeDef":
    groups: list[TargetGroupTupleTypeDef] = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weighted]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
