"""Generates parts of the documentation, and the command line's flags and its action, from action.yml and the code."""

import argparse
import ast
import json
import re
import runpy
import sys
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import get_args

import yaml

ROOT = Path(__file__).parents[1]
FLAGS = "spotaction/cli/flags.json"
CLI_ACTION = "cli/action.yml"
SUMMARY = Path("tests/e2e/golden/success.md")  # the demonstration on a jumping clock
_FOUND_IN = {
    "README.md": ("short summary",),
    "docs/what-you-see.md": ("summary",),
    "CONTRIBUTING.md": ("packages",),
    "docs/inputs-and-outputs.md": ("inputs", "outputs"),
    "docs/architecture.md": ("all packages", "imports"),
    "docs/expressions.md": ("expressions",),
}
_SOURCES = {
    "inputs": "made from action.yml",
    "outputs": "made from action.yml",
    "summary": "made by the demo",
    "short summary": "made by the demo",
    "packages": "made from the docstrings",
    "all packages": "made from the docstrings",
    "imports": "made from the import contract",
    "expressions": "made from known_names.py",
}


def main() -> int:
    """Rewrite the documents, or with --check only report which are out of date; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if a document is out of date")
    options = parser.parse_args()
    stale = {name: text for name, text in generate_all().items() if text != _read(name)}
    for name, text in stale.items():
        if options.check:
            sys.stderr.write(f"{name} is out of date: run python tools/tables.py\n")
        else:
            (ROOT / name).write_text(text, encoding="utf-8")
    return 1 if options.check and stale else 0


def generate_all() -> Mapping[str, str]:
    """Return every document with generated parts, by name, with these parts regenerated."""
    action, project = _read("action.yml"), _read("pyproject.toml")
    parts = {
        "inputs": inputs(action),
        "outputs": outputs(action),
        "summary": summary(_read(str(SUMMARY))),
        "short summary": summary(_read(str(SUMMARY)), short=True),
        "packages": packages(ROOT / "spotaction"),
        "all packages": packages(ROOT / "spotaction", nested=True),
        "imports": imports(project),
        "expressions": expressions(),
    }
    documents = {name: fill(_read(name), {part: parts[part] for part in found}) for name, found in _FOUND_IN.items()}
    return documents | {FLAGS: flags(action), CLI_ACTION: composite_action(action, _read(CLI_ACTION))}


def fill(document: str, parts: Mapping[str, str]) -> str:
    """Return the document with each part between its markers. Raises `ValueError` if a marker is missing."""
    for name, content in parts.items():
        begin, end = f"<!-- {name}: {_SOURCES[name]} -->", f"<!-- end of {name} -->"
        head, first, rest = document.partition(begin)
        _, last, tail = rest.partition(end)
        if not first or not last:
            raise ValueError(f"The document has no {begin} … {end}.")
        document = f"{head}{begin}\n{content}\n{end}{tail}"
    return document


def summary(golden: str, *, short: bool = False) -> str:
    """Return headline and groups of a summary, and unless `short` the first chart and the steps; unlinked, lower."""
    lowered = re.sub("^#", "##", golden.partition("<details>")[0].strip(), flags=re.MULTILINE)
    unlinked = re.sub(r"\[([^]]*)\]\(https://[^)]*\)", r"\1", lowered)
    heading, groups, *rest = unlinked.split("\n\n")
    charts = [part for part in rest if part.startswith("```mermaid\n---")]
    return "\n" + "\n\n".join([heading, groups, *([] if short else [*charts[:1], rest[-1]])]) + "\n"


def packages(root: Path, *, nested: bool = False) -> str:
    """Return a table of top-level modules and packages; `nested` adds the packages inside packages."""
    modules = [path for path in sorted(root.glob("*.py")) if path.name != "__init__.py"]
    folders = sorted(path.parent for path in root.glob("**/__init__.py" if nested else "*/__init__.py"))
    rows = [(f"`{path.name}`", _purpose(path)) for path in modules]
    rows += [(f"`{path.relative_to(root)}/`", _purpose(path / "__init__.py")) for path in folders if path != root]
    return "\n" + _table((f"`{root.name}/`", "Purpose"), rows)


def imports(project: str) -> str:
    """Return the layers of the import contract as a mermaid diagram; arrows point to what may be imported."""
    contracts = tomllib.loads(project)["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    levels = [" & ".join(re.split(r"\s*\|\s*", layer)) for layer in layers]
    lines = [f"    {above} --> {below}" for above, below in pairwise(levels)]
    sandbox = next(contract for contract in contracts if contract.get("source_modules") == ["spotaction.sandbox"])
    allowed = {edge.partition(" -> ")[2].split(".")[1] for edge in sandbox["ignore_imports"]}
    lines += [f"    sandbox -.-> {name}" for name in sorted(allowed)]
    return "\n```mermaid\nflowchart TB\n" + "\n".join(lines) + "\n```\n"


def expressions() -> str:
    """A table with a row for each entry of the known names."""
    known_names = runpy.run_path(str(ROOT / "spotaction/documents/expressions/known_names.py"))["KNOWN_NAMES"]
    rows = [
        (", ".join(f"`<+{name}>`" for name in known.names), f"{known.source[0].upper()}{known.source[1:]}")
        for known in known_names
    ]
    return "\n" + _table(("Expression", "Value"), rows)


def inputs(action: str) -> str:
    """Return a table per heading; the headings are the comments between the inputs."""
    declared = yaml.safe_load(action)["inputs"]
    blocks = []
    for heading, names in sections(action):
        rows = [(f"`{name}`", _default(declared[name]), _description(declared[name])) for name in names]
        blocks.append(f"\n**{heading}**\n\n" + _table(("Input", "Default", "Description"), rows))
    return "".join(blocks)


def outputs(action: str) -> str:
    """Return the table of outputs."""
    declared = yaml.safe_load(action)["outputs"]
    rows = [(f"`{name}`", _description(entry)) for name, entry in declared.items()]
    return "\n" + _table(("Output", "Description"), rows)


def flags(action: str) -> str:
    """Return the command line's flags and commands as JSON: from action.yml, and the types in the table of inputs."""
    sys.path.insert(0, str(ROOT))
    from spotaction.documents.scalars import parse_boolean  # noqa: PLC0415 - after the path is set
    from spotaction.inputs.fields import FIELDS, Inputs  # noqa: PLC0415 - same

    declared = yaml.safe_load(action)["inputs"]
    table, types = {entry.name: entry for entry in FIELDS}, {field.name: field.type for field in fields(Inputs)}
    found = []
    for heading, names in sections(action):
        for name in names:
            if name == "operation":
                continue
            entry, default = table[name], str(declared[name].get("default", ""))
            flag = {
                "name": name,
                "group": heading,
                "help": _description(declared[name]).replace("\\|", "|"),
                "default": default if "${{" not in default else "",
                "boolean": entry.parse is parse_boolean,
                "choices": _words(types[entry.attribute]),
                "secret": entry.secret,
                "variables": list(entry.env),
            }
            found.append({key: value for key, value in flag.items() if value})
    return (
        f"{json.dumps({'commands': _commands(declared['operation']), 'flags': found}, indent=1, ensure_ascii=False)}\n"
    )


