"""The schemas: complete enough for an editor, and every violation explained to the person who has to fix it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from spotaction.documents.schema_messages import EXPLANATIONS, translate_errors
from spotaction.documents.schemas import SCHEMAS, check_value
from spotaction.documents.source import check_document, parse_document

NAMES = ("service", "infrastructure", "elastigroup", "execution", "policy")
BASE = "https://spotaction.github.io/schemas/"
SAMPLES = Path(__file__).parents[1] / "e2e" / "samples"


def schema(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    return content


def problems(text: str, name: str) -> list[str]:
    return [str(problem) for problem in check_document(parse_document(text, name="a.yaml"), name)]


def of_group(change: str, *, drop: str = "") -> list[str]:
    """The problems of a valid group after one change: `path=JSON`, or without the value at `drop`."""
    group = json.loads((SAMPLES / "elastigroup.json").read_text("utf-8"))["group"]
    for path, value in [pair.split("=", 1) for pair in change.split(";") if pair]:
        *parents, last = path.split(".")
        inner = group
        for key in parents:
            inner = inner.setdefault(key, {})
        inner[last] = json.loads(value)
    if drop:
        *parents, last = drop.split(".")
        inner = group
        for key in parents:
            inner = inner[key]
        del inner[last]
    return [
        str(p).partition(": ")[2]
        for p in check_document(parse_document(json.dumps({"group": group}), name="a.json"), "elastigroup")
    ]


def properties(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:  # noqa: ANN401 - any part of a schema
    if isinstance(node, dict):
        for key, inner in node.get("properties", {}).items():
            if isinstance(inner, dict) and ("type" in inner or "enum" in inner or "$ref" in inner or "anyOf" in inner):
                yield f"{path}.{key}", inner
        for key, inner in node.items():
            if key != "examples":
                yield from properties(inner, f"{path}.{key}")
    if isinstance(node, list):
        for index, inner in enumerate(node):
            yield from properties(inner, f"{path}[{index}]")


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_and_has_its_address(name: str) -> None:
    content = schema(name)
    Draft202012Validator.check_schema(content)
    assert (content["$schema"], content["$id"]) == (
        "https://json-schema.org/draft/2020-12/schema",
        f"{BASE}{name}.schema.json",
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_property_that_a_person_types_is_explained(name: str) -> None:
    content = schema(name)

    def explained(property_: dict[str, Any]) -> bool:
        target = content["$defs"][property_["$ref"].rsplit("/", 1)[1]] if "$ref" in property_ else {}
        return all(key in {**target, **property_} for key in ("title", "description"))

    assert [path for path, property_ in properties(content) if not explained(property_)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_object_refuses_keys_that_it_does_not_know(name: str) -> None:
    free = [
        path
        for path, node in _objects(schema(name))
        if "properties" in node and node.get("type") and node.get("additionalProperties") is not False
    ]
    assert free == []


def _objects(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:  # noqa: ANN401 - any part of a schema
    if isinstance(node, dict):
        yield path, node
        for key, inner in node.items():
            if key != "examples":
                yield from _objects(inner, f"{path}.{key}")
    if isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _objects(inner, f"{path}[{index}]")


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_valid(name: str) -> None:
    examples = schema(name)["examples"]
    assert [problems(json.dumps(example), name) for example in examples] == [[] for _ in examples]


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_single_properties_are_valid(name: str) -> None:
    content = schema(name)
    wrong = [
        (path, example)
        for path, property_ in properties(content)
        for example in property_.get("examples", ())
        if not Draft202012Validator(property_).is_valid(example)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("file", "name"),
    [("service.yaml", "service"), ("infrastructure.yaml", "infrastructure"), ("elastigroup.json", "elastigroup")],
)
def test_the_samples_fit(file: str, name: str) -> None:
    assert problems((SAMPLES / file).read_text("utf-8"), name) == []


AS_ANSWERED = {
    "id": "sig-12345678",
    "name": "old",
    "description": None,
    "region": None,
    "capacity": {"minimum": 0, "maximum": 3, "target": 1, "unit": "instance"},
    "strategy": {
        "risk": 100,
        "onDemandCount": None,
        "availabilityVsCost": "balanced",
        "lifetimePeriod": "days",
        "spinUpTime": None,
        "persistence": {},
        "scalingStrategy": {},
        "revertToSpot": {"performAt": "always"},
    },
    "compute": {
        "instanceTypes": {
            "ondemand": "t2.medium",
            "onDemandTypes": None,
            "spot": ["t2.micro"],
            "resourceRequirements": None,
            "preferredSpot": None,
            "weights": None,
        },
        "availabilityZones": [{"name": "us-west-2a", "subnetId": "subnet-865816ff", "subnetIds": ["subnet-865816ff"]}],
        "subnetIds": None,
        "product": "Linux/UNIX (Amazon VPC)",
        "launchSpecification": {
            "loadBalancerNames": None,
            "loadBalancersConfig": {"loadBalancers": None, "multai": None},
            "securityGroupIds": ["sg-1234567"],
            "monitoring": True,
            "imageId": "ami-1234567",
            "images": None,
            "iamRole": {"name": None, "arn": "arn:aws:iam::123456789012:instance-profile/role"},
            "userData": "IyEvYmluL2Jhc2gK",
            "shutdownScript": None,
            "blockDeviceMappings": [
                {"deviceName": "/dev/xvdcz", "ebs": {"volumeSize": "22", "deleteOnTermination": "true"}}
            ],
            "networkInterfaces": [{"deviceIndex": 0, "associatePublicIpAddress": True}],
            "tags": [{"tagKey": "Name", "tagValue": "old"}],
            "tenancy": "default",
            "metadataOptions": None,
        },
    },
    "scaling": {
        "up": None,
        "down": [{"namespace": "Shop", "metricName": "x", "threshold": 0.8, "action": {"type": "setMaxTarget"}}],
    },
    "scheduling": {"tasks": [{"frequency": "hourly", "taskType": "backup_ami"}]},
    "thirdPartiesIntegration": {},
    "multai": None,
    "createdAt": "2018-08-29T18:09:01.431+0000",
    "updatedAt": "2018-08-29T18:09:01.431Z",
}


def test_a_group_as_spot_answers_it_fits() -> None:
    assert problems(json.dumps({"group": AS_ANSWERED}), "elastigroup") == []


def test_a_missing_wrapper_is_one_problem() -> None:
    assert problems(json.dumps(AS_ANSWERED), "elastigroup") == [
        "a.yaml:1:1: 'group' is missing at the top level (nest this whole document below 'group:')"
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("capacity.minimum=-1", ["group.capacity.minimum: -1 is less than the minimum of 0"]),
        (
            'capacity.minimum="1"',
            ["group.capacity.minimum: expected a whole number, found the text '1' (remove the quotes)"],
        ),
        ("capacity.minimum=1.5", ["group.capacity.minimum: expected a whole number, found the number 1.5"]),
        ("capacity.minimum=null", ["group.capacity.minimum: has no value; expected a whole number"]),
        ("capacity.target=true", ["group.capacity.target: expected a whole number, found true"]),
        ("capacity.maximun=1", ["group.capacity.maximun: unknown key 'maximun'"]),
        ("strategy.fallbackToOD=true", ["group.strategy.fallbackToOD: unknown key 'fallbackToOD'"]),
        (
            "strategy.spinupTime=1",
            ["group.strategy.spinupTime: unknown key 'spinupTime' (did you mean 'spinUpTime'?)"],
        ),
        (
            'strategy.availabilityVsCost="ballanced"',
            [
                (
                    "group.strategy.availabilityVsCost: 'ballanced' is not allowed; expected costOriented, "
                    "availabilityOriented, balanced, cheapest, equalAzDistribution or equalZoneDistribution "
                    "(did you mean 'balanced'?)"
                )
            ],
        ),
        ("strategy.risk=101", ["group.strategy.risk: 101 is greater than the maximum of 100"]),
        ('strategy.persistence="x"', ["group.strategy.persistence: expected a mapping or a list, found the text 'x'"]),
        (
            'strategy.persistence={"keep":1}',
            [
                (
                    "group.strategy.persistence.keep: unknown key 'keep' (available: "
                    "blockDevicesMode, shouldPersistBlockDevices, shouldPersistPrivateIp, "
                    "shouldPersistRootDevice)"
                )
            ],
        ),
        (
            'strategy.revertToSpot.timeWindows=["Monday"]',
            [
                (
                    "group.strategy.revertToSpot.timeWindows[0]: invalid format: 'Monday' (for "
                    "example Mon:03:00-Wed:02:30)"
                )
            ],
        ),
        (
            'compute.subnetIds=["subnet-1"]',
            ["group.compute.subnetIds: 'availabilityZones' and 'subnetIds' are mutually exclusive (keep one of them)"],
        ),
        (
            "compute.availabilityZones=null",
            ["group.compute: 'availabilityZones' or 'subnetIds' is missing (set one of them)"],
        ),
        (
            'compute.instanceTypes.onDemandTypes=["x"]',
            [
                (
                    "group.compute.instanceTypes.onDemandTypes: 'ondemand' and 'onDemandTypes' are mutually "
                    "exclusive (keep one of them)"
                )
            ],
        ),
        (
            'compute.instanceTypes.spot="m5.large"',
            ["group.compute.instanceTypes.spot: expected a list, found the text 'm5.large'"],
        ),
        (
            "compute.instanceTypes.spot=[]",
            ["group.compute.instanceTypes.spot: must not be empty"],
        ),
        (
            "compute.instanceTypes.spot=null",
            ["group.compute.instanceTypes: 'spot' or 'resourceRequirements' is missing (set one of them)"],
        ),
        (
            'compute.product="Linux"',
            [
                (
                    "group.compute.product: 'Linux' is not allowed; expected Linux/UNIX, Linux/UNIX (Amazon "
                    "VPC), SUSE Linux, SUSE Linux (Amazon VPC), Windows, Windows (Amazon VPC), Red Hat "
                    "Enterprise Linux or Red Hat Enterprise Linux (Amazon VPC) (did you mean 'Linux/UNIX'?)"
                )
            ],
        ),
        (
            'compute.launchSpecification.images=[{"id":"ami-1"}]',
            [
                (
                    "group.compute.launchSpecification.images: 'imageId' and 'images' are mutually exclusive "
                    "(keep one of them)"
                )
            ],
        ),
        (
            'compute.launchSpecification.imageId="web-1"',
            [
                (
                    "group.compute.launchSpecification.imageId: invalid format: 'web-1' (for "
                    "example ami-0123456789abcdef0)"
                )
            ],
        ),
        (
            "compute.launchSpecification.metadataOptions={}",
            ["group.compute.launchSpecification.metadataOptions: 'httpTokens' is missing"],
        ),
        (
            'compute.launchSpecification.loadBalancersConfig.loadBalancers=[{"type":"TARGET_GROUP","name":"x"}]',
            ["group.compute.launchSpecification.loadBalancersConfig.loadBalancers[0]: 'arn' is missing"],
        ),
        (
            'compute.launchSpecification.loadBalancersConfig.loadBalancers=[{"type":"CLASSIC"}]',
            ["group.compute.launchSpecification.loadBalancersConfig.loadBalancers[0]: 'name' is missing"],
        ),
        (
            "compute.launchSpecification.keyPair=5",
            ["group.compute.launchSpecification.keyPair: expected text, found the number 5 (put it in quotes)"],
        ),
        (
            'scheduling.tasks=[{"taskType":"scale","frequency":"daily","cronExpression":"* * * * *"}]',
            [
                (
                    "group.scheduling.tasks[0].cronExpression: 'frequency' and 'cronExpression' are mutually "
                    "exclusive (keep one of them)"
                )
            ],
        ),
        (
            'scaling.up=[{"namespace":"Shop","metricName":"x","threshold":1,"action":{"type":"setMaxTarget"}}]',
            [
                (
                    "group.scaling.up[0].action.type: 'setMaxTarget' is not allowed; expected adjustment, "
                    "updateCapacity, setMinTarget or percentageAdjustment (did you mean 'setMinTarget'?)"
                )
            ],
        ),
        (
            "thirdPartiesIntegration.ecs.autoscale={}",
            [("group.thirdPartiesIntegration.ecs.autoscale: unknown key 'autoscale' (did you mean 'autoScale'?)")],
        ),
        (
            "colour=1;capacity.minimum=-1",
            [
                "group.colour: unknown key 'colour'",
                "group.capacity.minimum: -1 is less than the minimum of 0",
            ],
        ),
    ],
)
def test_a_violation_is_one_message_with_the_way_out(change: str, expected: list[str]) -> None:
    assert sorted(of_group(change)) == sorted(expected)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("capacity", "group: 'capacity' is missing"),
        ("capacity.target", "group.capacity: 'target' is missing"),
        ("compute.launchSpecification", "group.compute: 'launchSpecification' is missing"),
        (
            "compute.instanceTypes.ondemand",
            "group.compute.instanceTypes: 'ondemand' or 'onDemandTypes' is missing (set one of them)",
        ),
    ],
)
def test_what_is_missing_is_named_where_it_belongs(path: str, expected: str) -> None:
    assert of_group("", drop=path) == [expected]


SERVICE = """\
service:
  identifier: web
  serviceDefinition:
    type: Elastigroup
    spec:
      artifacts:
        primary:
          sources:
            - identifier: ami
              type: AmazonMachineImage
              spec:
                connectorRef: aws
                region: us-east-1
                version: web-1
