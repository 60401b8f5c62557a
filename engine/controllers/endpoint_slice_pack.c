/* SPDX-License-Identifier: Apache-2.0
 *
 * Packing endpoints into slices of at most 100 with the fewest writes, not the fewest slices:
 * what is there stays where it is; what is new fills slices that are written anyway, then one
 * untouched slice that can take all of it, then new slices. Emptied slices are deleted; a slice
 * to delete and one to create become one update. A service without endpoints keeps one slice.
 * Source: staging/src/k8s.io/endpointslice/reconciler.go reconcileByPortMapping (v1.36).
 */
#include "controllers/endpoint_slice.h"
#include "machinery/owner.h"

/* A slice that exists, on its way. */
typedef struct
{
  const K8CacheEntry *entry;
  K8EndpointGroup *group; /* NULL: no group has its ports any more */
  GPtrArray *endpoints;   /* what it shall hold, borrowed */
  gboolean is_changed;
} Slice;

static K8EndpointGroup *
find_group (K8Array *groups, const K8EndpointSlice *slice)
{
  for (guint32 i = 0; i < k8_array_n (groups); i++)
    {
      K8EndpointGroup *group = k8_array_at (groups, i);
      if (k8_list_equal (k8_endpoint_slice_ports (group->ports), k8_endpoint_slice_ports (slice)))
        return group;
    }
  return NULL;
}

static guint64
key_of (const K8Endpoint *endpoint)
{
  return k8_string_handle (k8_object_reference_uid (k8_endpoint_target_ref (endpoint)));
}

/* Keeps the endpoints of a slice that are still wanted, as they are now wanted. @by_pod gives the
 * place of a wanted endpoint that is not yet anywhere. */
static void
keep_wanted (Slice *slice, K8Index *by_pod)
{
  const K8EndpointSlice *now = slice->entry->object;

  for (guint i = 0; i < k8_endpoint_slice_endpoints_n (now); i++)
    {
      const K8Endpoint *old = k8_endpoint_slice_endpoints_at (now, i);
      guint32 place = k8_index_remove (by_pod, key_of (old));
      if (place == 0)
        {
          slice->is_changed = TRUE;
          continue;
        }
      const K8Endpoint *wanted = g_ptr_array_index (slice->group->endpoints, place - 1);
      slice->is_changed |= !k8_record_equal (wanted, old);
      g_ptr_array_add (slice->endpoints, (gpointer) wanted);
    }
}

/* Puts as many as fit into a slice. */
static void
fill (GPtrArray *endpoints, GPtrArray *left)
{
  while (left->len > 0 && endpoints->len < K8_MAX_ENDPOINTS_PER_SLICE)
    g_ptr_array_add (endpoints, g_ptr_array_remove_index (left, 0));
}

/* The fullest slice of a group that is written anyway and has room, or NULL. */
static Slice *
find_changed (K8Array *slices, const K8EndpointGroup *group)
{
  Slice *best = NULL;

  for (guint32 i = 0; i < k8_array_n (slices); i++)
    {
      Slice *slice = k8_array_at (slices, i);
      if (slice->group == group && slice->is_changed &&
          slice->endpoints->len < K8_MAX_ENDPOINTS_PER_SLICE &&
          (best == NULL || slice->endpoints->len > best->endpoints->len))
        best = slice;
    }
  return best;
}

/* The fullest untouched slice that can take all @n, or NULL. */
static Slice *
find_untouched (K8Array *slices, const K8EndpointGroup *group, guint n)
{
  Slice *best = NULL;

  for (guint32 i = 0; i < k8_array_n (slices); i++)
    {
      Slice *slice = k8_array_at (slices, i);
      if (slice->group == group && !slice->is_changed &&
          slice->endpoints->len + n <= K8_MAX_ENDPOINTS_PER_SLICE &&
          (best == NULL || slice->endpoints->len > best->endpoints->len))
        best = slice;
    }
  return best;
}

/* A slice that would be deleted and may bear another group instead, or NULL. */
static Slice *
find_spare (K8Array *slices)
{
  for (guint32 i = 0; i < k8_array_n (slices); i++)
    {
      Slice *slice = k8_array_at (slices, i);
      if (slice->group == NULL)
        return slice;
    }
  return NULL;
}

static void
place_rest (const K8View *view, const K8Service *service, K8Array *slices, K8EndpointGroup *group,
            GPtrArray *left, K8Plan *plan)
{
  for (Slice *slice = find_changed (slices, group); left->len > 0 && slice != NULL;
       slice = find_changed (slices, group))
    fill (slice->endpoints, left);
  Slice *untouched = left->len == 0 ? NULL : find_untouched (slices, group, left->len);
  if (untouched != NULL)
    {
      fill (untouched->endpoints, left);
      untouched->is_changed = TRUE;
    }
  while (left->len > 0)
    {
      Slice *spare = find_spare (slices);
      if (spare != NULL)
        {
          spare->group = group;
          spare->is_changed = TRUE;
          fill (spare->endpoints, left);
          continue;
        }
      g_autoptr (GPtrArray) endpoints = g_ptr_array_new ();
      fill (endpoints, left);
      k8_autounref const K8EndpointSlice *made =
          k8_endpoint_slice_make (view, service, NULL, group, endpoints);
      k8_plan_write_set_why (k8_plan_create (plan, made), "endpoints without a slice");
    }
}

