"""Process start to the first byte of the first request, beside scripts and tools that do comparable work."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spotaction.sandbox import RealClock, Sandbox
from spotaction.sandbox.demo import INPUTS
from tests.bench.stub import Stub

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "build" / "runtime-venv" / "bin" / "python"
"""Python with the trimmed libraries of the image, for everything of ours that is measured."""
ROUNDS = 11
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
    begun = time.perf_counter()
    try:
        return make(*given)
    finally:
        spent += time.perf_counter() - begun
dataclasses._process_class = timed
begun = time.perf_counter()
import spotaction.main
print(time.perf_counter() - begun, spent)
"""
_PEAK = """
import sys
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak.split()[1], file=sys.stderr)
"""
_MEMORY = f"""
import os, sys
from spotaction.main import main
code = main(os.environ, sys.stdout)
{_PEAK}
sys.exit(code)
"""
_LIBRARIES = f"""
import requests, yaml, jsonschema, boto3
session = boto3.Session("a", "b", region_name="us-east-1")
clients = [session.client(name) for name in ("ec2", "elbv2", "cloudwatch", "sts")]
{_PEAK}
"""


@dataclass(frozen=True)
class Row:
    """Median seconds of one program, and its ratio to this action's."""

    name: str
    seconds: float
    ratio: float


def measure(tools: Path) -> list[Row]:
    """The programs in turn, round by round, so that noise hits them alike."""
    programs: dict[str, Callable[[], float]] = {
        OURS: _action,
        AGAIN: _action,
        EAGER: lambda: _script(_EAGER_SCRIPT),
        FLOOR: lambda: _script(_FLOOR_SCRIPT),
        **{name: partial(_tool, [str(tools / tool), option]) for name, (tool, option) in TOOLS.items()},
        "python -c pass": lambda: _tool([sys.executable, "-c", "pass"]),
    }
    found: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, program in programs.items():
            found[name].append(program())
    own = statistics.median(found[OURS])
    return [Row(name, statistics.median(times), statistics.median(times) / own) for name, times in found.items()]


def own_imports() -> tuple[float, float]:
    """Seconds that importing our own modules takes, and how many of them go into making dataclasses (medians)."""
    command = [str(RUNTIME), "-c", _IMPORTS]
    run = partial(subprocess.run, command, cwd=ROOT, env=environ(""), check=True, capture_output=True)
    both = [run().stdout.split() for _ in range(ROUNDS)]
    return statistics.median(float(own) for own, _ in both), statistics.median(float(made) for _, made in both)


def deployment_memory() -> float:
    """MiB that the action needs at most for a blue-green deployment on the sandbox, in a process of its own."""
    clock = RealClock(600.0)
    with Sandbox(ROOT / "examples" / "sandbox" / "blue-green.yaml", clock=clock) as sandbox:
        given = {
            **environ(sandbox.spot_url, **INPUTS["blue-green"], **{"ami-id": "", "spot-token": sandbox.token}),
            **sandbox.environment(),
            "INPUT_STEADY-STATE-TIMEOUT": "2h",
            "INPUT_DOWNSIZE-DELAY": "1s",
        }
        return _peak(_MEMORY, given)


def libraries_memory() -> float:
    """MiB that the libraries alone need, with the clients of a deployment."""
    return _peak(_LIBRARIES, os.environ)


def _peak(script: str, given: Mapping[str, str]) -> float:
    command = [str(RUNTIME), "-c", script]
    told = subprocess.run(command, cwd=ROOT, env=dict(given), check=True, capture_output=True, text=True)  # noqa: S603
    return int(told.stderr.split()[-1]) / 1024


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


def _action() -> float:
    with Stub() as stub:
        given = environ(stub.url, **{"artifact-version": "", "service": ""})
        return _until_first_byte([str(RUNTIME), "entrypoint.py"], stub, given)


def _script(text: str) -> float:
    with Stub() as stub:
        return _until_first_byte([sys.executable, "-c", text.format(url=stub.url)], stub, environ(stub.url))


def _until_first_byte(command: list[str], stub: Stub, given: Mapping[str, str]) -> float:
    begun = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own commands
        command, cwd=ROOT, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while stub.first is None and process.poll() is None:
            time.sleep(0.0005)
        process.kill()
    if stub.first is None:
        raise RuntimeError(f"{command[:2]} ended without a request")
    return stub.first - begun


def _tool(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(  # noqa: S603 - our own commands
        command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - begun
