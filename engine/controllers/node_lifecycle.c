/* SPDX-License-Identifier: Apache-2.0
 *
 * Node lifecycle controller. Every 5 s it looks whether each node still gives signs of life (its
 * Lease or its Ready condition change). After 50 s without, by its own clock, it sets the
 * conditions to Unknown and the node's pods to not ready. Taints follow: NoSchedule at once,
 * NoExecute at most one node in 10 s a zone, slower in a zone that is mostly down, and none at
 * all when every zone is down: then it is more likely the controller that is cut off.
 * Keys: "monitor" (every look), "taints" (NoExecute), and each node (NoSchedule).
 * Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go (v1.36).
 * Departures: marking pods and writing conditions go in one plan, tried again as a whole.
 */
#include "base/time.h"
#include "controllers/controllers.h"
#include "controllers/node_health.h"
#include "machinery/conditions.h"
#include "machinery/pod.h"

#define MONITOR_PERIOD_NS (5 * K8_SECOND_NS)
#define GRACE_NS (50 * K8_SECOND_NS)
#define STARTUP_GRACE_NS (60 * K8_SECOND_NS)
#define EVICTION_INTERVAL_NS (10 * K8_SECOND_NS)
#define SECONDARY_INTERVAL_NS (100 * K8_SECOND_NS)
#define TAINT_PERIOD_NS (100 * K8_MILLISECOND_NS)

enum
{
  LARGE_ZONE = 50,        /* nodes; a smaller one that is mostly down is left alone */
  UNHEALTHY_PERCENT = 55,
};

static const K8Ref monitor_ref = { K8_KIND_NONE, NULL, "monitor" };
static const K8Ref taints_ref = { K8_KIND_NONE, NULL, "taints" };

static void
node_changed (K8Controller *self, K8Context *context, const K8View *view, const K8Change *change)
{
  if (change->now == NULL)
    return;
  if (change->before == NULL ||
      !k8_record_equal (k8_node_spec (change->before), k8_node_spec (change->now)) ||
      !k8_list_equal (k8_node_status_conditions (k8_node_status (change->before)),
                      k8_node_status_conditions (k8_node_status (change->now))))
    {
      k8_controller_enqueue_object (self, change->now);
      k8_controller_enqueue (self, &taints_ref);
    }
}

static void
begin (K8Controller *self, K8Context *context, const K8View *view)
{
  k8_controller_enqueue (self, &monitor_ref);
}

/* Signs of life. */

static gint64
find_renewal (const K8View *view, const char *node)
{
  K8Ref ref = { K8_KIND_Lease, "kube-node-lease", node };
  const K8CacheEntry *entry = k8_view_find (view, &ref);

  return entry == NULL ? 0 : k8_lease_spec_renew_time (k8_lease_spec (entry->object));
}

static const K8NodeCondition *
find_condition (const K8Node *node, const char *type)
{
  return k8_conditions_find (k8_node_status (node), type);
}

static void
note_life (const K8View *view, const K8Node *node, K8NodeHealth *health, gboolean is_new)
{
  const K8NodeCondition *ready = find_condition (node, "Ready");
  gint64 heartbeat_seconds = k8_node_condition_last_heartbeat_time (ready);
  gint64 lease_micros = find_renewal (view, health->name);

  if (is_new || heartbeat_seconds != health->heartbeat_seconds ||
      lease_micros != health->lease_micros)
    health->seen_ns = view->now_ns;
  health->heartbeat_seconds = heartbeat_seconds;
  health->lease_micros = lease_micros;
}

static void
put_unknown (const K8View *view, const K8Node *node, K8NodeStatusEdit *status, const char *type)
{
  gboolean is_known = find_condition (node, type) != NULL;
  K8ConditionValue value = {
    .type = type,
    .status = "Unknown",
    .reason = is_known ? "NodeStatusUnknown" : "NodeStatusNeverUpdated",
    .message = is_known ? "Kubelet stopped posting node status."
                        : "Kubelet never posted node status.",
    .now_seconds = view->now_seconds,
  };

  if (!k8_string_is (k8_conditions_status (k8_node_status (node), type), "Unknown"))
    k8_conditions_put (&status->edit, &value);
}

