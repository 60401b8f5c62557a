/* SPDX-License-Identifier: Apache-2.0
 *
 * Garbage collector: an object whose owners are all gone goes, too.
 * Background: the owner went at once, its dependents follow. Foreground: the owner stays with
 * finalizer foregroundDeletion until the dependents that block it are gone. Orphan: the owner
 * stays with finalizer orphan until its references are taken out of its dependents.
 * An owner counts as gone only after a look past the cache that finds nothing, or a namesake
 * with another uid: a cache that is behind must not delete what lives.
 * Source: pkg/controller/garbagecollector (v1.36). Departures: one queue of 20 workers for
 * deletions and orphans; an owner in the cache is not looked up again; references to kinds that
 * this server does not know, or from a cluster-wide object to a namespaced one, hold for ever.
 */
#include "controllers/controllers.h"
#include "controllers/owner_graph.h"
#include "machinery/gvk.h"
#include "machinery/owner.h"

#define FOREGROUND "foregroundDeletion"
#define ORPHAN "orphan"

typedef enum
{
  OWNER_SOLID,
  OWNER_WAITING, /* is being deleted in the foreground, and this dependent blocks it */
  OWNER_MISSING, /* not in the cache */
  OWNER_GONE,
} OwnerState;

static gboolean
is_deleting_with (const K8ObjectMeta *meta, const char *finalizer)
{
  return k8_object_meta_has_deletion_timestamp (meta) && k8_finalizer_has (meta, finalizer);
}

/* The kind of an owner; NULL if the server has none such, or it cannot own this object. */
static const K8KindInfo *
find_kind (const K8OwnerReference *owner, const char *namespace_name)
{
  const K8KindInfo *kind = k8_kind_find_api_version (k8_owner_reference_api_version (owner),
                                                     k8_owner_reference_kind (owner));

  return kind == NULL || kind->plural == NULL || (kind->is_namespaced && namespace_name == NULL)
             ? NULL
             : kind;
}

static K8Ref
make_owner_ref (const K8KindInfo *kind, const K8OwnerReference *owner, const char *namespace_name)
{
  return (K8Ref){ .kind = kind->id,
                  .namespace_name = kind->is_namespaced ? namespace_name : NULL,
                  .name = k8_owner_reference_name (owner) };
}

/* What the cache says of an owner. */
static OwnerState
judge_owner (const K8View *view, const K8OwnerReference *owner, const char *namespace_name)
{
  const K8KindInfo *kind = find_kind (owner, namespace_name);

  if (kind == NULL || view->caches[kind->id] == NULL)
    return OWNER_SOLID;
  K8Ref ref = make_owner_ref (kind, owner, namespace_name);
  const K8CacheEntry *entry = k8_view_find (view, &ref);
  if (entry == NULL || !k8_string_equal (entry->uid, k8_owner_reference_uid (owner)))
    return OWNER_MISSING;
  if (k8_owner_reference_block_owner_deletion (owner) &&
      is_deleting_with (k8_object_get_meta (entry->object), FOREGROUND))
    return OWNER_WAITING;
  return OWNER_SOLID;
}

/* Changes. */

static void
enqueue_dependents (K8Controller *self, const K8View *view, const char *uid)
{
  const K8OwnerGraph *graph = view->memory;

  for (guint32 edge = k8_owner_graph_next (graph, uid, 0); edge != 0;
       edge = k8_owner_graph_next (graph, uid, edge))
    k8_controller_enqueue (self, &k8_owner_graph_at (graph, edge)->dependent);
}

/* An owner that waits in the foreground looks again when a dependent goes or lets go. */
static void
enqueue_waiting_owners (K8Controller *self, const K8View *view, const K8ObjectMeta *meta)
{
  const char *namespace_name = k8_object_meta_namespace (meta);

  for (guint i = 0; i < k8_object_meta_owner_references_n (meta); i++)
    {
      const K8OwnerReference *owner = k8_object_meta_owner_references_at (meta, i);
      if (judge_owner (view, owner, namespace_name) != OWNER_WAITING)
        continue;
      K8Ref ref =
          make_owner_ref (find_kind (owner, namespace_name), owner, namespace_name);
      k8_controller_enqueue (self, &ref);
    }
}

