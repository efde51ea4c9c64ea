"""What happens to a deployment while requests are counted: each strategy, what interrupts it, and what fails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tests.support.action import NEW, OLD

JSON = dict[str, Any]
STRATEGIES = ("basic", "canary", "swap", "shift")
Deed = Literal["fault", "cancel", "kill", "rival"]


@dataclass(frozen=True, eq=False)
class Trigger:
    """What happens once a line of the log contains `line`, for the `nth` time."""

    line: str
    deed: Deed
    fault: Mapping[str, Any] = field(default_factory=dict)
    nth: int = 1


@dataclass(frozen=True)
class Story:
    """One deployment. `then` is what runs after it: the post step of a workflow, or the operation `rollback`.

    `status` is how the last run ends, and `serves` the AMI that answers from then on. `world` changes the scenario,
    `config` the group that is deployed, `delay` is how long target groups drain, and `releases` is how an AMI answers.
    `drops` is whether the story is there to show that what it breaks is seen: by Harness's order, or by a `mutant` of
    the action. `most_new` is how many production requests the new version may have answered at most, if that is an aim.
    With `sticky`, production's rule keeps its clients at their target group, so that shares follow weights only slowly.
    """

    strategy: str
    what: str
    status: str = "deployed"
    serves: str = NEW
    triggers: tuple[Trigger, ...] = ()
    then: Literal["", "post", "rollback"] = ""
    world: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    by: Literal["spotaction", "harness"] = "spotaction"
    mutant: str = ""
    drops: bool = False
    delay: int = 60
    inputs: Mapping[str, str] = field(default_factory=dict)
    releases: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    most_new: int | None = None
    sticky: bool = False

    @property
    def name(self) -> str:
        return f"{self.strategy}: {self.what}"


ALARM: JSON = {"at": 0, "action": "alarm", "name": "web-5xx", "state": "ALARM", "reason": "5xx above 2 percent"}
#: EC2 calls an instance healthy long before its application answers, and Spot is told to believe it.
HASTY_WORLD: JSON = {"behaviours": [{"image": "*", "spot-healthy": 5, "target-healthy": 45}]}
HASTY_CONFIG: JSON = {"compute": {"launchSpecification": {"healthCheckType": "EC2"}}}
NEW_GROUP = {"basic": "web_prod__8", "canary": "web_prod__8", "swap": "web_prod", "shift": "web_prod"}
STEPS = {
    "basic": ("deploy",),
    "canary": ("canary-deploy-1", "canary-deploy-2", "deploy"),
    "swap": ("stage-setup", "downsize-old"),
    "shift": ("stage-setup", "shift-10", "shift-50", "shift-100", "downsize-old"),
}
#: Lines at which a run is interrupted: once before the old group is touched or production moves, and once after.
HALFWAY = {
    "basic": ("steady: 0 of 3", "3 of 3 draining"),
    "canary": ("Bake of", "::group::canary-deploy-2"),
    "swap": ("::group::swap-route", "web-green 100%"),
    "shift": ("::group::shift-50", "::group::downsize-old"),
}


def all_stories() -> list[Story]:
    """Return every story, in the order of the table."""
    return [*deployments(), *rollbacks(), *interruptions(), *rivals(), *checks(), *comparisons(), *mutants()]


def deployments() -> Iterator[Story]:
    """Each strategy as it should be, and its rollback by hand afterwards."""
    for strategy in STRATEGIES:
        yield Story(strategy, "deployed")
        yield Story(strategy, "deployed, then rolled back by hand", "rolled-back", OLD, then="rollback")

    yield Story("shift", "deployed, clients stick to their target group", sticky=True)
    alarm = Trigger("::group::shift-50", "fault", ALARM)
    yield Story(
        "shift", "alarm in shift-50, clients stick to their target group", "rolled-back", OLD, (alarm,), sticky=True
    )


def rollbacks() -> Iterator[Story]:
    """A failure in each step: an alarm, or what the cloud refuses, or new instances that become unhealthy."""
    for strategy in STRATEGIES:
        first = "stage-setup" if strategy in {"swap", "shift"} else "setup"
        refused = {"match": {"call": "POST /aws/ec2/group"}, "effect": "status", "status": 400, "message": "not today"}
        yield _failing(strategy, f"{first} refused", "deploy ", refused)
        for step in STEPS[strategy]:
            yield _failing(strategy, f"alarm in {step}", f"::group::{step}", ALARM)
        unhealthy = {"at": 0, "action": "unhealthy", "group": NEW_GROUP[strategy], "side": "target"}
        drains = "web_prod__7 down to 0: 1 of 1" if strategy == "canary" else "down to 0: 3 of 3 draining"
        yield _failing(strategy, "new targets unhealthy while old ones drain", drains, unhealthy)
    denied = {"match": {"call": "PUT /aws/ec2/group/{id}"}, "effect": "status", "status": 400, "message": "not today"}
    yield _failing("swap", "renaming refused in swap-route", "::group::swap-route", denied)


def interruptions() -> Iterator[Story]:
    """A cancelled run and a killed one, each with its post step, at two moments."""
    for strategy in STRATEGIES:
        for line, when in zip(HALFWAY[strategy], ("early", "late"), strict=True):
            cancel, kill = Trigger(line, "cancel"), Trigger(line, "kill")
            yield Story(strategy, f"cancelled {when}, post step", "rolled-back", OLD, (cancel,), then="post")
            yield Story(strategy, f"killed {when}, post step", "rolled-back", OLD, (kill,), then="post")


def rivals() -> Iterator[Story]:
    """A second run of the same app begins beside the first one."""
    for strategy in STRATEGIES:
        yield Story(strategy, "a rival run begins", triggers=(Trigger(HALFWAY[strategy][0], "rival"),))


#: The old version answers one request of 100 with an error, so that a verdict needs minutes and not hours.
SOUND = {"errors": 0.01, "latency": 0.1}
FAULTY = {"errors": 0.05, "latency": 0.2}
SLOW = {"errors": 0.01, "latency": 0.2}
COMPARE_ERRORS = '[{name: errors, during: "shift-*", compare: {errors: {}}}]'
COMPARE_LATENCY = '[{name: latency, during: "shift-*", compare: {latency: {}}}]'
COMPARE_BOTH = """
- {name: errors, during: shift-50, compare: {errors: {}}}
- {name: latency, during: shift-50, compare: {latency: {}}}
"""
SMOKE = "[{name: smoke, after: stage-setup, http: {path: /health, requests: 20}}]"


def checks() -> Iterator[Story]:
    """Releases that answer badly, and one that does not, measured on the requests themselves."""
    for share, latency in (("10", "5 % errors, p99 doubled"), ("25", "5 % errors, p99 doubled")):
        yield _checked(f"{latency}: compare errors, {share} %", COMPARE_ERRORS, f"{share} for 20m, 100", FAULTY)
    yield _checked("p99 doubled: compare latency, 50 %", COMPARE_LATENCY, "50 for 18m, 100", SLOW)
    good = _checked("a good AMI: compare errors and latency, 50 %", COMPARE_BOTH, "50 for 18m, 100", SOUND)
    yield replace(good, status="deployed", serves=NEW)
    yield replace(
        _checked("a bad AMI: smoke check on the stage listener", SMOKE, "", {"errors": 0.3, "latency": 0.1}),
        strategy="swap",
        inputs={"checks": SMOKE},
        most_new=0,
    )


def _checked(what: str, written: str, weights: str, release: Mapping[str, float]) -> Story:
    inputs = {"checks": written, "traffic-weights": weights, "bake-time": "0s"}
    return Story("shift", what, "rolled-back", OLD, inputs=inputs, releases={OLD: SOUND, NEW: release})


def comparisons() -> Iterator[Story]:
    """The order of Harness, and ours, where Spot calls instances healthy before their application answers."""
    for by in ("spotaction", "harness"):
        for strategy in STRATEGIES:
            what = "Spot believes EC2: deployed, then rolled back"
            drops = by == "harness" and strategy != "canary"  # there, old instances serve until the last phase
            yield Story(
                strategy,
                what,
                "rolled-back",
                OLD,
                then="rollback",
                world=HASTY_WORLD,
                config=HASTY_CONFIG,
                by=by,
                drops=drops,
            )


def mutants() -> Iterator[Story]:
    """Without draining, by a broken action and by configuration."""
    alarm = Trigger("::group::canary-deploy-2", "fault", ALARM)
    yield Story(
        "canary",
        "alarm in canary-deploy-2, but the new group is deleted undrained",
        "rolled-back",
        OLD,
        (alarm,),
        mutant="undrained",
        drops=True,
    )
    yield Story(
        "basic",
        "deployed, but nothing drains by configuration",
        delay=0,
        config={"strategy": {"drainingTimeout": 0}},
        drops=True,
    )


def _failing(strategy: str, what: str, line: str, fault: Mapping[str, Any]) -> Story:
    return Story(strategy, what, "rolled-back", OLD, (Trigger(line, "fault", fault),))
