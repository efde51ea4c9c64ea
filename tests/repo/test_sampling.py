"""What `make test` plays of a test with many cases; the others are for `make test-slow`."""

import pytest

from tests.support.sampling import mark_slow_cases

pytest_plugins = "pytester"

FILE = """
import pytest

@pytest.mark.parametrize("late", [{{"seconds": 0}}, {{"seconds": 85}}], ids=["no", "yes"])
@pytest.mark.parametrize("apart", [0, 3, 60])
@pytest.mark.{mark}
def test_pair(apart, late): pass

@pytest.mark.slow
def test_alone(): pass

@pytest.mark.parametrize("number", [1, 2])
def test_both(number): pass
"""


def play(pytester: pytest.Pytester, mark: str) -> tuple[list[str], list[str]]:
    """Return the cases that `make test` plays of FILE, and those that it leaves out."""
    pytester.makeini("[pytest]\nmarkers =\n  slow\n  sampled\naddopts = -p no:cacheprovider\n")
    items = pytester.getitems(FILE.format(mark=mark))
    mark_slow_cases(items)
    slow = [item.name for item in items if item.get_closest_marker("slow")]
    return [item.name for item in items if item.name not in slow], slow


def test_without_a_number_each_value_of_each_parameter_is_played(pytester: pytest.Pytester) -> None:
    played, slow = play(pytester, "sampled()")
    assert played == ["test_pair[0-no]", "test_pair[3-yes]", "test_pair[60-no]", "test_both[1]", "test_both[2]"]
    assert slow == ["test_pair[0-yes]", "test_pair[3-no]", "test_pair[60-yes]", "test_alone"]


def test_a_number_of_cases_is_evenly_spread(pytester: pytest.Pytester) -> None:
    played, slow = play(pytester, "sampled(2)")
    assert played == ["test_pair[0-no]", "test_pair[3-yes]", "test_both[1]", "test_both[2]"]
    assert len(slow) == 5


def test_a_sample_of_all_cases_is_a_mistake(pytester: pytest.Pytester) -> None:
    with pytest.raises(AssertionError, match="6 of 6 cases"):
        play(pytester, "sampled(6)")


def test_what_is_slow_is_not_among_the_tests_of_this_run(request: pytest.FixtureRequest) -> None:
    if "slow" in request.config.option.markexpr:
        pytest.skip("this run plays the slow ones, too")
    assert [item.nodeid for item in request.session.items if item.get_closest_marker("slow")] == []
