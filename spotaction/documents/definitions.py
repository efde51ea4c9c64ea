"""Service, infrastructure and Elastigroup config of a deployment, read and checked together."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from spotaction.documents.accessors import as_plain_text
from spotaction.documents.elastigroup import ElastigroupConfig, config_of
from spotaction.documents.expressions.lookups import Context
from spotaction.documents.expressions.scope import WorkflowValues, with_artifact
from spotaction.documents.loader import Loaded, Loader, resolve_config, resolve_script
from spotaction.documents.service import (
    SOURCES,
    ArtifactSource,
    Infrastructure,
    Service,
    infrastructure_of,
    primary_index,
    service_of,
)
from spotaction.documents.source import Document
from spotaction.documents.tree import dotted_path
from spotaction.documents.wording import MAX_SHOWN
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.resources import JsonObject

__all__ = [
    "ArtifactSource",
    "Definitions",
    "ElastigroupConfig",
    "Infrastructure",
    "Service",
    "load_definitions",
    "with_image",
]

MIN_SECRET = 4  # shorter values would blank out half of every message


@dataclass(frozen=True)
class Definitions:
    """What a deployment is made of. `startup_script` is rendered, not yet base64; `used_secrets` are names.

    `service` is None where an image id was given instead, `infrastructure` where the config's own path was.

    Expressions on the artifact stay unresolved in `config` and `startup_script` until `complete` is called. `context`
    is what other inputs (`app-name`) are resolved with.
    """

    service: Service | None
    infrastructure: Infrastructure | None
    config: ElastigroupConfig
    startup_script: str | None = field(repr=False)
    used_secrets: frozenset[str]
    context: Context = field(repr=False)
    originals: tuple[Document, Document | None] = field(repr=False, compare=False)


def load_definitions(
    *,
    service: str,
    infrastructure: str,
    elastigroup_config: str = "",
    startup_script: str = "",
    workspace: Path,
    roots: Sequence[Path] = (),
    given: WorkflowValues,
) -> Definitions:
    """Read, resolve and check every document; raises `InvalidError` with every problem of every one of them.

    Paths are relative to `workspace`; files below `roots` are allowed too. A Harness store path such as
    `/spot/spot-cfg` is looked for below the workspace, with and without `.json`, `.yaml` and `.yml`, unless
    `elastigroup_config` says where the file lies; `startup_script` is the path of a script instead of the service's.
    `given.environment` has `name`, `identifier`, `type` and `variables`.
    """
    loader = Loader(workspace, roots, given)
    loaded = loader.load_all(service, infrastructure, elastigroup_config, startup_script)
    if loaded.config is None and not loader.problems:
        hint = "give the infrastructure's YAML, or an elastigroup-config"
        loader.problems.append(Problem("no Elastigroup config is given", "infrastructure", hint=hint))
    if loader.problems:
        raise InvalidError(_redact_problems(loader.problems, given.secrets))
    return _to_definitions(loaded)


def expression_context(
    *, service: str, infrastructure: str, workspace: Path, roots: Sequence[Path] = (), given: WorkflowValues
) -> Context:
    """What other inputs may look up in the two documents, where nothing else is wanted of them.

    Raises `InvalidError` for a document that cannot be read; one that would not do for a deployment is fine.
    """
    loader = Loader(workspace, roots, given)
    context = loader.read_context(service, infrastructure)
    if loader.problems:
        raise InvalidError(_redact_problems(loader.problems, given.secrets))
    return context


def validate_documents(
    *, service: str = "", infrastructure: str = "", elastigroup_config: str = "", workspace: Path, given: WorkflowValues
) -> None:
    """Check the documents that there are; raises `InvalidError` with every problem of every one of them."""
    loader = Loader(workspace, (), given)
    loader.load_all(service, infrastructure, elastigroup_config)
    if loader.problems:
        raise InvalidError(_redact_problems(loader.problems, given.secrets))


def with_image(definitions: Definitions, *, artifact: JsonObject) -> Definitions:
    """The definitions once the image is known (`version`, `image`, …); raises `InvalidError` as `load` does."""
    # Nothing is known later than this: what is still unknown has to be said, not deployed as it is written.
    context = replace(with_artifact(definitions.context, artifact), deferred=frozenset())
    config, problems = resolve_config(definitions.originals[0], context)
    script, more = resolve_script(definitions.originals[1], context)
    if problems or more or config is None:
        raise InvalidError(_redact_problems([*problems, *more], context.secrets))
    return replace(
        definitions,
        config=config_of(config),
        startup_script=None if script is None else as_plain_text(script.value),
        used_secrets=definitions.used_secrets | _used_secrets(config, script),
        context=context,
    )


def _to_definitions(loaded: Loaded) -> Definitions:
    service, infrastructure = loaded.settled.service, loaded.settled.infrastructure
    # Whatever is missing here has left a problem behind, which was raised before.
    assert loaded.config is not None
    assert loaded.config_original is not None
    definitions = Definitions(
        service=None if service is None else service_of(service),
        infrastructure=None if infrastructure is None else infrastructure_of(infrastructure),
        config=config_of(loaded.config),
        startup_script=None if loaded.script is None else as_plain_text(loaded.script.value),
        used_secrets=_used_secrets(service, infrastructure, loaded.config, loaded.script),
        context=loaded.settled.context,
        originals=(loaded.config_original, loaded.script_original),
    )
    problems = list(_other_region(service, definitions)) if service is not None else []
    if problems:
        raise InvalidError(problems)
    return definitions


def _other_region(document: Document, definitions: Definitions) -> Iterator[Problem]:
    """An AMI lives in one region, and a group can start no other region's."""
    assert definitions.service is not None
    mine, theirs = definitions.service.primary.region, definitions.config.region
    if theirs is not None and mine != theirs:
        path = (*SOURCES, primary_index(document) or 0, "spec", "region")
        message = f"the AMI is looked for in {mine}, but the Elastigroup is in {theirs}"
        yield Problem(
            message, dotted_path(path), document.location_of(path), "copy the AMI there, or correct one of them"
        )


def _used_secrets(*documents: Document | None) -> frozenset[str]:
    return frozenset[str]().union(*(document.used_secrets for document in documents if document is not None))


def _redact_problems(problems: Iterable[Problem], secrets: Mapping[str, str]) -> list[Problem]:
    """The problems, each once, without the value of a secret that has got into a message."""
    values = sorted((value for value in secrets.values() if len(value) >= MIN_SECRET), key=len, reverse=True)
    return [
        replace(problem, message=_remove_values(problem.message, values), hint=_remove_values(problem.hint, values))
        for problem in dict.fromkeys(problems)
    ]


def _remove_values(message: str, values: Sequence[str]) -> str:
    for value in values:
        shown = json.dumps(value, ensure_ascii=False)[1:-1]  # messages show values like this, and cut them short
        message = message.replace(value, "***").replace(shown, "***")
        for length in range(min(len(shown), MAX_SHOWN), MIN_SECRET - 1, -1):
            message = message.replace(f"{shown[:length]}…", "***…")
    return message
