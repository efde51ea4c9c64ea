from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from spotaction.github.history import Stamped
from spotaction.github.outcome import describe_failure, describe_outcome, find_first_sign, find_restored
from spotaction.github.report import RunReport
from spotaction.model.deployment import Deployment, Lock, ObservedRoute, RoutePair, Snapshot, Status
from spotaction.model.events import Event, GroupScaled, RouteChanged, StepFinished, WaitFinished, WaitProgress
from spotaction.model.observations import Observations
from spotaction.model.resources import Capacity, Forward, ListenerArn, Route, RuleArn, TargetGroupArn, Weighted
from tests.support.stories import BLUE, CAPACITY, GREEN, NEW, OLD, deployment, rollback, stamped

STARTED = datetime(2026, 11, 28, 23, 59, tzinfo=UTC)
RULE = RuleArn("listener-rule/app/web-alb/1/2/c1")
ROUTE = Route("web-alb", ListenerArn("l"), 443, RULE, is_default=False, forward=Forward.to_one(BLUE))
HALF = Forward((Weighted(BLUE, 50), Weighted(GREEN, 50)))
ALARM = "errors is in ALARM"


def at(*events: tuple[float, Event]) -> tuple[Stamped, ...]:
    return tuple(Stamped(moment, event) for moment, event in events)


def routed(now: Forward | None) -> Deployment:
    record = replace(deployment(), strategy="blue-green")
    record.snapshot = Snapshot(record.snapshot.old, (RoutePair(ROUTE, None, BLUE, GREEN),))
    record.observed_routes = {RULE: ObservedRoute(ROUTE.label, now)}
    return record


def report(record: Deployment, events: Sequence[Stamped], status: Status = Status.ROLLED_BACK) -> RunReport:
    return RunReport(status, deployment=record, reason=ALARM, events=events, started=STARTED, seconds=100.0)


SHIFTED = (10.0, RouteChanged(ROUTE.label, ROUTE.forward, HALF))
FIRED = (30.0, WaitFinished("alarms", ALARM, 20.0, 5, failed=True))
RESTORED = (33.0, RouteChanged(ROUTE.label, HALF, ROUTE.forward))


def test_a_failed_shift_says_what_since_when_how_long_until_production_was_restored_and_what_serves() -> None:
    found = report(routed(ROUTE.forward), at(SHIFTED, FIRED, RESTORED))
    assert describe_outcome(found) == (
        ("Failed", ALARM),
        ("Since", "23:59:30 UTC, 30s into the run"),
        ("Production", "restored 3s after that, at 23:59:33 UTC"),
        ("Serving now", "web__3 (sig-0a)"),
    )
    assert describe_failure(found)[2] == "Production: restored 3s after that, at 23:59:33 UTC"


def test_without_a_write_that_restores_it_production_is_not_called_restored() -> None:
    found = report(routed(HALF), at(SHIFTED, FIRED), Status.FAILED)
    assert find_restored(found, 30.0) is None
    assert describe_outcome(found)[2:] == (
        ("Production", "was changed and is not restored"),
        ("Serving now", "web__4 (sig-0b, ami-0b) with 50% of the requests; web__3 (sig-0a) with 50% of the requests"),
    )


def test_production_is_restored_once_every_rule_is() -> None:
    second = replace(ROUTE, port=8080, rule=RuleArn(f"{RULE}-2"))
    record = routed(ROUTE.forward)
    record.snapshot = Snapshot(record.snapshot.old, tuple(RoutePair(r, None, BLUE, GREEN) for r in (ROUTE, second)))
    shifted = (11.0, RouteChanged(second.label, ROUTE.forward, HALF))
    back = (40.0, RouteChanged(second.label, HALF, ROUTE.forward))
    assert find_restored(report(record, at(SHIFTED, shifted, FIRED, RESTORED)), 30.0) is None
    assert find_restored(report(record, at(SHIFTED, shifted, FIRED, RESTORED, back)), 30.0) == 40.0


