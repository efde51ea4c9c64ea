"""Measures how easy the code is to enter, and fails if it exceeds a limit. Run as `python tools/house.py`."""

import ast
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES, AT_THE_TOP, LINES, ONE_WORD = 20, 7, 400, 45
#: Shares of one-word function names in projects that are easy to enter, in percent.
OTHERS: Mapping[str, int] = {"httpx": 47, "pypa/build": 17, "cibuildwheel": 17, "stamina": 12}


def main() -> int:
    """Print the figures, and return 1 if one exceeds its limit."""
    files = sorted((ROOT / "spotaction").rglob("*.py"))
    broken = list(_broken(files))
    names = list(_functions(files))
    share = round(100 * sum(_is_one_word(name) for name in names) / len(names))
    others = ", ".join(f"{name} {each} %" for name, each in OTHERS.items())
    sys.stdout.write(f"function names of one word: {share} % of {len(names)} ({others}; limit {ONE_WORD} %)\n")
    folders = Counter(file.parent for file in files if file.name != "__init__.py")
    folder, count = folders.most_common(1)[0]
    sys.stdout.write(f"modules in the fullest folder: {count} in {folder.relative_to(ROOT)} (limit {MODULES})\n")
    longest = max(files, key=_lines)
    sys.stdout.write(f"longest file: {_lines(longest)} lines, {longest.relative_to(ROOT)} (limit {LINES})\n")
    broken += ["too many function names of one word"] * (share > ONE_WORD)
    sys.stdout.writelines(f"broken: {each}\n" for each in broken)
    return 1 if broken else 0


def _broken(files: list[Path]) -> Iterator[str]:
    top = [file for file in files if file.parent == ROOT / "spotaction"]
    if len(top) > AT_THE_TOP:
        yield f"{len(top)} modules at the top"
    folders = Counter(file.parent for file in files if file.name != "__init__.py")
    yield from (
        f"{folder.relative_to(ROOT)} has {count} modules" for folder, count in folders.items() if count > MODULES
    )
    yield from (f"{file.relative_to(ROOT)} has {_lines(file)} lines" for file in files if _lines(file) > LINES)
    core = [file for file in files if "sandbox" not in file.parts]
    classes = Counter(node.name for file in core for node in ast.walk(_tree(file)) if isinstance(node, ast.ClassDef))
    yield from (f"{count} classes are called {name}" for name, count in classes.items() if count > 1)


def _functions(files: list[Path]) -> Iterator[str]:
    for file in files:
        for node in ast.walk(_tree(file)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("__"):
                yield node.name


def _is_one_word(name: str) -> bool:
    return "_" not in name.strip("_")


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _lines(file: Path) -> int:
    return file.read_text(encoding="utf-8").count("\n")


if __name__ == "__main__":
    sys.exit(main())
