/* SPDX-License-Identifier: Apache-2.0
 *
 * Back-off of one thing that fails again and again: 10 s, doubled up to 300 s, forgotten when it
 * went well for twice the longest wait. Used for restarts and for image pulls.
 * Source: client-go util/flowcontrol Backoff; kubelet MaxContainerBackOff (v1.36).
 */
#pragma once

#include <glib.h>

#include "base/time.h"

#define K8_BACKOFF_FIRST_NS (10 * K8_SECOND_NS)
#define K8_BACKOFF_MAX_NS (300 * K8_SECOND_NS)

typedef struct
{
  gint64 wait_ns;   /* 0: it has not failed yet */
  gint64 update_ns; /* when the wait was last prolonged */
} K8Backoff;

/* Whether it still must wait at @now_ns, counted from @since_ns (its end, or its last failure). */
gboolean k8_backoff_is_waiting (const K8Backoff *self, gint64 since_ns, gint64 now_ns);

/* Prolongs the wait: of a failure that happened at @since_ns and is dealt with @now_ns. */
void k8_backoff_next (K8Backoff *self, gint64 since_ns, gint64 now_ns);
