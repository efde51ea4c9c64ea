"""Reads an execution document, in the format of Harness, into the `Execution` that the plain inputs lead to, too."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path as File

from spotaction.documents.accessors import as_plain_text
from spotaction.documents.expressions.lookups import Context
from spotaction.documents.expressions.resolver import with_origins
from spotaction.documents.expressions.runtime_input import with_variable_defaults
from spotaction.documents.loader import of_input
from spotaction.documents.source import Document, read_document
from spotaction.documents.tree import Path
from spotaction.inputs.read import WorkflowRun
from spotaction.model.errors import InvalidError
from spotaction.model.execution import ParsedExecution
from spotaction.model.resources import JsonObject
from spotaction.model.step_policy import RollbackScope
from spotaction.pipeline.builder import ExecutionBuilder, Settings, build_execution
from spotaction.pipeline.control_flow import StepInstance, expand_steps, unmet_condition, unmet_when
from spotaction.pipeline.failure_strategies import read_strategies
from spotaction.pipeline.loops import with_stage_iteration
from spotaction.pipeline.policies import read_policies
from spotaction.pipeline.reader import DocumentReader
from spotaction.pipeline.references import Deployed, compare_references
from spotaction.pipeline.runtime_inputs import with_runtime_inputs
from spotaction.pipeline.stages import (
    FoundExecution,
    find_execution,
    note_ignored_keys,
    stated_values,
    with_variables,
)
from spotaction.pipeline.unsupported_steps import schema_problems

MAX_STEPS = 256
_SKIP_THE_JOB = "skip the job with its if"
_STAGE = re.compile(r"(?P<path>.+)#(?P<stage>[\w ()-]+)", re.ASCII)


@dataclass(frozen=True)
class Source:
    """The folders that documents may be in, the context of their expressions, and settings from the plain inputs.

    The stage is compared with what is `deployed`; None where that is not known.
    """

    workspace: File
    context: Context
    roots: Sequence[File] = ()
    settings: Settings = field(default_factory=Settings)
    deployed: Deployed | None = None


def load_execution(path: str, source: Source) -> ParsedExecution:
    """Return the execution in the file at `path`; `path#stage` selects one of several stages of a pipeline.

    Raises `InvalidError` with every problem and its place.
    """
    file, stage = _split_stage(path)
    try:
        document = read_document(file, workspace=source.workspace, roots=source.roots)
    except InvalidError as error:
        raise InvalidError(of_input("execution", error.problems)) from error
    return convert_document(document, source, stage=stage)


def convert_document(document: Document, source: Source, *, stage: str = "") -> ParsedExecution:
    """Return the execution that a document describes; `stage` selects a stage of a pipeline.

    Raises `InvalidError` with every problem and its place.
    """
    try:
        return _convert(document, source, stage)
    except InvalidError as error:
        raise InvalidError(list(with_origins(error.problems, source.context))) from None


def _convert(document: Document, source: Source, stage: str) -> ParsedExecution:
    reader = DocumentReader(_with_defaults(document), list(schema_problems(document)))
    reader.raise_if_invalid()
    found = find_execution(reader, stage)
    reader.raise_if_invalid()
    assert found is not None
    context = with_runtime_inputs(found, reader, source.context)
    reader.raise_if_invalid()
    note_ignored_keys(found, reader)
    context = with_variables(found, reader, _with_stage_loop(found, reader, context))
    outer = _stage_context(found, reader, context)
    items = _expand_limited((*found.execution, "steps"), reader, outer)
    builder = ExecutionBuilder(reader, source.settings)
    for item in items:
        builder.add_step(item)
    rollback = _rollback_scopes((*found.execution, "rollbackSteps"), reader, outer)
    execution = build_execution(builder, rollback, items)
    rules = read_policies(found.levels, builder.named, reader, context, workspace=source.workspace, roots=source.roots)
    kept = tuple(rules)
    _check_expressions(found, reader)
    if source.deployed is not None:
        compare_references(found, reader, context, source.deployed)
    reader.raise_if_invalid()
    setup = (*builder.setup_path, "spec")
    return ParsedExecution(
        execution,
        kept,
        tuple(reader.notes),
        tuple(map(str, reader.warnings)),
        setup_place=document.location_of(setup),
        region_place=document.location_of((*setup, "connectedCloudProvider", "spec", "region")),
    )


def stated_pipeline(path: str, runner: WorkflowRun) -> tuple[Document | None, JsonObject]:
    """Return the execution document at `path`, and its names and variables for other documents.

    None and an empty mapping if it cannot be read.
    """
    file, stage = _split_stage(path)
    try:
        document = read_document(file, workspace=runner.workspace, roots=(runner.temp,) if runner.temp else ())
    except InvalidError:  # reported where the execution is read
        return None, {}
    return document, stated_by(document, stage)


def stated_by(document: Document, stage: str) -> JsonObject:
    """Return the names and variables of an execution document; empty if it has no such stage."""
    reader = DocumentReader(_with_defaults(document))
    found = find_execution(reader, stage)
    return stated_values(found, reader) if found else {}


def _split_stage(path: str) -> tuple[str, str]:
    named = _STAGE.fullmatch(path)
    return (named["path"], named["stage"]) if named else (path, "")


def _check_expressions(found: FoundExecution, reader: DocumentReader) -> None:
    """Refuse expressions where none is resolved, in the execution and in the keys around it that apply to all steps."""
    if reader.problems:  # a step with a problem was not read to its end
        return
    reader.check_expressions(found.execution)
    for level in found.around:
        for key in ("failureStrategies", "when", "strategy", "enforce"):
            reader.check_expressions((*level, key))


def _with_defaults(document: Document) -> Document:
    """Return the document with the `default` of each variable that is `<+input>` as a part of that."""
    return replace(document, value=with_variable_defaults(document.value))


def _with_stage_loop(found: FoundExecution, reader: DocumentReader, context: Context) -> Context:
    """Return the context with the values of the stage's loop, which may be made of variables."""
    path = next(((*level, "strategy") for level in found.around if reader.raw_value((*level, "strategy"))), None)
    if path is None:
        return context
    known = with_variables(found, replace(reader, problems=[], notes={}), context)  # those made of the loop come later
    if why := unmet_condition((*path, "when"), reader, known, "its loop's condition"):
        reader.add_problem((*path, "when"), f"there is nothing to deploy: {why}", _SKIP_THE_JOB)
        return known
    return with_stage_iteration(path, reader, known)


