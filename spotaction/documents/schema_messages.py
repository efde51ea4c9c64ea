"""Turns the errors of a JSON Schema validator into messages that a person can act on."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from spotaction.documents.problems import Finding, by_place
from spotaction.documents.tree import Located, Path
from spotaction.documents.wording import MAX_KNOWN, hint_nearest, join_choices, nearest_word, quote_value
from spotaction.model.errors import Problem

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MAX_PROBLEMS = 500  # nobody reads more, and finding similar keys takes time

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}
_UNQUOTED = {
    "integer": re.compile(r"-?(?:0|[1-9][0-9]*)"),
    "number": re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"),
    "boolean": re.compile(r"true|false"),
}
_LENGTHS = {
    "minLength": "at least {} character",
    "maxLength": "at most {} character",
    "minItems": "at least {} item",
    "maxItems": "at most {} item",
    "minProperties": "at least {} key",
    "maxProperties": "at most {} key",
}


def translate_errors(errors: "Iterable[ValidationError]", document: Located) -> tuple[Problem, ...]:
    """Return one problem for each thing to change (at most 500), sorted by place, without duplicates."""
    found = list(islice(errors, MAX_PROBLEMS))
    wrapper = next((key for error in found if (key := _missing_wrapper(error))), None)
    if wrapper is not None:
        hint = f"nest this whole document below '{wrapper}:'"
        return (Problem(f"'{wrapper}' is missing at the top level", place=document.location_of(()), hint=hint),)
    findings = list(islice((finding for error in found for finding in _explain(error)), MAX_PROBLEMS))
    meant = {(*finding.path[:-1], finding.meant) for finding in findings if finding.meant}
    problems = {
        finding.locate(document)
        for finding in findings
        if not any((*finding.path, key) in meant for key in finding.missing)  # a misspelt key is reported itself
    }
    return tuple(sorted(problems, key=by_place))


def _missing_wrapper(error: "ValidationError") -> str | None:
    """The top-level key that is missing around a whole document."""
    if error.absolute_path or error.validator != "required":
        return None
    required: Any = error.validator_value
    schema, given = _schema_of(error), set(_value_of(error))
    for key in required:
        inner = _resolve_reference(schema.get("properties", {}).get(key, {}), schema)
        if key not in given and given and len(given & inner.get("properties", {}).keys()) * 2 >= len(given):
            return str(key)
    return None


def _resolve_reference(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    target: Any = schema
    if str(schema.get("$ref", "")).startswith("#/"):
        target = root
        for part in str(schema["$ref"])[2:].split("/"):
            target = target.get(part, {})
    return target if isinstance(target, dict) else {}


def _schema_of(error: "ValidationError") -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, dict) else {}


def _value_of(error: "ValidationError") -> Any:  # noqa: ANN401 - of the type that its keyword is about
    return error.instance


def _explain(error: "ValidationError") -> Iterator[Finding]:
    path = tuple(error.absolute_path)
    yield from EXPLANATIONS.get(str(error.validator), _explain_other)(error, path)


def _explain_alternatives(error: "ValidationError", path: Path) -> Iterator[Finding]:
    from jsonschema.exceptions import relevance  # noqa: PLC0415 - loaded already, but only by who checks a document

    branches: Any = error.validator_value
    context = list(error.context or ())
    wrong = [each for each in context if each.validator == "type" and not each.relative_path]
    # No text but an <+input> is meant there, for which a value of another type is no mistaken one.
    types: list[Any] = [each.validator_value for each in wrong if _schema_of(each).get("title") != "Runtime input"]
    if all(isinstance(each, dict) and "required" in each and "type" not in each for each in branches):
        yield from _explain_exactly_one(error.instance, [key for each in branches for key in each["required"]], path)
    elif len(wrong) == len(branches):
        names = [name for each in types for name in ([each] if isinstance(each, str) else each)]
        yield _wrong_type(error.instance, names, path)
    elif context:
        grouped = [list(group) for _, group in groupby(context, key=lambda each: each.relative_schema_path[0])]
        for each in min(grouped, key=lambda group: (min(map(relevance, group)), len(group))):
            yield from _explain(each)
    else:
        yield Finding(path, f"{quote_value(error.instance)} matches more than one of the forms allowed here")


def _explain_exactly_one(value: object, keys: Sequence[str], path: Path) -> Iterator[Finding]:
    if not isinstance(value, Mapping):
        return  # its type is reported
    given = [key for key in value if key in keys and value[key] is not None]
    if given:
        yield _exclusive(given, given[-1], path)
    else:
        keys = tuple(dict.fromkeys(keys))
        names = join_choices([f"'{key}'" for key in keys])
        yield Finding(path, f"{names} is missing", "set one of them", missing=keys)


def _exclusive(keys: Sequence[str], last: str, path: Path) -> Finding:
    names = " and ".join(f"'{key}'" for key in keys)
    return Finding((*path, last), f"{names} are mutually exclusive", "keep one of them", of_key=True)


def _explain_type(error: "ValidationError", path: Path) -> Iterator[Finding]:
    expected: Any = error.validator_value
    yield _wrong_type(error.instance, [expected] if isinstance(expected, str) else list(expected), path)


def _wrong_type(value: object, types: Sequence[str], path: Path) -> Finding:
    words = [_TYPES[each].split(" or ") for each in dict.fromkeys(types) if each != "null"]
    wanted = join_choices([word for each in words for word in each])
    if value is None:
        return Finding(path, f"has no value; expected {wanted}")
    hint = ""
    if "string" in types and isinstance(value, bool | int | float):
        hint = "put it in quotes"
    elif isinstance(value, str) and any(
        _UNQUOTED[each].fullmatch(value.strip()) for each in types if each in _UNQUOTED
    ):
        hint = "remove the quotes"
    return Finding(path, f"expected {wanted}, found {_describe(value)}", hint)


def _describe(value: object) -> str:
    if isinstance(value, str):
        return f"the text {quote_value(value)}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"the number {quote_value(value)}"
    return quote_value(value)


def _explain_unknown_keys(error: "ValidationError", path: Path) -> Iterator[Finding]:
    schema, value = _schema_of(error), _value_of(error)
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for key in value:
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            free = [name for name, rule in known.items() if name not in value and "deprecated" not in rule]
            meant = nearest_word(key, free)
            hint = hint_nearest(key, free) if meant or len(known) <= MAX_KNOWN else ""
            yield Finding((*path, key), f"unknown key {quote_value(key)}", hint, of_key=True, meant=meant)


def _explain_required(error: "ValidationError", path: Path) -> Iterator[Finding]:
    required: Any = error.validator_value
    for key in required:
        if key not in _value_of(error):
            yield Finding(path, f"'{key}' is missing", missing=(key,))


def _explain_enum(error: "ValidationError", path: Path) -> Iterator[Finding]:
    rule: Any = error.validator_value
    value, allowed = error.instance, rule if error.validator == "enum" else [rule]
    words = list(
        dict.fromkeys(each if isinstance(each, str) else json.dumps(each) for each in allowed if each is not None)
    )
    close = nearest_word(value, words) if isinstance(value, str) else ""
    found = "has no value" if value is None else f"{quote_value(value)} is not allowed"
    wanted = "" if close and len(words) > MAX_KNOWN else f"; expected {join_choices(words)}"
    yield Finding(path, f"{found}{wanted}", f"did you mean '{close}'?" if close else "")


def _explain_pattern(error: "ValidationError", path: Path) -> Iterator[Finding]:
    examples = _schema_of(error).get("examples") or [f"the pattern {error.validator_value}"]
    yield Finding(path, f"invalid format: {quote_value(error.instance)}", f"for example {examples[0]}")


def _explain_not(error: "ValidationError", path: Path) -> Iterator[Finding]:
    rule, value = error.validator_value, error.instance
    keys = rule.get("required", ()) if isinstance(rule, dict) else ()
    if keys and not isinstance(value, dict):
        return  # its type is reported
    given = [key for key in value if key in keys] if isinstance(value, dict) else []
    message = "has no value" if value is None else f"{quote_value(value)} is not allowed"
    yield _exclusive(keys, given[-1], path) if given else Finding(path, message)


def _explain_length(error: "ValidationError", path: Path) -> Iterator[Finding]:
    limit, length = error.validator_value, len(_value_of(error))
    wanted = _LENGTHS[str(error.validator)].format(limit) + ("" if limit == 1 else "s")
    yield Finding(path, f"expected {wanted}, found {length}" if length or limit != 1 else "must not be empty")


def _explain_other(error: "ValidationError", path: Path) -> Iterator[Finding]:
    if not error.validator:  # the schema is just `false`
        yield Finding(path, f"{quote_value(error.instance)} is not allowed")
    elif isinstance(error.instance, int | float):
        yield Finding(path, error.message)
    else:  # jsonschema's message would contain the whole value, which may be long or a secret
        yield Finding(path, f"{quote_value(error.instance)} violates the schema's {error.validator}")


EXPLANATIONS: dict[str, Callable[["ValidationError", Path], Iterator[Finding]]] = {
    "anyOf": _explain_alternatives,
    "oneOf": _explain_alternatives,
    "type": _explain_type,
    "additionalProperties": _explain_unknown_keys,
    "required": _explain_required,
    "enum": _explain_enum,
    "const": _explain_enum,
    "pattern": _explain_pattern,
    "not": _explain_not,
    **dict.fromkeys(_LENGTHS, _explain_length),
}