def test_a_rule_that_cannot_be_read_leaves_open_what_serves() -> None:
    told = dict(describe_outcome(report(routed(None), at(SHIFTED, FIRED), Status.FAILED)))
    assert told["Serving now"] == "not known: a rule of production could not be read"


def test_a_rule_that_leads_elsewhere_is_told() -> None:
    third = Forward.to_one(TargetGroupArn("arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/third/3"))
    told = dict(describe_outcome(report(routed(third), at(SHIFTED, FIRED), Status.ROLLBACK_INCOMPLETE)))
    assert told["Serving now"] == "neither of these groups, by production's rules as last read"


def test_production_that_this_run_did_not_change_was_not_changed() -> None:
    assert describe_outcome(report(routed(ROUTE.forward), at(FIRED)))[2] == ("Production", "was not changed")


def test_a_canary_is_restored_once_the_old_group_is_steady_and_the_new_one_that_served_is_empty() -> None:
    seen = Observations()
    seen.note_health(NEW, 10.0, 1, 1)
    small, none = Capacity(1, 1, 4), Capacity.fixed(0)
    events = at(
        (20.0, GroupScaled(OLD, "web__3", CAPACITY, small)),
        FIRED,
        (31.0, GroupScaled(OLD, "web__3", small, CAPACITY)),
        (50.0, WaitFinished("web__3 steady", "2 of 2 healthy", 19.0, 4)),
        (55.0, GroupScaled(NEW, "web__4", Capacity.fixed(1), none)),
        (70.0, WaitFinished("web__3 steady", "2 of 2 healthy", 0.0, 1)),
    )
    found = replace(report(deployment(), events), observations=seen)
    assert find_restored(found, 30.0) == 55.0
    assert find_restored(replace(found, events=events[:4]), 30.0) is None


def test_a_new_group_that_was_never_healthy_did_not_change_production() -> None:
    found = RunReport(Status.ROLLED_BACK, deployment=deployment(), reason="x", events=stamped(rollback()))
    assert dict(describe_outcome(found))["Production"] == "was not changed"


def test_a_wait_that_failed_was_wrong_since_it_gave_its_reason_first() -> None:
    events = at(
        (5.0, WaitProgress("web steady", "3 not listed", 0, 3, 5.0, 95.0)),
        (40.0, WaitProgress("web steady", "i-1: unhealthy", 2, 3, 40.0, 60.0)),
        (60.0, WaitProgress("alarms", "could not be read", 0, 0, 60.0, 40.0)),
        (100.0, WaitFinished("web steady", "i-1: unhealthy", 100.0, 20, failed=True)),
    )
    assert find_first_sign(events) == 40.0


def test_an_earlier_wait_of_the_same_name_is_no_sign() -> None:
    events = at(
        (5.0, WaitProgress("web steady", "i-1: unhealthy", 2, 3, 5.0, 95.0)),
        (9.0, WaitFinished("web steady", "3 of 3", 9.0, 3)),
        (50.0, WaitFinished("web steady", "i-1: unhealthy", 10.0, 2, failed=True)),
    )
    assert find_first_sign(events) == 50.0
    assert find_first_sign(at((7.0, StepFinished("setup", 7.0, "Spot refused")))) == 7.0
    assert find_first_sign(events[:2]) is None


def test_a_deployment_that_another_run_continues_does_not_say_what_serves() -> None:
    record = routed(ROUTE.forward)
    record.lock = Lock(lost=True)
    serving = dict(describe_outcome(report(record, at(FIRED), Status.FAILED)))["Serving now"]
    assert serving == "not known here: another run continues this deployment"


@pytest.mark.parametrize(
    ("status", "operation"), [(Status.DEPLOYED, "deploy"), (Status.REFUSED, "deploy"), (Status.ROLLED_BACK, "rollback")]
)
def test_only_a_failure_ends_the_log_with_these_lines(status: Status, operation: str) -> None:
    found = RunReport(status, operation=operation, deployment=routed(ROUTE.forward), reason="x", events=at(FIRED))
    assert describe_failure(found) == ()
