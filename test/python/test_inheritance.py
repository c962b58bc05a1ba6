"""Forks of a session, and what they leave to their parent."""

import asyncio
import atexit
import concurrent.futures
import ctypes
import fcntl
import gc
import multiprocessing
import multiprocessing.pool
import multiprocessing.util
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import warnings
import weakref
from multiprocessing import shared_memory
from pathlib import Path

from forked import answer_of
from native_thread import start_native_thread
from python_side import descriptors, inheritance

_LINUX = unittest.skipUnless(sys.platform == "linux", "sessions are forked only there")
_libc = ctypes.CDLL(None)
_fork_context = multiprocessing.get_context("fork")
# Ends the wait of a test that fails.
_LONG = 30


def setUpModule():
    # Each test ends its process with all that is open.
    warnings.simplefilter("ignore", ResourceWarning)
    warnings.simplefilter("ignore", DeprecationWarning)  # of forks with threads


def forked(in_fork):
    """Forks this process like a session. Returns what `in_fork` returns there, as text."""
    with inheritance.paused_collection():
        inherited = inheritance.Inheritance()
        read, write = os.pipe()
        write = descriptors.own_descriptor(write)
        pid = os.fork()
        if pid == 0:
            inherited.disarm()
    if pid == 0:
        try:
            answer = repr(in_fork())
        except BaseException as error:
            answer = repr(error)
        os.write(write, answer.encode())
        os._exit(0)
    os.close(write)
    with open(read) as told:
        answer = told.read()
    os.waitpid(pid, 0)
    return answer


def raised(function, *args):
    """Returns the message of the exception that a function raises."""
    try:
        return f"returned {function(*args)!r}"
    except Exception as error:
        return str(error)


def woken(loop):
    """Returns what a thread tells an event loop once the loop sleeps."""
    main = threading.get_ident()

    def tell():
        while sys._current_frames()[main].f_code.co_name != "select":
            time.sleep(0.001)
        return "awake"

    async def wait():
        return await asyncio.wait_for(loop.run_in_executor(None, tell), _LONG)

    return loop.run_until_complete(wait())


def unread(descriptor):
    """Returns what can be read without waiting."""
    os.set_blocking(descriptor, False)
    try:
        return os.read(descriptor, 1000).decode()
    except BlockingIOError:
        return "nothing"


