#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks the engine on purpose, one small change at a time, and asks whether a test notices.

    tools/mutate.py [--seed N] [--count N] [--under FOLDER] [--suites 'unit scenario ...']

Draws places by seed over the C files of engine/, applies each change in a copy of the tree
below build-mutants/, builds it without the window and with sanitizers (as the suite parity
builds the unit tests), and runs the suites one after the other until one fails. What is known
not to pass (tests/corpus/*-must-pass.txt) does not count, as in a whole ./test. A change that
does not compile is drawn again. Prints each as caught or SURVIVED, then `N caught, N
survived`; survivors are either a missing test or a change without meaning, and a person has
to say which.
"""

import argparse
import filecmp
import os
import random
import re
import shutil
import subprocess
import sys
import time

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, 'tests', 'tidy'))

from tree import functions, strip_c  # noqa: E402

# (what is looked for in code, what it becomes)
CHANGES = (
    (re.compile(r' < '), ' <= '), (re.compile(r' <= '), ' < '),
    (re.compile(r' > '), ' >= '), (re.compile(r' >= '), ' > '),
    (re.compile(r' == '), ' != '), (re.compile(r' != '), ' == '),
    (re.compile(r' && '), ' || '), (re.compile(r' \|\| '), ' && '),
    (re.compile(r' \+ '), ' - '), (re.compile(r' - '), ' + '),
    (re.compile(r'\bTRUE\b'), 'FALSE'), (re.compile(r'\bFALSE\b'), 'TRUE'),
    (re.compile(r'\bif \((?!!)'), 'if (!('),
    (re.compile(r'\breturn 0;'), 'return 1;'),
    (re.compile(r'\b1\b'), '2'),
    (re.compile(r'^( +)(k8_\w+|\w+_(?:set|add|put|remove|send|push)\w*) \([^;]*\);$'), r'\1;'),
    (re.compile(r'\+\+'), '--'),
    (re.compile(r'\bcontinue;'), 'break;'),
)


def places(path):
    """(line index, change index, column) of all that could be changed in function bodies."""
    with open(path, encoding='utf-8') as f:
        code = strip_c(f.read())
    lines = code.split('\n')
    inside = set()
    for function in functions(code):
        inside.update(range(function.body_line, function.body_line + function.n_lines - 2))
    found = []
    for number, line in enumerate(lines):
        if number not in inside or 'assert' in line or line.lstrip().startswith('#'):
            continue
        for index, (expression, _) in enumerate(CHANGES):
            found += [(number, index, match.start()) for match in expression.finditer(line)]
    return found


def change(text, number, index, column):
    """The text with the change made, or None if it cannot be made on one line."""
    lines = text.split('\n')
    expression, replacement = CHANGES[index]
    line = lines[number]
    match = expression.search(line, column) if column else expression.search(line)
    if match is None or match.start() != column:
        return None
    changed = line[:match.start()] + match.expand(replacement) + line[match.end():]
    if replacement == 'if (!(':
        if changed.count('(') != changed.count(')') + 1:
            return None
        changed = changed + ')'
    lines[number] = changed
    return '\n'.join(lines)


def copy_tree(target):
    os.makedirs(target, exist_ok=True)
    files = subprocess.run(['git', '-C', TOP, 'ls-files', '-z'], check=True, capture_output=True,
                           text=True).stdout.split('\0')
    for name in filter(None, files):
        source, copy = os.path.join(TOP, name), os.path.join(target, name)
        if not os.path.isfile(source):
            continue
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        if not os.path.exists(copy) or not filecmp.cmp(source, copy, shallow=False):
            shutil.copy(source, copy)


def run(tree, arguments, seconds=600):
    leaks = 'detect_leaks=1' if arguments[-1] == 'unit' else 'detect_leaks=0'
    return subprocess.run(arguments, cwd=tree, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, errors='replace', check=False,
                          env={**os.environ, 'TEST_TIMEOUT': str(seconds), 'ASAN_OPTIONS': leaks,
                               'ORRERY_MUST_PASS': os.path.join(tree, 'tests', 'corpus')})


def build(tree):
    if not os.path.exists(os.path.join(tree, 'build', 'build.ninja')):
        run(tree, ['meson', 'setup', 'build', '-Dgui=false', '-Dwerror=false', '-Doptimization=0',
                   '-Db_sanitize=address,undefined', '-Db_lundef=false'])
    run(tree, ['ninja', '-C', 'build'])


def passing_suites(tree, names):
    """Suite to seconds that it may take: enough for a slow day, not for an endless loop."""
    passing = {}
    for name in names:
        started = time.monotonic()
        done = run(tree, ['./test', name])
        seconds = time.monotonic() - started
        if done.returncode == 0:
            passing[name] = 30 + 3 * int(seconds)
        verdict = 'passes' if done.returncode == 0 else 'fails without a change and is left out'
        print(f'{name} {verdict} ({seconds:.0f} s)', flush=True)
    return passing


def is_caught(tree, suites):
    """None if the change does not compile, else the suite that failed, or ''."""
    for suite, seconds in suites.items():
        done = run(tree, ['./test', suite], seconds)
        if 'The build failed' in done.stderr:
            return None
        if done.returncode != 0:
            return suite
    return ''


def try_change(tree, path, number, index, column, suites):
    full = os.path.join(tree, path)
    with open(full, encoding='utf-8') as f:
        text = f.read()
    changed = change(text, number, index, column)
    if changed is None:
        return None
    with open(full, 'w', encoding='utf-8') as f:
        f.write(changed)
    try:
        caught = is_caught(tree, suites)
    finally:
        with open(full, 'w', encoding='utf-8') as f:
            f.write(text)
    if caught is not None:
        before = text.split('\n')[number].strip()
        after = changed.split('\n')[number].strip()
        print(f'{"caught by " + caught if caught else "SURVIVED"}: {path}:{number + 1}: '
              f'{before}  =>  {after}', flush=True)
    return caught


def all_places(under):
    for folder, folders, names in os.walk(os.path.join(TOP, under)):
        folders.sort()
        for name in sorted(names):
            if name.endswith('.c'):
                path = os.path.relpath(os.path.join(folder, name), TOP)
                for place in places(os.path.join(TOP, path)):
                    yield (path, *place)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=30)
    parser.add_argument('--under', default='engine')
    parser.add_argument('--suites', default='unit golden validation decisions fuzz http scenario '
                                            'controllers kubectl')
    options = parser.parse_args()
    tree = os.path.join(TOP, 'build-mutants', 'tree')
    copy_tree(tree)
    corpora = os.path.join(TOP, 'build-mutants', 'shared')
    if os.path.exists(os.path.join(TOP, '..', 'shared')) and not os.path.lexists(corpora):
        os.symlink(os.path.join('..', '..', 'shared'), corpora)
    build(tree)
    suites = passing_suites(tree, options.suites.split())
    if not suites:
        sys.exit('no suite passes without a change')
    candidates = list(all_places(options.under))
    random.Random(options.seed).shuffle(candidates)
    n_caught = n_survived = 0
    for place in candidates:
        if n_caught + n_survived == options.count:
            break
        caught = try_change(tree, *place, suites)
        n_caught += bool(caught)
        n_survived += caught == ''
    build(tree)
    print(f'{n_caught} caught, {n_survived} survived')


if __name__ == '__main__':
    main()
