"""A Spot API and an AWS in one process, to try deployments on and to test them with."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spotaction.sandbox.broken_connections import AnswerTimedOutError, ConnectionCutError, ConnectionNotMadeError
    from spotaction.sandbox.clock import Clock, JumpingClock, RealClock
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
    "AnswerTimedOutError": "broken_connections",
    "ConnectionCutError": "broken_connections",
    "ConnectionNotMadeError": "broken_connections",
    "BotocoreHook": "transport",
    "Clock": "clock",
    "JumpingClock": "clock",
    "RealClock": "clock",
    "RequestsAdapter": "transport",
    "Sandbox": "server",
    "ScenarioError": "scenario",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for: moto takes a second, and most importers want a clock."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
