"""Words for each rule that a value can break, the same for every document."""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spotaction.documents.tree import Path

MAX_SHOWN = 60
MAX_KNOWN = 8  # as many words as fit on a line
MIN_WORD = 4
MAX_WORD = 100  # comparing longer ones takes too long

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


@dataclass(frozen=True)
class Violation:
    """What a JSON Schema validator reported: the keyword with its value, and what was found instead.

    `path` leads from the document, `below` from the violation that this one is an alternative of. `rule` and `value`
    are whatever stands in the schema and the document. `branch` numbers the alternative.
    """

    keyword: str
    rule: Any
    value: Any
    schema: Mapping[str, Any]
    path: Path
    below: Path
    message: str
    branch: str | int | None = None
    of_key: bool = False
    alternatives: tuple["Violation", ...] = ()


@dataclass(frozen=True)
class Finding:
    """A message with the way out; `below` leads to the key (`key`) or value that is to blame.

    `missing` are the keys of which one is needed, `meant` the key that an unknown one was probably meant to be.
    """

    message: str
    hint: str = ""
    below: tuple[str | int, ...] = ()
    key: bool = False
    missing: tuple[str, ...] = ()
    meant: str = ""


def findings_of(violation: Violation) -> Iterator[Finding]:
    """The findings of one violation that has no alternatives."""
    return _KEYWORDS.get(violation.keyword, _other_finding)(violation)


def wrong_type(value: object, types: Sequence[str]) -> Finding:
    """A value of the wrong type; `types` are JSON Schema's names."""
    wanted = join_choices([_TYPES[each] for each in dict.fromkeys(types) if each != "null"])
    if value is None:
        return Finding(f"has no value; expected {wanted}")
    hint = ""
    if "string" in types and isinstance(value, bool | int | float):
        hint = "put it in quotes"
    elif isinstance(value, str) and re.fullmatch(r"-?\d+|true|false", value.strip()) and "string" not in types:
        hint = "take the quotes away"
    return Finding(f"expected {wanted}, found {_describe_type(value)}", hint)


def not_allowed(value: object, allowed: Iterable[object]) -> Finding:
    """A word that is not among the allowed ones."""
    words = [each if isinstance(each, str) else json.dumps(each) for each in allowed if each is not None]
    close = nearest_word(value, words) if isinstance(value, str) else ""
    hint = f"did you mean '{close}'?" if close else ""
    found = "has no value" if value is None else f"{quote_value(value)} is not allowed"
    return Finding(f"{found}; expected {join_choices(words)}", hint)


def hint_nearest(word: str, known: Iterable[str], *, prefix: str = "") -> str:
    """A hint that names the known word nearest to `word`, or the few known ones; empty when that does not help."""
    words = sorted(known)
    if close := nearest_word(word, words):
        return f"did you mean '{prefix}{close}'?"
    return f"known here: {', '.join(prefix + each for each in words)}" if 0 < len(words) <= MAX_KNOWN else ""


