"""The execution that an execution document or the plain inputs describe, with their expressions filled in."""

from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from spotaction.documents.expressions.lookups import has_unresolved
from spotaction.documents.expressions.resolver import Context, resolve_fields, resolve_text
from spotaction.documents.load_balancers import parse_instances, parse_load_balancers, parse_standalone
from spotaction.documents.source import Document
from spotaction.inputs.fields import Inputs
from spotaction.inputs.read import WorkflowRun
from spotaction.model.choices import Operation
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.resources import JsonValue
from spotaction.pipeline import harness
from spotaction.pipeline.builder import Settings
from spotaction.pipeline.from_inputs import from_inputs, until_problems
from spotaction.pipeline.harness import ParsedExecution, Source
from spotaction.pipeline.phase_counts import input_problems

T = TypeVar("T")


def describe_execution(inputs: Inputs, runner: WorkflowRun, context: Context) -> ParsedExecution:
    """The execution that a document or the plain inputs describe; raises `InvalidError`."""
    executed = _from_document(inputs, runner, context) if inputs.execution else _from_inputs(inputs, context)
    known = inputs.strategy or inputs.execution
    if (
        known
        and inputs.operation is not Operation.ROLLBACK
        and (wrong := until_problems(executed.execution, inputs.until))
    ):
        raise InvalidError(wrong)
    return executed


def as_far_as_told(inputs: Inputs, runner: WorkflowRun, context: Context) -> ParsedExecution:
    """The same where documents are missing or wrong: inputs whose expressions stay open say nothing yet."""
    shapes = [found.value for found, _ in _resolved(inputs, context) if found.name != "app-name"]
    if inputs.execution or not has_unresolved(shapes):
        return describe_execution(inputs, runner, context)
    if wrong := list(unresolved_expressions(inputs, context)):
        raise InvalidError(wrong)
    return empty_execution(inputs)


def empty_execution(inputs: Inputs) -> ParsedExecution:
    """What stands in for an execution that is wrong."""
    return ParsedExecution(from_inputs(inputs, instances=None))


def unresolved_expressions(inputs: Inputs, context: Context) -> Iterator[Problem]:
    """What the expressions in inputs ask for in vain."""
    for _, problems in _resolved(inputs, context):
        yield from problems


def is_open(text: str, context: Context) -> bool:
    """Whether a text asks for something that is left open."""
    document, problems = resolve_fields(Document("", text, {}), context)
    return has_unresolved(document.value) and not problems


def unchecked(names: Collection[str]) -> Iterator[str]:
    """That expressions were left open, for whoever reads that everything is valid."""
    if names:
        asked = ", ".join(f"<+{name}.…>" for name in sorted(names))
        yield f"Not checked, as the documents that would answer them are not given: expressions {asked}."


def _resolved(inputs: Inputs, context: Context) -> Iterator[tuple[Document, tuple[Problem, ...]]]:
    """The inputs that may hold expressions, with what is wrong with those."""
    for name, value in (("app-name", inputs.app_name), ("instances", inputs.instances)):
        document, found = resolve_fields(Document(name, value, {}), context)
        yield document, tuple(Problem(problem.message, name, hint=problem.hint) for problem in found)
    for written in (inputs.load_balancers, inputs.standalone_shift):
        if written is not None:
            yield resolve_fields(written, context)


def filled_in(text: str, context: Context, name: str, problems: list[Problem]) -> str:
    """The input `name` with its expressions filled in; empty with one problem or more."""
    try:
        return resolve_text(text, context, where=name)
    except InvalidError as error:
        problems += error.problems
        return ""


def collect_problems(make: Callable[[], T], problems: list[Problem]) -> T | None:
    """What is made, or None with one problem or more."""
    try:
        return make()
    except InvalidError as error:
        problems += error.problems
        return None


def _from_inputs(inputs: Inputs, context: Context) -> ParsedExecution:
    """The execution that the plain inputs describe; raises `InvalidError`."""
    problems: list[Problem] = []
    balancers = _resolve_document(inputs.load_balancers, context, problems)
    standalone = _resolve_document(inputs.standalone_shift, context, problems)
    instances = _resolve_instances(inputs.instances, context, problems)
    if problems:
        raise InvalidError(problems)
    count = collect_problems(lambda: parse_instances(instances), problems)
    routes = collect_problems(lambda: parse_load_balancers(balancers.value, balancers), problems) if balancers else ()
    shifts = collect_problems(lambda: parse_standalone(standalone.value, standalone), problems) if standalone else ()
    if problems:
        raise InvalidError(problems)
    execution = from_inputs(inputs, instances=count, load_balancers=routes or (), standalone=shifts or ())
    if over := input_problems(execution):
        raise InvalidError(over)
    return ParsedExecution(execution)


def _from_document(inputs: Inputs, runner: WorkflowRun, context: Context) -> ParsedExecution:
    """The execution that a document describes; raises `InvalidError`."""
    settings = Settings(bake=inputs.bake_time, downsize_delay=inputs.downsize_delay, serial=inputs.serial)
    roots = (runner.temp,) if runner.temp else ()
    return harness.load_execution(inputs.execution, Source(runner.workspace, context, roots, settings))


def _resolve_document(document: Document | None, context: Context, problems: list[Problem]) -> Document | None:
    if document is None:
        return None
    resolved, found = resolve_fields(document, context)
    problems += found
    return resolved


def _resolve_instances(value: JsonValue, context: Context, problems: list[Problem]) -> JsonValue:
    if isinstance(value, str):
        return filled_in(value, context, "instances", problems)
    resolved = _resolve_document(Document("input instances", value, {}, {}), context, problems)
    return resolved.value if resolved else None
