import copy
import datetime as dt
from typing import Any

import pytest

from spotaction.sandbox import JumpingClock, Sandbox
from tests.support.sandboxes import BAD, JSON, NEW, Aws, Spot, new_group, target_group

GROUPS = "/aws/ec2/group"


def changed(path: str, value: object) -> JSON:
    body = copy.deepcopy(new_group())
    *parents, last = path.split(".")
    part = body["group"]
    for key in parents:
        part = part[key]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return body


def the_group(sandbox: Sandbox) -> str:
    return f"{GROUPS}/{sandbox.state()['groups'][0]['id']}"


def test_an_answer_has_the_envelope_of_spot(spot: Spot, sandbox: Sandbox) -> None:
    answer = spot.call("GET", GROUPS, accountId=sandbox.account_id).json()
    assert sorted(answer) == ["request", "response"]
    assert sorted(answer["request"]) == ["id", "method", "timestamp", "url"]
    assert answer["request"]["url"] == f"/aws/ec2/group?accountId={sandbox.account_id}"
    assert answer["request"]["timestamp"] == "2026-11-24T09:00:00.000Z"
    assert answer["response"]["status"] == {"code": 200, "message": "OK"}
    assert answer["response"]["kind"] == "spotinst:aws:ec2:group"
    assert answer["response"]["count"] == len(answer["response"]["items"]) == 1


def test_items_hold_the_bare_group(spot: Spot, sandbox: Sandbox) -> None:
    made = spot.items("POST", GROUPS, new_group(target_group(sandbox, "web-green")))[0]
    assert made["id"].startswith("sig-")
    assert made["createdAt"] == "2026-11-24T09:00:00.000+0000"
    read = spot.items("GET", f"{GROUPS}/{made['id']}")[0]
    assert read["createdAt"] == "2026-11-24T09:00:00.000Z"
    assert read["compute"]["availabilityZones"] == [
        {"name": "us-east-1a", "subnetId": "subnet-1", "subnetIds": ["subnet-1"]}
    ]
    assert read["strategy"]["onDemandCount"] is None
    assert read["scaling"] == {}


def test_status_and_health_have_the_keys_of_the_captures(spot: Spot, sandbox: Sandbox) -> None:
    path = the_group(sandbox)
    status = spot.items("GET", f"{path}/status")[0]
    assert sorted(status) == [
        "availabilityZone", "createdAt", "groupId", "instanceId", "instanceType", "ipv6Address", "lockStatus",
        "privateIp", "product", "protectedUntil", "publicIp", "spotInstanceRequestId", "status",
    ]  # fmt: skip
    assert status["status"] == "fulfilled"
    health = spot.items("GET", f"{path}/instanceHealthiness")[0]
    expected = {"groupId": path.split("/")[-1], "lifeCycle": "SPOT", "healthStatus": "HEALTHY"}
    assert health | expected == health
    assert sorted(health) == [
        "availabilityZone", "groupId", "healthStatus", "instanceId", "lifeCycle", "spotRequestId",
    ]  # fmt: skip


def test_refusals_have_the_envelope_of_errors(spot: Spot) -> None:
    answer = spot.call("GET", f"{GROUPS}/sig-00000000")
    assert answer.status_code == 400
    response = answer.json()["response"]
    assert response["status"] == {"code": 400, "message": "Bad Request"}
    assert response["errors"][0]["code"] == "GROUP_DOESNT_EXIST"
    assert "items" not in response


def test_a_wrong_token_gets_401_without_a_body(sandbox: Sandbox) -> None:
    answer = Spot(sandbox, token="wrong").call("GET", GROUPS)
    assert (answer.status_code, answer.text) == (401, "")
    assert "wrong" not in str(sandbox.calls())
    assert sandbox.token not in str(sandbox.calls())


def test_another_account_does_not_exist(spot: Spot) -> None:
    assert spot.error("GET", GROUPS, accountId="act-00000000")[1]["code"] == "Account_DOESNT_EXIST"


