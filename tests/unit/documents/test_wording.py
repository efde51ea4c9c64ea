import pytest

from spotaction.documents.wording import count_of, describe_part, format_duration, is_or_are


@pytest.mark.parametrize(
    ("number", "text", "verb"), [(0, "0 instances", "are"), (1, "1 instance", "is"), (2, "2 instances", "are")]
)
def test_a_noun_and_its_verb_agree_with_the_number(number: int, text: str, verb: str) -> None:
    assert (count_of(number, "instance"), is_or_are(number)) == (text, verb)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 1, "0 of 1 target is"),
        (1, 1, "1 of 1 target is"),
        (0, 3, "0 of 3 targets are"),
        (1, 3, "1 of 3 targets is"),
        (2, 3, "2 of 3 targets are"),
    ],
)
def test_a_verb_agrees_with_the_part_or_with_a_whole_of_one(part: int, whole: int, text: str) -> None:
    assert describe_part(part, whole, "target") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0s"),
        (0.04, "0s"),
        (4.21, "4.2s"),
        (9.96, "10s"),
        (59.4, "59s"),
        (59.6, "1m 00s"),
        (250.0, "4m 10s"),
        (3599.6, "1h 00m"),
        (7500.0, "2h 05m"),
    ],
)
def test_a_duration_reads_as_people_say_it(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