/* The node with its four conditions Unknown. (transfer full) */
static const K8Node *
make_unknown (const K8View *view, const K8Node *node)
{
  K8NodeStatusEdit status;

  k8_node_status_edit (&status, view->region, k8_node_status (node));
  put_unknown (view, node, &status, "Ready");
  put_unknown (view, node, &status, "MemoryPressure");
  put_unknown (view, node, &status, "DiskPressure");
  put_unknown (view, node, &status, "PIDPressure");
  return k8_object_with_status (node, k8_node_status_seal (&status));
}

static void
say_of_node (K8Plan *plan, const K8Node *node, const char *reason, const char *before,
             const char *behind)
{
  GString *text = g_string_new ("Node ");
  const char *name = k8_object_meta_name (k8_node_metadata (node));

  g_string_append (text, name);
  g_string_append (text, before);
  g_string_append (text, behind);
  k8_plan_event (plan, node, "Normal", reason, text->str);
  g_string_free (text, TRUE);
}

/* A pod's Ready is False while nobody can tell. */
static void
plan_pod_not_ready (const K8View *view, const K8CacheEntry *entry, K8Plan *plan)
{
  const K8PodStatus *status = k8_pod_status (entry->object);
  const K8PodCondition *ready = k8_pod_find_condition (entry->object, "Ready");
  K8PodStatusEdit edit;
  K8ConditionValue value = { .type = "Ready",
                             .status = "False",
                             .reason = k8_pod_condition_reason (ready),
                             .message = k8_pod_condition_message (ready),
                             .now_seconds = view->now_seconds };

  k8_plan_event (plan, entry->object, "Warning", "NodeNotReady", "Node is not ready");
  if (!k8_pod_is_ready (entry->object))
    return;
  k8_pod_status_edit (&edit, view->region, status);
  k8_conditions_put (&edit.edit, &value);
  k8_autounref const void *pod =
      k8_object_with_status (entry->object, k8_pod_status_seal (&edit));
  K8PlanWrite *write = k8_plan_status (plan, pod, entry->revision);
  write->tolerate = K8_TOLERATE_NOT_FOUND;
  write->n_retries = 1;
  k8_plan_write_set_why (write, "its node is not ready");
}

static void
plan_pods_not_ready (const K8View *view, const char *node, K8Plan *plan)
{
  const K8Cache *cache = view->caches[K8_KIND_Pod];

  for (guint32 slot = k8_cache_next (cache, 0); slot != 0; slot = k8_cache_next (cache, slot))
    {
      const K8CacheEntry *entry = k8_cache_at (cache, slot);
      if (k8_string_equal (k8_pod_spec_node_name (k8_pod_spec (entry->object)), node))
        plan_pod_not_ready (view, entry, plan);
    }
}

/* One node in a look: is it alive, and has it just stopped being ready? */
static void
look_at (const K8View *view, K8NodeMemory *memory, const K8CacheEntry *entry, K8Plan *plan)
{
  gboolean is_new;
  K8NodeHealth *health = k8_node_memory_ensure (memory, entry->name, &is_new);
  const K8Node *node = k8_node_ref (entry->object);
  gint64 grace_ns = find_condition (node, "Ready") == NULL ? STARTUP_GRACE_NS : GRACE_NS;

  note_life (view, node, health, is_new);
  health->look = memory->n_looks;
  if (is_new)
    {
      GString *text = g_string_new (" event: Registered Node ");
      g_string_append (text, entry->name);
      say_of_node (plan, node, "RegisteredNode", text->str, " in Controller");
      g_string_free (text, TRUE);
    }
  if (view->now_ns > health->seen_ns + grace_ns &&
      !k8_string_is (k8_node_ready_status (node), "Unknown"))
    {
      const K8Node *unknown = make_unknown (view, node);
      k8_plan_write_set_why (k8_plan_status (plan, unknown, entry->revision),
                             "no sign of life");
      k8_record_unref (node);
      node = unknown;
    }
  gboolean is_ready = k8_string_is (k8_node_ready_status (node), "True");
  if (health->was_ready && !is_ready)
    {
      say_of_node (plan, node, "NodeNotReady", " status is now: NodeNotReady", "");
      plan_pods_not_ready (view, entry->name, plan);
    }
  health->was_ready = is_ready;
  if (k8_object_meta_labels_get (k8_node_metadata (node),
                                 "node.kubernetes.io/exclude-disruption") == NULL)
    {
      K8NodeZone *zone = k8_node_memory_zone (memory, node);
      zone->n_ready += is_ready;
      zone->n_not_ready += !is_ready;
    }
  k8_record_unref (node);
}

