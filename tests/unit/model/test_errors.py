import pytest

from spotaction.model.errors import FailedError, with_full_stop


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("no, says AWS", "no, says AWS."),
        ("past the deadline.", "past the deadline."),
        ("past the deadline..", "past the deadline."),
        ("who did that?", "who did that?"),
        ("cut off…", "cut off…"),
        ("", ""),
    ],
)
def test_a_sentence_ends_in_one_full_stop(text: str, ended: str) -> None:
    assert with_full_stop(text) == ended


def test_what_to_do_next_is_a_sentence_of_its_own() -> None:
    assert str(FailedError("no, says AWS", next_step="allow it")) == "no, says AWS. Next: allow it."
    assert str(FailedError("It is late.", next_step="wait longer.")) == "It is late. Next: wait longer."


def test_a_message_that_ends_in_another_sentence_has_one_full_stop() -> None:
    assert str(FailedError("Timed out. web steady: past the deadline..")) == "Timed out. web steady: past the deadline."
