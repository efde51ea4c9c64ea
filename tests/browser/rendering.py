"""Renders a step summary as GitHub does: its Markdown, its style sheet, and mermaid in the place of its fences."""

import html
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

FOLDER = Path(__file__).parent
THEMES = {"light": "default", "dark": "dark"}
#: The current mermaid, and the major version before it: GitHub does not say when it changes.
MERMAIDS = ("mermaid", "mermaid-11")
_DIFF_COLORS = {"+": "#2da44e33", "-": "#cf222e33"}
_SCRIPT = """
const problems = [];
addEventListener('error', event => problems.push(String(event.message)));
async function show(body) {
  document.querySelector('article').innerHTML = body;
  for (const each of document.querySelectorAll('details')) each.open = true;
  let number = 0;
  for (const fence of document.querySelectorAll('.mermaid')) {
    const source = fence.textContent;
    try { fence.innerHTML = (await mermaid.render(`chart-${number++}`, source)).svg; }
    catch (error) { problems.push(`${error}\\n${source}`); }
  }
  await document.fonts.ready;
  return problems.splice(0);
}
"""


def install_packages(into: Path) -> str:
    """Install what package-lock.json pins into a folder, unless it is there; return why not, or an empty text."""
    npm = shutil.which("npm")
    if npm is None:
        return "there is no npm"
    lock = FOLDER / "package-lock.json"
    done = into / "package-lock.json"
    if (into / "node_modules").is_dir() and done.is_file() and done.read_bytes() == lock.read_bytes():
        return ""
    into.mkdir(parents=True, exist_ok=True)
    for file in (FOLDER / "package.json", lock):
        shutil.copy(file, into / f"{file.name}")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    result = subprocess.run(command, cwd=into, capture_output=True, text=True, check=False)  # noqa: S603 - npm itself
    if result.returncode:
        shutil.rmtree(into)
        return f"npm cannot install mermaid: {result.stderr.strip()[-300:]}"
    return ""


def write_page(file: Path, packages: Path, theme: str, mermaid: str) -> Path:
    """Write a page with GitHub's style sheet and mermaid, on which `show(body)` renders a body; return its path."""
    modules = packages / "node_modules"
    style = (modules / "github-markdown-css" / f"github-markdown-{theme}.css").read_text(encoding="utf-8")
    script = (modules / mermaid / "dist" / "mermaid.min.js").as_uri()
    config = f"{{startOnLoad: false, securityLevel: 'strict', theme: '{THEMES[theme]}', suppressErrorRendering: true}}"
    file.write_text(
        f"<!doctype html><meta charset=utf-8><style>{style}\nbody {{ margin: 0 }} article {{ padding: 32px }}"
        " .mermaid { background: transparent; padding: 0; text-align: center }</style>"
        f'<body><article class="markdown-body"></article><script src="{script}"></script>'
        f"<script>mermaid.initialize({config}); {_SCRIPT}</script>",
        encoding="utf-8",
    )
    return file


def to_html(markdown: str) -> str:
    """Return the HTML of a summary, with each mermaid fence as an element that `show` draws."""
    rules = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    rules.add_render_rule("fence", _render_fence)
    return str(rules.render(markdown))


def _render_fence(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:  # noqa: ANN401 - the renderer's signature
    del self, options, env
    token = tokens[index]
    if token.info == "mermaid":
        return f'<div class="mermaid">{html.escape(token.content)}</div>\n'
    lines = token.content.splitlines()
    paint = _paint_line if token.info == "diff" else html.escape
    shown = [paint(line) for line in lines]
    return "<pre><code>" + "\n".join(shown) + "</code></pre>\n"


def _paint_line(line: str) -> str:
    return f'<span style="background:{_DIFF_COLORS.get(line[:1], "none")}">{html.escape(line)}</span>'
