"""Plays one story, and counts its requests."""

import json
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from spotaction.sandbox.aws.moto_backends import stable_hex
from spotaction.sandbox.seed_groups import merged
from spotaction.sandbox.traffic import tally
from spotaction.sandbox.traffic.load import Answer
from tests.support.action import NEW, ROOT

from .broken_action import broken_project
from .harness_order import HarnessOrder, read_config
from .scene import PROPAGATION, SPEED, Run, Scene, open_scene
from .stories import Story, Trigger

JSON = dict[str, Any]
BUILD = ROOT / "build" / "traffic"
AFTERWARDS = 30.0  # seconds of the sandbox for which requests are counted after the end
_RULES = {"basic": "web-alb:8080/default", "canary": "web-alb:8080/default"}


@dataclass
class Outcome:
    """What was counted. `shares` are the expected and the measured share of the new version, in percent.

    The new version answered `new_requests` production requests, `hurt` of them with an error, over `exposed` seconds of
    the sandbox.
    """

    strategy: str
    what: str
    by: str
    ended: str
    requests: int = 0
    rate: float = 0.0
    dropped: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    wrong_after: int = 0
    shares: list[tuple[float, float, int]] = field(default_factory=list)
    new_requests: int = 0
    hurt: int = 0
    exposed: float = 0.0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    drops: bool = False
    checked: bool = False
    most_new: int | None = None

    @property
    def deviation(self) -> float:
        return max((abs(measured - expected) for expected, measured, _ in self.shares), default=0.0)

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def play(story: Story, *, speed: float = SPEED) -> Outcome:
    """Play a story from a serving old version to half a minute after its end."""
    began = time.monotonic()
    outcome = Outcome(story.strategy, story.what, story.by, story.status, drops=story.drops)
    outcome.checked, outcome.most_new = "checks" in story.inputs, story.most_new
    config = _write_config(story)
    with open_scene(
        story.strategy,
        changes=_world(story),
        delay=story.delay,
        releases=story.releases,
        sticky=story.sticky,
        speed=speed,
    ) as scene:
        teller = _Teller(scene, story, config)
        rule = scene.sandbox.world.balancers.route(_RULES.get(story.strategy, "web-alb:8080/10")).rule
        teller.tell()
        ended = time.monotonic()
        scene.wait(AFTERWARDS)
        outcome.problems += [*teller.problems, *scene.traffic.problems]
    answers = scene.load.answers
    outcome.requests = len(answers)
    outcome.rate = len(answers) / (answers[-1].ended - answers[0].began)
    outcome.reasons = dict(tally.dropped(answers))
    outcome.dropped = sum(outcome.reasons.values())
    outcome.wrong_after = tally.wrong_after(answers, ended + PROPAGATION / scene.clock.speed, story.serves)
    found = tally.shares(answers, scene.traffic.applied, rule, NEW)
    outcome.shares = [] if story.sticky else [(share.expected, share.measured, share.requests) for share in found]
    hurt = [answer for answer in answers if answer.version == NEW and answer.status >= 500]
    outcome.new_requests = sum(answer.version == NEW for answer in answers)
    outcome.hurt = len(hurt)
    outcome.exposed = _exposed(answers) * scene.clock.speed
    outcome.seconds = time.monotonic() - began
    return outcome


def _exposed(answers: Sequence[Answer]) -> float:
    """Return how long the new version answered production requests, in seconds of this machine."""
    moments = [answer.ended for answer in answers if answer.version == NEW]
    return max(moments) - min(moments) if moments else 0.0


@dataclass
class _Teller:
    """Starts the runs of a story, and does what its triggers say when their lines are logged."""

    scene: Scene
    story: Story
    config: Path
    problems: list[str] = field(default_factory=list)
    seen: dict[Trigger, int] = field(default_factory=dict)
    rivals: list[Run] = field(default_factory=list)
    started: threading.Event = field(default_factory=threading.Event)

    def tell(self) -> None:
        if self.story.by == "harness":
            self._tell_in_harness_order()
            return
        run = self._start()
        code = self.scene.finish(run)
        last = run
        if self.story.then == "post":
            self._expect("the interrupted run", run.outputs.get("status", ""), {"cancelled", "running"})
            state = run.state
            last = self.scene.start(self._inputs(), step="post", state=state, root=self._root())
            self.scene.finish(last)
        elif self.story.then == "rollback":
            self._expect("the deployment", run.outputs.get("status", ""), {"deployed"})
            last = self.scene.start({**self._inputs(), "operation": "rollback"}, run_id="4713", root=self._root())
            self.scene.finish(last)
        for rival in self.rivals:
            self.scene.finish(rival)
            self._expect("the rival", rival.outputs.get("status", ""), {"refused"})
        missed = [trigger.line for trigger in self.story.triggers if not self.seen.get(trigger, 0) >= trigger.nth]
        self.problems += [f"no line of the log contains {line!r}" for line in missed]
        self._expect(f"the end (exit code {code})", last.outputs.get("status", ""), {self.story.status})
        if self.problems:
            self.problems.append("\n".join("\n".join(each.lines[-40:]) for each in self.scene.runs))

    def _start(self) -> Run:
        return self.scene.start({**self._inputs(), "alarms": "web-5xx"}, on_line=self._on_line, root=self._root())

    def _inputs(self) -> dict[str, str]:
        return {"elastigroup-config": str(self.config.relative_to(ROOT)), **self.story.inputs}

    def _root(self) -> Path:
        return broken_project(self.story.mutant) if self.story.mutant else ROOT

    def _on_line(self, line: str, run: Run) -> None:
        for trigger in self.story.triggers:
            if trigger.line in line:
                self.seen[trigger] = self.seen.get(trigger, 0) + 1
                if self.seen[trigger] == trigger.nth:
                    self._do(trigger, run)

    def _do(self, trigger: Trigger, run: Run) -> None:
        match trigger.deed:
            case "fault":
                self.scene.sandbox.add_fault(trigger.fault)
            case "cancel":
                run.process.send_signal(signal.SIGINT)
            case "kill":
                run.process.kill()
            case "rival":
                self.rivals.append(self.scene.start(self._inputs(), run_id="4712"))

    def _expect(self, what: str, status: str, wanted: set[str]) -> None:
        if status not in wanted:
            self.problems.append(f"{what}: {status or 'no status'}, expected {' or '.join(sorted(wanted))}")

    def _tell_in_harness_order(self) -> None:
        order = HarnessOrder(self.scene, self.story.strategy, merged(read_config(), {"group": dict(self.story.config)}))
        order.deploy()
        if self.story.then == "rollback":
            order.roll_back()


def _world(story: Story) -> JSON:
    """Return the changes of the scenario: a deleted group's instances end at once, so that draining is ours to do."""
    return {"alarms": [{"name": "web-5xx"}], "draining": {"on-delete": "kill"}, **story.world}


def _write_config(story: Story) -> Path:
    BUILD.mkdir(parents=True, exist_ok=True)
    file = BUILD / f"elastigroup-{stable_hex(story.name, story.by, length=12)}.json"
    file.write_text(json.dumps(merged(read_config(), {"group": dict(story.config)})), encoding="utf-8")
    return file
