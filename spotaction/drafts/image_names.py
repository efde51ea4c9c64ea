"""The pattern in the name of an AMI: which names the next builds will have."""

import re

_PARTS = re.compile(r"[A-Za-z0-9]+|[^A-Za-z0-9]+")
_ARCHITECTURES = frozenset({"x86_64", "x86-64", "amd64", "arm64", "aarch64"})
_ARCHITECTURE = re.compile(r"(?<![A-Za-z0-9])(?:x86[_-]64|amd64|arm64|aarch64)(?![A-Za-z0-9])")
_HEX = re.compile(r"(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}|(?=[0-9a-f]*[a-f])[0-9a-f]{12,64}")
_VERSION = re.compile(r"v?[0-9][0-9A-Za-z]*")
_TRAILING = re.compile(r"[0-9]+$")
_META = re.compile(r"([.^$*+?{}\[\]\\|()])")


def pattern_of(name: str) -> str:
    r"""Return a regular expression, between slashes, for names like this one; empty if no part of it looks variable.

    The last run of numbers, dates, versions and hashes in the name is variable; what is before and after it is not, so
    `ubuntu-22.04-web-2026.11.16-arm64` gives `/^ubuntu-22\.04-web-[0-9]+\.[0-9]+\.[0-9]+-arm64$/`.
    """
    parts = _parts(name)
    variable = _last_run(parts)
    if not variable:
        return _with_trailing_number(name) if parts and parts[-1] not in _ARCHITECTURES else ""
    return "/^" + "".join(_general(part) if at in variable else _quoted(part) for at, part in enumerate(parts)) + "$/"


def _parts(name: str) -> list[str]:
    """The words of a name and what is between them; an architecture is one word."""
    found: list[str] = []
    start = 0
    for match in _ARCHITECTURE.finditer(name):
        found += _PARTS.findall(name[start : match.start()])
        found.append(match[0])
        start = match.end()
    return found + _PARTS.findall(name[start:])


def _last_run(parts: list[str]) -> set[int]:
    """The places of the last words in a row that change from build to build."""
    run: set[int] = set()
    for at in reversed(range(len(parts))):
        if not parts[at][0].isalnum():
            continue
        if _is_variable(parts[at]):
            run.add(at)
        elif run:
            break
    return run


def _is_variable(word: str) -> bool:
    return word not in _ARCHITECTURES and bool(_VERSION.fullmatch(word) or _HEX.fullmatch(word))


def _general(word: str) -> str:
    """The expression for a variable word: numbers of any length, hashes of the same length."""
    if not word.isdigit() and _HEX.fullmatch(word):
        return f"[0-9a-f]{{{len(word)}}}"
    return re.sub(r"[0-9]+", "[0-9]+", word)


def _with_trailing_number(name: str) -> str:
    match = _TRAILING.search(name)
    head = name[: match.start()] if match else ""
    return f"/^{_quoted(head)}[0-9]+$/" if head else ""


def _quoted(text: str) -> str:
    return _META.sub(r"\\\1", text)
