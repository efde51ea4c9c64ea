"""Why instances do not launch, from Spot's log and the open requests, once a launch has stopped making progress."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf

from spotaction.engine.waits.health import Verdict, Waiting
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.ports import Clock, ElastigroupApi
from spotaction.model.resources import GroupId, Instance

GRACE = 90.0  # seconds without a new instance: normally they are listed within a minute
_AGAIN = 300.0
_AT_MOST = 3
_USUAL = frozenset({"", "pending", "pending-evaluation", "pending-fulfillment", "fulfilled"})


@dataclass(frozen=True)
class _FailureCause:
    """A known cause: the words that identify it in a log line or a request's status, its description, and the fix."""

    words: tuple[str, ...]
    description: str
    way_out: str


# The codes come from EC2's RunInstances and Spot requests; Spot quotes them in its own messages.
_CAUSES = (
    _FailureCause(
        ("InsufficientInstanceCapacity", "UnfulfillableCapacity", "InsufficientCapacity", "capacity-"),
        "AWS has insufficient capacity",
        "add instance types or availability zones to the Elastigroup config, or set strategy.fallbackToOd: true",
    ),
    _FailureCause(
        ("MaxSpotInstanceCountExceeded", "VcpuLimitExceeded", "InstanceLimitExceeded", "limit-exceeded"),
        "an AWS account quota is exhausted",
        "raise it in Service Quotas, or request fewer or smaller instances",
    ),
    _FailureCause(
        ("InvalidAMIID", "CANT_VALIDATE_IMAGE", "AMI not found"),
        "the AMI cannot be launched",
        "check that it is available in the group's region and shared with its account",
    ),
    _FailureCause(
        ("InsufficientFreeAddressesInSubnet",),
        "a subnet has no free IP addresses",
        "add subnets to the Elastigroup config",
    ),
    _FailureCause(
        ("MaxSpotPriceTooLow", "SpotMaxPriceTooLow", "price-too-low"),
        "the spot price is above the group's maximum",
        "add instance types, or set strategy.fallbackToOd: true",
    ),
    _FailureCause(
        ("UnauthorizedOperation", "AccessDenied", "AuthFailure", "KMS"),
        "AWS denied the request",
        "grant the permission to the IAM role that Spot uses, or correct the config",
    ),
    _FailureCause(
        ("RequestLimitExceeded", "Throttling"),
        "AWS is throttling the account's requests",
        "find out what else calls the EC2 API this often",
    ),
    _FailureCause(
        ("Invalid", "Unsupported", "NotFound", "LimitExceeded", "MissingParameter", "bad-parameters", "constraint-"),
        "AWS rejected the request",
        "correct it in the Elastigroup config",
    ),
)


@dataclass
class LaunchWatch:
    """A launch in progress; `since` is when it started, by Spot's clock.

    After `grace` seconds without a new instance Spot is asked for the reason; that has to be less than the wait's
    timeout.
    """

    group: GroupId
    groups: ElastigroupApi
    clock: Clock
    since: datetime
    grace: float = GRACE
    moved: float = field(init=False)
    launched: int = 0
    due: float = -inf
    why: str = ""

    def __post_init__(self) -> None:
        self.moved = self.clock.now()

    def explain(self, verdict: Verdict) -> Verdict:
        """Return the wait's verdict; if instances have been missing for long, with the cause that Spot knows."""
        if not isinstance(verdict, Waiting) or verdict.launched >= verdict.of:
            return verdict
        now = self.clock.now()
        if verdict.launched > self.launched:
            self.launched, self.moved = verdict.launched, now
        if now >= max(self.due, self.moved + self.grace):
            self.due = now + _AGAIN
            self.why = self._find_cause() or self.why
        return replace(verdict, reason=f"{verdict.reason}; {self.why}") if self.why else verdict

    def _find_cause(self) -> str:
        """Return why instances do not launch, or an empty text; the open requests cost a call of their own."""
        logged = describe_causes(line.message for line in self.groups.log(self.group, self.since))
        if logged:
            return logged
        with suppress(ApiError, CredentialError):  # it explains; it must not end a wait
            return describe_causes(_unusual_requests(self.groups.instance_requests(self.group)))
        return ""


def describe_causes(texts: Iterable[str]) -> str:
    """Return each known cause once, with the matching word and the fix; without one, the texts as they are."""
    known: dict[str, str] = {}
    unknown: list[str] = []
    for text in texts:
        found = _match_cause(text)
        if found is None:
            unknown.append(text)
        else:
            cause, word = found
            known.setdefault(cause.description, f"{cause.description} ({word}): {cause.way_out}")
    told: Sequence[str] = tuple(known.values()) or tuple(f"Spot reports: {text}" for text in dict.fromkeys(unknown))
    return "; ".join(told[:_AT_MOST])


def _match_cause(text: str) -> tuple[_FailureCause, str] | None:
    for cause in _CAUSES:
        for part in cause.words:
            word = next((word for word in text.split() if part.lower() in word.lower()), "")
            if word or part.lower() in text.lower():
                return cause, (word or part).strip("().,:;[]'\"")
    return None


def _unusual_requests(requests: Sequence[Instance]) -> Iterator[str]:
    return (each.request_status for each in requests if each.id is None and each.request_status not in _USUAL)
