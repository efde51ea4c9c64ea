"""The sandbox's command line: `serve` runs a scenario on local ports, `demo` deploys on one."""

import argparse
import importlib.util
import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

_DEMO = "spotaction.sandbox.demo"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m spotaction.sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve a scenario until SIGTERM or SIGINT; prints one line of JSON")
    serve.add_argument("--scenario", type=Path, required=True, help="scenario file, YAML or JSON")
    serve.add_argument("--speed", type=float, default=1.0, help="speed relative to wall time (default 1)")
    commands.add_parser("demo", help="deploy an example on a sandbox and watch it", add_help=False)
    options, rest = parser.parse_known_args(arguments)
    if options.command == "demo":
        return _demo(rest)
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return _serve(options.scenario, options.speed)


def _serve(scenario: Path, speed: float) -> int:
    from spotaction.sandbox import RealClock, Sandbox, ScenarioError  # noqa: PLC0415 - --help needs no moto

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        sandbox = Sandbox(scenario, clock=RealClock(speed))
    except (ScenarioError, OSError, ValueError, LookupError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with sandbox:
        ident, secret = sandbox.access_key
        line = {
            "spot-api-url": sandbox.spot_url,
            "aws-endpoint-url": sandbox.aws_url,
            "account-id": sandbox.account_id,
            "token": sandbox.token,
            "region": sandbox.region,
            "aws-access-key-id": ident,
            "aws-secret-access-key": secret,
            "aws-account-id": sandbox.aws_account_id,
        }
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def _demo(arguments: Sequence[str]) -> int:
    """Run the demonstration, a module that some installations leave out."""
    if importlib.util.find_spec(_DEMO) is None:
        sys.stderr.write("This installation has no demonstration.\n")
        return 2
    return int(importlib.import_module(_DEMO).run_command_line(arguments))


if __name__ == "__main__":
    sys.exit(main())
