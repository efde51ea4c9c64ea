"""The post step: what a cancelled or dead run left is put back or kept; after any other run it has nothing to do."""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from spotaction.model.deployment import Status
from spotaction.post import LIMIT, main_post
from tests.support.action import KILLED, LONG_DRAIN, QUICK, Result, Stand, stand

CREATE, WRITE = "POST /aws/ec2/group", "ModifyRule"
JOB = {"GITHUB_JOB": "deploy", "RUNNER_NAME": "runner 1"}
UNFINISHED = {Status.RUNNING, Status.CANCELLED}
#: Where each strategy dies: the call that is the last one to take effect.
DEATHS = [
    ("basic", CREATE, 1),
    ("basic", "PUT /aws/ec2/group/{id}/capacity", 2),
    ("canary", "PUT /aws/ec2/group/{id}/capacity", 3),
    ("blue-green", CREATE, 1),
    ("blue-green", WRITE, 1),
    ("blue-green", "PUT /aws/ec2/group/{id}", 1),
    ("blue-green", "PUT /aws/ec2/group/{id}/capacity", 2),
    ("shift", WRITE, 1),
    ("shift", WRITE, 3),
    ("shift", "PUT /aws/ec2/group/{id}/capacity", 2),
]


class Open(Protocol):
    def __call__(self, strategy: str, **changes: object) -> Stand: ...


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def opened(strategy: str, **changes: object) -> Stand:
            return stack.enter_context(stand(strategy, tmp_path, {**QUICK, **changes}))

        yield opened


def dies(box: Stand, call: str = WRITE, nth: int = 1, effect: str = "kill", **inputs: str) -> Result:
    """A deployment that is killed at a call."""
    box.sandbox.add_fault({"match": {"call": call, "nth": nth}, "effect": effect})
    result = box.run(inputs, environ=JOB)
    assert result.code == KILLED, result.log
    return result


def post(box: Stand, main: Result | None, environ: Mapping[str, str] = {}, **inputs: str) -> Result:
    """The post step after that run; None = one that wrote no state."""
    state = {f"STATE_{name}": value for name, value in main.state.items()} if main else {}
    return box.run(inputs, act=main_post, environ={**JOB, **state, **environ})


def settled(**environ: str) -> tuple[int, list[str]]:
    stdout = io.StringIO()
    code = main_post(environ, stdout)
    return code, stdout.getvalue().splitlines()


@pytest.mark.parametrize("status", [status for status in Status if status not in UNFINISHED])
def test_after_a_deployment_that_ended_it_says_so_in_one_line(status: Status) -> None:
    line = f"The deployment ended as {status}: the post step has nothing to do."
    assert settled(STATE_deployment=json.dumps({"status": status.value})) == (0, [line])


def test_after_an_action_that_ended_without_a_deployment_it_says_so_in_one_line() -> None:
    line = "The action ended as refused and changed nothing: the post step has nothing to do."
    assert settled(STATE_status="refused", INPUT_OPERATION="deploy") == (0, [line])


@pytest.mark.parametrize("operation", ["plan", "validate"])
def test_an_operation_that_changes_nothing_leaves_nothing_even_if_it_died(operation: str) -> None:
    line = f"Operation {operation} changes nothing: the post step has nothing to do."
    assert settled(INPUT_OPERATION=operation) == (0, [line])


def test_after_a_real_deployment_it_asks_nobody_and_writes_nothing(begin: Open) -> None:
    box = begin("basic")
    after = post(box, box.run())
    assert (after.code, after.calls, after.outputs, after.summary) == (0, [], {}, "")


@pytest.mark.sampled(5)
@pytest.mark.parametrize(("strategy", "call", "nth"), DEATHS)
def test_a_run_that_died_is_rolled_back_and_a_second_time_changes_nothing(
    begin: Open, strategy: str, call: str, nth: int
) -> None:
    box = begin(strategy)
    before = box.picture()
    main = dies(box, call, nth)
    after = post(box, main)
    assert (after.code, after.outputs["status"], after.state["status"]) == (0, "rolled-back", "rolled-back"), after.log
    assert box.picture() == before
    assert "did not finish, so it is rolled back." in after.log
    assert "rolled back" in after.summary.splitlines()[0]
    again = post(box, main)  # it knows no better than the first: what may have been written is written back
    written = {call["call"] for call in again.mutations}
    assert written <= {"PUT /aws/ec2/group/{id}", "PUT /aws/ec2/group/{id}/capacity", "ModifyRule", "ModifyListener"}
    assert (again.code, box.picture()) == (0, before)


