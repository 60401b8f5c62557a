/* SPDX-License-Identifier: Apache-2.0
 *
 * Which messages are under way at an instant, computed from the trace and nothing else: a
 * message is under way from its record `message.sent` until the record `message.received` that
 * names it as its cause. What has not arrived after a second is counted as lost: nothing in a
 * cluster takes that long.
 */
#pragma once

#include "base/time.h"
#include "env.h"
#include "gui/log.h"

#define GUI_MESSAGE_LOST_NS K8_SECOND_NS

typedef struct
{
  guint64 sequence; /* of `message.sent` */
  gint64 sent_ns;
  double progress; /* 0 … 1: how far it may be, by how long others took */
  K8ActorId from;
  K8ActorId to;
  const char *class; /* borrowed from the log */
  const char *verb;
  const char *subject;
} GuiMessage;

/* What went between two actors of late. */
typedef struct
{
  K8ActorId from;
  K8ActorId to;
  guint32 n_recent; /* sent within the span asked for */
  guint32 n_flying;
  guint32 n_lost;   /* sent, and not arrived after a second; of the last few seconds */
} GuiTraffic;

typedef struct
{
  GArray *flying;   /* GuiMessage, oldest first */
  GArray *traffic;  /* GuiTraffic, in order of (from, to) */
  guint32 n_lost;
  gboolean is_short; /* the log does not reach back far enough to be sure */
} GuiMessages;

void gui_messages_init (GuiMessages *self);
void gui_messages_clear (GuiMessages *self);

/* As of the record @last (the newest that belongs to the present) at @now_ns; traffic of the
 * last @recent_ns. */
void gui_messages_compute (GuiMessages *self, const GuiLog *log, guint64 last, gint64 now_ns,
                           gint64 recent_ns);
