/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths of an OpenAPI document: the operations on each resource, with what kubectl looks for:
 * the kind, the parameters dryRun and fieldValidation, and the media types of patches.
 * Source: kubernetes api/openapi-spec/v3 (v1.36). Departures: no watch paths; answers are listed
 * as JSON only; parameters of lists are those that narrow them.
 */
#include "machinery/openapi_parts.h"

#include <string.h>

#include "base/assert.h"
#include "machinery/discovery.h"
#include "machinery/gvk.h"

/* What an operation does: upstream's x-kubernetes-action, and the rest that follows from it. */
typedef struct
{
  const char *method;      /* "get" */
  const char *action;      /* "list" */
  const char *id;          /* "list": begins the operation's name */
  const char *verb;        /* that the kind must have */
  const char *parameters;  /* JSON objects by comma, or "" */
} Operation;

#define TEXT_PARAMETER(name, doc)                                                                  \
  "{\"name\":\"" name "\",\"in\":\"query\",\"description\":\"" doc "\",\"schema\":{\"type\":"      \
  "\"string\",\"uniqueItems\":true}}"
#define OTHER_PARAMETER(name, type, doc)                                                           \
  "{\"name\":\"" name "\",\"in\":\"query\",\"description\":\"" doc "\",\"schema\":{\"type\":\""    \
  type "\",\"uniqueItems\":true}}"
#define WRITE_PARAMETERS                                                                           \
  TEXT_PARAMETER ("dryRun", "All: nothing is stored.")                                             \
  "," TEXT_PARAMETER ("fieldManager", "Who writes.") ","                                           \
  TEXT_PARAMETER ("fieldValidation", "Strict, Warn or Ignore: what unknown fields mean.")
#define PATCH_PARAMETERS                                                                           \
  WRITE_PARAMETERS "," OTHER_PARAMETER ("force", "boolean", "Take over fields of others.")
#define LIST_PARAMETERS                                                                            \
  TEXT_PARAMETER ("continue", "Where the last page ended.")                                        \
  "," TEXT_PARAMETER ("fieldSelector", "Only objects with these values.") ","                      \
  TEXT_PARAMETER ("labelSelector", "Only objects with these labels.") ","                          \
  OTHER_PARAMETER ("limit", "integer", "Objects a page.") ","                                      \
  TEXT_PARAMETER ("resourceVersion", "How fresh the answer must be.") ","                          \
  TEXT_PARAMETER ("resourceVersionMatch", "How resourceVersion is meant.") ","                     \
  OTHER_PARAMETER ("sendInitialEvents", "boolean", "Begin a watch with what is there.") ","        \
  OTHER_PARAMETER ("timeoutSeconds", "integer", "When to end.") ","                                \
  OTHER_PARAMETER ("allowWatchBookmarks", "boolean", "Send bookmarks in a watch.") ","             \
  OTHER_PARAMETER ("watch", "boolean", "Send changes as they happen.")
#define DELETE_PARAMETERS                                                                          \
  TEXT_PARAMETER ("dryRun", "All: nothing is stored.")                                             \
  "," OTHER_PARAMETER ("gracePeriodSeconds", "integer", "Time to end in.") ","                     \
  OTHER_PARAMETER ("orphanDependents", "boolean", "Old form of propagationPolicy.") ","            \
  TEXT_PARAMETER ("propagationPolicy", "What happens to dependents.")

static const Operation list_operation = { "get", "list", "list", "list", LIST_PARAMETERS };
static const Operation post_operation = { "post", "post", "create", "create", WRITE_PARAMETERS };
static const Operation delete_all_operation
    = { "delete", "deletecollection", "delete", "deletecollection", LIST_PARAMETERS };
static const Operation get_operation = { "get", "get", "read", "get", "" };
static const Operation put_operation = { "put", "put", "replace", "update", WRITE_PARAMETERS };
static const Operation delete_operation
    = { "delete", "delete", "delete", "delete", DELETE_PARAMETERS };
static const Operation patch_operation = { "patch", "patch", "patch", "patch", PATCH_PARAMETERS };

/* A path being written. */
typedef struct
{
  GString *out;
  const K8KindInfo *resource;
  const K8Subresource *subresource; /* NULL: the resource itself */
  gboolean is_all_namespaces;
  gboolean is_first; /* no operation yet */
} Path;

