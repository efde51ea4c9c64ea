"""Reads `failureStrategies`: which failure leads to what."""

from collections.abc import Mapping

from spotaction.expressions import Context
from spotaction.findings import whole
from spotaction.handling import Failure, FailureStrategy, Reaction
from spotaction.model import JsonObject
from spotaction.nodes import Path
from spotaction.reading import Reading
from spotaction.values import items, mapping, text, texts

_REACTIONS: Mapping[str, Reaction] = {
    "Ignore": Reaction.IGNORE,
    "MarkAsSuccess": Reaction.SUCCEED,
    "MarkAsFailure": Reaction.FAIL,
    "Abort": Reaction.ABORT,
    "StageRollback": Reaction.ROLL_BACK,
    "StepGroupRollback": Reaction.ROLL_BACK,
    "PipelineRollback": Reaction.ROLL_BACK,
}
_PARTS = {
    "StepGroupRollback": "A StepGroupRollback rolls the whole deployment back: a part of it cannot stand alone.",
    "PipelineRollback": "A PipelineRollback rolls this deployment back; other stages are other jobs of the workflow.",
}


def strategies(path: Path, reading: Reading, context: Context) -> tuple[FailureStrategy, ...]:
    """The failure strategies of the list at `path`, in their order."""
    return tuple(
        _strategy((*path, index, "onFailure"), reading, context) for index, _ in enumerate(items(reading.raw(path)))
    )


def _strategy(path: Path, reading: Reading, context: Context) -> FailureStrategy:
    errors = texts(reading.raw((*path, "errors")))
    failures = frozenset(Failure) if "AllErrors" in errors else frozenset(each for each in Failure if each in errors)
    foreign = [each for each in errors if each not in {"AllErrors", *Failure}]
    if foreign:
        reading.note(f"Failures of kind {', '.join(foreign)} do not happen here: their strategies wait in vain.")
    action = (*path, "action")
    kind = text(reading.raw((*action, "type")))
    if kind != "Retry":
        return FailureStrategy(failures, _reaction(kind, reading))
    then = text(reading.raw((*action, "spec", "onRetryFailure", "action", "type")))
    return FailureStrategy(failures, _reaction(then, reading), _retries((*action, "spec"), reading, context))


def _reaction(kind: str, reading: Reading) -> Reaction:
    if kind in _PARTS:
        reading.note(_PARTS[kind])
    return _REACTIONS.get(kind, Reaction.ROLL_BACK)


def _retries(path: Path, reading: Reading, context: Context) -> tuple[float, ...]:
    """Seconds before each retry; the last interval counts for those that have none."""
    spec: JsonObject = mapping(reading.raw(path))
    count = whole(reading.value((*path, "retryCount"), context))
    if count is None or not 1 <= count <= 20:  # noqa: PLR2004 - more than twenty help nobody
        reading.problem((*path, "retryCount"), "is not a number of retries", "write 1 to 20")
        return ()
    where = [(*path, "retryIntervals", index) for index, _ in enumerate(items(spec.get("retryIntervals")))]
    waits = [reading.duration(each, context) or 0.0 for each in where] or [10.0]
    return tuple(waits[min(index, len(waits) - 1)] for index in range(count))
