# SPDX-License-Identifier: Apache-2.0
"""Rows of engine/schema/kinds/*.def against facts/api-fields.tsv and facts/api-enums.tsv.

A kind that is declared has every field of v1.36 under its JSON name, Protobuf tag and
type; pointers, omitempty, patch strategy, list type, default and the values of enums agree.
Messages that the facts do not know (Table, options, lists of kinds made by macro) are left
to the golden files.
"""

import csv
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
FACTS = os.path.join(HERE, '..', 'facts', 'api-fields.tsv')
ENUMS = os.path.join(HERE, '..', 'facts', 'api-enums.tsv')
COMMENT = re.compile(r'/\*.*?\*/', re.S)
MACRO = re.compile(r'\b(K8_[A-Z0-9_]+)\s*\(')
TYPELESS = {'K8_MESSAGE', 'K8_END', 'K8_KIND', 'K8_COLUMN'}

# What a Go type may be written as; a named type of the API is text unless listed.
PLAIN = {
    'string': 'K8_STRING', 'int32': 'K8_INT', 'int64': 'K8_INT64', 'bool': 'K8_BOOL',
    'float64': 'K8_DOUBLE', '[]string': 'K8_STRING_LIST', '[]int32': 'K8_INT_LIST',
    '[]int64': 'K8_INT64_LIST', '[]byte': 'K8_BYTES', 'map[string]string': 'K8_STRING_MAP',
    'map[string][]byte': 'K8_BYTES_MAP', 'resource.Quantity': 'K8_QUANTITY',
    'metav1.Time': 'K8_TIME', 'metav1.MicroTime': 'K8_MICRO_TIME', 'Time': 'K8_TIME',
    'MicroTime': 'K8_MICRO_TIME', 'intstr.IntOrString': 'K8_INT_OR_STRING',
    'ResourceList': 'K8_QUANTITY_MAP', 'v1.ResourceList': 'K8_QUANTITY_MAP',
    'runtime.RawExtension': 'K8_RAW', 'FieldsV1': 'K8_RAW',
}

MAX_DOC = 110

# Types with constants that are examples: other texts are as good, so no row lists them.
OPEN_TYPES = re.compile(r'.*ConditionType$|ConditionStatus$|.*Reason$|CauseType$|ResourceName$'
                        r'|SecretType$|StorageMedium$|FinalizerName$|ManagedFieldsOperationType$'
                        r'|RowConditionType$')

# What Go's markers name instead of a text, and a default that is the zero value anyway.
DEFAULT_REFERENCES = {'ref(AzureDataDiskCachingReadWrite)': 'ReadWrite',
                      'ref(AzureSharedBlobDisk)': 'Shared', 'false': 'FALSE', '0': None}

# Structs by value that are tagged omitzero too, which the facts do not carry.
OMITTED_ZERO = {('ObjectMeta', 'creationTimestamp')}


class Field:
    def __init__(self, number, inside, macro, attributes, doc, line):
        self.number = number
        self.inside = inside
        self.macro = macro
        self.attributes = attributes
        self.doc = doc
        self.line = line


def split_arguments(text, start):
    """(arguments, end) of the macro call whose '(' is at start."""
    parts, depth, begin, i, in_text = [], 0, start + 1, start, False
    while i < len(text):
        letter = text[i]
        if in_text:
            i += letter == '\\'
            in_text = letter != '"'
        elif letter == '"':
            in_text = True
        elif letter in '({':
            depth += 1
        elif letter in ')}':
            depth -= 1
            if depth == 0:
                parts.append(text[begin:i].strip())
                return parts, i + 1
        elif letter == ',' and depth == 1:
            parts.append(text[begin:i].strip())
            begin = i + 1
        i += 1
    return parts, len(text)


def unquote(text):
    return ''.join(re.findall(r'"((?:\\.|[^"\\])*)"', text))


def attributes_of(arguments):
    found = {}
    for argument in arguments:
        match = re.match(r'\.(\w+)\s*=\s*(.*)$', argument, re.S)
        if match:
            value = match.group(2).strip()
            found[match.group(1)] = unquote(value) if value.startswith('"') else value
    return found


def first_text(arguments):
    return next((unquote(a) for a in arguments if a.startswith('"')), '')


