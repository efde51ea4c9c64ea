"""Builds the execution from the steps of a document, and checks that the steps fit together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from spotaction.documents.accessors import as_plain_text
from spotaction.documents.tree import Path
from spotaction.model.choices import Strategy
from spotaction.model.execution import (
    CheckSpec,
    DeploySpec,
    DownsizeSpec,
    Execution,
    PlacedChecks,
    SetupSpec,
    ShiftSpec,
    SkippedSpec,
    StandaloneSpec,
    StepSpec,
    SwapSpec,
)
from spotaction.model.step_policy import RollbackScope, StepPolicy
from spotaction.pipeline.accounts import Account, arn_path
from spotaction.pipeline.control_flow import StepInstance
from spotaction.pipeline.phase_counts import over_maximum
from spotaction.pipeline.reader import DocumentReader
from spotaction.pipeline.step_parser import read_downsize, read_step

DOWNSIZE = "downsize-old"
DOCUMENT_DELAY = 30.0  # seconds before a swap of a document, with downsizeOldElastigroup, scales the old group to 0
_SETUPS = {"ElastigroupSetup": "setup", "ElastigroupBGStageSetup": "stage-setup"}
_NAMES = {
    **_SETUPS,
    "ElastigroupDeploy": "deploy",
    "ElastigroupSwapRoute": "swap-route",
    "ElastigroupBlueGreenTrafficShift": "shift",
    "Wait": "wait",
    "Http": "http",
    "Verify": "verify",
}
_LOOPED = {"ElastigroupDeploy", "ElastigroupBlueGreenTrafficShift", "Wait", "Http", "Verify"}
_BLUE_GREEN = (SwapSpec, ShiftSpec, StandaloneSpec)


@dataclass(frozen=True)
class Settings:
    """The plain inputs that apply to the steps of a document, too; durations in seconds. `account` is AWS's."""

    bake: float = 0.0
    downsize_delay: float = DOCUMENT_DELAY
    serial: bool = False
    account: Account = field(default_factory=Account)


