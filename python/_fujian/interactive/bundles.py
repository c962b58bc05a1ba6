"""Validates the representations of one value by MIME type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .. import wire
from ..originals import base64, binascii, getframe, json, warnings
from ..user_calls import OUR_FILES

# Maximum size of all representations together, in UTF-8 or as JSON.
MOST_BYTES = 128 * 1024 * 1024
# Limited, because most JSON readers recurse.
MOST_LEVELS = wire.DISPLAY_LEVELS
_MOST_METADATA = 1024 * 1024

_TEXTS = ("image/svg+xml", "application/javascript")
_BINARIES = ("application/pdf", "application/octet-stream")


class Bundle(NamedTuple):
    """`data`: str, bytes or JSON by MIME type. `metadata`: JSON, mostly by MIME type."""

    data: dict[str, object]
    metadata: dict[str, object]


def checked(data: Mapping[str, object], metadata: Mapping[str, object] | None = None) -> Bundle:
    """Returns the representations that can be sent.

    Decodes base64 of binary types to bytes. Raises TypeError or ValueError for values that are
    neither text, bytes nor JSON.
    """
    bundle = Bundle({}, {})
    room = MOST_BYTES
    dropped = []
    notices = []
    for mime_type, given in data.items():
        if not isinstance(mime_type, str):
            raise TypeError(f"a MIME type is a str, not {type(mime_type).__name__}")
        value = _representation(mime_type, given)
        size = 0 if value is None else _size_of(mime_type, value)
        if value is None:
            dropped.append(mime_type)
        elif size <= room:
            bundle.data[mime_type] = value
            room -= size
        elif mime_type == "text/plain" and isinstance(value, str):
            bundle.data[mime_type] = _cut(value)
        else:
            dropped.append(mime_type)
            notices.append(
                f"[fujian: {mime_type} of {size} bytes was left out; "
                f"all forms together may have {MOST_BYTES}]"
            )
    for key, given in (metadata or {}).items():
        if key not in dropped and given is not None:
            if len(_json_of(f"the metadata of {key}", given)) > _MOST_METADATA:
                raise TypeError(f"the metadata of {key} is larger than {_MOST_METADATA} bytes")
            bundle.metadata[key] = given
    if notices:
        plain = bundle.data.get("text/plain")
        lines = [plain, *notices] if isinstance(plain, str) else notices
        bundle.data["text/plain"] = "\n".join(lines)
    return bundle


def _representation(mime_type: str, given: object) -> object:
    """Returns None, with a warning as in IPython, for an invalid representation."""
    if given is None:
        return None
    if mime_type.startswith("text/") or mime_type in _TEXTS:
        if isinstance(given, str):
            return given
    elif mime_type.startswith(("image/", "audio/", "video/")) or mime_type in _BINARIES:
        if isinstance(given, str):
            return _decoded(mime_type, given)
        if isinstance(given, (bytes, bytearray, memoryview)):
            return bytes(given)
    elif isinstance(given, (bytes, bytearray, memoryview)) and not _is_json(mime_type):
        return bytes(given)
    else:
        return given
    warnings.warn(
        f"{mime_type} was left out: it cannot be of type {type(given).__name__}",
        RuntimeWarning,
        stacklevel=_levels_of_ours(),
    )
    return None


def _levels_of_ours() -> int:
    """Returns the stack level of the user's line, which the warning is about."""
    levels = 0
    frame = getframe(1)
    while frame.f_code.co_filename.startswith(OUR_FILES) and frame.f_back is not None:
        levels += 1
        frame = frame.f_back
    return levels + 1


def _is_json(mime_type: str) -> bool:
    return mime_type.endswith(("/json", "+json")) or mime_type.startswith("e2b/")


def _decoded(mime_type: str, text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"{mime_type} is neither bytes nor valid base64: {error}") from None


def _size_of(mime_type: str, value: object) -> int:
    if isinstance(value, bytes) and not _is_json(mime_type):
        return len(value)
    if isinstance(value, str):
        return len(value) if value.isascii() else len(_encoded(value))
    return len(_json_of(mime_type, value))


def _json_of(name: str, value: object) -> str:
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"{name} is not JSON: {error}") from None
    # Cheap test first: only JSON with enough brackets can be too deep.
    if text.count("[") + text.count("{") > MOST_LEVELS and _is_deeper_than(MOST_LEVELS, value):
        raise TypeError(f"{name} is nested too deeply: the most is {MOST_LEVELS} levels")
    return text


def _is_deeper_than(levels: int, value: object) -> bool:
    # Without recursion, which a deep value would overflow.
    containers = [value] if isinstance(value, (dict, list, tuple)) else []
    for _ in range(levels):
        containers = [
            inner
            for one in containers
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, (dict, list, tuple))
        ]
    return bool(containers)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _cut(text: str) -> str:
    encoded = _encoded(text)
    end = MOST_BYTES
    while encoded[end] & 0xC0 == 0x80:  # not between the bytes of one character
        end -= 1
    kept = encoded[:end].decode("utf-8", "surrogatepass")
    rest = len(text) - len(kept)
    return f"{kept}\n[fujian: cut here after {len(kept)} characters, {rest} more were dropped]"