def nearest_word(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant; empty when none is near."""
    words = list(known) if len(word) <= MAX_WORD else []
    lower = word.lower()
    same = [each for each in words if each.lower() == lower]
    longer = [each for each in words if each.lower().startswith(lower)] if len(word) >= MIN_WORD else []
    return next(iter([*same, *longer, *difflib.get_close_matches(word, words, n=1)]), "")


def quote_value(value: object) -> str:
    """A value as a message shows it: on one line, cut short."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = f"'{json.dumps(value, ensure_ascii=False)[1:-1]}'" if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 2]}…'"


def join_choices(words: Sequence[str]) -> str:
    """Words as a choice: a, b or c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else "nothing"


def _describe_type(value: object) -> str:
    if isinstance(value, str):
        return f"the text {quote_value(value)}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"the number {quote_value(value)}"
    return quote_value(value)


def _type_finding(violation: Violation) -> Iterator[Finding]:
    expected = violation.rule
    names = [expected] if isinstance(expected, str) else list(expected)
    yield wrong_type(violation.value, names)


def _additional_property_findings(violation: Violation) -> Iterator[Finding]:
    known = violation.schema.get("properties", {})
    patterns = violation.schema.get("patternProperties", {})
    for key in violation.value:
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            free = [each for each in known if each not in violation.value]
            meant = nearest_word(key, free)
            hint = hint_nearest(key, free) if meant or len(known) <= MAX_KNOWN else ""
            yield Finding(
                f"{quote_value(key)} is not a key that belongs here", hint, below=(key,), key=True, meant=meant
            )


def _unevaluated_findings(violation: Violation) -> Iterator[Finding]:
    for key in re.findall(r"'([^']+)'", violation.message):
        if key in violation.value:
            yield Finding(f"'{key}' is not a key that belongs here", below=(key,), key=True)


def _required_findings(violation: Violation) -> Iterator[Finding]:
    for key in violation.rule:
        if key not in violation.value:
            yield Finding(f"'{key}' is missing", missing=(key,))


def _enum_finding(violation: Violation) -> Iterator[Finding]:
    yield not_allowed(violation.value, violation.rule)


def _const_finding(violation: Violation) -> Iterator[Finding]:
    yield not_allowed(violation.value, [violation.rule])


def _pattern_finding(violation: Violation) -> Iterator[Finding]:
    examples = violation.schema.get("examples") or [f"the pattern {violation.rule}"]
    yield Finding(f"{quote_value(violation.value)} is not of the form wanted here", f"for example {examples[0]}")


def _not_finding(violation: Violation) -> Iterator[Finding]:
    keys = violation.rule.get("required", ()) if isinstance(violation.rule, dict) else ()
    given = [key for key in violation.value if key in keys] if isinstance(violation.value, dict) else []
    if given:
        names = " and ".join(f"'{key}'" for key in keys)
        yield Finding(f"{names} exclude each other", "keep one of them", below=(given[-1],), key=True)
    else:
        yield Finding(f"{quote_value(violation.value)} is not allowed here")


def _unique_findings(violation: Violation) -> Iterator[Finding]:
    for index, item in enumerate(violation.value):
        if item in violation.value[:index]:
            yield Finding(f"{quote_value(item)} stands in this list already", below=(index,))


def _dependent_findings(violation: Violation) -> Iterator[Finding]:
    for key, needed in violation.rule.items():
        for each in needed:
            if key in violation.value and each not in violation.value:
                yield Finding(f"'{key}' needs '{each}' beside it", below=(key,), key=True)


def _other_finding(violation: Violation) -> Iterator[Finding]:
    if violation.keyword == "None":
        yield Finding(f"{quote_value(violation.value)} is not allowed here")  # a schema that is just `false`
    else:
        yield Finding(violation.message if len(violation.message) < 200 else f"breaks the rule '{violation.keyword}'")  # noqa: PLR2004


def _template_finding(text: str) -> Callable[[Violation], Iterator[Finding]]:
    def say(violation: Violation) -> Iterator[Finding]:
        yield Finding(text.format(value=quote_value(violation.value), limit=violation.rule))

    return say


_KEYWORDS: dict[str, Callable[[Violation], Iterator[Finding]]] = {
    "type": _type_finding,
    "additionalProperties": _additional_property_findings,
    "unevaluatedProperties": _unevaluated_findings,
    "required": _required_findings,
    "enum": _enum_finding,
    "const": _const_finding,
    "pattern": _pattern_finding,
    "not": _not_finding,
    "uniqueItems": _unique_findings,
    "dependentRequired": _dependent_findings,
    "minimum": _template_finding("{value} is too small; the least is {limit}"),
    "maximum": _template_finding("{value} is too large; the most is {limit}"),
    "exclusiveMinimum": _template_finding("{value} is too small; it has to be more than {limit}"),
    "exclusiveMaximum": _template_finding("{value} is too large; it has to be less than {limit}"),
    "minLength": _template_finding("{value} is too short; it needs {limit} character(s) or more"),
    "maxLength": _template_finding("{value} is too long; it may have {limit} characters"),
    "minItems": _template_finding("the list is too short; it needs {limit} item(s) or more"),
    "maxItems": _template_finding("the list is too long; it may have {limit} item(s)"),
    "minProperties": _template_finding("the mapping needs {limit} key(s) or more"),
    "maxProperties": _template_finding("the mapping may have {limit} key(s)"),
}
