/* SPDX-License-Identifier: Apache-2.0
 *
 * The trace: what happened, as records of types that trace.def lists once. A record names its
 * cause, the record that led to it, so "why?" is a walk upwards. The window's picture, the
 * timeline file, tests, explanations and the digest all read the trace and nothing else.
 * Usage: k8_trace (context, POD_BOUND, { K8_TEXT (pod), K8_TEXT (node), K8_NUMBER (score) });
 */
#pragma once

#include <glib.h>

#include "base/string.h"

typedef struct K8Context K8Context;

enum
{
  K8_TRACE_MAX_VALUES = 6,
};

typedef enum
{
  K8_TRACE_NONE,
#define K8_TRACE(TYPE, name, fields, doc) K8_TRACE_##TYPE,
#include "trace.def"
#undef K8_TRACE
  K8_N_TRACE_TYPES,
} K8TraceType;

/* How a field of a record is kept and shown. */
typedef enum
{
  K8_TRACE_FIELD_NONE,
  K8_TRACE_FIELD_TEXT,   /* a text of the region */
  K8_TRACE_FIELD_NUMBER, /* */
  K8_TRACE_FIELD_ACTOR,  /* a K8ActorId */
  K8_TRACE_FIELD_TIME,   /* virtual ns */
} K8TraceFieldType;

typedef struct
{
  const char *name;
  K8TraceFieldType type;
} K8TraceField;

typedef struct
{
  const char *name; /* "pod.bound" */
  const char *doc;
  K8TraceField fields[K8_TRACE_MAX_VALUES + 1];
} K8TraceInfo;
extern const K8TraceInfo k8_trace_infos[K8_N_TRACE_TYPES];

/* A value: a text (of any origin: it is interned), or a number. NULL is the empty text. */
typedef struct
{
  const char *text;
  gint64 number;
} K8TraceValue;
#define K8_TEXT(value)                                                                             \
  (K8TraceValue) { .text = k8_string_or_empty (value) }
#define K8_NUMBER(value)                                                                           \
  (K8TraceValue) { .number = (value) }

typedef struct
{
  gint64 now_ns;
  guint64 sequence; /* 1, 2, 3 … in the world */
  guint64 cause;    /* sequence of the record that led to it; 0 for an input */
  guint32 actor;
  guint16 type;
  guint16 n_values;
  /* Texts as handles of the region (counted), else the number itself. */
  gint64 value[K8_TRACE_MAX_VALUES];
} K8TraceRecord;

/* Records, with as many values as the type has fields; gives the sequence. */
guint64 k8_trace_record (K8Context *context, K8TraceType type, const K8TraceValue *values, guint n);
#define k8_trace(context, TYPE, ...)                                                               \
  k8_trace_record ((context), K8_TRACE_##TYPE, (const K8TraceValue[]) __VA_ARGS__,                 \
                   sizeof ((const K8TraceValue[]) __VA_ARGS__) / sizeof (K8TraceValue))

/* A record as one line of JSON without a newline: the timeline file. */
typedef struct K8Engine K8Engine;
void k8_trace_to_json (const K8Engine *engine, const K8TraceRecord *record, GString *out);
const char *k8_trace_get_text (const K8Engine *engine, const K8TraceRecord *record, guint index);
