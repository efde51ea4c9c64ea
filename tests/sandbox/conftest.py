"""Fixtures of the sandbox's own tests: scenario, clock, sandbox and clients."""

import copy
import os
from collections.abc import Iterator

import pytest

from spotaction.sandbox import JumpingClock, Sandbox
from tests.support.sandboxes import JSON, SCENARIO, Aws, Spot


@pytest.fixture(autouse=True)
def _quiet_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def scenario() -> JSON:
    return copy.deepcopy(SCENARIO)


@pytest.fixture
def sandbox(scenario: JSON, clock: JumpingClock) -> Iterator[Sandbox]:
    box = Sandbox(scenario, clock=clock)
    yield box
    box.close()


@pytest.fixture
def spot(sandbox: Sandbox) -> Spot:
    return Spot(sandbox)


@pytest.fixture
def aws(sandbox: Sandbox) -> Aws:
    return Aws(sandbox)
