"""The actions of a listener rule: which forward they hold, and how to change it and nothing else."""

from collections.abc import Iterator, Mapping, Sequence

from spotaction.model.errors import RefusedError
from spotaction.model.resources import Forward, JsonObject, JsonValue, TargetGroupArn, Weighted

# Limits of ELBv2's API reference (TargetGroupTuple, TargetGroupStickinessConfig) and quotas; botocore checks none.
MOST_TARGET_GROUPS = 5
LARGEST_WEIGHT = 999
LONGEST_STICKINESS = 604_800
INSTEAD = {"redirect": "it redirects", "fixed-response": "it answers with a fixed response"}


def forward_of(actions: Sequence[JsonObject]) -> Forward:
    """The forward in any of the forms in which ELB answers it. Raises `RefusedError` when there is not exactly one.

    A lone target group that receives requests gets weight 1, whatever ELB says, so that equal forwards are equal.
    """
    forwards = [action for action in actions if action.get("Type") == "forward"]
    if len(forwards) != 1:
        raise RefusedError(f"The rule does not forward to target groups: {_describe_actions(actions)}.")
    config = _as_object(forwards[0].get("ForwardConfig"))
    targets = tuple(_weighted_targets(config)) or tuple(_single_target(forwards[0]))
    if not targets:
        raise RefusedError("The rule's forward names no target group.")
    if len(targets) == 1 and targets[0].weight > 0:
        targets = (Weighted(targets[0].target_group, 1),)
    return Forward(targets=targets, sticky_seconds=_sticky_seconds(config))


def with_forward(actions: Sequence[JsonObject], forward: Forward) -> tuple[JsonObject, ...]:
    """The same actions with another forward: authentication and order stay.

    Raises `RefusedError` for a forward that ELB would refuse, or that would answer every request with a 503.
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
    """Raise `RefusedError` when ELB would not take the forward, or when it would serve nobody."""
    names = [target.target_group for target in forward.targets]
    weights = [target.weight for target in forward.targets]
    wrong = (
        (not names, "it names no target group"),
        (len(names) > MOST_TARGET_GROUPS, f"ELB allows {MOST_TARGET_GROUPS} target groups, it names {len(names)}"),
        (len(set(names)) < len(names), "it names a target group twice"),
        (any(not 0 <= weight <= LARGEST_WEIGHT for weight in weights), f"a weight is 0 to {LARGEST_WEIGHT}: {weights}"),
        (bool(names) and not any(weights), "all weights are 0, so every request would be answered with a 503"),
        (not _stickiness_fits(forward.sticky_seconds), f"stickiness lasts 1 to {LONGEST_STICKINESS} seconds"),
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
        entry = _as_object(group)
        weight = entry.get("Weight")
        yield Weighted(TargetGroupArn(str(entry.get("TargetGroupArn", ""))), weight if isinstance(weight, int) else 1)


def _single_target(action: JsonObject) -> Iterator[Weighted]:
    if action.get("TargetGroupArn"):
        yield Weighted(TargetGroupArn(str(action["TargetGroupArn"])), 1)


def _sticky_seconds(config: JsonObject) -> int | None:
    stickiness = _as_object(config.get("TargetGroupStickinessConfig"))
    seconds = stickiness.get("DurationSeconds")
    return seconds if stickiness.get("Enabled") is True and isinstance(seconds, int) else None


def _forward_action(action: JsonObject, forward: Forward) -> JsonObject:
    order = {"Order": action["Order"]} if action.get("Order") else {}
    if len(forward.targets) == 1 and forward.sticky_seconds is None:
        return {"Type": "forward", **order, "TargetGroupArn": forward.targets[0].target_group}
    # Off is said aloud, as ELB's answers do: what is left out might mean "as before".
    stickiness: dict[str, JsonValue] = {"Enabled": forward.sticky_seconds is not None}
    if forward.sticky_seconds is not None:
        stickiness["DurationSeconds"] = forward.sticky_seconds
    groups: list[JsonValue] = [{"TargetGroupArn": t.target_group, "Weight": t.weight} for t in forward.targets]
    config: JsonObject = {"TargetGroups": groups, "TargetGroupStickinessConfig": stickiness}
    return {"Type": "forward", **order, "ForwardConfig": config}


def _as_writable(action: JsonObject) -> JsonObject:
    oidc = action.get("AuthenticateOidcConfig")
    if not isinstance(oidc, Mapping):
        return action
    # ELB never answers the client secret; it keeps the one it has when told so.
    kept = {key: value for key, value in oidc.items() if key != "ClientSecret"}
    return {**action, "AuthenticateOidcConfig": {**kept, "UseExistingClientSecret": True}}


def _as_object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, Mapping) else {}
