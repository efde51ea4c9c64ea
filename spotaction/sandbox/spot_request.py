"""One parsed call of the Spot API."""

from dataclasses import dataclass

from spotaction.sandbox.kinds import JSON
from spotaction.sandbox.spot_answers import invalid
from spotaction.sandbox.world import World


@dataclass(frozen=True, slots=True)
class SpotRequest:
    """The parts of the path, the query, the parsed body, and the world in which the call takes effect."""

    world: World
    path: dict[str, str]
    query: dict[str, str]
    body: object

    def object_body(self) -> JSON:
        """Return the body, which has to be an object.

        Raises:
            SpotError: ValidationError.
        """
        if not isinstance(self.body, dict):
            raise invalid('"value" must be an object', "")
        return self.body
