"""Renders Markdown as GitHub does, and provides texts that try to break out of it."""

import re

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

PIECES = [
    "|",
    "\\|",
    "\\",
    "`",
    "```",
    "<b>",
    "</details>",
    "<!--",
    "&lt;",
    "&#124;",
    "![x](http://e.example/p.png)",
    "[a](b)",
    "<http://e.example>",
    "https://e.example",
    "www.e.example",
    "@octocat",
    "a@b.example",
    "#12",
    "acme/shop#1",
    "**bold**",
    "__x__",
    "~~y~~",
    "$z$",
    "- item",
    "1. item",
    "> quote",
    "# head",
    "---",
    "\n",
    "\n\n",
    "\r",
    "\u2028",
    "\0",
    " ",
]
FOREIGN = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=10).map("".join)
GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
LINKING = re.compile(r"(?i)@\w|://|\bwww\.|#\d")


def flat(tokens: list[Token]) -> list[Token]:
    return [token for parent in tokens for token in (parent, *flat(parent.children or []))]


def kinds(markdown: str) -> list[str]:
    """Return the rendered elements without the plain texts."""
    return [
        token.type for token in flat(GITHUB.parse(markdown)) if token.type not in ("inline", "text", "text_special")
    ]


def plain_texts(markdown: str) -> str:
    return "".join(token.content for token in flat(GITHUB.parse(markdown)) if token.type in ("text", "text_special"))
