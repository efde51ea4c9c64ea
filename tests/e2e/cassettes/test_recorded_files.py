"""What lies in the cassettes: nothing secret, nothing of the machine that recorded them, not much of anything."""

import re
from pathlib import Path

import pytest
import yaml

from tests.support.recorder import HIDDEN, RECORDED

FILES = sorted(RECORDED.iterdir())
CASSETTES = [file for file in FILES if file.suffix == ".yaml"]
LEAKS = {
    "the Spot token": r"sandbox-token|Bearer",
    "a secret key": r"\b[0-9a-f]{40}\b|SecretAccessKey|SessionToken",
    "a key id": r"AKIA(?!REPLAYED0{8})\w+",
    "a signature": r"(?i)signature|AWS4-HMAC|Credential=|authorization",
    "the machine": r"127\.0\.0\.1|localhost|werkzeug|/home/|/tmp/",
    "a header of ours": r"(?i)user-agent|x-amz-(?!json)|amz-sdk-",
    "user data": rf'"userData": ?"(?!{re.escape(HIDDEN)})|IyEvYmlu|systemctl',
}
SERVICES = ("ec2", "elasticloadbalancing", "monitoring", "servicequotas", "sts")
HOSTS = {"api.spotinst.io", *(f"{name}.us-east-1.amazonaws.com" for name in SERVICES)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
@pytest.mark.parametrize("leak", LEAKS)
def test_nothing_leaks(file: Path, leak: str) -> None:
    assert re.findall(LEAKS[leak], file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", CASSETTES, ids=lambda file: file.name)
def test_every_call_is_to_production_and_carries_nothing_but_its_body(file: Path) -> None:
    requests = [
        each["request"] for each in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)["interactions"]
    ]
    assert {request["uri"].split("/")[2] for request in requests} == HOSTS
    assert {request["uri"].split("://")[0] for request in requests} == {"https"}
    assert {name for request in requests for name in request["headers"]} == {"Content-Type"}


def test_the_creating_call_is_there_with_its_user_data_hidden() -> None:
    for file in CASSETTES:
        assert f'"userData": "{HIDDEN}"' in file.read_text(encoding="utf-8").replace("\\", ""), file.name


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_files_stay_small(file: Path) -> None:
    assert file.stat().st_size < 1_000_000


def test_there_is_one_cassette_for_each_strategy() -> None:
    assert [file.stem for file in CASSETTES] == ["basic", "blue-green", "canary", "shift"]
