"""What a run shows on GitHub, from inputs to the calls that GitHub would get."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import Mock

import pytest
import requests
from requests.adapters import BaseAdapter

from spotaction.github.progress import Progress
from spotaction.main import main
from spotaction.model.deployment import Status
from spotaction.model.errors import CancelledError, RollbackIncompleteError
from spotaction.model.resources import Group, GroupId
from spotaction.reporting import note_rollback
from spotaction.sandbox import Sandbox
from spotaction.sandbox.action_transport import SPOT_URL, ActionClock, transport
from tests.support.action import ROOT, stand
from tests.support.fakes import deployment, scene
from tests.support.guarding import NEW, OLD

BAD = {"behaviours": [{"image": "ami-0aaaaaaaaaaaaaaa2", "target": "never"}]}


class GitHub(BaseAdapter):
    """Takes every deployment and remembers environment and states."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, str]] = []

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:  # type: ignore[override]
        body = json.loads(request.body or "null")
        self.told.append((body["environment"], body.get("state", "created")))
        response = requests.Response()
        response.status_code, response._content = 201, b'{"id": 7}'
        return response

    def close(self) -> None:
        pass


def states(sandbox: Sandbox, clock: ActionClock, inputs: Mapping[str, str], folder: Path) -> tuple[str, list[str]]:
    """The log and the states that GitHub was told, with one environment for all of them."""
    github, way = GitHub(), transport(sandbox)
    assert way.http is not None
    way.http.mount("https://api.github.com", github)
    environ = {
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        "INPUT_SPOT-TOKEN": sandbox.token,
        "INPUT_SPOT-ACCOUNT-ID": sandbox.account_id,
        "INPUT_SPOT-API-URL": SPOT_URL,
        "AWS_ACCESS_KEY_ID": sandbox.access_key[0],
        "AWS_SECRET_ACCESS_KEY": sandbox.access_key[1],
        "GITHUB_REPOSITORY": "example/web",
        "GITHUB_SHA": "0123abcd",
        "GITHUB_WORKSPACE": str(ROOT),
        "GITHUB_OUTPUT": str(folder / "outputs"),
    }
    log = io.StringIO()
    main(environ, log, clock=clock, transport=way)
    assert {environment for environment, _ in github.told} <= {"prod"}
    return log.getvalue(), [state for _, state in github.told]


@pytest.mark.parametrize(
    ("inputs", "changes", "told"),
    [
        ({}, {}, ["created", "in_progress", "success"]),
        ({"steady-state-timeout": "5m"}, BAD, ["created", "in_progress", "failure"]),
        ({"artifact-version": "web-nowhere"}, {}, ["created", "in_progress", "error"]),
        ({"until": "setup"}, {}, ["created", "in_progress", "in_progress"]),
        ({"operation": "plan"}, {}, []),
        ({"github-token": ""}, {}, []),
        ({"instances": "many"}, {}, []),
    ],
)
def test_a_github_deployment_shows_how_the_run_went(
    inputs: Mapping[str, str], changes: Mapping[str, object], told: list[str], tmp_path: Path
) -> None:
    with stand("basic", tmp_path, changes) as where:
        given = {**where.inputs, "github-token": "ghs_0123456789", **inputs}
        log, found = states(where.sandbox, ActionClock(where.clock), given, tmp_path)
    assert found == told
    assert log.count("ghs_0123456789") == log.count("::add-mask::ghs_0123456789") == bool(given["github-token"])


def test_a_cancel_after_a_rollback_does_not_hide_that_it_is_incomplete() -> None:
    stage, record = scene(), deployment(OLD, NEW, status=Status.ROLLBACK_INCOMPLETE, rollback_failures=["setup: no"])

    def get(group: GroupId) -> Group | None:
        raise CancelledError(f"Cancelled while {group} was read.")

    stage.groups.get = get  # type: ignore[method-assign]
    with pytest.raises(RollbackIncompleteError, match="The rollback is incomplete: setup: no") as caught:
        note_rollback(record, stage.world(), Mock(spec=Progress))
    assert caught.value.next_step == "run this action with the same inputs and operation: rollback."
