/* SPDX-License-Identifier: Apache-2.0
 *
 * The indexer: found by name, walked by namespace and by controlling owner.
 */
#include "client/cache.h"

#include <string.h>

#include "machinery/gvk.h"
#include "tests/lib/test.h"
#include "tests/lib/test_object.h"
#include "tests/lib/test_region.h"

typedef struct
{
  K8Region *region;
  K8Cache cache;
  gint64 revision;
} World;

static World
make_world (K8KindId kind)
{
  World world = { .region = test_region_new (1 << 26) };

  k8_cache_init (&world.cache, world.region, &k8_kinds[kind]);
  return world;
}

/* Clears the cache; nothing of it may stay in the region. */
static void
clear_world (World *world)
{
  k8_cache_clear (&world->cache);
  test_region_free (world->region);
}

/* Puts a pod: "shop/web-1", owned by the uid or by nobody (NULL). */
static guint32
put (World *world, const char *path, const char *owner_uid)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", 2);
  g_autofree char *owner =
      owner_uid == NULL
          ? g_strdup ("")
          : g_strdup_printf (",'ownerReferences':[{'apiVersion':'apps/v1','kind':'ReplicaSet',"
                             "'name':'web','uid':'%s','controller':true}]",
                             owner_uid);
  g_autofree char *json =
      g_strdup_printf ("{'metadata':{'namespace':'%s','name':'%s','uid':'u-%s'%s}}", parts[0],
                       parts[1], parts[1], owner);
  const void *pod =
      test_object_new (world->region, &k8_messages[k8_kinds[K8_KIND_Pod].message], json);
  guint32 slot = k8_cache_put (&world->cache, pod, ++world->revision);

  k8_record_unref (pod);
  return slot;
}

static void
remove_pod (World *world, const char *namespace_name, const char *name)
{
  k8_cache_remove (&world->cache, k8_cache_slot_of (&world->cache, namespace_name, name));
}

typedef guint32 (*NextFunc) (const K8Cache *cache, const char *text, guint32 slot);

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names of a walk in alphabetical order, so that tests do not depend on that of the chain. */
static char *
walk (const World *world, NextFunc next, const char *text)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint32 slot = next (&world->cache, text, 0); slot != 0 && names->len < 100;
       slot = next (&world->cache, text, slot))
    g_ptr_array_add (names, (char *) k8_cache_at (&world->cache, slot)->name);
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **) names->pdata);
}

#define ASSERT_NAMESPACE(world, text, names)                                                       \
  do                                                                                               \
    {                                                                                              \
      g_autofree char *walked = walk ((world), k8_cache_next_in_namespace, (text));                \
      CU_ASSERT_STRING_EQUAL (walked, (names));                                                    \
    }                                                                                              \
  while (0)

#define ASSERT_OWNER(world, uid, names)                                                            \
  do                                                                                               \
    {                                                                                              \
      g_autofree char *walked = walk ((world), k8_cache_next_of_owner, (uid));                     \
      CU_ASSERT_STRING_EQUAL (walked, (names));                                                    \
    }                                                                                              \
  while (0)

void
test_cache__finds_by_namespace_and_name (void)
{
  World world = make_world (K8_KIND_Pod);
  guint32 slot = put (&world, "shop/web-1", NULL);

  put (&world, "bank/web-1", NULL);
  const K8CacheEntry *entry = k8_cache_find (&world.cache, "shop", "web-1");
  CU_ASSERT_PTR_NOT_NULL_FATAL (entry);
  CU_ASSERT_STRING_EQUAL (entry->namespace_name, "shop");
  CU_ASSERT_STRING_EQUAL (entry->name, "web-1");
  CU_ASSERT_STRING_EQUAL (entry->uid, "u-web-1");
  CU_ASSERT_EQUAL (entry->revision, 1);
  CU_ASSERT_EQUAL (k8_cache_slot_of (&world.cache, "shop", "web-1"), slot);
  CU_ASSERT_EQUAL (k8_cache_slot_of (&world.cache, "shop", "web-2"), 0);
  CU_ASSERT_EQUAL (k8_cache_slot_of (&world.cache, "zoo", "web-1"), 0);
  CU_ASSERT_EQUAL (k8_cache_slot_of (&world.cache, NULL, "web-1"), 0);
  CU_ASSERT_EQUAL (k8_cache_n (&world.cache), 2);
  clear_world (&world);
}

