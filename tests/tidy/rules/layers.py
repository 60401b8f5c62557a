# SPDX-License-Identifier: Apache-2.0
"""Who may include whom: the table of docs/architecture.md, section 3, line by line."""

import re

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')

# The engine's folders in order: each may include the ones before it, and itself.
LAYERS = ('base', 'schema', 'codec', 'machinery')
COMPONENTS = ('client', 'etcd', 'apiserver', 'controllers', 'scheduler', 'node')

# What a driver may see of the engine beside the layers: its door, and the messages that
# come through it.
ENGINE_FACE = ('engine.h', 'env.h', 'mail.h', 'driver.h', 'inspect.h', 'trace.h', 'trace.def',
               'limits.h', 'node/runtime.h', 'node/proxy_rules.h', 'apiserver/apiserver.h',
               'etcd/etcd.h')

# What ISO C offers without touching the outside.
PURE_SYSTEM = {'glib.h', 'string.h', 'stddef.h', 'stdint.h', 'stdbool.h', 'stdarg.h', 'limits.h',
               'inttypes.h', 'float.h', 'math.h', 'stdalign.h', 'immintrin.h',
               'sanitizer/asan_interface.h'}

# A library by the beginning of its headers' names; what is not here is the system's.
LIBRARIES = {
    'glib': ('glib.h', 'glib-unix.h', 'glib/', 'glib-object.h', 'gobject/', 'gmodule.h'),
    'gio': ('gio/',),
    'json-glib': ('json-glib/',),
    'libsoup': ('libsoup/',),
    'gnutls': ('gnutls/',),
    'libmicrohttpd': ('microhttpd.h',),
    'libfyaml': ('libfyaml.h',),
    'gtk': ('gtk/', 'gdk/', 'gsk/', 'graphene', 'pango/', 'cairo', 'adwaita.h', 'gtksourceview/'),
    'cunit': ('CUnit/',),
}

DRIVER_LIBRARIES = {'glib', 'gio', 'json-glib'}
MAY_LINK = {
    'sim': {'glib', 'json-glib'},
    'exec': DRIVER_LIBRARIES | {'libsoup', 'gnutls'},
    'exec/agent': set(),
    'serve': DRIVER_LIBRARIES | {'libsoup', 'gnutls', 'libmicrohttpd'},
    'cli': DRIVER_LIBRARIES | {'libsoup', 'gnutls', 'libmicrohttpd'},
    'gui': DRIVER_LIBRARIES | {'gtk', 'gnutls'},
}
MAY_SEE = {
    'sim': ('sim/',),
    'exec': ('exec/',),
    'exec/agent': ('exec/agent/',),
    'serve': ('serve/',),
    'cli': ('cli/', 'sim/', 'exec/', 'serve/'),
    'gui': ('gui/', 'sim/', 'exec/exec.h', 'serve/serve.h', 'serve/span.h'),
}


def includes(tree, path):
    for number, line in enumerate(tree.lines(path), 1):
        match = INCLUDE.match(line)
        if match is not None:
            yield number, match.group(1) == '<', match.group(2)


def library_of(header):
    for library, beginnings in LIBRARIES.items():
        if header.startswith(beginnings):
            return library
    return None


def engine_folders(path):
    """The folders of engine/ that a file of it may include, and whether all of it."""
    parts = path.split('/')
    if len(parts) == 2:
        own = parts[1]
        if own.endswith('.c'):
            return LAYERS + COMPONENTS
        return LAYERS
    if parts[1] in LAYERS:
        return LAYERS[:LAYERS.index(parts[1]) + 1]
    return LAYERS + ('client', parts[1])


def engine_sees(path, header):
    folder = header.split('/')[0] if '/' in header else ''
    if folder == '':
        is_below_face = path.split('/')[1] in LAYERS
        return header == 'limits.h' if is_below_face else True
    if folder in engine_folders(path):
        return True
    is_message_header = header == f'{folder}/{folder}.h' and folder in COMPONENTS
    return is_message_header and path.split('/')[1] not in LAYERS


