/* SPDX-License-Identifier: Apache-2.0
 *
 * Authorisation by a table: masters and the components of the control plane may everything,
 * others may read what tells clients how to speak with the server, and nobody else may anything.
 * Source: kubernetes plugin/pkg/auth/authorizer (v1.36), messages of pkg/endpoints/handlers.
 * LATER: roles and bindings; without their kinds there is nothing from which to grant more.
 */
#include "apiserver/authorize.h"

#include <string.h>

#include "base/string.h"
#include "machinery/status.h"

/* Paths that anyone may read. */
static const char *const public_paths[]
    = { "/healthz", "/livez", "/readyz", "/version", "/version/" };

/* Paths, and what lies below them, that any user with a name may read. */
static const char *const discovery_paths[] = { "/api", "/apis", "/openapi" };

static gboolean
lies_below (const char *path, const char *prefix)
{
  gsize length = strlen (prefix);

  return strncmp (path, prefix, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static gboolean
may_read_path (const K8Identity *identity, const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (public_paths); i++)
    if (strcmp (path, public_paths[i]) == 0)
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (discovery_paths) && !identity->is_anonymous; i++)
    if (lies_below (path, discovery_paths[i]))
      return TRUE;
  return FALSE;
}

gboolean
k8_authorize_is_component (const char *user)
{
  return user != NULL && strncmp (user, "system:", strlen ("system:")) == 0
         && strncmp (user, "system:serviceaccount:", strlen ("system:serviceaccount:")) != 0
         && strcmp (user, "system:anonymous") != 0;
}

/* `pods "web" is forbidden: User "u" cannot get resource "pods/log" in API group "" …` */
static const K8Status *
forbid_resource (K8Region *region, const K8Identity *identity, const K8Attributes *attributes)
{
  GString *why = g_string_new (NULL);

  g_string_append_printf (why, "User \"%s\" cannot %s resource \"%s%s%s\" in API group \"%s\" ",
                          identity->user, attributes->verb, attributes->plural,
                          attributes->subresource == NULL ? "" : "/",
                          k8_string_or_empty (attributes->subresource), attributes->group);
  if (attributes->namespace_name == NULL)
    g_string_append (why, "at the cluster scope");
  else
    g_string_append_printf (why, "in the namespace \"%s\"", attributes->namespace_name);
  const K8Status *status = k8_status_new_forbidden (
      region, (K8GroupResource){ attributes->group, attributes->plural },
      k8_string_or_empty (attributes->name), why->str);
  g_string_free (why, TRUE);
  return status;
}

/* `forbidden: User "u" cannot get path "/api"` */
static const K8Status *
forbid_path (K8Region *region, const K8Identity *identity, const K8Attributes *attributes)
{
  K8StatusDetailsEdit details;
  K8StatusEdit status;
  char *message = g_strdup_printf ("forbidden: User \"%s\" cannot %s path \"%s\"",
                                   identity->user, attributes->verb, attributes->path);

  k8_status_details_edit (&details, region, NULL);
  k8_status_edit (&status, region, NULL);
  k8_status_set_status (&status, "Failure");
  k8_status_set_message (&status, message);
  k8_status_set_reason (&status, "Forbidden");
  k8_status_set_details (&status, k8_status_details_seal (&details));
  k8_status_set_code (&status, 403);
  g_free (message);
  return k8_status_seal (&status);
}

const K8Status *
k8_authorize (K8Region *region, const K8Identity *identity, const K8Attributes *attributes)
{
  if (identity->is_master || k8_authorize_is_component (identity->user))
    return NULL;
  if (attributes->path == NULL)
    return forbid_resource (region, identity, attributes);
  if (strcmp (attributes->verb, "get") == 0 && may_read_path (identity, attributes->path))
    return NULL;
  return forbid_path (region, identity, attributes);
}
