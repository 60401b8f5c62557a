/* SPDX-License-Identifier: Apache-2.0
 *
 * Who we are in an engine: one random name a state folder, on the label of everything we make.
 * It is kept in the folder, so that a program started again knows its containers.
 */

#pragma once

#include <glib.h>

/* (transfer full) (nullable): 16 hexadecimal digits, made on the first call. The folder must be
 * locked (exec_log_open). */
char *exec_instance_ensure (const char *folder, GError **error);
