/* SPDX-License-Identifier: Apache-2.0
 *
 * Causes, objects, Events, as text.
 */
#include "gui/why.h"

#include <string.h>

#include "base/string.h"
#include "codec/yaml.h"
#include "sim/look.h"

enum
{
  MAX_CHAIN = 60,
  MAX_SCAN = 1 << 18,
  MAX_EVENTS = 200,
  MAX_STORY = 30,
  MAX_LOOKED_AT = 400, /* milestones */
};

/* Whether a record has both texts, or the key of the object. */
static gboolean
names (const K8TraceRecord *record, K8Handle namespace_name, K8Handle name)
{
  const K8TraceInfo *info = &k8_trace_infos[record->type];
  gboolean has_name = FALSE;
  gboolean has_namespace = namespace_name == 0;

  for (guint i = 0; i < record->n_values; i++)
    if (info->fields[i].type == K8_TRACE_FIELD_TEXT)
      {
        has_name = has_name || record->value[i] == (gint64) name;
        has_namespace = has_namespace || record->value[i] == (gint64) namespace_name;
      }
  return has_name && has_namespace;
}

/* The handle of an object's key in etcd; 0: nothing was ever written there. */
static K8Handle
find_key (K8Region *region, const K8KindInfo *kind, const char *namespace_name, const char *name)
{
  g_autofree char *key =
      namespace_name == NULL
          ? g_strdup_printf ("/registry/%s/%s", kind->plural, name)
          : g_strdup_printf ("/registry/%s/%s/%s", kind->plural, namespace_name, name);

  return k8_string_handle (k8_string_find (region, key));
}

static gboolean
writes (const K8TraceRecord *record, K8Handle key)
{
  return (record->type == K8_TRACE_ETCD_PUT || record->type == K8_TRACE_ETCD_DELETE) &&
         record->value[0] == (gint64) key;
}

guint64
gui_why_find (GuiPlayer *player,
              const K8KindInfo *kind,
              const char *namespace_name,
              const char *name)
{
  const GuiLog *log = gui_player_log (player);
  K8Region *region = gui_log_region (log);
  K8Handle handle = k8_string_handle (k8_string_find (region, name));
  K8Handle key = kind == NULL ? 0 : find_key (region, kind, namespace_name, name);
  K8Handle space =
      namespace_name == NULL ? 0 : k8_string_handle (k8_string_find (region, namespace_name));
  guint64 sequence = gui_player_sequence (player);
  guint64 named = 0;

  for (guint i = 0; handle != 0 && i < MAX_SCAN; i++, sequence--)
    {
      const K8TraceRecord *record = gui_log_find (log, sequence);
      if (record == NULL)
        break;
      if (key != 0 && writes (record, key))
        return sequence;
      if (named == 0 && names (record, space, handle))
        named = sequence;
      if (named != 0 && key == 0)
        break;
    }
  return named;
}

static void
append_line (GuiPlayer *player, const K8TraceRecord *record, GString *out)
{
  g_autofree char *time = gui_model_dup_exact_time (record->now_ns);

  g_string_append_printf (out, "%s  ", time);
  gui_log_append_sentence (gui_player_world (player)->engine, record, out);
  if (record->type == K8_TRACE_MESSAGE_SENT)
    g_string_append_c (out, '\n');
  else
    g_string_append_printf (out, "\n    %s\n", k8_trace_infos[record->type].doc);
}

void
gui_why_append (GuiPlayer *player, guint64 sequence, GString *out)
{
  const GuiLog *log = gui_player_log (player);
  const K8TraceRecord *record = gui_log_find (log, sequence);
  guint n = 0;

  for (; record != NULL && n < MAX_CHAIN; record = gui_log_find (log, record->cause))
    if (n == 0 || record->type != K8_TRACE_MESSAGE_RECEIVED)
      {
        if (n++ == 1)
          g_string_append (out, "\nbecause, latest first:\n\n");
        append_line (player, record, out);
      }
  if (record != NULL)
    g_string_append (out, "… earlier causes are left out\n");
}

/* Whether a type of record tells something of an object's life, not of how it was written down. */
static gboolean
is_of_life (guint16 type)
{
  switch (type)
    {
    case K8_TRACE_PLAN_WRITE:
    case K8_TRACE_ADMISSION_REFUSED:
    case K8_TRACE_NODE_REGISTERED:
    case K8_TRACE_NODE_READINESS:
    case K8_TRACE_KUBELET_POD_ADDED:
    case K8_TRACE_KUBELET_REJECTED:
    case K8_TRACE_POD_SANDBOX:
    case K8_TRACE_POD_STATUS:
    case K8_TRACE_CONTAINER_STARTED:
    case K8_TRACE_CONTAINER_EXITED:
    case K8_TRACE_PROBE_CHANGED:
    case K8_TRACE_SCHEDULE_DECIDED:
    case K8_TRACE_POD_BOUND:
    case K8_TRACE_POD_UNSCHEDULABLE:
      return TRUE;
    default:
      return FALSE;
    }
}

guint
gui_why_append_story (GuiPlayer *player, const char *namespace_name, const char *name, GString *out)
{
  const GuiLog *log = gui_player_log (player);
  K8Region *region = gui_log_region (log);
  K8Handle handle = k8_string_handle (k8_string_find (region, name));
  K8Handle space =
      namespace_name == NULL ? 0 : k8_string_handle (k8_string_find (region, namespace_name));
  guint64 sequence = gui_player_sequence (player);
  guint n = 0;

  for (guint i = 0; handle != 0 && i < MAX_SCAN && n < MAX_STORY; i++, sequence--)
    {
      const K8TraceRecord *record = gui_log_find (log, sequence);
      if (record == NULL)
        break;
      if (!is_of_life (record->type) || !names (record, space, handle))
        continue;
      append_line (player, record, out);
      n++;
    }
  return n;
}