@dataclass
class ExecutionBuilder:
    """The execution as far as it was read; `named` maps the path of a step to the names of its instances."""

    reader: DocumentReader
    settings: Settings
    setup: SetupSpec | None = None
    setup_path: Path = ()
    steps: list[tuple[Path, StepSpec]] = field(default_factory=list)
    named: dict[Path, list[str]] = field(default_factory=dict)
    step_policies: dict[str, StepPolicy] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    swap: StepInstance | None = None
    first: list[CheckSpec] = field(default_factory=list)

    def add_step(self, item: StepInstance) -> None:
        """Add the next step; problems go to `reader`."""
        kind = as_plain_text(self.reader.raw_value((*item.path, "type")))
        if kind not in _NAMES:
            self.reader.add_problem((*item.path, "type"), f"{kind} is not allowed here", "move it to rollbackSteps")
            return
        name = self._unique_name(kind, item)
        if item.skip:
            self.steps.append((item.path, SkippedSpec(name, item.skip)))
            return
        if item.repeated and kind not in _LOOPED:
            self.reader.add_problem(
                item.path, f"{kind} cannot be in a loop", "only deploys, shifts and waits can be looped"
            )
        timeout = self.reader.read_timeout((*item.path, "timeout"), item.context)
        self.step_policies[name] = StepPolicy(timeout, item.status, item.strategies)
        found = read_step(kind, item, name, self.reader)
        match found:
            case SetupSpec():
                self._set_up(found, item)
            case SwapSpec():
                self._take_spec(item, replace(found, bake=self.settings.bake))
                self._take_swap(item, name)
            case ShiftSpec() | DeploySpec():
                self._take_spec(item, replace(found, bake=self.settings.bake))
            case CheckSpec():
                self._take_check(item, kind, found)
            case _:
                self._take_spec(item, found)

    def _take_check(self, item: StepInstance, kind: str, spec: CheckSpec) -> None:
        """Add a step that only checks; it has its own timeout, and may come before the setup."""
        self.step_policies[spec.name] = replace(self.step_policies[spec.name], timeout=None)
        before = [step.name for _, step in self.steps]
        placed = replace(spec, step=before[-1] if before else "setup")
        if self.setup is None and kind == "Http":
            self.first.append(placed)
            return
        if self.setup is not None and kind == "Verify":
            placed = self._suit_to_setup(item, placed, staged=self.setup.staged)
        self._take_spec(item, placed)

    def _suit_to_setup(self, item: StepInstance, spec: CheckSpec, *, staged: bool) -> CheckSpec:
        if not staged:
            from spotaction.checks.harness_steps import without_comparison  # noqa: PLC0415 - plain ones need no checks

            return replace(spec, check=without_comparison(spec.check))
        if not any(isinstance(step, SwapSpec | ShiftSpec) for _, step in self.steps):
            hint = "move it after the first shift or swap"
            self.reader.add_problem(item.path, "the new group gets none of production's requests before it", hint)
        return spec

    def _set_up(self, setup: SetupSpec, item: StepInstance) -> None:
        if self.setup is not None and not item.repeated and self.is_certain(item.path):
            self.reader.add_problem(
                item.path, "a deployment has only one setup", "remove the second, or skip one with when"
            )
        if self.setup is None or not self.is_certain(self.setup_path):
            self.setup, self.setup_path = setup, item.path
        listed = (*item.path, "spec", "loadBalancers")
        for index, key, message, hint in self.settings.account.find_wrong(setup.load_balancers):
            self.reader.add_problem(arn_path(listed, index, key, self.reader.raw_value), message, hint)

    def _take_spec(self, item: StepInstance, spec: StepSpec) -> None:
        if self.setup is None:
            hint = "start with ElastigroupSetup or ElastigroupBGStageSetup"
            self.reader.add_problem(item.path, "comes before the setup", hint)
        self.steps.append((item.path, spec))

    def _take_swap(self, item: StepInstance, name: str) -> None:
        swaps = [path for path, spec in self.steps if isinstance(spec, SwapSpec) and path != item.path]
        if any(self.reader.is_certain(path) for path in swaps) and self.reader.is_certain(item.path):
            self.reader.add_problem(item.path, "a second swap would have no effect", "remove it")
        if read_downsize(item, self.reader):
            self.swap = item
            self.step_policies[DOWNSIZE] = self.step_policies[name]

    def is_certain(self, path: Path) -> bool:
        """Return whether it is known that both the setup and the step at `path` run."""
        return self.reader.is_certain(self.setup_path) and self.reader.is_certain(path)

    def _unique_name(self, kind: str, item: StepInstance) -> str:
        """Return the identifier, which log, summary and `until` use; the name becomes an alias of it."""
        identifier = as_plain_text(self.reader.raw_value((*item.path, "identifier")))
        title = as_plain_text(self.reader.raw_value((*item.path, "name")))
        base = (identifier or title or _NAMES[kind]) + item.suffix
        taken = {name for names in self.named.values() for name in names} | {DOWNSIZE}
        name = next(each for each in _numbered_names(base) if each not in taken)
        if title:
            self.aliases.setdefault(title + item.suffix, name)
        self.named.setdefault(item.path, []).append(name)
        return name


def build_execution(
    builder: ExecutionBuilder, rollback: Mapping[RollbackScope, float | None], items: Sequence[StepInstance]
) -> Execution:
    """Return the execution of all steps; what does not fit together goes to the reader of `builder`.

    `rollback` holds the scopes of a rollback, each with its timeout in seconds.
    """
    scopes = frozenset(rollback)
    setup = builder.setup
    if setup is None:
        _without_setup(builder, items)
        return Execution(Strategy.BASIC, SetupSpec(None), ())
    steps = [spec for _, spec in builder.steps]
    _check_kinds(builder, setup)
    _check_growth(builder)
    _check_counts(builder, setup)
    _note_missing_rollbacks(builder, scopes)
    if builder.swap is not None:
        _insert_downsize(steps, builder.settings.downsize_delay)
        builder.named[builder.swap.path].append(DOWNSIZE)
    bake = builder.settings.bake if setup.staged else 0.0
    return Execution(
        strategy=_infer_strategy(setup, steps),
        setup=setup,
        steps=tuple(steps),
        setup_bake=bake,
        serial=builder.settings.serial,
        checks=PlacedChecks(first=tuple(builder.first)),
        step_policies=builder.step_policies,
        rollback_scopes=scopes,
        rollback_timeout=max((each for each in rollback.values() if each is not None), default=None),
        aliases={alias: name for alias, name in builder.aliases.items() if name != alias},
    )


def _infer_strategy(setup: SetupSpec, steps: Sequence[StepSpec]) -> Strategy:
    if setup.staged:
        return Strategy.BLUE_GREEN
    phases = [step for step in steps if isinstance(step, DeploySpec)]
    return Strategy.CANARY if len(phases) > 1 else Strategy.BASIC


def _insert_downsize(steps: list[StepSpec], delay: float) -> None:
    """Downsize the old group once no rule needs it any more: after the last swap or shift of any rule."""
    last = max(index for index, step in enumerate(steps) if isinstance(step, _BLUE_GREEN))
    steps.insert(last + 1, DownsizeSpec(DOWNSIZE, delay))


