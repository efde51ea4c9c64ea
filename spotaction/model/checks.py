"""What a check of a release is: where it runs, what it measures, and how its measurements are counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from spotaction.model.check_kinds import (
    AlarmsCheck,
    AnomaliesCheck,
    CheckKind,
    CloudwatchCheck,
    CompareErrors,
    CompareLatency,
    HttpCheck,
    LambdaCheck,
    OnInconclusive,
    PrometheusCheck,
    WebhookCheck,
)
from spotaction.model.deployment import GroupRef, Run
from spotaction.model.resources import AppName, Image, Route, TargetGroupArn


class Position(StrEnum):
    """How a check relates to the step, or the moment, that it names."""

    AFTER = "after"
    BEFORE = "before"
    DURING = "during"
    AT = "at"


class Moment(StrEnum):
    """The moments of a deployment at which a check may run."""

    START = "start"
    END = "end"
    ROLLBACK = "rollback"


@dataclass(frozen=True)
class Where:
    """`name` is the name of a step, or a pattern such as `shift-*`; with position `at` it is a `Moment`."""

    position: Position
    name: str


@dataclass(frozen=True)
class Check:
    """A check as its team wrote it; durations are in seconds.

    A measurement is made every `interval`, at most `attempts` times (None: until the timeout, or the end of the bake).
    The check passes after `successes` in a row, fails after more than `failures` failed ones, or after more than
    `errors` in a row that could not be made. With `dry_run` its verdict is shown and decides nothing.
    """

    name: str
    where: Where
    kind: CheckKind
    timeout: float = 120.0
    attempts: int | None = None
    interval: float = 10.0
    successes: int = 1
    failures: int = 0
    errors: int = 4
    dry_run: bool = False

    @property
    def way(self) -> str:
        """The kind in a word or two, as log and summary name it."""
        return _WAYS[type(self.kind)]

    @property
    def on_inconclusive(self) -> OnInconclusive | None:
        """What happens without a verdict; None if the kind has to have passed by then."""
        match self.kind:
            case CompareErrors() | CompareLatency() as kind:
                return kind.on_inconclusive
            case _:
                return None

    @property
    def needs_aws(self) -> bool:
        """Whether it cannot be measured without AWS credentials."""
        match self.kind:
            case HttpCheck(path=path):
                return bool(path)
            case WebhookCheck() | PrometheusCheck():
                return False
            case _:
                return True


_WAYS: Mapping[type[CheckKind], str] = {
    HttpCheck: "http",
    LambdaCheck: "lambda",
    WebhookCheck: "webhook",
    PrometheusCheck: "prometheus",
    CloudwatchCheck: "cloudwatch",
    CompareErrors: "compare errors",
    CompareLatency: "compare latency",
    AnomaliesCheck: "anomalies",
    AlarmsCheck: "alarms",
}


class Outcome(StrEnum):
    """What one measurement says; only `PASSED` is a pass. `INCONCLUSIVE` is neither good nor bad."""

    PASSED = "passed"
    FAILED = "failed"
    WAITING = "waiting"
    INCONCLUSIVE = "inconclusive"
    NO_DATA = "no data"
    ERROR = "error"


@dataclass(frozen=True)
class RatePoint:
    """One minute of a comparison, which began at `time` (aware, UTC): the value of the old group, and of the new."""

    time: datetime
    old: float
    new: float


@dataclass(frozen=True)
class Measurement:
    """One measurement: the `value` found and the `limit` it was held against, as people read them, and the `reason`.

    `retry_after` (seconds) overrides the check's interval, when the part that was asked wants to be asked again then.
    `points` are the minutes that a comparison has looked at so far.
    """

    outcome: Outcome
    reason: str
    value: str = ""
    limit: str = ""
    retry_after: float | None = None
    points: tuple[RatePoint, ...] = ()


@dataclass(frozen=True)
class Subject:
    """The release that is measured, as it is at this measurement.

    `step` is the step after, before or during which the check runs, or the moment. `since` is when what is measured
    began, such as when the weights were written (aware, UTC, by the clock of `CheckPorts.time`). `weight` is the new
    group's percentage of production's requests, None if it is not known. `stage` are the rules that forward to the new
    group only, `production` those that production's requests pass. `attempt` counts the measurements of this check,
    from 1, and `bakes` the bakes of the release in which it is measured: a false alarm has to be as rare in all of them
    together.
    """

    app: AppName
    environment: str
    region: str
    run: Run
    step: str
    image: Image
    new: GroupRef | None
    old: GroupRef | None
    new_target_groups: tuple[TargetGroupArn, ...] = ()
    old_target_groups: tuple[TargetGroupArn, ...] = ()
    production: tuple[Route, ...] = ()
    stage: tuple[Route, ...] = ()
    since: datetime | None = None
    weight: float | None = None
    attempt: int = 1
    bakes: int = 1
    instance_ids: tuple[str, ...] = ()
    private_ips: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


class Probe(Protocol):
    """One way to measure, made anew whenever its check runs; it may keep what it learned from one call to the next."""

    def measure(self, subject: Subject, deadline: float) -> Measurement:
        """Return a measurement, made by `deadline` (on the clock's `now`) at the latest.

        What could not be measured is a measurement with outcome `ERROR`, not an exception. Raises `CancelledError`.
        """
        ...
