"""Which cases there are, a sample of them, and their run on every core."""

import gc
import multiprocessing
import random
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from spotaction.model.safety_rule import SafetyRule

from .cases import Case, Journey, Then, Trouble
from .courses import COURSES
from .journeys import carry_out, undisturbed
from .judge import judge
from .troubles import CALLS, CLOUD, ENDINGS, PROCESS

SEEDS = (1, 2, 3)
_THENS = {
    Journey.DEPLOY: (Then.POST, Then.CONTINUE, Then.ROLLBACK, Then.POST_ROLLBACK),
    Journey.CONTINUE: (Then.POST, Then.CONTINUE, Then.ROLLBACK),
}


@dataclass(frozen=True)
class Result:
    """A case, how it ended, what it broke, and the seconds that it took."""

    case: Case
    status: str
    runs: int
    violations: tuple[str, ...]
    seconds: float


def every_case(strategies: Sequence[str] = tuple(COURSES), journeys: Sequence[Journey] = tuple(Journey)) -> list[Case]:
    """Each trouble alone at each call at which it makes sense, on each journey of each strategy, in a fixed order."""
    return [case for strategy, journey in travelled(strategies, journeys) for case in _alone(strategy, journey)]


def travelled(
    strategies: Sequence[str] = tuple(COURSES), journeys: Sequence[Journey] = tuple(Journey)
) -> list[tuple[str, Journey]]:
    """Which journeys are made with which strategy: what "tidy" deletes for good, no rollback brings back."""
    return [
        (strategy, journey)
        for strategy in strategies
        for journey in journeys
        if strategy != "tidy" or journey is Journey.DEPLOY
    ]


def drawn(strategy: str, journey: Journey, *, seed: int, troubles: int = 1) -> Case:
    """One case of one journey, with one trouble or two; `sample` has to make every journey before it can draw."""
    draw = random.Random(f"{seed} {strategy} {journey}")  # noqa: S311 - not a secret
    cases = list(_alone(strategy, journey))
    case = draw.choice(cases)
    return case if troubles == 1 else _both(case, draw.choice(cases), draw)


def sample(
    count: int,
    *,
    seed: int,
    pairs: float = 0.2,
    strategies: Sequence[str] = tuple(COURSES),
    troubles: Sequence[str] = (),
    journeys: Sequence[str] = (),
) -> list[Case]:
    """That many cases, a share of them with two troubles; equal seeds draw equal ones.

    `troubles` and `journeys` are those to draw from, all where none is given.
    """
    draw = random.Random(seed)  # noqa: S311 - not a secret
    cases = [
        case
        for case in every_case(strategies, [Journey(name) for name in journeys] or tuple(Journey))
        if not troubles or case.troubles[0].name in troubles
    ]
    count = min(count, len(cases))
    double = [_both(case, draw.choice(cases), draw) for case in draw.sample(cases, int(count * pairs))]
    return [*draw.sample(cases, count - len(double)), *double]


def run(
    cases: Sequence[Case], *, rules: frozenset[SafetyRule] = frozenset(SafetyRule), workers: int = 2
) -> Iterator[Result]:
    """Carry the cases out on that many cores; the results come in the order of the cases."""
    act = partial(try_case, rules=rules)
    if workers == 1:
        yield from map(act, cases)
        return
    with multiprocessing.get_context("fork").Pool(workers, _settle_memory) as pool:
        yield from pool.imap(act, cases, chunksize=8)


def try_case(case: Case, rules: frozenset[SafetyRule] = frozenset(SafetyRule)) -> Result:
    """Carry one case out; an exception that comes out of the action is a violation, too."""
    began = time.perf_counter()
    try:
        seen = carry_out(case, rules)
    except Exception:  # noqa: BLE001 - nothing may come out of the action
        last = traceback.format_exc().strip().splitlines()[-3:]
        return Result(case, "raised", 1, (f"(4) raised: {' | '.join(last)}",), time.perf_counter() - began)
    return Result(
        case, _ended(seen.runs[-1].status, seen.runs[-1].code), len(seen.runs), judge(seen), time.perf_counter() - began
    )


def _ended(status: str, code: int) -> str:
    return status or ("nothing to do" if code == 0 else f"exit {code}")


def _settle_memory() -> None:
    """What is loaded by now stays: looking through it for garbage again and again costs a third of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _alone(strategy: str, journey: Journey) -> Iterator[Case]:
    calls = undisturbed(strategy, journey, SEEDS[0]).calls
    create = next((at for at, call in enumerate(calls) if call["call"] == "POST /aws/ec2/group"), -1)
    turn = 0
    for at, call in enumerate(calls):
        names = [name for name, trouble in CALLS.items() if trouble.hits(call)]
        for name in (*names, *CLOUD):
            if (name == "adopted") != (strategy == "tidy") and name in {"adopted", "renamed"}:
                continue
            turn += 1
            yield Case(strategy, journey, (Trouble(name, at),), seed=SEEDS[turn % len(SEEDS)])
        if journey is Journey.DEPLOY and at <= create:  # later ones see our mark and are refused
            yield Case(strategy, journey, (Trouble("rival", at),), seed=SEEDS[at % len(SEEDS)])
        for name in ENDINGS if strategy != "tidy" else ():
            for then in _THENS.get(journey, (Then.POST, Then.ROLLBACK)):
                turn += 1
                yield Case(strategy, journey, (Trouble(name, at),), then, SEEDS[turn % len(SEEDS)])


def _both(case: Case, other: Case, draw: random.Random) -> Case:
    """A second trouble before or after the first; only the first may end the process."""
    name = other.troubles[0].name
    name = name if name not in PROCESS else draw.choice(sorted(CALLS))
    last = len(undisturbed(case.strategy, case.journey, SEEDS[0]).calls)
    second = Trouble(name, draw.randrange(last))
    return Case(case.strategy, case.journey, (*case.troubles, second), case.then, draw.choice(SEEDS))
