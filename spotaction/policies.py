"""Rules that a plan has to keep before anything is written: each a JSON Schema of what is denied or required."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as File
from typing import TYPE_CHECKING

from spotaction.deployment import Deployment
from spotaction.documents import Document, check, read
from spotaction.errors import InvalidError, Place, Problem
from spotaction.model import Capacity, JsonObject, JsonValue
from spotaction.nodes import Path, dotted
from spotaction.script import Act
from spotaction.values import at, items, mapping, text, texts

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
    place: Place
    schema: JsonObject = field(repr=False)
    denies: bool = True
    whole: bool = False
    environments: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    message: str = ""

    def counts(self, plan: JsonObject) -> bool:
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


def load(path: str, *, workspace: File, roots: Sequence[File] = ()) -> tuple[Rule, ...]:
    """The rules of a policy file; raises `InvalidError` with everything that is wrong with it."""
    document = read(path, workspace=workspace, roots=roots)
    problems = wrong(document)
    if problems:
        raise InvalidError(problems)
    return tuple(_rule(rule, document) for rule in _rules(document))


def wrong(document: Document) -> tuple[Problem, ...]:
    """Everything that is wrong with a policy document."""
    problems = check(document, "policy")
    return problems or tuple(each for rule in _rules(document) for each in _unusable(rule, document))


def look(deployment: Deployment, acts: Sequence[Act], config: JsonObject, environment: str) -> JsonObject:
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
        "capacity": _numbers(deployment.capacity),
        "old": {"id": old.id, "name": old.name, "capacity": _numbers(old.capacity)} if old else None,
        "new": _seen(config),
        "acts": [_act(act) for act in acts if not act.waits],
    }


def broken(enforced: Sequence[Enforced], plan: JsonObject) -> tuple[str, ...]:
    """One sentence for each change that breaks a rule, with the rule's place."""
    found = (text for each in enforced if each.rule.counts(plan) for text in _broken(each, plan))
    return tuple(dict.fromkeys(found))


def _broken(each: Enforced, plan: JsonObject) -> Iterator[str]:
    rule = each.rule
    subjects = [plan] if rule.whole else [mapping(act) for act in items(plan["acts"])]
    for subject in subjects:
        mine = rule.whole or not each.steps or subject["step"] in each.steps
        if mine and rule.broken_by(subject):
            what = "the plan" if rule.whole else _told(subject)
            verb = "denies" if rule.denies else "is not kept by"
            yield f"{rule.place}: rule {rule.name} {verb} {what}" + (f": {rule.message}" if rule.message else "")


def _told(act: JsonObject) -> str:
    group = mapping(act.get("group"))
    subject = f"{text(group.get('name'))} ({text(group.get('id'))})" if group else text(act["subject"])
    capacity = mapping(act.get("capacity"))
    numbers = "/".join(text(capacity[key]) for key in ("minimum", "target", "maximum")) if capacity else ""
    return f"{act['action']} {subject}{f' to {numbers}' if numbers else ''} in step {act['step']}"


def _act(act: Act) -> JsonObject:
    known = {key: value for key, value in act.says.items() if key != "group"}
    group = {"group": {"id": act.subject, "name": act.says["group"]}} if "group" in act.says else {}
    action = ACTIONS.get(act.call, act.call)
    return {"step": act.step, "action": action, "call": act.call, "subject": act.subject, **group, **known}


def _numbers(capacity: Capacity | None) -> JsonValue:
    if capacity is None:
        return None
    return {"minimum": capacity.minimum, "target": capacity.target, "maximum": capacity.maximum}


def _seen(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return {key: _seen(inner) for key, inner in value.items() if key not in _UNSEEN}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_seen(inner) for inner in value]
    return value


def _rules(document: Document) -> list[Path]:
    return [("rules", index) for index, _ in enumerate(items(at(document.value, ("rules",))))]


def _unusable(path: Path, document: Document) -> Iterator[Problem]:
    """A schema that is none, or that refers to another: a rule has to stand for itself."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - as above
    from jsonschema.exceptions import best_match  # noqa: PLC0415 - as above

    where = (*path, "deny" if at(document.value, (*path, "deny")) is not None else "require")
    schema = at(document.value, where)
    for below in _references(schema):
        at_key = (*where, *below)
        hint = "write out what it refers to"
        yield Problem("a rule cannot refer to another schema", dotted(at_key), document.key_place(at_key), hint)
    error = best_match(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))
    if error is not None:
        inside = (*where, *error.absolute_path)
        yield Problem(f"is not JSON Schema: {error.message}", dotted(inside), document.place(inside))


def _references(schema: JsonValue, path: Path = ()) -> Iterator[Path]:
    if isinstance(schema, Mapping):
        for key, inner in schema.items():
            if key in _REFERENCES and isinstance(inner, str):
                yield (*path, key)
            yield from _references(inner, (*path, key))
    elif isinstance(schema, list):
        for index, inner in enumerate(schema):
            yield from _references(inner, (*path, index))


def _rule(path: Path, document: Document) -> Rule:
    value = mapping(at(document.value, path))
    where = mapping(value.get("on"))
    return Rule(
        name=text(value["name"]),
        place=document.place(path),
        schema=mapping(value.get("deny") if "deny" in value else value.get("require")),
        denies="deny" in value,
        whole=value.get("of") == "plan",
        environments=texts(where.get("environments")),
        strategies=texts(where.get("strategies")),
        message=text(value.get("message")) or text(value.get("description")),
    )
