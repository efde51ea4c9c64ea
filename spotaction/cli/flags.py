"""The table of flags, made from action.yml: one for each input, with its help, group and values."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROGRAM = "spotaction"
VARIABLE = "SPOTACTION_"
#: Variables with this prefix are the outputs of an earlier run (see `--outputs`), not inputs.
OUTPUT = f"{VARIABLE}OUTPUT_"
_FILE = Path(__file__).with_name("flags.json")


@dataclass(frozen=True)
class Flag:
    """A flag: an input of the action but `operation`, which is the command.

    `help` is the description in action.yml, and `choices` the words that it may be. A `boolean` may be given without
    a value. `variables` are read if neither the flag nor its own variable is set.
    """

    name: str
    group: str
    help: str
    default: str = ""
    boolean: bool = False
    choices: tuple[str, ...] = ()
    secret: bool = False
    variables: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        """The flag as it is written, such as `--app-name`."""
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable for it, such as `SPOTACTION_APP_NAME`."""
        return f"{VARIABLE}{self.name.upper().replace('-', '_')}"


@dataclass(frozen=True)
class Table:
    """The commands, each with a sentence about it, and the flags that all of them have."""

    commands: Mapping[str, str]
    flags: Sequence[Flag]


@cache
def read_table() -> Table:
    """Return the table that tools/tables.py makes from action.yml and the table of inputs."""
    content = json.loads(_FILE.read_text(encoding="utf-8"))
    flags = tuple(
        Flag(**{**entry, "choices": tuple(entry.get("choices", ())), "variables": tuple(entry.get("variables", ()))})
        for entry in content["flags"]
    )
    return Table(content["commands"], flags)
