"""Service, infrastructure and Elastigroup config, read together: values, and every problem "
"of every document at once."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from spotaction.documents.definitions import Definitions, load_definitions, with_image
from spotaction.documents.expressions.resolver import resolve_text
from spotaction.documents.expressions.scope import WorkflowValues
from spotaction.documents.service import ArtifactSource, Infrastructure, Service, StoreRef
from spotaction.model.errors import InvalidError
from spotaction.model.ports import ImageQuery
from spotaction.model.resources import Capacity, ImageId, JsonObject, TargetGroupArn

SAMPLES = Path(__file__).parents[2] / "e2e" / "samples"
SCHEMA = json.loads((Path(__file__).parents[3] / "schemas" / "elastigroup.schema.json").read_text("utf-8"))
SOURCE = "service.serviceDefinition.spec.artifacts.primary.sources[0].spec"
PRIMARY = "service.serviceDefinition.spec.artifacts.primary"
CONFIG = "spot/spot-cfg.json"

calm = settings(deadline=None, database=None, derandomize=True, max_examples=60)


def lay_out(root: Path) -> Path:
    (root / "deploy").mkdir(parents=True)
    (root / "spot").mkdir()
    shutil.copyfile(SAMPLES / "service.yaml", root / "deploy/service.yaml")
    shutil.copyfile(SAMPLES / "infrastructure.yaml", root / "deploy/infrastructure.yaml")
    shutil.copyfile(SAMPLES / "elastigroup.json", root / CONFIG)
    return root


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "workspace")


def service_of(definitions: Definitions) -> Service:
    assert definitions.service is not None
    return definitions.service


_OWN = {"service", "infrastructure", "elastigroup_config", "startup_script", "roots"}


def loaded(workspace: Path, **given: Any) -> Definitions:  # noqa: ANN401 - the arguments of load
    documents = {"service": "deploy/service.yaml", "infrastructure": "deploy/infrastructure.yaml"}
    own = {key: given.pop(key) for key in _OWN & given.keys()}
    context = WorkflowValues(**{"artifact_version": "asgAmi-Order", **given})
    return load_definitions(**{**documents, "workspace": workspace, **own}, given=context)


def problems(workspace: Path, **given: Any) -> list[str]:  # noqa: ANN401 - the arguments of load
    with pytest.raises(InvalidError) as caught:
        loaded(workspace, **given)
    return [str(problem) for problem in caught.value.problems]


def change(workspace: Path, path: str, before: str, after: str) -> None:
    file = workspace / path
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")


def change_group(workspace: Path, **parts: Any) -> None:  # noqa: ANN401 - parts of a group
    file = workspace / CONFIG
    group = json.loads(file.read_text("utf-8"))["group"]
    for part, values in parts.items():
        group[part] = {**group.get(part, {}), **values}
    file.write_text(json.dumps({"group": group}), "utf-8")


def of_group(workspace: Path, **given: Any) -> list[str]:  # noqa: ANN401 - the arguments of load
    return [line.partition(": ")[2] for line in problems(workspace, **given)]


def types(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a group
    return {"instanceTypes": {"ondemand": "t2.small", "spot": ["m3.medium", "t2.small"], **values}}


def test_the_samples_are_valid(workspace: Path) -> None:
    definitions = loaded(workspace)
    ami = ArtifactSource(identifier="spot_ami", region="us-east-1", version="asgAmi-Order")
    files = ("infrastructureDefinition", "spec", "configuration", "store", "spec", "files", 0)
    assert definitions.service == Service(identifier="spotsvc", name="spot-svc", sources=(ami,), primary=ami)
    assert definitions.infrastructure == Infrastructure(
        identifier="spotinfra",
        name="spot-infra",
        environment="Spot",
        config_path="/spot/spot-cfg",
        config=StoreRef(files, file="/spot/spot-cfg"),
        allow_simultaneous=False,
    )
    sample = json.loads((SAMPLES / "elastigroup.json").read_text("utf-8"))
    assert definitions.config.group == sample["group"]
    assert definitions.config.document.name == CONFIG
    assert definitions.config.capacity == Capacity(minimum=1, target=1, maximum=1)
    assert definitions.config.region == "us-east-1"
    assert definitions.config.target_groups == (
        TargetGroupArn("arn:aws:elasticloadbalancing:us-east-1:839162981415:targetgroup/asg-tg6/3bcd13e204785948"),
    )
    assert definitions.config.instance_types == (
        "t2.small",
        "m3.medium",
        "t3.small",
        "t3a.small",
        "t2.medium",
        "t3.medium",
        "t3a.medium",
    )
    assert (definitions.startup_script, definitions.used_secrets) == (None, frozenset())


def test_a_version_is_the_name_of_an_image(workspace: Path) -> None:
    assert service_of(loaded(workspace)).primary.image_query() == ImageQuery(region="us-east-1", version="asgAmi-Order")


@pytest.mark.parametrize(
    ("filters", "owners"),
    [
        ((), ("self",)),
        ((("name", ("web*",)),), ("self",)),
        ((("ami-owner-id", ("123456789012", "210987654321")),), ("123456789012", "210987654321")),
        ((("owner-alias", ("amazon",)), ("owner-id", (" ",))), ("amazon",)),
    ],
)
def test_an_image_found_by_name_is_of_the_owners_that_the_filters_name_or_our_own(
    filters: tuple[tuple[str, tuple[str, ...]], ...], owners: tuple[str, ...]
) -> None:
    assert ArtifactSource("a", "us-east-1", version="web-1", filters=filters).image_query().owners == owners


def test_a_version_may_be_the_id_of_an_image(workspace: Path) -> None:
    change(workspace, "deploy/service.yaml", ".allowedValues(asgAmi-Orderv2,asgAmi-Order)", "")
    query = service_of(loaded(workspace, artifact_version="ami-0123456789abcdef0")).primary.image_query()
    assert query == ImageQuery(region="us-east-1", image_id=ImageId("ami-0123456789abcdef0"))


def test_tags_of_one_name_are_alternatives(workspace: Path) -> None:
    tags = "tags: [{name: a, value: 1}, {name: b, value: x}, {name: a, value: 2}]\n                region:"
    change(workspace, "deploy/service.yaml", "region:", tags)
    assert service_of(loaded(workspace)).primary.tags == (("a", ("1", "2")), ("b", ("x",)))


def test_other_inputs_are_resolved_with_the_same_names(workspace: Path) -> None:
    definitions = loaded(workspace, environment={"name": "production"}, github={"sha": "abc"})
    text = "<+service.identifier>_<+env.name>_<+env.identifier>_<+infra.name>_<+github.sha>"
    assert resolve_text(text, definitions.context, where="app-name") == "spotsvc_production_Spot_spot-infra_abc"


def test_a_version_that_is_not_allowed_is_refused_at_its_line_and_column(workspace: Path) -> None:
    assert problems(workspace, artifact_version="asgAmi-Ordr") == [
        (
            f"deploy/service.yaml:15:26: {SOURCE}.version: 'asgAmi-Ordr' is not allowed; "
            "expected asgAmi-Orderv2 or asgAmi-Order (did you mean 'asgAmi-Order'?)"
        )
    ]


def test_a_missing_version_is_a_problem(workspace: Path) -> None:
    assert problems(workspace, artifact_version="") == [
        (
            f"deploy/service.yaml:15:26: {SOURCE}.version: no value was provided for this <+input>; "
            "expected asgAmi-Orderv2 or asgAmi-Order (set the input artifact-version)"
        )
    ]


def test_an_unused_version_is_refused(workspace: Path) -> None:
    change(workspace, "deploy/service.yaml", "<+input>.allowedValues(asgAmi-Orderv2,asgAmi-Order)", "asgAmi-Orderv2")
    assert problems(workspace) == [
        (
            f"deploy/service.yaml:15:26: {SOURCE}.version: the input artifact-version is 'asgAmi-Order', "
            "but 'asgAmi-Orderv2' is set here (write <+input> here, or remove the input)"
        )
    ]


def add_source(workspace: Path) -> None:
    second = """- identifier: other
              type: AmazonMachineImage
              spec: {connectorRef: aws, region: us-east-1, version: <+input>.regex(other-.*)}
            - identifier: spot_ami"""
    change(workspace, "deploy/service.yaml", "- identifier: spot_ami", second)


def test_of_several_sources_one_has_to_be_named(workspace: Path) -> None:
    add_source(workspace)
    assert problems(workspace)[0] == (
        f"deploy/service.yaml:9:31: {PRIMARY}.primaryArtifactRef: no value was provided for this <+input> "
        "(set 'primaryArtifactRef' in the input variables)"
    )


def test_runtime_inputs_of_other_sources_need_no_value(workspace: Path) -> None:
    add_source(workspace)
    definitions = loaded(workspace, variables={"primaryArtifactRef": "spot_ami"})
    assert service_of(definitions).primary == ArtifactSource("spot_ami", "us-east-1", version="asgAmi-Order")


def test_several_sources_without_a_reference_are_refused(workspace: Path) -> None:
    add_source(workspace)
    change(workspace, "deploy/service.yaml", "          primaryArtifactRef: <+input>\n", "")
    change(workspace, "deploy/service.yaml", "<+input>.regex(other-.*)", "x")
    assert problems(workspace) == [
        f"deploy/service.yaml:9:11: {PRIMARY}: 'primaryArtifactRef' is missing (set it to one of other, spot_ami)"
    ]


def test_two_sources_of_one_identifier_are_refused(workspace: Path) -> None:
    add_source(workspace)
    change(workspace, "deploy/service.yaml", "identifier: other", "identifier: spot_ami")
    change(workspace, "deploy/service.yaml", "<+input>.regex(other-.*)", "asgAmi-Order")
    assert problems(workspace, variables={"primaryArtifactRef": "spot_ami"}) == [
        (f"deploy/service.yaml:14:27: {PRIMARY}.sources[1].identifier: duplicate identifier 'spot_ami'")
    ]


def test_an_unknown_source_is_refused(workspace: Path) -> None:
    assert problems(workspace, variables={"primaryArtifactRef": "spot_am"}) == [
        (
            f"deploy/service.yaml:9:31: {PRIMARY}.primaryArtifactRef: no source is named 'spot_am' "
            "(did you mean 'spot_ami'?)"
        )
    ]


def add_spec(workspace: Path, lines: str) -> None:
    change(workspace, "deploy/service.yaml", "      artifacts:", f"{lines}\n      artifacts:")


VARIABLES = """\
      variables:
        - {name: full, type: String, value: "<+service.variables.short>-<+serviceVariables.port>"}
        - {name: short, type: String, value: "<+service.identifier>"}
        - {name: port, type: Number, value: "8080"}
        - {name: color, type: String, value: <+input>.default(blue)}"""


def test_variables_may_use_each_other_in_any_order(workspace: Path) -> None:
    add_spec(workspace, VARIABLES)
    assert service_of(loaded(workspace)).variables == {
        "full": "spotsvc-8080",
        "short": "spotsvc",
        "port": 8080,
        "color": "blue",
    }


def test_a_runtime_input_of_a_variable_is_provided_by_its_name(workspace: Path) -> None:
    add_spec(workspace, VARIABLES)
    assert service_of(loaded(workspace, variables={"color": "red"})).variables["color"] == "red"


def test_a_long_row_of_variables_is_refused_with_the_reason(workspace: Path) -> None:
    row = [f"{{name: v{number}, value: <+service.variables.v{number + 1}>}}" for number in range(20)]
    add_spec(workspace, f"      variables: [{', '.join(row)}, {{name: v20, value: x}}]")
    found = problems(workspace)
    assert len(found) == 10
    assert all(each.endswith("(more than 10 variables in a row refer to each other)") for each in found)


def test_a_variable_is_defined_once(workspace: Path) -> None:
    add_spec(workspace, "      variables: [{name: a, value: x}, {name: b, value: x}, {name: a, value: y}]")
    assert problems(workspace) == [
        "deploy/service.yaml:7:68: service.serviceDefinition.spec.variables[2].name: duplicate variable 'a'"
    ]


def test_circular_variables_are_refused(workspace: Path) -> None:
    add_spec(
        workspace,
        "      variables: [{name: a, value: <+service.variables.b>}, {name: b, value: <+service.variables.a>}]",
    )
    assert problems(workspace) == [
        (
            "deploy/service.yaml:7:38: service.serviceDefinition.spec.variables[0].value: "
            "'service.variables.b' has no value here (its own value could not be resolved, or refers back to it)"
        ),
        (
            "deploy/service.yaml:7:80: service.serviceDefinition.spec.variables[1].value: "
            "'service.variables.a' has no value here (its own value could not be resolved, or refers back to it)"
        ),
    ]


INLINE = "      startupScript: {store: {type: Inline, spec: {content: 'echo <+service.name> <+artifact.version>'}}}"
FILE = "      startupScript: {store: {type: Harness, spec: {files: [/deploy/start]}}}"


def test_a_script_is_resolved_once_the_artifact_is_known(workspace: Path) -> None:
    add_spec(workspace, INLINE)
    definitions = loaded(workspace)
    assert definitions.startup_script == "echo <+service.name> <+artifact.version>"
    finished = with_image(definitions, artifact={"version": "asgAmi-Order", "image": "ami-1"})
    assert finished.startup_script == "echo spot-svc asgAmi-Order"


def test_a_resolved_value_is_not_resolved_again_in_an_inline_script(workspace: Path) -> None:
    add_spec(
        workspace, INLINE.replace("<+service.name>", r"<+variables.title> \<+x>").replace("<+artifact.version>", "")
    )
    title = "<+secrets.getValue('TOKEN')>"
    definitions = loaded(workspace, variables={"title": title}, secrets={"TOKEN": "s3cret"})
    assert (definitions.startup_script, definitions.used_secrets) == (f"echo {title} <+x> ", frozenset())


def test_a_script_is_read_from_the_repository_and_names_the_secrets_it_uses(workspace: Path) -> None:
    add_spec(workspace, FILE)
    (workspace / "deploy/start.sh").write_text("echo <+secrets.getValue('TOKEN')> ü\n", "utf-8")
    definitions = loaded(workspace, secrets={"TOKEN": "s3cret", "OTHER": "x"})
    assert (definitions.startup_script, definitions.used_secrets) == ("echo s3cret ü\n", frozenset({"TOKEN"}))
    assert "s3cret" not in repr(definitions)


def test_a_wrong_expression_in_a_script_is_placed_in_the_script(workspace: Path) -> None:
    add_spec(workspace, FILE)
    (workspace / "deploy/start.sh").write_text("#!/bin/sh\necho <+servce.name>\n", "utf-8")
    assert problems(workspace) == ["deploy/start.sh:2:8: 'servce' is not defined (did you mean 'service'?)"]


def test_a_script_that_resolves_to_an_empty_text_is_refused(workspace: Path) -> None:
    add_spec(workspace, INLINE.replace("echo <+service.name> <+artifact.version>", "<+variables.script>"))
    (problem,) = problems(workspace, variables={"script": " "})
    assert problem.endswith(": the start-up script resolves to an empty value (set a value, or remove it)")


@pytest.mark.parametrize("key", ["keyPair", "userData", "healthCheckType"])
def test_a_text_of_the_config_that_resolves_to_an_empty_text_is_refused_at_its_place(workspace: Path, key: str) -> None:
    launch = json.loads((workspace / CONFIG).read_text("utf-8"))["group"]["compute"]["launchSpecification"]
    change_group(workspace, compute={"launchSpecification": {**launch, key: "<+variables.none>"}})
    found = of_group(workspace, variables={"none": ""})
    assert f"group.compute.launchSpecification.{key}: '<+variables.none>' resolves to an empty value" in " ".join(found)


def test_a_tag_may_be_empty(workspace: Path) -> None:
    launch = json.loads((workspace / CONFIG).read_text("utf-8"))["group"]["compute"]["launchSpecification"]
    tags = [{"tagKey": "Owner", "tagValue": "<+variables.none>"}]
    change_group(workspace, compute={"launchSpecification": {**launch, "tags": tags}})
    config: Any = loaded(workspace, variables={"none": ""}).config.group
    assert config["compute"]["launchSpecification"]["tags"] == [{"tagKey": "Owner", "tagValue": ""}]


def test_a_script_over_16_kib_is_refused(workspace: Path) -> None:
    add_spec(workspace, FILE)
    (workspace / "deploy/start.sh").write_text("#" * 16_385, "utf-8")
    assert problems(workspace) == [
        "deploy/start.sh:1:1: the start-up script has 16385 bytes; EC2 allows 16384 (download the rest at start-up)"
    ]


def test_a_script_that_is_not_text_is_refused(workspace: Path) -> None:
    add_spec(workspace, FILE)
    (workspace / "deploy/start.sh").write_bytes(b"\x7fELF\xff")
    assert problems(workspace) == ["deploy/start.sh: is not UTF-8 text (byte 4) (save it as UTF-8)"]


def test_a_missing_script_is_a_problem_of_the_path_to_it(workspace: Path) -> None:
    add_spec(workspace, FILE)
    assert problems(workspace) == [
        (
            "deploy/service.yaml:7:61: service.serviceDefinition.spec.startupScript.store.spec.files[0]: "
            "'deploy/start': file not found"
        )
    ]


def test_a_script_outside_the_workspace_is_refused(workspace: Path) -> None:
    add_spec(workspace, FILE.replace("/deploy/start", "/../../etc/passwd"))
    assert problems(workspace) == [
        (
            "deploy/service.yaml:7:61: service.serviceDefinition.spec.startupScript.store.spec.files[0]: "
            "'../../etc/passwd': is outside the workspace (move it into the repository)"
        )
    ]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/", "'': the path is empty"),
        (".", "'.': is a directory, not a file"),
        ("x" * 5000, f"'{'x' * 200}…': is not a valid path"),
        ("outside", "'outside': is outside the workspace (move it into the repository)"),
    ],
)
def test_a_store_that_names_no_file_is_refused_at_its_place(workspace: Path, path: str, message: str) -> None:
    (workspace / "outside").symlink_to("/etc/passwd")
    add_spec(workspace, FILE.replace("/deploy/start", path))
    assert problems(workspace) == [
        f"deploy/service.yaml:7:61: service.serviceDefinition.spec.startupScript.store.spec.files[0]: {message}"
    ]


@pytest.mark.parametrize("ending", ["", ".json", ".yaml", ".yml"])
def test_the_config_is_found_with_and_without_an_ending(workspace: Path, ending: str) -> None:
    (workspace / CONFIG).rename(workspace / f"spot/spot-cfg{ending}")
    assert loaded(workspace).config.document.name == f"spot/spot-cfg{ending}"


def test_the_input_overrides_the_path_of_the_config(workspace: Path) -> None:
    (workspace / CONFIG).rename(workspace / "deploy/group.json")
    assert loaded(workspace, elastigroup_config="deploy/group.json").config.document.name == "deploy/group.json"


def test_a_missing_config_is_a_problem_of_the_path_to_it(workspace: Path) -> None:
    (workspace / CONFIG).unlink()
    assert problems(workspace) == [
        (
            "deploy/infrastructure.yaml:18:15: infrastructureDefinition.spec.configuration.store.spec.files[0]: "
            "'spot/spot-cfg': file not found (or set the input elastigroup-config to its path)"
        )
    ]


def test_a_config_may_be_inline_in_the_infrastructure(workspace: Path) -> None:
    content = (SAMPLES / "elastigroup.json").read_text("utf-8").replace('"target": 1', '"target": 9')
    block = "\n".join(f"              {line}" for line in content.splitlines())
    before = "type: Harness\n        spec:\n          files:\n            - /spot/spot-cfg"
    change(
        workspace, "deploy/infrastructure.yaml", before, f"type: Inline\n        spec:\n          content: |\n{block}"
    )
    assert problems(workspace) == [
        (
            "deploy/infrastructure.yaml:23:18: group.capacity.maximum: maximum 1 is less than target 9 "
            "(required: minimum ≤ target ≤ maximum)"
        )
    ]


def test_every_problem_of_every_document_is_listed_at_once(workspace: Path) -> None:
    change(workspace, "deploy/service.yaml", "gitOpsEnabled", "gitopsEnabled")
    change(workspace, "deploy/infrastructure.yaml", "environmentRef: Spot", "environmentRef: <+env.nam>")
    change(workspace, CONFIG, '"minimum": 1', '"minimum": "<+variables.mni>"')
    assert problems(workspace, artifact_version="x", variables={"min": 1}) == [
        (f"deploy/service.yaml:15:26: {SOURCE}.version: 'x' is not allowed; expected asgAmi-Orderv2 or asgAmi-Order"),
        (
            "deploy/service.yaml:17:3: service.gitopsEnabled: unknown key 'gitopsEnabled' "
            "(did you mean 'gitOpsEnabled'?)"
        ),
        (
            "deploy/infrastructure.yaml:8:21: infrastructureDefinition.environmentRef: 'env.nam' is not defined "
            "(did you mean 'env.name'?)"
        ),
        (
            "spot/spot-cfg.json:5:21: group.capacity.minimum: 'variables.mni' is not defined "
            "(did you mean 'variables.min'?)"
        ),
    ]


def test_an_unreadable_document_leads_to_no_second_problem(workspace: Path) -> None:
    change(workspace, CONFIG, '"asg-tg6"', '"<+service.name>"')
    assert problems(workspace, service="deploy/servce.yaml") == [
        "service: deploy/servce.yaml: file not found (did you mean 'deploy/service.yaml'?)"
    ]


def test_a_group_config_is_needed_and_a_service_may_be_left_out(workspace: Path) -> None:
    assert problems(workspace, service="", infrastructure="") == [
        "infrastructure: no Elastigroup config was provided (set the input infrastructure, or elastigroup-config)"
    ]
    found = loaded(workspace, service="", artifact_version="")
    assert (found.service, found.config.capacity) == (None, loaded(workspace).config.capacity)


def test_the_input_overrides_the_script_of_the_service(workspace: Path) -> None:
    (workspace / "boot.sh").write_text("echo <+env.name>", "utf-8")
    assert loaded(workspace, startup_script="boot.sh", environment={"name": "prod"}).startup_script == "echo prod"


def test_a_number_may_come_from_a_variable(workspace: Path) -> None:
    change(workspace, CONFIG, '"maximum": 1', '"maximum": "<+variables.max * 2>"')
    assert loaded(workspace, variables={"max": 2}).config.capacity == Capacity(minimum=1, target=1, maximum=4)


def test_the_image_of_the_config_may_be_that_of_the_artifact(workspace: Path) -> None:
    change(workspace, CONFIG, "ami-0663143d1f1caa3bf", "<+artifact.image>")
    finished = with_image(loaded(workspace), artifact={"image": "ami-0123456789abcdef0", "version": "asgAmi-Order"})
    compute = finished.config.group["compute"]
    assert isinstance(compute, dict)
    assert compute["launchSpecification"]["imageId"] == "ami-0123456789abcdef0"


def test_an_unknown_property_of_the_artifact_is_refused_once_the_artifact_is_known(workspace: Path) -> None:
    change(workspace, CONFIG, "satyam-aws-cross", "<+artifact.owner>")
    with pytest.raises(InvalidError) as caught:
        with_image(loaded(workspace), artifact={"image": "ami-1"})
    assert [str(problem).partition(": ")[2] for problem in caught.value.problems] == [
        (
            "group.compute.launchSpecification.keyPair: 'artifact.owner' is not defined "
            "(available: artifact.identifier, artifact.image)"
        )
    ]


def test_a_secret_is_not_shown_by_a_problem(workspace: Path) -> None:
    secret = "do-not-show-" * 10
    change(workspace, CONFIG, '"balanced"', "\"<+secrets.getValue('S')>\"")
    (only,) = problems(workspace, secrets={"S": secret})
    assert "do-not-show" not in only
    assert "'***…' is not allowed" in only


def test_an_ami_of_another_region_is_refused(workspace: Path) -> None:
    change(workspace, "deploy/service.yaml", "region: us-east-1", "region: eu-west-1")
    assert problems(workspace) == [
        (
            f"deploy/service.yaml:14:25: {SOURCE}.region: the AMI is in eu-west-1, "
            "but the Elastigroup is in us-east-1 (copy the AMI to that region, or correct one of them)"
        )
    ]


def test_the_id_and_dates_of_an_export_are_removed(workspace: Path) -> None:
    file = workspace / CONFIG
    group = json.loads(file.read_text("utf-8"))["group"]
    zone = group["compute"]["availabilityZones"][0]
    group["compute"]["availabilityZones"] = zone
    group["compute"]["launchSpecification"]["tags"] = {"tagKey": "Env", "tagValue": "TEST"}
    task = {"taskType": "backup_ami", "frequency": "hourly"}
    group["scheduling"] = {"tasks": [task, {"groupId": "sig-1", "eventType": "Scale", "subEvents": {}}]}
    exported = {**group, "id": "sig-12345678", "createdAt": "2018-08-29T18:09:01.431+0000", "updatedAt": None}
    file.write_text(json.dumps({"group": exported}), "utf-8")
    launch = {**group["compute"]["launchSpecification"], "tags": [{"tagKey": "Env", "tagValue": "TEST"}]}
    assert loaded(workspace).config.group == {
        **group,
        "compute": {**group["compute"], "availabilityZones": [zone], "launchSpecification": launch},
        "scheduling": {"tasks": [task]},
    }


def nullable(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - JSON
    """The paths of keys that may be null by the schema, outside of lists."""
    for key, each in schema.get("properties", {}).items():
        if Draft202012Validator({**each, "$defs": SCHEMA["$defs"]}).is_valid(None):
            yield (*path, key)
        name = each.get("$ref", "").rpartition("/")[2]
        yield from nullable(SCHEMA["$defs"][name] if name else each, (*path, key))


@pytest.mark.slow
def test_null_keys_are_removed(workspace: Path) -> None:
    file = workspace / CONFIG
    whole = json.loads(file.read_text("utf-8"))
    paths = list(nullable(SCHEMA["$defs"]["group"], ("group",)))
    assert len(paths) > 60

    for *parents, key in paths:
        answers: list[tuple[JsonObject | None, int]] = []
        for null in ({}, {key: None}):
            changed = json.loads(json.dumps(whole))
            inner = changed
            for parent in parents:
                inner = inner.setdefault(parent, {})
            inner.pop(key, None)
            inner.update(null)
            file.write_text(json.dumps(changed), "utf-8")
            try:
                config = loaded(workspace).config
                answers.append((config.group, 0))
                told = config.nulls
            except InvalidError as error:
                answers.append((None, len(error.problems)))
                told = ()
        assert answers[0] == answers[1], (parents, key)
        assert not answers[1][0] or key in {"id", "createdAt", "updatedAt"} or told == (".".join([*parents, key]),)


DAILY = {"taskType": "scale", "frequency": "daily"}
ORDER = "(required: minimum ≤ target ≤ maximum)"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"capacity": {"minimum": 2}}, f"group.capacity.target: target 1 is less than minimum 2 {ORDER}"),
        ({"capacity": {"target": 2}}, f"group.capacity.maximum: maximum 1 is less than target 2 {ORDER}"),
        (
            {"compute": types(preferredSpot=["t2.small", "t9.small"])},
            "group.compute.instanceTypes.preferredSpot[1]: 't9.small' is not listed in spot (did you mean 't2.small'?)",
        ),
        (
            {"compute": types(weights=[{"instanceType": "t2.small", "weightedCapacity": 1}])},
            (
                "group.compute.instanceTypes.weights: weights require capacity.unit: weight "
                "(set the unit, or remove the weights)"
            ),
        ),
        (
            {
                "capacity": {"unit": "weight"},
                "compute": types(weights=[{"instanceType": "t2.small", "weightedCapacity": 1}] * 2),
            },
            "group.compute.instanceTypes.weights[1]: 't2.small' already has a weight",
        ),
        (
            {
                "compute": types(
                    spot=None,
                    resourceRequirements={
                        "requiredVCpu": {"minimum": 4, "maximum": 2},
                        "requiredMemory": {"minimum": 1},
                    },
                )
            },
            (
                "group.compute.instanceTypes.resourceRequirements.requiredVCpu.maximum: maximum 2 is less "
                "than minimum 4 (required: minimum ≤ maximum)"
            ),
        ),
        (
            {"compute": {"preferredAvailabilityZones": ["us-east-1z"]}},
            (
                "group.compute.preferredAvailabilityZones[0]: 'us-east-1z' is not listed in availabilityZones "
                "(did you mean 'us-east-1f'?)"
            ),
        ),
        (
            {
                "strategy": {"availabilityVsCost": "equalAzDistribution"},
                "compute": {"preferredAvailabilityZones": ["us-east-1a"]},
            },
            (
                "group.compute.preferredAvailabilityZones: preferred zones and equalAzDistribution are mutually "
                "exclusive (keep one of them)"
            ),
        ),
        (
            {"strategy": {"revertToSpot": {"performAt": "never"}}},
            (
                "group.strategy.revertToSpot.performAt: never is for availabilityOriented or stateful groups only "
                "(write always)"
            ),
        ),
        (
            {"strategy": {"availabilityVsCost": "availabilityOriented", "revertToSpot": {"performAt": "timeWindow"}}},
            (
                "group.strategy.revertToSpot.performAt: 'timeWindows' is required for performAt: timeWindow "
                "(for example Mon:03:00-Wed:02:30)"
            ),
        ),
        (
            {"compute": {"availabilityZones": [{"name": "us-east-1a"}, {"name": "us-west-2-lax-1a"}]}},
            (
                "group.compute.availabilityZones: the zones are in several regions: us-east-1, us-west-2 "
                "(use zones of one region)"
            ),
        ),
        (
            {"scheduling": {"tasks": [{**DAILY, "scaleMinCapacity": 3, "scaleMaxCapacity": 2}]}},
            (
                "group.scheduling.tasks[0].scaleMaxCapacity: scaleMaxCapacity 2 is less than scaleMinCapacity 3 "
                "(required: scaleMinCapacity ≤ scaleTargetCapacity ≤ scaleMaxCapacity)"
            ),
        ),
    ],
)
def test_a_group_that_spot_could_not_run_is_refused(workspace: Path, parts: dict[str, Any], expected: str) -> None:
    change_group(workspace, **parts)
    assert of_group(workspace) == [expected]


def test_a_stateful_group_has_one_image(workspace: Path) -> None:
    change_group(workspace, strategy={"persistence": {"shouldPersistRootDevice": True}})
    change(workspace, CONFIG, '"imageId": "ami-0663143d1f1caa3bf"', '"images": [{"id": "ami-1"}, {"id": "ami-2"}]')
    assert "group.compute.launchSpecification.images: a stateful group can have only one image" in of_group(workspace)


@pytest.mark.parametrize("form", [dict, lambda kept: [{}, kept]])
def test_a_stateful_group_is_refused_with_the_reason(workspace: Path, form: Callable[[dict[str, Any]], object]) -> None:
    kept = {"shouldPersistRootDevice": True, "shouldPersistPrivateIp": True, "shouldPersistBlockDevices": False}
    change_group(workspace, strategy={"persistence": form(kept)})
    (told,) = of_group(workspace)
    assert told == (
        "group.strategy.persistence: a stateful group (it keeps root volume, private address) cannot be replaced by "
        "another: a second group would get other volumes, and private addresses would conflict "
        "(remove persistence)"
    )


def test_a_group_whose_region_is_not_that_of_its_zones_is_refused(workspace: Path) -> None:
    change(workspace, CONFIG, '"name": "spotinst__ser__env"', '"region": "us-west-2"')
    assert problems(workspace) == [
        (
            "spot/spot-cfg.json:3:15: group.region: the region is us-west-2, but the zones are in us-east-1 "
            "(correct one of them)"
        )
    ]


def test_a_target_group_of_another_region_is_refused(workspace: Path) -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web-blue/b1b1b1b1b1b1b1b1"
    group = json.loads((workspace / CONFIG).read_text(encoding="utf-8"))["group"]
    balancers = {"loadBalancers": [{"name": "web-blue", "arn": arn, "type": "TARGET_GROUP"}]}
    launch = {**group["compute"]["launchSpecification"], "loadBalancersConfig": balancers}
    change_group(workspace, compute={"launchSpecification": launch})
    where = "group.compute.launchSpecification.loadBalancersConfig.loadBalancers[0].arn"
    why = "the target group is in eu-west-1, but the Elastigroup is in us-east-1 (use a target group in that region)"
    assert of_group(workspace) == [f"{where}: {why}"]


def test_a_group_of_subnets_has_the_region_it_names(workspace: Path) -> None:
    change_group(workspace, compute={"availabilityZones": None, "subnetIds": ["subnet-1"]})
    assert of_group(workspace) == ["group: 'region' is required with compute.subnetIds (for example us-east-1)"]
    change(workspace, CONFIG, '"name": "spotinst__ser__env"', '"region": "us-east-1"')
    assert loaded(workspace).config.region == "us-east-1"


@calm
@given(st.data())
def test_a_damaged_document_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    workspace = lay_out(tmp_path_factory.mktemp("fuzz") / "workspace")
    file = workspace / data.draw(st.sampled_from(["deploy/service.yaml", "deploy/infrastructure.yaml", CONFIG]))
    text = file.read_text("utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 8)))
    inserted = data.draw(
        st.sampled_from(["", "<+", ">", "null", "[]", "{}", "1", '"', ":", "\n", "<+input>", "<+env.name>"])
    )
    file.write_text(text[:start] + inserted + text[end:], "utf-8")
    try:
        definitions = loaded(workspace)
    except InvalidError as error:
        assert error.problems  # noqa: PT017 - both ends are fine, nothing else is
    else:
        assert service_of(definitions).primary in service_of(definitions).sources