def test_the_workspace_may_be_gone_by_then(begin: Open, tmp_path: Path) -> None:
    box = begin("shift")
    before = box.picture()
    after = post(box, dies(box), {"GITHUB_WORKSPACE": str(tmp_path / "nothing"), "AWS_REGION": ""})
    assert (after.code, box.picture()) == (0, before), after.log


def test_a_rollback_that_dies_before_it_takes_over_is_done_by_its_post_step(begin: Open) -> None:
    box = begin("basic")
    before = box.picture()
    box.run(until="setup")
    box.sandbox.add_fault({"match": {"call": "PUT /aws/ec2/group/{id}", "nth": 1}, "effect": "kill-before"})
    died = box.run(operation="rollback", run_id="4712")
    assert died.code == KILLED
    state = {f"STATE_{name}": value for name, value in died.state.items()}
    after = box.run(operation="rollback", run_id="4712", act=main_post, environ=state)

    assert (after.code, after.outputs["status"]) == (0, "rolled-back"), after.log
    assert box.picture() == before


def test_a_cancel_right_after_an_incomplete_rollback_does_not_hide_what_is_left(begin: Open) -> None:
    """The marker says already that the run has ended, and the record lists what it could not roll back."""
    box = begin("basic")
    refused = {"effect": "status", "status": 400, "code": "E", "message": "no", "times": 99}
    box.sandbox.add_fault({"match": {"call": "PUT /aws/ec2/group/{id}/capacity", "nth": 2}, **refused, "times": 1})
    box.sandbox.add_fault({"match": {"call": "DELETE /aws/ec2/group/{id}"}, **refused})
    failed = box.run(environ=JOB)
    assert failed.outputs["status"] == "rollback-incomplete", failed.log
    record = json.dumps({**json.loads(failed.state["deployment"]), "status": "cancelled"})
    cancelled = replace(failed, state={**failed.state, "deployment": record, "status": "cancelled"})
    after = post(box, cancelled)

    assert (after.code, after.outputs["status"], after.mutations) == (4, "rollback-incomplete", []), after.log
    assert failed.record["undone"][0].partition(":")[0] in after.log


def test_a_run_whose_state_was_lost_is_found_by_its_mark(begin: Open) -> None:
    box = begin("blue-green")
    before = box.picture()
    dies(box)
    after = post(box, None)
    assert (after.code, after.outputs["status"], box.picture()) == (0, "rolled-back", before), after.log


@pytest.mark.parametrize("text", ["{", '{"a":' + "[" * 200_000, "{}", "[]", '"text"'])
def test_a_run_whose_state_cannot_be_read_is_found_by_its_mark(begin: Open, text: str) -> None:
    box = begin("blue-green")
    before = box.picture()
    dies(box)
    after = post(box, None, {"STATE_deployment": text})
    assert (after.code, after.outputs["status"], box.picture()) == (0, "rolled-back", before), after.log
    assert "Saved state is unreadable; searching for groups with this run's marker." in after.log


def test_of_a_state_in_which_a_name_was_hidden_no_name_is_written(begin: Open) -> None:
    box = begin("blue-green")
    before = box.picture()
    main = dies(box, "PUT /aws/ec2/group/{id}/capacity", nth=2, effect="kill-before")
    hidden = main.state["deployment"].replace("web_prod", "***")
    after = post(box, main, {"STATE_deployment": hidden})
    assert (after.code, after.outputs["status"], box.picture()) == (0, "rolled-back", before), after.log
    assert "***" not in str(after.mutations)


