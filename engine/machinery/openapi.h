/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenAPI v3, written from the rows: the index and one document for each group-version, with
 * the schemas, extensions and operations that kubectl's explain, apply, diff, create and edit
 * read. Documents are a constant of the build; callers may keep them.
 */
#pragma once

#include <glib.h>

enum
{
  K8_OPENAPI_HASH_TEXT = 33, /* 32 hexadecimal digits and a NUL */
};

void k8_openapi_append_index (GString *out);

/* The document of "api/v1" or "apis/apps/v1"; FALSE if there is none. */
gboolean k8_openapi_append_document (GString *out, const char *path);

/* The hash that the index gives for a document; also its ETag. FALSE if there is none. */
gboolean k8_openapi_hash (const char *path, char ret_hash[K8_OPENAPI_HASH_TEXT]);

/* The name of a message's schema: "io.k8s.api.core.v1.Pod". FALSE for messages without. */
gboolean k8_openapi_append_schema_name (GString *out, guint message);
