/* SPDX-License-Identifier: Apache-2.0
 *
 * One node for tests: etcd, API server, a kubelet (and a proxy when asked for), and a container
 * runtime that answers at once. What the kubelet asks of it is kept as text.
 */
#pragma once

#include "node/runtime.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

typedef struct
{
  TestWorld *world;
  K8ActorId kubelet;
  GArray *containers;    /* FakeContainer */
  GString *ops;          /* "create main 0\n" */
  GString *files;        /* "volume/path=content\n" */
  GString *env;          /* "NAME=value\n" of containers as they are created */
  GString *probes;       /* "watch 2 port 80\n" */
  const char *pull_error; /* NULL: pulls succeed */
  const char *probe_error; /* what a failing probe says; NULL: status 500 */
  gboolean has_image;
  gboolean fails_stops;  /* STOP_CONTAINER is answered with a failure */
  gboolean fails_writes; /* WRITE_VOLUME is answered with a failure */
  gboolean holds_stops;  /* containers do not end when told to */
  guint list_delay;      /* LIST is answered so many turns of the queue later */
  guint n_ids;
} NodeWorld;

NodeWorld *node_world_new (void);
void node_world_free (NodeWorld *self);
void node_world_start_kubelet (NodeWorld *self);
void node_world_advance (NodeWorld *self, gint64 seconds);

/* Makes pod default/NAME on the node: `spec` is JSON between the braces of spec, without
 * nodeName. Gives the code of the answer. */
guint node_world_add_pod (NodeWorld *self, const char *name, const char *spec);
const K8Pod *node_world_pod (NodeWorld *self, const char *name); /* borrowed; NULL: gone */
void node_world_delete_pod (NodeWorld *self, const char *name, gint64 grace_seconds);

/* "Running ready=True main:running restarts=0\n" */
char *node_world_status (NodeWorld *self, const char *name);

/* Events about the pod, oldest first: "Normal Pulling Pulling image \"web\"\n". */
char *node_world_events (NodeWorld *self, const char *name);

/* How often something was said of the pod: the counts of its Events with this reason. */
guint node_world_n_said (NodeWorld *self, const char *name, const char *reason);

/* A running container of the pod ends. */
void node_world_exit (NodeWorld *self, const char *container, gint32 exit_code);
void node_world_lose (NodeWorld *self, const char *container); /* vanishes without a word */
void node_world_end_sandbox (NodeWorld *self);
void node_world_report_probe (NodeWorld *self, const char *container, K8ProbeKind kind,
                              gboolean is_success);
/* The runtime falls silent, or answers again. */
void node_world_runtime_state (NodeWorld *self, gboolean is_ready);
guint node_world_n_running (const NodeWorld *self);
