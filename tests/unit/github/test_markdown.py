from hypothesis import HealthCheck, given, settings

from spotaction.github.markdown import (
    code_span,
    details_block,
    escape_inline,
    fenced_block,
    inline_link,
    markdown_table,
    truncate_markdown,
)
from tests.support.github_markdown import FOREIGN, LINKING, kinds, plain_texts

# The machine may be busy: how long one example takes says nothing.
patient = settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))


@patient
@given(FOREIGN, FOREIGN)
def test_foreign_words_break_no_table(one: str, other: str) -> None:
    expected = kinds(markdown_table(("A", "B"), [("x", "y"), ("x", "y")]))
    assert kinds(markdown_table(("A", "B"), [(escape_inline(one), escape_inline(other)), ("x", "y")])) == expected


@patient
@given(FOREIGN)
def test_foreign_words_are_one_plain_paragraph_that_links_to_nothing(text: str) -> None:
    markdown = escape_inline(text)
    assert kinds(markdown) in ([], ["paragraph_open", "paragraph_close"])
    assert not LINKING.search(plain_texts(markdown))
    assert kinds(f"**Reason:** {markdown}") == kinds("**Reason:** x")


@patient
@given(FOREIGN)
def test_a_foreign_name_is_a_code_span_or_plain_words_in_its_own_cell(text: str) -> None:
    found = kinds(markdown_table(("A", "B"), [(code_span(text), "y")]))
    assert [kind for kind in found if kind != "code_inline"] == kinds(markdown_table(("A", "B"), [("x", "y")]))
    assert found.count("code_inline") <= 1


@patient
@given(FOREIGN)
def test_a_foreign_block_stays_inside_its_fence_and_its_details(text: str) -> None:
    assert kinds(details_block(text, fenced_block(text, "diff"))) == ["html_block", "fence", "html_block"]


def test_what_words_look_like() -> None:
    assert (
        escape_inline("a|b <c> & @d\n#1 __e__ C:\\f")
        == "a&vert;b &lt;c&gt; &amp; @\u200bd \\#\u200b1 \\_\\_e\\_\\_ C:&bsol;f"
    )
    assert escape_inline("- 1. x") == "\\- 1. x"
    assert escape_inline("1. x") == "1\\. x"
    assert escape_inline("x" * 400) == "x" * 299 + "…"


def test_what_names_look_like() -> None:
    assert [code_span("web__4"), code_span("a|b"), code_span("")] == ["`web__4`", "a&vert;b", ""]


def test_a_link_without_an_address_is_its_label() -> None:
    assert [inline_link("a_b", "https://x.example"), inline_link("a_b", "")] == ["[a\\_b](https://x.example)", "a\\_b"]


def test_a_text_that_fits_is_left_alone() -> None:
    assert truncate_markdown("all of it", 9) == "all of it"


def test_a_cut_closes_what_it_left_open() -> None:
    text = (
        "<details><summary>a</summary>\n\n```\nx\n```\n</details>\n<details><summary>b</summary>\n\n" + "line\n" * 300
    )
    cut = truncate_markdown(text, 1_000)
    assert len(cut.encode()) <= 1_000
    assert kinds(cut)[-4:] == ["paragraph_open", "em_open", "em_close", "paragraph_close"]
    assert cut.count("<details>") == cut.count("</details>") == 2
