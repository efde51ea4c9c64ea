"""HAProxy's configuration for the sandbox's load balancers, and what it is changed to while it runs.

A target group is a backend with free places for targets; a rule is a map from numbers to backends, by weight.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spotaction.sandbox.types import TargetGroupArn

#: Numbers that a rule's map distributes; a weight's share is exact to one of them.
NUMBERS = 1000
#: Targets that a backend has places for.
PLACES = 48
#: Coprime to NUMBERS and near its golden section: consecutive requests get numbers that are far apart.
_STEP = 619
_GROUP_COOKIE = "AWSALBTG"
_TARGET_COOKIE = "AWSALB"
_WORD = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True)
class RuleSpec:
    """A rule: its ARN and conditions, as ELB describes them."""

    arn: str
    conditions: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class ListenerSpec:
    """A listener: where it listens, and its rules by priority, the default rule last."""

    address: str
    port: int
    rules: tuple[RuleSpec, ...]


@dataclass(frozen=True)
class TargetGroupSpec:
    """A target group, and whether its targets are sticky."""

    arn: str
    sticky: bool


def backend_name(arn: str) -> str:
    """Return the name of a target group's backend, from the tail of its ARN."""
    return _WORD.sub("_", arn.rsplit(":", maxsplit=1)[-1])


def map_file(folder: Path, rule_arn: str) -> Path:
    """Return the file of a rule's map from numbers to backends."""
    return folder / f"{_key(rule_arn)}.map"


def stuck_file(folder: Path, rule_arn: str) -> Path:
    """Return the file of the backends to which a sticky rule's clients may return; empty without stickiness."""
    return folder / f"{_key(rule_arn)}.stuck"


def map_entries(weights: Mapping[TargetGroupArn, int]) -> list[tuple[str, str]]:
    """Return the ranges of numbers of each target group, as keys and values of a rule's map."""
    total, entries, first, seen = sum(weights.values()), [], 0, 0
    for arn, weight in weights.items():
        seen += weight
        last = round(NUMBERS * seen / total) if total else 0
        if last > first:
            entries.append((f"{first}:{last - 1}", backend_name(arn)))
        first = last
    return entries


def write_config(
    folder: Path, listeners: Sequence[ListenerSpec], groups: Sequence[TargetGroupSpec], *, timeout: float
) -> str:
    """Return the configuration. Raises `ValueError` for a condition that HAProxy is not taught.

    `timeout` is how long a request may take, in seconds.
    """
    milliseconds = int(timeout * 1000)
    lines = [
        "global",
        "  maxconn 4000",
        f"  stats socket {folder / 'socket'} mode 600 level admin",
        "  stats timeout 1h",
        "  nbthread 1",
        "defaults",
        "  mode http",
        "  timeout connect 2s",
        f"  timeout client {milliseconds}",
        f"  timeout server {milliseconds}",
        "  timeout http-keep-alive 1h",
        "  balance roundrobin",
        "  retries 0",
        "backend none",
        "  http-request return status 503",
    ]
    for number, listener in enumerate(listeners):
        lines += [f"frontend listener-{number}", *(f"  {line}" for line in _frontend(folder, listener))]
    for group in groups:
        lines += [f"backend {backend_name(group.arn)}", *(f"  {line}" for line in _backend(group))]
    return "\n".join(lines) + "\n"


def _frontend(folder: Path, listener: ListenerSpec) -> Iterator[str]:
    yield f"bind {listener.address}:{listener.port}"
    yield "http-request set-var-fmt(txn.request) %rt"
    yield f"http-request set-var(txn.number) var(txn.request),mul({_STEP}),mod({NUMBERS})"
    yield f"http-request set-var(txn.cookie) req.cook({_GROUP_COOKIE})"
    for rule in listener.rules:
        chosen = " ".join(["!{ var(txn.rule) -m found }", *(_condition(*each) for each in rule.conditions)])
        yield f"http-request set-var(txn.rule) str({_key(rule.arn)}) if {chosen}"
    yield "http-response set-header X-Target-Group %[be_name]"
    yield "http-response set-header X-Target-Milliseconds %Tr"
    for rule in listener.rules:
        here = f"{{ var(txn.rule) -m str {_key(rule.arn)} }}"
        stuck = f"var(txn.cookie),map_str({stuck_file(folder, rule.arn)})"
        yield f"use_backend %[{stuck}] if {here} {{ {stuck} -m found }}"
        yield f"use_backend %[var(txn.number),map_int({map_file(folder, rule.arn)},none)] if {here}"
    yield "default_backend none"


def _backend(group: TargetGroupSpec) -> Iterator[str]:
    name = backend_name(group.arn)
    yield f'http-response add-header Set-Cookie "{_GROUP_COOKIE}={name}"'
    if group.sticky:
        yield f"cookie {_TARGET_COOKIE} insert indirect nocache dynamic"
        yield "dynamic-cookie-key sandbox"
    yield f"server-template t 1-{PLACES} 127.0.0.1:9 disabled"


def _condition(field: str, values: Sequence[str]) -> str:
    source = {"host-header": "req.hdr(host),host_only,lower", "path-pattern": "path"}.get(field)
    if source is None:
        raise ValueError(f"Real traffic does not support conditions on {field}; use host-header or path-pattern.")
    patterns = " ".join(_pattern(value.lower() if field == "host-header" else value) for value in values)
    return f"{{ {source} -m reg {patterns} }}"


def _pattern(value: str) -> str:
    """Convert ELB's wildcards to a regular expression, with HAProxy's quoting."""
    expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in value)
    return "'^" + expression.replace("'", "") + "$'"


def _key(rule_arn: str) -> str:
    return "-".join(_WORD.sub("_", part) for part in rule_arn.split("/")[-2:])
