"""Asks AWS for instances, and gets them after a while, or not at all."""

import dataclasses
import fnmatch
import math
from collections.abc import Callable

from spotaction.sandbox.behaviour import Character, character
from spotaction.sandbox.chronicle import event, log
from spotaction.sandbox.group import Group, Member
from spotaction.sandbox.machines import Machines
from spotaction.sandbox.moto_world import stable_hex
from spotaction.sandbox.scenario import Scenario
from spotaction.sandbox.timeline import Timeline

_SHORT = "capacity-not-available"


class Supply:
    """Requests for instances; `fulfil` is called for each that AWS grants."""

    def __init__(
        self, scenario: Scenario, timeline: Timeline, machines: Machines, fulfil: Callable[[Group, Member], None]
    ) -> None:
        self._scenario = scenario
        self._timeline = timeline
        self._machines = machines
        self._fulfil = fulfil
        self._jinxed: list[str] = []
        self._shares: dict[str, float] = {}
        self._short: list[tuple[Group, Member]] = []

    def jinx(self, pattern: str) -> None:
        """Have instances that the groups launch from now on run, and never answer."""
        self._jinxed.append(pattern)

    def shorten(self, pattern: str, share: float) -> None:
        """Have AWS grant the groups that share of their targets only; what waited is asked for again at 1."""
        self._shares[pattern] = share
        if share >= 1:
            for group, member in list(self._short):
                self._ask(group, member)
            self._short.clear()

    def launch(self, group: Group, count: int) -> None:
        """Ask for that many instances; what exceeds the share that AWS grants stays pending."""
        share = min([1.0, *(share for pattern, share in self._shares.items() if named(group, pattern))])
        room = math.floor(group.wanted * share) - len([m for m in group.active() if m.status != _SHORT])
        for number in range(count):
            member = self.request(group)
            if number < room:
                self._ask(group, member)
                continue
            member.status = _SHORT
            self._short.append((group, member))
            log(group, self._timeline.now, "WARN", "Can't Spin Spot Instances: Code: InsufficientInstanceCapacity")
        event(group, self._timeline.now, "Scale", [{"type": "scaleUp", "newSpots": count}])

    def _ask(self, group: Group, member: Member) -> None:
        member.status = "pending-evaluation"
        self._timeline.after(member.character.fulfil, lambda: self._fulfil(group, member))

    def request(self, group: Group) -> Member:
        """Add a member that has no instance yet, and draw what will become of it."""
        group.ordinal += 1
        types = group.document["compute"].get("instanceTypes") or {}
        zones = self._machines.zones(group.document)
        on_demand = sum(member.spot_request is None for member in group.active()) < group.on_demand_wanted()
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
        jinxed = any(named(group, pattern) for pattern in self._jinxed)
        return dataclasses.replace(drawn, spot="never", target="never") if jinxed else drawn


def named(group: Group, pattern: str) -> bool:
    """Say whether a pattern with * and ? fits the group's name or id."""
    return fnmatch.fnmatchcase(group.name, pattern) or fnmatch.fnmatchcase(group.id, pattern)
