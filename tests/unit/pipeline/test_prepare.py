import base64
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from spotaction.inputs.fields import Inputs
from spotaction.inputs.read import WorkflowRun
from spotaction.model.capacity import Amount
from spotaction.model.choices import Strategy
from spotaction.model.errors import InvalidError
from spotaction.model.execution import DeploySpec, Execution, SetupSpec
from spotaction.model.resources import Capacity, Image, ImageId, JsonObject, JsonValue, LoadBalancer
from spotaction.pipeline.prepare import Prepared, artifact_values, prepare_execution
from tests.support.inputs import read_inputs

ROOT = Path(__file__).parents[3]
IMAGE = Image(
    ImageId("ami-0aaaaaaaaaaaaaaa2"), "web-2026.11.23", owner="111122223333", tags={"Application": "web", "a.b": "c"}
)
BASIC = {
    "strategy": "basic",
    "service": "examples/deploy/service.yaml",
    "infrastructure": "examples/deploy/infrastructure.yaml",
    "app-name": "<+service.identifier>_<+env.name>",
    "artifact-version": "web-2026.11.23",
    "spot-token": "made-up-token",
}


def inputs(given: Mapping[str, str] = {}, **more: str) -> Inputs:
    whole = {**BASIC, **given, **{name.replace("_", "-"): value for name, value in more.items()}}
    return read_inputs({f"INPUT_{name.upper()}": value for name, value in whole.items() if value})


def prepared(given: Mapping[str, str] = {}, **more: str) -> Prepared:
    return prepare_execution(inputs(given, **more), WorkflowRun(workspace=ROOT))


def problems(given: Mapping[str, str] = {}, **more: str) -> list[str]:
    with pytest.raises(InvalidError) as caught:
        prepared(given, **more)
    return [str(problem) for problem in caught.value.problems]


def part(value: JsonValue, *path: str | int) -> JsonValue:
    for key in path:
        value = value[key]  # type: ignore[index]
    return value


def test_the_examples_come_to_an_execution_and_an_app() -> None:
    found = prepared()
    assert (found.app, found.environment) == ("web_prod", "prod")
    assert found.execution == Execution(Strategy.BASIC, SetupSpec(None), (DeploySpec("deploy", Amount(percent=100)),))


def test_the_config_is_configured_for_an_image_and_nothing_else_is_touched() -> None:
    found = prepared()
    assert found.definitions is not None
    before, after = found.definitions.config.group, found.configure_group(IMAGE)
    launch: JsonObject = after["compute"]["launchSpecification"]  # type: ignore[index, call-overload, assignment]
    written: JsonObject = before["compute"]["launchSpecification"]  # type: ignore[index, call-overload, assignment]
    assert launch["imageId"] == "ami-0aaaaaaaaaaaaaaa2"
    assert {k: v for k, v in launch.items() if k not in {"imageId", "userData"}} == {
        k: v for k, v in written.items() if k != "imageId"
    }
    assert {k: v for k, v in after.items() if k != "compute"} == {k: v for k, v in before.items() if k != "compute"}


def test_the_start_up_script_is_rendered_and_becomes_user_data() -> None:
    data = part(prepared().configure_group(IMAGE), "compute", "launchSpecification", "userData")
    assert 'echo "web-2026.11.23 in prod" > /etc/release' in base64.b64decode(str(data)).decode()


def test_without_a_script_the_configs_own_user_data_stays(tmp_path: Path) -> None:
    written = json.loads((ROOT / "examples/deploy/elastigroup.json").read_text(encoding="utf-8"))
    launch = written["group"]["compute"]["launchSpecification"]
    launch |= {"userData": "IyEvYmluL3No", "images": [{"id": "ami-0aaaaaaaaaaaaaaa9"}]}
    del launch["imageId"]
    (tmp_path / "group.json").write_text(json.dumps(written), encoding="utf-8")
    given = {"elastigroup-config": "group.json", "ami-id": IMAGE.id, "app-name": "web"}
    without = {"service": "", "infrastructure": "", "artifact-version": ""}
    found = prepare_execution(inputs({**given, **without}), WorkflowRun(workspace=tmp_path))
    del launch["images"]
    assert part(found.configure_group(IMAGE), "compute", "launchSpecification") == {**launch, "imageId": IMAGE.id}