@pytest.mark.parametrize("text", ["{", '{"a":' + "[" * 200_000])
def test_after_an_action_that_ended_a_state_that_cannot_be_read_is_no_reason_to_act(text: str) -> None:
    line = "The deployment ended as deployed: the post step has nothing to do."
    assert settled(STATE_deployment=text, STATE_status="deployed") == (0, [line])


def test_a_group_whose_mark_was_cut_is_not_deleted_on_the_word_of_the_record(begin: Open) -> None:
    box = begin("blue-green", **{"description-limit": 40})
    before = box.picture()
    after = post(box, dies(box))
    assert (after.code, after.outputs["status"], box.rules()) == (4, "rollback-incomplete", before["rules"]), after.log
    assert "may not be deleted: its description has no marker of this action" in after.log
    assert box.capacities() == {"web_prod": "2/3/6", "web_prod__STAGE__Harness": "0/0/0"}


def test_without_state_and_without_a_marker_nothing_is_touched(begin: Open) -> None:
    box = begin("blue-green")
    assert box.run(run_id="4710").outputs["status"] == "deployed"
    after = post(box, None)
    assert (after.code, after.mutations) == (0, [])
    assert "has a marker of this run as active" in after.log


@pytest.mark.parametrize("operation", ["deploy", "rollback", "continue"])
def test_after_a_run_that_died_before_it_began_nothing_is_rolled_back(begin: Open, operation: str) -> None:
    box = begin("blue-green")
    assert box.run(run_id="4710").outputs["status"] == "deployed"
    after = post(box, None, operation=operation)
    assert (after.code, after.outputs["status"], after.mutations) == (0, "unchanged", [])
    assert after.log.endswith("nothing was changed\n")


def test_what_another_run_has_under_way_is_left_alone(begin: Open) -> None:
    box = begin("blue-green")
    box.sandbox.add_fault({"match": {"call": WRITE}, "effect": "kill"})
    assert box.run(run_id="4712").code == KILLED
    refused = box.run()
    assert refused.outputs["status"] == "refused"
    assert post(box, refused).calls == []
    assert post(box, None).mutations == []


def test_a_create_that_may_still_be_under_way_is_looked_for_more_than_once(begin: Open) -> None:
    box = begin("basic")
    before = box.picture()
    main = dies(box, CREATE, effect="kill-before")
    began = box.clock.now()
    after = post(box, main)
    assert (after.code, after.outputs["status"], box.picture()) == (0, "rolled-back", before)
    assert after.mutations == []
    assert [call["call"] for call in after.calls].count("GET /aws/ec2/group") >= 4
    assert box.clock.now() - began >= 7.5


def test_kept_it_is_left_for_another_run_to_continue(begin: Open) -> None:
    box = begin("shift")
    main = dies(box, on_cancel="keep")
    weights = box.forwards
    after = post(box, main, on_cancel="keep")
    assert (after.code, after.outputs["status"], box.forwards) == (0, "stopped", weights), after.log
    assert [call["call"] for call in after.mutations] == ["PUT /aws/ec2/group/{id}"]
    assert "the same inputs and operation: continue or operation: rollback." in after.summary
    done = box.run(operation="continue", run_id="4712")
    assert done.outputs["status"] == "deployed", done.log


def test_credentials_that_have_expired_are_named_with_the_way_out(begin: Open) -> None:
    box = begin("blue-green")
    main = dies(box)
    box.sandbox.add_fault({"match": {"call": "GetCallerIdentity"}, "effect": "aws-error", "code": "ExpiredToken"})
    after = post(box, main)
    assert (after.code, after.outputs["status"], after.mutations) == (4, "rollback-incomplete", [])
    assert (
        "The deployment of web_prod was not rolled back: AWS did not accept the credentials (ExpiredToken)" in after.log
    )
    assert "with the same inputs and operation: rollback, and allow: take-over." in after.log


def test_it_gives_up_in_time_and_reports_what_is_left(begin: Open) -> None:
    never = {"image": "ami-0aaaaaaaaaaaaaaa1", "spot": "never"}
    box = begin("blue-green", behaviours=[never])
    main = dies(box, "PUT /aws/ec2/group/{id}/capacity", nth=2, effect="kill", downsize_old="after 0s")
    began = box.clock.now()
    after = post(box, main)
    assert (after.code, after.outputs["status"]) == (4, "rollback-incomplete"), after.log
    assert box.clock.now() - began <= LIMIT
    assert "Manual action:" in after.outputs["deployment"]


