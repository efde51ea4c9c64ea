"""One parsed call of the Spot API."""

from dataclasses import dataclass

from spotaction.sandbox.spot.fields import check_body
from spotaction.sandbox.spot.responses import SpotError
from spotaction.sandbox.types import JSON
from spotaction.sandbox.world import World

_MAX_DIGITS = 16


@dataclass(frozen=True, slots=True)
class SpotRequest:
    """The parts of the path, the query, the parsed body, and the world in which the call takes effect."""

    world: World
    path: dict[str, str]
    query: dict[str, str]
    body: object

    def checked_body(self, kind: str) -> JSON:
        """Return the body, which has to be of a kind in `bodies.txt`.

        Raises:
            SpotError: ValidationError.
        """
        check_body(self.body, kind)
        assert isinstance(self.body, dict)
        return self.body

    def truth(self, key: str) -> bool:
        """Return a truth of the query, False where it is missing.

        Raises:
            SpotError: ValidationError.
        """
        text = self.query.get(key, "false").lower()
        if text not in {"true", "false"}:
            raise SpotError(400, "ValidationError", f'"{key}" must be a boolean', f"query:{key}")
        return text == "true"

    def number(self, key: str) -> int | None:
        """Return a whole number of the query, None where it is missing.

        Raises:
            SpotError: ValidationError.
        """
        text = self.query.get(key)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
            raise SpotError(400, "ValidationError", f'"{key}" must be a number', f"query:{key}")
        return int(text)
