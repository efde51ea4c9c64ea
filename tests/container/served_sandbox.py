"""A sandbox in a process of its own, as `python -m spotaction.sandbox serve` starts it for anybody."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spotaction.sandbox.demo import INPUTS, SCENARIOS

ROOT = Path(__file__).parents[2]
JSON = dict[str, Any]


@dataclass(frozen=True)
class Served:
    """Where a sandbox listens, and what it is started with."""

    line: Mapping[str, str]
    strategy: str

    def environ(self, **inputs: str) -> dict[str, str]:
        """The variables of a step that deploys the demonstration of the strategy; `inputs` come on top."""
        given = {**INPUTS[self.strategy], **{name.replace("_", "-"): value for name, value in inputs.items()}}
        return {
            **{f"INPUT_{name.upper()}": value for name, value in given.items()},
            "INPUT_SPOT-TOKEN": self.line["token"],
            "INPUT_SPOT-ACCOUNT-ID": self.line["account-id"],
            "INPUT_SPOT-API-URL": self.line["spot-api-url"],
            "AWS_ENDPOINT_URL": self.line["aws-endpoint-url"],
            "AWS_ACCESS_KEY_ID": self.line["aws-access-key-id"],
            "AWS_SECRET_ACCESS_KEY": self.line["aws-secret-access-key"],
            "AWS_REGION": self.line["region"],
            "GITHUB_RUN_ID": "4711",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_REPOSITORY": "example/web",
            "GITHUB_SERVER_URL": "https://github.com",
        }

    def get(self, what: str) -> Any:  # noqa: ANN401 - JSON
        """What `/sandbox/<what>` shows."""
        with urllib.request.urlopen(f"{self.line['spot-api-url']}/sandbox/{what}", timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    @property
    def weights(self) -> dict[str, dict[str, int]]:
        """Every rule's weights by target group name."""
        return {
            route["name"]: {target["target-group"].split("/")[-2]: target["weight"] for target in route["forward"]}
            for route in self.get("state")["routes"]
        }

    @property
    def groups(self) -> dict[str, str]:
        """The groups that exist, as `minimum/target/maximum` by name."""
        found = [group for group in self.get("state")["groups"] if group["deleted"] is None]
        return {group["name"]: "/".join(str(n) for n in group["capacity"].values()) for group in found}

    @property
    def mutations(self) -> list[str]:
        """The calls that changed something, by name, in order."""
        return [call["call"] for call in self.get("calls") if call["mutation"]]


@contextmanager
def served(strategy: str, *, speed: float) -> Iterator[Served]:
    """A sandbox of a strategy's demonstration, `speed` times as fast as wall time."""
    scenario = ROOT / "examples" / "sandbox" / f"{SCENARIOS[strategy]}.yaml"
    command = [sys.executable, "-m", "spotaction.sandbox", "serve", "--scenario", str(scenario), "--speed", str(speed)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            yield Served(json.loads(process.stdout.readline()), strategy)
        finally:
            process.terminate()
