"""Faults of calls and in the clouds: each does what its description says, for as long as it says."""

import json

import pytest
import requests
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from spotaction.sandbox import JumpingClock, Sandbox, ScenarioError
from tests.support.sandboxes import JSON, SCENARIO, Aws, Spot, new_group, production, rule, target_group

GROUPS = "/aws/ec2/group"
LIST = "GET /aws/ec2/group"
CREATE = {"call": "POST /aws/ec2/group"}


def test_a_fault_strikes_the_nth_call_so_many_times(spot: Spot, sandbox: Sandbox) -> None:
    sandbox.add_fault({"match": {"call": LIST, "nth": 2}, "times": 2, "effect": "status", "status": 503})
    assert [spot.call("GET", GROUPS).status_code for _ in range(4)] == [200, 503, 503, 200]
    assert [call["fault"] for call in sandbox.calls()] == [None, "status", "status", None]


def test_a_fault_strikes_a_call_by_its_index(spot: Spot, sandbox: Sandbox) -> None:
    spot.call("GET", GROUPS)
    sandbox.add_fault({"match": {"index": 3}, "effect": "status", "status": 500})
    sandbox.add_fault({"match": {"since-added": 1}, "effect": "status", "status": 502})
    assert [spot.call("GET", GROUPS).status_code for _ in range(4)] == [200, 502, 500, 200]


@pytest.mark.parametrize(("effect", "taken"), [("connection-refused", 1), ("reset-before", 1), ("reset-after", 2)])
def test_a_broken_connection_may_or_may_not_have_taken_effect(
    spot: Spot, sandbox: Sandbox, effect: str, taken: int
) -> None:
    sandbox.add_fault({"match": CREATE, "effect": effect})
    with pytest.raises(requests.ConnectionError):
        spot.call("POST", GROUPS, new_group())
    assert sandbox.calls()[0]["status"] is None
    assert len(spot.items("GET", GROUPS)) == taken


def test_an_answer_may_never_come(spot: Spot, aws: Aws, sandbox: Sandbox, clock: JumpingClock) -> None:
    sandbox.add_fault({"match": CREATE, "effect": "timeout-after", "delay": 30})
    before = clock.now()
    with pytest.raises(requests.ReadTimeout):
        spot.call("POST", GROUPS, new_group())
    assert clock.now() - before == 30
    assert len(spot.items("GET", GROUPS)) == 2
    sandbox.add_fault({"match": {"service": "aws"}, "effect": "timeout-after"})
    with pytest.raises(ReadTimeoutError):
        aws.elb.describe_load_balancers()


def test_errors_of_aws_come_through_spot(spot: Spot, sandbox: Sandbox) -> None:
    sandbox.add_fault({"match": {"service": "spot"}, "effect": "aws-throttling"})
    sandbox.add_fault({"effect": "aws-error", "code": "CANT_CREATE_GROUP", "message": "Failed to create group"})
    assert spot.error("GET", GROUPS) == (400, {"code": "RequestLimitExceeded", "message": "Request limit exceeded."})
    expected = {"code": "CANT_CREATE_GROUP", "message": "Failed to create group"}
    assert spot.error("POST", GROUPS, new_group()) == (400, expected)


def test_a_fault_may_claim_failure_although_the_call_took_effect(spot: Spot, sandbox: Sandbox) -> None:
    sandbox.add_fault({"match": CREATE, "effect": "status", "status": 502, "applied": True})
    assert spot.call("POST", GROUPS, new_group()).status_code == 502
    assert len(spot.items("GET", GROUPS)) == 2


