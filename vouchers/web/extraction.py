"""Sentences of the source for the English catalogue: what Babel finds, and Chinese text that is marked by its place."""

import ast
import io
import re
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any, cast

import yaml
from babel.messages.extract import extract_python

Found = tuple[int, Any, Any, Any]  # line, function, message, comments

CHINESE = re.compile(r"[\u3400-\u9fff]")
_NAMED = re.compile(r"(?:[A-Z]|\d{1,9}) ([\u3400-\u9fff、]{2,})")
_MARKED = frozenset({"_", "_l", "gettext", "lazy_gettext", "ngettext"})  # these Babel finds itself
_TECHNICAL = frozenset({"compile", "maketrans", "frozenset", "replace", "removesuffix", "removeprefix", "strip"})


def extract(
    source: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: dict[str, Any]
) -> Iterator[Found]:
    """Marked calls, then every other Chinese literal: labels, findings, ways, names of facts and columns.

    Below `web` sentences cannot be marked, since the domain knows no Flask; they are translated where they are shown.
    Parts of f-strings and docstrings are left out.
    """
    text = source.read()
    for found in extract_python(io.BytesIO(text), keywords, comment_tags, cast("Any", options)):
        if not str(found[2]).isascii():  # not the key of a lookup inside a marked call
            yield found
    for constant in _literals(ast.parse(text)):
        yield constant.lineno, "", constant.value, []


def extract_names(
    source: IO[bytes], _keywords: Mapping[str, Any], _comment_tags: Collection[str], options: dict[str, str]
) -> Iterator[Found]:
    """Names in a list that is kept as text, each behind its letter or number: industries."""
    for place, line in enumerate(source.read().decode(options.get("encoding", "utf-8")).splitlines(), 1):
        for name in _NAMED.findall(line):
            yield place, "", name, []


def extract_words(
    source: IO[bytes], _keywords: Mapping[str, Any], _comment_tags: Collection[str], options: dict[str, str]
) -> Iterator[Found]:
    """Words for the values of those parts of a pack whose values pages say as they stand."""
    parts = yaml.safe_load(source)["parts"]
    tables = (table for name in options["parts"].split() for table in parts[name]["values"].values())
    for table in tables:
        for word in table.values():
            yield 1, "", word, []


def _literals(node: ast.AST) -> Iterator[ast.Constant]:
    """Whole literals with Chinese in them, in the order of the source."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Constant):
            if isinstance(child.value, str) and CHINESE.search(child.value):
                yield child
        elif not _is_silent(child):
            yield from _literals(child)


def _is_silent(node: ast.AST) -> bool:
    """Whether nothing in it is shown as it stands: docstrings, f-strings, marked and technical calls."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        return name in _MARKED | _TECHNICAL
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_docstring or isinstance(node, ast.JoinedStr)
