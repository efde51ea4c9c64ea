"""Requests instances from AWS, which are granted after a while, or refused."""

import dataclasses
import fnmatch
import math
from collections.abc import Callable, Sequence
from functools import partial

from spotaction.sandbox.aws.instances import Instances
from spotaction.sandbox.aws.moto_backends import stable_hex
from spotaction.sandbox.clock import Timeline
from spotaction.sandbox.scenario import Scenario
from spotaction.sandbox.spot.activity_log import event, log
from spotaction.sandbox.spot.behaviour import Character, character
from spotaction.sandbox.spot.elastigroup import Group, Member

_SHORT = "InsufficientInstanceCapacity"
_RETRY_SECONDS = 60.0
#: AWS's messages, by error code.
_MESSAGES = {
    _SHORT: "There is no Spot capacity available for your request.",
    "InvalidAMIID.NotFound": "The image id does not exist",
    "MaxSpotInstanceCountExceeded": "Max spot instance count exceeded",
    "VcpuLimitExceeded": "You have requested more vCPU capacity than your current vCPU limit allows",
}
#: The status of a pending request; for other codes AWS refused the request itself, which only the log shows.
_STATUSES = {_SHORT: "capacity-not-available", "InvalidAMIID.NotFound": "bad-parameters"}


@dataclasses.dataclass(frozen=True, slots=True)
class Shortage:
    """AWS grants matching groups only a share of their targets, and refuses the rest with a code."""

    pattern: str
    share: float = 0.0
    code: str = _SHORT


class CapacitySupply:
    """Instance requests; `fulfil` is called for each one that AWS grants."""

    def __init__(
        self, scenario: Scenario, timeline: Timeline, machines: Instances, fulfil: Callable[[Group, Member], None]
    ) -> None:
        self._scenario = scenario
        self._timeline = timeline
        self._machines = machines
        self._fulfil = fulfil
        self._jinxed: list[str] = []
        self._shortages: list[Shortage] = []
        self._waiting: dict[Group, list[Member]] = {}

    def never_boot(self, pattern: str) -> None:
        """Let instances that matching groups launch from now on run without ever becoming healthy."""
        self._jinxed.append(pattern)

    def add_shortage(self, shortage: Shortage) -> None:
        """Refuse instances from now on."""
        self._shortages.append(shortage)

    def remove_shortage(self, shortage: Shortage) -> None:
        """Grant instances again, including those refused so far."""
        self._shortages = [other for other in self._shortages if other is not shortage]
        waiting, self._waiting = self._waiting, {}
        for group, members in waiting.items():
            pending = [member for member in members if member.phase == "pending"]
            self._grant(group, pending, self._room(group))

    def launch(self, group: Group, count: int) -> None:
        """Request that many instances; those beyond the granted share stay pending."""
        room = self._room(group)
        self._grant(group, [self.request(group) for _ in range(count)], room)
        event(group, self._timeline.now, "Scale", [{"type": "scaleUp", "newSpots": count}])

    def _room(self, group: Group) -> int | None:
        shortage = self._shortage(group)
        if shortage is None:
            return None
        granted = sum(not member.refused for member in group.active())
        return max(0, math.floor(group.wanted * shortage.share) - granted)

    def _grant(self, group: Group, members: Sequence[Member], room: int | None) -> None:
        for member in members[:room]:
            member.status, member.refused = "pending-evaluation", False
            self._timeline.after(member.character.fulfil, partial(self._fulfil, group, member))
        shortage = self._shortage(group)
        if shortage is not None and members[room:]:
            self._refuse(group, members[room:], shortage)

    def _refuse(self, group: Group, members: Sequence[Member], shortage: Shortage) -> None:
        for member in members:
            member.status, member.refused = _STATUSES.get(shortage.code, ""), True
        waiting = self._waiting.setdefault(group, [])
        if not waiting:
            self._timeline.after(_RETRY_SECONDS, partial(self._try_again, group))
        waiting.extend(members)
        self._complain(group, shortage)

    def _try_again(self, group: Group) -> None:
        """Retry the request periodically, and log each refusal."""
        shortage = self._shortage(group)
        if shortage is not None and any(member.phase == "pending" for member in self._waiting.get(group, ())):
            self._complain(group, shortage)
            self._timeline.after(_RETRY_SECONDS, partial(self._try_again, group))

    def _complain(self, group: Group, shortage: Shortage) -> None:
        message = _MESSAGES.get(shortage.code, "The request failed.")
        text = f"Can't Spin Spot Instances: Code: {shortage.code}, Message: {message}"
        log(group, self._timeline.now, "WARN", text)

    def _shortage(self, group: Group) -> Shortage | None:
        found = [shortage for shortage in self._shortages if matches_group(group, shortage.pattern)]
        return min(found, key=lambda shortage: shortage.share, default=None)

    def request(self, group: Group) -> Member:
        """Add a member without an instance yet, and draw its character."""
        group.ordinal += 1
        types = group.document["compute"].get("instanceTypes") or {}
        zones = self._machines.zones(group.document)
        wanted = group.on_demand_wanted()
        on_demand = wanted > 0 and sum(member.spot_request is None for member in group.active()) < wanted
        kinds = types.get("onDemandTypes") or [types.get("ondemand")] if on_demand else types.get("spot")
        member = Member(
            group=group.id,
            ordinal=group.ordinal,
            image=group.image,
            character=self._character(group),
            instance_type=next(iter(kinds or []), None) or "m5.large",
            zone=zones[(group.ordinal - 1) % len(zones)],
            requested_at=self._timeline.now,
            spot_request=None if on_demand else f"sir-{stable_hex(group.id, group.ordinal, length=8)}",
        )
        member.remember(self._timeline.history, "groups")
        group.members = [*group.members, member]
        return member

    def _character(self, group: Group) -> Character:
        drawn = character(self._scenario, image=group.image, group=group.name, group_id=group.id, ordinal=group.ordinal)
        jinxed = any(matches_group(group, pattern) for pattern in self._jinxed)
        return dataclasses.replace(drawn, spot="never", target="never") if jinxed else drawn


def matches_group(group: Group, pattern: str) -> bool:
    """Return whether a pattern with `*` and `?` matches the group's name or id."""
    return fnmatch.fnmatchcase(group.name, pattern) or fnmatch.fnmatchcase(group.id, pattern)
