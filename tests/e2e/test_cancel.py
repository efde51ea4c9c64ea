"""Cancelled at any moment: traffic goes back, nothing else is changed, and the process is gone in seconds."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from spotaction.wiring import TO_RESTORE
from tests.support.cancelled_process import JSON, Cancelled, Cloud, cloud, listens

CREATE, SCALE = "POST /aws/ec2/group", "PUT /aws/ec2/group/{id}/capacity"
WRITE, READ = "ModifyRule", "DescribeRules"
SLOW = 4  # seconds: longer than anything in flight is waited for
BOTH = (signal.SIGINT, signal.SIGTERM)

Open = Callable[..., Cloud]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def opened(strategy: str, **changes: object) -> Cloud:
            return stack.enter_context(cloud(strategy, tmp_path, changes))

        yield opened


def unanswered(call: str, *, nth: int = 1, times: int = 1) -> JSON:
    """A call that takes effect and is not answered while anybody waits."""
    return {"match": {"call": call, "nth": nth}, "effect": "timeout-after", "times": times, "delay": SLOW}


def is_cancelled(ended: Cancelled) -> None:
    assert (ended.code, ended.outputs["status"], ended.state["status"]) == (130, "cancelled", "cancelled"), ended.log
    assert "cancelled" in ended.summary.splitlines()[0]
    assert "Cancelled by the runner" in ended.log


@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux tells which signals a process catches")
@pytest.mark.parametrize("number", BOTH)
def test_before_the_inputs_are_read(begin: Open, number: signal.Signals) -> None:
    box = begin("basic")
    ended = box.cancel(listens, [number])
    is_cancelled(ended)
    assert (box.calls, set(ended.state)) == ([], {"status"})


@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux tells which signals a process catches")
def test_before_inputs_that_are_wrong(begin: Open) -> None:
    box = begin("basic")
    is_cancelled(box.cancel(listens, strategy="basci"))
    assert box.calls == []


@pytest.mark.sampled(1)
@pytest.mark.parametrize("call", ["GetCallerIdentity", "GET /aws/ec2/group"])
def test_in_the_first_calls_that_only_look(begin: Open, call: str) -> None:
    box = begin("basic", faults=[unanswered(call)])
    ended = box.cancel(lambda box, _: box.called(call))
    is_cancelled(ended)
    assert (ended.mutations, "deployment" in ended.state) == ([], False)
    assert "this run changed nothing; run operation: deploy again" in ended.summary


@pytest.mark.sampled(1)
@pytest.mark.parametrize("strategy", ["basic", "canary", "blue-green", "shift"])
def test_while_the_new_group_is_waited_for(begin: Open, strategy: str) -> None:
    box = begin(strategy, behaviours=[{"image": "ami-0aaaaaaaaaaaaaaa2", "spot": "never"}])
    before = box.weights
    ended = box.cancel(lambda box, _: box.called(SCALE))
    is_cancelled(ended)
    assert (ended.mutations, box.weights) == ([], before)
    new = ended.record["new"]
    assert (ended.record["status"], new["name"] in box.groups) == ("cancelled", True)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("strategy", ["canary", "blue-green"])
def test_in_a_create_whose_answer_is_lost(begin: Open, strategy: str) -> None:
    box = begin(strategy, faults=[unanswered(CREATE)])
    ended = box.cancel(lambda box, _: box.called(CREATE))
    is_cancelled(ended)
    assert (ended.mutations, ended.record["new"]) == ([], None)
    assert len(ended.record["begun"]) == 1


def test_in_a_bake_between_phases(begin: Open) -> None:
    box = begin("canary")
    ended = box.cancel(
        lambda box, _: box.called("DescribeTargetHealth", times=2), canary="34% for 1h", old_instances="drain-first"
    )
    is_cancelled(ended)
    assert ended.mutations == []


@pytest.mark.slow
def test_while_the_old_group_is_held_after_a_swap(begin: Open) -> None:
    box = begin("blue-green")
    before = box.weights
    ended = box.cancel(lambda box, _: "web_prod__STAGE__Harness" in names_after_swap(box), downsize_old="after 1h")
    is_cancelled(ended)
    assert (set(ended.mutations), box.weights) == ({WRITE, "ModifyListener"}, before)


def test_in_the_route_write_of_a_swap_whose_answer_is_lost(begin: Open) -> None:
    box = begin("blue-green", faults=[unanswered(WRITE)])
    before = box.weights
    ended = box.cancel(lambda box, _: box.called(WRITE))
    is_cancelled(ended)
    assert (ended.mutations, box.weights) == ([WRITE, "ModifyListener"], before)
    assert ended.record["finished"] == []


@pytest.mark.sampled(1)
@pytest.mark.parametrize("signals", [BOTH[:1], BOTH, (*BOTH, *BOTH)])
def test_in_a_bake_of_a_shift_however_many_signals_come(begin: Open, signals: tuple[signal.Signals, ...]) -> None:
    box = begin("shift")
    before = box.weights
    ended = box.cancel(lambda box, _: box.weights != before, signals, traffic_weights="50 for 1h, 100")
    is_cancelled(ended)
    assert (ended.mutations, box.weights) == ([WRITE], before)


@pytest.mark.slow
def test_in_a_reading_call_of_a_shift(begin: Open) -> None:
    box = begin("shift")
    before = box.weights

    def reads(box: Cloud, _: int) -> bool:
        if not hung and box.weights != before:
            hung.append(len(box.calls))
            box.sandbox.add_fault(unanswered("DescribeTargetHealth"))
        return any(call["fault"] == "timeout-after" for call in box.calls)

    hung: list[int] = []
    ended = box.cancel(reads, traffic_weights="50 for 1h, 100")
    is_cancelled(ended)
    assert (ended.mutations, box.weights) == ([WRITE], before)


@pytest.mark.slow
def test_routes_that_cannot_be_read_in_time_are_left_to_the_post_step_in_time(begin: Open) -> None:
    box = begin("shift")
    before = box.weights
    ended = box.cancel(
        lambda box, _: box.weights != before,
        BOTH,
        # Every read, for the deployment's own may be under way when the signals come.
        prepare=lambda box: box.sandbox.add_fault(unanswered(READ, times=9)),
        busy=TO_RESTORE,
        traffic_weights="50 for 1h, 100",
    )
    is_cancelled(ended)
    assert (ended.mutations, ended.record["status"]) == ([], "cancelled")
    assert "routes are restored yet" in ended.log


def test_in_a_rollback_of_a_release_that_failed(begin: Open) -> None:
    box = begin("blue-green", behaviours=[{"image": "ami-0aaaaaaaaaaaaaaa2", "spot": "never"}])
    box.sandbox.add_fault(unanswered(SCALE, nth=2))
    ended = box.cancel(lambda box, _: box.called(SCALE, times=2), steady_state_timeout="1s")
    is_cancelled(ended)
    assert ended.mutations == []
    assert "Timed out" in ended.record["reason"]
    assert "Cancelled by the runner" in ended.record["reason"]


@pytest.mark.slow
def test_with_on_cancel_keep_nothing_is_touched_at_all(begin: Open) -> None:
    box = begin("shift")
    before = box.weights
    ended = box.cancel(lambda box, _: box.weights != before, BOTH, traffic_weights="50 for 1h, 100", on_cancel="keep")
    is_cancelled(ended)
    assert (ended.mutations, box.weights["web-alb:443/10"]) == ([], {"web-blue": 50, "web-green": 50})
    assert ended.record["finished"] == ["stage-setup"]


@pytest.mark.slow
def test_the_outputs_of_a_cancelled_run_say_what_the_state_says(begin: Open) -> None:
    box = begin("basic", behaviours=[{"image": "ami-0aaaaaaaaaaaaaaa2", "spot": "never"}])
    ended = box.cancel(lambda box, _: box.called(SCALE))
    assert json.loads(ended.outputs["deployment"]) == ended.record
    assert ended.outputs["elastigroup-id"] == ended.record["new"]["id"]


def names_after_swap(box: Cloud) -> set[str]:
    """The names of groups once the routes are swapped: the names follow, and the old group gets the stage's."""
    names = set(box.groups)
    return names if "web_prod" in names and box.weights["web-alb:443/10"] == {"web-green": 1} else set()
