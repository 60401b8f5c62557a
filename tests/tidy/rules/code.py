# SPDX-License-Identifier: Apache-2.0
"""Rules on C code: lengths of functions, parameters, what engine/ may not say, lists."""

import re

from tree import functions

OURS = ('engine', 'sim', 'exec', 'serve', 'cli', 'gui')
MAX_FUNCTION_LINES = 70
MAX_PARAMETERS = 6


def function_lengths(tree):
    """A function has at most 70 lines."""
    for path in tree.select(OURS, ('.c', '.h')):
        for function in functions(tree.code(path)):
            if function.n_lines > MAX_FUNCTION_LINES:
                yield (path, function.line, f'{function.name} has {function.n_lines} lines, '
                       f'{MAX_FUNCTION_LINES} are allowed')


def parameters(tree):
    """A function has at most 6 parameters."""
    for path in tree.select(OURS, ('.c', '.h')):
        for function in functions(tree.code(path)):
            n = len(function.parameters)
            # libmicrohttpd's handlers have eight, and are not ours to shape.
            if any(p.startswith('struct MHD_Connection') for p in function.parameters):
                continue
            if n > MAX_PARAMETERS:
                yield (path, function.line, f'{function.name} has {n} parameters, '
                       f'{MAX_PARAMETERS} are allowed')


SPACE = re.compile(r'\b([A-Za-z_]\w*)\(')


def spaces(tree):
    """GTK style: a space before an opening parenthesis (macros' definitions excepted)."""
    for path in tree.select(OURS + ('tests',), ('.c', '.h')):
        in_macro = False
        for number, line in enumerate(tree.code(path).split('\n'), 1):
            is_macro = in_macro or line.lstrip().startswith('#')
            in_macro = is_macro and line.rstrip().endswith('\\')
            match = None if is_macro else SPACE.search(line)
            if match is not None:
                yield path, number, f'no space after {match.group(1)}'


# What the symbol net would find too, said here with its line; and what it cannot see.
BANNED = {
    'a clock': r'time|clock|clock_gettime|gettimeofday|g_get_(monotonic|real)_time|g_date_time_\w+',
    'chance': r's?rand(om)?|g_random_\w+|g_rand_\w+|g_uuid_\w+',
    'output': r'v?f?printf|f?puts|putchar|g_print(err)?|g_printf|g_stdout\w*',
    'a log': r'g_(warning|message|critical|error|debug|info|log|warn_if_\w+|warn_if_reached)',
    'a check that logs': r'g_return_(val_)?if_(fail|reached)',
    'GError': r'GError|g_(set|propagate|clear|prefix)_\w*error|g_error_\w+|g_quark_\w+',
    'GObject': r'GObject|GType|g_object_\w+|g_type_\w+|G_DEFINE_(?!AUTO)\w+|g_signal_\w+',
    'order of a hash table': r'g_hash_table_(iter_\w+|foreach\w*|get_keys\w*|get_values\w*|find)|'
                             r'GHashTableIter',
    'a sort of another': r'qsort(_r)?|bsearch|g_qsort_with_data|g_(ptr_)?array_sort\w*|'
                         r'g_list_sort\w*',
    'memory of the process': r'malloc|calloc|realloc|free|alloca|g_slice_\w+',
    'threads': r'pthread_\w+|g_thread_\w+|GMutex|g_mutex_\w+|g_atomic_\w+|_Atomic|_Thread_local',
    'input or output': r'f?open|fdopen|read|write|close|g_file_\w+|getenv|g_getenv',
    'jumps': r'setjmp|longjmp',
}
BANNED_CALLS = {why: re.compile(rf'(?<![\w.>])({names})\s*\(') for why, names in BANNED.items()}
BANNED_TYPES = re.compile(r'\b(GError|GObject|GType|GHashTableIter|GMutex|_Atomic|_Thread_local)\b')
FLOAT = re.compile(r'\b(float|double|gdouble|gfloat)\b')


def engine_calls(tree):
    """engine/ calls nothing that reads or changes the outside, and nothing without order."""
    for path in tree.select(('engine',), ('.c', '.h', '.def')):
        for number, line in enumerate(tree.code(path).split('\n'), 1):
            for why, expression in BANNED_CALLS.items():
                match = expression.search(line)
                if match is not None and not is_declaration(line, match):
                    yield path, number, f'{why}: {match.group(1)}'
            match = BANNED_TYPES.search(line)
            if match is not None:
                yield path, number, f'not in engine/: {match.group(1)}'


def is_declaration(line, match):
    """A struct's member or a macro may bear such a name: `void (*close) (...)`."""
    return line[:match.start()].rstrip().endswith(('(*', '->', '.'))


def engine_floats(tree):
    """Floating point in engine/ only in a file that says in its comments why."""
    for path in tree.select(('engine',), ('.c', '.h')):
        if 'loating point' in tree.text(path):
            continue
        for number, line in enumerate(tree.code(path).split('\n'), 1):
            if FLOAT.search(line):
                yield path, number, 'floating point, and no comment of the file says why'


def meson_lists(tree):
    """Every .c file of a folder is named in a meson.build of that folder or above."""
    for path in tree.select(OURS + ('tests/unit',), ('.c',)):
        folder, name = path.rsplit('/', 1)
        while True:
            build = folder + '/meson.build'
            short = path[len(folder) + 1:]
            if tree.exists(build) and f"'{short}'" in tree.text(build):
                break
            if '/' not in folder:
                yield path, 1, f'{name} is in no meson.build'
                break
            folder = folder.rsplit('/', 1)[0]


RULES = (function_lengths, parameters, spaces, engine_calls, engine_floats, meson_lists)


def function_of(n_lines, n_parameters):
    arguments = ', '.join(f'int a{i}' for i in range(n_parameters))
    return f'static int\nf ({arguments})\n{{\n' + '  g ();\n' * (n_lines - 2) + '}\n'


SEEDS = {
    function_lengths: [({'engine/a.c': function_of(71, 1)}, '71 lines')],
    parameters: [({'engine/a.c': function_of(3, 7)}, '7 parameters')],
    spaces: [({'engine/a.c': '  f(x);\n'}, 'no space after f')],
    engine_calls: [
        ({'engine/a.c': '  t = time (NULL);\n'}, 'a clock'),
        ({'engine/a.c': '  printf ("x");\n'}, 'output'),
        ({'engine/a.c': '  g_return_if_fail (x);\n'}, 'a check that logs'),
        ({'engine/a.c': '  g_hash_table_iter_init (&i, t);\n'}, 'order of a hash'),
        ({'engine/a.c': '  qsort (a, b, c, d);\n'}, 'a sort of another'),
        ({'engine/a.c': '  p = malloc (3);\n'}, 'memory of the process'),
        ({'engine/a.h': 'void f (GError **error);\n'}, 'not in engine/: GError'),
        ({'engine/a.c': 'G_DEFINE_TYPE (A, a, B)\n'}, 'GObject'),
    ],
    engine_floats: [({'engine/a.c': 'double x;\n'}, 'floating point')],
    meson_lists: [
        ({'engine/base/a.c': '\n', 'engine/base/meson.build': "files('b.c')\n"}, 'in no meson'),
    ],
}
