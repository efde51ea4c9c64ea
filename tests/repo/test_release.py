"""A release: one place holds repository and version, and the release workflow's own scripts do what they should."""

import re
import subprocess
import sys
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
#: Once the package is public: anybody may pull it, and what moves the short tags is kept.
REGISTRY = f"""#!/bin/sh
case "$*" in
"buildx imagetools inspect python:3.13-slim --format {{{{.Manifest.Digest}}}}") echo {DIGEST} ;;
"manifest inspect {IMAGE}@{DIGEST}") echo '{{}}' ;;
"buildx imagetools create "*) shift 3; echo "$*" >> "$RUNNER_TEMP/moved" ;;
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
    assert re.findall(r"--owner (\w+)", text("SECURITY.md")) == [REPOSITORY.partition("/")[0]]


def committed(machine: Machine) -> str:
    """Commit the workspace, and return the commit."""
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=machine.workspace, check=True)  # noqa: S603, S607 - our own words
    return git(machine.workspace, "rev-parse", "HEAD")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603, S607
    return done.stdout.strip()


def name_as(machine: Machine, **identity: str) -> None:
    """Write another repository or version, as CONTRIBUTING.md says."""
    tool = [
        sys.executable,
        "tools/identity.py",
        *(part for key, value in identity.items() for part in (f"--{key}", value)),
    ]
    subprocess.run(tool, cwd=machine.workspace, check=True, capture_output=True)  # noqa: S603 - our own words


@pytest.mark.slow
def test_repository_and_version_are_written_everywhere_from_their_one_place(machine: Machine) -> None:
    rewrite(machine, "pyproject.toml", "github.com/acme/spotaction", f"github.com/{REPOSITORY}")
    committed(machine)
    name_as(machine, repository="acme-2/deployer", version="2.10.0")
    listed = git(machine.workspace, "ls-files").splitlines()
    texts = {name: (machine.workspace / name).read_text(encoding="utf-8") for name in listed if "tests/" not in name}
    left = re.compile(r"OWNER/|`OWNER`|@OWNER|owner OWNER|acme/spotaction|deployer(/[\w./-]+)?@v1|v1/schemas|rev: v1")
    assert [name for name, content in texts.items() if left.search(content)] == ["CONTRIBUTING.md", "tools/identity.py"]
    assert "`python tools/identity.py --repository acme/spotaction`" in texts["CONTRIBUTING.md"]
    assert texts[".github/CODEOWNERS"].splitlines()[-1] == "* @acme-2"
    heading = f"## [{VERSION}] - {TODAY}"
    rewrite(machine, "CHANGELOG.md", heading, f"## [2.10.0] - {TODAY}\n\n{heading}")
    machine.repository, machine.values["inputs.version"] = "acme-2/deployer", "2.10.0"
    assert machine.run(step("image", "Compare")).log == ""


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [["--version", "2.0"], ["--repository", "acme"], ["--version", "v2.0.0"]])
def test_a_repository_or_version_of_another_form_is_written_nowhere(machine: Machine, wrong: list[str]) -> None:
    tool = [sys.executable, "tools/identity.py", *wrong]
    done = subprocess.run(tool, cwd=machine.workspace, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stdout) == (2, "")


def release(machine: Machine) -> None:
    """Execute every script of the release's own jobs in order; `uses:` has put an image into the registry."""
    machine.values["steps.build.outputs.digest"] = DIGEST
    for name in ("image", "tag"):
        for each in job("release.yml", name)["steps"]:
            if "run" in each:
                ended = machine.run(each)
                assert ended.code == 0, f"{each['name']}: {ended.log}"


