"""Every event by name: who does it, with which amounts, what the sandbox does then, and what it may leave changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .script import LAGS

JSON = dict[str, Any]
FOREVER = 100_000.0
_TARGET_GROUPS = ("web-third", "web-blue", "web-green")
_SIDES = ("target", "spot", "both")


@dataclass(frozen=True)
class Kind:
    """`fault` makes the sandbox's fault of an amount; it names groups as {old} and {new} and the rule as {rule}.

    `touches` are things that may end as the actor left them: the old group, the new group, production's rules.
    """

    actor: str
    fault: Callable[[float], JSON] | None = None
    amounts: tuple[float, ...] = (0.0,)
    touches: frozenset[str] = frozenset()


def _both(name: str, kind: Callable[[str], Kind]) -> dict[str, Kind]:
    """An event that may befall the old group or the new one."""
    return {f"{name}-old": kind("old"), f"{name}-new": kind("new")}


def _of(actor: str, fault: Callable[[float, str], JSON], amounts: tuple[float, ...]) -> Callable[[str], Kind]:
    def kind(which: str) -> Kind:
        return Kind(actor, lambda amount: fault(amount, f"{{{which}}}"), amounts or (0.0,), frozenset({which}))

    return kind


def _scaled(amount: float, group: str) -> JSON:
    target = int(amount)
    capacity = {"minimum": min(2, target), "target": target, "maximum": max(6, target)}
    return {"action": "change-group", "group": group, "changes": {"capacity": capacity}}


def _policy(adjustment: int) -> Callable[[float, str], JSON]:
    def fault(amount: float, group: str) -> JSON:
        return {
            "action": "scaling-policy",
            "group": group,
            "adjustment": adjustment,
            **({"every": amount, "for": 6 * amount} if amount else {}),
        }

    return fault


def _flap(amount: float, group: str) -> JSON:
    return {"action": "flap", "group": group, "count": 1, "side": "target", "period": amount}


def _controller(target_group: str) -> Kind:
    def fault(amount: float) -> JSON:
        return {
            "action": "change-rule",
            "rule": "{rule}",
            "forward": target_group,
            "every": amount,
            "for": 300.0,
        }

    return Kind("controller", fault, (3.0, 7.0, 20.0), frozenset({"rule"}))


def _point(amount: float) -> JSON:
    return {"action": "change-rule", "rule": "{rule}", "forward": _TARGET_GROUPS[int(amount)]}


def _sick(amount: float) -> JSON:
    return {"action": "unhealthy", "group": "{new}", "side": _SIDES[int(amount)]}


def _sick_for_a_while(amount: float) -> JSON:
    return {"action": "unhealthy", "group": "{new}", "side": "target", "for": amount}


def _down(service: str) -> Kind:
    def fault(amount: float) -> JSON:
        return {"effect": "status", "status": 503, "times": int(amount), "match": {"service": service}}

    return Kind("network", fault, (1.0, 3.0, 12.0))


_SPOT_ACTS: Mapping[str, tuple[Callable[[float, str], JSON], tuple[float, ...]]] = {
    "interrupt": (lambda n, g: {"action": "interrupt", "group": g, "count": int(n)}, (1.0, 2.0, 3.0)),
    "flap": (_flap, (4.0, 9.0)),
    "clamp": (lambda n, g: {"action": "clamp-capacity", "group": g, "most": int(n)}, (0.0, 1.0, 2.0)),
    "short": (lambda s, g: {"action": "capacity-short", "group": g, "fraction": 0.5, "for": s}, (40.0, FOREVER)),
    "never-boots": (lambda _, g: {"action": "never-boot", "group": g}, ()),
    "refused": (
        lambda s, g: {"action": "launch-failure", "group": g, "code": "VcpuLimitExceeded", "for": s},
        (40.0, FOREVER),
    ),
}
_PERSON_ACTS: Mapping[str, tuple[Callable[[float, str], JSON], tuple[float, ...]]] = {
    "scale": (_scaled, (0.0, 1.0, 2.0, 4.0, 6.0)),
    "rename": (lambda _, g: {"action": "change-group", "group": g, "changes": {"name": "somebody's own"}}, ()),
    "describe": (lambda _, g: {"action": "change-group", "group": g, "changes": {"description": "tidied up"}}, ()),
    "delete": (lambda _, g: {"action": "delete-group", "group": g}, ()),
    "deregister": (lambda n, g: {"action": "deregister", "group": g, "count": int(n)}, (1.0, 2.0, 3.0)),
    "suspend": (lambda _, g: {"action": "suspend", "group": g, "processes": ["AUTO_SCALE"]}, ()),
}
_NAMES = ("RUNNER_NAME", "GITHUB_JOB", "GITHUB_RUN_ATTEMPT", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "GITHUB_RUN_ID")

#: What people, controllers, policies, Spot and the release do in the clouds.
ACTORS: Mapping[str, Kind] = {
    **{name: kind for act, what in _PERSON_ACTS.items() for name, kind in _both(act, _of("person", *what)).items()},
    "point-rule": Kind("person", _point, (0.0, 1.0, 2.0), frozenset({"rule"})),
    "controller-blue": _controller("web-blue"),
    "controller-green": _controller("web-green"),
    **_both("policy-out", _of("policy", _policy(+1), (0.0, 20.0))),
    **_both("policy-in", _of("policy", _policy(-1), (0.0, 20.0))),
    **{name: kind for act, what in _SPOT_ACTS.items() for name, kind in _both(act, _of("spot", *what)).items()},
    "sick": Kind("release", _sick, (0.0, 1.0, 2.0), frozenset({"new"})),
    "sick-awhile": Kind("release", _sick_for_a_while, (8.0, 30.0), frozenset({"new"})),
    "alarm": Kind("release", lambda _: {"action": "alarm", "name": "web-5xx", "state": "ALARM"}),
    "rival": Kind("rival"),
    "rival-basic": Kind("rival"),
}
#: What goes wrong with single calls.
CALLS: Mapping[str, Kind] = {
    "spot-down": _down("spot"),
    "aws-down": _down("aws"),
    "answer-lost": Kind("network", lambda _: {"effect": "reset-after", "match": {"mutation": True}}),
}
#: What the runner does to the process, and to what the process reads and writes.
RUNNER: Mapping[str, Kind] = {
    "term": Kind("runner"),
    "kill": Kind("runner"),
    "disk-full": Kind("runner"),
    "lost-state": Kind("runner"),
    "ahead": Kind("runner", None, (60.0, 3600.0, 86_400.0)),
    "behind": Kind("runner", None, (60.0, 3600.0, 86_400.0)),
    **{f"without-{name}": Kind("runner") for name in _NAMES},
}
#: What is done about the deployment afterwards, each by a process of its own; the amount is the pause in seconds.
AFTERWARDS: Mapping[str, Kind] = {
    name: Kind("afterwards", None, (1.0, 60.0, 1200.0))
    for name in (
        "then-continue",
        "then-rollback",
        "then-deploy",
        "then-continue-by-another",
        "then-rollback-by-another",
    )
} | {"until": Kind("afterwards"), "no-post": Kind("afterwards")}
#: How late reads may be, drawn anew for each read between 0 and the amount.
LATE: Mapping[str, Kind] = {
    f"lag-{name}": Kind("lag", None, tuple(float(round(most * share)) for share in (0.1, 0.3, 0.6, 1.0)))
    for name, most in LAGS.items()
}
EVENTS: Mapping[str, Kind] = {**LATE, **ACTORS, **CALLS, **RUNNER, **AFTERWARDS}
