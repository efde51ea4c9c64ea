"""Matches an answer against a regular expression in linear time, whatever the expression."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_PATTERN = 200
MAX_STEPS = 4000
MAX_TEXT = 256

_PIECE = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\(\?|[()|^$]|[*+?][?+]?|\{\d{1,3}(?:,\d{0,3})?\}[?+]?|.", re.DOTALL
)
_QUANTIFIER = re.compile(r"(?:(?P<sign>[*+?])|\{(?P<least>\d+)(?P<range>,(?P<most>\d*))?\})[?+]?")
_ESCAPE = re.compile(r"\\(?:[dDwWsStnrf]|[^A-Za-z0-9])")
_ODD_SET = re.compile(r"\[\^?\[|--|&&|\|\||~~")


class PatternError(ValueError):
    """The expression is not one of those that can be matched; the message says why."""


def matches_fully(pattern: str, text: str) -> bool:
    """Whether the whole of `text` matches, as Java's `matches` and Python's `fullmatch` see it.

    Understood are classes, groups, alternatives, quantifiers, `^` and `$`; not look-around, back-references or flags.
    A set of positions is moved through the text, so that no pattern takes more than steps x length. Raises
    `PatternError` for what is not understood, for a pattern over 200 and a text over 256 characters.
    """
    if len(pattern) > MAX_PATTERN or len(text) > MAX_TEXT:
        raise PatternError(f"a pattern may have {MAX_PATTERN} characters and a text {MAX_TEXT}")
    program = _compile_pattern(pattern)
    current = _reachable_steps(program, [0], at_start=True, at_end=not text)
    for index, character in enumerate(text):
        moved = [step + 1 for step in current if step < len(program) and _accepts_character(program[step], character)]
        current = _reachable_steps(program, moved, at_start=False, at_end=index == len(text) - 1)
    return len(program) in current


@dataclass(frozen=True)
class _One:
    accepts: re.Pattern[str]


@dataclass(frozen=True)
class _Edge:
    sign: str


@dataclass(frozen=True)
class _Jump:
    targets: tuple[int, ...]


_Step = _One | _Edge | _Jump


@dataclass(frozen=True)
class _Node:
    """A piece of the expression: a step, or pieces in a row or to choose from, repeated."""

    step: _One | _Edge | None = None
    choices: tuple[tuple["_Node", ...], ...] = ()
    least: int = 1
    most: int | None = 1


@dataclass
class _Parser:
    pieces: list[str]
    position: int = 0

    def choices(self) -> tuple[tuple[_Node, ...], ...]:
        found = [self._row()]
        while self._peek() == "|":
            self.position += 1
            found.append(self._row())
        return tuple(found)

    def _peek(self) -> str:
        return self.pieces[self.position] if self.position < len(self.pieces) else ""

    def _row(self) -> tuple[_Node, ...]:
        row: list[_Node] = []
        while self._peek() not in {"", "|", ")"}:
            row.append(self._quantified(self._atom()))
        return tuple(row)

    def _atom(self) -> _Node:
        piece = self._peek()
        self.position += 1
        if piece in {"(", "(?:"}:
            node = _Node(choices=self.choices())
            if self._peek() != ")":
                raise PatternError("a parenthesis is not closed")
            self.position += 1
            return node
        if piece == "(?" or _QUANTIFIER.fullmatch(piece):
            raise PatternError(f"'{piece}' cannot be used here")
        return _Node(step=_Edge(piece) if piece in {"^", "$"} else _single_character(piece))

    def _quantified(self, node: _Node) -> _Node:
        match = _QUANTIFIER.fullmatch(self._peek())
        if match is None:
            return node
        self.position += 1
        least, most = _repeat_bounds(match)
        return _Node(choices=((node,),), least=least, most=most)


def _repeat_bounds(match: re.Match[str]) -> tuple[int, int | None]:
    if match["sign"]:
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[match["sign"]]
    least = int(match["least"])
    most = least if not match["range"] else int(match["most"]) if match["most"] else None
    if most is not None and most < least:
        raise PatternError(f"'{match[0]}' has its bounds the wrong way round")
    return least, most


def _single_character(piece: str) -> _One:
    if (piece.startswith("\\") and not _ESCAPE.fullmatch(piece)) or piece == "\\":
        raise PatternError(f"'{piece}' is not supported")
    if piece.startswith("["):
        if len(piece) == 1 or _ODD_SET.search(piece):
            raise PatternError(f"the set {piece} cannot be read")
    elif not piece.startswith("\\") and piece != ".":
        piece = re.escape(piece)
    try:
        return _One(re.compile(piece))
    except re.error as error:
        raise PatternError(f"{piece} cannot be read: {error.msg}") from error


def _compile_pattern(pattern: str) -> list[_Step]:
    parser = _Parser(_PIECE.findall(pattern))
    program = _Program()
    program.choose(parser.choices())
    if parser.position < len(parser.pieces):
        raise PatternError("a parenthesis is closed that was not opened")
    return program.steps


@dataclass
class _Program:
    steps: list[_Step] = field(default_factory=list)

    def choose(self, choices: tuple[tuple[_Node, ...], ...]) -> None:
        fork = self._add(_Jump(()))
        starts, ends = [], []
        for row in choices:
            starts.append(len(self.steps))
            for node in row:
                self._emit(node)
            ends.append(self._add(_Jump(())))
        self.steps[fork] = _Jump(tuple(starts))
        for end in ends:
            self.steps[end] = _Jump((len(self.steps),))

    def _emit(self, node: _Node) -> None:
        if node.step is not None:
            self._add(node.step)
            return
        for _ in range(node.least):
            self.choose(node.choices)
        if node.most is None:
            fork = self._add(_Jump(()))
            self.choose(node.choices)
            self._add(_Jump((fork,)))
            self.steps[fork] = _Jump((fork + 1, len(self.steps)))
        for _ in range((node.least if node.most is None else node.most) - node.least):
            fork = self._add(_Jump(()))
            self.choose(node.choices)
            self.steps[fork] = _Jump((fork + 1, len(self.steps)))

    def _add(self, step: _Step) -> int:
        if len(self.steps) >= MAX_STEPS:
            raise PatternError("the pattern repeats too much")
        self.steps.append(step)
        return len(self.steps) - 1


def _reachable_steps(program: list[_Step], starts: Iterable[int], *, at_start: bool, at_end: bool) -> set[int]:
    seen: set[int] = set()
    waiting = list(starts)
    while waiting:
        position = waiting.pop()
        if position in seen:
            continue
        seen.add(position)
        step = program[position] if position < len(program) else None
        if isinstance(step, _Jump):
            waiting.extend(step.targets)
        elif isinstance(step, _Edge) and (at_start if step.sign == "^" else at_end):
            waiting.append(position + 1)
    return seen


def _accepts_character(step: _Step, character: str) -> bool:
    return isinstance(step, _One) and step.accepts.match(character) is not None
