"""Policy files: rules on a plan, each a JSON Schema of denied or required calls."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as File

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, as_texts, value_at
from spotaction.documents.problems import Finding
from spotaction.documents.source import Document, check_document, read_document
from spotaction.documents.tree import Path
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.policy import PolicyRule
from spotaction.model.resources import JsonValue

_REFERENCES = ("$ref", "$dynamicRef")


def load_rules(path: str, *, workspace: File, roots: Sequence[File] = ()) -> tuple[PolicyRule, ...]:
    """Return the rules of the policy file at `path`; raises `InvalidError` with every problem of it."""
    document = read_document(path, workspace=workspace, roots=roots)
    problems = rule_problems(document)
    if problems:
        raise InvalidError(problems)
    return tuple(_read_rule(rule, document) for rule in _rule_paths(document))


def rule_problems(document: Document) -> tuple[Problem, ...]:
    """Return every problem of a policy document."""
    problems = check_document(document, "policy")
    return problems or tuple(each for rule in _rule_paths(document) for each in _schema_problems(rule, document))


def _rule_paths(document: Document) -> list[Path]:
    return [("rules", index) for index, _ in enumerate(as_items(value_at(document.value, ("rules",))))]


def _schema_problems(path: Path, document: Document) -> Iterator[Problem]:
    """Invalid schemas, and references to others: nothing outside the rule may change its meaning."""
    # Imported here: it takes a tenth of a second, which a run without policies need not pay.
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from jsonschema.exceptions import best_match  # noqa: PLC0415

    where = (*path, "deny" if value_at(document.value, (*path, "deny")) is not None else "require")
    schema = value_at(document.value, where)
    for below in _find_references(schema):
        at_key = (*where, *below)
        hint = "write out the referenced schema"
        yield Finding(at_key, "a rule cannot refer to another schema", hint, of_key=True).locate(document)
    error = best_match(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))
    if error is not None:
        inside = (*where, *error.absolute_path)
        yield Finding(inside, f"invalid JSON Schema: {error.message}").locate(document)


def _find_references(schema: JsonValue, path: Path = ()) -> Iterator[Path]:
    if isinstance(schema, Mapping):
        for key, inner in schema.items():
            if key in _REFERENCES and isinstance(inner, str):
                yield (*path, key)
            yield from _find_references(inner, (*path, key))
    elif isinstance(schema, list):
        for index, inner in enumerate(schema):
            yield from _find_references(inner, (*path, index))


def _read_rule(path: Path, document: Document) -> PolicyRule:
    value = as_mapping(value_at(document.value, path))
    where = as_mapping(value.get("on"))
    return PolicyRule(
        name=as_plain_text(value["name"]),
        place=document.location_of(path),
        schema=as_mapping(value.get("deny") if "deny" in value else value.get("require")),
        denies="deny" in value,
        whole=value.get("of") == "plan",
        environments=as_texts(where.get("environments")),
        strategies=as_texts(where.get("strategies")),
        message=as_plain_text(value.get("message")) or as_plain_text(value.get("description")),
    )
