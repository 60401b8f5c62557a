/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the OpenAPI documents share: small writers of JSON, and the two halves of a
 * document, schemas and paths. For openapi*.c alone.
 */
#pragma once

#include <glib.h>

#include "schema/kinds.h"

/* `"name":"value"` with escapes. */
void k8_openapi_append_member (GString *out, const char *name, const char *value);

/* {"$ref":"#/components/schemas/NAME"} of a message, and of a schema by its name. */
void k8_openapi_append_ref (GString *out, guint message);
void k8_openapi_append_ref_name (GString *out, const char *name);

/* A reference to the list of a kind. */
void k8_openapi_append_list_ref (GString *out, const K8KindInfo *kind);
void k8_openapi_append_gvk (GString *out, const K8KindInfo *kind);

/* The members of `components.schemas` and of `paths` of a group-version. */
void k8_openapi_append_schemas (GString *out, const char *group, const char *version);
void k8_openapi_append_paths (GString *out, const char *group, const char *version);

#define K8_SCHEMA_META "io.k8s.apimachinery.pkg.apis.meta.v1."
#define K8_SCHEMA_QUANTITY "io.k8s.apimachinery.pkg.api.resource.Quantity"
#define K8_SCHEMA_INT_OR_STRING "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
#define K8_SCHEMA_RAW "io.k8s.apimachinery.pkg.runtime.RawExtension"
