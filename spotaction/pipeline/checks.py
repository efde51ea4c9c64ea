"""Places the checks of the input `checks` between the steps of an execution, in their bakes, and around it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from spotaction.documents.expressions.lookups import Context, has_unresolved
from spotaction.documents.expressions.resolver import resolve_fields
from spotaction.inputs.fields import Inputs
from spotaction.inputs.read import WorkflowRun
from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.execution import CheckSpec, Execution, ParsedExecution, PlacedChecks, SkippedSpec, StepSpec
from spotaction.model.step_policy import StepPolicy

if TYPE_CHECKING:
    from spotaction.checks.document import WrittenCheck
    from spotaction.documents.source import Document
    from spotaction.model.checks import Check


def read_checks(inputs: Inputs, runner: WorkflowRun, context: Context) -> "tuple[WrittenCheck, ...]":
    """Return the checks of the inputs, their expressions resolved; none while an expression is deferred.

    Raises `InvalidError` with every problem.
    """
    given = inputs.checks
    if not given.file and given.document is None:
        return ()
    # Imported here: a run without checks need not load them.
    from spotaction.checks.document import parse_checks  # noqa: PLC0415

    document = given.document or _read_file(given.file, runner)
    resolved, problems = resolve_fields(document, context)
    if problems:
        raise InvalidError(problems)
    if has_unresolved(resolved.value):
        return ()
    return parse_checks(resolved)


def _read_file(path: str, runner: WorkflowRun) -> "Document":
    from spotaction.documents.loader import of_input  # noqa: PLC0415
    from spotaction.documents.source import read_document  # noqa: PLC0415

    try:
        return read_document(path, workspace=runner.workspace, roots=(runner.temp,) if runner.temp else ())
    except InvalidError as error:
        raise InvalidError(of_input("checks", error.problems)) from error


def with_checks(executed: ParsedExecution, written: "Sequence[WrittenCheck]") -> ParsedExecution:
    """Return the execution with the checks at their places. Raises `InvalidError` with every problem."""
    if not written:
        return executed
    placing = _Placing(executed.execution)
    for each in written:
        placing.add_check(each)
    placing.refuse_equal_names()
    if placing.problems:
        raise InvalidError(placing.problems)
    return replace(executed, execution=placing.build_execution())


def with_rollback_checks(
    executed: ParsedExecution, inputs: Inputs, runner: WorkflowRun, context: Context
) -> ParsedExecution:
    """Return the execution with the checks that run after a rollback, which does not fail for checks that are wrong."""
    try:
        written = read_checks(inputs, runner, context)
    except InvalidError as error:
        warning = f"Checks cannot be read, so none runs after the rollback: {error.message}"
        return replace(executed, warnings=(*executed.warnings, warning))
    found = tuple(
        each.check for each in written if (each.check.where.position, each.check.where.name) == _AFTER_ROLLBACK
    )
    return replace(executed, execution=replace(executed.execution, checks=PlacedChecks(at_rollback=found)))


_AFTER_ROLLBACK = ("at", "rollback")


def _name_beside(check: "Check", step: str) -> str:
    """The name as a step of a check that belongs to several steps."""
    return f"{check.name}-{step}"


@dataclass
class _Placing:
    """The checks by the step that they belong to, in the order in which they were written."""

    execution: Execution
    problems: list[Problem] = field(default_factory=list)
    before: "dict[str, list[Check]]" = field(default_factory=dict)
    after: "dict[str, list[Check]]" = field(default_factory=dict)
    during: "dict[str, list[Check]]" = field(default_factory=dict)
    names: list[tuple[str, SourceLocation]] = field(default_factory=list)
    start: "list[Check]" = field(default_factory=list)
    end: "list[Check]" = field(default_factory=list)
    rollback: "list[Check]" = field(default_factory=list)

    def add_check(self, written: "WrittenCheck") -> None:
        """Add a check; problems are collected."""
        check = written.check
        self.names.append((check.name, written.name_place))
        if check.name in self.execution.step_names:
            self._refuse(written.name_place, "name", f"a step is called {check.name}, too", "choose another name")
        match check.where.position.value:
            case "at":
                {"start": self.start, "end": self.end, "rollback": self.rollback}[check.where.name].append(check)
                self._require_fit(written, ())
            case position:
                self._add_to_steps(written, position)

    def refuse_equal_names(self) -> None:
        """Add a problem for each name that two steps would have, of which only one would run."""
        known = set(self.execution.step_names)
        for name, place in self.names:
            if name in known and not any(problem.place == place for problem in self.problems):
                self._refuse(place, "name", f"two steps would be called {name}", "choose another name")
            known.add(name)

    def build_execution(self) -> Execution:
        """Return the execution with the checks as steps, in bakes and at moments."""
        setup = self.execution.setup_name
        first = [*self.execution.checks.first, *(CheckSpec(check.name, check, setup) for check in self.start)]
        first += self._specs(setup, self.before)
        steps: list[StepSpec] = [*self._specs(setup, self.after)]
        for step in self.execution.steps:
            steps += self._around(step)
        placed = PlacedChecks(
            tuple(first),
            {step: tuple(checks) for step, checks in self.during.items()},
            tuple(self.end),
            tuple(self.rollback),
        )
        policies = {**self.execution.step_policies, **dict(self._policies((*first, *steps)))}
        return replace(self.execution, steps=tuple(steps), checks=placed, step_policies=policies)

    def _add_to_steps(self, written: "WrittenCheck", position: str) -> None:
        check, names = written.check, self.execution.step_names
        wanted = self.execution.canonical_step_name(check.where.name)
        found = [name for name in names if fnmatchcase(name, wanted)]
        if not found:
            hint = f"the steps are {', '.join(names)}"
            self._refuse(written.where_place, position, f"{check.where.name} is not a step of this deployment", hint)
        if position == "during":
            baked = [name for name in found if self.execution.bake_of(name) > 0]
            if found and not baked:
                hint = "set bake-time, or run the check after the step"
                self._refuse(written.where_place, position, f"{', '.join(found)} has no bake to measure in", hint)
            found = baked
        if found:
            self._require_fit(written, found)
        steps = {"before": self.before, "after": self.after, "during": self.during}[position]
        for name in found:
            steps.setdefault(name, []).append(check)
        if position != "during" and len(found) > 1:
            self.names += [(_name_beside(check, name), written.name_place) for name in found]

    def _require_fit(self, written: "WrittenCheck", steps: Sequence[str]) -> None:
        from spotaction.checks.fitting import find_misfits  # noqa: PLC0415 - there are checks, so the rest is loaded
        from spotaction.checks.http.listeners import find_listener_problem  # noqa: PLC0415

        problem = find_listener_problem(written.check, steps, self.execution)
        if problem is not None:
            self._refuse(written.kind_place, "http", *problem)
        self.problems += find_misfits(written, steps, self.execution)

    def _around(self, step: StepSpec) -> Iterator[StepSpec]:
        specs = (*self._specs(step.name, self.before), step, *self._specs(step.name, self.after))
        for spec in specs:
            skipped = isinstance(step, SkippedSpec) and isinstance(spec, CheckSpec)
            yield SkippedSpec(spec.name, f"{step.name} is skipped") if skipped else spec

    def _specs(self, step: str, checks: "Mapping[str, list[Check]]") -> Iterator[CheckSpec]:
        """The checks before or after a step; those that belong to several steps are named after these as well."""
        for check in checks.get(step, ()):
            several = sum(check in each for each in checks.values()) > 1
            yield CheckSpec(_name_beside(check, step) if several else check.name, check, step)

    def _policies(self, specs: Sequence[StepSpec]) -> Iterator[tuple[str, StepPolicy]]:
        """A check is treated like the step that it belongs to, but has a timeout of its own."""
        for spec in specs:
            policy = self.execution.step_policies.get(spec.step) if isinstance(spec, CheckSpec) else None
            if policy is not None:
                yield spec.name, replace(policy, timeout=None)

    def _refuse(self, place: SourceLocation, key: str, message: str, hint: str) -> None:
        self.problems.append(Problem(message, key, place, hint))
