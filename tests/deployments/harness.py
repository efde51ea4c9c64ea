"""Runs the whole action, from environment to exit code, against a sandbox with a clock that jumps."""

import copy
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from runner_files import outputs_in

from spotaction.main import main
from spotaction.sandbox import JumpingClock, Sandbox
from spotaction.sandbox.demo import INPUTS, SCENARIOS
from spotaction.sandbox.in_memory import SPOT_URL, ActionClock, transport

ROOT = Path(__file__).parents[2]
OLD, NEW = "ami-0aaaaaaaaaaaaaaa1", "ami-0aaaaaaaaaaaaaaa2"
JSON = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """How one run of the action ended, and everything that it wrote."""

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
        """All that was written anywhere."""
        return "\n".join([self.log, self.summary, *self.outputs.values(), *self.state.values()])


@dataclass
class Stand:
    """A sandbox and a folder to run the action in, as often as a test likes."""

    sandbox: Sandbox
    clock: JumpingClock
    folder: Path
    inputs: Mapping[str, str]
    runs: list[Result] = field(default_factory=list)

    def run(self, *, run_id: str = "4711", attempt: str = "1", environ: Mapping[str, str] = {}, **inputs: str) -> Result:
        """Run the action; keyword inputs come on top of the stand's, `None`-like empty text removes one."""
        given = {**self.inputs, **{name.replace("_", "-"): value for name, value in inputs.items()}}
        number = len(self.runs)
        files = {name: self.folder / f"{name}-{number}" for name in ("GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")}
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
        code = main(whole, stdout, clock=ActionClock(self.clock), transport=transport(self.sandbox))
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
        """The app's groups as the sandbox has them, by name."""
        found = self.sandbox.state()["groups"]
        return {group["name"]: group for group in found if group["name"].startswith(prefix)}

    def capacities(self) -> dict[str, str]:
        """The app's groups as `minimum/target/maximum`, by name."""
        return {name: _capacity(group["capacity"]) for name, group in self.groups().items()}

    @property
    def production(self) -> JSON:
        """The account of the (first) production rule."""
        found: JSON = self.sandbox.state()["production"][0]
        return found

    @property
    def forwards(self) -> dict[str, dict[str, int]]:
        """Every rule's weights by target group name."""
        return {
            route["name"]: {t["target-group"].split("/")[-2]: t["weight"] for t in route["forward"]}
            for route in self.sandbox.state()["routes"]
        }


@contextmanager
def stand(strategy: str, folder: Path, changes: Mapping[str, Any] | None = None) -> Iterator[Stand]:
    """A stand on the scenario and inputs of a demonstration; `changes` are laid over the scenario's keys.

    The account is another one for each stand, so ARNs in inputs and documents are rewritten to it.
    """
    text = (ROOT / "examples" / "sandbox" / f"{SCENARIOS[strategy]}.yaml").read_text(encoding="utf-8")
    scenario: JSON = yaml.safe_load(text)
    scenario.pop("filler-groups", None)
    scenario.update(copy.deepcopy(dict(changes or {})))
    clock = JumpingClock()
    box = Sandbox(scenario, clock=clock)
    try:
        yield Stand(box, clock, folder, INPUTS[strategy])
    finally:
        box.close()


def _capacity(capacity: Mapping[str, int]) -> str:
    return f"{capacity['minimum']}/{capacity['target']}/{capacity['maximum']}"
