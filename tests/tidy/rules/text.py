# SPDX-License-Identifier: Apache-2.0
"""Rules on the text of files: columns, tabs, lengths, head comments, words."""

import re

OURS = ('engine', 'sim', 'exec', 'serve', 'cli', 'gui')
MAX_COLUMNS = 100
WIDE = {'tests/lib/engines'}  # shell with long docker commands, kept as it was proven
MAX_LINES = {'.c': 800, '.h': 300}
HEAD = '/* SPDX-License-Identifier: Apache-2.0'
HEAD_LINES = (1, 30)  # up to 8 by the style guide; a drawing of states may make it longer


def is_test(path):
    return path.startswith('tests/')


def columns(tree):
    """Lines of at most 100 columns, no tabs, no space at the end, a newline at the end."""
    for path in tree.paths:
        if path.endswith(('.tsv', '.txt')):
            continue
        lines = tree.lines(path)
        limited = path not in WIDE and (path.endswith(('.c', '.h', '.py', '.sh')) or
                                        '.' not in path)
        for number, line in enumerate(lines, 1):
            if limited and len(line) > MAX_COLUMNS:
                yield path, number, f'{len(line)} columns, {MAX_COLUMNS} are allowed'
            if '\t' in line:
                yield path, number, 'a tab'
            if line != line.rstrip() and not path.endswith('.md'):
                yield path, number, 'space at the end of the line'
        if lines[-1] != '':
            yield path, len(lines), 'no newline at the end of the file'


def file_lengths(tree):
    """`.c` at most 800 lines, `.h` at most 300; tests and .def rows are exempt."""
    for path in tree.select(OURS, MAX_LINES):
        n_lines = tree.text(path).count('\n')
        limit = MAX_LINES[path[-2:]]
        if n_lines > limit:
            yield path, n_lines, f'{n_lines} lines, {limit} are allowed'


def head_comments(tree):
    """Each .c and .h begins with the licence line and a description."""
    for path in tree.select(OURS + ('tests', 'docs'), ('.c', '.h')):
        text = tree.text(path)
        if not text.startswith(HEAD + '\n'):
            yield path, 1, f'the file does not begin with "{HEAD}"'
            continue
        comment = text[len(HEAD):text.index('*/')] if '*/' in text else text
        said = [line for line in comment.split('\n') if line.strip(' *')]
        if not HEAD_LINES[0] <= len(said) <= HEAD_LINES[1]:
            yield path, 1, f'the head comment describes the file in {len(said)} lines'
    for path in tree.select(OURS, ('.def',)):
        if 'SPDX-License-Identifier: Apache-2.0' not in tree.lines(path)[0]:
            yield path, 1, 'the file does not begin with its licence line'


# Put together here, so that this file does not contain what it looks for.
OPEN_ENDS = re.compile(r'\b(' + '|'.join(['FIX' + 'ME', 'TO' + 'DO', 'X' + 'XX', 'HA' + 'CK']) +
                       r')\b|not ' + r'implemented|un' + r'implemented', re.I)
STAND_IN = re.compile(r'\bst' + r'ub(s|bed)?\b', re.I)
WORKPLACE = re.compile(r'(?<![\w.])/wo' + r'rk/')


def words(tree):
    """Nothing left open in the code, and no path of a machine it was written on."""
    for path in tree.paths:
        if path.endswith(('.md', '.tsv', '.txt')):
            continue
        for number, line in enumerate(tree.lines(path), 1):
            if OPEN_ENDS.search(line):
                yield path, number, f'left open: {line.strip()}'
            if STAND_IN.search(line) and not is_test(path):
                yield path, number, f'a stand-in: {line.strip()}'
            if WORKPLACE.search(line):
                yield path, number, f'a path of one machine: {line.strip()}'


LINK = re.compile(r'\]\(([^)#\s]+)(?:#[^)]*)?\)')
NAMED = re.compile(r'`((?:engine|sim|exec|serve|cli|gui|tests|tools|docs|scenarios)/[\w./-]+)`')


def links(tree):
    """What the documents link to exists; so does every path that the README and the
    reading order name."""
    for path in tree.paths:
        if not path.endswith('.md'):
            continue
        folder = path.rsplit('/', 1)[0] + '/' if '/' in path else ''
        for number, line in enumerate(tree.lines(path), 1):
            targets = [t for t in LINK.findall(line) if '://' not in t]
            for target in targets:
                if not tree.exists(normalise(folder + target)):
                    yield path, number, f'links to {target}, which is not there'
            if path in ('README.md', 'docs/reading-order.md'):
                for target in NAMED.findall(line):
                    if not tree.exists(target.rstrip('/')):
                        yield path, number, f'names {target}, which is not there'


def normalise(path):
    parts = []
    for part in path.split('/'):
        if part == '..' and parts:
            parts.pop()
        elif part not in ('', '.'):
            parts.append(part)
    return '/'.join(parts)


RULES = (columns, file_lengths, head_comments, words, links)

SEEDS = {
    columns: [
        ({'engine/a.c': 'x' * 101 + '\n'}, 'columns'),
        ({'engine/a.c': '\tx\n'}, 'a tab'),
        ({'engine/a.c': 'x \n'}, 'space at the end'),
        ({'engine/a.c': 'x'}, 'no newline'),
    ],
    file_lengths: [
        ({'engine/a.c': '\n' * 801}, '801 lines'),
        ({'engine/a.h': '\n' * 301}, '301 lines'),
    ],
    head_comments: [
        ({'engine/a.c': '/* Hello. */\n'}, 'does not begin'),
        ({'engine/a.c': HEAD + '\n */\n'}, 'in 0 lines'),
        ({'engine/a.c': HEAD + '\n * More.' * 31 + '\n */\n'}, 'in 31 lines'),
        ({'engine/a.def': 'K8_END (a)\n'}, 'licence line'),
    ],
    words: [
        ({'engine/a.c': '/* FIX' + 'ME later */\n'}, 'left open'),
        ({'engine/a.c': '/* not ' + 'implemented */\n'}, 'left open'),
        ({'sim/a.c': 'int st' + 'ub;\n'}, 'stand-in'),
        ({'sim/a.c': '"/wo' + 'rk/x"\n'}, 'path of one machine'),
    ],
    links: [
        ({'docs/a.md': 'See [b](b.md).\n'}, 'links to b.md'),
        ({'README.md': 'See `engine/none.c`.\n'}, 'names engine/none.c'),
    ],
}
