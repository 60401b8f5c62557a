/* SPDX-License-Identifier: Apache-2.0
 *
 * Explanations: the decision is made once more over copies of cache and framework, with every
 * node considered, and taken apart node by node.
 */
#include "scheduler/explain.h"

#include "base/text.h"
#include "scheduler/plugins.h"
#include "scheduler/scheduler.h"
#include "scheduler/state.h"

/* Copies that may be written to. */
typedef struct
{
  K8SchedulerCache cache;
  K8Framework framework;
} Sandbox;

static void
open_sandbox (Sandbox *sandbox, const K8Scheduler *scheduler, const K8Pod *pod)
{
  k8_scheduler_cache_clone (&sandbox->cache, &scheduler->cache);
  k8_framework_clone (&sandbox->framework, &scheduler->framework);
  sandbox->framework.percentage_of_nodes = 100;
  k8_scheduler_cache_remove_pod (&sandbox->cache, pod);
  k8_scheduler_cache_refresh (&sandbox->cache);
}

static void
close_sandbox (Sandbox *sandbox)
{
  k8_framework_clear (&sandbox->framework);
  k8_scheduler_cache_clear (&sandbox->cache);
}

/* The pod as if it had no node yet. (transfer full) */
static const K8Pod *
without_node (K8Region *region, const K8Pod *pod)
{
  K8PodSpecEdit spec;
  K8PodEdit edit;

  k8_pod_spec_edit (&spec, region, k8_pod_spec (pod));
  k8_pod_spec_clear_node_name (&spec);
  k8_pod_edit (&edit, region, pod);
  k8_pod_set_spec (&edit, k8_pod_spec_seal (&spec));
  return k8_pod_seal (&edit);
}

static void
list_nodes (K8SchedulerExplanation *self, Sandbox *sandbox, const K8Pod *pod)
{
  guint32 n = k8_scheduler_cache_n_nodes (&sandbox->cache);
  const guint32 *order = k8_scheduler_cache_order (&sandbox->cache);
  g_autofree guint32 *failing = g_new0 (guint32, n + 1);

  k8_framework_judge (&sandbox->framework, &sandbox->cache, pod, failing);
  for (guint32 i = 0; i < n; i++)
    {
      K8NodeExplanation node = {
        .node_name = k8_string_ref (k8_scheduler_cache_node (&sandbox->cache, order[i])->name),
        .failing = failing[i],
        .verdict = { .node = order[i] }
      };
      g_array_append_val (self->nodes, node);
    }
}

static K8NodeExplanation *
find_node (K8SchedulerExplanation *self, guint32 node)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      K8NodeExplanation *found = &g_array_index (self->nodes, K8NodeExplanation, i);
      if (found->verdict.node == node)
        return found;
    }
  return NULL;
}

static void
take_scores (K8SchedulerExplanation *self, const K8Decision *decision, guint32 index)
{
  guint32 slot = ((const guint32 *) decision->feasible.elements)[index];
  K8NodeExplanation *node = find_node (self, slot);

  node->is_chosen = decision->result == K8_DECISION_SCHEDULED && decision->node == slot;
  if (decision->n_scored_from == 0)
    return;
  node->is_scored = TRUE;
  node->total = ((const gint64 *) decision->totals.elements)[index];
  for (guint i = 0; k8_plugins[i] != NULL; i++)
    if ((decision->scored >> i & 1) != 0)
      {
        node->raw[i] = ((const gint64 *) decision->raw[i].elements)[index];
        node->norm[i] = ((const gint64 *) decision->norm[i].elements)[index];
      }
}

static void
take_decision (K8SchedulerExplanation *self, Sandbox *sandbox, const K8Pod *pod)
{
  const K8Decision *decision =
      k8_framework_decide (&sandbox->framework, &sandbox->cache, pod, self->message);

  self->result = decision->result;
  self->scored = decision->scored;
  for (guint32 i = 0; i < decision->rejected.n; i++)
    {
      const K8Verdict *verdict = &((const K8Verdict *) decision->rejected.elements)[i];
      find_node (self, verdict->node)->verdict = *verdict;
    }
  for (guint32 i = 0; i < decision->feasible.n; i++)
    take_scores (self, decision, i);
}

