"""What the summary says of routes is how they were before the deployment, and how they are at its end."""

from pathlib import Path

import pytest

from spotaction.cloud.clock import Cancellation
from tests.support.action import QUICK, Result, Stand, stand

PRODUCTION = "web-alb:443 rule c1c1c1c1c1c1c1c1"


def told(result: Result) -> dict[str, tuple[str, str]]:
    """Before and now of each route in the summary, by its name."""
    table = result.summary.partition("| Route |")[2].partition("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {where: (before, now) for where, before, now in rows}


def production(box: Stand) -> str:
    shares = box.forwards["web-alb:443/10"]
    return " + ".join(f"{name} {weight / sum(shares.values()):.0%}" for name, weight in shares.items())


def test_a_rule_that_somebody_else_restored_is_reported_as_the_rollback_read_it(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK, lowest=0, because="somebody else moves production's rule") as box:
        box.sandbox.add_fault({"at": 110, "action": "change-rule", "rule": "web-alb:443/10", "forward": "web-blue"})
        result = box.run()

        assert result.outputs["status"] == "rolled-back", result.log
        assert told(result)[PRODUCTION] == ("web-blue 100%", "web-blue 100%") == (production(box),) * 2


def test_a_cancel_inside_the_write_is_reported_from_the_state_before_the_deployment(tmp_path: Path) -> None:
    interrupt = Cancellation()
    with stand("blue-green", tmp_path, QUICK, on_kill=lambda: interrupt.request_cancel("SIGTERM")) as box:
        box.sandbox.add_fault({"match": {"call": "ModifyRule"}, "effect": "kill"})
        result = box.run(interrupt=interrupt)

        assert result.outputs["status"] == "cancelled", result.log
        assert told(result)[PRODUCTION] == ("web-blue 100%", production(box))


@pytest.mark.parametrize("strategy", ["blue-green", "shift"])
def test_a_later_rollback_reports_what_the_deployment_changed(tmp_path: Path, strategy: str) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        before = production(box)
        deployed = box.run()
        assert told(deployed)[PRODUCTION] == (before, production(box))
        back = box.run(operation="rollback", run_id="4712")
        assert told(back)[PRODUCTION] == (before, production(box)) == (before, before)
