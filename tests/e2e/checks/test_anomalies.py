"""Checks of the kind `anomalies` in whole deployments: ELB's detection is the sandbox's."""

from pathlib import Path

import pytest

from tests.support.action import QUICK, stand

_NEW = "web_prod__8"
_CHECKS = "- {name: odd-ones-out, during: 'canary-deploy-*', anomalies: {looks: 3}}"
_CANARY = {"canary": "34% for 5m, 67%"}
_ONE_OF_ONE = "1 of 1 new target is anomalous"


def test_new_targets_that_stand_out_in_a_bake_are_rolled_back(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        before = box.picture()
        box.sandbox.add_fault({"at": 60, "action": "anomalous", "group": _NEW})
        result = box.run(_CANARY, checks=_CHECKS)
        assert (result.outputs["status"], box.picture()) == ("rolled-back", before), result.log
    verdict = next(line for line in result.log.splitlines() if "check odd-ones-out: failed" in line)
    assert f"{_ONE_OF_ONE} (" in verdict
    assert verdict.endswith("and no old one is; look 3 of 3")


@pytest.mark.parametrize("strategy", ["basic", "canary"])
def test_a_good_release_passes(tmp_path: Path, strategy: str) -> None:
    checks = "- {name: odd-ones-out, during: '*deploy*', anomalies: {}}"
    with stand(strategy, tmp_path, QUICK) as box:
        result = box.run(checks=checks, bake_time="5m")
    assert result.outputs["status"] == "deployed", result.log
    assert "0 of 3 new targets are anomalous" in result.log


def test_one_bad_look_is_no_verdict(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        box.sandbox.add_fault({"at": 60, "action": "anomalous", "group": _NEW, "for": 15})
        result = box.run(_CANARY, checks=_CHECKS)
    assert result.outputs["status"] == "deployed", result.log
    assert f"{_ONE_OF_ONE} (" in result.log
    assert "look 1 of 3" in result.log


def test_a_trouble_that_old_targets_share_does_not_roll_back(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        box.sandbox.add_fault({"at": 60, "action": "anomalous", "group": "*"})
        result = box.run(_CANARY, checks=_CHECKS)
    assert result.outputs["status"] == "deployed", result.log
    shared = f"it had passed; the last measurement: {_ONE_OF_ONE}, but so are 3 of 3 old ones"
    assert shared in result.log
    assert shared in result.summary


def test_a_run_that_continues_at_the_check_knows_which_targets_are_new(tmp_path: Path) -> None:
    checks = "- {name: odd-ones-out, after: canary-deploy-1, anomalies: {}}"
    with stand("canary", tmp_path, QUICK) as box:
        stopped = box.run(checks=checks, until="canary-deploy-1")
        result = box.run(checks=checks, operation="continue", deployment=stopped.outputs["deployment"])
    assert (stopped.outputs["status"], result.outputs["status"]) == ("stopped", "deployed"), result.log
    assert "0 of 1 new target is anomalous" in result.log
