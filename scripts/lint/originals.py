"""Checks that our Python code calls nothing that user code can replace.

`python3 scripts/lint/originals.py [FILE…]`: by default all modules of python/_fujian. They have
builtins of their own (python/_fujian/originals.py), and import the standard library from there.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "python/_fujian"
ORIGINALS = PACKAGE / "originals.py"

# Imported as they are, to read and set what user code sees. Their functions may be replaced.
LIVE = {"builtins", "getpass", "sys"}
# Names that are imported one by one: classes of Python itself, and functions of C.
BY_NAME = {"_signal", "collections", "collections.abc", "types", "typing"}
# Slow imports, which wait until user code needs them.
LATE = {
    "annotationlib",
    "asyncio",
    "html",
    "mimetypes",
    "urllib.parse",
    "urllib.request",
    "wave",
}
LIBRARIES = {"matplotlib", "numpy", "pandas"}


def problems_in(source: str) -> list[tuple[int, str]]:
    """Returns the line and the description of each problem."""
    tree = ast.parse(source)
    return sorted(problem for node in _executed(tree) for problem in _problems_of(node, tree))


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from _executed(child)


def _problems_of(node: ast.AST, tree: ast.Module) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Import):
        allowed = LIVE if node in tree.body else LATE
        for one in node.names:
            if not (one.name in allowed or _is_allowed_everywhere(one.name)):
                yield node.lineno, f"`import {one.name}`: import it from originals.py"
    elif isinstance(node, ast.ImportFrom) and not node.level and node.module is not None:
        allowed = BY_NAME if node in tree.body else LATE
        if not (node.module in allowed or _is_allowed_everywhere(node.module)):
            yield node.lineno, f"`from {node.module} import`: import it from originals.py"
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        module = node.func.value
        if isinstance(module, ast.Name) and module.id in LIVE:
            called = f"{module.id}.{node.func.attr}"
            yield node.lineno, f"`{called}()` may be user code: keep it in originals.py"


def _is_allowed_everywhere(module: str) -> bool:
    first = module.partition(".")[0]
    return first == "__future__" or first in LIBRARIES


def main(files: list[str]) -> int:
    paths = [Path(file) for file in files] or sorted(set(PACKAGE.rglob("*.py")) - {ORIGINALS})
    found = 0
    for path in paths:
        for line, problem in problems_in(path.read_text(encoding="utf-8")):
            sys.stdout.write(f"{path}:{line}: {problem}\n")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
