"""Secrets reach the clouds that need them, and nothing that a run writes."""

import base64
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.action import NEW, QUICK, ROOT, Result, Stand, stand
from tests.support.runner_files import commands_in

TOKEN = "tok-b3c1f7a9d5e2"
PASSWORD = 'sword_fish "19" & co'
SCRIPT = '#!/bin/sh\necho "<+secrets.getValue("db")>" > /etc/db-password\nsystemctl start web-of-<+env.name>\n'
RENDERED = SCRIPT.replace('<+secrets.getValue("db")>', PASSWORD).replace("<+env.name>", "prod")


def workspace(folder: Path) -> dict[str, str]:
    """The examples, with a start-up script that holds a secret."""
    shutil.copytree(ROOT / "examples", folder / "examples", dirs_exist_ok=True)
    (folder / "examples" / "deploy" / "startup.sh").write_text(SCRIPT, encoding="utf-8")
    return {"GITHUB_WORKSPACE": str(folder), "INPUT_SECRETS": f"db: '{PASSWORD}'"}


def run(box: Stand, folder: Path, inputs: Mapping[str, str] = {}) -> Result:
    given = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    return box.run(environ={**workspace(folder), **given})


def user_data(result: Result) -> str:
    """The user data that was sent, as it was sent."""
    (create,) = [call for call in result.calls if call["call"] == "POST /aws/ec2/group"]
    return str(create["body"]["group"]["compute"]["launchSpecification"]["userData"])


def shown(text: str) -> str:
    """What a person sees of a log: without the commands that hide values, which the runner never shows."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("::add-mask::"))


def secrets_in(text: str) -> set[str]:
    """The names of what leaked: whole secrets, their encodings, and each line of the rendered script."""
    raw = base64.b64encode(RENDERED.encode()).decode()
    known = {
        "token": TOKEN,
        "password": PASSWORD,
        "password as JSON": PASSWORD.replace('"', '\\"'),
        "password as HTML": PASSWORD.replace("&", "&amp;"),
        "password as Markdown": PASSWORD.replace("_", "\\_").replace("&", "&amp;"),
        "user data": raw,
        "a part of the user data": raw[24:64],
        "the password as base64": base64.b64encode(PASSWORD.encode()).decode().rstrip("="),
        **{f"line {number}": line for number, line in enumerate(RENDERED.splitlines()) if number},
    }
    return {name for name, secret in known.items() if secret in text}


def files_of(folder: Path) -> str:
    """Everything that runs wrote for the runner, as it stands in its files."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("GITHUB_*")))


ENDINGS: dict[str, dict[str, str]] = {
    "deployed": {},
    "plan": {"operation": "plan"},
    "rolled-back": {"steady-state-timeout": "2m"},
    "refused": {"instances": "min=0,max=0,desired=0"},
    "invalid": {"app-name": "<+service.nope>"},
    "canary": {"strategy": "canary", "canary": "34%"},
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_that_a_run_writes_holds_a_secret(tmp_path: Path, ending: str) -> None:
    sick = {"behaviours": [{"image": NEW, "boots": False}]} if ending == "rolled-back" else {}
    with stand("basic", tmp_path, {**QUICK, **sick, "token": TOKEN}) as box:
        result = run(box, tmp_path, ENDINGS[ending])

        assert secrets_in(shown(result.log)) == set()
        assert secrets_in(files_of(tmp_path)) == set()
        assert result.outputs["status"] in {"deployed", "planned", "rolled-back", "refused", "invalid"}


def test_the_instances_get_the_secret(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "token": TOKEN}) as box:
        result = run(box, tmp_path)

        assert base64.b64decode(user_data(result)).decode() == RENDERED
        assert {call["status"] for call in result.calls} == {200}


def test_token_and_secrets_are_masked_before_anything_else_is_said(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "token": TOKEN}) as box:
        result = run(box, tmp_path)

        masked = [command.data for command in commands_in(result.log) if command.name == "add-mask"]
        assert {TOKEN, PASSWORD, *box.sandbox.access_key} <= set(masked)
        assert result.log.startswith("::add-mask::")


@pytest.mark.parametrize("name", ["SPOT-TOKEN", "GITHUB-TOKEN", "GITHUB_TOKEN", "ROLE-EXTERNAL-ID", "ROLE_EXTERNAL_ID"])
def test_each_line_of_a_secret_is_masked_although_it_should_have_one(tmp_path: Path, name: str) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(environ={f"INPUT_{name}": "\u200bfirst-line\nsecond-line"}, timeout="second-line")

        assert result.outputs["status"] == "invalid"
        assert result.log.startswith("::add-mask::")
        assert [word for word in ("first-line", "second-line") if word in shown(result.log) + files_of(tmp_path)] == []


