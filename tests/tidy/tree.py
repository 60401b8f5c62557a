# SPDX-License-Identifier: Apache-2.0
"""The source tree as the rules see it: files, C text without comments, functions.

A rule is a function `check (tree)` that yields findings (path, line, text). It reads
only through Tree, so that its self-test can hand it a small tree made of strings.
"""

import os
import re

SOURCE_FOLDERS = ('engine', 'sim', 'exec', 'serve', 'cli', 'gui', 'tests', 'tools', 'docs')
SKIPPED_FOLDERS = {'corpus', '__pycache__', 'scenarios'}
TEXT_SUFFIXES = ('.c', '.h', '.def', '.py', '.sh', '.md', '.txt', '.tsv', '.build')


class Tree:
    """Files by path relative to the root, read when asked for."""

    def __init__(self, root=None, texts=None):
        self.root = root
        self._texts = dict(texts or {})
        self._stripped = {}
        self.paths = sorted(self._texts) if root is None else sorted(self._walk())

    def _walk(self):
        for name in os.listdir(self.root):
            if os.path.isfile(os.path.join(self.root, name)) and self._is_text(name):
                yield name
        for folder in SOURCE_FOLDERS:
            for where, folders, names in os.walk(os.path.join(self.root, folder)):
                folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS]
                for name in names:
                    path = os.path.relpath(os.path.join(where, name), self.root)
                    if self._is_text(name) or (os.access(os.path.join(where, name), os.X_OK)):
                        yield path

    @staticmethod
    def _is_text(name):
        return name.endswith(TEXT_SUFFIXES) or name in ('run', 'test')

    def text(self, path):
        if path not in self._texts:
            with open(os.path.join(self.root, path), encoding='utf-8') as f:
                self._texts[path] = f.read()
        return self._texts[path]

    def lines(self, path):
        return self.text(path).split('\n')

    def select(self, folders, suffixes):
        """Paths below one of the folders, ending with one of the suffixes."""
        for path in self.paths:
            if path.endswith(tuple(suffixes)) and path.startswith(tuple(f + '/' for f in folders)):
                yield path

    def exists(self, path):
        return path in self._texts or (
            self.root is not None and os.path.exists(os.path.join(self.root, path)))

    def code(self, path):
        """The C text with comments and the insides of literals blanked, lines kept."""
        if path not in self._stripped:
            self._stripped[path] = strip_c(self.text(path))
        return self._stripped[path]


TOKEN = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def strip_c(text):
    def blank(match):
        token = match.group(0)
        if token.startswith('/'):
            return re.sub(r'[^\n]', ' ', token)
        return token[0] + ' ' * (len(token) - 2) + token[-1]

    return TOKEN.sub(blank, text)


class Function:
    def __init__(self, name, line, body_line, n_lines, parameters):
        self.name = name
        self.line = line
        self.body_line = body_line
        self.n_lines = n_lines
        self.parameters = parameters


def split_parameters(text):
    parts, depth, start = [], 0, 0
    for i, letter in enumerate(text):
        if letter in '([{':
            depth += 1
        elif letter in ')]}':
            depth -= 1
        elif letter == ',' and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    parts.append(text[start:].strip())
    return [] if parts in (['void'], ['']) else parts


HEADER = re.compile(r'([A-Za-z_]\w*)\s*\(')


def read_header(header):
    """(name, parameters) of a function's head, or None if it is something else."""
    match = HEADER.search(header)
    if match is None or '=' in header[:match.start()]:
        return None
    depth = 0
    for i in range(match.end() - 1, len(header)):
        depth += {'(': 1, ')': -1}.get(header[i], 0)
        if depth == 0:
            return match.group(1), split_parameters(header[match.end():i])
    return None


def functions(code):
    """Function definitions of stripped C text, by braces in the first column."""
    lines = code.split('\n')
    start = 0
    i = 0
    while i < len(lines):
        line = lines[i]
        if line.startswith('{'):
            end = next((j for j in range(i + 1, len(lines)) if lines[j].startswith('}')), i)
            head = read_header('\n'.join(lines[start:i]).strip())
            if head is not None and lines[end].rstrip() == '}':
                yield Function(head[0], start + 1, i + 1, end - i + 1, head[1])
            i = end
            start = end + 1
        elif line.rstrip().endswith((';', '}')) or line.startswith('#') or not line.strip():
            start = i + 1
        i += 1
