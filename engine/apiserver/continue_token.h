/* SPDX-License-Identifier: Apache-2.0
 *
 * Continue tokens: where a list that was cut goes on.
 */
#pragma once

#include "base/region.h"
#include "machinery/status.h"

typedef struct
{
  gint64 revision; /* -1: whatever is newest */
  char *start;     /* of the last key shown, without what all keys of the list share; g_free() */
} K8ContinuePlace;

/* Reads a token. (nullable): why it is refused; @ret_place->start is set or NULL all the same. */
const K8Status *k8_continue_parse (K8Region *region, const char *token,
                                   K8ContinuePlace *ret_place);

/* The token that goes on behind a key, @start as in a place. (transfer full): of the region */
const char *k8_continue_new (K8Region *region, const char *start, gint64 revision);
