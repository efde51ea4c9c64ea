"""The credentials file of Spot's own command line and SDKs, for a token that the environment does not have."""

import configparser
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spotaction.model.errors import InvalidError, Problem

#: The Go and the Python SDK name them differently.
_FILES = ("SPOTINST_CREDENTIALS_FILE", "SPOTINST_SHARED_CREDENTIALS_FILE")
_PROFILES = ("SPOTINST_CREDENTIALS_PROFILE", "SPOTINST_PROFILE")


@dataclass(frozen=True)
class Credentials:
    """A token and its account, empty if there is none; `file` is where they were found."""

    token: str = field(default="", repr=False)
    account: str = ""
    file: str = ""


def read_credentials(environ: Mapping[str, str]) -> Credentials:
    """Return the credentials in `~/.spotinst/credentials`, or in the file that the environment names.

    It is INI, JSON or YAML, with `token` and `account` in a profile; JSON may have them at the top. Raises
    `InvalidError`, which quotes nothing of it, if the file cannot be read, or has no such profile.
    """
    named = next((environ[name] for name in _FILES if environ.get(name)), "")
    home = environ.get("HOME", "")
    file = Path(named) if named else Path(home) / ".spotinst" / "credentials"
    if not named and (not home or not file.is_file()):
        return Credentials()
    profile = next((environ[name] for name in _PROFILES if environ.get(name)), "")
    try:
        profiles = _parse_profiles(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error, InvalidError):
        raise _problem(file, "cannot be read as INI, JSON or YAML") from None
    found = profiles.get(profile or "default") or ({} if profile else profiles)
    token, account = (found.get(name) if isinstance(found, Mapping) else None for name in ("token", "account"))
    if not isinstance(token, str) or not token:
        raise _problem(file, f"has no token for the profile {profile or 'default'}")
    return Credentials(token, account if isinstance(account, str) else "", str(file))


def _parse_profiles(text: str) -> Mapping[str, object]:
    if not text.lstrip().startswith("{") and re.search(r"^\[", text, re.MULTILINE):
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(text)
        return {name: dict(parser[name]) for name in parser.sections()}
    from spotaction.documents.source import parse_document  # noqa: PLC0415 - only where there is such a file

    value = parse_document(text, name="credentials").value
    return value if isinstance(value, Mapping) else {}


def _problem(file: Path, message: str) -> InvalidError:
    hint = "correct the file, or set SPOTINST_TOKEN"
    return InvalidError([Problem(f"the credentials file {file} {message}", "--spot-token", hint=hint)])
