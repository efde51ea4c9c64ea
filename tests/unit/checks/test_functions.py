"""The contract of ECS's lifecycle hooks."""

import json
from dataclasses import dataclass, field, replace

import pytest

from spotaction.checks.functions import LambdaProbe
from spotaction.checks.ports import CheckPorts
from spotaction.model.check_kinds import LambdaCheck
from spotaction.model.checks import Measurement, Outcome
from spotaction.model.errors import ApiError, CancelledError
from spotaction.model.ports import FunctionAnswer, FunctionApi
from tests.support.query_checks import PRODUCTION, release
from tests.support.spot_adapter import FakeClock

LIMIT = "hookStatus SUCCEEDED"


@dataclass
class Hook(FunctionApi):
    """Answers with its texts one by one; `events` is what it was called with."""

    answers: list[FunctionAnswer | Exception]
    events: list[dict[str, object]] = field(default_factory=list)
    calls: list[tuple[str, float]] = field(default_factory=list)

    def invoke(self, function: str, event: bytes, *, deadline: float) -> FunctionAnswer:
        self.calls.append((function, deadline))
        self.events.append(json.loads(event))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def probe(*answers: str | FunctionAnswer | Exception, **details: object) -> tuple[LambdaProbe, Hook]:
    hook = Hook([FunctionAnswer(each.encode()) if isinstance(each, str) else each for each in answers])
    return LambdaProbe(LambdaCheck("smoke:live", details), CheckPorts(FakeClock(), functions=hook)), hook


def measure(*answers: str | FunctionAnswer | Exception) -> Measurement:
    return probe(*answers)[0].measure(release(), 1060.0)


def test_the_function_gets_the_release_and_the_stage_of_ecs() -> None:
    one, hook = probe('{"hookStatus": "SUCCEEDED"}', bucket="results")
    assert one.measure(release(), 1060.0) == Measurement(
        Outcome.PASSED, "the function returned SUCCEEDED", "SUCCEEDED", LIMIT
    )
    assert hook.calls == [("smoke:live", 1060.0)]
    head = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/"
    assert hook.events == [
        {
            "app": "web",
            "environment": "prod",
            "region": "us-east-1",
            "step": "shift-10",
            "image": {"id": "ami-2", "name": "web-2"},
            "newGroup": {"id": "sig-new", "name": "web__STAGE", "image": "ami-2", "targetGroups": [f"{head}green/2"]},
            "oldGroup": {"id": "sig-old", "name": "web", "image": "ami-1", "targetGroups": [f"{head}blue/1"]},
            "instances": ["i-1", "i-2"],
            "weight": 10.0,
            "run": {"id": "7", "attempt": "2", "url": "https://github.com/acme/web/actions/runs/7"},
            "attempt": 3,
            "time": "2026-11-24T12:00:00+00:00",
            "lifecycleStage": "PRODUCTION_TRAFFIC_SHIFT",
            "hookDetails": {"bucket": "results"},
        }
    ]


def test_what_it_hands_over_with_in_progress_comes_with_its_next_call() -> None:
    one, hook = probe(
        '{"hookStatus": "IN_PROGRESS", "callBackDelay": 45, "hookDetails": {"job": 7}}',
        '{"hookStatus": "IN_PROGRESS"}',
        '{"hookStatus": "SUCCEEDED"}',
        bucket="results",
    )
    found = [one.measure(release(), 1060.0) for _ in range(3)]
    waiting = "the function returned IN_PROGRESS, and is called again in {} s"
    assert found[:2] == [
        Measurement(Outcome.WAITING, waiting.format(45), "IN_PROGRESS", LIMIT, retry_after=45.0),
        Measurement(Outcome.WAITING, waiting.format(30), "IN_PROGRESS", LIMIT, retry_after=30.0),
    ]
    assert found[2].outcome is Outcome.PASSED
    assert [event["hookDetails"] for event in hook.events] == [
        {"bucket": "results"},
        {"bucket": "results", "job": 7},
        {"bucket": "results"},
    ]


