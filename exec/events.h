/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens to our containers, as it happens: the engine's event stream, opened again whenever
 * it breaks. The engine keeps no events over its restart and sends no heartbeat, so each time the
 * stream is (again) open the whole list of our containers follows as one `listed`: the consumer
 * compares and so misses nothing. Events that came twice are told once.
 */

#pragma once

#include "exec/docker.h"

typedef enum
{
  EXEC_EVENT_NONE,
  EXEC_EVENT_START,
  EXEC_EVENT_OOM, /* of any process in it; comes before DIE */
  EXEC_EVENT_DIE,
  EXEC_EVENT_DESTROY
} ExecEventType;

typedef struct
{
  ExecEventType type;
  const char *container_id;
  const char *container_name;
  gint exit_code;        /* of DIE */
  gint64 time_ns;        /* of the engine's clock */
  GHashTable *attributes; /* labels and more, text to text */
} ExecEvent;

typedef struct
{
  void (*happened) (const ExecEvent *event, gpointer user_data);
  void (*listed) (JsonArray *containers, gpointer user_data); /* as GET /containers/json */
  void (*lost) (const GError *error, gpointer user_data);     /* engine away; tries go on */
} ExecEventsHandler;

typedef struct _ExecEvents ExecEvents;

/* instance_label: "key=value"; only what carries it is told. */
ExecEvents *exec_events_new (ExecDocker *docker, const char *instance_label,
                             const ExecEventsHandler *handler, gpointer user_data);

/* Not inside `happened` or `listed`. */
void exec_events_free (ExecEvents *self);

/* Asks for another `listed`, e.g. after a call whose outcome is unknown. */
void exec_events_relist (ExecEvents *self);

/* Taking lines of the stream apart, without an engine: for tests. FALSE if a line is too long. */
gboolean exec_events_feed (ExecEvents *self, const guint8 *bytes, gsize length);
