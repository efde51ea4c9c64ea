from datetime import UTC, datetime, timedelta

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from spotaction.cloud.spot.parsing import UNDATED, group_of, parse_date
from spotaction.model.errors import ApiError, CredentialError
from spotaction.model.resources import (
    ZERO,
    Capacity,
    Group,
    GroupId,
    ImageId,
    Instance,
    InstanceId,
    InstanceState,
    JsonObject,
    JsonValue,
    LogLine,
    Roll,
    Suspension,
    TargetGroupArn,
)
from tests.support.spot_adapter import FakeClock, Reply, envelope, failed, group_json, ok, spot

GROUP = GroupId("sig-1")
BAD_NUMBERS: tuple[object, ...] = (None, "x", "", -1, 2.5, True, [], float("nan"), float("inf"), "1e999")
BLUE = TargetGroupArn("arn:aws-cn:elasticloadbalancing:x:1:targetgroup/blue/1")


def test_a_group_is_read_with_all_that_a_deployment_needs() -> None:
    launch = {
        "imageId": "ami-1",
        "healthCheckType": "TARGET_GROUP",
        "loadBalancersConfig": {
            "loadBalancers": [
                {"type": "CLASSIC", "name": "old"},
                {
                    "type": "TARGET_GROUP",
                    "name": "blue",
                    "arn": "arn:aws-cn:elasticloadbalancing:x:1:targetgroup/blue/1",
                },
            ]
        },
    }
    types = {"weights": [{"instanceType": "m5.large", "weightedCapacity": 2}]}
    item = group_json(
        description="words",
        region=None,
        compute={"launchSpecification": launch, "instanceTypes": types},
        createdAt="2018-08-29T18:09:01.431+0000",
    )
    groups, _ = spot(ok(item))

    group = groups.get(GROUP)

    assert group == Group(
        id=GROUP,
        name="web__1",
        capacity=Capacity(1, 2, 3),
        created_at=datetime(2018, 8, 29, 18, 9, 1, 431000, tzinfo=UTC),
        description="words",
        image_id=ImageId("ami-1"),
        target_groups=(BLUE,),
        health_check="TARGET_GROUP",
    )
    assert group is not None
    assert group.weights == {"m5.large": 2}
    assert group.config == item
    assert "launchSpecification" not in repr(group)


@pytest.mark.parametrize(
    "gaps",
    [
        {},
        {"compute": None, "createdAt": None, "description": None},
        {"compute": {"launchSpecification": None, "instanceTypes": {}}},
        {"compute": {"launchSpecification": {"loadBalancersConfig": None, "images": None, "imageId": None}}},
        {"compute": {"launchSpecification": {"loadBalancersConfig": {"loadBalancers": None}}}},
        {"compute": {"instanceTypes": {"weights": [{"instanceType": "m5.large", "weightedCapacity": None}]}}},
        {"capacity": {"minimum": "0", "target": 0.0, "maximum": "0.0", "unit": None}},
    ],
)
def test_gaps_and_nulls_in_a_group_are_no_harm(gaps: dict[str, object]) -> None:
    bare = {"id": "sig-1", "name": "web", "capacity": {"minimum": 0, "target": 0, "maximum": 0}}
    found = spot(ok({**bare, **gaps}))[0].get(GROUP)
    assert found == Group(GROUP, "web", ZERO, UNDATED)
    assert found.weights == {}


@pytest.mark.parametrize(
    ("capacity", "field"),
    [
        (None, "capacity.minimum is None"),
        ({}, "capacity.minimum is None"),
        ({"minimum": 1, "maximum": 9}, "capacity.target is None"),
        *[({"minimum": 1, "target": target, "maximum": 9}, f"capacity.target is {target!r}") for target in BAD_NUMBERS],
    ],
)
def test_a_capacity_that_cannot_be_read_is_an_error_once_it_is_asked_for(capacity: object, field: str) -> None:
    strange, whole = spot(*[ok(group_json("sig-1", capacity=capacity), group_json("sig-2"))] * 2)[0].all()
    assert whole.capacity.target == 2
    assert strange != whole
    for ask in (lambda: strange.capacity.target, lambda: str(strange.capacity), lambda: strange.capacity.minimum):
        with pytest.raises(ApiError) as caught:
            ask()
        assert f"Spot returned an invalid group sig-1: its {field}." in caught.value.message
        assert caught.value.retryable


