"""The list of checks as a team writes it: what it means, and every problem at its place."""

import pytest

from spotaction.checks.document import parse_checks, secret_values
from spotaction.documents.source import parse_document
from spotaction.model.check_kinds import (
    AlarmsCheck,
    AnomaliesCheck,
    CheckKind,
    CloudwatchCheck,
    CompareErrors,
    CompareLatency,
    HttpCheck,
    LambdaCheck,
    Listener,
    OnInconclusive,
    PrometheusCheck,
    WebhookCheck,
)
from spotaction.model.checks import Check, Position, Where
from spotaction.model.errors import InvalidError

_HEAD = "- name: smoke\n  after: stage-setup\n"
_QUERY = "{Id: a, Expression: '1'}"


def _checks(text: str) -> tuple[Check, ...]:
    return tuple(each.check for each in parse_checks(parse_document(text, name="checks.yaml")))


def _problems(text: str) -> list[str]:
    with pytest.raises(InvalidError) as raised:
        _checks(text)
    return [str(problem).removeprefix("checks.yaml:") for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("http: {path: /health}", HttpCheck(path="/health")),
        (
            (
                "http: {url: 'https://a.example/x', method: POST, send: hello, headers: {A: 1, B: true},"
                " status: [200, 301-308],"
                " body: 'ok|up', json: {a.b: 1}, response-headers: {ETag: x}, latency: 800ms, requests: 20,"
                " allowed-failures: 1, request-timeout: 3s, allow-private: [169.254.1.1]}"
            ),
            HttpCheck(
                url="https://a.example/x",
                method="POST",
                headers={"A": "1", "B": "true"},
                send="hello",
                status=((200, 200), (301, 308)),
                body="ok|up",
                json_value={"a.b": 1},
                response_headers={"ETag": "x"},
                latency=0.8,
                requests=20,
                allowed_failures=1,
                request_timeout=3.0,
                allow_private=("169.254.1.1",),
            ),
        ),
        ("http: {path: /, listener: production}", HttpCheck(path="/", listener=Listener.PRODUCTION)),
        ("lambda: {function: smoke, details: {a: 1}}", LambdaCheck("smoke", {"a": 1})),
        (
            "webhook: {url: 'https://a.example', secret: 12345678, headers: {X: y}}",
            WebhookCheck("https://a.example", "12345678", {"X": "y"}),
        ),
        (
            (
                "prometheus: {address: 'http://prom:9090', query: up, success: result >= 1, failure: result < 1,"
                " delay: 30s}"
            ),
            PrometheusCheck("http://prom:9090", "up", "result >= 1", "result < 1", delay=30.0),
        ),
        (
            "cloudwatch: {queries: [{Id: result, Expression: '1'}], success: result == 1, window: 10m, delay: 3m}",
            CloudwatchCheck(({"Id": "result", "Expression": "1"},), "result == 1", window=600.0, delay=180.0),
        ),
        ("compare: {errors: }", CompareErrors()),
        (
            (
                "compare: {errors: {ratio: 3, allowed: 1.5, false-alarm: 0.02, missed: 0.1, min-effect: 0, warm-up: 0s,"
                " delay: 3m, history: 2h, on-inconclusive: continue}}"
            ),
            CompareErrors(3.0, 1.5, 0.02, 0.1, 0.0, 0.0, 180.0, 7200.0, OnInconclusive.CONTINUE),
        ),
        (
            "compare: {latency: {percentile: 99.9, ratio: 2, on-inconclusive: rollback}}",
            CompareLatency(99.9, 2.0, on_inconclusive=OnInconclusive.ROLLBACK),
        ),
        ("anomalies:", AnomaliesCheck()),
        ("anomalies: {looks: 5, share: 0.2}", AnomaliesCheck(5, 0.2)),
        ("alarms: web-5xx, web-latency", AlarmsCheck(("web-5xx", "web-latency"))),
        ("alarms: ['web: errors, all']", AlarmsCheck(("web: errors, all",))),
    ],
)
def test_every_kind_is_read_with_its_defaults(kind: str, value: CheckKind) -> None:
    interval = 60.0 if isinstance(value, CompareErrors | CompareLatency) else 10.0
    timeout = 360.0 if isinstance(value, CloudwatchCheck) else 120.0

    assert _checks(f"{_HEAD}  {kind}\n") == (
        Check("smoke", Where(Position.AFTER, "stage-setup"), value, timeout=timeout, interval=interval),
    )


