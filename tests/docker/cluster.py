# SPDX-License-Identifier: Apache-2.0
"""`orrery up` for tests: the program, its state folder, a kubectl for it, and waiting."""

import ctypes
import json
import mmap
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'))
BUILD = os.environ.get('ORRERY_BUILD') or os.path.join(TOP, 'build')
ORRERY = os.path.join(BUILD, 'cli', 'orrery')
SHIM = os.path.join(BUILD, 'tests', 'docker', 'libclock-shim.so')
WAIT_SECONDS = 40
SECOND = 1_000_000_000


def run(*args, **kwargs):
    return subprocess.run(args, capture_output=True, text=True, timeout=WAIT_SECONDS, **kwargs)


def list_engine():
    """All that the engine has: containers, networks, volumes, images."""
    found = set()
    for kind, args in (('container', ('ps', '-aq', '--no-trunc')),
                       ('network', ('network', 'ls', '-q', '--no-trunc')),
                       ('volume', ('volume', 'ls', '-q')),
                       ('image', ('images', '-q', '--no-trunc'))):
        found |= {f'{kind} {name}' for name in run('docker', *args).stdout.split()}
    return found


class Cluster:
    """The program, its state folder, and a kubectl for it."""

    def __init__(self, state=None, environment=None):
        self.folder = tempfile.mkdtemp(prefix='orrery-up-')
        self.state = state or os.path.join(self.folder, 'state')
        self.kubeconfig = os.path.join(self.folder, 'kubeconfig')
        self.environment = dict(os.environ, **(environment or {}))
        self.process = None
        self.said = []

    def up(self, *options):
        """Starts it; gives the seconds until it said `ready`."""
        began = time.monotonic()
        self.process = subprocess.Popen(
            [ORRERY, 'up', '--state', self.state, '--kubeconfig', self.kubeconfig, *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment)
        late = threading.Timer(WAIT_SECONDS, self.process.kill)
        late.start()
        self.said = []
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if line == 'ready\n':
                break
        late.cancel()
        if not self.said or self.said[-1] != 'ready':
            raise AssertionError('up: ' + ' / '.join(self.said))
        threading.Thread(target=self.listen, args=(self.process,), daemon=True).start()
        return time.monotonic() - began

    def listen(self, process):
        for line in process.stdout:
            self.said.append(line.rstrip())

    def image(self):
        return next(line.split()[-1] for line in self.said if 'demonstration image' in line)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(WAIT_SECONDS)
        return self.process.returncode

    def down(self):
        return run(ORRERY, 'down', '--state', self.state, '--grace', '1')

    def kubectl(self, *args, **kwargs):
        return run('kubectl', '--kubeconfig', self.kubeconfig, *args, **kwargs)

    def apply(self, manifest):
        done = self.kubectl('apply', '-f', '-', input=manifest.replace('IMAGE', self.image()))
        check(done.returncode == 0, done.stderr)

    def get(self, *args):
        done = self.kubectl('get', *args, '-o', 'json')
        check(done.returncode == 0, done.stderr)
        return json.loads(done.stdout)

    def label(self):
        with open(os.path.join(self.state, 'instance'), encoding='ascii') as file:
            return f'label=dev.orrery.instance={file.read().strip()}'

    def containers(self, name='', *options):
        """Those of this cluster and of a container or pod name: "NAME STATUS", a line each."""
        return run('docker', 'ps', *options, '--filter', self.label(), '--filter',
                   f'name={name}', '--format', '{{.Names}} {{.Status}}').stdout.splitlines()

    def volumes(self):
        return run('docker', 'volume', 'ls', '-q', '--filter', self.label()).stdout.split()

    def kill_one(self, name):
        run('docker', 'kill', self.containers(name)[0].split()[0])

    def pods(self):
        return {pod['metadata']['name']: pod for pod in self.get('pods')['items']}

    def clear(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if os.path.isdir(self.state):
            self.down()
        shutil.rmtree(self.folder, ignore_errors=True)


class Clocks:
    """The offsets of tests/docker/clock_shim.c."""

    def __init__(self, path):
        with open(path, 'wb') as file:
            file.write(bytes(16))
        self.file = open(path, 'r+b')
        self.memory = mmap.mmap(self.file.fileno(), 16)
        self.offsets = (ctypes.c_int64 * 2).from_buffer(self.memory)
        self.environment = {'LD_PRELOAD': SHIM, 'CLOCK_SHIM': path}

    def move(self, monotonic=0, wall=0):
        self.offsets[0] += monotonic
        self.offsets[1] += wall

    def pass_quickly(self, seconds, at_once=0.4):
        """So many seconds in a fiftieth of the time, in steps that are no leaps."""
        for _ in range(int(seconds / at_once)):
            self.move(monotonic=int(at_once * SECOND), wall=int(at_once * SECOND))
            time.sleep(at_once / 50)

    def pass_until(self, what, seconds, holds):
        for _ in range(0, seconds, 10):
            self.pass_quickly(10)
            if holds():
                return
        raise AssertionError(f'not within {seconds} s of its own: {what}')

    def run_at(self, rate):
        """From now on so much faster than real clocks."""
        def run():
            last = time.monotonic()
            while True:
                time.sleep(0.005)
                now = time.monotonic()
                passed = int((now - last) * (rate - 1) * SECOND)
                last = now
                self.move(monotonic=passed, wall=passed)
        threading.Thread(target=run, daemon=True).start()

    def now(self):
        return time.time() + self.offsets[1] / SECOND


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def wait_until(what, holds, seconds=WAIT_SECONDS):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return
        threading.Event().wait(0.1)
    raise AssertionError(f'not within {seconds} s: {what}')


def is_ready(thing):
    """A pod or a node."""
    return any(c['type'] == 'Ready' and c['status'] == 'True'
               for c in thing['status'].get('conditions', ()))


def count_restarts(pods):
    return {name: [c['restartCount'] for c in pod['status'].get('containerStatuses', ())]
            for name, pod in pods.items()}


def all_ready(cluster, n):
    pods = cluster.pods()
    return len(pods) == n and all(is_ready(pod) for pod in pods.values())


def find_missing(*programs):
    """What a machine lacks for these tests; None: nothing."""
    for name in programs:
        if shutil.which(name) is None:
            return name
    if run('docker', 'info').returncode != 0:
        return 'a Docker Engine that answers'
    if not os.path.exists('/bin/busybox'):
        return 'busybox-static'
    return None


def play(steps, *args):
    """Steps in their order, each after the ones before it; gives how many passed."""
    n_passed = 0
    for step in steps:
        try:
            step(*args)
        except (AssertionError, subprocess.TimeoutExpired, ValueError, IndexError,
                KeyError, OSError) as error:
            print(f'FAIL {step.__name__}: {error}', flush=True)
            break
        n_passed += 1
        print(f'ok   {step.__name__}', flush=True)
    return n_passed


def is_one_line(text, *words):
    lines = text.strip().splitlines()
    return len(lines) == 1 and all(re.search(word, lines[0]) for word in words)
