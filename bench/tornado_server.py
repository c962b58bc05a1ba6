"""A plain Tornado server that runs posted code in its own process, as the first Fujian did."""

import contextlib
import io

from tornado import httpserver, ioloop, netutil, web, websocket

NAMESPACE = {'__name__': '__main__', 'FUJIAN_WS': None}


def run(source):
    stdout, stderr = io.StringIO(), io.StringIO()
    NAMESPACE['fujian_return'] = ''
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        exec(source, NAMESPACE)
    returned = str(NAMESPACE.pop('fujian_return', ''))
    return {'stdout': stdout.getvalue(), 'stderr': stderr.getvalue(), 'return': returned}


class MainHandler(web.RequestHandler):
    def set_default_headers(self):
        self.set_header('Server', 'Fujian/0')
        self.set_header('Access-Control-Allow-Origin', 'http://localhost:8000')

    def post(self):
        self.write(run(self.request.body.decode()))


class WebSocketHandler(websocket.WebSocketHandler):
    def open(self):
        self.set_nodelay(True)
        NAMESPACE['FUJIAN_WS'] = self

    def on_message(self, message):
        answer = run(message)
        if any(answer.values()):
            self.write_message(answer)


if __name__ == '__main__':
    app = web.Application([('/', MainHandler), ('/websocket/?', WebSocketHandler)])
    sockets = netutil.bind_sockets(0, '127.0.0.1')
    httpserver.HTTPServer(app).add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    ioloop.IOLoop.current().start()
