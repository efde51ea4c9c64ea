"""Parses instances, load balancers and unmanaged rules, of inputs and of documents."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text
from spotaction.documents.scalars import parse_boolean, value_error, whole_number_or_none
from spotaction.documents.schemas import check_value
from spotaction.documents.tree import Located, Path, dotted_path
from spotaction.documents.wording import quote_value
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.resources import (
    Capacity,
    Forward,
    JsonObject,
    JsonValue,
    ListenerArn,
    LoadBalancer,
    RuleArn,
    StandaloneShift,
    TargetGroupArn,
    Weighted,
)

T = TypeVar("T")

_PORTS = range(1, 65_536)
_RULES = ("prodListenerRuleArn", "stageListenerRuleArn")
_WEIGHTS = range(1000)  # ELBv2's own limits
_INSTANCES_HINT = "write same-as-running, or min=1,max=4,desired=2"


def parse_instances(value: JsonValue) -> Capacity | None:
    """Return the capacity of the new group; None if it is that of the running group. Raises `InvalidError`."""
    if value in (None, "", "same-as-running"):
        return None
    if (text := str(value).strip()).isdecimal():
        hint = f"write min={text},max={text},desired={text} for a group of fixed size, or same-as-running"
        raise value_error(f"{quote_value(text)} does not give the minimum and maximum", hint)
    if isinstance(value, str):
        value = {"type": "Fixed", "spec": _read_pairs(value)}
    if not isinstance(value, Mapping):
        raise value_error(f"{quote_value(str(value))} is not a number of instances", _INSTANCES_HINT)
    spec = value.get("spec", {}) if "type" in value else value
    match value.get("type", "Fixed"):
        case "CurrentRunning":
            return None
        case "Fixed" if isinstance(spec, Mapping):
            return _read_capacity(spec)
        case other:
            raise value_error(
                f"type {quote_value(str(other))} with this spec is not supported", "use Fixed or CurrentRunning"
            )


def parse_load_balancers(
    value: JsonValue, document: Located, *, name: str = "load-balancers", empty_is_default: bool = False
) -> tuple[LoadBalancer, ...]:
    """Return the load balancers of a list in Harness's form; each entry is flat or wrapped in `{type, spec}`.

    `name` is the subject of messages. With `empty_is_default`, an empty rule is the listener's default rule, as in
    Harness; in an input it comes from a variable that does not exist, and the default rule may be another app's.
    Raises `InvalidError` with every problem.
    """
    reader = _Reader(name, document, empty_is_default=empty_is_default)
    found = reader.read_entries(value, "loadBalancers", reader.read_balancer)
    seen: set[tuple[object, ...]] = set()
    for index, balancer in enumerate(found):
        key = (balancer.name, balancer.prod_port, balancer.prod_rule)
        if key in seen:
            reader.add_problem((index,), "duplicates an earlier entry: same load balancer, port and rule")
        seen.add(key)
    reader.raise_if_any()
    return found


def parse_standalone_shift(value: JsonValue, document: Located, *, name: str) -> StandaloneShift:
    """Return the unmanaged rule in the spec of a step of type Standalone. Raises `InvalidError`."""
    reader = _Reader(name, document)
    reader.check(value, "standaloneShift")
    shift = reader.read_standalone_shift((), as_mapping(value))
    reader.raise_if_any()
    return shift


class _Reader:
    """Converts entries that have passed their schema, and collects what a schema cannot express."""

    def __init__(self, name: str, document: Located, *, empty_is_default: bool = False) -> None:
        self.name = name
        self.empty_is_default = empty_is_default
        self.document = document
        self.problems: list[Problem] = []

    def check(self, value: JsonValue, definition: str) -> None:
        """Raise `InvalidError` for everything that violates a definition of the execution document's schema."""
        problems = check_value(value, self.document, "execution", definition)
        self.problems = [replace(each, subject=self._subject(each.subject)) for each in problems]
        self.raise_if_any()

    def read_entries(self, value: JsonValue, definition: str, read: Callable[[Path, JsonObject], T]) -> tuple[T, ...]:
        if value is None:
            return ()
        self.check(value, definition)
        entries = enumerate(as_mapping(each) for each in as_items(value))
        return tuple(
            read((index, "spec"), as_mapping(entry["spec"])) if "spec" in entry else read((index,), entry)
            for index, entry in entries
        )

    def add_problem(self, path: Path, message: str, hint: str = "") -> None:
        self.problems.append(Problem(message, self._subject(dotted_path(path)), self.document.location_of(path), hint))

    def raise_if_any(self) -> None:
        if self.problems:
            raise InvalidError(self.problems)

    def read_balancer(self, path: Path, entry: JsonObject) -> LoadBalancer:
        shift = self._read_flag(path, entry, "isTrafficShift")
        stage_port = self._read_number(path, entry, "stageListenerPort", _PORTS)
        prod_rule, stage_rule = (_text(entry, f"{kind}ListenerRuleArn") for kind in ("prod", "stage"))
        stage_group = _text(entry, "stageTargetGroupArn")
        for key in () if self.empty_is_default else _RULES:
            if key in entry and not entry[key]:
                hint = "check the variable that it comes from, or remove the key to use the listener's default rule"
                self.add_problem((*path, key), f"'{key}' is empty", hint)
        if shift and not stage_group:
            self.add_problem(path, "'stageTargetGroupArn' is missing", "a traffic shift needs it")
        if shift and (stage_port or stage_rule):
            self.add_problem(
                path,
                "stage listeners cannot be used with isTrafficShift: true",
                "remove stageListenerPort and stageListenerRuleArn",
            )
        if not shift and not _text(entry, "stageListenerPort"):
            hint = "a swap needs it; for a traffic shift, set isTrafficShift: true and stageTargetGroupArn"
            self.add_problem(path, "'stageListenerPort' is missing", hint)
        if not shift and stage_group:
            self.add_problem(path, "'stageTargetGroupArn' is for traffic shifts only", "set isTrafficShift: true")
        if prod_rule and prod_rule == stage_rule:
            self.add_problem(
                path, "prodListenerRuleArn and stageListenerRuleArn are the same rule", "use a rule of its own for each"
            )
        prod_port = self._read_number(path, entry, "prodListenerPort", _PORTS) or 0
        if not prod_rule and not stage_rule and not shift and prod_port and prod_port == stage_port:
            message = f"production and stage are both the default rule of port {prod_port}"
            self.add_problem(path, message, "give the stage a listener of its own, or set stageListenerRuleArn")
        return LoadBalancer(
            name=_text(entry, "loadBalancer"),
            prod_port=prod_port,
            prod_rule=RuleArn(prod_rule) if prod_rule else None,
            stage_port=stage_port,
            stage_rule=RuleArn(stage_rule) if stage_rule else None,
            stage_target_group=TargetGroupArn(stage_group) if stage_group else None,
            shift=shift,
        )

    def read_standalone_shift(self, path: Path, entry: JsonObject) -> StandaloneShift:
        at = (*path, "forwardTrafficConfig")
        targets = tuple(
            Weighted(
                TargetGroupArn(_text(as_mapping(each), "targetGroupArn")),
                self._read_number((*at, index), as_mapping(each), "weight", _WEIGHTS) or 0,
            )
            for index, each in enumerate(as_items(entry["forwardTrafficConfig"]))
        )
        if not self.problems and not any(target.weight for target in targets):
            self.add_problem(at, "all weights are 0", "give at least one target group a weight above 0")
        return StandaloneShift(
            load_balancer=_text(entry, "loadBalancer"),
            listener=ListenerArn(_text(entry, "listenerArn")),
            rule=RuleArn(_text(entry, "listenerRuleArn")),
            forward=Forward(targets),
        )

    def _read_number(self, path: Path, entry: JsonObject, key: str, allowed: range) -> int | None:
        if not _text(entry, key):
            return None
        number = whole_number_or_none(entry[key])
        if number not in allowed:
            message = f"{quote_value(_text(entry, key))} is not a whole number from {allowed[0]} to {allowed[-1]}"
            self.add_problem((*path, key), message)
            return None
        return number

    def _read_flag(self, path: Path, entry: JsonObject, key: str) -> bool:
        value = entry.get(key, False)
        try:
            return value if isinstance(value, bool) else parse_boolean(str(value))
        except InvalidError:
            self.add_problem((*path, key), f"{quote_value(str(value))} is neither true nor false")
            return False

    def _subject(self, path: str) -> str:
        return f"{self.name}{'' if not path or path.startswith('[') else '.'}{path}"


