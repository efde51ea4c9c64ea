"""Reads an execution document, in Harness's shapes, into the same value that the plain inputs end in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path as File

from spotaction.documents.accessors import as_plain_text
from spotaction.documents.expressions.resolver import Context
from spotaction.documents.loader import of_input
from spotaction.documents.source import Document, read_document
from spotaction.documents.tree import Path
from spotaction.model.errors import InvalidError
from spotaction.model.execution import Execution
from spotaction.model.policy import EnforcedRule
from spotaction.model.step_policy import RollbackScope
from spotaction.pipeline.builder import ExecutionBuilder, Settings, build_execution
from spotaction.pipeline.control_flow import StepInstance, expand_steps, unmet_condition
from spotaction.pipeline.failure_strategies import read_strategies
from spotaction.pipeline.policies import read_policies
from spotaction.pipeline.reader import DocumentReader
from spotaction.pipeline.stages import FoundExecution, find_execution, note_ignored_keys, with_variables
from spotaction.pipeline.unsupported_steps import schema_problems

MAX_STEPS = 256
_STAGE = re.compile(r"(?P<path>.+)#(?P<stage>[\w ()-]+)", re.ASCII)


@dataclass(frozen=True)
class ParsedExecution:
    """The execution that a document describes, the policy rules that it enforces, and notes for the log."""

    execution: Execution
    rules: tuple[EnforcedRule, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """Where documents may lie, and what their expressions may look up."""

    workspace: File
    context: Context
    roots: Sequence[File] = ()
    settings: Settings = field(default_factory=Settings)


def load_execution(path: str, source: Source) -> ParsedExecution:
    """The execution in the file at `path`; `path#stage` names one of several stages of a pipeline.

    Raises `InvalidError` with every problem and its place.
    """
    named = _STAGE.fullmatch(path)
    file, stage = (named["path"], named["stage"]) if named else (path, "")
    try:
        document = read_document(file, workspace=source.workspace, roots=source.roots)
    except InvalidError as error:
        raise InvalidError(of_input("execution", error.problems)) from error
    return convert_document(document, source, stage=stage)


def convert_document(document: Document, source: Source, *, stage: str = "") -> ParsedExecution:
    """The execution that a document describes; errors as `load`."""
    reading = DocumentReader(document, list(schema_problems(document)))
    reading.raise_if_invalid()
    found = find_execution(reading, stage)
    reading.raise_if_invalid()
    assert found is not None
    note_ignored_keys(found, reading)
    context = with_variables(found, reading, source.context)
    outer = _stage_context(found, reading, context)
    items = _expand_limited((*found.execution, "steps"), reading, outer)
    draft = ExecutionBuilder(reading, source.settings)
    for item in items:
        draft.add_step(item)
    undo = _rollback_scope((*found.execution, "rollbackSteps"), reading, outer)
    execution = build_execution(draft, undo, items)
    rules = read_policies(found.levels, draft.named, reading, context, workspace=source.workspace, roots=source.roots)
    kept = tuple(rules)
    _check_filled(found, reading)
    reading.raise_if_invalid()
    return ParsedExecution(execution, kept, tuple(reading.notes))


def _check_filled(found: FoundExecution, reading: DocumentReader) -> None:
    """Everything in the execution counts; of stage and pipeline what holds for all steps.

    A step with a problem was not read to its end.
    """
    if reading.problems:
        return
    reading.check_filled(found.execution)
    for level in found.around:
        for key in ("failureStrategies", "when", "enforce"):
            reading.check_filled((*level, key))


def _stage_context(found: FoundExecution, reading: DocumentReader, context: Context) -> StepInstance:
    """What holds for every step: the failure strategies of execution, stage and pipeline, and the stage's condition."""
    inherited = [
        each for level in found.levels for each in read_strategies((*level, "failureStrategies"), reading, context)
    ]
    for level in found.around:
        why = unmet_condition((*level, "when"), reading, context)
        if why:
            reading.add_problem((*level, "when"), f"nothing is to be deployed: {why}", "leave the job out with its if")
    return StepInstance(found.execution, context, strategies=tuple(inherited))


def _expand_limited(path: Path, reading: DocumentReader, outer: StepInstance) -> list[StepInstance]:
    items = list(islice(expand_steps(path, reading, outer), MAX_STEPS + 1))
    if len(items) > MAX_STEPS:
        reading.add_problem(path, f"with their loops these are more than {MAX_STEPS} steps")
    return items


def _rollback_scope(path: Path, reading: DocumentReader, outer: StepInstance) -> dict[RollbackScope, float | None]:
    """What the rollback steps name, with their timeouts; everything where there are none at all."""
    if reading.raw_value(path) is None:
        return dict.fromkeys(RollbackScope)
    found: dict[RollbackScope, float | None] = {}
    for item in _expand_limited(path, reading, outer):
        kind = as_plain_text(reading.raw_value((*item.path, "type")))
        if kind not in set(RollbackScope):
            hint = "a rollback consists of ElastigroupRollback and StandAloneTrafficShiftRollback"
            reading.add_problem((*item.path, "type"), f"{kind} is not a step of a rollback", hint)
            continue
        if any(reading.raw_value((*item.path, name)) is not None for name in ("failureStrategies", "strategy")):
            reading.add_note(
                f"{kind}: its failure and looping strategies have no effect; a rollback goes on past failures."
            )
        if not item.skip:
            found[RollbackScope(kind)] = reading.read_timeout((*item.path, "timeout"), item.context)
    return found
