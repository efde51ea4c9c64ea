"""One simulated cloud, in which the action runs as often as a case asks, watched at every call."""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from spotaction.main import main
from spotaction.model.safety_rule import SafetyRule
from spotaction.post import main_post
from spotaction.sandbox import Sandbox
from spotaction.sandbox.action_transport import SPOT_URL
from spotaction.sandbox.calls import Call
from spotaction.sandbox.types import GroupId
from tests.support.action import JSON, KILLED, ROOT, KilledError, Stand
from tests.support.reused_clients import wired
from tests.support.runner_files import outputs_in, without_masks

from .courses import COURSES, scenario
from .simulated_time import Process, SimulatedClock

_BETWEEN_RUNS = 60.0
_RENAME = "PUT /aws/ec2/group/{id}"
_FILES = ("GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")


@dataclass(frozen=True)
class Run:
    """How one container of the action ended. Times are in simulated seconds; `first` is the index of its first call."""

    operation: str
    code: int
    log: str
    outputs: Mapping[str, str]
    state: Mapping[str, str]
    summary: str
    began: float
    ended: float
    first: int
    calls: int
    overstayed: bool
    before: JSON

    @property
    def status(self) -> str:
        """The output `status`; empty when the run did not get so far."""
        return self.outputs.get("status", "")

    @property
    def everything(self) -> str:
        """All that was written anywhere, but for the lines that tell the runner what to mask."""
        return "\n".join([without_masks(self.log), self.summary, *self.outputs.values(), *self.state.values()])


@dataclass(frozen=True)
class Fall:
    """A call of ours after which fewer targets were healthy behind a production rule than before."""

    index: int
    time: float
    call: str
    rule: str
    before: int
    after: int