static gboolean
has_unsound_owner (const K8View *view, const K8ObjectMeta *meta)
{
  for (guint i = 0; i < k8_object_meta_owner_references_n (meta); i++)
    if (judge_owner (view, k8_object_meta_owner_references_at (meta, i),
                     k8_object_meta_namespace (meta)) != OWNER_SOLID)
      return TRUE;
  return FALSE;
}

static void
object_changed (K8Controller *self, K8Context *context, const K8View *view,
                const K8Change *change)
{
  const K8ObjectMeta *before =
      change->before == NULL ? NULL : k8_object_get_meta (change->before);
  const K8ObjectMeta *now = change->now == NULL ? NULL : k8_object_get_meta (change->now);

  k8_owner_graph_change (view->memory, change);
  if (before != NULL && k8_object_meta_owner_references_n (before) > 0 &&
      (now == NULL || !k8_list_equal (k8_object_meta_owner_references (before),
                                      k8_object_meta_owner_references (now))))
    enqueue_waiting_owners (self, view, before);
  if (now == NULL)
    {
      enqueue_dependents (self, view, k8_object_meta_uid (before));
      return;
    }
  if (is_deleting_with (now, FOREGROUND) && !is_deleting_with (before, FOREGROUND))
    enqueue_dependents (self, view, k8_object_meta_uid (now));
  if (is_deleting_with (now, FOREGROUND) || is_deleting_with (now, ORPHAN) ||
      has_unsound_owner (view, now))
    k8_controller_enqueue_object (self, change->now);
}

/* Patches. */

static void
append_uid (GString *patch, const K8ObjectMeta *meta)
{
  g_string_append (patch, "{\"metadata\":{\"uid\":\"");
  g_string_append (patch, k8_string_or_empty (k8_object_meta_uid (meta)));
  g_string_append_c (patch, '"');
}

static void
plan_finalizer (K8Plan *plan, const void *object, const char *finalizer)
{
  GString *patch = g_string_new ("");

  append_uid (patch, k8_object_get_meta (object));
  g_string_append (patch, ",\"$deleteFromPrimitiveList/finalizers\":[\"");
  g_string_append (patch, finalizer);
  g_string_append (patch, "\"]}}");
  k8_plan_next_group (plan);
  K8PlanWrite *write = k8_plan_patch (plan, object, patch->str);
  write->tolerate = K8_TOLERATE_NOT_FOUND;
  k8_plan_write_set_why (write, finalizer);
  g_string_free (patch, TRUE);
}

/* Takes the references to these owners (a comma-free set of uids) out of an object. */
static void
plan_removal (K8Plan *plan, const void *object, GPtrArray *uids, const char *why)
{
  GString *patch = g_string_new ("");

  append_uid (patch, k8_object_get_meta (object));
  g_string_append (patch, ",\"ownerReferences\":[");
  for (guint i = 0; i < uids->len; i++)
    {
      g_string_append (patch, i == 0 ? "" : ",");
      g_string_append (patch, "{\"$patch\":\"delete\",\"uid\":\"");
      g_string_append (patch, g_ptr_array_index (uids, i));
      g_string_append (patch, "\"}");
    }
  g_string_append (patch, "]}}");
  K8PlanWrite *write = k8_plan_patch (plan, object, patch->str);
  write->tolerate = K8_TOLERATE_NOT_FOUND;
  k8_plan_write_set_why (write, why);
  g_string_free (patch, TRUE);
}