LAUNCH = "compute.launchSpecification"
REFUSED: list[tuple[str, object, str]] = [
    ("name", ..., '"name" is required'),
    ("name", 5, '"name" must be a string'),
    ("nome", "web", '"nome" is not allowed'),
    ("capacity.minimum", 3, '"minimum" must be less than or equal to 2'),
    ("capacity.maximum", 1, '"target" must be less than or equal to 1'),
    ("capacity.minimum", -1, '"minimum" must be larger than or equal to 0'),
    ("capacity.target", "two", '"target" must be a number'),
    ("capacity.target", ..., '"target" is required'),
    ("capacity.unit", "pieces", '"unit" must be one of [instance, weight]'),
    ("strategy.risk", 101, '"risk" must be less than or equal to 100'),
    ("compute.subnetIds", ["subnet-1"], "exclusive peers [availabilityZones, subnetIds]"),
    ("compute.availabilityZones", ..., "at least one of [availabilityZones, subnetIds]"),
    ("compute.instanceTypes.resourceRequirements", None, "exclusive peers [resourceRequirements, spot]"),
    ("compute.instanceTypes.spot", ..., "at least one of [spot, resourceRequirements]"),
    ("compute.instanceTypes.onDemandTypes", ["m5.large"], "exclusive peers [ondemand, onDemandTypes]"),
    ("compute.instanceTypes.weights", [{"instanceType": "m5.large"}], '"weights" is not allowed'),
    (f"{LAUNCH}.imageId", ..., "at least one of [imageId, images]"),
    (f"{LAUNCH}.images", [{"id": NEW}], "exclusive peers [imageId, images]"),
    (f"{LAUNCH}.imageId", "ami-00000000", "Can't validate AMI ami-00000000"),
    (f"{LAUNCH}.securityGroupIds", ..., '"securityGroupIds" is required'),
    (f"{LAUNCH}.healthCheckType", "PING", '"healthCheckType" must be one of'),
    (f"{LAUNCH}.metadataOptions", None, '"metadataOptions" must be an object'),
    (f"{LAUNCH}.loadBalancersConfig", {"loadBalancers": [{"type": "TARGET_GROUP"}]}, '"arn" is required'),
    ("id", "sig-12345678", '"id" is not allowed'),
]


@pytest.mark.parametrize(("path", "value", "message"), REFUSED)
def test_a_group_that_spot_would_refuse_is_refused(spot: Spot, path: str, value: object, message: str) -> None:
    status, error = spot.error("POST", GROUPS, changed(path, value))
    assert status == 400
    assert message in error["message"]
    assert len(spot.items("GET", GROUPS)) == 1


def test_a_refusal_names_the_field(spot: Spot) -> None:
    _, error = spot.error("POST", GROUPS, changed("capacity.minimum", 3))
    assert (error["code"], error["field"]) == ("ValidationError", "body:group.capacity.minimum")


@pytest.mark.parametrize(
    ("path", "value"),
    [("strategy.onDemandCount", None), ("description", "x"), (f"{LAUNCH}.tenancy", "default"), ("scaling", {})],
)
def test_optional_keys_may_be_null_or_there(spot: Spot, path: str, value: object) -> None:
    assert spot.call("POST", GROUPS, changed(path, value)).status_code == 200


def test_an_update_changes_what_it_names(spot: Spot, sandbox: Sandbox) -> None:
    path = the_group(sandbox)
    before = spot.items("GET", path)[0]
    after = spot.items("PUT", path, {"group": {"name": "web2", "strategy": {"risk": 50}}})[0]
    assert (after["name"], after["strategy"]["risk"]) == ("web2", 50)
    assert after["strategy"]["drainingTimeout"] == before["strategy"]["drainingTimeout"]
    assert after["compute"] == before["compute"]
    cleared = spot.items("PUT", path, {"group": {"compute": {"launchSpecification": {"healthCheckType": None}}}})[0]
    assert cleared["compute"]["launchSpecification"]["healthCheckType"] is None


