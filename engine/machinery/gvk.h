/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of kinds: group, version, kind and resource, as texts that clients write and read.
 * "apps/v1" is an apiVersion, "deployments.apps" a qualified resource, "DeploymentList" a list
 * kind. Also the one way to an object's metadata when its type is known only at run time.
 */
#pragma once

#include <glib.h>

#include "schema/kinds.h"

/* A group and a version as a borrowed stretch of an apiVersion. */
typedef struct
{
  const char *group; /* "" for core */
  gsize group_bytes;
  const char *version;
  gsize version_bytes;
} K8GroupVersion;

gboolean k8_group_version_parse (const char *api_version, K8GroupVersion *ret);
gboolean k8_kind_is_api_version (const K8KindInfo *self, const char *api_version);
const K8KindInfo *k8_kind_find_api_version (const char *api_version, const char *kind);
void k8_kind_append_api_version (const K8KindInfo *self, GString *out);
void k8_kind_append_resource (const K8KindInfo *self, GString *out);
char *k8_kind_dup_package (const K8KindInfo *self);
char *k8_kind_dup_mismatch (const K8KindInfo *self, const char *given_version,
                            const char *given_kind);
gboolean k8_kind_has_verb (const K8KindInfo *self, const char *verb);
const char *k8_kind_verbs (const K8KindInfo *self);
gboolean k8_list_text_has (const char *comma_list, const char *word);

/* Metadata of an object of any kind; NULL for records without. (transfer none) */
const K8ObjectMeta *k8_object_get_meta (const void *object);

/* The object with other metadata, taken over (transfer full); the result is the caller's. */
const void *k8_object_with_meta (const void *object, const K8ObjectMeta *meta);
