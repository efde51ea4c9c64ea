"""Checks the certificate files that the environment names, before a library fails on one in its own words."""

import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path

from spotaction.model.errors import InvalidError, Problem

_HINT = "unset it, or name a PEM file that this container sees: one below the workspace, by its path in the container"


def check(environ: Mapping[str, str], *, aws: bool = False) -> None:
    """Raise `InvalidError` when a variable that requests (and botocore, with `aws`) goes by holds no certificates.

    As in requests, CURL_CA_BUNDLE counts only where REQUESTS_CA_BUNDLE is not set; an empty one is not set.
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
        return f"names no file: {shown!r}"
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as error:
        reason = "no certificates" if isinstance(error, ssl.SSLError) else str(error)
        return f"{shown!r} cannot be used: {reason}"
    return ""
