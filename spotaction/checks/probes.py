"""Makes the probe of a check: each kind has a module here, which is imported only once it is needed."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

from spotaction.checks.ports import CheckPorts
from spotaction.model.check_kinds import (
    AlarmsCheck,
    AnomaliesCheck,
    CheckKind,
    CloudwatchCheck,
    CompareErrors,
    CompareLatency,
    HttpCheck,
    LambdaCheck,
    PrometheusCheck,
    WebhookCheck,
)
from spotaction.model.checks import Probe, Subject
from spotaction.model.errors import InvalidError, Problem

#: The module in this package and its class, which is called with the kind and the ports.
_PROBES: Mapping[type[CheckKind], tuple[str, str]] = {
    HttpCheck: ("http.probe", "HttpProbe"),
    LambdaCheck: ("functions", "LambdaProbe"),
    WebhookCheck: ("webhook", "WebhookProbe"),
    PrometheusCheck: ("prometheus", "PrometheusProbe"),
    CloudwatchCheck: ("cloudwatch", "CloudwatchProbe"),
    CompareErrors: ("compare", "CompareErrorsProbe"),
    CompareLatency: ("compare", "CompareLatencyProbe"),
    AnomaliesCheck: ("anomalies", "AnomaliesProbe"),
    AlarmsCheck: ("alarms", "AlarmsProbe"),
}


def make_probe(kind: CheckKind, ports: CheckPorts) -> Probe:
    """Return a new probe for a check of this kind. Raises `InvalidError` if this version has none for it."""
    module, name = _PROBES[type(kind)]
    path = f"{__package__}.{module}"
    if find_spec(path) is None:
        raise InvalidError([Problem(f"checks of the kind {module} are not part of this version", "checks")])
    probe: Probe = getattr(import_module(path), name)(kind, ports)
    return probe


def forecast_check(kind: CheckKind, subject: Subject, seconds: float, ports: CheckPorts) -> str:
    """Return whether a bake of so many seconds can bring a verdict; empty for a kind that always has one."""
    if not isinstance(kind, CompareErrors | CompareLatency):
        return ""
    # Imported here: only a comparison needs it.
    from spotaction.checks.comparison.forecast import forecast_verdict  # noqa: PLC0415

    return forecast_verdict(kind, subject, seconds, ports)
