"""Deploys many apps of one account at once, and measures what Spot's rate limit makes of it."""

import io
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from spotaction.main import main
from spotaction.sandbox import Sandbox
from spotaction.sandbox.action_transport import SPOT_URL
from spotaction.sandbox.transport import RequestsAdapter
from spotaction.wiring import Transport
from tests.support.action import JSON, NEW, OLD, ROOT
from tests.support.runner_files import outputs_in

from .turns import TurnClock

WINDOW = 60.0  # seconds that Spot counts calls for
_QUICK: JSON = {"fulfil": 20, "spot-healthy": 40}


@dataclass(frozen=True)
class Load:
    """How a fleet fared. `bound` is the shortest time (s) in which the limit lets through the calls that went through.

    It is never shorter than one app takes where nobody else calls.

    `knowing` counts the calls that a process sent although it had been told to wait longer.
    """

    apps: int
    limit: int
    deployed: int
    makespan: float
    bound: float
    calls: int
    refused: int
    knowing: int


def scenario(apps: int, *, limit: int | None, instances: int = 2, others: int = 0) -> JSON:
    """An account of that many apps, one group each, that asks Spot alone for health."""
    groups = [
        {"name": f"app{number:03}__1", "image": OLD, "capacity": instances, "target-groups": []}
        for number in range(apps)
    ]
    return {
        "seed": 1,
        "images": [{"id": OLD, "name": "old"}, {"id": NEW, "name": "new"}],
        "elastigroups": groups,
        "filler-groups": others,
        "timings": _QUICK,
        "rate-limit": limit,
    }


def lone(folder: Path) -> float:
    """How long (s) one app takes where nobody else calls."""
    clock = TurnClock()
    sandbox = Sandbox(scenario(1, limit=None), clock=clock)
    try:
        begun = clock.now()
        clock.run([partial(deploy, 0, sandbox, clock, folder=folder, ends={})], apart=0.0)
        return clock.now() - begun
    finally:
        sandbox.close()


def fleet(apps: int, limit: int, folder: Path, *, numbered: bool = False) -> Load:
    """Deploy that many apps at once; each is a process of its own as far as it knows, or a numbered job of a matrix."""
    alone = lone(folder)
    clock = TurnClock()
    sandbox = Sandbox(scenario(apps, limit=limit), clock=clock)
    ends: dict[int, str] = {}
    knowing: dict[int, int] = {}
    try:
        begun = clock.now()
        clock.run(
            [
                partial(
                    deploy,
                    number,
                    sandbox,
                    clock,
                    folder=folder,
                    ends=ends,
                    knowing=knowing,
                    jobs=apps if numbered else 1,
                )
                for number in range(apps)
            ],
            apart=0.0,
        )
        calls = sandbox.calls()
        passed = Counter(call["call"] for call in calls if call["status"] != HTTPStatus.TOO_MANY_REQUESTS)
        return Load(
            apps=apps,
            limit=limit,
            deployed=Counter(ends.values())["deployed"],
            makespan=clock.now() - begun,
            bound=max(alone, max(count - limit for count in passed.values()) / limit * WINDOW),
            calls=len(calls),
            refused=sum(call["status"] == 429 for call in calls),
            knowing=sum(knowing.values()),
        )
    finally:
        sandbox.close()


def large(instances: int, others: int, folder: Path) -> Load:
    """One deployment of a large group, or beside many others."""
    clock, ends = TurnClock(), dict[int, str]()
    sandbox = Sandbox(scenario(1, limit=None, instances=instances, others=others), clock=clock)
    try:
        begun = clock.now()
        clock.run([partial(deploy, 0, sandbox, clock, folder=folder, ends=ends)], apart=0.0)
        deployed, calls = Counter(ends.values())["deployed"], len(sandbox.calls())
        return Load(1, 0, deployed, clock.now() - begun, 0.0, calls, 0, 0)
    finally:
        sandbox.close()


class Watched(RequestsAdapter):
    """Counts the calls that a process sends to a route although it was told to wait longer."""

    def __init__(self, sandbox: Sandbox, clock: TurnClock) -> None:
        super().__init__(sandbox.spot_app)
        self.knowing = 0
        self._clock = clock
        self._until: dict[str, float] = {}

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:  # noqa: ANN401
        """Send it, and learn from a refusal when the next may follow."""
        route = re.sub(r"sig-[0-9a-f]+", "{id}", f"{request.method} {urlsplit(str(request.url)).path}")
        self.knowing += self._clock.now() < self._until.get(route, 0.0)
        answer = super().send(request, *args, **options)
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            self._until[route] = self._clock.now() + float(answer.headers["X-RateLimit-Reset"])
        return answer


def deploy(
    number: int,
    sandbox: Sandbox,
    clock: TurnClock,
    *,
    folder: Path,
    ends: dict[int, str],
    knowing: dict[int, int] | None = None,
    jobs: int = 1,
) -> None:
    """One app's deployment, with a connection and a limiter of its own."""
    files = {name: folder / f"{name}-{number}" for name in ("GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.write_text("", encoding="utf-8")
    http = requests.Session()
    watched = Watched(sandbox, clock)
    http.mount("https://", watched)
    http.trust_env = False
    stdout = io.StringIO()
    place = {"job-index": number % jobs, "job-total": jobs}
    given = {**environment(number, sandbox, files), "INPUT_JOB-MATRIX": json.dumps({"strategy": place})}
    main(given, stdout, clock=clock, transport=Transport(http, None))
    outputs = outputs_in(files["GITHUB_OUTPUT"].read_text(encoding="utf-8"))
    if knowing is not None:
        knowing[number] = watched.knowing
    ends[number] = outputs.get("status", stdout.getvalue()[-500:])


def environment(number: int, sandbox: Sandbox, files: Mapping[str, Path]) -> dict[str, str]:
    """What the runner gives to the job of one app in a matrix."""
    return {
        "INPUT_STRATEGY": "basic",
        "INPUT_ELASTIGROUP-CONFIG": "examples/deploy/elastigroup.json",
        "INPUT_AMI-ID": NEW,
        "INPUT_APP-NAME": f"app{number:03}",
        "INPUT_INSTANCES": "same-as-running",
        "INPUT_AWS-REGION": "us-east-1",
        "INPUT_SPOT-TOKEN": sandbox.token,
        "INPUT_SPOT-ACCOUNT-ID": sandbox.account_id,
        "INPUT_SPOT-API-URL": SPOT_URL,
        "GITHUB_RUN_ID": "4711",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_REPOSITORY": "example/web",
        "GITHUB_WORKSPACE": str(ROOT),
        **{name: str(file) for name, file in files.items()},
    }
