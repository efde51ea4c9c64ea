"""Puts the steps of an execution document together, and checks what they ask of each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from spotaction.documents.accessors import as_plain_text
from spotaction.documents.tree import Path
from spotaction.model.choices import Strategy
from spotaction.model.execution import (
    DeploySpec,
    DownsizeSpec,
    Execution,
    SetupSpec,
    ShiftSpec,
    SkippedSpec,
    StandaloneSpec,
    StepSpec,
    SwapSpec,
)
from spotaction.model.step_policy import RollbackScope, StepPolicy
from spotaction.pipeline.control_flow import StepInstance
from spotaction.pipeline.phase_counts import over_maximum
from spotaction.pipeline.reader import DocumentReader
from spotaction.pipeline.step_parser import read_downsize, read_step

DOWNSIZE = "downsize-old"
_SETUPS = {"ElastigroupSetup": "setup", "ElastigroupBGStageSetup": "stage-setup"}
_NAMES = {
    **_SETUPS,
    "ElastigroupDeploy": "deploy",
    "ElastigroupSwapRoute": "swap-route",
    "ElastigroupBlueGreenTrafficShift": "shift",
    "Wait": "wait",
}
_LOOPED = {"ElastigroupDeploy", "ElastigroupBlueGreenTrafficShift", "Wait"}
_BLUE_GREEN = (SwapSpec, ShiftSpec, StandaloneSpec)


@dataclass(frozen=True)
class Settings:
    """What the plain inputs say about all steps; durations in seconds."""

    bake: float = 0.0
    downsize_delay: float = 30.0
    serial: bool = False


@dataclass
class ExecutionBuilder:
    """The execution as far as it was read; `named` has the names of the steps that each written one became."""

    reading: DocumentReader
    settings: Settings
    setup: SetupSpec | None = None
    steps: list[tuple[Path, StepSpec]] = field(default_factory=list)
    named: dict[Path, list[str]] = field(default_factory=dict)
    step_policies: dict[str, StepPolicy] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    swap: StepInstance | None = None

    def add_step(self, item: StepInstance) -> None:
        """Take one step more."""
        kind = as_plain_text(self.reading.raw_value((*item.path, "type")))
        if kind not in _NAMES:
            self.reading.add_problem(
                (*item.path, "type"), f"{kind} does not belong here", "write it below rollbackSteps"
            )
            return
        name = self._unique_name(kind, item)
        if item.skip:
            self.steps.append((item.path, SkippedSpec(name, item.skip)))
            return
        if item.suffix and kind not in _LOOPED:
            self.reading.add_problem(item.path, f"{kind} cannot be in a loop", "only deploys, shifts and waits can")
        timeout = self.reading.read_timeout((*item.path, "timeout"), item.context)
        self.step_policies[name] = StepPolicy(timeout, item.status, item.strategies)
        found = read_step(kind, item, name, self.reading)
        match found:
            case SetupSpec():
                self._set_up(found, item)
            case SwapSpec():
                self._take_spec(item, replace(found, bake=self.settings.bake))
                self._take_swap(item, name)
            case ShiftSpec() | DeploySpec():
                self._take_spec(item, replace(found, bake=self.settings.bake))
            case _:
                self._take_spec(item, found)

    def _set_up(self, setup: SetupSpec, item: StepInstance) -> None:
        if self.setup is not None and not item.suffix:
            self.reading.add_problem(item.path, "a second setup", "a deployment sets one group up; skip one with when")
        self.setup = self.setup or setup

    def _take_spec(self, item: StepInstance, spec: StepSpec) -> None:
        if self.setup is None:
            hint = "the first step is ElastigroupSetup or ElastigroupBGStageSetup"
            self.reading.add_problem(item.path, "stands before the setup", hint)
        self.steps.append((item.path, spec))

    def _take_swap(self, item: StepInstance, name: str) -> None:
        if any(isinstance(spec, SwapSpec) and path != item.path for path, spec in self.steps):
            self.reading.add_problem(item.path, "a second swap would do nothing", "leave it out")
        if read_downsize(item, self.reading):
            self.swap = item
            self.step_policies[DOWNSIZE] = self.step_policies[name]

    def _unique_name(self, kind: str, item: StepInstance) -> str:
        """The identifier, as log, summary and `until` call the step; the name is another way to say it."""
        identifier = as_plain_text(self.reading.raw_value((*item.path, "identifier")))
        title = as_plain_text(self.reading.raw_value((*item.path, "name")))
        base = (identifier or title or _NAMES[kind]) + item.suffix
        taken = {name for names in self.named.values() for name in names} | {DOWNSIZE}
        name = next(each for each in _numbered_names(base) if each not in taken)
        if title:
            self.aliases.setdefault(title + item.suffix, name)
        self.named.setdefault(item.path, []).append(name)
        return name


def build_execution(
    draft: ExecutionBuilder, rollback: Mapping[RollbackScope, float | None], items: Sequence[StepInstance]
) -> Execution:
    """The execution of a whole draft; what does not fit together is noted in its reading.

    `rollback` holds what is undone, with the timeout of the step that says so.
    """
    undo = frozenset(rollback)
    setup = draft.setup
    if setup is None:
        _without_setup(draft, items)
        return Execution(Strategy.BASIC, SetupSpec(None), ())
    steps = [spec for _, spec in draft.steps]
    _check_kinds(draft, setup)
    _check_growth(draft)
    _check_counts(draft, setup)
    _check_undo(draft, undo)
    if draft.swap is not None:
        _insert_downsize(steps, draft.settings.downsize_delay)
        draft.named[draft.swap.path].append(DOWNSIZE)
    bake = draft.settings.bake if setup.staged else 0.0
    return Execution(
        strategy=_infer_strategy(setup, steps),
        setup=setup,
        steps=tuple(steps),
        setup_bake=bake,
        serial=draft.settings.serial,
        step_policies=draft.step_policies,
        rollback_scopes=undo,
        rollback_timeout=max((each for each in rollback.values() if each is not None), default=None),
        aliases={alias: name for alias, name in draft.aliases.items() if name != alias},
    )


def _infer_strategy(setup: SetupSpec, steps: Sequence[StepSpec]) -> Strategy:
    if setup.staged:
        return Strategy.BLUE_GREEN
    phases = [step for step in steps if isinstance(step, DeploySpec)]
    return Strategy.CANARY if len(phases) > 1 else Strategy.BASIC


def _insert_downsize(steps: list[StepSpec], delay: float) -> None:
    """The old group goes once no rule needs it any more: after the last swap or shift, of whichever rule."""
    last = max(index for index, step in enumerate(steps) if isinstance(step, _BLUE_GREEN))
    steps.insert(last + 1, DownsizeSpec(DOWNSIZE, delay))


def _without_setup(draft: ExecutionBuilder, items: Sequence[StepInstance]) -> None:
    skipped = [item for item in items if item.skip and draft.reading.raw_value((*item.path, "type")) in _SETUPS]
    if skipped:
        draft.reading.add_problem(skipped[0].path, f"no setup is left: {skipped[0].skip}")
    elif not draft.reading.problems:
        hint = "begin with ElastigroupSetup or ElastigroupBGStageSetup"
        draft.reading.add_problem(items[0].path if items else (), "there is no setup among the steps", hint)


def _check_kinds(draft: ExecutionBuilder, setup: SetupSpec) -> None:
    """Steps that the setup gives nothing to work on."""
    problem = draft.reading.add_problem
    balancers = setup.load_balancers
    for path, spec in draft.steps:
        if setup.staged and isinstance(spec, DeploySpec):
            problem(path, "a stage setup brings the group up by itself", "leave ElastigroupDeploy out")
        elif not setup.staged and isinstance(spec, _BLUE_GREEN):
            problem(path, "needs a blue/green setup", "begin with ElastigroupBGStageSetup")
        elif isinstance(spec, ShiftSpec) and balancers and not any(each.shift for each in balancers):
            problem(path, "no load balancer of the setup is shifted", "set isTrafficShift: true in one")
        elif isinstance(spec, SwapSpec) and balancers and all(each.shift for each in balancers):
            problem(path, "every load balancer of the setup is shifted", "leave ElastigroupSwapRoute out")
        elif isinstance(spec, StandaloneSpec) and any(each.prod_rule == spec.shift.rule for each in balancers):
            hint = "Inherit shifts the rules of the setup"
            problem(path, f"shifts {spec.shift.rule}, which the setup has too", hint)


def _check_growth(draft: ExecutionBuilder) -> None:
    """Weights and phases are cumulative: going back is what a rollback does."""
    shifts = [(path, spec) for path, spec in draft.steps if isinstance(spec, ShiftSpec)]
    for (_, before), (path, after) in pairwise(shifts):
        if after.weight <= before.weight:
            message = f"{after.name} shifts to {after.weight} after {before.weight}"
            draft.reading.add_problem(path, message, "weights have to grow, like 10, 50, 100")
    phases = [(path, spec) for path, spec in draft.steps if isinstance(spec, DeploySpec)]
    for (_, first), (path, second) in pairwise(phases):
        if _amount_size(second) is not None and _amount_size(first) is not None and not _is_growing(first, second):
            message = f"{second.name} deploys {second.amount} after {first.amount}"
            draft.reading.add_problem(path, message, "phases have to grow")


def _check_counts(draft: ExecutionBuilder, setup: SetupSpec) -> None:
    """No phase may ask for more than the maximum; where that is the running group's, it is known only later."""
    if setup.instances is None:
        return
    for path, spec in draft.steps:
        for _, message in over_maximum([spec], setup.instances.maximum):
            hint = "write a smaller count, or raise max in the setup's instances"
            draft.reading.add_problem((*path, "spec", "newService"), f"{message} in the setup's instances", hint)


def _amount_size(spec: DeploySpec) -> int | None:
    return spec.amount.count if spec.amount.percent is None else spec.amount.percent


def _is_growing(first: DeploySpec, second: DeploySpec) -> bool:
    """Percentages and counts grow each among themselves; how they compare is known only with the group's size."""
    same = (first.amount.percent is None) == (second.amount.percent is None)
    return not same or (_amount_size(second) or 0) > (_amount_size(first) or 0)


def _check_undo(draft: ExecutionBuilder, undo: frozenset[RollbackScope]) -> None:
    if RollbackScope.GROUPS not in undo:
        draft.reading.add_note("rollbackSteps has no ElastigroupRollback: a failed deployment is left as it stands.")
    standalone = [spec.name for _, spec in draft.steps if isinstance(spec, StandaloneSpec)]
    if standalone and RollbackScope.STANDALONE not in undo:
        names = ", ".join(standalone)
        draft.reading.add_note(f"rollbackSteps has no StandAloneTrafficShiftRollback: {names} will not be rolled back.")


def _numbered_names(base: str) -> Iterator[str]:
    yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1
