/* SPDX-License-Identifier: Apache-2.0
 *
 * One decision beside its recording: gate, order of nodes, start of the search, PreFilter, every
 * node's verdict, feasible nodes in order, scores by plugin, totals, choice, message, culprits.
 */
#include "tests/diff/decisions/suite.h"

char *
decision_join (JsonArray *array)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    g_string_append_printf (out, "%s%s", i == 0 ? "" : ",",
                            json_array_get_string_element (array, i));
  return g_string_free (out, FALSE);
}

static const char *
node_name (const DecisionWorld *self, guint32 node)
{
  return k8_scheduler_cache_node (&self->cache, node)->name;
}

char *
decision_join_nodes (const DecisionWorld *self, const guint32 *nodes, guint n)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (out, "%s%s", i == 0 ? "" : ",", node_name (self, nodes[i]));
  return g_string_free (out, FALSE);
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  return json_object_has_member (object, name) ? json_object_get_array_member (object, name)
                                               : NULL;
}

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  return json_object_has_member (object, name) ? json_object_get_object_member (object, name)
                                               : NULL;
}

static const char *
get_text (JsonObject *object, const char *name)
{
  return json_object_get_string_member_with_default (object, name, "");
}

/* NULL if equal. */
static char *
differ (const char *what, const char *expected, const char *actual)
{
  return g_strcmp0 (expected, actual) == 0
             ? NULL
             : g_strdup_printf ("%s: %s, ours %s", what, expected, actual);
}

static char *
compare_gate (const K8Pod *pod, JsonObject *out)
{
  JsonObject *gated = get_object (out, "gated");
  GString *reason = g_string_new (NULL);
  const K8Plugin *gate = k8_framework_find_gate (pod, reason);
  g_autofree char *ours = gate == NULL ? g_strdup ("none")
                                       : g_strdup_printf ("%s %s", gate->name, reason->str);
  g_autofree char *theirs = g_strdup ("none");

  if (gated != NULL)
    {
      g_autofree char *reasons = decision_join (get_array (gated, "reasons"));
      g_free (theirs);
      theirs = g_strdup_printf ("%s %s", get_text (gated, "plugin"), reasons);
    }
  g_string_free (reason, TRUE);
  return differ ("gate", theirs, ours);
}

static char *
compare_pre_filter (const DecisionWorld *self, const K8Decision *decision, JsonObject *out)
{
  JsonObject *theirs = get_object (out, "prefilter");
  g_autofree char *expected = g_strdup ("none");
  g_autofree char *actual = g_strdup ("none");

  if (theirs != NULL)
    {
      g_autofree char *reasons = decision_join (get_array (theirs, "reasons"));
      g_autofree char *nodes = decision_join (get_array (theirs, "nodes"));
      g_free (expected);
      expected = json_object_has_member (theirs, "subset")
                     ? g_strdup_printf ("subset %s", nodes)
                     : g_strdup_printf ("%s %s %s", get_text (theirs, "plugin"),
                                        get_text (theirs, "code"), reasons);
    }
  if (decision->pre_filter_code != K8_CODE_SUCCESS)
    {
      g_free (actual);
      actual = g_strdup_printf ("%s %s %s", k8_plugins[decision->pre_filter_plugin]->name,
                                k8_code_name (decision->pre_filter_code),
                                decision->pre_filter_reason);
    }
  else if (decision->restricting != 0)
    {
      g_autofree char *nodes = decision_join_nodes (self, decision->candidates.elements,
                                                    decision->candidates.n);
      g_free (actual);
      actual = g_strdup_printf ("subset %s", nodes);
    }
  return differ ("prefilter", expected, actual);
}

/* "plugin code reasons" of every node that was rejected. */
static GHashTable *
list_their_verdicts (JsonObject *out)
{
  GHashTable *verdicts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  JsonArray *rejected = get_array (out, "rejected");

  for (guint i = 0; rejected != NULL && i < json_array_get_length (rejected); i++)
    {
      JsonObject *group = json_array_get_object_element (rejected, i);
      JsonArray *nodes = get_array (group, "nodes");
      g_autofree char *reasons = decision_join (get_array (group, "reasons"));
      for (guint j = 0; j < json_array_get_length (nodes); j++)
        g_hash_table_insert (verdicts, (gpointer) json_array_get_string_element (nodes, j),
                             g_strdup_printf ("%s %s %s", get_text (group, "plugin"),
                                              get_text (group, "code"), reasons));
    }
  return verdicts;
}

