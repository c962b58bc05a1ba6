"""Display functions for user code, with the names and signatures of IPython."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ..originals import os
from .bundles import Bundle, checked
from .formats import bundle_of, displays_itself

if TYPE_CHECKING:
    from typing import Literal

    # 'value': the value of the last expression.
    Kind = Literal["display", "update", "value"]


class Subscriber(Protocol):
    """Receives displays. Returns False without subscribers."""

    def show(self, kind: Kind, bundle: Bundle, display_id: str | None) -> bool: ...

    def clear(self, wait: bool) -> bool: ...


class DisplayHandle:
    """A display that can be updated."""

    _displays: Displays  # set in the subclass of each Displays

    def __init__(self, display_id: str | None = None) -> None:
        self.display_id = _new_id() if display_id is None else display_id

    def __repr__(self) -> str:
        return f"<DisplayHandle display_id={self.display_id}>"

    def display(self, obj: object, **kwargs: Any) -> None:  # noqa: ANN401  # as display() has them
        """Displays an object again under the same id."""
        self._displays.display(obj, display_id=self.display_id, **kwargs)

    def update(self, obj: object, **kwargs: Any) -> None:  # noqa: ANN401  # as display() has them
        """Updates all displays with this id."""
        self._displays.update_display(obj, display_id=self.display_id, **kwargs)


class Displays:
    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        # Replaced by that of the user's IPython once it is imported.
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
        """Displays each object. Returns a DisplayHandle if a display_id is given, else None.

        `display_id`: id for updates; True creates one. `raw`: the objects are dicts of
        representations by MIME type. `clear`: clears the previous output first.
        """
        chosen = _new_id() if display_id is True else str(display_id) if display_id else None
        identity = chosen or _id_in(transient)
        kind = _kind(update, identity)
        if clear:
            self.clear_output(wait=True)
        if chosen and not objs:
            # An empty display for later updates.
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
        """Updates all displays with that id."""
        kwargs["update"] = True
        self.display(obj, display_id=display_id, **kwargs)

    def clear_output(self, wait: bool = False) -> None:
        """Clears the output. `wait`: not before the next display."""
        self._subscriber.clear(bool(wait))

    def publish_display_data(
        self,
        data: Mapping[str, object],
        metadata: Mapping[str, object] | None = None,
        *,
        transient: Mapping[str, object] | None = None,
        update: bool = False,
        **kwargs: object,
    ) -> None:
        """Displays representations by MIME type. `transient` may contain the display_id."""
        identity = _id_in(transient)
        self._show(_kind(update, identity), _raw(data, metadata), identity)

    def show_value(self, value: object) -> None:
        """Displays the value of the last expression."""
        if value is not None and not displays_itself(value):
            self._show("value", bundle_of(value), None)

    def _show(self, kind: Kind, bundle: Bundle, display_id: str | None) -> None:
        if not self._subscriber.show(kind, bundle, display_id) and "text/plain" in bundle.data:
            print(bundle.data["text/plain"])


def _kind(update: bool, display_id: str | None) -> Kind:
    if update and not display_id:
        raise TypeError("display_id required for update_display")
    return "update" if update else "display"


def _raw(data: object, metadata: object) -> Bundle:
    for name, one in (("data", data), ("metadata", metadata or {})):
        if not isinstance(one, Mapping):
            raise TypeError(f"{name} must be a dict, not {type(one).__name__}")
    return checked(data, metadata)  # type: ignore[arg-type]  # checked above


def _id_in(transient: Mapping[str, object] | None) -> str | None:
    display_id = (transient or {}).get("display_id")
    return str(display_id) if display_id else None


def _new_id() -> str:
    return os.urandom(16).hex()
