"""Reads each kind of step of an execution document into what is executed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from spotaction.amounts import parse_amount, parse_boolean
from spotaction.capacity import Amount
from spotaction.execution import (
    WHOLE,
    DeploySpec,
    PauseSpec,
    SetupSpec,
    ShiftSpec,
    StandaloneSpec,
    StepSpec,
    SwapSpec,
)
from spotaction.findings import whole
from spotaction.lookups import has_unresolved
from spotaction.model import Capacity, Forward, ListenerArn, LoadBalancer, RuleArn
from spotaction.nodes import Path, dotted
from spotaction.reading import Reading
from spotaction.shapes import StandaloneShift, parse_instances, parse_load_balancers, parse_standalone
from spotaction.unfolding import Item
from spotaction.values import at, mapping, text

_PERCENT = 100
_NOWHERE = StandaloneShift("", ListenerArn(""), RuleArn(""), Forward(()))


@dataclass(frozen=True)
class Setup:
    """The setup step: `staged` for blue/green; `app` is its name for the app, `region` that of its load balancers."""

    spec: SetupSpec
    app: str
    staged: bool
    region: str = ""


@dataclass(frozen=True)
class Swap:
    """A swap, and whether the old group goes to 0 at the end."""

    spec: SwapSpec
    downsize: bool


Read = Setup | Swap | StepSpec
Reader = Callable[[Item, str, Reading], Read]


def read_step(kind: str, item: Item, name: str, reading: Reading) -> Read | None:
    """What a step says; None for a kind that has no place among the steps. What is wrong is noted in `reading`."""
    reader = _READERS.get(kind)
    return reader(item, name, reading) if reader is not None else None


def _basic_setup(item: Item, name: str, reading: Reading) -> Setup:
    app = reading.text((*item.path, "spec", "name"), item.context)
    return Setup(SetupSpec(_instances(item, reading), name=name), app, staged=False)


def _stage_setup(item: Item, name: str, reading: Reading) -> Setup:
    spec = (*item.path, "spec")
    if mapping(reading.raw((*spec, "connectedCloudProvider"))):
        reading.note("connectedCloudProvider says nothing here but its region: AWS credentials come from the job.")
    region = reading.text((*spec, "connectedCloudProvider", "spec", "region"), item.context)
    setup = SetupSpec(_instances(item, reading), _balancers((*spec, "loadBalancers"), item, reading), name)
    return Setup(setup, reading.text((*spec, "name"), item.context), staged=True, region=region)


def _instances(item: Item, reading: Reading) -> Capacity | None:
    path = (*item.path, "spec", "instances")
    value = reading.value(path, item.context)
    return None if has_unresolved(value) else reading.parsed(path, lambda: parse_instances(value), None)


def _balancers(path: Path, item: Item, reading: Reading) -> tuple[LoadBalancer, ...]:
    value = reading.value(path, item.context)
    if has_unresolved(value):
        return ()
    return reading.parsed(path, lambda: parse_load_balancers(value, reading.below(path), name=dotted(path)), ())


def _deploy(item: Item, name: str, reading: Reading) -> DeploySpec:
    spec = (*item.path, "spec")
    amount = _amount((*spec, "newService"), item, reading)
    return DeploySpec(name, amount or WHOLE, _amount((*spec, "oldService"), item, reading))


def _amount(path: Path, item: Item, reading: Reading) -> Amount | None:
    value = reading.value(path, item.context)
    if value is None or has_unresolved(value):
        return None
    if not isinstance(value, Mapping):
        return reading.parsed(path, lambda: parse_amount(text(value)), None)
    key = "percentage" if value.get("type") == "Percentage" else "count"
    number = whole(at(value, ("spec", key)))
    if number is None:
        reading.problem((*path, "spec"), f"'{key}' is missing, or not a whole number, 0 or more")
        return None
    if key == "count":
        return Amount(count=number)
    if number > _PERCENT:
        reading.problem((*path, "spec", key), f"{number} is more than 100%")
    return Amount(percent=min(number, _PERCENT))


def _swap(item: Item, name: str, reading: Reading) -> Swap:
    path = (*item.path, "spec", "downsizeOldElastigroup")
    value = reading.value(path, item.context)
    written = "true" if value is True else "false" if value is False else text(value)
    if not written or has_unresolved(value):
        return Swap(SwapSpec(name), downsize=False)
    lower = written.lower() if written.lower() in {"true", "false"} else written  # as the reference reads it
    return Swap(SwapSpec(name), reading.parsed(path, lambda: parse_boolean(lower), otherwise=False))


def _shift(item: Item, name: str, reading: Reading) -> ShiftSpec | StandaloneSpec:
    """The wrapper holds type and spec; in files that are indented like the reference's samples it stands beside."""
    spec = (*item.path, "spec")
    wrapper = (*spec, "elastigroupTrafficShiftWrapper")
    path = wrapper if mapping(reading.raw(wrapper)) else spec
    match reading.raw((*path, "type")):
        case "Inherit":
            return ShiftSpec(name, _weight((*path, "spec", "weightPercentage"), item, reading))
        case "Standalone":
            return StandaloneSpec(name, _standalone((*path, "spec"), item, reading))
        case _:
            reading.problem(spec, "'elastigroupTrafficShiftWrapper' is missing", "write type and spec below it")
            return ShiftSpec(name, 0)


def _weight(path: Path, item: Item, reading: Reading) -> int:
    value = reading.value(path, item.context)
    weight = whole(value)
    if value is None:
        reading.problem(path[:-1], "'weightPercentage' is missing")
    elif not has_unresolved(value) and (weight is None or weight > _PERCENT):
        reading.problem(path, f"'{text(value)}' is not a weight from 0 to 100")
    return weight or 0


def _standalone(path: Path, item: Item, reading: Reading) -> StandaloneShift:
    value = reading.value(path, item.context)
    if has_unresolved(value):
        return _NOWHERE
    name = dotted(path)
    before = len(reading.problems)
    nothing: tuple[StandaloneShift, ...] = ()
    found = reading.parsed(path, lambda: parse_standalone([value], reading.below(path, 1), name=name), nothing)
    for index, each in enumerate(reading.problems[before:], start=before):
        reading.problems[index] = replace(each, subject=each.subject.replace(f"{name}[0]", name, 1))
    return found[0] if found else _NOWHERE


def _wait(item: Item, name: str, reading: Reading) -> PauseSpec:
    return PauseSpec(name, reading.duration((*item.path, "spec", "duration"), item.context) or 0.0)


_READERS: Mapping[str, Reader] = {
    "ElastigroupSetup": _basic_setup,
    "ElastigroupBGStageSetup": _stage_setup,
    "ElastigroupDeploy": _deploy,
    "ElastigroupSwapRoute": _swap,
    "ElastigroupBlueGreenTrafficShift": _shift,
    "Wait": _wait,
}
