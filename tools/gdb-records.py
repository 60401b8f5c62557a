# SPDX-License-Identifier: Apache-2.0
"""Shows records in gdb as what they are: their present fields, by name.

    (gdb) source tools/gdb-records.py
    (gdb) print pod
    $1 = Pod {metadata: ObjectMeta {name: "web-1"}, spec: PodSpec {nodeName: "node-1"}}

Pointers to any sealed message (K8Pod *, K8Node *, ...), to K8Record and K8List are shown
this way; `print/r` shows the bare pointer. Reads the same tables as every walker.
"""

import re

import gdb

SPAN_BYTES = 1 << 32
MAX_ITEMS = 12
MAX_DEPTH = 8
NAMED = re.compile(r'^struct k8_[a-z0-9_]+$')
TYPES = {}
SYMBOLS = set()


def field_type(number):
    if not TYPES:
        for field in gdb.lookup_type('K8FieldType').strip_typedefs().fields():
            TYPES[field.enumval] = field.name[len('K8_FIELD_'):]
    return TYPES[number]


def symbols():
    """C's names of all messages: k8_pod_spec, ..."""
    if not SYMBOLS:
        table = gdb.parse_and_eval('k8_messages')
        for i in range(1, table.type.range()[1] + 1):
            SYMBOLS.add('k8_' + table[i]['symbol'].string())
    return SYMBOLS


def pointer(type_name):
    return gdb.lookup_type(type_name).pointer()


def at(neighbour, handle):
    """The address that a handle names in the region around an address."""
    return (neighbour & ~(SPAN_BYTES - 1)) + (handle << 3) if handle else 0


def text_at(neighbour, handle):
    if handle == 0:
        return 'null'
    head = gdb.Value(at(neighbour, handle)).cast(pointer('K8StringHead'))
    text = head['text'].address.cast(gdb.lookup_type('char').pointer())
    return '"' + text.string('utf-8', 'replace', int(head['length'])) + '"'


def slots_of(record):
    """{bit: (slot, slot above)} of a record's present low bits."""
    present = int(record['present'])
    info = gdb.parse_and_eval('k8_messages')[int(record['message'])]
    bits = [b for b in range(int(info['n_low_bits'])) if present >> b & 1]
    words = [int(record['slot'][i]) for i in range(len(bits))]
    return {bit: (words[i], words[i + 1] if i + 1 < len(words) else 0)
            for i, bit in enumerate(bits)}


def show_value(address, kind, words, depth):
    low, high = words
    if kind in ('OBJECT',):
        return show_record(at(address, low), depth)
    if kind in ('STRING', 'QUANTITY', 'BYTES', 'RAW'):
        return text_at(address, low)
    if kind == 'INT':
        return str(low - (1 << 32) if low >> 31 else low)
    if kind in ('INT64', 'TIME', 'MICRO_TIME', 'DOUBLE'):
        value = low | high << 32
        return str(value - (1 << 64) if value >> 63 else value)
    if kind == 'INT_OR_STRING':
        return str(high) if low == 0 else text_at(address, high)
    return show_list(at(address, low), depth)


def show_record(address, depth=0):
    record = gdb.Value(address).cast(pointer('K8Record')).dereference()
    info = gdb.parse_and_eval('k8_messages')[int(record['message'])]
    name = info['name'].string()
    if depth == MAX_DEPTH:
        return name + ' {...}'
    present, slots, said = int(record['present']), slots_of(record), []
    for i in range(int(info['n_fields'])):
        field = info['fields'][i]
        bit, kind = int(field['bit']), field_type(int(field['type']))
        if not present >> bit & 1:
            continue
        value = (['false', 'true'][present >> (bit + 1) & 1] if kind == 'BOOL'
                 else show_value(address, kind, slots[bit], depth + 1))
        said.append(f'{field["name"].string()}: {value}')
    return name + ' {' + ', '.join(said) + '}'


def show_list(address, depth=0):
    if address == 0:
        return '[]'
    a_list = gdb.Value(address).cast(pointer('K8List')).dereference()
    kind, n = field_type(int(a_list['type'])), int(a_list['n'])
    words = a_list['word']

    def item(i):
        if kind == 'LIST':
            return show_record(at(address, int(words[i])), depth + 1)
        if kind == 'STRING_LIST':
            return text_at(address, int(words[i]))
        if kind == 'INT_LIST':
            return str(int(words[i]))
        if kind == 'INT64_LIST':
            return str(int(words[2 * i]) | int(words[2 * i + 1]) << 32)
        key, value = int(words[2 * i]), int(words[2 * i + 1])
        shown = (show_list(at(address, value), depth + 1) if kind == 'STRING_LIST_MAP'
                 else text_at(address, value))
        return f'{text_at(address, key)}: {shown}'

    items = [item(i) for i in range(min(n, MAX_ITEMS))]
    if n > MAX_ITEMS:
        items.append(f'... {n} in all')
    return ('{' if kind.endswith('_MAP') else '[') + ', '.join(items) + \
           ('}' if kind.endswith('_MAP') else ']')


class RecordPrinter:
    def __init__(self, address, is_list):
        self.address = address
        self.is_list = is_list

    def to_string(self):
        return show_list(self.address) if self.is_list else show_record(self.address)


def find_printer(value):
    kind = value.type.strip_typedefs()
    if kind.code != gdb.TYPE_CODE_PTR or int(value) == 0:
        return None
    target = kind.target()
    if str(target.unqualified()) in ('K8Record', 'K8List'):
        return RecordPrinter(int(value), str(target.unqualified()) == 'K8List')
    name = str(target.strip_typedefs().unqualified())
    if NAMED.match(name) and not name.endswith('_edit') and name[len('struct '):] in symbols():
        return RecordPrinter(int(value), False)
    return None


gdb.pretty_printers.append(find_printer)