def engine_includes(tree):
    """engine/: base, schema, codec, machinery, then the components, in this order only."""
    for path in tree.select(('engine',), ('.c', '.h', '.def')):
        for number, is_system, header in includes(tree, path):
            if is_system:
                may_parse = path.startswith('engine/codec/') and header == 'libfyaml.h'
                if header not in PURE_SYSTEM and not may_parse:
                    yield path, number, f'engine/ may not include <{header}>'
            elif not tree.exists('engine/' + header) and not is_generated(header):
                yield path, number, f'"{header}" is not a path below engine/'
            elif not engine_sees(path, header):
                yield path, number, f'{path.rsplit("/", 1)[0]} may not include "{header}"'


def is_generated(header):
    return header.endswith(('.inc', '-generated.h', '.gen.h'))


def driver_folder(path):
    return 'exec/agent' if path.startswith('exec/agent/') else path.split('/')[0]


def driver_sees(folder, header):
    header = header[len('engine/'):] if header.startswith('engine/') else header
    if header.startswith(MAY_SEE[folder]):
        return True
    if folder == 'exec/agent':
        return False
    return header in ENGINE_FACE or header.split('/')[0] in LAYERS


def driver_includes(tree):
    """sim, exec, serve, cli, gui: the engine's public headers and what their row allows."""
    for path in tree.select(MAY_SEE, ('.c', '.h', '.def')):
        folder = driver_folder(path)
        for number, is_system, header in includes(tree, path):
            if is_system:
                library = library_of(header)
                if library is not None and library not in MAY_LINK[folder]:
                    yield path, number, f'{folder} may not use {library}: <{header}>'
            elif not (tree.exists(header) or tree.exists('engine/' + header) or
                      is_generated(header)):
                yield path, number, f'"{header}" is neither below the top nor below engine/'
            elif not driver_sees(folder, header):
                yield path, number, f'{folder} may not include "{header}"'


RULES = (engine_includes, driver_includes)

SEEDS = {
    engine_includes: [
        ({'engine/base/a.c': '#include "schema/b.h"\n', 'engine/schema/b.h': ''}, 'may not'),
        ({'engine/base/a.c': '#include "env.h"\n', 'engine/env.h': ''}, 'may not include "env.h"'),
        ({'engine/node/a.c': '#include "scheduler/queue.h"\n', 'engine/scheduler/queue.h': ''},
         'engine/node may not include "scheduler/queue.h"'),
        ({'engine/base/a.c': '#include <stdio.h>\n'}, 'may not include <stdio.h>'),
        ({'engine/schema/a.c': '#include <libfyaml.h>\n'}, 'may not include <libfyaml.h>'),
        ({'engine/base/a.c': '#include "b.h"\n', 'engine/base/b.h': ''}, 'not a path below'),
        ({'engine/a.h': '#include "node/kubelet.h"\n', 'engine/node/kubelet.h': ''}, 'may not'),
    ],
    driver_includes: [
        ({'sim/a.c': '#include "exec/exec.h"\n', 'exec/exec.h': ''}, 'sim may not include'),
        ({'exec/a.c': '#include "sim/sim.h"\n', 'sim/sim.h': ''}, 'exec may not include'),
        ({'serve/a.c': '#include "sim/sim.h"\n', 'sim/sim.h': ''}, 'serve may not include'),
        ({'sim/a.c': '#include "node/kubelet.h"\n', 'engine/node/kubelet.h': ''}, 'sim may not'),
        ({'cli/a.c': '#include <gtk/gtk.h>\n'}, 'cli may not use gtk'),
        ({'sim/a.c': '#include <gio/gio.h>\n'}, 'sim may not use gio'),
        ({'exec/agent/a.c': '#include <glib.h>\n'}, 'exec/agent may not use glib'),
    ],
}
