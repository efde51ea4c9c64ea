"""Why instances do not come: what Spot's log and the open requests say once a launch has not moved for a while."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from spotaction.engine.waits.health import Verdict, Waiting
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.ports import Clock, ElastigroupApi
from spotaction.model.resources import GroupId, Instance

GRACE = 90.0  # seconds without a new instance: in life they are listed within a minute
_AGAIN = 300.0
_AT_MOST = 3
_USUAL = frozenset({"", "pending", "pending-evaluation", "pending-fulfillment", "fulfilled"})


@dataclass(frozen=True)
class _FailureCause:
    """A cause as AWS words it in a log or in the status of a request, and what a person does about it."""

    words: tuple[str, ...]
    says: str
    way_out: str


# The codes are those of EC2's RunInstances and of its spot requests; Spot passes them on in its own sentences.
_CAUSES = (
    _FailureCause(
        ("InsufficientInstanceCapacity", "UnfulfillableCapacity", "InsufficientCapacity", "capacity-"),
        "AWS has no capacity for them",
        "add instance types or availability zones to the Elastigroup config, or set strategy.fallbackToOd: true",
    ),
    _FailureCause(
        ("MaxSpotInstanceCountExceeded", "VcpuLimitExceeded", "InstanceLimitExceeded", "limit-exceeded"),
        "a quota of the AWS account is used up",
        "raise it in Service Quotas, or ask for fewer or smaller instances",
    ),
    _FailureCause(
        ("InvalidAMIID", "CANT_VALIDATE_IMAGE", "AMI not found"),
        "the AMI cannot be launched",
        "check that it is available in the group's region and shared with its account",
    ),
    _FailureCause(
        ("InsufficientFreeAddressesInSubnet",),
        "a subnet has no free address left",
        "add subnets to the Elastigroup config",
    ),
    _FailureCause(
        ("MaxSpotPriceTooLow", "SpotMaxPriceTooLow", "price-too-low"),
        "the spot price is above the group's maximum",
        "add instance types, or set strategy.fallbackToOd: true",
    ),
    _FailureCause(
        ("UnauthorizedOperation", "AccessDenied", "AuthFailure", "KMS"),
        "AWS does not permit it",
        "permit it to the IAM role that Spot uses, or correct the config",
    ),
    _FailureCause(
        ("RequestLimitExceeded", "Throttling"),
        "AWS throttles the requests of the account",
        "find out what else calls EC2 so often",
    ),
    _FailureCause(
        ("Invalid", "Unsupported", "NotFound", "LimitExceeded", "MissingParameter", "bad-parameters", "constraint-"),
        "AWS does not accept the request",
        "correct that in the Elastigroup config",
    ),
)


@dataclass
class LaunchWatch:
    """A launch that is being waited for; `since` is when it began by Spot's clock.

    Spot is asked after `grace` seconds without a new instance, which has to be less than the wait may take.
    """

    group: GroupId
    groups: ElastigroupApi
    clock: Clock
    since: datetime
    grace: float = GRACE
    moved: float = field(init=False)
    launched: int = 0
    due: float = field(init=False)
    why: str = ""

    def __post_init__(self) -> None:
        self.moved = self.clock.now()
        self.due = self.moved + self.grace

    def explain(self, verdict: Verdict) -> Verdict:
        """The verdict of the wait; where instances are missing for long, with the reason that Spot knows."""
        if not isinstance(verdict, Waiting) or verdict.launched >= verdict.of:
            return verdict
        now = self.clock.now()
        if verdict.launched > self.launched:
            self.launched, self.moved = verdict.launched, now
        if now >= max(self.due, self.moved + self.grace):
            self.due = now + _AGAIN
            self.why = self._ask() or self.why
        return replace(verdict, reason=f"{verdict.reason}; {self.why}") if self.why else verdict

    def _ask(self) -> str:
        """What keeps the instances away; empty where nobody says. The open requests are a call of their own."""
        logged = describe_causes(line.message for line in self.groups.log(self.group, self.since))
        if logged:
            return logged
        with suppress(ApiError, CredentialError):  # it explains; it must not end a wait
            return describe_causes(_unusual_requests(self.groups.instance_requests(self.group)))
        return ""


def describe_causes(texts: Iterable[str]) -> str:
    """Each known cause once, with the text that tells it and the way out; else what was said last, as it was said."""
    known: dict[str, str] = {}
    unknown: list[str] = []
    for text in texts:
        cause, word = _match_cause(text)
        if cause is None:
            unknown.append(text)
        else:
            known.setdefault(cause.says, f"{cause.says} ({word}): {cause.way_out}")
    said: Sequence[str] = tuple(known.values()) or tuple(f"Spot says: {text}" for text in dict.fromkeys(unknown))
    return "; ".join(said[:_AT_MOST])


def _match_cause(text: str) -> tuple[_FailureCause | None, str]:
    for cause in _CAUSES:
        for part in cause.words:
            word = next((word for word in text.split() if part.lower() in word.lower()), "")
            if word or part.lower() in text.lower():
                return cause, (word or part).strip("().,:;[]'\"")
    return None, ""


def _unusual_requests(requests: Sequence[Instance]) -> Iterator[str]:
    return (each.request_status for each in requests if each.id is None and each.request_status not in _USUAL)
