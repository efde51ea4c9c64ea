"""What a simulation leaves to judge: the sandbox's truth, and what was said to people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.runner_files import without_masks

from .script import Event, Script

JSON = dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """The clouds at one moment: groups by id, rules by name in full, and production's healthy targets by rule."""

    at: float
    groups: Mapping[str, JSON]
    rules: Mapping[str, JSON]
    healthy: Mapping[str, int]
    serving: Mapping[str, tuple[str, ...]]  # the target groups to which each production rule sends requests


@dataclass(frozen=True)
class Strike:
    """An event that happened; `touched` are the ids of groups and the names of rules that it may leave changed."""

    event: Event
    at: float
    touched: tuple[str, ...] = ()


@dataclass(frozen=True)
class Write:
    """A changing call of run number `by`; `thing` is the id of its group or the name of its rule."""

    number: int
    at: float
    by: int
    call: str
    thing: str
    done: bool


@dataclass(frozen=True)
class Fall:
    """A write after which fewer targets were healthy behind a production rule, in all or in its smallest share.

    `serving` are the rule's target groups after the write.
    """

    write: Write
    what: str
    before: int
    after: int
    serving: tuple[str, ...]


@dataclass(frozen=True)
class RunSeen:
    """How one container of the action ended, and everything that it wrote for people and later steps.

    `post_of` is the number of the run whose post step it is, or 0; `basic` is a rival that deploys as basic, whatever
    the script's strategy.
    """

    number: int
    operation: str
    forced: bool
    code: int
    log: str
    summary: str
    outputs: Mapping[str, str]
    state: Mapping[str, str]
    began: float
    ended: float
    killed: bool
    overstayed: bool
    before: Picture
    after: Picture
    created: tuple[str, ...]
    post_of: int = 0
    basic: bool = False

    @property
    def status(self) -> str:
        """The output `status`; empty when the run did not get so far, or had no file to write it to."""
        return self.outputs.get("status", "")

    @property
    def told(self) -> str:
        """All that people read."""
        return f"{self.log}\n{self.summary}"

    @property
    def everything(self) -> str:
        """All that was written anywhere, but for the lines that tell the runner what to mask."""
        return "\n".join([without_masks(self.log), self.summary, *self.outputs.values(), *self.state.values()])


@dataclass(frozen=True)
class Evidence:
    """Everything about one simulation.

    `goal` is what the undisturbed deployment leads to, of which it has `OLD` and `NEW`, and `basic_goal` what that of a
    basic rival leads to; `names` are what people may call a group or a rule; `losses` are the moments at which
    production's healthy targets were lost without any call of a run, `drops` the same for each target group, whether
    production uses it or not; `rewrites` those at which somebody else moved production's requests; `later` is 120 s
    after the end.
    """

    script: Script
    required: int
    old: str
    strangers: frozenset[str]
    start: Picture
    goal: Picture
    basic_goal: Picture
    runs: tuple[RunSeen, ...]
    writes: tuple[Write, ...]
    falls: tuple[Fall, ...]
    losses: tuple[float, ...]
    drops: Mapping[str, tuple[float, ...]]
    rewrites: tuple[float, ...]
    strikes: tuple[Strike, ...]
    later: Picture
    names: Mapping[str, tuple[str, ...]]
    secrets: tuple[str, ...]
    raised: tuple[str, ...] = ()
    calls: int = 0


OLD, NEW = "the old group", "the new group"
