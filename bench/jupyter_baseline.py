"""Drives a Jupyter kernel as service-trials.mjs drives the service, and measures the same.

Reads one job per line and prints one line for each: {"value": …}, null if no answer came.
"""

import json
import os
import queue
import signal
import statistics
import sys
import time

from jupyter_client import KernelManager

# Silences a warning that a kernel's debugger prints at each start.
os.environ['PYDEVD_DISABLE_FILE_VALIDATION'] = '1'

# Seconds.
UNDER_WAY = 0.02
LATE = 3
NEVER = 3
PATIENCE = 60


class Kernel:
    def __init__(self):
        self.manager = KernelManager()
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.run('import os; print(os.getpid())')
        self.pid = int(self.text())

    def run(self, code):
        # With stop_on_error, a kernel drops requests sent right after an error.
        self.request = self.client.execute(code, stop_on_error=False)

    def begin(self, code):
        """Returns once the code is running."""
        self.run(code)
        while self.news(timeout=10)['msg_type'] != 'execute_input':
            pass

    def reply(self, timeout):
        return self.of_request(self.client.get_shell_msg, timeout)

    def news(self, timeout):
        return self.of_request(self.client.get_iopub_msg, timeout)

    def of_request(self, receive, timeout):
        """Skips messages of earlier requests, such as those of the kernel's startup."""
        while True:
            message = receive(timeout=timeout)
            if message['parent_header'].get('msg_id') == self.request:
                return message

    def text(self):
        """Returns the next output, which may arrive after the report that the code has ended."""
        while True:
            message = self.news(timeout=PATIENCE)
            if message['msg_type'] == 'stream':
                return message['content']['text']

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def is_idle(message):
    return message['content'].get('execution_state') == 'idle'


def interrupt(kernel, job):
    latencies = []
    until = time.monotonic() + job['seconds']
    while time.monotonic() < until:
        kernel.begin(job['code'])
        time.sleep(UNDER_WAY)
        started_at = time.perf_counter()
        kernel.manager.interrupt_kernel()
        reply = kernel.reply(timeout=10)
        latencies.append((time.perf_counter() - started_at) * 1000)
        if reply['content'].get('ename') != 'KeyboardInterrupt':
            raise RuntimeError(f'wrong answer: {reply}')
        while not is_idle(kernel.news(timeout=10)):
            pass
    return {
        'value': statistics.median(latencies),
        'p99': sorted(latencies)[int(len(latencies) * 0.99)],
    }


def death(kernel, job):
    kernel.begin(job['code'])
    if job.get('kill'):
        time.sleep(UNDER_WAY)
        os.kill(kernel.pid, signal.SIGKILL)
    started_at = time.perf_counter()
    try:
        kernel.reply(timeout=NEVER)
        return {'value': (time.perf_counter() - started_at) * 1000}
    except queue.Empty:
        return {'value': None}


def output(kernel, job):
    started_at = time.perf_counter()
    kernel.run(job['code'])
    received = 0
    while received < job['bytes']:
        received += len(kernel.text())
    seconds = time.perf_counter() - started_at
    kernel.reply(timeout=PATIENCE)
    return {'value': received / 1e6 / seconds}


def flood(kernel, job):
    """Reads nothing: a kernel may send nothing before the end of such code."""
    memory = Memory(os.getpid() if job['of'] == 'service' else kernel.pid)
    kernel.begin(job['code'])
    time.sleep(LATE)
    return {'value': memory.growth()}


def create(_kernel, job):
    """Times a new kernel from its start to its first reply."""
    latencies = []
    until = time.monotonic() + job['seconds']
    while not latencies or time.monotonic() < until:
        started_at = time.perf_counter()
        kernel = Kernel()
        latencies.append((time.perf_counter() - started_at) * 1000)
        kernel.close()
    return {'value': statistics.median(latencies)}


class Memory:
    """Measures how far a process grows from now on. See process-memory.mjs."""

    def __init__(self, pid):
        self.pid = pid
        with open(f'/proc/{pid}/clear_refs', 'w') as peak:
            peak.write('5')
        self.before = self.read('VmRSS')

    def growth(self):
        """Returns the peak growth in MB."""
        return self.read('VmHWM') - self.before

    def read(self, name):
        with open(f'/proc/{self.pid}/status') as status:
            for line in status:
                if line.startswith(name):
                    return int(line.split()[1]) * 1024 / 1e6
        raise RuntimeError(f'no {name}')


def main():
    measures = {
        'interrupt': interrupt,
        'death': death,
        'output': output,
        'flood': flood,
        'create': create,
    }
    kernel = Kernel()
    for line in sys.stdin:
        job = json.loads(line)
        answer = measures[job['measure']](kernel, job)
        print(json.dumps(answer), flush=True)
        if job['measure'] == 'death':
            kernel.close()
            kernel = Kernel()
    kernel.close()


if __name__ == '__main__':
    main()