def is_locked(path):
    with open(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@_LINUX
class KernelObjects(unittest.TestCase):
    """Each test runs in a process of its own, so that nothing else is open there."""

    def test_a_loop_that_ends_in_a_fork_leaves_its_parent_awake(self):
        def session():
            loop = asyncio.new_event_loop()

            return [forked(loop.close), woken(loop)]

        self.assertEqual(answer_of(session), ["None", "awake"])

    def test_a_loop_of_the_parent_works_in_a_fork(self):
        def session():
            loop = asyncio.new_event_loop()
            woken(loop)
            return forked(lambda: woken(loop))

        self.assertEqual(answer_of(session), "'awake'")

    def test_an_epoll_watches_the_same_and_is_private(self):
        def session():
            read, write = os.pipe()
            epoll, outer = select.epoll(), select.epoll()
            epoll.register(read, select.EPOLLIN)
            outer.register(epoll.fileno(), select.EPOLLIN)

            def in_fork():
                before = outer.poll(0)
                os.write(write, b"x")
                seen = [before, outer.poll(0), epoll.poll(0)] == [
                    [],
                    [(epoll.fileno(), select.EPOLLIN)],
                    [(read, select.EPOLLIN)],
                ]
                epoll.unregister(read)
                return seen

            answer = forked(in_fork)
            os.write(write, b"x")
            return [answer, epoll.poll(0) == [(read, select.EPOLLIN)]]

        self.assertEqual(answer_of(session), ["True", True])

    def test_what_a_library_has_renewed_itself_stays(self):
        def session():
            epoll = select.epoll()
            renewed = []

            def renew():
                renewed.append(select.epoll())
                os.dup2(renewed[0].fileno(), epoll.fileno())

            os.register_at_fork(after_in_child=renew)
            read, write = os.pipe()
            os.write(write, b"x")

            def in_fork():
                renewed[0].register(read, select.EPOLLIN)
                return epoll.poll(0) == [(read, select.EPOLLIN)]

            return forked(in_fork)

        self.assertEqual(answer_of(session), "True")

    def test_pipes_and_pairs_with_both_ends_here_are_copied_with_their_contents(self):
        def session():
            read, write = os.pipe()
            os.write(write, b"piped")
            one, other = socket.socketpair()
            one.send(b"to the other")
            other.send(b"to the one")
            sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            duplicate = os.dup(write)

            def in_fork():
                contents = unread(read), unread(one.fileno()), unread(other.fileno())
                os.write(duplicate, b"of the fork")
                one.send(b"of the fork")
                sender.send(b"of the fork")
                return [*contents, unread(read), unread(other.fileno()), receiver.recv(100)]

            answer = forked(in_fork)
            return [answer, *map(unread, (read, one.fileno(), other.fileno(), receiver.fileno()))]

        copied = (
            "['piped', 'to the one', 'to the other', 'of the fork', 'of the fork', b'of the fork']"
        )
        left = ["piped", "to the one", "to the other", "nothing"]
        self.assertEqual(answer_of(session), [copied, *left])

    def test_counters_timers_and_watches_are_private(self):
        def session():
            counter = _libc.eventfd(3, os.O_NONBLOCK)
            watch = _libc.inotify_init1(os.O_NONBLOCK)
            folder = tempfile.mkdtemp()
            watched = _libc.inotify_add_watch(watch, folder.encode(), 0x100)  # IN_CREATE
            timer = _libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK)
            hour = (ctypes.c_long * 4)(0, 0, 3600, 0)
            _libc.timerfd_settime(timer, 0, hour, None)

            def in_fork():
                count = int.from_bytes(os.read(counter, 8), sys.byteorder)
                removed = _libc.inotify_rm_watch(watch, watched)
                left = (ctypes.c_long * 4)()
                _libc.timerfd_gettime(timer, left)
                _libc.timerfd_settime(timer, 0, (ctypes.c_long * 4)(), None)
                return count, removed, 3000 < left[2] <= 3600

            answer = forked(in_fork)
            Path(folder, "created").touch()
            left = (ctypes.c_long * 4)()
            _libc.timerfd_gettime(timer, left)
            seen = b"created" in os.read(watch, 1000)
            os.remove(Path(folder, "created"))
            os.rmdir(folder)
            count = int.from_bytes(os.read(counter, 8), sys.byteorder)
            return [answer, count, seen, left[2] > 3000]

        self.assertEqual(answer_of(session), ["(3, -1, True)", 3, True, True])

    def test_a_connection_has_ended_in_a_fork_and_lives_on_in_its_parent(self):
        def session():
            listener = socket.create_server(("127.0.0.1", 0))
            client = socket.create_connection(listener.getsockname())
            server, _ = listener.accept()

            def in_fork():
                told = raised(client.send, b"goodbye")
                client.shutdown(socket.SHUT_RDWR)
                return client.recv(10), told

            answer = forked(in_fork)
            client.send(b"still here")
            return [answer, server.recv(100).decode()]

        self.assertEqual(answer_of(session), ["(b'', '[Errno 32] Broken pipe')", "still here"])

    def test_garbage_of_the_parent_is_not_collected_before_it_is_disarmed(self):
        def session():
            loop = asyncio.new_event_loop()
            loop.itself = loop
            threshold = gc.get_threshold()
            gc.set_threshold(1)  # collects at nearly every line
            try:
                del loop
                return forked(lambda: "forked")
            finally:
                gc.set_threshold(*threshold)

        self.assertEqual(answer_of(session), "'forked'")

    def test_a_connection_ends_with_its_parent_while_the_fork_lives(self):
        def session():
            listener = socket.create_server(("127.0.0.1", 0))
            client = socket.create_connection(listener.getsockname())
            cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            with inheritance.paused_collection():
                inherited = inheritance.Inheritance()
                pid = os.fork()
                if pid == 0:
                    inherited.disarm()
                    os.kill(os.getpid(), signal.SIGSTOP)
            os.waitpid(pid, os.WUNTRACED)
            client.close()
            cat.stdin.close()
            server, _ = listener.accept()
            server.settimeout(_LONG)
            ends = [server.recv(10).decode(), cat.wait(_LONG)]
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            cat.stdout.close()
            return ends

        self.assertEqual(answer_of(session), ["", 0])

    def test_unwritten_data_for_a_subprocess_is_not_written_twice(self):
        def session():
            cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            cat.stdin.write(b"once")
            answer = forked(lambda: (raised(cat.stdin.flush), cat.stdout.read()))
            return [answer, cat.communicate()[0].decode()]

        self.assertEqual(answer_of(session), ["('[Errno 32] Broken pipe', b'')", "once"])

    def test_listening_and_datagram_sockets_stay_shared(self):
        def session():
            listener = socket.create_server(("127.0.0.1", 0))
            datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            open_ones = [listener, datagrams]
            inodes = [os.fstat(one.fileno()).st_ino for one in open_ones]
            return forked(lambda: [os.fstat(one.fileno()).st_ino for one in open_ones] == inodes)

        self.assertEqual(answer_of(session), "True")

    def test_a_lock_on_a_file_stays_with_the_parent(self):
        def session():
            descriptor, path = tempfile.mkstemp()
            file = os.fdopen(descriptor, "r+")
            file.write("0123456789")
            file.flush()
            fcntl.flock(file, fcntl.LOCK_EX)

            def in_fork():
                fcntl.flock(file, fcntl.LOCK_UN)
                return os.lseek(file.fileno(), 0, os.SEEK_CUR)

            answer = forked(in_fork)
            was_locked = is_locked(path)
            os.remove(path)
            return [answer, was_locked]

        self.assertEqual(answer_of(session), ["10", True])

    def test_descriptors_stay_non_blocking_and_inheritable(self):
        def session():
            one, other = socket.socketpair()
            read, write = os.pipe()
            one.setblocking(False)
            os.set_inheritable(read, True)
            known = [one.fileno(), other.fileno(), read, write]

            def state():
                return [(os.get_blocking(fd), os.get_inheritable(fd)) for fd in known]

            before = repr(state())
            return forked(state) == before

        self.assertTrue(answer_of(session))

    def test_a_fork_without_room_for_descriptors_has_none_of_its_parent(self):
        def session():
            one, _other = socket.socketpair()
            connection = os.dup2(one.fileno(), 150)
            resource.setrlimit(resource.RLIMIT_NOFILE, (20, 4096))
            return forked(lambda: raised(os.fstat, connection))

        self.assertEqual(answer_of(session), "'[Errno 9] Bad file descriptor'")


