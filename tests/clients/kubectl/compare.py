# SPDX-License-Identifier: Apache-2.0
"""Recorded text against what was printed: placeholders, blanks, order.

A recorded text becomes an expression line by line. Lines that hold a generated name may stand
in another order, so neighbouring ones are compared as a multiset; so are the items of lists in
YAML and JSON, and the events of describe. The rules are those of the corpus's README.
"""

import re

B64 = r'[A-Za-z0-9_-]+'
HASH = r'[bcdfghjklmnpqrstvwxz2456789]{1,10}'
IPV4 = r'\d{1,3}(?:\.\d{1,3}){3}'
PLACEHOLDERS = {
    'UID': r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
    'RV': r'[0-9]+',
    'TIME': r'(?:20\d\d-\d\d-\d\d[T ][\d:.]+ ?(?:Z|[+-]\d\d:?\d\d)'
            r'|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} 20\d\d [\d:]+ (?:[+-]\d{4}|[A-Z]+))',
    'AGE': r'(?:\d+(?:\.\d+)?(?:ms|[ydhms])){1,3}',
    'SFX': r'[bcdfghjklmnpqrstvwxz2456789]{5}',
    'HASH': r'(?:[a-z0-9-]+-)?' + HASH,
    'EVT': r'[0-9a-f]{16}',
    'PODIP': IPV4, 'SVCIP': IPV4, 'NODEIP': IPV4,
    'PODCIDR': IPV4 + r'/\d+',
    'NODEPORT': r'\d{5}',
    'NODE': r'node-[1-3]', 'ZONE': r'zone-[abc]',
    'SERVER': r'https?://[\w.:-]+', 'ADDR': r'[\w.-]+:\d+', 'PORT': r'\d+',
    'JWT': r'\.'.join([B64] * 3), 'KEY': B64,
    'CONTINUE': r'[A-Za-z0-9_=-]+', 'ETAG': r'"?[0-9A-F]+"?',
    'KLOG': r'[EWIF]\d{4} [\d:.]+ +\d+ ?',
    'TMPFILE': r'\S+', 'LIVE': r'\S+', 'MERGED': r'\S+',
    'HOST': r'[\w.-]+', 'ID': r'[\w-]+', 'NS': r'[\w-]+',
}
PLACEHOLDER = re.compile('<(' + '|'.join(PLACEHOLDERS) + ')>')
GENERATED = re.compile('<(SFX|HASH|EVT)>')
MAX_SEARCH = 2000


def squeeze(text):
    """The blank rule: runs inside a line become two blanks, those at its end go."""
    lines = []
    for line in text.split('\n'):
        line = line.rstrip(' \t')
        body = line.lstrip(' \t')
        lines.append(line[:len(line) - len(body)] + re.sub(r'[ \t]{2,}|\t', '  ', body))
    return '\n'.join(lines)


def expression(text):
    """The expression of one recorded line or text."""
    parts, last = [], 0
    for match in PLACEHOLDER.finditer(text):
        parts += [re.escape(text[last:match.start()]), PLACEHOLDERS[match.group(1)]]
        last = match.end()
    return re.compile(''.join(parts + [re.escape(text[last:])]))


def equal(expected, actual):
    return expected == actual or expression(expected).fullmatch(actual) is not None


def match_multiset(expected, actual):
    """Whether each recorded piece finds a printed one of its own."""
    if len(expected) != len(actual):
        return False
    fits = [[j for j, text in enumerate(actual) if equal(piece, text)] for piece in expected]
    taken = {}

    def place(i, seen):
        for j in fits[i]:
            if j not in seen:
                seen.add(j)
                if j not in taken or place(taken[j], seen):
                    taken[j] = i
                    return True
        return False

    return all(place(i, set()) for i in range(len(expected)))


def match_lines(expected, actual):
    """Line by line; neighbouring lines with generated names in any order."""
    if len(expected) != len(actual):
        return False
    i = 0
    while i < len(expected):
        end = i
        while end < len(expected) and GENERATED.search(expected[end]):
            end += 1
        end = max(end, i + 1)
        if not match_multiset(expected[i:end], actual[i:end]):
            return False
        i = end
    return True


def split_items(lines):
    """The text before, the items of, and the text behind a list of objects; or None."""
    for start, marker in (('items:', '- '), ('    "items": [', '        {')):
        if start not in lines:
            continue
        at = lines.index(start) + 1
        items, i = [], at
        while i < len(lines) and (lines[i].startswith(marker) or (
                items and lines[i][:1] in (' ', '-') and not lines[i].startswith('    ]'))):
            if lines[i].startswith(marker):
                items.append([])
            items[-1].append(lines[i].rstrip(',') if lines[i].startswith('        }')
                             else lines[i])
            i += 1
        return lines[:at], ['\n'.join(item) for item in items], lines[i:]
    return None


def split_events(lines):
    """Before and behind the rows of the events of describe; they are sorted by equal times."""
    for i, line in enumerate(lines):
        if line == 'Events:' and i + 2 < len(lines):
            end = i + 3
            while end < len(lines) and lines[end].startswith('  '):
                end += 1
            return lines[:i + 3], lines[i + 3:end], lines[end:]
    return None


def match_parts(expected, actual):
    """Both split in the same way: head, multiset, tail."""
    return (match_lines(expected[0], actual[0]) and match_multiset(expected[1], actual[1])
            and match_text_lines(expected[2], actual[2]))


def match_text_lines(expected, actual):
    if match_lines(expected, actual):
        return True
    for split in (split_items, split_events):
        halves = split(expected), split(actual)
        if None not in halves and match_parts(*halves):
            return True
    return False


def is_event_list(argv):
    return len(argv) > 1 and (argv[1] == 'events' or argv[1] == 'get' and
                              any(word.split('.')[0] in ('events', 'event', 'ev')
                                  for word in argv[2:]))


def match(expected, actual, argv):
    """Whether a printed text is the recorded one."""
    actual = squeeze(actual)
    if equal(expected, actual):
        return True
    lines = expected.split('\n'), actual.split('\n')
    if match_text_lines(*lines):
        return True
    return is_event_list(argv) and match_multiset(*lines)