static char *
show_verdict (const K8Verdict *verdict, const K8PodRequests *requests)
{
  GString *text = g_string_new (NULL);
  const char *separator = " ";

  g_string_append_printf (text, "%s %s", k8_plugins[verdict->plugin]->name,
                          k8_code_name ((K8Code) verdict->code));
  for (guint bit = 0; bit < K8_MAX_REASONS; bit++)
    if ((verdict->reasons >> bit & 1) != 0)
      {
        g_string_append (text, separator);
        k8_verdict_append_reason (verdict, requests, bit, text);
        separator = ",";
      }
  return g_string_free (text, FALSE);
}

static char *
compare_verdicts (DecisionWorld *self, const K8Pod *pod, const K8Decision *decision,
                  JsonObject *out)
{
  g_autoptr (GHashTable) theirs = list_their_verdicts (out);
  const K8PodRequests *requests = k8_scheduler_cache_requests (&self->cache, pod);

  for (guint i = 0; i < decision->rejected.n; i++)
    {
      const K8Verdict *verdict = &((const K8Verdict *) decision->rejected.elements)[i];
      const char *name = node_name (self, verdict->node);
      const char *expected = g_hash_table_lookup (theirs, name);
      g_autofree char *actual = show_verdict (verdict, requests);
      if (g_strcmp0 (expected, actual) != 0)
        return g_strdup_printf ("verdict of %s: %s, ours %s", name, expected, actual);
    }
  if (g_hash_table_size (theirs) != decision->rejected.n)
    return g_strdup_printf ("rejected nodes: %u, ours %u", g_hash_table_size (theirs),
                            decision->rejected.n);
  return NULL;
}

static char *
join_numbers (JsonArray *array)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    g_string_append_printf (out, " %" G_GINT64_FORMAT, json_array_get_int_element (array, i));
  return g_string_free (out, FALSE);
}

static char *
join_own_numbers (const K8Array *array)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < array->n; i++)
    g_string_append_printf (out, " %" G_GINT64_FORMAT, ((const gint64 *) array->elements)[i]);
  return g_string_free (out, FALSE);
}

static char *
compare_row (const char *what, JsonNode *row, const K8Array *own)
{
  g_autofree char *expected =
      row == NULL || JSON_NODE_HOLDS_NULL (row) ? g_strdup ("")
                                                : join_numbers (json_node_get_array (row));
  g_autofree char *actual = join_own_numbers (own);

  return differ (what, expected, actual);
}

static char *
compare_scores (const DecisionWorld *self, const K8Decision *decision, JsonObject *out)
{
  JsonArray *raw = get_array (out, "raw");
  JsonArray *norm = get_array (out, "norm");
  char *found = NULL;

  for (guint i = 0; raw != NULL && found == NULL && i < json_array_get_length (raw); i++)
    {
      const char *name = json_array_get_string_element (self->score_plugins, i);
      const K8Plugin *plugin = k8_plugin_find (name);
      if (plugin == NULL || plugin->score == NULL)
        continue;
      guint place = (guint) __builtin_ctz (k8_plugin_bit (plugin));
      found = compare_row (name, json_array_get_element (raw, i), &decision->raw[place]);
      if (found == NULL)
        found = compare_row (name, json_array_get_element (norm, i), &decision->norm[place]);
    }
  if (found == NULL)
    found = compare_row ("total", json_object_get_member (out, "total"), &decision->totals);
  return found;
}

static int
compare_strings (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static char *
join_plugins (guint32 mask)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; k8_plugins[i] != NULL; i++)
    if ((mask >> i & 1) != 0)
      g_ptr_array_add (names, (gpointer) k8_plugins[i]->name);
  g_ptr_array_sort (names, compare_strings);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (",", (char **) names->pdata);
}

static char *
compare_outcome (const DecisionWorld *self, const K8Decision *decision, const char *message,
                 JsonObject *out)
{
  gboolean is_placed = decision->result == K8_DECISION_SCHEDULED;
  g_autofree char *culprits = decision_join (get_array (out, "unschedulablePlugins"));
  g_autofree char *own_culprits = join_plugins (is_placed ? 0 : decision->rejecting);
  char *found = differ ("node", get_text (out, "node"),
                        is_placed ? node_name (self, decision->node) : "");

  if (found == NULL)
    found = differ ("message", get_text (out, "message"), message);
  if (found == NULL)
    found = differ ("reason", get_text (out, "reason"), is_placed ? "" : "Unschedulable");
  return found != NULL ? found : differ ("unschedulablePlugins", culprits, own_culprits);
}

