"""Rule actions: expanded from a scenario's shorthand, formatted for responses, and read as weights."""

import copy
from collections.abc import Callable, Sequence

from spotaction.sandbox.types import JSON, TargetGroupArn

Resolve = Callable[[str], TargetGroupArn]


def written_actions(entry: JSON, resolve: Resolve) -> list[JSON]:
    """Convert the `forward` or `actions` of a scenario's rule to ELB API actions."""
    if "forward" in entry:
        return [_forward(entry["forward"], resolve)]
    actions: list[JSON] = copy.deepcopy(entry["actions"])
    for action in actions:
        _resolve_arns(action, resolve)
    return actions


def answered_actions(actions: Sequence[JSON]) -> list[JSON]:
    """Return the actions as AWS describes them: ordered, a simple forward in both forms, without client secrets."""
    ordered = sorted(enumerate(actions, start=1), key=lambda pair: pair[1].get("Order", pair[0]))
    return [_answered(action, order) for order, (_, action) in enumerate(ordered, start=1)]


def shares(actions: Sequence[JSON]) -> list[tuple[TargetGroupArn, int]]:
    """Return the weights of the target groups that the actions forward to; empty for a redirect."""
    for action in actions:
        if action["Type"] == "forward":
            return _shares(action)
    return []


def forward_of(action: JSON) -> list[JSON]:
    """Return the weighted target groups of a forward in either form."""
    groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
    if groups or "TargetGroupArn" not in action:
        return list(groups)
    return [{"TargetGroupArn": action["TargetGroupArn"]}]


def _shares(action: JSON) -> list[tuple[TargetGroupArn, int]]:
    return [(TargetGroupArn(group["TargetGroupArn"]), int(group.get("Weight", 1))) for group in forward_of(action)]


def _forward(forward: object, resolve: Resolve) -> JSON:
    if isinstance(forward, str):
        return {"Type": "forward", "TargetGroupArn": resolve(forward)}
    weighted = forward["target-groups"] if isinstance(forward, dict) else forward
    assert isinstance(weighted, list)
    config: JSON = {
        "TargetGroups": [
            {"TargetGroupArn": resolve(share["target-group"]), "Weight": share.get("weight", 1)} for share in weighted
        ]
    }
    if isinstance(forward, dict) and "stickiness" in forward:
        config["TargetGroupStickinessConfig"] = {"Enabled": True, "DurationSeconds": forward["stickiness"]}
    return {"Type": "forward", "ForwardConfig": config}


def _resolve_arns(action: JSON, resolve: Resolve) -> None:
    for holder in [action, *action.get("ForwardConfig", {}).get("TargetGroups", [])]:
        if "TargetGroupArn" in holder:
            holder["TargetGroupArn"] = resolve(holder["TargetGroupArn"])


def _answered(action: JSON, order: int) -> JSON:
    answer: JSON = copy.deepcopy(action) | {"Order": order}
    answer.get("AuthenticateOidcConfig", {}).pop("ClientSecret", None)
    answer.get("AuthenticateOidcConfig", {}).pop("UseExistingClientSecret", None)
    if action["Type"] == "forward":
        _answer_forward(answer)
    return answer


def _answer_forward(answer: JSON) -> None:
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in _shares(answer)]
    sticky = answer.get("ForwardConfig", {}).get("TargetGroupStickinessConfig", {"Enabled": False})
    answer["ForwardConfig"] = {"TargetGroups": groups, "TargetGroupStickinessConfig": sticky}
    answer.pop("TargetGroupArn", None)
    if len(groups) == 1:
        answer["TargetGroupArn"] = groups[0]["TargetGroupArn"]
