"""Numbers that the end of a test run shows."""

import pytest

MEASURED = pytest.StashKey[list[str]]()


class Measured:
    """Takes a number down."""

    def __init__(self, config: pytest.Config) -> None:
        self._lines = config.stash.setdefault(MEASURED, [])

    def __call__(self, what: str, value: str) -> None:
        self._lines.append(f"{what}: {value}")