@pytest.mark.parametrize(
    ("decided", "handed"),
    [
        ('{"hookStatus": "SUCCEEDED"}', {"bucket": "results"}),
        ('{"hookStatus": "FAILED"}', {"bucket": "results"}),
        (ApiError("throttled", service="lambda", call="Invoke"), {"bucket": "results", "job": 1}),
    ],
)
def test_what_was_handed_over_ends_with_what_was_decided_and_the_next_measurement_is_a_new_one(
    decided: str | Exception, handed: dict[str, object]
) -> None:
    pending = '{"hookStatus": "IN_PROGRESS", "hookDetails": {"job": 1}}'
    one, hook = probe(pending, decided, pending, bucket="results")
    for _ in range(3):
        one.measure(release(), 1060.0)
    assert [event["hookDetails"] for event in hook.events][1:] == [{"bucket": "results", "job": 1}, handed]


def test_a_hook_that_wants_no_pause_is_called_after_a_second() -> None:
    assert measure('{"hookStatus": "IN_PROGRESS", "callBackDelay": 0}').retry_after == 1.0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ('{"hookStatus": "FAILED"}', "the function returned FAILED"),
        ('{"hookStatus": "FAILED", "reason": "2 of 9 tests"}', "the function returned FAILED: 2 of 9 tests"),
        ('{"hookStatus": "succeeded"}', "the function returned 'succeeded', which counts as FAILED"),
        ('{"hookStatus": true}', "the function returned 'no hookStatus', which counts as FAILED"),
        ("{}", "the function returned 'no hookStatus', which counts as FAILED"),
        ("null", "the function did not return a JSON object with a hookStatus"),
        ('["SUCCEEDED"]', "the function did not return a JSON object with a hookStatus"),
        ('"SUCCEEDED"', "the function did not return a JSON object with a hookStatus"),
        ("", "the function did not return a JSON object with a hookStatus"),
        ("[" * 100_000, "the function did not return a JSON object with a hookStatus"),
        ('{"statusCode": 200, "body": "{\\"hookStatus\\": \\"SUCCEEDED\\"}"}', "the function returned 'no hookStatus'"),
        (
            FunctionAnswer(b'{"errorMessage": "Task timed out after 3.00 seconds"}', "Unhandled"),
            "the function failed (Unhandled): Task timed out after 3.00 seconds",
        ),
        (FunctionAnswer(b'{"hookStatus": "SUCCEEDED"}', "Handled"), "the function failed (Handled)"),
        *(
            (
                f'{{"hookStatus": "IN_PROGRESS", "callBackDelay": {delay}}}',
                "a callBackDelay that is not a number of seconds",
            )
            for delay in ('"soon"', "-1", "true", "NaN", "Infinity", "null", "[30]", "1e308", "1" + "0" * 400)
        ),
        ('{"hookStatus": "IN_PROGRESS", "hookDetails": 7}', "hookDetails that are not a JSON object"),
    ],
)
def test_anything_else_is_a_failed_measurement(answer: str | FunctionAnswer, reason: str) -> None:
    found = measure(answer)
    assert found.outcome is Outcome.FAILED
    assert reason in found.reason


def test_a_call_that_is_refused_or_not_answered_is_an_error_of_the_measurement() -> None:
    error = ApiError("No response from AWS for lambda:Invoke (TimeoutError).", service="aws", call="lambda:Invoke")
    assert measure(error) == Measurement(Outcome.ERROR, str(error), limit=LIMIT)


def test_a_cancel_meanwhile_ends_the_run() -> None:
    with pytest.raises(CancelledError):
        measure(CancelledError("Cancelled by the runner (SIGTERM)."))


def test_without_aws_it_cannot_be_called() -> None:
    found = LambdaProbe(LambdaCheck("smoke"), CheckPorts(FakeClock())).measure(release(), 1060.0)
    assert found == Measurement(Outcome.ERROR, "AWS is not connected, so no function can be called", limit=LIMIT)


def test_each_state_of_a_release_has_its_stage() -> None:
    shift = release()
    states = [
        replace(shift, new=None),
        replace(shift, weight=None),
        replace(shift, weight=0.0, stage=(PRODUCTION,)),
        shift,
        replace(shift, weight=100.0),
    ]
    stages = []
    for state in states:
        one, hook = probe('{"hookStatus": "SUCCEEDED"}')
        one.measure(state, 1060.0)
        stages.append(hook.events[0]["lifecycleStage"])
    assert stages == [
        "PRE_SCALE_UP",
        "POST_SCALE_UP",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
    ]
