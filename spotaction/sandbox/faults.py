"""API faults: which calls fail, how often, and how."""

import fnmatch
import itertools
from dataclasses import dataclass

from spotaction.sandbox.calls import Call
from spotaction.sandbox.scenario import ScenarioError, fault_schema, raise_if_invalid
from spotaction.sandbox.types import JSON

#: Effects that leave the client without a response.
BREAKS = frozenset({"connection-refused", "reset-before", "reset-after", "timeout-after", "kill", "kill-before"})
#: Effects with which the call is executed nevertheless.
APPLIED = frozenset({"reset-after", "timeout-after", "kill", "malformed-body", "empty-items", "stale-read"})


@dataclass(slots=True)
class ApiFault:
    """One API fault, and how often it still applies."""

    id: int
    document: JSON
    added_at: int
    left: int
    seen: int = 0

    @property
    def effect(self) -> str:
        """The fault's `effect`."""
        return str(self.document["effect"])

    @property
    def applied(self) -> bool:
        """Whether the call is executed despite the fault."""
        return self.effect in APPLIED or bool(self.document.get("applied"))

    def hits(self, call: Call) -> bool:
        """Count the call if it matches, and return whether the fault applies to it."""
        match: JSON = self.document.get("match", {})
        if self.left == 0 or not _matches(match, call):
            return False
        self.seen += 1
        early = (
            self.seen < match.get("nth", 1)
            or call.index < match.get("index", 0)
            or call.index - self.added_at < match.get("since-added", 0)
        )
        if early:
            return False
        self.left -= 1
        return True


class Faults:
    """The API faults; the first one that applies to a call wins."""

    def __init__(self) -> None:
        self._faults: list[ApiFault] = []
        self._ids = itertools.count(1)

    def add(self, document: JSON, *, calls_so_far: int) -> ApiFault:
        """Add a validated fault."""
        fault = ApiFault(next(self._ids), document, calls_so_far, int(document.get("times", 1)))
        self._faults.append(fault)
        return fault

    def take(self, call: Call) -> ApiFault | None:
        """Return the fault that applies to this call, if any."""
        struck = [fault for fault in self._faults if fault.hits(call)]
        for other in struck[1:]:
            other.left += 1
        return struck[0] if struck else None

    def stale_reads_pending(self) -> bool:
        """Return whether a stale read is still to come, so that history has to be kept."""
        return any(fault.effect == "stale-read" and fault.left for fault in self._faults)

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

    def documents(self) -> list[JSON]:
        """Return all faults, with how often each still applies."""
        return [fault.document | {"id": fault.id, "left": fault.left} for fault in self._faults]


def check_fault(document: object) -> JSON:
    """Validate a fault that was not part of the scenario, and return it.

    Raises:
        ScenarioError: with every schema violation.
    """
    if not isinstance(document, dict):
        raise ScenarioError("The fault", ["top level: a fault must be an object"])
    raise_if_invalid("The fault", document, schema=fault_schema())
    return document


def _matches(match: JSON, call: Call) -> bool:
    service = match.get("service")
    if service is not None and service != call.service and not (service == "aws" and call.service != "spot"):
        return False
    if "mutation" in match and match["mutation"] != call.mutation:
        return False
    return "call" not in match or fnmatch.fnmatchcase(call.name, match["call"])
