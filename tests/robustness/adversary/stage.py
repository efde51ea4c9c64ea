"""One sandbox on which a script is played: its events strike at their moments, its runs follow one another."""

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from spotaction.sandbox import Sandbox
from spotaction.sandbox.demo import INPUTS
from tests.robustness.simulation.courses import COURSES, scenario
from tests.support.reused_clients import share_access_key, wired
from tests.support.runner_files import outputs_in

from .container import Act, Container
from .events import EVENTS
from .evidence import JSON, RunSeen, Strike, Write
from .script import Event, Script
from .shared_clock import SharedClock
from .watch import Watch

RUN, ANOTHER_RUN, RIVAL_RUN = "4711", "4712", "9999"
_LATENCY = 0.05  # seconds that each call takes
_BOOTS: JSON = {name: {"seconds": 5, "spread": 4} for name in ("fulfil", "spot-healthy", "target-healthy")}


class Stage:
    """The cloud of a script's strategy."""

    def __init__(self, script: Script, folder: Path, act: Act) -> None:
        self.script = script
        self.act = act
        self.clock = SharedClock()
        self.folder = folder
        lags = {event.name.removeprefix("lag-"): _up_to(event.amount) for event in script.named("lag-")}
        self.sandbox = Sandbox(
            {**scenario(script.strategy), "seed": script.seed, "timings": _BOOTS, "lag": lags}, clock=self.clock
        )
        share_access_key(self.sandbox)
        self.world = self.sandbox._world
        course = COURSES[script.strategy]
        self.old = next(str(group.id) for group in self.world.groups.values() if group.name == course.old)
        self.founded = {str(group) for group in self.world.groups}
        self.watch = Watch(self.sandbox)
        self.created: dict[str, int] = {}
        self.strikes: list[Strike] = []
        self.runs: list[RunSeen] = []
        self.raised: list[str] = []
        self._containers: dict[int, Container] = {}
        self._rivals: list[threading.Thread] = []
        self._given: Mapping[str, str] = {}
        self._last: RunSeen | None = None
        self._count = 0
        self._schedule(0, None)

    def run(self, operation: str, *, run_id: str = RUN, more: Mapping[str, str] | None = None) -> RunSeen:
        """Run the action; `post` is the post step of the run before."""
        if operation != "post":
            inputs = COURSES[self.script.strategy].inputs
            self._given = {**inputs, **self._alarms(), **(more or {}), "operation": operation}
        self._last = self._play(operation, self._given, run_id)
        return self._last

    def run_rival(self, strategy: str) -> RunSeen:
        """Run what a rival of another strategy runs."""
        return self._play("deploy", self._rival_inputs(strategy), RIVAL_RUN, basic=strategy == "basic")

    def finish(self) -> None:
        """Let the rivals come to their ends."""
        self.clock.leave()
        for rival in self._rivals:
            rival.join()

    def close(self) -> None:
        """Forget the sandbox."""
        self.sandbox.close()

    def _play(self, operation: str, inputs: Mapping[str, str], run_id: str, *, basic: bool = False) -> RunSeen:
        self._count += 1
        number = self._count
        skew = sum(e.amount for e in self.script.named("ahead")) - sum(e.amount for e in self.script.named("behind"))
        container = Container(number, self.clock, self.folder, skew=skew if run_id != RIVAL_RUN else 0.0)
        self._containers[threading.get_ident()] = container
        if number == 1:
            self._start_process_events(container)
        self.watch.settle()
        before, began = self.watch.picture(), self.watch.elapsed
        environ = self._environ(operation, inputs, run_id)
        code = container.run(operation, environ, wired(self.sandbox, self._tapped), self.act)
        self.watch.settle()
        seen = RunSeen(
            number=number,
            operation=operation,
            forced="take-over" in inputs.get("allow", ""),
            code=code,
            log=container.log.getvalue(),
            summary=container.read("GITHUB_STEP_SUMMARY"),
            outputs=outputs_in(container.read("GITHUB_OUTPUT")),
            state=outputs_in(container.read("GITHUB_STATE")),
            began=began,
            ended=self.watch.elapsed,
            killed=container.killed,
            overstayed=container.overstayed,
            before=before,
            after=self.watch.picture(),
            created=tuple(group for group, by in self.created.items() if by == number),
            post_of=self._last.number if operation == "post" and self._last is not None else 0,
            basic=basic,
        )
        self.runs.append(seen)
        return seen

    def _alarms(self) -> dict[str, str]:
        return {"alarms": "web-5xx"} if self.script.named("alarm") else {}

    def _environ(self, operation: str, inputs: Mapping[str, str], run_id: str) -> dict[str, str]:
        lost = bool(self.script.named("lost-state"))
        state = self._last.state if operation == "post" and self._last is not None and not lost else {}
        key, secret = self.sandbox.access_key
        whole = {
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
            **{f"STATE_{name}": value for name, value in state.items()},
            "INPUT_SPOT-TOKEN": self.sandbox.token,
            "INPUT_SPOT-ACCOUNT-ID": self.sandbox.account_id,
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "GITHUB_RUN_ID": run_id,
            "GITHUB_RUN_ATTEMPT": str(self._attempt(operation)) if run_id == RUN else "1",
            "GITHUB_JOB": "deploy",
            "RUNNER_NAME": f"runner of {run_id}",
            "GITHUB_REPOSITORY": "example/web",
            "GITHUB_SERVER_URL": "https://github.com",
        }
        missing = {event.name.removeprefix("without-") for event in self.script.named("without-")}
        return {name: value for name, value in whole.items() if name not in missing}

    def _attempt(self, operation: str) -> int:
        """A post step belongs to the attempt of its main step."""
        before = [run for run in self.runs if run.operation != "post"]
        return max(1, len(before)) if operation == "post" else len(before) + 1

    def _tapped(self, application: WSGIApplication) -> WSGIApplication:
        def tapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            container = self._containers[threading.get_ident()]
            self.clock.sleep(_LATENCY)
            with self.watch.call(container.number, partial(self._written, container)):
                return application(environ, start_response)

        return tapped

    def _written(self, container: Container, write: Write) -> None:
        if write.call == "POST /aws/ec2/group":
            for group in self.world.groups:
                if str(group) not in self.founded and str(group) not in self.created:
                    self.created[str(group)] = container.number
        self._schedule(write.number, container)

    def _schedule(self, write: int, container: Container | None) -> None:
        """Let the events that wait for this write strike at their moments."""
        for event in self.script.events:
            if event.write != write or event.name.startswith(("lag-", "then-", "without-")):
                continue
            if EVENTS[event.name].fault is not None:
                self.world.timeline.at(self.world.timeline.now + event.delay, partial(self._strike, event))
            elif container is not None:
                self._befall(event, container)

    def _start_process_events(self, container: Container) -> None:
        for event in self.script.events:
            if event.write == 0 and EVENTS[event.name].fault is None:
                self._befall(event, container)

    def _befall(self, event: Event, container: Container) -> None:
        acts: Mapping[str, Callable[[], object]] = {
            "term": container.signal,
            "kill": container.kill,
            "disk-full": container.fill_disk,
            "rival": partial(self._start_rival, ""),
            "rival-basic": partial(self._start_rival, "basic"),
        }
        if event.name not in acts:
            return

        def act() -> None:
            self.strikes.append(Strike(event, self.watch.elapsed))
            acts[event.name]()

        if event.delay or event.write == 0:
            self.clock.ring(str(event), max(event.delay, 0.001), act)
        else:
            act()

    def _start_rival(self, strategy: str) -> None:
        self._rivals.append(self.clock.spawn(partial(self._play_rival, strategy)))

    def _rival_inputs(self, strategy: str) -> Mapping[str, str]:
        """The inputs of a run of another strategy; the script's own inputs for none."""
        course = COURSES[self.script.strategy]
        if not strategy:
            return {**course.inputs, "operation": "deploy"}
        bounds = {name: course.inputs[name] for name in ("steady-state-timeout", "timeout")}
        return {**INPUTS[strategy], **bounds, "elastigroup-id": self.old, "operation": "deploy"}

    def _play_rival(self, strategy: str) -> None:
        try:
            self.run_rival(strategy)
        except Exception as error:  # noqa: BLE001 - it is judged
            self.raised.append(f"a rival raised {error!r}")

    def _strike(self, event: Event) -> None:
        kind = EVENTS[event.name]
        assert kind.fault is not None
        new = next((group for group, by in self.created.items() if by == 1), next(iter(self.created), ""))
        if "new" in kind.touches and not new:
            return  # nothing is there that it could befall
        production = tuple(self.watch.picture().serving) if "rule" in kind.touches else ()
        groups = {"old": self.old, "new": new}
        touched = (*(groups[name] for name in ("old", "new") if name in kind.touches), *production)
        self.strikes.append(Strike(event, self.watch.elapsed, touched))
        words = {**groups, "rule": COURSES[self.script.strategy].rule}
        fault = {
            key: value.format_map(words) if isinstance(value, str) else value
            for key, value in kind.fault(event.amount).items()
        }
        now = self.world.timeline.now - self.world.timeline.start
        self.sandbox.add_fault({**fault, "at": now} if "action" in fault else fault)


def _up_to(seconds: float) -> JSON:
    """Each read draws its own delay, so that a later read may show an older state."""
    return {"seconds": seconds / 2, "spread": seconds / 2}
