/* SPDX-License-Identifier: Apache-2.0
 *
 * What the scheduler of a world says about pods of a name.
 */
#include "cli/explain_pod.h"

#include <stdio.h>

#include "base/string.h"
#include "inspect.h"
#include "machinery/gvk.h"
#include "sim/look.h"

typedef struct
{
  const SimWorld *world;
  const char *name;
  gboolean is_found;
} Search;

static void
print_explanation (const SimWorld *world, const char *namespace_name, const char *name)
{
  K8ActorId scheduler = k8_engine_find_actor (world->engine, "scheduler-0");
  g_autoptr (GString) text = g_string_new (NULL);

  printf ("\nWhat the scheduler would say to pod %s/%s now:\n", namespace_name, name);
  if (k8_inspect_explain_pod (world->engine, scheduler, namespace_name, name, text))
    fputs (text->str, stdout);
  else
    puts ("  nothing: it does not run, or does not know the pod");
}

static void
look (void *user, const void *object)
{
  Search *search = user;
  const K8ObjectMeta *meta = k8_object_get_meta (object);

  if (!k8_string_is (k8_object_meta_name (meta), search->name))
    return;
  search->is_found = TRUE;
  print_explanation (search->world, k8_object_meta_namespace (meta), search->name);
}

gboolean
cli_explain_pod (const SimWorld *world, const char *name)
{
  Search search = { .world = world, .name = name };

  sim_look_each (world, &k8_kinds[K8_KIND_Pod], NULL, look, &search);
  return search.is_found;
}
