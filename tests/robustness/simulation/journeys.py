"""Carries a case out: what comes before, the troubled run, what is done afterwards; the answer is what was seen."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path

from spotaction.model.safety_rule import SafetyRule
from tests.support.action import JSON

from .cases import Case, Journey, Then, Trouble
from .courses import COURSES, STALE, STRANGERS, bad_image
from .rivals import begin_rival
from .simulation import Fall, Run, Simulation, simulated
from .troubles import CLOUD, PROCESS, fault_of

_CHANGES: Mapping[Journey, JSON] = {
    Journey.BAD_IMAGE: bad_image("target"),
    Journey.NEVER_BOOTS: bad_image("boots"),
}
_PRELUDES: Mapping[Journey, str] = {
    Journey.ROLLBACK: "",
    Journey.ROLLBACK_HALFWAY: "until",
    Journey.CONTINUE: "until",
}


Struck = tuple[tuple[Trouble, int, float], ...]
_RULE_IDS = {"web-alb:443/10": "c1c1c1c1c1c1c1c1", "web-alb:443/default": "1111111111111111"}
_LOOKS = frozenset({"DescribeTargetHealth", "GET /aws/ec2/group/{id}/instanceHealthiness"})
_WRITES = frozenset({"ModifyRule", "ModifyListener"})


@dataclass(frozen=True)
class Whole:
    """An undisturbed journey: the calls of the run that others trouble, and the picture that a deployment leads to."""

    calls: tuple[JSON, ...]
    end: JSON


@dataclass(frozen=True)
class Seen:
    """All that a case left to judge.

    `struck` says of what the cloud did itself after which call (by index) and when (in seconds since `began`); `names`
    by which words a person finds a thing that is in the pictures.
    """

    case: Case
    runs: tuple[Run, ...]
    prelude: int
    start: JSON
    end: JSON
    now: JSON
    production: tuple[JSON, ...]
    falls: tuple[Fall, ...]
    struck: Struck
    secrets: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    rows: Mapping[str, str]
    foreign_calls: tuple[str, ...]
    created: int | None
    misnamed: tuple[tuple[int, float], ...]
    overwritten: tuple[str, ...]
    looks: tuple[tuple[int, float], ...]
    began: float

    @property
    def troubled(self) -> Run:
        """The run that the troubles were waiting for."""
        return self.runs[self.prelude]


def carry_out(case: Case, rules: frozenset[SafetyRule] = frozenset(SafetyRule)) -> Seen:
    """Simulate a case from the first call to the last."""
    whole = undisturbed(case.strategy, case.journey, case.seed)
    with tempfile.TemporaryDirectory() as folder, _open(case, Path(folder), rules) as found:
        start = found.picture()
        prelude = _prelude(case.journey, found)
        _lay(case, found)
        _troubled(case, found)
        for operation in _afterwards(case.then):
            found.run(operation, attempt=len(found.runs) + 1, more={})
        struck = _struck(case, found, prelude)
        return Seen(
            case=case,
            runs=tuple(found.runs),
            prelude=prelude,
            start=start,
            end=whole.end,
            now=found.picture(),
            production=tuple(found.sandbox.state()["production"]),
            falls=tuple(found.falls),
            struck=struck,
            secrets=(found.sandbox.token, found.sandbox.access_key[1]),
            names=_names(found),
            rows=_rows(found),
            foreign_calls=(*_foreign(found), *_adopted(found, struck)),
            created=_created(found),
            misnamed=tuple(found.misnamed),
            overwritten=_overwritten(found, struck),
            looks=tuple((c.index, c.time) for c in found.sandbox._gate.calls._calls if c.name in _LOOKS),
            began=found.sandbox._world.timeline.start,
        )


@cache
def undisturbed(strategy: str, journey: Journey, seed: int) -> Whole:
    """The journey without any trouble, once for each process."""
    case = Case(strategy, journey, seed=seed)
    with tempfile.TemporaryDirectory() as folder, _open(case, Path(folder)) as found:
        _prelude(journey, found)
        end = found.picture()
        troubled = _troubled(case, found)
        calls = tuple(found.sandbox.calls()[troubled.first :])
        if journey in {Journey.DEPLOY, Journey.CONTINUE}:
            end = found.picture()
    if journey not in {Journey.DEPLOY, Journey.CONTINUE, Journey.ROLLBACK}:
        end = undisturbed(strategy, Journey.DEPLOY, seed).end
    return Whole(calls, end)


def _open(
    case: Case, folder: Path, rules: frozenset[SafetyRule] = frozenset(SafetyRule)
) -> AbstractContextManager[Simulation]:
    return simulated(case.strategy, folder, seed=case.seed, changes=_CHANGES.get(case.journey), rules=rules)


def _prelude(journey: Journey, found: Simulation) -> int:
    """What goes well before: a whole deployment, or half of one; the answer is how many runs that took."""
    if journey not in _PRELUDES:
        return 0
    until = COURSES[found.strategy].until if _PRELUDES[journey] else ""
    run = found.run("deploy", attempt=1, more={"until": until} if until else {})
    assert run.code == 0, run.log
    return 1


def _lay(case: Case, found: Simulation) -> None:
    """Have the troubles wait for their calls, counted from the first one of the run to come."""
    names = {
        "old": found.old,
        "new": found.new,
        "rule": COURSES[case.strategy].rule,
        "token": found.sandbox.token,
        "stale": next((group for group, name in found.founded.items() if name == STALE), "nobody"),
    }
    for trouble in case.troubles:
        at = found.calls_so_far + trouble.at
        if trouble.name in PROCESS:
            _hook(trouble.name, at, found)
        else:
            found.sandbox.add_fault(fault_of(trouble.name, at=at, names=names))


def _hook(name: str, at: int, found: Simulation) -> None:
    trouble = PROCESS[name]

    def strike() -> None:
        if trouble.rival:
            begin_rival(found)
            return
        assert found.process is not None
        act = found.process.kill if trouble.kill else found.process.signal
        if trouble.when == "sleep":
            found.clock.ring("signal", 0.25, act)
        else:
            act()

    found.hooks[at, "after" if trouble.when == "sleep" else trouble.when] = strike


def _troubled(case: Case, found: Simulation) -> Run:
    operation = {
        Journey.ROLLBACK: "rollback",
        Journey.ROLLBACK_HALFWAY: "rollback",
        Journey.CONTINUE: "continue",
    }.get(case.journey, "deploy")
    more: dict[str, str] = {"steady-state-timeout": "60s"} if case.journey in _CHANGES else {}
    for trouble in case.troubles:
        more |= CLOUD[trouble.name].inputs if trouble.name in CLOUD else {}
    return found.run(operation, attempt=len(found.runs) + 1, more=more)


def _afterwards(then: Then) -> tuple[str, ...]:
    return () if then is Then.NOTHING else tuple(then.value.split("+"))


def _struck(case: Case, found: Simulation, prelude: int) -> Struck:
    calls, first = found.sandbox._gate.calls._calls, found.runs[prelude].first
    return tuple(
        (trouble, first + trouble.at, calls[first + trouble.at].time)
        for trouble in case.troubles
        if trouble.name in CLOUD and first + trouble.at < len(calls)
    )


def _names(found: Simulation) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {"old": (found.old,), "new": (found.new,)}
    for listener in found.sandbox._world.balancers.listeners():
        balancer = listener.load_balancer_arn.split("/")[-2]
        for rule in listener.rules.values():
            key = f"{balancer}:{listener.port}/{rule.priority}"
            names[key] = (rule.arn, *((listener.arn,) if rule.is_default else ()))
    return names


def _rows(found: Simulation) -> dict[str, str]:
    """How the summary's table of routes names each rule."""
    return {
        f"{(balancer := listener.load_balancer_arn.split('/')[-2])}:{listener.port}/{rule.priority}": (
            f"{balancer}:{listener.port} {'default rule' if rule.is_default else 'rule ' + rule.arn.split('/')[-1]}"
        )
        for listener in found.sandbox._world.balancers.listeners()
        for rule in listener.rules.values()
    }


