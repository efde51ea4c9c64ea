"""Deploys the examples on a sandbox, from inputs to summary, on an accelerated clock."""

import argparse
import io
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from spotaction.main import main
from spotaction.sandbox import RealClock, Sandbox
from spotaction.sandbox.action_transport import ActionClock

SPEED = 30.0
STRATEGIES = ("basic", "canary", "blue-green", "shift")
_ARN = "arn:aws:elasticloadbalancing:us-east-1:111122223333"
_RULE = f"{_ARN}:listener-rule/app/web-alb/a1a1a1a1a1a1a1a1/1111111111111111/c1c1c1c1c1c1c1c1"
_COMMON = {
    "service": "examples/deploy/service.yaml",
    "infrastructure": "examples/deploy/infrastructure.yaml",
    "artifact-version": "web-2026.11.23",
    "app-name": "<+service.identifier>_<+env.name>",
    "instances": "same-as-running",
}
_SWAP = f"""
- loadBalancer: web-alb
  prodListenerPort: 443
  prodListenerRuleArn: {_RULE}
  stageListenerPort: 8443
"""
_SHIFT = f"""
- loadBalancer: web-alb
  prodListenerPort: 443
  prodListenerRuleArn: {_RULE}
  isTrafficShift: true
  stageTargetGroupArn: {_ARN}:targetgroup/web-green/e1e1e1e1e1e1e1e1
"""
INPUTS: Mapping[str, Mapping[str, str]] = {
    "basic": {**_COMMON, "strategy": "basic"},
    "canary": {**_COMMON, "strategy": "canary", "canary": "34% for 1m, 67%", "bake-time": "0s"},
    "blue-green": {
        **_COMMON,
        "strategy": "blue-green",
        "load-balancers": _SWAP,
        "downsize-old": "after 1m",
    },
    "shift": {
        **_COMMON,
        "strategy": "blue-green",
        "load-balancers": _SHIFT,
        "traffic-weights": "10 for 1m, 50 for 1m, 100",
        "bake-time": "0s",
        "downsize-old": "after 30s",
    },
}
SCENARIOS = {"basic": "basic", "canary": "basic", "blue-green": "blue-green", "shift": "shift"}


def run_demo(strategy: str, folder: Path = Path("build/demo")) -> int:
    """Deploy with a strategy, and return the exit code; the log goes to stdout, summary and outputs to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    clock = RealClock(SPEED)
    with Sandbox(Path(f"examples/sandbox/{SCENARIOS[strategy]}.yaml"), clock=clock) as sandbox:
        environ = environment(sandbox, INPUTS[strategy], folder)
        os.environ.update(sandbox.environment())  # boto3 reads the process's environment
        code = main(environ, RunnerLog(), clock=ActionClock(clock))
        production = sandbox.state()["production"]
    outputs = _readable(folder / "outputs.raw")
    (folder / "outputs.txt").write_text(outputs, encoding="utf-8")
    healthy = "; ".join(_told(rule) for rule in production)
    sys.stdout.write(f"\nProduction during the deployment: {healthy}\n")
    sys.stdout.write(f"Summary: {folder / 'summary.md'}\nOutputs: {folder / 'outputs.txt'}\n")
    return code


class RunnerLog(io.StringIO):
    """The log on stdout as GitHub shows it: masks are left out, groups and annotations become plain lines."""

    def write(self, text: str) -> int:
        """Print each line that GitHub would show, as `show_line` has it."""
        shown = [line for each in text.splitlines() if (line := show_line(each)) is not None]
        sys.stdout.write("".join(f"{line}\n" for line in shown))
        sys.stdout.flush()
        return len(text)


def show_line(line: str) -> str | None:
    """Return a line of the action's output as GitHub's log shows it to a person; None for what is not shown."""
    command = re.fullmatch(r"::([a-z-]+)(?: [^:]*)?::(.*)", line)
    if command is None:
        return line
    name, data = command.groups()
    if name not in {"group", "notice", "warning", "error"}:
        return None
    data = data.replace("%0A", "\n").replace("%0D", "").replace("%25", "%")
    return f"--- {data}" if name == "group" else f"{name}: {data}"


def environment(sandbox: Sandbox, inputs: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment variables that a runner sets: inputs, the run, and output files."""
    files = {"GITHUB_OUTPUT": "outputs.raw", "GITHUB_STATE": "state.raw", "GITHUB_STEP_SUMMARY": "summary.md"}
    for name in files.values():
        (folder / name).write_text("", encoding="utf-8")
    return {
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        "INPUT_SPOT-TOKEN": sandbox.token,
        "INPUT_SPOT-ACCOUNT-ID": sandbox.account_id,
        "INPUT_SPOT-API-URL": sandbox.spot_url,
        **{name: str(folder / file) for name, file in files.items()},
        "GITHUB_RUN_ID": "4711",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_REPOSITORY": "example/web",
        "GITHUB_WORKSPACE": str(Path.cwd()),
        **sandbox.environment(),
    }


def _told(rule: Mapping[str, object]) -> str:
    return f"{rule['name']}: {rule['healthy-now']} healthy targets, never below {rule['minimum-so-far']}"


def _readable(path: Path) -> str:
    """Return the outputs as `name=value` lines, each name with its last value."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(r"^([a-z-]+)<<(\S+)\n(.*?)\n\2$", text, re.DOTALL | re.MULTILINE)
    last = {name: value for name, _, value in found}
    return "".join(f"{name}={value}\n" for name, value in last.items())


def run_command_line(arguments: Sequence[str]) -> int:
    """Run the demonstration's command line, and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m spotaction.sandbox demo", description=__doc__)
    parser.add_argument("--strategy", choices=STRATEGIES, default="blue-green")
    return run_demo(parser.parse_args(arguments).strategy)
