"""Whole runs of the action, replayed from cassettes with the network blocked; `make record` records them again."""

import io
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from spotaction.main import main
from spotaction.sandbox import JumpingClock, Sandbox
from spotaction.sandbox.action_transport import ActionClock
from spotaction.sandbox.demo import INPUTS, SCENARIOS, STRATEGIES
from spotaction.wiring import Transport
from tests.support import recorder
from tests.support.action import QUICK, ROOT
from tests.support.runner_files import outputs_in

TOKEN, SECRET = "sandbox-token", "secret-of-a-replay"
FILES = ("GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
#: Where replayed calls go: nowhere, but signed all the same.
REPLAYED = {
    "AWS_ACCESS_KEY_ID": "AKIAREPLAYED00000000",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


@pytest.fixture(scope="module")
def vcr_config() -> dict[str, Any]:
    return recorder.CONFIG


@pytest.fixture(scope="module")
def vcr_cassette_dir() -> str:
    return str(recorder.RECORDED)


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("strategy"))


@pytest.mark.sampled(2)
@pytest.mark.vcr
@pytest.mark.block_network
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_recorded_run_goes_the_same_way_again(
    strategy: str, vcr: recorder.Cassette, record_mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = JumpingClock()
    with _surroundings(strategy, clock, recording=record_mode == "rewrite") as (clouds, spot_url):
        _lead(monkeypatch, clouds)
        code, outputs = _run(strategy, {**clouds, "INPUT_SPOT-API-URL": spot_url}, tmp_path, clock)

    if record_mode == "rewrite":
        recorder.keep_outputs(strategy, outputs)
    assert (code, outputs["status"]) == (0, "deployed")
    assert outputs == json.loads(recorder.outputs_of(strategy).read_text(encoding="utf-8"))
    assert record_mode == "rewrite" or vcr.all_played


def test_an_answer_to_another_question_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies are compared: a call to AWS differs from others in nothing else."""
    _lead(monkeypatch, REPLAYED)
    other = {**REPLAYED, "INPUT_SPOT-API-URL": recorder.SPOT, "INPUT_ARTIFACT-VERSION": "web-2026.11.16"}
    with recorder.replayed("basic") as cassette:
        code, outputs = _run("basic", other, tmp_path, JumpingClock())

        assert (code, outputs["status"]) == (5, "failed")
        assert cassette.play_count == 1, "only who we are was asked as recorded"


@pytest.mark.block_network
def test_nothing_can_be_reached_while_cassettes_are_played(record_mode: str) -> None:
    if record_mode != "none":
        pytest.skip("the network is open while recording")
    with socket.socket() as connection, pytest.raises(RuntimeError, match="Network is disabled"):
        connection.connect(("127.0.0.1", 9))


def _lead(monkeypatch: pytest.MonkeyPatch, clouds: Mapping[str, str]) -> None:
    """Have boto3 find what leads it to the clouds, and nothing of the machine that runs the tests."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in clouds.items():
        monkeypatch.setenv(name, value)


@contextmanager
def _surroundings(strategy: str, clock: JumpingClock, *, recording: bool) -> Iterator[tuple[Mapping[str, str], str]]:
    """What leads the action to its clouds: a sandbox on loopback when recording, else production's addresses."""
    if not recording:
        yield REPLAYED, recorder.SPOT
        return
    text = (ROOT / "examples" / "sandbox" / f"{SCENARIOS[strategy]}.yaml").read_text(encoding="utf-8")
    scenario = {**yaml.safe_load(text), **QUICK, "filler-groups": 0, "token": TOKEN}
    with Sandbox(scenario, clock=clock) as box:
        yield box.environment(), box.spot_url


def _run(strategy: str, environ: Mapping[str, str], folder: Path, clock: JumpingClock) -> tuple[int, dict[str, str]]:
    files = {name: folder / name for name in FILES}
    for file in files.values():
        file.write_text("", encoding="utf-8")
    given = {f"INPUT_{name.upper()}": value for name, value in INPUTS[strategy].items()}
    whole = {
        **given,
        "INPUT_SPOT-TOKEN": TOKEN,
        "INPUT_SPOT-ACCOUNT-ID": "act-0a1b2c3d",
        **{name: str(file) for name, file in files.items()},
        "GITHUB_RUN_ID": "4711",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_REPOSITORY": "example/web",
        "GITHUB_WORKSPACE": str(ROOT),
        **environ,
    }
    # Recorded and replayed time go alike: from the sandbox's start, by the action's own sleeps.
    in_turn = Transport(in_turn=True)  # vcrpy knows no threads
    code = main(whole, io.StringIO(), clock=ActionClock(clock), transport=in_turn, nonce=lambda: "0123abcd")
    outputs = outputs_in(files["GITHUB_OUTPUT"].read_text(encoding="utf-8"))
    del outputs["summary-markdown"]  # golden files hold the summary's words
    return code, outputs
