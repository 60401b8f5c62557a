#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""expand-kinds.py HEADER TAGS DEPFILE TREE COMPILER...

Writes what the preprocessor makes of engine/schema/kinds.h, for those who read, grep and
complete: HEADER has every type and accessor in full, TAGS (sorted, as ctags writes them)
leads from each name to the row it was made of. Nothing includes HEADER.
GLib's header is left empty on the way, so its types stay words.
"""

import os
import re
import subprocess
import sys
import tempfile

MARKER = re.compile(r'# (\d+) "([^"]*)"')
KEPT = re.compile(r'engine/schema/(kinds\.h|accessors\.h|kinds/[\w]+\.def)$')
NAME = re.compile(r'\b(k8_\w+) \(|\b(?:typedef struct k8_\w+|struct k8_\w+_edit) (K8\w+);')
HEAD = '/* Written by the build from the rows of engine/schema/kinds. Read it; include kinds.h. */'


def preprocess(compiler, tree, header, depfile):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, 'glib.h'), 'w', encoding='utf-8'):
            pass
        return subprocess.run(
            [*compiler, '-E', '-MMD', '-MF', depfile, '-MT', header, '-isystem', folder,
             '-I', os.path.join(tree, 'engine'), '-include', 'schema/kinds.h', '-x', 'c',
             os.devnull],
            check=True, stdout=subprocess.PIPE, encoding='utf-8').stdout


def pieces(text):
    """Yields (text, path, line) of the lines that come from the schema's own files."""
    path, line = '', 0
    for content in text.split('\n'):
        marker = MARKER.match(content)
        if marker is not None:
            path, line = marker.group(2), int(marker.group(1))
            continue
        if content.strip() and KEPT.search(path):
            yield content, path, line
        line += 1


def declarations(text):
    """Yields (declaration, path, line): cut where no brace is open."""
    so_far, depth, start = '', 0, None
    for content, path, line in pieces(text):
        for part in re.findall(r'[^{};]*[{};]|[^{};]+$', content):
            if not so_far.strip():
                start = (path, line)
            so_far += ' ' + part
            depth += (part[-1] == '{') - (part[-1] == '}')
            is_end = part[-1] == ';' or (part[-1] == '}' and 'inline' in so_far)
            if depth == 0 and is_end:
                yield tidy(so_far), *start
                so_far = ''


def tidy(declaration):
    words = declaration.replace('G_GNUC_UNUSED', '').split()
    declaration = ' '.join(words).replace(' ;', ';').replace('( ', '(').replace(' )', ')')
    if declaration.startswith(('enum', 'typedef enum')):
        declaration = re.sub(r'([{,]) ?(?=\w)', r'\1\n  ', declaration).replace(', }', ',\n}')
    return declaration


def main(header, tags, depfile, tree, *compiler):
    found = {}
    with open(header, 'w', encoding='utf-8') as out:
        out.write(HEAD + '\n')
        for declaration, path, line in declarations(preprocess(compiler, tree, header, depfile)):
            out.write(declaration + '\n')
            name = NAME.search(declaration)
            if name is not None:
                found.setdefault(name.group(1) or name.group(2), (path, line))
    with open(tags, 'w', encoding='utf-8') as out:
        out.write('!_TAG_FILE_SORTED\t1\t\n')
        for name in sorted(found):
            path, line = found[name]
            out.write(f'{name}\t{os.path.abspath(path)}\t{line}\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
