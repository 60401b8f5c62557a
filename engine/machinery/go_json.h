/* SPDX-License-Identifier: Apache-2.0
 *
 * How Go prints its internal structs as JSON, as it does inside an error about a whole struct:
 * every field, in the order of the rows, under its Go name.
 */
#pragma once

#include <glib.h>

/* (transfer full): g_free() it. */
char *k8_go_json (const void *record);
char *k8_go_json_list (const void *record, const char *json_name);
