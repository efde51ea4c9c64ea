"""Checks that drafted documents mean the same as the live group, before they are written."""

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from spotaction.documents.accessors import value_at
from spotaction.documents.definitions import load_definitions, with_image
from spotaction.documents.elastigroup.comparison import comparable, differences, shown_value
from spotaction.documents.expressions.scope import WorkflowValues
from spotaction.model.errors import InvalidError, Problem, RefusedError
from spotaction.model.resources import Group, Image, JsonObject
from spotaction.pipeline.prepare import apply_image, artifact_values

_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
UNKNOWN = "unknown key"


def check_draft(
    texts: Mapping[str, str], folder: str, image: Image, group: Group
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the texts without what this version cannot deploy, and notes on what differs from the group then.

    Raises `RefusedError` for a value of the group that no deployment accepts.
    """
    config = f"{folder}elastigroup.json"
    texts, removed = dict(texts), []
    while True:
        try:
            body = _deployed_body(texts, folder, image)
            break
        except InvalidError as error:
            unknown = [problem for problem in error.problems if _is_unknown_key(problem, config)]
            if not unknown:
                raise _not_deployable(group, error) from error
            before, texts[config] = texts[config], _without_keys(texts[config], [each.subject for each in unknown])
            if before == texts[config]:
                raise _not_deployable(group, error) from error
            removed += [problem.subject for problem in unknown]
    notes = [
        f"{path} is not known to this version, so it was left out: the next group will not have it." for path in removed
    ]
    notes += [
        f"{each.path} is {shown_value(each.live)} in the group, but {shown_value(each.mine)} in the next one."
        for each in differences(comparable(body), comparable(group.config))
        if not any(each.path.startswith(path) for path in removed)
    ]
    return texts, tuple(notes)


def _deployed_body(texts: Mapping[str, str], folder: str, image: Image) -> JsonObject:
    """The body of the group that the documents lead to with the running image."""
    with tempfile.TemporaryDirectory() as place:
        for path, text in texts.items():
            file = Path(place, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        definitions = load_definitions(
            service=f"{folder}service.yaml",
            infrastructure=f"{folder}infrastructure.yaml",
            workspace=Path(place),
            given=WorkflowValues(ami_id=image.id),
        )
    return apply_image(with_image(definitions, artifact=artifact_values(image)), image)


def _is_unknown_key(problem: Problem, config: str) -> bool:
    return problem.message.startswith(UNKNOWN) and problem.place is not None and problem.place.file == config


def _without_keys(text: str, paths: list[str]) -> str:
    document = json.loads(text)
    for path in paths:
        *parents, last = [key or int(number) for key, number in _PART.findall(path)]
        holder = value_at(document, tuple(parents))
        if isinstance(holder, dict):
            holder.pop(str(last), None)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _not_deployable(group: Group, error: InvalidError) -> RefusedError:
    found = "; ".join(f"{problem.subject}: {problem.message}" for problem in error.problems)
    return RefusedError(
        f"{group.name} ({group.id}) cannot be deployed as it is: {found}.",
        next_step="change this in Spot, or report it if Spot accepts it.",
    )
