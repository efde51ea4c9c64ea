"""ELB's calls on target groups and targets; their health follows the sandbox's clock."""

from collections.abc import Iterable, Iterator, Mapping
from xml.sax.saxutils import escape

from moto.core.responses import ActionContext, ActionResult, EmptyResult
from moto.elbv2.responses import ELBV2Response

from spotaction.sandbox.aws.access_keys import Signed
from spotaction.sandbox.aws.elb_validation import check_arn
from spotaction.sandbox.aws.errors import AwsError
from spotaction.sandbox.aws.parameters import CheckedParameters
from spotaction.sandbox.aws.target_health import DESCRIPTIONS, Target
from spotaction.sandbox.types import JSON, InstanceId, Moto, TargetGroupArn
from spotaction.sandbox.world import World

_RANGES = {"deregistration_delay.timeout_seconds": (0, 3600), "stickiness.lb_cookie.duration_seconds": (1, 604_800)}
_VALUES = {
    "load_balancing.algorithm.anomaly_mitigation": ("on", "off"),
    "load_balancing.algorithm.type": ("round_robin", "least_outstanding_requests", "weighted_random"),
    "load_balancing.cross_zone.enabled": ("true", "false", "use_load_balancer_configuration"),
    "stickiness.type": ("lb_cookie", "app_cookie", "source_ip", "source_ip_dest_ip", "source_ip_dest_ip_proto"),
    "target_failover.on_deregistration": ("rebalance", "no_rebalance"),
    "target_failover.on_unhealthy": ("rebalance", "no_rebalance"),
}
_SLOW_START = (30, 900)
_INCLUDED = ("AnomalyDetection", "All")
_FEWEST_COMPARED = 3
_NO_TARGETS = "<TargetHealthDescriptions/>"
_KEYS = frozenset(
    {
        "deregistration_delay.connection_termination.enabled",
        "deregistration_delay.timeout_seconds",
        "lambda.multi_value_headers.enabled",
        "load_balancing.algorithm.anomaly_mitigation",
        "load_balancing.algorithm.type",
        "load_balancing.cross_zone.enabled",
        "preserve_client_ip.enabled",
        "proxy_protocol_v2.enabled",
        "slow_start.duration_seconds",
        "stickiness.app_cookie.cookie_name",
        "stickiness.app_cookie.duration_seconds",
        "stickiness.enabled",
        "stickiness.lb_cookie.duration_seconds",
        "stickiness.type",
        "target_failover.on_deregistration",
        "target_failover.on_unhealthy",
        "target_group_health.dns_failover.minimum_healthy_targets.count",
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
        "target_health_state.unhealthy.connection_termination.enabled",
        "target_health_state.unhealthy.draining_interval_seconds",
        "waf.fail_open.enabled",
    }
)


class TargetCalls(CheckedParameters, ELBV2Response):
    """ELB's calls on target groups and targets."""

    def __init__(self, world: World, signed: Signed) -> None:
        super().__init__()
        self.world = world
        self.elb = world.balancers.elb
        self._signed = signed

    def get_current_account(self) -> str:
        """Return the account of the request's key."""
        return self._signed.key.account

    def require_target_group(self, arn: str) -> Moto:
        """Return a target group. Raises `AwsError` if there is none."""
        check_arn(arn, "targetgroup", "target group")
        if arn not in self.elb.target_groups:
            raise AwsError("TargetGroupNotFound", f"Target groups '{arn}' not found")
        return self.elb.target_groups[arn]

    def describe_target_group_attributes(self) -> ActionResult:
        """Describe a target group's attributes."""
        self.require_target_group(self._get_param("TargetGroupArn"))
        return super().describe_target_group_attributes()

    def modify_target_group_attributes(self) -> ActionResult:
        """Modify attributes; unknown keys and invalid values are rejected."""
        group = self.require_target_group(self._get_param("TargetGroupArn"))
        attributes = {entry.get("Key", ""): entry.get("Value", "") for entry in self._get_param("Attributes", [])}
        for key, value in attributes.items():
            _check_attribute(key, value)
        group.attributes.update(attributes)
        return ActionResult({"Attributes": group.attributes})

    def delete_target_group(self) -> ActionResult:
        """Delete a target group; rejected while a rule uses it."""
        self.require_target_group(self._get_param("TargetGroupArn"))
        return super().delete_target_group()

    def register_targets(self) -> ActionResult:
        """Register instances; each has to be running."""
        arn = self._get_param("TargetGroupArn")
        group = self.require_target_group(arn)
        targets = self._get_param("Targets", [])
        for target in targets:
            self._check_instance(target["Id"])
        for target in targets:
            port = int(target.get("Port", group.port))
            self.world.targets.register(TargetGroupArn(arn), InstanceId(target["Id"]), port)
        return EmptyResult()

    def deregister_targets(self) -> ActionResult:
        """Start draining targets; targets that are not registered at that port are ignored."""
        arn = self._get_param("TargetGroupArn")
        self.require_target_group(arn)
        for target in self._get_param("Targets", []):
            port = int(target["Port"]) if "Port" in target else None
            self.world.targets.deregister(TargetGroupArn(arn), InstanceId(target["Id"]), port)
        return EmptyResult()

    def describe_target_health(self) -> ActionResult:
        """Describe the health of all targets, including draining ones, or of the given targets."""
        arn = self._get_param("TargetGroupArn")
        group = self.require_target_group(arn)
        found = self.world.targets.of(TargetGroupArn(arn))
        wanted = self._get_param("Targets", [])
        chosen = [target for ask in wanted for target in self._named(found, group, ask)] if wanted else found
        anomalous = self._anomalous(group, found)
        return _TargetHealthResult(_health_response(chosen, group.health_check_port, anomalous))

    def _anomalous(self, group: Moto, targets: list[Target]) -> dict[InstanceId, bool]:
        """Return what anomaly detection finds of each healthy target; nothing unless asked for, or where there is none.

        It compares the responses of HTTP and HTTPS targets, of which at least three have to be healthy.
        """
        asked = self._get_param("Include", [])
        if unknown := [name for name in asked if name not in _INCLUDED]:
            raise AwsError("ValidationError", f"'{unknown[0]}' is not a valid value of Include")
        healthy = [target.instance for target in targets if target.state == "healthy"]
        if not asked or group.protocol not in {"HTTP", "HTTPS"} or len(healthy) < _FEWEST_COMPARED:
            return {}
        return {instance: instance in self.world.targets.anomalous for instance in healthy}

    def _named(self, found: list[Target], group: Moto, ask: JSON) -> Iterator[Target]:
        port = int(ask.get("Port", group.port))
        matching = [target for target in found if (target.instance, target.port) == (ask["Id"], port)]
        if not matching:
            self._check_instance(ask["Id"])
        yield from matching or [Target(InstanceId(ask["Id"]), port, "unused", "Target.NotRegistered")]

    def _check_instance(self, instance: str) -> None:
        if self.world.machines.state(instance) is None:
            raise AwsError("InvalidTarget", f"The following targets are not valid instances: '{instance}'")
        if not self.world.machines.running(InstanceId(instance)):
            raise AwsError("InvalidTarget", f"The following targets are not in a running state: '{instance}'")