/* "pod default/web-1 created" of a key that was written. */
static void
append_write (const char *key, const char *done, GString *out)
{
  g_auto (GStrv) parts = g_strsplit (key, "/", 5);
  guint n = g_strv_length (parts); /* "", registry, plural, namespace, name */

  if (n == 5)
    g_string_append_printf (out, "%s %s/%s %s", parts[2], parts[3], parts[4], done);
  else
    g_string_append_printf (out, "%s %s", key, done);
}

void
gui_why_append_milestone (GuiPlayer *player, const K8TraceRecord *record, GString *out)
{
  const K8Engine *engine = gui_player_world (player)->engine;

  switch (record->type)
    {
    case K8_TRACE_EVENT_RECORDED:
      g_string_append_printf (
          out, "%s%s %s: %s: %s",
          strcmp (k8_trace_get_text (engine, record, 3), "Warning") == 0 ? "▲ " : "",
          k8_trace_get_text (engine, record, 0), k8_trace_get_text (engine, record, 2),
          k8_trace_get_text (engine, record, 4), k8_trace_get_text (engine, record, 5));
      break;
    case K8_TRACE_ETCD_PUT:
      append_write (k8_trace_get_text (engine, record, 0),
                    record->value[2] == 1 ? "created" : "changed", out);
      break;
    case K8_TRACE_ETCD_DELETE:
      append_write (k8_trace_get_text (engine, record, 0), "deleted", out);
      break;
    case K8_TRACE_ACTOR_STOPPED:
      g_string_append_printf (out, "▲ %s stopped", k8_trace_get_text (engine, record, 0));
      break;
    case K8_TRACE_ACTOR_STARTED:
      g_string_append_printf (out, "%s started", k8_trace_get_text (engine, record, 0));
      break;
    default:
      gui_log_append_sentence (engine, record, out);
      break;
    }
}

/* What was told, and how often. */
typedef struct
{
  gint64 last_ns;
  char *text;
  guint n;
} Telling;

static void
clear_telling (gpointer telling)
{
  g_free (((Telling *) telling)->text);
}

static Telling *
find_telling (GArray *tellings, const char *text)
{
  for (guint i = 0; i < tellings->len; i++)
    if (strcmp (g_array_index (tellings, Telling, i).text, text) == 0)
      return &g_array_index (tellings, Telling, i);
  return NULL;
}

/* The same words are told once, with how often they came and when they came last. */
void
gui_why_append_recent (GuiPlayer *player, guint max, GString *out)
{
  const GuiLog *log = gui_player_log (player);
  guint64 sequence = gui_player_sequence (player) + 1;
  g_autoptr (GArray) tellings = g_array_new (FALSE, FALSE, sizeof (Telling));
  g_autoptr (GString) text = g_string_new (NULL);

  g_array_set_clear_func (tellings, clear_telling);
  for (guint i = 0; i < MAX_LOOKED_AT && tellings->len < max; i++)
    {
      sequence = gui_log_previous_milestone (log, sequence);
      const K8TraceRecord *record = gui_log_find (log, sequence);
      if (record == NULL)
        break;
      g_string_truncate (text, 0);
      gui_why_append_milestone (player, record, text);
      Telling *found = find_telling (tellings, text->str);
      Telling telling = { record->now_ns, NULL, 1 };
      if (found != NULL)
        found->n++;
      else
        {
          telling.text = g_strdup (text->str);
          g_array_append_val (tellings, telling);
        }
    }
  for (guint i = 0; i < tellings->len; i++)
    {
      const Telling *telling = &g_array_index (tellings, Telling, i);
      g_autofree char *time = gui_model_dup_exact_time (telling->last_ns);
      g_string_append_printf (out, "%s  %s", time, telling->text);
      if (telling->n > 1)
        g_string_append_printf (out, " (×%u)", telling->n);
      g_string_append_c (out, '\n');
    }
}

gboolean
gui_why_append_yaml (GuiPlayer *player,
                     const K8KindInfo *kind,
                     const char *namespace_name,
                     const char *name,
                     GString *out)
{
  const void *object = sim_look_find (gui_player_world (player), kind, namespace_name, name);

  if (object == NULL)
    return FALSE;
  k8_yaml_encode (out, object, &(K8JsonOptions){ .kind = kind });
  return TRUE;
}

typedef struct
{
  const char *kind;
  const char *name;
  GString *out;
  guint n;
} Search;

static void
take_event (void *user, const void *object)
{
  Search *self = user;
  const K8ObjectReference *about = k8_event_involved_object (object);

  if (!k8_string_is (k8_object_reference_name (about), self->name) ||
      !k8_string_is (k8_object_reference_kind (about), self->kind))
    return;
  if (self->n++ >= MAX_EVENTS)
    return;
  g_string_append_printf (self->out, "%s %s ×%d\n    %s\n",
                          k8_string_is (k8_event_type (object), "Warning") ? "▲" : "●",
                          k8_string_or_empty (k8_event_reason (object)),
                          MAX (k8_event_count (object), 1),
                          k8_string_or_empty (k8_event_message (object)));
}

void
gui_why_append_events (GuiPlayer *player, const char *kind, const char *name, GString *out)
{
  Search search = { .kind = kind, .name = name, .out = out };

  sim_look_each (gui_player_world (player), &k8_kinds[K8_KIND_Event], NULL, take_event, &search);
  if (search.n > MAX_EVENTS)
    g_string_append_printf (out, "+%u more\n", search.n - MAX_EVENTS);
}
