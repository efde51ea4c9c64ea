"""Expands the steps of an execution document: step groups, loops and conditions."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, value_at
from spotaction.documents.expressions.conditions import is_met
from spotaction.documents.expressions.lookups import BadExpressionError, Context, DeferredError, as_text, has_unresolved
from spotaction.documents.expressions.runtime_input import is_runtime_input
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
    """One instance of a step: its path in the document, the context of its expressions, and what applies to it.

    `suffix` distinguishes the iterations of a loop, `repeated` is whether there are several. `skip` says why the step
    does not run; empty when it does.
    """

    path: Path
    context: Context
    suffix: str = ""
    skip: str = ""
    repeated: bool = False
    status: StageStatus = StageStatus.SUCCESS
    strategies: tuple[FailureStrategy, ...] = field(default=(), repr=False)


def expand_steps(path: Path, reader: DocumentReader, outer: StepInstance) -> Iterator[StepInstance]:
    """Yield the steps of the list at `path` in their order; they inherit from `outer`, the step that contains them."""
    for index, entry in enumerate(as_items(reader.raw_value(path))):
        where = (*path, index)
        if "stepGroup" in as_mapping(entry):
            group = (*where, "stepGroup")
            for iteration in _iterate_step(group, reader, outer):
                yield from expand_steps((*group, "steps"), reader, iteration)
        elif "parallel" in as_mapping(entry):
            _check_parallel((*where, "parallel"), reader)
            yield from expand_steps((*where, "parallel"), reader, outer)
        else:
            yield from _iterate_step((*where, "step"), reader, outer)


def _iterate_step(path: Path, reader: DocumentReader, outer: StepInstance) -> Iterator[StepInstance]:
    """Yield a step or step group once for each iteration of its loop."""
    without = outer.skip or unmet_condition((*path, "strategy", "when"), reader, outer.context, "its loop's condition")
    if without:
        reader.skipped.add(path)
        yield replace(outer, path=path, skip=without)
        return
    for iteration in read_iterations((*path, "strategy"), reader, outer.context):
        own = read_strategies((*path, "failureStrategies"), reader, iteration.context)
        status = as_plain_text(reader.raw_value((*path, "when", "stageStatus")))
        skip = unmet_when((*path, "when"), reader, iteration.context)
        reader.skipped |= {path} if skip else set()
        yield StepInstance(
            path,
            iteration.context,
            suffix=outer.suffix + iteration.suffix,
            skip=skip,
            repeated=outer.repeated or iteration.repeated,
            status=StageStatus(status) if status else outer.status,
            strategies=(*own, *outer.strategies),
        )


def unmet_when(path: Path, reader: DocumentReader, context: Context) -> str:
    """Return why the `when` at `path` is not met; empty when it is."""
    if reader.raw_value((*path, "pipelineStatus")) is not None:
        reader.add_note("pipelineStatus is ignored; use needs and if of the workflow's jobs.")
    return unmet_condition((*path, "condition"), reader, context)


def unmet_condition(path: Path, reader: DocumentReader, context: Context, name: str = "its condition") -> str:
    """Return why the condition at `path`, which messages call `name`, is not met; empty when it is.

    Expressions are resolved in a condition from the input variables, too, but it has no secrets.
    """
    written = reader.raw_value(path)
    reader.resolved.add(path)
    if is_runtime_input(written):
        reader.provided.add(path)
        written = reader.read_provided(path, context)
        if has_unresolved(written):
            reader.unchecked.add(path[:-2])
            return ""
    if reader.is_provided(path):
        context = replace(context, secrets={})
    if written is None or written == "":
        return ""
    met = _evaluate_condition(written, path, reader, context)
    return "" if met else f"{name} {_shorten(written)} is false"


def _evaluate_condition(written: JsonValue, path: Path, reader: DocumentReader, context: Context) -> bool:
    if isinstance(written, bool):
        return written
    try:
        return is_met(as_plain_text(written), context)
    except DeferredError as deferred:
        # Only while documents are validated without the run and the documents that define the value.
        reader.add_note(f"The condition {_shorten(written)} was not checked, since it depends on {deferred.name}.")
        reader.unchecked.add(path[:-2])
        return True
    except BadExpressionError as error:
        start = None if reader.is_provided(path) else reader.document.text_marks.get(path)
        place = replace(start, column=start.column + error.offset) if start else reader.document.location_of(path)
        reader.problems.append(Problem(error.message, dotted_path(path), place, error.hint))
        return True


def _shorten(condition: JsonValue) -> str:
    return " ".join(as_text(condition).split())[:_LONGEST]


def _check_parallel(path: Path, reader: DocumentReader) -> None:
    """Refuse parallel shifts of the same rule, whose order is not defined; note that other steps run in sequence."""
    shifts = [
        index
        for index, entry in enumerate(as_items(reader.raw_value(path)))
        if value_at(entry, ("step", "type")) == "ElastigroupBlueGreenTrafficShift"
        and not _is_standalone(value_at(entry, ("step",)))
    ]
    if len(shifts) > 1:
        hint = "put them one after another"
        reader.add_problem((*path, shifts[1]), "two shifts of the same rule cannot run in parallel", hint)
    reader.add_note("Steps under parallel run one after another, in the order in which they are written.")


def _is_standalone(step: JsonValue) -> bool:
    spec = value_at(step, ("spec",))
    wrapper = value_at(spec, ("elastigroupTrafficShiftWrapper",)) or spec
    return value_at(wrapper, ("type",)) == "Standalone"