@pytest.mark.parametrize("name", [None, "", 7])
def test_a_group_without_a_name_could_be_anybodys_and_is_an_error(name: object) -> None:
    with pytest.raises(ApiError, match="Spot returned an invalid group sig-1: its name is") as caught:
        spot(*[ok({**group_json(), "name": name})] * 2)[0].all()
    assert caught.value.retryable


@pytest.mark.parametrize("before", [[], [{"id": None}], [{}]])
def test_the_first_of_several_images_stands_for_the_group(before: list[JsonValue]) -> None:
    launch: JsonObject = {"images": [*before, {"id": "ami-1"}, {"id": "ami-2"}]}
    assert group_of({"id": "sig-1", "name": "web", "compute": {"launchSpecification": launch}}).image_id == "ami-1"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2018-06-25T11:49:00.000Z", datetime(2018, 6, 25, 11, 49, tzinfo=UTC)),
        ("2018-06-25T13:49:00.000+0200", datetime(2018, 6, 25, 11, 49, tzinfo=UTC)),
        ("2018-06-25T11:49:00", datetime(2018, 6, 25, 11, 49, tzinfo=UTC)),
        (1529927340000, datetime(2018, 6, 25, 11, 49, tzinfo=UTC)),
        ("yesterday", UNDATED),
        (None, UNDATED),
    ],
)
def test_dates_come_in_several_forms(written: object, read: datetime) -> None:
    assert parse_date(written) == read


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda t: st.dictionaries(st.text(), t)))
def test_no_date_and_no_group_makes_the_reader_fall_over(value: object) -> None:
    assert isinstance(parse_date(value), datetime)
    item = {"id": "sig-1", "name": "web", "capacity": value, "compute": {"launchSpecification": value}}
    assert group_of(item).id == "sig-1"  # type: ignore[arg-type]


def test_a_missing_group_is_none() -> None:
    for reply in (
        failed(400, "GROUP_DOESNT_EXIST"),
        failed(404, "GROUP_DOESNT_EXIST"),
        failed(400, "GROUP_DOES_NOT_EXIST"),
        ok(),
        Reply(200, envelope(200)),
    ):
        assert spot(reply)[0].get(GROUP) is None


def test_another_refusal_is_not_a_missing_group() -> None:
    for reply in (failed(400, "Account_DOESNT_EXIST"), Reply(404, "not here")):
        with pytest.raises((ApiError, CredentialError)):
            spot(reply)[0].get(GROUP)


def test_one_empty_answer_does_not_make_a_known_group_vanish() -> None:
    groups, script = spot(ok(group_json()), ok(), ok(group_json()), ok(), ok())
    assert groups.get(GROUP) is not None
    assert groups.get(GROUP) is not None
    assert groups.get(GROUP) is None
    assert len(script.calls) == 5


def test_all_groups_come_in_one_call() -> None:
    groups, script = spot(ok(group_json("sig-1"), group_json("sig-2")))
    assert [group.id for group in groups.all()] == ["sig-1", "sig-2"]
    assert script.calls == ["GET /aws/ec2/group?accountId=act-12345678"]


def test_an_empty_list_is_read_twice() -> None:
    groups, script = spot(ok(), ok(group_json()))
    assert [group.id for group in groups.all()] == ["sig-1"]
    assert len(script.calls) == 2


def test_a_list_that_lacks_a_known_group_is_checked() -> None:
    groups, script = spot(ok(group_json("sig-1"), group_json("sig-2"), group_json("sig-3")), ok(group_json("sig-1")))
    groups.all()
    script.replies += [ok(group_json("sig-2")), failed(400, "GROUP_DOESNT_EXIST"), ok(group_json("sig-1"))]

    assert [group.id for group in groups.all()] == ["sig-1", "sig-2"]

    script.replies += [ok(group_json("sig-2"))]
    assert [group.id for group in groups.all()] == ["sig-1", "sig-2"]
    assert not script.replies


def test_a_group_without_an_id_is_an_error() -> None:
    with pytest.raises(ApiError, match="without an id"):
        spot(*[ok({"name": "web"})] * 2)[0].get(GROUP)


