"""What is fed with hostile things: each target takes a draw, and raises where something happened that must not."""

import contextlib
import io
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import requests

from spotaction.documents.expressions.conditions import is_met
from spotaction.documents.expressions.lookups import BadExpressionError, Context, DeferredError
from spotaction.documents.expressions.resolver import resolve_expressions, resolve_text
from spotaction.documents.source import check_document, parse_document
from spotaction.documents.tree import WrittenNumber
from spotaction.github.workflow_commands import WorkflowCommands
from spotaction.model.errors import SourceLocation, SpotactionError
from spotaction.model.resources import Capacity, GroupId
from spotaction.sandbox.demo import INPUTS
from tests.support.action import ROOT
from tests.support.inputs import read_inputs
from tests.support.runner_files import commands_in, pairs_in
from tests.support.spot_adapter import FakeClock, Reply, envelope, group_json, spot

from .hostile import Draw, in_utf8
from .hostile_aws import aws_answers

SCHEMAS = ("service", "infrastructure", "elastigroup", "execution", "deployment")
CONTEXT = Context(
    roots={
        "service": {"name": "web", "identifier": "web", "n": 3, "f": WrittenNumber("1.10")},
        "env": {"name": "prod"},
        "x": {"y": [1, None]},
    },
    secrets={"x": "a-secret-value"},
    runtime_values={"version": "1", "x": 2},
    deferred=frozenset({"artifact"}),
)
LEVELS = ("error", "warning", "notice")


class WrongError(AssertionError):
    """Something that must not happen, in words."""


def documents(draw: Draw) -> None:
    """YAML and JSON, good ones spoilt and bad ones from the start, against every schema."""
    name, text = draw.random.choice(_samples())
    spoilt = in_utf8(draw.spoilt(text) if draw.random.random() < 0.8 else draw.text(30))
    with contextlib.suppress(SpotactionError):
        document = parse_document(spoilt, name=name)
        check_document(document, draw.choice(SCHEMAS))
        resolve_expressions(document, CONTEXT)


def expressions(draw: Draw) -> None:
    """Texts with expressions; what a look-up must not know may not come out."""
    text = draw.spoilt(draw.choice(_EXPRESSIONS)) if draw.random.random() < 0.7 else draw.text()
    context = replace(CONTEXT, is_offline=draw.random.random() < 0.3)
    with contextlib.suppress(SpotactionError):
        resolve_text(text, context, where="app-name")


def conditions(draw: Draw) -> None:
    """Conditions, in the grammar that they share with expressions."""
    text = draw.spoilt(draw.choice(_EXPRESSIONS)) if draw.random.random() < 0.7 else draw.text()
    other = draw.choice((" == 'web'", " && true", " ? true : false", ".equals('web')", ""))
    with contextlib.suppress(BadExpressionError, DeferredError):
        is_met(text + other, CONTEXT)


def inputs(draw: Draw) -> None:
    """Inputs of a deployment, some of them hostile."""
    good = dict(INPUTS[draw.choice(tuple(INPUTS))])
    for _ in range(draw.random.randrange(1, 4)):
        name = draw.choice(_names())
        good[name] = draw.spoilt(good.get(name) or "1") if draw.random.random() < 0.5 else draw.text(5)
    with contextlib.suppress(SpotactionError):
        read_inputs({f"INPUT_{name.upper()}": value for name, value in good.items()})


def commands(draw: Draw) -> None:
    """What is told to the runner: nothing but the commands that were meant, and the outputs as they were given."""
    stdout = io.StringIO()
    with tempfile.NamedTemporaryFile(mode="r", encoding="utf-8", newline="") as file:
        writer = WorkflowCommands({"GITHUB_OUTPUT": file.name}, stdout, delimiter=lambda: "ghadelimiter_7f")
        meant = _tell(writer, draw)
        value = draw.text()
        with contextlib.suppress(ValueError):  # the delimiter stood in the value: nothing was written
            writer.set_output("plan", value)
        pairs = pairs_in(file.read())
    found = [command.name for command in commands_in(stdout.getvalue())]
    if found != meant:
        raise WrongError(f"commands {found}, meant were {meant}: {stdout.getvalue()!r}")
    if [name for name, _ in pairs] not in ([], ["plan"]):
        raise WrongError(f"outputs {pairs} from {value!r}")


