"""Deployments by the image as the runner starts it, against a sandbox on the host: to the end, cancelled, killed."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.container.container_runner import ContainerRunner
from tests.container.measurements import Measured
from tests.container.served_sandbox import Served, served

pytestmark = pytest.mark.docker

SPEED = 40.0
BEFORE = {"web_prod": "2/3/6"}
POST = "/app/post_entrypoint.py"
SHIFT_WRITTEN = "ModifyRule"


@pytest.fixture
def shift() -> Iterator[Served]:
    with served("shift", speed=SPEED) as sandbox:
        yield sandbox


@pytest.fixture
def swap() -> Iterator[Served]:
    with served("blue-green", speed=SPEED) as sandbox:
        yield sandbox


def until(condition: Callable[[], bool], *, seconds: float = 240.0) -> None:
    """Wait for it; before the first write the action waits 90 s for Spot's lists, by the real clock."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def test_it_deploys_blue_green_from_end_to_end(swap: Served, runner: ContainerRunner, measured: Measured) -> None:
    ended = runner.run(swap.environ(downsize_old="after 2s"), timeout=180)
    assert (ended.code, ended.outputs["status"], ended.state["status"]) == (0, "deployed", "deployed"), ended.log
    assert swap.groups == {"web_prod": "2/3/6", "web_prod__STAGE__Harness": "0/0/0"}
    assert swap.weights["web-alb:443/10"] == {"web-green": 1}
    assert ended.summary.splitlines()[0].startswith(r"## ✅ web\_prod (prod): ami-0aaaaaaaaaaaaaaa2 deployed")
    measured("a blue-green deployment in the container", f"{ended.seconds:.1f} s (clouds {SPEED:.0f} times as fast)")
    after = runner.run({**swap.environ(), **ended.as_state}, entrypoint=POST, timeout=60)
    assert (after.code, after.outputs) == (0, {})
    measured("a post step with nothing to do", f"{after.seconds:.1f} s with the container's own start")


def test_a_cancelled_shift_has_traffic_back_before_the_container_is_gone_and_the_post_step_leaves_nothing_behind(
    shift: Served, runner: ContainerRunner, measured: Measured
) -> None:
    before = shift.weights
    step = runner.start(shift.environ(traffic_weights="50 for 10m, 100"))
    until(lambda: shift.weights["web-alb:443/10"] == {"web-blue": 50, "web-green": 50})
    written = len(shift.mutations)
    ended = step.cancel()
    at_the_end = shift.weights
    assert (ended.code, at_the_end) == (130, before), ended.log
    assert step.is_gone
    assert ended.seconds < 7.5
    assert shift.mutations[written:] == [SHIFT_WRITTEN]
    assert (ended.outputs["status"], ended.state["status"]) == ("cancelled", "cancelled")
    assert "was cancelled" in ended.summary
    measured("from the cancel to the end of the container, traffic back", f"{ended.seconds:.2f} s")

    after = runner.run({**shift.environ(), **ended.as_state}, entrypoint=POST, timeout=250)
    assert (after.code, after.outputs["status"]) == (0, "rolled-back"), after.log
    assert (shift.groups, shift.weights) == (BEFORE, before)
    assert "rolled back" in after.summary.splitlines()[0]
    measured("the post step after it", f"{after.seconds:.1f} s")


def test_after_a_container_that_was_killed_the_post_step_puts_everything_back(
    swap: Served, runner: ContainerRunner
) -> None:
    before = swap.weights
    step = runner.start(swap.environ(downsize_old="after 10m"))
    until(lambda: SHIFT_WRITTEN in swap.mutations)
    ended = step.kill()
    assert (ended.code, ended.outputs["status"]) == (137, "running")
    after = runner.run({**swap.environ(), **ended.as_state}, entrypoint=POST, timeout=250)
    assert (after.code, after.outputs["status"]) == (0, "rolled-back"), after.log
    assert (swap.groups, swap.weights) == (BEFORE, before)
