/* SPDX-License-Identifier: Apache-2.0
 *
 * What `up` and `down` share: where the state folder is, and which Docker Engine they speak to.
 */
#pragma once

#include "exec/docker.h"

/* --state, or $XDG_STATE_HOME/orrery. (transfer full): an absolute path. */
char *cli_state_folder (const char *given);

/* The engine of DOCKER_HOST, or the usual one; not yet connected. (transfer full) */
ExecDocker *cli_docker_new (GError **error);