static void
append_capital (GString *out, const char *text, gsize length)
{
  gboolean is_letter = length > 0 && text[0] >= 'a' && text[0] <= 'z';

  if (length > 0)
    g_string_append_c (out, is_letter ? (char) (text[0] - 'a' + 'A') : text[0]);
  if (length > 1)
    g_string_append_len (out, text + 1, (gssize) length - 1);
}

/* "readAppsV1NamespacedDeploymentStatus" */
static void
append_operation_id (const Path *self, const Operation *operation)
{
  const K8KindInfo *kind = self->resource;
  const char *group = kind->group[0] == '\0' ? "core" : kind->group;
  const char *dot = strchr (group, '.');

  g_string_append (self->out, "\"operationId\":\"");
  g_string_append (self->out, operation->id);
  append_capital (self->out, group, dot == NULL ? strlen (group) : (gsize) (dot - group));
  append_capital (self->out, kind->version, strlen (kind->version));
  g_string_append (self->out,
                   operation == &delete_all_operation ? "Collection" : "");
  if (kind->is_namespaced && !self->is_all_namespaces)
    g_string_append (self->out, "Namespaced");
  g_string_append (self->out, kind->kind);
  if (self->subresource != NULL)
    append_capital (self->out, self->subresource->name, strlen (self->subresource->name));
  g_string_append (self->out, self->is_all_namespaces ? "ForAllNamespaces\"" : "\"");
}

/* The kind that goes in and comes out, or NULL where it has no schema here. */
static const K8KindInfo *
get_kind (const Path *self)
{
  const K8Subresource *subresource = self->subresource;

  if (subresource == NULL)
    return self->resource;
  return k8_kind_find (subresource->group, subresource->version, subresource->response_kind);
}

static void
append_schema (const Path *self, const Operation *operation)
{
  const K8KindInfo *kind = get_kind (self);

  if (operation == &list_operation)
    k8_openapi_append_list_ref (self->out, self->resource);
  else if (operation == &delete_operation || operation == &delete_all_operation)
    k8_openapi_append_ref (self->out, k8_message_status);
  else if (kind != NULL && (self->subresource == NULL
                            || strcmp (self->subresource->name, "log") != 0))
    k8_openapi_append_ref (self->out, kind->message);
  else
    g_string_append (self->out, "{\"type\":\"string\"}");
}

static void
append_body (const Path *self, const Operation *operation)
{
  static const char *const media_types[]
      = { "application/apply-patch+yaml", "application/json-patch+json",
          "application/merge-patch+json", "application/strategic-merge-patch+json" };

  g_string_append (self->out, ",\"requestBody\":{\"content\":{");
  if (operation == &patch_operation)
    for (guint i = 0; i < G_N_ELEMENTS (media_types); i++)
      {
        g_string_append (self->out, i == 0 ? "\"" : ",\"");
        g_string_append (self->out, media_types[i]);
        g_string_append (self->out, "\":{\"schema\":");
        k8_openapi_append_ref_name (self->out, K8_SCHEMA_META "Patch");
        g_string_append_c (self->out, '}');
      }
  else
    {
      gboolean is_delete = strcmp (operation->method, "delete") == 0;
      g_string_append (self->out, "\"*/*\":{\"schema\":");
      if (is_delete)
        k8_openapi_append_ref (self->out, k8_message_delete_options);
      else
        append_schema (self, operation);
      g_string_append_c (self->out, '}');
    }
  g_string_append (self->out, strcmp (operation->method, "delete") == 0
                                  ? "}}"
                                  : "},\"required\":true}");
}

static void
append_operation (Path *self, const Operation *operation)
{
  const K8KindInfo *kind = get_kind (self);

  g_string_append (self->out, self->is_first ? "\"" : ",\"");
  self->is_first = FALSE;
  g_string_append (self->out, operation->method);
  g_string_append (self->out, "\":{");
  append_operation_id (self, operation);
  if (operation->parameters[0] != '\0')
    {
      g_string_append (self->out, ",\"parameters\":[");
      g_string_append (self->out, operation->parameters);
      g_string_append_c (self->out, ']');
    }
  if (strcmp (operation->method, "get") != 0)
    append_body (self, operation);
  g_string_append (self->out, ",\"responses\":{\"200\":{\"description\":\"OK\",\"content\":{"
                              "\"application/json\":{\"schema\":");
  append_schema (self, operation);
  g_string_append (self->out, "}}},\"401\":{\"description\":\"Unauthorized\"}},");
  k8_openapi_append_member (self->out, "x-kubernetes-action", operation->action);
  g_string_append (self->out, ",\"x-kubernetes-group-version-kind\":");
  k8_openapi_append_gvk (self->out, kind != NULL ? kind : self->resource);
  g_string_append_c (self->out, '}');
}

