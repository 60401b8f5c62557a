/* SPDX-License-Identifier: Apache-2.0
 *
 * One decision: PreFilter over the pod, Filter over the nodes from where the last search ended,
 * then PreScore, Score, Normalize and the choice; or the reasons why there is none.
 * This is the exhaustive scan: it computes everything anew for each pod and is the reference.
 * Source: pkg/scheduler/schedule_one.go, schedulePod, findNodesThatFitPod, prioritizeNodes,
 * selectHost; framework/runtime/framework.go (v1.36).
 * Departures: one worker, so that feasible nodes come in search order; no extenders; no
 * nominated node yet.
 */
#include "scheduler/framework.h"

#include "base/assert.h"
#include "scheduler/plugins.h"

enum
{
  MIN_FEASIBLE_NODES = 100,
  MIN_PERCENTAGE = 5,
  START_PERCENTAGE = 50,
  NODES_PER_PERCENT = 125,
};

static gsize
state_bytes_of (const K8Plugin *plugin)
{
  return (plugin->state_bytes + 15) & ~(gsize) 15;
}

static gsize
state_block_bytes (void)
{
  gsize bytes = 0;

  for (guint i = 0; k8_plugins[i] != NULL; i++)
    bytes += state_bytes_of (k8_plugins[i]);
  return bytes;
}

static void
init_decision (K8Decision *self, K8Region *region)
{
  *self = (K8Decision){ 0 };
  k8_array_init (&self->rejected, region, sizeof (K8Verdict));
  k8_array_init (&self->feasible, region, sizeof (guint32));
  k8_array_init (&self->candidates, region, sizeof (guint32));
  k8_array_init (&self->allowed, region, sizeof (guint32));
  k8_array_init (&self->totals, region, sizeof (gint64));
  for (guint i = 0; i < K8_MAX_PLUGINS; i++)
    {
      k8_array_init (&self->raw[i], region, sizeof (gint64));
      k8_array_init (&self->norm[i], region, sizeof (gint64));
    }
}

static void
clear_decision (K8Decision *self)
{
  k8_array_clear (&self->rejected);
  k8_array_clear (&self->feasible);
  k8_array_clear (&self->candidates);
  k8_array_clear (&self->allowed);
  k8_array_clear (&self->totals);
  for (guint i = 0; i < K8_MAX_PLUGINS; i++)
    {
      k8_array_clear (&self->raw[i]);
      k8_array_clear (&self->norm[i]);
    }
}

static void
reset_decision (K8Decision *self)
{
  K8Decision kept = *self;

  kept.rejected.n = kept.feasible.n = kept.candidates.n = kept.allowed.n = kept.totals.n = 0;
  for (guint i = 0; i < K8_MAX_PLUGINS; i++)
    kept.raw[i].n = kept.norm[i].n = 0;
  memset (&kept, 0, G_STRUCT_OFFSET (K8Decision, rejected));
  *self = kept;
}

void
k8_framework_init (K8Framework *self, K8Region *region)
{
  k8_assert (k8_plugins_n () <= K8_MAX_PLUGINS);
  *self = (K8Framework){ .region = region };
  self->state_block = k8_region_alloc0 (region, state_block_bytes ());
  init_decision (&self->decision, region);
}

void
k8_framework_clear (K8Framework *self)
{
  k8_region_free (self->region, self->state_block, state_block_bytes ());
  clear_decision (&self->decision);
}

/* The last decision stays with the original: it is scratch. */
void
k8_framework_clone (K8Framework *ret_clone, const K8Framework *self)
{
  k8_framework_init (ret_clone, self->region);
  ret_clone->percentage_of_nodes = self->percentage_of_nodes;
  ret_clone->next_start = self->next_start;
}

static void
begin_cycle (K8Framework *self, K8Cycle *cycle, K8SchedulerCache *cache, const K8Pod *pod)
{
  char *block = self->state_block;

  reset_decision (&self->decision);
  memset (block, 0, state_block_bytes ());
  *cycle = (K8Cycle){ .cache = cache, .pod = pod, .spec = k8_pod_spec (pod) };
  cycle->requests = k8_scheduler_cache_requests (cache, pod);
  cycle->decision = &self->decision;
  for (guint i = 0; k8_plugins[i] != NULL; i++)
    {
      cycle->states[i] = block;
      block += state_bytes_of (k8_plugins[i]);
    }
}

/* PreEnqueue. */

const K8Plugin *
k8_framework_find_gate (const K8Pod *pod, GString *ret_reason)
{
  for (guint i = 0; k8_plugins[i] != NULL; i++)
    if (k8_plugins[i]->pre_enqueue != NULL &&
        k8_plugins[i]->pre_enqueue (pod, ret_reason) != K8_CODE_SUCCESS)
      return k8_plugins[i];
  return NULL;
}