@pytest.mark.slow
def test_every_script_of_a_release_runs_in_a_clean_checkout_and_the_next_release_moves_the_short_tags(
    machine: Machine,
) -> None:
    remote = machine.temp / "remote.git"
    git(machine.temp, "init", "-q", "--bare", str(remote))
    machine.values["github.token"] = "made-up-token"
    url = "https://x-access-token:made-up-token@github.com/acme/spotaction"
    (machine.temp / "home" / ".gitconfig").write_text(f'[url "{remote}"]\n  insteadOf = {url}\n', encoding="utf-8")
    machine.program("gh", GH)
    machine.program("docker", REGISTRY)
    first = committed(machine)
    release(machine)

    tagged = git(remote, "rev-parse", "v1.0.0")
    assert git(remote, "for-each-ref", "--format=%(refname) %(objectname)").splitlines() == [
        f"refs/tags/{name} {tagged}" for name in ("v1", "v1.0", "v1.0.0")
    ]
    assert git(remote, "rev-parse", f"{tagged}^") == first
    assert git(remote, "diff", "--stat", "--format=", f"{first}..{tagged}").endswith("1 insertion(+), 1 deletion(-)")
    assert f"  image: docker://{IMAGE}@{DIGEST}" in git(remote, "show", f"{tagged}:action.yml")

    git(machine.workspace, "checkout", "-q", first)
    name_as(machine, version="1.1.0")
    rewrite(machine, "CHANGELOG.md", f"## [{VERSION}]", f"## [1.1.0] - {TODAY}\n\n- More.\n\n## [{VERSION}]")
    git(machine.workspace, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "Version 1.1.0")
    machine.values["inputs.version"] = "1.1.0"
    release(machine)

    tags = dict(
        line.split() for line in git(remote, "for-each-ref", "--format=%(refname:short) %(objectname)").splitlines()
    )
    assert tags.keys() == {"v1", "v1.0", "v1.0.0", "v1.1", "v1.1.0"}
    assert tags["v1"] == tags["v1.1"] == tags["v1.1.0"] != tagged
    assert tags["v1.0"] == tags["v1.0.0"] == tagged
    assert (machine.temp / "published").read_text(encoding="utf-8") == "\n- More.\n\n"
    moved = (machine.temp / "moved").read_text(encoding="utf-8").splitlines()
    assert moved == [f"--tag {IMAGE}:1.{minor} --tag {IMAGE}:1 {IMAGE}@{DIGEST}" for minor in (0, 1)]


def test_both_architectures_are_published_and_tested_in_their_own_machines() -> None:
    (build,) = [each for each in job("release.yml", "image")["steps"] if each.get("id") == "build"]
    assert build["with"]["platforms"] == "linux/amd64,linux/arm64"
    tested = job("check.yml", "container")
    assert tested["strategy"]["matrix"]["runner"] == ["ubuntu-24.04", "ubuntu-24.04-arm"]
    assert [each["run"] for each in tested["steps"] if "run" in each] == ["make image-test"]


def test_tests_run_on_every_python_that_the_project_supports() -> None:
    pythons = job("check.yml", "test")["strategy"]["matrix"]["python"]
    oldest = re.search(r'requires-python = ">=3\.(\d+)"', text("pyproject.toml"))
    assert oldest is not None
    assert pythons == [f"3.{minor}" for minor in range(int(oldest[1]), 15)]


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.parametrize("machine_type", ["x86_64", "aarch64"])
def test_every_library_of_the_image_has_a_wheel_for_each_architecture(machine_type: str, tmp_path: Path) -> None:
    platforms = [f"manylinux_2_{minor}_{machine_type}" for minor in (17, 28, 34)] + [f"manylinux2014_{machine_type}"]
    done = subprocess.run(  # noqa: S603 - our own words
        [
            sys.executable,
            *("-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"),
            *("--only-binary=:all:", "--python-version", "3.13", "--dest", str(tmp_path)),
            *(part for platform in platforms for part in ("--platform", platform)),
            *("-r", str(ROOT / "requirements" / "runtime.txt")),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_release_whose_code_says_the_same_continues(machine: Machine) -> None:
    ended = machine.run(step("image", "Compare"))
    assert (ended.code, ended.log) == (0, "")


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_tagged_action_names_the_image_by_its_digest_and_differs_in_nothing_else(machine: Machine) -> None:
    before = text("action.yml")
    committed(machine)
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
