"""Every request of the action and every answer of the sandbox keep to what Spot and AWS describe."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.contract import aws, spot
from tests.sandbox.contract.recorder import Exchange, Recorder
from tests.support.action import QUICK, Stand, stand
from tests.support.sandboxes import new_group

STRATEGIES = ("basic", "canary", "blue-green", "shift")


def faults(exchange: Exchange) -> list[str]:
    request = exchange.request
    if not request.path.startswith("/aws/"):
        target = request.headers.get("X-Amz-Target", "")
        authorization = request.headers["Authorization"]
        return aws.faults_of(authorization, exchange.body, exchange.status, exchange.answer, target=target)
    call = f"{request.method} {re.sub('sig-[0-9a-f]{8}', '{id}', request.path)}"
    body = json.loads(exchange.body) if exchange.body else None
    told = spot.faults_of_request(call, request.args, body)
    return told or spot.faults_of_answer(call, json.loads(exchange.answer))


def well(box: Stand, recorder: Recorder) -> None:
    assert box.run(wrap=recorder.around, suspend_scaling="true").code == 0


def badly(box: Stand, recorder: Recorder) -> None:
    """Deploy a release of which no instance can be had, which is rolled back."""
    fault = {"at": 0, "action": "launch-failure", "group": "web_prod__[8S]*", "code": "InsufficientInstanceCapacity"}
    box.sandbox.add_fault(fault)
    assert box.run(wrap=recorder.around, steady_state_timeout="5m").code == 1


def slowly(box: Stand, recorder: Recorder) -> None:
    """Deploy a release whose instances come too late, and of which no log tells."""
    assert box.run(wrap=recorder.around, steady_state_timeout="5m").code == 1


@pytest.mark.parametrize("journey", [well, badly])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_whole_run_keeps_to_the_contract(
    tmp_path: Path, strategy: str, journey: Callable[[Stand, Recorder], None]
) -> None:
    recorder = Recorder()
    with stand(strategy, tmp_path, QUICK, lowest=0, because="only the calls are of interest") as box:
        journey(box, recorder)
    assert [fault for exchange in recorder.exchanges for fault in faults(exchange)] == []


def test_every_call_of_spot_in_the_contract_is_made(tmp_path: Path) -> None:
    recorder = Recorder()
    for journey, timings in ((well, QUICK), (badly, QUICK), (slowly, {"timings": {"fulfil": 900}})):
        folder = tmp_path / journey.__name__
        folder.mkdir()
        with stand("basic", folder, timings, lowest=0, because="only the calls are of interest") as box:
            journey(box, recorder)
    made = {
        f"{one.request.method} {re.sub('sig-[0-9a-f]{8}', '{id}', one.request.path)}"
        for one in recorder.exchanges
        if one.request.path.startswith("/aws/")
    }
    assert made == set(spot.ENDPOINTS)


@pytest.mark.parametrize(
    ("call", "query", "body"),
    [
        ("GET /aws/ec2/group", {}, None),
        ("GET /aws/ec2/group", {"accountId": "act-1", "page": "2"}, None),
        ("PUT /aws/ec2/group/{id}/capacity", {"accountId": "act-1"}, {"capacity": {"minimum": 1, "target": "2"}}),
        ("PUT /aws/ec2/group/{id}", {"accountId": "act-1"}, {"group": {"colour": "red"}}),
        ("PUT /aws/ec2/group/{id}", {"accountId": "act-1"}, {"group": {"strategy": {"risk": 101}}}),
        ("DELETE /aws/ec2/group/{id}", {"accountId": "act-1"}, {"x": 1}),
        ("GET /aws/ec2/spotType", {"accountId": "act-1"}, None),
    ],
)
def test_a_request_that_leaves_the_contract_is_found(call: str, query: dict[str, str], body: object) -> None:
    assert spot.faults_of_request(call, query, body) != []


def test_what_the_sandboxs_own_tests_create_keeps_to_the_contract() -> None:
    assert spot.faults_of_request("POST /aws/ec2/group", {"accountId": "act-1"}, new_group()) == []


def test_an_answer_that_leaves_the_contract_is_found() -> None:
    request = {"id": "1", "url": "/", "method": "GET", "timestamp": "now"}
    item = {
        "instanceId": "i-1",
        "groupId": "sig-1",
        "availabilityZone": "a",
        "lifeCycle": "SPOT",
        "healthStatus": "ILL",
    }
    call, kind = "GET /aws/ec2/group/{id}/instanceHealthiness", "spotinst:aws:ec2:group:instanceHealthiness"
    response = {"status": {"code": 200, "message": "OK"}, "kind": kind, "items": [item], "count": 1}
    (found,) = spot.faults_of_answer(call, {"request": request, "response": response})
    assert "'ILL' is not one of" in found


AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=AKIA1/20261124/us-east-1/elasticloadbalancing/aws4_request, …"
HEALTH = (
    "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions><member><TargetHealth>{}"
    "</TargetHealth></member></TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>"
)


@pytest.mark.parametrize(
    ("form", "answer", "problem"),
    [
        ("TargetGroupArn=arn", "<State>healthy</State>", ""),
        ("TargetGroup=arn", "<State>healthy</State>", "has no parameter TargetGroup"),
        ("Targets.member.1.Id=i-1", "<State>healthy</State>", "TargetGroupArn is missing"),
        (
            "TargetGroupArn=arn&Targets.member.1.Id=i-1&Targets.member.1.Port=0",
            "<State>healthy</State>",
            "Port is out of 1..65535",
        ),
        ("TargetGroupArn=arn", "<State>poorly</State>", "TargetHealth.State must be one of"),
        ("TargetGroupArn=arn", "<Mood>good</Mood>", "TargetHealth.Mood is in no model"),
    ],
)
def test_a_call_that_leaves_the_model_of_aws_is_found(form: str, answer: str, problem: str) -> None:
    body = f"Action=DescribeTargetHealth&Version=2015-12-01&{form}".encode()
    found = aws.faults_of(AUTHORIZATION, body, 200, HEALTH.format(answer).encode())
    assert (problem in found[0]) if problem else found == []