/* PreFilter. */

static gboolean
contains (const guint32 *nodes, guint n, guint32 node)
{
  for (guint i = 0; i < n; i++)
    if (nodes[i] == node)
      return TRUE;
  return FALSE;
}

void
k8_cycle_restrict (K8Cycle *cycle, const guint32 *nodes, guint n)
{
  K8Decision *decision = cycle->decision;
  gboolean is_first = decision->restricting == 0;
  guint n_kept = 0;

  decision->restricting |= (guint32) 1 << cycle->plugin;
  if (is_first)
    {
      k8_array_set_size (&decision->allowed, n);
      if (n > 0)
        memcpy (decision->allowed.elements, nodes, n * sizeof *nodes);
      return;
    }
  guint32 *allowed = decision->allowed.elements;
  for (guint i = 0; i < decision->allowed.n; i++)
    if (contains (nodes, n, allowed[i]))
      allowed[n_kept++] = allowed[i];
  decision->allowed.n = n_kept;
}

/* FALSE if the pod as a whole is rejected. The last Unschedulable wins. */
static gboolean
run_pre_filters (K8Cycle *cycle)
{
  K8Decision *decision = cycle->decision;

  for (guint i = 0; k8_plugins[i] != NULL; i++)
    {
      const char *reason = NULL;
      if (k8_plugins[i]->pre_filter == NULL)
        continue;
      cycle->plugin = i;
      K8Code code = k8_plugins[i]->pre_filter (cycle, cycle->states[i], &reason);
      if (code == K8_CODE_SKIP)
        cycle->skips_filter |= (guint32) 1 << i;
      if (code != K8_CODE_UNSCHEDULABLE && code != K8_CODE_UNRESOLVABLE)
        continue;
      decision->pre_filter_code = code;
      decision->pre_filter_plugin = i;
      decision->pre_filter_reason = reason;
      decision->rejecting = (guint32) 1 << i;
      if (code == K8_CODE_UNRESOLVABLE)
        break;
    }
  return decision->pre_filter_code == K8_CODE_SUCCESS;
}

/* Filter. */

guint32
k8_framework_nodes_to_find (guint32 percentage, guint32 n)
{
  guint32 share = percentage;

  if (n < MIN_FEASIBLE_NODES)
    return n;
  if (share == 0)
    share = MAX (START_PERCENTAGE - (gint32) (n / NODES_PER_PERCENT), MIN_PERCENTAGE);
  return MAX (n * share / 100, (guint32) MIN_FEASIBLE_NODES);
}

/* The filters that this pod needs, in order. */
typedef struct
{
  guint n;
  guint32 place[K8_MAX_PLUGINS];
} Filters;

static Filters
list_filters (const K8Cycle *cycle)
{
  Filters filters = { 0 };

  for (guint i = 0; k8_plugins[i] != NULL; i++)
    if (k8_plugins[i]->filter != NULL && (cycle->skips_filter >> i & 1) == 0)
      filters.place[filters.n++] = i;
  return filters;
}

/* Stops at the first filter that says no. */
static K8Code
filter_node (const K8Cycle *cycle, const Filters *filters, guint32 node, K8Verdict *ret_verdict)
{
  for (guint i = 0; i < filters->n; i++)
    {
      guint place = filters->place[i];
      guint64 reasons = 0;
      K8Code code = k8_plugins[place]->filter (cycle, cycle->states[place], node, &reasons);
      if (G_LIKELY (code == K8_CODE_SUCCESS))
        continue;
      *ret_verdict = (K8Verdict){
        .node = node, .plugin = (guint16) place, .code = (guint16) code, .reasons = reasons
      };
      return code;
    }
  return K8_CODE_SUCCESS;
}

void
k8_framework_judge (K8Framework *self, K8SchedulerCache *cache, const K8Pod *pod,
                    guint32 *ret_failing)
{
  const guint32 *order = k8_scheduler_cache_order (cache);
  K8Cycle cycle;

  begin_cycle (self, &cycle, cache, pod);
  run_pre_filters (&cycle);
  Filters filters = list_filters (&cycle);
  for (guint32 i = 0; i < k8_scheduler_cache_n_nodes (cache); i++)
    {
      ret_failing[i] = 0;
      for (guint j = 0; j < filters.n; j++)
        {
          guint place = filters.place[j];
          guint64 reasons = 0;
          if (k8_plugins[place]->filter (&cycle, cycle.states[place], order[i], &reasons) !=
              K8_CODE_SUCCESS)
            ret_failing[i] |= (guint32) 1 << place;
        }
    }
}

