"""User code can import what says that it is of the module `fujian`."""

import importlib
import pickle
import sys
import unittest

from python_side import public_module, unsupported

UnsupportedValueError = unsupported.UnsupportedValueError


def classes_below(one):
    for below in one.__subclasses__():
        yield below
        yield from classes_below(below)


class PublicModule(unittest.TestCase):
    def setUp(self):
        self.addCleanup(setattr, sys, "meta_path", sys.meta_path[:])
        self.addCleanup(sys.modules.pop, "fujian", None)
        public_module.offer_public_module("1.2.3", print)
        self.module = importlib.import_module("fujian")

    def test_has_every_class_that_is_of_it(self):
        classes = {one for one in classes_below(Exception) if one.__module__ == "fujian"}
        self.assertIn(UnsupportedValueError, classes)
        for one in classes:
            self.assertIs(getattr(self.module, one.__name__), one)
            self.assertIn(one.__name__, self.module.__all__)

    def test_errors_can_pass_to_another_process(self):
        error = pickle.loads(pickle.dumps(UnsupportedValueError("[0]", "a symbol")))
        self.assertEqual(
            str(error), "at [0] there is a symbol, which cannot be passed to JavaScript"
        )