def test_a_check_says_where_and_how_often() -> None:
    counting = "timeout: 5m, attempts: 5, interval: 1s, successes: 2, failures: 3, errors: 0, dry-run: true"

    assert _checks(f"- {{name: a.b-c, at: rollback, alarms: x, {counting}}}") == (
        Check(
            "a.b-c",
            Where(Position.AT, "rollback"),
            AlarmsCheck(("x",)),
            timeout=300.0,
            attempts=5,
            interval=1.0,
            successes=2,
            failures=3,
            errors=0,
            dry_run=True,
        ),
    )


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("[]", ["1:1: must not be empty"]),
        (
            "- name: a\n  after: b",
            [
                (
                    "1:3: [0]: 'http', 'lambda', 'webhook', 'prometheus', 'cloudwatch', 'compare', "
                    "'anomalies' or 'alarms' is missing (set one of them)"
                )
            ],
        ),
        ("- name: a\n  alarms: b", ["1:3: [0]: 'after', 'before', 'during' or 'at' is missing (set one of them)"]),
        (
            f"{_HEAD}  alarms: x\n  at: start",
            ["4:3: [0].at: 'after' and 'at' are mutually exclusive (keep one of them)"],
        ),
        (
            f"{_HEAD}  alarms: x\n  http: {{path: /}}",
            ["4:3: [0].http: 'alarms' and 'http' are mutually exclusive (keep one of them)"],
        ),
        ("- {name: a, at: noon, alarms: x}", ["1:17: [0].at: 'noon' is not allowed; expected start, end or rollback"]),
        ("- {name: -a, at: end, alarms: x}", ["1:10: [0].name: invalid format: '-a' (for example smoke)"]),
        (f"{_HEAD}  http: {{path: health}}", ["3:16: [0].http.path: invalid format: 'health' (for example /health)"]),
        (
            f"{_HEAD}  http: {{path: /, url: 'https://a'}}",
            ["3:19: [0].http.url: 'path' and 'url' are mutually exclusive (keep one of them)"],
        ),
        (
            f"{_HEAD}  http: {{path: /, statu: 200}}",
            ["3:19: [0].http.statu: unknown key 'statu' (did you mean 'status'?)"],
        ),
        (
            f"{_HEAD}  alarms: x\n  timeout: 30",
            ["4:12: [0].timeout: '30' has no unit (write 30s for seconds or 30m for minutes)"],
        ),
        (f"{_HEAD}  alarms: x\n  interval: 0s", ["4:13: [0].interval: '0s' is shorter than 1s (for example 10s)"]),
        (
            f"{_HEAD}  alarms: x\n  attempts: 2\n  successes: 3",
            ["4:13: [0].attempts: 2 attempts cannot bring 3 successes in a row (raise attempts, or lower successes)"],
        ),
        (
            f"{_HEAD}  http: {{path: /, status: 299-200}}",
            ["3:27: [0].http.status: '299-200' is not a status code or a range of them (for example 200 or 200-299)"],
        ),
        (
            f"{_HEAD}  http: {{path: /, status: 700}}",
            ["3:27: [0].http.status: '700' is not a status code or a range of them (for example 200 or 200-299)"],
        ),
        (
            f"{_HEAD}  http: {{path: /, latency: 0ms}}",
            ["3:28: [0].http.latency: '0ms' is not a response time (for example 800ms or 1.5s)"],
        ),
        (
            f"{_HEAD}  http: {{path: /, body: '('}}",
            ["3:25: [0].http.body: '(' is not a regular expression: missing )"],
        ),
        (f"{_HEAD}  http: {{path: '/{{{{nix}}}}'}}", ["3:16: [0].http.path: {{nix}} is not a variable of checks"]),
        (
            f"{_HEAD}  http: {{url: 'https://u:p@a.example'}}",
            ["3:15: [0].http.url: has a user or a password (pass it in headers, from a secret)"],
        ),
        (
            f"{_HEAD}  http: {{url: 'https://[::1'}}",
            ["3:15: [0].http.url: is not a URL (for example https://status.example.com/health)"],
        ),
        (
            f"{_HEAD}  webhook: {{url: 'http://a.example'}}",
            ["3:18: [0].webhook.url: is not an https URL (a secret must not be sent in the clear)"],
        ),
        (
            f'{_HEAD}  webhook: {{url: "https://a", headers: {{A: "x\\ny"}}}}',
            ["3:40: [0].webhook.headers: the header 'A' has a line break or another control character"],
        ),
        (
            f"{_HEAD}  prometheus: {{address: 'https://a', query: up, success: result <}}",
            ["3:58: [0].prometheus.success: the condition cannot be parsed at column 9"],
        ),
        (
            f"{_HEAD}  cloudwatch: {{success: result < 1, queries: [{_QUERY}, {_QUERY}]}}",
            ["3:46: [0].cloudwatch.queries: two queries have the same Id (give each its own)"],
        ),
        (
            f"{_HEAD}  cloudwatch: {{queries: [{{Id: a, Expression: '1'}}], success: result < 1}}",
            [
                (
                    "3:25: [0].cloudwatch.queries: no query has the Id result "
                    "(give the Id result to the query that success is about)"
                )
            ],
        ),
        (
            f"{_HEAD}  cloudwatch: {{success: result < 1, queries: [{{Id: result, Expression: '1'}}]}}\n  timeout: 4m",
            [
                (
                    "4:12: [0].timeout: the timeout of 4m 00s ends before the first value, which may take 4m 00s"
                    " (raise timeout, or leave it out)"
                )
            ],
        ),
        (
            f"{_HEAD}  prometheus: {{address: 'http://p', query: up, success: result < 1, delay: 2m}}\n  timeout: 2m",
            [
                (
                    "4:12: [0].timeout: the timeout of 2m 00s ends before the first value, which may take 2m 30s"
                    " (raise timeout, or leave it out)"
                )
            ],
        ),
        (
            f"{_HEAD}  prometheus: {{address: 'http://p?x', query: up, success: result < 1, headers: {{X-Key: k}}}}",
            [
                "3:25: [0].prometheus.address: the address has a query string (end it with the path)",
                "3:80: [0].prometheus.headers: a secret must not be sent in the clear (use an https address)",
            ],
        ),
        (
            f"{_HEAD}  compare: {{errors: {{ratio: 1}}}}",
            ["3:29: [0].compare.errors.ratio: 1 is less than or equal to the minimum of 1"],
        ),
        (
            f"{_HEAD}  compare: {{errors: {{ratio: 2, allowed: 3, history: 20d}}}}",
            [
                (
                    "3:41: [0].compare.errors.allowed: 3 times the old rate is allowed, but 2 times is to be detected"
                    " (allow less than ratio)"
                ),
                "3:53: [0].compare.errors.history: CloudWatch keeps one-minute data for 15 days (for example 1h)",
            ],
        ),
        (
            "- {name: a, at: end, alarms: x}\n- {name: a, at: start, alarms: x}",
            ["2:10: name: another check is also called a (give each check its own name)"],
        ),
    ],
)
def test_what_cannot_be_used_is_an_error_at_its_place(text: str, problems: list[str]) -> None:
    found = _problems(text)

    assert len(found) == len(problems)
    assert [each for each, start in zip(found, problems, strict=True) if not each.startswith(start)] == []


