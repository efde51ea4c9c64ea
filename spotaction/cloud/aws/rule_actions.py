"""The actions of a listener rule: reads their forward, and changes it without changing anything else."""

from collections.abc import Iterator, Mapping, Sequence

from spotaction.documents.accessors import as_mapping
from spotaction.model.errors import RefusedError
from spotaction.model.resources import Forward, JsonObject, TargetGroupArn, Weighted

# Limits of ELBv2's API reference (TargetGroupTuple, TargetGroupStickinessConfig) and quotas; botocore checks none.
MOST_TARGET_GROUPS = 5
LARGEST_WEIGHT = 999
LONGEST_STICKINESS = 604_800
#: How messages about a rule begin, for whoever knows which rule it is.
THE_RULE = "The rule"
INSTEAD = {"redirect": "it redirects", "fixed-response": "it answers with a fixed response"}


def forward_of(actions: Sequence[JsonObject]) -> Forward:
    """Return the forward in any of ELB's forms. Raises `RefusedError` unless there is exactly one.

    A single target group that receives requests gets weight 1, whatever ELB reports, so that equal forwards compare
    equal.
    """
    forwards = [action for action in actions if action.get("Type") == "forward"]
    if len(forwards) != 1:
        raise RefusedError(f"{THE_RULE} does not forward to target groups: {_describe_actions(actions)}.")
    config = as_mapping(forwards[0].get("ForwardConfig"))
    targets = tuple(_weighted_targets(config)) or tuple(_single_target(forwards[0]))
    if not targets:
        raise RefusedError(f"{THE_RULE}'s forward has no target group.")
    if len(targets) == 1 and targets[0].weight > 0:
        targets = (Weighted(targets[0].target_group, 1),)
    return Forward(targets=targets, sticky_seconds=_sticky_seconds(config))


def with_forward(actions: Sequence[JsonObject], forward: Forward) -> tuple[JsonObject, ...]:
    """Return the actions with another forward; authentication and order stay.

    Raises `RefusedError` for a forward that ELB would reject, or with which every request would get a 503.
    """
    require_writable(forward)
    if not actions:
        return (_forward_action({}, forward),)
    forward_of(actions)
    return tuple(
        _forward_action(action, forward) if action.get("Type") == "forward" else _as_writable(action)
        for action in actions
    )


def require_writable(forward: Forward) -> None:
    """Raise `RefusedError` if ELB would reject the forward, or if every request would get a 503."""
    names = [target.target_group for target in forward.targets]
    weights = [target.weight for target in forward.targets]
    wrong = (
        (not names, "it has no target group"),
        (len(names) > MOST_TARGET_GROUPS, f"it has {len(names)} target groups, ELB allows {MOST_TARGET_GROUPS}"),
        (len(set(names)) < len(names), "it lists a target group twice"),
        (
            any(not 0 <= weight <= LARGEST_WEIGHT for weight in weights),
            f"its weights {weights} are not all 0 to {LARGEST_WEIGHT}",
        ),
        (bool(names) and not any(weights), "all weights are 0, so every request would get a 503"),
        (not _stickiness_fits(forward.sticky_seconds), f"stickiness must be 1 to {LONGEST_STICKINESS} seconds"),
    )
    reasons = [reason for applies, reason in wrong if applies]
    if reasons:
        raise RefusedError(f"The forward was not written: {'; '.join(reasons)}.")


def _stickiness_fits(seconds: int | None) -> bool:
    return seconds is None or 1 <= seconds <= LONGEST_STICKINESS


def _describe_actions(actions: Sequence[JsonObject]) -> str:
    types = [str(action.get("Type")) for action in actions]
    if types.count("forward") > 1:
        return f"it has {types.count('forward')} forwards"
    words = [INSTEAD[kind] for kind in types if kind in INSTEAD]
    return words[0] if words else f"its actions are {', '.join(types) or 'none'}"


def _weighted_targets(config: JsonObject) -> Iterator[Weighted]:
    groups = config.get("TargetGroups")
    for group in groups if isinstance(groups, Sequence) and not isinstance(groups, str) else ():
        entry = as_mapping(group)
        weight = entry.get("Weight")
        yield Weighted(TargetGroupArn(str(entry.get("TargetGroupArn", ""))), weight if isinstance(weight, int) else 1)


def _single_target(action: JsonObject) -> Iterator[Weighted]:
    if action.get("TargetGroupArn"):
        yield Weighted(TargetGroupArn(str(action["TargetGroupArn"])), 1)


def _sticky_seconds(config: JsonObject) -> int | None:
    stickiness = as_mapping(config.get("TargetGroupStickinessConfig"))
    seconds = stickiness.get("DurationSeconds")
    return seconds if stickiness.get("Enabled") is True and isinstance(seconds, int) else None


def _forward_action(action: JsonObject, forward: Forward) -> JsonObject:
    order = {"Order": action["Order"]} if action.get("Order") else {}
    if len(forward.targets) == 1 and forward.sticky_seconds is None:
        return {"Type": "forward", **order, "TargetGroupArn": forward.targets[0].target_group}
    return {"Type": "forward", **order, "ForwardConfig": forward.as_elb_config()}


def _as_writable(action: JsonObject) -> JsonObject:
    oidc = action.get("AuthenticateOidcConfig")
    if not isinstance(oidc, Mapping):
        return action
    # ELB never returns the client secret; with this flag it keeps the one it has.
    kept = {key: value for key, value in oidc.items() if key != "ClientSecret"}
    return {**action, "AuthenticateOidcConfig": {**kept, "UseExistingClientSecret": True}}
