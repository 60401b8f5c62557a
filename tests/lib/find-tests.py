#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Registers tests by their names.

Reads C files and writes one C file that declares every function of the form

    void
    test_<subject>__<expectation> (void)

and lists them in the table `test_cases` that test_main.c runs. A name used
twice in one program is an error here, not a mystery of the linker.
"""

import os
import re
import sys

DEFINITION = re.compile(r'^(static\s+)?(?:void\s+)?(test_\w+?__\w+)\s*\(\s*void\s*\)\s*$', re.M)


def find(path):
    with open(path, encoding='utf-8') as f:
        text = f.read()
    found = []
    for match in DEFINITION.finditer(text):
        line = text.count('\n', 0, match.start()) + 1
        if match.group(1):
            sys.exit(f'{path}:{line}: {match.group(2)} is static and would never run')
        before = text[:match.start()].rstrip('\n').rsplit('\n', 1)[-1].strip()
        if 'void' not in match.group(0).split('(')[0] and before != 'void':
            if before == 'static void':
                sys.exit(f'{path}:{line}: {match.group(2)} is static and would never run')
            continue
        found.append((match.group(2), line))
    if not found:
        sys.exit(f'{path}: no function test_<subject>__<expectation> (void)')
    return found


def main(output, sources):
    seen = {}
    rows = []
    for path in sources:
        suite = os.path.splitext(os.path.basename(path))[0]
        for name, line in find(path):
            if name in seen:
                sys.exit(f'{path}:{line}: {name} is also in {seen[name]}')
            seen[name] = path
            rows.append((suite, name))
    with open(output, 'w', encoding='utf-8') as f:
        f.write('/* Written by find-tests.py. */\n#include "tests/lib/test.h"\n\n')
        for _, name in rows:
            f.write(f'void {name} (void);\n')
        f.write('\nconst TestCase test_cases[] = {\n')
        for suite, name in rows:
            f.write(f'  {{ "{suite}", "{name}", {name} }},\n')
        f.write('  { NULL, NULL, NULL },\n};\n')


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2:])