static void
pack_group (const K8View *view, const K8Service *service, K8Array *slices, K8EndpointGroup *group,
            K8Plan *plan)
{
  K8Index by_pod;
  g_autoptr (GPtrArray) left = g_ptr_array_new ();

  k8_index_init (&by_pod, view->region);
  for (guint i = 0; i < group->endpoints->len; i++)
    k8_index_put (&by_pod, key_of (g_ptr_array_index (group->endpoints, i)), i + 1);
  for (guint32 i = 0; i < k8_array_n (slices); i++)
    {
      Slice *slice = k8_array_at (slices, i);
      if (slice->group == group)
        keep_wanted (slice, &by_pod);
    }
  for (guint i = 0; i < group->endpoints->len; i++)
    if (k8_index_find (&by_pod, key_of (g_ptr_array_index (group->endpoints, i))) != 0)
      g_ptr_array_add (left, g_ptr_array_index (group->endpoints, i));
  place_rest (view, service, slices, group, left, plan);
  k8_index_clear (&by_pod);
}

/* A service without endpoints keeps, or gets, one slice without endpoints and ports. */
static void
place_nothing (const K8View *view, const K8Service *service, K8Array *slices,
               K8EndpointGroup *group, K8Plan *plan)
{
  Slice *spare;

  for (guint32 i = 0; i < k8_array_n (slices); i++)
    if (((Slice *) k8_array_at (slices, i))->group == group)
      return;
  spare = find_spare (slices);
  if (spare != NULL)
    {
      spare->group = group;
      spare->is_changed = TRUE;
      return;
    }
  k8_autounref const K8EndpointSlice *made =
      k8_endpoint_slice_make (view, service, NULL, group, group->endpoints);
  k8_plan_write_set_why (k8_plan_create (plan, made), "a service has a slice");
}

static void
write_slice (const K8View *view, const K8Service *service, const Slice *slice, gboolean is_kept,
             K8Plan *plan)
{
  if (slice->group == NULL || (slice->endpoints->len == 0 && !is_kept))
    {
      K8PlanWrite *write = k8_plan_delete (plan, slice->entry->object);
      write->tolerate = K8_TOLERATE_NOT_FOUND;
      k8_plan_write_set_why (write, "empty");
      return;
    }
  if (!slice->is_changed)
    return;
  k8_autounref const K8EndpointSlice *made = k8_endpoint_slice_make (
      view, service, slice->entry->object, slice->group, slice->endpoints);
  k8_plan_write_set_why (k8_plan_update (plan, made, slice->entry->revision),
                         "endpoints have changed");
}

static void
list_slices (const K8View *view, const K8CacheEntry *service, K8Array *groups, K8Array *slices)
{
  const K8Cache *cache = view->caches[K8_KIND_EndpointSlice];

  for (guint32 slot = k8_cache_next_of_owner (cache, service->uid, 0); slot != 0;
       slot = k8_cache_next_of_owner (cache, service->uid, slot))
    {
      const K8CacheEntry *entry = k8_cache_at (cache, slot);
      if (k8_object_meta_has_deletion_timestamp (k8_endpoint_slice_metadata (entry->object)))
        continue;
      Slice *slice = k8_array_add (slices);
      *slice = (Slice){ .entry = entry,
                        .group = find_group (groups, entry->object),
                        .endpoints = g_ptr_array_new () };
    }
}

void
k8_endpoint_slices_pack (const K8View *view, const K8CacheEntry *service, K8Array *groups,
                         K8Plan *plan)
{
  K8EndpointGroup *first = k8_array_at (groups, 0);
  gboolean has_endpoints = first->endpoints->len > 0;
  K8Array slices;
  guint n_kept = 0;

  k8_array_init (&slices, view->region, sizeof (Slice));
  list_slices (view, service, groups, &slices);
  for (guint32 i = 0; i < k8_array_n (groups) && has_endpoints; i++)
    pack_group (view, service->object, &slices, k8_array_at (groups, i), plan);
  if (!has_endpoints)
    place_nothing (view, service->object, &slices, first, plan);
  for (guint32 i = 0; i < k8_array_n (&slices); i++)
    {
      Slice *slice = k8_array_at (&slices, i);
      gboolean is_placeholder = !has_endpoints && slice->group != NULL && n_kept++ == 0;
      write_slice (view, service->object, slice, is_placeholder, plan);
      g_ptr_array_unref (slice->endpoints);
    }
  k8_array_clear (&slices);
}
