/* SPDX-License-Identifier: Apache-2.0
 *
 * Why: the chain of causes of a record, walked upwards in the trace, and what is known of an
 * object: its YAML, its Events, the last record that speaks of it.
 */
#pragma once

#include "gui/player.h"

/* The last record up to the present that wrote an object; if none is known, the last that names
 * it; 0: none. @kind: NULL for what is no object. */
guint64 gui_why_find (GuiPlayer *player,
                      const K8KindInfo *kind,
                      const char *namespace_name,
                      const char *name);

/* The record, then what led to it, and so on to the first cause: each with its instant, and what
 * its type means. The arrival of a message is left out where its sending follows. */
void gui_why_append (GuiPlayer *player, guint64 sequence, GString *out);

/* What was decided about an object and what became of it, latest first: records of a few types
 * that name it. Says how many. */
guint gui_why_append_story (GuiPlayer *player, const char *namespace_name, const char *name,
                            GString *out);

/* A milestone in a few words: "Pod web-1: Scheduled: …", "scheduler-0 stopped". */
void gui_why_append_milestone (GuiPlayer *player, const K8TraceRecord *record, GString *out);

/* The last milestones up to the present, latest first, one a line with its instant. */
void gui_why_append_recent (GuiPlayer *player, guint max, GString *out);

/* An object as YAML; FALSE if it is not there. */
gboolean gui_why_append_yaml (GuiPlayer *player,
                              const K8KindInfo *kind,
                              const char *namespace_name,
                              const char *name,
                              GString *out);

/* Events about an object, oldest first. */
void gui_why_append_events (GuiPlayer *player, const char *kind, const char *name, GString *out);
