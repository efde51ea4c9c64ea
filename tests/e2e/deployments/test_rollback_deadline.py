"""A rollback has a deadline of its own, whatever the clouds answer; then it says what is left, and how to finish it."""

from pathlib import Path

import pytest

from tests.support.action import JSON, QUICK, stand

BACK = {"operation": "rollback"}
CAPACITY = "PUT /aws/ec2/group/{id}/capacity"
LIMIT = 2 * 20 * 60 + 600  # twice steady-state-timeout, and ten minutes
LAST_WORDS = 120  # to write the mark, and to look at how things stand
STORMS: dict[str, JSON] = {
    "refused": {"effect": "rate-limited"},
    "broken": {"effect": "status", "status": 503},
}


@pytest.mark.parametrize("storm", STORMS)
@pytest.mark.parametrize("timeout", ["", "15m"])
def test_a_rollback_that_spot_refuses_without_end_comes_to_its_end(tmp_path: Path, timeout: str, storm: str) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        endless = {"match": {"call": "PUT*"}, "times": 100_000, **STORMS[storm]}
        box.sandbox.add_fault(endless)
        began = box.clock.now()
        result = box.run(BACK, timeout=timeout, run_id="4712")
        took = box.clock.now() - began

        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete"), result.log
        assert took <= LIMIT + LAST_WORDS
        old = result.record["snapshot"]["old"]["id"]
        assert f"https://console.spotinst.com/#/aws/ec2/elastigroup/view/{old}" in result.summary
        assert box.capacities()["web_prod__8"] == "2/3/6"  # it serves, so it stays


def test_production_goes_back_first_where_spot_refuses_everything_after_the_list(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        before = box.rules()
        deployed = box.run(downsize_old="never")
        record = deployed.outputs["deployment"]
        index = len(box.sandbox.calls()) + 2
        box.sandbox.add_fault(
            {"match": {"service": "spot", "index": index}, "times": 100_000, "effect": "rate-limited"}
        )
        began = box.clock.now()
        result = box.run(BACK, deployment=record, run_id="4712")
        took = box.clock.now() - began

        assert (result.code, result.outputs["status"]) == (4, "rollback-incomplete"), result.log
        assert box.forwards["web-alb:443/10"] == {"web-blue": 1}
        assert before["web-alb:443/10"] == box.rules()["web-alb:443/10"]
        assert took <= LIMIT + LAST_WORDS