def test_while_a_controller_rewrites_the_rule_it_ends_in_time_and_lists_the_new_group(tmp_path: Path) -> None:
    """Killed in a rollback, whose take-over of the deployment leaves the post step some seconds for the rest."""
    because = "the controller points production at a target group that no rule used a moment ago"
    with stand("blue-green", tmp_path, QUICK, lowest=0, because=because, drain=LONG_DRAIN) as box:
        assert box.run().code == 0
        main = dies(box, operation="rollback")
        green = {"action": "change-rule", "rule": "web-alb:443/10", "forward": "web-green"}
        box.sandbox.add_fault({"at": 0, "every": 7, **green})
        began = box.clock.now()

        result = post(box, main, operation="rollback")

        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete"), result.log
        assert box.clock.now() - began <= LIMIT
        (left, *_) = json.loads(result.outputs["deployment"])["undone"]
        assert left.startswith(
            "stage-setup was not rolled back: The rollback reached its time limit before production's rules had stayed "
            "as restored for 10 s, so the new group was not removed. web-alb:443 rule c1c1c1c1c1c1c1c1 had to be "
            "restored again: it forwarded to web-green 100%."
        ), left


@pytest.mark.parametrize("strategy", ["basic", "blue-green"])
@pytest.mark.parametrize("how", ["approval", "failed", "deployed"])
def test_without_its_state_it_takes_back_nothing_that_was_not_at_work(begin: Open, strategy: str, how: str) -> None:
    boots = {"behaviours": [{"image": "ami-0aaaaaaaaaaaaaaa2", "boots": False}]} if how == "failed" else {}
    box = begin(strategy, **boots)
    inputs = {
        "approval": {"until": "stage-setup" if strategy == "blue-green" else "setup"},
        "failed": {"on-failure": "stop", "steady-state-timeout": "2m"},
        "deployed": {},
    }[how]
    main = box.run(inputs, environ=JOB)
    assert main.outputs["status"] == {"approval": "stopped", "failed": "failed", "deployed": "deployed"}[how], main.log
    before = box.picture()
    after = post(box, None, {}, **inputs)
    assert (after.code, after.mutations, box.picture()) == (0, [], before), after.log


@pytest.mark.parametrize("strategy", ["basic", "blue-green"])
def test_without_its_state_a_deployment_that_could_not_write_its_last_mark_stays(begin: Open, strategy: str) -> None:
    box = begin(strategy)
    said = {"call": "PUT /aws/ec2/group/{id}", "nth": 1 if strategy == "basic" else 3}
    box.sandbox.add_fault({"match": said, "times": 99, "effect": "status", "status": 400})
    main = box.run(environ=JOB)
    box.sandbox.clear_faults()
    assert main.outputs["status"] == "deployed", main.log
    before = box.picture()
    after = post(box, None)
    assert (after.outputs["status"], box.picture()) == ("stopped", before), after.log
    assert box.run(operation="continue", environ=JOB).outputs["status"] == "deployed"


def test_a_state_that_is_older_than_the_marker_takes_nothing_back(begin: Open) -> None:
    box = begin("basic")
    main = box.run(environ=JOB)
    older = json.dumps({**json.loads(main.state["deployment"]), "status": "running"})
    before = box.picture()
    after = post(box, main, {"STATE_deployment": older, "STATE_status": ""})
    assert (after.code, after.mutations, box.picture()) == (0, [], before), after.log
    assert "has ended (done)" in after.log


@pytest.mark.parametrize("limit", [20, 60, 105])
@pytest.mark.parametrize(("strategy", "call", "nth"), [("basic", CREATE, 1), ("shift", WRITE, 2)])
def test_without_its_state_a_truncated_marker_is_reported_as_left(
    begin: Open, strategy: str, call: str, nth: int, limit: int
) -> None:
    box = begin(strategy, **{"description-limit": limit})
    dies(box, call, nth)
    after = post(box, None)
    assert (after.code, after.outputs["status"], after.mutations) == (4, "rollback-incomplete", []), after.log
    assert "cannot be read" in after.log
    assert "The group may be of this run's deployment, so nothing is rolled back." in after.log


