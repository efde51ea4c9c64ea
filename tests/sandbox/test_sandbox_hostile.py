"""Whatever is sent to the Spot API, the answer is Spot's envelope: never a broken server."""

import copy
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from spotaction.sandbox import Sandbox
from spotaction.sandbox.spot.app import ROUTES
from tests.support.sandboxes import JSON, Spot, new_group, paths_of

GROUPS = "/aws/ec2/group"
GROUP = f"{GROUPS}/{{id}}"
INSTANCE = "/aws/ec2/instance/{id}"
#: Values of every JSON type, and the borders of each.
VALUES: tuple[object, ...] = (
    *(None, True, 0, -1, 1.5, 10**30, "", "x", "3", "true", "\x00", "\ud800"),
    *([], [None], ["x"], [[]], [{}], {}, {"x": {}}, {"name": 1}),
)
#: Bodies that are not even JSON, or not what anybody expects of JSON.
RAW = (b"\xff\xfe", b"{", b"NaN", b'{"group": NaN}', b'{"a":1,"a":2}', b"[" * 5000, b"a=b&c=d", b"<xml/>")
TEXTS = ("", "-1", "0", "1.5", "9" * 400, "x", "²", "٣", "NaN", "inf", "%00", "2026-99-99", "1e400", "sig-00000000")
QUERIES = {
    f"GET {GROUPS}": ("name", "minCreatedAt", "maxCreatedAt", "includeDeleted"),
    f"PUT {GROUP}": ("autoApplyTags", "shouldResumeStateful"),
    f"PUT {GROUP}/scale/up": ("adjustment",),
    f"PUT {GROUP}/scale/down": ("adjustment",),
    f"GET {GROUP}/events": ("fromDate",),
    f"GET {GROUP}/logs": ("fromDate", "toDate", "severity", "limit"),
    f"GET {GROUP}/roll": ("limit", "sort"),
    f"POST {GROUP}/scale/suspendPolicy": ("policyName",),
    f"POST {GROUP}/scale/resumePolicy": ("policyName",),
    f"POST {INSTANCE}/lock": ("ttlInMinutes",),
}
#: A body that each route takes, to be spoilt at one place after the other.
BODIES: dict[str, JSON] = {
    f"PUT {GROUP}/capacity": {"capacity": {"minimum": 1, "target": 3, "maximum": 6}},
    f"PUT {GROUP}/detachInstances": {
        "instancesToDetach": ["i-1"],
        "shouldTerminateInstances": True,
        "shouldDecrementTargetCapacity": False,
        "drainingTimeout": 10,
    },
    f"POST {GROUP}/suspension": {"suspensions": [{"name": "AUTO_SCALE", "ttlInMinutes": 5}]},
    f"DELETE {GROUP}/suspension": {"processes": ["AUTO_SCALE"]},
    f"POST {GROUP}/scale/suspendPolicy": {"suspension": {"ttlInMinutes": 5}},
    f"PUT {GROUP}/roll": {
        "batchSizePercentage": 50,
        "gracePeriod": 60,
        "drainingTimeout": 10,
        "strategy": {"action": "REPLACE_SERVER", "batchMinHealthyPercentage": 50, "onFailure": {"actionType": "x"}},
    },
    f"PUT {GROUP}/roll/{{rollId}}": {"roll": {"status": "STOPPED"}},
    "POST /aws/ec2/instance/interruption": {"instancesToInterrupt": ["i-1"]},
}


def call_of(sandbox: Sandbox, route: str) -> tuple[str, str]:
    """Return a route's method and path, with ids that exist; what is deleted is another group."""
    method, path = route.split(" ")
    group, doomed = sandbox.state()["groups"][:2]
    ident = group["instances"][0]["id"] if path.startswith(INSTANCE) else group["id"]
    ident = doomed["id"] if route == f"DELETE {GROUP}" else ident
    return method, path.replace("{id}", ident).replace("{rollId}", "sbgd-00000000")