"""


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "identifier: web",
            "identifer: web",
            ["a.yaml:2:3: service.identifer: unknown key 'identifer' (did you mean 'identifier'?)"],
        ),
        (
            "type: Elastigroup",
            "type: Kubernetes",
            ["a.yaml:4:11: service.serviceDefinition.type: 'Kubernetes' is not allowed; expected Elastigroup"],
        ),
        ("version: web-1", "version: 20261123", []),
        ("version: web-1", "version: 1.10", []),
        (
            "version: web-1",
            "version: true",
            [
                (
                    "a.yaml:14:26: service.serviceDefinition.spec.artifacts.primary.sources[0].spec.version: "
                    "expected text or a number, found true (put it in quotes)"
                )
            ],
        ),
        (
            "version: web-1",
            "versionregex: web",
            [
                (
                    "a.yaml:14:17: "
                    "service.serviceDefinition.spec.artifacts.primary.sources[0].spec.versionregex: "
                    "unknown key 'versionregex' (did you mean 'versionRegex'?)"
                )
            ],
        ),
        (
            "version: web-1",
            "version: web-1\n                versionRegex: web",
            [
                (
                    "a.yaml:15:17: "
                    "service.serviceDefinition.spec.artifacts.primary.sources[0].spec.versionRegex: 'version' "
                    "and 'versionRegex' are mutually exclusive (keep one of them)"
                )
            ],
        ),
        (
            "type: AmazonMachineImage",
            "type: DockerRegistry",
            [
                (
                    "a.yaml:10:21: service.serviceDefinition.spec.artifacts.primary.sources[0].type: "
                    "'DockerRegistry' is not allowed; expected AmazonMachineImage"
                )
            ],
        ),
        (
            "region: us-east-1",
            "region:",
            [
                (
                    "a.yaml:13:24: service.serviceDefinition.spec.artifacts.primary.sources[0].spec.region: has "
                    "no value; expected text"
                )
            ],
        ),
        (
            "service:\n",
            "",
            ["a.yaml:1:3: 'service' is missing at the top level (nest this whole document below 'service:')"],
        ),
        (
            "      artifacts:",
            "      startupScript: {store: {type: Github, spec: {files: [a]}}}\n      artifacts:",
            ["a.yaml:6:51: service.serviceDefinition.spec.startupScript.store.spec: 'paths' is missing"],
        ),
        (
            "      artifacts:",
            "      startupScript: {store: {type: Inline, spec: {files: [a]}}}\n      artifacts:",
            ["a.yaml:6:51: service.serviceDefinition.spec.startupScript.store.spec: 'content' is missing"],
        ),
        (
            "    type:",
            "    tpye:",
            [("a.yaml:4:5: service.serviceDefinition.tpye: unknown key 'tpye' (did you mean 'type'?)")],
        ),
    ],
)
def test_a_problem_of_a_service_has_its_place_and_the_way_out(before: str, after: str, expected: list[str]) -> None:
    assert before in SERVICE
    assert problems(SERVICE.replace(before, after, 1), "service") == expected


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ({"uniqueItems": True}, "[a, a]", "a.yaml:1:1: a list violates the schema's uniqueItems"),
        ({"properties": {"a": False}}, "{a: 1}", ": 1 is not allowed"),
        ({"properties": {"a": {"const": 1}}}, "{a: null}", "a.yaml:1:5: a: has no value; expected 1"),
        (
            {"oneOf": [{"type": "object"}, {"minProperties": 1}]},
            "{a: 1}",
            "matches more than one of the forms allowed here",
        ),
        ({"not": {"type": "string"}}, "w", "a.yaml:1:1: 'w' is not allowed"),
        ({"multipleOf": 2}, "3", "a.yaml:1:1: 3 is not a multiple of 2"),
        ({"minLength": 2}, "w", "a.yaml:1:1: expected at least 2 characters, found 1"),
        ({"maxLength": 2}, "w" * 99, "expected at most 2 characters, found 99"),
        (
            {
                "anyOf": [
                    {"properties": {"t": {"const": "A"}, "n": {"type": "integer"}}},
                    {"properties": {"t": {"const": "B"}}},
                ]
            },
            "{t: A, n: x}",
            "a.yaml:1:11: n: expected a whole number, found the text 'x'",
        ),
    ],
)
def test_every_keyword_is_explained(rule: dict[str, Any], text: str, expected: str) -> None:
    document = parse_document(text, name="a.yaml")
    (problem,) = translate_errors(Draft202012Validator(rule).iter_errors(document.value), document)
    assert expected in str(problem)


WRAPPED, FLAT = (
    "{type: AWSLoadBalancerConfig, spec: {loadBalancer: a, prodListenerPort: 1}}",
    "{loadBalancer: a, prodListenerPort: 1}",
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (WRAPPED.replace("AWSL", "L"), "[0].type: 'LoadBalancerConfig' is not allowed; expected AWSLoadBalancerConfig"),
        (WRAPPED.replace("prodL", "l"), "[0].spec.listenerPort: unknown key 'listenerPort'"),
        (FLAT.replace("}", ", stageListenrPort: 2}"), "[0].stageListenrPort: unknown key 'stageListenrPort'"),
        (FLAT.replace("1", "[1]"), "[0].prodListenerPort: expected text or a whole number, found a list"),
        ("a", "[0]: expected a mapping, found the text 'a'"),
    ],
)
def test_the_alternative_that_was_meant_is_explained(written: str, expected: str) -> None:
    document = parse_document(f"[{written}]", name="a.yaml")
    first = check_value(document.value, document, "execution", "loadBalancers")[-1]
    assert f"{first.subject}: {first.message}" == expected


def _keywords(node: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a schema
    if isinstance(node, dict):
        for key, inner in node.items():
            if key in {"properties", "patternProperties", "$defs"}:
                for each in inner.values():
                    yield from _keywords(each)
            elif key not in {"examples", "enum", "const", "required"}:
                yield key
                yield from _keywords(inner)
    elif isinstance(node, list):
        for each in node:
            yield from _keywords(each)


@pytest.mark.parametrize("name", NAMES)
def test_the_schemas_use_only_keywords_that_are_explained(name: str) -> None:
    annotations = {"$schema", "$id", "$ref", "title", "description", "default", "if", "then", "else", "allOf", "items"}
    annotations |= {"deprecated"}  # for editors; the Elastigroup's checks warn
    numbers = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}  # in jsonschema's words
    assert set(_keywords(schema(name))) - annotations - numbers - EXPLANATIONS.keys() == set()
