"""What Spot says of an instance's health where target groups decide, and what it does about it."""

import pytest

from spotaction.sandbox import JumpingClock, Sandbox
from tests.support.sandboxes import JSON, NEW, Spot, new_group, target_group

GROUPS = "/aws/ec2/group"


def healths(spot: Spot, path: str) -> list[str]:
    return [one["healthStatus"] for one in spot.items("GET", f"{path}/instanceHealthiness")]


def members(sandbox: Sandbox, number: int = 0) -> list[str]:
    return [one["id"] for one in sandbox.state()["groups"][number]["instances"]]


def old_path(sandbox: Sandbox) -> str:
    return f"{GROUPS}/{sandbox.state()['groups'][0]['id']}"


def make(spot: Spot, sandbox: Sandbox, **launch: object) -> str:
    """Create a group of one in the target group web-green and return its path."""
    body = new_group(target_group(sandbox, "web-green"), target=1)
    body["group"]["compute"]["launchSpecification"] |= launch
    return f"{GROUPS}/{spot.items('POST', GROUPS, body)[0]['id']}"


def test_an_instance_is_healthy_once_its_target_is(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    path = make(spot, sandbox)  # it runs after 20 s, its target is healthy 30 s later, Spot would say so 40 s later
    clock.sleep(59)
    assert healths(spot, path) == ["UNKNOWN"]
    clock.sleep(1)
    assert healths(spot, path) == ["HEALTHY"]


def test_an_instance_is_not_healthy_while_its_target_is_being_checked(scenario: JSON, clock: JumpingClock) -> None:
    scenario["behaviours"] = [{"image": NEW, "target-healthy": 100}]
    box = Sandbox(scenario, clock=clock)
    spot = Spot(box)
    path = make(spot, box)
    clock.sleep(119)
    assert healths(spot, path) == ["UNKNOWN"]
    clock.sleep(1)
    assert healths(spot, path) == ["HEALTHY"]
    box.close()


def test_an_instance_that_falls_ill_in_a_target_group_is_replaced(
    spot: Spot, sandbox: Sandbox, clock: JumpingClock
) -> None:
    old = members(sandbox)
    sandbox.add_fault({"at": 10, "action": "unhealthy", "group": "web", "side": "target", "count": 1})
    clock.sleep(10)
    assert healths(spot, old_path(sandbox)) == ["UNHEALTHY", "HEALTHY", "HEALTHY"]
    clock.sleep(400)
    assert healths(spot, old_path(sandbox)) == ["HEALTHY"] * 3
    assert members(sandbox)[:2] == old[1:]


def test_an_instance_that_never_passes_is_replaced_after_the_grace_period(scenario: JSON, clock: JumpingClock) -> None:
    scenario["behaviours"] = [{"image": NEW, "target": "never"}]
    box = Sandbox(scenario, clock=clock)
    spot = Spot(box)
    path = make(spot, box, healthCheckGracePeriod=200)
    clock.sleep(219)
    assert (healths(spot, path), len(members(box, 1))) == (["UNKNOWN"], 1)
    clock.sleep(1)
    assert (healths(spot, path), len(members(box, 1))) == (["UNHEALTHY"], 2)
    box.close()


def test_nothing_is_replaced_within_the_grace_period(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    path = make(spot, sandbox, healthCheckGracePeriod=200)
    sandbox.add_fault({"at": 100, "action": "unhealthy", "group": "web__2", "side": "target"})
    clock.sleep(100)
    assert (healths(spot, path), len(members(sandbox, 1))) == (["UNHEALTHY"], 1)
    clock.sleep(119)
    assert len(members(sandbox, 1)) == 1
    clock.sleep(1)
    assert len(members(sandbox, 1)) == 2


def test_who_recovers_in_time_stays(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    path = make(spot, sandbox, healthCheckUnhealthyDurationBeforeReplacement=120)
    sandbox.add_fault({"at": 500, "action": "unhealthy", "group": "web__2", "side": "target", "for": 119})
    clock.sleep(500)
    assert healths(spot, path) == ["UNHEALTHY"]
    clock.sleep(500)
    assert (healths(spot, path), len(members(sandbox, 1))) == (["HEALTHY"], 1)


def test_healing_that_is_suspended_replaces_nothing(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    old = members(sandbox)
    spot.items("POST", f"{old_path(sandbox)}/suspension", {"processes": ["AUTO_HEALING"]})
    sandbox.add_fault({"at": 10, "action": "unhealthy", "group": "web", "side": "target"})
    clock.sleep(1000)
    assert (healths(spot, old_path(sandbox)), members(sandbox)) == (["UNHEALTHY"] * 3, old)


@pytest.mark.parametrize("check", ["EC2", "ELB", None])
def test_other_checks_do_not_ask_target_groups(scenario: JSON, clock: JumpingClock, check: str | None) -> None:
    scenario["elastigroups"][0]["health-check"] = check
    box = Sandbox(scenario, clock=clock)
    old = members(box)
    box.add_fault({"at": 10, "action": "unhealthy", "group": "web", "side": "target"})
    clock.sleep(1000)
    assert (healths(Spot(box), old_path(box)), members(box)) == (["HEALTHY"] * 3, old)
    box.close()
