"""One parsed Spot API call."""

from dataclasses import dataclass

from spotaction.sandbox.spot.fields import check_body
from spotaction.sandbox.spot.responses import SpotError
from spotaction.sandbox.types import JSON
from spotaction.sandbox.world import World

_MAX_DIGITS = 16


@dataclass(frozen=True, slots=True)
class SpotRequest:
    """Path parameters, query and parsed body of a call, and the world that it acts on."""

    world: World
    path: dict[str, str]
    query: dict[str, str]
    body: object

    def checked_body(self, kind: str) -> JSON:
        """Return the body after checking it against its kind in `bodies.txt`.

        Raises:
            SpotError: ValidationError.
        """
        check_body(self.body, kind)
        assert isinstance(self.body, dict)
        return self.body

    def truth(self, key: str) -> bool:
        """Return a boolean of the query, or False if it is missing.

        Raises:
            SpotError: ValidationError.
        """
        text = self.query.get(key, "false").lower()
        if text not in {"true", "false"}:
            raise SpotError(400, "ValidationError", f'"{key}" must be a boolean', f"query:{key}")
        return text == "true"

    def number(self, key: str) -> int | None:
        """Return an integer of the query, or None if it is missing.

        Raises:
            SpotError: ValidationError.
        """
        text = self.query.get(key)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
            raise SpotError(400, "ValidationError", f'"{key}" must be a number', f"query:{key}")
        return int(text)
