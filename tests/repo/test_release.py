"""A release: one place holds repository and version, and the release workflow's own scripts do what they should."""

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from spotaction.wiring import VERSION as SAID
from tests.support.documents import EVERYTHING
from tests.support.project import ACTION, COMPOSITE, MAJOR, REPOSITORY, REUSABLE, ROOT, VERSION
from tests.support.runner_machine import JSON, Machine, check_out, job

DIGEST = f"sha256:{'0a1b2c3d' * 8}"
IMAGE = "ghcr.io/acme/spotaction"
TODAY = f"{datetime.now(UTC):%Y-%m-%d}"
#: Answers as far as the release asks; a manifest is there for whoever is logged in.
DOCKER = f"""#!/bin/sh
case "$*" in
"buildx imagetools inspect python:3.13-slim --format {{{{.Manifest.Digest}}}}") echo {DIGEST} ;;
"manifest inspect {IMAGE}@{DIGEST}") echo 'denied: denied' >&2; exit 1 ;;
*) echo "docker $*: not known" >&2; exit 64 ;;
esac
"""
GH = '#!/bin/sh\ncp "$7" "$RUNNER_TEMP/published"\necho "$*"\n'


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def step(of: str, beginning: str) -> JSON:
    found: JSON = next(each for each in job("release.yml", of)["steps"] if each.get("name", "").startswith(beginning))
    return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A runner of the repository acme/spotaction, whose owner made pyproject.toml and CHANGELOG.md ready today."""
    workspace = check_out(tmp_path / "workspace")
    values = {"inputs.version": VERSION, "needs.image.outputs.image": IMAGE, "needs.image.outputs.digest": DIGEST}
    machine = Machine(workspace, tmp_path / "temp", values, job("release.yml", "tag")["env"], "acme/spotaction")
    machine.program("docker", DOCKER)
    rewrite(machine, "pyproject.toml", f"github.com/{REPOSITORY}", "github.com/acme/spotaction")
    heading = next(line for line in text("CHANGELOG.md").splitlines() if line.startswith("## "))
    rewrite(machine, "CHANGELOG.md", heading, f"## [{VERSION}] - {TODAY}")
    return machine


def rewrite(machine: Machine, name: str, old: str, new: str) -> None:
    path = machine.workspace / name
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new), encoding="utf-8")


def test_the_version_is_that_of_pyproject_everywhere() -> None:
    newest = re.search(r"^## \[([\d.]+)\] - ", text("CHANGELOG.md"), re.MULTILINE)
    pinned = re.findall(r"^  rev: v(.+)$", EVERYTHING, re.MULTILINE)
    assert (SAID, newest and newest[1], pinned) == (VERSION, VERSION, [VERSION])


def test_the_repository_is_that_of_pyproject_everywhere() -> None:
    workflows = [path.read_text(encoding="utf-8") for path in ROOT.glob("*/workflows/*.yml")]
    workflows += [path.read_text(encoding="utf-8") for path in (ROOT / ".github/workflows").glob("*.yml")]
    policies = yaml.safe_load(text(".github/zizmor.yml"))["rules"]["unpinned-uses"]["config"]["policies"]
    used = {use for content in [EVERYTHING, *workflows] for use in re.findall(r"uses: ([\w./-]+@v\d+)\b", content)}
    assert used == {ACTION, COMPOSITE, REUSABLE}
    installs = [*ROOT.glob("docs/*.md"), *ROOT.glob("examples/*/[.cJ]*")]
    sources = {
        use for each in installs for use in re.findall(r"git\+https://github\.com/(\S+?)\"", each.read_text("utf-8"))
    }
    assert sources == {ACTION}
    assert set(policies) == {REPOSITORY, f"{REPOSITORY}/*", "*"}
    assert re.findall(r"https://github\.com/([\w/-]+)\n  rev:", EVERYTHING) == [REPOSITORY]
    assert re.findall(r"raw\.githubusercontent\.com/(.+?)/schemas", EVERYTHING) == [f"{REPOSITORY}/{MAJOR}"]
    assert re.findall(r"`([\w/-]+)@<40 hex digits>", EVERYTHING) == [REPOSITORY]
    assert re.findall(r"oci://ghcr\.io/([\w/-]+):", EVERYTHING) == [REPOSITORY]
    assert re.findall(r"--owner (\w+)", text("README.md")) == [REPOSITORY.partition("/")[0]]


def test_a_release_whose_code_says_the_same_continues(machine: Machine) -> None:
    ended = machine.run(step("image", "Compare"))
    assert (ended.code, ended.log) == (0, "")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("pyproject.toml", f'version = "{VERSION}"', 'version = "0.9.0"'),
        ("pyproject.toml", "acme/spotaction", "somebody/spotaction"),
        ("spotaction/wiring.py", f'"{VERSION}"', '"0.9.0"'),
        ("CHANGELOG.md", f"## [{VERSION}] - {TODAY}", f"## [{VERSION}] - unreleased"),
    ],
)
def test_a_release_stops_where_the_code_says_something_else(machine: Machine, name: str, old: str, new: str) -> None:
    rewrite(machine, name, old, new)
    ended = machine.run(step("image", "Compare"))
    assert ended.code == 1
    assert ended.log.startswith(f"::error::{name} has no line '")


@pytest.mark.parametrize("version", ["1", "v1.0.0", ".*", ""])
def test_a_version_of_another_form_stops_the_release(machine: Machine, version: str) -> None:
    machine.values["inputs.version"] = version
    ended = machine.run(step("image", "Compare"))
    assert (ended.code, ended.log) == (1, f"::error::The version '{version}' is not of the form X.Y.Z.\n")


def test_the_image_is_named_after_the_repository_on_a_base_that_is_pinned(machine: Machine) -> None:
    machine.repository = "Acme/SpotAction"
    ended = machine.run(step("image", "Name the images"))
    assert (ended.code, ended.outputs) == (0, {"base": f"python:3.13-slim@{DIGEST}", "image": IMAGE}), ended.log


def test_nothing_is_tagged_while_the_package_is_private(machine: Machine) -> None:
    steps = job("release.yml", "tag")["steps"]
    assert steps[0]["name"] == "See that anybody may pull the image"
    ended = machine.run(steps[0])
    assert ended.code == 1
    assert f"::error::{IMAGE} cannot be pulled without a login. Make the package public" in ended.log


def test_the_tagged_action_names_the_image_by_its_digest_and_differs_in_nothing_else(machine: Machine) -> None:
    before = text("action.yml")
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=machine.workspace, check=True)  # noqa: S603, S607 - our own words
    ended = machine.run(step("tag", "Commit action.yml"))
    assert ended.code == 0, ended.log
    after = (machine.workspace / "action.yml").read_text(encoding="utf-8")
    assert after == before.replace("  image: Dockerfile\n", f"  image: docker://{IMAGE}@{DIGEST}\n")
    again = machine.run(step("tag", "Commit action.yml"))
    assert again.code == 1


def test_the_release_shows_what_the_changelog_says_of_this_version_alone(machine: Machine) -> None:
    machine.program("gh", GH)
    rewrite(
        machine, "CHANGELOG.md", "### Added\n", "### Added\n\n- Something new.\n\n## [0.9.0] - 2026-01-01\n\n- Old.\n"
    )
    ended = machine.run(step("tag", "Create the release"))
    assert (ended.code, ended.log.split(" --")[0]) == (0, f"release create v{VERSION}"), ended.log
    assert (machine.temp / "published").read_text(encoding="utf-8") == "\n### Added\n\n- Something new.\n\n"