/* Zones. */

static K8ZoneState
judge_zone (const K8NodeZone *zone)
{
  if (zone->n_ready == 0 && zone->n_not_ready > 0)
    return K8_ZONE_FULL;
  if (zone->n_not_ready > 2 &&
      zone->n_not_ready * 100 >= UNHEALTHY_PERCENT * (zone->n_ready + zone->n_not_ready))
    return K8_ZONE_PARTIAL;
  return K8_ZONE_NORMAL;
}

/* Leaving the state in which nothing could be known: every node counts as just seen. */
static void
see_all_anew (K8NodeMemory *memory, gint64 now_ns)
{
  for (guint32 slot = k8_slots_next (&memory->nodes, 0); slot != 0;
       slot = k8_slots_next (&memory->nodes, slot))
    ((K8NodeHealth *) k8_slots_edit (&memory->nodes, slot))->seen_ns = now_ns;
}

static void
judge_zones (const K8View *view, K8NodeMemory *memory)
{
  gboolean is_all_down = TRUE;
  guint n_zones = 0;

  for (guint32 slot = k8_slots_next (&memory->zones, 0); slot != 0;
       slot = k8_slots_next (&memory->zones, slot))
    {
      K8NodeZone *zone = k8_slots_edit (&memory->zones, slot);
      zone->state = judge_zone (zone);
      if (zone->n_ready + zone->n_not_ready == 0)
        continue;
      n_zones++;
      is_all_down &= zone->state == K8_ZONE_FULL;
    }
  is_all_down &= n_zones > 0;
  if (memory->is_all_down && !is_all_down)
    see_all_anew (memory, view->now_ns);
  memory->is_all_down = is_all_down;
}

static void
forget_gone (const K8View *view, K8NodeMemory *memory, K8Plan *plan)
{
  for (guint32 slot = k8_slots_next (&memory->nodes, 0); slot != 0;
       slot = k8_slots_next (&memory->nodes, slot))
    {
      const K8NodeHealth *health = k8_slots_get (&memory->nodes, slot);
      K8ObjectMetaEdit meta;
      K8NodeEdit edit;
      if (health->look == memory->n_looks)
        continue;
      k8_object_meta_edit (&meta, view->region, NULL);
      k8_object_meta_set_name (&meta, health->name);
      k8_node_edit (&edit, view->region, NULL);
      k8_node_set_metadata (&edit, k8_object_meta_seal (&meta));
      k8_autounref const K8Node *node = k8_node_seal (&edit);
      GString *text = g_string_new (" event: Removing Node ");
      g_string_append (text, health->name);
      say_of_node (plan, node, "RemovingNode", text->str, " from Controller");
      g_string_free (text, TRUE);
      k8_node_memory_forget (memory, slot);
    }
}

static void
look (const K8View *view, K8Plan *plan)
{
  const K8Cache *nodes = view->caches[K8_KIND_Node];
  K8NodeMemory *memory = view->memory;

  memory->n_looks++;
  for (guint32 slot = k8_slots_next (&memory->zones, 0); slot != 0;
       slot = k8_slots_next (&memory->zones, slot))
    {
      K8NodeZone *zone = k8_slots_edit (&memory->zones, slot);
      zone->n_ready = zone->n_not_ready = 0;
    }
  for (guint32 slot = k8_cache_next (nodes, 0); slot != 0; slot = k8_cache_next (nodes, slot))
    look_at (view, memory, k8_cache_at (nodes, slot), plan);
  forget_gone (view, memory, plan);
  judge_zones (view, memory);
  k8_plan_requeue_after (plan, MONITOR_PERIOD_NS);
}

