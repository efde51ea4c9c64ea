"""Steps of Harness that test a release, as checks: Http and Verify, and the words for those that are none."""

import pytest

from spotaction.model.check_kinds import AnomaliesCheck, CompareErrors, HttpCheck, OnInconclusive
from spotaction.model.checks import Check, Position, Where
from spotaction.model.execution import CheckSpec
from spotaction.model.step_policy import StepPolicy
from tests.support.execution_documents import DEPLOY, SETUP, STAGED, converted, execution, problems, shift

_HERE = Where(Position.AFTER, "")
_URL = "https://web.example.com/health"
_JSON = '<+json.select("status", httpResponseBody)> == "up"'


def _http(more: str = "", url: str = _URL) -> str:
    return f"step: {{type: Http, identifier: smoke, spec: {{url: '{url}'{more}}}}}"


def _verify(more: str = "") -> str:
    inner = f"{{sensitivity: HIGH, duration: 10m{more}}}"
    return f"step: {{type: Verify, identifier: ver, spec: {{type: Canary, spec: {inner}}}}}"


def _specs(*steps: str) -> list[CheckSpec]:
    return [each for each in converted(execution(*steps)).execution.steps if isinstance(each, CheckSpec)]


def test_http_is_one_request_with_its_own_timeout_and_the_policies_of_a_step() -> None:
    step = f"""step:
        type: Http
        identifier: smoke
        timeout: 30s
        spec:
          url: https://<+env.name>.example.com/health
          method: POST
          headers: [{{key: X-App, value: <+service.name>}}]
          requestBody: hello
          assertion: <+httpResponseCode> >= 200 && <+httpResponseCode> < 300 && {_JSON}"""
    found = converted(execution(SETUP, DEPLOY, step)).execution

    kind = HttpCheck(
        url="https://prod.example.com/health",
        method="POST",
        headers={"X-App": "web"},
        send="hello",
        status=((200, 299),),
        json_value={"status": "up"},
        request_timeout=30.0,
        literal=True,
    )
    check = Check("smoke", _HERE, kind, timeout=30.0, attempts=1, errors=0)
    assert found.steps[-1] == CheckSpec("smoke", check, "deploy")
    assert found.step_policies["smoke"] == StepPolicy()


def test_http_before_the_setup_runs_before_anything_is_changed() -> None:
    found = converted(execution(_http(), SETUP, DEPLOY)).execution

    assert found.step_names == ("smoke", "setup", "deploy")
    assert [spec.step for spec in found.checks.first] == ["setup"]


@pytest.mark.parametrize(
    ("assertion", "status"),
    [
        ("<+httpResponseCode> == 200", ((200, 200),)),
        ("<+httpResponseCode>==200", ((200, 200),)),
        ("<+httpResponseCode> != 500", ((100, 499), (501, 599))),
        ("<+httpResponseCode> < 400", ((100, 399),)),
    ],
)
def test_an_assertion_says_which_codes_are_a_success(assertion: str, status: tuple[tuple[int, int], ...]) -> None:
    [spec] = _specs(SETUP, DEPLOY, _http(f", assertion: '{assertion}'"))

    assert isinstance(spec.check.kind, HttpCheck)
    assert spec.check.kind.status == status


def test_without_an_assertion_every_answer_is_a_success_and_the_log_says_so() -> None:
    found = converted(execution(SETUP, DEPLOY, _http()))

    assert found.notes == ("smoke: without an assertion, every response is a success, as in Harness.",)


def test_verify_compares_errors_after_a_shift() -> None:
    [spec] = _specs(STAGED, shift(10), _verify(", failOnNoAnalysis: true, deploymentTag: <+artifact.version>"))

    compare = CompareErrors(ratio=1.5, on_inconclusive=OnInconclusive.ROLLBACK)
    assert spec == CheckSpec("ver", Check("ver", _HERE, compare, timeout=600.0, interval=60.0), "shift")


def test_verify_without_enough_data_stops_unless_it_is_to_fail() -> None:
    [spec] = _specs(STAGED, shift(10), _verify())

    assert spec.check.on_inconclusive is OnInconclusive.STOP


def test_verify_in_one_target_group_looks_for_anomalies_as_long() -> None:
    [spec] = _specs(SETUP, DEPLOY, _verify())

    check = Check("ver", _HERE, AnomaliesCheck(looks=2), timeout=1260.0, interval=30.0, successes=20)
    assert spec == CheckSpec("ver", check, "deploy")


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (
            _http(", assertion: '<+httpResponseCode> == <+httpMethod>'"),
            (
                "the assertion '<+httpResponseCode> == <+httpMethod>' cannot be translated (join comparisons of "
                "<+httpResponseCode> and <+json.select(…)> == … with &&, or write the check in the input checks)"
            ),
        ),
        (
            _http(", assertion: '<+httpResponseCode> == 200 && <+httpResponseCode> == 201'"),
            "no status code satisfies '<+httpResponseCode> == 200 && <+httpResponseCode> == 201'",
        ),
        (
            _http(", assertion: '<+json.object(httpResponseBody).a> == 1 && <+json.object(httpResponseBody).a> == 2'"),
            "no response has two values at 'a' (",
        ),
        (_http(url="ftp://x"), "is not an http or https URL"),
        (_http(", outputVariables: [{name: a}]"), "expected at most 0 items, found 1"),
        (_http(", headers: [{key: X Y, value: a}]"), "headers: 'X Y' is not the name of a header"),
        (_http(', headers: [{key: X, value: "a\\n"}]'), "headers: the header 'X' has a line break or another control"),
        (_http(", retries: 3"), "unknown key 'retries'"),
        (
            "step: {type: Lambda, identifier: x, spec: {}}",
            "steps of type Lambda are not supported (if it tests the release",
        ),
        (
            "step: {type: ShellScript, identifier: x, spec: {}}",
            "steps of type ShellScript are not supported (make it a step",
        ),
        (
            "step: {type: Email, identifier: x, spec: {}}",
            "steps of type Email are not supported (notify in a step of the",
        ),
    ],
)
def test_what_cannot_be_a_check_is_an_error_with_the_way_out(step: str, problem: str) -> None:
    found = problems(execution(SETUP, DEPLOY, step))

    assert len(found) == 1
    assert problem in found[0]


def test_verify_before_the_first_shift_has_nothing_to_verify() -> None:
    [found] = problems(execution(STAGED, _verify(), shift(10)))

    assert "the new group gets none of production's requests before it (move it after the first shift or swap)" in found
