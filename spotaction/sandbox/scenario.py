"""Reads a scenario, validates it against its schema and applies defaults."""

import datetime as dt
import functools
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import jsonschema
import yaml

from spotaction.sandbox.types import JSON

_SCHEMA = Path(__file__).parents[2] / "schemas" / "scenario.schema.json"
_SPOT_ACCOUNT = "act-5a4db0c5"
_TOKEN = "sandbox-token"  # noqa: S105 - it opens nothing but this sandbox
_RATE_LIMIT = 600


class ScenarioError(ValueError):
    """A scenario or fault violates the schema; `problems` has one line per violation."""

    def __init__(self, what: str, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join([f"{what} is not valid:", *(f"  {problem}" for problem in self.problems)]))


@dataclass(frozen=True, slots=True)
class Timing:
    """A duration, drawn from `seconds - spread` to `seconds + spread`."""

    seconds: float
    spread: float = 0.0


#: Timings that a scenario leaves out.
DEFAULT_TIMINGS = {
    "fulfil": Timing(30, 10),
    "spot-healthy": Timing(60, 15),
    "target-healthy": Timing(45, 10),
    "replace": Timing(0),
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the instances of matching images or groups behave; None changes nothing."""

    image: str | None
    group: str | None
    timings: Mapping[str, Timing]
    spot: str | None
    target: str | None
    period: float | None
    boots: bool | None


@dataclass(frozen=True, slots=True)
class Draining:
    """Whether Spot shows draining instances, and whether the instances of a deleted group drain."""

    in_status: bool
    in_health: bool
    on_delete: str


@dataclass(frozen=True, slots=True)
class SpotCapacity:
    """The placement score, the account's quota of Spot vCPUs, and those that others use."""

    placement_score: int
    spot_vcpu_quota: int
    spot_vcpus_used: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """A valid scenario; the parts that become cloud objects stay documents."""

    region: str
    account: str
    caller: str
    spot_account: str
    token: str
    seed: int
    images: tuple[JSON, ...]
    target_groups: tuple[JSON, ...]
    load_balancers: tuple[JSON, ...]
    elastigroups: tuple[JSON, ...]
    filler_groups: int
    roles: tuple[JSON, ...]
    alarms: tuple[JSON, ...]
    timings: Mapping[str, Timing]
    behaviours: tuple[Behaviour, ...]
    latency: float
    description_limit: int | None
    without_health_check: str
    rate_limit: int | None
    production: tuple[str, ...] | None
    lag: Mapping[str, Timing]
    draining: Draining
    capacity: SpotCapacity
    faults: tuple[JSON, ...] = field(default=())


def load_scenario(source: Path | Mapping[str, object]) -> Scenario:
    """Read a scenario from a file or a mapping.

    Raises:
        ScenarioError: with every schema violation, each with its path.
    """
    what = str(source) if isinstance(source, Path) else "The scenario"
    document = _document(source)
    raise_if_invalid(what, document, schema=_schema())
    return _scenario(document)


def raise_if_invalid(what: str, document: object, *, schema: JSON) -> None:
    """Raise a ScenarioError that lists every violation."""
    validator = jsonschema.Draft202012Validator(schema)
    errors = sorted(validator.iter_errors(document), key=lambda error: [str(part) for part in error.absolute_path])
    problems = [_problem(error) for error in errors]
    if problems:
        raise ScenarioError(what, problems)


def fault_schema() -> JSON:
    """Return the schema of one fault, for faults that are added while the sandbox runs."""
    return {"$ref": "#/$defs/fault", "$defs": _schema()["$defs"]}


def parse_timing(value: object) -> Timing:
    """Convert seconds, or seconds with a spread, to a timing."""
    if isinstance(value, Mapping):
        return Timing(float(value["seconds"]), float(value.get("spread", 0)))
    return Timing(float(str(value)))


def parse_lag(document: JSON) -> dict[str, Timing]:
    """Convert the delays of reads, by name, to timings."""
    return {name: parse_timing(value) for name, value in document.items()}


def parse_time(moment: str) -> float:
    """Convert a UTC time such as 2026-11-24T09:00:00Z to epoch seconds."""
    return dt.datetime.fromisoformat(moment).timestamp()


def _document(source: Path | Mapping[str, object]) -> JSON:
    if not isinstance(source, Path):
        return json.loads(json.dumps(dict(source)))  # type: ignore[no-any-return]
    text = source.read_text(encoding="utf-8")
    # Timestamps stay strings, as the schema expects.
    document = yaml.load(text, Loader=_TextLoader)  # noqa: S506 - a SafeLoader without dates
    return document if isinstance(document, dict) else {"": document}


class _TextLoader(yaml.SafeLoader):
    """Loads timestamps as strings."""


_TextLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@functools.cache
def _schema() -> JSON:
    return json.loads(_SCHEMA.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def _problem(error: jsonschema.ValidationError) -> str:
    """Return path and message; among alternatives, those of the closest match."""
    best = jsonschema.exceptions.best_match([error]) or error
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in best.absolute_path)
    return f"{place.lstrip('.') or 'top level'}: {best.message}"


def _scenario(document: JSON) -> Scenario:
    limit = document.get("rate-limit", _RATE_LIMIT)
    account: str = document.get("account") or str(secrets.randbelow(9 * 10**11) + 10**11)
    return Scenario(
        region=document.get("region", "us-east-1"),
        account=account,
        caller=document.get("caller-account", account),
        spot_account=document.get("spot-account", _SPOT_ACCOUNT),
        token=document.get("token", _TOKEN),
        seed=document.get("seed", 0),
        images=tuple(document.get("images", ())),
        target_groups=tuple(document.get("target-groups", ())),
        load_balancers=tuple(document.get("load-balancers", ())),
        elastigroups=tuple(document.get("elastigroups", ())),
        filler_groups=document.get("filler-groups", 0),
        roles=tuple(document.get("roles", ())),
        alarms=tuple(document.get("alarms", ())),
        timings=DEFAULT_TIMINGS | {name: parse_timing(value) for name, value in document.get("timings", {}).items()},
        behaviours=tuple(_behaviour(entry) for entry in document.get("behaviours", ())),
        latency=document.get("latency", 0.0),
        description_limit=document.get("description-limit"),
        without_health_check=document.get("without-health-check", "HEALTHY"),
        rate_limit=limit["limit"] if isinstance(limit, dict) else limit,
        production=tuple(document["production"]) if "production" in document else None,
        lag=parse_lag(document.get("lag", {})),
        draining=_draining(document.get("draining", {})),
        capacity=_capacity(document.get("capacity", {})),
        faults=tuple(document.get("faults", ())),
    )


def _draining(document: JSON) -> Draining:
    return Draining(
        in_status=document.get("in-status", True),
        in_health=document.get("in-health", True),
        on_delete=document.get("on-delete", "drain"),
    )


def _capacity(document: JSON) -> SpotCapacity:
    return SpotCapacity(
        placement_score=document.get("placement-score", 9),
        spot_vcpu_quota=document.get("spot-vcpu-quota", 5000),
        spot_vcpus_used=document.get("spot-vcpus-used", 0),
    )


def _behaviour(entry: JSON) -> Behaviour:
    return Behaviour(
        image=entry.get("image"),
        group=entry.get("group"),
        timings={name: parse_timing(entry[name]) for name in DEFAULT_TIMINGS if name in entry},
        spot=entry.get("spot"),
        target=entry.get("target"),
        period=entry.get("period"),
        boots=entry.get("boots"),
    )
