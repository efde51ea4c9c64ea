"""The execution that an execution document or the plain inputs describe, with their expressions resolved."""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from spotaction.documents.expressions.lookups import Context, has_unresolved
from spotaction.documents.expressions.resolver import resolve_fields, resolve_text
from spotaction.documents.load_balancers import parse_instances, parse_load_balancers
from spotaction.documents.source import Document
from spotaction.inputs.fields import Inputs
from spotaction.inputs.read import WorkflowRun
from spotaction.model.choices import Operation
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.execution import ParsedExecution
from spotaction.model.resources import JsonValue
from spotaction.pipeline.accounts import Account, input_account_problems
from spotaction.pipeline.checks import read_checks, with_checks, with_rollback_checks
from spotaction.pipeline.from_inputs import from_inputs, until_problems
from spotaction.pipeline.phase_counts import input_problems

if TYPE_CHECKING:
    from spotaction.pipeline.references import Deployed

T = TypeVar("T")


def describe_execution(
    inputs: Inputs, runner: WorkflowRun, context: Context, deployed: "Deployed | None" = None
) -> ParsedExecution:
    """Return the execution that a document or the plain inputs describe; raises `InvalidError` with every problem.

    A document's stage is compared with what is `deployed`.
    """
    problems: list[Problem] = []
    described = _from_document if inputs.execution else _from_inputs
    executed = collect_problems(lambda: described(inputs, runner, context, deployed), problems)
    if inputs.operation is Operation.ROLLBACK and not inputs.rollback_to:
        if executed is None:
            raise InvalidError(problems)
        return with_rollback_checks(executed, inputs, runner, context)
    written = collect_problems(lambda: read_checks(inputs, runner, context), problems) or ()
    if executed is not None and (inputs.strategy or inputs.execution):
        executed = collect_problems(partial(with_checks, executed, written), problems) or executed
        problems += until_problems(executed.execution, inputs.until)
    if executed is None or problems:
        raise InvalidError(problems)
    return executed


def describe_known_execution(
    inputs: Inputs, runner: WorkflowRun, context: Context, deployed: "Deployed | None" = None
) -> ParsedExecution:
    """Return the execution where documents are missing or wrong; an empty one while expressions are deferred.

    Raises `InvalidError` with every problem that does not depend on those documents.
    """
    shapes = [found.value for found, _ in _resolved(inputs, context) if found.name != "app-name"]
    if inputs.execution or not has_unresolved(shapes):
        return describe_execution(inputs, runner, context, deployed)
    if wrong := list(unresolved_expressions(inputs, context)):
        raise InvalidError(wrong)
    return empty_execution(inputs)


def empty_execution(inputs: Inputs) -> ParsedExecution:
    """Return a placeholder for an execution that is wrong or not known yet."""
    return ParsedExecution(from_inputs(inputs, instances=None))


def unresolved_expressions(inputs: Inputs, context: Context) -> Iterator[Problem]:
    """Yield the problems of expressions in inputs that cannot be resolved."""
    for _, problems in _resolved(inputs, context):
        yield from problems


def is_deferred(text: str, context: Context) -> bool:
    """Whether a text has an expression whose value is deferred, since its document is missing or wrong."""
    document, problems = resolve_fields(Document("", text, {}), context)
    return has_unresolved(document.value) and not problems


def note_unchecked(names: Collection[str]) -> Iterator[str]:
    """Note the expressions that a validation could not check; `names` are their roots."""
    if names:
        roots = ", ".join(f"<+{name}.…>" for name in sorted(names) if name != "INFRA_KEY")
        yield f"These expressions were not checked, since the documents that define them are not given: {roots}."


def _resolved(inputs: Inputs, context: Context) -> Iterator[tuple[Document, tuple[Problem, ...]]]:
    """Yield the inputs that may hold expressions, resolved, each with its problems."""
    for name, value in (("app-name", inputs.app_name), ("instances", inputs.instances)):
        document, found = resolve_fields(Document(name, value, {}), context)
        yield document, tuple(Problem(problem.message, name, hint=problem.hint) for problem in found)
    if inputs.load_balancers is not None:
        yield resolve_fields(inputs.load_balancers, context)


def resolve_input(text: str, context: Context, name: str, problems: list[Problem]) -> str:
    """Return the input `name` with its expressions resolved; empty, after adding to `problems`, where it is wrong."""
    try:
        return resolve_text(text, context, where=name)
    except InvalidError as error:
        problems += error.problems
        return ""


def collect_problems(make: Callable[[], T], problems: list[Problem]) -> T | None:
    """Return the result of `make`; None, after adding to `problems`, where it raises `InvalidError`."""
    try:
        return make()
    except InvalidError as error:
        problems += error.problems
        return None


def _from_inputs(
    inputs: Inputs, _runner: WorkflowRun, context: Context, _deployed: "Deployed | None"
) -> ParsedExecution:
    """Return the execution that the plain inputs describe; raises `InvalidError`."""
    problems: list[Problem] = []
    balancers = _resolve_document(inputs.load_balancers, context, problems)
    instances = _resolve_instances(inputs.instances, context, problems)
    if problems:
        raise InvalidError(problems)
    count = collect_problems(lambda: parse_instances(instances), problems)
    routes = collect_problems(lambda: parse_load_balancers(balancers.value, balancers), problems) if balancers else ()
    if problems:
        raise InvalidError(problems)
    problems += input_account_problems(balancers, routes or (), _account(inputs))
    if problems:
        raise InvalidError(problems)
    execution = from_inputs(inputs, instances=count, load_balancers=routes or ())
    if over := input_problems(execution):
        raise InvalidError(over)
    return ParsedExecution(execution)


def _from_document(
    inputs: Inputs, runner: WorkflowRun, context: Context, deployed: "Deployed | None"
) -> ParsedExecution:
    """Return the execution that a document describes; raises `InvalidError`."""
    # Imported here: plain inputs need nothing of it.
    from spotaction.pipeline.builder import DOCUMENT_DELAY, Settings  # noqa: PLC0415
    from spotaction.pipeline.harness import Source, load_execution  # noqa: PLC0415

    delay = DOCUMENT_DELAY if inputs.downsize_old is None else inputs.downsize_old
    settings = Settings(inputs.bake_time or 0.0, delay, inputs.old_instances.drain_first, _account(inputs))
    roots = (runner.temp,) if runner.temp else ()
    return load_execution(inputs.execution, Source(runner.workspace, context, roots, settings, deployed))


def _account(inputs: Inputs) -> Account:
    return Account(inputs.role_to_assume, inputs.allowed_account_ids)


def _resolve_document(document: Document | None, context: Context, problems: list[Problem]) -> Document | None:
    if document is None:
        return None
    resolved, found = resolve_fields(document, context)
    problems += found
    return resolved


def _resolve_instances(value: JsonValue, context: Context, problems: list[Problem]) -> JsonValue:
    if isinstance(value, str):
        return resolve_input(value, context, "instances", problems)
    resolved = _resolve_document(Document("input instances", value, {}, {}), context, problems)
    return resolved.value if resolved else None
