"""A port that tells of each call, for what only passes calls on."""

from collections.abc import Callable


class Telling:
    """Answers every call with its name, and notes the arguments in `calls`."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[object, ...], dict[str, object]]] = []

    def __getattr__(self, call: str) -> Callable[..., object]:
        def answer(*given: object, **named: object) -> str:
            self.calls.append((call, given, named))
            return f"answer to {call}"

        return answer
