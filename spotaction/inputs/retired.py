"""Inputs of earlier versions, each with what replaces it."""

from spotaction.model.errors import Problem

_STEP = "write it in the steps of a document, and set execution to its path"
_PLACE = (
    "job-matrix has it by default; for another one, write "
    'job-matrix: \'{"strategy": {"job-index": 2, "job-total": 5}}\''
)
RETIRED = {
    "allow-other-rules": "if it was true, write allow: other-rules",
    "allow-shared-target-groups": "if it was true, write allow: shared-target-groups",
    "ami-owners": "write the accounts as the filter owner-id of the artifact source in service",
    "artifact-source": "write primaryArtifactRef: NAME in variables",
    "conflict-timeout": "write it behind wait: on-conflict: wait 30m",
    "create-deployment": "set github-token to create a GitHub deployment, and leave it out to create none",
    "downsize-delay": "write it in downsize-old: after 5m",
    "force": "if it was true, write allow: redeploy to deploy the same again, allow: take-over to continue or roll "
    "back what a dead run left, allow: changed-documents to continue with other documents",
    "ignore-alarms-at-start": "if it was true, write allow: firing-alarms",
    "job-index": _PLACE,
    "job-total": _PLACE,
    "matrix": "job-matrix has it by default; for another one, write job-matrix: '{\"matrix\": {…}}'",
    "new-service": f"{_STEP} (newService of ElastigroupDeploy)",
    "old-service": "write it as old-instances",
    "previous-elastigroup-id": "write it as elastigroup-id",
    "role-session-name": "set the variable AWS_ROLE_SESSION_NAME in the step's env",
    "serial": "if it was true, write old-instances: drain-first",
    "stage-suffix": "staged groups are named with __STAGE__Harness, so that every run finds them",
    "standalone-shift": f"{_STEP} (ElastigroupBlueGreenTrafficShift with the configuration type Standalone)",
}


def retired_input(name: str) -> Problem | None:
    """Return the problem of an input that was replaced, with the way out; None for any other name."""
    return Problem("is no longer an input", name, hint=RETIRED[name]) if name in RETIRED else None
