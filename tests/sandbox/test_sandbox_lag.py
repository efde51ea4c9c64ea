import pytest

from spotaction.sandbox import JumpingClock, Sandbox, ScenarioError
from tests.support.sandboxes import JSON, NEW, Aws, Spot, new_group, rule, target_group

GROUPS = "/aws/ec2/group"


@pytest.fixture
def scenario(scenario: JSON) -> JSON:
    return scenario | {
        "lag": {"spot-get": 4, "spot-list": 10, "created-in-list": 30, "elb-rules": 2, "target-health": 5}
    }


def name_by_id(spot: Spot, ident: str) -> str:
    return str(spot.items("GET", f"{GROUPS}/{ident}")[0]["name"])


def names_in_list(spot: Spot) -> list[str]:
    return [group["name"] for group in spot.items("GET", GROUPS)]


def rename(spot: Spot, ident: str, name: str) -> None:
    assert spot.items("PUT", f"{GROUPS}/{ident}", {"group": {"name": name}})[0]["name"] == name


def the_id(sandbox: Sandbox) -> str:
    return str(sandbox.state()["groups"][0]["id"])


def forwards_to(aws: Aws, arn: str) -> str:
    return aws.elb.describe_rules(RuleArns=[arn])["Rules"][0]["Actions"][0]["TargetGroupArn"].split("/")[1]


