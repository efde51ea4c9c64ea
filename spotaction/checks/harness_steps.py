"""Harness's steps Http and Verify as checks: what they ask for, and what they call a success."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from operator import eq, ge, gt, le, lt, ne

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text
from spotaction.documents.scalars import value_error
from spotaction.documents.wording import quote_value
from spotaction.model.check_kinds import AnomaliesCheck, CompareErrors, HttpCheck, OnInconclusive
from spotaction.model.checks import Check, Position, Where
from spotaction.model.resources import JsonValue

_CODES = range(100, 600)
_SIGNS: Mapping[str, Callable[[int, int], bool]] = {"==": eq, "!=": ne, "<=": le, ">=": ge, "<": lt, ">": gt}
_OF_CODE = re.compile(r"<\+httpResponseCode>\s*(?P<sign>==|!=|<=|>=|<|>)\s*['\"]?(?P<code>[1-5]\d\d)['\"]?", re.ASCII)
_OF_JSON = re.compile(
    r"<\+json\.(?:select\(\s*[\"'](?P<path>[\w.-]+)[\"']\s*,\s*<?\+?httpResponseBody>?\s*\)"
    r"|object\(\s*<?\+?httpResponseBody>?\s*\)\.(?P<dotted>[\w.-]+))>"
    r"\s*==\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>true|false|\d+))",
    re.ASCII,
)
_ASSERTION_HINT = (
    "join comparisons of <+httpResponseCode> and <+json.select(…)> == … with &&, or write the check in the input checks"
)
_RATIOS = {"HIGH": 1.5, "MEDIUM": 2.0, "LOW": 3.0}
_LOOKS = {1.5: 2, 2.0: 3, 3.0: 5}  # by ratio
_COMPARED_EVERY, _LOOKED_EVERY = 60.0, 30.0  # seconds


@dataclass(frozen=True)
class Assertion:
    """What an answer has to be: the ranges of codes, and values in its JSON by path."""

    status: tuple[tuple[int, int], ...] = ((100, 599),)
    json_value: Mapping[str, object] = field(default_factory=dict)


def parse_assertion(text: str) -> Assertion:
    """Return the assertion of a step Http; without one, every answer is a success. Raises `InvalidError`."""
    codes, values = set(_CODES), dict[str, object]()
    for part in re.split(r"&&|\band\b", text) if text.strip() else ():
        bare = part.strip().strip("()").strip() if part.count("(") != part.count(")") else part.strip()
        if found := _OF_CODE.fullmatch(bare):
            codes = {code for code in codes if _SIGNS[found["sign"]](code, int(found["code"]))}
        elif found := _OF_JSON.fullmatch(bare):
            path, value = found["path"] or found["dotted"], _as_value(found)
            if values.setdefault(path, value) != value:
                raise value_error(f"no response has two values at {quote_value(path)}", _ASSERTION_HINT)
        else:
            raise value_error(f"the assertion {quote_value(bare)} cannot be translated", _ASSERTION_HINT)
    if not codes:
        raise value_error(f"no status code satisfies {quote_value(text)}", _ASSERTION_HINT)
    return Assertion(_as_ranges(codes), values)


def http_check(spec: JsonValue, assertion: Assertion, *, name: str, timeout: float | None) -> Check:
    """Return the check of a step Http with these settings, whose expressions are resolved: one request."""
    written = as_mapping(spec)
    kind = HttpCheck(
        url=as_plain_text(written.get("url")),
        method=as_plain_text(written.get("method")) or "GET",
        headers=headers_of(spec),
        send=as_plain_text(written.get("requestBody")),
        status=assertion.status,
        json_value=assertion.json_value,
        request_timeout=timeout or 10.0,
        literal=True,
    )
    return Check(name, Where(Position.AFTER, ""), kind, timeout=timeout or 120.0, attempts=1, errors=0)


def headers_of(spec: JsonValue) -> Mapping[str, str]:
    """Return the headers of a step Http with these settings, by name."""
    pairs = map(as_mapping, as_items(as_mapping(spec).get("headers")))
    return {as_plain_text(each.get("key")): as_plain_text(each.get("value")) for each in pairs}


def verify_check(sensitivity: str, duration: float, *, fails: bool, name: str) -> Check:
    """Return the check of a step Verify, which compares errors for `duration` seconds.

    `fails` is whether it fails without enough data; it never passes then.
    """
    missing = OnInconclusive.ROLLBACK if fails else OnInconclusive.STOP
    compare = CompareErrors(ratio=_RATIOS[sensitivity], on_inconclusive=missing)
    return Check(name, Where(Position.AFTER, ""), compare, duration, interval=_COMPARED_EVERY)


def without_comparison(check: Check) -> Check:
    """Return the check of a step Verify where both groups are in one target group: ELB's anomalies, for as long.

    One look that could not be made, or that says nothing, starts the looks again: there is time for that once.
    """
    assert isinstance(check.kind, CompareErrors)
    looks = max(1, int(check.timeout // _LOOKED_EVERY))
    kind = AnomaliesCheck(looks=_LOOKS[check.kind.ratio])
    timeout = 2 * (check.timeout + _LOOKED_EVERY)
    return replace(check, kind=kind, timeout=timeout, interval=_LOOKED_EVERY, successes=looks)


def _as_value(found: re.Match[str]) -> object:
    if found["bare"] in {"true", "false"}:
        return found["bare"] == "true"
    if found["bare"] is not None:
        return int(found["bare"])
    return found["double"] if found["double"] is not None else found["single"]


def _as_ranges(codes: set[int]) -> tuple[tuple[int, int], ...]:
    firsts = [code for code in sorted(codes) if code - 1 not in codes]
    lasts = [code for code in sorted(codes) if code + 1 not in codes]
    return tuple(zip(firsts, lasts, strict=True))
