"""What checks reach the outside through: the ports that a probe is made with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

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

    A probe sleeps on `clock` only, which raises `CancelledError` when the run is cancelled. `server_time` returns the
    wall time of a server, because a runner's may be wrong.
    """

    clock: Clock
    load_balancers: LoadBalancerApi | None = None
    alarms: AlarmApi | None = None
    metrics: MetricApi | None = None
    endpoints: EndpointApi | None = None
    http: HttpClient | None = None
    functions: FunctionApi | None = None
    anomalies: AnomalyApi | None = None
    server_time: Callable[[], datetime] | None = None

    def time(self) -> datetime:
        """Return the wall time, aware, UTC: a server's if one is known."""
        return self.clock.time() if self.server_time is None else self.server_time()
