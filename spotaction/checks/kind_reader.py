"""Reads what a team writes for each kind of check into the kind's value."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

from spotaction.checks.contradictions import LOOPBACK, find_contradictions
from spotaction.checks.queries.conditions import parse_condition
from spotaction.checks.queries.metric_queries import read_queries
from spotaction.checks.templates import change_texts, read_template
from spotaction.documents.accessors import as_items, as_mapping, as_plain_text
from spotaction.documents.patterns import PATTERN_HINT, PatternError, compile_pattern
from spotaction.documents.scalars import parse_duration, parse_list, value_error
from spotaction.documents.source import Document
from spotaction.documents.tree import Path, dotted_path
from spotaction.documents.wording import quote_value
from spotaction.model.check_kinds import (
    AlarmsCheck,
    AnomaliesCheck,
    CheckKind,
    CloudwatchCheck,
    CompareErrors,
    CompareLatency,
    HttpCheck,
    LambdaCheck,
    Listener,
    OnInconclusive,
    PrometheusCheck,
    WebhookCheck,
)
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.resources import JsonObject, JsonValue

T = TypeVar("T")

#: Reads one value; raises `InvalidError` without a place.
ValueReader: TypeAlias = Callable[[JsonValue], object]

_STATUS = re.compile(r"([1-5]\d\d)(?:-([1-5]\d\d))?", re.ASCII)
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_LAST_OF_HEADER = 0xFF  # headers are sent as ISO 8859-1
_LATENCY = re.compile(r"(?:(?P<ms>\d{1,7})ms|(?P<s>\d{1,4}(?:\.\d{1,3})?)s)", re.ASCII)


@dataclass
class ProblemReader:
    """Reads values of a document, and collects the problems of all of them."""

    document: Document
    problems: list[Problem] = field(default_factory=list)

    def add_problem(self, path: Path, message: str, hint: str = "") -> None:
        """Add a problem of the value at `path`."""
        self.problems.append(Problem(message, dotted_path(path), self.document.location_of(path), hint))

    def read_value(self, path: Path, read: Callable[[], T], otherwise: T) -> T:
        """Return the result of `read`, or `otherwise` after adding the problems that it raises."""
        try:
            return read()
        except InvalidError as error:
            for problem in error.problems:
                self.add_problem(path, problem.message, problem.hint)
            return otherwise


def read_kind(word: str, value: JsonValue, path: Path, reader: ProblemReader) -> CheckKind | None:
    """Return the kind that the key `word` and its value describe; None after adding its problems to `reader`.

    The value is at `path` and has passed the schema.
    """
    if word == "alarms":
        names = _read_texts(value)
        if not names or not all(map(str.strip, names)):
            reader.add_problem(path, "an alarm has no name", "for example [web-errors]")
            return None
        return AlarmsCheck(names)
    if word == "compare":
        word, value = next(iter(as_mapping(value).items()))
        path = (*path, word)
    make, readers = _KINDS[word]
    before = len(reader.problems)
    values: dict[str, Any] = {}
    for key, inner in as_mapping(value).items():
        name, read = readers[key]
        values[name] = reader.read_value((*path, key), partial(read, inner), None)
    if len(reader.problems) > before:
        return None
    kind = make(**values)
    for key, message, hint in find_contradictions(kind):
        reader.add_problem((*path, key), message, hint)
    return kind if len(reader.problems) == before else None


def read_seconds(value: JsonValue) -> float:
    """Return a duration in seconds. Raises `InvalidError`."""
    return parse_duration(as_plain_text(value))


def _read_some_seconds(value: JsonValue) -> float:
    """A duration that something takes, so that it cannot be 0."""
    seconds = read_seconds(value)
    if seconds < 1:
        raise value_error(f"{quote_value(as_plain_text(value))} is shorter than 1s", "for example 10s")
    return seconds


def _read_number(value: JsonValue) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _read_count(value: JsonValue) -> int:
    assert isinstance(value, int | float)
    return int(value)


def _read_mapping(value: JsonValue) -> JsonObject:
    return dict(as_mapping(value))


def read_headers(value: JsonValue) -> Mapping[str, str]:
    """Return headers of a request that can be sent. Raises `InvalidError`."""
    for name, each in as_mapping(value).items():
        if not as_plain_text(each).isprintable() or not name.isprintable():
            raise value_error(f"the header {quote_value(name)} has a line break or another control character", "")
        _require_header(name, _as_written(each))
    return {name: _as_written(each) for name, each in as_mapping(value).items()}


def _require_header(name: str, value: str = "") -> None:
    if not _HEADER.fullmatch(name):
        raise value_error(f"{quote_value(name)} is not the name of a header", "for example X-Request-Id")
    if value != value.lstrip():
        raise value_error(f"the header {quote_value(name)} begins with a space", "remove it")
    if any(ord(sign) > _LAST_OF_HEADER for sign in value):
        raise value_error(f"the header {quote_value(name)} has a character that no header can have", "encode it")


def _as_written(value: JsonValue) -> str:
    return str(value).lower() if isinstance(value, bool) else as_plain_text(value)


def _read_texts(value: JsonValue) -> tuple[str, ...]:
    return parse_list(value) if isinstance(value, str) else tuple(map(as_plain_text, as_items(value)))


def _read_template(value: JsonValue) -> str:
    return read_template(as_plain_text(value))


def _read_path(value: JsonValue) -> str:
    text = _read_template(value)
    if not text.isprintable():
        raise value_error("has a line break or another control character", "for example /health")
    return text


def _read_url_template(value: JsonValue) -> str:
    return read_url(_read_template(value))


def _read_templates(value: JsonValue) -> Mapping[str, str]:
    return {name: read_template(text) for name, text in read_headers(value).items()}


def _read_json(value: JsonValue) -> Mapping[str, object]:
    """Expected values by dotted path; texts may have variables."""
    return {path: change_texts(each, read_template) for path, each in as_mapping(value).items()}


def _read_addresses(value: JsonValue) -> tuple[str, ...]:
    for text in _read_texts(value):
        try:
            ip_address(text)
        except ValueError:
            raise value_error(f"{quote_value(text)} is not an IP address", "for example 169.254.10.1") from None
    return _read_texts(value)


def _read_status(value: JsonValue) -> tuple[tuple[int, int], ...]:
    return tuple(_read_range(as_plain_text(each)) for each in (value if isinstance(value, list | tuple) else [value]))


def _read_range(text: str) -> tuple[int, int]:
    match = _STATUS.fullmatch(text)
    first, last = (match[1], match[2] or match[1]) if match else ("1", "0")
    if int(first) > int(last):
        raise value_error(f"{quote_value(text)} is not a status code or a range of them", "for example 200 or 200-299")
    return int(first), int(last)


def _read_latency(value: JsonValue) -> float:
    match = _LATENCY.fullmatch(as_plain_text(value))
    seconds = 0.0 if match is None else float(match["s"] or 0) + float(match["ms"] or 0) / 1000
    if not seconds:
        raise value_error(f"{quote_value(as_plain_text(value))} is not a response time", "for example 800ms or 1.5s")
    return seconds


def _read_pattern(value: JsonValue) -> str:
    text = as_plain_text(value)
    try:
        compile_pattern(read_template(text))
    except PatternError as error:
        raise value_error(f"{quote_value(text)} is not a regular expression: {error}", PATTERN_HINT) from None
    return text


def _read_patterns(value: JsonValue) -> Mapping[str, str]:
    for name in as_mapping(value):
        _require_header(name)
    return {name: _read_pattern(_as_written(each)) for name, each in as_mapping(value).items()}


def read_url(value: JsonValue) -> str:
    """Return a URL of any host; what it may not reach is refused once its address is known. Raises `InvalidError`."""
    text = as_plain_text(value)
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise value_error("is not a URL", "for example https://status.example.com/health") from None
    if url.scheme not in {"http", "https"} or not url.hostname or not text.isprintable() or " " in text:
        raise value_error("is not an http or https URL", "for example https://status.example.com/health")
    if url.username or url.password:
        raise value_error("has a user or a password", "pass it in headers, from a secret")
    return text


def _read_secure_url(value: JsonValue) -> str:
    """A URL that gets secrets: https, except for a loopback host."""
    text = read_url(value)
    url = urlsplit(text)
    if url.scheme != "https" and url.hostname not in LOOPBACK:
        raise value_error("is not an https URL", "a secret must not be sent in the clear")
    return text


def _read_queries(value: JsonValue) -> tuple[JsonObject, ...]:
    queries = tuple(map(as_mapping, as_items(value)))
    read_queries(queries)
    return queries


def _read_condition(value: JsonValue) -> str:
    return parse_condition(as_plain_text(value)).text


def _named(**readers: ValueReader) -> Mapping[str, tuple[str, ValueReader]]:
    """The readers by the key in the document, each with the name of its field, which has _ where the key has -."""
    return {name.replace("_", "-"): (name, read) for name, read in readers.items()}


_KINDS: Mapping[str, tuple[Callable[..., CheckKind], Mapping[str, tuple[str, ValueReader]]]] = {
    "http": (
        HttpCheck,
        {
            **_named(
                path=_read_path,
                url=_read_url_template,
                listener=lambda value: Listener(as_plain_text(value)),
                method=as_plain_text,
                headers=_read_templates,
                send=_read_template,
                status=_read_status,
                body=_read_pattern,
                response_headers=_read_patterns,
                latency=_read_latency,
                requests=_read_count,
                allowed_failures=_read_count,
                request_timeout=_read_some_seconds,
                allow_private=_read_addresses,
            ),
            "json": ("json_value", _read_json),
        },
    ),
    "lambda": (LambdaCheck, _named(function=as_plain_text, details=_read_mapping)),
    "webhook": (WebhookCheck, _named(url=_read_secure_url, secret=as_plain_text, headers=read_headers)),
    "prometheus": (
        PrometheusCheck,
        _named(
            address=read_url,
            query=_read_template,
            success=_read_condition,
            failure=_read_condition,
            headers=read_headers,
            window=_read_some_seconds,
            delay=read_seconds,
        ),
    ),
    "cloudwatch": (
        CloudwatchCheck,
        _named(
            queries=_read_queries,
            success=_read_condition,
            failure=_read_condition,
            window=read_seconds,
            delay=read_seconds,
        ),
    ),
    "errors": (
        CompareErrors,
        _named(
            ratio=_read_number,
            allowed=_read_number,
            false_alarm=_read_number,
            missed=_read_number,
            min_effect=_read_number,
            warm_up=read_seconds,
            delay=read_seconds,
            history=read_seconds,
            on_inconclusive=lambda value: OnInconclusive(as_plain_text(value)),
        ),
    ),
    "latency": (
        CompareLatency,
        _named(
            percentile=_read_number,
            ratio=_read_number,
            false_alarm=_read_number,
            warm_up=read_seconds,
            delay=read_seconds,
            on_inconclusive=lambda value: OnInconclusive(as_plain_text(value)),
        ),
    ),
    "anomalies": (AnomaliesCheck, _named(looks=_read_count, share=_read_number)),
}
