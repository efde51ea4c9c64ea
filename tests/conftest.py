"""Makes the helpers of each test folder importable from the others."""

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent
for folder in ("workflow", "sandbox", "adapters", "core", "deployments"):
    sys.path.append(str(HERE / folder))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite-golden` takes what the tests see now for approved."""
    parser.addoption("--rewrite-golden", action="store_true", help="write the files in tests/golden anew")


# How fast a machine is, is measured by `make bench`, never by a test.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")
