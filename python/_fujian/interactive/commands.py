"""`!command`, `name = !command`, `%pip …` and other notebook lines that are not Python.

Each is replaced by a call of a function in `builtins` on the same line, so that line numbers and
tracebacks match the source.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping
from typing import Any, Callable

from ..originals import ast, getframe, importlib, modules, os, re, subprocess

_SHELL = "__fujian_shell__"
_CAPTURED = "__fujian_captured__"
_MAGIC = "__fujian_magic__"

_LINE = re.compile(
    r"(?P<indent>\s*)(?:(?P<target>[^\W\d][\w\s,.*\[\]'\"]*?)\s*=\s*!(?P<captured>.*)"
    r"|!(?P<shell>.*)|%(?P<magic>.*))$",
    re.DOTALL,
)
# `{expression}`, `$name`; `{{`, `}}` and `$$` are escapes.
_EXPANDED = re.compile(r"\{\{|\}\}|\$\$|\{(?P<expression>[^{}]+)\}|\$(?P<name>[^\W\d]\w*)")

_SPOKEN = "%pip, %cd, %env and %matplotlib"


def parse(source: str, filename: str) -> ast.Module:
    """Parses source, and replaces commands on lines where Python reports an error.

    Raises SyntaxError with the original line.
    """
    typed = source.split("\n")
    lines = typed.copy()
    while True:
        text = "\n".join(lines)
        try:
            # ast.parse() would appear in the traceback.
            tree: Any = compile(text, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
            return tree  # type: ignore[no-any-return]  # by the flag
        except SyntaxError as error:
            at = (error.lineno or 0) - 1
            if not _replace_commands(lines, at):
                if 0 <= at < len(lines) and lines[at] != typed[at]:
                    error.text = typed[at]
                raise


def _replace_commands(lines: list[str], at: int) -> bool:
    """Replaces the command at this line and those directly after it."""
    begin = at
    while 0 <= at < len(lines):
        end = at + 1
        while lines[end - 1].endswith("\\") and end < len(lines):
            end += 1
        # A backslash at the end continues the line, as in the shell.
        found = _LINE.match("\n".join(lines[at:end]))
        if found is None:
            break
        lines[at:end] = [_call(found)] + [""] * (end - at - 1)
        at = end
    return at > begin


def _call(found: re.Match[str]) -> str:
    indent, target = found["indent"], found["target"]
    if target is not None:
        return f"{indent}{target} = {_CAPTURED}({found['captured'].strip()!r})"
    if found["shell"] is not None:
        return f"{indent}{_SHELL}({found['shell'].strip()!r})"
    return f"{indent}{_MAGIC}({found['magic'].strip()!r})"


def offer_commands() -> None:
    functions: dict[str, Callable[[str], object]] = {
        _SHELL: _shell,
        _CAPTURED: _captured,
        _MAGIC: _magic,
    }
    builtins.__dict__.update(functions)


class UsageError(Exception):
    """Raised for an unknown command."""


UsageError.__module__ = "fujian"


def _shell(command: str) -> None:
    names = _names_of_the_caller()
    # The command inherits stdout and stderr.
    finished = subprocess.run(_expanded(command, names), shell=True, check=False)
    _main()["_exit_code"] = finished.returncode


def _captured(command: str) -> list[str]:
    """Runs a command and returns the lines that it prints."""
    names = _names_of_the_caller()
    finished = subprocess.run(
        _expanded(command, names), shell=True, check=False, stdout=subprocess.PIPE
    )
    _main()["_exit_code"] = finished.returncode
    return finished.stdout.decode(errors="backslashreplace").splitlines()


def _magic(line: str) -> object:
    name, _, rest = line.partition(" ")
    names = _names_of_the_caller()
    arguments = _expanded(rest.strip(), names)
    if name == "pip":
        _pip(arguments)
        return None
    if name == "cd":
        os.chdir(os.path.expanduser(arguments or "~"))
        print(os.getcwd())
        return None
    if name == "env":
        return _env(arguments)
    if name == "matplotlib":
        return None  # plots are always inline
    raise UsageError(f"%{name} is not known here; {_SPOKEN} are, and !command")


def _pip(arguments: str) -> None:
    """Runs pip of this Python. Raises CalledProcessError if pip fails."""
    subprocess.run(f'"{sys.executable}" -m pip {arguments}', shell=True, check=True)
    importlib.invalidate_caches()


def _env(arguments: str) -> object:
    name, is_set, value = arguments.partition("=")
    if is_set:
        os.environ[name.strip()] = value.strip()
        return None
    return os.environ[name] if name else dict(os.environ)


def _names_of_the_caller() -> Mapping[str, Any]:
    frame = getframe(2)
    return {**frame.f_globals, **frame.f_locals}


def _main() -> dict[str, Any]:
    return modules["__main__"].__dict__


def _expanded(command: str, names: Mapping[str, Any]) -> str:
    """Expands `{expression}`, and `$name` if Python has that name."""

    def value_of(found: re.Match[str]) -> str:
        name, expression = found["name"], found["expression"]
        if name is not None:
            return str(names[name]) if name in names else found[0]
        if expression is None:
            return found[0][0]
        try:
            return str(eval(expression, dict(names)))
        except Exception:
            return found[0]  # a shell variable

    return _EXPANDED.sub(value_of, command)
