/* SPDX-License-Identifier: Apache-2.0
 *
 * Patches: JSON patch (RFC 6902), merge patch (RFC 7386) and strategic merge patch. An object
 * becomes JSON as its clients see it, is patched, and is decoded again, so that what the schema
 * does not know is reported as for any body.
 * What follows (defaults, strategy, validation) is the caller's, as for an update.
 */
#pragma once

#include <glib.h>

#include "machinery/json_value.h"
#include "schema/kinds.h"

typedef enum
{
  K8_PATCH_TYPE_NONE,
  K8_PATCH_TYPE_JSON,
  K8_PATCH_TYPE_MERGE,
  K8_PATCH_TYPE_STRATEGIC,
  K8_PATCH_TYPE_APPLY, /* not of this file */
} K8PatchType;

/* The type of a Content-Type header (parameters are ignored), or NONE. */
K8PatchType k8_patch_type_of_content_type (const char *content_type);

typedef struct
{
  K8PatchType type;
  const K8KindInfo *kind;
  const void *current;          /* the object to change */
  const char *resource_version; /* (nullable): as clients see it */
  const char *body;
  gsize body_bytes;
} K8PatchRequest;

/* What a patch gave. Zero it before, clear it after (with g_steal_pointer for what is kept). */
typedef struct
{
  const void *object;     /* (transfer full) (nullable): the patched object */
  const K8Status *status; /* (transfer full) (nullable): why there is none */
  GPtrArray *problems;    /* (nullable) (element-type utf8): unknown and duplicate fields */
  char *value;            /* private (nullable): what refusals quote */
} K8PatchResult;

/* TRUE with ret->object, or FALSE with ret->status. */
gboolean k8_patch_apply (K8Region *region, const K8PatchRequest *request, K8PatchResult *ret);
void k8_patch_result_clear (K8PatchResult *self);

/* The refusal of a patch that has problems, for fieldValidation=Strict. (transfer full) */
const K8Status *k8_patch_result_new_strict_status (K8Region *region, const K8PatchRequest *request,
                                                   K8PatchResult *self);

enum
{
  K8_JSON_PATCH_MAX_OPERATIONS = 10000, /* upstream's */
  K8_JSON_PATCH_MAX_COPIED_BYTES = 48 * 1024 * 1024, /* of nodes; upstream: 3 MiB of text */
  K8_JSON_PATCH_MAX_MOVED = 32 * 1024 * 1024, /* items pushed aside in arrays and objects */
};

/* The parts, on trees: they change @target and @patch and share between them. */
K8Json *k8_merge_patch_apply (K8JsonPool *pool, K8Json *target, K8Json *patch);

/* NULL when an operation does not apply. */
K8Json *k8_json_patch_apply (K8JsonPool *pool, K8Json *target, const K8Json *patch);

/* Why a strategic merge patch does not apply. */
typedef struct
{
  guint code;    /* 400, 422 or 500 */
  char *message; /* g_free() */
} K8StrategicError;

/* NULL with the error set when it does not apply. @info is the type of @target. */
K8Json *k8_strategic_patch_apply (K8JsonPool *pool, const K8MessageInfo *info, K8Json *target,
                                  K8Json *patch, K8StrategicError *ret_error);