def test_a_second_deployment_shows_nothing_of_the_first_ones_user_data(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "token": TOKEN}) as box:
        run(box, tmp_path)
        plan = run(box, tmp_path, {"operation": "plan", "artifact-version": "web-2026.11.16"})

        assert plan.outputs["has-changes"] == "true"
        assert secrets_in(shown(plan.log) + files_of(tmp_path)) == set()


def test_what_a_cloud_says_back_is_redacted_too(tmp_path: Path) -> None:
    told = (
        f"Group with userData {base64.b64encode(RENDERED.encode()).decode()} and token {TOKEN} is invalid: {PASSWORD}"
    )
    refused = {
        "match": {"call": "POST /aws/ec2/group"},
        "effect": "status",
        "status": 400,
        "code": "E",
        "message": told,
    }
    with stand("basic", tmp_path, {**QUICK, "token": TOKEN}) as box:
        box.sandbox.add_fault({**refused, "times": 9})
        result = run(box, tmp_path)

        assert result.code != 0
        assert secrets_in(shown(result.log) + files_of(tmp_path)) == set()


def test_the_search_for_secrets_finds_them() -> None:
    data = base64.b64encode(RENDERED.encode()).decode()
    assert secrets_in(f"{TOKEN} {PASSWORD}") == {"token", "password"}
    assert secrets_in(data) == {"user data", "a part of the user data"}
    assert secrets_in('{"reason":"sword_fish \\"19\\" & co"}') == {"password as JSON"}


@pytest.mark.parametrize("room", [340, 370, 398])
@pytest.mark.parametrize("call", ["GET /aws/ec2/group", "*DescribeRules*"])
def test_a_secret_at_the_place_where_a_message_is_cut_is_hidden(tmp_path: Path, call: str, room: int) -> None:
    with stand("blue-green", tmp_path, {**QUICK, "token": TOKEN * 4}) as box:
        secret = TOKEN * 4 if "aws" in call else box.sandbox.access_key[1]
        refused = {"effect": "status", "status": 400, "code": "E", "message": "=" * room + secret + "=" * 300}
        box.sandbox.add_fault({"match": {"call": call}, **refused, "times": 9})
        result = box.run()

        assert result.code != 0
        assert f"={secret[:4]}" not in shown(result.log) + files_of(tmp_path)


def test_user_data_that_spot_says_back_is_hidden_to_its_last_piece(tmp_path: Path) -> None:
    more = "".join(f"echo step {number} of the start\n" for number in range(60))
    data = base64.b64encode((RENDERED + more).encode()).decode()
    refused = {"match": {"call": "POST /aws/ec2/group"}, "effect": "status", "status": 400, "code": "E", "times": 9}
    with stand("basic", tmp_path, {**QUICK, "token": TOKEN}) as box:
        given = workspace(tmp_path)
        (tmp_path / "examples" / "deploy" / "startup.sh").write_text(SCRIPT + more, encoding="utf-8")
        box.sandbox.add_fault({**refused, "message": f"userData is invalid: {data}"})
        result = box.run(environ=given)

        assert result.code != 0
        written = shown(result.log) + files_of(tmp_path)
        assert not any(data[at : at + 12] in written for at in range(len(data) - 12))


def test_a_plan_hides_keys_of_integrations_and_keeps_its_own(tmp_path: Path) -> None:
    nomad = {"nomad": {"masterHost": "schlüssel-wort", "masterPort": 1, "aclToken": "nomad-acl-t0ken"}}
    with stand("basic", tmp_path, QUICK) as box:
        (running,) = (group for group in box.sandbox._world.groups.values() if group.name == "web_prod__7")
        running.document["thirdPartiesIntegration"] = nomad
        plan = box.run(operation="plan", secrets="A: schlüssel-wort\nB: subject")

        written = shown(plan.log) + files_of(tmp_path)
        assert all("subject" in act for act in json.loads(plan.outputs["plan"])["acts"])
        assert [word for word in ("schl", "nomad-acl-t0ken") if word in written] == []


def test_a_plan_hides_letters_beyond_ascii(tmp_path: Path) -> None:
    with stand("basic", tmp_path, {**QUICK, "elastigroups": []}) as box:
        plan = box.run(operation="plan", app_name="schlüsselwort", secrets="A: schlüsselwort")

        assert json.loads(plan.outputs["plan"])["app"] == "***"
        assert "schl" not in plan.outputs["plan"]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("word", ["deployed", "running", "blue-green", "web_prod", "name", "4711", "us-east-1", "swap"])
def test_a_secret_that_is_a_word_of_the_record_does_not_make_it_unreadable(tmp_path: Path, word: str) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        before = box.picture()
        deployed = box.run(secrets=f"NOT_VERY_SECRET: '{word}'")
        result = box.run(operation="rollback", deployment=deployed.outputs["deployment"], run_id="4712")

        assert deployed.outputs["status"] == "deployed"
        assert (result.code, result.outputs["status"]) == (0, "rolled-back"), result.log
        assert box.picture() == before
