/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages under way, by one walk back through the log: receipts name what they answer, so
 * whatever was sent and has not been named by then is under way.
 */
#include "gui/messages.h"

#include "base/string.h"

enum
{
  MAX_WALK = 1 << 17, /* records */
  MAX_FLIGHTS = 16,
};

/* Losses are shown for so long. */
#define LOSS_SHOWN_NS (5 * K8_SECOND_NS)

void
gui_messages_init (GuiMessages *self)
{
  *self = (GuiMessages){ .flying = g_array_new (FALSE, FALSE, sizeof (GuiMessage)),
                         .traffic = g_array_new (FALSE, FALSE, sizeof (GuiTraffic)) };
}

void
gui_messages_clear (GuiMessages *self)
{
  g_clear_pointer (&self->flying, g_array_unref);
  g_clear_pointer (&self->traffic, g_array_unref);
}

/* The entry of a pair, kept in order. */
static GuiTraffic *
ensure_traffic (GuiMessages *self, K8ActorId from, K8ActorId to)
{
  guint low = 0;
  guint high = self->traffic->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;
      const GuiTraffic *other = &g_array_index (self->traffic, GuiTraffic, middle);
      if (other->from < from || (other->from == from && other->to < to))
        low = middle + 1;
      else
        high = middle;
    }
  if (low < self->traffic->len)
    {
      GuiTraffic *found = &g_array_index (self->traffic, GuiTraffic, low);
      if (found->from == from && found->to == to)
        return found;
    }
  GuiTraffic traffic = { .from = from, .to = to };
  g_array_insert_val (self->traffic, low, traffic);
  return &g_array_index (self->traffic, GuiTraffic, low);
}

static void
add_flying (GuiMessages *self, const GuiLog *log, const K8TraceRecord *record)
{
  K8Region *region = gui_log_region (log);
  GuiMessage message = {
    .sequence = record->sequence,
    .sent_ns = record->now_ns,
    .from = record->actor,
    .to = (K8ActorId) record->value[0],
    .class = k8_string_or_empty (k8_string_at (region, (K8Handle) record->value[1])),
    .verb = k8_string_or_empty (k8_string_at (region, (K8Handle) record->value[3])),
    .subject = k8_string_or_empty (k8_string_at (region, (K8Handle) record->value[4])),
  };

  g_array_append_val (self->flying, message);
}

static void
take_sent (GuiMessages *self, const GuiLog *log, const K8TraceRecord *record, gint64 age_ns)
{
  GuiTraffic *traffic = ensure_traffic (self, record->actor, (K8ActorId) record->value[0]);

  if (age_ns > GUI_MESSAGE_LOST_NS)
    {
      traffic->n_lost++;
      self->n_lost++;
      return;
    }
  traffic->n_flying++;
  add_flying (self, log, record);
}

/* How long the messages took that arrived last: the shortest of a few, since others may have
 * waited for a receiver that was busy. */
typedef struct
{
  guint n;
  gint64 shortest_ns;
} Flight;

static void
take_flight (Flight *self, const GuiLog *log, const K8TraceRecord *received)
{
  const K8TraceRecord *sent = gui_log_find (log, received->cause);

  if (self->n >= MAX_FLIGHTS || sent == NULL || sent->type != K8_TRACE_MESSAGE_SENT)
    return;
  gint64 took_ns = received->now_ns - sent->now_ns;
  self->shortest_ns = self->n == 0 ? took_ns : MIN (self->shortest_ns, took_ns);
  self->n++;
}

static void
set_progress (GuiMessages *self, const Flight *flight, gint64 now_ns)
{
  for (guint i = 0; i < self->flying->len; i++)
    {
      GuiMessage *message = &g_array_index (self->flying, GuiMessage, i);
      double age = (double) (now_ns - message->sent_ns);
      message->progress = CLAMP (age / (double) MAX (flight->shortest_ns, 1), 0, 1);
    }
}

static void
reverse_flying (GuiMessages *self)
{
  guint n = self->flying->len;

  for (guint i = 0; i < n / 2; i++)
    {
      GuiMessage message = g_array_index (self->flying, GuiMessage, i);
      g_array_index (self->flying, GuiMessage, i) =
          g_array_index (self->flying, GuiMessage, n - 1 - i);
      g_array_index (self->flying, GuiMessage, n - 1 - i) = message;
    }
}

void
gui_messages_compute (
    GuiMessages *self, const GuiLog *log, guint64 last, gint64 now_ns, gint64 recent_ns)
{
  guint64 first = MAX (gui_log_first (log), last > MAX_WALK ? last - MAX_WALK + 1 : 1);
  gint64 since_ns = now_ns - LOSS_SHOWN_NS;
  guint64 sequence = MIN (last, gui_log_last (log));
  Flight flight = { 0 };

  g_array_set_size (self->flying, 0);
  g_array_set_size (self->traffic, 0);
  self->n_lost = 0;
  self->is_short = first > 1;
  if (sequence < first)
    return;
  g_autofree guint8 *has_arrived = g_malloc0 ((sequence - first) / 8 + 1);
  for (; sequence >= first; sequence--)
    {
      const K8TraceRecord *record = gui_log_find (log, sequence);
      if (record == NULL || record->now_ns < since_ns)
        {
          self->is_short = FALSE;
          break;
        }
      guint64 place = sequence - first;
      if (record->type == K8_TRACE_MESSAGE_RECEIVED && record->cause >= first)
        {
          has_arrived[(record->cause - first) / 8] |= (guint8) (1 << (record->cause - first) % 8);
          take_flight (&flight, log, record);
        }
      if (record->type != K8_TRACE_MESSAGE_SENT)
        continue;
      if (now_ns - record->now_ns <= recent_ns)
        ensure_traffic (self, record->actor, (K8ActorId) record->value[0])->n_recent++;
      if ((has_arrived[place / 8] >> place % 8 & 1) == 0)
        take_sent (self, log, record, now_ns - record->now_ns);
    }
  reverse_flying (self);
  set_progress (self, &flight, now_ns);
}
