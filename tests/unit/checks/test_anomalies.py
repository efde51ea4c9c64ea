"""The load balancer's own anomaly detection: never a pass where it is not reported."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from spotaction.checks.anomalies import AnomaliesProbe
from spotaction.checks.ports import CheckPorts
from spotaction.model.check_kinds import AnomaliesCheck
from spotaction.model.checks import Measurement, Outcome, Subject
from spotaction.model.errors import ApiError
from spotaction.model.ports import AnomalyApi, TargetAnomaly
from spotaction.model.resources import InstanceId, TargetGroupArn
from tests.support.query_checks import GREEN, OTHER_GREEN, release
from tests.support.spot_adapter import FakeClock

NORMAL, ANOMALOUS, UNKNOWN, GONE = "normal", "anomalous", "unknown", "gone"
LIMIT = "at most 0% of the new targets anomalous"
SUBJECT = replace(release(), instance_ids=("i-1", "i-2", "i-3", "i-4"))


@dataclass
class Looks(AnomalyApi):
    """Each look at a target group is the next of its list."""

    looks: Mapping[TargetGroupArn, list[Mapping[str, str]]]

    def read(self, target_group: TargetGroupArn, *, deadline: float) -> tuple[TargetAnomaly, ...]:
        assert deadline == 1060.0
        look = self.looks[target_group].pop(0)
        known = {NORMAL: False, ANOMALOUS: True}
        return tuple(
            TargetAnomaly(InstanceId(name), is_healthy=state != GONE, is_anomalous=known.get(state))
            for name, state in look.items()
        )


def old(*states: str) -> dict[str, str]:
    return {f"i-old-{number}": state for number, state in enumerate(states)}


def new(*states: str) -> dict[str, str]:
    return {f"i-{number}": state for number, state in enumerate(states, 1)}


def measure(*looks: Mapping[str, str], subject: Subject = SUBJECT, **kind: float) -> list[Measurement]:
    ports = CheckPorts(FakeClock(), anomalies=Looks({GREEN: list(looks)}))
    probe = AnomaliesProbe(AnomaliesCheck(**kind), ports)  # type: ignore[arg-type]
    return [probe.measure(subject, 1060.0) for _ in looks]


BAD = {**old(NORMAL, NORMAL), **new(ANOMALOUS, NORMAL)}


def test_new_targets_that_are_normal_pass() -> None:
    look = {**old(NORMAL, ANOMALOUS), **new(NORMAL, NORMAL), "i-gone": GONE}
    assert measure(look) == [Measurement(Outcome.PASSED, "0 of 2 new targets are anomalous", "0 of 2 new", LIMIT)]


def test_the_third_bad_look_in_a_row_fails() -> None:
    found = measure(BAD, BAD, BAD)
    assert [each.outcome for each in found] == [Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE, Outcome.FAILED]
    assert found[-1].reason == "1 of 2 new targets is anomalous (i-1), and no old one is; look 3 of 3"


def test_a_good_look_between_starts_anew() -> None:
    good = {**old(NORMAL, NORMAL), **new(NORMAL, NORMAL)}
    outcomes = [each.outcome for each in measure(BAD, BAD, good, BAD, looks=3)]
    assert outcomes == [Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE, Outcome.PASSED, Outcome.INCONCLUSIVE]


def test_old_targets_that_are_anomalous_too_decide_nothing() -> None:
    look = {**old(ANOMALOUS, NORMAL), **new(ANOMALOUS, ANOMALOUS)}
    (found,) = measure(look, looks=1)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reason == "2 of 2 new targets are anomalous, but so is 1 of 2 old ones"


def test_a_share_of_the_new_targets_may_be_anomalous() -> None:
    look = {**old(NORMAL), **new(ANOMALOUS, NORMAL, NORMAL, NORMAL)}
    assert measure(look, looks=1, share=0.25)[0].outcome is Outcome.PASSED
    assert measure(look, looks=1, share=0.24)[0].outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("look", "reason"),
    [
        (old(NORMAL, NORMAL, NORMAL), "no new target is healthy"),
        ({**old(NORMAL, NORMAL), **new(GONE)}, "no new target is healthy"),
        (new(NORMAL, NORMAL, NORMAL), "no old target is healthy, so there is nothing to compare with"),
        ({}, "no new target is healthy"),
        ({**old(UNKNOWN), **new(UNKNOWN)}, "does not report anomalies for 2 of 2 targets"),
        ({**old(NORMAL, NORMAL), **new(NORMAL, UNKNOWN)}, "does not report anomalies for 1 of 4 targets"),
        ({**old(UNKNOWN, NORMAL), **new(ANOMALOUS)}, "does not report anomalies for 1 of 3 targets"),
    ],
)
def test_what_is_not_reported_is_no_data(look: Mapping[str, str], reason: str) -> None:
    (found,) = measure(look, looks=1)
    assert found.outcome is Outcome.NO_DATA
    assert reason in found.reason


def test_without_known_new_instances_there_is_no_data() -> None:
    (found,) = measure(BAD, subject=replace(SUBJECT, instance_ids=()), looks=1)
    assert found.outcome is Outcome.NO_DATA


def test_every_target_group_of_the_new_group_is_looked_at() -> None:
    subject = replace(SUBJECT, new_target_groups=(GREEN, OTHER_GREEN))
    looks = Looks({GREEN: [{**old(NORMAL), **new(NORMAL)}], OTHER_GREEN: [{**old(NORMAL), **new(ANOMALOUS)}]})
    probe = AnomaliesProbe(AnomaliesCheck(looks=1), CheckPorts(FakeClock(), anomalies=looks))
    assert probe.measure(subject, 1060.0).outcome is Outcome.FAILED


def test_a_read_that_fails_is_an_error_of_the_measurement() -> None:
    class Broken(AnomalyApi):
        def read(self, target_group: TargetGroupArn, *, deadline: float) -> tuple[TargetAnomaly, ...]:
            assert (target_group, deadline) == (GREEN, 1060.0)
            raise ApiError("AWS refused it.", service="aws", call="elbv2:DescribeTargetHealth")

    probe = AnomaliesProbe(AnomaliesCheck(), CheckPorts(FakeClock(), anomalies=Broken()))
    assert probe.measure(SUBJECT, 1060.0) == Measurement(Outcome.ERROR, "AWS refused it.", limit=LIMIT)
    alone = AnomaliesProbe(AnomaliesCheck(), CheckPorts(FakeClock()))
    assert alone.measure(SUBJECT, 1060.0).outcome is Outcome.ERROR
