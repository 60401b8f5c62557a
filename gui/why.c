/* SPDX-License-Identifier: Apache-2.0
 *
 * Causes, objects, Events, as text.
 */
#include "gui/why.h"

#include "base/string.h"
#include "codec/yaml.h"
#include "sim/look.h"

enum
{
  MAX_CHAIN = 60,
  MAX_SCAN = 1 << 18,
  MAX_EVENTS = 200,
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

guint64
gui_why_find (GuiPlayer *player, const char *namespace_name, const char *name)
{
  const GuiLog *log = gui_player_log (player);
  K8Region *region = gui_log_region (log);
  K8Handle handle = k8_string_handle (k8_string_find (region, name));
  K8Handle space =
      namespace_name == NULL ? 0 : k8_string_handle (k8_string_find (region, namespace_name));
  guint64 sequence = gui_player_sequence (player);

  for (guint i = 0; handle != 0 && i < MAX_SCAN; i++, sequence--)
    {
      const K8TraceRecord *record = gui_log_find (log, sequence);
      if (record == NULL)
        break;
      if (names (record, space, handle))
        return sequence;
    }
  return 0;
}

static void
append_line (GuiPlayer *player, const K8TraceRecord *record, GString *out)
{
  g_autofree char *time = gui_model_dup_time (record->now_ns);

  g_string_append_printf (out, "%s  ", time);
  gui_log_append_sentence (gui_player_world (player)->engine, record, out);
  g_string_append_c (out, '\n');
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
          g_string_append (out, "because, latest first:\n");
        append_line (player, record, out);
      }
  if (record != NULL)
    g_string_append (out, "… earlier causes are left out\n");
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