def test_capacity_is_set_with_all_three_numbers() -> None:
    groups, script = spot(ok())
    groups.scale(GROUP, Capacity(0, 2, 4))
    assert script.calls == ["PUT /aws/ec2/group/sig-1/capacity?accountId=act-12345678"]
    assert script.body(0) == {"capacity": {"minimum": 0, "target": 2, "maximum": 4}}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"name": "web"}, {"name": "web"}),
        ({"description": ""}, {"description": ""}),
        ({"name": "web", "description": "d"}, {"name": "web", "description": "d"}),
    ],
)
def test_an_update_sends_only_what_changes(given: dict[str, str], sent: dict[str, str]) -> None:
    groups, script = spot(ok())
    groups.update(GROUP, **given)
    assert (script.calls, script.body(0)) == (["PUT /aws/ec2/group/sig-1?accountId=act-12345678"], {"group": sent})


def test_an_update_of_nothing_is_no_call() -> None:
    groups, script = spot()
    groups.update(GROUP)
    assert script.calls == []


def test_instances_are_read_with_their_health() -> None:
    groups, _ = spot(
        ok(
            {"instanceId": "i-1", "healthStatus": "HEALTHY", "availabilityZone": "us-east-1a", "lifeCycle": "spot"},
            {"instanceId": None, "healthStatus": "SHINY"},
        )
    )
    assert groups.instances(GROUP) == (
        Instance(InstanceId("i-1"), InstanceState.HEALTHY, "us-east-1a", "", "SPOT"),
        Instance(None, InstanceState.UNKNOWN),
    )


def test_open_requests_are_read_without_an_instance() -> None:
    groups, _ = spot(
        ok(
            {"instanceId": None, "spotRequestId": "sir-1", "instanceType": "r3.large", "status": "pending-evaluation"},
            {"instanceId": "i-2", "instanceType": "t2.micro", "availabilityZone": "us-west-2a", "status": "fulfilled"},
        )
    )
    unknown = InstanceState.UNKNOWN
    assert groups.instance_requests(GROUP) == (
        Instance(None, unknown, instance_type="r3.large", request_status="pending-evaluation"),
        Instance(InstanceId("i-2"), unknown, "us-west-2a", "t2.micro", request_status="fulfilled"),
    )


def test_scaling_is_suspended_with_a_time_to_live_and_resumed() -> None:
    groups, script = spot(ok(), ok(), failed(400, "SUSPEND_PROCESSES_DOESNT_EXIST"), failed(400, "ValidationError"))
    groups.suspend_scaling(GROUP, 90)
    groups.resume_scaling(GROUP)
    groups.resume_scaling(GROUP)
    with pytest.raises(ApiError):
        groups.resume_scaling(GROUP)
    assert script.calls[:2] == [
        f"{verb} /aws/ec2/group/sig-1/suspension?accountId=act-12345678" for verb in ("POST", "DELETE")
    ]
    assert script.body(0) == {"suspensions": [{"name": "AUTO_SCALE", "ttlInMinutes": 90}]}
    assert script.body(1) == {"processes": ["AUTO_SCALE"]}


ENTRIES = [
    {"message": "fine", "severity": "INFO", "createdAt": "2026-11-24T12:00:03.000Z"},
    {"message": "older\nin two lines", "severity": "WARN", "createdAt": "2026-11-24T12:00:01.000Z"},
    {
        "message": "Can't Spin: InsufficientInstanceCapacity",
        "severity": "INFO",
        "createdAt": "2026-11-24T12:00:02.000Z",
    },
    {"message": "x" * 300, "severity": "ERROR", "createdAt": "2026-11-24T12:00:04.000+0000"},
]


@pytest.mark.parametrize("items", [ENTRIES, [ENTRIES]])
def test_a_log_is_its_warnings_and_errors_newest_first(items: list[object]) -> None:
    groups, script = spot(ok(*items))
    noon = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    lines = groups.log(GROUP, noon - timedelta(hours=1))
    assert lines == (
        LogLine(noon + timedelta(seconds=4), "ERROR", "x" * 239 + "…"),
        LogLine(noon + timedelta(seconds=2), "INFO", "Can't Spin: InsufficientInstanceCapacity"),
        LogLine(noon + timedelta(seconds=1), "WARN", "older in two lines"),
    )
    assert "fromDate=1795518000000&toDate=1795521600000&severity=ALL&limit=1000" in script.calls[0]


def test_a_log_that_cannot_be_read_is_empty_after_one_try() -> None:
    for reply in (failed(500), failed(401)):
        groups, script = spot(reply)
        assert groups.log(GROUP, UNDATED) == ()
        assert len(script.calls) == 1


