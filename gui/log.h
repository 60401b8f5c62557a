/* SPDX-License-Identifier: Apache-2.0
 *
 * The records of a world's trace that the window has seen, newest last, in a ring. A world that
 * goes back keeps its future here (the same steps give the same records), so only what is new is
 * added; when a branch begins the future is cut off. Beside the ring: the milestones, at which a
 * step halts, and how many records of each lane fell in each span of time.
 */
#pragma once

#include "base/region.h"
#include "gui/palette.h"

typedef struct GuiLog GuiLog;

enum
{
  GUI_LOG_RECORDS = 1 << 19, /* older ones are forgotten */
};

GuiLog *gui_log_new (K8Region *region);
void gui_log_free (GuiLog *self);

/* Adds a record if it is new. */
void gui_log_add (GuiLog *self, const K8TraceRecord *record);

/* Forgets everything behind a sequence. */
void gui_log_truncate (GuiLog *self, guint64 last_sequence);
void gui_log_reset (GuiLog *self);

/* Sequences that are there: [first, last]; last 0: none. */
guint64 gui_log_first (const GuiLog *self);
guint64 gui_log_last (const GuiLog *self);
const K8TraceRecord *gui_log_find (const GuiLog *self, guint64 sequence); /* or NULL */
K8Region *gui_log_region (const GuiLog *self);

/* The last record at or before an instant; 0 if there is none. */
guint64 gui_log_find_at (const GuiLog *self, gint64 at_ns);

/* Milestones: the next behind a sequence, the last before it; 0: none. */
guint64 gui_log_next_milestone (const GuiLog *self, guint64 sequence);
guint64 gui_log_previous_milestone (const GuiLog *self, guint64 sequence);
guint gui_log_n_milestones (const GuiLog *self);
guint64 gui_log_milestone (const GuiLog *self, guint index);

/* Records of a lane in a span of time, from counts a span of gui_log_bin_ns() wide. */
guint32 gui_log_count (const GuiLog *self, GuiLane lane, gint64 from_ns, gint64 until_ns);
gint64 gui_log_bin_ns (const GuiLog *self);
GuiLane gui_log_lane (const GuiLog *self, const K8TraceRecord *record);

/* What a record says, as a sentence: "apiserver-0 api.request: create pods default/web-1". */
typedef struct K8Engine K8Engine;
void gui_log_append_sentence (const K8Engine *engine, const K8TraceRecord *record, GString *out);
