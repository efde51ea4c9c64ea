"""The drafts of `service.yaml` and `infrastructure.yaml`."""

from collections.abc import Iterator, Mapping

from spotaction.documents.yaml_source import to_scalar
from spotaction.drafts.image_names import pattern_of
from spotaction.drafts.naming import AppNames
from spotaction.drafts.workflow import comment
from spotaction.model.resources import Image


def draft_service(
    names: AppNames, image: Image, *, region: str, filters: Mapping[str, str] = {}, script: str = ""
) -> str:
    """Return the service: AMIs by the pattern in the name of the running one, or by the version that a run gives.

    `filters` are EC2's, `script` is the path of the start-up script.
    """
    pattern = pattern_of(image.name)
    lines = [
        *_about_image(image, pattern),
        "service:",
        f"  name: {to_scalar(names.service)}",
        f"  identifier: {names.identifier}",
        "  serviceDefinition:",
        "    type: Elastigroup",
        "    spec:",
        "      artifacts:",
        "        primary:",
        "          sources:",
        f"            - identifier: {names.identifier}_ami",
        "              type: AmazonMachineImage",
        "              spec:",
        "                connectorRef: aws",
        f"                region: {region}",
        *_filters(filters),
        f"                versionRegex: {to_scalar(pattern)}" if pattern else "                version: <+input>",
    ]
    if script:
        lines += ["      startupScript:", "        store:", "          type: Harness", "          spec:"]
        lines += ["            files:", "              # A path from the repository's root."]
        lines += [f"              - {to_scalar(f'/{script}')}"]
    return "\n".join([*lines, ""])


def draft_infrastructure(names: AppNames, config: str) -> str:
    """Return the infrastructure: the environment, and `config`, the path of the Elastigroup config."""
    about = "the group's name has none, so prod is assumed" if names.guessed else "taken from the group's name"
    identifier = f"{names.identifier}_{names.environment}"
    lines = [
        *comment(
            f"Where {names.service} is deployed. Look at: the environment ({about}). {config} holds the capacity for a "
            "first deployment only; later ones keep that of the running group."
        ),
        "infrastructureDefinition:",
        f"  name: {to_scalar(f'{names.service} {names.environment}')}",
        f"  identifier: {identifier}",
        f"  environmentRef: {to_scalar(names.environment)}",
        "  deploymentType: Elastigroup",
        "  type: Elastigroup",
        "  spec:",
        "    connectorRef: spot",
        "    configuration:",
        "      store:",
        "        type: Harness",
        "        spec:",
        "          files:",
        "            # A path from the repository's root.",
        f"            - {to_scalar(f'/{config}')}",
        "",
    ]
    return "\n".join(lines)


def _about_image(image: Image, pattern: str) -> Iterator[str]:
    if pattern:
        yield from comment(
            f"What is deployed: the newest AMI whose name matches versionRegex, made from {image.name} ({image.id}), "
            "which runs now. Look at: whether your builds are named like that, and no other AMIs are; tags can narrow "
            "it down."
        )
        return
    known = f"{image.name} ({image.id})" if image.name else image.id
    yield from comment(
        f"What is deployed: the AMI that the input artifact-version gives, by its name or id. {known}, which runs now, "
        "shows no pattern in its name. Look at: whether your builds have names with a version; then versionRegex finds "
        "the newest."
    )


def _filters(filters: Mapping[str, str]) -> Iterator[str]:
    if filters:
        yield "                filters: # the AMI belongs to another account"
    for name, value in filters.items():
        yield f"                  - name: {name}"
        yield f'                    value: "{value}"'