static char *
compare_search (DecisionWorld *self, const K8Pod *pod, const K8Decision *decision,
                JsonObject *out)
{
  gint64 start = json_object_get_int_member_with_default (out, "start", 0);
  g_autofree char *feasible = decision_join (get_array (out, "feasible"));
  g_autofree char *own =
      decision_join_nodes (self, decision->feasible.elements, decision->feasible.n);
  char *found = compare_pre_filter (self, decision, out);

  /* The recording counts through all nodes, also where only some are candidates. */
  if (decision->restricting != 0)
    start = decision->candidates.n == 0 ? 0 : start % decision->candidates.n;
  if (found == NULL && decision->pre_filter_code == K8_CODE_SUCCESS && start != decision->start)
    found = g_strdup_printf ("start: %" G_GINT64_FORMAT ", ours %u", start, decision->start);
  if (found == NULL)
    found = compare_verdicts (self, pod, decision, out);
  return found != NULL ? found : differ ("feasible", feasible, own);
}

static char *
compare_order (DecisionWorld *self, JsonObject *out)
{
  if (!json_object_has_member (out, "nodeOrder"))
    return NULL;
  g_autofree char *expected = decision_join (get_array (out, "nodeOrder"));
  g_autofree char *actual =
      decision_join_nodes (self, k8_scheduler_cache_order (&self->cache),
                           k8_scheduler_cache_n_nodes (&self->cache));
  return differ ("nodeOrder", expected, actual);
}

char *
decision_compare (DecisionWorld *self, const K8Pod *pod, JsonObject *out)
{
  g_autoptr (GString) message = g_string_new (NULL);
  char *found = compare_gate (pod, out);

  if (found != NULL || json_object_has_member (out, "gated"))
    return found;
  if (self->is_off_track && json_object_has_member (out, "start"))
    self->framework.next_start =
        (guint32) json_object_get_int_member_with_default (out, "start", 0);
  const K8Decision *decision =
      k8_framework_decide (&self->framework, &self->cache, pod, message);
  found = compare_order (self, out);
  if (found == NULL)
    found = compare_search (self, pod, decision, out);
  if (found == NULL)
    found = compare_scores (self, decision, out);
  return found != NULL ? found : compare_outcome (self, decision, message->str, out);
}

/* Plugins of the recording that are none of ours. */

static const char *
if_foreign (const char *name)
{
  return k8_plugin_find (name) == NULL ? name : NULL;
}

static gboolean
has_scores (JsonArray *row)
{
  for (guint i = 0; i < json_array_get_length (row); i++)
    if (json_array_get_int_element (row, i) != 0)
      return TRUE;
  return FALSE;
}

static const char *
find_foreign_score (const DecisionWorld *self, JsonArray *norm)
{
  for (guint i = 0; norm != NULL && i < json_array_get_length (norm); i++)
    {
      const char *name = json_array_get_string_element (self->score_plugins, i);
      JsonNode *row = json_array_get_element (norm, i);
      if (if_foreign (name) != NULL && !JSON_NODE_HOLDS_NULL (row) &&
          has_scores (json_node_get_array (row)))
        return name;
    }
  return NULL;
}

static const char *
find_foreign_name (JsonArray *names)
{
  for (guint i = 0; names != NULL && i < json_array_get_length (names); i++)
    if (if_foreign (json_array_get_string_element (names, i)) != NULL)
      return json_array_get_string_element (names, i);
  return NULL;
}

const char *
decision_find_foreign (const DecisionWorld *self, JsonObject *out)
{
  JsonArray *rejected = get_array (out, "rejected");
  JsonObject *pre_filter = get_object (out, "prefilter");
  const char *found = NULL;

  if (json_object_has_member (out, "preemption"))
    return "preemption";
  for (guint i = 0; found == NULL && rejected != NULL && i < json_array_get_length (rejected); i++)
    found = if_foreign (get_text (json_array_get_object_element (rejected, i), "plugin"));
  if (found == NULL && pre_filter != NULL && json_object_has_member (pre_filter, "plugin"))
    found = if_foreign (get_text (pre_filter, "plugin"));
  if (found == NULL)
    found = find_foreign_name (get_array (out, "unschedulablePlugins"));
  if (found == NULL)
    found = find_foreign_score (self, get_array (out, "norm"));
  return found;
}