@pytest.mark.parametrize(
    "group",
    [
        {"id": "sig-1"}, {"createdAt": "x"}, {"updatedAt": "x"}, {"region": "us-east-1"},
        {"capacity": {"unit": "instance"}}, {"compute": {"product": "Linux/UNIX"}}, {"name": None},
        {"capacity": {"minimum": 4}}, {"capacity": None}, {"unknown": 1},
    ],
)  # fmt: skip
def test_an_update_that_spot_would_refuse_is_refused(spot: Spot, sandbox: Sandbox, group: JSON) -> None:
    path = the_group(sandbox)
    before = spot.items("GET", path)[0]
    assert spot.error("PUT", path, {"group": group})[1]["code"] == "ValidationError"
    assert spot.items("GET", path)[0] == before


def test_a_scenario_s_config_may_say_things_the_other_way(scenario: JSON, clock: JumpingClock) -> None:
    launch = {"images": [{"id": NEW}]}
    compute = {
        "subnetIds": ["subnet-1"],
        "instanceTypes": {"onDemandTypes": ["m5.large"]},
        "launchSpecification": launch,
    }
    scenario["elastigroups"][0]["config"] = {"region": "us-east-1", "compute": compute}
    box = Sandbox(scenario, clock=clock)
    renamed = Spot(box).items("PUT", the_group(box), {"group": {"name": "other"}})[0]
    assert (renamed["name"], renamed["compute"]["subnetIds"]) == ("other", ["subnet-1"])
    box.close()


def test_numbers_are_numbers_as_json_has_them(spot: Spot, sandbox: Sandbox) -> None:
    answer = spot.items("PUT", f"{the_group(sandbox)}/capacity", {"capacity": {"target": 2.0}})
    assert answer == [{"capacity": {"minimum": 1, "maximum": 6, "target": 2}}]


