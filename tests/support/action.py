"""Runs the whole action, from environment to exit code, against a sandbox on a jumping clock."""

import copy
import functools
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from spotaction.cloud.clock import Cancellation
from spotaction.main import main
from spotaction.model.ports import HttpClient
from spotaction.sandbox import JumpingClock, Sandbox
from spotaction.sandbox.action_transport import SPOT_URL, ActionClock
from spotaction.sandbox.demo import INPUTS, SCENARIOS
from spotaction.sandbox.seed_groups import merged
from tests.support.reused_clients import Wrap, wired
from tests.support.runner_files import outputs_in

ROOT = Path(__file__).parents[2]
OLD, NEW = "ami-0aaaaaaaaaaaaaaa1", "ami-0aaaaaaaaaaaaaaa2"
JSON = dict[str, Any]
KILLED = 137
#: Timings for sweeps: instances are healthy after a few polls.
QUICK: JSON = {"timings": {"fulfil": 2, "spot-healthy": 4, "target-healthy": 3}}
#: Seconds that instances of the groups at the start drain with these timings: a few polls, too, instead of a dozen.
QUICK_DRAIN = 40
#: What Spot does by default; for tests in which something happens meanwhile.
LONG_DRAIN = 120
#: A demonstration's inputs, with bakes of a few polls instead of a dozen.
SHORT_BAKES: Mapping[str, Mapping[str, str]] = {
    "basic": INPUTS["basic"],
    "canary": {**INPUTS["canary"], "canary": "34% for 10s, 67%"},
    "blue-green": {**INPUTS["blue-green"], "downsize-old": "after 10s"},
    "shift": {**INPUTS["shift"], "traffic-weights": "10 for 10s, 50 for 10s, 100", "downsize-old": "after 10s"},
}


class KilledError(BaseException):
    """Simulates SIGKILL: none of our code may handle it."""


@dataclass(frozen=True)
class Result:
    """The exit code of one run of the action, and everything that it wrote."""

    code: int
    log: str
    outputs: Mapping[str, str]
    state: Mapping[str, str]
    summary: str
    calls: list[JSON]

    @property
    def mutations(self) -> list[JSON]:
        return [call for call in self.calls if call["mutation"]]

    @property
    def record(self) -> JSON:
        found: JSON = json.loads(self.outputs["deployment"])
        return found

    @property
    def everything(self) -> str:
        """Return log, summary, outputs and state as one text."""
        return "\n".join([self.log, self.summary, *self.outputs.values(), *self.state.values()])


