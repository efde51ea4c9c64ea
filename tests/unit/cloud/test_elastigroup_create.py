from base64 import b64encode

import pytest
import requests

from spotaction.cloud.spot.errors import secrets_in
from spotaction.model.errors import ApiError
from spotaction.model.resources import JsonObject
from tests.support.spot_adapter import FakeClock, Reply, Scripted, envelope, failed, group_json, ok, spot

MARK = "[spotaction n=0123abcd a=4b5e57f6 s=live r=1.1 d=9] ours"
THEIRS = MARK.replace("0123abcd", "ffff0000")
LOOKS = 7  # lists until a group that was created must show: at once, and every 15 s for 90 s
CONFIG: JsonObject = {
    "id": "sig-9",
    "createdAt": "x",
    "updatedAt": "x",
    "name": "web__2",
    "description": MARK,
    "compute": {"launchSpecification": {"userData": "IyEvYmluL3NlY3JldAo="}},
}
OURS = group_json("sig-2", "web__2", description=MARK)
LOST: list[Scripted] = [
    requests.ReadTimeout("slow"),
    requests.ConnectionError("reset"),
    failed(502),
    failed(500),
    Reply(200, "<html>"),
    ok(),
    ok({**OURS, "id": None}),
    ok({**OURS, "name": None}),
]


def verbs(calls: list[str]) -> str:
    return " ".join(call.split()[0] for call in calls)


def test_a_create_sends_the_group_without_what_the_server_sets() -> None:
    groups, script = spot(ok(OURS))
    assert groups.create(CONFIG).id == "sig-2"
    assert script.body(0) == {"group": {key: CONFIG[key] for key in ("name", "description", "compute")}}


@pytest.mark.parametrize("lost", LOST)
def test_a_create_whose_answer_got_lost_takes_the_group_that_was_made(lost: Scripted) -> None:
    groups, script = spot(lost, ok(group_json("sig-1", "web__1"), OURS))
    assert groups.create(CONFIG).id == "sig-2"
    assert verbs(script.calls) == "POST GET"


@pytest.mark.parametrize("lost", LOST)
def test_a_group_that_the_list_shows_late_is_found_before_a_second_create(lost: Scripted) -> None:
    groups, script = spot(lost, *[ok()] * (LOOKS - 1), ok(OURS))
    assert groups.create(CONFIG).id == "sig-2"
    assert verbs(script.calls) == "POST" + " GET" * LOOKS


@pytest.mark.parametrize(
    "other",
    [
        group_json("sig-3", "web__2", description=THEIRS),
        group_json("sig-3", "web__22", description="ours"),
        group_json("sig-3", "web__2", description="ours", createdAt="2026-11-24T11:30:00.000Z"),
        group_json("sig-3", "web__2", description="ours", createdAt=None),
        group_json("sig-3", "web__2", description="", compute={"launchSpecification": {"imageId": "ami-9"}}),
    ],
)
def test_a_group_that_is_not_ours_is_not_taken(other: dict[str, object]) -> None:
    now = {"Date": "Tue, 24 Nov 2026 12:00:00 GMT"}
    groups, script = spot(ok(group_json(), **now), failed(503), *[ok(other)] * LOOKS, ok(OURS))
    groups.all()
    assert groups.create(CONFIG).id == "sig-2"
    assert verbs(script.calls) == "GET POST" + " GET" * LOOKS + " POST"


@pytest.mark.parametrize("description", ["", "ours", MARK[:15], MARK[:30]])
@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_a_group_whose_description_came_back_cut_is_known_by_name_image_and_spots_clock(
    description: str, hours: int
) -> None:
    """The runner's clock is an hour off, either way; a group of that name that was there before is another one."""
    clock = FakeClock()
    clock.seconds += hours * 3600
    before = group_json("sig-1", "web__2", description="")
    groups, script = spot(
        ok(before, Date="Tue, 24 Nov 2026 12:00:00 GMT"),
        failed(503),
        ok(before, group_json("sig-2", "web__2", description=description)),
        clock=clock,
    )
    groups.all()
    assert groups.create(CONFIG).id == "sig-2"
    assert verbs(script.calls) == "GET POST GET"


def test_a_creation_time_in_whole_seconds_is_not_before_the_call() -> None:
    """Spot's clock has passed half a second since its last answer, and the new group's time has none of it."""
    clock = FakeClock()
    made = group_json("sig-2", "web__2", description="", createdAt="2026-11-24T12:00:00Z")
    groups, script = spot(ok(group_json(), Date="Tue, 24 Nov 2026 12:00:00 GMT"), failed(503), ok(made), clock=clock)
    groups.all()
    clock.seconds += 0.5
    assert groups.create(CONFIG).id == "sig-2"
    assert verbs(script.calls) == "GET POST GET"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("CANT_CREATE_GROUP", "Failed to create group"),
        ("CANT_VALIDATE_IMAGE", "can't validate ami"),
        ("InvalidParameterValue", "Value (x) for parameter is an Invalid IAM instance profile name"),
    ],
)
def test_refusals_that_pass_are_tried_again_after_a_look(code: str, message: str) -> None:
    other = group_json("sig-1")
    groups, script = spot(failed(400, code, message), *[ok(other)] * LOOKS, ok(OURS))
    assert groups.create(CONFIG).id == "sig-2"
    assert verbs(script.calls) == "POST" + " GET" * LOOKS + " POST"


