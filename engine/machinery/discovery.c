/* SPDX-License-Identifier: Apache-2.0
 *
 * Discovery documents, written from the table of kinds and the table of subresources below.
 * Order is upstream's: groups by priority, resources and subresources by name.
 * Source: apiserver pkg/endpoints/discovery, apidiscovery v2 (v1.36). Departures: no
 * storageVersionHash, which is optional; only what this server serves is listed.
 */
#include "machinery/discovery.h"

#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "codec/json_scan.h"
#include "machinery/gvk.h"

/* Groups by upstream's priority; one is there when a kind with a resource is. */
static const char *const group_order[] = {
  "",
  "apiregistration.k8s.io",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "resource.k8s.io",
  "flowcontrol.apiserver.k8s.io",
};

/* Beside status and scale, which rows of kinds say. */
static const K8Subresource own_subresources[] = {
  { K8_KIND_Namespace, "finalize", "", "v1", "Namespace", "update", FALSE },
  { K8_KIND_Pod, "binding", "", "v1", "Binding", "create", FALSE },
  { K8_KIND_Pod, "log", "", "v1", "Pod", "get", FALSE },
  { K8_KIND_ServiceAccount, "token", "authentication.k8s.io", "v1", "TokenRequest", "create",
    TRUE },
};

static K8Subresource
get_scale (const K8KindInfo *kind)
{
  return (K8Subresource){ kind->id, "scale", "autoscaling", "v1",
                          "Scale",  "get,patch,update", TRUE };
}

static K8Subresource
get_status (const K8KindInfo *kind)
{
  return (K8Subresource){ kind->id,   "status", kind->group, kind->version,
                          kind->kind, "get,patch,update", FALSE };
}

/* By name: the own ones all sort before "scale" but "token", whose kind has no other. */
gboolean
k8_subresource_get (const K8KindInfo *kind, guint index, K8Subresource *ret)
{
  for (guint i = 0; i < G_N_ELEMENTS (own_subresources); i++)
    if (own_subresources[i].kind == kind->id && index-- == 0)
      {
        *ret = own_subresources[i];
        return TRUE;
      }
  if (kind->has_scale && index-- == 0)
    {
      *ret = get_scale (kind);
      return TRUE;
    }
  if (kind->has_status && index == 0)
    {
      *ret = get_status (kind);
      return TRUE;
    }
  return FALSE;
}

guint
k8_subresources_n (const K8KindInfo *kind)
{
  K8Subresource subresource;
  guint n = 0;

  while (k8_subresource_get (kind, n, &subresource))
    n++;
  return n;
}

gboolean
k8_subresource_find (const K8KindInfo *kind, const char *name, K8Subresource *ret)
{
  K8Subresource subresource;

  for (guint i = 0; k8_subresource_get (kind, i, &subresource); i++)
    if (strcmp (subresource.name, name) == 0)
      {
        *ret = subresource;
        return TRUE;
      }
  return FALSE;
}

/* The version of a group that is served, or NULL. */
static const char *
find_version (const char *group)
{
  for (guint i = 1; i < K8_N_KINDS; i++)
    if (k8_kinds[i].plural != NULL && strcmp (k8_kinds[i].group, group) == 0)
      return k8_kinds[i].version;
  return NULL;
}

/* The place in group_order of the index-th group that is there. */
static guint
find_group (guint index)
{
  for (guint i = 0; i < G_N_ELEMENTS (group_order); i++)
    if (find_version (group_order[i]) != NULL && index-- == 0)
      return i;
  k8_assert_not_reached ();
  return 0;
}

guint
k8_groups_n (void)
{
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (group_order); i++)
    n += find_version (group_order[i]) != NULL;
  return n;
}

const char *
k8_group_name (guint index)
{
  return group_order[find_group (index)];
}

const char *
k8_group_version (guint index)
{
  return find_version (k8_group_name (index));
}

gboolean
k8_group_version_is_served (const char *group, const char *version)
{
  const char *served = find_version (group);

  return served != NULL && strcmp (served, version) == 0;
}

