"""The values of expressions that come from the workflow run: its names, its event and its repository."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from spotaction.documents.accessors import as_mapping, value_at
from spotaction.inputs.read import WorkflowRun
from spotaction.model.resources import JsonObject, JsonValue

MAX_EVENT = 32 * 1024 * 1024  # bytes; GitHub sends at most 25 MB

_TRIGGERS = {"workflow_dispatch": ("MANUAL", "Manual"), "schedule": ("SCHEDULER_CRON", "Scheduled")}
_EVENTS = {"pull_request": "PR", "pull_request_target": "PR", "push": "PUSH"}
_SHORT = 7  # characters of a commit


def run_values(runner: WorkflowRun) -> JsonObject:
    """Return the values by the first name of their expressions; what the run does not give is left out."""
    event = _read_event(runner.event)
    github, pull = runner.github, as_mapping(event.get("pull_request"))
    repository, owner = github.get("repository", "").rpartition("/")[2], github.get("repository", "").partition("/")[0]
    kind, trigger = _TRIGGERS.get(github.get("event_name", ""), ("WEBHOOK", "Webhook"))
    known = bool(github.get("event_name"))
    found: JsonObject = {
        "project": {"identifier": to_identifier(repository), "name": repository},
        "org": {"identifier": to_identifier(owner), "name": owner},
        "pipeline": {
            "name": github.get("workflow"),
            "identifier": to_identifier(github.get("workflow", "")),
            "executionId": github.get("run_id"),
            "sequenceId": github.get("run_number"),
            "executionUrl": runner.run.url,
            "execution": {"url": runner.run.url},
            "triggerType": kind if known else "",
            "triggeredBy": {
                "name": github.get("triggering_actor") or github.get("actor"),
                "email": value_at(event, ("pusher", "email")),
            },
        },
        "stage": {
            "name": github.get("job"),
            "identifier": to_identifier(github.get("job", "")),
            "executionUrl": runner.run.url,
        },
        "trigger": {"type": trigger if known else "", "payload": event, **_trigger(runner, event, pull)},
        "codebase": _codebase(runner, event, pull),
    }
    return as_mapping(_without_empty(found))


def to_identifier(name: str) -> str:
    """Return the identifier that Harness makes of a name: `web-shop` becomes `webshop`, and a space an underscore."""
    kept = re.sub(r"[^0-9a-zA-Z_$ ]", "", name.strip())
    return re.sub(r" +", "_", kept).lstrip("0123456789")


def _trigger(runner: WorkflowRun, event: JsonObject, pull: JsonObject) -> JsonObject:
    codebase = _codebase(runner, event, pull)
    name = runner.github.get("event_name", "")
    shared = ("repoUrl", "branch", "commitSha", "baseCommitSha", "prNumber", "prTitle", "sourceBranch", "targetBranch")
    return {
        **{key: codebase.get(key) for key in shared},
        "event": _EVENTS.get(name, name.upper()),
        "sourceRepo": "Github" if name else "",
        "gitUser": runner.github.get("actor"),
    }


def _codebase(runner: WorkflowRun, event: JsonObject, pull: JsonObject) -> JsonObject:
    github, head = runner.github, as_mapping(event.get("head_commit"))
    is_tag = github.get("ref_type") == "tag"
    branch = value_at(pull, ("base", "ref")) if pull else "" if is_tag else github.get("ref_name")
    commit = value_at(pull, ("head", "sha")) if pull else github.get("sha")
    repository = github.get("repository")
    return {
        "branch": branch,
        "tag": github.get("ref_name") if is_tag else "",
        "commitSha": commit,
        "shortCommitSha": commit[:_SHORT] if isinstance(commit, str) else "",
        "commitRef": github.get("ref"),
        "commitMessage": head.get("message"),
        "repoUrl": f"{runner.run.server}/{repository}" if repository else "",
        "gitUser": value_at(head, ("author", "name")),
        "gitUserEmail": value_at(head, ("author", "email")),
        "gitUserId": github.get("actor"),
        "build": {"type": "PR" if pull else "tag" if is_tag else "branch" if branch else ""},
        "prNumber": pull.get("number"),
        "prTitle": pull.get("title"),
        "sourceBranch": value_at(pull, ("head", "ref")),
        "targetBranch": value_at(pull, ("base", "ref")),
        "baseCommitSha": value_at(pull, ("base", "sha")),
        "pullRequestLink": pull.get("html_url"),
        "state": pull.get("state"),
        "mergeSha": github.get("sha") if pull else "",
    }


def _read_event(path: Path | None) -> JsonObject:
    """The payload of the event; empty where it cannot be read, as outside of a workflow."""
    try:
        if path is None or path.stat().st_size > MAX_EVENT:
            return {}
        return as_mapping(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return {}


def _without_empty(value: JsonValue) -> JsonValue:
    """Leave out what has no value, so that its expression says so; the event's payload stays as it is."""
    if not isinstance(value, Mapping):
        return value
    inner = {key: each if key == "payload" else _without_empty(each) for key, each in value.items()}
    return {key: each for key, each in inner.items() if each is not None and each not in ("", {})}