@dataclass
class Stand:
    """A sandbox and a folder in which a test runs the action, any number of times."""

    sandbox: Sandbox
    clock: JumpingClock
    folder: Path
    inputs: Mapping[str, str]
    runs: list[Result] = field(default_factory=list)

    def run(
        self,
        more: Mapping[str, str] = {},
        *,
        run_id: str = "4711",
        attempt: str = "1",
        environ: Mapping[str, str] = {},
        clock: ActionClock | None = None,
        interrupt: Cancellation | None = None,
        act: Callable[..., int] = main,
        wrap: Wrap = lambda app: app,
        web: HttpClient | None = None,
        **inputs: str,
    ) -> Result:
        """Run the action; inputs by keyword or in `more` override the stand's, and an empty string removes one.

        `act` is the entry point, `wrap` wraps both clouds, `web` answers requests of checks.
        A run that a fault killed has the code `KILLED`.
        """
        given = {**self.inputs, **{name.replace("_", "-"): value for name, value in {**more, **inputs}.items()}}
        number = len(self.runs)
        files = {
            name: self.folder / f"{name}-{number}" for name in ("GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
        }
        for file in files.values():
            file.write_text("", encoding="utf-8")
        before = len(self.sandbox.calls())
        stdout = io.StringIO()
        whole = {
            **{f"INPUT_{name.upper()}": value for name, value in given.items() if value},
            "INPUT_SPOT-TOKEN": self.sandbox.token,
            "INPUT_SPOT-ACCOUNT-ID": self.sandbox.account_id,
            "INPUT_SPOT-API-URL": SPOT_URL,
            **{name: str(file) for name, file in files.items()},
            "AWS_ACCESS_KEY_ID": self.sandbox.access_key[0],
            "AWS_SECRET_ACCESS_KEY": self.sandbox.access_key[1],
            "GITHUB_RUN_ID": run_id,
            "GITHUB_RUN_ATTEMPT": attempt,
            "GITHUB_REPOSITORY": "example/web",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_WORKSPACE": str(ROOT),
            **environ,
        }
        try:
            code = act(
                whole,
                stdout,
                clock=clock or ActionClock(self.clock),
                transport=replace(wired(self.sandbox, wrap), web=web),
                interrupt=interrupt,
            )
        except KilledError:
            code = KILLED
        result = Result(
            code=code,
            log=stdout.getvalue(),
            outputs=outputs_in(files["GITHUB_OUTPUT"].read_text(encoding="utf-8")),
            state=outputs_in(files["GITHUB_STATE"].read_text(encoding="utf-8")),
            summary=files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"),
            calls=self.sandbox.calls()[before:],
        )
        self.runs.append(result)
        return result

    def groups(self, prefix: str = "web_prod") -> dict[str, JSON]:
        """Return the app's groups in the sandbox, by name."""
        found = [group for group in self.alive() if group["name"].startswith(prefix)]
        names = [group["name"] for group in found]
        assert len(set(names)) == len(names), f"names that are not unique: {names}"
        return {group["name"]: group for group in found}

    def alive(self) -> list[JSON]:
        """Return all groups that have not been deleted."""
        return [group for group in self.sandbox.state()["groups"] if group["deleted"] is None]

    def capacities(self) -> dict[str, str]:
        """Return the capacities of the app's groups as `minimum/target/maximum`, by name."""
        return {name: _capacity(group["capacity"]) for name, group in self.groups().items()}

    @property
    def production(self) -> JSON:
        """The counts of the first production rule."""
        found: JSON = self.sandbox.state()["production"][0]
        return found

    def rules(self) -> dict[str, JSON]:
        """Return every rule: its actions, conditions and listener, by `<load balancer>:<port>/<priority>`."""
        found: dict[str, JSON] = {}
        for listener in self.sandbox._world.balancers.listeners():
            balancer = listener.load_balancer_arn.split("/")[-2]
            for rule in listener.rules.values():
                found[f"{balancer}:{listener.port}/{rule.priority}"] = {
                    "actions": copy.deepcopy([action.data for action in rule.actions]),
                    "conditions": copy.deepcopy(list(rule.conditions)),
                    "priority": rule.priority,
                    "listener": (listener.port, listener.protocol, copy.deepcopy(listener.certificates)),
                }
        return found

    def picture(self) -> JSON:
        """Return the state that a rollback has to restore: names, capacities and images of groups, and all rules."""
        groups = {
            group["id"]: (group["name"], _capacity(group["capacity"]), group["image"], group["suspensions"])
            for group in self.alive()
        }
        return {"groups": groups, "rules": self.rules()}

    def outcome(self) -> JSON:
        """Return the resulting state without ids: groups by name, and all rules."""
        groups = {name: (g["capacity"], g["image"], g["suspensions"]) for name, g in self.groups().items()}
        return {"groups": groups, "rules": self.rules()}

    @property
    def forwards(self) -> dict[str, dict[str, int]]:
        """Each rule's weights, by target group name."""
        return {
            route["name"]: {t["target-group"].split("/")[-2]: t["weight"] for t in route["forward"]}
            for route in self.sandbox.state()["routes"]
        }


def scenario_of(strategy: str, changes: Mapping[str, Any] | None = None, *, drain: int = QUICK_DRAIN) -> JSON:
    """Return the scenario of a demonstration with other keys; with the timings of QUICK its groups drain quickly."""
    scenario = copy.deepcopy(_scenario(SCENARIOS[strategy]))
    scenario.pop("filler-groups", None)
    scenario.update(copy.deepcopy(dict(changes or {})))
    for group in scenario["elastigroups"] if scenario.get("timings") == QUICK["timings"] else ():
        group["config"] = merged({"strategy": {"drainingTimeout": drain}}, group.get("config", {}))
    return scenario


@contextmanager
def stand(
    strategy: str,
    folder: Path,
    changes: Mapping[str, Any] | None = None,
    *,
    on_kill: Callable[[], object] | None = None,
    lowest: int | None = None,
    because: str = "",
    clock: JumpingClock | None = None,
    drain: int = QUICK_DRAIN,
    short_bakes: bool = True,
) -> Iterator[Stand]:
    """Open a stand with the scenario and inputs of a demonstration; `changes` override keys of the scenario.

    The bakes are short unless something happens in them. With the timings of QUICK its groups drain for `drain`
    seconds, unless they have a draining timeout of their own.

    Checks at the end that every production rule, and every target group with requests, always had as many healthy
    targets as at the start or as requested, whichever is less. `lowest` is a different bound, `because` its reason.
    """
    assert (lowest is None) == (not because), "another bound needs its reason"
    scenario = scenario_of(strategy, changes, drain=drain)
    clock = clock or JumpingClock()
    box = Sandbox(scenario, clock=clock, on_kill=on_kill or _kill)
    try:
        started = {rule["rule"]: rule["healthy-now"] for rule in box.state()["production"]}
        found = Stand(box, clock, folder, (SHORT_BAKES if short_bakes else INPUTS)[strategy])
        yield found
        _check_production(found, started, lowest)
    finally:
        box.close()


@functools.cache
def _scenario(name: str) -> JSON:
    text = (ROOT / "examples" / "sandbox" / f"{name}.yaml").read_text(encoding="utf-8")
    scenario: JSON = yaml.safe_load(text)
    return scenario


def _kill() -> None:
    raise KilledError


def _check_production(found: Stand, started: Mapping[str, int], lowest: int | None) -> None:
    for rule in found.sandbox.state()["production"]:
        needed = min([started[rule["rule"]], *_asked(found)]) if lowest is None else lowest
        assert rule["minimum-so-far"] >= needed, f"{rule['name']} had fewer than {needed}: {rule}"
        assert rule["worst-share"]["healthy"] >= needed, f"a share of {rule['name']} had fewer than {needed}: {rule}"


def _asked(found: Stand) -> Iterator[int]:
    for result in found.runs:
        if result.outputs.get("deployment") and result.record["capacity"]:
            yield result.record["capacity"]["target"]


def _capacity(capacity: Mapping[str, int]) -> str:
    return f"{capacity['minimum']}/{capacity['target']}/{capacity['maximum']}"
