"""What Spot fills in where a config leaves a field out, from its documentation."""

import re
from collections.abc import Mapping

from spotaction.model.resources import JsonValue

_DEFAULTS: Mapping[str, JsonValue] = {
    "group.capacity.unit": "instance",
    "group.strategy.availabilityVsCost": "balanced",
    "group.strategy.considerODPricing": False,
    "group.strategy.drainingTimeout": 120,
    "group.strategy.fallbackToOd": True,
    "group.strategy.restrictSingleAz": False,
    "group.strategy.revertToSpot.performAt": "always",
    "group.strategy.risk": 100,
    "group.strategy.scalingStrategy.terminationPolicy": "default",
    "group.strategy.signals[].timeout": 1800,
    "group.strategy.utilizeCommitments": False,
    "group.strategy.utilizeReservedInstances": False,
    "group.compute.launchSpecification.ebsOptimized": False,
    "group.compute.launchSpecification.healthCheckGracePeriod": 300,
    "group.compute.launchSpecification.itf.fixedTargetGroups": False,
    "group.compute.launchSpecification.itf.migrationHealthinessThreshold": 50,
    "group.compute.launchSpecification.itf.weightStrategy": "vcpu",
    "group.compute.launchSpecification.monitoring": False,
    "group.compute.launchSpecification.tenancy": "default",
    "group.scaling.down[].isEnabled": True,
    "group.scaling.down[].operator": "lte",
    "group.scaling.down[].source": "cloudWatch",
    "group.scaling.up[].isEnabled": True,
    "group.scaling.up[].operator": "gte",
    "group.scaling.up[].source": "cloudWatch",
    "group.scheduling.tasks[].isEnabled": True,
}
_OF_SPOT = re.compile(r"group\.compute\.launchSpecification\.tags\[(?:spotinst|aws):[^\]]*\]")
_ITEM = re.compile(r"\[[^\]]*\]")


def is_filled_in(path: str, value: JsonValue) -> bool:
    """Return whether Spot sets this value at a dotted path by itself, or has the same meaning without it."""
    if _OF_SPOT.fullmatch(path):
        return True
    if isinstance(value, Mapping):
        return bool(value) and all(is_filled_in(f"{path}.{key}", each) for key, each in value.items())
    known = _ITEM.sub("[]", path)
    return known in _DEFAULTS and _DEFAULTS[known] == value and isinstance(value, type(_DEFAULTS[known]))
