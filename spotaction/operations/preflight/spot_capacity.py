"""Whether Spot is likely to have the capacity that a deployment needs beside the old group: only ever a warning."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from spotaction.documents.accessors import as_items, as_plain_text, as_texts, as_whole_number, value_at
from spotaction.documents.wording import count_of
from spotaction.model.capacity import new_target, old_capacity
from spotaction.model.execution import DeploySpec, Execution
from spotaction.model.preflight import CapacityFacts, InstanceType
from spotaction.model.resources import Capacity, JsonObject, JsonValue

LOW_SCORE = 3
# The families of one quota; others (GPU, memory and accelerators) have their own.
_STANDARD = re.compile(r"(?!inf|dl|trn|mac|hpc)[acdhimrtz]")
_WHOLE = 100


@dataclass(frozen=True)
class Demand:
    """The most that runs beside the old group at a time: `units` of capacity on Spot, `instances` at most."""

    types: tuple[str, ...]
    units: int
    instances: int
    weights: tuple[tuple[str, int], ...] = ()

    @property
    def is_standard(self) -> bool:
        """Whether the vCPUs of all types count against the same quota."""
        return bool(self.types) and all(_STANDARD.match(name) for name in self.types)

    def vcpus(self, types: dict[str, InstanceType]) -> tuple[int, int] | None:
        """Return the fewest and the most vCPUs that are needed; None if a type's number is not known."""
        weights = dict(self.weights)
        known = [types[name] for name in self.types if name in types and types[name].vcpus]
        if not known or len(known) < len(self.types):
            return None
        needed = [math.ceil(self.units / weights.get(each.name, 1)) * each.vcpus for each in known]
        return min(needed), max(needed)


def demand_of(config: JsonObject, execution: Execution, setup: Capacity, old: Capacity | None, running: int) -> Demand:
    """Return what the deployment needs; `running` is what its own group has already."""
    extra = max(0, _peak(execution, setup, old) - running)
    units = _on_spot(extra, config)
    types = as_texts(value_at(config, ("compute", "instanceTypes", "spot")))
    weights = tuple(_weights(value_at(config, ("compute", "instanceTypes", "weights"))))
    least = min((weight for name, weight in weights if name in types), default=1)
    return Demand(types, units, math.ceil(units / least), weights)


def capacity_warnings(demand: Demand, facts: CapacityFacts, region: str) -> Iterator[str]:
    """Yield a low placement score, and a quota that is too small for the new group beside everything that runs."""
    if facts.score is not None and facts.score <= LOW_SCORE:
        yield (
            f"The Spot placement score{region} is {facts.score} of 10 for {count_of(demand.instances, 'instance')} of "
            f"{', '.join(demand.types)}: Spot may not find the capacity. Add instance types or zones, or deploy "
            "in smaller phases."
        )
    needed = demand.vcpus(dict(facts.types))
    if needed is None or facts.quota is None:
        return
    least, most = needed
    left = facts.quota - (facts.used or 0.0)
    if least > left:
        much = f"{least}" if least == most else f"{least} to {most}"
        used = f", of which {facts.used:.0f} are in use" if facts.used is not None else ""
        yield (
            f"The new group needs {much} vCPUs beside the old one, but the account's Spot quota for standard instances "
            f"is {facts.quota:.0f} vCPUs{used}: Spot cannot launch all of it. Raise the quota (L-34B43A08), or deploy "
            "in smaller phases."
        )


def describe_capacity(demand: Demand, facts: CapacityFacts) -> JsonObject:
    """Return score and vCPUs as policy rules see them, without those that are not known."""
    needed = demand.vcpus(dict(facts.types))
    vcpus = {"quota": facts.quota, "used": facts.used, "needed": needed[1] if needed else None}
    known: JsonObject = {key: int(value) for key, value in vcpus.items() if value is not None}
    score: JsonObject = {} if facts.score is None else {"placementScore": facts.score}
    return {**score, **({"spotVcpus": known} if known else {})}


def _peak(execution: Execution, setup: Capacity, old: Capacity | None) -> int:
    """The most units that run beside what is left of the old group, less what it has given up by then."""
    given_up, most = 0, 0
    phases = [step for step in execution.steps if isinstance(step, DeploySpec)]
    for phase in phases:
        most = max(most, new_target(phase.amount, setup) - given_up)
        if old is not None:
            given_up = old.target - old_capacity(phase.amount, setup, old, phase.kept).target
    return most if phases else setup.target


def _on_spot(units: int, config: JsonObject) -> int:
    """The part of the capacity that is not on demand by the group's strategy."""
    fixed = as_whole_number(value_at(config, ("strategy", "onDemandCount")))
    if fixed:
        return max(0, units - fixed)
    risk = as_whole_number(value_at(config, ("strategy", "risk")))
    return units if risk is None else math.ceil(units * min(max(risk, 0), _WHOLE) / _WHOLE)


def _weights(value: JsonValue) -> Iterator[tuple[str, int]]:
    for each in as_items(value):
        weight = as_whole_number(value_at(each, ("weightedCapacity",)))
        if weight:
            yield as_plain_text(value_at(each, ("instanceType",))), weight
