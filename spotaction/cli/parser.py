"""The parser of the command line: a command for each operation, its flags in groups, and examples."""

import argparse
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import groupby
from typing import Any, NoReturn

from spotaction.cli.flags import PROGRAM, VARIABLE, Flag, Table, read_table
from spotaction.cli.wording import as_flags
from spotaction.inputs.retired import retired_input

SHELLS = ("bash", "zsh", "tcsh")
FINISH = "finish"
_FINISH = "roll back what a cancelled or killed run left unfinished, from the file of its --state"
_ABOUT = "Deploys AMIs to Spot Elastigroups (basic, canary or blue-green), and rolls back when a release is bad."
_VALUES = f"""\
A flag is an input of the GitHub Action of the same name. Where it is left out, {VARIABLE}<NAME> is used, such as
{VARIABLE}APP_NAME for --app-name; a flag wins over the environment. A value that begins with @ names a file:
--load-balancers @deploy/load-balancers.yaml; @@ stands for an @ itself.

Exit codes: 0 done, 1 failed, 2 invalid flags or documents, 3 refused (nothing was changed), 4 rollback incomplete,
5 an API failed, 6 outputs not written, 130 cancelled."""
_EXAMPLES: Mapping[str, str] = {
    "": """\
  spotaction plan --strategy canary --canary '10% for 5m, 50%' --service deploy/service.yaml …
  spotaction rollback --app-name web_prod
  spotaction validate deploy/*.yaml deploy/*.json
""",
    "deploy": """\
  spotaction deploy --app-name web_prod --service deploy/service.yaml --artifact-version web-2026.11.23 \\
    --infrastructure deploy/infrastructure.yaml --strategy canary --canary '10% for 5m, 50%'
  spotaction deploy --app-name web_prod --ami-id ami-0123456789abcdef0 --strategy basic \\
    --elastigroup-config deploy/elastigroup.json --outputs deploy.env
""",
    "plan": """\
  spotaction plan --app-name web_prod --ami-id ami-0123456789abcdef0 --strategy basic --json \\
    --elastigroup-config deploy/elastigroup.json
""",
    "validate": """\
  spotaction validate deploy/service.yaml deploy/elastigroup.json
  spotaction validate --service deploy/service.yaml --infrastructure deploy/infrastructure.yaml
""",
    "init": """\
  spotaction init                                # lists the groups that run
  spotaction init --elastigroup-id sig-0abc1234  # writes deploy/ and a workflow
""",
    "drift": """\
  spotaction drift --app-name web_prod --strategy basic --service deploy/service.yaml \\
    --infrastructure deploy/infrastructure.yaml
""",
    "rollback": """\
  spotaction rollback --app-name web_prod             # shows what it would do, then asks
  spotaction rollback --app-name web_prod --dry-run   # only shows
  spotaction rollback --app-name web_prod --yes       # does not ask, for a pipeline
""",
    FINISH: """\
  spotaction finish --state build/spotaction.state    # where the CI runs something after a cancelled job
""",
}


#: What is enough for a command that needs no documents; its other flags settle what it cannot find out.
_ENOUGH: Mapping[str, str] = {
    "rollback": "--app-name and --aws-region are enough: markers and rules show what was changed.",
    "history": "--app-name and --aws-region are enough.",
    "init": "--elastigroup-id is enough; without it, the groups that run are listed.",
}


def build_parser(*, for_completion: bool = False) -> argparse.ArgumentParser:
    """Return the parser; one `for_completion` knows the words that a flag may be.

    Otherwise the action's own checks judge all values together, and name all problems at once.
    """
    table = read_table()
    parser = FlagParser(prog=PROGRAM, description=_ABOUT, epilog=_epilog(""), formatter_class=_Formatter)
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument(
        "--print-completion", metavar="SHELL", choices=SHELLS, help=f"print the completion for {_or(SHELLS)}"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=FlagParser)
    for name, about in {**table.commands, FINISH: _FINISH}.items():
        command = commands.add_parser(
            name,
            usage=f"{PROGRAM} {name} {'[FILE…] ' if name == 'validate' else ''}[--flag VALUE…]",
            help=about,
            description=f"{_sentence(about)} {_ENOUGH.get(name, '')}".rstrip(),
            epilog=_epilog(name),
            formatter_class=_Formatter,
        )
        _add_own_flags(command, name)
        _add_shared_flags(command, table, for_completion=for_completion)
    return parser


