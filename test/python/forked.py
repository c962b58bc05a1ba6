"""Runs irreversible test code in a forked process."""

import json
import os
import traceback


def answer_of(function):
    """Returns the JSON result of a function that runs in a forked child."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(write, json.dumps(function()).encode())
        except BaseException:
            traceback.print_exc()
        os._exit(0)
    os.close(write)
    with open(read, "rb") as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    return json.loads(text)


def become_nobody():
    """Gives up root, which may raise limits and kill any process."""
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