/* The nodes to look at: all, or in the same order those that PreFilter named. */
static void
list_candidates (K8Cycle *cycle, const guint32 **ret_nodes, guint32 *ret_n)
{
  K8Decision *decision = cycle->decision;
  guint32 n = k8_scheduler_cache_n_nodes (cycle->cache);
  const guint32 *order = k8_scheduler_cache_order (cycle->cache);

  *ret_nodes = order;
  *ret_n = n;
  if (decision->restricting == 0)
    return;
  for (guint32 i = 0; i < n; i++)
    if (contains (decision->allowed.elements, decision->allowed.n, order[i]))
      *(guint32 *) k8_array_add (&decision->candidates) = order[i];
  *ret_nodes = decision->candidates.elements;
  *ret_n = decision->candidates.n;
}

/* From @decision->start round all candidates, until one feasible node more than is wanted. */
static void
search (K8Cycle *cycle, const guint32 *nodes, guint32 n, guint32 n_wanted)
{
  K8Decision *decision = cycle->decision;
  Filters filters = list_filters (cycle);
  guint32 n_feasible = 0;
  guint32 n_rejected = 0;

  k8_array_set_size (&decision->feasible, n);
  k8_array_set_size (&decision->rejected, n);
  guint32 *feasible = decision->feasible.elements;
  K8Verdict *rejected = decision->rejected.elements;
  for (guint32 i = 0, place = decision->start; i < n; i++, place++)
    {
      if (place == n)
        place = 0;
      if (filter_node (cycle, &filters, nodes[place], &rejected[n_rejected]) != K8_CODE_SUCCESS)
        n_rejected++;
      else if (n_feasible == n_wanted)
        break;
      else
        feasible[n_feasible++] = nodes[place];
    }
  decision->feasible.n = n_feasible;
  decision->rejected.n = n_rejected;
}

static void
find_feasible (K8Framework *self, K8Cycle *cycle)
{
  K8Decision *decision = cycle->decision;
  const guint32 *nodes;
  guint32 n;

  list_candidates (cycle, &nodes, &n);
  decision->start = n == 0 ? 0 : self->next_start % n;
  search (cycle, nodes, n, k8_framework_nodes_to_find (self->percentage_of_nodes, n));
  const K8Verdict *rejected = decision->rejected.elements;
  for (guint32 i = 0; i < decision->rejected.n; i++)
    decision->rejecting |= (guint32) 1 << rejected[i].plugin;
  decision->rejecting |= decision->restricting;
  self->next_start = (self->next_start + decision->feasible.n + decision->rejected.n) %
                     decision->n_nodes;
}

/* Score. */

static void
score_plugin (K8Cycle *cycle, guint place)
{
  const K8Plugin *plugin = k8_plugins[place];
  K8Decision *decision = cycle->decision;
  guint32 n = decision->feasible.n;
  const guint32 *feasible = decision->feasible.elements;

  k8_array_set_size (&decision->raw[place], n);
  k8_array_set_size (&decision->norm[place], n);
  gint64 *raw = decision->raw[place].elements;
  gint64 *norm = decision->norm[place].elements;
  gint64 *totals = decision->totals.elements;
  for (guint32 i = 0; i < n; i++)
    raw[i] = plugin->score (cycle, cycle->states[place], feasible[i]);
  memcpy (norm, raw, n * sizeof *norm);
  if (plugin->normalize != NULL)
    plugin->normalize (cycle, norm, n);
  for (guint32 i = 0; i < n; i++)
    {
      k8_assert (norm[i] >= 0 && norm[i] <= K8_MAX_NODE_SCORE);
      totals[i] += norm[i] * plugin->weight;
    }
  decision->scored |= (guint32) 1 << place;
}

static void
run_scores (K8Cycle *cycle)
{
  K8Decision *decision = cycle->decision;

  decision->totals.n = 0;
  k8_array_set_size (&decision->totals, decision->feasible.n);
  decision->n_scored_from = decision->feasible.n;
  for (guint i = 0; k8_plugins[i] != NULL; i++)
    if (k8_plugins[i]->pre_score != NULL &&
        k8_plugins[i]->pre_score (cycle, cycle->states[i]) == K8_CODE_SKIP)
      cycle->skips_score |= (guint32) 1 << i;
  for (guint i = 0; k8_plugins[i] != NULL; i++)
    if (k8_plugins[i]->score != NULL && (cycle->skips_score >> i & 1) == 0)
      score_plugin (cycle, i);
}

void
k8_scores_normalize (gint64 *scores, guint n, K8Normalization way)
{
  gint64 most = 0;

  for (guint i = 0; i < n; i++)
    most = MAX (most, scores[i]);
  for (guint i = 0; i < n; i++)
    {
      if (most != 0)
        scores[i] = K8_MAX_NODE_SCORE * scores[i] / most;
      if (way == K8_NORMALIZE_REVERSED)
        scores[i] = K8_MAX_NODE_SCORE - scores[i];
    }
}

