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

/* What a patch gave. Zero it before, clear it after. */
typedef struct
{
  const void *object;  /* (transfer full) (nullable): the patched object; unref it yourself */
  GPtrArray *problems; /* (nullable) (element-type utf8): unknown and duplicate fields */
  guint code;          /* 0, or the HTTP status of the refusal */
  const char *reason;  /* static: "BadRequest", "Invalid", "" for InternalError's like */
  char *message;       /* the Status's message */
} K8PatchResult;

gboolean k8_patch_apply (K8Region *region, const K8PatchRequest *request, K8PatchResult *ret);
void k8_patch_result_clear (K8PatchResult *self);

/* The parts, on trees. NULL with a message (g_free) when the patch cannot be applied. */
K8Json *k8_merge_patch_apply (K8JsonPool *pool, K8Json *target, const K8Json *patch);
K8Json *k8_json_patch_apply (K8JsonPool *pool, K8Json *target, const K8Json *patch,
                             char **ret_message);
K8Json *k8_strategic_patch_apply (K8JsonPool *pool, const K8MessageInfo *info, K8Json *target,
                                  K8Json *patch, char **ret_message);
