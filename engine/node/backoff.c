/* SPDX-License-Identifier: Apache-2.0
 *
 * Back-off, arithmetic only: see the header.
 */
#include "node/backoff.h"

static gboolean
has_expired (const K8Backoff *self, gint64 since_ns)
{
  return since_ns - self->update_ns > 2 * K8_BACKOFF_MAX_NS;
}

gboolean
k8_backoff_is_waiting (const K8Backoff *self, gint64 since_ns, gint64 now_ns)
{
  if (self->wait_ns == 0 || has_expired (self, since_ns))
    return FALSE;
  return now_ns - since_ns < self->wait_ns;
}

void
k8_backoff_next (K8Backoff *self, gint64 since_ns, gint64 now_ns)
{
  if (self->wait_ns == 0 || has_expired (self, since_ns))
    self->wait_ns = K8_BACKOFF_FIRST_NS;
  else
    self->wait_ns = MIN (2 * self->wait_ns, K8_BACKOFF_MAX_NS);
  self->update_ns = now_ns;
}
