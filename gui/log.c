/* SPDX-License-Identifier: Apache-2.0
 *
 * The ring of records. Texts of its records are counted, so that they can be shown long after
 * the world has let go of them.
 * Invariants: 1 sequences in the ring have no gaps; 2 milestones and counts speak of records that
 * are or were in the ring, never of a future that was cut off.
 */
#include "gui/log.h"

#include <string.h>

#include "base/string.h"
#include "base/time.h"
#include "engine.h"

enum
{
  MAX_BINS = 4096, /* then two become one */
  MAX_MILESTONES = 100000,
};

struct GuiLog
{
  K8Region *region;
  K8TraceRecord *ring;
  guint64 first;
  guint64 last;
  guint8 lanes[K8_N_TRACE_TYPES]; /* of types, looked up once */
  GArray *milestones;             /* guint64 */
  GArray *bins;                   /* guint32[GUI_N_LANES] */
  gint64 bin_ns;
};

typedef struct
{
  guint32 n[GUI_N_LANES];
} Bin;

GuiLog *
gui_log_new (K8Region *region)
{
  GuiLog *self = g_new0 (GuiLog, 1);

  self->region = region;
  self->ring = g_new0 (K8TraceRecord, GUI_LOG_RECORDS);
  self->first = 1;
  self->milestones = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->bins = g_array_new (FALSE, TRUE, sizeof (Bin));
  self->bin_ns = 50 * K8_MILLISECOND_NS;
  for (guint type = 0; type < K8_N_TRACE_TYPES; type++)
    self->lanes[type] = (guint8) gui_palette_lane ((guint16) type);
  return self;
}

GuiLane
gui_log_lane (const GuiLog *self, const K8TraceRecord *record)
{
  return record->type < K8_N_TRACE_TYPES ? self->lanes[record->type] : GUI_LANE_NONE;
}

static K8TraceRecord *
slot_of (const GuiLog *self, guint64 sequence)
{
  return &self->ring[sequence % GUI_LOG_RECORDS];
}

static void
change_texts (const GuiLog *self, const K8TraceRecord *record, gboolean is_ref)
{
  const K8TraceInfo *info = &k8_trace_infos[record->type];

  for (guint i = 0; i < record->n_values; i++)
    {
      if (info->fields[i].type != K8_TRACE_FIELD_TEXT || record->value[i] == 0)
        continue;
      const char *text = k8_string_at (self->region, (K8Handle) record->value[i]);
      if (is_ref)
        k8_string_ref (text);
      else
        k8_string_unref (text);
    }
}

void
gui_log_reset (GuiLog *self)
{
  gui_log_truncate (self, 0);
  self->first = 1;
}

void
gui_log_free (GuiLog *self)
{
  if (self == NULL)
    return;
  gui_log_reset (self);
  g_array_unref (self->milestones);
  g_array_unref (self->bins);
  g_free (self->ring);
  g_free (self);
}

static void
merge_bins (GuiLog *self)
{
  guint half = (self->bins->len + 1) / 2;

  for (guint i = 0; i < half; i++)
    {
      Bin sum = g_array_index (self->bins, Bin, 2 * i);
      for (guint lane = 0; 2 * i + 1 < self->bins->len && lane < GUI_N_LANES; lane++)
        sum.n[lane] += g_array_index (self->bins, Bin, 2 * i + 1).n[lane];
      g_array_index (self->bins, Bin, i) = sum;
    }
  g_array_set_size (self->bins, half);
  self->bin_ns *= 2;
}

static void
count (GuiLog *self, const K8TraceRecord *record)
{
  while (record->now_ns / self->bin_ns >= MAX_BINS)
    merge_bins (self);
  guint place = (guint) (record->now_ns / self->bin_ns);
  if (place >= self->bins->len)
    g_array_set_size (self->bins, place + 1);
  g_array_index (self->bins, Bin, place).n[gui_log_lane (self, record)]++;
}

void
gui_log_add (GuiLog *self, const K8TraceRecord *record)
{
  if (record->sequence <= self->last)
    return;
  if (record->sequence != self->last + 1)
    gui_log_reset (self);
  if (self->last == 0)
    self->first = record->sequence;
  if (record->sequence - self->first >= GUI_LOG_RECORDS)
    {
      change_texts (self, slot_of (self, self->first), FALSE);
      self->first++;
    }
  *slot_of (self, record->sequence) = *record;
  change_texts (self, record, TRUE);
  self->last = record->sequence;
  count (self, record);
  if (gui_palette_is_milestone (self->region, record) && self->milestones->len < MAX_MILESTONES)
    g_array_append_val (self->milestones, record->sequence);
}

