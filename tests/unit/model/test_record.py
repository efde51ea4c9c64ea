import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.documents.source import check_document, parse_document
from spotaction.model import record
from spotaction.model.deployment import UNKNOWN_RUN, Deployment, GroupRef, RoutePair, Run, Snapshot, Status
from spotaction.model.resources import (
    AppName,
    Capacity,
    Forward,
    GroupId,
    Image,
    ImageId,
    ListenerArn,
    Route,
    RuleArn,
    TargetGroupArn,
    Weighted,
)
from tests.support.fakes import BLUE, GREEN, HEAD, deployment, group, route, shift_pair, swap_pair

SINCE = {"nonce", "gatePassedBy", "inDoubt"}  # parts that records of earlier versions do not have


def whole() -> Deployment:
    return deployment(
        group("web"),
        group("web__STAGE__Harness", "sig-0000000b", Capacity.fixed(0)),
        (swap_pair(), shift_pair()),
        fingerprint="0123456789ab",
        deadline=1795528800,
        standalone_routes=[route((BLUE, 90), (GREEN, 10), sticky=60)],
        suspended=[GroupId("sig-0000000b")],
        started_steps=["stage-setup", "swap-route"],
        completed_steps=["stage-setup"],
        status=Status.ROLLBACK_INCOMPLETE,
        reason="swap-route: an alarm fired",
        rollback_failures=["swap-route: no answer"],
    )


def problems(value: object) -> list[str]:
    return [str(problem) for problem in check_document(parse_document(json.dumps(value), name="record"), "deployment")]


def test_a_record_is_as_the_schema_says() -> None:
    stored = record.to_json(whole())
    assert problems(stored) == []
    assert stored["snapshot"] == {
        "old": {
            "id": "sig-0000000a",
            "name": "web",
            "capacity": {"minimum": 2, "target": 3, "maximum": 6},
            "image": "ami-0aaaaaaaaaaaaaaa1",
        },
        "routes": [
            {
                "prod": stored_route(443, ("web-blue/b1b1b1b1b1b1b1b1", 1)),
                "stage": stored_route(8443, ("web-green/e1e1e1e1e1e1e1e1", 1)),
                "blue": "targetgroup/web-blue/b1b1b1b1b1b1b1b1",
                "green": "targetgroup/web-green/e1e1e1e1e1e1e1e1",
            },
            {
                "prod": stored_route(443, ("web-blue/b1b1b1b1b1b1b1b1", 100), ("web-green/e1e1e1e1e1e1e1e1", 0)),
                "stage": None,
                "blue": "targetgroup/web-blue/b1b1b1b1b1b1b1b1",
                "green": "targetgroup/web-green/e1e1e1e1e1e1e1e1",
            },
        ],
    }


def stored_route(port: int, *targets: tuple[str, int]) -> dict[str, object]:
    return {
        "loadBalancer": "web-alb",
        "listener": f"listener/app/web-alb/a1/{port}",
        "port": port,
        "rule": f"listener-rule/app/web-alb/a1/{port}/c1",
        "isDefault": False,
        "targets": [{"targetGroup": f"targetgroup/{name}", "weight": weight} for name, weight in targets],
        "stickySeconds": None,
    }


def test_a_record_comes_back_whole() -> None:
    text = json.dumps(record.to_json(whole()))
    assert record.from_json(json.loads(text), arn_head=HEAD) == whole()


def test_no_account_number_is_in_it() -> None:
    text = json.dumps(record.to_json(whole()))
    assert "111122223333" not in text
    assert "arn:" not in text


