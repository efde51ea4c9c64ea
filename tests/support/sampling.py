"""Divides the cases of a test that has `pytest.mark.sampled` between `make test` and `make test-slow`.

Without a number, `make test` plays cases until each value of each parameter was in one of them; with a number, that
many, evenly spread. All others get the mark `slow`.
"""

import itertools
from collections.abc import Sequence

import pytest


def mark_slow_cases(items: Sequence[pytest.Item]) -> None:
    """Mark what `make test` leaves to `make test-slow`, test by test."""
    of_one_test = itertools.groupby(items, key=lambda item: (item.path, getattr(item, "originalname", item.name)))
    for _, found in of_one_test:
        cases = list(found)
        mark = cases[0].get_closest_marker("sampled")
        if mark is None:
            continue
        kept = _spread(cases, *mark.args) if mark.args else _cover(cases)
        for case in cases:
            if case not in kept:
                case.add_marker(pytest.mark.slow)


def _spread(cases: list[pytest.Item], number: int) -> list[pytest.Item]:
    assert 0 < number < len(cases), f"{cases[0].nodeid}: {number} of {len(cases)} cases"
    return [cases[index * len(cases) // number] for index in range(number)]


def _cover(cases: list[pytest.Item]) -> list[pytest.Item]:
    """Choose greedily: each time the case with the most values that no chosen one has."""
    missing = set().union(*map(_values, cases))
    kept = []
    while missing:
        best = max(cases, key=lambda case: len(_values(case) & missing))
        kept.append(best)
        missing -= _values(best)
    return kept


def _values(case: pytest.Item) -> set[tuple[str, int]]:
    assert isinstance(case, pytest.Function)
    return {(name, id(value)) for name, value in case.callspec.params.items()}  # values need not be hashable
