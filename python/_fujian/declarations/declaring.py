"""Declares a module as one file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType

from ..originals import inspect, re
from .declared_types import lines_of_type
from .module_members import (
    imported,
    public_classes,
    public_functions,
    public_types,
    public_values,
)
from .problems import NothingToDeclareError
from .signatures import Signatures, function_behind
from .syntax import RESERVED_WORDS, doc_comment, free_name, is_identifier
from .type_names import TypeNames
from .typescript_types import TypeScriptTypes

_OF_THE_PACKAGE = (
    "DataFrame",
    "Decimal",
    "Duration",
    "Keywords",
    "NdArray",
    "PlainDate",
    "TypedArray",
    "Uuid",
)


def declare(module_name: str, unreachable: Sequence[str] = ()) -> str:
    """Returns the declarations of a module, and says what they leave out.

    `unreachable`: the names that `module()` of JavaScript cannot have.

    Raises NoSuchModuleError, NothingToDeclareError, or what the module raises.
    """
    module = imported(module_name)
    functions = public_functions(module)
    if not functions:
        raise NothingToDeclareError(
            f"the Python module '{module_name}' has no public function: none is defined in it "
            "that has no _ in front of its name, or is named by __all__"
        )
    names = TypeNames()
    types = TypeScriptTypes(names)
    for one in public_types(module):
        names.name_of(one, one.__name__)
    declared_functions = _functions(
        {name: one for name, one in functions.items() if name not in unreachable}, types
    )
    declared_types = _types(names, types)
    body = [*declared_types, *declared_functions]
    left_out = _left_out(module, [name for name in functions if name in unreachable])
    head = [*_head(module, "\n".join(body)), *left_out]
    blocks = ["\n".join(head), *_imports("\n".join(body)), *body]
    return "\n\n".join(blocks) + "\n"


def _functions(functions: dict[str, Callable[..., object]], types: TypeScriptTypes) -> list[str]:
    blocks = []
    for name, function in functions.items():
        if not is_identifier(name):
            blocks.append(f"// {name!r} is left out: TypeScript has no such names.")
            continue
        called = free_name(name, {*RESERVED_WORDS, *(functions.keys() - {name})})
        try:
            blocks.append("\n".join(_function(name, called, function, types)))
        except Exception as error:
            # Objects in hints may raise anything on inspection: only this function is affected.
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            blocks.append(f"// {name!r} is left out: {reason}")
    return blocks


def _left_out(module: ModuleType, unreachable: Sequence[str]) -> list[str]:
    reasons = (
        (unreachable, "JavaScript or Nest looks for it on any object: call({}) calls it"),
        (public_classes(module), "only functions are declared: hold({}) makes an instance"),
        (public_values(module), "only functions are declared: import({}) has a value()"),
    )
    lines = []
    for names, reason in reasons:
        shown = list(filter(is_identifier, names))
        if shown:
            example = f"'{module.__name__}:{shown[0]}'"
            lines.append(f"// Left out: {', '.join(shown)}, as {reason.format(example)}.")
    return lines


def _function(
    name: str, called: str, function: Callable[..., object], types: TypeScriptTypes
) -> list[str]:
    keyword = "export function" if called == name else "declare function"
    signatures = Signatures(function, types)
    lines = doc_comment([*_documentation(function), *signatures.notes()])
    lines += [f"{keyword} {called}{text};" for text in signatures.texts()]
    if called != name:
        lines.append(f"export {{ {called} as {name} }};")
    return lines


def _types(names: TypeNames, types: TypeScriptTypes) -> list[str]:
    blocks = []
    while (pending := names.next()) is not None:
        name, declared = pending
        blocks.append("\n".join(lines_of_type(name, declared, types)))
    return blocks


def _documentation(function: Callable[..., object]) -> list[str]:
    text = getattr(function_behind(function), "__doc__", None)
    return inspect.cleandoc(text).strip().splitlines() if isinstance(text, str) else []


def _head(module: ModuleType, body: str) -> list[str]:
    lines = [f"// The Python module `{module.__name__}`, as `fujian types` has written it."]
    if re.search(r"\bnumber\b", body):
        lines.append(
            "// An int of Python that is a number here arrives as a bigint from 2 ** 53 on."
        )
    return lines


def _imports(body: str) -> list[str]:
    code = re.sub(r"/\*.*?\*/|'(?:[^'\\\n]|\\.)*'", "", body, flags=re.DOTALL)
    used = [name for name in _OF_THE_PACKAGE if re.search(rf"\b{name}\b", code)]
    return [f"import type {{ {', '.join(used)} }} from 'fujian';"] if used else []
