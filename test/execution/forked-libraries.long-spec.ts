import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { install } from '../support/pip.js';
import { TestPython } from '../support/python.js';
import { anyPython } from '../support/pythons.js';

const PACKAGES = ['gevent', 'grpcio', 'pyzmq', 'requests', 'scikit-learn', 'trio', 'uvloop'];

const SERVER = `import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = str(self.client_address[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
fujian_return = server.server_port`;

const GRPC_SERVER = `import concurrent.futures, grpc
class Handler(grpc.GenericRpcHandler):
    def service(self, _):
        return grpc.unary_unary_rpc_method_handler(lambda request, _: b"heard " + request)
server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
server.add_generic_rpc_handlers((Handler(),))
fujian_return = server.add_insecure_port("127.0.0.1:0")
server.start()`;

/** How a library is used in a session, and again in a fork of it. */
interface Use {
  /** Starts a server in another session; its port replaces PORT. */
  readonly server?: string;
  readonly prepare: string;
  /** An expression. */
  readonly use: string;
  readonly answer: string;
  /** What has to precede the use in a fork. */
  readonly first?: string;
}

const USES: Readonly<Record<string, Use>> = {
  uvloop: {
    prepare: `import asyncio, time, uvloop
loop = uvloop.new_event_loop()
async def wait(): return await asyncio.to_thread(lambda: (time.sleep(0.05), "awake")[1])`,
    use: 'loop.run_until_complete(wait())',
    answer: 'awake',
  },
  trio: {
    prepare: `import trio
async def main(): return await trio.to_thread.run_sync(lambda: "awake")`,
    use: 'trio.run(main)',
    answer: 'awake',
  },
  gevent: {
    prepare: 'import gevent, os; os.register_at_fork(after_in_child=gevent.reinit)',
    use: 'gevent.spawn(gevent.get_hub().threadpool.apply, lambda: "awake").get()',
    answer: 'awake',
  },
  pyzmq: {
    prepare: `import zmq
def talk():
    one, other = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    other.connect(f"tcp://127.0.0.1:{one.bind_to_random_port('tcp://127.0.0.1')}")
    one.send(b"heard")
    return other.recv().decode()
context = zmq.Context()`,
    use: 'talk()',
    answer: 'heard',
    first: 'context = zmq.Context()',
  },
  requests: {
    server: SERVER,
    prepare: 'import requests; client = requests.Session()',
    use: 'client.get("http://127.0.0.1:PORT").status_code',
    answer: '200',
  },
  grpcio: {
    server: GRPC_SERVER,
    prepare: 'import grpc; call = grpc.insecure_channel("127.0.0.1:PORT").unary_unary("/a/b")',
    use: 'call(b"it", timeout=60).decode()',
    answer: 'heard it',
  },
  'scikit-learn': {
    prepare: `import numpy, sklearn.cluster, threadpoolctl
data = numpy.random.rand(5000, 8)`,
    use: 'sklearn.cluster.KMeans(4, n_init=1).fit(data).n_clusters',
    answer: '4',
    first: 'threadpoolctl.threadpool_limits(1, "openmp")',
  },
};

describe('after a session has used it, a library works in a fork and still in the session', () => {
  let folder: string;
  let python: TestPython;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fujian-libraries-'));
    await install(anyPython().path, '-m', 'venv', folder);
    const installed = join(folder, 'bin/python');
    // The newest of which there are wheels: others would take a compiler many minutes.
    const options = ['--quiet', '--only-binary', ':all:'];
    await install(installed, '-m', 'pip', 'install', ...options, ...PACKAGES);
    python = await TestPython.start({ python: installed });
  }, 600_000);
  afterAll(async () => {
    await python.close();
    rmSync(folder, { recursive: true });
  });

  it.each(Object.entries(USES))('%s', async (_, { server, prepare, use, answer, first = '' }) => {
    const session = await python.service.createSession();
    let port = '';
    if (server !== undefined) {
      const serving = await python.service.createSession();
      port = (await serving.execute(server)).return;
    }
    const run = async (code: string, isolated = false) => {
      const { return: value, error } = await session.execute(code.replaceAll('PORT', port), {
        isolated,
        timeout: 60_000,
      });
      return error ? error.traceback : value;
    };
    expect(await run(`${prepare}\nfujian_return = ${use}`)).toBe(answer);
    expect(await run(`${first}\nfujian_return = ${use}`, true)).toBe(answer);
    expect(await run(`fujian_return = ${use}`)).toBe(answer);
  });
});