def test_capacity_has_a_route_of_its_own(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    path = the_group(sandbox)
    answer = spot.call("PUT", f"{path}/capacity", {"capacity": {"minimum": 0, "target": 5, "maximum": 5}}).json()
    assert answer["response"]["kind"] == "spotinst:aws:ec2:group:capacity"
    assert answer["response"]["items"] == [{"capacity": {"minimum": 0, "maximum": 5, "target": 5}}]
    clock.sleep(20)
    assert len(spot.items("GET", f"{path}/instanceHealthiness")) == 5
    for bad in ({"minimum": 6}, {"unit": "instance"}, {"target": "5"}):
        assert spot.error("PUT", f"{path}/capacity", {"capacity": bad})[1]["code"] == "ValidationError"


def test_scaling_stays_within_the_limits(spot: Spot, sandbox: Sandbox) -> None:
    path = the_group(sandbox)
    up = spot.items("PUT", f"{path}/scale/up", adjustment="9")[0]
    assert len(up["newSpotRequests"]) == 3
    assert up["newInstances"] is None
    down = spot.items("PUT", f"{path}/scale/down", adjustment="9")[0]
    assert len(down["victimSpotRequests"]) == 5
    assert spot.items("GET", path)[0]["capacity"]["target"] == 1


def test_the_list_knows_dates_and_parts_of_names_and_ignores_the_rest(spot: Spot) -> None:
    made = spot.items("POST", GROUPS, new_group(name="web__2"))[0]
    assert len(spot.items("GET", GROUPS, name="web", sillyFilter="x")) == 2
    year = int((dt.datetime(2026, 11, 24, tzinfo=dt.UTC) - dt.timedelta(days=365)).timestamp() * 1000)
    recent = spot.items("GET", GROUPS, minCreatedAt=str(year))
    assert [group["id"] for group in recent] == [made["id"]]


def test_names_are_not_unique_and_create_is_not_idempotent(spot: Spot) -> None:
    ids = {spot.items("POST", GROUPS, new_group())[0]["id"] for _ in range(2)}
    assert len(ids) == 2


def test_a_deleted_group_is_gone_and_its_instances_drain(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    path = the_group(sandbox)
    answer = spot.call("DELETE", path)
    assert answer.json()["response"] == {"status": {"code": 200, "message": "OK"}}
    assert spot.items("GET", GROUPS) == []
    assert len(spot.items("GET", GROUPS, includeDeleted="true")) == 1
    assert spot.error("GET", path)[1]["code"] == "GROUP_DOESNT_EXIST"
    blue = target_group(sandbox, "web-blue")
    assert {target["state"] for target in sandbox.state()["target-health"][blue]} == {"draining"}
    clock.sleep(120)
    assert sandbox.state()["target-health"][blue] == []


def test_processes_are_suspended_for_a_while(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    path = f"{the_group(sandbox)}/suspension"
    body = {"suspensions": [{"name": "AUTO_SCALE", "ttlInMinutes": 60}, {"name": "AUTO_HEALING"}]}
    item = spot.items("POST", path, body)[0]
    assert item["suspensions"] == [
        {"name": "AUTO_SCALE", "expiresAt": "2026-11-24T10:00:00.000+0000"},
        {"name": "AUTO_HEALING", "expiresAt": None},
    ]
    clock.sleep(3600)
    assert spot.items("GET", path)[0]["processes"] == ["AUTO_HEALING"]
    spot.items("DELETE", path, {"processes": ["AUTO_HEALING"]})
    assert spot.items("GET", path)[0]["processes"] == []
    assert spot.error("POST", path, {"processes": ["SLEEP"]})[1]["code"] == "ValidationError"
    assert spot.error("POST", path, body | {"processes": []})[1]["code"] == "ValidationError"


def test_scaling_policies_are_suspended_by_name(scenario: JSON, clock: JumpingClock) -> None:
    scenario["elastigroups"][0]["config"] = {"scaling": {"up": [{"policyName": "cpu", "threshold": 70}]}}
    box = Sandbox(scenario, clock=clock)
    spot, path = Spot(box), the_group(box)
    item = spot.items("POST", f"{path}/scale/suspendPolicy", {"suspension": {"ttlInMinutes": 5}}, policyName="cpu")[0]
    assert (item["policyName"], item["state"]) == ("cpu", "suspended")
    listed: list[Any] = spot.items("GET", f"{path}/scale/suspensions")[0]["scalePolicySuspensions"]
    assert [one["policyName"] for one in listed] == ["cpu"]
    spot.items("POST", f"{path}/scale/resumePolicy", policyName="cpu")
    assert spot.items("GET", f"{path}/scale/suspensions")[0]["scalePolicySuspensions"] == []
    assert spot.error("POST", f"{path}/scale/suspendPolicy", policyName="x")[0] == 400
    box.close()


def test_a_roll_replaces_batch_after_batch(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    path = the_group(sandbox)
    old = {one["instanceId"] for one in spot.items("GET", f"{path}/status")}
    started = spot.items("PUT", f"{path}/roll", {"batchSizePercentage": 34, "gracePeriod": 300})[0]
    assert (started["status"], started["numOfBatches"]) == ("STARTING", 2)
    assert spot.error("PUT", path, {"group": {"name": "x"}})[0] == 400
    again = spot.error("PUT", f"{path}/roll", {"batchSizePercentage": 50, "gracePeriod": 300})[1]["message"]
    assert again == "Can't have 2 Rolls at the same time. Please stop the previous one."
    assert spot.items("GET", f"{path}/roll")[0]["status"] == "in_progress"
    clock.sleep(600)
    done = spot.items("GET", f"{path}/roll/{started['id']}")[0]
    assert (done["status"], done["progress"]["value"]) == ("finished", 100)
    new = {one["instanceId"] for one in spot.items("GET", f"{path}/status")}
    assert len(new) == 3
    assert not old & new
    assert sandbox.state()["production"][0]["minimum-so-far"] == 3


def test_a_roll_onto_a_bad_image_fails_and_stays_open(spot: Spot, sandbox: Sandbox, clock: JumpingClock) -> None:
    path = the_group(sandbox)
    spot.items("PUT", path, {"group": {"compute": {"launchSpecification": {"imageId": BAD}}}})
    roll = spot.items("PUT", f"{path}/roll", {"batchSizePercentage": 100, "gracePeriod": 120})[0]["id"]
    clock.sleep(200)
    assert spot.items("GET", f"{path}/roll/{roll}")[0]["status"] == "failed"
    assert spot.error("PUT", f"{path}/capacity", {"capacity": {"target": 2}})[0] == 400
    spot.call("PUT", f"{path}/roll/{roll}", {"roll": {"status": "STOPPED"}})
    assert spot.items("GET", f"{path}/roll/{roll}")[0]["status"] == "stopped"
    assert sandbox.state()["production"][0]["healthy-now"] == 3


def test_events_logs_and_the_account_can_be_read(spot: Spot, sandbox: Sandbox) -> None:
    path = the_group(sandbox)
    made = spot.items("POST", GROUPS, new_group())[0]["id"]
    logs = spot.items("GET", f"{GROUPS}/{made}/logs", fromDate="0", toDate="9999999999999")
    assert logs[0]["message"] == f"Group {made} successfully created."
    events = spot.items("GET", f"{GROUPS}/{made}/events", fromDate="2026-11-01")
    assert [event["eventType"] for event in events] == ["Scale", "Create"]
    assert spot.error("GET", f"{path}/events")[0] == 400
    assert spot.items("GET", "/setup/account")[0]["accountId"] == sandbox.account_id


def test_instances_are_locked_interrupted_and_put_on_standby(spot: Spot, sandbox: Sandbox) -> None:
    path = the_group(sandbox)
    first, second, third = (one["instanceId"] for one in spot.items("GET", f"{path}/status"))
    spot.call("POST", f"/aws/ec2/instance/{first}/lock", ttlInMinutes="10")
    status = spot.items("GET", f"{path}/status")[0]
    assert (status["lockStatus"], status["protectedUntil"]) == ("locked", "2026-11-24T09:10:00.000Z")
    spot.items("PUT", f"{path}/scale/down", adjustment="2")
    states = {one: spot.items("GET", f"/aws/ec2/instance/{one}")[0]["lifeCycleState"] for one in (first, second)}
    assert states == {first: "ACTIVE", second: "TERMINATING"}
    spot.call("POST", f"/aws/ec2/instance/{first}/standby/enter")
    assert sandbox.state()["production"][0]["healthy-now"] == 0
    spot.call("POST", f"/aws/ec2/instance/{first}/unlock")
    spot.call("POST", "/aws/ec2/instance/interruption", {"instancesToInterrupt": [first]})
    assert spot.error("GET", f"/aws/ec2/instance/{first}")[1]["code"] == "INSTANCE_DOESNT_EXIST"
    assert spot.items("GET", f"/aws/ec2/instance/{third}")[0]["lifeCycleState"] == "TERMINATING"


def test_a_description_can_be_cut(scenario: JSON, clock: JumpingClock) -> None:
    box = Sandbox(scenario | {"description-limit": 10}, clock=clock)
    made = Spot(box).items("POST", GROUPS, changed("description", "0123456789abcdef"))[0]
    assert made["description"] == "0123456789"
    box.close()


def test_unknown_routes_and_broken_bodies_are_refused(spot: Spot, sandbox: Sandbox) -> None:
    assert spot.call("GET", "/aws/ec2/nothing").status_code == 404
    assert sandbox.calls()[-1]["call"] == "GET /aws/ec2/nothing"
    assert spot.error("PUT", the_group(sandbox), [1])[1]["code"] == "ValidationError"


def test_answers_are_dated_by_the_clock_of_the_sandbox(spot: Spot, aws: Aws, clock: JumpingClock) -> None:
    clock.sleep(61)
    date = "Tue, 24 Nov 2026 09:01:01 GMT"
    assert spot.call("GET", GROUPS).headers["Date"] == date
    assert spot.call("GET", f"{GROUPS}/sig-00000000").headers["Date"] == date
    assert aws.elb.describe_load_balancers()["ResponseMetadata"]["HTTPHeaders"]["date"] == date
