"""Once the release serves, a look that fails takes nothing back: it is said, and the deployment is done."""

from pathlib import Path

import pytest

from tests.support.action import QUICK, Result, stand

EXPIRED = {"effect": "status", "status": 403, "code": "ExpiredToken", "message": "The security token is expired"}


def index_of_last(result: Result, call: str) -> int:
    return max(number for number, each in enumerate(result.calls) if each["call"] == call)


@pytest.mark.parametrize("strategy", ["blue-green", "shift"])
def test_a_token_that_expires_at_the_last_look_at_the_rules_is_a_warning(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        last = index_of_last(box.run(), "DescribeRules")
    with stand(strategy, tmp_path, QUICK) as box:
        box.sandbox.add_fault({"match": {"service": "aws", "index": last}, **EXPIRED, "times": 99})
        result = box.run()

        assert (result.code, result.outputs["status"]) == (0, "deployed"), result.log
        assert "Could not check that production's rules are still as written" in result.log
        assert box.capacities() == {"web_prod": "2/3/6", "web_prod__STAGE__Harness": "0/0/0"}


def test_a_token_that_is_refused_when_the_instances_are_listed_for_the_outputs_is_no_error(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        call = {"call": "GET /aws/ec2/group/{id}/instanceHealthiness"}
        box.sandbox.add_fault({"match": call, "effect": "status", "status": 401, "times": 9})
        result = box.run(operation="continue")

        assert (result.code, result.outputs["status"]) == (0, "deployed"), result.log
        assert "::error" not in result.log


def test_older_versions_go_only_after_the_last_look(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        done = next(each["time"] for each in box.run(keep_old="0").calls if each["method"] == "DELETE")
    with stand("basic", tmp_path, QUICK, lowest=0, because="all that serves fails at once") as box:
        before = box.outcome()
        box.sandbox.add_fault({"at": done - 1, "action": "unhealthy", "group": "web_prod__8", "side": "spot"})
        result = box.run(keep_old="0")

        assert (result.code, result.outputs["status"]) == (1, "rolled-back"), result.log
        assert result.record["reason"].startswith("final check: web_prod__8 in production: 0 of 3 healthy")
        assert box.outcome() == before