def whole_group() -> JSON:
    group: JSON = new_group()["group"]
    group["description"] = "web"
    group["strategy"] |= {"persistence": {"shouldPersistRootDevice": False}, "signals": [{"name": "INSTANCE_READY"}]}
    group["compute"]["instanceTypes"]["weights"] = []
    group["compute"]["launchSpecification"] |= {
        "tags": [{"tagKey": "App", "tagValue": "web"}],
        "userData": "aGk=",
        "loadBalancersConfig": {"loadBalancers": [{"type": "CLASSIC", "name": "web"}]},
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 8, "encrypted": True}}],
        "iamRole": {"name": "web"},
    }
    group["scaling"] = {"up": [{"policyName": "cpu", "threshold": 70, "adjustment": 1}]}
    group["scheduling"] = {"tasks": [{"isEnabled": True, "taskType": "scale", "cronExpression": "0 8 * * *"}]}
    return {"group": group}


def spoilt(sound: JSON, values: tuple[object, ...] = VALUES) -> Iterator[bytes]:
    """Yield the body with one thing in it replaced or left out, wherever that is."""
    for path, value in itertools.product(paths_of(sound), (*values, ...)):
        body = copy.deepcopy(sound)
        part: Any = body
        for key in path[:-1]:
            part = part[key]
        if value is ...:
            del part[path[-1]]
        else:
            part[path[-1]] = value
        yield json.dumps(body).encode()


def fault_of(spot: Spot, method: str, path: str, body: bytes = b"", **query: str) -> str | None:
    """Return what is wrong with the answer, None where it is as it should be."""
    answer = spot.raw(method, path, body, **query)
    told = f"{method} {path} {query} {body[:80]!r}: {answer.status_code} {answer.text[:200]}"
    try:
        response = answer.json()["response"]
    except (ValueError, KeyError):
        return told
    if answer.status_code != response["status"]["code"] or answer.status_code >= 500:
        return told
    return None if answer.status_code == 200 or response["errors"][0]["code"] else told


@pytest.fixture
def scenario(scenario: JSON) -> JSON:
    group = scenario["elastigroups"][0]
    config = {"scaling": {"up": [{"policyName": "cpu", "threshold": 70}]}}
    return scenario | {"rate-limit": None, "elastigroups": [group | {"config": config}, group | {"name": "doomed"}]}


def test_no_body_breaks_a_route(spot: Spot, sandbox: Sandbox) -> None:
    bodies = [*RAW, *(json.dumps(value).encode() for value in VALUES)]
    calls = [call_of(sandbox, route) for route in ROUTES]
    found = [fault_of(spot, *call, body, policyName="cpu") for body in bodies for call in calls]
    assert [fault for fault in found if fault] == []


def test_no_part_of_a_body_breaks_its_route(spot: Spot, sandbox: Sandbox) -> None:
    found = [
        fault_of(spot, *call_of(sandbox, route), body, policyName="cpu")
        for route, sound in BODIES.items()
        for body in spoilt(sound)
    ]
    assert [fault for fault in found if fault] == []


def test_no_parameter_breaks_its_route(spot: Spot, sandbox: Sandbox) -> None:
    dates = {"fromDate": "0", "toDate": "9999999999999"}
    found = [
        fault_of(spot, *call_of(sandbox, route), b"", **(dates | {key: text}))
        for route, keys in QUERIES.items()
        for key, text in itertools.product(keys, TEXTS)
    ]
    assert [fault for fault in found if fault] == []


def test_no_part_of_a_group_breaks_create_or_update(spot: Spot, sandbox: Sandbox) -> None:
    path = f"{GROUPS}/{sandbox.state()['groups'][0]['id']}"
    found = []
    for body in spoilt(whole_group(), VALUES[::2]):
        found += [fault_of(spot, "POST", GROUPS, body), fault_of(spot, "PUT", path, body)]
        found += [fault_of(spot, "GET", f"{path}/status")]
    found += [fault_of(spot, "GET", GROUPS)]
    assert [fault for fault in found if fault] == []


@pytest.mark.parametrize("path", ["/", "/aws", f"{GROUPS}/", f"{GROUPS}//status", f"{GROUPS}/%00", "/x?y", "/%ff"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_no_path_breaks_the_api(spot: Spot, method: str, path: str) -> None:
    answer = spot.raw(method, path)
    assert 400 <= answer.status_code < 500
    assert method == "HEAD" or answer.json()["response"]["status"]["code"] == answer.status_code
