"""Cloud faults: events in the clouds that no call causes, such as interruptions and changed rules."""

from collections.abc import Callable, Iterator
from functools import partial

from spotaction.sandbox.scenario import parse_lag
from spotaction.sandbox.seed_groups import merged
from spotaction.sandbox.spot.activity_log import event, log
from spotaction.sandbox.spot.capacity_supply import Shortage, matches_group
from spotaction.sandbox.spot.elastigroup import Group, Member
from spotaction.sandbox.types import JSON
from spotaction.sandbox.world import World

_FLAP_SECONDS = 30.0


class CloudFaults:
    """Cloud faults, scheduled for a time or after a call."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: list[JSON] = []
        self._repeating: list[JSON] = []
        self._actions: dict[str, Callable[[JSON], None]] = {
            "interrupt": self._interrupt,
            "never-boot": self._never_boot,
            "unhealthy": self._unhealthy,
            "flap": self._flap,
            "scaling-policy": self._scaling_policy,
            "change-rule": self._change_rule,
            "change-group": self._change_group,
            "delete-group": self._delete_group,
            "alarm": self._alarm,
            "capacity-short": self._capacity_short,
            "clamp-capacity": self._clamp_capacity,
            "lag": self._lag,
            "suspend": self._suspend,
            "deregister": self._deregister,
            "anomalous": self._anomalous,
            "launch-failure": self._launch_failure,
        }

    def add(self, document: JSON) -> None:
        """Schedule a validated fault."""
        self._waiting.append(document)
        if document["action"] == "lag":
            self._world.lag.expect(parse_lag(document["lag"]))
        if "at" in document:
            self._world.timeline.at(self._world.timeline.start + document["at"], partial(self._strike, document))

    def after_call(self, index: int) -> None:
        """Trigger the faults that wait for the call with this index."""
        for document in [entry for entry in self._waiting if entry.get("after-call", index + 1) <= index]:
            self._strike(document)

    def clear(self) -> None:
        """Cancel the pending and repeating faults."""
        self._waiting.clear()
        self._repeating.clear()

    def documents(self) -> list[JSON]:
        """Return the pending and repeating faults."""
        return self._waiting + self._repeating

    def _strike(self, document: JSON) -> None:
        if not any(entry is document for entry in self._waiting):
            return
        self._waiting = [entry for entry in self._waiting if entry is not document]
        self._actions[document["action"]](document)
        if "every" in document:
            self._repeating.append(document)
            self._world.timeline.after(document["every"], partial(self._strike_again, document))
            self._later(document, partial(self._stop, document))
        self._world.observe()

    def _strike_again(self, document: JSON) -> None:
        if any(entry is document for entry in self._repeating):
            self._actions[document["action"]](document)
            self._world.timeline.after(document["every"], partial(self._strike_again, document))

    def _stop(self, document: JSON) -> None:
        self._repeating = [entry for entry in self._repeating if entry is not document]

    def _groups(self, document: JSON) -> list[Group]:
        return [group for group in self._world.alive() if matches_group(group, document["group"])]

    def _running(self, document: JSON, count: int | None = None) -> Iterator[tuple[Group, Member]]:
        for group in self._groups(document):
            members = [member for member in group.active() if member.phase == "running"]
            for member in members[: document.get("count", count)]:
                yield group, member

    def _interrupt(self, document: JSON) -> None:
        self._world.life.interrupt(self._running(document, 1))

    def _never_boot(self, document: JSON) -> None:
        self._world.life.supply.never_boot(document["group"])

    def _unhealthy(self, document: JSON) -> None:
        for group, member in list(self._running(document)):
            side = document.get("side", "both")
            self._world.life.fail_checks(group, member, side)
            self._later(document, partial(self._world.life.pass_checks, group, member, side))

    def _flap(self, document: JSON) -> None:
        for group, member in list(self._running(document)):
            side, period = document.get("side", "both"), document.get("period", _FLAP_SECONDS)
            self._world.life.flap(group, member, side, period)
            self._later(document, partial(self._world.life.pass_checks, group, member, side))

    def _scaling_policy(self, document: JSON) -> None:
        for group in self._groups(document):
            now = self._world.timeline.now
            if group.suspended("AUTO_SCALE", now) or group.policies_suspended(now):
                log(group, now, "INFO", "The scaling policy was not applied since it is suspended")
                continue
            capacity = group.capacity
            wanted = capacity["target"] + document["adjustment"]
            target = min(max(wanted, capacity["minimum"]), capacity["maximum"])
            group.document = merged(group.document, {"capacity": {"target": target}})
            event(group, now, "Scale", [{"type": "scaleReason", "scalingPolicyName": "policy", "value": target}])
            self._world.life.reconcile(group)

    def _change_rule(self, document: JSON) -> None:
        route = self._world.balancers.route(document["rule"])
        self._world.balancers.rewrite(route.rule, self._world.balancers.written(document))
        self._world.routes_changed()

    def _change_group(self, document: JSON) -> None:
        for group in self._groups(document):
            group.document = merged(group.document, document["changes"])
            group.updated_at = self._world.timeline.now
            self._world.life.reconcile(group)

    def _delete_group(self, document: JSON) -> None:
        for group in self._groups(document):
            self._world.delete(group)

    def _suspend(self, document: JSON) -> None:
        end = self._world.timeline.now + document["for"] if "for" in document else None
        for group in self._groups(document):
            group.suspensions = group.suspensions | dict.fromkeys(document["processes"], end)

    def _deregister(self, document: JSON) -> None:
        for _, member in list(self._running(document)):
            if member.instance is not None:
                for arn, port in self._world.targets.groups_of(member.instance):
                    self._world.targets.deregister(arn, member.instance, port)

    def _anomalous(self, document: JSON) -> None:
        found = {member.instance for _, member in self._running(document) if member.instance is not None}
        self._world.targets.anomalous |= found
        self._later(document, partial(self._world.targets.anomalous.difference_update, found))

    def _alarm(self, document: JSON) -> None:
        self._world.alarms.change(document["name"], document["state"], document.get("reason"))

    def _capacity_short(self, document: JSON) -> None:
        self._fall_short(document, Shortage(document["group"], document["fraction"]))

    def _launch_failure(self, document: JSON) -> None:
        self._fall_short(document, Shortage(document["group"], code=document["code"]))

    def _fall_short(self, document: JSON, shortage: Shortage) -> None:
        self._world.life.supply.add_shortage(shortage)
        self._later(document, partial(self._world.life.supply.remove_shortage, shortage))

    def _clamp_capacity(self, document: JSON) -> None:
        limits, pattern, most = self._world.limits, document["group"], document["most"]
        limits.set(pattern, most)
        self._later(document, partial(limits.lift, pattern, most))

    def _lag(self, document: JSON) -> None:
        self._world.lag.change(parse_lag(document["lag"]), document.get("for"))

    def _later(self, document: JSON, action: Callable[[], None]) -> None:
        if "for" in document:
            self._world.timeline.after(document["for"], action)
