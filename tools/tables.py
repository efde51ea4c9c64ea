"""Writes what the README takes from elsewhere: the tables of action.yml, and the summary that the demo makes."""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
ACTION = ROOT / "action.yml"
SUMMARY = ROOT / "tests" / "e2e" / "golden" / "success.md"  # the demonstration on a clock that jumps


def main() -> int:
    """Rewrite the file, or with --check only say whether it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("readme", type=Path)
    parser.add_argument("--check", action="store_true", help="change nothing; the exit code is 1 if something would be")
    options = parser.parse_args()
    before = options.readme.read_text(encoding="utf-8")
    after = with_tables(before, ACTION.read_text(encoding="utf-8"))
    after = with_summary(after, SUMMARY.read_text(encoding="utf-8"))
    if options.check and before != after:
        sys.stderr.write(f"{options.readme} is out of date: run python tools/tables.py {options.readme}\n")
        return 1
    options.readme.write_text(after, encoding="utf-8")
    return 0


def with_tables(readme: str, action: str) -> str:
    """The README with what stands between its markers made anew. Raises `ValueError` when a marker is missing."""
    readme = _filled(readme, "inputs", "made from action.yml", inputs(action))
    return _filled(readme, "outputs", "made from action.yml", outputs(action))


def with_summary(readme: str, summary: str) -> str:
    """The README with a summary up to its first fold, its headings one level lower."""
    shown = summary.partition("<details>")[0].strip().replace("\n### ", "\n#### ").replace("## ", "### ", 1)
    return _filled(readme, "summary", "made by the demo", f"\n{shown}\n")


def inputs(action: str) -> str:
    """A table per heading; the headings are the comments between the inputs."""
    declared = yaml.safe_load(action)["inputs"]
    blocks = []
    for heading, names in sections(action):
        rows = [(f"`{name}`", _default(declared[name]), _words(declared[name])) for name in names]
        blocks.append(f"\n**{heading}**\n\n" + _table(("Input", "Default", "Description"), rows))
    return "".join(blocks)


def outputs(action: str) -> str:
    """One table."""
    declared = yaml.safe_load(action)["outputs"]
    rows = [(f"`{name}`", _words(entry)) for name, entry in declared.items()]
    return "\n" + _table(("Output", "Description"), rows)


def sections(action: str) -> Iterator[tuple[str, list[str]]]:
    """The headings of action.yml with the inputs below each."""
    listed = action.partition("\ninputs:\n")[2].partition("\noutputs:\n")[0]
    found = re.split(r"^  # (.+)$", listed, flags=re.MULTILINE)[1:]
    for heading, content in zip(found[::2], found[1::2], strict=True):
        yield heading, re.findall(r"^  ([a-z-]+):$", content, re.MULTILINE)


def _filled(readme: str, name: str, source: str, content: str) -> str:
    begin, end = f"<!-- {name}: {source} -->", f"<!-- end of {name} -->"
    head, first, rest = readme.partition(begin)
    _, last, tail = rest.partition(end)
    if not first or not last:
        raise ValueError(f"The README has no {begin} … {end}.")
    return f"{head}{begin}\n{content}\n{end}{tail}"


def _default(entry: dict[str, str]) -> str:
    return f"`{entry['default']}`" if entry.get("default") else ""


def _words(entry: dict[str, str]) -> str:
    return " ".join(entry["description"].split()).replace("|", "\\|")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
