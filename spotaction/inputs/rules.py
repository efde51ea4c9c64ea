"""The rules between inputs: which of them require or exclude each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from spotaction.documents.load_balancers import parse_load_balancers
from spotaction.inputs.fields import Inputs
from spotaction.inputs.parsers import EXPRESSION
from spotaction.model.choices import Operation, Strategy
from spotaction.model.errors import Problem

_FORWARD = (Operation.DEPLOY, Operation.PLAN, Operation.DRIFT)
_WITHOUT_UNTIL = (Operation.ROLLBACK, Operation.INIT, Operation.DRIFT, Operation.HISTORY)
_TO_VERSION = (Operation.DEPLOY, Operation.PLAN, Operation.ROLLBACK)
_STEP_INPUTS = (
    "strategy",
    "instances",
    "canary",
    "load-balancers",
    "traffic-weights",
)
_ONLY_WITH = {
    "canary": (Strategy.CANARY,),
    "old-instances": (Strategy.BASIC, Strategy.CANARY),
    "load-balancers": (Strategy.BLUE_GREEN,),
    "traffic-weights": (Strategy.BLUE_GREEN,),
    "downsize-old": (Strategy.BLUE_GREEN,),
}
_WHOLE = 100
_EXCLUDE = (
    ("ami-id", "artifact-version"),
    ("rollback-to", "ami-id"),
    ("rollback-to", "artifact-version"),
    ("rollback-to", "deployment"),
    ("rollback-to", "until"),
)
_NEEDS = (("role-external-id", "role-to-assume"),)


@dataclass(frozen=True)
class RuleViolation:
    """A problem and the inputs that it follows from; it is dropped when one of those could not be read."""

    problem: Problem
    concluded_from: tuple[str, ...]


def rule_violations(inputs: Inputs, given: frozenset[str]) -> Iterator[RuleViolation]:
    """Yield every rule that the inputs break; `given` names the inputs that differ from their defaults."""
    yield from _check_execution_or_strategy(inputs, given)
    yield from _check_sources(inputs)
    yield from _check_strategy(inputs, given)
    yield from _check_load_balancers(inputs)
    yield from _check_downsize(inputs)
    yield from _check_exclusive_inputs(given)
    yield from _check_operation(inputs, given)


def _check_execution_or_strategy(inputs: Inputs, given: frozenset[str]) -> Iterator[RuleViolation]:
    if inputs.execution:
        by_steps = {"old-instances": bool(inputs.old_instances.kept), "downsize-old": inputs.downsize_old == inf}
        for name in (*_STEP_INPUTS, *(name for name, wrong in by_steps.items() if wrong)):
            if name in given:
                hint = f"define it in the steps of {inputs.execution}, or remove execution"
                yield _violation(name, "cannot be combined with execution", hint, "execution")
    elif not inputs.strategy and (inputs.operation in _FORWARD or _goes_to_version(inputs)):
        hint = "write basic, canary or blue-green, or set the input execution"
        yield _violation("strategy", "is missing", hint, "execution", "operation")


def _check_sources(inputs: Inputs) -> Iterator[RuleViolation]:
    if inputs.operation in _FORWARD and not inputs.rollback_to:
        if not inputs.service and not inputs.ami_id and inputs.operation is not Operation.DRIFT:
            yield _violation(
                "service",
                "is missing",
                "set it to the path of the service's YAML, or set ami-id",
                "ami-id",
                "operation",
            )
        if not inputs.infrastructure and not inputs.elastigroup_config:
            hint = "set it to the path of the infrastructure's YAML, or set elastigroup-config"
            yield _violation("infrastructure", "is missing", hint, "elastigroup-config", "operation")
    documents = (inputs.service, inputs.infrastructure, inputs.elastigroup_config, inputs.execution)
    if inputs.operation is Operation.VALIDATE and not any(documents):
        hint = "set at least one of the inputs service, infrastructure, elastigroup-config and execution"
        yield _violation("service", "is missing, and no other document is set", hint, "operation")


def _check_strategy(inputs: Inputs, given: frozenset[str]) -> Iterator[RuleViolation]:
    if not inputs.strategy or inputs.execution:
        return
    for name, strategies in _ONLY_WITH.items():
        if name in given and inputs.strategy not in strategies:
            allowed = " or ".join(strategies)
            yield _violation(
                name, f"cannot be used with strategy {inputs.strategy}", f"it is for {allowed}", "strategy"
            )
    if inputs.operation not in (*_FORWARD, Operation.VALIDATE) and not _goes_to_version(inputs):
        return
    if not inputs.app_name:
        hint = "groups are named after it, for example web_prod"
        yield _violation("app-name", "is missing", hint, "operation")
    if inputs.strategy is Strategy.CANARY and not inputs.canary:
        yield _violation("canary", "is missing", "write the phases, for example 25%, 50%", "strategy", "operation")
    if inputs.strategy is Strategy.BLUE_GREEN and not inputs.load_balancers:
        hint = "list the load balancers whose routes blue-green changes"
        yield _violation("load-balancers", "is missing", hint, "strategy", "operation")


def _check_load_balancers(inputs: Inputs) -> Iterator[RuleViolation]:
    if not inputs.load_balancers or _has_expression(inputs.load_balancers.value):
        return
    balancers = parse_load_balancers(inputs.load_balancers.value, inputs.load_balancers)
    if inputs.traffic_weights and not any(balancer.shift for balancer in balancers):
        hint = "set isTrafficShift: true and a stageTargetGroupArn in one, or remove traffic-weights"
        yield _violation(
            "traffic-weights", "requires a load balancer with isTrafficShift: true", hint, "load-balancers"
        )


def _check_downsize(inputs: Inputs) -> Iterator[RuleViolation]:
    weights = inputs.traffic_weights
    if inputs.downsize_old not in {None, inf} and weights and weights[-1].weight < _WHOLE:
        message = f"would scale a group that still serves to 0: traffic-weights ends at {weights[-1].weight}"
        yield _violation(
            "downsize-old", message, "end traffic-weights at 100, or write downsize-old: never", "traffic-weights"
        )


def _check_exclusive_inputs(given: frozenset[str]) -> Iterator[RuleViolation]:
    for one, other in _EXCLUDE:
        if one in given and other in given:
            yield _violation(one, f"cannot be combined with {other}", "remove one of them", other)
    for one, other in _NEEDS:
        if one in given and other not in given:
            yield _violation(one, f"requires {other}", f"set {other} too", other)


def _check_operation(inputs: Inputs, given: frozenset[str]) -> Iterator[RuleViolation]:
    operation = inputs.operation
    if inputs.rollback_to and operation not in _TO_VERSION:
        hint = "use operation deploy, plan or rollback, or remove it"
        yield _violation("rollback-to", f"cannot be used with operation {operation}", hint, "operation")
    if operation is Operation.HISTORY and not inputs.app_name:
        yield _violation("app-name", "is missing", "groups are named after it, for example web_prod", "operation")
    if operation in (Operation.CONTINUE, Operation.ROLLBACK) and not _names_deployment(inputs):
        hint = "set it, or pass the output `deployment` of the earlier run"
        yield _violation("app-name", "is missing, and no deployment record is set", hint, "deployment", "operation")
    if operation in _WITHOUT_UNTIL and "until" in given:
        yield _violation("until", f"cannot be used with operation {operation}", "remove it", "operation")
    if operation is not Operation.INIT and "out" in given:
        yield _violation("out", "is for operation init", "remove it", "operation")
    if operation is not Operation.VALIDATE and not inputs.spot_token:
        yield _violation(
            "spot-token",
            "is missing",
            "pass it from a secret that this job can read: ${{ secrets.SPOT_TOKEN }}",
            "operation",
        )


def _goes_to_version(inputs: Inputs) -> bool:
    """Whether a rollback is the deployment of a version that is named, which needs a strategy."""
    return inputs.operation is Operation.ROLLBACK and bool(inputs.rollback_to)


def _names_deployment(inputs: Inputs) -> bool:
    """Whether the inputs identify a deployment; an execution document names the app in its setup."""
    return bool(inputs.app_name or inputs.deployment or inputs.execution)


def _has_expression(value: object) -> bool:
    return EXPRESSION in repr(value)


def _violation(name: str, message: str, hint: str, *others: str) -> RuleViolation:
    return RuleViolation(Problem(message, name, hint=hint), (name, *others))