/* Orphan: every dependent loses its reference, then the owner its finalizer. */
static void
plan_orphans (const K8View *view, const K8CacheEntry *entry, K8Plan *plan)
{
  const K8OwnerGraph *graph = view->memory;
  g_autoptr (GPtrArray) uids = g_ptr_array_new ();

  g_ptr_array_add (uids, (gpointer) entry->uid);
  for (guint32 edge = k8_owner_graph_next (graph, entry->uid, 0); edge != 0;
       edge = k8_owner_graph_next (graph, entry->uid, edge))
    {
      const K8CacheEntry *found = k8_view_find (view, &k8_owner_graph_at (graph, edge)->dependent);
      if (found != NULL)
        plan_removal (plan, found->object, uids, "orphan: the owner leaves it behind");
    }
  plan_finalizer (plan, entry->object, ORPHAN);
}

/* Foreground: is somebody left who blocks the owner? */
static gboolean
is_blocked (const K8View *view, const K8CacheEntry *entry)
{
  const K8OwnerGraph *graph = view->memory;

  for (guint32 edge = k8_owner_graph_next (graph, entry->uid, 0); edge != 0;
       edge = k8_owner_graph_next (graph, entry->uid, edge))
    {
      const K8CacheEntry *found = k8_view_find (view, &k8_owner_graph_at (graph, edge)->dependent);
      const K8OwnerReference *owner =
          found == NULL ? NULL : k8_owner_find (k8_object_get_meta (found->object), entry->uid);
      if (owner != NULL && k8_owner_reference_block_owner_deletion (owner))
        return TRUE;
    }
  return FALSE;
}

/* Deletion. */

/* What a look past the cache found of an owner; MISSING if nobody looked. */
static OwnerState
judge_answer (const K8Plan *answers, const K8OwnerReference *owner, const K8Ref *ref)
{
  for (guint i = 0; answers != NULL && i < k8_plan_n (answers); i++)
    {
      const K8PlanWrite *look = k8_plan_at (answers, i);
      if (look->kind->id != ref->kind || !k8_string_equal (look->name, ref->name))
        continue;
      const K8ObjectMeta *seen = look->answer == NULL ? NULL : k8_object_get_meta (look->answer);
      gboolean lives = look->code == 200 && k8_string_equal (k8_object_meta_uid (seen),
                                                             k8_owner_reference_uid (owner));
      return lives ? OWNER_SOLID : OWNER_GONE;
    }
  return OWNER_MISSING;
}

/* The uids of the owners that are of a state; @answers (nullable) tells which are gone. */
static void
collect (const K8View *view, const K8ObjectMeta *meta, const K8Plan *answers, OwnerState state,
         GPtrArray *ret_uids)
{
  const char *namespace_name = k8_object_meta_namespace (meta);

  for (guint i = 0; i < k8_object_meta_owner_references_n (meta); i++)
    {
      const K8OwnerReference *owner = k8_object_meta_owner_references_at (meta, i);
      OwnerState found = judge_owner (view, owner, namespace_name);
      if (found == OWNER_MISSING)
        {
          K8Ref ref = make_owner_ref (find_kind (owner, namespace_name), owner, namespace_name);
          found = judge_answer (answers, owner, &ref);
        }
      if (found == state)
        g_ptr_array_add (ret_uids, (gpointer) k8_owner_reference_uid (owner));
    }
}

static void
plan_deletion (const K8View *view, const K8CacheEntry *entry, gboolean is_waited_for, K8Plan *plan)
{
  const K8ObjectMeta *meta = k8_object_get_meta (entry->object);
  gboolean has_dependents = k8_owner_graph_next (view->memory, entry->uid, 0) != 0;
  K8PlanWrite *write = k8_plan_delete (plan, entry->object);

  write->revision = entry->revision;
  write->propagation = K8_PROPAGATION_BACKGROUND;
  if (k8_finalizer_has (meta, ORPHAN))
    write->propagation = K8_PROPAGATION_ORPHAN;
  else if ((is_waited_for && has_dependents) || k8_finalizer_has (meta, FOREGROUND))
    write->propagation = K8_PROPAGATION_FOREGROUND;
  write->tolerate = K8_TOLERATE_NOT_FOUND;
  k8_plan_write_set_why (write, is_waited_for ? "its owner waits for it" : "its owners are gone");
}

