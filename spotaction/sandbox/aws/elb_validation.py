"""ELB's checks of ARNs and actions that moto lacks."""

import re
from collections.abc import Mapping, Sequence

from spotaction.sandbox.aws.errors import AwsError
from spotaction.sandbox.aws.rule_actions import forward_of
from spotaction.sandbox.types import JSON, Moto

_TYPES = ("forward", "authenticate-oidc", "authenticate-cognito", "redirect", "fixed-response", "jwt-validation")
_LAST = {"forward", "redirect", "fixed-response"}
_WEIGHTS = range(1000)
_DURATIONS = range(1, 604_801)
_MAX_GROUPS = 5
_ORDERS = range(1, 50_001)
_ARN = re.compile(r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:(?P<kind>[a-z-]+)/\S+")
_NETWORK_FITS = {"TCP": {"TCP", "TCP_UDP"}, "TLS": {"TCP", "TLS"}, "UDP": {"UDP", "TCP_UDP"}, "TCP_UDP": {"TCP_UDP"}}


def check_arn(arn: str, kind: str, noun: str) -> None:
    """Raise `AwsError` for text that is not an ARN of that kind."""
    match = _ARN.fullmatch(arn)
    if match is None or match["kind"] != kind:
        raise AwsError("ValidationError", f"'{arn}' is not a valid {noun} ARN")


def check_actions(
    actions: Sequence[JSON], *, groups: Mapping[str, Moto], listener: Moto, balancer: Moto, before: Sequence[JSON]
) -> None:
    """Check the actions of a rule or listener; `before` are the actions that they replace.

    Raises:
        AwsError: for the first violation.
    """
    if not actions:
        raise AwsError("ValidationError", "A listener rule must have at least one action")
    _check_types(actions)
    _check_order(actions)
    if balancer.type == "network" and (len(actions) > 1 or actions[0]["Type"] != "forward"):
        raise AwsError("InvalidLoadBalancerAction", "The action type is not supported by Network Load Balancers")
    for action in actions:
        if action["Type"] == "forward":
            _check_forward(action, groups, listener, balancer)
        if action["Type"] == "authenticate-oidc":
            _check_secret(action, before)


def _check_types(actions: Sequence[JSON]) -> None:
    for number, action in enumerate(actions, start=1):
        if action["Type"] not in _TYPES:
            raise AwsError(
                "ValidationError",
                f"1 validation error detected: Value '{action['Type']}' at 'actions.{number}.member.type' failed to "
                f"satisfy constraint: Member must satisfy enum value set: [{', '.join(_TYPES)}]",
            )
    finals = [action["Type"] for action in actions if action["Type"] in _LAST]
    if len(finals) != 1:
        message = "An action of type 'forward', 'redirect' or 'fixed-response' must be specified exactly once"
        raise AwsError("TooManyActions" if finals else "InvalidLoadBalancerAction", message)


def _check_order(actions: Sequence[JSON]) -> None:
    if len(actions) == 1 and "Order" not in actions[0]:
        return
    orders = [action.get("Order") for action in actions]
    if any(order is None or int(order) not in _ORDERS for order in orders) or len(set(orders)) < len(orders):
        raise AwsError("InvalidLoadBalancerAction", "Each of several actions needs an order of its own from 1 to 50000")
    last = max(actions, key=lambda action: int(action["Order"]))
    if last["Type"] not in _LAST:
        message = "An action of type 'forward', 'redirect' or 'fixed-response' must be performed last"
        raise AwsError("InvalidLoadBalancerAction", message)


def _check_forward(action: JSON, groups: Mapping[str, Moto], listener: Moto, balancer: Moto) -> None:
    shares = forward_of(action)
    arns = [share.get("TargetGroupArn", "") for share in shares]
    if not arns:
        raise AwsError("ValidationError", "A target group must be specified")
    if "TargetGroupArn" in action and "ForwardConfig" in action and arns != [action["TargetGroupArn"]]:
        raise AwsError(
            "ValidationError", "You can specify both TargetGroupArn and ForwardConfig only for the same target group"
        )
    if len(arns) > _MAX_GROUPS:
        raise AwsError("TooManyUniqueTargetGroupsPerLoadBalancer", f"An action can name {_MAX_GROUPS} target groups")
    if len(set(arns)) < len(arns):
        raise AwsError("ValidationError", "A target group must not be specified twice in one action")
    for share in shares:
        if int(share.get("Weight", 1)) not in _WEIGHTS:
            raise AwsError("ValidationError", f"Weight '{share['Weight']}' must be in the range 0-999")
    _check_stickiness(action)
    for arn in arns:
        _check_group(arn, groups, listener, balancer)
    _check_target_stickiness(action, [groups[arn] for arn in arns])


def _check_stickiness(action: JSON) -> None:
    sticky = action.get("ForwardConfig", {}).get("TargetGroupStickinessConfig", {})
    if not sticky.get("Enabled"):
        return
    if sticky.get("DurationSeconds") is None or int(sticky["DurationSeconds"]) not in _DURATIONS:
        raise AwsError("ValidationError", "Target group stickiness needs a duration from 1 to 604800 seconds")


def _check_target_stickiness(action: JSON, groups: Sequence[Moto]) -> None:
    sticky = action.get("ForwardConfig", {}).get("TargetGroupStickinessConfig", {}).get("Enabled")
    if len(groups) > 1 and not sticky and any(group.attributes.get("stickiness.enabled") == "true" for group in groups):
        raise AwsError(
            "InvalidLoadBalancerAction",
            "You must enable group stickiness on a rule if you enabled target stickiness on one of its target groups",
        )


def _check_group(arn: str, groups: Mapping[str, Moto], listener: Moto, balancer: Moto) -> None:
    check_arn(arn, "targetgroup", "target group")
    group = groups.get(arn)
    if group is None:
        raise AwsError("TargetGroupNotFound", f"Target group '{arn}' not found")
    network = balancer.type == "network"
    fitting = _NETWORK_FITS.get(listener.protocol, set()) if network else {"HTTP", "HTTPS"}
    if group.protocol not in fitting:
        raise AwsError(
            "IncompatibleProtocols",
            f"Target group '{arn}' with protocol {group.protocol} does not fit the listener's {listener.protocol}",
        )
    others = [other for other in group.load_balancer_arns if other != balancer.arn]
    if others:
        raise AwsError(
            "TargetGroupAssociationLimit",
            f"The following target groups cannot be associated with more than one load balancer: {arn}",
        )


def _check_secret(action: JSON, before: Sequence[JSON]) -> None:
    config = action.get("AuthenticateOidcConfig", {})
    reused = str(config.get("UseExistingClientSecret", "")).lower() == "true"
    had_one = any(old["Type"] == "authenticate-oidc" for old in before)
    if "ClientSecret" in config or (reused and had_one):
        return
    raise AwsError("ValidationError", "You must specify either a client secret or to use the existing client secret")
