"""What checks reach the outside through: the ports that a probe is made with."""

from dataclasses import dataclass

from spotaction.model.metrics import MetricApi
from spotaction.model.ports import (
    AlarmApi,
    AnomalyApi,
    Clock,
    EndpointApi,
    FunctionApi,
    HttpClient,
    LoadBalancerApi,
)


@dataclass(frozen=True)
class CheckPorts:
    """The ports of every probe; those of AWS are None without AWS credentials.

    A probe sleeps on `clock` only, which raises `CancelledError` when the run is cancelled.
    """

    clock: Clock
    load_balancers: LoadBalancerApi | None = None
    alarms: AlarmApi | None = None
    metrics: MetricApi | None = None
    endpoints: EndpointApi | None = None
    http: HttpClient | None = None
    functions: FunctionApi | None = None
    anomalies: AnomalyApi | None = None
