"""What every test shares: the option --rewrite-golden, a calm Hypothesis profile, and libraries that remember."""

import gc

import pytest
from hypothesis import HealthCheck, settings

from tests.support import cached_libraries


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite-golden` takes what the tests see now for approved."""
    parser.addoption("--rewrite-golden", action="store_true", help="write the files in tests/e2e/golden anew")


def pytest_collection_finish() -> None:
    """Leave what is imported by now out of every garbage collection: it stays anyway."""
    gc.collect()
    gc.freeze()


# A deployment on the sandbox makes many objects and few cycles: collections took a sixth of the time.
gc.set_threshold(200_000, 50, 100)

# How fast a machine is, is measured by `make bench`, never by a test.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")

cached_libraries.keep()