/* With what is known of every owner: keep, cut references, or delete. */
static void
decide (const K8View *view, const K8CacheEntry *entry, const K8Plan *answers, K8Plan *plan)
{
  const K8ObjectMeta *meta = k8_object_get_meta (entry->object);
  g_autoptr (GPtrArray) solid = g_ptr_array_new ();
  g_autoptr (GPtrArray) waiting = g_ptr_array_new ();
  g_autoptr (GPtrArray) gone = g_ptr_array_new ();

  collect (view, meta, answers, OWNER_SOLID, solid);
  collect (view, meta, answers, OWNER_WAITING, waiting);
  collect (view, meta, answers, OWNER_GONE, gone);
  collect (view, meta, answers, OWNER_MISSING, solid);
  if (gone->len + waiting->len == 0)
    return;
  if (solid->len == 0)
    {
      plan_deletion (view, entry, waiting->len > 0, plan);
      return;
    }
  for (guint i = 0; i < waiting->len; i++)
    g_ptr_array_add (gone, g_ptr_array_index (waiting, i));
  plan_removal (plan, entry->object, gone, "other owners live on");
}

/* Looks past the cache for owners that are not in it; gives whether there are any. */
static gboolean
plan_looks (const K8View *view, const K8CacheEntry *entry, K8Plan *plan)
{
  const K8ObjectMeta *meta = k8_object_get_meta (entry->object);

  for (guint i = 0; i < k8_object_meta_owner_references_n (meta); i++)
    {
      const K8OwnerReference *owner = k8_object_meta_owner_references_at (meta, i);
      const K8KindInfo *kind = find_kind (owner, entry->namespace_name);
      if (judge_owner (view, owner, entry->namespace_name) != OWNER_MISSING)
        continue;
      K8Ref ref = make_owner_ref (kind, owner, entry->namespace_name);
      K8PlanWrite *look = k8_plan_get (plan, ref.kind, ref.namespace_name, ref.name);
      look->tolerate = K8_TOLERATE_NOT_FOUND;
      k8_plan_write_set_why (look, "does the owner live?");
    }
  plan->wants_resume = k8_plan_n (plan) > 0;
  return plan->wants_resume;
}

static void
reconcile (const K8View *view, const K8Ref *ref, K8Plan *plan)
{
  const K8CacheEntry *entry = k8_view_find (view, ref);

  if (entry == NULL)
    return;
  const K8ObjectMeta *meta = k8_object_get_meta (entry->object);
  if (is_deleting_with (meta, ORPHAN))
    plan_orphans (view, entry, plan);
  else if (is_deleting_with (meta, FOREGROUND))
    {
      if (!is_blocked (view, entry))
        plan_finalizer (plan, entry->object, FOREGROUND);
    }
  else if (!k8_object_meta_has_deletion_timestamp (meta) && !plan_looks (view, entry, plan))
    decide (view, entry, NULL, plan);
}

static void
resume (const K8View *view, const K8Ref *ref, const K8Plan *plan, K8Plan *next)
{
  const K8CacheEntry *entry = k8_view_find (view, ref);
  const K8PlanWrite *failure = k8_plan_find_failure (plan);

  if (failure != NULL)
    {
      k8_plan_fail (next, k8_string_or_empty (k8_status_message (failure->status)));
      return;
    }
  if (entry != NULL && !k8_object_meta_has_deletion_timestamp (k8_object_get_meta (entry->object)))
    decide (view, entry, plan, next);
}

const K8ControllerClass k8_garbage_collector_class = {
  .name = "generic-garbage-collector",
  .component = "garbage-collector-controller",
  .n_workers = 20,
  .watches = { { K8_N_KINDS, object_changed } },
  .reconcile = reconcile,
  .resume = resume,
  .memory_bytes = sizeof (K8OwnerGraph),
  .memory_init = k8_owner_graph_init,
  .memory_clear = k8_owner_graph_clear,
  .memory_clone = k8_owner_graph_clone,
};
