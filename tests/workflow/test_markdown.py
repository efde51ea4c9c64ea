from github_markdown import FOREIGN, LINKING, kinds, plain_texts
from hypothesis import HealthCheck, given, settings

from spotaction.workflow.markdown import code, details, fence, fit, link, table, words

# The machine may be busy: how long one example takes says nothing.
patient = settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))


@patient
@given(FOREIGN, FOREIGN)
def test_foreign_words_break_no_table(one: str, other: str) -> None:
    expected = kinds(table(("A", "B"), [("x", "y"), ("x", "y")]))
    assert kinds(table(("A", "B"), [(words(one), words(other)), ("x", "y")])) == expected


@patient
@given(FOREIGN)
def test_foreign_words_are_one_plain_paragraph_that_links_to_nothing(text: str) -> None:
    markdown = words(text)
    assert kinds(markdown) in ([], ["paragraph_open", "paragraph_close"])
    assert not LINKING.search(plain_texts(markdown))
    assert kinds(f"**Reason:** {markdown}") == kinds("**Reason:** x")


@patient
@given(FOREIGN)
def test_a_foreign_name_is_a_code_span_or_plain_words_in_its_own_cell(text: str) -> None:
    found = kinds(table(("A", "B"), [(code(text), "y")]))
    assert [kind for kind in found if kind != "code_inline"] == kinds(table(("A", "B"), [("x", "y")]))
    assert found.count("code_inline") <= 1


@patient
@given(FOREIGN)
def test_a_foreign_block_stays_inside_its_fence_and_its_details(text: str) -> None:
    assert kinds(details(text, fence(text, "diff"))) == ["html_block", "fence", "html_block"]


def test_what_words_look_like() -> None:
    assert (
        words("a|b <c> & @d\n#1 __e__ C:\\f") == "a&vert;b &lt;c&gt; &amp; @\u200bd \\#\u200b1 \\_\\_e\\_\\_ C:&bsol;f"
    )
    assert words("- 1. x") == "\\- 1. x"
    assert words("1. x") == "1\\. x"
    assert words("x" * 400) == "x" * 299 + "…"


def test_what_names_look_like() -> None:
    assert [code("web__4"), code("a|b"), code("")] == ["`web__4`", "a&vert;b", ""]


def test_a_link_without_an_address_is_its_label() -> None:
    assert [link("a_b", "https://x.example"), link("a_b", "")] == ["[a\\_b](https://x.example)", "a\\_b"]


def test_a_text_that_fits_is_left_alone() -> None:
    assert fit("all of it", 9) == "all of it"


def test_a_cut_closes_what_it_left_open() -> None:
    text = (
        "<details><summary>a</summary>\n\n```\nx\n```\n</details>\n<details><summary>b</summary>\n\n" + "line\n" * 300
    )
    cut = fit(text, 1_000)
    assert len(cut.encode()) <= 1_000
    assert kinds(cut)[-4:] == ["paragraph_open", "em_open", "em_close", "paragraph_close"]
    assert cut.count("<details>") == cut.count("</details>") == 2
