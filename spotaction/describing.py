"""The execution that an execution document or the plain inputs describe, with their expressions filled in."""

from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from spotaction import execution_document
from spotaction.choices import Operation
from spotaction.documents import Document
from spotaction.drafting import Settings
from spotaction.errors import InvalidError, Problem
from spotaction.execution import from_inputs
from spotaction.execution_document import Executed, Source
from spotaction.expressions import Context, resolve_fields, resolve_text
from spotaction.inputs import Inputs, Runner, parse_instances, parse_load_balancers, parse_standalone
from spotaction.lookups import has_unresolved
from spotaction.model import JsonValue
from spotaction.phase_counts import input_problems
from spotaction.request import until_problems

T = TypeVar("T")


def described(inputs: Inputs, runner: Runner, context: Context) -> Executed:
    """The execution that a document or the plain inputs describe; raises `InvalidError`."""
    executed = _written(inputs, runner, context) if inputs.execution else _plain(inputs, context)
    known = inputs.strategy or inputs.execution
    if (
        known
        and inputs.operation is not Operation.ROLLBACK
        and (wrong := until_problems(executed.execution, inputs.until))
    ):
        raise InvalidError(wrong)
    return executed


def as_far_as_told(inputs: Inputs, runner: Runner, context: Context) -> Executed:
    """The same where documents are missing or wrong: inputs whose expressions stay open say nothing yet."""
    shapes = [found.value for found, _ in _resolved(inputs, context) if found.name != "app-name"]
    if inputs.execution or not has_unresolved(shapes):
        return described(inputs, runner, context)
    if wrong := list(unresolved(inputs, context)):
        raise InvalidError(wrong)
    return undescribed(inputs)


def undescribed(inputs: Inputs) -> Executed:
    """What stands in for an execution that is wrong."""
    return Executed(from_inputs(inputs, instances=None), "")


def unresolved(inputs: Inputs, context: Context) -> Iterator[Problem]:
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


def tried(make: Callable[[], T], problems: list[Problem]) -> T | None:
    """What is made, or None with one problem or more."""
    try:
        return make()
    except InvalidError as error:
        problems += error.problems
        return None


def _plain(inputs: Inputs, context: Context) -> Executed:
    """The execution that the plain inputs describe; raises `InvalidError`."""
    problems: list[Problem] = []
    balancers = _document(inputs.load_balancers, context, problems)
    standalone = _document(inputs.standalone_shift, context, problems)
    instances = _instances(inputs.instances, context, problems)
    if problems:
        raise InvalidError(problems)
    count = tried(lambda: parse_instances(instances), problems)
    routes = tried(lambda: parse_load_balancers(balancers.value, balancers), problems) if balancers else ()
    shifts = tried(lambda: parse_standalone(standalone.value, standalone), problems) if standalone else ()
    if problems:
        raise InvalidError(problems)
    execution = from_inputs(inputs, instances=count, load_balancers=routes or (), standalone=shifts or ())
    if over := input_problems(execution):
        raise InvalidError(over)
    return Executed(execution, "")


def _written(inputs: Inputs, runner: Runner, context: Context) -> Executed:
    """The execution that a document describes; raises `InvalidError`."""
    settings = Settings(bake=inputs.bake_time, downsize_delay=inputs.downsize_delay, serial=inputs.serial)
    roots = (runner.temp,) if runner.temp else ()
    return execution_document.load(inputs.execution, Source(runner.workspace, context, roots, settings))


def _document(document: Document | None, context: Context, problems: list[Problem]) -> Document | None:
    if document is None:
        return None
    resolved, found = resolve_fields(document, context)
    problems += found
    return resolved


def _instances(value: JsonValue, context: Context, problems: list[Problem]) -> JsonValue:
    if isinstance(value, str):
        return filled_in(value, context, "instances", problems)
    resolved = _document(Document("input instances", value, {}, {}), context, problems)
    return resolved.value if resolved else None
