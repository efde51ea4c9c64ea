"""Says in messages what to write on the command line, where they name the inputs of the action."""

import re
from collections.abc import Callable, Iterable
from functools import cache

from spotaction.cli.flags import PROGRAM, read_table

_LOG_IN = "run `aws sso login`, or set AWS_PROFILE or the keys of a user or role"
_IN_A_WORKFLOW = (
    "run aws-actions/configure-aws-credentials before this step (or set role-to-assume, with the job's `permissions: "
    "id-token: write`)"
)
_WITHOUT_KEYS = (
    " of this step; without keys, role-to-assume is assumed with the job's OIDC token (`permissions: id-token: write`)"
)
_RENEWED = (
    "the action renews while it runs, or configure a longer session in configure-aws-credentials "
    "(role-duration-seconds)"
)
#: What is only true, or only possible, in a workflow.
_PHRASES: tuple[tuple[str, str], ...] = (
    (
        "pass it from a secret that this job can read: ${{ secrets.SPOT_TOKEN }}",
        "set SPOTINST_TOKEN or SPOTACTION_SPOT_TOKEN",
    ),
    ("run aws-actions/configure-aws-credentials first, or set role-to-assume", _LOG_IN),
    (
        f"unset AWS_PROFILE; {_IN_A_WORKFLOW}",
        "correct or unset AWS_PROFILE",
    ),
    (_IN_A_WORKFLOW, _LOG_IN),
    (_WITHOUT_KEYS, ", with which role-to-assume is assumed"),
    (_RENEWED, "are renewed meanwhile, or log in again"),
    ("a profile that does not exist: a container cannot read the host's ~/.aws.", "a profile that does not exist."),
    ("check which role the job assumes, or ", "check AWS_PROFILE and the keys in the environment, or "),
    ("the workspace is empty (run actions/checkout first)", "this folder is empty (run it in the repository)"),
    ("set it to a PEM file in the workspace, by its path in the container", "set it to a PEM file"),
    ("check the runner's network", "check the network"),
    ("free disk space on the runner", "free disk space"),
    ("the log of this step", "its log"),
    ("run this action with the same inputs and ", "run, with the same flags, "),
    ("run this action again", "run this command again"),
    ("run this step again", "run this command again"),
    ("(and the job's timeout-minutes)", "(and the time that the job may take)"),
    ("Cancelled by the runner (", "Cancelled ("),
    (
        "the post step of this action rolls back the rest, unless on-cancel is keep; if it cannot, ",
        "if this command cannot roll back the rest, ",
    ),
    ("without until", "without --until"),
    ("downsize-old: never", "--downsize-old never"),
)
_STEPS = frozenset({"downsize-old"})  # inputs with the name of a step
_AND = "(?:, (?:and |or )?| and | or )"
_NOT_A_PART = r"(?<![\w`./@<+-])"  # of a longer name, a path or an expression


def as_flags(text: str) -> str:
    """Return a message with flags and commands in place of inputs and operations."""
    for phrase, instead in _PHRASES:
        text = text.replace(phrase, instead)
    for pattern, flag in _patterns():
        text = pattern.sub(flag, text)
    return text


@cache
def _patterns() -> tuple[tuple["re.Pattern[str]", "str | Callable[[re.Match[str]], str]"], ...]:
    """One pattern for each way in which messages name inputs; a name of one word is only an input where it is clear."""
    table = read_table()
    names = _any([flag.name for flag in table.flags])
    booleans = _any([flag.name for flag in table.flags if flag.boolean])
    hyphenated = _any([flag.name for flag in table.flags if "-" in flag.name and flag.name not in _STEPS])
    one = re.compile(rf"`?(?<![\w-])({names})(?![\w-])`?")
    worded = _any([f"{flag.name}: {word}" for flag in table.flags for word in (flag.default, *flag.choices) if word])
    return (
        (re.compile(rf"\b(run )?operation: ({_any(table.commands)})\b"), rf"\1`{PROGRAM} \2`"),
        (
            re.compile(rf"\b(?:the )?inputs? (`?(?:{names})`?(?:{_AND}`?(?:{names})`?)*)(?![\w-])"),
            lambda found: one.sub(r"--\1", found[1]),
        ),
        (re.compile(rf"(?<![\w-])({booleans}): true\b"), r"--\1"),
        (re.compile(rf"(?<![\w-])({booleans}): false\b"), r"--no-\1"),
        (re.compile(rf"(?<![\w.-])({worded})(?![\w-])"), lambda found: f"--{found[1].replace(': ', ' ')}"),
        (re.compile(rf"^({names})(?=: )", re.MULTILINE), r"--\1"),
        (re.compile(rf"{_NOT_A_PART}({names}): ((?:after|wait) \w+)"), r"--\1 '\2'"),
        (re.compile(rf"{_NOT_A_PART}({hyphenated}): (?=[\w'\"\[{{])"), r"--\1 "),
        (re.compile(rf"{_NOT_A_PART}({hyphenated})(?![\w-]|\.\w)"), r"--\1"),
    )


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or r"(?!)"
