/* SPDX-License-Identifier: Apache-2.0
 *
 * A view for plan tests: caches that a test fills with JSON, and a small store that carries a
 * plan out on them: it gives uids and names, counts generations, refuses stale revisions.
 */
#pragma once

#include "controllers/controllers.h"

typedef struct
{
  K8Region *region;
  K8View view;
  K8Cache caches[K8_N_KINDS];
  K8OwnerSums sums;
  gint64 revision;
  GString *log; /* what was carried out, a line each */
} FakeView;

FakeView *fake_view_new (void);
void fake_view_free (FakeView *self);

/* Puts an object, given as JSON with single quotes for double ones; defaults are applied. */
void fake_view_put (FakeView *self, K8KindId kind, const char *json);
void fake_view_remove (FakeView *self, K8KindId kind, const char *name);
void fake_view_put_object (FakeView *self, const void *object);
const void *fake_view_get (FakeView *self, K8KindId kind, const char *name);

/* The plan for an object, as text. (transfer full) */
char *fake_view_plan (FakeView *self, const K8ControllerClass *class, K8KindId kind,
                      const char *name);

/* Reconciles once and carries the plan out, resumption included. Gives what was written, one
 * line a write, `-> 409` behind what was refused. (transfer full) */
char *fake_view_run (FakeView *self, const K8ControllerClass *class, K8KindId kind,
                     const char *name);
