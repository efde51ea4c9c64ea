"""What a process notes of its own writes, before it knows whether they were applied."""

import pytest

from spotaction.engine.own_writes import note_write
from spotaction.model.errors import ApiError, FailedError


def failed(*, maybe: bool) -> ApiError:
    return ApiError("no answer", service="Spot", call="PUT", maybe_applied=maybe)


def test_a_write_is_noted_before_its_call_and_stays() -> None:
    notes = {"a": 1, "b": 2}
    with note_write(notes, "a", 3):
        assert notes == {"a": 3, "b": 2}
    assert notes == {"a": 3, "b": 2}
    with note_write(notes, "a", None):
        assert notes == {"a": 3, "b": 2}
    assert notes == {"a": 3, "b": 2}


@pytest.mark.parametrize(("before", "after"), [({"b": 2}, {"b": 2}), ({"a": 1, "b": 2}, {"a": 1, "b": 2})])
def test_a_write_that_was_refused_leaves_what_was_noted_before(before: dict[str, int], after: dict[str, int]) -> None:
    notes = dict(before)
    with pytest.raises(ApiError), note_write(notes, "a", 3):
        raise failed(maybe=False)
    assert notes == after


@pytest.mark.parametrize("error", [failed(maybe=True), FailedError("cancelled on the way")])
def test_a_write_that_may_have_been_applied_stays_noted(error: Exception) -> None:
    notes = {"a": 1}
    with pytest.raises(type(error)), note_write(notes, "a", 3):
        raise error
    assert notes == {"a": 3}
