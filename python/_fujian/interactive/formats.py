"""How a value looks: `repr()`, and what it offers by the methods that IPython asks for."""

from __future__ import annotations

import types
from collections.abc import Collection, Mapping
from typing import Any, Callable

from .bundles import Bundle, checked

_METHODS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_pdf_": "application/pdf",
    "_repr_latex_": "text/latex",
    "_repr_json_": "application/json",
    "_repr_javascript_": "application/javascript",
    "_repr_e2b_data_": "e2b/data",
    "_repr_e2b_chart_": "e2b/chart",
}

# Who answers this answers anything. IPython's own name for it: libraries know that one.
_NONSENSE = "_ipython_canary_method_should_not_exist_"

Formatter = Callable[[Any], Any]

# By module and qualified name, so that nothing is imported for it.
_formatters: dict[tuple[str, str], Formatter] = {}


def register(module: str, name: str, formatter: Formatter) -> None:
    """For values of that class and of those derived from it.

    What the formatter answers is that of a `_repr_mimebundle_`, and goes before what the value
    offers itself.
    """
    _formatters[module, name] = formatter


def bundle_of(
    value: object,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    about: Mapping[str, object] | None = None,
) -> Bundle:
    """Raises what the value's methods raise. `about`: metadata that goes before the value's own."""
    data: dict[str, object] = {}
    metadata: dict[str, object] = {}

    def is_missing(mime_type: str) -> bool:
        return (
            mime_type not in data
            and (not include or mime_type in include)
            and (not exclude or mime_type not in exclude)
        )

    def add(bundle: object) -> None:
        offered, described = _pair(bundle)
        if not isinstance(offered, Mapping):
            return
        new = [one for one in offered if is_missing(one) and offered[one] is not None]
        if isinstance(described, Mapping):
            # Of one type, or of them all; not of types that are not wanted from here.
            for key in described:
                if key in new or (key not in offered and is_missing(key)):
                    metadata[key] = described[key]
        data.update({one: offered[one] for one in new})

    add(_offered(_formatter_of(value), value))
    asked = _is_to_be_asked(value)
    if asked:
        method = _method(value, "_repr_mimebundle_")
        add(_offered(method, include=include, exclude=exclude))
    if is_missing("text/plain"):
        data["text/plain"] = repr(value)
    for name, mime_type in _METHODS.items() if asked else ():
        method = _method(value, name)
        if method is not None and is_missing(mime_type):
            offered, described = _pair(_offered(method))
            add(({mime_type: offered}, {mime_type: described} if described else None))
    return checked(data, _merged(metadata, about or {}))


def displays_itself(value: object) -> bool:
    """Whether it has an `_ipython_display_()`, which has shown it by then."""
    method = _method(value, "_ipython_display_") if _is_to_be_asked(value) else None
    if method is None:
        return False
    try:
        method()
    except NotImplementedError:
        return False
    return True


def _is_to_be_asked(value: object) -> bool:
    """Mocks and proxies answer any name."""
    try:
        return getattr(value, _NONSENSE, None) is None
    except Exception:
        return False


def _method(value: object, name: str) -> Callable[..., Any] | None:
    # On what has no such method of its own, the name means something else: a class has that of its
    # instances, a module any function.
    try:
        method = getattr(value, name, None)
        if isinstance(value, type) and not isinstance(method, types.MethodType):
            return None
        if isinstance(value, types.ModuleType) and not hasattr(type(value), name):
            return None
    except Exception:
        return None
    return method if callable(method) else None


def _formatter_of(value: object) -> Formatter | None:
    for one in type(value).__mro__:
        formatter = _formatters.get((one.__module__, one.__qualname__))
        if formatter is not None:
            return formatter
    return None


def _offered(method: Callable[..., Any] | None, *args: object, **named: object) -> object:
    if method is None:
        return None
    try:
        return method(*args, **named)
    except NotImplementedError:
        return None


def _pair(answer: object) -> tuple[object, object]:
    """Of data, or of data and metadata."""
    if isinstance(answer, tuple) and len(answer) == 2:
        return answer
    return answer, None


def _merged(first: Mapping[str, object], second: Mapping[str, object]) -> dict[str, object]:
    """Whatever both have is of the second."""
    merged = dict(first)
    for key, value in second.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(old, value) if both else value  # type: ignore[arg-type]  # both are
    return merged
