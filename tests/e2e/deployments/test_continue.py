"""Stopped after a step, and gone on with by another process: with the record or without, of this run or another."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.action import JSON, OLD, QUICK, Stand, stand

STRATEGIES: Mapping[str, tuple[str, Mapping[str, str], tuple[str, ...]]] = {
    "basic": ("basic", {}, ("setup",)),
    "canary": ("canary", {"canary": "34%, 67%"}, ("setup", "canary-deploy-1", "canary-deploy-2")),
    "swap": ("blue-green", {"downsize-old": "after 0s"}, ("stage-setup", "swap-route")),
    "shift": (
        "shift",
        {"downsize-old": "after 0s", "traffic-weights": "10, 50, 100"},
        ("stage-setup", "shift-10", "shift-50", "shift-100"),
    ),
}


def with_another(name: str) -> JSON:
    """The scenario with a group of another app beside production's."""
    production = {
        "name": "web_prod",
        "image": OLD,
        "capacity": {"minimum": 2, "target": 3, "maximum": 6},
        "target-groups": ["web-blue"],
        "created": "2026-11-16T10:00:00Z",
    }
    return {**QUICK, "elastigroups": [production, {"name": name, "image": OLD, "capacity": 0}]}


def other_run(number: int, mode: str) -> str:
    return "4711" if mode == "same-run" else str(4711 + number)


MODES = list(itertools.product(["same-run", "another-run"], ["with-record", "with-nothing"]))


@pytest.mark.sampled
@pytest.mark.parametrize(("run", "passed"), MODES, ids=str)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_it_continues_from_every_boundary(tmp_path: Path, strategy: str, run: str, passed: str) -> None:
    scenario, inputs, boundaries = STRATEGIES[strategy]
    with stand(scenario, tmp_path, QUICK) as box:
        assert box.run(inputs).outputs["status"] == "deployed"
        wanted = box.outcome()
    with stand(scenario, tmp_path, QUICK) as box:
        result = box.run(inputs, until=boundaries[0])
        for number, until in enumerate([*boundaries[1:], ""], start=1):
            assert result.outputs["status"] == "stopped", result.log
            assert result.code == 0
            record = result.outputs["deployment"] if passed == "with-record" else ""
            operation = {"operation": "continue", "deployment": record, "until": until}
            result = box.run({**inputs, **operation}, run_id=other_run(number, run), attempt=str(number))

        assert result.outputs["status"] == "deployed", result.log
        assert box.outcome() == wanted


@pytest.mark.sampled
@pytest.mark.parametrize(("run", "passed"), MODES, ids=str)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_it_can_be_rolled_back_from_every_boundary(tmp_path: Path, strategy: str, run: str, passed: str) -> None:
    scenario, inputs, boundaries = STRATEGIES[strategy]
    with stand(scenario, tmp_path, QUICK) as box:
        before = box.picture()
        for number, until in enumerate(boundaries, start=1):
            stopped = box.run(inputs, until=until)
            assert stopped.outputs["status"] == "stopped", stopped.log
            record = stopped.outputs["deployment"] if passed == "with-record" else ""
            back = box.run(inputs, operation="rollback", deployment=record, run_id=other_run(number, run))

            assert back.outputs["status"] == "rolled-back", back.log
            assert box.picture() == before, until


def test_a_step_that_does_not_exist_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        result = box.run(until="shift-20")

        assert result.code == 2
        assert "shift-10" in result.log
        assert result.mutations == []


