"""The project's documentation for tests: whole files, sections and quotes."""

import re

from tests.support.project import ROOT

DOCUMENTS = [
    ROOT / name for name in ("README.md", "examples/README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md"))
#: All documentation for users.
EVERYTHING = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "spotaction").rglob("*.py")))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    """Return the text below a heading of the second level, which has to exist."""
    found = read(name).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert found, f"{name} has no section {heading}"
    return found


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub generates for the headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