def spot_answers(draw: Draw) -> None:
    """Every call to Spot, answered by somebody hostile: our own errors or a value, never anything else."""
    groups, _ = spot(*[_answer(draw) for _ in range(24)], clock=FakeClock(), attempts=2)
    group = GroupId("sig-1")
    acts: tuple[Callable[[], object], ...] = (
        groups.all,
        lambda: groups.get(group),
        lambda: groups.create({"name": "web__2", "description": "x", "compute": {}}),
        lambda: groups.scale(group, Capacity(1, 1, 1)),
        lambda: groups.update(group, name="x"),
        lambda: groups.delete(group),
        lambda: groups.instances(group),
        lambda: groups.instance_requests(group),
        lambda: groups.log(group, datetime(2026, 11, 24, tzinfo=UTC)),
        lambda: groups.suspend_scaling(group, 5),
        lambda: groups.suspensions(group),
        lambda: groups.rolls(group),
    )
    with contextlib.suppress(SpotactionError):
        draw.random.choice(acts)()


TARGETS: Mapping[str, Callable[[Draw], None]] = {
    "documents": documents,
    "expressions": expressions,
    "conditions": conditions,
    "inputs": inputs,
    "commands": commands,
    "spot-answers": spot_answers,
    "aws-answers": aws_answers,
}
_EXPRESSIONS = (
    "<+service.identifier>_<+env.name>",
    "<+service.n + 2>",
    '<+secrets.getValue("x")>',
    "<+service.n * 3 - 1> and <+x.y>",
    "\\<+no> <+artifact.version>",
    "<+env.name>.<+service.name>",
    '<+service.name.split("[e]")[0].toUpperCase().trim()>',
    '<+service.name.replace("e", "<+x>").substring(0, 2) + "-" + 1>',
    "<+<+env.name>.contains('ro') ? service.n == 3 : trigger.branch ?: 'main'>",
    "<+json.select('a[0].b', '{\"a\": [{\"b\": 1}]}')>",
    "<+(service.n >= 2) && !(env.name.startsWith('x') or trigger.prNumber == null)>",
    "<+secrets.getValue('x').length() > 1>",
    "<+input>.default(1.10).allowedValues('1.10', b).regex([0-9.]+)",
    "<+artifact.version.split('-')[1].trim() + service.f * 2>",
)


def _tell(writer: WorkflowCommands, draw: Draw) -> list[str]:
    meant: list[str] = []
    for _ in range(draw.random.randrange(1, 3)):
        match draw.random.randrange(3):
            case 0:
                writer.log(draw.text())
            case 1:
                level = draw.random.choice(LEVELS)
                place = SourceLocation(draw.text(3), 1, 2) if draw.random.random() < 0.5 else None
                writer.annotate(level, draw.text(), place=place, title=draw.text(4))  # type: ignore[arg-type]
                meant.append(level)
            case _:
                writer.open_group(draw.text())
                writer.end_group()
                meant += ["group", "endgroup"]
    return meant


def _answer(draw: Draw) -> Reply | Exception:
    chance = draw.random.random()
    if chance < 0.1:
        return requests.ConnectionError(draw.text())
    status = draw.random.choice((200, 200, 200, 200, 201, 301, 400, 401, 404, 429, 500, 599))
    headers = {
        f"X-RateLimit-{name}": draw.choice(("1", "-5", "nan", "inf", "1e400", "x")) for name in ("Reset", "Remaining")
    }
    good = envelope(status, items=[group_json(), group_json("sig-2")], errors=[{"code": "X", "message": draw.text(3)}])
    body = draw.value() if chance < 0.3 else draw.bent(good)
    return Reply(status, in_utf8(body) if isinstance(body, str) else body, headers)


@cache
def _samples() -> tuple[tuple[str, str], ...]:
    files = [
        *sorted((ROOT / "examples" / "deploy").glob("*.*")),
        *sorted((ROOT / "tests" / "e2e" / "samples").glob("*.*")),
    ]
    return tuple((file.name, file.read_text(encoding="utf-8")) for file in files if file.suffix in {".yaml", ".json"})


@cache
def _names() -> tuple[str, ...]:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    document = parse_document(text, name="action.yml").value
    assert isinstance(document, dict)
    found = document["inputs"]
    assert isinstance(found, dict)
    return tuple(found)
