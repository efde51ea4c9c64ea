"""What every test shares: the option --rewrite-golden, a calm Hypothesis profile and AWS's models."""

import functools

import botocore.session
import pytest
from hypothesis import HealthCheck, settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite-golden` takes what the tests see now for approved."""
    parser.addoption("--rewrite-golden", action="store_true", help="write the files in tests/e2e/golden anew")


# How fast a machine is, is measured by `make bench`, never by a test.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")

# AWS's models are megabytes of JSON. Each is parsed once per process instead of once per boto3 session.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)