def test_suspensions_are_read_by_name_with_their_end_as_far_as_it_is_told() -> None:
    told: JsonObject = {
        "groupId": "sig-1",
        "processes": ["AUTO_SCALE", "AUTO_HEALING", "SCHEDULING", "OUT_OF_STRATEGY"],
        "suspensions": [
            {"name": "AUTO_SCALE", "expiresAt": "2026-11-24T12:00:00.000+0000"},
            {"name": "AUTO_HEALING", "expiresAt": None},
            {"name": "SCHEDULING", "expiresAt": "soon"},
        ],
    }
    groups, script = spot(ok(told), ok(), failed(400, "GROUP_DOESNT_EXIST"))
    assert groups.suspensions(GROUP) == (
        Suspension("AUTO_SCALE", datetime(2026, 11, 24, 12, 0, tzinfo=UTC)),
        Suspension("AUTO_HEALING", endless=True),
        Suspension("SCHEDULING"),
        Suspension("OUT_OF_STRATEGY"),
    )
    assert groups.suspensions(GROUP) == ()
    assert groups.suspensions(GROUP) is None
    assert script.calls == ["GET /aws/ec2/group/sig-1/suspension?accountId=act-12345678"] * 3


def test_rolls_are_read_with_their_status_in_lower_case() -> None:
    rolls: list[JsonObject] = [
        {"id": "sbgd-2", "status": "IN_PROGRESS", "createdAt": "2026-11-24T12:00:00.000Z"},
        {"id": "sbgd-1", "status": "finished", "createdAt": "2026-11-23T12:00:00.000+0000"},
    ]
    groups, script = spot(ok(*rolls), failed(400, "GROUP_DOESNT_EXIST"))
    found = groups.rolls(GROUP)
    assert found == (
        Roll("sbgd-2", "in_progress", datetime(2026, 11, 24, 12, 0, tzinfo=UTC)),
        Roll("sbgd-1", "finished", datetime(2026, 11, 23, 12, 0, tzinfo=UTC)),
    )
    assert [roll.open for roll in found] == [True, False]
    assert groups.rolls(GROUP) == ()
    assert "GET /aws/ec2/group/sig-1/roll?" in script.calls[0]


def test_deleting_twice_is_fine() -> None:
    groups, script = spot(ok(), failed(400, "GROUP_DOESNT_EXIST"))
    groups.delete(GROUP)
    groups.delete(GROUP)
    assert script.calls == ["DELETE /aws/ec2/group/sig-1?accountId=act-12345678"] * 2
    assert script.body(0) is None


def test_a_delete_whose_answer_was_lost_is_looked_up_before_it_is_repeated() -> None:
    gone, script = spot(failed(502), failed(400, "GROUP_DOESNT_EXIST"))
    gone.delete(GROUP)
    assert [call.split()[0] for call in script.calls] == ["DELETE", "GET"]

    there, script = spot(failed(502), ok(group_json()), ok())
    there.delete(GROUP)
    assert [call.split()[0] for call in script.calls] == ["DELETE", "GET", "DELETE"]


def test_a_delete_that_hangs_is_not_sent_again_once_another_run_may_have_taken_over() -> None:
    clock = FakeClock()

    def hang(_: requests.PreparedRequest) -> Reply:
        clock.seconds += 121.0
        raise requests.ReadTimeout

    groups, script = spot(hang, ok(group_json()), ok(), clock=clock)
    with pytest.raises(ApiError, match=r"DELETE"):
        groups.delete(GROUP)
    assert len(script.calls) == 1


def test_a_delete_that_is_refused_raises() -> None:
    with pytest.raises(ApiError, match="stateful"):
        spot(failed(400, "X", "it is stateful"))[0].delete(GROUP)


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_spot_refuses_is_named_by_its_input(status: int) -> None:
    with pytest.raises(CredentialError, match=r"spot-token \(or SPOTINST_TOKEN\)"):
        spot(Reply(status, ""))[0].all()


@pytest.mark.parametrize("broken", [{"capacity": None}, {"name": None}, {"id": ""}])
def test_a_group_that_cannot_be_read_is_asked_for_once_more(broken: dict[str, object]) -> None:
    whole = group_json()
    groups, script = spot(ok({**whole, **broken}), ok(whole), ok({**whole, **broken}), ok(whole))
    found, listed = groups.get(GroupId(str(whole["id"]))), groups.all()
    assert (found, len(script.calls)) == (listed[0], 4)
    assert found is not None
    assert found.capacity.target > 0