/* Cluster-wide objects have no namespace; NULL and "" both mean that. */
void
test_cache__finds_cluster_wide_objects_without_a_namespace (void)
{
  World world = make_world (K8_KIND_Node);
  const void *node = test_object_new (
      world.region, &k8_messages[k8_kinds[K8_KIND_Node].message], "{'metadata':{'name':'node-1'}}");
  guint32 slot = k8_cache_put (&world.cache, node, 1);

  k8_record_unref (node);
  CU_ASSERT_EQUAL (k8_cache_slot_of (&world.cache, NULL, "node-1"), slot);
  CU_ASSERT_EQUAL (k8_cache_slot_of (&world.cache, "", "node-1"), slot);
  CU_ASSERT_EQUAL (k8_cache_next_in_namespace (&world.cache, NULL, 0), 0);
  CU_ASSERT_EQUAL (k8_cache_next_in_namespace (&world.cache, "", 0), 0);
  clear_world (&world);
}

void
test_cache__update_keeps_the_slot_and_takes_the_new_object (void)
{
  World world = make_world (K8_KIND_Pod);
  guint32 slot = put (&world, "shop/web-1", NULL);
  const void *before = k8_cache_at (&world.cache, slot)->object;

  CU_ASSERT_EQUAL (put (&world, "shop/web-1", NULL), slot);
  CU_ASSERT_PTR_NOT_EQUAL (k8_cache_at (&world.cache, slot)->object, before);
  CU_ASSERT_EQUAL (k8_cache_at (&world.cache, slot)->revision, 2);
  CU_ASSERT_EQUAL (k8_cache_n (&world.cache), 1);
  ASSERT_NAMESPACE (&world, "shop", "web-1");
  clear_world (&world);
}

void
test_cache__walks_one_namespace_whichever_entry_is_removed (void)
{
  World world = make_world (K8_KIND_Pod);

  for (guint i = 1; i <= 5; i++)
    {
      g_autofree char *path = g_strdup_printf ("shop/web-%u", i);
      put (&world, path, NULL);
    }
  put (&world, "bank/db-1", NULL);
  ASSERT_NAMESPACE (&world, "shop", "web-1 web-2 web-3 web-4 web-5");
  ASSERT_NAMESPACE (&world, "bank", "db-1");
  ASSERT_NAMESPACE (&world, "zoo", "");
  remove_pod (&world, "shop", "web-3"); /* in the middle */
  ASSERT_NAMESPACE (&world, "shop", "web-1 web-2 web-4 web-5");
  remove_pod (&world, "shop", "web-1"); /* at one end */
  ASSERT_NAMESPACE (&world, "shop", "web-2 web-4 web-5");
  remove_pod (&world, "shop", "web-5"); /* at the other */
  ASSERT_NAMESPACE (&world, "shop", "web-2 web-4");
  remove_pod (&world, "shop", "web-2");
  remove_pod (&world, "shop", "web-4");
  ASSERT_NAMESPACE (&world, "shop", "");
  ASSERT_NAMESPACE (&world, "bank", "db-1");
  put (&world, "shop/web-9", NULL);
  ASSERT_NAMESPACE (&world, "shop", "web-9");
  clear_world (&world);
}

void
test_cache__walks_the_objects_of_one_controller (void)
{
  World world = make_world (K8_KIND_Pod);

  put (&world, "shop/a-1", "rs-a");
  put (&world, "shop/b-1", "rs-b");
  put (&world, "shop/a-2", "rs-a");
  put (&world, "shop/a-3", "rs-a");
  put (&world, "shop/free", NULL);
  ASSERT_OWNER (&world, "rs-a", "a-1 a-2 a-3");
  ASSERT_OWNER (&world, "rs-b", "b-1");
  ASSERT_OWNER (&world, NULL, "");
  remove_pod (&world, "shop", "a-2"); /* in the middle */
  ASSERT_OWNER (&world, "rs-a", "a-1 a-3");
  remove_pod (&world, "shop", "a-3");
  ASSERT_OWNER (&world, "rs-a", "a-1");
  remove_pod (&world, "shop", "a-1");
  ASSERT_OWNER (&world, "rs-a", "");
  ASSERT_OWNER (&world, "rs-b", "b-1");
  clear_world (&world);
}

