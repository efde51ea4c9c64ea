"""Builds execution documents for tests from steps."""

from pathlib import Path

from spotaction.documents.expressions.lookups import Context
from spotaction.documents.source import parse_document
from spotaction.model.errors import InvalidError
from spotaction.model.execution import ParsedExecution
from spotaction.pipeline.builder import Settings
from spotaction.pipeline.harness import Source, convert_document

ROOT = Path(__file__).parents[2]
ARN = "arn:aws:elasticloadbalancing:us-east-1:111122223333"
RULE = f"{ARN}:listener-rule/app/web/a1/11/c1"
OTHER = f"{ARN}:listener-rule/app/web/a1/11/c2"
LISTENER = f"{ARN}:listener/app/web/a1/11"
GREEN = f"{ARN}:targetgroup/green/e1"
SEEN = Context(
    roots={
        "service": {"name": "web"},
        "env": {"name": "prod"},
        "variables": {"percent": 30},
        "matrix": {"region": "us-east-1"},
    },
    runtime_values={"percentage": 40},
)
SETUP = "step: {type: ElastigroupSetup, identifier: setup, spec: {name: web, instances: {type: CurrentRunning}}}"
WHOLE = "{newService: {type: Percentage, spec: {percentage: 100}}}"
DEPLOY = f"step: {{type: ElastigroupDeploy, identifier: deploy, spec: {WHOLE}}}"
SWAP = "step: {type: ElastigroupSwapRoute, identifier: swap, spec: {downsizeOldElastigroup: false}}"
STAGED = f"""step:
        type: ElastigroupBGStageSetup
        identifier: stage
        spec:
          name: web
          instances: {{type: CurrentRunning}}
          loadBalancers:
            - {{loadBalancer: web, prodListenerPort: 443, prodListenerRuleArn: '{RULE}',
               isTrafficShift: true, stageTargetGroupArn: '{GREEN}'}}
            - {{loadBalancer: int, prodListenerPort: "80", stageListenerPort: 8080}}"""


def shift(weight: object, more: str = "", name: str = "shift") -> str:
    return f"""step:
        type: ElastigroupBlueGreenTrafficShift
        identifier: {name}
        spec: {{elastigroupTrafficShiftWrapper: {{type: Inherit, spec: {{weightPercentage: {weight}}}}}}}{more}"""


def execution(*steps: str, more: str = "") -> str:
    return "execution:\n  steps:\n" + "".join(f"    - {step}\n" for step in steps) + more


def converted(text: str, *, stage: str = "", given_settings: Settings | None = None) -> ParsedExecution:
    source = Source(ROOT, SEEN, settings=given_settings or Settings())
    return convert_document(parse_document(text, name="a.yaml"), source, stage=stage)


def problems(text: str) -> list[str]:
    try:
        converted(text)
    except InvalidError as error:
        return [str(problem) for problem in error.problems]
    return []