class _TargetHealthResult(ActionResult):
    """A response that is XML already: three of four AWS calls are this one, and moto's serialiser is slow."""

    def execute_result(self, context: ActionContext) -> tuple[int, dict[str, str], str]:
        """Return status, headers and body."""
        del context
        return 200, {"Content-Type": "text/xml"}, str(self.result)


def _health_response(targets: Iterable[Target], health_check_port: str, anomalous: Mapping[InstanceId, bool]) -> str:
    members = "".join(_health_member(target, health_check_port, anomalous.get(target.instance)) for target in targets)
    listed = f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>" if members else _NO_TARGETS
    return (
        '<DescribeTargetHealthResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">'
        f"<DescribeTargetHealthResult>{listed}</DescribeTargetHealthResult>"
        "<ResponseMetadata><RequestId></RequestId></ResponseMetadata></DescribeTargetHealthResponse>"
    )


def _health_member(target: Target, health_check_port: str, anomalous: bool | None) -> str:  # noqa: FBT001 - found
    port = str(target.port) if health_check_port == "traffic-port" else health_check_port
    reason = ""
    if target.reason is not None:
        description = DESCRIPTIONS.get(target.reason)
        reason = f"<Reason>{target.reason}</Reason>"
        reason += "" if description is None else f"<Description>{description}</Description>"
    return (
        f"<member><Target><Id>{escape(target.instance)}</Id><Port>{target.port}</Port></Target>"
        f"<HealthCheckPort>{port}</HealthCheckPort>"
        f"<TargetHealth><State>{target.state}</State>{reason}</TargetHealth>{_anomaly(anomalous)}</member>"
    )


def _anomaly(anomalous: bool | None) -> str:  # noqa: FBT001 - what was found of a target
    if anomalous is None:
        return ""
    result = "anomalous" if anomalous else "normal"
    return f"<AnomalyDetection><Result>{result}</Result><MitigationInEffect>no</MitigationInEffect></AnomalyDetection>"


def _check_attribute(key: str, value: str) -> None:
    if key not in _KEYS:
        raise AwsError("ValidationError", f"Target group attribute key '{key}' is not recognized")
    if key == "slow_start.duration_seconds" and value != "0":
        _check_range(key, value, *_SLOW_START)
    allowed = _VALUES.get(key, ("true", "false") if key.endswith(".enabled") else None)
    if allowed is not None and value not in allowed:
        raise AwsError("ValidationError", f"'{key}' must be one of [{', '.join(allowed)}]")
    if key in _RANGES:
        _check_range(key, value, *_RANGES[key])


def _check_range(key: str, value: str, least: int, most: int) -> None:
    if not value.isdigit() or not least <= int(value) <= most:
        raise AwsError("ValidationError", f"'{key}' must be between '{least}-{most}' inclusive")
