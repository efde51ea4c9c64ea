"""moto's CloudWatch for the account of the request's key, with AWS's limits."""

import datetime as dt

from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from spotaction.sandbox.aws.access_keys import Signed
from spotaction.sandbox.aws.errors import AwsError
from spotaction.sandbox.aws.metrics.queries import get_metric_data
from spotaction.sandbox.aws.moto_backends import parts
from spotaction.sandbox.aws.parameters import CheckedParameters
from spotaction.sandbox.aws.service_quotas import USAGE_METRIC, spot_vcpus_in_use
from spotaction.sandbox.types import JSON
from spotaction.sandbox.world import World

_MAX_NAMES = 100
_PAGE_SIZES = range(1, 101)
_PAGE = 50
_KINDS = {"MetricAlarm": "MetricAlarms", "CompositeAlarm": "CompositeAlarms"}


class CloudWatch(CheckedParameters, CloudWatchResponse):
    """Handles one CloudWatch request."""

    def __init__(self, world: World, signed: Signed) -> None:
        super().__init__()
        self._world = world
        self._signed = signed

    def get_current_account(self) -> str:
        """Return the account of the request's key."""
        return self._signed.key.account

    def describe_alarms(self) -> ActionResult:
        """Describe alarms in pages, by at most 100 names; composite alarms only on request."""
        names, size = self._get_param("AlarmNames", []), self._get_int_param("MaxRecords", _PAGE)
        if len(names) > _MAX_NAMES:
            raise _invalid("alarmNames", f"length less than or equal to {_MAX_NAMES}")
        if size not in _PAGE_SIZES:
            raise _invalid("maxRecords", f"value between {_PAGE_SIZES[0]} and {_PAGE_SIZES[-1]}")
        token = str(self._get_param("NextToken") or 0)
        if not token.isdigit():
            raise AwsError("InvalidNextToken", "The next token is invalid")
        first, last = int(token), int(token) + size
        answer = parts(super().describe_alarms())
        kinds = [_KINDS[kind] for kind in self._get_param("AlarmTypes", ["MetricAlarm"]) if kind in _KINDS]
        found = [(kind, alarm) for kind in kinds for alarm in answer[kind]]
        page: JSON = {key: [alarm for kind, alarm in found[first:last] if kind == key] for key in _KINDS.values()}
        return ActionResult(page | ({"NextToken": str(last)} if last < len(found) else {}))

    def get_metric_data(self) -> ActionResult:
        """Return the minutes of metrics that are visible by now; real traffic and PutMetricData fill them."""
        put = self.cloudwatch_backend.get_all_metrics()
        results = get_metric_data(self._world.metrics, put, self._get_params(), self._world.timeline.now)
        return ActionResult({"MetricDataResults": results})

    def get_metric_statistics(self) -> ActionResult:
        """Return the Spot vCPUs in use for the metric of their quota; moto's datapoints for any other."""
        if self._get_param("Namespace") != USAGE_METRIC["MetricNamespace"]:
            return super().get_metric_statistics()
        now = dt.datetime.fromtimestamp(self._world.timeline.now, tz=dt.UTC)
        named = {each["Name"]: each["Value"] for each in self._get_param("Dimensions", [])}
        matches = named == USAGE_METRIC["MetricDimensions"] and "Maximum" in self._get_param("Statistics", [])
        used = float(spot_vcpus_in_use(self._world))
        points = [{"Timestamp": now, "Maximum": used, "Unit": "None"}] if matches and used else []
        return ActionResult({"Label": self._get_param("MetricName"), "Datapoints": points})


def _invalid(name: str, constraint: str) -> AwsError:
    what = f"Value at '{name}' failed to satisfy constraint"
    return AwsError("ValidationError", f"1 validation error detected: {what}: Member must have {constraint}")
