"""Checks by a query to Prometheus, or to what speaks its API."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from math import isfinite, nan
from urllib.parse import urlencode

from spotaction.checks.asking import ask_outside
from spotaction.checks.contradictions import echoed_secrets
from spotaction.checks.ports import CheckPorts
from spotaction.checks.queries.first_value import SHORTEST_WINDOW
from spotaction.checks.queries.values import Limits, judge_values
from spotaction.checks.templates import ValuelessError, fill_template
from spotaction.model.check_kinds import PrometheusCheck
from spotaction.model.checks import Measurement, Outcome, Subject
from spotaction.model.ports import HttpRequest, HttpResponse
from spotaction.model.redaction import redact_fragments, truncate

PATH = "/api/v1/query"
LONGEST_REQUEST = 30.0  # seconds; the check's timeout allows for another attempt
LONGEST = 300  # characters of a server's words
_NOTE = "PromQL info:"
_POST_REFUSED = (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)


class PrometheusProbe:
    """Sends an instant query; with a delay, for a moment that long ago by the server's own clock."""

    def __init__(self, kind: PrometheusCheck, ports: CheckPorts) -> None:
        self._kind = kind
        self._ports = ports
        self._limits = Limits.of(kind.success, kind.failure)
        self._method = "POST"
        self._secrets = echoed_secrets("", kind.headers, *kind.headers.values())
        self._ahead: float | None = None  # seconds that the server's clock is ahead of this one's `now`

    def measure(self, subject: Subject, deadline: float) -> Measurement:
        """Send the query; nothing is measured before a whole window has passed since what is measured began."""
        window = self._kind.window
        if subject.since is not None:
            age = (self._ports.time() - subject.since).total_seconds() - self._kind.delay
            if age < min(SHORTEST_WINDOW, window):
                pause = max(min(SHORTEST_WINDOW, window) - age, 1.0)
                reason = f"only {max(age, 0.0):.0f} s have passed since the start of what is measured"
                return Measurement(Outcome.WAITING, reason, limit=self._limits.success.text, retry_after=pause)
            window = min(window, age)
        try:
            query = fill_template(self._kind.query, subject, window=window)
        except ValuelessError as error:
            return Measurement(Outcome.NO_DATA, str(error), limit=self._limits.success.text)
        return ask_outside(partial(self._ask, query, deadline), self._limits.success.text)

    def _ask(self, query: str, deadline: float) -> Measurement:
        parameters = {"query": query}
        if self._kind.delay:
            if self._ahead is None and (problem := self._ask_time(deadline)) is not None:
                return problem
            then = self._ports.clock.now() + (self._ahead or 0.0) - self._kind.delay
            parameters["time"] = f"{then:.3f}"
        answer = self._send(parameters, deadline)
        if isinstance(answer, Measurement):
            return answer
        values = _read_values(answer)
        if values is None:
            kind = truncate(self._quote(str(answer.get("resultType"))), 20)
            reason = f"the query returns a {kind}, and not one number for each series"
            return self._error(f"{reason}; aggregate it, for example with rate() or last_over_time()")
        return judge_values(values, self._limits, incomplete=self._find_warnings(answer))

    def _ask_time(self, deadline: float) -> Measurement | None:
        """Find out how far the server's clock is ahead; returns a measurement only if that cannot be found out."""
        answer = self._send({"query": "time()"}, deadline)
        if isinstance(answer, Measurement):
            return answer
        (time, *_) = _read_values(answer) or [nan]
        if not isfinite(time):
            return self._error("Prometheus sent no Date, from which the delay is counted")
        self._ahead = time - self._ports.clock.now()
        return None

    def _send(self, parameters: Mapping[str, str], deadline: float) -> "Mapping[str, object] | Measurement":
        """The data of a good answer, or the measurement that the answer is."""
        assert self._ports.http is not None
        left = deadline - self._ports.clock.now()
        if left <= 0:
            return self._error("no time was left to send it")
        timeout = min(left, LONGEST_REQUEST)
        form = urlencode({**parameters, "timeout": f"{timeout:.3f}"})
        response = self._ports.http.send(self._request(form, timeout))
        if response.status in _POST_REFUSED and self._method == "POST":
            self._method = "GET"
            return self._send(parameters, deadline)
        return self._read(response)

    def _request(self, form: str, timeout: float) -> HttpRequest:
        url = self._kind.address.rstrip("/") + PATH
        headers = {**self._kind.headers, "Accept": "application/json"}
        if self._method == "GET":
            return HttpRequest(f"{url}?{form}", timeout, headers=headers)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return HttpRequest(url, timeout, method="POST", headers=headers, body=form.encode())

    def _read(self, response: HttpResponse) -> "Mapping[str, object] | Measurement":
        answer = _parse(response.body)
        if answer.get("status") == "success" and response.status == HTTPStatus.OK:
            data = answer.get("data")
            if isinstance(data, Mapping):
                return {**data, "warnings": answer.get("warnings"), "isPartial": answer.get("isPartial")}
        words = ": ".join(str(answer[key]) for key in ("errorType", "error") if answer.get(key))
        if not words and response.status == HTTPStatus.OK:
            words = "this is not a response of Prometheus: check the address"
        if response.status // 100 == HTTPStatus.MULTIPLE_CHOICES // 100:
            words = words or "redirects are not followed, so give the address that it redirects to"
        shown = self._quote(words)
        return self._error(f"Prometheus answered {response.status}{f': {shown}' if shown else ''}")

    def _find_warnings(self, answer: Mapping[str, object]) -> str:
        """Why an answer may be incomplete: Thanos and Mimir warn of a store that is silent, VictoriaMetrics marks it.

        Versions of Prometheus without the field `infos` put notes about the query among the warnings.
        """
        if answer.get("isPartial"):
            return "the server marks its response as partial"
        found = answer.get("warnings") or []
        warnings = found if isinstance(found, list) else [found]
        words = [str(each) for each in warnings if not str(each).startswith(_NOTE)]
        return f"Prometheus warns: {self._quote('; '.join(words))}" if words else ""

    def _quote(self, words: str) -> str:
        """The start of a server's words, without what was sent to get them."""
        return truncate(redact_fragments(words, self._secrets), LONGEST)

    def _error(self, reason: str) -> Measurement:
        return Measurement(Outcome.ERROR, reason, limit=self._limits.success.text)


def _parse(body: bytes) -> Mapping[str, object]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, Mapping) else {}


def _read_values(data: Mapping[str, object]) -> list[float] | None:
    """The value of each series; not a number for what is none. None for a result that has not one value for each."""
    result = data.get("result")
    if not isinstance(result, Sequence) or isinstance(result, str):
        return None
    if data.get("resultType") == "scalar":
        return [_read_value(result)]
    if data.get("resultType") == "vector":
        return [_read_value(each.get("value") if isinstance(each, Mapping) else None) for each in result]
    return None


def _read_value(pair: object) -> float:
    """The number in a pair of time and text; a histogram has none."""
    if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], str):  # noqa: PLR2004 - a pair
        try:
            return float(pair[1])
        except ValueError:
            return nan
    return nan
