"""Parses each type of step of an execution document into its spec."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from spotaction.documents.accessors import as_mapping, as_plain_text, value_at
from spotaction.documents.expressions.lookups import has_unresolved
from spotaction.documents.load_balancers import parse_instances, parse_load_balancers, parse_standalone_shift
from spotaction.documents.scalars import parse_amount, parse_boolean, whole_number_or_none
from spotaction.documents.tree import Path, dotted_path
from spotaction.model.capacity import Amount
from spotaction.model.execution import (
    WHOLE,
    CheckSpec,
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
_NO_SHIFT = StandaloneShift("", ListenerArn(""), RuleArn(""), Forward(()))


Reader = Callable[[StepInstance, str, DocumentReader], SetupSpec | StepSpec]


def read_step(kind: str, item: StepInstance, name: str, reader: DocumentReader) -> SetupSpec | StepSpec:
    """Return the spec of a step of type `kind`, with `name` as its name; problems go to `reader`."""
    return _READERS[kind](item, name, reader)


def read_downsize(item: StepInstance, reader: DocumentReader) -> bool:
    """Return whether a swap scales the old group to 0 at the end; problems go to `reader`."""
    path = (*item.path, "spec", "downsizeOldElastigroup")
    value = reader.read_value(path, item.context)
    written = "true" if value is True else "false" if value is False else as_plain_text(value)
    if not written or has_unresolved(value):
        return False
    lower = written.lower() if written.lower() in {"true", "false"} else written  # Harness accepts any case
    return reader.read_parsed(path, lambda: parse_boolean(lower), otherwise=False)


def _read_setup(item: StepInstance, name: str, reader: DocumentReader) -> SetupSpec:
    app = reader.read_text((*item.path, "spec", "name"), item.context)
    return SetupSpec(_read_instances(item, reader), name=name, app=app)


def _read_stage_setup(item: StepInstance, name: str, reader: DocumentReader) -> SetupSpec:
    spec = (*item.path, "spec")
    connector = (*spec, "connectedCloudProvider", "spec", "connectorRef")
    if connected := as_plain_text(reader.raw_value(connector)):
        place = reader.document.location_of(connector)
        reader.add_note(
            f"AWS account and role are not those of the connector '{connected}' ({place}), but those of"
            " role-to-assume, or "
            "else of the job's AWS credentials; allowed-account-ids makes sure of the account."
        )
    balancers = _read_balancers((*spec, "loadBalancers"), item, reader)
    region = reader.read_text((*spec, "connectedCloudProvider", "spec", "region"), item.context)
    return replace(_read_setup(item, name, reader), load_balancers=balancers, staged=True, region=region)


def _read_instances(item: StepInstance, reader: DocumentReader) -> Capacity | None:
    path = (*item.path, "spec", "instances")
    value = reader.read_value(path, item.context)
    return None if has_unresolved(value) else reader.read_parsed(path, lambda: parse_instances(value), None)


def _read_balancers(path: Path, item: StepInstance, reader: DocumentReader) -> tuple[LoadBalancer, ...]:
    value = reader.read_value(path, item.context)
    if has_unresolved(value):
        return ()
    document, name = reader.sub_document(path), dotted_path(path)
    return reader.read_parsed(path, lambda: parse_load_balancers(value, document, name=name, empty_is_default=True), ())


def _read_deploy(item: StepInstance, name: str, reader: DocumentReader) -> DeploySpec:
    spec = (*item.path, "spec")
    amount = _read_amount((*spec, "newService"), item, reader)
    return DeploySpec(name, amount or WHOLE, _read_amount((*spec, "oldService"), item, reader))


def _read_amount(path: Path, item: StepInstance, reader: DocumentReader) -> Amount | None:
    value = reader.read_value(path, item.context)
    if value is None or has_unresolved(value):
        return None
    if not isinstance(value, Mapping):
        return reader.read_parsed(path, lambda: parse_amount(as_plain_text(value)), None)
    key = "percentage" if value.get("type") == "Percentage" else "count"
    number = whole_number_or_none(value_at(value, ("spec", key)))
    if number is None:
        reader.add_problem((*path, "spec"), f"'{key}' is missing, or not a whole number, 0 or more")
        return None
    if key == "count":
        return Amount(count=number)
    if number > _PERCENT:
        reader.add_problem((*path, "spec", key), f"{number} is more than 100%")
    return Amount(percent=min(number, _PERCENT))


def _read_swap(_item: StepInstance, name: str, _reading: DocumentReader) -> SwapSpec:
    return SwapSpec(name)


def _read_shift(item: StepInstance, name: str, reader: DocumentReader) -> ShiftSpec | StandaloneSpec:
    """Return the spec of a shift; some samples of Harness are indented so that type and spec are beside the wrapper."""
    spec = (*item.path, "spec")
    wrapper = (*spec, "elastigroupTrafficShiftWrapper")
    path = wrapper if as_mapping(reader.raw_value(wrapper)) else spec
    match reader.raw_value((*path, "type")):
        case "Inherit":
            return ShiftSpec(name, _read_weight((*path, "spec", "weightPercentage"), item, reader))
        case "Standalone":
            return StandaloneSpec(name, _read_standalone_shift((*path, "spec"), item, reader))
        case _:
            reader.add_problem(spec, "'elastigroupTrafficShiftWrapper' is missing", "write type and spec below it")
            return ShiftSpec(name, 0)


def _read_weight(path: Path, item: StepInstance, reader: DocumentReader) -> int:
    value = reader.read_value(path, item.context)
    weight = whole_number_or_none(value)
    if value is None:
        reader.add_problem(path[:-1], "'weightPercentage' is missing")
    elif not has_unresolved(value) and (weight is None or weight > _PERCENT):
        reader.add_problem(path, f"'{as_plain_text(value)}' is not a weight from 0 to 100")
    return weight or 0


def _read_standalone_shift(path: Path, item: StepInstance, reader: DocumentReader) -> StandaloneShift:
    value = reader.read_value(path, item.context)
    if has_unresolved(value):
        return _NO_SHIFT
    return reader.read_parsed(
        path,
        lambda: parse_standalone_shift(value, reader.sub_document(path), name=dotted_path(path)),
        _NO_SHIFT,
    )


def _read_wait(item: StepInstance, name: str, reader: DocumentReader) -> PauseSpec:
    return PauseSpec(name, reader.read_duration((*item.path, "spec", "duration"), item.context) or 0.0)


def _read_http(item: StepInstance, name: str, reader: DocumentReader) -> CheckSpec:
    from spotaction.checks.harness_steps import Assertion, headers_of, http_check, parse_assertion  # noqa: PLC0415
    from spotaction.checks.kind_reader import read_headers, read_url  # noqa: PLC0415

    spec = (*item.path, "spec")
    written = reader.raw_value((*spec, "assertion"))
    reader.resolved.add((*spec, "assertion"))  # its expressions stand for the answer
    assertion = reader.read_parsed((*spec, "assertion"), lambda: parse_assertion(as_plain_text(written)), Assertion())
    if written is None:
        reader.add_note(f"{name}: without an assertion, every response is a success, as in Harness.")
    values = {key: reader.read_value((*spec, key), item.context) for key in ("url", "method", "headers", "requestBody")}
    if not has_unresolved(values["url"]):
        reader.read_parsed((*spec, "url"), lambda: read_url(values["url"]), "")
    if not has_unresolved(values["headers"]):
        reader.read_parsed((*spec, "headers"), lambda: read_headers(headers_of(values)), headers_of({}))
    timeout = reader.read_timeout((*item.path, "timeout"), item.context)
    return CheckSpec(name, http_check(values, assertion, name=name, timeout=timeout), "")


def _read_verify(item: StepInstance, name: str, reader: DocumentReader) -> CheckSpec:
    from spotaction.checks.harness_steps import verify_check  # noqa: PLC0415

    spec = (*item.path, "spec", "spec")
    sensitivity = reader.read_text((*spec, "sensitivity"), item.context).upper()
    path = (*spec, "duration")
    duration = reader.read_timeout(path, item.context) or 0.0
    fails = reader.read_text((*spec, "failOnNoAnalysis"), item.context).lower() == "true"
    reader.skipped |= {(*item.path, "spec", "monitoredService"), *((*spec, key) for key in _UNUSED_OF_VERIFY)}
    reader.add_note(
        f"{name}: errors are verified by the load balancer's own metrics; health sources of Harness are not read."
    )
    known = sensitivity if sensitivity in {"HIGH", "MEDIUM", "LOW"} else "MEDIUM"
    return CheckSpec(name, verify_check(known, duration, fails=fails, name=name), "")


_UNUSED_OF_VERIFY = ("deploymentTag", "baseline", "trafficsplit", "failIfAnyCustomMetricInNoAnalysis", "timestamp")
_READERS: Mapping[str, Reader] = {
    "ElastigroupSetup": _read_setup,
    "ElastigroupBGStageSetup": _read_stage_setup,
    "ElastigroupDeploy": _read_deploy,
    "ElastigroupSwapRoute": _read_swap,
    "ElastigroupBlueGreenTrafficShift": _read_shift,
    "Wait": _read_wait,
    "Http": _read_http,
    "Verify": _read_verify,
}