/* Whether place @a comes before @b in pre-order of the binary tree that a heap is. */
static gboolean
is_earlier (guint32 a, guint32 b)
{
  guint64 x = (guint64) a + 1;
  guint64 y = (guint64) b + 1;
  gint depth_x = __builtin_clzll (x);
  gint depth_y = __builtin_clzll (y);

  if (depth_x > depth_y)
    y >>= depth_x - depth_y;
  else
    x >>= depth_y - depth_x;
  return x != y ? x < y : a < b;
}

guint32
k8_framework_select (const gint64 *totals, guint32 n)
{
  guint32 best = 0;

  k8_assert (n > 0);
  for (guint32 i = 1; i < n; i++)
    if (totals[i] > totals[best] || (totals[i] == totals[best] && is_earlier (i, best)))
      best = i;
  return best;
}

/* PostFilter. */

static void
append_fit_error (const K8Cycle *cycle, GString *out)
{
  const K8Decision *decision = cycle->decision;
  K8FitError error = { .verdicts = decision->rejected.elements,
                       .n_verdicts = decision->rejected.n,
                       .n_nodes = decision->n_nodes,
                       .requests = cycle->requests };
  GString *absent = g_string_new (NULL);
  const char *separator = "";

  if (decision->restricting != 0)
    {
      g_string_append (absent, "node(s) didn't satisfy plugin(s) [");
      for (guint i = 0; k8_plugins[i] != NULL; i++)
        if ((decision->restricting >> i & 1) != 0)
          {
            g_string_append (absent, separator);
            g_string_append (absent, k8_plugins[i]->name);
            separator = " ";
          }
      g_string_append_c (absent, ']');
      error.absent_reason = absent->str;
    }
  k8_fit_error_append (&error, out);
  g_string_free (absent, TRUE);
}

static void
append_pre_filter_error (const K8Cycle *cycle, GString *out)
{
  const K8FitError nobody = { .n_nodes = cycle->decision->n_nodes };

  k8_fit_error_append (&nobody, out);
  g_string_append_c (out, ' ');
  g_string_append (out, cycle->decision->pre_filter_reason);
  g_string_append_c (out, '.');
}

/* In order, until one has an answer or an error; what they say is joined. */
static void
run_post_filters (K8Cycle *cycle, GString *out)
{
  const char *separator = " ";

  for (guint i = 0; k8_plugins[i] != NULL; i++)
    {
      if (k8_plugins[i]->post_filter == NULL)
        continue;
      cycle->plugin = i;
      g_string_append (out, separator);
      separator = ", ";
      K8Code code = k8_plugins[i]->post_filter (cycle, out);
      if (code != K8_CODE_UNSCHEDULABLE)
        break;
    }
}

static void
conclude_failure (K8Cycle *cycle, GString *ret_message)
{
  cycle->decision->result = K8_DECISION_UNSCHEDULABLE;
  if (cycle->decision->pre_filter_code != K8_CODE_SUCCESS)
    append_pre_filter_error (cycle, ret_message);
  else
    append_fit_error (cycle, ret_message);
  run_post_filters (cycle, ret_message);
}

static void
conclude_success (K8Cycle *cycle)
{
  K8Decision *decision = cycle->decision;
  guint32 chosen = 0;

  decision->result = K8_DECISION_SCHEDULED;
  if (decision->feasible.n > 1)
    {
      run_scores (cycle);
      chosen = k8_framework_select (decision->totals.elements, decision->feasible.n);
      decision->score = ((const gint64 *) decision->totals.elements)[chosen];
    }
  decision->node = ((const guint32 *) decision->feasible.elements)[chosen];
}

/**
 * k8_framework_decide:
 * @cache: brought up to date with the nodes that came and went
 * @ret_message: (nullable): for a pod that fits nowhere, its PodScheduled message
 *
 * One attempt: which node, or why none.
 *
 * Returns: (transfer none): valid until the next decision.
 * Cost: O(nodes x plugins).
 */
const K8Decision *
k8_framework_decide (K8Framework *self, K8SchedulerCache *cache, const K8Pod *pod,
                     GString *ret_message)
{
  K8Decision *decision = &self->decision;
  K8Cycle cycle;

  k8_scheduler_cache_refresh (cache);
  begin_cycle (self, &cycle, cache, pod);
  decision->n_nodes = k8_scheduler_cache_n_nodes (cache);
  if (decision->n_nodes == 0)
    {
      decision->result = K8_DECISION_NO_NODES;
      g_string_append (ret_message, "no nodes available to schedule pods");
      return decision;
    }
  if (run_pre_filters (&cycle))
    find_feasible (self, &cycle);
  if (decision->feasible.n == 0)
    conclude_failure (&cycle, ret_message);
  else
    conclude_success (&cycle);
  return decision;
}