def test_signing_secrets_and_credentials_in_headers_are_secrets() -> None:
    checks = _checks(
        """
- {name: a, at: end, webhook: {url: 'https://a.example', secret: s3cr3t, headers: {X-Api-Key: k3y, Accept: json}}}
- {name: b, at: end, http: {url: 'https://a.example', headers: {Authorization: Bearer t0k3n}}}
- {name: c, at: end, alarms: x}
- {name: d, at: end, http: {url: 'https://a.example', headers: {Cookie: session=h1dden; a=1}}}
"""
    )

    words = ["session=h1dden; a=1", "session=h1dden"]
    assert list(secret_values(checks)) == ["s3cr3t", "k3y", "Bearer t0k3n", "t0k3n", *words]


@pytest.mark.parametrize(
    ("kind", "timeout"),
    [
        ("cloudwatch: {queries: [{Id: result, Expression: '1'}], success: result < 1}", 300.0),
        ("cloudwatch: {queries: [{Id: result, Expression: '1', Period: 300}], success: result < 1, delay: 1m}", 720.0),
        ("prometheus: {address: 'http://p', query: up, success: result < 1}", 120.0),
        ("prometheus: {address: 'http://p', query: up, success: result < 1, delay: 5m}", 390.0),
        ("lambda: {function: smoke}", 120.0),
    ],
)
def test_without_a_timeout_there_is_time_for_a_first_value(kind: str, timeout: float) -> None:
    (check,) = _checks(f"{_HEAD}  {kind}")
    assert check.timeout == timeout


def test_during_a_bake_the_timeout_is_that_of_one_measurement() -> None:
    kind = "cloudwatch: {queries: [{Id: result, Expression: '1'}], success: result < 1}"
    (check,) = _checks(f"- name: share\n  during: shift-*\n  timeout: 20s\n  {kind}")
    assert check.timeout == 20.0


@pytest.mark.parametrize("alarms", ["','", "[' ']", "[x, ' ']", "' , '"])
def test_alarms_without_a_name_are_refused_since_nothing_would_be_asked_and_pass(alarms: str) -> None:
    assert _problems(f"{_HEAD}  alarms: {alarms}\n") == [
        "3:11: [0].alarms: an alarm has no name (for example [web-errors])"
    ]


def test_a_window_cannot_be_empty() -> None:
    (problem,) = _problems(
        f"{_HEAD}  prometheus: {{address: 'https://p', query: up, success: result < 1, window: 0s}}\n"
    )
    assert "window: '0s' is shorter than 1s" in problem


@pytest.mark.parametrize("name", ["X-Password", "X-Session-Id", "X-Hub-Signature", "x-protection-bypass"])
def test_headers_whose_names_say_password_or_session_hold_secrets(name: str) -> None:
    text = f"{_HEAD}  webhook: {{url: 'https://a.example', headers: {{{name}: hunter22}}}}\n"
    assert "hunter22" in secret_values(_checks(text))