@pytest.mark.parametrize(
    "never_done", [failed(429), failed(400, "Throttling"), requests.ConnectTimeout(), requests.exceptions.ProxyError()]
)
def test_a_create_that_never_arrived_is_sent_again_without_a_look(never_done: Scripted) -> None:
    groups, script = spot(never_done, ok(OURS))
    assert groups.create(CONFIG).id == "sig-2"
    assert verbs(script.calls) == "POST POST"


def test_a_refusal_that_stays_is_raised_at_once() -> None:
    for code, message in (("ValidationError", "no"), ("InvalidParameterValue", "a subnet")):
        groups, script = spot(failed(400, code, message), ok(group_json("sig-1")))
        with pytest.raises(ApiError) as caught:
            groups.create(CONFIG)
        assert (caught.value.code, caught.value.maybe_applied) == (code, False)
        assert script.calls.count("POST /aws/ec2/group?accountId=act-12345678") == 1


def test_a_create_is_not_repeated_when_nobody_can_tell_whether_it_happened() -> None:
    groups, script = spot(failed(502), failed(400, "X", "the list is broken"))
    with pytest.raises(ApiError) as caught:
        groups.create(CONFIG)
    assert (caught.value.status, caught.value.maybe_applied) == (502, True)
    assert verbs(script.calls) == "POST GET"


def test_a_create_ends_with_its_attempts_and_its_deadline() -> None:
    other = ok(group_json("sig-1"))
    groups, script = spot(*[failed(502), *[other] * LOOKS] * 9, attempts=3)
    with pytest.raises(ApiError):
        groups.create(CONFIG)
    assert verbs(script.calls).count("POST") == 3

    clock = FakeClock()
    groups, script = spot(failed(502), other, clock=clock, deadline=lambda: 1000.5)
    with pytest.raises(ApiError):
        groups.create(CONFIG)
    assert (verbs(script.calls), clock.sleeps) == ("POST GET", [])


def test_two_of_ours_after_lost_answers_are_told_apart_by_age() -> None:
    younger = group_json("sig-7", "web__2", description=MARK, createdAt="2026-11-24T12:00:09.000Z")
    groups, _ = spot(failed(502), ok(younger, OURS))
    assert groups.create(CONFIG).id == "sig-2"


def test_a_config_without_a_description_matches_a_group_without_one() -> None:
    now = {"Date": "Tue, 24 Nov 2026 12:00:00 GMT"}
    groups, _ = spot(ok(group_json(), **now), failed(502), ok(group_json("sig-2", "web__2", description=None)))
    groups.all()
    assert groups.create({"name": "web__2"}).id == "sig-2"


def test_user_data_that_spot_quotes_is_hidden() -> None:
    message = 'child "userData" fails because IyEvYmluL3NlY3JldAo= is bad: #!/bin/secret'
    groups, _ = spot(Reply(400, envelope(400, errors=[{"code": "ValidationError", "message": message}])))
    with pytest.raises(ApiError) as caught:
        groups.create(CONFIG)
    assert "fails because *** is bad: ***" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_of_user_data_that_spot_quotes_in_part_nothing_is_left() -> None:
    data = b64encode("".join(f"echo step {number}\n" for number in range(99)).encode()).decode()
    config: JsonObject = {"name": "web__2", "compute": {"launchSpecification": {"userData": data}}}
    for message in (f"bad: {data}", f"bad: {data[3:900]}...", f"bad: {data[:300]}\\n{data[300:]}"):
        groups, _ = spot(Reply(400, envelope(400, errors=[{"code": "ValidationError", "message": message}])))
        with pytest.raises(ApiError) as caught:
            groups.create(config)
        assert not any(data[at : at + 12] in str(caught.value) for at in range(len(data) - 12)), caught.value


def test_every_secret_in_a_config_is_known_as_one() -> None:
    config: JsonObject = {
        "integrations": [{"aclToken": "tok-123"}, {"secretKey": "key-123"}, {"tokens": ["list-123"]}],
        "launch": {"userData": "/+/+", "shutdownScript": "c2g=", "imageId": "ami-123456", "password": "abc"},
    }
    assert set(secrets_in(config)) == {"tok-123", "key-123", "list-123", "/+/+", "c2g="}
