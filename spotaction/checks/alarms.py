"""Checks that CloudWatch alarms do not fire."""

from dataclasses import dataclass

from spotaction.checks.ports import CheckPorts
from spotaction.model.check_kinds import AlarmsCheck
from spotaction.model.checks import Measurement, Outcome, Subject
from spotaction.model.errors import ApiError, RefusedError
from spotaction.model.resources import Alarm

_LIMIT = "no alarm"


@dataclass(frozen=True)
class AlarmsProbe:
    """Reads the states of the alarms: one call, however many they are."""

    kind: AlarmsCheck
    ports: CheckPorts

    def measure(self, subject: Subject, deadline: float) -> Measurement:  # noqa: ARG002 - the call has its own limit
        """Return a failed measurement if one is in ALARM; an alarm without data is no pass."""
        if self.ports.alarms is None:
            return Measurement(Outcome.ERROR, "alarms cannot be read without AWS credentials", limit=_LIMIT)
        try:
            states = self.ports.alarms.states(self.kind.alarms)
        except (ApiError, RefusedError) as error:
            return Measurement(Outcome.ERROR, str(error), limit=_LIMIT)
        return judge_alarms(states)


def judge_alarms(states: tuple[Alarm, ...]) -> Measurement:
    """Return the measurement that these states are."""
    fired = [alarm for alarm in states if alarm.state == "ALARM"]
    if fired:
        reasons = "; ".join(f"{alarm.name} is in ALARM: {alarm.reason.rstrip('.')}" for alarm in fired)
        return Measurement(Outcome.FAILED, reasons, f"{len(fired)} in ALARM", _LIMIT)
    unknown = [alarm.name for alarm in states if alarm.state != "OK"]
    if unknown:
        reason = f"{', '.join(unknown)} {'has' if len(unknown) == 1 else 'have'} no data"
        return Measurement(Outcome.NO_DATA, reason, f"{len(unknown)} without data", _LIMIT)
    return Measurement(Outcome.PASSED, "no alarm is in ALARM", "all OK", _LIMIT)
