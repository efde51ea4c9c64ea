"""Evaluates the rules of policy files against a plan, before anything is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text
from spotaction.engine.plan_recorder import PlannedCall
from spotaction.model.deployment import Deployment
from spotaction.model.policy import EnforcedRule
from spotaction.model.resources import Capacity, JsonObject, JsonValue

ACTIONS: Mapping[str, str] = {
    "POST /aws/ec2/group": "create-group",
    "PUT /aws/ec2/group/{id}/capacity": "scale-group",
    "PUT /aws/ec2/group/{id}": "update-group",
    "DELETE /aws/ec2/group/{id}": "delete-group",
    "POST /aws/ec2/group/{id}/suspension": "suspend-scaling",
    "DELETE /aws/ec2/group/{id}/suspension": "resume-scaling",
    "ModifyRule": "change-route",
    "ModifyListener": "change-route",
}
_UNSEEN = frozenset({"userData", "shutdownScript"})


@dataclass(frozen=True)
class PlanFacts:
    """What a plan is about: the new group's body, the environment, the image, and what was read about them.

    `ami` and `preflight` have no key for what is not known, so that a rule may require it.
    """

    config: JsonObject
    environment: str = ""
    ami: JsonObject = field(default_factory=dict)
    preflight: JsonObject = field(default_factory=dict)


def plan_document(deployment: Deployment, acts: Sequence[PlannedCall], found: PlanFacts) -> JsonObject:
    """Return the plan as policy rules see it, without user data."""
    old = deployment.snapshot.old
    return {
        "app": deployment.app,
        "environment": found.environment,
        "strategy": deployment.strategy,
        "image": deployment.image.id,
        "ami": {"id": deployment.image.id, **found.ami},
        "capacity": _capacity_json(deployment.capacity),
        "old": {"id": old.id, "name": old.name, "capacity": _capacity_json(old.capacity)} if old else None,
        "new": _without_user_data(found.config),
        "preflight": found.preflight,
        "acts": [_call_json(act) for act in acts if not act.waits],
    }


def broken_rules(enforced: Sequence[EnforcedRule], plan: JsonObject) -> tuple[str, ...]:
    """Return a sentence for each planned call that breaks a rule, with the rule's place."""
    found = (text for each in enforced if each.rule.applies_to(plan) for text in _broken_rule(each, plan))
    return tuple(dict.fromkeys(found))


def _broken_rule(each: EnforcedRule, plan: JsonObject) -> Iterator[str]:
    # Imported here because it takes a tenth of a second, which a run without policies should not pay.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    rule = each.rule
    validator = Draft202012Validator(dict(rule.schema))
    subjects = [plan] if rule.whole else [as_mapping(act) for act in as_items(plan["acts"])]
    for subject in subjects:
        mine = rule.whole or not each.steps or subject["step"] in each.steps
        if mine and validator.is_valid(subject) is rule.denies:
            what = "the plan" if rule.whole else _describe_call(subject)
            verb = "denies" if rule.denies else "is violated by"
            yield f"{rule.place}: rule {rule.name} {verb} {what}" + (f": {rule.message}" if rule.message else "")


def _describe_call(act: JsonObject) -> str:
    group = as_mapping(act.get("group"))
    subject = (
        f"{as_plain_text(group.get('name'))} ({as_plain_text(group.get('id'))})"
        if group
        else as_plain_text(act["subject"])
    )
    capacity = as_mapping(act.get("capacity"))
    numbers = "/".join(as_plain_text(capacity[key]) for key in ("minimum", "target", "maximum")) if capacity else ""
    return f"{act['action']} {subject}{f' to {numbers}' if numbers else ''} in step {act['step']}"


def _call_json(act: PlannedCall) -> JsonObject:
    known = {key: value for key, value in act.details.items() if key != "group"}
    group = {"group": {"id": act.subject, "name": act.details["group"]}} if "group" in act.details else {}
    action = ACTIONS.get(act.call, act.call)
    return {"step": act.step, "action": action, "call": act.call, "subject": act.subject, **group, **known}


def _capacity_json(capacity: Capacity | None) -> JsonValue:
    if capacity is None:
        return None
    return {"minimum": capacity.minimum, "target": capacity.target, "maximum": capacity.maximum}


def _without_user_data(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return {key: _without_user_data(inner) for key, inner in value.items() if key not in _UNSEEN}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_user_data(inner) for inner in value]
    return value