def rows(text):
    """Yields (message in C, Go's name, {json name: Field}, line) of one .def file; the
    message itself is the field ''."""
    text = COMMENT.sub(lambda m: re.sub(r'[^\n]', ' ', m.group(0)), text)
    position, fields, go_name, message, first = 0, {}, '', '', 1
    while True:
        match = MACRO.search(text, position)
        if match is None:
            return
        line = text.count('\n', 0, match.start()) + 1
        arguments, position = split_arguments(text, match.end() - 1)
        macro = match.group(1)
        if macro == 'K8_MESSAGE':
            message, go_name, first = arguments[1], unquote(arguments[2]), line
            fields = {'': Field(0, 0, macro, {}, first_text(arguments[3:]), line)}
        elif macro == 'K8_END':
            yield message, go_name, fields, first
        elif macro not in TYPELESS and len(arguments) > 3:
            attributes = attributes_of(arguments[4:])
            fields[unquote(arguments[3])] = Field(
                int(arguments[1]), int(attributes.get('inside', '0')), macro, attributes,
                first_text(arguments[4:]), line)


def read_table(path):
    with open(path, encoding='utf-8') as f:
        lines = [line for line in f if not line.startswith('#')]
    return csv.DictReader(lines, delimiter='\t', restval='')


def load_values():
    """{type: {group version: {values}}}; the empty text is what an absent field means."""
    found = {}
    for row in read_table(ENUMS):
        if row['value']:
            versions = found.setdefault(row['type'], {})
            versions.setdefault(row['group_version'], set()).add(row['value'])
    return found


def load_facts():
    """{Go's name: [{json name: row}, ...]}, one entry a group that has the struct."""
    structs = {}
    for row in read_table(FACTS):
        key = (row['group_version'], row['struct'])
        structs.setdefault(key, []).append(row)
    names = {name for _, name in structs} | {'Time', 'MicroTime', 'Quantity', 'IntOrString'}
    for fields in structs.values():
        for row in fields:
            go_type = row['go_type']
            row['is_struct'] = go_type[0].isalpha() and go_type.split('.')[-1] in names
    by_name = {}
    for (group, name), fields in structs.items():
        by_name.setdefault(name, []).append(expand(structs, group, fields))
    return by_name


def expand(structs, group, fields):
    """Puts the fields of embedded structs in the place of their `(inline)` row."""
    found = {}
    for row in fields:
        if row['json_name'] != '(inline)':
            found[row['json_name']] = dict(row, inside=0)
            continue
        if row['go_type'].endswith('TypeMeta'):
            continue
        for inner in structs.get((group, row['go_type']), []):
            found[inner['json_name']] = dict(inner, inside=int(row['pb_tag'] or 0))
    return found


def is_shown_always(fact):
    """Go leaves out an empty field only if it is told to and the type can be empty; a
    struct by value cannot. A pointer that is not left out shows as null."""
    if (fact['struct'], fact['json_name']) in OMITTED_ZERO:
        return False
    if fact['go_type'].startswith('*'):
        return not fact['omitempty']
    return not fact['omitempty'] or fact['is_struct']


def expected_attributes(fact):
    """What the row of this fact says, as (name, value as text or None)."""
    go_type = fact['go_type']
    strategy = fact['patch_strategy']
    return {
        'is_pointer': 'TRUE' if go_type.startswith('*') else None,
        'is_always': 'TRUE' if is_shown_always(fact) else None,
        'patch': {'merge': 'K8_PATCH_MERGE', 'retainKeys': 'K8_PATCH_RETAIN_KEYS',
                  'merge,retainKeys': 'K8_PATCH_MERGE_RETAIN_KEYS'}.get(strategy),
        'merge_key': fact['patch_merge_key'] or None,
        'list_type': {'atomic': 'K8_LIST_ATOMIC', 'set': 'K8_LIST_SET',
                      'map': 'K8_LIST_MAP'}.get(fact['list_type']),
        'list_keys': fact['list_map_keys'] or None,
    }


def expected_values(fact, values):
    """The texts that upstream declares for a field's type, or None if any will do."""
    go_type = fact['go_type'].replace('[]', '').lstrip('*').split('.')[-1]
    if OPEN_TYPES.match(go_type):
        return None
    versions = values.get(go_type, {})
    return versions.get(fact['group_version']) or next(iter(versions.values()), set())


def compare_values(name, field, fact, values):
    expected = expected_values(fact, values)
    said = set(filter(None, field.attributes.get('values', '').split('|')))
    if expected is not None and said != expected:
        yield f'{name}: .values are {sorted(said)}, upstream says {sorted(expected)}'


def compare_default(name, field, fact):
    """Rows may know more than the markers: most of upstream's defaults are functions."""
    expected = DEFAULT_REFERENCES.get(fact['default'], fact['default'])
    said = field.attributes.get('default_text', field.attributes.get('default_int'))
    if expected and said != expected:
        yield f'{name}: the default is {said}, upstream says {expected}'


