/* SPDX-License-Identifier: Apache-2.0
 *
 * The scheduler's part of an explanation: every node's verdict and scores for a pod.
 */
#pragma once

#include "sim/world.h"

/* FALSE if there is no such pod in any namespace. */
gboolean cli_explain_pod (const SimWorld *world, const char *name);
