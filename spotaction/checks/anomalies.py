"""Checks that the load balancer does not call the new targets anomalous, compared with the others of their group."""

from collections.abc import Sequence
from functools import partial

from spotaction.checks.asking import ask_outside
from spotaction.checks.ports import CheckPorts
from spotaction.documents.wording import count_of, describe_part, is_or_are
from spotaction.model.check_kinds import AnomaliesCheck
from spotaction.model.checks import Measurement, Outcome, Subject
from spotaction.model.ports import AnomalyApi, TargetAnomaly


class AnomaliesProbe:
    """Looks at the targets of the new group; the verdict fails only after several bad looks in a row."""

    def __init__(self, kind: AnomaliesCheck, ports: CheckPorts) -> None:
        self._kind = kind
        self._ports = ports
        self._bad_looks = 0
        self._limit = f"at most {kind.share:.0%} of the new targets anomalous"

    def measure(self, subject: Subject, deadline: float) -> Measurement:
        """Look once. Whatever the load balancer does not report is no data, and a normal old target has to be there."""
        if self._ports.anomalies is None:
            return self._say(Outcome.ERROR, "AWS is not connected, so targets cannot be read")
        return ask_outside(partial(self._look, self._ports.anomalies, subject, deadline), self._limit)

    def _look(self, anomalies: AnomalyApi, subject: Subject, deadline: float) -> Measurement:
        looks = [anomalies.read(arn, deadline=deadline) for arn in subject.new_target_groups]
        return self._judge([target for look in looks for target in look if target.is_healthy], subject.instance_ids)

    def _judge(self, healthy: Sequence[TargetAnomaly], new_ids: Sequence[str]) -> Measurement:
        new = [target for target in healthy if target.id in new_ids]
        old = [target for target in healthy if target.id not in new_ids]
        if not new:
            return self._say(Outcome.NO_DATA, "no new target is healthy")
        if not old:
            return self._say(Outcome.NO_DATA, "no old target is healthy, so there is nothing to compare with")
        unknown = [target for target in healthy if target.is_anomalous is None]
        if unknown:
            some = f"{len(unknown)} of {count_of(len(healthy), 'target')}"
            reason = (
                f"the load balancer does not report anomalies for {some}: it does so for HTTP and HTTPS target groups"
                " with at least three healthy targets"
            )
            return self._say(Outcome.NO_DATA, reason)
        bad = [target for target in new if target.is_anomalous]
        value = f"{len(bad)} of {len(new)} new"
        said = f"{describe_part(len(bad), len(new), 'new target')} anomalous"
        if len(bad) <= self._kind.share * len(new):
            self._bad_looks = 0
            return self._say(Outcome.PASSED, said, value)
        others = sum(1 for target in old if target.is_anomalous)
        if others:
            self._bad_looks = 0
            reason = f"{said}, but so {is_or_are(others)} {others} of {len(old)} old ones"
            return self._say(Outcome.INCONCLUSIVE, reason, value)
        self._bad_looks += 1
        names = ", ".join(sorted({target.id for target in bad})[:4])
        reason = f"{said} ({names}), and no old one is; look {self._bad_looks} of {self._kind.looks}"
        outcome = Outcome.FAILED if self._bad_looks >= self._kind.looks else Outcome.INCONCLUSIVE
        return self._say(outcome, reason, value)

    def _say(self, outcome: Outcome, reason: str, value: str = "") -> Measurement:
        return Measurement(outcome, reason, value, self._limit)
