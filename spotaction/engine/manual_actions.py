"""What a person can do where a rollback could not: links and commands that finish it."""

import json
import shlex
from collections.abc import Mapping

from spotaction.model.deployment import GroupRef
from spotaction.model.resources import Capacity, Forward, JsonObject, JsonValue, Roll, Route

_CONSOLE = "https://console.spotinst.com/#/aws/ec2/elastigroup/view/{}"


def delete_group(group: GroupRef | None, old: GroupRef | None) -> str:
    """How to get rid of a group, and what has to serve by then."""
    if group is None:
        return ""
    return f"delete {_console_link(group)}{f', once {old.name} ({old.id}) serves' if old else ''}"


def keep_group(group: GroupRef, wanted: Capacity | None) -> str:
    """How to make do with a group that is all that is left."""
    grown = f"; set its capacity (minimum/target/maximum) to {wanted}" if wanted else ""
    return f"keep what is all that is left, {_console_link(group)}{grown}"


def restore_capacity(group: GroupRef | None) -> str:
    """How to give a group its capacity back."""
    return f"set the capacity (minimum/target/maximum) {group.capacity} in {_console_link(group)}" if group else ""


def restore_name(group: GroupRef | None) -> str:
    """How to give a group its name back."""
    return f"rename {_console_link(group)} to {group.name}" if group else ""


def stop_roll(group: GroupRef, roll: Roll) -> str:
    """How to end a roll; the instances that it launched and those that it did not get to both stay."""
    call = f'PUT /aws/ec2/group/{group.id}/roll/{roll.id} with {{"roll": {{"status": "STOPPED"}}}}'
    return f"stop it under Deployments in {_console_link(group)} (or {call})"


def restore_route_command(before: Route) -> str:
    """The AWS CLI command that lets a rule forward as before; actions besides the forward are repeated if known."""
    actions = [_action_json(action, before.forward) for action in before.actions] or [_forward_json({}, before.forward)]
    text = shlex.quote(json.dumps(actions, separators=(",", ":"), default=str))
    if before.is_default:
        command = f"aws elbv2 modify-listener --listener-arn {before.listener} --default-actions {text}"
    else:
        command = f"aws elbv2 modify-rule --rule-arn {before.rule} --actions {text}"
    return command if before.actions else f"{command} (add the rule's authentication actions, if it has any)"


def all_of(*texts: str) -> str:
    """Several of these, in order."""
    return "; ".join(text for text in texts if text)


def _console_link(group: GroupRef) -> str:
    return f"{group.name} ({group.id}): {_CONSOLE.format(group.id)}"


def _action_json(action: JsonObject, forward: Forward) -> JsonObject:
    if action.get("Type") == "forward":
        return _forward_json(action, forward)
    oidc = action.get("AuthenticateOidcConfig")
    # AWS never tells the client secret, and keeps the one that it has when asked to.
    if not isinstance(oidc, Mapping):
        return action
    return {**action, "AuthenticateOidcConfig": {**oidc, "UseExistingClientSecret": True}}


def _forward_json(action: JsonObject, forward: Forward) -> JsonObject:
    order = {"Order": action["Order"]} if action.get("Order") else {}
    groups: list[JsonValue] = [{"TargetGroupArn": t.target_group, "Weight": t.weight} for t in forward.targets]
    sticky: dict[str, JsonValue] = {"Enabled": forward.sticky_seconds is not None}
    if forward.sticky_seconds is not None:
        sticky["DurationSeconds"] = forward.sticky_seconds
    config: JsonObject = {"TargetGroups": groups, "TargetGroupStickinessConfig": sticky}
    return {"Type": "forward", **order, "ForwardConfig": config}
