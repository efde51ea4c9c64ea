"""Checks an execution document as the action does, without inputs, other documents and a run."""

from dataclasses import replace
from pathlib import Path as File

from spotaction.documents.expressions.lookups import Context
from spotaction.documents.expressions.scope import (
    INFRASTRUCTURE_NAMES,
    SERVICE_NAMES,
    WorkflowValues,
    resolve_documents,
)
from spotaction.documents.source import Document
from spotaction.model.errors import InvalidError, Problem
from spotaction.pipeline.harness import Source, convert_document, stated_by
from spotaction.pipeline.reader import DocumentReader
from spotaction.pipeline.stages import stage_names
from spotaction.pipeline.unsupported_steps import schema_problems

#: What a run knows stays open: its inputs, its event, and the documents that are not at hand.
OFFLINE = WorkflowValues(deferred=SERVICE_NAMES | INFRASTRUCTURE_NAMES, is_offline=True)


def check_execution(document: Document, *, workspace: File) -> tuple[Problem, ...]:
    """Return every problem of an execution document; of a pipeline, those of each stage that deploys an Elastigroup."""
    problems = dict.fromkeys(schema_problems(document))
    for stage in () if problems else stage_names(DocumentReader(document)) or ("",):
        try:
            convert_document(document, Source(workspace, _offline_context(document, stage)), stage=stage)
        except InvalidError as error:
            problems |= dict.fromkeys(error.problems)
    return tuple(problems)


def _offline_context(document: Document, stage: str) -> Context:
    return resolve_documents(None, None, replace(OFFLINE, pipeline=stated_by(document, stage))).context
