"""Checks by a Lambda function with the contract of ECS's lifecycle hooks, so that existing hooks work."""

import json
from collections.abc import Mapping

from spotaction.checks.asking import ask_outside
from spotaction.checks.ports import CheckPorts
from spotaction.checks.release import describe_release, lifecycle_stage
from spotaction.model.check_kinds import LambdaCheck
from spotaction.model.checks import Measurement, Outcome, Subject
from spotaction.model.ports import FunctionAnswer
from spotaction.model.redaction import truncate

CALL_BACK_DELAY = 30.0  # seconds; ECS's own default
SHORTEST_DELAY = 1.0  # seconds: a hook that answers 0 would be called without pause
LONGEST_DELAY = 28 * 86400.0  # seconds; no deployment takes longer
LONGEST = 300  # characters of a function's own words
LIMIT = "hookStatus SUCCEEDED"


class LambdaProbe:
    """Calls the function; `hookDetails` that it answers with `IN_PROGRESS` are handed to its next call."""

    def __init__(self, kind: LambdaCheck, ports: CheckPorts) -> None:
        self._kind = kind
        self._ports = ports
        self._details: dict[str, object] = {}

    def measure(self, subject: Subject, deadline: float) -> Measurement:
        """Call the function once; an answer without a `hookStatus` of ECS is a failed measurement, as there."""
        functions = self._ports.functions
        if functions is None:
            return Measurement(Outcome.ERROR, "AWS is not connected, so no function can be called", limit=LIMIT)
        event = {
            **describe_release(subject, self._ports.time()),
            "lifecycleStage": lifecycle_stage(subject),
            "hookDetails": {**self._kind.details, **self._details},
        }
        payload = json.dumps(event).encode()
        found = ask_outside(
            lambda: self._judge(functions.invoke(self._kind.function, payload, deadline=deadline)), LIMIT
        )
        if found.outcome in (Outcome.PASSED, Outcome.FAILED):
            self._details = {}  # they are of what was decided: the next measurement is another one
        return found

    def _judge(self, answer: FunctionAnswer) -> Measurement:
        found = _parse(answer.payload)
        if answer.error:
            return _fail(f"the function failed ({answer.error}){_words(found, 'errorMessage')}", answer.error)
        if not isinstance(found, Mapping):
            return _fail("the function did not return a JSON object with a hookStatus", "")
        status = found.get("hookStatus")
        if status == "SUCCEEDED":
            return Measurement(Outcome.PASSED, "the function returned SUCCEEDED", "SUCCEEDED", LIMIT)
        if status == "IN_PROGRESS":
            return self._wait(found)
        shown = status if isinstance(status, str) else "no hookStatus"
        reason = "FAILED" if status == "FAILED" else f"{truncate(shown, 40)!r}, which counts as FAILED"
        return _fail(f"the function returned {reason}{_words(found, 'reason')}", truncate(shown, 40))

    def _wait(self, found: Mapping[str, object]) -> Measurement:
        delay, details = found.get("callBackDelay", CALL_BACK_DELAY), found.get("hookDetails", {})
        if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay <= LONGEST_DELAY:
            words = "a callBackDelay that is not a number of seconds, or longer than 28 days"
            return _fail(f"the function returned IN_PROGRESS with {words}", "")
        if not isinstance(details, Mapping):
            return _fail("the function returned IN_PROGRESS with hookDetails that are not a JSON object", "")
        self._details = dict(details)
        pause = max(float(delay), SHORTEST_DELAY)
        reason = f"the function returned IN_PROGRESS, and is called again in {pause:.0f} s"
        return Measurement(Outcome.WAITING, reason, "IN_PROGRESS", LIMIT, retry_after=pause)


def _fail(reason: str, value: str) -> Measurement:
    return Measurement(Outcome.FAILED, reason, value, LIMIT)


def _parse(payload: bytes) -> object:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def _words(found: object, key: str) -> str:
    """The function's own words, if it has any."""
    words = found.get(key) if isinstance(found, Mapping) else None
    return f": {truncate(words, LONGEST)}" if isinstance(words, str) and words else ""
