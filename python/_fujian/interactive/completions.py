"""Completions: names, attributes, modules, keys of dictionaries.

Inspects the session's objects. Imports nothing, and runs no user code but `__dir__`.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable, Iterator
from typing import Any, cast

from ..originals import inspect, keyword, modules, pkgutil, re, types

_MOST = 500
# Characters before the cursor that are parsed; strings are recognised in all of them.
_NEAR = 2000
_NAME = r"[^\W\d]\w*"
_PATH = rf"(?:{_NAME}\s*\.\s*)*"

# Strings and comments. In unclosed strings the group of the end is missing.
_OPAQUE = re.compile(
    r"""\#[^\n]*
    | (?P<long>\"{3}|'{3}) (?:\\.|(?!(?P=long)).)* (?P<long_end>(?P=long))?
    | (?P<quote>["']) (?P<text>(?:\\.|(?!(?P=quote))[^\n])*) (?P<end>(?P=quote))?""",
    re.DOTALL | re.VERBOSE,
)
_DOTTED = re.compile(rf"(?P<path>{_PATH})(?P<typed>(?:{_NAME})?)\Z")
_KEY = re.compile(rf"(?P<path>{_PATH}{_NAME})\s*\[\s*\Z")
_IMPORTED_MODULE = re.compile(
    r"(?:^|[;\n])[ \t]*(?:import[ \t]+(?:[\w. \t]+,)*|from[ \t]+)[ \t]*"
    rf"(?P<package>(?:{_NAME}\.)*)(?P<typed>(?:{_NAME})?)\Z"
)
_IMPORTED_NAME = re.compile(
    r"(?:^|[;\n])[ \t]*from[ \t]+(?P<package>[\w.]+)[ \t]+import\b[ \t]*\(?"
    rf"(?:[\w \t\n]+,)*\s*(?P<typed>(?:{_NAME})?)\Z"
)

_UNITS = "utf-16-le"
"".encode(_UNITS)  # imports the codec, before user code can prevent it

_Kinds = dict[str, str]
_MISSING = object()
# Compared by `type()`: `isinstance` would use `__class__`, which proxies define.
_ROUTINES = (
    types.BuiltinFunctionType,
    types.ClassMethodDescriptorType,
    types.FunctionType,
    types.MethodDescriptorType,
    types.MethodType,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
)


def complete(code: str, cursor: int) -> dict[str, object]:
    """Returns completions. `cursor`, `start` and `end` count UTF-16 code units."""
    before = _units(code)[: 2 * cursor].decode(_UNITS, "replace")
    typed, kinds = _found(before)
    start = cursor - len(_units(typed)) // 2
    folded = typed.casefold()
    texts = [
        text
        for text in kinds
        if text.casefold().startswith(folded) and (not _is_private(text) or _is_private(typed))
    ]
    texts.sort(key=lambda text: (not text.startswith(typed), text.casefold()))
    matches = [{"text": text, "kind": kinds[text]} for text in texts[:_MOST]]
    return {"matches": matches, "start": start, "end": cursor}


def _units(text: str) -> bytes:
    return text.encode(_UNITS, "surrogatepass")


def _is_private(text: str) -> bool:
    return text.startswith("_")


def _found(before: str) -> tuple[str, _Kinds]:
    """Returns the last word before the cursor and its possible completions."""
    for opaque in _OPAQUE.finditer(before):
        if opaque.end() == len(before) and not (opaque["end"] or opaque["long_end"]):
            return _key_found(before[: opaque.start()][-_NEAR:], opaque)
    before = before[-_NEAR:]
    match = _IMPORTED_NAME.search(before)
    if match:
        return match["typed"], _names_of_package(match["package"])
    match = _IMPORTED_MODULE.search(before)
    if match:
        return match["typed"], _modules_of(match["package"].rstrip("."))
    match = _DOTTED.search(before)
    assert match is not None
    preceding = before[: match.start()]
    if preceding[-1:].isdigit() or preceding.rstrip()[-1:] == ".":
        return "", {}  # a number, or an attribute of an expression
    if not match["path"]:
        return match["typed"], _names()
    return match["typed"], _attributes_of(_value_of(match["path"].rstrip(". \t\n")))


def _key_found(before: str, string: re.Match[str]) -> tuple[str, _Kinds]:
    quote, typed = string["quote"], string["text"]
    match = _KEY.search(before) if quote else None
    container = _value_of(match["path"]) if match else None
    if not issubclass(type(container), dict):
        return "", {}
    keys = [
        key
        for key in dict.keys(cast("dict[object, object]", container))
        if type(key) is str and key.isprintable()
    ]
    return typed, {key: "property" for key in keys if quote not in key and "\\" not in key}


def _main() -> dict[str, Any]:
    return modules["__main__"].__dict__


def _names() -> _Kinds:
    kinds = dict.fromkeys([*keyword.kwlist, *keyword.softkwlist], "keyword")
    for names in (builtins.__dict__, _main()):
        for name, value in list(names.items()):
            if type(name) is str and name.isidentifier():
                kinds[name] = _kind(value)
    return kinds


def _attributes_of(value: object) -> _Kinds:
    if value is _MISSING:
        return {}
    return {name: _kind(_attribute(value, name)) for name in _directory(value)}


def _directory(value: object) -> Iterable[str]:
    try:
        return [name for name in dir(value) if type(name) is str and name.isidentifier()]
    except Exception:
        return ()


def _value_of(path: str) -> object:
    first, *rest = (name.strip() for name in path.split("."))
    value = _main().get(first, builtins.__dict__.get(first, _MISSING))
    for name in rest:
        value = _attribute(value, name)
    return value


def _attribute(value: object, name: str) -> object:
    """Returns an attribute without running properties or other user code."""
    try:
        attribute = inspect.getattr_static(value, name, _MISSING)
        if issubclass(type(attribute), (types.GetSetDescriptorType, types.MemberDescriptorType)):
            attribute = attribute.__get__(value, type(value))
    except Exception:
        return _MISSING
    kind = type(attribute)
    if issubclass(kind, (staticmethod, classmethod)):
        return attribute.__func__
    return _MISSING if issubclass(kind, property) else attribute


def _kind(value: object) -> str:
    kind = type(value)
    if value is _MISSING:
        return "property"
    if issubclass(kind, types.ModuleType):
        return "namespace"
    if issubclass(kind, type):
        return "class"
    return "function" if issubclass(kind, _ROUTINES) else "variable"


def _names_of_package(package: str) -> _Kinds:
    kinds = _modules_of(package)
    module = modules.get(package)
    if module is not None:
        kinds = {**_attributes_of(module), **kinds}
    return kinds


def _modules_of(package: str) -> _Kinds:
    return dict.fromkeys(_module_names(package), "namespace")


def _module_names(package: str) -> Iterator[str]:
    """Yields module names, of a package only if imported: its lookup may import its parent."""
    path = None
    if package:
        path = getattr(modules.get(package), "__path__", None)
        if path is None:
            return
    else:
        yield from sys.builtin_module_names
    for module in pkgutil.iter_modules(path):
        if module.name.isidentifier():
            yield module.name
