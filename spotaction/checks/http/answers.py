"""Whether a response is what an HTTP check expects, and if not, why, without the check's secrets."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from spotaction.checks.contradictions import echoed_secrets
from spotaction.documents.patterns import PatternError, compile_pattern
from spotaction.model.check_kinds import HttpCheck
from spotaction.model.ports import HttpResponse
from spotaction.model.redaction import redact_fragments, truncate

_SHOWN = 160  # characters of a body
_MISSING = object()


def find_fault(kind: HttpCheck, response: HttpResponse) -> str:
    """Return in what a response differs from what is expected; empty if in nothing."""
    return remove_secrets(kind, next(_faults(kind, response), ""))


def remove_secrets(kind: HttpCheck, text: str) -> str:
    """Return what a server said without what it echoes of the check's requests: headers, the query, and the body."""
    return redact_fragments(text, echoed_secrets(kind.url or kind.path, kind.headers, kind.send))


def is_expected(kind: HttpCheck, status: int) -> bool:
    """Return whether a status is one of those that the check expects."""
    return any(first <= status <= last for first, last in kind.status)


def describe_limits(kind: HttpCheck) -> str:
    """Return what the check expects, for the column of limits."""
    codes = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in kind.status)
    parts = [f"status {codes}"]
    parts += [f"body matches {truncate(kind.body, 60)}"] if kind.body else []
    parts += [f"JSON {truncate(path, 40)} = {_as_text(value)}" for path, value in kind.json_value.items()]
    parts += [f"header {name} matches {truncate(value, 40)}" for name, value in kind.response_headers.items()]
    parts += [f"at most {describe_seconds(kind.latency)}"] if kind.latency is not None else []
    if kind.requests > 1:
        parts.append(f"{kind.allowed_failures} of {kind.requests} may fail")
    return "; ".join(parts)


def describe_seconds(seconds: float) -> str:
    """Return a response time for people: `82 ms` or `1.25 s`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.3g} s"


def _faults(kind: HttpCheck, response: HttpResponse) -> Iterator[str]:
    if not is_expected(kind, response.status):
        yield f"status {response.status}{_quote(kind, response)}"
    for name, pattern in kind.response_headers.items():
        found = response.headers.get(name.lower())
        if found is None or not _matches(pattern, found):
            shown = "missing" if found is None else repr(truncate(remove_secrets(kind, found), _SHOWN))
            yield f"header {name} is {shown}"
    if kind.body and not _matches(kind.body, _text_of(response)):
        yield f"the body does not match {truncate(kind.body, 60)}{_quote(kind, response)}"
    if kind.json_value:
        yield from _json_faults(kind, response)
    if kind.latency is not None and response.seconds > kind.latency:
        yield f"it took {describe_seconds(response.seconds)}"


def _json_faults(kind: HttpCheck, response: HttpResponse) -> Iterator[str]:
    try:
        document = json.loads(response.body)
    except (ValueError, RecursionError):
        yield f"the body is not JSON{_quote(kind, response)}"
        return
    for path, value in kind.json_value.items():
        found = _look_up(document, path.split("."))
        if found is _MISSING:
            yield f"JSON {truncate(path, 40)} is missing"
        elif not _is_same(found, value):
            shown = _as_text(found, partial(remove_secrets, kind))
            yield f"JSON {truncate(path, 40)} is {shown}, not {_as_text(value)}"


def _look_up(value: object, path: Sequence[str]) -> object:
    """The value at a dotted path. A key with dots in it is found, too; a number is an index in a list."""
    if not path:
        return value
    if isinstance(value, list) and path[0].isdecimal() and int(path[0]) < len(value):
        return _look_up(value[int(path[0])], path[1:])
    if not isinstance(value, dict):
        return _MISSING
    for end in range(1, len(path) + 1):
        key = ".".join(path[:end])
        if key in value and (found := _look_up(value[key], path[end:])) is not _MISSING:
            return found
    return _MISSING


def _is_same(one: object, other: object) -> bool:
    """Equality of JSON values: `true` is not 1, and 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(_is_same(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    return one == other


def _as_text(value: object, clean: Callable[[str], str] = str) -> str:
    return truncate(clean(json.dumps(value, ensure_ascii=False, default=str)), 60)


def _matches(pattern: str, text: str) -> bool:
    try:
        return compile_pattern(pattern).search(text) is not None
    except PatternError:
        return False


def _text_of(response: HttpResponse) -> str:
    charset = response.headers.get("content-type", "").lower().rpartition("charset=")[2].strip("\"' ;")
    try:
        text = response.body.decode(charset or "utf-8", errors="replace")
    except (LookupError, ValueError):
        text = response.body.decode(errors="replace")
    return text.encode(errors="replace").decode()  # some encodings have halves of characters, which no pattern can read


def _quote(kind: HttpCheck, response: HttpResponse) -> str:
    """The start of the body; what it echoes is removed first, since of a piece nobody knows what it was cut from."""
    text = truncate(remove_secrets(kind, _text_of(response)), _SHOWN)
    return f": {text!r}" if text else ""