def _add_shared_flags(command: argparse.ArgumentParser, table: Table, *, for_completion: bool) -> None:
    output = command.add_argument_group("Output")
    output.add_argument("--json", action="store_true", help="print the report as JSON, and nothing else, on stdout")
    output.add_argument(
        "--outputs", metavar="FILE", help="write the outputs: as JSON if FILE ends in .json, else as NAME=value lines"
    )
    output.add_argument("--summary", metavar="FILE", help="write the summary as Markdown")
    output.add_argument("--state", metavar="FILE", help=f"write what {PROGRAM} {FINISH} needs if this run is killed")
    output.add_argument("--plain", action="store_true", help="no colors and no progress line, even on a terminal")
    for heading, flags in groupby(table.flags, lambda flag: flag.group):
        group = command.add_argument_group(heading)
        for flag in flags:
            _add_flag(group, flag, for_completion=for_completion)


def _add_flag(group: "argparse._ArgumentGroup", flag: Flag, *, for_completion: bool) -> None:
    choices = flag.choices if for_completion and flag.choices else None
    metavar = None if choices else "|".join(flag.choices) or "VALUE"
    if not flag.boolean:
        group.add_argument(flag.option, dest=_dest(flag), metavar=metavar, choices=choices, help=_help(flag))
        return
    group.add_argument(flag.option, dest=_dest(flag), nargs="?", const="true", metavar="true|false", help=_help(flag))
    group.add_argument(
        f"--no-{flag.name}", dest=_dest(flag), action="store_const", const="false", help=argparse.SUPPRESS
    )


def _add_own_flags(command: argparse.ArgumentParser, name: str) -> None:
    if name == "validate":
        command.add_argument("files", nargs="*", metavar="FILE", help="a document to check by itself, without flags")
    if name == "rollback":
        group = command.add_argument_group("Question")
        group.add_argument("--yes", action="store_true", help="roll back without a dry run or a question")
        group.add_argument("--dry-run", action="store_true", help="only show what the rollback would change")


def given_values(options: argparse.Namespace) -> dict[str, str]:
    """Return the values of the flags that were given, by the name of the input."""
    values = {flag.name: getattr(options, _dest(flag)) for flag in read_table().flags}
    return {name: value for name, value in values.items() if value is not None}


def _dest(flag: Flag) -> str:
    return f"input:{flag.name}"


def _help(flag: Flag) -> str:
    """The description in action.yml without its Markdown and without expressions of GitHub."""
    text = re.sub(r" Example: the expression [^.]*(?:\.\w[^.]*)*\.", "", flag.help)
    names = {f"`{each.name}`": each.option for each in read_table().flags}
    words = {f"`{word}`" for word in flag.choices}
    text = re.sub(
        r"(?<!output )`[\w-]+`", lambda found: found[0] if found[0] in words else names.get(found[0], found[0]), text
    )
    named = f"{text.replace('`', '')} [{flag.variable}]"
    default = f" (default: {flag.default})" if flag.default and not flag.default.startswith("${{") else ""
    return f"{named}{default}".replace("%", "%%")


def _sentence(about: str) -> str:
    return f"{about[:1].upper()}{about[1:].rstrip('.')}."


def _epilog(command: str) -> str:
    examples = _EXAMPLES.get(command, "")
    return f"{_VALUES}\n\nExamples:\n{examples}" if examples else _VALUES


def _or(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the examples, and gives the flags' descriptions the width that is left."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)


class FlagParser(argparse.ArgumentParser):
    """A parser that takes no abbreviation: a flag that is added later would change what one means."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - argparse passes its own
        super().__init__(**{**options, "allow_abbrev": False})

    def error(self, message: str) -> NoReturn:
        """End with code 2, and with one line and the way to the help instead of the whole usage."""
        self.exit(2, f"{self.prog}: {message}{self._near(message)}; `{self.prog} --help` lists what is available\n")

    def _near(self, message: str) -> str:
        wrong = re.findall(r"--[\w-]+", message) if message.startswith("unrecognized arguments") else []
        retired = retired_input(wrong[0].removeprefix("--")) if wrong else None
        if retired is not None:
            return f" (it is no longer a flag: {as_flags(retired.hint)})"
        found = get_close_matches(wrong[0], [flag.option for flag in read_table().flags], n=1) if wrong else []
        return f" (did you mean {found[0]}?)" if found else ""
