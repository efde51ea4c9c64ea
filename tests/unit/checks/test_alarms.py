"""The check of alarms: what their states say."""

import pytest

from spotaction.checks.alarms import judge_alarms
from spotaction.model.checks import Measurement, Outcome
from spotaction.model.resources import Alarm

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
