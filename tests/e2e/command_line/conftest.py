"""Leaves what is installed to `make wheel-test`: it makes environments and installs the wheel with what it needs."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "wheel" in config.option.markexpr:
        return
    ours = [item for item in items if item.get_closest_marker("wheel")]
    items[:] = [item for item in items if item not in ours]
    config.hook.pytest_deselected(items=ours)
