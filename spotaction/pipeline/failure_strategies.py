"""Reads `failureStrategies`: the action for each type of failure."""

from collections.abc import Mapping

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, as_texts
from spotaction.documents.expressions.lookups import Context, has_unresolved
from spotaction.documents.scalars import whole_number_or_none
from spotaction.documents.tree import Path
from spotaction.model.resources import JsonObject
from spotaction.model.step_policy import Failure, FailureAction, FailureStrategy
from spotaction.pipeline.reader import DocumentReader

_REACTIONS: Mapping[str, FailureAction] = {
    "Ignore": FailureAction.IGNORE,
    "MarkAsSuccess": FailureAction.SUCCEED,
    "MarkAsFailure": FailureAction.FAIL,
    "Abort": FailureAction.ABORT,
    "StageRollback": FailureAction.ROLL_BACK,
    "StepGroupRollback": FailureAction.ROLL_BACK,
    "PipelineRollback": FailureAction.ROLL_BACK,
}
_PARTS = {
    "StepGroupRollback": "StepGroupRollback rolls back the whole deployment.",
    "PipelineRollback": "PipelineRollback rolls back this deployment only; other stages are jobs of their own.",
}


def read_strategies(path: Path, reader: DocumentReader, context: Context) -> tuple[FailureStrategy, ...]:
    """Return the failure strategies of the list at `path`, in their order; problems go to `reader`."""
    return tuple(
        _read_strategy((*path, index, "onFailure"), reader, context)
        for index, _ in enumerate(as_items(reader.raw_value(path)))
    )


def _read_strategy(path: Path, reader: DocumentReader, context: Context) -> FailureStrategy:
    errors = as_texts(reader.raw_value((*path, "errors")))
    failures = frozenset(Failure) if "AllErrors" in errors else frozenset(each for each in Failure if each in errors)
    unknown = [each for each in errors if each not in {"AllErrors", *Failure}]
    if unknown:
        reader.add_note(f"These failure types never occur, so their strategies have no effect: {', '.join(unknown)}.")
    action = (*path, "action")
    kind = as_plain_text(reader.raw_value((*action, "type")))
    if kind != "Retry":
        return FailureStrategy(failures, _read_action(kind, reader))
    then = as_plain_text(reader.raw_value((*action, "spec", "onRetryFailure", "action", "type")))
    return FailureStrategy(failures, _read_action(then, reader), _retry_delays((*action, "spec"), reader, context))


def _read_action(kind: str, reader: DocumentReader) -> FailureAction:
    if kind in _PARTS:
        reader.add_note(_PARTS[kind])
    return _REACTIONS.get(kind, FailureAction.ROLL_BACK)


def _retry_delays(path: Path, reader: DocumentReader, context: Context) -> tuple[float, ...]:
    """Return the seconds before each retry; the last interval is used for the retries that have none."""
    spec: JsonObject = as_mapping(reader.raw_value(path))
    written = reader.read_value((*path, "retryCount"), context)
    count = whole_number_or_none(written)
    if count is None or not 1 <= count <= 20:  # noqa: PLR2004 - a failure that outlasts 20 retries is not transient
        if not has_unresolved(written):
            reader.add_problem((*path, "retryCount"), f"{as_plain_text(written)} is not a retry count", "write 1 to 20")
        return ()
    where = [(*path, "retryIntervals", index) for index, _ in enumerate(as_items(spec.get("retryIntervals")))]
    waits = [reader.read_duration(each, context) or 0.0 for each in where] or [10.0]
    return tuple(waits[min(index, len(waits) - 1)] for index in range(count))
