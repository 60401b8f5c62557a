/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares a stored object with ours, member by member. What the server adds behind decoding and
 * defaults is left out by its path; [] in a path stands for every index.
 */

#include <string.h>

#include "tests/diff/validation/suite.h"

typedef struct
{
  const char *kind; /* NULL: every kind */
  const char *path; /* of what is not compared, with everything below it */
} LeftOut;

static const LeftOut left_out[] = {
  /* The store. */
  { NULL, "metadata.uid" },
  { NULL, "metadata.creationTimestamp" },
  { NULL, "metadata.generation" },
  { NULL, "metadata.resourceVersion" },
  { NULL, "metadata.name" }, /* generated ones; others would not be found */
  { NULL, "metadata.namespace" },
  /* Strategies. */
  { "Pod", "status" },
  { "Deployment", "status" },
  { "ReplicaSet", "status" },
  { "Namespace", "spec.finalizers" },
  { "Namespace", "status" },
  { "Service", "status" },
  /* Admission. */
  { "Pod", "spec.priority" },
  { "Pod", "spec.preemptionPolicy" },
  { "Pod", "spec.serviceAccountName" },
  { "Pod", "spec.serviceAccount" },
  { "Node", "spec.taints" },
  /* Allocators. */
  { "Service", "spec.clusterIP" },
  { "Service", "spec.clusterIPs" },
  { "Service", "spec.ipFamilies" },
  { "Service", "spec.ipFamilyPolicy" },
  { "Service", "spec.ports[].nodePort" },
  { "Service", "spec.healthCheckNodePort" },
};

/* Lists to which admission appends: tolerations and the token volume. */
static const LeftOut appended[] = {
  { "Pod", "spec.tolerations" },
  { "Pod", "spec.volumes" },
  { "Pod", "spec.containers[].volumeMounts" },
  { "Pod", "spec.initContainers[].volumeMounts" },
};

static gboolean
is_in (const LeftOut *rows, guint n, const char *kind, const char *path)
{
  for (guint i = 0; i < n; i++)
    if ((rows[i].kind == NULL || g_str_equal (rows[i].kind, kind)) &&
        g_str_equal (rows[i].path, path))
      return TRUE;
  return FALSE;
}

/* @shown has indexes, @pattern has []. */
typedef struct
{
  GString *differences;
  const char *kind;
} Comparison;

static void compare_nodes (const Comparison *self,
                           const char *shown,
                           const char *pattern,
                           JsonNode *expected,
                           JsonNode *actual);

static char *
show (JsonNode *node)
{
  return node == NULL ? g_strdup ("nothing") : json_to_string (node, FALSE);
}

static void
add_difference (const Comparison *self, const char *shown, JsonNode *expected, JsonNode *actual)
{
  g_autofree char *expected_text = show (expected);
  g_autofree char *actual_text = show (actual);

  g_string_append_printf (self->differences, "    %s: %.300s, ours %.300s\n", shown, expected_text,
                          actual_text);
}

static void
compare_member (const Comparison *self,
                const char *shown,
                const char *pattern,
                const char *name,
                JsonObject *expected,
                JsonObject *actual)
{
  const char *dot = shown[0] == '\0' ? "" : ".";
  g_autofree char *member_shown = g_strconcat (shown, dot, name, NULL);
  g_autofree char *member_pattern = g_strconcat (pattern, dot, name, NULL);

  compare_nodes (self, member_shown, member_pattern, json_object_get_member (expected, name),
                 json_object_get_member (actual, name));
}

static void
compare_objects (const Comparison *self,
                 const char *shown,
                 const char *pattern,
                 JsonObject *expected,
                 JsonObject *actual)
{
  g_autoptr (GList) names = json_object_get_members (expected);
  g_autoptr (GList) our_names = json_object_get_members (actual);

  for (GList *l = names; l != NULL; l = l->next)
    compare_member (self, shown, pattern, l->data, expected, actual);
  for (GList *l = our_names; l != NULL; l = l->next)
    if (!json_object_has_member (expected, l->data))
      compare_member (self, shown, pattern, l->data, expected, actual);
}

static void
compare_arrays (const Comparison *self,
                const char *shown,
                const char *pattern,
                JsonArray *expected,
                JsonArray *actual)
{
  guint n = json_array_get_length (expected);
  guint n_ours = json_array_get_length (actual);
  g_autofree char *item_pattern = g_strconcat (pattern, "[]", NULL);

  if (is_in (appended, G_N_ELEMENTS (appended), self->kind, pattern))
    n = MIN (n, n_ours);
  for (guint i = 0; i < MAX (n, n_ours); i++)
    {
      g_autofree char *item_shown = g_strdup_printf ("%s[%u]", shown, i);
      compare_nodes (self, item_shown, item_pattern,
                     i < n ? json_array_get_element (expected, i) : NULL,
                     i < n_ours ? json_array_get_element (actual, i) : NULL);
    }
}

static void
compare_nodes (const Comparison *self,
               const char *shown,
               const char *pattern,
               JsonNode *expected,
               JsonNode *actual)
{
  if (is_in (left_out, G_N_ELEMENTS (left_out), self->kind, pattern))
    return;
  if (actual == NULL && is_in (appended, G_N_ELEMENTS (appended), self->kind, pattern))
    return;
  if (expected == NULL || actual == NULL ||
      json_node_get_node_type (expected) != json_node_get_node_type (actual))
    add_difference (self, shown, expected, actual);
  else if (JSON_NODE_HOLDS_OBJECT (expected))
    compare_objects (self, shown, pattern, json_node_get_object (expected),
                     json_node_get_object (actual));
  else if (JSON_NODE_HOLDS_ARRAY (expected))
    compare_arrays (self, shown, pattern, json_node_get_array (expected),
                    json_node_get_array (actual));
  else if (!json_node_equal (expected, actual))
    add_difference (self, shown, expected, actual);
}

void
compare_stored (GString *differences, const char *kind, JsonNode *expected, JsonNode *actual)
{
  Comparison comparison = { differences, kind };

  compare_nodes (&comparison, "", "", expected, actual);
}
