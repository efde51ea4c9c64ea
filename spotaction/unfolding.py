"""Unfolds the steps of an execution document: groups opened, loops run through, conditions decided."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from spotaction.conditions import holds
from spotaction.errors import Problem
from spotaction.expressions import Context
from spotaction.failure_strategies import strategies
from spotaction.handling import FailureStrategy, StageStatus
from spotaction.lookups import BadExpressionError, LateError
from spotaction.looping import iterations
from spotaction.model import JsonValue
from spotaction.nodes import Path, dotted
from spotaction.reading import Reading
from spotaction.values import at, items, mapping, text

_LONGEST = 200


@dataclass(frozen=True)
class Item:
    """One step as it comes: where it is written, what its expressions may look up, and what holds for it.

    `suffix` tells the turns of a loop apart. `skip` is the condition that keeps the step from running.
    """

    path: Path
    context: Context
    suffix: str = ""
    skip: str = ""
    status: StageStatus = StageStatus.SUCCESS
    strategies: tuple[FailureStrategy, ...] = field(default=(), repr=False)


def unfold(path: Path, reading: Reading, outer: Item) -> Iterator[Item]:
    """The steps of the list at `path`, in their order; `outer` is what they are in."""
    for index, entry in enumerate(items(reading.raw(path))):
        where = (*path, index)
        if "stepGroup" in mapping(entry):
            group = (*where, "stepGroup")
            for turn in _turns(group, reading, outer):
                yield from unfold((*group, "steps"), reading, turn)
        elif "parallel" in mapping(entry):
            _side_by_side((*where, "parallel"), reading)
            yield from unfold((*where, "parallel"), reading, outer)
        else:
            yield from _turns((*where, "step"), reading, outer)


def _turns(path: Path, reading: Reading, outer: Item) -> Iterator[Item]:
    """A step or group, once for each turn of its loop."""
    for turn in iterations((*path, "strategy"), reading, outer.context):
        own = strategies((*path, "failureStrategies"), reading, turn.context)
        status = text(reading.raw((*path, "when", "stageStatus")))
        skip = outer.skip or condition((*path, "when"), reading, turn.context)
        reading.skipped |= {path} if skip else set()
        yield Item(
            path,
            turn.context,
            suffix=outer.suffix + turn.suffix,
            skip=skip,
            status=StageStatus(status) if status else outer.status,
            strategies=(*own, *outer.strategies),
        )


def condition(path: Path, reading: Reading, context: Context) -> str:
    """Why the `when` at `path` is not met; empty when it is."""
    if reading.raw((*path, "pipelineStatus")) is not None:
        reading.note("pipelineStatus says nothing here: needs and if of the workflow's jobs do.")
    where = (*path, "condition")
    written = reading.raw(where)
    reading.filled.add(where)
    if isinstance(written, str) and "<+input>" in written:
        written = reading.value(where, context)
    if written is None or written == "":
        return ""
    met = _decided(written, where, reading, context)
    said = " ".join(text(written).split())
    return "" if met else f"its condition {said[:_LONGEST]} is false"


def _decided(written: JsonValue, path: Path, reading: Reading, context: Context) -> bool:
    if isinstance(written, bool):
        return written
    try:
        return holds(text(written), context)
    except LateError as late:
        # Only where documents are checked without those that would say.
        reading.note(f"Whether {' '.join(text(written).split())[:_LONGEST]} holds depends on {late.name}.")
        return True
    except BadExpressionError as error:
        start = reading.document.starts.get(path)
        place = replace(start, column=start.column + error.offset) if start else reading.document.place(path)
        reading.problems.append(Problem(error.message, dotted(path), place, error.hint))
        return True


def _side_by_side(path: Path, reading: Reading) -> None:
    """Shifts of the same rule have no order side by side; for other steps one after another is good enough."""
    shifts = [
        index
        for index, entry in enumerate(items(reading.raw(path)))
        if at(entry, ("step", "type")) == "ElastigroupBlueGreenTrafficShift" and not _standalone(at(entry, ("step",)))
    ]
    if len(shifts) > 1:
        hint = "write them one after another"
        reading.problem((*path, shifts[1]), "two shifts of the same rule cannot run side by side", hint)
    reading.note("Steps under parallel run one after another here, in the order in which they are written.")


def _standalone(step: JsonValue) -> bool:
    spec = at(step, ("spec",))
    wrapper = at(spec, ("elastigroupTrafficShiftWrapper",)) or spec
    return at(wrapper, ("type",)) == "Standalone"
