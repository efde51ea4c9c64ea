"""What a scenario can have the clouds be like besides: rolls, suspensions, persistence, draining, controllers."""

import pytest

from spotaction.sandbox import JumpingClock, Sandbox, ScenarioError
from tests.support.sandboxes import JSON, Spot, target_group

GROUPS = "/aws/ec2/group"


def start(scenario: JSON, clock: JumpingClock, **keys: object) -> tuple[Sandbox, Spot, str]:
    """Open a sandbox whose group has these keys besides; return its path too."""
    scenario["elastigroups"][0] |= keys
    box = Sandbox(scenario, clock=clock)
    return box, Spot(box), f"{GROUPS}/{box.state()['groups'][0]['id']}"


def test_a_controller_rewrites_a_rule_again_and_again(sandbox: Sandbox, clock: JumpingClock) -> None:
    owned = {"action": "change-rule", "rule": "web-alb:443/10", "forward": "web-blue"}
    theirs = {"action": "change-rule", "rule": "web-alb:443/10", "forward": "web-green"}
    blue, green = (target_group(sandbox, name) for name in ("web-blue", "web-green"))

    def forward() -> str:
        routes = {route["name"]: route["forward"] for route in sandbox.state()["routes"]}
        return str(routes["web-alb:443/10"][0]["target-group"])

    sandbox.add_fault(owned | {"at": 5, "every": 5, "for": 12})
    clock.sleep(6)
    sandbox.add_fault(theirs | {"at": 7})
    clock.sleep(1)
    assert forward() == green
    clock.sleep(3)
    assert forward() == blue
    clock.sleep(10)
    sandbox.add_fault(theirs | {"at": 21})
    clock.sleep(20)
    assert forward() == green


def test_a_controller_stops_when_the_faults_are_cleared(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    fault = {"action": "scaling-policy", "group": "web", "adjustment": 1, "at": 1, "every": 10}
    sandbox.add_fault(fault)
    clock.sleep(12)
    assert sandbox.state()["groups"][0]["capacity"]["target"] == 5
    assert spot.call("GET", "/sandbox/faults").json() == [fault]
    sandbox.clear_faults()
    clock.sleep(100)
    assert sandbox.state()["groups"][0]["capacity"]["target"] == 5


def test_only_what_a_controller_does_is_done_again(sandbox: Sandbox) -> None:
    with pytest.raises(ScenarioError, match="unhealthy"):
        sandbox.add_fault({"action": "unhealthy", "group": "web", "at": 1, "every": 10})


@pytest.mark.parametrize(("what", "key"), [("status", "in-status"), ("instanceHealthiness", "in-health")])
def test_draining_instances_are_listed_or_not(scenario: JSON, clock: JumpingClock, what: str, key: str) -> None:
    scenario["draining"] = {key: False}
    box, spot, path = start(scenario, clock)
    spot.items("PUT", f"{path}/capacity", {"capacity": {"target": 1}})
    other = {"status", "instanceHealthiness"} - {what}
    assert len(spot.items("GET", f"{path}/{what}")) == 1
    assert len(spot.items("GET", f"{path}/{other.pop()}")) == 3
    assert [one["phase"] for one in box.state()["groups"][0]["instances"]] == ["draining"] * 2 + ["running"]
    box.close()


@pytest.mark.parametrize(("mode", "states"), [("drain", ["draining"] * 3), ("kill", [])])
def test_deleting_a_group_drains_its_instances_or_kills_them(
    scenario: JSON, clock: JumpingClock, mode: str, states: list[str]
) -> None:
    scenario["draining"] = {"on-delete": mode}
    box, spot, path = start(scenario, clock)
    assert spot.call("DELETE", path).status_code == 200
    state = box.state()
    assert [one["phase"] for one in state["groups"][0]["instances"]] == states
    assert [one["state"] for one in state["target-health"][target_group(box, "web-blue")]] == states
    box.close()


def test_a_failed_roll_forbids_updates_until_it_is_stopped(scenario: JSON, clock: JumpingClock) -> None:
    box, spot, path = start(scenario, clock, roll={"status": "failed"})
    rolls = spot.items("GET", f"{path}/roll")
    assert [roll["status"] for roll in rolls] == ["failed"]
    assert spot.error("PUT", path, {"group": {"name": "x"}})[1]["code"] == "CANT_UPDATE_GROUP"
    spot.call("PUT", f"{path}/roll/{rolls[0]['id']}", {"roll": {"status": "STOPPED"}})
    assert spot.items("PUT", path, {"group": {"name": "x"}})[0]["name"] == "x"
    box.close()


def test_a_roll_that_is_open_at_the_start_continues(scenario: JSON, clock: JumpingClock) -> None:
    box, spot, path = start(scenario, clock, roll={"status": "in_progress", "batch-size": 50})
    old = {one["id"] for one in box.state()["groups"][0]["instances"]}
    assert spot.items("GET", f"{path}/roll")[0]["status"] == "in_progress"
    assert spot.error("PUT", path, {"group": {"name": "x"}})[1]["code"] == "CANT_UPDATE_GROUP"
    clock.sleep(600)
    assert spot.items("GET", f"{path}/roll")[0]["status"] == "finished"
    assert not old & {one["id"] for one in box.state()["groups"][0]["instances"]}
    assert box.state()["production"][0]["minimum-so-far"] == 3
    box.close()


def test_an_operators_suspension_ends_at_its_expiry(scenario: JSON, clock: JumpingClock) -> None:
    suspended = ["AUTO_HEALING", {"name": "AUTO_SCALE", "for": 60}, {"name": "SCHEDULING"}]
    box, spot, path = start(scenario, clock, suspended=suspended)
    box.add_fault({"action": "suspend", "group": "web", "processes": ["OUT_OF_STRATEGY"], "at": 30, "for": 60})

    def listed() -> list[tuple[str, str | None]]:
        item = spot.items("GET", f"{path}/suspension")[0]
        return [(one["name"], one["expiresAt"]) for one in item["suspensions"]]

    forever: list[tuple[str, str | None]] = [("AUTO_HEALING", None), ("SCHEDULING", None)]
    assert listed() == [forever[0], ("AUTO_SCALE", "2026-11-24T09:01:00.000+0000"), forever[1]]
    clock.sleep(60)
    assert listed() == [*forever, ("OUT_OF_STRATEGY", "2026-11-24T09:01:30.000+0000")]
    clock.sleep(30)
    assert listed() == forever
    box.close()


def test_a_group_may_be_stateful(scenario: JSON, clock: JumpingClock) -> None:
    persistence = {"shouldPersistRootDevice": True, "shouldPersistPrivateIp": False}
    box, spot, path = start(scenario, clock, config={"strategy": {"persistence": persistence}})
    assert spot.items("GET", path)[0]["strategy"]["persistence"] == persistence
    assert spot.items("PUT", path, {"group": {"name": "x"}})[0]["strategy"]["persistence"] == persistence
    box.close()
