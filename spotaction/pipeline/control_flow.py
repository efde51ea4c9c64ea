"""Unfolds the steps of an execution document: groups opened, loops run through, conditions decided."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, value_at
from spotaction.documents.expressions.conditions import is_met
from spotaction.documents.expressions.lookups import BadExpressionError, DeferredError
from spotaction.documents.expressions.resolver import Context
from spotaction.documents.tree import Path, dotted_path
from spotaction.model.errors import Problem
from spotaction.model.resources import JsonValue
from spotaction.model.step_policy import FailureStrategy, StageStatus
from spotaction.pipeline.failure_strategies import read_strategies
from spotaction.pipeline.loops import read_iterations
from spotaction.pipeline.reader import DocumentReader

_LONGEST = 200


@dataclass(frozen=True)
class StepInstance:
    """One step as it comes: where it is written, what its expressions may look up, and what holds for it.

    `suffix` tells the turns of a loop apart. `skip` is the condition that keeps the step from running.
    """

    path: Path
    context: Context
    suffix: str = ""
    skip: str = ""
    status: StageStatus = StageStatus.SUCCESS
    strategies: tuple[FailureStrategy, ...] = field(default=(), repr=False)


def expand_steps(path: Path, reading: DocumentReader, outer: StepInstance) -> Iterator[StepInstance]:
    """The steps of the list at `path`, in their order; `outer` is what they are in."""
    for index, entry in enumerate(as_items(reading.raw_value(path))):
        where = (*path, index)
        if "stepGroup" in as_mapping(entry):
            group = (*where, "stepGroup")
            for turn in _iterate_step(group, reading, outer):
                yield from expand_steps((*group, "steps"), reading, turn)
        elif "parallel" in as_mapping(entry):
            _side_by_side((*where, "parallel"), reading)
            yield from expand_steps((*where, "parallel"), reading, outer)
        else:
            yield from _iterate_step((*where, "step"), reading, outer)


def _iterate_step(path: Path, reading: DocumentReader, outer: StepInstance) -> Iterator[StepInstance]:
    """A step or group, once for each turn of its loop."""
    for turn in read_iterations((*path, "strategy"), reading, outer.context):
        own = read_strategies((*path, "failureStrategies"), reading, turn.context)
        status = as_plain_text(reading.raw_value((*path, "when", "stageStatus")))
        skip = outer.skip or unmet_condition((*path, "when"), reading, turn.context)
        reading.skipped |= {path} if skip else set()
        yield StepInstance(
            path,
            turn.context,
            suffix=outer.suffix + turn.suffix,
            skip=skip,
            status=StageStatus(status) if status else outer.status,
            strategies=(*own, *outer.strategies),
        )


def unmet_condition(path: Path, reading: DocumentReader, context: Context) -> str:
    """Why the `when` at `path` is not met; empty when it is."""
    if reading.raw_value((*path, "pipelineStatus")) is not None:
        reading.add_note("pipelineStatus says nothing here: needs and if of the workflow's jobs do.")
    where = (*path, "condition")
    written = reading.raw_value(where)
    reading.filled.add(where)
    if isinstance(written, str) and "<+input>" in written:
        written = reading.read_value(where, context)
    if written is None or written == "":
        return ""
    met = _evaluate_condition(written, where, reading, context)
    said = " ".join(as_plain_text(written).split())
    return "" if met else f"its condition {said[:_LONGEST]} is false"


def _evaluate_condition(written: JsonValue, path: Path, reading: DocumentReader, context: Context) -> bool:
    if isinstance(written, bool):
        return written
    try:
        return is_met(as_plain_text(written), context)
    except DeferredError as late:
        # Only where documents are checked without those that would say.
        reading.add_note(f"Whether {' '.join(as_plain_text(written).split())[:_LONGEST]} holds depends on {late.name}.")
        return True
    except BadExpressionError as error:
        start = reading.document.text_marks.get(path)
        place = replace(start, column=start.column + error.offset) if start else reading.document.location_of(path)
        reading.problems.append(Problem(error.message, dotted_path(path), place, error.hint))
        return True


def _side_by_side(path: Path, reading: DocumentReader) -> None:
    """Shifts of the same rule have no order side by side; for other steps one after another is good enough."""
    shifts = [
        index
        for index, entry in enumerate(as_items(reading.raw_value(path)))
        if value_at(entry, ("step", "type")) == "ElastigroupBlueGreenTrafficShift"
        and not _is_standalone(value_at(entry, ("step",)))
    ]
    if len(shifts) > 1:
        hint = "write them one after another"
        reading.add_problem((*path, shifts[1]), "two shifts of the same rule cannot run side by side", hint)
    reading.add_note("Steps under parallel run one after another here, in the order in which they are written.")


def _is_standalone(step: JsonValue) -> bool:
    spec = value_at(step, ("spec",))
    wrapper = value_at(spec, ("elastigroupTrafficShiftWrapper",)) or spec
    return value_at(wrapper, ("type",)) == "Standalone"
