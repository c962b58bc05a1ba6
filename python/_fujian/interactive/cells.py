"""Compiles a notebook cell: statements, and the last expression."""

from __future__ import annotations
import __future__

from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple

from ..originals import ast
from ..sources import compile_keeping_source, lines_of
from .commands import parse

_AWAITS = 0x80  # inspect.CO_COROUTINE, without the slow import
_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag

# Functions that need a running loop. Code that calls them at top level runs as a coroutine.
_OF_COROUTINES = frozenset(("create_task", "ensure_future", "get_running_loop", "current_task"))
_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Cell(NamedTuple):
    # Statements, then the last expression if its value is shown.
    body: CodeType
    value: CodeType | None
    # Whether the cell needs a running event loop.
    is_async: bool


def compile_cell(filename: str, source: str) -> Cell:
    """Compiles a cell, keeping the line numbers of `source`. Raises SyntaxError."""
    needs_loop = False

    def compile_all(text: str) -> list[CodeType]:
        nonlocal needs_loop
        tree = parse(text, filename)
        needs_loop = _may_call_for_a_loop(text) and any(
            _calls_for_a_loop(statement) for statement in tree.body
        )
        last = _shown_expression(tree, text)
        body = _compiled(tree, filename, "exec")
        if last is None:
            return [body]
        expression = ast.Expression(last)
        return [body, _compiled(expression, filename, "eval", body.co_flags & _FUTURES)]

    codes = compile_keeping_source(filename, source, compile_all)
    value = codes[1] if len(codes) > 1 else None
    return Cell(codes[0], value, needs_loop or any(map(is_awaited, codes)))


def is_awaited(code: CodeType) -> bool:
    """Whether evaluating the code returns a coroutine."""
    return bool(code.co_flags & _AWAITS)


def _compiled(
    tree: ast.Module | ast.Expression, filename: str, mode: str, flags: int = 0
) -> CodeType:
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code: CodeType = compile(tree, filename, mode, flags, dont_inherit=True)
    return code


def _shown_expression(tree: ast.Module, source: str) -> ast.expr | None:
    """Takes the last expression out of `tree`, unless a semicolon follows it."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or _has_semicolon_after(last, source):
        return None
    tree.body.pop()
    return last.value


def _has_semicolon_after(node: ast.Expr, source: str) -> bool:
    assert node.end_lineno is not None and node.end_col_offset is not None
    # A replaced command is longer in `tree` than in the source: then nothing follows.
    lines = lines_of(source)[node.end_lineno - 1 :]
    lines[0] = lines[0].encode()[node.end_col_offset :].decode()
    # Only closing brackets and comments follow the last statement.
    return any(";" in line.partition("#")[0] for line in lines)


def _may_call_for_a_loop(source: str) -> bool:
    """Fast check before the search of the tree. Non-ASCII names have several spellings."""
    return not source.isascii() or any(name in source for name in _OF_COROUTINES)


def _calls_for_a_loop(statement: ast.stmt) -> bool:
    return any(
        isinstance(node, ast.Call) and _called_name(node.func) in _OF_COROUTINES
        for node in _outside_of_functions(statement)
    )


def _called_name(function: ast.expr) -> str | None:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None


def _outside_of_functions(node: ast.AST) -> Iterator[ast.AST]:
    # Without recursion: the tree of a long sum is as deep as the sum is long.
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, _OWN_SCOPE):
            yield node
            waiting += ast.iter_child_nodes(node)
