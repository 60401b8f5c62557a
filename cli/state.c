/* SPDX-License-Identifier: Apache-2.0
 *
 * The state folder of a real cluster: its log, its identity, its name in the Docker Engine.
 */
#include "cli/state.h"

char *
cli_state_folder (const char *given)
{
  g_autofree char *fallback = g_build_filename (g_get_user_state_dir (), "orrery", NULL);

  return g_canonicalize_filename (given != NULL ? given : fallback, NULL);
}
