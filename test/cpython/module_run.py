"""Runs one module of CPython's own tests, and records the outcome of each test.

The same code runs it in a session and in a plain Python. It is not named `test_*`, so that nobody
takes it for a test of ours.
"""

import importlib
import importlib.util
import json
import unittest


def run(name, record):
    """Runs the tests of a module. Writes a line of JSON about each one to the file `record`."""
    outcomes = Outcomes(record)
    try:
        if not is_there(name):
            return outcomes.write(name, "absent")
        allow_no_resources()
        suite = load(name)
        if suite is None:
            return outcomes.write(name, "skipped")
        suite.run(outcomes)
    except BaseException as error:
        outcomes.write(name, "raised", type(error).__name__)
    outcomes.write("", "complete")


def is_there(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def allow_no_resources():
    """Skips tests that need the network, a screen, much disk or minutes."""
    from test import support

    support.use_resources = []


def load(name):
    try:
        module = importlib.import_module(name)
        return unittest.TestLoader().loadTestsFromModule(module)
    except unittest.SkipTest:
        return None


class Outcomes(unittest.TestResult):
    def __init__(self, record):
        super().__init__()
        self._record = record

    def write(self, name, outcome, detail=""):
        # Opened for each line, because tests count and close descriptors. By its absolute path,
        # because tests change the directory.
        with open(self._record, "a", encoding="ascii") as file:
            file.write(json.dumps([name, outcome, detail]) + "\n")

    def startTest(self, test):
        super().startTest(test)
        self.write(test.id(), "unfinished")

    def addSuccess(self, test):
        self.write(test.id(), "passed")

    def addError(self, test, error):
        self._failed(test, error)

    def addFailure(self, test, error):
        self._failed(test, error)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self._failed(test, error)

    def addSkip(self, test, reason):
        self.write(test.id(), "skipped", reason)

    def addExpectedFailure(self, test, error):
        self.write(test.id(), "expected failure")

    def addUnexpectedSuccess(self, test):
        self.write(test.id(), "unexpected success")

    def _failed(self, test, error):
        self.write(test.id(), "failed", self._exc_info_to_string(error, test))
