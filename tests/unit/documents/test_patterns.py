"""Regular expressions: linear time whatever they are, and the meaning that Java and Python give them."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotaction.documents.patterns import MAX_PATTERN, PatternError, compile_pattern

ROOT = Path(__file__).parents[3]
calm = settings(deadline=None, database=None, derandomize=True, max_examples=1000)

EXPLOSIVE = [
    "(a+)+$",
    "(a*)*b",
    "(a|a)*b",
    "(a|aa)+$",
    "(a+)+b",
    "(?:a|b|ab)*c",
    "a*a*a*a*a*a*a*a*b",
    "(.*.*.*.*.*.*.*.*)*x",
    "(.*a){20}b",
    "(a?){30}a{30}b",
    "((((a*)*)*)*)*b",
    "([a-z]+)*\\d",
    "(?:.*a.{0,400})+b",
]
BOMBS = [
    "((a{99}){99}){99}",
    "(a{1,99}){1,99}b",
    "a{1001}",
    "(a{40}){40}",
    "(?:.?){1000}" * 14,
    "[ab]?.{0,999}" * 15,
    "\\pL{0,999}" * 16,
]


@pytest.mark.parametrize("pattern", EXPLOSIVE)
@pytest.mark.parametrize("text", ["a" * 255 + "!", "ab" * 127 + "!", "b" + "a" * 254 + "!"])
def test_a_pattern_that_explodes_elsewhere_takes_linear_time(pattern: str, text: str) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.fullmatch(text) is None
    assert compiled.search(text[:-1] + "!b") is None or pattern[-1] != "$"


@pytest.mark.parametrize("pattern", BOMBS)
def test_a_pattern_that_takes_too_much_memory_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match=r"invalid repetition size|pattern too large"):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "missing ): ("),
        (")", "unexpected ): )"),
        ("[", "missing ]: ["),
        ("*", "no argument for repetition operator: *"),
        ("a{3,1}", "invalid repetition size: {3,1}"),
        ("a++", "bad repetition operator: ++"),
        ("(?=a)", "invalid perl operator: (?="),
        ("\\1", "invalid escape sequence: \\1"),
        ("\\", "trailing \\"),
        ("[b-a]", "invalid character class range: b-a"),
        ("[a-z&&[^b]]", "character classes cannot be nested or intersected"),
        ("[a[bc]]", "character classes cannot be nested or intersected"),
        ("[a&&b]", "character classes cannot be nested or intersected"),
        ("x" * (MAX_PATTERN + 1), "longer than 200 characters"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=f"^{re.escape(reason)}$"):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("v\\d+(\\.\\d+)*", "v1.20.3"),
        ("(?i)WEB-(?:a|b)", "web-B"),
        ("(?<name>[a-z]+)-(?P<number>\\d+)", "web-1"),
        ("\\Qa.b*\\E+", "a.b**"),
        ("[\\[\\]&]+", "[&]"),
        ("\\[a[bc]", "[ab"),
        ("\\p{Lu}+", "ÄB"),
        ("[^-]{1,3}?-x", "äöü-x"),
        ("", ""),
    ],
)
def test_a_pattern_of_java_is_understood(pattern: str, text: str) -> None:
    assert compile_pattern(pattern).fullmatch(text) is not None


@calm
@given(st.text(alphabet="ab|()*+?[]^$.{1,2}-\\d&", max_size=12), st.text(alphabet="ab1-&", max_size=6))
def test_a_pattern_matches_what_it_matches_in_python(pattern: str, text: str) -> None:
    try:
        ours = compile_pattern(pattern)
        theirs = re.compile(pattern)
    except (PatternError, re.error, FutureWarning):
        return
    # A { that opens no repetition is read differently.
    found: list[Callable[[str], object]] = [ours.fullmatch, theirs.fullmatch, ours.search, theirs.search]
    matched = [each(text) is not None for each in found]
    assert (matched[0] == matched[1] and matched[2] == matched[3]) or "{" in pattern


def test_re2_is_imported_with_the_first_pattern_and_prints_nothing() -> None:
    code = (
        "import sys; from spotaction.documents.patterns import compile_pattern; before = 're2' in sys.modules;"
        "found = compile_pattern('(?:.*a.{0,400})+b').search('a' * 256); print(before, 're2' in sys.modules, found)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert (done.stdout, done.stderr) == ("False True None\n", "")
