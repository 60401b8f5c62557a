/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client is told of an object that is taken although it is not what its author may think:
 * the texts of `Warning` headers. Source: kubernetes pkg/api/pod/warnings.go,
 * pkg/api/service/warnings.go and the strategies of each kind (v1.36).
 */
#pragma once

#include <glib.h>

/* Appends texts (g_free). An update of a pod is made by programs, and is told nothing. */
void k8_warnings_create (const void *object, GPtrArray *warnings);
void k8_warnings_update (const void *object, const void *old, GPtrArray *warnings);
