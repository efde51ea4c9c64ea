"""Process start to the first byte of the first request, beside scripts and tools that do comparable work."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spotaction.sandbox import RealClock, Sandbox
from spotaction.sandbox.demo import INPUTS
from tests.bench.processes import ROOT, ROUNDS, RUN_ACTION, RUNTIME, SPEED, Cost, in_turn, run, run_script
from tests.bench.stub import Stub

OURS = "spotaction, to its first request"
AGAIN = "the same once more: the noise of this machine"
EAGER = "the same libraries, imported eagerly, to a first request"
FLOOR = "requests + yaml + jsonschema alone, to a first request"
TOOLS = {"ecs --help (ecs-deploy)": ("ecs", "--help"), "aws --version": ("aws", "--version")}
_EAGER_SCRIPT = """
import requests, yaml, jsonschema, boto3
session = boto3.Session("a", "b", region_name="us-east-1")
clients = [session.client(name) for name in ("ec2", "elbv2", "sts")]
requests.get("{url}/aws/ec2/group", headers={{"Authorization": "Bearer x"}}, timeout=5)
"""
_FLOOR_SCRIPT = """
import requests, yaml, jsonschema
requests.get("{url}/aws/ec2/group", headers={{"Authorization": "Bearer x"}}, timeout=5)
"""


_IMPORTS = """
import dataclasses, sys, time
import requests, yaml, jsonschema
spent, make = 0.0, dataclasses._process_class
def timed(*given):
    global spent
    begun = time.process_time()
    try:
        return make(*given)
    finally:
        spent += time.process_time() - begun
dataclasses._process_class = timed
begun = time.process_time()
import spotaction.main
print(time.process_time() - begun, spent)
"""
_LIBRARIES = """
import requests, yaml, jsonschema, boto3
session = boto3.Session("a", "b", region_name="us-east-1")
clients = [session.client(name) for name in ("ec2", "elbv2", "cloudwatch", "sts")]
"""


@dataclass(frozen=True)
class Row:
    """The least seconds of one program, those of CPU, and the ratio of these to this action's."""

    name: str
    seconds: float
    cpu: float
    ratio: float


def measure(tools: Path) -> list[Row]:
    """The programs in turn, round by round, so that noise hits them alike."""
    found = in_turn(
        {
            OURS: _action,
            AGAIN: _action,
            EAGER: lambda: _script(_EAGER_SCRIPT),
            FLOOR: lambda: _script(_FLOOR_SCRIPT),
            **{name: partial(run, [str(tools / tool), option], os.environ) for name, (tool, option) in TOOLS.items()},
            "python -c pass": lambda: run([str(RUNTIME), "-c", "pass"], os.environ),
        }
    )
    return [Row(name, cost.seconds, cost.cpu, cost.cpu / found[OURS].cpu) for name, cost in found.items()]


def own_imports() -> tuple[float, float]:
    """Seconds that importing our own modules takes, and how many of them go into making dataclasses (the least)."""
    command = [str(RUNTIME), "-c", _IMPORTS]
    once = partial(subprocess.run, command, cwd=ROOT, env=environ(""), check=True, capture_output=True)
    both = [once().stdout.split() for _ in range(ROUNDS)]
    return min(float(own) for own, _ in both), min(float(made) for _, made in both)


def deployment_memory() -> float:
    """MiB that the action needs at most for a blue-green deployment on the sandbox, in a process of its own."""
    scenario = ROOT / "examples" / "sandbox" / "blue-green.yaml"
    with Sandbox(scenario, clock=RealClock(SPEED)) as sandbox:
        given = {
            **environ(sandbox.spot_url, **INPUTS["blue-green"], **{"ami-id": "", "spot-token": sandbox.token}),
            **sandbox.environment(),
        }
        return run_script(RUN_ACTION, given)[1]


def libraries_memory() -> float:
    """MiB that the libraries alone need, with the clients of a deployment."""
    return run_script(_LIBRARIES, os.environ)[1]


def environ(url: str, **inputs: str) -> Mapping[str, str]:
    """A deployment by image id, without AWS."""
    given = {
        "operation": "deploy",
        "strategy": "basic",
        "service": "examples/deploy/service.yaml",
        "infrastructure": "examples/deploy/infrastructure.yaml",
        "artifact-version": "web-2026.11.23",
        "ami-id": "ami-0aaaaaaaaaaaaaaa2",
        "app-name": "web",
        "spot-token": "bench-token",
        "spot-account-id": "act-0a1b2c3d",
        "spot-api-url": url,
        **inputs,
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "INPUT_", "GITHUB_"))}
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    return {
        **own,
        **{f"INPUT_{name.upper()}": value for name, value in given.items() if value},
        "GITHUB_WORKSPACE": str(ROOT),
    }


def _action() -> Cost:
    with Stub() as stub:
        given = environ(stub.url, **{"artifact-version": "", "service": ""})
        return run([str(RUNTIME), "entrypoint.py"], given, until=lambda: stub.first)


def _script(text: str) -> Cost:
    with Stub() as stub:
        command = [sys.executable, "-c", text.format(url=stub.url)]
        return run(command, environ(stub.url), until=lambda: stub.first)
