"""Checks a release by real requests: their status, body, JSON, headers and time."""

from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urljoin, urlsplit

from spotaction.checks.http.answers import describe_limits, describe_seconds, find_fault, is_expected, remove_secrets
from spotaction.checks.http.targets import HttpTarget, NoTargetError, find_detour, find_targets
from spotaction.checks.ports import CheckPorts
from spotaction.checks.templates import ValuelessError, change_texts, fill_template
from spotaction.model.check_kinds import HttpCheck
from spotaction.model.checks import Measurement, Outcome, Subject
from spotaction.model.errors import ApiError, RefusedError, with_full_stop
from spotaction.model.ports import HttpRequest, HttpResponse
from spotaction.model.redaction import truncate

_DEFAULT_PORTS = {"http": 80, "https": 443}
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOLLOWED = frozenset({"GET", "HEAD"})
_MOST_DIFFERENT = 3  # faults that a reason names
_LONGEST_ORIGIN = 100  # characters
_NEARLY = 0.9  # a share of the time that a request may take, which is as good as all of it
_MOMENT = 0.1  # seconds
_TIMEOUT = "raise timeout, or lower requests"
_BADNESS = {Outcome.PASSED: 0, Outcome.ERROR: 1, Outcome.FAILED: 2}


class _LateError(Exception):
    """A request had less time than it may take, and no response in it, which says nothing about the release."""