def test_a_group_is_read_as_it_was_some_seconds_ago(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    ident = the_id(sandbox)
    clock.sleep(60)
    rename(spot, ident, "green")
    clock.sleep(3)
    assert (name_by_id(spot, ident), names_in_list(spot)) == ("web", ["web"])
    clock.sleep(1)
    assert (name_by_id(spot, ident), names_in_list(spot)) == ("green", ["web"])
    clock.sleep(6)
    assert (name_by_id(spot, ident), names_in_list(spot)) == ("green", ["green"])


def test_what_the_sandbox_shows_of_itself_is_never_late(spot: Spot, sandbox: Sandbox) -> None:
    rename(spot, the_id(sandbox), "green")
    assert names_in_list(spot) == ["web"]
    assert sandbox.state()["groups"][0]["name"] == "green"
    assert spot.call("GET", "/sandbox/state").json()["groups"][0]["name"] == "green"


def test_a_write_acts_on_the_truth(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    ident = the_id(sandbox)
    rename(spot, ident, "green")
    assert name_by_id(spot, ident) == "web"
    spot.items("PUT", f"{GROUPS}/{ident}", {"group": {"capacity": {"target": 5}}})
    clock.sleep(10)
    group = spot.items("GET", f"{GROUPS}/{ident}")[0]
    assert (group["name"], group["capacity"]["target"]) == ("green", 5)


def test_instances_and_their_health_are_read_late(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    path = f"{GROUPS}/{the_id(sandbox)}"
    clock.sleep(10)
    spot.items("PUT", path, {"group": {"capacity": {"target": 1}}})
    assert len(sandbox.state()["groups"][0]["instances"]) == 3
    clock.sleep(121)  # the strategy's draining timeout is over
    assert len(sandbox.state()["groups"][0]["instances"]) == 1
    assert [len(spot.items("GET", f"{path}/{what}")) for what in ("status", "instanceHealthiness")] == [3, 3]
    clock.sleep(4)
    assert [len(spot.items("GET", f"{path}/{what}")) for what in ("status", "instanceHealthiness")] == [1, 1]


def test_a_created_group_is_known_by_its_id_at_once_and_listed_late(spot: Spot, clock: JumpingClock) -> None:
    clock.sleep(7)
    ident = spot.items("POST", GROUPS, new_group())[0]["id"]
    assert name_by_id(spot, ident) == "web__2"
    assert len(spot.items("GET", f"{GROUPS}/{ident}/status")) == 2
    rename(spot, ident, "green")
    clock.sleep(29)
    assert (names_in_list(spot), name_by_id(spot, ident)) == (["web"], "green")
    clock.sleep(1)
    assert names_in_list(spot) == ["web", "green"]


def test_a_deleted_group_is_still_read_for_a_while(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    ident = the_id(sandbox)
    spot.call("DELETE", f"{GROUPS}/{ident}")
    clock.sleep(3)
    assert name_by_id(spot, ident) == "web"
    assert spot.error("PUT", f"{GROUPS}/{ident}", {"group": {"name": "x"}})[1]["code"] == "GROUP_DOESNT_EXIST"
    clock.sleep(1)
    assert spot.error("GET", f"{GROUPS}/{ident}")[1]["code"] == "GROUP_DOESNT_EXIST"
    assert names_in_list(spot) == ["web"]


def test_rules_are_read_late(aws: Aws, sandbox: Sandbox, clock: JumpingClock) -> None:
    arn, green = rule(sandbox, "web-alb:443/10"), target_group(sandbox, "web-green")
    balancer = aws.elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    listener = aws.elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]["ListenerArn"]

    def default() -> str:
        actions = aws.elb.describe_listeners(ListenerArns=[listener])["Listeners"][0]["DefaultActions"]
        return actions[0]["TargetGroupArn"].split("/")[1]

    clock.sleep(5)
    aws.elb.modify_rule(RuleArn=arn, Actions=[{"Type": "forward", "TargetGroupArn": green}])
    aws.elb.modify_listener(ListenerArn=listener, DefaultActions=[{"Type": "forward", "TargetGroupArn": green}])
    assert [route["forward"][0]["target-group"] for route in sandbox.state()["routes"]] == [green] * 3
    clock.sleep(1)
    assert (forwards_to(aws, arn), default()) == ("web-blue", "web-blue")
    clock.sleep(1)
    assert (forwards_to(aws, arn), default()) == ("web-green", "web-green")


def test_target_health_is_read_late(aws: Aws, spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    blue = target_group(sandbox, "web-blue")

    def states() -> list[str]:
        found = aws.elb.describe_target_health(TargetGroupArn=blue)["TargetHealthDescriptions"]
        return sorted(one["TargetHealth"]["State"] for one in found)

    clock.sleep(20)
    spot.items("PUT", f"{GROUPS}/{the_id(sandbox)}", {"group": {"capacity": {"target": 2}}})
    clock.sleep(4)
    assert states() == ["healthy"] * 3
    clock.sleep(1)
    assert states() == ["draining", "healthy", "healthy"]
    clock.sleep(59)  # the target group's deregistration delay is over, and the read does not know it yet
    assert states() == ["draining", "healthy", "healthy"]
    clock.sleep(1)
    assert states() == ["healthy"] * 2


def test_a_lag_may_begin_and_end_while_the_sandbox_runs(scenario: JSON, clock: JumpingClock) -> None:
    del scenario["lag"]
    box = Sandbox(scenario, clock=clock)
    spot, ident = Spot(box), the_id(box)
    box.add_fault({"at": 100, "action": "lag", "lag": {"spot-get": 50}, "for": 30})
    clock.sleep(90)
    rename(spot, ident, "green")
    assert name_by_id(spot, ident) == "green"
    clock.sleep(10)
    assert name_by_id(spot, ident) == "web"
    clock.sleep(30)
    assert name_by_id(spot, ident) == "green"
    box.close()


def test_reads_with_a_spread_may_go_back_in_time_and_are_the_same_in_every_run(
    scenario: JSON,
) -> None:
    scenario["lag"] = {"spot-get": {"seconds": 5, "spread": 5}}

    def reads() -> list[str]:
        box = Sandbox(scenario, clock=(clock := JumpingClock()))
        spot, ident = Spot(box), the_id(box)
        rename(spot, ident, "green")
        clock.sleep(5)
        found = [name_by_id(spot, ident) for _ in range(12)]
        box.close()
        return found

    found = reads()
    assert set(found) == {"web", "green"}
    assert found != sorted(found, reverse=True)
    assert reads() == found


def test_instances_that_come_up_are_read_late(spot: Spot, clock: JumpingClock) -> None:
    ident = spot.items("POST", GROUPS, new_group(image=NEW, target=1))[0]["id"]

    def status() -> list[str]:
        return [one["status"] for one in spot.items("GET", f"{GROUPS}/{ident}/status")]

    clock.sleep(23.9)  # an instance is there after 20 seconds
    assert status() == ["pending-evaluation"]
    clock.sleep(0.2)
    assert status() == ["fulfilled"]


def test_a_lag_of_something_else_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ScenarioError, match="elb-listeners"):
        sandbox.add_fault({"at": 1, "action": "lag", "lag": {"elb-listeners": 3}})
