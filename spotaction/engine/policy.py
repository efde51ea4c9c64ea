"""Rules that a plan has to keep before anything is written: each a JSON Schema of what is denied or required."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as File
from typing import TYPE_CHECKING

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, as_texts, value_at
from spotaction.documents.source import Document, check_document, read_document
from spotaction.documents.tree import Path, dotted_path
from spotaction.engine.plan_recorder import PlannedCall
from spotaction.model.deployment import Deployment
from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import Capacity, JsonObject, JsonValue

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

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
_REFERENCES = ("$ref", "$dynamicRef")


@dataclass(frozen=True)
class Rule:
    """One rule: what matches `schema` is denied, or (`denies` False) everything has to match it.

    It is about each act, or (`whole`) about the plan. Empty `environments` and `strategies` mean all.
    """

    name: str
    place: SourceLocation
    schema: JsonObject = field(repr=False)
    denies: bool = True
    whole: bool = False
    environments: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    message: str = ""

    def applies_to(self, plan: JsonObject) -> bool:
        """Whether the rule is for this environment and strategy."""
        here = not self.environments or plan["environment"] in self.environments
        return here and (not self.strategies or plan["strategy"] in self.strategies)

    def broken_by(self, subject: JsonObject) -> bool:
        """Whether an act or plan is what the rule does not want."""
        return self._validator.is_valid(subject) is self.denies

    @cached_property
    def _validator(self) -> "Validator":
        # Imported here: it takes a tenth of a second, which a run without rules need not pay.
        from jsonschema import Draft202012Validator  # noqa: PLC0415

        return Draft202012Validator(dict(self.schema))


@dataclass(frozen=True)
class Enforced:
    """A rule and the steps that it is for (none = all)."""

    rule: Rule
    steps: frozenset[str] = frozenset()


def load_rules(path: str, *, workspace: File, roots: Sequence[File] = ()) -> tuple[Rule, ...]:
    """The rules of a policy file; raises `InvalidError` with everything that is wrong with it."""
    document = read_document(path, workspace=workspace, roots=roots)
    problems = rule_problems(document)
    if problems:
        raise InvalidError(problems)
    return tuple(_read_rule(rule, document) for rule in _rule_paths(document))


def rule_problems(document: Document) -> tuple[Problem, ...]:
    """Everything that is wrong with a policy document."""
    problems = check_document(document, "policy")
    return problems or tuple(each for rule in _rule_paths(document) for each in _schema_problems(rule, document))


def plan_document(
    deployment: Deployment, acts: Sequence[PlannedCall], config: JsonObject, environment: str
) -> JsonObject:
    """The plan as rules see it; user data is left out. An image that a later job goes on with has its id only."""
    image, old = deployment.image, deployment.snapshot.old
    ami: JsonObject = {
        "name": image.name,
        "owner": image.owner,
        "architecture": image.architecture,
        "created": image.created_at,
        "tags": dict(image.tags),
    }
    return {
        "app": deployment.app,
        "environment": environment,
        "strategy": deployment.strategy,
        "image": image.id,
        "ami": {"id": image.id, **{key: value for key, value in ami.items() if value}},
        "capacity": _capacity_json(deployment.capacity),
        "old": {"id": old.id, "name": old.name, "capacity": _capacity_json(old.capacity)} if old else None,
        "new": _without_user_data(config),
        "acts": [_call_json(act) for act in acts if not act.waits],
    }


def broken_rules(enforced: Sequence[Enforced], plan: JsonObject) -> tuple[str, ...]:
    """One sentence for each change that breaks a rule, with the rule's place."""
    found = (text for each in enforced if each.rule.applies_to(plan) for text in _broken_rule(each, plan))
    return tuple(dict.fromkeys(found))


def _broken_rule(each: Enforced, plan: JsonObject) -> Iterator[str]:
    rule = each.rule
    subjects = [plan] if rule.whole else [as_mapping(act) for act in as_items(plan["acts"])]
    for subject in subjects:
        mine = rule.whole or not each.steps or subject["step"] in each.steps
        if mine and rule.broken_by(subject):
            what = "the plan" if rule.whole else _describe_call(subject)
            verb = "denies" if rule.denies else "is not kept by"
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
    known = {key: value for key, value in act.says.items() if key != "group"}
    group = {"group": {"id": act.subject, "name": act.says["group"]}} if "group" in act.says else {}
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


def _rule_paths(document: Document) -> list[Path]:
    return [("rules", index) for index, _ in enumerate(as_items(value_at(document.value, ("rules",))))]


def _schema_problems(path: Path, document: Document) -> Iterator[Problem]:
    """A schema that is none, or that refers to another: a rule has to stand for itself."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - as above
    from jsonschema.exceptions import best_match  # noqa: PLC0415 - as above

    where = (*path, "deny" if value_at(document.value, (*path, "deny")) is not None else "require")
    schema = value_at(document.value, where)
    for below in _find_references(schema):
        at_key = (*where, *below)
        hint = "write out what it refers to"
        yield Problem("a rule cannot refer to another schema", dotted_path(at_key), document.key_place(at_key), hint)
    error = best_match(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))
    if error is not None:
        inside = (*where, *error.absolute_path)
        yield Problem(f"is not JSON Schema: {error.message}", dotted_path(inside), document.location_of(inside))


def _find_references(schema: JsonValue, path: Path = ()) -> Iterator[Path]:
    if isinstance(schema, Mapping):
        for key, inner in schema.items():
            if key in _REFERENCES and isinstance(inner, str):
                yield (*path, key)
            yield from _find_references(inner, (*path, key))
    elif isinstance(schema, list):
        for index, inner in enumerate(schema):
            yield from _find_references(inner, (*path, index))


def _read_rule(path: Path, document: Document) -> Rule:
    value = as_mapping(value_at(document.value, path))
    where = as_mapping(value.get("on"))
    return Rule(
        name=as_plain_text(value["name"]),
        place=document.location_of(path),
        schema=as_mapping(value.get("deny") if "deny" in value else value.get("require")),
        denies="deny" in value,
        whole=value.get("of") == "plan",
        environments=as_texts(where.get("environments")),
        strategies=as_texts(where.get("strategies")),
        message=as_plain_text(value.get("message")) or as_plain_text(value.get("description")),
    )
