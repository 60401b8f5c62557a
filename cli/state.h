/* SPDX-License-Identifier: Apache-2.0
 *
 * What `up` and `down` share: where the state folder is, and calls that are waited for.
 */
#pragma once

#include <glib.h>

/* --state, or $XDG_STATE_HOME/orrery. (transfer full): an absolute path. */
char *cli_state_folder (const char *given);
