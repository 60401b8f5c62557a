/* SPDX-License-Identifier: Apache-2.0
 *
 * The bridge network of an instance's pods: created once, found again by name and label.
 */

#pragma once

#include "exec/docker.h"

/* (transfer full): "orrery-0123abcd": part of the instance's id makes it the instance's own. */
char *exec_pod_network_name (const char *instance);

/* subnet: (nullable): needed for fixed addresses. A network of this name without our label is a
 * CONFLICT. */
void exec_pod_network_ensure (ExecDocker *docker, const char *instance, const char *subnet,
                              ExecDockerDone done, gpointer user_data);