@dataclass
class Simulation:
    """The cloud of a strategy; `hooks` maps the index of a call to what happens before and after it."""

    strategy: str
    sandbox: Sandbox
    clock: SimulatedClock
    folder: Path
    rules: frozenset[SafetyRule] = frozenset(SafetyRule)
    runs: list[Run] = field(default_factory=list)
    falls: list[Fall] = field(default_factory=list)
    misnamed: list[tuple[int, float]] = field(default_factory=list)
    hooks: dict[tuple[int, str], Callable[[], object]] = field(default_factory=dict)
    process: Process | None = None
    old: str = ""
    new: str = ""
    founded: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)

    def run(self, operation: str, attempt: int, more: Mapping[str, str]) -> Run:
        """Run the action; `post` as the operation is the post step of the run before."""
        process = self.process = Process(self.clock)
        files = {name: self.folder / name for name in _FILES}
        for file in files.values():
            file.write_text("", encoding="utf-8")
        self.clock.sleep(_BETWEEN_RUNS if self.runs else 0.0)
        before, first, began = self.picture(), self.calls_so_far, self.clock.now()
        stdout = io.StringIO()
        drawn = f"{self.strategy}/{len(self.runs)}".encode()
        nonce = hashlib.sha256(drawn).hexdigest()[:8]  # equal seeds are to see equal calls
        act = main_post if operation == "post" else partial(main, rules=self.rules, nonce=lambda: nonce)
        try:
            code = act(
                self._environ(operation, attempt, more, files),
                stdout,
                clock=process,
                transport=wired(self.sandbox, self._tapped),
                interrupt=process.interrupt,
            )
        except KilledError:
            code = KILLED
        process.end()
        written = [file.read_text(encoding="utf-8") for file in files.values()]
        run = Run(
            operation=operation,
            code=code,
            log=stdout.getvalue(),
            outputs=outputs_in(written[0]),
            state=outputs_in(written[1]),
            summary=written[2],
            began=began,
            ended=self.clock.now(),
            first=first,
            calls=self.calls_so_far - first,
            overstayed=process.overstayed,
            before=before,
        )
        self.runs.append(run)
        return run

    @property
    def calls_so_far(self) -> int:
        """How many calls have reached the sandbox."""
        return len(self.sandbox._gate.calls)

    def picture(self) -> JSON:
        """What a rollback has to bring back: groups by the part they play, rules in full."""
        found = Stand(self.sandbox, self.clock, self.folder, {}).picture()
        groups: JSON = {}
        for group in self.sandbox.state()["groups"]:
            if group["deleted"] is None:
                role = self._role(group["id"], groups)
                own = () if role in {"old", "new"} else (group["description"],)
                groups[role] = (*found["groups"][group["id"]], group["target-groups"], *own)
        return {**groups, **found["rules"]}

    def _role(self, group: str, taken: Mapping[str, object]) -> str:
        if group in {self.old, self.new}:
            return "old" if group == self.old else "new"
        made = self.sandbox._world.groups.get(GroupId(self.new))
        if group not in self.founded and made is not None and made.deleted_at is not None and "new" not in taken:
            return "new"  # in place of the first, which somebody deleted
        if group in self.founded:
            return self.founded[group]
        return next(f"new-{number}" for number in range(2, 99) if f"new-{number}" not in taken)

    def _environ(
        self, operation: str, attempt: int, more: Mapping[str, str], files: Mapping[str, Path]
    ) -> dict[str, str]:
        if operation != "post":  # which is given what its main step was given
            self.given = {**COURSES[self.strategy].inputs, "operation": operation, **more}
        state = self.runs[-1].state if operation == "post" else {}
        return {
            **{f"INPUT_{name.upper()}": value for name, value in self.given.items()},
            **{f"STATE_{name}": value for name, value in state.items()},
            "INPUT_SPOT-TOKEN": self.sandbox.token,
            "INPUT_SPOT-ACCOUNT-ID": self.sandbox.account_id,
            "INPUT_SPOT-API-URL": SPOT_URL,
            **{name: str(file) for name, file in files.items()},
            "AWS_ACCESS_KEY_ID": self.sandbox.access_key[0],
            "AWS_SECRET_ACCESS_KEY": self.sandbox.access_key[1],
            "GITHUB_RUN_ID": "4711",
            "GITHUB_RUN_ATTEMPT": str(attempt),
            "GITHUB_REPOSITORY": "example/web",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_WORKSPACE": str(ROOT),
        }

    def _tapped(self, application: WSGIApplication) -> WSGIApplication:
        def tapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            index = self.calls_so_far
            self._hook(index, "before")
            before = self._healthy()
            try:
                answer = application(environ, start_response)
            finally:
                self._watch(index, before)
            self._hook(index, "after")
            return answer

        return tapped

    def _hook(self, index: int, when: str) -> None:
        act = self.hooks.pop((index, when), None)
        if act is not None:
            act()

    def _watch(self, index: int, before: Mapping[str, int]) -> None:
        call = self.sandbox._gate.calls._calls[index] if index < self.calls_so_far else None
        if call is None or not call.mutation:
            return
        if call.name == _RENAME and call.fault is None and call.path.endswith(self.new):
            self._watch_name(call)
        for rule, healthy in self._healthy().items():
            if healthy < before.get(rule, healthy):
                self.falls.append(Fall(index, call.time, call.name, rule, before[rule], healthy))

    def _watch_name(self, call: Call) -> None:
        """The new group may bear the app's name only once production's rules send requests to it alone."""
        named = isinstance(call.body, dict) and call.body["group"].get("name") == COURSES["swap"].old
        group = self.sandbox._world.groups.get(GroupId(self.new))
        if not named or group is None or self.strategy not in {"swap", "shift", "mixed"}:
            return
        production = self.sandbox._world.production._watches
        routes = [route for route in self.sandbox._world.balancers.routes() if route.rule in production]
        serving = {arn for route in routes for arn, weight in route.shares if weight > 0}
        if not serving <= set(group.target_groups()):
            self.misnamed.append((call.index, call.time))

    def _healthy(self) -> dict[str, int]:
        world = self.sandbox._world
        with world.lock:
            world.settle()
            watched = world.production._watches
            return {
                route.name: world.production._healthy(route)
                for route in world.balancers.routes()
                if route.rule in watched
            }


@contextmanager
def simulated(
    strategy: str,
    folder: Path,
    *,
    seed: int,
    changes: JSON | None = None,
    rules: frozenset[SafetyRule] = frozenset(SafetyRule),
) -> Iterator[Simulation]:
    """A simulation on the strategy's cloud."""
    clock = SimulatedClock()
    sandbox = Sandbox({**scenario(strategy, changes), "seed": seed}, clock=clock, on_kill=_kill)
    try:
        found = Simulation(strategy, sandbox, clock, folder, rules)
        found.old = next(g["id"] for g in sandbox.state()["groups"] if g["name"] == COURSES[strategy].old)
        found.new = sandbox._world.new_group_id()
        found.founded = {group: each.name for group, each in sandbox._world.groups.items()}
        yield found
    finally:
        sandbox.close()


def _kill() -> None:
    raise KilledError
