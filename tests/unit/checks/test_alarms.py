"""The check of alarms: what their states say."""

import pytest

from spotaction.checks.alarms import AlarmsProbe, judge_alarms
from spotaction.checks.ports import CheckPorts
from spotaction.model.check_kinds import AlarmsCheck
from spotaction.model.checks import Measurement, Outcome
from spotaction.model.resources import Alarm
from tests.support.fakes import FakeClock
from tests.support.http_checks import subject

_OK = Alarm("web-latency", "OK")


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ((_OK,), Measurement(Outcome.PASSED, "no alarm is in ALARM", "all OK", "no alarm")),
        (
            (_OK, Alarm("web-5xx", "ALARM", "3 datapoints were over 10.")),
            Measurement(Outcome.FAILED, "web-5xx is in ALARM: 3 datapoints were over 10", "1 in ALARM", "no alarm"),
        ),
        (
            (_OK, Alarm("web-5xx", "INSUFFICIENT_DATA")),
            Measurement(Outcome.NO_DATA, "web-5xx has no data", "1 without data", "no alarm"),
        ),
    ],
)
def test_an_alarm_that_fires_fails_and_one_without_data_is_no_pass(
    states: tuple[Alarm, ...], found: Measurement
) -> None:
    assert judge_alarms(states) == found


def test_without_credentials_alarms_cannot_be_read_which_is_no_pass() -> None:
    found = AlarmsProbe(AlarmsCheck(("web-5xx",)), CheckPorts(FakeClock())).measure(subject(), 0.0)

    assert found == Measurement(Outcome.ERROR, "alarms cannot be read without AWS credentials", limit="no alarm")
