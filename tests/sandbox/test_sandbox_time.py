import time
from typing import Any

import pytest
import requests

from spotaction.sandbox import JumpingClock, RealClock, Sandbox
from tests.support.sandboxes import BAD, JSON, NEW, Aws, Spot, new_group, production, rule, target_group

GROUPS = "/aws/ec2/group"


def states(sandbox: Sandbox, name: str) -> list[str]:
    return [target["state"] for target in sandbox.state()["target-health"][target_group(sandbox, name)]]


def healths(spot: Spot, ident: str) -> list[str]:
    return [one["healthStatus"] for one in spot.items("GET", f"{GROUPS}/{ident}/instanceHealthiness")]


def make(spot: Spot, sandbox: Sandbox, **options: Any) -> str:  # noqa: ANN401 - options of new_group
    name = options.pop("target_group", "web-green")
    return str(spot.items("POST", GROUPS, new_group(target_group(sandbox, name), **options))[0]["id"])


def test_instances_are_requested_then_booted_then_healthy(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    ident = make(spot, sandbox)
    assert [one["status"] for one in spot.items("GET", f"{GROUPS}/{ident}/status")] == ["pending-evaluation"] * 2
    assert healths(spot, ident) == []
    clock.sleep(20)
    assert healths(spot, ident) == ["UNKNOWN"] * 2
    assert states(sandbox, "web-green") == ["initial"] * 2
    clock.sleep(30)
    assert healths(spot, ident) == ["UNKNOWN"] * 2
    assert states(sandbox, "web-green") == ["healthy"] * 2
    clock.sleep(10)
    assert healths(spot, ident) == ["HEALTHY"] * 2


def test_an_image_that_never_boots_is_unknown_then_unhealthy(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    ident = make(spot, sandbox, image=BAD, target=1)
    clock.sleep(20 + 299)
    assert healths(spot, ident) == ["UNKNOWN"]
    assert states(sandbox, "web-green") == ["unhealthy"]
    clock.sleep(1)
    assert healths(spot, ident) == ["UNHEALTHY"]
    clock.sleep(20)
    assert len(healths(spot, ident)) == 2


def test_a_scaled_down_instance_drains_then_goes(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    ident = sandbox.state()["groups"][0]["id"]
    spot.items("PUT", f"{GROUPS}/{ident}/capacity", {"capacity": {"target": 1}})
    assert sorted(states(sandbox, "web-blue")) == ["draining", "draining", "healthy"]
    clock.sleep(60)
    assert states(sandbox, "web-blue") == ["healthy"]
    assert len(healths(spot, ident)) == 3
    clock.sleep(60)
    assert len(healths(spot, ident)) == 1


def test_an_hour_passes_in_milliseconds(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    make(spot, sandbox, image=BAD, target=3)
    began = time.thread_time()
    clock.sleep(3600)
    sandbox.state()
    assert time.thread_time() - began < 1


def test_the_minimum_is_seen_between_two_requests(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    for number in (100, 101):
        sandbox.add_fault({"at": number, "action": "interrupt", "group": "web"})
    clock.sleep(3600)
    view = production(sandbox)
    assert (view["healthy-now"], view["minimum-so-far"], view["minimum-at"]) == (3, 1, 101.0)
    assert spot.items("GET", GROUPS)[0]["capacity"]["target"] == 3


def test_old_and_new_share_a_target_group(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    make(spot, sandbox, target_group="web-blue")
    clock.sleep(60)
    assert production(sandbox)["healthy-now"] == 5
    spot.call("DELETE", f"{GROUPS}/{sandbox.state()['groups'][0]['id']}")
    view = production(sandbox)
    assert (view["healthy-now"], view["minimum-so-far"]) == (2, 2)


def test_a_weighted_share_without_healthy_targets_is_reported(sandbox: Sandbox, clock: JumpingClock) -> None:
    forward = [{"target-group": "web-blue", "weight": 95}, {"target-group": "web-green", "weight": 5}]
    clock.sleep(7)
    sandbox.add_fault({"at": 10, "action": "change-rule", "rule": "web-alb:443/default", "forward": forward})
    clock.sleep(60)
    view = production(sandbox)
    assert view["rule"] == rule(sandbox, "web-alb:443/default")
    assert view["minimum-so-far"] == 3
    assert view["worst-share"] == {"healthy": 0, "target-group": target_group(sandbox, "web-green"), "at": 10.0}


def test_a_production_rule_that_is_deleted_serves_nobody(scenario: JSON, clock: JumpingClock) -> None:
    box = Sandbox(scenario | {"production": ["web-alb:443/10"]}, clock=clock)
    Aws(box).elb.delete_rule(RuleArn=rule(box, "web-alb:443/10"))
    view = production(box)
    assert (view["name"], view["healthy-now"], view["minimum-so-far"]) == (None, 0, 0)
    box.close()


def test_rules_with_targets_are_production_when_none_are_named(scenario: JSON, clock: JumpingClock) -> None:
    del scenario["production"]
    box = Sandbox(scenario, clock=clock)
    assert [view["name"] for view in box.state()["production"]] == ["web-alb:443/10", "web-alb:443/default"]
    box.close()


def test_equal_seeds_bring_equal_timelines(scenario: JSON) -> None:
    scenario |= {"account": "111122223333"}
    scenario["timings"] = {"fulfil": {"seconds": 30, "spread": 20}, "spot-healthy": {"seconds": 60, "spread": 30}}
    histories = []
    for _ in range(2):
        clock = JumpingClock()
        box = Sandbox(scenario, clock=clock)
        ident, history = make(Spot(box), box, target=3), []
        for _ in range(12):
            clock.sleep(10)
            history.append(box.state())
        histories.append((ident, history))
        box.close()
    assert histories[0] == histories[1]


def test_two_sandboxes_do_not_share_an_account(scenario: JSON) -> None:
    first, second = Sandbox(scenario), Sandbox(scenario)
    assert first.aws_account_id != second.aws_account_id
    fixed = scenario | {"account": first.aws_account_id}
    with pytest.raises(ValueError, match="Another sandbox in this process"):
        Sandbox(fixed)
    first.close()
    Sandbox(fixed).close()
    second.close()


def test_every_call_takes_its_latency(scenario: JSON, clock: JumpingClock) -> None:
    box = Sandbox(scenario | {"latency": 0.5}, clock=clock)
    spot = Spot(box)
    for _ in range(4):
        spot.call("GET", GROUPS)
    assert [call["time"] for call in box.calls()] == [0.5, 1.0, 1.5, 2.0]
    box.close()


def test_a_group_overrides_the_timings_by_name(scenario: JSON, clock: JumpingClock) -> None:
    scenario["behaviours"] += [{"group": "quick__*", "fulfil": 1, "spot-healthy": 1, "target-healthy": 1}]
    box = Sandbox(scenario, clock=clock)
    spot = Spot(box)
    quick = make(spot, box, name="quick__1")
    clock.sleep(2)
    assert healths(spot, quick) == ["HEALTHY"] * 2
    box.close()


def test_an_image_may_fail_in_the_target_group_only(scenario: JSON, clock: JumpingClock) -> None:
    scenario["behaviours"] = [{"image": NEW, "target": "never"}]
    box = Sandbox(scenario, clock=clock)
    spot = Spot(box)
    ident = make(spot, box)
    clock.sleep(200)
    assert (healths(spot, ident), states(box, "web-green")) == (["UNKNOWN"] * 2, ["unhealthy"] * 2)
    box.close()


def test_an_image_may_flap(scenario: JSON, clock: JumpingClock) -> None:
    scenario["behaviours"] = [{"image": NEW, "target": "flaps", "period": 10}]
    box = Sandbox(scenario, clock=clock)
    make(Spot(box), box, target=1)
    clock.sleep(50)
    seen = []
    for _ in range(4):
        seen += states(box, "web-green")
        clock.sleep(10)
    assert seen == ["healthy", "unhealthy", "healthy", "unhealthy"]
    box.close()


def test_a_group_without_a_health_check_reports_the_health_of_the_scenario(scenario: JSON, clock: JumpingClock) -> None:
    scenario |= {"without-health-check": "INSUFFICIENT_DATA"}
    scenario["elastigroups"][0]["health-check"] = None
    box = Sandbox(scenario, clock=clock)
    assert healths(Spot(box), box.state()["groups"][0]["id"]) == ["INSUFFICIENT_DATA"] * 3
    box.close()


def test_a_real_clock_runs_at_its_speed() -> None:
    clock = RealClock(speed=1000)
    before = clock.now()
    clock.sleep(10)
    assert 10 <= clock.now() - before < 1000
    with pytest.raises(ValueError, match="must be greater than zero, not 0"):
        RealClock(speed=0)


def test_an_answer_over_the_network_bears_the_sandboxs_date_and_no_other(scenario: JSON, clock: JumpingClock) -> None:
    with Sandbox(scenario, clock=clock) as sandbox:
        for url in (sandbox.spot_url, sandbox.aws_url):
            answer = requests.get(url, timeout=10)
            assert answer.headers["Date"] == "Tue, 24 Nov 2026 09:00:00 GMT"
