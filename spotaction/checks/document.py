"""Reads the list of checks that a team writes, with every problem at its place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from spotaction.checks.contradictions import is_credential, secret_parts
from spotaction.checks.kind_reader import ProblemReader, read_kind, read_seconds
from spotaction.checks.queries.first_value import first_value_after, shortest_timeout
from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, as_whole_number
from spotaction.documents.source import Document, check_document
from spotaction.documents.tree import Path
from spotaction.documents.wording import count_of, format_duration, quote_value
from spotaction.model.check_kinds import HttpCheck, PrometheusCheck, WebhookCheck
from spotaction.model.checks import Check, Position, Where
from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import JsonObject

KINDS = ("http", "lambda", "webhook", "prometheus", "cloudwatch", "compare", "anomalies", "alarms")
_TIMEOUT, _INTERVAL, _SHORTEST = 120.0, 10.0, 1.0  # seconds
_ERRORS = 4
_COMPARED_EVERY = 60.0  # seconds: CloudWatch has one value a minute


@dataclass(frozen=True)
class WrittenCheck:
    """A check as it was read, with the places of its name, of where it runs, and of its kind."""

    check: Check
    name_place: SourceLocation = field(compare=False)
    where_place: SourceLocation = field(compare=False)
    kind_place: SourceLocation = field(compare=False)


def parse_checks(document: Document) -> tuple[WrittenCheck, ...]:
    """Return the checks in a document whose expressions are resolved. Raises `InvalidError` with every problem."""
    problems: Sequence[Problem] = check_document(document, "checks")
    if problems:
        raise InvalidError(problems)
    reader = ProblemReader(document)
    entries = enumerate(map(as_mapping, as_items(document.value)))
    found = [each for index, entry in entries if (each := _read_check((index,), entry, reader))]
    problems = [*reader.problems, *_find_duplicates(document)]
    if problems:
        raise InvalidError(problems)
    return tuple(found)


def secret_values(checks: Iterable[Check]) -> Iterator[str]:
    """Yield what no log may show of checks: signing secrets, and the values of headers that hold credentials."""
    for check in checks:
        match check.kind:
            case WebhookCheck(secret=secret, headers=headers):
                yield from filter(None, [secret])
            case HttpCheck(headers=headers) | PrometheusCheck(headers=headers):
                pass
            case _:
                continue
        for value in (value for name, value in headers.items() if is_credential(name)):
            yield from dict.fromkeys(filter(None, (value, *secret_parts(value))))


def _find_duplicates(document: Document) -> Iterator[Problem]:
    names: set[str] = set()
    for index, entry in enumerate(map(as_mapping, as_items(document.value))):
        name = as_plain_text(entry["name"])
        if name in names:
            place = document.location_of((index, "name"))
            yield Problem(f"another check is also called {name}", "name", place, "give each check its own name")
        names.add(name)


def _read_check(path: Path, entry: JsonObject, reader: ProblemReader) -> WrittenCheck | None:
    """Return one check; None after adding its problems."""
    before = len(reader.problems)
    position = next(each for each in Position if each.value in entry)
    word = next(key for key in KINDS if key in entry)
    kind = read_kind(word, entry[word], (*path, word), reader)
    default = _COMPARED_EVERY if word == "compare" else _INTERVAL
    usual = shortest_timeout(kind, _TIMEOUT) if kind is not None else _TIMEOUT
    timeout, interval = (
        _read_pause(path, entry, *each, reader) for each in (("timeout", usual), ("interval", default))
    )
    if kind is not None and position is not Position.DURING and timeout <= (first := first_value_after(kind)):
        lasts, value = format_duration(timeout), format_duration(first)
        message = f"the timeout of {lasts} ends before the first value, which may take {value}"
        reader.add_problem((*path, "timeout"), message, "raise timeout, or leave it out")
    successes, attempts = _read_count(entry, "successes", 1), as_whole_number(entry.get("attempts"))
    if attempts is not None and attempts < successes:
        message = f"{count_of(attempts, 'attempt')} cannot bring {successes} successes in a row"
        reader.add_problem((*path, "attempts"), message, "raise attempts, or lower successes")
    if kind is None or len(reader.problems) > before:
        return None
    check = Check(
        name=as_plain_text(entry["name"]),
        where=Where(position, as_plain_text(entry[position.value])),
        kind=kind,
        timeout=timeout,
        attempts=attempts,
        interval=interval,
        successes=successes,
        failures=_read_count(entry, "failures", 0),
        errors=_read_count(entry, "errors", _ERRORS),
        dry_run=entry.get("dry-run") is True,
    )
    name, where, at_kind = (reader.document.location_of((*path, key)) for key in ("name", position.value, word))
    return WrittenCheck(check, name, where, at_kind)


def _read_pause(path: Path, entry: JsonObject, key: str, default: float, reader: ProblemReader) -> float:
    if key not in entry:
        return default
    before = len(reader.problems)
    seconds = reader.read_value((*path, key), partial(read_seconds, entry[key]), default)
    if seconds < _SHORTEST and len(reader.problems) == before:
        reader.add_problem(
            (*path, key), f"{quote_value(as_plain_text(entry[key]))} is shorter than 1s", "for example 10s"
        )
    return seconds


def _read_count(entry: JsonObject, key: str, default: int) -> int:
    count = as_whole_number(entry.get(key))
    return default if count is None else count
