#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what readers and editors want to see of the rows in engine/schema/kinds:

    kinds-accessors.h   every accessor as a prototype, by message, with the row's sentence
    kinds.md            the reference page: every kind and message with its fields
    tags                for editors: each accessor leads to its row

Nothing is compiled from these. usage: schema-pages.py OUT_FOLDER DEPFILE ENGINE COMPILER...
"""

import os
import re
import subprocess
import sys

ROW = re.compile(r'^(K8_[A-Z0-9_]+) \(', re.M)
PROTOTYPE = re.compile(r'static inline ([^;{}=]+?\))\s*\{')
NAME = re.compile(r'(k8_\w+)\s*\(')
TEXT = re.compile(r'"((?:\\.|[^"\\])*)"')


class Row:
    def __init__(self, path, line, macro, arguments):
        self.path = path
        self.line = line
        self.macro = macro
        self.arguments = arguments

    def text(self, index):
        found = TEXT.findall(self.arguments[index]) if index < len(self.arguments) else []
        return ''.join(found).replace('\\"', '"')


def split_call(text, start):
    """Arguments of the call whose '(' is at start."""
    parts, depth, begin, i, quoted = [], 0, start + 1, start, False
    while i < len(text):
        letter = text[i]
        if quoted:
            i += letter == '\\'
            quoted = letter != '"'
        elif letter == '"':
            quoted = True
        elif letter in '({':
            depth += 1
        elif letter in ')}':
            depth -= 1
            if depth == 0:
                parts.append(text[begin:i].strip())
                break
        elif letter == ',' and depth == 1:
            parts.append(text[begin:i].strip())
            begin = i + 1
        i += 1
    return parts


def read_rows(path):
    with open(path, encoding='utf-8') as f:
        text = f.read()
    for match in ROW.finditer(text):
        line = text.count('\n', 0, match.start()) + 1
        yield Row(path, line, match.group(1), split_call(text, match.end() - 1))


def row_files(engine):
    kinds = os.path.join(engine, 'schema', 'kinds')
    with open(os.path.join(kinds, 'all.def'), encoding='utf-8') as f:
        names = re.findall(r'#include "schema/kinds/([\w.]+)"', f.read())
    return [os.path.join(kinds, name) for name in names]


def prototypes(engine, depfile, target, command):
    """Every inline function of the expanded schema, by name."""
    header = os.path.join(engine, 'schema', 'kinds.h')
    glib = subprocess.run(['pkg-config', '--cflags', 'glib-2.0'], check=True,
                          capture_output=True, text=True).stdout.split()
    text = subprocess.run(
        command + glib + ['-E', '-w', '-std=c17', '-iquote' + engine,
                          '-MD', '-MF', depfile, '-MT', target, '-x', 'c', header],
        check=True, capture_output=True, text=True).stdout
    found, ours = {}, False
    for line in text.split('\n'):
        if line.startswith('# '):
            ours = engine in line
        elif ours:
            for prototype in PROTOTYPE.findall(line):
                name = NAME.search(prototype)
                if name is not None:
                    found[name.group(1)] = ' '.join(prototype.split())
    return found


VERBS = '(?:set|has|clear|add|put|replace|remove|delete|insert|take|get|dup|edit)'


def accessors_of(message, name, names):
    """Accessors of one field: k8_<message>_[verb_]<name>[_part]."""
    expression = re.compile(
        rf'k8_{message}_(?:{VERBS}_)?{name}(?:_(?:n|at|get|key|value|bytes|values|find))?$')
    return [n for n in names if expression.match(n)]


def write_accessors(path, rows, found):
    tags = []
    with open(path, 'w', encoding='utf-8') as f:
        f.write('/* Written by tools/schema-pages.py for readers; nothing includes it. */\n')
        for row in rows:
            if row.macro == 'K8_MESSAGE':
                message = row.arguments[1]
                f.write(f'\n\n/* {row.arguments[0]}: {row.text(3)} */\n')
                mine = [n for n in found if n.startswith(f'k8_{message}_')]
                life = [n for n in mine if n[len(message) + 4:] in ('edit', 'seal', 'ref')]
                f.writelines(f'{found[n]};\n' for n in life)
                tags += [(n, row) for n in life]
            elif row.macro not in ('K8_END', 'K8_KIND', 'K8_COLUMN'):
                f.write(f'\n/* {row.text(3)}: {sentence(row)} */\n')
                for name in accessors_of(message, row.arguments[2], mine):
                    f.write(f'{found[name]};\n')
                    tags.append((name, row))
    return tags


def sentence(row):
    """The doc of a field: its first argument that begins with a quote after the JSON name."""
    for i in range(4, len(row.arguments)):
        if row.arguments[i].startswith('"'):
            return row.text(i)
    return ''


def type_of(row):
    name = row.macro[3:].lower().replace('_', ' ')
    if row.macro in ('K8_OBJECT', 'K8_LIST') and len(row.arguments) > 4:
        name = ('list of ' if row.macro == 'K8_LIST' else '') + row.arguments[4]
    return name


def write_page(path, rows):
    with open(path, 'w', encoding='utf-8') as f:
        f.write('# Kinds and their fields\n\nWritten by the build from `engine/schema/kinds`.\n')
        for row in rows:
            if row.macro == 'K8_MESSAGE':
                f.write(f'\n## {row.text(2)}\n\n{row.text(3)}\n\n| field | tag | type | |\n'
                        '|---|---|---|---|\n')
            elif row.macro == 'K8_KIND':
                group, version = row.text(2), row.text(3)
                where = f'{group}/{version}' if group else version
                f.write(f'\nKind of `{where}`, resource `{row.text(4)}`.\n')
            elif row.macro not in ('K8_END', 'K8_COLUMN'):
                said = sentence(row).replace('|', '\\|')
                f.write(f'| `{row.text(3)}` | {row.arguments[1]} | {type_of(row)} | {said} |\n')


def main():
    folder, depfile, engine, *command = sys.argv[1:]
    engine = os.path.abspath(engine)
    rows = [row for path in row_files(engine) for row in read_rows(path)]
    header = os.path.join(folder, 'kinds-accessors.h')
    found = prototypes(engine, depfile, header, command)
    tags = write_accessors(header, rows, found)
    write_page(os.path.join(folder, 'kinds.md'), rows)
    lines = sorted(f'{name}\t{row.path}\t{row.line};"\tf\n' for name, row in tags)
    with open(os.path.join(folder, 'tags'), 'w', encoding='utf-8') as f:
        f.write('!_TAG_FILE_SORTED\t1\t/sorted/\n')
        f.writelines(lines)


if __name__ == '__main__':
    main()