def test_continue_after_the_end_says_that_it_is_finished(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        box.run()
        again = box.run(operation="continue", attempt="2")

        assert (again.code, again.outputs["status"], again.mutations) == (0, "deployed", [])
        assert "::warning" not in again.log


def test_continue_after_the_end_warns_when_what_serves_is_not_healthy_any_more(tmp_path: Path) -> None:
    because = "a person takes two targets from production after the deployment"
    with stand("blue-green", tmp_path, QUICK, lowest=1, because=because) as box:
        done = box.run()
        box.sandbox.add_fault({"action": "deregister", "group": done.outputs["elastigroup-id"], "count": 2, "at": 1})
        box.clock.sleep(600.0)
        again = box.run(operation="continue", attempt="2")

        assert (again.code, again.outputs["status"], again.mutations) == (0, "deployed", [])
        group = done.outputs["elastigroup-id"]
        assert f"::warning::web_prod ({group}) serves, but it is not steady: 1 of 3 healthy, " in again.log


def test_continue_does_not_take_what_another_run_finished_for_its_own(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        box.run()
        other = box.run(operation="continue", run_id="4712")

        assert (other.code, other.outputs["status"], other.mutations) == (3, "refused", [])
        assert "No deployment of web_prod is open." in other.log


def test_continue_is_refused_once_another_deployment_has_replaced_the_same_group(tmp_path: Path) -> None:
    """Somebody edits the marker of the first away, so that a second one passes; then it comes back."""
    with stand("basic", tmp_path, QUICK) as box:
        stopped = box.run(until="setup")
        description = box.groups()["web_prod__8"]["description"]
        describe(box, "web_prod__8", "tidied up")
        assert box.run(run_id="4712").outputs["status"] == "deployed"
        describe(box, "web_prod__8", description)
        before = box.picture()
        result = box.run(operation="continue", deployment=stopped.outputs["deployment"])

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        assert "was deployed instead of web_prod__8" in result.log
        assert box.picture() == before


def describe(box: Stand, group: str, text: str) -> None:
    box.sandbox.add_fault({"at": 0, "action": "change-group", "group": group, "changes": {"description": text}})


def test_an_old_group_whose_marker_cannot_be_read_is_not_scaled_down_even_by_a_take_over(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        stopped = box.run(until="stage-setup")
        describe(box, "web_prod", "The web shop [spotaction v=0 run=17 state=done]")
        given = {"deployment": stopped.outputs["deployment"], "allow": "take-over"}
        result = box.run(given, operation="continue", run_id="4712")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        assert "The marker of web_prod (" in result.log


@pytest.mark.parametrize(("allow", "status"), [("", "refused"), ("firing-alarms", "deployed")])
def test_an_alarm_that_fires_before_continue_changes_anything_is_refused_or_not_watched(
    tmp_path: Path, allow: str, status: str
) -> None:
    with stand("canary", tmp_path, {**QUICK, "alarms": [{"name": "web-5xx"}]}) as box:
        box.run(alarms="web-5xx", until="canary-deploy-1")
        box.sandbox.add_fault({"at": 0, "action": "alarm", "name": "web-5xx", "state": "ALARM"})
        before = box.picture()
        result = box.run(operation="continue", alarms="web-5xx", allow=allow)

        assert result.outputs["status"] == status, result.log
        assert (box.picture() == before) == (status == "refused")
        assert "Alarms in ALARM" in result.log


def test_continue_of_nothing_is_refused(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        result = box.run(operation="continue")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert "operation: deploy" in result.outputs["summary-markdown"]


def test_continue_with_other_inputs_is_refused(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        box.run(until="stage-setup")
        result = box.run(operation="continue", instances="min=1,max=4,desired=2")

        assert result.outputs["status"] == "refused"
        assert "differ from those that web_prod__STAGE__Harness" in result.log
        assert result.mutations == []


def test_a_record_that_died_before_its_create_starts_from_the_beginning(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        box.sandbox.add_fault({"match": {"call": "POST /aws/ec2/group"}, "effect": "kill-before"})
        dead = box.run()
        result = box.run(operation="continue", attempt="2", deployment=dead.state["deployment"])

        assert result.outputs["status"] == "deployed", result.log
        assert len(box.groups()) == 2


def test_a_record_of_another_app_is_refused(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        record = {**box.run(until="stage-setup").record, "app": "shop_prod"}
        for operation in ("continue", "rollback"):
            result = box.run(operation=operation, deployment=json.dumps(record))

            assert result.outputs["status"] == "refused"
            assert "belongs to shop_prod, not to web_prod" in result.log
            assert result.mutations == []


@pytest.mark.parametrize("limit", [0, 60])
@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_where_the_marker_is_truncated_the_record_serves_continue_but_not_rollback(
    tmp_path: Path, operation: str, limit: int
) -> None:
    with stand("blue-green", tmp_path, {**QUICK, "description-limit": limit}) as box:
        stopped = box.run(until="swap-route")
        assert "did not return the marker in the group's description" in stopped.log

        nothing = box.run(operation="continue", run_id="4712")
        assert nothing.outputs["status"] == "refused"
        assert nothing.mutations == []

        stood = box.picture()
        result = box.run(operation=operation, run_id="4712", deployment=stopped.outputs["deployment"])
        if operation == "rollback":  # which would delete a group that does not say itself that this action made it
            assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
            assert box.picture() == stood
        else:
            assert result.code == 0, result.log
            assert "has no marker; using the input deployment instead" in result.log
            assert box.capacities() == {"web_prod": "2/3/6", "web_prod__STAGE__Harness": "0/0/0"}


@pytest.mark.parametrize("operation", ["deploy", "plan", "continue", "rollback"])
@pytest.mark.parametrize("allow", ["", "take-over"])
def test_a_marker_that_cannot_be_read_is_refused_with_the_way_out(tmp_path: Path, operation: str, allow: str) -> None:
    old = {
        "name": "web_prod",
        "image": "ami-0aaaaaaaaaaaaaaa1",
        "capacity": {"minimum": 2, "target": 3, "maximum": 6},
        "target-groups": ["web-blue"],
        "description": "The web shop [spotaction v=0 run=17 state=done]",
    }
    with stand("blue-green", tmp_path, {**QUICK, "elastigroups": [old]}) as box:
        result = box.run(operation=operation, allow=allow)

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert "The marker of web_prod (" in result.log
        assert "cannot be read" in result.log
        assert "remove the text [spotaction … from the group's description" in result.log


def test_a_marker_with_less_than_the_lock_needs_is_refused_by_a_second_run(tmp_path: Path) -> None:
    """Spot cuts the mark of the first run: the second one must not go ahead, nor a rollback to the wrong group."""
    with stand("blue-green", tmp_path, {**QUICK, "description-limit": 40}) as box:
        box.run(run_id="4999", until="stage-setup")
        before = box.picture()
        results = [
            box.run(operation=operation, allow="take-over, redeploy")
            for operation in ("deploy", "continue", "rollback")
        ]

        assert [result.outputs["status"] for result in results] == ["refused"] * 3
        assert [result.mutations for result in results] == [[]] * 3
        assert box.picture() == before


def test_the_users_own_description_is_kept(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        box.run(until="stage-setup")
        box.run(operation="continue")

        assert box.groups()["web_prod"]["description"].endswith("] The web shop")
        assert box.groups()["web_prod"]["description"].count("[spotaction") == 1


def test_two_groups_of_the_stage_name_are_distinguished_by_the_marker(tmp_path: Path) -> None:
    """Somebody made another group of our name: continue goes on with ours and clears the stage of the other."""
    with stand("blue-green", tmp_path, with_another("shop")) as box:
        stopped = box.run(until="stage-setup")
        ours = stopped.outputs["elastigroup-id"]
        rename = {"action": "change-group", "group": "shop", "changes": {"name": "web_prod__STAGE__Harness"}}
        box.sandbox.add_fault({"at": 0, **rename})
        assert [group["name"] for group in box.alive()].count("web_prod__STAGE__Harness") == 2
        result = box.run(operation="continue", run_id="4712")

        assert result.outputs["status"] == "deployed", result.log
        assert box.groups()["web_prod"]["id"] == ours


def test_names_that_were_swapped_half_way_do_not_lead_astray(tmp_path: Path) -> None:
    """Killed between two renames: two groups bear the app's name, and only the mark tells which is new."""
    for operation in ("continue", "rollback"):
        with stand("blue-green", tmp_path, QUICK) as box:
            before = box.picture()
            box.sandbox.add_fault({"match": {"call": "PUT /aws/ec2/group/{id}", "nth": 2}, "effect": "kill-before"})
            box.run()
            assert [group["name"] for group in box.alive()] == ["web_prod", "web_prod"]

            refused = box.run(run_id="4712")
            assert refused.outputs["status"] == "refused"

            box.run(operation=operation, attempt="2")
            if operation == "rollback":
                assert box.picture() == before
            else:
                assert box.capacities() == {"web_prod": "2/3/6", "web_prod__STAGE__Harness": "0/0/0"}
