"""Instance types, Spot placement score, vCPU quota and deregistration delays, read side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from spotaction.cloud.aws.calls import require_complete
from spotaction.cloud.aws.errors import DENIED
from spotaction.cloud.aws.session import AwsSession
from spotaction.model.errors import ApiError, SpotactionError
from spotaction.model.ports import CapacityApi
from spotaction.model.preflight import CapacityFacts, CapacityQuery, InstanceType

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import GetMetricStatisticsInputTypeDef
    from mypy_boto3_ec2.type_defs import InstanceTypeInfoTypeDef
    from mypy_boto3_service_quotas.type_defs import MetricInfoTypeDef

MOST_TYPES = 100  # of DescribeInstanceTypes
MOST_TARGET_GROUPS = 4  # a call for each
FEWEST_TYPES = 3  # with fewer the placement score is always low, and tells nothing
#: Sizes to ask the placement score for: AWS limits how many different questions an account may ask per day.
SIZES = tuple(digit * 10**power for power in range(5) for digit in (1, 2, 5))
STANDARD_SPOT_QUOTA = "L-34B43A08"
USAGE_PERIOD = timedelta(minutes=5)
TYPES, SCORE, QUOTA, USED, DELAYS = (
    "instance types",
    "Spot placement score",
    "Spot vCPU quota",
    "Spot vCPUs in use",
    "deregistration delays",
)
#: What a call reads, the call, and how it is sent.
Call = tuple[str, str, Callable[[], object]]


class Ec2Capacity(CapacityApi):
    """One account in one region. Two rounds of at most seven calls, each sent once."""

    def __init__(self, aws: AwsSession) -> None:
        self._aws = aws

    def read(self, query: CapacityQuery) -> CapacityFacts:
        """Return the facts as the port describes; only the usage needs the answer about the quota before."""
        read = _FactReader(self._aws, query)
        calls: list[Call] = []
        if query.instance_types:
            calls.append((TYPES, "ec2:DescribeInstanceTypes", read.read_types))
        if len(query.instance_types) >= FEWEST_TYPES and query.instances:
            calls.append((SCORE, "ec2:GetSpotPlacementScores", read.read_score))
        if query.standard:
            calls.append((QUOTA, "service-quotas:GetServiceQuota", read.read_quota))
        target_groups = query.target_groups[:MOST_TARGET_GROUPS]
        calls += [(DELAYS, "elbv2:DescribeTargetGroupAttributes", read.delay_reader(arn)) for arn in target_groups]
        errors = self._aws.read_at_once([(call, send) for _, call, send in calls])
        unread = {**dict(_left_out(query)), **_describe_errors(calls, errors)}
        if read.usage_metric is not None:
            usage: Call = (USED, "cloudwatch:GetMetricStatistics", read.read_usage)
            unread |= _describe_errors([usage], self._aws.read_at_once([usage[1:]]))
        missing = [
            arn
            for arn, error in zip(target_groups, errors[len(calls) - len(target_groups) :], strict=True)
            if _is_not_found(error)
        ]
        return CapacityFacts(read.types, read.score, read.quota, read.used, read.delays, unread, tuple(missing))


class _FactReader:
    """Reads each fact into a field of its own, so that threads share nothing."""

    def __init__(self, aws: AwsSession, query: CapacityQuery) -> None:
        self._aws = aws
        self._query = query
        self.types: Mapping[str, InstanceType] = {}
        self.score: int | None = None
        self.quota: float | None = None
        self.usage_metric: MetricInfoTypeDef | None = None
        self.used: float | None = None
        self.delays: dict[str, float] = {}

    def read_types(self) -> None:
        names = self._query.instance_types[:MOST_TYPES]
        answer = require_complete(self._aws.ec2().describe_instance_types(InstanceTypes=names), "InstanceTypes")  # type: ignore[arg-type]
        self.types = {found.name: found for found in map(_to_instance_type, answer["InstanceTypes"])}

    def read_score(self) -> None:
        size = next((size for size in SIZES if size >= self._query.instances), SIZES[-1])
        answer = require_complete(
            self._aws.ec2().get_spot_placement_scores(
                InstanceTypes=sorted(self._query.instance_types),
                TargetCapacity=size,
                RegionNames=[self._aws.region],
                SingleAvailabilityZone=False,
            ),
            "SpotPlacementScores",
        )
        here = [score for score in answer["SpotPlacementScores"] if score.get("Region") == self._aws.region]
        self.score = max((score.get("Score", 0) for score in here), default=0) or None

    def read_quota(self) -> None:
        answer = require_complete(
            self._aws.quotas().get_service_quota(ServiceCode="ec2", QuotaCode=STANDARD_SPOT_QUOTA), "Quota"
        )
        self.quota = answer["Quota"]["Value"]
        self.usage_metric = answer["Quota"].get("UsageMetric")

    def read_usage(self) -> None:
        metric, now = self.usage_metric or {}, self._aws.clock.time()
        request: GetMetricStatisticsInputTypeDef = {
            "Namespace": metric["MetricNamespace"],
            "MetricName": metric["MetricName"],
            "Dimensions": [{"Name": name, "Value": value} for name, value in metric["MetricDimensions"].items()],
            "StartTime": now - 3 * USAGE_PERIOD,
            "EndTime": now + USAGE_PERIOD,
            "Period": int(USAGE_PERIOD.total_seconds()),
            "Statistics": ["Maximum"],
        }
        answer = require_complete(self._aws.cloudwatch().get_metric_statistics(**request), "Datapoints")
        newest = max(answer["Datapoints"], key=lambda point: point["Timestamp"], default=None)
        # Without any vCPU in use, CloudWatch has no datapoint.
        self.used = newest["Maximum"] if newest is not None else 0.0

    def delay_reader(self, arn: str) -> Callable[[], None]:
        def read_delay() -> None:
            answer = require_complete(
                self._aws.elbv2().describe_target_group_attributes(TargetGroupArn=arn), "Attributes"
            )
            attributes = {each.get("Key"): each.get("Value", "") for each in answer["Attributes"]}
            delay = attributes.get("deregistration_delay.timeout_seconds", "")
            if delay.isdecimal():
                self.delays[arn] = float(delay)

        return read_delay


def _left_out(query: CapacityQuery) -> Iterator[tuple[str, str]]:
    """What is too much to read for a check: beyond the most that one call takes, or a few calls."""
    if len(query.instance_types) > MOST_TYPES:
        yield TYPES, f"only {MOST_TYPES} of {len(query.instance_types)} are read"
    if len(query.target_groups) > MOST_TARGET_GROUPS:
        yield DELAYS, f"only {MOST_TARGET_GROUPS} of {len(query.target_groups)} target groups are read"


def _to_instance_type(found: "InstanceTypeInfoTypeDef") -> InstanceType:
    tpm = found.get("NitroTpmSupport")
    return InstanceType(
        name=found.get("InstanceType", ""),
        vcpus=found.get("VCpuInfo", {}).get("DefaultVCpus", 0),
        boot_modes=tuple(found.get("SupportedBootModes", [])),
        ena=found.get("NetworkInfo", {}).get("EnaSupport", ""),
        has_tpm=None if tpm is None else tpm == "supported",
    )


def _describe_errors(calls: Sequence[Call], errors: Sequence[SpotactionError | None]) -> dict[str, str]:
    return {
        what: _describe_error(error) for (what, _, _), error in zip(calls, errors, strict=True) if error is not None
    }


def _is_not_found(error: SpotactionError | None) -> bool:
    return isinstance(error, ApiError) and error.code == "TargetGroupNotFound"


def _describe_error(error: SpotactionError) -> str:
    denied = isinstance(error, ApiError) and error.code in DENIED
    return error.next_step if denied else error.message.rstrip(".")
