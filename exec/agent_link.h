/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection to the agent of one sandbox, over the engine's attach stream: probes whose changes
 * are told, files swapped in at once, connections dialled from inside the pod. It may be dropped
 * and made again at any time; the agent keeps its probes.
 */

#pragma once

#include "exec/agent_frame.h"
#include "exec/docker.h"

#define EXEC_AGENT_ANSWER_MS 10000

typedef struct _ExecAgentLink ExecAgentLink;
typedef struct _ExecAgentChannel ExecAgentChannel;

typedef struct
{
  guint32 id;
  ExecAgentOutcome outcome;
  guint http_status; /* 0: none came */
  gint error_number; /* why, when no status says so */
} ExecAgentProbeResult;

typedef struct
{
  void (*ready) (guint n_probes, gpointer user_data); /* the agent answers */
  void (*probe_changed) (const ExecAgentProbeResult *result, gpointer user_data); /* (nullable) */
  void (*closed) (const GError *error, gpointer user_data); /* once; then only free it */
} ExecAgentLinkEvents;

typedef void (*ExecAgentDone) (const GError *error, gpointer user_data);

typedef struct
{
  guint32 id; /* chosen by the caller, not 0 */
  ExecAgentProbeKind kind;
  const char *address; /* numbers only */
  guint16 port;
  guint initial_delay_ms, period_ms, timeout_ms;
  const char *http_request; /* whole head, for HTTP */
} ExecAgentProbe;

typedef struct
{
  const char *path; /* relative */
  guint mode;
  GBytes *content;
} ExecAgentFile;

ExecAgentLink *exec_agent_link_new (ExecDocker *docker, const char *container,
                                    const ExecAgentLinkEvents *events, gpointer user_data);

/* Calls what still waits with CANCELLED; no event comes any more. Of the
 * events only `closed` may call this. */
void exec_agent_link_free (ExecAgentLink *self);

void exec_agent_link_ping (ExecAgentLink *self, ExecAgentDone done, gpointer user_data);
void exec_agent_link_probe_add (ExecAgentLink *self, const ExecAgentProbe *probe,
                                ExecAgentDone done, gpointer user_data);
void exec_agent_link_probe_remove (ExecAgentLink *self, guint32 id);

/* Every result comes as if it had changed. */
void exec_agent_link_probe_report (ExecAgentLink *self);

/* A set of files for a volume that the sandbox mounts below /volumes; folder is its name there. */
void exec_agent_link_write_files (ExecAgentLink *self, const char *folder, GArray *files,
                                  ExecAgentDone done, gpointer user_data);
void exec_agent_link_set_mode (ExecAgentLink *self, const char *folder, guint mode,
                               ExecAgentDone done, gpointer user_data);

typedef struct
{
  void (*opened) (gpointer user_data);
  void (*received) (const guint8 *bytes, gsize length, gpointer user_data);
  void (*ended) (gpointer user_data);                       /* the peer sends no more */
  void (*closed) (gint error_number, gpointer user_data);   /* last; the channel is gone */
} ExecAgentChannelEvents;

/* NULL if address is none or too many channels are open. */
ExecAgentChannel *exec_agent_link_dial (ExecAgentLink *self, const char *address, guint16 port,
                                        const ExecAgentChannelEvents *events, gpointer user_data);

/* Queues what the window does not take; ask how much waits and stop reading your source. */
void exec_agent_channel_write (ExecAgentChannel *self, const guint8 *bytes, gsize length);
gsize exec_agent_channel_queued_bytes (const ExecAgentChannel *self);
void exec_agent_channel_end (ExecAgentChannel *self);
void exec_agent_channel_close (ExecAgentChannel *self);

/* While paused no new window is granted: at most one window of bytes still comes. */
void exec_agent_channel_pause (ExecAgentChannel *self);
void exec_agent_channel_resume (ExecAgentChannel *self);
