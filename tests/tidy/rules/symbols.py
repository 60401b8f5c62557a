# SPDX-License-Identifier: Apache-2.0
"""The purity net: what the engine's objects call, and that they hold no changeable data.

The engine is compiled once more with fixed flags (a distribution's hardening and the
sanitizers would change the set of symbols) and joined by a partial link; what is
undefined then must stand in allow-symbols.txt, and .data, .bss must be empty.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import tempfile

FLAGS = ['-std=c17', '-O2', '-fno-lto', '-U_FORTIFY_SOURCE', '-fno-stack-protector',
         '-fno-sanitize=all', '-ffp-contract=off', '-fno-math-errno', '-fPIC', '-w',
         '-DG_LOG_DOMAIN="orrery"', '-DORRERY_VERSION="tidy"']
HERE = os.path.dirname(os.path.abspath(__file__))
ALLOWED = os.path.join(HERE, '..', 'allow-symbols.txt')


def build_folder():
    return os.environ.get('ORRERY_BUILD') or ''


def compiler():
    cc = (os.environ.get('CC') or 'cc').split()
    if cc[0] != 'ccache' and shutil.which('ccache'):
        cc = ['ccache'] + cc
    return cc


def flags_of(root):
    packages = subprocess.run(['pkg-config', '--cflags', 'glib-2.0', 'libfyaml'], check=True,
                              capture_output=True, text=True).stdout.split()
    march = ['-march=x86-64-v2'] if os.uname().machine == 'x86_64' else []
    paths = ['-iquote' + os.path.join(root, 'engine')]
    if build_folder():
        paths.append('-iquote' + os.path.join(build_folder(), 'engine'))
    return FLAGS + march + paths + packages


def is_fresh(target, depends):
    """The object is newer than all its dependency file names."""
    try:
        with open(depends, encoding='utf-8') as f:
            names = f.read().replace('\\\n', ' ').split(':', 1)[1].split()
        made = os.stat(target).st_mtime
        return all(os.stat(name).st_mtime < made for name in names)
    except (OSError, IndexError):
        return False


def compile_one(command, source, target):
    depends = target[:-1] + 'd'
    if is_fresh(target, depends):
        return ''
    os.makedirs(os.path.dirname(target), exist_ok=True)
    done = subprocess.run(command + ['-MD', '-MF', depends, '-c', source, '-o', target],
                          capture_output=True, text=True, check=False)
    return done.stderr if done.returncode != 0 else ''


def allowed_symbols():
    """{name: folder of engine/ that may use it, or '' for all}."""
    allowed = {}
    with open(ALLOWED, encoding='utf-8') as f:
        for line in f:
            name, _, folder = line.split('#')[0].strip().partition(' @')
            allowed[name] = folder
    return allowed


def undefined_symbols(joined):
    output = subprocess.run(['nm', '-u', joined], check=True, capture_output=True, text=True).stdout
    for line in output.split('\n'):
        if line.strip():
            yield re.sub(r'^__(.*)_chk$', r'\1', line.split()[-1])


def changeable_sections(path):
    output = subprocess.run(['size', '-A', path], check=True, capture_output=True, text=True).stdout
    for line in output.split('\n'):
        words = line.split()
        if len(words) >= 2 and re.match(r'\.(data|bss|tdata|tbss)', words[0]):
            if not words[0].startswith('.data.rel.ro') and int(words[1]) > 0:
                yield words[0], int(words[1])


def changeable_names(path):
    output = subprocess.run(['nm', path], check=True, capture_output=True, text=True).stdout
    return [words[2] for words in map(str.split, output.split('\n'))
            if len(words) == 3 and words[1] in 'bBdDC']


def check_objects(objects, work):
    """objects: {source path: object path}. Yields findings."""
    joined = os.path.join(work, 'engine-all.o')
    subprocess.run(['ld', '-r', '-o', joined] + sorted(objects.values()), check=True)
    allowed = allowed_symbols()
    outside = set(undefined_symbols(joined))
    for source, target in sorted(objects.items()):
        for name in sorted(outside.intersection(undefined_symbols(target))):
            # What is ours and defined nowhere is the linker's to find.
            if name.startswith('k8_'):
                continue
            if name not in allowed or not source.startswith(f'engine/{allowed[name]}'):
                yield source, 1, f'calls {name}, which allow-symbols.txt does not list here'
        for section, n_bytes in changeable_sections(target):
            names = ' '.join(changeable_names(target)[:5])
            yield source, 1, f'{n_bytes} bytes in {section}: state outside the world: {names}'


def compile_all(root, sources, work):
    """Yields findings for what does not compile; returns {source: object}."""
    command = compiler() + flags_of(root)
    objects = {s: os.path.join(work, s.replace('/', '_')[:-1] + 'o') for s in sources}
    findings = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        jobs = {pool.submit(compile_one, command, os.path.join(root, s), o): s
                for s, o in objects.items()}
        for job in concurrent.futures.as_completed(jobs):
            if job.result():
                findings.append((jobs[job], 1, 'does not compile: ' + job.result()[:400]))
    return objects, findings


def engine_symbols(tree):
    """The engine calls only what allow-symbols.txt lists and has no changeable data."""
    sources = list(tree.select(('engine',), ('.c',)))
    if not sources:
        return
    with tempfile.TemporaryDirectory() as scratch:
        root = tree.root
        if root is None:
            root = scratch
            for path in tree.paths:
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), 'w', encoding='utf-8') as f:
                    f.write(tree.text(path))
        keep = tree.root is not None and build_folder()
        work = os.path.join(build_folder(), 'tidy') if keep else os.path.join(scratch, 'o')
        os.makedirs(work, exist_ok=True)
        objects, findings = compile_all(root, sources, work)
        if findings:
            yield from findings
            return
        yield from check_objects(objects, work)


RULES = (engine_symbols,)


def seed(body, include=''):
    return {'engine/base/a.c': f'#include <glib.h>\n{include}\nint f (int x);\n{body}\n'}


SEEDS = {
    engine_symbols: [
        (seed('int f (int x) { return (int) time (0) + x; }', '#include <time.h>'), 'calls time'),
        (seed('int f (int x) { g_warning ("x"); return x; }'), 'calls g_log'),
        (seed('int f (int x) { static int n; return n += x; }'), '.bss'),
        (seed('int state = 3; int f (int x) { return state + x; }'), '.data'),
        (seed('extern const char *n[]; const char *n[] = {"a"}; int f (int x) { return n[x][0]; }'),
         '.data'),
        (seed('int f (int x) { g_return_val_if_fail (x, 1); return x; }'),
         'calls g_return_if_fail_warning'),
        (seed('int f (int x) { fy_parser_destroy (0); return x; }', '#include <libfyaml.h>'),
         'calls fy_parser_destroy'),
    ],
}
