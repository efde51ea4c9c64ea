"""What to execute: the setup and the steps after it, from plain inputs or an execution document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spotaction.model.capacity import Amount
from spotaction.model.choices import Strategy
from spotaction.model.errors import SourceLocation
from spotaction.model.policy import EnforcedRule
from spotaction.model.resources import Capacity, LoadBalancer, StandaloneShift
from spotaction.model.step_policy import RollbackScope, StepPolicy

if TYPE_CHECKING:
    from spotaction.model.checks import Check

WHOLE = Amount(percent=100)


@dataclass(frozen=True)
class SetupSpec:
    """The setup of the new group; with load balancers a stage setup (blue-green).

    Without `instances` the new group gets the capacity of the running one. An empty `name` is the strategy's default.
    """

    instances: Capacity | None
    load_balancers: tuple[LoadBalancer, ...] = ()
    name: str = ""
    staged: bool = False
    app: str = ""
    region: str = ""


@dataclass(frozen=True)
class DeploySpec:
    """A phase of a basic or canary deployment; `kept` is what stays of the old group, `bake` is in seconds."""

    name: str
    amount: Amount
    kept: Amount | None = None
    bake: float = 0.0


@dataclass(frozen=True)
class SwapSpec:
    """Swap the forwards of production and stage; `bake` is in seconds."""

    name: str
    bake: float = 0.0


@dataclass(frozen=True)
class ShiftSpec:
    """Shift `weight` percent of production's requests to the new group; `bake` is in seconds."""

    name: str
    weight: int
    bake: float = 0.0


@dataclass(frozen=True)
class StandaloneSpec:
    """Set the weights of a rule outside the deployment."""

    name: str
    shift: StandaloneShift


@dataclass(frozen=True)
class DownsizeSpec:
    """Scale the group that production no longer uses to 0, after `delay` seconds."""

    name: str
    delay: float = 0.0


@dataclass(frozen=True)
class PauseSpec:
    """Wait for `seconds`."""

    name: str
    seconds: float


@dataclass(frozen=True)
class SkippedSpec:
    """A step that does not run, for the reason `why`."""

    name: str
    why: str


@dataclass(frozen=True)
class CheckSpec:
    """Run a check, which changes nothing; `step` is the one that it comes before or after."""

    name: str
    check: "Check"
    step: str


StepSpec = DeploySpec | SwapSpec | ShiftSpec | StandaloneSpec | DownsizeSpec | PauseSpec | SkippedSpec | CheckSpec


@dataclass(frozen=True)
class PlacedChecks:
    """The checks that are no steps after the setup: those before it, by step those in its bake, and the warning ones.

    `first` run before anything is changed. `at_end` and `at_rollback` only warn.
    """

    first: tuple[CheckSpec, ...] = ()
    during: Mapping[str, "tuple[Check, ...]"] = field(default_factory=dict)
    at_end: "tuple[Check, ...]" = ()
    at_rollback: "tuple[Check, ...]" = ()


@dataclass(frozen=True)
class Execution:
    """What an operation executes, however it was written.

    `setup_bake` is in seconds. With `serial` a phase scales the old group down only once its new instances are healthy.
    `step_policies` holds the policies of single steps by their names. A rollback covers `rollback_scopes`, and none of
    its waits takes longer than `rollback_timeout` (seconds). `aliases` maps further names of steps to their names.
    Checks before or after a step are among the `steps`, all others in `checks`.
    """

    strategy: Strategy
    setup: SetupSpec
    steps: tuple[StepSpec, ...]
    setup_bake: float = 0.0
    serial: bool = False
    step_policies: Mapping[str, StepPolicy] = field(default_factory=dict)
    rollback_scopes: frozenset[RollbackScope] = frozenset(RollbackScope)
    rollback_timeout: float | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    checks: PlacedChecks = field(default_factory=PlacedChecks)

    @property
    def blue_green(self) -> bool:
        """Whether the new group is staged behind target groups of its own."""
        return self.strategy is Strategy.BLUE_GREEN

    @property
    def setup_name(self) -> str:
        """The name of the setup in log, summary and `until`."""
        return self.setup.name or ("stage-setup" if self.blue_green else "setup")

    @property
    def step_names(self) -> tuple[str, ...]:
        """The names of the setup and all steps, in order; checks before the setup come first."""
        return (*(each.name for each in self.checks.first), self.setup_name, *(step.name for step in self.steps))

    def total_wait_seconds(self, until: str = "") -> float:
        """Return the seconds of all bakes, pauses and delays, up to and including `until`, if no step fails."""
        names = self.step_names[: self.step_names.index(until) + 1] if until in self.step_names else self.step_names
        runs = [step for step in self.steps if step.name in names and not self._only_after_failure(step)]
        return self.setup_bake + sum(map(_step_seconds, runs))

    def _only_after_failure(self, step: StepSpec) -> bool:
        return step.name in self.step_policies and bool(self.step_policies[step.name].skip_reason(failed=False))

    def bake_of(self, name: str) -> float:
        """Return how many seconds the step of that name bakes or pauses; 0 if it does neither."""
        if name == self.setup_name:
            return self.setup_bake
        found = [step for step in self.steps if step.name == name and not isinstance(step, DownsizeSpec)]
        return _step_seconds(found[0]) if found else 0.0

    def canonical_step_name(self, name: str) -> str:
        """Return the name of the step that `name` or an alias of it means; `name` itself if there is none."""
        return name if name in self.step_names else self.aliases.get(name, name)

    @property
    def all_checks(self) -> "tuple[Check, ...]":
        """Every check, each once for every step that it belongs to."""
        placed = self.checks
        steps = (*placed.first, *(step for step in self.steps if isinstance(step, CheckSpec)))
        during = (check for checks in placed.during.values() for check in checks)
        return (*(step.check for step in steps), *during, *placed.at_end, *placed.at_rollback)

    @property
    def checks_of_deployment(self) -> "tuple[Check, ...]":
        """Every check but those after a rollback."""
        return self.all_checks[: len(self.all_checks) - len(self.checks.at_rollback)]

    @property
    def needs_aws(self) -> bool:
        """Whether the execution cannot do without AWS credentials; checks after a rollback, which only warn, can."""
        return self.uses_routes or any(check.needs_aws for check in self.checks_of_deployment)

    @property
    def uses_routes(self) -> bool:
        """Whether the execution reads or writes load balancers."""
        return bool(self.setup.load_balancers) or any(isinstance(step, StandaloneSpec) for step in self.steps)


def _step_seconds(step: StepSpec) -> float:
    match step:
        case DeploySpec(bake=seconds) | SwapSpec(bake=seconds) | ShiftSpec(bake=seconds):
            return seconds
        case DownsizeSpec(delay=seconds) | PauseSpec(seconds=seconds):
            return seconds
        case _:
            return 0.0


@dataclass(frozen=True)
class ParsedExecution:
    """The execution of a document or of plain inputs, the policy rules that it enforces, and with notes and warnings.

    The places are those of the setup, and of the region of its load balancers.
    """

    execution: Execution
    rules: tuple[EnforcedRule, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    setup_place: SourceLocation | None = field(default=None, compare=False)
    region_place: SourceLocation | None = field(default=None, compare=False)
