"""The deployments that are simulated: a small cloud each, with groups beside them that are nobody's business."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import yaml

from spotaction.sandbox.demo import INPUTS
from tests.support.action import JSON, NEW, OLD, QUICK, ROOT

REQUIRED = 3  # instances of the old group, and so of production, in every scenario
STEADY_TIMEOUT, TIMEOUT = 180.0, 900.0  # seconds: a poll takes no wall time, but a long wait takes many
_ARN = "arn:aws:elasticloadbalancing:us-east-1:111122223333"
_RULE = f"{_ARN}:listener-rule/app/web-alb/a1a1a1a1a1a1a1a1/1111111111111111/c1c1c1c1c1c1c1c1"
_MIXED = f"""
- loadBalancer: web-alb
  prodListenerPort: 443
  prodListenerRuleArn: {_RULE}
  isTrafficShift: true
  stageTargetGroupArn: {_ARN}:targetgroup/web-green/e1e1e1e1e1e1e1e1
- loadBalancer: internal-alb
  prodListenerPort: 80
  stageListenerPort: 8080
"""


@dataclass(frozen=True)
class Course:
    """A strategy with its scenario and inputs; `until` is a step in the middle, `old` the group that serves."""

    scenario: str
    inputs: Mapping[str, str]
    until: str
    old: str
    new: str
    rule: str
    changes: JSON = field(default_factory=dict)


_BOUNDS = {
    "steady-state-timeout": f"{STEADY_TIMEOUT:.0f}s",
    "timeout": f"{TIMEOUT:.0f}s",
}
_BLUE_GREEN = {**_BOUNDS, "downsize-old": "after 10s"}
_STAGED: JSON = {"old": "web_prod", "new": "web_prod__STAGE__Harness", "rule": "web-alb:443/10"}
_NUMBERED: JSON = {"old": "web_prod__7", "new": "web_prod__8", "rule": "web-alb:443/default"}
COURSES: Mapping[str, Course] = {
    "basic": Course("basic", {**INPUTS["basic"], **_BOUNDS}, until="setup", **_NUMBERED),
    "tidy": Course("basic", {**INPUTS["basic"], **_BOUNDS, "keep-old": "1"}, until="setup", **_NUMBERED),
    "canary": Course(
        "basic",
        {**INPUTS["canary"], **_BOUNDS, "canary": "34% for 5s, 67%", "suspend-scaling": "true"},
        until="canary-deploy-1",
        **_NUMBERED,
    ),
    "swap": Course(
        "blue-green", {**INPUTS["blue-green"], **_BLUE_GREEN, "suspend-scaling": "true"}, until="swap-route", **_STAGED
    ),
    "shift": Course(
        "shift", {**INPUTS["shift"], **_BLUE_GREEN, "traffic-weights": "50 for 5s, 100"}, until="shift-50", **_STAGED
    ),
    "mixed": Course(
        "pipeline",
        {
            **INPUTS["shift"],
            **_BLUE_GREEN,
            "traffic-weights": "50, 100",
            "load-balancers": _MIXED,
            "allow": "other-rules",
        },
        until="shift-100",
        **_STAGED,
        changes={"production": ["web-alb:443/10", "internal-alb:80/default"]},
    ),
}
#: Groups whose names look alike, and one without anything in common: nothing of theirs may change.
_STRANGERS: list[JSON] = [
    {"name": "web_prod_api__3", "image": OLD, "capacity": 1},
    {"name": "web_production", "image": OLD, "capacity": 0},
    {"name": "xweb_prod", "image": OLD, "capacity": {"minimum": 0, "target": 1, "maximum": 2}},
]
STRANGERS = frozenset(str(group["name"]) for group in _STRANGERS)
#: An old version that "tidy" deletes in the end, unless somebody makes it theirs meanwhile.
STALE = "web_prod__5"


def scenario(strategy: str, changes: JSON | None = None) -> JSON:
    """The cloud of a strategy, with an alarm that is quiet and with the groups of others."""
    course = COURSES[strategy]
    found: JSON = copy.deepcopy(_written(course.scenario))
    found.pop("filler-groups", None)
    found["elastigroups"] += copy.deepcopy(_STRANGERS)
    found["target-groups"].append({"name": "web-third", "id": "c3c3c3c3c3c3c3c3"})
    found["alarms"] = [{"name": "web-5xx", "state": "OK"}]
    found.update(copy.deepcopy({**QUICK, **course.changes, **(changes or {})}))
    return found


def bad_image(side: str) -> JSON:
    """A release whose instances never get healthy: for the target group alone, for Spot alone, or not at all."""
    behaviour = {"boots": False} if side == "boots" else {side: "never"}
    return {"behaviours": [{"image": NEW, **behaviour}]}


@cache
def _written(name: str) -> JSON:
    found: JSON = yaml.safe_load((ROOT / "examples" / "sandbox" / f"{name}.yaml").read_text(encoding="utf-8"))
    return found