/* NoExecute. */

static void
plan_node (const K8CacheEntry *entry, const K8Node *node, const char *why, K8Plan *plan)
{
  if (node == NULL)
    return;
  k8_plan_write_set_why (k8_plan_update (plan, node, entry->revision), why);
  k8_record_unref (node);
}

/* How long a zone waits between two nodes; 0: it taints none. */
static gint64
get_interval (const K8NodeMemory *memory, const K8NodeZone *zone)
{
  if (memory->is_all_down)
    return 0;
  if (zone->state != K8_ZONE_PARTIAL)
    return EVICTION_INTERVAL_NS;
  return zone->n_ready + zone->n_not_ready > LARGE_ZONE ? SECONDARY_INTERVAL_NS : 0;
}

static void
taint_node (const K8View *view, K8NodeMemory *memory, const K8CacheEntry *entry, K8Plan *plan)
{
  const K8Node *node = entry->object;
  const char *status = k8_node_ready_status (node);
  gboolean is_unknown = k8_string_is (status, "Unknown");
  const char *key = is_unknown ? K8_TAINT_UNREACHABLE : K8_TAINT_NOT_READY;
  const char *other = is_unknown ? K8_TAINT_NOT_READY : K8_TAINT_UNREACHABLE;

  if (status == NULL || k8_string_is (status, "True") || memory->is_all_down)
    {
      plan_node (entry, k8_node_with_no_execute (view, node, NULL), "no longer evicts", plan);
      return;
    }
  k8_plan_requeue_after (plan, MONITOR_PERIOD_NS);
  if (k8_node_has_taint (node, key, "NoExecute"))
    return;
  /* The taints of its conditions are on their way: this write would meet a conflict, and the
   * turn of its zone would be spent. */
  k8_autounref const K8Node *tainted = k8_node_with_conditions_tainted (view, node);
  if (tainted != NULL)
    {
      k8_plan_requeue_after (plan, TAINT_PERIOD_NS);
      return;
    }
  K8NodeZone *zone = k8_node_memory_zone (memory, node);
  gint64 interval_ns = get_interval (memory, zone);
  if (!k8_node_has_taint (node, other, "NoExecute"))
    {
      if (interval_ns == 0)
        return;
      if (view->now_ns < zone->next_ns)
        {
          k8_plan_requeue_after (plan, zone->next_ns - view->now_ns);
          return;
        }
      zone->next_ns = view->now_ns + interval_ns;
    }
  plan_node (entry, k8_node_with_no_execute (view, node, key), "evicts its pods", plan);
}

static void
reconcile (const K8View *view, const K8Ref *ref, K8Plan *plan)
{
  const K8Cache *nodes = view->caches[K8_KIND_Node];
  const K8CacheEntry *entry;

  if (ref->kind == K8_KIND_Node)
    {
      entry = k8_view_find (view, ref);
      if (entry != NULL)
        plan_node (entry, k8_node_with_conditions_tainted (view, entry->object),
                   "taints of its conditions", plan);
    }
  else if (g_str_equal (ref->name, monitor_ref.name))
    look (view, plan);
  else
    for (guint32 slot = k8_cache_next (nodes, 0); slot != 0; slot = k8_cache_next (nodes, slot))
      taint_node (view, view->memory, k8_cache_at (nodes, slot), plan);
}

const K8ControllerClass k8_node_lifecycle_controller_class = {
  .name = "node-controller",
  .kind = K8_KIND_Node,
  .n_workers = 8,
  .watches = { { K8_KIND_Node, node_changed } },
  .reconcile = reconcile,
  .begin = begin,
  .memory_bytes = sizeof (K8NodeMemory),
  .memory_init = k8_node_memory_init,
  .memory_clear = k8_node_memory_clear,
  .memory_clone = k8_node_memory_clone,
};