def test_a_rate_limit_can_be_brought_about(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    sandbox.add_fault({"match": {"call": LIST}, "effect": "rate-limited", "reset": 17})
    answer = spot.call("GET", GROUPS)
    assert (answer.status_code, answer.headers["X-RateLimit-Reset"]) == (429, "17")
    clock.sleep(16)
    assert spot.call("GET", GROUPS).status_code == 429
    clock.sleep(20)
    assert spot.call("GET", GROUPS).status_code == 200
    assert sandbox.state()["blocked-calls"] == 2


def test_answers_may_be_spoilt(spot: Spot, aws: Aws, sandbox: Sandbox) -> None:
    sandbox.add_fault({"match": {"call": LIST}, "effect": "malformed-body"})
    with pytest.raises(json.JSONDecodeError):
        spot.call("GET", GROUPS).json()
    sandbox.add_fault({"match": {"call": LIST}, "effect": "empty-items"})
    assert spot.items("GET", GROUPS) == []
    sandbox.add_fault({"match": {"service": "elbv2"}, "effect": "malformed-body"})
    with pytest.raises(ResponseParserError):
        aws.elb.describe_load_balancers()


def test_a_read_may_be_stale(spot: Spot, aws: Aws, sandbox: Sandbox) -> None:
    arn, green = rule(sandbox, "web-alb:443/10"), target_group(sandbox, "web-green")
    sandbox.add_fault({"match": {"call": "DescribeRules"}, "effect": "stale-read"})
    sandbox.add_fault({"match": {"call": LIST}, "effect": "stale-read"})
    aws.elb.modify_rule(RuleArn=arn, Actions=[{"Type": "forward", "TargetGroupArn": green}])

    def read() -> str:
        return aws.elb.describe_rules(RuleArns=[arn])["Rules"][0]["Actions"][0]["TargetGroupArn"]

    assert [name.split("/")[1] for name in (read(), read())] == ["web-blue", "web-green"]
    spot.items("POST", GROUPS, new_group())
    assert [len(spot.items("GET", GROUPS)) for _ in range(2)] == [1, 2]


def test_the_client_may_be_killed_at_any_call(scenario: JSON, clock: JumpingClock) -> None:
    killed: list[str] = []
    box = Sandbox(scenario, clock=clock, on_kill=lambda: killed.append("now"))
    spot = Spot(box)
    box.add_fault({"match": {"index": 1}, "effect": "kill"})
    spot.call("GET", GROUPS)
    with pytest.raises(requests.ConnectionError):
        spot.call("POST", GROUPS, new_group())
    assert killed == ["now"]
    assert len(spot.items("GET", GROUPS)) == 2
    box.close()


@pytest.mark.parametrize("effect", ["reset-after", "connection-refused", "timeout-after"])
def test_real_connections_break_as_well(clock: JumpingClock, effect: str) -> None:
    with Sandbox(SCENARIO, clock=clock) as served:
        served.add_fault({"match": {"call": LIST}, "effect": effect})
        headers = {"Authorization": f"Bearer {served.token}"}
        with pytest.raises(requests.ConnectionError):
            requests.get(served.spot_url + GROUPS, headers=headers, timeout=5)
        assert requests.get(served.spot_url + GROUPS, headers=headers, timeout=5).status_code == 200


def test_broken_aws_connections_raise_botocores_errors(aws: Aws, sandbox: Sandbox) -> None:
    sandbox.add_fault({"match": {"call": "DescribeLoadBalancers"}, "effect": "reset-after"})
    with pytest.raises(ConnectionClosedError):
        aws.elb.describe_load_balancers()


def test_instances_get_sick_for_a_while(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    del spot
    sick = {"at": 10, "action": "unhealthy", "group": "web", "side": "target", "count": 2, "for": 30}
    sandbox.add_fault(sick)
    clock.sleep(10)
    assert production(sandbox)["healthy-now"] == 1
    clock.sleep(30)
    assert production(sandbox)["healthy-now"] == 3


def test_a_sick_instance_is_replaced_before_it_goes(sandbox: Sandbox, clock: JumpingClock) -> None:
    sandbox.add_fault({"at": 0, "action": "unhealthy", "group": "web", "side": "spot", "count": 1})
    clock.sleep(30)
    assert len(sandbox.state()["groups"][0]["instances"]) == 4
    clock.sleep(300)
    state = sandbox.state()
    assert [one["health"] for one in state["groups"][0]["instances"]] == ["HEALTHY"] * 3
    assert state["production"][0]["minimum-so-far"] == 3


def test_healing_can_be_suspended(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    ident = sandbox.state()["groups"][0]["id"]
    spot.items("POST", f"{GROUPS}/{ident}/suspension", {"processes": ["AUTO_HEALING"]})
    sandbox.add_fault({"at": 0, "action": "unhealthy", "group": ident, "count": 1})
    clock.sleep(300)
    assert [one["health"] for one in sandbox.state()["groups"][0]["instances"]].count("UNHEALTHY") == 1


def test_a_scaling_policy_fires_unless_it_is_suspended(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    fires = {"action": "scaling-policy", "group": "web", "adjustment": 1}
    sandbox.add_fault(fires | {"at": 1})
    clock.sleep(1)
    assert sandbox.state()["groups"][0]["capacity"]["target"] == 4
    ident = sandbox.state()["groups"][0]["id"]
    spot.items("POST", f"{GROUPS}/{ident}/suspension", {"processes": ["AUTO_SCALE"]})
    sandbox.add_fault(fires | {"at": 2})
    clock.sleep(1)
    assert sandbox.state()["groups"][0]["capacity"]["target"] == 4


def test_a_policy_that_is_suspended_by_name_does_not_fire(scenario: JSON, clock: JumpingClock) -> None:
    scenario["elastigroups"][0]["config"] = {"scaling": {"up": [{"policyName": "cpu", "threshold": 70}]}}
    box = Sandbox(scenario, clock=clock)
    path = f"{GROUPS}/{box.state()['groups'][0]['id']}"
    Spot(box).items("POST", f"{path}/scale/suspendPolicy", {"suspension": {"ttlInMinutes": 1}}, policyName="cpu")
    for moment in (10, 90):
        box.add_fault({"at": moment, "action": "scaling-policy", "group": "web", "adjustment": 1})
    clock.sleep(30)
    assert box.state()["groups"][0]["capacity"]["target"] == 3
    clock.sleep(60)
    assert box.state()["groups"][0]["capacity"]["target"] == 4
    box.close()


def test_a_deleted_group_takes_the_instances_with_it_that_it_was_replacing(
    spot: Spot, sandbox: Sandbox, clock: JumpingClock
) -> None:
    sandbox.add_fault({"at": 0, "action": "unhealthy", "group": "web", "side": "spot"})
    clock.sleep(1)
    ident = sandbox.state()["groups"][0]["id"]
    assert len(sandbox.state()["groups"][0]["instances"]) == 6
    spot.call("DELETE", f"{GROUPS}/{ident}")
    clock.sleep(120)
    assert sandbox.state()["groups"][0]["instances"] == []


def test_a_stale_read_never_swallows_a_change(spot: Spot, sandbox: Sandbox) -> None:
    sandbox.add_fault({"effect": "stale-read", "times": 2})
    spot.items("POST", GROUPS, new_group())
    spot.items("POST", GROUPS, new_group())
    assert len(spot.items("GET", GROUPS)) == 3


def test_somebody_else_changes_things_after_a_call(spot: Spot, sandbox: Sandbox) -> None:
    renamed = {"name": "theirs"}
    sandbox.add_fault({"after-call": 0, "action": "change-group", "group": "web", "changes": renamed})
    sandbox.add_fault({"after-call": 1, "action": "delete-group", "group": "theirs"})
    assert spot.items("GET", GROUPS)[0]["name"] == "web"
    assert spot.items("GET", GROUPS)[0]["name"] == "theirs"
    assert spot.items("GET", GROUPS) == []


def test_capacity_may_be_short_for_a_while(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    sandbox.add_fault({"at": 0, "action": "capacity-short", "group": "web__*", "fraction": 0.5, "for": 100})
    clock.sleep(1)
    ident = spot.items("POST", GROUPS, new_group(target=4))[0]["id"]
    clock.sleep(60)
    status = [one["status"] for one in spot.items("GET", f"{GROUPS}/{ident}/status")]
    assert status == ["fulfilled"] * 2 + ["capacity-not-available"] * 2
    clock.sleep(100)
    assert [one["status"] for one in spot.items("GET", f"{GROUPS}/{ident}/status")] == ["fulfilled"] * 4


def test_new_instances_of_a_group_may_never_boot(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    sandbox.add_fault({"at": 0, "action": "never-boot", "group": "web__*"})
    clock.sleep(1)
    ident = spot.items("POST", GROUPS, new_group(target=1))[0]["id"]
    clock.sleep(200)
    assert [one["healthStatus"] for one in spot.items("GET", f"{GROUPS}/{ident}/instanceHealthiness")] == ["UNKNOWN"]


def test_faults_are_listed_and_cleared(spot: Spot, sandbox: Sandbox) -> None:
    sandbox.add_fault({"effect": "status", "status": 500})
    sandbox.add_fault({"at": 10, "action": "interrupt", "group": "web"})
    assert len(spot.call("GET", "/sandbox/faults").json()) == 2
    sandbox.clear_faults()
    assert spot.call("GET", "/sandbox/faults").json() == []
    assert spot.call("GET", GROUPS).status_code == 200


def test_a_fault_that_makes_no_sense_is_refused(sandbox: Sandbox, spot: Spot) -> None:
    with pytest.raises(ScenarioError) as caught:
        sandbox.add_fault({"effect": "status", "colour": "red"})
    assert len(caught.value.problems) == 2
    answer = spot.call("POST", "/sandbox/faults", {"at": 1, "action": "interrupt"})
    assert answer.status_code == 400
    assert "'group' is a required property" in str(answer.json()["problems"])


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (
            "Code: InsufficientInstanceCapacity, Message: There is no Spot capacity available for your request.",
            ["capacity-not-available"] * 2,
        ),
        ("Code: InvalidAMIID.NotFound, Message: The image id does not exist", ["bad-parameters"] * 2),
        ("Code: MaxSpotInstanceCountExceeded, Message: Max spot instance count exceeded", []),
    ],
)
def test_a_launch_that_fails_is_logged_again_and_again(
    spot: Spot, sandbox: Sandbox, clock: JumpingClock, said: str, status: list[str]
) -> None:
    code = said.split()[1].rstrip(",")
    sandbox.add_fault({"at": 0, "action": "launch-failure", "group": "web__*", "code": code, "for": 150})
    clock.sleep(1)
    path = f"{GROUPS}/{spot.items('POST', GROUPS, new_group(target=2))[0]['id']}"
    clock.sleep(130)
    assert [one["status"] for one in spot.items("GET", f"{path}/status")] == status
    assert spot.items("GET", f"{path}/instanceHealthiness") == []
    lines = spot.items("GET", f"{path}/logs", fromDate="0", toDate="9999999999999", severity="WARN")
    assert [(line["createdAt"][11:19], line["message"]) for line in lines] == [
        (moment, f"Can't Spin Spot Instances: {said}") for moment in ("09:02:01", "09:01:01", "09:00:01")
    ]
    clock.sleep(60)
    assert [one["status"] for one in spot.items("GET", f"{path}/status")] == ["fulfilled"] * 2


def test_a_capacity_may_be_stored_smaller_than_it_was_written(
    spot: Spot, sandbox: Sandbox, clock: JumpingClock
) -> None:
    sandbox.add_fault({"at": 0, "action": "clamp-capacity", "group": "web*", "most": 4, "for": 100})
    path = f"{GROUPS}/{sandbox.state()['groups'][0]['id']}"

    def stored(path: str) -> tuple[int, int, int]:
        capacity = spot.items("GET", path)[0]["capacity"]
        return capacity["minimum"], capacity["target"], capacity["maximum"]

    written = {"minimum": 1, "target": 5, "maximum": 8}
    assert stored(path) == (1, 3, 6)  # what was stored before stays
    assert spot.items("PUT", path, {"group": {"capacity": written}})[0]["capacity"] == written | {"unit": "instance"}
    assert stored(path) == (1, 4, 4)
    assert spot.items("PUT", f"{path}/capacity", {"capacity": written})[0]["capacity"] == written
    assert stored(path) == (1, 4, 4)
    assert len(sandbox.state()["groups"][0]["instances"]) == 4
    assert stored(f"{GROUPS}/{spot.items('POST', GROUPS, new_group(target=6))[0]['id']}") == (0, 4, 4)
    clock.sleep(100)
    spot.items("PUT", path, {"group": {"capacity": written}})
    assert stored(path) == (1, 5, 8)


def test_targets_whose_responses_stand_out_are_anomalous_for_a_while_and_stay_healthy(
    aws: Aws, sandbox: Sandbox, clock: JumpingClock
) -> None:
    sandbox.add_fault({"at": 0, "action": "anomalous", "group": "web", "count": 1, "for": 60})
    clock.sleep(1)
    assert sorted(anomalies(aws)) == [("healthy", "anomalous"), ("healthy", "normal"), ("healthy", "normal")]
    clock.sleep(60)
    assert anomalies(aws) == [("healthy", "normal")] * 3


def test_anomalies_are_told_only_where_asked_for_and_at_least_three_targets_are_healthy(
    aws: Aws, sandbox: Sandbox, clock: JumpingClock
) -> None:
    sandbox.add_fault({"at": 1, "action": "unhealthy", "group": "web", "side": "target", "count": 1})
    arn = aws.elb.describe_target_groups(Names=["web-blue"])["TargetGroups"][0]["TargetGroupArn"]
    told = aws.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert [each.get("AnomalyDetection") for each in told] == [None] * 3
    with pytest.raises(ClientError, match="'Everything' is not a valid value of Include"):
        aws.elb.describe_target_health(TargetGroupArn=arn, Include=["Everything"])  # type: ignore[list-item]
    clock.sleep(1)
    assert sorted(anomalies(aws)) == [("healthy", None), ("healthy", None), ("unhealthy", None)]


def anomalies(aws: Aws) -> list[tuple[str, str | None]]:
    """Return the state of each target of web-blue, and what anomaly detection found."""
    arn = aws.elb.describe_target_groups(Names=["web-blue"])["TargetGroups"][0]["TargetGroupArn"]
    told = aws.elb.describe_target_health(TargetGroupArn=arn, Include=["AnomalyDetection"])
    return [
        (each["TargetHealth"]["State"], each.get("AnomalyDetection", {}).get("Result"))
        for each in told["TargetHealthDescriptions"]
    ]
