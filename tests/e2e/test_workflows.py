"""The workflows that people copy: every step that uses the action runs on a sandbox, with the inputs as they stand."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from spotaction.inputs.fields import FIELDS
from tests.support.action import NEW, ROOT, Result, stand
from tests.support.http_checks import ScriptedClient, reply
from tests.support.live_groups import GROUPS
from tests.support.project import ACTION, REUSABLE
from tests.support.workflow_uses import WORLD, Use, load, run, run_all, uses_in

EXAMPLES = sorted((ROOT / "examples" / "workflows").glob("*.yml"))
OURS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def named(workflow: str) -> list[Use]:
    return list(uses_in(ROOT / "examples" / "workflows" / workflow))


def ended(result: Result) -> tuple[int, str | None]:
    return result.code, result.outputs.get("status")


def test_a_push_to_main_deploys_in_the_phases_of_a_canary(tmp_path: Path) -> None:
    (use,) = named("deploy.yml")
    result = run(use, tmp_path, "canary")
    assert ended(result) == (0, "deployed"), result.log
    assert result.record["finished"] == ["setup", "canary-deploy-1", "canary-deploy-2", "deploy"]


def test_a_manual_deployment_is_a_plan_unless_the_person_chooses_otherwise(tmp_path: Path) -> None:
    (use,) = named("dispatch.yml")
    result = run(use, tmp_path, "canary")
    assert ended(result) == (0, "planned"), result.log
    assert [call for call in result.mutations if call["call"] != "AssumeRole"] == []


def test_each_environment_is_deployed_with_the_phases_of_its_row(tmp_path: Path) -> None:
    uses = named("environments.yml")
    assert [use.inputs["environment"] for use in uses] == ["staging", "prod-us", "prod-eu"]
    found = []
    for use in uses:
        result = run(use, tmp_path / use.inputs["environment"], "canary", {"elastigroups": []})
        found.append((*ended(result), result.record["app"], len(result.record["finished"])))
    # Each environment has an account or target groups of its own, where nothing serves yet.
    assert found == [
        (0, "deployed", "web_staging", 2),
        (0, "deployed", "web_prod-us", 4),
        (0, "deployed", "web_prod-eu", 3),
    ]


@pytest.mark.slow
def test_jobs_with_approvals_between_them_are_parts_of_one_deployment(tmp_path: Path) -> None:
    results = run_all(named("blue-green-approval.yml"), tmp_path, "shift")
    assert [ended(result) for result in results] == [(0, "stopped"), (0, "stopped"), (0, "deployed")], results[-1].log
    assert [result.record["finished"] for result in results] == [
        ["stage-setup", "shift-10"],
        ["stage-setup", "shift-10", "shift-50"],
        ["stage-setup", "shift-10", "shift-50", "shift-100", "downsize-old"],
    ]


def test_a_deployment_whose_approval_is_refused_can_be_rolled_back(tmp_path: Path) -> None:
    begun, *_ = named("blue-green-approval.yml")
    (rollback,) = named("rollback.yml")
    results = run_all([begun, rollback], tmp_path, "shift")
    assert [ended(result) for result in results] == [(0, "stopped"), (0, "rolled-back")], results[-1].log


def test_a_swap_proves_itself_by_its_checks_before_and_after_production_sees_it(tmp_path: Path) -> None:
    (use,) = named("checks.yml")
    web = ScriptedClient([reply(200, f'{{"image": "{NEW}"}}'.encode())])
    result = run(use, tmp_path, "blue-green", web=web)
    assert ended(result) == (0, "deployed"), result.log
    assert result.record["finished"] == ["stage-setup", "smoke", "swap-route", "downsize-old"]
    assert {request.url for request in web.sent} == {"http://shop.example.com:8443/health"}
    assert len(web.sent) == 20
    assert "| ✅ passed | 20 of 20 good, slowest 80 ms |" in result.summary
    assert "| ⚠️ inconclusive: " in result.summary


def test_a_swap_whose_smoke_check_fails_is_rolled_back_and_production_is_checked(tmp_path: Path) -> None:
    (use,) = named("checks.yml")
    web = ScriptedClient([reply(200, b'{"image": "ami-0"}')])
    result = run(use, tmp_path, "blue-green", web=web)
    assert ended(result) == (1, "rolled-back"), result.log
    assert 'JSON image is "ami-0", not' in result.record["reason"]
    assert [request.url for request in web.sent] == [
        *["http://shop.example.com:8443/health"] * 5,
        "http://shop.example.com:443/health",
    ]


def test_a_pull_request_gets_what_would_change_as_a_comment(tmp_path: Path) -> None:
    (use,) = named("plan-comment.yml")
    result = run(use, tmp_path, "basic")
    assert ended(result) == (0, "planned"), result.log
    assert result.outputs["summary-markdown"].startswith("## 📝 web\\_prod (prod): ")


def test_a_group_is_drafted_into_an_artifact(tmp_path: Path) -> None:
    (use,) = named("init.yml")
    live = GROUPS["start-up script"].scenario()
    with stand("basic", tmp_path, {**WORLD, **live}) as box:
        box.inputs = use.inputs
        result = box.run(environ={"GITHUB_WORKSPACE": str(tmp_path / "checkout")})
        assert ended(result) == (0, "drafted"), result.log
    (step,) = [
        each for each in load(EXAMPLES[0].with_name("init.yml"))["jobs"]["init"]["steps"] if "path" in each["with"]
    ]
    kept = {
        str(file.relative_to(tmp_path / "checkout")) for file in (tmp_path / "checkout").rglob("*.*") if file.is_file()
    }
    patterns = step["with"]["path"].split()
    assert len(kept) == 5
    assert all(
        any(fnmatch(file, f"{pattern}*" if pattern.endswith("/") else pattern) for pattern in patterns) for file in kept
    )


def test_the_night_finds_no_drift_after_a_deployment_and_drift_in_a_group_that_is_another(tmp_path: Path) -> None:
    (night,) = named("drift.yml")
    (plan,) = named("plan-comment.yml")
    deploy = Use("plan-comment.yml", "plan", {**plan.inputs, "operation": "deploy"})
    _, untouched = run_all([deploy, night], tmp_path / "deployed", "basic")
    another = run(night, tmp_path / "another", "basic")
    found = [(*ended(result), result.outputs.get("has-changes")) for result in (untouched, another)]
    assert found == [(0, "unchanged", "false"), (1, "drifted", "true")], another.log
    assert another.outputs["summary-markdown"].startswith("## ⚠️ web\\_prod (prod): ")
    steps = load(ROOT / "examples" / "workflows" / "drift.yml")["jobs"]["drift"]["steps"]
    assert [step.get("if") for step in steps[2:]] == [
        "steps.drift.outputs.has-changes == 'true'",
        "steps.drift.outputs.has-changes == ''",
    ]


@pytest.mark.parametrize("path", [*EXAMPLES, *OURS], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_steps_use_inputs_that_the_action_has(path: Path) -> None:
    known = {field.name for field in FIELDS}
    for job in load(path)["jobs"].values():
        for step in job.get("steps", []):
            if step.get("uses") in {ACTION, "$/"}:
                assert set(step["with"]) <= known


@pytest.mark.parametrize("path", [*EXAMPLES, *OURS], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_action_is_pinned_and_no_script_holds_an_expression(path: Path) -> None:
    content = path.read_text(encoding="utf-8")
    used = re.findall(r"^ *(?:- )?uses: (\S+)(.*)", content, re.MULTILINE)
    loose = [
        ref
        for ref, comment in used
        if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", ref) or not re.fullmatch(r" # v\d+\.\d+\.\d+", comment)
    ]
    assert set(loose) <= {ACTION, REUSABLE, "$/", "$/.github/workflows/check.yml"}
    workflow = load(path)
    scripts = [step["run"] for job in workflow["jobs"].values() for step in job.get("steps", []) if "run" in step]
    assert [script for script in scripts if "${{" in script] == []
    assert workflow["permissions"] == {}


def test_an_action_is_pinned_to_the_same_commit_everywhere() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in [*EXAMPLES, *OURS])
    pins = set(re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40}) # (v[\d.]+)", text))
    assert len(pins) == len({name for name, *_ in pins})


def test_a_release_tags_only_what_was_pushed_and_attested() -> None:
    jobs = load(ROOT / ".github" / "workflows" / "release.yml")["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {"check": None, "image": "check", "tag": "image"}
    image = [step.get("uses", "").partition("@")[0] for step in jobs["image"]["steps"]]
    assert image.index("docker/build-push-action") < image.index("actions/attest")
    tag = [step.get("name", "") for step in jobs["tag"]["steps"]]
    order = [name for name in tag if "digest" in name or "ush" in name or "elease" in name]
    assert order == [
        "Commit action.yml with the image's digest",
        "Push the tag of this version, then move the short ones",
        "Create the release",
    ]


def test_the_release_finds_the_line_that_it_writes_the_digest_into() -> None:
    lines = (ROOT / "action.yml").read_text(encoding="utf-8").splitlines()
    assert lines.count("  image: Dockerfile") == 1