def test_an_image_answers_with_the_fields_of_the_references_outcome() -> None:
    assert artifact_values(IMAGE) == {
        "version": "web-2026.11.23",
        "tag": "web-2026.11.23",
        "amiId": "ami-0aaaaaaaaaaaaaaa2",
        "image": "ami-0aaaaaaaaaaaaaaa2",
        "type": "AmazonMachineImage",
        "metadata": {"Application": "web", "ownerId": "111122223333"},
    }


@pytest.mark.parametrize(
    ("written", "capacity"),
    [
        ("same-as-running", None),
        ("min=1,max=4,desired=2", Capacity(1, 2, 4)),
        ("min=1,max=4,desired=<+variables.count>", Capacity(1, 3, 4)),
        ("{type: Fixed, spec: {min: 1, max: 4, desired: 2}}", Capacity(1, 2, 4)),
        ("{type: CurrentRunning, spec: {}}", None),
    ],
)
def test_instances_may_be_written_in_every_form(written: str, capacity: Capacity | None) -> None:
    assert prepared(instances=written, variables="count: 3").execution.setup.instances == capacity


def test_expressions_are_filled_in_in_load_balancers() -> None:
    found = prepared(
        strategy="blue-green",
        load_balancers="[{loadBalancer: <+env.name>-alb, prodListenerPort: 443, stageListenerPort: <+variables.port>}]",
        variables="port: 8443",
    )
    assert found.execution.setup.load_balancers == (LoadBalancer("prod-alb", 443, stage_port=8443),)


def test_what_is_wrong_in_several_inputs_is_listed_at_once() -> None:
    found = problems(
        strategy="blue-green",
        app_name="<+variables.nowhere>",
        load_balancers="[{loadBalancer: <+variables.alb>, prodListenerPort: 443, stageListenerPort: 8443}]",
        instances="min=1,max=4,desired=<+variables.count>",
    )
    assert len(found) == 3
    for name, problem in zip(("nowhere", "alb", "count"), found, strict=True):
        assert name in problem


def test_what_is_wrong_in_several_documents_is_listed_at_once(tmp_path: Path) -> None:
    (tmp_path / "service.yaml").write_text("service: {name: web}\n", encoding="utf-8")
    (tmp_path / "infra.yaml").write_text("infrastructureDefinition: {}\n", encoding="utf-8")
    with pytest.raises(InvalidError) as caught:
        prepare_execution(inputs(service="service.yaml", infrastructure="infra.yaml"), WorkflowRun(workspace=tmp_path))
    files = {problem.place.file for problem in caught.value.problems if problem.place}
    assert files == {"service.yaml", "infra.yaml"}


def test_a_rollback_needs_no_documents() -> None:
    found = prepared(operation="rollback", service="", infrastructure="", artifact_version="", app_name="web_prod")
    assert (found.app, found.definitions) == ("web_prod", None)


def test_a_rollback_takes_its_name_from_documents_that_would_not_do_for_a_deployment() -> None:
    assert prepared(operation="rollback", artifact_version="").app == "web_prod"


def test_a_rollback_resolves_its_name_from_the_inputs_alone() -> None:
    given = {
        "operation": "rollback",
        "service": "",
        "infrastructure": "",
        "artifact-version": "",
        "environment": "prod",
    }
    assert prepared({**given, "app-name": "web_<+env.name>"}).app == "web_prod"
    (problem,) = problems({**given, "app-name": "<+service.identifier>"})
    hint = "no service was provided; set the input service to its YAML"
    assert problem == f"app-name: 'service.identifier' has no value here ({hint})"


def test_the_input_environment_wins_over_the_infrastructures() -> None:
    found = prepared(environment="staging")
    assert (found.environment, found.app) == ("staging", "web_staging")


def test_a_service_alone_can_be_validated() -> None:
    found = prepared(operation="validate", infrastructure="", app_name="", strategy="")
    assert found.definitions is None
    with pytest.raises(InvalidError, match=r"examples/deploy/startup\.sh"):
        prepared(operation="validate", infrastructure="", service="examples/deploy/startup.sh")


def test_secrets_show_in_no_representation_of_what_was_prepared() -> None:
    found = prepared(secrets="db: swordfish-1", startup_script="examples/deploy/startup.sh")
    assert "swordfish-1" not in repr(found)
    assert "/etc/release" not in repr(found)
