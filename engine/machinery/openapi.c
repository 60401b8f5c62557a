/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenAPI v3: the index, the documents, and the names of schemas. A message belongs to the
 * package of the kind whose rows it stands in front of; what stands before the first kind with a
 * resource is API machinery.
 * Source: apiserver and kube-openapi pkg/handler3 (v1.36). Departures: the hash is 32 digits;
 * paths of watches and of discovery itself are left out; texts are our own.
 */
#include "machinery/openapi.h"

#include <string.h>

#include "base/assert.h"
#include "base/digest.h"
#include "codec/json_scan.h"
#include "machinery/discovery.h"
#include "machinery/gvk.h"
#include "machinery/openapi_parts.h"

void
k8_openapi_append_member (GString *out, const char *name, const char *value)
{
  g_string_append_c (out, '"');
  g_string_append (out, name);
  g_string_append (out, "\":");
  k8_json_append_string (out, value, strlen (value));
}

void
k8_openapi_append_ref_name (GString *out, const char *name)
{
  g_string_append (out, "{\"$ref\":\"#/components/schemas/");
  g_string_append (out, name);
  g_string_append (out, "\"}");
}

void
k8_openapi_append_ref (GString *out, guint message)
{
  g_string_append (out, "{\"$ref\":\"#/components/schemas/");
  k8_assert (k8_openapi_append_schema_name (out, message));
  g_string_append (out, "\"}");
}

void
k8_openapi_append_list_ref (GString *out, const K8KindInfo *kind)
{
  g_string_append (out, "{\"$ref\":\"#/components/schemas/");
  k8_openapi_append_schema_name (out, kind->message);
  g_string_append (out, "List\"}");
}

void
k8_openapi_append_gvk (GString *out, const K8KindInfo *kind)
{
  g_string_append_c (out, '{');
  k8_openapi_append_member (out, "group", kind->group);
  g_string_append_c (out, ',');
  k8_openapi_append_member (out, "kind", kind->kind);
  g_string_append_c (out, ',');
  k8_openapi_append_member (out, "version", kind->version);
  g_string_append_c (out, '}');
}

/* The kind whose message comes first at or behind a message. */
static const K8KindInfo *
find_kind_behind (guint message)
{
  const K8KindInfo *found = NULL;

  for (guint i = 1; i < K8_N_KINDS; i++)
    if (k8_kinds[i].message >= message
        && (found == NULL || k8_kinds[i].message < found->message))
      found = &k8_kinds[i];
  return found;
}

gboolean
k8_openapi_append_schema_name (GString *out, guint message)
{
  gboolean is_template = message == k8_message_pod_template_spec; /* it stands in apps.def */
  const K8KindInfo *kind = is_template ? &k8_kinds[K8_KIND_Pod] : find_kind_behind (message);

  if (message <= k8_message_partial_object_metadata)
    {
      g_string_append (out, K8_SCHEMA_META);
      g_string_append (out, k8_messages[message].name);
      return TRUE;
    }
  if (kind == NULL)
    return FALSE;
  const char *group = kind->group[0] == '\0' ? "core" : kind->group;
  const char *dot = strchr (group, '.');
  g_string_append (out, "io.k8s.api.");
  g_string_append_len (out, group, dot == NULL ? (gssize) strlen (group) : dot - group);
  g_string_append_c (out, '.');
  g_string_append (out, kind->version);
  g_string_append_c (out, '.');
  g_string_append (out, k8_messages[message].name);
  return TRUE;
}

/* "api/v1", "apis/apps/v1": the path of a group's document below /openapi/v3. */
static void
append_path (GString *out, const char *group, const char *version)
{
  g_string_append (out, group[0] == '\0' ? "api/" : "apis/");
  g_string_append (out, group);
  g_string_append (out, group[0] == '\0' ? "" : "/");
  g_string_append (out, version);
}

/* The group whose document is at @path; FALSE if there is none. */
static gboolean
find_group (const char *path, guint *ret_index)
{
  for (guint i = 0; i < k8_groups_n (); i++)
    {
      g_autoptr (GString) own = g_string_new (NULL);
      append_path (own, k8_group_name (i), k8_group_version (i));
      if (strcmp (own->str, path) == 0)
        {
          *ret_index = i;
          return TRUE;
        }
    }
  return FALSE;
}

/**
 * k8_openapi_append_document:
 * @path: as in the index
 *
 * Writes the document of a group-version. It depends on the build alone.
 *
 * Returns: FALSE if there is no such document.
 * Cost: some hundred kilobytes of text; keep it.
 */
gboolean
k8_openapi_append_document (GString *out, const char *path)
{
  guint index;

  if (!find_group (path, &index))
    return FALSE;
  const char *group = k8_group_name (index);
  const char *version = k8_group_version (index);
  g_string_append (out, "{\"openapi\":\"3.0.0\",\"info\":{\"title\":\"Kubernetes\","
                        "\"version\":\"1.36\"},\"paths\":{");
  k8_openapi_append_paths (out, group, version);
  g_string_append (out, "},\"components\":{\"schemas\":{");
  k8_openapi_append_schemas (out, group, version);
  g_string_append (out, "},\"securitySchemes\":{\"BearerToken\":{\"type\":\"apiKey\","
                        "\"description\":\"Bearer token of the user.\",\"name\":"
                        "\"authorization\",\"in\":\"header\"}}}}");
  return TRUE;
}

gboolean
k8_openapi_hash (const char *path, char ret_hash[K8_OPENAPI_HASH_TEXT])
{
  g_autoptr (GString) document = g_string_new (NULL);
  K8Digest digest;

  G_STATIC_ASSERT (K8_OPENAPI_HASH_TEXT == K8_DIGEST_LETTERS + 1);
  if (!k8_openapi_append_document (document, path))
    return FALSE;
  k8_digest_init (&digest);
  k8_digest_add_bytes (&digest, document->str, document->len);
  k8_digest_text (&digest, ret_hash);
  for (guint i = 0; i < K8_DIGEST_LETTERS; i++)
    if (ret_hash[i] >= 'a')
      ret_hash[i] = (char) (ret_hash[i] - 'a' + 'A');
  return TRUE;
}

static void
append_entry (GString *out, const char *group)
{
  g_autoptr (GString) path = g_string_new (NULL);
  char hash[K8_OPENAPI_HASH_TEXT];

  for (guint i = 0; i < k8_groups_n (); i++)
    if (strcmp (k8_group_name (i), group) == 0)
      append_path (path, group, k8_group_version (i));
  k8_assert (k8_openapi_hash (path->str, hash));
  g_string_append_c (out, '"');
  g_string_append (out, path->str);
  g_string_append (out, "\":{\"serverRelativeURL\":\"/openapi/v3/");
  g_string_append (out, path->str);
  g_string_append (out, "?hash=");
  g_string_append (out, hash);
  g_string_append (out, "\"}");
}

/* The group that comes next by name behind @previous, or NULL. */
static const char *
find_next_group (const char *previous)
{
  const char *next = NULL;

  for (guint i = 0; i < k8_groups_n (); i++)
    {
      const char *group = k8_group_name (i);
      if (strcmp (group, previous) > 0 && (next == NULL || strcmp (group, next) < 0))
        next = group;
    }
  return next;
}

void
k8_openapi_append_index (GString *out)
{
  g_string_append (out, "{\"paths\":{");
  append_entry (out, "");
  for (const char *group = find_next_group (""); group != NULL; group = find_next_group (group))
    {
      g_string_append_c (out, ',');
      append_entry (out, group);
    }
  g_string_append (out, "}}");
}
