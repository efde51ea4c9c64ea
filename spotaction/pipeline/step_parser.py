"""Reads each kind of step of an execution document into what is executed."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from spotaction.documents.accessors import as_mapping, as_plain_text, value_at
from spotaction.documents.expressions.lookups import has_unresolved
from spotaction.documents.findings import whole_number_or_none
from spotaction.documents.load_balancers import parse_instances, parse_load_balancers, parse_standalone
from spotaction.documents.scalars import parse_amount, parse_boolean
from spotaction.documents.tree import Path, dotted_path
from spotaction.model.capacity import Amount
from spotaction.model.execution import (
    WHOLE,
    DeploySpec,
    PauseSpec,
    SetupSpec,
    ShiftSpec,
    StandaloneSpec,
    StepSpec,
    SwapSpec,
)
from spotaction.model.resources import Capacity, Forward, ListenerArn, LoadBalancer, RuleArn, StandaloneShift
from spotaction.pipeline.control_flow import StepInstance
from spotaction.pipeline.reader import DocumentReader

_PERCENT = 100
_NOWHERE = StandaloneShift("", ListenerArn(""), RuleArn(""), Forward(()))


Reader = Callable[[StepInstance, str, DocumentReader], SetupSpec | StepSpec]


def read_step(kind: str, item: StepInstance, name: str, reading: DocumentReader) -> SetupSpec | StepSpec:
    """The step of type `kind`, under the name that it gets; problems are noted in `reading`."""
    return _READERS[kind](item, name, reading)


def read_downsize(item: StepInstance, reading: DocumentReader) -> bool:
    """Whether a swap scales the old group to 0 at the end; problems are noted in `reading`."""
    path = (*item.path, "spec", "downsizeOldElastigroup")
    value = reading.read_value(path, item.context)
    written = "true" if value is True else "false" if value is False else as_plain_text(value)
    if not written or has_unresolved(value):
        return False
    lower = written.lower() if written.lower() in {"true", "false"} else written  # Harness accepts any case
    return reading.read_parsed(path, lambda: parse_boolean(lower), otherwise=False)


def _read_setup(item: StepInstance, name: str, reading: DocumentReader) -> SetupSpec:
    app = reading.read_text((*item.path, "spec", "name"), item.context)
    return SetupSpec(_read_instances(item, reading), name=name, app=app)


def _read_stage_setup(item: StepInstance, name: str, reading: DocumentReader) -> SetupSpec:
    spec = (*item.path, "spec")
    if as_mapping(reading.raw_value((*spec, "connectedCloudProvider"))):
        reading.add_note("connectedCloudProvider says nothing here but its region: AWS credentials come from the job.")
    balancers = _read_balancers((*spec, "loadBalancers"), item, reading)
    region = reading.read_text((*spec, "connectedCloudProvider", "spec", "region"), item.context)
    return replace(_read_setup(item, name, reading), load_balancers=balancers, staged=True, region=region)


def _read_instances(item: StepInstance, reading: DocumentReader) -> Capacity | None:
    path = (*item.path, "spec", "instances")
    value = reading.read_value(path, item.context)
    return None if has_unresolved(value) else reading.read_parsed(path, lambda: parse_instances(value), None)


def _read_balancers(path: Path, item: StepInstance, reading: DocumentReader) -> tuple[LoadBalancer, ...]:
    value = reading.read_value(path, item.context)
    if has_unresolved(value):
        return ()
    return reading.read_parsed(
        path, lambda: parse_load_balancers(value, reading.sub_document(path), name=dotted_path(path)), ()
    )


def _read_deploy(item: StepInstance, name: str, reading: DocumentReader) -> DeploySpec:
    spec = (*item.path, "spec")
    amount = _read_amount((*spec, "newService"), item, reading)
    return DeploySpec(name, amount or WHOLE, _read_amount((*spec, "oldService"), item, reading))


def _read_amount(path: Path, item: StepInstance, reading: DocumentReader) -> Amount | None:
    value = reading.read_value(path, item.context)
    if value is None or has_unresolved(value):
        return None
    if not isinstance(value, Mapping):
        return reading.read_parsed(path, lambda: parse_amount(as_plain_text(value)), None)
    key = "percentage" if value.get("type") == "Percentage" else "count"
    number = whole_number_or_none(value_at(value, ("spec", key)))
    if number is None:
        reading.add_problem((*path, "spec"), f"'{key}' is missing, or not a whole number, 0 or more")
        return None
    if key == "count":
        return Amount(count=number)
    if number > _PERCENT:
        reading.add_problem((*path, "spec", key), f"{number} is more than 100%")
    return Amount(percent=min(number, _PERCENT))


def _read_swap(_item: StepInstance, name: str, _reading: DocumentReader) -> SwapSpec:
    return SwapSpec(name)


def _read_shift(item: StepInstance, name: str, reading: DocumentReader) -> ShiftSpec | StandaloneSpec:
    """The wrapper holds type and spec; in files that are indented like the reference's samples it stands beside."""
    spec = (*item.path, "spec")
    wrapper = (*spec, "elastigroupTrafficShiftWrapper")
    path = wrapper if as_mapping(reading.raw_value(wrapper)) else spec
    match reading.raw_value((*path, "type")):
        case "Inherit":
            return ShiftSpec(name, _read_weight((*path, "spec", "weightPercentage"), item, reading))
        case "Standalone":
            return StandaloneSpec(name, _read_standalone_shift((*path, "spec"), item, reading))
        case _:
            reading.add_problem(spec, "'elastigroupTrafficShiftWrapper' is missing", "write type and spec below it")
            return ShiftSpec(name, 0)


def _read_weight(path: Path, item: StepInstance, reading: DocumentReader) -> int:
    value = reading.read_value(path, item.context)
    weight = whole_number_or_none(value)
    if value is None:
        reading.add_problem(path[:-1], "'weightPercentage' is missing")
    elif not has_unresolved(value) and (weight is None or weight > _PERCENT):
        reading.add_problem(path, f"'{as_plain_text(value)}' is not a weight from 0 to 100")
    return weight or 0


def _read_standalone_shift(path: Path, item: StepInstance, reading: DocumentReader) -> StandaloneShift:
    value = reading.read_value(path, item.context)
    if has_unresolved(value):
        return _NOWHERE
    name = dotted_path(path)
    before = len(reading.problems)
    nothing: tuple[StandaloneShift, ...] = ()
    found = reading.read_parsed(
        path, lambda: parse_standalone([value], reading.sub_document(path, 1), name=name), nothing
    )
    for index, each in enumerate(reading.problems[before:], start=before):
        reading.problems[index] = replace(each, subject=each.subject.replace(f"{name}[0]", name, 1))
    return found[0] if found else _NOWHERE


def _read_wait(item: StepInstance, name: str, reading: DocumentReader) -> PauseSpec:
    return PauseSpec(name, reading.read_duration((*item.path, "spec", "duration"), item.context) or 0.0)


_READERS: Mapping[str, Reader] = {
    "ElastigroupSetup": _read_setup,
    "ElastigroupBGStageSetup": _read_stage_setup,
    "ElastigroupDeploy": _read_deploy,
    "ElastigroupSwapRoute": _read_swap,
    "ElastigroupBlueGreenTrafficShift": _read_shift,
    "Wait": _read_wait,
}
