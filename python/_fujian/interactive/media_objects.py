"""The media classes of `IPython.display`, for sessions without IPython.

The content of files is embedded, because clients cannot read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..originals import array, base64, io, os, struct
from .display_objects import DisplayObject, Source, escaped, is_file, is_url, name_as_in_ipython

_MAGICS = (
    ("png", b"\x89PNG\r\n\x1a\n"),
    ("jpeg", b"\xff\xd8"),
    ("gif", b"GIF87a"),
    ("gif", b"GIF89a"),
)
_IMAGES = ("png", "jpeg", "gif", "webp")
_LOUDEST = 32767  # 16 bits


class Image(DisplayObject):
    """A PNG, JPEG, GIF or WebP image: bytes, a path or a URL.

    The client loads a `url`, unless `embed` is true.
    """

    _is_binary = True

    def __init__(
        self,
        data: Source = None,
        url: str | None = None,
        filename: str | os.PathLike[str] | None = None,
        format: str | None = None,  # noqa: A002  # IPython's name for it
        embed: bool | None = None,
        width: int | None = None,
        height: int | None = None,
        retina: bool = False,
        unconfined: bool = False,
        metadata: Mapping[str, object] | None = None,
        alt: str | None = None,
    ) -> None:
        if data is None and url is None and filename is None:
            raise ValueError("an image needs data, a filename or a URL")
        self.embed = self._is_loaded = url is None if embed is None else embed
        super().__init__(data, url, filename, metadata)
        self.format = self._format(format)
        if self.embed and self.format not in _IMAGES:
            raise ValueError(f"an image of the format {self.format!r} cannot be embedded")
        if retina and self.embed and self.format == "png" and isinstance(self.data, bytes):
            # The PNG header contains the size, of which retina displays show half.
            width, height = (size // 2 for size in struct.unpack(">II", self.data[16:24]))
        self.retina = retina
        self.width = width or self.metadata.get("width")
        self.height = height or self.metadata.get("height")
        self.unconfined = unconfined
        self.alt = alt or self.metadata.get("alt")

    def _check_data(self) -> None:
        if isinstance(self.data, (bytearray, memoryview)):
            self.data = bytes(self.data)
        if isinstance(self.data, str):
            raise FileNotFoundError(f"there is no such file: {self.data[:200]!r}")
        if self.data is not None and not isinstance(self.data, bytes):
            raise TypeError(f"Image expects bytes, a path or a URL, not {self.data!r}")

    def _format(self, given: str | None) -> str:
        if given is None and isinstance(self.data, bytes):
            for name, magic in _MAGICS:
                if self.data.startswith(magic):
                    return name
            if self.data[:4] == b"RIFF" and self.data[8:12] == b"WEBP":
                return "webp"
        extension = os.path.splitext(self.filename or self.url or "")[1][1:]
        name = (given or extension or "png").lower()
        return "jpeg" if name == "jpg" else name

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> object:
        shape = {
            "width": self.width,
            "height": self.height,
            "unconfined": self.unconfined,
            "alt": self.alt,
        }
        about = {name: one for name, one in shape.items() if one}
        if not self.embed:
            attributes = "".join(
                f' {name}="{escaped(one)}"' for name, one in about.items() if name != "unconfined"
            )
            if self.unconfined:
                attributes += ' class="unconfined"'
            place = self.filename if self.url is None else self.url
            return {"text/html": f'<img src="{escaped(place)}"{attributes}/>'}
        mime_type = f"image/{self.format}"
        about = {**self.metadata, **about}
        return {mime_type: self.data}, {mime_type: about} if about else {}


class _Media(DisplayObject):
    """An HTML element with embedded content or its URL."""

    _is_binary = True
    _default_type = ""

    def _load(
        self,
        data: Source,
        url: str | None,
        filename: str | os.PathLike[str] | None,
        embed: bool | None,
        mime_type: str | None,
    ) -> None:
        if data is None and url is None and filename is None:
            name = type(self).__name__
            raise ValueError(f"{name} needs data, a filename or a URL")
        if isinstance(data, os.PathLike):
            data = os.fspath(data)
        if isinstance(data, str) and not is_file(data) and not is_url(data):
            raise FileNotFoundError(f"there is no such file: {data[:200]!r}")
        self.embed = self._is_loaded = url is None if embed is None else embed
        super().__init__(data, url, filename)
        self.mimetype = mime_type or self._guessed()

    def _guessed(self) -> str:
        import mimetypes

        guessed = mimetypes.guess_type(self.filename or self.url or "")[0]
        return guessed or self._default_type

    def _place(self) -> str:
        """Returns the attribute `src`."""
        if self.embed and isinstance(self.data, bytes):
            return f"data:{self.mimetype};base64,{base64.b64encode(self.data).decode()}"
        return escaped(self.filename if self.url is None else self.url)


class Audio(_Media):
    """Sound: the bytes of a file, a path, a URL; or samples, with their rate.

    Samples are a sequence of numbers, or one sequence per channel.
    """

    _default_type = "audio/wav"

    def __init__(
        self,
        data: Source = None,
        filename: str | os.PathLike[str] | None = None,
        url: str | None = None,
        embed: bool | None = None,
        rate: int | None = None,
        autoplay: bool = False,
        normalize: bool = True,
        *,
        element_id: str | None = None,
    ) -> None:
        if data is not None and not isinstance(data, (str, bytes, os.PathLike)):
            if rate is None:
                raise ValueError("samples need their rate")
            data = _wave(data, rate, normalize)
        self.autoplay = autoplay
        self.element_id = element_id
        self._load(data, url, filename, embed, None)

    def _repr_html_(self) -> str:
        name = f' id="{escaped(self.element_id)}"' if self.element_id else ""
        at_once = ' autoplay="autoplay"' if self.autoplay else ""
        return (
            f'<audio{name} controls="controls"{at_once}>'
            f'<source src="{self._place()}" type="{escaped(self.mimetype)}"/></audio>'
        )


class Video(_Media):
    """Video: the bytes of a file, a path or a URL. A URL is embedded only with `embed`."""

    _default_type = "video/mp4"

    def __init__(
        self,
        data: Source = None,
        url: str | None = None,
        filename: str | os.PathLike[str] | None = None,
        embed: bool | None = None,
        mimetype: str | None = None,
        width: int | None = None,
        height: int | None = None,
        html_attributes: str = "controls",
    ) -> None:
        if isinstance(data, str) and is_url(data):
            data, url = None, data
        self.width = width
        self.height = height
        self.html_attributes = html_attributes
        # Files are always embedded, because the client cannot read them.
        self._load(data, url, filename, embed or None, mimetype)

    def _repr_html_(self) -> str:
        size = "".join(
            f' {name}="{escaped(one)}"'
            for name, one in (("width", self.width), ("height", self.height))
            if one
        )
        return (
            f"<video {self.html_attributes}{size}>"
            f'<source src="{self._place()}" type="{escaped(self.mimetype)}"/></video>'
        )


class IFrame:
    """Another page. Further arguments become parameters of its URL."""

    def __init__(
        self,
        src: object,
        width: object,
        height: object,
        extras: Sequence[str] | None = None,
        **kwargs: object,
    ) -> None:
        self.src = src
        self.width = width
        self.height = height
        self.extras = list(extras or [])
        self.params = kwargs

    def _repr_html_(self) -> str:
        from urllib.parse import urlencode

        source = f"{self.src}?{urlencode(self.params)}" if self.params else str(self.src)
        extras = "".join(f" {one}" for one in self.extras)
        return (
            f'<iframe width="{escaped(self.width)}" height="{escaped(self.height)}" '
            f'src="{escaped(source)}" frameborder="0" allowfullscreen{extras}></iframe>'
        )


class YouTubeVideo(IFrame):
    """A YouTube video by its id."""

    def __init__(
        self,
        id: str,  # noqa: A002  # IPython's name for it
        width: object = 400,
        height: object = 300,
        **kwargs: object,
    ) -> None:
        self.id = id
        super().__init__(f"https://www.youtube.com/embed/{id}", width, height, None, **kwargs)


def _wave(samples: object, rate: int, normalize: bool) -> bytes:
    """Encodes a WAV file. Converts arrays to lists, because numpy may be missing."""
    import wave

    listed = samples.tolist() if hasattr(samples, "tolist") else list(samples)  # type: ignore[call-overload]  # list() raises TypeError
    channels = listed if listed and isinstance(listed[0], (list, tuple)) else [listed]
    loudest = max((abs(one) for channel in channels for one in channel), default=0)
    if not normalize and loudest > 1:
        raise ValueError("samples that are not to be normalized must be from -1 to 1")
    unit = (loudest or 1) if normalize else 1
    # The channels are interleaved.
    frames = array.array(
        "h", (int(one / unit * _LOUDEST) for turn in zip(*channels) for one in turn)
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(len(channels))
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(frames.tobytes())
    return file.getvalue()


name_as_in_ipython("IPython.core.display", (Image, Video))
name_as_in_ipython("IPython.lib.display", (Audio, IFrame, YouTubeVideo))
