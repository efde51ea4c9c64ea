"""Which rule of a listener takes a request, as an Application Load Balancer decides it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import SplitResult, parse_qsl

from spotaction.documents.patterns import Pattern, PatternError, compile_pattern
from spotaction.model.ports import Endpoint, ListenerRule, RuleCondition
from spotaction.model.resources import RuleArn

_WILDCARDS = ("*", "?")


@dataclass(frozen=True)
class RequestLine:
    """What the conditions of rules look at: method, host without port, path, query, and headers in lower case."""

    method: str
    host: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]

    @classmethod
    def of(cls, method: str, url: SplitResult, headers: Mapping[str, str]) -> "RequestLine":
        """Return the line of a request; a `Host` among the headers counts instead of the URL's."""
        names = {name.lower(): value for name, value in headers.items()}
        host = names.get("host", "").rpartition(":")[0] or names.get("host", "") or url.hostname or ""
        return cls(method, host, url.path or "/", tuple(parse_qsl(url.query, keep_blank_values=True)), names)


def find_rule(endpoint: Endpoint, line: RequestLine, own: RuleArn) -> ListenerRule | None:
    """Return the first rule whose conditions a request meets; None for a listener without rules.

    Where a request comes from is not known: such a condition counts as met by the rule `own`, and by no other.
    """
    for rule in endpoint.rules:
        if all(_is_met(each, line, own=rule.rule == own) for each in rule.conditions):
            return rule
    return None


def name_host(rule: ListenerRule) -> str:
    """Return the first host without wildcards that a rule is for; empty if there is none."""
    hosts = (value for each in rule.conditions if each.field == "host-header" for value in each.values)
    return next((host for host in hosts if not any(sign in host for sign in _WILDCARDS)), "")


def _is_met(condition: RuleCondition, line: RequestLine, *, own: bool) -> bool:
    like = partial(_is_like, condition)
    match condition.field:
        case "host-header":
            return like([line.host], fold=True)
        case "path-pattern":
            return like([line.path])
        case "http-request-method":
            return line.method in condition.values
        case "http-header":
            return like([line.headers.get(condition.name.lower(), "")], fold=True)
        case "query-string":
            return like(
                [f"{key}={value}" for key, value in line.query] + [f"={value}" for _, value in line.query], fold=True
            )
        case _:
            return own


def _is_like(condition: RuleCondition, texts: Iterable[str], *, fold: bool = False) -> bool:
    wanted = [_as_expression(value, fold=fold) for value in condition.values]
    patterns = [each for each in map(_compile, condition.patterns) if each is not None]
    return any(
        any(each.fullmatch(text) for each in wanted) or any(each.search(text) is not None for each in patterns)
        for text in texts
    )


def _as_expression(value: str, *, fold: bool) -> re.Pattern[str]:
    """A value with ELB's wildcards: `*` is any number of characters, `?` exactly one."""
    text = re.escape(value).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text, re.IGNORECASE | re.DOTALL if fold else re.DOTALL)


def _compile(pattern: str) -> Pattern | None:
    try:
        return compile_pattern(pattern)
    except PatternError:
        return None
