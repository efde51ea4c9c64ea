"""`make stats`: an aim that is missed is said, known figures have an error, and the docs show what is played."""

from tests.robustness.statistics.figures import FIGURES, Figure, Known, is_as_known, play_stretch
from tests.robustness.statistics.playing import FAILED, OPEN, PASSED, Played, play_any
from tests.robustness.statistics.releases import Traffic, draw_release
from tests.robustness.statistics.table import DOCS, Row, missed_aims


def row(*played: Played, most: float | None = None, known: tuple[Known, ...] = ()) -> Row:
    return Row.of(Figure("good", "a release", play_any, len(played), most, known), played)


def test_more_rollbacks_than_allowed_are_a_missed_aim() -> None:
    found = [Played(FAILED, 3)] * 2 + [Played(PASSED, 9)] * 98
    assert list(missed_aims(row(*found, most=2.0))) == []
    assert list(missed_aims(row(*found, most=1.0))) == ["a release: 2.00 % were rolled back, 1 % may be"]
    assert list(missed_aims(row(Played(FAILED, 3), most=0.0))) == ["a release: 100.00 % were rolled back, 0 % may be"]


def test_a_known_figure_that_does_not_come_out_is_a_missed_aim() -> None:
    found = [Played(FAILED, 20)] * 60 + [Played(OPEN)] * 40
    assert list(missed_aims(row(*found, known=(Known(FAILED, 54, 20),)))) == []
    assert list(missed_aims(row(*found, known=(Known(FAILED, 94, 30),)))) == [
        "a release: 60.0 % failed, known 94 %",
        "a release: failed in minute 20, known 30",
    ]


def test_the_error_of_a_known_figure_shrinks_with_the_releases() -> None:
    assert is_as_known(50, 60, 100)
    assert not is_as_known(50, 60, 100_000)


def test_ten_thousand_good_releases_are_played_and_the_docs_show_every_figure() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert sum(figure.releases for figure in FIGURES if figure.good) >= 10_000
    assert [figure.name for figure in FIGURES if f"| {figure.name} | {figure.releases:,} |" not in text] == []


def test_a_seed_gives_the_same_release_and_verdict_again() -> None:
    assert draw_release(Traffic(cluster=3), "a") == draw_release(Traffic(cluster=3), "a")
    assert draw_release(Traffic(), "a") != draw_release(Traffic(), "b")
    assert play_stretch((0, "1", 0, 3)) == play_stretch((0, "1", 0, 3))
