"""For what cannot be taken back: it is done in a process that ends with it."""

import json
import os
import traceback


def answer_of(function):
    """What the function returns in a forked child, as JSON keeps it."""
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
    """Root may raise limits again, and kill whom it likes."""
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