/* The kind of this group whose plural comes next behind @previous (NULL: the first); or NULL. */
static const K8KindInfo *
find_next_resource (const char *group, const char *previous)
{
  const K8KindInfo *next = NULL;

  for (guint i = 1; i < K8_N_KINDS; i++)
    {
      const K8KindInfo *kind = &k8_kinds[i];
      if (kind->plural == NULL || strcmp (kind->group, group) != 0)
        continue;
      if ((previous == NULL || strcmp (kind->plural, previous) > 0)
          && (next == NULL || strcmp (kind->plural, next->plural) < 0))
        next = kind;
    }
  return next;
}

/* `"name":"value"`; names and values here need no escapes. */
static void
append_member (GString *out, const char *name, const char *value)
{
  g_string_append_c (out, '"');
  g_string_append (out, name);
  g_string_append (out, "\":\"");
  g_string_append (out, value);
  g_string_append_c (out, '"');
}

/* `,"name":["a","b"]` from words by comma; nothing for NULL. */
static void
append_words (GString *out, const char *name, const char *words)
{
  if (words == NULL)
    return;
  g_string_append (out, ",\"");
  g_string_append (out, name);
  g_string_append (out, "\":[\"");
  for (const char *c = words; *c != '\0'; c++)
    {
      if (*c == ',')
        g_string_append (out, "\",\"");
      else
        g_string_append_c (out, *c);
    }
  g_string_append (out, "\"]");
}

static void
append_group_version (GString *out, const char *group, const char *version)
{
  g_string_append (out, group);
  g_string_append (out, group[0] == '\0' ? "" : "/");
  g_string_append (out, version);
}

/* {"groupVersion":"apps/v1","version":"v1"} */
static void
append_version (GString *out, const char *group, const char *version)
{
  g_string_append (out, "{\"groupVersion\":\"");
  append_group_version (out, group, version);
  g_string_append (out, "\",");
  append_member (out, "version", version);
  g_string_append_c (out, '}');
}

void
k8_discovery_append_versions (GString *out, const char *server_address)
{
  g_string_append (out, "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],"
                        "\"serverAddressByClientCIDRs\":[{\"clientCIDR\":\"0.0.0.0/0\","
                        "\"serverAddress\":");
  k8_json_append_string (out, server_address, strlen (server_address));
  g_string_append (out, "}]}\n");
}

/* The members of a group, behind kind and apiVersion where it stands alone. */
static void
append_group (GString *out, const char *group)
{
  const char *version = find_version (group);

  append_member (out, "name", group);
  g_string_append (out, ",\"versions\":[");
  append_version (out, group, version);
  g_string_append (out, "],\"preferredVersion\":");
  append_version (out, group, version);
  g_string_append_c (out, '}');
}

void
k8_discovery_append_groups (GString *out)
{
  g_string_append (out, "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[");
  for (guint i = 1; i < k8_groups_n (); i++)
    {
      g_string_append (out, i == 1 ? "{" : ",{");
      append_group (out, k8_group_name (i));
    }
  g_string_append (out, "]}\n");
}