def _text(entry: JsonObject, key: str) -> str:
    return as_plain_text(entry.get(key))


def _read_capacity(spec: JsonObject) -> Capacity:
    problems = [
        Problem(f"unknown key {quote_value(key)}", hint=_INSTANCES_HINT)
        for key in spec
        if key not in ("min", "max", "desired")
    ]
    numbers = {key: whole_number_or_none(spec.get(key)) for key in ("min", "desired", "max")}
    problems += [
        Problem(
            f"{key} is {'missing' if spec.get(key) is None else 'not a whole number, 0 or more'}", hint=_INSTANCES_HINT
        )
        for key, number in numbers.items()
        if number is None
    ]
    least, wanted, most = (number or 0 for number in numbers.values())
    if None not in numbers.values() and least > wanted:
        problems.append(Problem(f"min {least} is more than desired {wanted}", hint="min ≤ desired ≤ max"))
    if None not in numbers.values() and wanted > most:
        problems.append(Problem(f"desired {wanted} is more than max {most}", hint="min ≤ desired ≤ max"))
    if problems:
        raise InvalidError(problems)
    return Capacity(minimum=least, target=wanted, maximum=most)


def _read_pairs(text: str) -> dict[str, JsonValue]:
    pairs: dict[str, JsonValue] = {}
    for part in re.split(r"[,\n]", text):
        key, equals, number = (piece.strip() for piece in part.partition("="))
        if not equals or key in pairs:
            raise value_error(f"{quote_value(text)} is not a number of instances", _INSTANCES_HINT)
        pairs[key] = number
    return pairs
