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
) -> CheckPorts:
    """Return the ports for the probes of a run; those of AWS are None without `aws`."""
    return CheckPorts(
        clock,
        load_balancers=load_balancers,
        alarms=alarms,
        metrics=CloudWatchMetrics(aws) if aws is not None else None,
        endpoints=ElbEndpoints(aws) if aws is not None else None,
        http=web,
        functions=LambdaFunctions(aws) if aws is not None else None,
        anomalies=ElbAnomalies(aws) if aws is not None else None,
        server_time=server_time,
    )


def connect_web(interrupt: Cancellation, *, user_agent: str) -> HttpClient:
    """Return the client for requests over the network."""
    return WebClient(interrupt, user_agent=user_agent)
