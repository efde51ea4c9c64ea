"""Links and commands with which a person finishes what a rollback could not."""

import json
import shlex
from collections.abc import Mapping

from spotaction.model.deployment import GroupRef
from spotaction.model.resources import Capacity, Forward, JsonObject, Roll, Route, spot_console_url


def delete_group(group: GroupRef | None, old: GroupRef | None) -> str:
    """Describe how to delete a group, and which group has to serve first; empty without a group."""
    if group is None:
        return ""
    serves = f"once {old.name} ({old.id}) serves and no rule sends requests to {group.name}, " if old else ""
    return f"{serves}delete {_console_link(group)}"


def keep_group(group: GroupRef, wanted: Capacity | None) -> str:
    """Describe how to keep the only group that is left, at the capacity `wanted`."""
    scale = f"; set its capacity (minimum/target/maximum) to {wanted}" if wanted else ""
    return f"keep the only remaining group, {_console_link(group)}{scale}"


def restore_capacity(group: GroupRef | None) -> str:
    """Describe how to restore a group's capacity; empty without a group."""
    return f"set the capacity (minimum/target/maximum) to {group.capacity} in {_console_link(group)}" if group else ""


def require_up(group: GroupRef | None) -> str:
    """Describe what has to hold before requests are sent back to a group; empty without a group, or one at 0."""
    if group is None or group.capacity.target == 0:
        return ""
    return f"make sure that the capacity of {_console_link(group)} is {group.capacity} and its instances are healthy"


def restore_name(group: GroupRef | None) -> str:
    """Describe how to restore a group's name; empty without a group."""
    return f"rename {_console_link(group)} to {group.name}" if group else ""


def stop_roll(group: GroupRef, roll: Roll) -> str:
    """Describe how to stop a roll; instances that it launched stay, and so do those that it has not replaced yet."""
    call = f'PUT /aws/ec2/group/{group.id}/roll/{roll.id} with {{"roll": {{"status": "STOPPED"}}}}'
    return f"stop it under Deployments in {_console_link(group)} (or {call})"


def restore_route_command(before: Route) -> str:
    """Return the AWS CLI command that restores a rule's forward, together with its other actions if known."""
    actions = [_action_json(action, before.forward) for action in before.actions] or [_forward_json({}, before.forward)]
    text = shlex.quote(json.dumps(actions, separators=(",", ":"), default=str))
    if before.is_default:
        command = f"aws elbv2 modify-listener --listener-arn {before.listener} --default-actions {text}"
    else:
        command = f"aws elbv2 modify-rule --rule-arn {before.rule} --actions {text}"
    return command if before.actions else f"{command} (add the rule's authentication actions, if it has any)"


def all_of(*texts: str) -> str:
    """Join several descriptions, in order, without the empty ones."""
    return "; ".join(text for text in texts if text)


def _console_link(group: GroupRef) -> str:
    return f"{group.name} ({group.id}): {spot_console_url(group.id)}"


def _action_json(action: JsonObject, forward: Forward) -> JsonObject:
    if action.get("Type") == "forward":
        return _forward_json(action, forward)
    oidc = action.get("AuthenticateOidcConfig")
    # AWS never returns the client secret, but keeps the existing one on request.
    if not isinstance(oidc, Mapping):
        return action
    return {**action, "AuthenticateOidcConfig": {**oidc, "UseExistingClientSecret": True}}


def _forward_json(action: JsonObject, forward: Forward) -> JsonObject:
    order = {"Order": action["Order"]} if action.get("Order") else {}
    return {"Type": "forward", **order, "ForwardConfig": forward.as_elb_config()}
