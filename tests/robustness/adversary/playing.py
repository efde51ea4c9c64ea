"""Plays a script from its first call to two minutes after its last; the answer is the evidence."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from spotaction.main import main
from tests.robustness.simulation.courses import COURSES, REQUIRED, STRANGERS

from .container import Act
from .evidence import JSON, NEW, OLD, Evidence, Picture
from .script import Script
from .stage import ANOTHER_RUN, RUN, Stage

AFTER_THE_END = 120.0
_NEVER: JSON = {"name": "of a deployment that is refused", "capacity": "0/0/0"}
_POST_STEP = 0.5  # seconds after its step


def play(script: Script, act: Act = main) -> Evidence:
    """Play the script; `act` may be an action that breaks a promise, to see that this is noticed."""
    wanted = goal(script.strategy)  # before: of one account there is one sandbox at a time
    basic = goal(script.strategy, basic=True) if script.named("rival-basic") else wanted
    with _staged(script, act) as stage:
        start = stage.watch.picture()
        _carry_out(script, stage)
        stage.finish()
        stage.clock.sleep(AFTER_THE_END)
        later = stage.watch.picture()
        return Evidence(
            script=script,
            required=REQUIRED,
            old=stage.old,
            strangers=frozenset(id_ for id_, group in start.groups.items() if group["name"] in STRANGERS),
            start=start,
            goal=wanted,
            basic_goal=basic,
            runs=tuple(stage.runs),
            writes=tuple(stage.watch.writes),
            falls=tuple(stage.watch.falls),
            losses=tuple(stage.watch.losses),
            drops={str(arn): tuple(moments) for arn, moments in stage.watch.drops.items()},
            rewrites=tuple(stage.watch.rewrites),
            strikes=tuple(stage.strikes),
            later=later,
            names=stage.watch.names(),
            secrets=(stage.sandbox.token, stage.sandbox.access_key[1]),
            raised=tuple(stage.raised),
            calls=len(stage.sandbox.calls()),
        )


@cache
def goal(strategy: str, *, basic: bool = False) -> Picture:
    """What an undisturbed deployment leads to, or that of a basic rival; its groups are called `OLD` and `NEW`.

    A basic rival that is refused, as where a second load balancer serves, may never end as deployed.
    """
    with _staged(Script(strategy)) as stage:
        seen = stage.run_rival("basic") if basic else stage.run("deploy")
        refused = basic and seen.status == "refused"
        assert refused or seen.status == "deployed", seen.log
        after = seen.after
        if refused:
            return replace(after, groups={OLD: after.groups[stage.old], NEW: _NEVER})
        (new,) = seen.created
        groups = {OLD: after.groups[stage.old], NEW: after.groups[new]}
        return Picture(after.at, groups, after.rules, after.healthy, after.serving)


def _carry_out(script: Script, stage: Stage) -> None:
    until = COURSES[script.strategy].until if script.named("until") else ""
    _run(stage, "deploy", RUN, {"until": until} if until else {})
    for event in script.named("then-"):
        stage.clock.sleep(event.amount)
        operation, another, _ = event.name.removeprefix("then-").partition("-by-another")
        more = {"allow": "take-over, redeploy"} if another else {}
        _run(stage, operation, ANOTHER_RUN if another else RUN, more)


def _run(stage: Stage, operation: str, run_id: str, more: Mapping[str, str]) -> None:
    """Run a step of a job, and its post step, unless the whole runner died with it."""
    stage.run(operation, run_id=run_id, more=more)
    if not stage.script.named("no-post"):
        stage.clock.sleep(_POST_STEP)
        stage.run("post", run_id=run_id)


@contextmanager
def _staged(script: Script, act: Act = main) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(script, Path(folder), act)
        try:
            yield stage
        finally:
            stage.close()
