"""The text classes of `IPython.display`, for sessions without IPython."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..originals import json, os, re

_MODULE = "IPython.core.display"

# Argument of __init__ as in IPython: the content or its location.
Source = object


def escaped(value: object) -> str:
    """Escapes text and attributes for HTML."""
    from html import escape  # large, and most sessions do not need it

    return escape(str(value))


def is_url(text: str) -> bool:
    return re.match(r"https?://\S+\Z", text) is not None


def is_file(text: str) -> bool:
    try:
        return os.path.isfile(text)
    except ValueError:
        return False


class DisplayObject:
    """Content that is given directly, or loaded from a file or URL."""

    _is_binary = False
    _is_loaded = True

    def __init__(
        self,
        data: Source = None,
        url: str | None = None,
        filename: str | os.PathLike[str] | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> None:
        if isinstance(data, os.PathLike):
            data = os.fspath(data)
        if isinstance(data, str) and url is None and is_url(data):
            data, url, filename = None, data, None
        elif isinstance(data, str) and filename is None and is_file(data):
            data, url, filename = None, None, data
        self.url = url
        self.filename = None if filename is None else os.fspath(filename)
        self.metadata = dict(metadata or {})
        self.data = data
        self.reload()
        self._check_data()

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__qualname__} object>"

    def reload(self) -> None:
        """Reads the file or the URL again."""
        if not self._is_loaded or (self.filename is None and self.url is None):
            return
        read, charset = self._read()
        self.data = read if self._is_binary else read.decode(charset, "replace")

    def _read(self) -> tuple[bytes, str]:
        if self.filename is not None:
            with open(self.filename, "rb") as file:
                return file.read(), "utf-8"
        from urllib.request import urlopen

        with urlopen(str(self.url)) as response:
            return response.read(), response.headers.get_content_charset() or "utf-8"

    def _check_data(self) -> None:
        pass

    def _data_and_metadata(self) -> object:
        return (self.data, dict(self.metadata)) if self.metadata else self.data


class TextDisplayObject(DisplayObject):
    def _check_data(self) -> None:
        if self.data is not None and not isinstance(self.data, str):
            raise TypeError(f"{type(self).__name__} expects text, not {self.data!r}")


class Pretty(TextDisplayObject):
    """Plain text."""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> object:
        return {"text/plain": self.data}


class HTML(TextDisplayObject):
    def _repr_html_(self) -> object:
        return self._data_and_metadata()

    def __html__(self) -> object:
        return self.data


class Markdown(TextDisplayObject):
    def _repr_markdown_(self) -> object:
        return self._data_and_metadata()


class Latex(TextDisplayObject):
    def _repr_latex_(self) -> object:
        return self._data_and_metadata()


class Math(TextDisplayObject):
    """LaTeX formula, with or without dollar signs."""

    def _repr_latex_(self) -> object:
        formula = str(self.data).strip("$")
        latex = f"$\\displaystyle {formula}$"
        return (latex, dict(self.metadata)) if self.metadata else latex


class SVG(TextDisplayObject):
    """SVG without its prologue, which HTML does not allow."""

    def _check_data(self) -> None:
        if isinstance(self.data, bytes):
            self.data = self.data.decode()
        super()._check_data()
        found = re.search(r"<svg\b.*</svg\s*>", str(self.data or ""), re.DOTALL)
        if found:
            self.data = found.group()

    def _repr_svg_(self) -> object:
        return self._data_and_metadata()


class JSON(DisplayObject):
    """A dict, a list or JSON text."""

    def __init__(
        self,
        data: Source = None,
        url: str | None = None,
        filename: str | os.PathLike[str] | None = None,
        expanded: bool = False,
        metadata: Mapping[str, object] | None = None,
        root: str = "root",
        **kwargs: object,
    ) -> None:
        about = {"expanded": expanded, "root": root, **(metadata or {}), **kwargs}
        super().__init__(data, url, filename, about)

    def _check_data(self) -> None:
        if isinstance(self.data, str):
            self.data = json.loads(self.data)
        if self.data is not None and not isinstance(self.data, (dict, list)):
            raise TypeError(f"JSON expects a dict or a list, not {self.data!r}")

    def _repr_json_(self) -> object:
        return self._data_and_metadata()


class Javascript(TextDisplayObject):
    """JavaScript that runs after the scripts `lib` and style sheets `css` (URLs) are loaded."""

    def __init__(
        self,
        data: Source = None,
        url: str | None = None,
        filename: str | os.PathLike[str] | None = None,
        lib: str | Sequence[str] | None = None,
        css: str | Sequence[str] | None = None,
    ) -> None:
        self.lib = [lib] if isinstance(lib, str) else list(lib or [])
        self.css = [css] if isinstance(css, str) else list(css or [])
        super().__init__(data, url, filename)

    def _repr_javascript_(self) -> str:
        code = str(self.data)
        for one in reversed(self.lib):
            code = (
                "((loaded) => { const script = document.createElement('script'); "
                f"script.src = {json.dumps(one)}; script.onload = loaded; "
                f"document.head.append(script); }})(() => {{\n{code}\n}});"
            )
        for one in reversed(self.css):
            code = (
                "{ const link = document.createElement('link'); link.rel = 'stylesheet'; "
                f"link.href = {json.dumps(one)}; document.head.append(link); }}\n{code}"
            )
        return code


class Code(TextDisplayObject):
    """Source code. The element has the language as a class, for highlighting."""

    def __init__(
        self,
        data: Source = None,
        url: str | None = None,
        filename: str | os.PathLike[str] | None = None,
        language: str | None = None,
    ) -> None:
        super().__init__(data, url, filename)
        place = self.filename or self.url or ""
        self.language = language or os.path.splitext(place)[1][1:] or None

    def __repr__(self) -> str:
        return str(self.data)

    def _repr_html_(self) -> str:
        kind = f' class="language-{escaped(self.language)}"' if self.language else ""
        return f"<pre><code{kind}>{escaped(self.data)}</code></pre>"


class FileLink:
    """A link to a file."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        url_prefix: str = "",
        result_html_prefix: str = "",
        result_html_suffix: str = "<br>",
    ) -> None:
        self.path = os.fspath(path)
        if os.path.isdir(self.path):
            raise ValueError(f"FileLink is for files; {self.path!r} is a directory")
        self.url_prefix = url_prefix
        self.result_html_prefix = result_html_prefix
        self.result_html_suffix = result_html_suffix

    def __repr__(self) -> str:
        return os.path.abspath(self.path)

    def _repr_html_(self) -> str:
        if not os.path.exists(self.path):
            return f"There is no file <code>{escaped(self.path)}</code> yet."
        link = escaped(self.url_prefix + self.path)
        anchor = f'<a href="{link}" target="_blank">{escaped(self.path)}</a>'
        return f"{self.result_html_prefix}{anchor}{self.result_html_suffix}"


def name_as_in_ipython(module: str, classes: Sequence[type]) -> None:
    """Renames the module of classes to IPython's, for `repr` and pickle."""
    for one in classes:
        one.__module__ = module


TEXTS = (
    DisplayObject,
    TextDisplayObject,
    Pretty,
    HTML,
    Markdown,
    Latex,
    Math,
    SVG,
    JSON,
    Javascript,
)
name_as_in_ipython(_MODULE, TEXTS)
name_as_in_ipython("IPython.lib.display", (Code, FileLink))
