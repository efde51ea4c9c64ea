"""The log of `make demo`: what a person sees on GitHub, not the commands that the runner reads."""

import pytest

from spotaction.sandbox.demo import RunnerLog, show_line


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("  2:37  Elastigroup web__8: created", "  2:37  Elastigroup web__8: created"),
        ("", ""),
        ("::add-mask::secret", None),
        ("::group::canary-deploy-1", "--- canary-deploy-1"),
        ("::endgroup::", None),
        ("::warning::50%25 of it%0Aare left", "warning: 50% of it\nare left"),
        ("::error title=web%3A refused::No image", "error: No image"),
    ],
)
def test_a_line_is_shown_as_github_shows_it(line: str, shown: str | None) -> None:
    assert show_line(line) == shown


def test_lines_that_are_not_shown_leave_no_gap(capsys: pytest.CaptureFixture[str]) -> None:
    log = RunnerLog()
    log.write("::add-mask::secret\n")
    log.write("::group::setup\n")
    log.write("  0:01  created\n")
    log.write("::endgroup::\n")
    assert capsys.readouterr().out == "--- setup\n  0:01  created\n"
