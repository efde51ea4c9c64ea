"""The image holds what a deployment needs and nothing else, whether or not a builder honours .dockerignore."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.action import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def copied() -> Iterator[tuple[str, str]]:
    """Every source that is copied from the context, as it is written, and where it goes."""
    for line in re.findall(r"^COPY (.+)$", DOCKERFILE.replace("\\\n", " "), re.MULTILINE):
        if not line.startswith("--from="):
            *sources, target = line.split()
            yield from ((source, target) for source in sources)


def expanded() -> Iterator[tuple[Path, str]]:
    for source, target in copied():
        found = sorted(ROOT.glob(source))
        assert found, f"{source} is not there"
        yield from ((path, target) for path in found)


def test_every_source_is_a_file_that_is_named() -> None:
    assert [source for source, _ in copied() if (ROOT / source).is_dir() or "**" in source] == []


def test_the_whole_action_is_copied_and_nothing_of_the_sandbox_and_the_command_line() -> None:
    left_out = {"cli", "sandbox"}
    code = [path for path in (ROOT / "spotaction").rglob("*.py") if left_out.isdisjoint(path.parts)]
    schemas = [path for path in (ROOT / "schemas").glob("*.json") if path.name != "scenario.schema.json"]
    places = {path: f"/app/{path.parent.relative_to(ROOT)}/" for path in [*code, *schemas]}
    places |= {ROOT / name: "/app/" for name in ("entrypoint.py", "post_entrypoint.py")}
    assert {path: target for path, target in expanded() if target != "/build/"} == places


def test_dockerignore_keeps_nothing_back_that_is_copied() -> None:
    let_in = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert [source for source, _ in copied() if not source.startswith(tuple(let_in))] == []


def test_no_module_of_the_image_imports_the_command_line() -> None:
    left = [path for path, target in expanded() if target.startswith("/app/spotaction")]
    importers = [path.name for path in left if "spotaction.cli" in path.read_text(encoding="utf-8")]
    assert importers == ["__main__.py"]
    assert "&& rm /app/spotaction/__main__.py" in DOCKERFILE  # the build imports every module that is left
