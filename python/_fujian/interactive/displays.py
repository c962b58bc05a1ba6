"""What code calls to show something: functions with the names and signatures of IPython's."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from .bundles import Bundle, checked
from .formats import bundle_of, displays_itself

if TYPE_CHECKING:
    from typing import Literal

    # 'value': that of the last expression.
    Kind = Literal["display", "update", "value"]


class Audience(Protocol):
    """Whom something is shown to. Answers False if there is nobody."""

    def show(self, kind: Kind, bundle: Bundle, display_id: str | None) -> bool: ...

    def clear(self, wait: bool) -> bool: ...


class DisplayHandle:
    """A display that can be updated."""

    _displays: Displays  # of the subclass that each Displays has

    def __init__(self, display_id: str | None = None) -> None:
        self.display_id = _new_id() if display_id is None else display_id

    def __repr__(self) -> str:
        return f"<DisplayHandle display_id={self.display_id}>"

    def display(self, obj: object, **kwargs: Any) -> None:  # noqa: ANN401  # as display() has them
        """Shows it once more, under the same id."""
        self._displays.display(obj, display_id=self.display_id, **kwargs)

    def update(self, obj: object, **kwargs: Any) -> None:  # noqa: ANN401  # as display() has them
        """Shows it wherever the display was shown."""
        self._displays.update_display(obj, display_id=self.display_id, **kwargs)


class Displays:
    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        # That of the user's IPython takes its place once they import that.
        self.DisplayHandle: type[DisplayHandle] = type(
            "DisplayHandle",
            (DisplayHandle,),
            {
                "_displays": self,
                "__doc__": DisplayHandle.__doc__,
                "__module__": "IPython.core.display_functions",
            },
        )

    def display(
        self,
        *objs: object,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        metadata: Mapping[str, object] | None = None,
        transient: Mapping[str, object] | None = None,
        display_id: str | bool | None = None,
        raw: bool = False,
        clear: bool = False,
        update: bool = False,
        **kwargs: object,
    ) -> DisplayHandle | None:
        """Shows each of the objects. Answers a DisplayHandle if a display_id is given.

        `display_id`: by which the display can be updated; True makes one. `raw`: the objects are
        dicts of representations by MIME type. `clear`: what was shown before goes.
        """
        chosen = _new_id() if display_id is True else str(display_id) if display_id else None
        identity = chosen or _id_in(transient)
        kind = _kind(update, identity)
        if clear:
            self.clear_output(wait=True)
        if chosen and not objs:
            # A place for what is to come.
            objs, raw = ({},), True
        for one in objs:
            if raw:
                self._show(kind, _raw(one, metadata), identity)
            elif not displays_itself(one):
                bundle = bundle_of(one, include, exclude, metadata)
                if bundle.data:
                    self._show(kind, bundle, identity)
        return self.DisplayHandle(chosen) if chosen else None

    def update_display(
        self,
        obj: object,
        *,
        display_id: str,
        **kwargs: Any,  # noqa: ANN401  # as display() has them
    ) -> None:
        """Shows the object wherever the display of that id was shown."""
        kwargs["update"] = True
        self.display(obj, display_id=display_id, **kwargs)

    def clear_output(self, wait: bool = False) -> None:
        """Lets what was shown go. `wait`: when there is something new to show."""
        self._audience.clear(bool(wait))

    def publish_display_data(
        self,
        data: Mapping[str, object],
        metadata: Mapping[str, object] | None = None,
        *,
        transient: Mapping[str, object] | None = None,
        update: bool = False,
        **kwargs: object,
    ) -> None:
        """Shows representations by MIME type. `transient` may hold the display_id."""
        identity = _id_in(transient)
        self._show(_kind(update, identity), _raw(data, metadata), identity)

    def show_value(self, value: object) -> None:
        """What the last expression came to."""
        if value is not None and not displays_itself(value):
            self._show("value", bundle_of(value), None)

    def _show(self, kind: Kind, bundle: Bundle, display_id: str | None) -> None:
        if not self._audience.show(kind, bundle, display_id) and "text/plain" in bundle.data:
            print(bundle.data["text/plain"])


def _kind(update: bool, display_id: str | None) -> Kind:
    if update and not display_id:
        raise TypeError("display_id required for update_display")
    return "update" if update else "display"


def _raw(data: object, metadata: object) -> Bundle:
    for name, one in (("data", data), ("metadata", metadata or {})):
        if not isinstance(one, Mapping):
            raise TypeError(f"{name} must be a dict, not {type(one).__name__}")
    return checked(data, metadata)  # type: ignore[arg-type]  # both are, by now


def _id_in(transient: Mapping[str, object] | None) -> str | None:
    display_id = (transient or {}).get("display_id")
    return str(display_id) if display_id else None


def _new_id() -> str:
    return os.urandom(16).hex()
