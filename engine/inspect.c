/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks into actors.
 */
#include "inspect.h"

#include "apiserver/server.h"
#include "etcd/member.h"
#include "scheduler/explain.h"

gint64
k8_inspect_revision (const K8Engine *engine, K8ActorId id)
{
  const K8Actor *actor = k8_engine_actor (engine, id);

  if (actor == NULL)
    return 0;
  if (actor->class->kind == K8_ACTOR_ETCD)
    return ((const K8EtcdMember *) actor)->store.revision;
  if (actor->class->kind == K8_ACTOR_APISERVER)
    return ((const K8ApiServer *) actor)->revision;
  return 0;
}

guint32
k8_inspect_n_watches (const K8Engine *engine, K8ActorId id)
{
  const K8Actor *actor = k8_engine_actor (engine, id);

  if (actor == NULL || actor->class->kind != K8_ACTOR_APISERVER)
    return 0;
  return k8_slots_n (&((const K8ApiServer *) actor)->watchers);
}

gboolean
k8_inspect_explain_pod (const K8Engine *engine, K8ActorId scheduler, const char *namespace_name,
                        const char *name, GString *out)
{
  const K8Actor *actor = k8_engine_actor (engine, scheduler);
  K8SchedulerExplanation explanation;

  if (actor == NULL || !k8_scheduler_explain (actor, namespace_name, name, &explanation))
    return FALSE;
  k8_scheduler_explanation_append (&explanation, out);
  k8_scheduler_explanation_clear (&explanation);
  return TRUE;
}