/* FALSE if the group is not served; the core group has no such document. */
gboolean
k8_discovery_append_group (GString *out, const char *group)
{
  if (group[0] == '\0' || find_version (group) == NULL)
    return FALSE;
  g_string_append (out, "{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",");
  append_group (out, group);
  g_string_append_c (out, '\n');
  return TRUE;
}

static void
append_resource (GString *out, const K8KindInfo *kind)
{
  g_string_append_c (out, '{');
  append_member (out, "name", kind->plural);
  g_string_append_c (out, ',');
  append_member (out, "singularName", kind->singular);
  g_string_append (out, kind->is_namespaced ? ",\"namespaced\":true," : ",\"namespaced\":false,");
  append_member (out, "kind", kind->kind);
  append_words (out, "verbs", k8_kind_verbs (kind));
  append_words (out, "shortNames", kind->short_names);
  append_words (out, "categories", kind->categories);
  g_string_append_c (out, '}');
}

static void
append_subresource (GString *out, const K8KindInfo *kind, const K8Subresource *subresource)
{
  g_string_append (out, ",{\"name\":\"");
  g_string_append (out, kind->plural);
  g_string_append_c (out, '/');
  g_string_append (out, subresource->name);
  g_string_append (out, "\",\"singularName\":\"\",\"namespaced\":");
  g_string_append (out, kind->is_namespaced ? "true," : "false,");
  if (subresource->is_other_version)
    {
      append_member (out, "group", subresource->group);
      g_string_append_c (out, ',');
      append_member (out, "version", subresource->version);
      g_string_append_c (out, ',');
    }
  append_member (out, "kind", subresource->response_kind);
  append_words (out, "verbs", subresource->verbs);
  g_string_append_c (out, '}');
}

/* /api/v1 and /apis/G/V; FALSE if that version is not served. */
gboolean
k8_discovery_append_resources (GString *out, const char *group, const char *version)
{
  const K8KindInfo *kind = NULL;
  K8Subresource subresource;
  gboolean is_first = TRUE;

  if (!k8_group_version_is_served (group, version))
    return FALSE;
  g_string_append (out, "{\"kind\":\"APIResourceList\",");
  g_string_append (out, group[0] == '\0' ? "" : "\"apiVersion\":\"v1\",");
  g_string_append (out, "\"groupVersion\":\"");
  append_group_version (out, group, version);
  g_string_append (out, "\",\"resources\":[");
  while ((kind = find_next_resource (group, kind == NULL ? NULL : kind->plural)) != NULL)
    {
      g_string_append (out, is_first ? "" : ",");
      is_first = FALSE;
      append_resource (out, kind);
      for (guint i = 0; k8_subresource_get (kind, i, &subresource); i++)
        append_subresource (out, kind, &subresource);
    }
  g_string_append (out, "]}\n");
  return TRUE;
}

/* Upstream leaves group and version empty where they are those of the list around it. */
static void
append_response_kind (GString *out, const char *group, const char *version, const char *kind)
{
  g_string_append (out, ",\"responseKind\":{");
  append_member (out, "group", group);
  g_string_append_c (out, ',');
  append_member (out, "version", version);
  g_string_append_c (out, ',');
  append_member (out, "kind", kind);
  g_string_append_c (out, '}');
}

static void
append_aggregated_subresources (GString *out, const K8KindInfo *kind)
{
  K8Subresource subresource;

  if (k8_subresources_n (kind) == 0)
    return;
  g_string_append (out, ",\"subresources\":[");
  for (guint i = 0; k8_subresource_get (kind, i, &subresource); i++)
    {
      gboolean is_other = subresource.is_other_version;
      g_string_append (out, i == 0 ? "{" : ",{");
      append_member (out, "subresource", subresource.name);
      append_response_kind (out, is_other ? subresource.group : "",
                            is_other ? subresource.version : "", subresource.response_kind);
      append_words (out, "verbs", subresource.verbs);
      g_string_append_c (out, '}');
    }
  g_string_append_c (out, ']');
}

static void
append_aggregated_resource (GString *out, const K8KindInfo *kind)
{
  g_string_append_c (out, '{');
  append_member (out, "resource", kind->plural);
  append_response_kind (out, "", "", kind->kind);
  g_string_append_c (out, ',');
  append_member (out, "scope", kind->is_namespaced ? "Namespaced" : "Cluster");
  g_string_append_c (out, ',');
  append_member (out, "singularResource", kind->singular);
  append_words (out, "verbs", k8_kind_verbs (kind));
  append_words (out, "shortNames", kind->short_names);
  append_words (out, "categories", kind->categories);
  append_aggregated_subresources (out, kind);
  g_string_append_c (out, '}');
}

static void
append_aggregated_group (GString *out, const char *group)
{
  const K8KindInfo *kind = NULL;
  gboolean is_first = TRUE;

  g_string_append (out, "{\"metadata\":{");
  if (group[0] != '\0')
    append_member (out, "name", group);
  g_string_append (out, "},\"versions\":[{");
  append_member (out, "version", find_version (group));
  g_string_append (out, ",\"resources\":[");
  while ((kind = find_next_resource (group, kind == NULL ? NULL : kind->plural)) != NULL)
    {
      g_string_append (out, is_first ? "" : ",");
      is_first = FALSE;
      append_aggregated_resource (out, kind);
    }
  g_string_append (out, "],\"freshness\":\"Current\"}]}");
}

void
k8_discovery_append_aggregated (GString *out, K8DiscoveryScope scope)
{
  guint first = scope == K8_DISCOVERY_CORE ? 0 : 1;
  guint end = scope == K8_DISCOVERY_CORE ? 1 : k8_groups_n ();

  g_string_append (out, "{\"kind\":\"APIGroupDiscoveryList\","
                        "\"apiVersion\":\"apidiscovery.k8s.io/v2\",\"metadata\":{},\"items\":[");
  for (guint i = first; i < end; i++)
    {
      g_string_append (out, i == first ? "" : ",");
      append_aggregated_group (out, k8_group_name (i));
    }
  g_string_append (out, "]}\n");
}

static void
append_path (GString *out, const char *a, const char *b, const char *c)
{
  g_string_append (out, "    \"");
  g_string_append (out, a);
  g_string_append (out, b);
  g_string_append (out, c);
  g_string_append (out, "\",\n");
}

/* The group that comes next by name behind @previous, or NULL. */
static const char *
find_next_group (const char *previous)
{
  const char *next = NULL;

  for (guint i = 1; i < G_N_ELEMENTS (group_order); i++)
    if (find_version (group_order[i]) != NULL && strcmp (group_order[i], previous) > 0
        && (next == NULL || strcmp (group_order[i], next) < 0))
      next = group_order[i];
  return next;
}

void
k8_discovery_append_root (GString *out)
{
  g_string_append (out, "{\n  \"paths\": [\n");
  append_path (out, "/api", "", "");
  append_path (out, "/api/v1", "", "");
  append_path (out, "/apis", "", "");
  append_path (out, "/apis/", "", "");
  for (const char *group = find_next_group (""); group != NULL; group = find_next_group (group))
    {
      g_autofree char *version = g_strconcat ("/", find_version (group), NULL);
      append_path (out, "/apis/", group, "");
      append_path (out, "/apis/", group, version);
    }
  append_path (out, "/healthz", "", "");
  append_path (out, "/livez", "", "");
  append_path (out, "/openapi/v3", "", "");
  append_path (out, "/openapi/v3/", "", "");
  append_path (out, "/readyz", "", "");
  g_string_append (out, "    \"/version\"\n  ]\n}");
}

static void
append_pretty (GString *out, const char *name, const char *value)
{
  g_string_append (out, "  \"");
  g_string_append (out, name);
  g_string_append (out, "\": ");
  k8_json_append_string (out, value, strlen (value));
  g_string_append (out, strcmp (name, "platform") == 0 ? "\n" : ",\n");
}

/* Major and minor are upstream's 1.36, whose API this is; goVersion and compiler say C's. */
void
k8_discovery_append_version (GString *out, const K8VersionInfo *info)
{
  g_string_append (out, "{\n");
  append_pretty (out, "major", "1");
  append_pretty (out, "minor", "36");
  append_pretty (out, "emulationMajor", "1");
  append_pretty (out, "emulationMinor", "36");
  append_pretty (out, "minCompatibilityMajor", "1");
  append_pretty (out, "minCompatibilityMinor", "35");
  append_pretty (out, "gitVersion", info->git_version);
  append_pretty (out, "gitCommit", info->git_commit);
  append_pretty (out, "gitTreeState", "clean");
  append_pretty (out, "buildDate", info->build_date);
  append_pretty (out, "goVersion", "none");
  append_pretty (out, "compiler", "c17");
  append_pretty (out, "platform", info->platform);
  g_string_append_c (out, '}');
}
