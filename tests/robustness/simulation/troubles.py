"""Everything that can go wrong in a simulation, by name: with a call, in the cloud, or with the process itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.support.action import JSON

FOREVER = 10_000
EVERYTHING = 99


@dataclass(frozen=True)
class CallTrouble:
    """A fault of one call. `transient`: a client that tries again must not notice."""

    fault: JSON
    services: frozenset[str] = frozenset({"spot", "aws"})
    reads: bool = True
    writes: bool = True
    transient: bool = True

    def hits(self, call: JSON) -> bool:
        """Whether the fault makes sense for that call."""
        service = "spot" if call["service"] == "spot" else "aws"
        return service in self.services and (self.writes if call["mutation"] else self.reads)


@dataclass(frozen=True)
class CloudTrouble:
    """What happens without us right after a call. `takes` says how many healthy targets of production it takes.

    `touches` names what it changes: "old", "new", "rule"; such a thing may end changed.
    """

    fault: JSON
    takes: int = 0
    touches: frozenset[str] = frozenset()
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ProcessTrouble:
    """What happens to the process at a call; `when`: before it acts, after it, or in the sleep that follows.

    `rival`: instead of a signal, another run begins to deploy the same app at that moment.
    """

    when: str
    kill: bool = False
    rival: bool = False


_SPOT, _AWS = frozenset({"spot"}), frozenset({"aws"})
CALLS: Mapping[str, CallTrouble] = {
    "refused": CallTrouble({"effect": "connection-refused"}),
    "reset-before": CallTrouble({"effect": "reset-before"}),
    "reset-after": CallTrouble({"effect": "reset-after"}),
    "timeout-after": CallTrouble({"effect": "timeout-after", "delay": 30}),
    "http-500": CallTrouble({"effect": "status", "status": 500}),
    "http-500-applied": CallTrouble({"effect": "status", "status": 500, "applied": True}),
    "http-502": CallTrouble({"effect": "status", "status": 502}),
    "http-503": CallTrouble({"effect": "status", "status": 503}),
    "rate-limited": CallTrouble({"effect": "rate-limited", "reset": 7}, services=_SPOT),
    "throttled": CallTrouble({"effect": "aws-throttling"}, services=_AWS),
    "malformed": CallTrouble({"effect": "malformed-body"}),
    "empty-items": CallTrouble({"effect": "empty-items"}, services=_SPOT, transient=False),
    "stale-read": CallTrouble({"effect": "stale-read"}, writes=False, transient=False),
    "http-401": CallTrouble({"effect": "status", "status": 401}, services=_SPOT, transient=False),
    "token-expired": CallTrouble(
        {"effect": "status", "status": 401, "times": FOREVER, "match": {"service": "spot"}}, _SPOT, transient=False
    ),
    "denied": CallTrouble({"effect": "aws-error", "code": "AccessDenied"}, services=_AWS, transient=False),
    "denied-for-good": CallTrouble(
        {
            "effect": "aws-error",
            "code": "AccessDenied",
            "times": FOREVER,
            "match": {"service": "aws", "mutation": True},
        },
        services=_AWS,
        reads=False,
        transient=False,
    ),
    "refused-for-good": CallTrouble(
        {"effect": "status", "status": 400, "code": "CANT_DO_THAT", "message": "not today: {token}"},
        services=_SPOT,
        transient=False,
    ),
    "outage": CallTrouble({"effect": "status", "status": 503, "times": 25}, transient=False),
}
CLOUD: Mapping[str, CloudTrouble] = {
    "interrupt-old": CloudTrouble({"action": "interrupt", "group": "{old}"}, takes=1),
    "interrupt-new": CloudTrouble({"action": "interrupt", "group": "{new}"}, takes=1),
    "interrupt-two": CloudTrouble({"action": "interrupt", "group": "{new}", "count": 2}, takes=2),
    "never-boots": CloudTrouble({"action": "never-boot", "group": "{new}"}),
    "flap-new": CloudTrouble({"action": "flap", "group": "{new}", "count": 1, "side": "target", "period": 9}, takes=1),
    "flap-old": CloudTrouble({"action": "flap", "group": "{old}", "count": 1, "side": "target", "period": 9}, takes=1),
    "sick-for-target": CloudTrouble({"action": "unhealthy", "group": "{new}", "side": "target"}, takes=EVERYTHING),
    "sick-for-spot": CloudTrouble({"action": "unhealthy", "group": "{new}", "side": "spot"}, takes=EVERYTHING),
    "scaled-out": CloudTrouble(
        {"action": "scaling-policy", "group": "{old}", "adjustment": 2}, touches=frozenset({"old", "new"})
    ),
    "scaled-in": CloudTrouble(
        {"action": "scaling-policy", "group": "{old}", "adjustment": -1}, takes=1, touches=frozenset({"old", "new"})
    ),
    "new-scaled-out": CloudTrouble(
        {"action": "scaling-policy", "group": "{new}", "adjustment": 1}, touches=frozenset({"new"})
    ),
    "rule-elsewhere": CloudTrouble(
        {"action": "change-rule", "rule": "{rule}", "forward": "web-third"},
        takes=EVERYTHING,
        touches=frozenset({"rule"}),
    ),
    "rule-sticky": CloudTrouble(
        {
            "action": "change-rule",
            "rule": "{rule}",
            "forward": {"target-groups": [{"target-group": "web-blue"}], "stickiness": 600},
        },
        takes=EVERYTHING,
        touches=frozenset({"rule"}),
    ),
    "description-lost": CloudTrouble(
        {"action": "change-group", "group": "{new}", "changes": {"description": "tidied up"}},
        touches=frozenset({"new"}),
    ),
    "renamed": CloudTrouble(
        {"action": "change-group", "group": "{old}", "changes": {"name": "somebody's own"}},
        touches=frozenset({"old", "new", "web_prod__6"}),
    ),
    "old-deleted": CloudTrouble(
        {"action": "delete-group", "group": "{old}"},
        takes=EVERYTHING,
        # the version before then is the one that "tidy" has to keep, and the new one may get the number of this one
        touches=frozenset({"old", "new", "web_prod__6"}),
    ),
    "new-deleted": CloudTrouble(
        {"action": "delete-group", "group": "{new}"}, takes=EVERYTHING, touches=frozenset({"new"})
    ),
    "adopted": CloudTrouble(
        {"action": "change-group", "group": "{stale}", "changes": {"name": "somebody's own"}},
        touches=frozenset({"web_prod__5"}),
    ),
    "alarm": CloudTrouble(
        {"action": "alarm", "name": "web-5xx", "state": "ALARM", "reason": "5xx above 2 percent"},
        inputs={"alarms": "web-5xx"},
    ),
    "capacity-short": CloudTrouble({"action": "capacity-short", "group": "{new}", "fraction": 0.5}),
    "capacity-late": CloudTrouble({"action": "capacity-short", "group": "{new}", "fraction": 0.5, "for": 40}),
}
PROCESS: Mapping[str, ProcessTrouble] = {
    "term-before": ProcessTrouble("before"),
    "term-after": ProcessTrouble("after"),
    "term-in-sleep": ProcessTrouble("sleep"),
    "kill-before": ProcessTrouble("before", kill=True),
    "kill-after": ProcessTrouble("after", kill=True),
    "rival": ProcessTrouble("before", rival=True),
}
ENDINGS = tuple(name for name, trouble in PROCESS.items() if not trouble.rival)


def fault_of(name: str, *, at: int, names: Mapping[str, str]) -> JSON:
    """The sandbox's fault for a trouble at (or, of the cloud, right after) the call of that index.

    `names` says which group is old, which is new (or will be), which rule is production's, and what the token is.
    """
    if name in CALLS:
        fault = _filled(CALLS[name].fault, names)
        return {**fault, "match": {**fault.get("match", {}), "index": at}}
    return {**_filled(CLOUD[name].fault, names), "after-call": at}


def _filled(fault: JSON, names: Mapping[str, str]) -> JSON:
    return {key: value.format_map(names) if isinstance(value, str) else value for key, value in fault.items()}