@_LINUX
class Threads(unittest.TestCase):
    def test_are_named_native_ones_too(self):
        def session():
            stop = threading.Event()
            threading.Thread(target=stop.wait, name="worker", daemon=True).start()
            start_native_thread("rayon-worker-3")
            return inheritance.Inheritance().lost_threads

        self.assertEqual(answer_of(session), ["worker", "rayon-worker-3 (native)"])

    def test_keep_their_values_until_those_can_hurt_nobody(self):
        def session():
            read, write = os.pipe()
            local = threading.local()
            is_set = threading.Event()

            class Connection:
                def __del__(self):
                    os.write(write, b"goodbye")

            def work():
                local.connection = Connection()
                is_set.set()
                signal.pause()

            threading.Thread(target=work, daemon=True).start()
            is_set.wait()
            return [forked(lambda: unread(read)), unread(read)]

        self.assertEqual(answer_of(session), ["'goodbye'", "nothing"])


@_LINUX
class Executors(unittest.TestCase):
    def test_a_thread_pool_has_new_threads_and_ends_lost_work(self):
        def session():
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                stop, is_running = threading.Event(), threading.Event()
                running = pool.submit(lambda: (is_running.set(), stop.wait()))
                waiting = pool.submit(int)
                is_running.wait()
                pool._shutdown_lock.acquire()  # as a thread may
                answer = forked(
                    lambda: (
                        pool.submit(lambda: "done").result(_LONG),
                        raised(running.result, 0),
                        raised(waiting.result, 0),
                    )
                )
                pool._shutdown_lock.release()
                stop.set()
                return [answer, waiting.result()]

        lost = (
            "this work was submitted before this session was forked, and a fork does not have the "
            "threads that were to do it: submit it again"
        )
        self.assertEqual(answer_of(session), [repr(("done", lost, lost)), 0])

    def test_pools_of_processes_refuse_work_and_leave_their_workers_alone(self):
        def session():
            executor = concurrent.futures.ProcessPoolExecutor(1, mp_context=_fork_context)
            executor.submit(int).result()
            with executor, _fork_context.Pool(1) as pool:
                pool.apply(int)
                pools = [executor, pool]

                def in_fork():
                    refusals = raised(executor.submit, int), raised(pools[1].apply, int)
                    pools.clear()
                    gc.collect()
                    return refusals

                answer = forked(in_fork)
                return [answer, executor.submit(int).result(), pool.apply(int)]

        refused = (
            "this pool was made before this session was forked, and its workers belong to the "
            "parent: make a new one in the fork"
        )
        self.assertEqual(answer_of(session), [repr((refused, refused)), 0, 0])

    def test_results_of_a_lost_pool_end_with_an_error(self):
        def session():
            stop = threading.Event()
            pool = multiprocessing.pool.ThreadPool(1)
            one, several = pool.apply_async(stop.wait), pool.imap(int, [1])
            answer = forked(lambda: [raised(one.get, _LONG), raised(several.next, _LONG)])
            stop.set()
            pool.terminate()
            return answer

        lost = (
            "this work was submitted before this session was forked, and a fork does not have the "
            "processes that were to do it: make a new pool in the fork"
        )
        self.assertEqual(answer_of(session), repr([lost, lost]))


