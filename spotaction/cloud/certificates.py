"""Checks the certificate files that environment variables name, before a library fails on one without naming it."""

import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path

from spotaction.model.errors import InvalidError, Problem

_HINT = "unset it, or set it to a PEM file in the workspace, by its path in the container"


def check(environ: Mapping[str, str], *, aws: bool = False) -> None:
    """Raise `InvalidError` if a variable that requests (with `aws`: or botocore) uses names no certificates.

    As in requests, CURL_CA_BUNDLE counts only if REQUESTS_CA_BUNDLE is not set or empty.
    """
    problems = [
        Problem(problem, name, hint=_HINT)
        for name in _used(environ, aws=aws)
        if (problem := _fault(Path(environ[name]), shown=environ[name]))
    ]
    if problems:
        raise InvalidError(problems)


def _used(environ: Mapping[str, str], *, aws: bool) -> Sequence[str]:
    of_requests = [name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if environ.get(name)][:1]
    return [*of_requests, *(["AWS_CA_BUNDLE"] if aws and environ.get("AWS_CA_BUNDLE") else [])]


def _fault(path: Path, *, shown: str) -> str:
    if path.is_dir():
        return ""
    if not path.is_file():
        return f"file not found: {shown!r}"
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as error:
        reason = "it contains no certificates" if isinstance(error, ssl.SSLError) else str(error)
        return f"{shown!r} cannot be used: {reason}"
    return ""
