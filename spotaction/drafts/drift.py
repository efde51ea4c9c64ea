"""Whose change a difference between the documents and the live group is, and whether it is drift."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from spotaction.documents.accessors import as_items, as_mapping, value_at
from spotaction.documents.elastigroup.comparison import Difference
from spotaction.drafts.spot_defaults import is_filled_in
from spotaction.model.resources import Group, JsonObject, JsonValue

_CAPACITY = "group.capacity."
_TASKS = ("scheduling", "tasks")
_IN_TASKS = {
    "minimum": ("scaleMinCapacity", "minCapacity", "MinCapacity"),
    "maximum": ("scaleMaxCapacity", "maxCapacity", "MaxCapacity"),
}
_IN_ACTIONS = {"minimum": ("minTargetCapacity", "minimum"), "maximum": ("maxTargetCapacity", "maximum")}


class Cause(StrEnum):
    """Whose change a difference is; the first three are no drift."""

    SPOT = "filled in by Spot"
    SCALING = "auto scaling, within minimum and maximum"
    SCHEDULE = "a scheduled task or scaling policy of the group"
    KEPT = "kept by the last deployment (instances: same-as-running)"
    LIVE = "changed in Spot after the last deployment"
    NOT_DEPLOYED = "a version that was not deployed yet"
    EITHER = "changed since the last deployment, in the documents or in Spot"
    UNKNOWN = "the documents or Spot: not deployed by this action yet"

    @property
    def is_drift(self) -> bool:
        """Whether a difference with this cause counts."""
        return self not in {Cause.SPOT, Cause.SCALING, Cause.SCHEDULE}


@dataclass(frozen=True)
class Drift:
    """A difference with its cause."""

    difference: Difference
    cause: Cause


@dataclass(frozen=True)
class DriftReport:
    """The live group, and its differences from the documents."""

    group: Group
    drifts: tuple[Drift, ...]

    @property
    def counted(self) -> tuple[Drift, ...]:
        """The differences that are drift."""
        return tuple(each for each in self.drifts if each.cause.is_drift)


@dataclass(frozen=True)
class LastDeployment:
    """What the marker of the live group shows: `unchanged` is whether the documents are those that were deployed.

    `minimum` and `maximum` are those that the deployment ended with.
    """

    unchanged: bool
    minimum: int | None = None
    maximum: int | None = None


def explain(differences: Sequence[Difference], live: JsonObject, last: LastDeployment | None) -> tuple[Drift, ...]:
    """Return the differences with their causes; `live` is the live group's body, `last` None without a marker."""
    return tuple(Drift(each, _cause_of(each, live, last)) for each in differences)


def _cause_of(difference: Difference, live: JsonObject, last: LastDeployment | None) -> Cause:
    filled_in = difference.mine if difference.live is None else difference.live
    one_side = difference.mine is None or difference.live is None
    if one_side and is_filled_in(difference.path, filled_in):
        return Cause.SPOT
    if difference.path.startswith(_CAPACITY):
        cause = _cause_of_capacity(difference.path.removeprefix(_CAPACITY), difference.live, live, last)
        if cause is not None:
            return cause
    if last is None:
        return Cause.UNKNOWN
    return Cause.LIVE if last.unchanged else Cause.EITHER


def _cause_of_capacity(number: str, value: JsonValue, live: JsonObject, last: LastDeployment | None) -> Cause | None:
    """The cause that only a number of the capacity has; None for any other."""
    if number == "target":
        return Cause.SCALING
    if number not in _IN_TASKS:
        return None
    if value in list(_scheduled(live, number)):
        return Cause.SCHEDULE
    kept = last is not None and value == (last.minimum if number == "minimum" else last.maximum)
    return Cause.KEPT if kept else None


def _scheduled(live: JsonObject, bound: str) -> Iterator[JsonValue]:
    """The numbers that tasks and scaling policies of the group set as its minimum or maximum."""
    for task in as_items(value_at(live, _TASKS)):
        yield from (as_mapping(task).get(key) for key in _IN_TASKS[bound])
    for direction in ("up", "down"):
        for policy in as_items(value_at(live, ("scaling", direction))):
            steps = [value_at(each, ("action",)) for each in as_items(value_at(policy, ("stepAdjustments",)))]
            for action in (policy, value_at(policy, ("action",)), *steps):
                yield from (as_mapping(action).get(key) for key in _IN_ACTIONS[bound])


def without_moved(body: JsonObject, moved: frozenset[str]) -> JsonObject:
    """Return a body without the target groups that blue-green deployments exchange."""
    path = ("compute", "launchSpecification", "loadBalancersConfig", "loadBalancers")
    entries = as_items(value_at(body, path))
    kept = [each for each in entries if as_mapping(each).get("arn") not in moved]
    if len(kept) == len(entries):
        return body
    compute = as_mapping(body.get("compute"))
    launch = as_mapping(compute.get("launchSpecification"))
    config = {**as_mapping(launch.get("loadBalancersConfig")), "loadBalancers": kept}
    return {**body, "compute": {**compute, "launchSpecification": {**launch, "loadBalancersConfig": config}}}