def _stage_context(found: FoundExecution, reader: DocumentReader, context: Context) -> StepInstance:
    """Return what every step inherits: the failure strategies of execution, stage and pipeline."""
    inherited = [
        each for level in found.levels for each in read_strategies((*level, "failureStrategies"), reader, context)
    ]
    for level in found.around:
        if why := unmet_when((*level, "when"), reader, context):
            reader.add_problem((*level, "when"), f"there is nothing to deploy: {why}", _SKIP_THE_JOB)
    reader.unchecked -= set(found.around)  # without the stage there is nothing to deploy at all
    return StepInstance(found.execution, context, strategies=tuple(inherited))


def _expand_limited(path: Path, reader: DocumentReader, outer: StepInstance) -> list[StepInstance]:
    items = list(islice(expand_steps(path, reader, outer), MAX_STEPS + 1))
    if len(items) > MAX_STEPS:
        reader.add_problem(path, f"with their loops, there are more than {MAX_STEPS} steps")
    return items


def _rollback_scopes(path: Path, reader: DocumentReader, outer: StepInstance) -> dict[RollbackScope, float | None]:
    """Return the scopes of the rollback steps with their timeouts in seconds; all scopes without `rollbackSteps`."""
    if reader.raw_value(path) is None:
        return dict.fromkeys(RollbackScope)
    found: dict[RollbackScope, float | None] = {}
    for item in _expand_limited(path, reader, outer):
        kind = as_plain_text(reader.raw_value((*item.path, "type")))
        if kind not in set(RollbackScope):
            hint = "use ElastigroupRollback or StandAloneTrafficShiftRollback"
            reader.add_problem((*item.path, "type"), f"{kind} is not a rollback step", hint)
            continue
        if any(reader.raw_value((*item.path, name)) is not None for name in ("failureStrategies", "strategy")):
            reader.add_note(f"{kind}: failure and looping strategies are ignored; a rollback continues after failures.")
        if not item.skip:
            found[RollbackScope(kind)] = reader.read_timeout((*item.path, "timeout"), item.context)
    return found
