"""Structured inputs as values: instances, load balancers, standalone shifts."""

import re
from collections.abc import Mapping, Sequence

from spotaction.documents.findings import Findings, Located, Path, whole_number_or_none
from spotaction.documents.scalars import quote_value, value_error
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

_ELB = r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:"
_RULE = re.compile(_ELB + r"listener-rule/app/[^/\s]+/\w+/\w+/\w+", re.ASCII)
_LISTENER = re.compile(_ELB + r"listener/app/[^/\s]+/\w+/\w+", re.ASCII)
_TARGET_GROUP = re.compile(_ELB + r"targetgroup/[^/\s]+/\w+", re.ASCII)
_WEIGHTS = 999  # ELBv2's own limits of a forward
_TARGETS = 5
_BALANCER_KEYS = (
    "loadBalancer",
    "prodListenerPort",
    "prodListenerRuleArn",
    "stageListenerPort",
    "stageListenerRuleArn",
    "stageTargetGroupArn",
    "isTrafficShift",
)
_STANDALONE_KEYS = ("loadBalancer", "listenerArn", "listenerRuleArn", "forwardTrafficConfig")
_INSTANCES_HINT = "write same-as-running, or min=1,max=4,desired=2"


def parse_instances(value: JsonValue) -> Capacity | None:
    """The capacity of the new group; None = the same as the group that runs now."""
    if value in (None, "", "same-as-running"):
        return None
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
                f"type {quote_value(str(other))} with this spec is not known", "its type is Fixed or CurrentRunning"
            )


def parse_load_balancers(
    value: JsonValue, document: Located | None = None, *, name: str = "load-balancers"
) -> tuple[LoadBalancer, ...]:
    """The load balancers in the reference's shape, each flat or wrapped in `{type, spec}`."""
    findings = Findings(name, document)
    found = [
        _read_balancer(findings, path, entry) for path, entry in findings.read_entries(value, "AWSLoadBalancerConfig")
    ]
    seen: set[tuple[object, ...]] = set()
    for index, balancer in enumerate(found):
        key = (balancer.name, balancer.prod_port, balancer.prod_rule)
        if key in seen:
            findings.add_problem((index,), "is the same route as an entry before it")
        seen.add(key)
    findings.raise_if_any()
    return tuple(found)


def parse_standalone(
    value: JsonValue, document: Located | None = None, *, name: str = "standalone-shift"
) -> tuple[StandaloneShift, ...]:
    """Rules to shift that the deployment does not own, in the reference's shape."""
    findings = Findings(name, document)
    found = [
        _read_standalone_shift(findings, path, entry) for path, entry in findings.read_entries(value, "Standalone")
    ]
    findings.raise_if_any()
    return tuple(found)


def _read_balancer(findings: Findings, path: Path, entry: JsonObject) -> LoadBalancer:
    findings.check_keys(path, entry, _BALANCER_KEYS)
    shift = findings.read_flag(path, entry, "isTrafficShift")
    prod_rule = findings.read_arn(path, entry, "prodListenerRuleArn", _RULE)
    stage_port = findings.read_port(path, entry, "stageListenerPort", needed=not shift)
    stage_rule = findings.read_arn(path, entry, "stageListenerRuleArn", _RULE)
    stage_group = findings.read_arn(path, entry, "stageTargetGroupArn", _TARGET_GROUP, needed=shift)
    if shift and (stage_port or stage_rule):
        findings.add_problem(path, "is a traffic shift, which has no stage listener", "leave out stageListener… here")
    if not shift and stage_group:
        findings.add_problem(path, "has a stageTargetGroupArn, which only a shift has", "set isTrafficShift: true")
    if prod_rule and prod_rule == stage_rule:
        findings.add_problem(path, "names one rule for production and for the stage")
    return LoadBalancer(
        name=findings.read_text(path, entry, "loadBalancer", needed=True) or "",
        prod_port=findings.read_port(path, entry, "prodListenerPort", needed=True) or 0,
        prod_rule=RuleArn(prod_rule) if prod_rule else None,
        stage_port=stage_port,
        stage_rule=RuleArn(stage_rule) if stage_rule else None,
        stage_target_group=TargetGroupArn(stage_group) if stage_group else None,
        shift=shift,
    )


def _read_standalone_shift(findings: Findings, path: Path, entry: JsonObject) -> StandaloneShift:
    findings.check_keys(path, entry, _STANDALONE_KEYS)
    return StandaloneShift(
        load_balancer=findings.read_text(path, entry, "loadBalancer", needed=True) or "",
        listener=ListenerArn(findings.read_arn(path, entry, "listenerArn", _LISTENER, needed=True) or ""),
        rule=RuleArn(findings.read_arn(path, entry, "listenerRuleArn", _RULE, needed=True) or ""),
        forward=Forward(_read_targets(findings, (*path, "forwardTrafficConfig"), entry.get("forwardTrafficConfig"))),
    )


def _read_targets(findings: Findings, path: Path, value: JsonValue) -> tuple[Weighted, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not 1 <= len(value) <= _TARGETS:
        findings.add_problem(path[:-1], f"{path[-1]} has to list 1 to {_TARGETS} target groups")
        return ()
    found = []
    for index, entry in enumerate(value):
        at = (*path, index)
        if not isinstance(entry, Mapping):
            findings.add_problem(at, "is not a mapping of names to values")
            continue
        findings.check_keys(at, entry, ("targetGroupArn", "weight"))
        weight = whole_number_or_none(entry.get("weight"))
        if weight is None or weight > _WEIGHTS:
            findings.add_problem(at, f"weight is not a whole number from 0 to {_WEIGHTS}")
        arn = findings.read_arn(at, entry, "targetGroupArn", _TARGET_GROUP, needed=True)
        found.append(Weighted(TargetGroupArn(arn or ""), weight or 0))
    if found and not any(target.weight for target in found) and not findings.problems:
        findings.add_problem(path, "sends no requests anywhere: all weights are 0")
    return tuple(found)


def _read_capacity(spec: JsonObject) -> Capacity:
    problems = [
        Problem(f"{key} is not known", hint=_INSTANCES_HINT) for key in spec if key not in ("min", "max", "desired")
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
