"""A Jupyter server as it is, but that it asks for no token and holds back no output."""

import logging
import os
import socket

# What the debugger of a kernel would say of it at each start.
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
    """The server knows no way to tell which one it was given."""
    with socket.create_server(('127.0.0.1', 0)) as listening:
        return listening.getsockname()[1]


if __name__ == '__main__':
    port = free_port()
    app = ServerApp()
    app.initialize(argv=[*OPTIONS, f'--ServerApp.port={port}', '--ServerApp.port_retries=0'])
    app.log.setLevel(logging.CRITICAL + 1)  # a critical one says that it was told to end
    app.io_loop.add_callback(print, port, flush=True)
    app.start()
