"""Modules that are installed while the service runs.

Python looks for site directories, and for the `.pth` files in them that add to `sys.path`, when it
starts. A session is a fork of an earlier process, so it looks for new ones.
"""

from __future__ import annotations

import builtins
import sys

from .originals import exc_info, excepthook, os, site
from .process_control import start_of_this_process


def _site_directories() -> list[str]:
    """Returns them in the order of `sys.path`, also those that do not exist."""
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return [*user, *site.getsitepackages()]


def _stamp(path: str) -> tuple[int, int] | None:
    """Returns what differs once a file or directory has changed. None: there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ctime_ns, status.st_size


def _path_files(directory: str) -> list[str]:
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    return [
        os.path.join(directory, name)
        for name in sorted(names)
        if name.endswith(".pth") and not name.startswith(".")
    ]


def _read_before(start: int) -> dict[str, tuple[int, int] | None]:
    """Returns what an interpreter that began to start then has certainly read."""
    read = {}
    for directory in _directories:
        for path in (directory, *_path_files(directory)):
            stamp = _stamp(path)
            read[path] = stamp if stamp is not None and stamp[0] < start else None
    return read


_directories = _site_directories()
# Before any module is preloaded.
_read = _read_before(start_of_this_process())


def see_new_installations() -> None:
    """Adds to `sys.path` what Python would add if it started now."""
    for path, known in _read.items():
        if _stamp(path) != known:
            break
    else:
        return
    for place, directory in enumerate(_directories):
        is_new = _read[directory] is None and _stamp(directory) is not None
        if is_new and directory not in sys.path:
            _insert(directory, before=_directories[place + 1 :])
        for path in _path_files(directory):
            if _read.get(path) != _stamp(path):
                _follow(path, directory)


def _insert(directory: str, before: list[str]) -> None:
    _forget_that_it_was_missing(directory)
    places = [sys.path.index(one) for one in before if one in sys.path]
    sys.path.insert(min(places, default=len(sys.path)), directory)


def _forget_that_it_was_missing(directory: str) -> None:
    if sys.path_importer_cache.get(directory) is None:
        sys.path_importer_cache.pop(directory, None)


def _follow(path: str, sitedir: str) -> None:
    """Does what a `.pth` file says. `sitedir`: lines look for it by this name, in this frame."""
    try:
        with open(path, encoding="utf-8-sig", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    for line in lines:
        if line.startswith(("import ", "import\t")):
            try:
                exec(line, {"__builtins__": builtins})
            except BaseException:
                sys.stderr.write(f"Error in {path}:\n")
                excepthook(*exc_info())
                return
        elif line.strip() and not line.startswith("#"):
            directory = os.path.normpath(os.path.join(sitedir, line.rstrip()))
            if directory not in sys.path and _stamp(directory) is not None:
                _forget_that_it_was_missing(directory)
                sys.path.append(directory)
