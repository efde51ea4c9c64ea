"""Watches a sandbox at every instant: what is healthy behind production's rules, and which call took it away."""

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from spotaction.sandbox import Sandbox
from spotaction.sandbox.types import TargetGroupArn

from .evidence import JSON, Fall, Picture, Write

_RULE_WRITES = frozenset({"ModifyRule", "ModifyListener"})


class Watch:
    """The only eyes of the judge."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._world = sandbox._world
        self._watched = set(self._world.production._watches)
        self._calling: int | None = None
        self.writes: list[Write] = []
        self.falls: list[Fall] = []
        self.losses: list[float] = []
        self.drops: dict[TargetGroupArn, list[float]] = {}
        self.rewrites: list[float] = []
        self._seen, self._shares = self._look(), self._production_shares()
        self._counts = self._healthy_counts()
        self._world.observers.append(self._observe)

    @property
    def elapsed(self) -> float:
        """Seconds since the sandbox began."""
        return self._world.timeline.elapsed

    def settle(self) -> None:
        """Let everything happen that is due."""
        with self._world.lock:
            self._world.settle()
            self._world.observe()

    @contextmanager
    def call(self, run: int, written: Callable[[Write], object]) -> Iterator[None]:
        """Around a call of a run; `written` hears of it if it changes something, as soon as it has."""
        self.settle()
        before, index = self._look(), len(self._sandbox._gate.calls)
        self._calling = threading.get_ident()
        try:
            yield
        finally:
            self._calling = None
            write = self._note(index, run, before)
            if write is not None:  # also where its answer was lost
                written(write)

    def picture(self) -> Picture:
        """Everything as it is now."""
        state = self._sandbox.state()
        groups = {
            group["id"]: {
                "name": group["name"],
                "capacity": "/".join(str(group["capacity"][key]) for key in ("minimum", "target", "maximum")),
                "image": group["image"],
                "suspensions": group["suspensions"],
                "target groups": group["target-groups"],
                "description": group["description"],
            }
            for group in state["groups"]
            if group["deleted"] is None
        }
        look = self._look()
        healthy = {rule: whole for (rule, what), whole in look.items() if what == "in all"}
        return Picture(self.elapsed, groups, self._rules(), healthy, self._serving())

    def names(self) -> dict[str, tuple[str, ...]]:
        """Every rule with the words that people may know it by."""
        found: dict[str, tuple[str, ...]] = {}
        for listener in self._world.balancers.listeners():
            balancer = listener.load_balancer_arn.split("/")[-2]
            for rule in listener.rules.values():
                own = listener.arn if rule.is_default else rule.arn
                label = f"{balancer}:{listener.port}"
                found[f"{label}/{rule.priority}"] = (rule.arn, own, rule.arn.split("/")[-1], label)
        return found

    def _rules(self) -> dict[str, JSON]:
        return {
            f"{listener.load_balancer_arn.split('/')[-2]}:{listener.port}/{rule.priority}": {
                "actions": copy.deepcopy([action.data for action in rule.actions]),
                "conditions": copy.deepcopy(list(rule.conditions)),
            }
            for listener in self._world.balancers.listeners()
            for rule in listener.rules.values()
        }

    def _serving(self) -> dict[str, tuple[TargetGroupArn, ...]]:
        """The target groups to which each production rule sends requests."""
        return {
            route.name: tuple(arn for arn, weight in route.shares if weight > 0)
            for route in self._world.balancers.routes()
            if route.rule in self._watched
        }

    def _look(self) -> dict[tuple[str, str], int]:
        found = {}
        for route in self._world.balancers.routes():
            if route.rule in self._watched:
                serving = [(self._world.targets.healthy(arn), weight) for arn, weight in route.shares if weight > 0]
                whole = sum(weight for _, weight in serving)
                found[route.name, "in all"] = sum(count for count, _ in serving)
                # Half of the requests need half of the targets.
                found[route.name, "in its weakest share"] = min((c * whole // w for c, w in serving), default=0)
        return found

    def _production_shares(self) -> list[object]:
        return [route.shares for route in self._world.balancers.routes() if route.rule in self._watched]

    def _healthy_counts(self) -> dict[TargetGroupArn, int]:
        """The healthy targets of every target group, whether production uses it or not."""
        return {arn: self._world.targets.healthy(arn) for arn in self._world.targets._targets}

    def _observe(self) -> None:
        now, shares, counts = self._look(), self._production_shares(), self._healthy_counts()
        if self._calling != threading.get_ident():
            if any(now.get(key, 0) < count for key, count in self._seen.items()):
                self.losses.append(self.elapsed)
            if shares != self._shares:
                self.rewrites.append(self.elapsed)
            for arn, count in self._counts.items():
                if counts.get(arn, 0) < count:
                    self.drops.setdefault(arn, []).append(self.elapsed)
        self._seen, self._shares, self._counts = now, shares, counts

    def _note(self, index: int, run: int, before: dict[tuple[str, str], int]) -> Write | None:
        calls = self._sandbox._gate.calls._calls
        if index >= len(calls) or not calls[index].mutation:
            return None
        call = calls[index]
        thing = self._rule_of(str(call.body)) if call.name in _RULE_WRITES else call.path.split("/")[4:5]
        name = thing if isinstance(thing, str) else "".join(thing)
        write = Write(len(self.writes) + 1, call.time, run, call.name, name, call.fault is None)
        self.writes.append(write)
        for key, count in self._look().items():
            if count < before.get(key, 0):
                self.falls.append(Fall(write, " ".join(key), before[key], count, self._serving()[key[0]]))
        return write

    def _rule_of(self, body: str) -> str:
        return next((name for name, words in self.names().items() if any(f"'{w}'" in body for w in words[:2])), "")
