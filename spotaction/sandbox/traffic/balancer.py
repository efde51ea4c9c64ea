"""Applies routings to a running HAProxy: each target has a place in its target group's backend."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spotaction.sandbox.traffic.haproxy import Haproxy
from spotaction.sandbox.traffic.haproxy_config import PLACES, backend_name, map_entries, map_file, stuck_file
from spotaction.sandbox.traffic.routing import Forward, Routing, TargetPart
from spotaction.sandbox.types import InstanceId, RuleArn, TargetGroupArn


@dataclass
class _Backend:
    """The places of one target group; a place that was used is used again only once all have been."""

    places: dict[InstanceId, int] = field(default_factory=dict)
    parts: dict[InstanceId, TargetPart] = field(default_factory=dict)
    last: int = 0

    def take_place(self, instance: InstanceId) -> int:
        taken = set(self.places.values())
        for step in range(1, PLACES + 1):
            place = (self.last + step - 1) % PLACES + 1
            if place not in taken:
                self.last = place
                self.places[instance] = place
                return place
        raise RuntimeError(f"A target group of real traffic has at most {PLACES} targets.")


class Balancer:
    """Keeps HAProxy as the last routing that was applied."""

    def __init__(self, haproxy: Haproxy, folder: Path, address_of: Callable[[InstanceId], str | None]) -> None:
        self._haproxy = haproxy
        self._folder = folder
        self._address_of = address_of
        self._forwards: dict[RuleArn, Forward] = {}
        self._backends: dict[TargetGroupArn, _Backend] = {}

    def apply(self, routing: Routing) -> None:
        """Change what differs: targets that come first, then weights, then targets that go."""
        for arn, targets in routing.targets.items():
            self._add_targets(arn, targets)
        for rule, forward in routing.forwards.items():
            self._set_forward(rule, forward)
        for arn, targets in routing.targets.items():
            self._remove_targets(arn, targets)

    def _add_targets(self, arn: TargetGroupArn, targets: Mapping[InstanceId, TargetPart]) -> None:
        backend, name = self._backends.setdefault(arn, _Backend()), backend_name(arn)
        for instance, part in targets.items():
            address = self._address_of(instance)
            if not part.receives or backend.parts.get(instance) == part or address is None:
                continue
            if instance in backend.places:
                self._haproxy.set_state(name, backend.places[instance], "ready")
            else:
                self._haproxy.set_server(name, backend.take_place(instance), address, part.port)
            backend.parts[instance] = part

    def _remove_targets(self, arn: TargetGroupArn, targets: Mapping[InstanceId, TargetPart]) -> None:
        backend, name = self._backends[arn], backend_name(arn)
        for instance, place in list(backend.places.items()):
            part = targets.get(instance)
            if part is None:
                self._haproxy.set_state(name, place, "maint")
                self._haproxy.close_sessions(name, place)
                del backend.places[instance], backend.parts[instance]
            elif not part.receives and backend.parts[instance].receives:
                self._haproxy.set_state(name, place, "maint")
                backend.parts[instance] = part

    def _set_forward(self, rule: RuleArn, forward: Forward) -> None:
        if self._forwards.get(rule) == forward:
            return
        stuck = [(backend_name(arn), backend_name(arn)) for arn in forward.weights] if forward.sticky else []
        self._haproxy.replace_map(stuck_file(self._folder, rule), stuck)
        self._haproxy.replace_map(map_file(self._folder, rule), map_entries(forward.weights))
        self._forwards[rule] = forward
