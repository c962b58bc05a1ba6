"""Descriptors of a fork: kernel objects of its own, in place of those that it shares.

The two ends of a fork share what is behind a descriptor. A loop that closes in a fork would take
its parent's descriptors out of the epoll; a destructor would say goodbye to a database in the
parent's name. So under the same numbers the fork gets

- an epoll with the same registrations, and an eventfd or timerfd with the same state,
- a pipe or pair of sockets of its own with the same contents, where it has both ends,
- an end whose other end is closed, where that belongs to another process or machine: reading finds
  the end of the file, writing fails, and a library connects anew,
- an inotify instance that watches nothing, as watches can be ended but not copied,
- a file without the lock that the parent holds by flock().

Other files, listening sockets and datagram sockets stay shared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Callable, NamedTuple

from ..descriptors import is_own
from ..originals import contextlib, ctypes, fcntl, functools, os, re, select, socket, struct

_FOLDER = "/proc/self/fd/"
_LAST_STANDARD = 2
_ANONYMOUS = "anon_inode:"
_EPOLL = "anon_inode:[eventpoll]"
_PIPE = "pipe:["
_SOCKET = "socket:["
_CLOSE_ON_EXEC = os.O_CLOEXEC  # EFD_, TFD_ and IN_CLOEXEC are the same
# They say how the name was followed, of which a link of /proc is another kind.
_FLAGS_OF_OPENING = os.O_NOFOLLOW | getattr(os, "O_TMPFILE", 0)
_EPOLL_CTL_ADD = 1  # only on Linux in select
_EFD_SEMAPHORE = 1
_SPLICE_F_NONBLOCK = 2
_F_SETPIPE_SZ, _F_GETPIPE_SZ = 1031, 1032  # in fcntl since 3.10
_SO_DOMAIN = 39
_UNREAD_SIZE = 1 << 20
# The address of a socket without a name: a family.
_UNNAMED = 2
# struct epoll_event, which is packed on x86-64: u32 events, u64 data.
_EVENT = "<IQ" if os.uname().machine == "x86_64" else "@IQ"
_REGISTERED = re.compile(
    r"^tfd:\s*(\d+) events:\s*([0-9a-f]+) data:\s*([0-9a-f]+)(?:.* ino:([0-9a-f]+))?", re.M
)

try:
    _libc: ctypes.CDLL | None = ctypes.CDLL(None, use_errno=True)
except OSError:
    _libc = None


class _Registration(NamedTuple):
    number: int
    events: int
    data: int


class KernelObjects:
    """The descriptors of code that a fork will share. Made before the fork, in its parent."""

    def __init__(self) -> None:
        self._links = {
            number: link
            for number, link in _links().items()
            if number > _LAST_STANDARD and _from_outside.get(number) != link and not is_own(number)
        }
        for number, link in self._links.items():
            if link.startswith(_ANONYMOUS):
                # A thread may have closed it.
                with contextlib.suppress(OSError):
                    _mark(number)

    def __bool__(self) -> bool:
        return bool(self._links)

    @property
    def has_files(self) -> bool:
        return any(link.startswith("/") for link in self._links.values())

    def replace(self) -> None:
        """Replaces them in the fork."""
        links = {number: link for number, link in self._links.items() if _is_shared(number, link)}
        registrations = {
            number: _registrations(number) for number, link in links.items() if link == _EPOLL
        }
        pipes: dict[str, list[int]] = defaultdict(list)
        sockets: dict[int, list[int]] = defaultdict(list)
        for number, link in links.items():
            if link.startswith(_SOCKET):
                sockets[int(link[len(_SOCKET) : -1])].append(number)
            elif link.startswith(_PIPE):
                pipes[link].append(number)
            elif link.startswith("/"):
                if "\nlock:" in _info(number):
                    _leave_lock(number)
            elif link in _NEW:
                _replace([[number]], functools.partial(_NEW[link], number))
        for numbers in pipes.values():
            _replace_pipe(numbers)
        _replace_sockets(sockets)
        # An epoll may watch another, so all of them are there first.
        for number in registrations:
            _replace([[number]], _new_epoll)
        for number, all_registered in registrations.items():
            for one in all_registered:
                _register(number, one)


def _is_shared(number: int, link: str) -> bool:
    """Returns whether a descriptor leads to the same object as before the fork.

    Libraries replace some of their own when they notice a fork, such as gRPC. The name of an
    anonymous object does not tell it from another of its kind, but a new one is without an owner.
    """
    try:
        is_alike = os.readlink(f"{_FOLDER}{number}") == link
        return is_alike and (not link.startswith(_ANONYMOUS) or _is_marked(number))
    except OSError:
        return False  # closed


def _mark(number: int) -> None:
    """Gives an anonymous object an owner, which has no effect without O_ASYNC."""
    if not _is_marked(number):
        fcntl.fcntl(number, fcntl.F_SETOWN, os.getpid())


def _is_marked(number: int) -> bool:
    return fcntl.fcntl(number, fcntl.F_GETOWN) != 0


def _links() -> dict[int, str]:
    """Returns all descriptors with their links in /proc. Empty without /proc."""
    links: dict[int, str] = {}
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(_FOLDER):
            with contextlib.suppress(FileNotFoundError):  # that of the list itself
                links[int(name)] = os.readlink(_FOLDER + name)
    return links


# Before any code: given to the service, for all that it runs.
_from_outside = _links()


def _info(number: int) -> str:
    with open(f"/proc/self/fdinfo/{number}") as info:
        return info.read()


def _field(info: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.*)$", info, re.M)
    return found[1] if found else "0"


def _replace(groups: Sequence[Iterable[int]], make: Callable[[], Sequence[int]]) -> None:
    """Puts each new descriptor in the place of a group of old ones, which are duplicates."""
    try:
        for group, new in zip(groups, make()):
            for number in group:
                os.set_blocking(new, os.get_blocking(number))
                os.dup2(new, number, inheritable=os.get_inheritable(number))
            os.close(new)
    except OSError:
        # There are no descriptors left. Without one, too, the fork cannot reach the object.
        for group in groups:
            for number in group:
                os.close(number)


def _call(name: str, *arguments: object) -> int:
    if _libc is None:
        raise OSError(f"{name}() is missing")
    result: int = _libc[name](*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


# Epolls


def _registrations(number: int) -> list[_Registration]:
    found = []
    for target, events, data, inode in _REGISTERED.findall(_info(number)):
        # The number may be that of something else by now, if a duplicate is still watched.
        with contextlib.suppress(OSError):
            if inode and os.fstat(int(target)).st_ino == int(inode, 16):
                found.append(_Registration(int(target), int(events, 16), int(data, 16)))
    return found


def _register(number: int, one: _Registration) -> None:
    event = struct.pack(_EVENT, one.events, one.data)
    # The descriptor may have been closed, or replaced by what cannot be watched.
    with contextlib.suppress(OSError):
        _call("epoll_ctl", number, _EPOLL_CTL_ADD, one.number, event)


def _new_epoll() -> list[int]:
    with select.epoll() as epoll:
        return [os.dup(epoll.fileno())]


# Counters, timers, watches, files


def _eventfd(number: int) -> list[int]:
    info = _info(number)
    flags = _EFD_SEMAPHORE if _field(info, "eventfd-semaphore") == "1" else 0
    count = int(_field(info, "eventfd-count"), 16)
    return [_call("eventfd", ctypes.c_uint(count), flags | _CLOSE_ON_EXEC)]


def _timerfd(number: int) -> list[int]:
    info = _info(number)
    new = _call("timerfd_create", int(_field(info, "clockid")), _CLOSE_ON_EXEC)
    times = (_field(info, name).strip("()").split(",") for name in ("it_interval", "it_value"))
    numbers = [int(number) for time in times for number in time]
    _call("timerfd_settime", new, 0, struct.pack("@qqqq", *numbers), None)
    return [new]


def _inotify(_number: int) -> list[int]:
    return [_call("inotify_init1", _CLOSE_ON_EXEC)]


_NEW: Mapping[str, Callable[[int], list[int]]] = {
    "anon_inode:[eventfd]": _eventfd,
    "anon_inode:[timerfd]": _timerfd,
    "anon_inode:inotify": _inotify,
}


def _leave_lock(number: int) -> None:
    """Opens a file again, where that is allowed: the lock belongs to the open file."""
    flags = fcntl.fcntl(number, fcntl.F_GETFL) & ~_FLAGS_OF_OPENING
    with contextlib.suppress(OSError):
        new = os.open(f"{_FOLDER}{number}", flags)
        os.lseek(new, os.lseek(number, 0, os.SEEK_CUR), os.SEEK_SET)
        _replace([[number]], lambda: [new])


# Pipes


def _replace_pipe(numbers: Sequence[int]) -> None:
    modes = {number: fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE for number in numbers}
    readers = [number for number, mode in modes.items() if mode == os.O_RDONLY]
    writers = [number for number, mode in modes.items() if mode == os.O_WRONLY]
    if readers and writers:
        _replace([readers, writers], functools.partial(_copied_pipe, readers[0]))
    elif readers:
        _replace([readers], functools.partial(_end_of_pipe, 0))
    else:
        _replace([writers], functools.partial(_end_of_pipe, 1))


def _copied_pipe(reader: int) -> tuple[int, int]:
    read, write = os.pipe()
    with contextlib.suppress(OSError):  # beyond the user's quota
        fcntl.fcntl(write, _F_SETPIPE_SZ, fcntl.fcntl(reader, _F_GETPIPE_SZ))
    with contextlib.suppress(OSError):  # empty
        _call("tee", reader, write, ctypes.c_size_t(_UNREAD_SIZE), _SPLICE_F_NONBLOCK)
    return read, write


def _end_of_pipe(end: int) -> list[int]:
    ends = os.pipe()
    os.close(ends[1 - end])
    return [ends[end]]


# Sockets


def _replace_sockets(sockets: Mapping[int, list[int]]) -> None:
    """Replaces sockets, by inode with their descriptors."""
    rest = dict(sockets)
    for inode in sorted(sockets):
        # socketpair() makes two sockets in succession. The kernel does not tell which belong
        # together.
        pair = [rest[number] for number in (inode, inode + 1) if number in rest]
        if len(pair) == 2 and all(_is_of_pair(numbers[0]) for numbers in pair):
            del rest[inode], rest[inode + 1]
            _replace(pair, functools.partial(_copied_pair, pair[0][0], pair[1][0]))
    for numbers in rest.values():
        if _is_connected(numbers[0]):
            _replace([numbers], _ended_socket)


def _is_of_pair(number: int) -> bool:
    if _option(number, _SO_DOMAIN) != socket.AF_UNIX:
        return False
    try:
        sizes = (_address_size("getsockname", number), _address_size("getpeername", number))
    except OSError:  # not connected
        return False
    return sizes == (_UNNAMED, _UNNAMED)


def _is_connected(number: int) -> bool:
    """Returns whether this is a stream that is open, or about to be."""
    is_stream = _option(number, socket.SO_TYPE) in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET)
    if not is_stream or _option(number, socket.SO_ACCEPTCONN):
        return False
    poll = select.poll()
    poll.register(number, 0)
    return not any(events & select.POLLHUP for _, events in poll.poll(0))


def _option(number: int, option: int) -> int:
    value = ctypes.c_int()
    size = ctypes.c_uint(ctypes.sizeof(value))
    # A socket object of Python's would apply its default timeout to the shared socket.
    _call("getsockopt", number, socket.SOL_SOCKET, option, ctypes.byref(value), ctypes.byref(size))
    return value.value


def _address_size(function: str, number: int) -> int:
    address = ctypes.create_string_buffer(128)
    size = ctypes.c_uint(len(address))
    _call(function, number, address, ctypes.byref(size))
    return size.value


def _copied_pair(one: int, other: int) -> tuple[int, int]:
    kind = _option(one, socket.SO_TYPE)
    new, new_other = socket.socketpair(socket.AF_UNIX, kind)
    for old, sender in ((one, new_other), (other, new)):
        sender.setblocking(False)
        unread = ctypes.create_string_buffer(_UNREAD_SIZE)
        with contextlib.suppress(OSError):  # nothing is unread
            flags = socket.MSG_PEEK | socket.MSG_DONTWAIT
            size = _call("recv", old, unread, ctypes.c_size_t(_UNREAD_SIZE), flags)
            sender.sendall(memoryview(unread)[:size])
    return new.detach(), new_other.detach()


def _ended_socket() -> list[int]:
    new, other = socket.socketpair()
    other.close()
    return [new.detach()]
