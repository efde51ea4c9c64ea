"""What a team writes for the kind http, and what is refused at its place."""

import pytest

from spotaction.checks.document import parse_checks
from spotaction.documents.source import parse_document
from spotaction.model.check_kinds import CheckKind, HttpCheck, Listener
from spotaction.model.errors import InvalidError


def read(http: str) -> CheckKind:
    (written,) = parse_checks(parse_document(f"- {{name: smoke, after: stage-setup, http: {http}}}", name="c.yaml"))
    return written.check.kind


def test_everything_that_can_be_written_is_read() -> None:
    text = """
- name: smoke
  after: stage-setup
  http:
    path: /health/{{app}}
    listener: production
    method: POST
    headers: {Host: www.example.com, X-Try: 1}
    send: '{"image": "{{image}}"}'
    status: [200, 202-204]
    body: ^ok
    json: {status.db: up, "nodes.0": 3, image: "{{image}}"}
    response-headers: {X-App: ^web$}
    latency: 800ms
    requests: 20
    allowed-failures: 1
    request-timeout: 5s
    allow-private: [169.254.10.1, "fe80::1"]
"""
    (written,) = parse_checks(parse_document(text, name="c.yaml"))
    assert written.check.kind == HttpCheck(
        path="/health/{{app}}",
        listener=Listener.PRODUCTION,
        method="POST",
        headers={"Host": "www.example.com", "X-Try": "1"},
        send='{"image": "{{image}}"}',
        status=((200, 200), (202, 204)),
        body="^ok",
        json_value={"status.db": "up", "nodes.0": 3, "image": "{{image}}"},
        response_headers={"X-App": "^web$"},
        latency=0.8,
        requests=20,
        allowed_failures=1,
        request_timeout=5.0,
        allow_private=("169.254.10.1", "fe80::1"),
    )


WRONG = [
    ("{path: /, body: '(?=a)'}", "body: '(?=a)' is not a regular expression: invalid perl operator: (?="),
    (
        "{path: /, requests: 5, allowed-failures: 5}",
        "allowed-failures: 5 of 5 requests may fail, so the check can never fail (allow fewer failures, or send",
    ),
    ("{path: /, method: HEAD, body: ok}", "body: a response to HEAD has no body (use method: GET)"),
    ("{path: /, method: HEAD, json: {a: 1}}", "json: a response to HEAD has no body (use method: GET)"),
    (
        "{url: 'https://a.test/', listener: production}",
        "listener: a url is requested as it is, whatever the listener (remove listener, or give a path)",
    ),
    (
        "{path: /, latency: 11s}",
        "latency: a response may take 11s, but a request at most 10s (raise request-timeout, or lower latency)",
    ),
    (
        "{path: /, allow-private: [metadata]}",
        "allow-private: 'metadata' is not an IP address (for example 169.254.10.1)",
    ),
    ("{path: '/{{img}}'}", "path: {{img}} is not a variable of checks (did you mean 'image'?)"),
    ("{path: /, json: {a: '{{new.groups}}'}}", "json: {{new.groups}} is not a variable of checks"),
    ("{path: /, send: '${{ secrets.X }}'}", "send: ${{ secrets.X }} is an expression of GitHub"),
    ("{url: 'https://me:pw@a.test/'}", "url: has a user or a password (pass it in headers, from a secret)"),
    ("{url: 'ftp://a.test/'}", "url: is not an http or https URL"),
    ('{path: /, headers: {X-Key: "a\\nb"}}', "headers: the header"),
    ("{path: /, headers: {X Key: a}}", "headers: 'X Key' is not the name of a header (for example X-Request-Id)"),
    ("{path: /, headers: {'': a}}", "headers: '' is not the name of a header"),
    ("{path: /, headers: {X: ' a'}}", "headers: the header 'X' begins with a space (remove it)"),
    ("{path: /, headers: {X: €}}", "headers: the header 'X' has a character that no header can have (encode it)"),
    ("{path: /, response-headers: {'X Key': a}}", "response-headers: 'X Key' is not the name of a header"),
    ('{path: "/a\\nb"}', "path: has a line break or another control character (for example /health)"),
    ("{url: 'https://a.test/{{img}}'}", "url: {{img}} is not a variable of checks (did you mean 'image'?)"),
    ("{path: /, json: {a: {b: ['{{img}}']}}}", "json: {{img}} is not a variable of checks"),
    ("{path: /, request-timeout: 0s}", "request-timeout: '0s' is shorter than 1s (for example 10s)"),
]


@pytest.mark.parametrize(("http", "words"), WRONG)
def test_what_cannot_be_meant_is_refused_at_its_place(http: str, words: str) -> None:
    with pytest.raises(InvalidError) as error:
        read(http)
    (problem,) = error.value.problems
    assert problem.place is not None
    assert (problem.place.file, problem.place.line) == ("c.yaml", 1)
    assert problem.place.column > len("- {name: smoke, after: stage-setup, http: {")
    assert words in str(problem)
