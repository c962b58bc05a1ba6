"""Functions for the other libraries. As a program, prints JSON, or with `binary` raw bytes."""

import base64
import json
import sys

import numpy

DATA = numpy.random.default_rng(0).random(100 * 2**20 // 8)


def add(a, b):
    return a + b


def give():
    """Returns 100 MB of float64 as base64, for libraries that pass JSON."""
    return base64.b64encode(DATA).decode()


def take(text):
    return float(numpy.frombuffer(base64.b64decode(text))[-1])


def answer_in_bytes():
    while request := sys.stdin.buffer.read(1):
        if request == b"g":
            sys.stdout.buffer.write(memoryview(DATA).cast("B"))
        else:
            array = numpy.empty_like(DATA)
            sys.stdin.buffer.readinto(memoryview(array).cast("B"))
            sys.stdout.buffer.write(array[-1:].tobytes())
        sys.stdout.buffer.flush()


def answer_in_lines():
    functions = {"add": add}
    for line in sys.stdin:
        name, arguments = json.loads(line)
        sys.stdout.write(json.dumps(functions[name](*arguments)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:] == ["binary"]:
        answer_in_bytes()
    else:
        answer_in_lines()