/* Adoption, release and a change of hands: the object moves, the others stay. */
void
test_cache__object_moves_when_its_controller_changes (void)
{
  World world = make_world (K8_KIND_Pod);

  put (&world, "shop/p-1", "rs-a");
  put (&world, "shop/p-2", "rs-a");
  put (&world, "shop/p-3", "rs-a");
  put (&world, "shop/p-2", "rs-b");
  ASSERT_OWNER (&world, "rs-a", "p-1 p-3");
  ASSERT_OWNER (&world, "rs-b", "p-2");
  put (&world, "shop/p-1", NULL);
  ASSERT_OWNER (&world, "rs-a", "p-3");
  put (&world, "shop/p-1", "rs-b");
  ASSERT_OWNER (&world, "rs-b", "p-1 p-2");
  put (&world, "shop/p-1", "rs-b");
  ASSERT_OWNER (&world, "rs-b", "p-1 p-2");
  ASSERT_NAMESPACE (&world, "shop", "p-1 p-2 p-3");
  clear_world (&world);
}

/* An owner that does not control is no reason to be listed. */
void
test_cache__owner_that_does_not_control_is_not_followed (void)
{
  World world = make_world (K8_KIND_Pod);
  const void *pod = test_object_new (
      world.region, &k8_messages[k8_kinds[K8_KIND_Pod].message],
      "{'metadata':{'namespace':'shop','name':'p','ownerReferences':[{'apiVersion':'v1',"
      "'kind':'Node','name':'n','uid':'other'},{'apiVersion':'apps/v1','kind':'ReplicaSet',"
      "'name':'web','uid':'rs-a','controller':true}]}}");

  k8_cache_put (&world.cache, pod, 1);
  k8_record_unref (pod);
  ASSERT_OWNER (&world, "rs-a", "p");
  ASSERT_OWNER (&world, "other", "");
  clear_world (&world);
}

void
test_cache__walk_of_all_is_in_order_of_slots (void)
{
  World world = make_world (K8_KIND_Pod);
  guint32 first = put (&world, "shop/a", NULL);
  guint32 second = put (&world, "bank/b", NULL);
  guint32 third = put (&world, "shop/c", NULL);

  k8_cache_remove (&world.cache, second);
  CU_ASSERT_EQUAL (k8_cache_next (&world.cache, 0), first);
  CU_ASSERT_EQUAL (k8_cache_next (&world.cache, first), third);
  CU_ASSERT_EQUAL (k8_cache_next (&world.cache, third), 0);
  clear_world (&world);
}

void
test_cache__clone_does_not_see_what_comes_after_it (void)
{
  World world = make_world (K8_KIND_Pod);
  World clone;

  put (&world, "shop/a", "rs-a");
  put (&world, "shop/b", "rs-a");
  clone = world;
  k8_cache_clone (&clone.cache, &world.cache);
  remove_pod (&world, "shop", "a");
  put (&world, "shop/c", "rs-a");
  put (&world, "shop/b", "rs-b");
  ASSERT_OWNER (&clone, "rs-a", "a b");
  ASSERT_NAMESPACE (&clone, "shop", "a b");
  ASSERT_OWNER (&world, "rs-a", "c");
  ASSERT_NAMESPACE (&world, "shop", "b c");
  CU_ASSERT_EQUAL (k8_cache_find (&clone.cache, "shop", "b")->revision, 2);
  k8_cache_clear (&clone.cache);
  clear_world (&world);
}

/* Fills a cache, moves and removes, and clears it. */
static void
use_and_clear (World *world)
{
  k8_cache_init (&world->cache, world->region, &k8_kinds[K8_KIND_Pod]);
  put (world, "shop/a", "rs-a");
  put (world, "shop/b", "rs-a");
  put (world, "shop/a", "rs-b");
  put (world, "shop/a", NULL);
  remove_pod (world, "shop", "b");
  k8_cache_clear (&world->cache);
}

/* The first time, the table of texts may grow; the second time, nothing stays. */
void
test_cache__clear_gives_all_memory_back (void)
{
  World world = { .region = test_region_new (1 << 26) };

  use_and_clear (&world);
  gsize used_bytes = k8_region_used_bytes (world.region);
  use_and_clear (&world);
  CU_ASSERT_EQUAL (k8_region_used_bytes (world.region), used_bytes);
  test_region_free (world.region);
}
