/* SPDX-License-Identifier: Apache-2.0
 *
 * The trace: the table of record types, and the form of the timeline file.
 * Recording itself is in engine.c, next to the counters and the digest that it moves.
 */
#include "trace.h"

#include "base/assert.h"
#include "base/text.h"
#include "engine.h"

#define T(name) { name, K8_TRACE_FIELD_TEXT },
#define N(name) { name, K8_TRACE_FIELD_NUMBER },
#define A(name) { name, K8_TRACE_FIELD_ACTOR },
#define D(name) { name, K8_TRACE_FIELD_TIME },

const K8TraceInfo k8_trace_infos[K8_N_TRACE_TYPES] = {
#define K8_TRACE(TYPE, name_, fields_, doc_)                                                       \
  [K8_TRACE_##TYPE] = { .name = name_, .doc = doc_, .fields = { fields_ } },
#include "trace.def"
#undef K8_TRACE
};

/* A text field of a record, or "" . (transfer none) */
const char *
k8_trace_get_text (const K8Engine *engine, const K8TraceRecord *record, guint index)
{
  k8_assert (index < record->n_values);
  const char *text = k8_string_at (k8_engine_region (engine), (K8Handle) record->value[index]);
  return k8_string_or_empty (text);
}

/* A text as JSON shows it; names rarely need an escape. */
static void
append_json (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    {
      guint8 c = (guint8) *text;
      if (c == '"' || c == '\\')
        g_string_append_c (out, '\\');
      if (c >= 0x20)
        g_string_append_c (out, (char) c);
      else
        {
          g_string_append (out, "\\u");
          k8_text_append_hex (out, c, 4);
        }
    }
  g_string_append_c (out, '"');
}

static void
append_value (const K8Engine *engine, const K8TraceRecord *record, guint index, GString *out)
{
  switch (k8_trace_infos[record->type].fields[index].type)
    {
    case K8_TRACE_FIELD_TEXT:
      append_json (out, k8_trace_get_text (engine, record, index));
      break;
    case K8_TRACE_FIELD_ACTOR:
      append_json (out, k8_engine_actor_name (engine, (K8ActorId) record->value[index]));
      break;
    case K8_TRACE_FIELD_NUMBER:
    case K8_TRACE_FIELD_TIME:
      k8_text_append_i64 (out, record->value[index]);
      break;
    case K8_TRACE_FIELD_NONE:
      k8_assert_not_reached ();
      break;
    }
}

/**
 * k8_trace_to_json:
 * @out: the line is appended, without a newline
 *
 * A record as a line of the timeline file: {"t":ns,"n":sequence,"actor":…,"type":…,"cause":n,…}.
 */
void
k8_trace_to_json (const K8Engine *engine, const K8TraceRecord *record, GString *out)
{
  const K8TraceInfo *info = &k8_trace_infos[record->type];

  g_string_append (out, "{\"t\":");
  k8_text_append_i64 (out, record->now_ns);
  g_string_append (out, ",\"n\":");
  k8_text_append_i64 (out, (gint64) record->sequence);
  g_string_append (out, ",\"cause\":");
  k8_text_append_i64 (out, (gint64) record->cause);
  g_string_append (out, ",\"actor\":");
  append_json (out, k8_engine_actor_name (engine, record->actor));
  g_string_append (out, ",\"record\":");
  append_json (out, info->name);
  for (guint i = 0; i < record->n_values; i++)
    {
      g_string_append_c (out, ',');
      append_json (out, info->fields[i].name);
      g_string_append_c (out, ':');
      append_value (engine, record, i, out);
    }
  g_string_append_c (out, '}');
}