@_LINUX
class Processes(unittest.TestCase):
    def test_new_pools_and_managers_of_the_parent_work(self):
        def session():
            # The manager uses it too. This process ends without the exit function that removes it.
            folder = multiprocessing.util.get_temp_dir()
            with _fork_context.Manager() as manager:
                shared = manager.dict(a=1)

                def in_fork():
                    shared["b"] = 2
                    children = multiprocessing.active_children()
                    with _fork_context.Pool(1) as pool:
                        return pool.apply(int), children

                answer = [forked(in_fork), shared.copy()]
            shutil.rmtree(folder)
            return answer

        self.assertEqual(answer_of(session), ["(0, [])", {"a": 1, "b": 2}])

    def test_queues_and_locks_are_copies(self):
        def session():
            queue, lock = _fork_context.SimpleQueue(), _fork_context.Lock()
            queue.put("of the parent")
            held = _fork_context.RLock()
            held.acquire()

            def in_fork():
                held.release()
                queue._rlock.acquire()  # as a fork that is killed while it waits
                return lock.acquire(), queue._reader.recv(), queue.put("of the fork")

            answer = forked(in_fork)
            return [answer, lock.acquire(timeout=0), queue.get(), queue.empty()]

        told = "(True, 'of the parent', None)"
        self.assertEqual(answer_of(session), [told, True, "of the parent", True])

    def test_a_fork_starts_its_own_helpers(self):
        def session():
            folder = multiprocessing.util.get_temp_dir()  # of the fork servers, which are killed
            memory = shared_memory.SharedMemory(create=True, size=1)
            server = multiprocessing.get_context("forkserver")

            def start():
                process = server.Process(target=int)
                process.start()
                process.join()
                return process.exitcode

            def in_fork():
                own = shared_memory.SharedMemory(create=True, size=1)
                own.close()
                own.unlink()
                return start()

            sys.modules["__main__"].__file__ = None  # the server would run it
            exits = [start(), forked(in_fork), start()]
            memory.close()
            memory.unlink()
            shutil.rmtree(folder)
            return exits

        self.assertEqual(answer_of(session), [0, "0", 0])


@_LINUX
class Finalizers(unittest.TestCase):
    def test_temporary_files_of_the_parent_stay(self):
        def session():
            with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
                # Not by `with`: their ends in the fork are the test.
                kept = [tempfile.NamedTemporaryFile(), tempfile.TemporaryDirectory()]  # noqa: SIM115  # see above
                paths = [one.name for one in kept]

                def in_fork():
                    kept.clear()
                    gc.collect()
                    file.close()
                    with tempfile.TemporaryDirectory() as own:
                        pass
                    return os.path.exists(own)

                answer = forked(in_fork)
                return [answer, *map(os.path.exists, (*paths, file.name, folder))]

        self.assertEqual(answer_of(session), ["False", True, True, True, True])

    def test_exit_functions_of_the_parent_do_not_run_in_a_fork(self):
        def session():
            ran = []
            atexit.register(ran.append, "atexit")
            finalized = Executors()
            weakref.finalize(finalized, ran.append, "finalize")

            def in_fork():
                atexit.register(ran.append, "own")
                weakref.finalize(finalized, ran.append, "own finalize")
                atexit._run_exitfuncs()
                return ran

            return forked(in_fork)

        self.assertEqual(answer_of(session), "['own finalize', 'own']")