def test_a_truncated_marker_of_another_run_is_not_reported_as_left(begin: Open) -> None:
    box = begin("basic", **{"description-limit": 105})
    box.sandbox.add_fault({"match": {"call": CREATE}, "effect": "kill"})
    assert box.run(run_id="4712").code == KILLED
    after = post(box, None)
    assert (after.code, after.outputs["status"], after.mutations) == (0, "unchanged", []), after.log


def test_a_state_from_before_the_create_finds_a_group_that_is_not_listed_yet(begin: Open) -> None:
    """The disk was full from the moment on at which the first step began."""
    box = begin("basic", lag={"created-in-list": 60, "spot-list": 30})
    before = box.picture()
    main = dies(box, CREATE)
    record = {**json.loads(main.state["deployment"]), "new": None, "inDoubt": ""}
    after = post(box, main, {"STATE_deployment": json.dumps(record)})
    assert (after.code, after.outputs["status"], box.picture()) == (0, "rolled-back", before), after.log


def test_a_rollback_by_a_record_from_before_the_create_waits_until_its_group_is_listed(begin: Open) -> None:
    box = begin("basic", lag={"created-in-list": 60, "spot-list": 30})
    before = box.picture()
    main = dies(box, CREATE)
    after = box.run(operation="rollback", deployment=main.state["deployment"], environ=JOB, attempt="2")
    assert (after.code, after.outputs["status"], box.picture()) == (0, "rolled-back", before), after.log


#: The last state that a full disk left: the setup has begun, or has created the group, and nothing is known after that.
EARLIER = [{"begun": 1, "gatePassedBy": ""}, {"begun": 1, "gatePassedBy": "", "new": None, "inDoubt": ""}]


@pytest.mark.sampled
@pytest.mark.parametrize("known", EARLIER, ids=["after the create", "before the create"])
@pytest.mark.parametrize("operation", ["post", "rollback"])
@pytest.mark.parametrize(
    ("strategy", "call", "nth"),
    [
        ("canary", "PUT /aws/ec2/group/{id}/capacity", 2),
        ("basic", "PUT /aws/ec2/group/{id}/capacity", 2),
        ("blue-green", WRITE, 1),
        ("blue-green", "PUT /aws/ec2/group/{id}/capacity", 2),
        ("shift", WRITE, 1),
        ("shift", WRITE, 2),
    ],
)
def test_by_a_state_that_is_older_than_what_was_done_production_is_restored(
    begin: Open, strategy: str, call: str, nth: int, *, operation: str, known: Mapping[str, object]
) -> None:
    box = begin(strategy)
    before = box.picture()
    main = dies(box, call, nth, **{"canary": "34%"} if strategy == "canary" else {})
    box.clock.sleep(5)
    whole = json.loads(main.state["deployment"])
    record = json.dumps({**whole, **known, "begun": whole["begun"][:1], "finished": []})
    if operation == "post":
        after = post(box, main, {"STATE_deployment": record})
    else:
        after = box.run(operation="rollback", deployment=record, environ=JOB, attempt="2")
    assert (after.code, after.outputs["status"], box.picture()) == (0, "rolled-back", before), after.log
    assert "the deployment got further than its record shows" in after.log


def unlisted(box: Stand, *, answered: int) -> None:
    """Spot refuses its list for 100 s, answers it so many times, and then refuses it again and again."""
    listed = "GET /aws/ec2/group"
    box.sandbox.add_fault({"match": {"call": listed, "nth": 1}, "effect": "rate-limited", "reset": 100})
    refused = {"match": {"call": listed, "nth": answered + 2}, "effect": "rate-limited", "reset": 20, "times": 10_000}
    box.sandbox.add_fault(refused)


