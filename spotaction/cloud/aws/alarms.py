"""The states of CloudWatch alarms."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from spotaction.cloud.aws.calls import iterate_pages
from spotaction.cloud.aws.session import AwsSession
from spotaction.model.errors import RefusedError
from spotaction.model.ports import AlarmApi
from spotaction.model.resources import Alarm

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import DescribeAlarmsInputTypeDef

MOST_NAMES = 100  # DescribeAlarms' limit for AlarmNames


class CloudWatchAlarms(AlarmApi):
    """Metric and composite alarms of one region."""

    def __init__(self, aws: AwsSession) -> None:
        self._aws = aws

    def states(self, names: Sequence[str]) -> tuple[Alarm, ...]:
        """Return the alarms in the order of `names`, which may be ARNs. Raises `RefusedError` if one does not exist."""
        wanted = list(dict.fromkeys(names))
        asked = list(dict.fromkeys(_name_of(name) for name in wanted))
        found: dict[str, Alarm] = {}
        for start in range(0, len(asked), MOST_NAMES):
            for arn, alarm in iterate_pages(partial(self._describe_page, asked[start : start + MOST_NAMES])):
                found |= {alarm.name: alarm, arn: alarm}
        missing = [name for name in wanted if name not in found]
        if missing:
            raise RefusedError(
                f"CloudWatch alarms not found in {self._aws.region}: {', '.join(missing)}.",
                next_step="check the names and the region of the alarms",
            )
        return tuple(found[name] for name in names)

    def _describe_page(self, names: Sequence[str], token: str) -> tuple[list[tuple[str, Alarm]], str]:
        """The ARN and the state of each alarm, and the token of the next page."""
        # Composite alarms are only returned on request.
        request: DescribeAlarmsInputTypeDef = {"AlarmNames": names, "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        if token:
            request["NextToken"] = token
        page = self._aws.read("cloudwatch:DescribeAlarms", lambda: self._aws.cloudwatch().describe_alarms(**request))
        alarms = [*page.get("MetricAlarms", []), *page.get("CompositeAlarms", [])]
        read = [
            (
                alarm.get("AlarmArn", ""),
                Alarm(
                    name=alarm.get("AlarmName", ""),
                    state=alarm.get("StateValue", "INSUFFICIENT_DATA"),
                    reason=alarm.get("StateReason", ""),
                ),
            )
            for alarm in alarms
        ]
        return read, page.get("NextToken", "")


def _name_of(alarm: str) -> str:
    """The name in an ARN, which alone DescribeAlarms takes; a name is one itself."""
    head, found, name = alarm.partition(":alarm:")
    return name if found and head.startswith("arn:") else alarm
