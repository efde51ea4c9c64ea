"""A Spot API and an AWS API in one process, for demonstrations and tests."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spotaction.sandbox.clock import Clock, JumpingClock, RealClock
    from spotaction.sandbox.gateway import AnswerTimedOutError, ConnectionCutError, ConnectionNotMadeError
    from spotaction.sandbox.scenario import ScenarioError
    from spotaction.sandbox.server import Sandbox
    from spotaction.sandbox.transport import BotocoreHook, RequestsAdapter

__all__ = [
    "AnswerTimedOutError",
    "BotocoreHook",
    "Clock",
    "ConnectionCutError",
    "ConnectionNotMadeError",
    "JumpingClock",
    "RealClock",
    "RequestsAdapter",
    "Sandbox",
    "ScenarioError",
]

_HOMES = {
    "AnswerTimedOutError": "gateway",
    "ConnectionCutError": "gateway",
    "ConnectionNotMadeError": "gateway",
    "BotocoreHook": "transport",
    "Clock": "clock",
    "JumpingClock": "clock",
    "RealClock": "clock",
    "RequestsAdapter": "transport",
    "Sandbox": "server",
    "ScenarioError": "scenario",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use: moto takes a second to import, and most callers need only a clock."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
