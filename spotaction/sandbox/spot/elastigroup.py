"""An Elastigroup and its members, with the state that the Spot API reports."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from spotaction.sandbox.history import Remembered
from spotaction.sandbox.spot.behaviour import Character
from spotaction.sandbox.types import JSON, GroupId, InstanceId

Phase = Literal["pending", "running", "draining", "gone"]


@dataclass(slots=True, eq=False)
class Member(Remembered):
    """One instance of a group, from its request until its termination."""

    group: GroupId
    ordinal: int
    image: str
    character: Character
    instance_type: str
    zone: str
    requested_at: float
    spot_request: str | None
    instance: InstanceId | None = None
    private_ip: str | None = None
    public_ip: str | None = None
    launched_at: float | None = None
    phase: Phase = "pending"
    status: str = "pending-evaluation"
    own: str = "UNKNOWN"
    by_targets: str | None = None
    proven: bool = False
    spell: int = 0
    turn: int = 0
    refused: bool = False
    doomed: bool = False
    standby: bool = False
    locked_until: float | None = None
    registered: list[tuple[str, int]] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Whether the member counts towards the group's target."""
        return self.phase in {"pending", "running"} and not self.doomed

    @property
    def present(self) -> bool:
        """Whether Spot still lists the member."""
        return self.phase != "gone"

    @property
    def health(self) -> str:
        """The worse of Spot's own health check and, if the group uses it, that of the target groups."""
        verdicts = {self.own, self.by_targets}
        return next((verdict for verdict in ("UNHEALTHY", "UNKNOWN") if verdict in verdicts), self.own)


@dataclass(slots=True, eq=False)
class Group(Remembered):
    """An Elastigroup; its document is the user's configuration, without ids and dates."""

    id: GroupId
    document: JSON
    created_at: float
    updated_at: float
    filler: bool = False
    listed_at: float = 0.0
    deleted_at: float | None = None
    ordinal: int = 0
    members: list[Member] = field(default_factory=list)
    suspensions: dict[str, float | None] = field(default_factory=dict)
    suspended_policies: dict[str, float | None] = field(default_factory=dict)
    rolls: list["Roll"] = field(default_factory=list)
    events: list[JSON] = field(default_factory=list)
    logs: list[JSON] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The group's name, which need not be unique."""
        return str(self.document["name"])

    @property
    def capacity(self) -> JSON:
        """The capacity part of the document."""
        capacity: JSON = self.document["capacity"]
        return capacity

    @property
    def launch(self) -> JSON:
        """The launch specification of the document."""
        specification: JSON = self.document["compute"]["launchSpecification"]
        return specification

    @property
    def image(self) -> str:
        """The image that new instances get."""
        images = self.launch.get("images") or [{}]
        return str(self.launch.get("imageId") or images[0].get("id"))

    @property
    def health_check(self) -> str | None:
        """The group's `healthCheckType`."""
        return self.launch.get("healthCheckType")

    @property
    def draining_timeout(self) -> float:
        """The seconds between a member's retirement and its termination."""
        timeout = (self.document.get("strategy") or {}).get("drainingTimeout")
        return 120.0 if timeout is None else float(timeout)

    @property
    def wanted(self) -> int:
        """The number of instances that reaches the target; weights round up, and a deleted group wants none."""
        if self.deleted_at is not None:
            return 0
        return math.ceil(int(self.capacity["target"]) / self._weight())

    def target_groups(self) -> list[str]:
        """Return the ARNs of the target groups that new instances register in."""
        balancers = (self.launch.get("loadBalancersConfig") or {}).get("loadBalancers") or []
        return [entry["arn"] for entry in balancers if entry.get("type") == "TARGET_GROUP" and entry.get("arn")]

    def present(self) -> Iterator[Member]:
        """Yield the members that Spot lists."""
        return (member for member in self.members if member.present)

    def active(self) -> list[Member]:
        """Return the members that count towards the target."""
        return [member for member in self.members if member.active]

    def suspended(self, process: str, now: float) -> bool:
        """Return whether a process is suspended at that time."""
        if process not in self.suspensions:
            return False
        expires = self.suspensions[process]
        return expires is None or expires > now

    def policies_suspended(self, now: float) -> bool:
        """Return whether the group has scaling policies that are all suspended at that time."""
        scaling: JSON = self.document.get("scaling") or {}
        names = [policy.get("policyName") for kind in scaling.values() if isinstance(kind, list) for policy in kind]
        ends = [self.suspended_policies.get(name, now) for name in names]
        return bool(names) and all(end is None or end > now for end in ends)

    def rolling(self) -> "Roll | None":
        """Return the open roll, if any; a failed roll stays open until it is stopped."""
        return next((roll for roll in self.rolls if roll.open), None)

    def on_demand_wanted(self) -> int:
        """Return how many of the wanted instances should be on-demand."""
        strategy: Mapping[str, object] = self.document.get("strategy") or {}
        if strategy.get("onDemandCount") is not None:
            return int(str(strategy["onDemandCount"]))
        risk = strategy.get("risk")
        return math.floor(self.wanted * (100 - (100 if risk is None else int(str(risk)))) / 100)

    def _weight(self) -> int:
        types: JSON = self.document["compute"].get("instanceTypes") or {}
        if self.capacity.get("unit") != "weight" or not types.get("weights"):
            return 1
        return max(1, int(types["weights"][0].get("weightedCapacity") or 1))


@dataclass(slots=True, eq=False)
class Roll(Remembered):
    """A roll, which replaces members batch by batch."""

    id: str
    batches: list[list[Member]]
    grace: float
    minimum_healthy: int
    created_at: float
    updated_at: float
    status: str = "starting"
    batch: int = 0
    green: list[Member] = field(default_factory=list)
    done: list[tuple[Member, int]] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether the roll still blocks updates and other rolls."""
        return self.status in {"starting", "in_progress", "failed"}

    @property
    def progress(self) -> int:
        """The percentage of finished batches."""
        if self.status == "finished" or not self.batches:
            return 100
        return round(100 * self.batch / len(self.batches))
