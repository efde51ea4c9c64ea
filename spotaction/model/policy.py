"""The rules of policy files as plain values; `engine/policy.py` evaluates them."""

from dataclasses import dataclass, field

from spotaction.model.errors import SourceLocation
from spotaction.model.resources import JsonObject


@dataclass(frozen=True)
class PolicyRule:
    """One rule: whatever matches `schema` is denied, or (`denies` False) everything has to match it.

    It applies to each planned call, or (`whole`) to the plan. Empty `environments` and `strategies` mean all.
    """

    name: str
    place: SourceLocation
    schema: JsonObject = field(repr=False)
    denies: bool = True
    whole: bool = False
    environments: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    message: str = ""

    def applies_to(self, plan: JsonObject) -> bool:
        """Whether the rule is for the environment and the strategy of the plan."""
        here = not self.environments or plan["environment"] in self.environments
        return here and (not self.strategies or plan["strategy"] in self.strategies)


@dataclass(frozen=True)
class EnforcedRule:
    """A rule and the names of the steps that it is limited to; none means all steps."""

    rule: PolicyRule
    steps: frozenset[str] = frozenset()