static void
append_if (Path *self, const Operation *operation)
{
  if (k8_kind_has_verb (self->resource, operation->verb))
    append_operation (self, operation);
}

static void
append_path_parameter (GString *out, const char *name, const char *doc)
{
  g_string_append (out, "{\"name\":\"");
  g_string_append (out, name);
  g_string_append (out, "\",\"in\":\"path\",\"description\":\"");
  g_string_append (out, doc);
  g_string_append (out, "\",\"required\":true,\"schema\":{\"type\":\"string\","
                        "\"uniqueItems\":true}},");
}

/* Opens a path: `"/apis/apps/v1/namespaces/{namespace}/deployments`. */
static void
begin_path (Path *self)
{
  const K8KindInfo *kind = self->resource;
  gsize length = self->out->len;

  g_string_append (self->out, length > 0 && self->out->str[length - 1] == '}' ? ",\"" : "\"");
  g_string_append (self->out, kind->group[0] == '\0' ? "/api/" : "/apis/");
  k8_kind_append_api_version (kind, self->out);
  if (kind->is_namespaced && !self->is_all_namespaces)
    g_string_append (self->out, "/namespaces/{namespace}");
  g_string_append_c (self->out, '/');
  g_string_append (self->out, kind->plural);
  self->is_first = TRUE;
}

/* Closes it with the parameters that all its operations have. */
static void
end_path (const Path *self, gboolean has_name)
{
  g_string_append (self->out, self->is_first ? "" : ",");
  g_string_append (self->out, "\"parameters\":[");
  if (has_name)
    append_path_parameter (self->out, "name", "Name of the object.");
  if (self->resource->is_namespaced && !self->is_all_namespaces)
    append_path_parameter (self->out, "namespace", "Namespace of the object.");
  g_string_append (self->out, TEXT_PARAMETER ("pretty", "true: indented.") "]}");
}

static void
append_collection (Path *self)
{
  begin_path (self);
  g_string_append (self->out, "\":{");
  append_if (self, &list_operation);
  if (!self->is_all_namespaces)
    {
      append_if (self, &post_operation);
      append_if (self, &delete_all_operation);
    }
  end_path (self, FALSE);
}

static void
append_item (Path *self)
{
  begin_path (self);
  g_string_append (self->out, "/{name}\":{");
  append_if (self, &get_operation);
  append_if (self, &put_operation);
  append_if (self, &delete_operation);
  append_if (self, &patch_operation);
  end_path (self, TRUE);
}

static void
append_subresource (Path *self)
{
  static const Operation *const operations[]
      = { &get_operation, &put_operation, &post_operation, &patch_operation };

  begin_path (self);
  g_string_append (self->out, "/{name}/");
  g_string_append (self->out, self->subresource->name);
  g_string_append (self->out, "\":{");
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    if (k8_list_text_has (self->subresource->verbs, operations[i]->verb))
      append_operation (self, operations[i]);
  end_path (self, TRUE);
}

static void
append_resource (GString *out, const K8KindInfo *kind)
{
  Path path = { .out = out, .resource = kind };
  K8Subresource subresource;

  if (kind->is_namespaced && k8_kind_has_verb (kind, "list"))
    {
      path.is_all_namespaces = TRUE;
      append_collection (&path);
      path.is_all_namespaces = FALSE;
    }
  append_collection (&path);
  if (k8_kind_has_verb (kind, "get"))
    append_item (&path);
  path.subresource = &subresource;
  for (guint i = 0; k8_subresource_get (kind, i, &subresource); i++)
    append_subresource (&path);
}

void
k8_openapi_append_paths (GString *out, const char *group, const char *version)
{
  g_autoptr (GString) paths = g_string_new (NULL);

  for (guint i = 1; i < K8_N_KINDS; i++)
    if (k8_kinds[i].plural != NULL && strcmp (k8_kinds[i].group, group) == 0
        && strcmp (k8_kinds[i].version, version) == 0)
      append_resource (paths, &k8_kinds[i]);
  g_string_append_len (out, paths->str, (gssize) paths->len);
}
