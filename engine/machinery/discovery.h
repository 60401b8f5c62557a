/* SPDX-License-Identifier: Apache-2.0
 *
 * Discovery: which groups, versions and resources there are, written as JSON from the table of
 * kinds. The plain documents and the aggregated one (APIGroupDiscoveryList v2) lie at the same
 * paths; which one is wanted is the Accept header's business (the API server's).
 */
#pragma once

#include <glib.h>

#include "schema/kinds.h"

/* One subresource that is served. */
typedef struct
{
  guint16 kind;        /* K8KindId of the resource it hangs on */
  const char *name;    /* "status", "scale", "log" */
  const char *group;   /* of what it takes and answers */
  const char *version;
  const char *response_kind;
  const char *verbs; /* by comma */
  gboolean is_other_version; /* its group-version is not that of the resource */
} K8Subresource;

/* Subresources of a kind in the order of discovery (by name). */
guint k8_subresources_n (const K8KindInfo *kind);
gboolean k8_subresource_get (const K8KindInfo *kind, guint index, K8Subresource *ret);
gboolean k8_subresource_find (const K8KindInfo *kind, const char *name, K8Subresource *ret);

/* Groups with their versions, core first, then in upstream's order of priority. */
guint k8_groups_n (void);
const char *k8_group_name (guint index);
const char *k8_group_version (guint index); /* the one version that we serve */
gboolean k8_group_version_is_served (const char *group, const char *version);

void k8_discovery_append_versions (GString *out, const char *server_address); /* /api */
void k8_discovery_append_groups (GString *out);                               /* /apis */
gboolean k8_discovery_append_group (GString *out, const char *group);         /* /apis/G */
gboolean k8_discovery_append_resources (GString *out, const char *group, const char *version);

typedef enum
{
  K8_DISCOVERY_CORE,   /* at /api */
  K8_DISCOVERY_GROUPS, /* at /apis */
} K8DiscoveryScope;
void k8_discovery_append_aggregated (GString *out, K8DiscoveryScope scope);

/* Paths of / by name. */
void k8_discovery_append_root (GString *out);

typedef struct
{
  const char *git_version; /* "v1.36.2" */
  const char *git_commit;
  const char *build_date;
  const char *platform; /* "linux/amd64" */
} K8VersionInfo;
void k8_discovery_append_version (GString *out, const K8VersionInfo *info); /* /version */
