"""Reads `failureStrategies`: which failure leads to what."""

from collections.abc import Mapping

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, as_texts
from spotaction.documents.expressions.resolver import Context
from spotaction.documents.findings import whole_number_or_none
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
    "StepGroupRollback": "A StepGroupRollback rolls the whole deployment back: a part of it cannot stand alone.",
    "PipelineRollback": "A PipelineRollback rolls this deployment back; other stages are other jobs of the workflow.",
}


def read_strategies(path: Path, reading: DocumentReader, context: Context) -> tuple[FailureStrategy, ...]:
    """The failure strategies of the list at `path`, in their order."""
    return tuple(
        _read_strategy((*path, index, "onFailure"), reading, context)
        for index, _ in enumerate(as_items(reading.raw_value(path)))
    )


def _read_strategy(path: Path, reading: DocumentReader, context: Context) -> FailureStrategy:
    errors = as_texts(reading.raw_value((*path, "errors")))
    failures = frozenset(Failure) if "AllErrors" in errors else frozenset(each for each in Failure if each in errors)
    foreign = [each for each in errors if each not in {"AllErrors", *Failure}]
    if foreign:
        reading.add_note(f"Failures of kind {', '.join(foreign)} do not happen here: their strategies wait in vain.")
    action = (*path, "action")
    kind = as_plain_text(reading.raw_value((*action, "type")))
    if kind != "Retry":
        return FailureStrategy(failures, _read_action(kind, reading))
    then = as_plain_text(reading.raw_value((*action, "spec", "onRetryFailure", "action", "type")))
    return FailureStrategy(failures, _read_action(then, reading), _retry_delays((*action, "spec"), reading, context))


def _read_action(kind: str, reading: DocumentReader) -> FailureAction:
    if kind in _PARTS:
        reading.add_note(_PARTS[kind])
    return _REACTIONS.get(kind, FailureAction.ROLL_BACK)


def _retry_delays(path: Path, reading: DocumentReader, context: Context) -> tuple[float, ...]:
    """Seconds before each retry; the last interval counts for those that have none."""
    spec: JsonObject = as_mapping(reading.raw_value(path))
    count = whole_number_or_none(reading.read_value((*path, "retryCount"), context))
    if count is None or not 1 <= count <= 20:  # noqa: PLR2004 - more than twenty help nobody
        reading.add_problem((*path, "retryCount"), "is not a number of retries", "write 1 to 20")
        return ()
    where = [(*path, "retryIntervals", index) for index, _ in enumerate(as_items(spec.get("retryIntervals")))]
    waits = [reading.read_duration(each, context) or 0.0 for each in where] or [10.0]
    return tuple(waits[min(index, len(waits) - 1)] for index in range(count))
