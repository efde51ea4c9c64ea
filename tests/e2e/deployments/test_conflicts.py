"""Two at once, one that died, one that stopped: nobody deploys over anybody, and everybody is told the way out."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spotaction.model.marker import digest
from spotaction.post import main_post
from spotaction.sandbox import JumpingClock
from spotaction.sandbox.action_transport import ActionClock
from tests.support.action import KILLED, LONG_DRAIN, OLD, QUICK, KilledError, Result, Stand, stand

CREATE, LIST = "POST /aws/ec2/group", "GET /aws/ec2/group"
CAPACITY = "PUT /aws/ec2/group/{id}/capacity"
THEIRS = "https://github.com/example/web/actions/runs/4999"
FIRST = ("basic", "blue-green", "shift")


def die(box: Stand, run_id: str = "4999", timeout: str = "5h") -> None:
    """Another run deploys and is killed: its mark stays, and looks alive until its deadline."""
    box.sandbox.add_fault({"match": {"call": CAPACITY}, "effect": "kill-before"})
    assert box.run(run_id=run_id, timeout=timeout).code == KILLED


def test_a_plan_does_not_wait_for_another_run(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        die(box)
        began = box.clock.now()
        result = box.run(operation="plan", on_conflict="wait 30m")

        assert (result.code, result.outputs["status"]) == (3, "refused")
        assert box.clock.now() - began < 60


@pytest.mark.sampled(5)
@pytest.mark.parametrize("strategy", FIRST)
@pytest.mark.parametrize("operation", ["deploy", "plan", "continue", "rollback"])
def test_a_live_mark_of_another_run_is_refused_with_its_address(tmp_path: Path, strategy: str, operation: str) -> None:
    with stand(strategy, tmp_path, QUICK, drain=LONG_DRAIN) as box:
        die(box)
        before = box.picture()
        result = box.run(operation=operation)

        assert (result.code, result.outputs["status"]) == (3, "refused")
        assert THEIRS in result.log
        assert result.mutations == []
        assert box.picture() == before


@pytest.mark.parametrize("strategy", FIRST)
def test_another_job_of_the_same_matrix_is_somebody_else(tmp_path: Path, strategy: str) -> None:
    one, other = ({"GITHUB_JOB": "deploy", "RUNNER_NAME": f"runner {number}"} for number in (1, 2))
    with stand(strategy, tmp_path, QUICK, drain=LONG_DRAIN) as box:
        box.sandbox.add_fault({"match": {"call": CAPACITY}, "effect": "kill-before"})
        assert box.run(environ=one).code == KILLED
        before = box.picture()
        results = [box.run(environ=other, operation=operation) for operation in ("deploy", "continue", "rollback")]
        post = box.run(environ=other, act=main_post)

        assert [result.outputs["status"] for result in results] == ["refused"] * 3
        assert "is being deployed by" in results[0].log
        assert (post.code, post.outputs["status"], box.picture()) == (0, "unchanged", before)
        assert box.run(environ=one, operation="rollback").outputs["status"] == "rolled-back"


@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_a_job_that_follows_upon_one_that_died_takes_over(tmp_path: Path, operation: str) -> None:
    with stand("basic", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        box.sandbox.add_fault({"match": {"call": CAPACITY}, "effect": "kill-before"})
        assert box.run(environ={"GITHUB_JOB": "deploy", "RUNNER_NAME": "runner 1"}).code == KILLED
        post = box.run(environ={"GITHUB_JOB": "undo", "RUNNER_NAME": "runner 2"}, act=main_post)
        result = box.run(environ={"GITHUB_JOB": "undo", "RUNNER_NAME": "runner 2"}, operation=operation)

        assert post.outputs["status"] == "unchanged"
        assert result.outputs["status"] == {"continue": "deployed", "rollback": "rolled-back"}[operation]


@pytest.mark.parametrize("strategy", FIRST)
def test_a_dead_mark_is_refused_with_the_way_out(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, QUICK, drain=LONG_DRAIN) as box:
        die(box)
        box.clock.sleep(18_000)
        result = box.run()

        assert (result.code, result.outputs["status"]) == (3, "refused")
        assert THEIRS in result.log
        assert "died half-way" in result.log
        assert "operation: continue to finish it, or operation: rollback" in result.log
        assert result.mutations == []

        assert box.run(operation="rollback").outputs["status"] == "rolled-back"
        assert box.run().outputs["status"] == "deployed"


def test_a_stopped_deployment_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        box.run(run_id="4999", until="stage-setup")
        result = box.run(on_conflict="wait 30m")

        assert result.outputs["status"] == "refused"
        assert "stopped half-way" in result.log
        assert result.mutations == []


def test_the_same_run_may_not_deploy_over_its_own_remains(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        die(box, run_id="4711")
        result = box.run(attempt="2")

        assert result.outputs["status"] == "refused"
        assert "died half-way" in result.log
        assert result.mutations == []


@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_take_over_takes_over_a_run_that_is_known_to_be_dead(tmp_path: Path, operation: str) -> None:
    with stand("blue-green", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        before = box.picture()
        die(box)
        result = box.run(operation=operation, allow="take-over")

        assert result.code == 0, result.log
        if operation == "rollback":
            assert box.picture() == before
        else:
            assert box.capacities() == {"web_prod": "2/3/6", "web_prod__STAGE__Harness": "0/0/0"}


def test_no_override_deploys_over_a_live_run(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        die(box)
        result = box.run(allow="redeploy, take-over")

        assert result.outputs["status"] == "refused"
        assert result.mutations == []


def test_waiting_deploys_once_the_other_run_is_over(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        die(box)
        new = next(group["id"] for group in box.alive() if group["name"] == "web_prod__STAGE__Harness")
        box.sandbox.add_fault({"at": 300, "action": "delete-group", "group": new})
        result = box.run(on_conflict="wait 30m")

        assert result.outputs["status"] == "deployed", result.log
        assert THEIRS in result.log
        assert result.mutations[0]["time"] >= 300


def test_waiting_ends_at_its_own_timeout(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        die(box)
        result = box.run(on_conflict="wait 5m")

        assert (result.code, result.outputs["status"]) == (3, "refused")
        assert THEIRS in result.log
        assert result.mutations == []


def test_waiting_for_a_run_that_dies_ends_in_the_way_out(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        die(box, timeout="10m")
        result = box.run(on_conflict="wait 15m")

        assert result.outputs["status"] == "refused"
        assert "died half-way" in result.log
        assert result.mutations == []


class Rival:
    """A second run that begins in the middle of the first: the same action, on the same sandbox.

    `dies` before it scales its group up: then its mark stays live while the first one goes on.
    """

    def __init__(self, *, dies: bool) -> None:
        self.box: Stand | None = None
        self.result: Result | None = None
        self._dies = dies
        self._begun = False

    def __call__(self) -> None:
        if self._begun:
            raise KilledError
        self._begun = True
        assert self.box is not None
        if self._dies:
            self.box.sandbox.add_fault({"match": {"call": CAPACITY}, "effect": "kill-before"})
        self.result = self.box.run(run_id="4999")


@pytest.mark.parametrize("strategy", FIRST)
def test_of_two_creates_the_younger_is_rolled_back_and_refused(tmp_path: Path, strategy: str) -> None:
    rival = Rival(dies=True)
    with stand(strategy, tmp_path, QUICK, on_kill=rival, drain=LONG_DRAIN) as box:
        rival.box = box
        rules, before = box.rules(), {group["id"] for group in box.alive()}
        box.sandbox.add_fault({"match": {"call": CREATE}, "effect": "kill-before"})
        ours = box.run()

        assert rival.result is not None
        theirs = rival.result.outputs["elastigroup-id"]
        assert (ours.code, ours.outputs["status"]) == (3, "refused"), ours.log
        assert THEIRS in ours.log
        assert {group["id"] for group in box.alive()} == before | {theirs}
        assert box.rules() == rules


@pytest.mark.parametrize("strategy", FIRST)
def test_of_two_creates_the_older_continues(tmp_path: Path, strategy: str) -> None:
    rival = Rival(dies=False)
    with stand(strategy, tmp_path, QUICK, on_kill=rival, drain=LONG_DRAIN) as box:
        rival.box = box
        box.sandbox.add_fault({"match": {"call": CREATE}, "effect": "kill"})
        ours = box.run()

        assert rival.result is not None
        assert (rival.result.code, rival.result.mutations) == (3, [])
        assert "https://github.com/example/web/actions/runs/4711" in rival.result.log
        assert ours.outputs["status"] == "deployed", ours.log


@pytest.mark.parametrize("strategy", FIRST)
def test_of_two_that_did_not_see_each_other_exactly_one_continues(tmp_path: Path, strategy: str) -> None:
    """The rival's first list is a stale one: both have created before either looks again."""
    rival = Rival(dies=False)
    with stand(strategy, tmp_path, QUICK, on_kill=rival, drain=LONG_DRAIN) as box:
        rival.box = box
        box.sandbox.add_fault({"match": {"call": LIST, "nth": 2}, "effect": "stale-read"})
        box.sandbox.add_fault({"match": {"call": CREATE}, "effect": "kill"})
        ours = box.run()

        assert rival.result is not None
        both = (ours.outputs["status"], rival.result.outputs["status"])
        assert sorted(both) == ["deployed", "refused"], (ours.log, rival.result.log)
        assert CREATE in [call["call"] for call in rival.result.mutations]
        assert len([group for group in box.alive() if group["capacity"]["target"]]) == 1


