/* SPDX-License-Identifier: Apache-2.0
 *
 * `orrery up --scenario FILE`: the scenario's steps done to the real cluster, its goals judged by
 * what the real etcd keeps, with the lines that judge them in the simulator.
 */
#pragma once

#include "driver.h"
#include "exec/docker.h"
#include "sim/mirror.h"

typedef struct CliUpPlay CliUpPlay;

/* NULL with @error if the file cannot be read, or asks for what only a simulated cluster has. */
CliUpPlay *cli_up_play_new (const char *path, GError **error);
void cli_up_play_free (CliUpPlay *self);

/* Before the cluster starts: a program of ours stands in for images that the engine lacks. */
gboolean cli_up_play_prepare (CliUpPlay *self, ExecDocker *docker, K8Region *region,
                              const char *token, GError **error);

/* What the cluster tells from its start on. */
void cli_up_play_persisted (CliUpPlay *self, const K8PersistMail *mail);
void cli_up_play_traced (CliUpPlay *self, const K8TraceRecord *record);

/* The cluster is ready: the scenario's time begins. The loop ends when it is over. */
void cli_up_play_begin (CliUpPlay *self, K8Driver door, GMainLoop *loop);

/* Says what came of it, and gives the exit status. */
int cli_up_play_finish (CliUpPlay *self);