def _foreign(found: Simulation) -> tuple[str, ...]:
    return tuple(
        f"{call.method} {call.path}"
        for call in found.sandbox._gate.calls._calls
        if call.mutation and any(group in call.path for group, name in found.founded.items() if name in STRANGERS)
    )


def _created(found: Simulation) -> int | None:
    creates = [call.index for call in found.sandbox._gate.calls._calls if call.name == "POST /aws/ec2/group"]
    return creates[-1] if creates else None


def _adopted(found: Simulation, struck: Struck) -> Iterator[str]:
    """What we still do to a group that somebody made theirs, beyond the call that was on its way."""
    for trouble, index, _ in struck:
        for call in found.sandbox._gate.calls._calls[index + 2 :] if trouble.name == "adopted" else ():
            if call.mutation and any(group in call.path for group, name in found.founded.items() if name == STALE):
                yield f"{call.method} {call.path} after it was somebody's own"


def _overwritten(found: Simulation, struck: Struck) -> tuple[str, ...]:
    """Writes to a rule that somebody else pointed elsewhere, although it was read in between.

    A write that was under way with no read in between replaces what somebody made of it: from then on the rule is ours.
    """
    said = []
    for trouble, index, _ in struck:
        read = False
        for call in found.sandbox._gate.calls._calls[index + 1 :] if trouble.name == "rule-elsewhere" else ():
            read = read or (call.name == "DescribeRules" and call.status == HTTPStatus.OK and call.fault is None)
            if call.name in _WRITES and _RULE_IDS[COURSES[found.strategy].rule] in str(call.body):
                if not read and call.status == HTTPStatus.OK and call.fault is None:
                    break
                said += [call.name] if read else []
    return tuple(said)