@pytest.mark.parametrize("strategy", FIRST)
def test_a_deployment_that_came_and_went_before_our_create_stays(tmp_path: Path, strategy: str) -> None:
    """What we looked at is not so any more; taking our group back must not undo what the other run did."""
    with stand(strategy, tmp_path, QUICK, drain=LONG_DRAIN) as box:
        box.run()
        wanted = box.outcome()
    rival = Rival(dies=False)
    with stand(strategy, tmp_path, QUICK, on_kill=rival, drain=LONG_DRAIN) as box:
        rival.box = box
        box.sandbox.add_fault({"match": {"call": CREATE}, "effect": "kill-before"})
        ours = box.run()

        assert rival.result is not None
        assert rival.result.outputs["status"] == "deployed", rival.result.log
        assert (ours.code, ours.outputs["status"]) == (3, "refused"), ours.log
        assert THEIRS in ours.log
        assert box.outcome() == wanted


@dataclass(frozen=True)
class WrongClock(ActionClock):
    """The clock of a runner whose wall time is off by so many hours."""

    clock: JumpingClock
    hours: float

    def now(self) -> float:
        return self.clock.now()

    def time(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now(), UTC) + timedelta(hours=self.hours)

    def sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)


@pytest.mark.parametrize("operation", ["deploy", "continue", "rollback"])
def test_whether_a_run_is_alive_is_judged_by_spots_clock(tmp_path: Path, operation: str) -> None:
    with stand("blue-green", tmp_path, QUICK, drain=LONG_DRAIN) as box:
        die(box, timeout="5h")
        early = box.run(operation=operation, clock=WrongClock(box.clock, 24))
        box.clock.sleep(18_000)
        late = box.run(operation="rollback", clock=WrongClock(box.clock, -24))

        assert (early.outputs["status"], early.mutations) == ("refused", [])
        assert "is being deployed by" in early.log
        assert late.outputs["status"] == "rolled-back", late.log