def test_if_a_change_that_is_not_in_the_state_cannot_be_looked_for_the_deployment_is_reported_as_left(
    begin: Open,
) -> None:
    box = begin("shift")
    main = dies(box, WRITE, effect="kill-before")
    whole = json.loads(main.state["deployment"])
    record = json.dumps({**whole, "begun": whole["begun"][:1], "finished": [], "gatePassedBy": ""})
    unlisted(box, answered=2)
    began = box.clock.now()
    after = post(box, main, {"STATE_deployment": record})
    assert (after.code, after.outputs["status"]) == (4, "rollback-incomplete"), after.log
    assert box.clock.now() - began <= LIMIT
    assert "The deployment of web_prod was not rolled back: Could not determine whether" in after.log
    assert "Next: fix the cause; then run this action with the same inputs and operation: rollback" in after.log


def test_a_group_that_may_have_been_created_is_reported_as_left_if_it_cannot_be_looked_for(begin: Open) -> None:
    box = begin("basic")
    main = dies(box, CREATE)
    unlisted(box, answered=0)
    began = box.clock.now()
    after = post(box, main)
    assert (after.code, after.outputs["status"]) == (4, "rollback-incomplete"), after.log
    assert box.clock.now() - began <= LIMIT
    assert "The deployment of web_prod was not rolled back: Could not determine whether web_prod__8" in after.log


def test_an_alarm_that_fires_does_not_keep_the_post_step_from_looking_for_its_group(begin: Open) -> None:
    """The release may be what it fires for."""
    box = begin("basic", alarms=[{"name": "web-5xx", "state": "ALARM"}])
    before = box.picture()
    main = dies(box, CREATE, alarms="web-5xx", allow="firing-alarms")
    after = post(box, main, alarms="web-5xx", allow="firing-alarms")
    assert (after.code, after.outputs["status"], box.picture()) == (0, "rolled-back", before), after.log


@pytest.mark.parametrize("text", ["", "{"])
def test_without_state_and_run_id_a_marker_without_one_is_reported_as_left(begin: Open, text: str) -> None:
    box = begin("blue-green")
    box.sandbox.add_fault({"match": {"call": WRITE}, "effect": "kill"})
    assert box.run(run_id="").code == KILLED
    after = box.run(run_id="", act=main_post, environ={"STATE_deployment": text})
    assert (after.code, after.outputs["status"], after.mutations) == (4, "rollback-incomplete", []), after.log
    assert "a run without GITHUB_RUN_ID is active" in after.log
    assert box.run(run_id="", operation="rollback", allow="take-over").outputs["status"] == "rolled-back"


def test_by_a_state_from_before_the_names_were_changed_they_are_restored(begin: Open) -> None:
    """A cancel has given production its rule back already."""
    box = begin("blue-green")
    before = box.picture()
    main = dies(box, "PUT /aws/ec2/group/{id}", 2)
    box.sandbox.add_fault({"at": 0, "action": "change-rule", "rule": "web-alb:443/10", "forward": "web-blue"})
    box.clock.sleep(5)
    whole = json.loads(main.state["deployment"])
    record = json.dumps({**whole, "begun": whole["begun"][:1], "finished": [], "gatePassedBy": ""})
    after = post(box, main, {"STATE_deployment": record})
    assert (after.code, after.outputs["status"], box.picture()) == (0, "rolled-back", before), after.log


def test_with_a_state_from_before_the_create_no_marker_is_changed_while_another_run_continues(begin: Open) -> None:
    box = begin("basic")
    main = dies(box, "PUT /aws/ec2/group/{id}/capacity", 2)
    box.sandbox.add_fault({"match": {"call": "PUT /aws/ec2/group/{id}"}, "effect": "kill"})
    assert box.run(run_id="4712", operation="continue", allow="take-over").code == KILLED
    whole = json.loads(main.state["deployment"])
    record = json.dumps({**whole, "begun": whole["begun"][:1], "finished": [], "gatePassedBy": "", "new": None})
    after = post(box, main, {"STATE_deployment": record})
    assert (after.code, after.outputs["status"], after.mutations) == (0, "unchanged", []), after.log
    assert "another run is deploying web_prod or continues this deployment" in after.log
