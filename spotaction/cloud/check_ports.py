"""The ports of checks, connected to what implements them; imported only if a deployment has checks."""

from spotaction.checks.ports import CheckPorts
from spotaction.cloud.aws.metrics import CloudWatchMetrics
from spotaction.cloud.aws.session import AwsSession
from spotaction.model.ports import AlarmApi, Clock, LoadBalancerApi


def open_check_ports(
    clock: Clock, aws: AwsSession | None, *, load_balancers: LoadBalancerApi | None, alarms: AlarmApi | None
) -> CheckPorts:
    """Return the ports for the probes of a run; those of AWS are None without `aws`."""
    return CheckPorts(
        clock,
        load_balancers=load_balancers,
        alarms=alarms,
        metrics=CloudWatchMetrics(aws) if aws is not None else None,
    )
