/* SPDX-License-Identifier: Apache-2.0
 *
 * Taint eviction controller: a pod on a node with NoExecute taints goes at once if it does not
 * tolerate one of them; else when the shortest tolerationSeconds of the tolerations that it needs
 * have passed since the taints were first seen for it; or never.
 * It gets condition DisruptionTarget first, then it is deleted.
 * Source: pkg/controller/tainteviction/taint_eviction.go (v1.36).
 */
#include "base/time.h"
#include "controllers/controllers.h"
#include "machinery/conditions.h"
#include "machinery/pod.h"

/* A pod that will be evicted. */
typedef struct
{
  const char *uid;
  gint64 start_ns; /* when the taints were first seen for it */
} Scheduled;

typedef struct
{
  K8Slots scheduled;
  K8Index by_uid;
} Memory;

static void
ref_scheduled (K8Region *region, void *element)
{
  k8_string_ref (((Scheduled *) element)->uid);
}

static void
unref_scheduled (K8Region *region, void *element)
{
  k8_string_unref (((Scheduled *) element)->uid);
}

static const K8ElementClass scheduled_class = { .ref = ref_scheduled, .unref = unref_scheduled };

static void
memory_init (void *memory, K8Region *region)
{
  Memory *self = memory;

  k8_slots_init (&self->scheduled, region, sizeof (Scheduled), &scheduled_class);
  k8_index_init (&self->by_uid, region);
}

static void
memory_clear (void *memory)
{
  Memory *self = memory;

  k8_slots_clear (&self->scheduled);
  k8_index_clear (&self->by_uid);
}

static void
memory_clone (void *ret_clone, const void *memory)
{
  const Memory *self = memory;
  Memory *copy = ret_clone;

  k8_slots_clone (&copy->scheduled, &self->scheduled);
  k8_index_clone (&copy->by_uid, &self->by_uid);
}

/* When the taints of a pod's node were first seen for it. */
static gint64
ensure_start (Memory *self, const char *uid, gint64 now_ns)
{
  guint32 slot = k8_index_find (&self->by_uid, k8_string_handle (uid));

  if (slot == 0)
    {
      slot = k8_slots_add (&self->scheduled);
      k8_index_put (&self->by_uid, k8_string_handle (uid), slot);
      *(Scheduled *) k8_slots_edit (&self->scheduled, slot) =
          (Scheduled){ .uid = k8_string_ref (uid), .start_ns = now_ns };
    }
  return ((const Scheduled *) k8_slots_get (&self->scheduled, slot))->start_ns;
}

/* Forgets a pod; gives whether it was to be evicted. */
static gboolean
forget (Memory *self, const char *uid)
{
  guint32 slot = k8_index_remove (&self->by_uid, k8_string_handle (uid));

  if (slot != 0)
    k8_slots_remove (&self->scheduled, slot);
  return slot != 0;
}

/* Changes. */

static gboolean
has_no_execute (const K8Node *node)
{
  const K8NodeSpec *spec = k8_node_spec (node);

  for (guint i = 0; i < k8_node_spec_taints_n (spec); i++)
    if (k8_string_is (k8_taint_effect (k8_node_spec_taints_at (spec, i)), "NoExecute"))
      return TRUE;
  return FALSE;
}

static void
node_changed (K8Controller *self, K8Context *context, const K8View *view, const K8Change *change)
{
  const K8Cache *pods = view->caches[K8_KIND_Pod];
  const K8Node *node = change->now != NULL ? change->now : change->before;
  const char *name = k8_object_meta_name (k8_node_metadata (node));

  if ((!has_no_execute (change->now) && !has_no_execute (change->before)) ||
      k8_list_equal (k8_node_spec_taints (k8_node_spec (change->before)),
                     k8_node_spec_taints (k8_node_spec (change->now))))
    return;
  for (guint32 slot = k8_cache_next (pods, 0); slot != 0; slot = k8_cache_next (pods, slot))
    {
      const K8Pod *pod = k8_cache_at (pods, slot)->object;
      if (k8_string_equal (k8_pod_spec_node_name (k8_pod_spec (pod)), name))
        k8_controller_enqueue_object (self, pod);
    }
}

static void
pod_changed (K8Controller *self, K8Context *context, const K8View *view, const K8Change *change)
{
  const char *node_name = NULL;

  if (change->now == NULL)
    {
      forget (view->memory, k8_object_meta_uid (k8_pod_metadata (change->before)));
      return;
    }
  node_name = k8_pod_spec_node_name (k8_pod_spec (change->now));
  K8Ref ref = { K8_KIND_Node, NULL, node_name };
  const K8CacheEntry *node = node_name == NULL ? NULL : k8_view_find (view, &ref);
  if (node == NULL || !has_no_execute (node->object))
    return;
  if (change->before == NULL ||
      !k8_string_equal (k8_pod_spec_node_name (k8_pod_spec (change->before)), node_name) ||
      !k8_list_equal (k8_pod_spec_tolerations (k8_pod_spec (change->before)),
                      k8_pod_spec_tolerations (k8_pod_spec (change->now))))
    k8_controller_enqueue_object (self, change->now);
}

/* Tolerations. */

