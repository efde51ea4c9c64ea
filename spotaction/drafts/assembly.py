"""The files of a draft, put together, and what to look at in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from spotaction.drafts.config import DraftConfig, lines_with_secrets
from spotaction.drafts.documents import draft_infrastructure, draft_service
from spotaction.drafts.image_names import pattern_of
from spotaction.drafts.naming import AppNames
from spotaction.drafts.routing import Choice
from spotaction.drafts.workflow import DraftedRun, command_line, draft_workflow, drafted_inputs
from spotaction.model.choices import Strategy
from spotaction.model.resources import Group, Image

_LISTED = 20  # lines in a note


@dataclass(frozen=True)
class DraftSource:
    """What a draft is made from.

    `folder` is the prefix of its paths; `owner` is the image's account if it is foreign, and `public` whether everybody
    may launch it. `spot_account` and `region` may be empty.
    """

    group: Group
    names: AppNames
    choice: Choice
    image: Image
    config: DraftConfig = field(repr=False)
    folder: str
    region: str
    owner: str = ""
    public: bool = False
    spot_account: str = ""

    @property
    def script(self) -> str:
        """The path of the start-up script; empty if there is none."""
        return f"{self.folder}{self.config.script_name}" if self.config.script_name else ""

    @property
    def image_filters(self) -> Mapping[str, str]:
        """The filters that find the image, which are needed if it is of another account or public."""
        known = {"owner-id": self.owner, "is-public": "true" if self.public else ""}
        return {name: value for name, value in known.items() if value}

    @property
    def run(self) -> DraftedRun:
        """What the workflow needs to know."""
        by_name = self.names.named and (self.names.numbered or self.choice.strategy is Strategy.BLUE_GREEN)
        return DraftedRun(
            folder=self.folder,
            spot_account=self.spot_account,
            region=self.region,
            replaces=None if by_name else self.group.id,
            pattern=bool(pattern_of(self.image.name)),
        )


@dataclass(frozen=True)
class Draft:
    """The drafted files by path, of which `written` did not exist, and what to look at in them.

    `comparison` is the command that compares them with the live group.
    """

    names: AppNames
    choice: Choice
    texts: Mapping[str, str] = field(repr=False)
    written: tuple[str, ...]
    notes: tuple[str, ...]
    next_step: str = ""
    comparison: str = ""


def drafted_texts(source: DraftSource) -> dict[str, str]:
    """Return the texts of the files by their paths in the workspace. Never print them: the script may have secrets."""
    names, folder, script = source.names, source.folder, source.script
    return {
        f"{folder}elastigroup.json": source.config.text,
        f"{folder}service.yaml": draft_service(
            names, source.image, region=source.region, filters=source.image_filters, script=script
        ),
        f"{folder}infrastructure.yaml": draft_infrastructure(names, f"{folder}elastigroup.json"),
        **({script: source.config.script or ""} if script else {}),
        f".github/workflows/deploy-{names.identifier}-{names.environment}.yml": draft_workflow(
            source.group, names, source.choice, source.run
        ),
    }


def next_step(source: DraftSource) -> str:
    """Return what to do with the drafts."""
    plan = _command("plan", source, {} if source.run.pattern else {"artifact-version": "NAME"})
    return f"read the files and commit them, then start the workflow with plan; or plan from a terminal: {plan}"


def comparison(source: DraftSource) -> str:
    """Return the command that compares the drafts with the live group, whatever its image."""
    return _command("drift", source)


def _command(operation: str, source: DraftSource, given: Mapping[str, str] = {}) -> str:
    inputs = drafted_inputs(source.group, source.names, source.choice, source.run)
    return command_line(operation, {**inputs, **given})


def what_to_look_at(source: DraftSource) -> Iterator[str]:
    """Yield what a person should check before the first deployment."""
    group = source.group
    if not source.image.name:
        yield (
            f"The image {source.image.id} has no name, or is no longer available (deregistered, deprecated, or not "
            "shared), so service.yaml asks for a version."
        )
    yield from source.config.notes
    suspicious = lines_with_secrets(source.config.script or "")
    if suspicious:
        numbers = ", ".join(map(str, suspicious[:_LISTED]))
        yield (
            f"{source.script}: these lines may contain a secret: {numbers}. Before you commit the file, "
            'write <+secrets.getValue("NAME")> instead, and give NAME in the input secrets.'
        )
    if source.names.numbered:
        yield f"{group.name} has a number, so the next deployment of {source.names.app} continues with the next one."
    if group.capacity.target == 0:
        yield f"{group.name} is scaled to 0: correct instances in the workflow before the first deployment."
    yield from source.choice.notes