@dataclass
class _Series:
    """The requests of one measurement so far.

    `answers` are the status and the seconds of each response, `faults` what was wrong with failed requests. `unsent`
    counts those that never reached the server, or had no time left, which say nothing about the release.
    """

    answers: list[tuple[int, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    asked: int = 0
    unsent: int = 0

    @property
    def good(self) -> int:
        """How many responses were as expected."""
        return self.asked - len(self.faults)


class HttpProbe:
    """Sends the requests of a check one after another, each over a connection of its own."""

    def __init__(self, kind: HttpCheck, ports: CheckPorts) -> None:
        self._kind = kind
        assert ports.http is not None
        self._client = ports.http
        self._ports = ports
        self._written = kind
        self._targets: tuple[HttpTarget, ...] | None = None
        self._whole = 0.0  # seconds that a request may take where there is time enough

    def measure(self, subject: Subject, deadline: float) -> Measurement:
        """Return a failed measurement if more requests fail than may, and an error if the server was never reached."""
        try:
            self._kind = _fill_variables(self._written, subject)
        except ValuelessError as error:
            return Measurement(Outcome.ERROR, str(error), limit=describe_limits(self._written))
        limit = describe_limits(self._kind)
        try:
            if self._targets is None:
                self._targets = find_targets(self._kind, subject, self._ports.endpoints, deadline)
            series = [self._ask_often(target, deadline) for target in self._targets]
        except NoTargetError as error:
            return Measurement(Outcome.ERROR, str(error), limit=limit)
        except (ApiError, RefusedError) as error:
            reason = f"{with_full_stop(error.message)} {error.next_step}" if error.next_step else error.message
            return Measurement(Outcome.ERROR, reason.rstrip("."), limit=limit)
        judged = [(self._judge(each), len(each.faults)) for each in series]
        worst, _ = max(judged, key=lambda pair: (_BADNESS[pair[0].outcome], pair[1]))
        return replace(worst, limit=limit)

    def _judge(self, series: _Series) -> Measurement:
        different = list(dict.fromkeys(series.faults))
        more = f"; and {len(different) - _MOST_DIFFERENT} more" if len(different) > _MOST_DIFFERENT else ""
        faults, value = "; ".join(different[:_MOST_DIFFERENT]) + more, self._describe_value(series)
        if len(series.faults) > self._kind.allowed_failures:
            failed = len(series.faults) - series.unsent > self._kind.allowed_failures
            return Measurement(Outcome.FAILED if failed else Outcome.ERROR, faults, value)
        if series.asked < self._kind.requests:
            reason = f"the check's timeout ended after {series.asked} of {self._kind.requests} requests: {_TIMEOUT}"
            return Measurement(Outcome.ERROR, f"{reason}; {faults}" if faults else reason, value)
        good = "the response is good" if self._kind.requests == 1 else f"{series.good} of {series.asked} are good"
        return Measurement(Outcome.PASSED, f"{good}: {faults}" if faults else good, value)

    def _describe_value(self, series: _Series) -> str:
        if not series.answers:
            return ""
        if self._kind.requests == 1:
            status, seconds = series.answers[0]
            return f"{status} in {describe_seconds(seconds)}"
        slowest = max(seconds for _, seconds in series.answers)
        return f"{series.good} of {series.asked} good, slowest {describe_seconds(slowest)}"

    def _ask_often(self, target: HttpTarget, deadline: float) -> _Series:
        """Ask so often as the check wants, or until so many have failed that the rest cannot change that.

        It ends before that when there is no time left.
        """
        series = _Series()
        while (
            series.asked < self._kind.requests
            and len(series.faults) <= self._kind.allowed_failures
            and self._ports.clock.now() < deadline
        ):
            series.asked += 1
            try:
                response, fault = self._ask_once(target, deadline)
                series.answers.append((response.status, response.seconds))
            except _LateError as error:
                series.unsent += 1
                fault = str(error)
            except ApiError as error:
                series.unsent += not error.maybe_applied
                way_out = "" if error.maybe_applied else target.way_out or error.next_step
                fault = f"{with_full_stop(error.message)} {way_out}".strip().rstrip(".")
            series.faults += [fault] if fault else []
        return series

    def _ask_once(self, target: HttpTarget, deadline: float) -> tuple[HttpResponse, str]:
        """The response at the end of the redirects on the same host, and its fault."""
        url, taken, redirects = target.url, 0.0, 0
        while True:
            request = self._make_request(target, url, deadline)
            shown = self._describe(request, redirects)
            detour = find_detour(target, urlsplit(url), self._kind.method, self._kind.headers)
            if detour:
                raise NoTargetError(f"{shown}: {detour}")
            response = self._send(request, shown, deadline)
            taken += response.seconds
            response = replace(response, seconds=taken)
            if not self._is_followed(response):
                fault = find_fault(self._kind, response)
                return response, f"{shown}: {fault}" if fault else ""
            onward, redirects = _join(url, response.headers["location"]), redirects + 1
            if _origin_of(onward) != _origin_of(url):
                elsewhere = truncate(remove_secrets(self._kind, _origin_of(onward)), _LONGEST_ORIGIN)
                return response, f"{shown} redirects to {elsewhere}, which is another host"
            if redirects > _MOST_REDIRECTS:
                return response, f"{shown} redirects more than {_MOST_REDIRECTS} times"
            url = onward

    def _send(self, request: HttpRequest, shown: str, deadline: float) -> HttpResponse:
        """The response. Raises `ApiError`, or `_LateError` if there was none in the rest of the check's time."""
        self._whole = max(self._whole, request.timeout)
        try:
            return self._client.send(request)
        except ApiError as error:
            error.message = error.message.replace(str(request), shown)
            is_late = deadline - self._ports.clock.now() < _MOMENT
            if error.maybe_applied and is_late and request.timeout < self._whole * _NEARLY:
                late = f"{shown} had only {request.timeout:.3g} s left, and did not complete in time"
                raise _LateError(f"{late}; {_TIMEOUT}") from error
            raise

    def _describe(self, request: HttpRequest, redirects: int) -> str:
        """The request for people; where a server's redirects led may have secrets in it."""
        return remove_secrets(self._kind, str(request)) if redirects else str(request)

    def _is_followed(self, response: HttpResponse) -> bool:
        redirect = response.status in _REDIRECTS and bool(response.headers.get("location"))
        return redirect and self._kind.method in _FOLLOWED and not is_expected(self._kind, response.status)

    def _make_request(self, target: HttpTarget, url: str, deadline: float) -> HttpRequest:
        left = deadline - self._ports.clock.now()
        return HttpRequest(
            url,
            timeout=max(0.0, min(self._kind.request_timeout, left)),
            method=self._kind.method,
            headers=self._kind.headers,
            body=self._kind.send.encode(),
            address=target.address,
            allowed=self._kind.allow_private,
        )


def _fill_variables(kind: HttpCheck, subject: Subject) -> HttpCheck:
    """The check with the values of this release in what it sends and expects. Raises `ValuelessError`."""
    if kind.literal:
        return kind
    fill = partial(fill_template, subject=subject, window=0.0)
    fill_pattern = partial(fill, as_pattern=True)
    return replace(
        kind,
        path=fill(kind.path),
        url=fill(kind.url),
        headers={name: fill(text) for name, text in kind.headers.items()},
        send=fill(kind.send),
        body=fill_pattern(kind.body),
        json_value={path: change_texts(value, fill) for path, value in kind.json_value.items()},
        response_headers={name: fill_pattern(text) for name, text in kind.response_headers.items()},
    )


def _join(url: str, location: str) -> str:
    """Where a redirect leads; empty if that is no URL."""
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _origin_of(url: str) -> str:
    """Scheme, host and port; a URL that cannot be read has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return "what is not a URL"
    return f"{parts.scheme}://{parts.hostname}:{port}"
