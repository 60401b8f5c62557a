/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking back everything that one instance made in an engine, for `down`: containers, then
 * networks and volumes, then our images unless another instance's containers still use them.
 * Only what carries the instance's label in the engine's own answer is touched.
 */

#pragma once

#include "exec/docker.h"

typedef enum
{
  EXEC_SWEEP_KEEP_IMAGES,
  EXEC_SWEEP_IMAGES
} ExecSweepImages;

typedef struct
{
  guint n_containers, n_networks, n_volumes, n_images; /* removed */
} ExecSweepCounts;

typedef void (*ExecSweepDone) (const ExecSweepCounts *counts, const GError *error,
                               gpointer user_data);

/* Tries everything; error is the first failure. An image in use is none. */
void exec_sweep_instance (ExecDocker *docker, const char *instance, guint grace_seconds,
                          ExecSweepImages images, ExecSweepDone done, gpointer user_data);