def _without_setup(builder: ExecutionBuilder, items: Sequence[StepInstance]) -> None:
    skipped = [item for item in items if item.skip and builder.reader.raw_value((*item.path, "type")) in _SETUPS]
    if skipped:
        builder.reader.add_problem(skipped[0].path, f"the setup is skipped: {skipped[0].skip}")
    elif not builder.reader.problems:
        hint = "start with ElastigroupSetup or ElastigroupBGStageSetup"
        builder.reader.add_problem(items[0].path if items else (), "the steps have no setup", hint)


def _check_kinds(builder: ExecutionBuilder, setup: SetupSpec) -> None:
    """Refuse steps that do not fit the kind of setup."""
    problem = builder.reader.add_problem
    balancers = setup.load_balancers
    for path, spec in builder.steps:
        if not builder.is_certain(path):
            continue
        if setup.staged and isinstance(spec, DeploySpec):
            problem(path, "a stage setup already scales the group up", "remove ElastigroupDeploy")
        elif not setup.staged and isinstance(spec, _BLUE_GREEN):
            problem(path, "requires a blue-green setup", "start with ElastigroupBGStageSetup")
        elif isinstance(spec, ShiftSpec) and balancers and not any(each.shift for each in balancers):
            problem(path, "no load balancer of the setup has isTrafficShift: true", "set it in one")
        elif isinstance(spec, SwapSpec) and balancers and all(each.shift for each in balancers):
            problem(
                path,
                "every load balancer of the setup has isTrafficShift: true",
                "nothing is left to swap: remove ElastigroupSwapRoute",
            )
        elif isinstance(spec, StandaloneSpec) and any(each.prod_rule == spec.shift.rule for each in balancers):
            hint = "use Inherit for the rules of the setup"
            problem(path, f"shifts {spec.shift.rule}, which is also in the setup", hint)


def _check_growth(builder: ExecutionBuilder) -> None:
    """Refuse weights and phases that do not increase; they are cumulative."""
    certain = [
        (path, spec)
        for path, spec in builder.steps
        if builder.reader.is_certain(path) and not builder.reader.has_open_values((*path, "spec"))
    ]
    shifts = [(path, spec) for path, spec in certain if isinstance(spec, ShiftSpec)]
    for (_, before), (path, after) in pairwise(shifts):
        if after.weight <= before.weight:
            message = f"{after.name} shifts to {after.weight} after {before.weight}"
            builder.reader.add_problem(path, message, "weights must increase, like 10, 50, 100")
    phases = [(path, spec) for path, spec in certain if isinstance(spec, DeploySpec)]
    for (_, first), (path, second) in pairwise(phases):
        if _amount_size(second) is not None and _amount_size(first) is not None and not _is_growing(first, second):
            message = f"{second.name} deploys {second.amount} after {first.amount}"
            builder.reader.add_problem(path, message, "phases must increase")


def _check_counts(builder: ExecutionBuilder, setup: SetupSpec) -> None:
    """Refuse phases above the maximum; that of the running group is checked later, once it is known."""
    if setup.instances is None:
        return
    for path, spec in builder.steps if builder.is_certain(builder.setup_path) else ():
        for _, message in over_maximum([spec], setup.instances.maximum):
            hint = "write a smaller count, or raise max in the setup's instances"
            builder.reader.add_problem((*path, "spec", "newService"), f"{message} in the setup's instances", hint)


def _amount_size(spec: DeploySpec) -> int | None:
    return spec.amount.count if spec.amount.percent is None else spec.amount.percent


def _is_growing(first: DeploySpec, second: DeploySpec) -> bool:
    """Whether the second is larger; a percentage and a count cannot be compared without the group's size."""
    same = (first.amount.percent is None) == (second.amount.percent is None)
    return not same or (_amount_size(second) or 0) > (_amount_size(first) or 0)


def _note_missing_rollbacks(builder: ExecutionBuilder, scopes: frozenset[RollbackScope]) -> None:
    if RollbackScope.GROUPS not in scopes:
        builder.reader.add_note("rollbackSteps has no ElastigroupRollback: a failed deployment is left as it is.")
    standalone = [spec.name for _, spec in builder.steps if isinstance(spec, StandaloneSpec)]
    if standalone and RollbackScope.STANDALONE not in scopes:
        names = ", ".join(standalone)
        builder.reader.add_note(
            f"rollbackSteps has no StandAloneTrafficShiftRollback: {names} will not be rolled back."
        )


def _numbered_names(base: str) -> Iterator[str]:
    yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1
