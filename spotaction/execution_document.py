"""Reads an execution document, in Harness's shapes, into the same value that the plain inputs end in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path as File

from spotaction.documents import Document, check, read
from spotaction.drafting import Draft, Settings, finished
from spotaction.enforcement import enforced
from spotaction.errors import InvalidError, Problem
from spotaction.execution import Execution
from spotaction.expressions import Context
from spotaction.failure_strategies import strategies
from spotaction.handling import Undo
from spotaction.loading import of_input
from spotaction.nodes import Path
from spotaction.policies import Enforced
from spotaction.reading import Reading
from spotaction.refusals import refusals
from spotaction.stages import Found, find, tell_elsewhere, with_variables
from spotaction.unfolding import Item, condition, unfold
from spotaction.values import text

MAX_STEPS = 256
_STAGE = re.compile(r"(?P<path>.+)#(?P<stage>[\w ()-]+)", re.ASCII)


@dataclass(frozen=True)
class Executed:
    """What a document comes to: the execution, the app's name in its setup, the rules to keep, and what to know."""

    execution: Execution
    app: str
    region: str = ""
    rules: tuple[Enforced, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """Where documents may lie, and what their expressions may look up."""

    workspace: File
    context: Context
    roots: Sequence[File] = ()
    settings: Settings = field(default_factory=Settings)


def load(path: str, source: Source) -> Executed:
    """The execution in the file at `path`; `path#stage` names one of several stages of a pipeline.

    Raises `InvalidError` with every problem and its place.
    """
    named = _STAGE.fullmatch(path)
    file, stage = (named["path"], named["stage"]) if named else (path, "")
    try:
        document = read(file, workspace=source.workspace, roots=source.roots)
    except InvalidError as error:
        raise InvalidError(of_input("execution", error.problems)) from error
    return convert(document, source, stage=stage)


def convert(document: Document, source: Source, *, stage: str = "") -> Executed:
    """The execution that a document describes; errors as `load`."""
    reading = Reading(document, list(broken(document)))
    reading.settle()
    found = find(reading, stage)
    reading.settle()
    assert found is not None
    tell_elsewhere(found, reading)
    context = with_variables(found, reading, source.context)
    outer = _outer(found, reading, context)
    items = _unfolded((*found.execution, "steps"), reading, outer)
    draft = Draft(reading, source.settings)
    for item in items:
        draft.add(item)
    undo = _undo((*found.execution, "rollbackSteps"), reading, outer)
    execution = finished(draft, undo, items)
    rules = enforced(found.levels, draft.named, reading, context, workspace=source.workspace, roots=source.roots)
    kept = tuple(rules)
    _check_filled(found, reading)
    reading.settle()
    return Executed(execution, draft.app, draft.region, kept, tuple(reading.notes))


def _check_filled(found: Found, reading: Reading) -> None:
    """Everything in the execution counts; of stage and pipeline what holds for all steps.

    A step with a problem was not read to its end.
    """
    if reading.problems:
        return
    reading.check_filled(found.execution)
    for level in found.around:
        for key in ("failureStrategies", "when", "enforce"):
            reading.check_filled((*level, key))


def broken(document: Document) -> Iterator[Problem]:
    """What is wrong with the shape of a document: what the schema says, but for what is refused in better words."""
    refused = list(refusals(document, ()))
    told = {problem.subject for problem in refused}
    told |= {subject.removesuffix(".template") for subject in told}
    yield from refused
    yield from (problem for problem in check(document, "execution") if problem.subject not in told)


def _outer(found: Found, reading: Reading, context: Context) -> Item:
    """What holds for every step: the failure strategies of execution, stage and pipeline, and the stage's condition."""
    inherited = [each for level in found.levels for each in strategies((*level, "failureStrategies"), reading, context)]
    for level in found.around:
        why = condition((*level, "when"), reading, context)
        if why:
            reading.problem((*level, "when"), f"nothing is to be deployed: {why}", "leave the job out with its if")
    return Item(found.execution, context, strategies=tuple(inherited))


def _unfolded(path: Path, reading: Reading, outer: Item) -> list[Item]:
    items = list(islice(unfold(path, reading, outer), MAX_STEPS + 1))
    if len(items) > MAX_STEPS:
        reading.problem(path, f"with their loops these are more than {MAX_STEPS} steps")
    return items


def _undo(path: Path, reading: Reading, outer: Item) -> dict[Undo, float | None]:
    """What the rollback steps name, with their timeouts; everything where there are none at all."""
    if reading.raw(path) is None:
        return dict.fromkeys(Undo)
    found: dict[Undo, float | None] = {}
    for item in _unfolded(path, reading, outer):
        kind = text(reading.raw((*item.path, "type")))
        if kind not in set(Undo):
            hint = "a rollback consists of ElastigroupRollback and StandAloneTrafficShiftRollback"
            reading.problem((*item.path, "type"), f"{kind} is not a step of a rollback", hint)
            continue
        if any(reading.raw((*item.path, name)) is not None for name in ("failureStrategies", "strategy")):
            reading.note(
                f"{kind}: its failure and looping strategies have no effect; a rollback goes on past failures."
            )
        if not item.skip:
            found[Undo(kind)] = reading.timeout((*item.path, "timeout"), item.context)
    return found
