/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection to the real engine, calls that are waited for, and a sweep that removes all that
 * carries this run's instance label. A test begins with `if (!fixture_start ()) return;` and ends
 * with `fixture_stop ()`, which fails the test if something of ours stayed behind.
 */

#pragma once

#include "exec/container_spec.h"
#include "exec/docker.h"
#include "tests/lib/test.h"

typedef struct
{
  gboolean done;
  guint status;
  JsonNode *json;
  GBytes *body;
  GError *error;
} Answer;

extern ExecDocker *docker;

/* FALSE (and the test is skipped) if there is no engine; both images are there afterwards. */
gboolean fixture_start (void);
void fixture_stop (void);
const char *fixture_instance (void);
const char *fixture_instance_label (void); /* key=value */
const char *fixture_busybox (void);
const char *fixture_pause (void);

/* (transfer full): labels with the instance. */
GHashTable *fixture_labels (void);

void answer_take (const ExecDockerReply *reply, const GError *error, gpointer user_data);

/* Runs the main loop until the answer is there; fails the test after 20 s. */
void answer_wait (Answer *answer);
void answer_clear (Answer *answer);

/* Runs the main loop until *flag or for 20 s; gives *flag. */
gboolean wait_for (gboolean *flag);

/* A container of ours with a shell command, created; "" on failure. */
char *make_container (const char *name, const char *script);
void fill_spec (ExecContainerSpec *spec, GHashTable *labels);