def composite_action(action: str, composite: str) -> str:
    """Return the composite action with the inputs and outputs of the action, and a variable for each input."""
    declared, made = yaml.safe_load(action), "made from action.yml"
    listed = action.partition("\ninputs:\n")[2].partition("\noutputs:\n")[0].rstrip()
    outputs = "".join(
        f"  {name}:\n    description: >-\n{textwrap.indent(textwrap.fill(_description(entry), 112), ' ' * 6)}\n"
        f"    value: ${{{{ steps.run.outputs.{name} }}}}\n"
        for name, entry in declared["outputs"].items()
    )
    names = [name for name in declared["inputs"] if name != "operation"]
    variables = "".join(f"        SPOTACTION_{n.upper().replace('-', '_')}: ${{{{ inputs.{n} }}}}\n" for n in names)
    parts = {"inputs": f"{listed}\n", "outputs": outputs, "variables": variables}
    for name, content in parts.items():
        composite = re.sub(
            rf"(?ms)^( *# {name}: {made}\n).*?(^ *# end of {name}\n)",
            lambda found, content=content: f"{found[1]}{content}{found[2]}",  # type: ignore[misc]
            composite,
        )
    return composite


def _commands(operation: dict[str, str]) -> Mapping[str, str]:
    """The operations with what action.yml says of each in brackets."""
    from spotaction.model.choices import Operation  # noqa: PLC0415 - after the path is set

    text = _description(operation)
    told = dict(re.findall(r"`([a-z-]+)` \(((?:[^()]|\([^()]*\))*)\)", text))
    return {name.value: told.get(name.value, "deploy an AMI").replace("`", "") for name in Operation}


def _words(kind: object) -> list[str]:
    """The words of an input that is one of some, or a list of such."""
    kinds = (kind, *get_args(kind))
    return [word.value for each in kinds if isinstance(each, type) and issubclass(each, StrEnum) for word in each]


def sections(action: str) -> Iterator[tuple[str, list[str]]]:
    """Return the headings of action.yml, each with the inputs below it."""
    listed = action.partition("\ninputs:\n")[2].partition("\noutputs:\n")[0]
    found = re.split(r"^  # (.+)$", listed, flags=re.MULTILINE)[1:]
    for heading, content in zip(found[::2], found[1::2], strict=True):
        yield heading, re.findall(r"^  ([a-z-]+):$", content, re.MULTILINE)


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _purpose(module: Path) -> str:
    """Return the first line of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0].replace("|", "\\|")


def _default(entry: dict[str, str]) -> str:
    return f"`{entry['default']}`" if entry.get("default") else ""


def _description(entry: dict[str, str]) -> str:
    return " ".join(entry["description"].split()).replace("|", "\\|")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
