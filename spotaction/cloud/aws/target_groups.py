"""Target groups at ELBv2, and the health of their targets."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spotaction.cloud.aws.calls import require_complete
from spotaction.cloud.aws.session import AwsSession
from spotaction.model.errors import ApiError, RefusedError
from spotaction.model.resources import InstanceId, Target, TargetGroup, TargetGroupArn, TargetState, arn_name

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TargetGroupTypeDef, TargetHealthDescriptionTypeDef

MOST_ARNS = 20  # per DescribeTargetGroups, as for the other Describe calls that take ARNs
STATES = {state.value: state for state in TargetState}


def describe_targets(aws: AwsSession, target_group: TargetGroupArn) -> tuple[Target, ...]:
    """Return every target with its health; an unknown state counts as unavailable. The call is never paged."""
    answer = aws.read(
        "elbv2:DescribeTargetHealth",
        lambda: require_complete(
            aws.elbv2().describe_target_health(TargetGroupArn=target_group), "TargetHealthDescriptions"
        ),
    )
    return tuple(_to_target(described) for described in answer["TargetHealthDescriptions"])


def target_groups(aws: AwsSession, arns: Sequence[TargetGroupArn]) -> tuple[TargetGroup, ...]:
    """Return target groups with their attributes (one call each), in order. Raises `RefusedError` if one is missing."""
    wanted = list(dict.fromkeys(arns))
    found = _groups(aws, wanted)
    names = {TargetGroupArn(one.get("TargetGroupArn", "")): one.get("TargetGroupName", "") for one in found}
    missing = [arn for arn in wanted if arn not in names]
    if missing:
        raise RefusedError(
            f"Target groups not found: {', '.join(missing)}.",
            next_step="check the ARNs, the region, and the account of the credentials",
        )
    described = {arn: _to_target_group(aws, arn, names[arn]) for arn in wanted}
    return tuple(described[arn] for arn in arns)


def _to_target(described: "TargetHealthDescriptionTypeDef") -> Target:
    health = described.get("TargetHealth", {})
    return Target(
        id=InstanceId(described.get("Target", {"Id": ""}).get("Id", "")),
        state=STATES.get(health.get("State", ""), TargetState.UNAVAILABLE),
        reason=health.get("Reason", ""),
        description=health.get("Description", ""),
    )


def load_balancers_of(aws: AwsSession, arns: Sequence[TargetGroupArn]) -> tuple[str, ...]:
    """Return the ARNs of the load balancers that use one of the target groups; missing groups are ignored."""
    found = _groups(aws, list(dict.fromkeys(arns)))
    return tuple(dict.fromkeys(arn for one in found for arn in one.get("LoadBalancerArns", [])))


def _groups(aws: AwsSession, arns: Sequence[TargetGroupArn]) -> "list[TargetGroupTypeDef]":
    """The existing ones of the target groups, as ELB describes them."""
    parts = [arns[start : start + MOST_ARNS] for start in range(0, len(arns), MOST_ARNS)]
    return [one for part in parts for one in _part(aws, part)]


def _part(aws: AwsSession, arns: Sequence[TargetGroupArn]) -> "list[TargetGroupTypeDef]":
    try:
        answer = aws.read(
            "elbv2:DescribeTargetGroups",
            lambda: require_complete(aws.elbv2().describe_target_groups(TargetGroupArns=arns), "TargetGroups"),
        )
    except ApiError as error:
        if error.code != "TargetGroupNotFound":
            raise
        # ELB rejects the whole call and does not name the missing one.
        return [] if len(arns) == 1 else [found for one in arns for found in _part(aws, [one])]
    return answer["TargetGroups"]


def _to_target_group(aws: AwsSession, arn: TargetGroupArn, name: str) -> TargetGroup:
    answer = aws.read(
        "elbv2:DescribeTargetGroupAttributes",
        lambda: require_complete(aws.elbv2().describe_target_group_attributes(TargetGroupArn=arn), "Attributes"),
    )
    attributes = {one.get("Key", ""): one.get("Value", "") for one in answer["Attributes"]}
    return TargetGroup(arn, name or arn_name(arn), sticky=attributes.get("stickiness.enabled") == "true")
