"""Stand-in for the display modules of IPython, for sessions without it."""

from __future__ import annotations

from typing import Callable

from . import display_objects, media_objects
from .displays import Displays

_FUNCTIONS = ("display", "update_display", "clear_output", "publish_display_data", "DisplayHandle")
_CLASSES = (
    *display_objects.TEXTS,
    media_objects.Image,
    media_objects.Video,
)
_LIB_CLASSES = (
    media_objects.Audio,
    media_objects.IFrame,
    media_objects.YouTubeVideo,
    display_objects.Code,
    display_objects.FileLink,
)
_ONE_TYPE = {
    "display_html": "text/html",
    "display_markdown": "text/markdown",
    "display_svg": "image/svg+xml",
    "display_png": "image/png",
    "display_jpeg": "image/jpeg",
    "display_pdf": "application/pdf",
    "display_latex": "text/latex",
    "display_json": "application/json",
    "display_javascript": "application/javascript",
    "display_pretty": "text/plain",
}
# The first version with this layout.
_VERSION = (8, 0, 0)


def contents_of_modules(displays: Displays) -> dict[str, dict[str, object]]:
    """Returns the contents of each module by its full name."""
    functions = {name: getattr(displays, name) for name in _FUNCTIONS}
    classes: dict[str, object] = {one.__name__: one for one in _CLASSES}
    lib_classes: dict[str, object] = {one.__name__: one for one in _LIB_CLASSES}
    of_one_type = {name: _shows(displays, one) for name, one in _ONE_TYPE.items()}
    settings = {
        "set_matplotlib_formats": _set_matplotlib_formats,
        "set_matplotlib_close": _set_matplotlib_close,
    }
    core_display = {**functions, **classes, **of_one_type, **settings}
    return {
        "IPython": {
            "__version__": ".".join(map(str, _VERSION)),
            "version_info": (*_VERSION, ""),
            "get_ipython": _get_ipython,
        },
        "IPython.core": {},
        "IPython.core.display": core_display,
        "IPython.core.display_functions": functions,
        "IPython.core.getipython": {"get_ipython": _get_ipython},
        "IPython.lib": {},
        "IPython.lib.display": lib_classes,
        "IPython.display": {**core_display, **lib_classes},
    }


def _get_ipython() -> None:
    """Returns None, because there is no IPython shell."""


def _set_matplotlib_formats(*formats: str, **kwargs: object) -> None:
    """Does nothing: the formats of figures are fixed."""


def _set_matplotlib_close(close: bool = True) -> None:
    """Does nothing: figures are always closed."""


def _shows(displays: Displays, mime_type: str) -> Callable[..., None]:
    def show(*objs: object, raw: bool = False, metadata: object = None) -> None:
        about = {mime_type: metadata} if metadata else None
        if raw:
            for one in objs:
                displays.publish_display_data({mime_type: one}, about)
        else:
            displays.display(*objs, metadata=about, include=[mime_type])

    return show
