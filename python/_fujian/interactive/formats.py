"""Representations of a value: `repr()`, and the display methods of IPython."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Callable

from ..originals import types
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

# Objects with this method have any method. IPython's name, which libraries know.
_NONSENSE = "_ipython_canary_method_should_not_exist_"

Formatter = Callable[[Any], Any]

# By module and qualified name, so that nothing has to be imported.
_formatters: dict[tuple[str, str], Formatter] = {}


def register(module: str, name: str, formatter: Formatter) -> None:
    """Registers a formatter for a class and its subclasses.

    The formatter returns the same as `_repr_mimebundle_`, and its representations take precedence
    over the value's own.
    """
    _formatters[module, name] = formatter


def bundle_of(
    value: object,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    about: Mapping[str, object] | None = None,
) -> Bundle:
    """Returns a value's representations. `about`: metadata that takes precedence.

    Raises what the value's methods raise.
    """
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
            # Metadata of one type or of all, but not of unwanted types.
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
    """Calls `_ipython_display_()`. Returns whether it has displayed the value."""
    method = _method(value, "_ipython_display_") if _is_to_be_asked(value) else None
    if method is None:
        return False
    try:
        method()
    except NotImplementedError:
        return False
    return True


def _is_to_be_asked(value: object) -> bool:
    """Whether to call display methods: not those of mocks and proxies, which have any."""
    try:
        return getattr(value, _NONSENSE, None) is None
    except Exception:
        return False


def _method(value: object, name: str) -> Callable[..., Any] | None:
    # Classes and modules have attributes of these names with another meaning: methods of the
    # instances, or any function.
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
    """Returns data and metadata of an answer that may be data alone."""
    if isinstance(answer, tuple) and len(answer) == 2:
        return answer
    return answer, None


def _merged(first: Mapping[str, object], second: Mapping[str, object]) -> dict[str, object]:
    """Merges two mappings recursively. The second takes precedence."""
    merged = dict(first)
    for key, value in second.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(old, value) if both else value  # type: ignore[arg-type]  # both are
    return merged
