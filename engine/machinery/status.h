/* SPDX-License-Identifier: Apache-2.0
 *
 * Builders of the Status that tells a client what it did wrong, with upstream's message, reason,
 * code and details. Every builder gives a sealed record of @region (transfer full).
 * Messages are plain texts, copied.
 * Source: k8s.io/apimachinery pkg/api/errors and apiserver pkg/endpoints (v1.36).
 */
#pragma once

#include "machinery/field_errors.h"
#include "schema/kinds.h"

/* What an error is about: group and plural ("apps", "deployments") or group and kind. */
typedef struct
{
  const char *group; /* "" for core */
  const char *name;
} K8GroupResource;

static inline K8GroupResource
k8_kind_resource (const K8KindInfo *kind)
{
  return (K8GroupResource){ kind->group, kind->plural };
}

/* What an Invalid names: upstream's internal kind, which both groups of events share. */
static inline K8GroupResource
k8_kind_group_kind (const K8KindInfo *kind)
{
  return (K8GroupResource){ kind->id == K8_KIND_EventsEvent ? "" : kind->group, kind->kind };
}

/* `deployments.apps`, `pods`. (transfer full): g_free() it. */
char *k8_group_resource_to_text (K8GroupResource self);

/* What K8_CONFLICT_MODIFIED says: the optimistic lock failed. */
#define K8_CONFLICT_MODIFIED                                                                       \
  "the object has been modified; please apply your changes to the latest version and try again"

const K8Status *k8_status_new_not_found (K8Region *region,
                                         K8GroupResource resource,
                                         const char *name);
const K8Status *k8_status_new_already_exists (K8Region *region,
                                              K8GroupResource resource,
                                              const char *name);
const K8Status *k8_status_new_name_conflict (K8Region *region,
                                             K8GroupResource resource,
                                             const char *name,
                                             gint32 retry_after_seconds);
const K8Status *k8_status_new_conflict (K8Region *region,
                                        K8GroupResource resource,
                                        const char *name,
                                        const char *why);
const K8Status *k8_status_new_forbidden (K8Region *region,
                                         K8GroupResource resource,
                                         const char *name,
                                         const char *why);
const K8Status *k8_status_new_invalid (K8Region *region,
                                       K8GroupResource kind,
                                       const char *name,
                                       const K8FieldErrors *errors);
const K8Status *k8_status_new_method_not_supported (K8Region *region,
                                                    K8GroupResource resource,
                                                    const char *action);
const K8Status *k8_status_new_server_timeout (K8Region *region,
                                              K8GroupResource resource,
                                              const char *operation,
                                              gint32 retry_after_seconds);

/* About the request rather than an object. */
const K8Status *k8_status_new_bad_request (K8Region *region, const char *message);
const K8Status *k8_status_new_unauthorized (K8Region *region, const char *message);
const K8Status *k8_status_new_gone (K8Region *region, const char *message);
const K8Status *k8_status_new_expired (K8Region *region, const char *message);
const K8Status *k8_status_new_timeout (K8Region *region,
                                       const char *message,
                                       gint32 retry_after_seconds);
const K8Status *k8_status_new_too_many_requests (K8Region *region,
                                                 const char *message,
                                                 gint32 retry_after_seconds);
const K8Status *k8_status_new_too_large (K8Region *region, const char *message);
const K8Status *k8_status_new_unavailable (K8Region *region, const char *message);
const K8Status *k8_status_new_internal (K8Region *region, const char *message);
const K8Status *k8_status_new_not_acceptable (K8Region *region, const char *accepted_types);
const K8Status *k8_status_new_not_acceptable_text (K8Region *region, const char *message);
const K8Status *k8_status_new_unsupported_media_type (K8Region *region, const char *accepted_types);

/* A resource version that the store has not reached: a Timeout with its own cause. */
const K8Status *k8_status_new_future_version (K8Region *region, guint64 wanted, guint64 current);

/* What upstream says by the code alone: 400, 404 (no such path), 405, 415, 422 (a patch that
 * does not apply). */
const K8Status *k8_status_new_generic (K8Region *region, gint32 code);

/* An error that upstream has not classed: 500 without a reason. */
const K8Status *k8_status_new_error (K8Region *region, const char *message);

/* The answer to a deletion that is done. */
const K8Status *k8_status_new_success (K8Region *region,
                                       K8GroupResource resource,
                                       const char *name,
                                       const char *uid);
