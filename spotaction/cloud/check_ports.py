"""The ports of checks, connected to what implements them; imported only if a deployment has checks."""

from collections.abc import Callable
from datetime import datetime

from spotaction.checks.ports import CheckPorts
from spotaction.cloud.aws.anomalies import ElbAnomalies
from spotaction.cloud.aws.endpoints import ElbEndpoints
from spotaction.cloud.aws.functions import LambdaFunctions
from spotaction.cloud.aws.metrics import CloudWatchMetrics
from spotaction.cloud.aws.session import AwsSession
from spotaction.cloud.clock import Cancellation
from spotaction.cloud.idle import do_nothing
from spotaction.cloud.web import WebClient
from spotaction.model.ports import AlarmApi, Clock, HttpClient, LoadBalancerApi


def open_check_ports(
    clock: Clock,
    web: HttpClient,
    aws: AwsSession | None,
    *,
    load_balancers: LoadBalancerApi | None,
    alarms: AlarmApi | None,
    server_time: Callable[[], datetime] | None = None,
    on_idle: Callable[[], None] = do_nothing,
) -> CheckPorts:
    """Return the ports for the probes of a run; those of AWS are None without `aws`.

    `on_idle` runs while a function takes its time, and may raise to end the call.
    """
    return CheckPorts(
        clock,
        load_balancers=load_balancers,
        alarms=alarms,
        metrics=CloudWatchMetrics(aws) if aws is not None else None,
        endpoints=ElbEndpoints(aws) if aws is not None else None,
        http=web,
        functions=LambdaFunctions(aws, on_idle) if aws is not None else None,
        anomalies=ElbAnomalies(aws) if aws is not None else None,
        server_time=server_time,
    )


def connect_web(interrupt: Cancellation, *, user_agent: str, on_idle: Callable[[], None] = do_nothing) -> HttpClient:
    """Return the client for requests over the network; `on_idle` runs while a server takes its time, and may raise."""
    return WebClient(interrupt, user_agent=user_agent, on_idle=on_idle)
