"""The kinds of checks, with what their teams write for each. Durations are in seconds, shares between 0 and 1."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from spotaction.model.resources import JsonObject


class Listener(StrEnum):
    """Which listener a path is requested from."""

    STAGE = "stage"
    PRODUCTION = "production"


@dataclass(frozen=True)
class HttpCheck:
    """Requests to a `path` on a `listener`, or to a `url`; one of both is set.

    `status` are the expected codes, as pairs of first and last. `body` is a regular expression that has to match the
    body; `json_value` maps dotted paths in a JSON body to the expected values. Of `requests` in one measurement at most
    `allowed_failures` may fail. `allow_private` names link-local addresses that may be asked nevertheless.
    `literal` is whether texts have no variables, but stand for themselves.
    """

    path: str = ""
    url: str = ""
    listener: Listener = Listener.STAGE
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    send: str = ""
    status: tuple[tuple[int, int], ...] = ((200, 299),)
    body: str = ""
    json_value: Mapping[str, object] = field(default_factory=dict)
    response_headers: Mapping[str, str] = field(default_factory=dict)
    latency: float | None = None
    requests: int = 1
    allowed_failures: int = 0
    request_timeout: float = 10.0
    allow_private: tuple[str, ...] = ()
    literal: bool = False


@dataclass(frozen=True)
class LambdaCheck:
    """A function with the contract of ECS's lifecycle hooks; `details` is handed to its first call."""

    function: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class WebhookCheck:
    """A POST of the release as JSON; `secret` signs it with HMAC-SHA256."""

    url: str
    secret: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class PrometheusCheck:
    """A PromQL query; `success` and `failure` are conditions on its result, such as `result <= 0.01`.

    `window` is the most that `{{window}}` stands for; it is less while the release is younger than that. `delay` is how
    long a sample takes to be complete.
    """

    address: str
    query: str
    success: str
    failure: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    window: float = 300.0
    delay: float = 0.0


@dataclass(frozen=True)
class CloudwatchCheck:
    """Metric data queries of CloudWatch over the last `window`; the conditions judge the query `result`.

    Only minutes that ended `delay` ago are judged, since later ones are not complete.
    """

    queries: tuple[JsonObject, ...]
    success: str
    failure: str = ""
    window: float = 300.0
    delay: float = 120.0


class OnInconclusive(StrEnum):
    """What happens when a comparison has no verdict at the end of the bake."""

    STOP = "stop"
    CONTINUE = "continue"
    ROLLBACK = "rollback"


@dataclass(frozen=True)
class CompareErrors:
    """The share of failed requests (5XX), new against old, by a sequential test.

    It detects `ratio` times the old group's share and calls `allowed` times acceptable. `false_alarm` and `missed` are
    the probabilities of a wrong verdict, `min_effect` is the least difference of the shares that counts.
    """

    ratio: float = 2.0
    allowed: float = 1.0
    false_alarm: float = 0.01
    missed: float = 0.05
    min_effect: float = 0.0005
    warm_up: float | None = None
    delay: float = 120.0
    history: float = 3600.0
    on_inconclusive: OnInconclusive = OnInconclusive.STOP


@dataclass(frozen=True)
class CompareLatency:
    """The response time at `percentile`, new against old, minute by minute; up to `ratio` times the old is accepted."""

    percentile: float = 99.0
    ratio: float = 1.25
    false_alarm: float = 0.01
    warm_up: float | None = None
    delay: float = 120.0
    on_inconclusive: OnInconclusive = OnInconclusive.STOP


@dataclass(frozen=True)
class AnomaliesCheck:
    """Targets that the load balancer itself calls anomalous.

    Fails when at `looks` looks in a row more than `share` of the new targets are anomalous and the old ones are not.
    """

    looks: int = 3
    share: float = 0.0


@dataclass(frozen=True)
class AlarmsCheck:
    """CloudWatch alarms, by name or ARN, that may not fire."""

    alarms: tuple[str, ...]


CheckKind = (
    HttpCheck
    | LambdaCheck
    | WebhookCheck
    | PrometheusCheck
    | CloudwatchCheck
    | CompareErrors
    | CompareLatency
    | AnomaliesCheck
    | AlarmsCheck
)
