"""Starts a stock Jupyter server, without a token and without its limit on output."""

import logging
import os
import socket

# Silences a warning that a kernel's debugger prints at each start.
os.environ['PYDEVD_DISABLE_FILE_VALIDATION'] = '1'

from jupyter_server.serverapp import ServerApp

OPTIONS = [
    '--ServerApp.ip=127.0.0.1',
    '--ServerApp.open_browser=False',
    '--ServerApp.allow_root=True',
    '--ServerApp.disable_check_xsrf=True',
    '--ServerApp.log_level=CRITICAL',
    '--IdentityProvider.token=',
    '--ZMQChannelsWebsocketConnection.limit_rate=False',
]

def free_port():
    """Returns a free port: the server cannot report one that it picked itself."""
    with socket.create_server(('127.0.0.1', 0)) as listening:
        return listening.getsockname()[1]


if __name__ == '__main__':
    port = free_port()
    app = ServerApp()
    app.initialize(argv=[*OPTIONS, f'--ServerApp.port={port}', '--ServerApp.port_retries=0'])
    app.log.setLevel(logging.CRITICAL + 1)  # silences the message about its own shutdown
    app.io_loop.add_callback(print, port, flush=True)
    app.start()