def test_a_deployment_that_knows_nothing_yet_is_a_record_too() -> None:
    bare = Deployment(AppName("web"), "basic", Run(), Image(ImageId("ami-1"), ""))
    stored = record.to_json(bare)
    assert problems(stored) == []
    assert record.from_json(stored) == bare


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("app",), ""),
        (("strategy",), "rolling"),
        (("status",), "fine"),
        (("deadline",), "soon"),
        (("new", "id"), "web"),
        (("capacity", "target"), -1),
        (("snapshot", "old", "capacity"), None),
        (("snapshot", "routes", 0, "blue"), BLUE),
        (("snapshot", "routes", 0, "prod", "targets", 0, "weight"), 1000),
        (("snapshot", "routes", 0, "prod", "stickySeconds"), 0),
        (("token",), "tok"),
    ],
)
def test_what_was_changed_by_hand_is_seen_at_its_place(path: tuple[str | int, ...], value: object) -> None:
    stored: Any = json.loads(json.dumps(record.to_json(whole())))
    inner = stored
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    (problem, *_) = problems(stored)
    assert str(path[-1]) in problem


def test_every_part_is_needed() -> None:
    stored = record.to_json(whole())
    for name in stored.keys() - SINCE:
        assert problems({key: value for key, value in stored.items() if key != name}), name


def test_a_record_of_an_earlier_version_may_have_changed_anything() -> None:
    stored = {key: value for key, value in record.to_json(whole()).items() if key not in SINCE}
    assert not problems(stored)
    found = record.from_json(stored, arn_head=HEAD)
    assert (found.nonce, found.gate_passed_by, found.unconfirmed_name) == ("", UNKNOWN_RUN, "")


texts = st.text(max_size=12)
numbers = st.integers(0, 10**6)
names = st.from_regex(r"[A-Za-z0-9-]{1,32}", fullmatch=True)
OF_NO_DEPLOYMENT = {Status.DRAFTED, Status.DRIFTED, Status.LISTED}
hexes = st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
capacities = st.builds(Capacity, numbers, numbers, numbers)
group_ids = st.from_regex(r"sig-[0-9a-f]{8}", fullmatch=True).map(GroupId)
image_ids = st.from_regex(r"ami-[0-9a-f]{17}", fullmatch=True).map(ImageId)
refs = st.builds(GroupRef, id=group_ids, name=texts, capacity=capacities, image=st.none() | image_ids)
target_groups = st.builds((HEAD + "targetgroup/{}/{}").format, names, hexes).map(TargetGroupArn)
forwards = st.builds(
    Forward,
    targets=st.lists(st.builds(Weighted, target_groups, st.integers(0, 999)), max_size=5).map(tuple),
    sticky_seconds=st.none() | st.integers(1, 604800),
)
routes = st.builds(
    Route,
    load_balancer=names,
    listener=st.builds((HEAD + "listener/app/{}/{}/{}").format, names, hexes, hexes).map(ListenerArn),
    port=st.integers(0, 65535),
    rule=st.builds((HEAD + "listener-rule/app/{}/{}/{}/{}").format, names, hexes, hexes, hexes).map(RuleArn),
    is_default=st.booleans(),
    forward=forwards,
)
pairs = st.builds(RoutePair, prod=routes, stage=st.none() | routes, blue=target_groups, green=target_groups)
deployments = st.builds(
    Deployment,
    app=st.text(min_size=1, max_size=12).map(AppName),
    strategy=st.sampled_from(["basic", "canary", "blue-green"]),
    run=st.builds(Run, texts, texts, texts, texts),
    image=st.builds(Image, image_ids, texts),
    fingerprint=texts,
    deadline=st.integers(0, 10**12),
    capacity=st.none() | capacities,
    snapshot=st.builds(Snapshot, st.none() | refs, st.lists(pairs, max_size=2).map(tuple)),
    new=st.none() | refs,
    standalone_routes=st.lists(routes, max_size=2),
    suspended=st.lists(group_ids, max_size=2),
    started_steps=st.lists(texts, max_size=3),
    completed_steps=st.lists(texts, max_size=3),
    status=st.sampled_from([each for each in Status if each not in OF_NO_DEPLOYMENT]),
    reason=texts,
    rollback_failures=st.lists(texts, max_size=2),
)


@given(deployments)
def test_any_record_passes_the_schema_and_comes_back_through_json(given_deployment: Deployment) -> None:
    text = json.dumps(record.to_json(given_deployment), ensure_ascii=False)
    assert problems(json.loads(text)) == []
    assert record.from_json(json.loads(text), arn_head=HEAD) == given_deployment
    assert HEAD not in text