static gboolean
tolerates (const K8Toleration *toleration, const K8Taint *taint)
{
  const char *effect = k8_toleration_effect (toleration);
  const char *key = k8_toleration_key (toleration);
  const char *operator = k8_toleration_operator (toleration);

  if (effect != NULL && *effect != '\0' && !k8_string_equal (effect, k8_taint_effect (taint)))
    return FALSE;
  if (key != NULL && *key != '\0' && !k8_string_equal (key, k8_taint_key (taint)))
    return FALSE;
  if (k8_string_is (operator, "Exists"))
    return TRUE;
  return k8_string_equal (k8_toleration_value (toleration), k8_taint_value (taint));
}

enum
{
  NEVER = -1,
};

/* How long the pod bears the node's NoExecute taints: seconds, 0 for not at all, or NEVER goes. */
static gint64
find_patience (const K8PodSpec *pod, const K8Node *node)
{
  const K8NodeSpec *spec = k8_node_spec (node);
  gint64 patience = NEVER;

  for (guint i = 0; i < k8_node_spec_taints_n (spec); i++)
    {
      const K8Taint *taint = k8_node_spec_taints_at (spec, i);
      gboolean is_tolerated = FALSE;
      if (!k8_string_is (k8_taint_effect (taint), "NoExecute"))
        continue;
      for (guint j = 0; j < k8_pod_spec_tolerations_n (pod) && !is_tolerated; j++)
        {
          const K8Toleration *toleration = k8_pod_spec_tolerations_at (pod, j);
          is_tolerated = tolerates (toleration, taint);
          if (!is_tolerated || !k8_toleration_has_toleration_seconds (toleration))
            continue;
          gint64 seconds = MAX (k8_toleration_toleration_seconds (toleration), 0);
          patience = patience == NEVER ? seconds : MIN (patience, seconds);
        }
      if (!is_tolerated)
        return 0;
    }
  return patience;
}

/* Eviction. */

static void
say (K8Plan *plan, const K8CacheEntry *entry, const char *what)
{
  GString *text = g_string_new (what);

  g_string_append_c (text, ' ');
  g_string_append (text, entry->namespace_name);
  g_string_append_c (text, '/');
  g_string_append (text, entry->name);
  k8_plan_event (plan, entry->object, "Normal", "TaintManagerEviction", text->str);
  g_string_free (text, TRUE);
}

static const void *
make_disrupted (const K8View *view, const K8Pod *pod)
{
  K8PodStatusEdit status;
  K8ConditionValue value = {
    .type = "DisruptionTarget",
    .status = "True",
    .reason = "DeletionByTaintManager",
    .message = "Taint manager: deleting due to NoExecute taint",
    .now_seconds = view->now_seconds,
    .observed_generation = k8_object_meta_generation (k8_pod_metadata (pod)),
  };

  k8_pod_status_edit (&status, view->region, k8_pod_status (pod));
  k8_conditions_put (&status.edit, &value);
  return k8_object_with_status (pod, k8_pod_status_seal (&status));
}

static void
plan_eviction (const K8View *view, const K8CacheEntry *entry, K8Plan *plan)
{
  k8_autounref const void *disrupted = make_disrupted (view, entry->object);

  say (plan, entry, "Marking for deletion Pod");
  K8PlanWrite *write = k8_plan_status (plan, disrupted, entry->revision);
  write->tolerate = K8_TOLERATE_NOT_FOUND;
  k8_plan_write_set_why (write, "DisruptionTarget");
  k8_plan_next_group (plan);
  write = k8_plan_delete (plan, entry->object);
  write->tolerate = K8_TOLERATE_NOT_FOUND;
  k8_plan_write_set_why (write, "evicted by a taint");
}

static void
reconcile (const K8View *view, const K8Ref *ref, K8Plan *plan)
{
  const K8CacheEntry *entry = k8_view_find (view, ref);
  const char *node_name;

  if (entry == NULL ||
      k8_object_meta_has_deletion_timestamp (k8_pod_metadata (entry->object)))
    return;
  node_name = k8_pod_spec_node_name (k8_pod_spec (entry->object));
  K8Ref node_ref = { K8_KIND_Node, NULL, node_name };
  const K8CacheEntry *node = node_name == NULL ? NULL : k8_view_find (view, &node_ref);
  gint64 patience_seconds =
      node == NULL ? NEVER : find_patience (k8_pod_spec (entry->object), node->object);
  if (patience_seconds == NEVER)
    {
      if (forget (view->memory, entry->uid))
        say (plan, entry, "Cancelling deletion of Pod");
      return;
    }
  gint64 due_ns = ensure_start (view->memory, entry->uid, view->now_ns) +
                  k8_duration_multiply (K8_SECOND_NS, patience_seconds);
  if (view->now_ns < due_ns)
    k8_plan_requeue_after (plan, due_ns - view->now_ns);
  else
    plan_eviction (view, entry, plan);
}

const K8ControllerClass k8_taint_eviction_controller_class = {
  .name = "taint-eviction-controller",
  .kind = K8_KIND_Pod,
  .n_workers = 8,
  .watches = { { K8_KIND_Node, node_changed }, { K8_KIND_Pod, pod_changed } },
  .reconcile = reconcile,
  .memory_bytes = sizeof (Memory),
  .memory_init = memory_init,
  .memory_clear = memory_clear,
  .memory_clone = memory_clone,
};
