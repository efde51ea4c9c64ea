"""Everything that exists in one sandbox, brought up to the clock's time before every access."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from spotaction.sandbox.aws import moto_backends
from spotaction.sandbox.aws.alarms import Alarms
from spotaction.sandbox.aws.instances import Instances
from spotaction.sandbox.aws.load_balancers import LoadBalancers
from spotaction.sandbox.aws.metrics.store import Metrics
from spotaction.sandbox.calls import Call
from spotaction.sandbox.clock import Clock, Timeline
from spotaction.sandbox.invariants import Production
from spotaction.sandbox.lag import Lag
from spotaction.sandbox.scenario import Scenario
from spotaction.sandbox.seed_groups import create_seed_groups
from spotaction.sandbox.spot.capacity_limits import Limits
from spotaction.sandbox.spot.elastigroup import Group
from spotaction.sandbox.spot.lifecycle import GroupLifecycle
from spotaction.sandbox.spot.rolling import Rolling
from spotaction.sandbox.types import GroupId


class World:
    """The clouds of one sandbox; every access has to hold `lock` and call `settle` first."""

    def __init__(self, scenario: Scenario, clock: Clock) -> None:
        self.scenario = scenario
        self.clock = clock
        self.lock = threading.RLock()
        self.timeline = Timeline(clock.now())
        self.account = moto_backends.backends(scenario.account, scenario.region)
        self.machines = Instances(self.account, scenario.seed)
        self.balancers = LoadBalancers(self.account, self.timeline.history)
        self.life = GroupLifecycle(scenario, self.timeline, self.machines, self.balancers)
        self.targets = self.life.targets
        self.rolling = Rolling(self.timeline, self.life)
        self.metrics = Metrics()
        self.alarms = Alarms(self.account.cloudwatch, self.timeline, self.balancers)
        self.production = Production(self.balancers, self.targets)
        self.groups: dict[GroupId, Group] = {}
        self.limits = Limits()
        self.lag = Lag(scenario, self.timeline)
        self.observers: list[Callable[[], None]] = []
        self._build()
        self.lag.keep_history()

    def settle(self) -> None:
        """Execute every event up to the clock's current time."""
        self.timeline.settle(self.clock.now(), self.observe)

    def observe(self) -> None:
        """Update the production counts; call this after every change."""
        self.production.observe(self.timeline.elapsed)
        for observer in self.observers:
            observer()

    def routes_changed(self) -> None:
        """Update health checks and alarms after a change of routes."""
        self.balancers.forget()
        self.balancers.note_uses()
        self.targets.routes_changed()
        self.alarms.routes_changed()
        self.observe()

    def alive(self) -> list[Group]:
        """Return the groups that have not been deleted, oldest first."""
        return [group for group in self.groups.values() if group.deleted_at is None]

    def new_group_id(self) -> GroupId:
        """Return a group id that depends only on the seed and the number of groups so far."""
        return GroupId(f"sig-{moto_backends.stable_hex(self.scenario.seed, 'group', len(self.groups), length=8)}")

    def add(self, group: Group) -> None:
        """Add a created group; with a lag, lists show it later."""
        group.remember(self.timeline.history, "groups")
        group.listed_at = self.lag.listed_at(group.id)
        self.timeline.history.put("groups", self.groups, group.id, group)

    def delete(self, group: Group) -> None:
        """Delete a group; its instances drain first, unless the scenario says `kill`."""
        group.deleted_at = self.timeline.now
        if self.scenario.draining.on_delete == "kill":
            self.life.kill(group)
        else:
            self.life.reconcile(group)

    @contextmanager
    def as_read(self, call: Call) -> Iterator[None]:
        """Inside the context, let a read call see lagging state; writes see the actual state."""
        if call.mutation or not self.timeline.history.kept:
            yield
            return
        with self.lag.as_read(call, self.groups):
            yield

    @contextmanager
    def as_before(self) -> Iterator[None]:
        """Inside the context, restore the state before the last change."""
        with self.timeline.history.as_before_the_mark("groups", "rules"):
            yield

    def _build(self) -> None:
        self.machines.build_images(self.scenario)
        self.balancers.build(self.scenario)
        self.targets.routes_changed()
        self.groups = create_seed_groups(self.scenario, self.timeline, self.balancers, self.rolling)
        for group in self.groups.values():
            group.remember(self.timeline.history, "groups")
        self.production.watch(self.scenario.production, self.timeline.elapsed)
        self.alarms.build(self.scenario)
        self.alarms.routes_changed()
