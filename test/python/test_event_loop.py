"""The event loop of a session survives any user code."""

import asyncio
import contextlib
import contextvars
import io
import sys
import traceback
import unittest

from python_side import event_loop, interrupts


class EventLoopTest(unittest.TestCase):
    def setUp(self):
        self.loop = event_loop.EventLoop(interrupts.Interrupts(), contextvars.Context())
        self.addCleanup(self.close)

    def close(self):
        self.loop._loop.close()

    def test_is_not_stopped_by_code_that_stops_it(self):
        async def code():
            asyncio.get_running_loop().stop()
            await asyncio.sleep(0.01)
            return "done"

        self.assertEqual(self.loop.run(code()), "done")

    def test_runs_further_code_after_an_exit(self):
        async def leave():
            await asyncio.sleep(0)
            sys.exit(3)

        async def code():
            await asyncio.sleep(0.01)
            return "done"

        with self.assertRaises(SystemExit) as caught:
            self.loop.run(leave())
        files = [frame.filename for frame in traceback.extract_tb(caught.exception.__traceback__)]
        self.assertFalse([name for name in files if "asyncio" in name])
        self.assertEqual(self.loop.run(code()), "done")

    def test_tells_of_another_tasks_exit_and_goes_on(self):
        async def leave():
            sys.exit("elsewhere")

        async def code():
            task = asyncio.ensure_future(leave())
            await asyncio.sleep(0.01)
            return task.done() and type(task.exception())

        with contextlib.redirect_stderr(io.StringIO()) as told:
            self.assertIs(self.loop.run(code()), SystemExit)
        self.assertIn("SystemExit: elsewhere", told.getvalue())

    def test_needs_no_entry_in_the_modules(self):
        async def code():
            del sys.modules["asyncio"]
            raise ValueError("its own")

        self.addCleanup(sys.modules.__setitem__, "asyncio", asyncio)
        with self.assertRaisesRegex(ValueError, "its own"):
            self.loop.run(code())

    def test_shows_where_code_was_cancelled(self):
        async def raises():
            raise asyncio.CancelledError("mine")

        async def raises_another():
            try:
                raise asyncio.CancelledError("first")
            except asyncio.CancelledError:
                raise asyncio.CancelledError("mine") from None

        async def is_cancelled():
            asyncio.current_task().cancel("mine")
            await asyncio.sleep(0)

        for code in (raises, raises_another, is_cancelled):
            with self.subTest(code.__name__):
                error = self.error_of(code())
                self.assertEqual((type(error), str(error)), (asyncio.CancelledError, "mine"))
                _, ours, first, *_ = traceback.extract_tb(error.__traceback__)
                self.assertEqual((ours.name, first.name), ("run", code.__name__))

    def error_of(self, coroutine):
        try:
            self.loop.run(coroutine)
        except BaseException as error:
            return error