@pytest.mark.parametrize("repository", ["example/web", "example/other"])
def test_a_group_that_its_mark_gives_to_another_app_is_left_alone(tmp_path: Path, repository: str) -> None:
    """`web_prod__1` may be a version of `web_prod`, or an app of its own."""
    mark = f"[spotaction n=0123abcd a={digest('web_prod__1')} s=done r=9.1 d=1 g={repository}]"
    other = {
        "name": "web_prod__9",
        "image": OLD,
        "capacity": {"minimum": 2, "target": 3, "maximum": 6},
        "description": mark,
        "created": "2026-11-17T10:00:00Z",
    }
    serves = {**other, "name": "web_prod__7", "description": "", "created": "2026-11-16T10:00:00Z"}
    with stand(
        "basic",
        tmp_path,
        {**QUICK, "elastigroups": [serves, other]},
        lowest=0,
        because="no target group",
        drain=LONG_DRAIN,
    ) as box:
        result = box.run()

        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities() == {"web_prod__7": "0/0/0", "web_prod__9": "2/3/6", "web_prod__10": "2/3/6"}


@pytest.mark.parametrize("lag", [0, 85])
@pytest.mark.parametrize("limit", [255, 20])
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_create_whose_answer_was_lost_makes_one_group(tmp_path: Path, lag: int, limit: int, hours: int) -> None:
    late = {**QUICK, "description-limit": limit, "lag": {"created-in-list": lag}}
    with stand("basic", tmp_path, late, drain=LONG_DRAIN) as box:
        box.sandbox.add_fault({"match": {"call": CREATE}, "effect": "timeout-after"})
        result = box.run(clock=WrongClock(box.clock, hours))

        assert result.outputs["status"] == "deployed", result.log
        assert [call["call"] for call in result.mutations].count(CREATE) == 1
        assert box.capacities()["web_prod__8"] == "2/3/6"  # no two of one name: the stand sees to that
