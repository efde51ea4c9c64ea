"""Each golden summary in a real browser: every chart is drawn, nothing is cut off, no table has an empty column.

`make screenshots` leaves the pictures in build/summaries, in a light and a dark theme.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spotaction.github.summary.render import render_summary
from tests.browser.chromium import Page, find_chromium, open_page
from tests.browser.rendering import MERMAIDS, THEMES, install_packages, to_html, write_page
from tests.support.hostile_reports import HOSTILE, hostile_report

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "e2e" / "golden"
PICTURES = ROOT / "build" / "summaries"
NAMES = sorted(file.stem for file in GOLDEN.glob("*.md"))

pytestmark = pytest.mark.browser

#: What is on the page: per chart its lines, bars and texts that leave the frame; per table its columns without content.
_MEASURE = """
(() => {
  const charts = [...document.querySelectorAll('.mermaid svg')].map(svg => {
    const frame = svg.getBoundingClientRect();
    const cut = [...svg.querySelectorAll('text')].filter(text => {
      const box = text.getBoundingClientRect();
      return text.textContent.trim() && box.width && (box.left < frame.left - 1 || box.right > frame.right + 1
        || box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
    }).map(text => text.textContent);
    const lines = svg.querySelectorAll('[class^=line-plot] path').length;
    const bars = [...svg.querySelectorAll('rect.task')].map(bar => bar.getAttribute('class'));
    return {cut, lines, bars, width: frame.width};
  });
  const empty = [...document.querySelectorAll('table')].flatMap(table => {
    const head = [...table.tHead.rows[0].cells];
    return head.filter((cell, index) => !cell.textContent.trim()
      || [...table.tBodies[0].rows].every(row => !row.cells[index].textContent.trim())).map(cell => table.innerText);
  });
  const wide = [...document.querySelectorAll('table, svg')].filter(each =>
    each.getBoundingClientRect().right > document.querySelector('article').getBoundingClientRect().right).length;
  return {charts, empty, wide, scripts: document.querySelectorAll('article script').length};
})()
"""


@pytest.fixture(scope="module")
def packages() -> Path:
    folder = ROOT / "build" / "browser"
    missing = install_packages(folder)
    if missing:
        pytest.skip(missing)
    return folder


@pytest.fixture(scope="module")
def page(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    browser = find_chromium()
    if not browser:
        pytest.skip("there is no Chromium (Debian: apt-get install chromium)")
    assert packages.is_dir()
    with open_page(browser, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def show(page: Page, markdown: str) -> Any:  # noqa: ANN401 - what the script measured
    """Render a summary on the open page, and return what can be measured of it."""
    assert page.evaluate(f"show({json.dumps(to_html(markdown))})") == []
    return page.evaluate(_MEASURE)


@pytest.mark.parametrize("mermaid", MERMAIDS)
@pytest.mark.parametrize("theme", THEMES)
def test_every_golden_summary_is_drawn_completely(
    page: Page, packages: Path, tmp_path: Path, theme: str, mermaid: str
) -> None:
    page.open(write_page(tmp_path / "page.html", packages, theme, mermaid))
    for name in NAMES:
        markdown = (GOLDEN / f"{name}.md").read_text(encoding="utf-8")
        seen = show(page, markdown)
        if mermaid == MERMAIDS[0]:
            page.screenshot(PICTURES / f"{name}-{theme}.png")
        assert (seen["empty"], seen["wide"]) == ([], 0), name
        assert [chart["cut"] for chart in seen["charts"]] == [[]] * markdown.count("```mermaid"), name
        assert sum(chart["lines"] for chart in seen["charts"]) == markdown.count("\n    line ["), name


def test_the_steps_are_coloured_by_their_outcome(page: Page, packages: Path, tmp_path: Path) -> None:
    page.open(write_page(tmp_path / "page.html", packages, "light", MERMAIDS[0]))
    seen = show(page, (GOLDEN / "rollback.md").read_text(encoding="utf-8"))
    bars = [bar for chart in seen["charts"] for bar in chart["bars"]]
    outcomes = [next(word for word in ("crit", "done", "active") if word in bar) for bar in bars]
    assert outcomes == ["done", "done", "crit", "done", "done", "done"]


@pytest.mark.parametrize("text", HOSTILE)
def test_names_that_mean_something_to_mermaid_are_drawn_as_text(
    page: Page, packages: Path, tmp_path: Path, text: str
) -> None:
    page.open(write_page(tmp_path / "page.html", packages, "light", MERMAIDS[0]))
    seen = show(page, render_summary(hostile_report(text)))
    assert [(len(chart["bars"]), chart["lines"]) for chart in seen["charts"]] == [(0, 3), (2, 0)]
    assert seen["scripts"] == 0
