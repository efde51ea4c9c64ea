"""A terminal has colours and a progress line if rich is installed; everything else is plain text."""

import io
import sys

import pytest

from spotaction.cli.screen import PlainScreen, TerminalScreen, open_screen
from spotaction.model.events import WaitFinished, WaitProgress
from tests.support.command_line import Terminal

WAIT = WaitProgress("web__2 steady", "i-1 is [bold]initial", 3, 6, 60.0, 1140.0)


class ClosedStream(Terminal):
    """A terminal that went away; `tried` is how often something was written to it."""

    tried = 0

    def write(self, text: str, /) -> int:
        self.tried += 1
        raise OSError(5, "Input/output error", text)


@pytest.mark.parametrize(
    ("stream", "environ", "plain"),
    [
        (io.StringIO(), {}, False),
        (Terminal(), {"CI": "true"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {}, True),
    ],
)
def test_a_pipe_a_ci_and_a_dumb_terminal_are_plain(stream: io.StringIO, environ: dict[str, str], plain: bool) -> None:  # noqa: FBT001
    screen = open_screen(stream, environ, plain=plain)
    screen.follow(WAIT)
    screen.write("a ö", "error")
    screen.close()
    assert (type(screen), stream.getvalue()) == (PlainScreen, "a ö\n")


def test_a_terminal_without_rich_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert isinstance(open_screen(Terminal(), {}, plain=False), PlainScreen)


def test_a_terminal_has_colours_and_shows_a_wait_with_its_count_until_it_has_finished() -> None:
    stream = Terminal()
    screen = open_screen(stream, {}, plain=False)
    assert isinstance(screen, TerminalScreen)
    screen.write("failed [red]not markup[/red] https://a.b/c", "error")
    screen.follow(WAIT)
    screen.follow(WaitFinished("web__2 steady", "6 healthy", 60.0, 9))
    shown = stream.getvalue()
    assert "\x1b[1;31mfailed [red]not markup[/red] https://a.b/c\x1b[0m" in shown
    assert "web__2 steady: 3 of 6, i-1 is [bold]initial" in shown
    assert shown.endswith("\r\x1b[2K\x1b[?25h\r")
    assert screen._live is None


def test_a_terminal_that_went_away_does_not_end_the_run() -> None:
    stream = ClosedStream()
    screen = open_screen(stream, {}, plain=False)
    screen.write("a", "")
    first = stream.tried
    screen.follow(WAIT)
    screen.write("b", "title")
    screen.close()
    assert first > 0
    assert stream.getvalue() == ""
    assert isinstance(screen, TerminalScreen)
    assert screen._live is None


def test_a_line_of_any_length_stays_one_line() -> None:
    stream = Terminal()
    open_screen(stream, {}, plain=False).write("x" * 500)
    assert stream.getvalue() == f"{'x' * 500}\n"