def compare_field(name, field, fact):
    if field.number != int(fact['pb_tag'] or 0) or field.inside != fact['inside']:
        yield (f'{name} has tag {field.inside}/{field.number}, upstream '
               f'{fact["inside"]}/{fact["pb_tag"]}')
    macro = PLAIN.get(fact['go_type'].lstrip('*'))
    if macro is not None and macro != field.macro:
        yield f'{name} is {field.macro}, upstream {fact["go_type"]}'
    for attribute, value in expected_attributes(fact).items():
        said = field.attributes.get(attribute)
        if said != value:
            yield f'{name}: .{attribute} is {said}, upstream says {value}'


def compare_message(fields, facts, values):
    """Yields (line or None, what)."""
    for name in facts.keys() - fields.keys():
        yield None, f'lacks {name}'
    for name in fields.keys() - facts.keys() - {''}:
        yield fields[name].line, f'has {name}, which upstream does not'
    for name in sorted(fields.keys() & facts.keys()):
        for what in (*compare_field(name, fields[name], facts[name]),
                     *compare_values(name, fields[name], facts[name], values),
                     *compare_default(name, fields[name], facts[name])):
            yield fields[name].line, what


def rows_against_facts(tree):
    """Every field of a declared message is upstream's: name, tag, type, patch, list, values."""
    facts = load_facts()
    values = load_values()
    for path in tree.select(('engine/schema/kinds',), ('.def',)):
        for message, go_name, fields, first in rows(tree.text(path)):
            candidates = facts.get(go_name)
            if not candidates:
                continue
            findings = min((list(compare_message(fields, c, values)) for c in candidates),
                           key=len)
            for line, what in findings:
                yield path, line or first, f'{message}: {what}'


def rows_say_what_they_are(tree):
    """Every message and field has one short sentence for those who learn."""
    for path in tree.select(('engine/schema/kinds',), ('.def',)):
        for message, _, fields, _ in rows(tree.text(path)):
            for name, field in fields.items():
                if not field.doc.endswith('.') or len(field.doc) > MAX_DOC:
                    yield path, field.line, (f'{message} {name}: a sentence of at most '
                                             f'{MAX_DOC} characters is wanted, not "{field.doc}"')


def seed(row):
    return {'engine/schema/kinds/a.def':
            'K8_MESSAGE (PodOS, pod_os, "PodOS", "")\n' + row + '\nK8_END (pod_os)\n'}


RULES = (rows_against_facts, rows_say_what_they_are)

SEEDS = {
    rows_against_facts: [
        (seed('K8_STRING (pod_os, 2, name, "name", "", .is_always = TRUE)'), 'has tag 0/2'),
        (seed('K8_STRING (pod_os, 1, name, "nam", "", .is_always = TRUE)'), 'lacks name'),
        (seed('K8_STRING (pod_os, 1, name, "name", "")'), '.is_always is None'),
        (seed('K8_STRING (pod_os, 1, name, "name", "", .is_always = TRUE, .is_pointer = TRUE)'),
         '.is_pointer is TRUE'),
        ({'engine/schema/kinds/a.def':
          'K8_MESSAGE (PodDNSConfigOption, o, "PodDNSConfigOption", "")\n'
          'K8_STRING (o, 1, name, "name", "")\n'
          'K8_INT (o, 2, value, "value", "", .is_pointer = TRUE)\nK8_END (o)\n'},
         'value is K8_INT, upstream *string'),
    ],
    rows_say_what_they_are: [
        (seed('K8_STRING (pod_os, 1, name, "name", "A name.")'), 'pod_os : a sentence'),
        ({'engine/schema/kinds/a.def': 'K8_MESSAGE (A, a, "A", "An A.")\n'
          'K8_OBJECT (a, 1, b, "b", element, "", .is_pointer = TRUE)\nK8_END (a)\n'},
         'a b: a sentence'),
        ({'engine/schema/kinds/a.def': 'K8_MESSAGE (A, a, "A", "An A.")\n'
          'K8_LIST (a, 1, b, "b", element, "No full stop", .merge_key = "b.")\nK8_END (a)\n'},
         'not "No full stop"'),
        ({'engine/schema/kinds/a.def': 'K8_MESSAGE (A, a, "A", "' + 'A' * 110 + '.")\n'
          'K8_END (a)\n'}, 'not "AAA'),
    ],
}