/* The first milestone behind a sequence. */
static guint
find_milestone (const GuiLog *self, guint64 sequence)
{
  guint low = 0;
  guint high = self->milestones->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;
      if (g_array_index (self->milestones, guint64, middle) <= sequence)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

void
gui_log_truncate (GuiLog *self, guint64 last_sequence)
{
  guint64 last = MAX (last_sequence, self->first - 1);

  for (guint64 sequence = self->last; sequence > last; sequence--)
    {
      K8TraceRecord *record = slot_of (self, sequence);
      guint place = (guint) (record->now_ns / self->bin_ns);
      if (place < self->bins->len)
        g_array_index (self->bins, Bin, place).n[gui_log_lane (self, record)]--;
      change_texts (self, record, FALSE);
    }
  self->last = MIN (self->last, last);
  g_array_set_size (self->milestones, find_milestone (self, last_sequence));
  if (last_sequence == 0)
    {
      self->last = 0;
      g_array_set_size (self->bins, 0);
    }
}

guint64
gui_log_first (const GuiLog *self)
{
  return self->first;
}

guint64
gui_log_last (const GuiLog *self)
{
  return self->last;
}

K8Region *
gui_log_region (const GuiLog *self)
{
  return self->region;
}

const K8TraceRecord *
gui_log_find (const GuiLog *self, guint64 sequence)
{
  if (sequence < self->first || sequence > self->last || sequence == 0)
    return NULL;
  return slot_of (self, sequence);
}

guint64
gui_log_find_at (const GuiLog *self, gint64 at_ns)
{
  guint64 low = self->first;
  guint64 high = self->last + 1;

  while (low < high)
    {
      guint64 middle = low + (high - low) / 2;
      if (slot_of (self, middle)->now_ns <= at_ns)
        low = middle + 1;
      else
        high = middle;
    }
  return self->last == 0 || low == self->first ? 0 : low - 1;
}

guint64
gui_log_next_milestone (const GuiLog *self, guint64 sequence)
{
  guint place = find_milestone (self, sequence);

  return place < self->milestones->len ? g_array_index (self->milestones, guint64, place) : 0;
}

guint64
gui_log_previous_milestone (const GuiLog *self, guint64 sequence)
{
  guint place = sequence == 0 ? 0 : find_milestone (self, sequence - 1);

  return place > 0 ? g_array_index (self->milestones, guint64, place - 1) : 0;
}

guint
gui_log_n_milestones (const GuiLog *self)
{
  return self->milestones->len;
}

guint64
gui_log_milestone (const GuiLog *self, guint index)
{
  return g_array_index (self->milestones, guint64, index);
}

guint32
gui_log_count (const GuiLog *self, GuiLane lane, gint64 from_ns, gint64 until_ns)
{
  guint32 sum = 0;
  gint64 end = MIN ((until_ns + self->bin_ns - 1) / self->bin_ns, (gint64) self->bins->len);

  for (gint64 i = MAX (from_ns, 0) / self->bin_ns; i < end; i++)
    sum += g_array_index (self->bins, Bin, i).n[lane];
  return sum;
}

gint64
gui_log_bin_ns (const GuiLog *self)
{
  return self->bin_ns;
}

static void
append_value (const K8Engine *engine, const K8TraceRecord *record, guint index, GString *out)
{
  const K8TraceField *field = &k8_trace_infos[record->type].fields[index];
  char text[K8_DURATION_LETTERS + 1];

  switch (field->type)
    {
    case K8_TRACE_FIELD_TEXT:
      if (record->value[index] != 0 && *k8_trace_get_text (engine, record, index) != '\0')
        g_string_append_printf (out, " %s", k8_trace_get_text (engine, record, index));
      break;
    case K8_TRACE_FIELD_ACTOR:
      g_string_append_printf (out, " %s %s", field->name,
                              k8_engine_actor_name (engine, (K8ActorId) record->value[index]));
      break;
    case K8_TRACE_FIELD_TIME:
      k8_duration_format (record->value[index], text);
      g_string_append_printf (out, " %s %s", field->name, text);
      break;
    case K8_TRACE_FIELD_NUMBER:
      if (strcmp (field->name, "tag") != 0)
        g_string_append_printf (out, " %s %" G_GINT64_FORMAT, field->name, record->value[index]);
      break;
    case K8_TRACE_FIELD_NONE:
      break;
    }
}

void
gui_log_append_sentence (const K8Engine *engine, const K8TraceRecord *record, GString *out)
{
  g_string_append_printf (out, "%s %s:", k8_engine_actor_name (engine, record->actor),
                          k8_trace_infos[record->type].name);
  for (guint i = 0; i < record->n_values; i++)
    append_value (engine, record, i, out);
}
