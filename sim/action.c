/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests as kubectl would send them.
 */
#include "sim/action.h"

#include <string.h>

#include "base/string.h"
#include "codec/json.h"
#include "machinery/gvk.h"

static void
append_path (GString *target, const SimAction *action)
{
  const K8KindInfo *kind = action->kind;

  if (*kind->group == '\0')
    g_string_append_printf (target, "/api/%s", kind->version);
  else
    g_string_append_printf (target, "/apis/%s/%s", kind->group, kind->version);
  if (kind->is_namespaced && action->namespace_name != NULL)
    g_string_append_printf (target, "/namespaces/%s", action->namespace_name);
  g_string_append_printf (target, "/%s", kind->plural);
  if (action->name != NULL)
    g_string_append_printf (target, "/%s", action->name);
  if (action->subresource != NULL)
    g_string_append_printf (target, "/%s", action->subresource);
  g_string_append (target, "?fieldManager=scenario");
}

K8HttpRequest *
sim_action_request (K8Region *region, const SimAction *action)
{
  g_autoptr (GString) target = g_string_new (NULL);
  g_autofree char *bearer = g_strdup_printf ("Bearer %s", action->token);

  append_path (target, action);
  K8HttpRequest *request = k8_http_request_new (region, action->method, target->str);
  k8_http_request_add_header (request, "authorization", bearer);
  k8_http_request_add_header (request, "accept", "application/json");
  k8_http_request_add_header (request, "user-agent", "orrery-scenario");
  if (action->body == NULL)
    return request;
  k8_http_request_add_header (request, "content-type",
                              action->content_type == NULL ? "application/json"
                                                           : action->content_type);
  k8_http_request_set_body (request, action->body, strlen (action->body));
  return request;
}

/* "apps/v1" as group and version. */
static const K8KindInfo *
find_kind (const char *api_version, const char *kind)
{
  const char *slash = strchr (api_version, '/');
  g_autofree char *group
      = slash == NULL ? g_strdup ("") : g_strndup (api_version, (gsize) (slash - api_version));

  return k8_kind_find (group, slash == NULL ? api_version : slash + 1, kind);
}

char *
sim_action_dup_problem (const char *json)
{
  K8JsonDecoded decoded = { 0 };
  char *problem = NULL;

  if (!k8_json_decode_type (json, strlen (json), &decoded))
    problem = g_strdup (decoded.error);
  else if (decoded.kind == NULL || decoded.api_version == NULL)
    problem = g_strdup ("expected apiVersion and kind");
  else
    {
      const K8KindInfo *kind = find_kind (decoded.api_version, decoded.kind);
      if (kind == NULL || kind->plural == NULL)
        problem = g_strdup_printf ("no matches for kind \"%s\" in version \"%s\"", decoded.kind,
                                   decoded.api_version);
    }
  k8_json_decoded_clear (&decoded);
  return problem;
}

const K8KindInfo *
sim_action_find_kind (const char *json)
{
  K8JsonDecoded decoded = { 0 };
  const K8KindInfo *kind = NULL;

  if (k8_json_decode_type (json, strlen (json), &decoded))
    kind = find_kind (decoded.api_version, decoded.kind);
  k8_json_decoded_clear (&decoded);
  return kind;
}

gboolean
sim_action_target (K8Region *region, const char *json, const K8KindInfo **ret_kind,
                   char **ret_namespace, char **ret_name)
{
  K8JsonDecoded decoded = { 0 };
  gsize length = strlen (json);
  const K8KindInfo *kind = sim_action_find_kind (json);

  if (kind == NULL)
    return FALSE;
  const void *object
      = k8_json_decode (region, &k8_messages[kind->message], json, length, &decoded);
  k8_json_decoded_clear (&decoded);
  *ret_kind = kind;
  *ret_namespace = g_strdup ("default");
  *ret_name = NULL;
  if (object == NULL)
    return FALSE;
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  if (k8_object_meta_namespace (meta) != NULL)
    {
      g_free (*ret_namespace);
      *ret_namespace = g_strdup (k8_object_meta_namespace (meta));
    }
  *ret_name = g_strdup (k8_object_meta_name (meta));
  k8_record_unref (object);
  return *ret_name != NULL;
}