gboolean
k8_scheduler_explain (const K8Actor *actor, const char *namespace_name, const char *name,
                      K8SchedulerExplanation *ret)
{
  const K8Scheduler *scheduler = (const K8Scheduler *) actor;
  Sandbox sandbox;

  if (actor == NULL || actor->class != &k8_scheduler_actor_class)
    return FALSE;
  const K8CacheEntry *entry = k8_cache_find (&scheduler->pods.cache, namespace_name, name);
  if (entry == NULL)
    return FALSE;
  const K8Pod *known = entry->object;
  const K8QueuedPod *queued = k8_scheduling_queue_find (&scheduler->queue, namespace_name, name);
  k8_autounref const K8Pod *pod = without_node (scheduler->cache.region, known);
  *ret = (K8SchedulerExplanation){
    .queue = queued == NULL ? NULL : k8_queue_part_name (queued->part),
    .n_attempts = queued == NULL ? 0 : queued->n_attempts,
    .node_name = k8_string_ref (k8_pod_spec_node_name (k8_pod_spec (known))),
    .nodes = g_array_new (FALSE, TRUE, sizeof (K8NodeExplanation)),
    .message = g_string_new (NULL)
  };
  open_sandbox (&sandbox, scheduler, known);
  k8_pod_requests_compute (pod, K8_REQUESTS_INCOMING, &ret->requests);
  list_nodes (ret, &sandbox, pod);
  take_decision (ret, &sandbox, pod);
  close_sandbox (&sandbox);
  return TRUE;
}

void
k8_scheduler_explanation_clear (K8SchedulerExplanation *self)
{
  for (guint i = 0; i < self->nodes->len; i++)
    k8_string_unref (g_array_index (self->nodes, K8NodeExplanation, i).node_name);
  k8_string_unref (self->node_name);
  g_array_free (self->nodes, TRUE);
  g_string_free (self->message, TRUE);
}

static void
append_reasons (const K8SchedulerExplanation *self, const K8NodeExplanation *node, GString *out)
{
  const char *separator = " ";

  g_string_append (out, k8_plugins[node->verdict.plugin]->name);
  g_string_append_c (out, ':');
  for (guint64 left = node->verdict.reasons; left != 0; left &= left - 1)
    {
      g_string_append (out, separator);
      k8_verdict_append_reason (&node->verdict, &self->requests,
                                (guint) __builtin_ctzll (left), out);
      separator = ", ";
    }
  if ((node->failing & (node->failing - 1)) != 0)
    {
      g_string_append (out, " (also");
      for (guint i = node->verdict.plugin + 1; k8_plugins[i] != NULL; i++)
        if ((node->failing >> i & 1) != 0)
          {
            g_string_append_c (out, ' ');
            g_string_append (out, k8_plugins[i]->name);
          }
      g_string_append_c (out, ')');
    }
}

static void
append_scores (const K8SchedulerExplanation *self, const K8NodeExplanation *node, GString *out)
{
  if (!node->is_scored)
    {
      g_string_append (out, "fits");
      return;
    }
  k8_text_append_i64 (out, node->total);
  for (guint i = 0; k8_plugins[i] != NULL; i++)
    if ((self->scored >> i & 1) != 0)
      {
        g_string_append_c (out, ' ');
        g_string_append (out, k8_plugins[i]->name);
        g_string_append_c (out, '=');
        k8_text_append_i64 (out, node->norm[i]);
        if (k8_plugins[i]->weight != 1)
          {
            g_string_append_c (out, 'x');
            k8_text_append_i64 (out, k8_plugins[i]->weight);
          }
      }
}

void
k8_scheduler_explanation_append (const K8SchedulerExplanation *self, GString *out)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      const K8NodeExplanation *node = &g_array_index (self->nodes, K8NodeExplanation, i);
      g_string_append (out, node->is_chosen ? "* " : "  ");
      g_string_append (out, node->node_name);
      g_string_append_c (out, ' ');
      if (node->verdict.code != K8_CODE_SUCCESS)
        append_reasons (self, node, out);
      else if (self->result == K8_DECISION_SCHEDULED)
        append_scores (self, node, out);
      else
        g_string_append (out, "not looked at");
      g_string_append_c (out, '\n');
    }
  if (self->message->len > 0)
    {
      g_string_append (out, self->message->str);
      g_string_append_c (out, '\n');
    }
}
