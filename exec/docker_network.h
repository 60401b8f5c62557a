/* SPDX-License-Identifier: Apache-2.0
 *
 * Network and volume calls of the Docker Engine API.
 * Source: Docker Engine API v1.41, "Networks" and "Volumes".
 */

#pragma once

#include "exec/docker.h"

/* A bridge network; subnet (nullable): "10.245.1.0/24", needed for fixed addresses.
 * Answer: {"Id"}; a name that exists is a CONFLICT. */
void exec_docker_network_create (ExecDocker *docker, const char *name, const char *subnet,
                                 GHashTable *labels, ExecDockerDone done, gpointer user_data);
void exec_docker_network_list (ExecDocker *docker, const char *label, ExecDockerDone done,
                               gpointer user_data);
void exec_docker_network_connect (ExecDocker *docker, const char *network, const char *container,
                                  ExecDockerDone done, gpointer user_data);

/* Gone already is no error. */
void exec_docker_network_remove (ExecDocker *docker, const char *network, ExecDockerDone done,
                                 gpointer user_data);

/* memory_bytes 0: on the engine's disk; else a tmpfs of that size, lost with its last mount.
 * Creating a name that exists gives the existing volume. */
void exec_docker_volume_create (ExecDocker *docker, const char *name, gint64 memory_bytes,
                                GHashTable *labels, ExecDockerDone done, gpointer user_data);
void exec_docker_volume_list (ExecDocker *docker, const char *label, ExecDockerDone done,
                              gpointer user_data);

/* Gone already is no error; in use is a CONFLICT. */
void exec_docker_volume_remove (ExecDocker *docker, const char *name, ExecDockerDone done,
                                gpointer user_data);
