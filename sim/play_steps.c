/* SPDX-License-Identifier: Apache-2.0
 *
 * The steps of a scenario as they are done: requests to the API server and faults. A step that
 * finds no API server, or one that has too much to do or cannot reach etcd, is tried again each
 * second, as a user would; one that is refused is remembered, and makes the run fail.
 */
#include <string.h>

#include "base/string.h"
#include "base/time.h"
#include "machinery/gvk.h"
#include "machinery/pod.h"
#include "machinery/selector.h"
#include "sim/action.h"
#include "sim/fault.h"
#include "sim/look.h"
#include "sim/mirror.h"
#include "sim/play.h"

#define RETRY_NS K8_SECOND_NS

static const char merge_patch[] = "application/merge-patch+json";
static const char strategic_patch[] = "application/strategic-merge-patch+json";

static void
refuse (SimPlay *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
refuse (SimPlay *self, const char *format, ...)
{
  va_list arguments;

  self->n_refused++;
  if (self->refusal != NULL)
    return;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  self->refusal = k8_string_intern (self->region, text);
}

static void
send (SimPlay *self, SimWorld *world, SimAction action, SimPlayPending pending)
{
  action.token = self->token;
  pending.tag = sim_world_request_own (world, sim_action_request (self->region, &action));
  guint32 slot = k8_slots_add (&self->pending);
  *(SimPlayPending *) k8_slots_edit (&self->pending, slot) = pending;
  k8_index_put (&self->by_tag, pending.tag, slot);
}

/* POST first; the answer to an object that is there already is a PATCH. */
static void
apply (SimPlay *self, SimWorld *world, guint step_index, guint document, guint attempt)
{
  const SimStep *step = &g_array_index (self->scenario->steps, SimStep, step_index);
  const char *json = g_ptr_array_index (step->documents, document);
  g_autofree char *namespace_name = NULL;
  g_autofree char *name = NULL;
  SimAction action = { .body = json, .method = "POST" };

  if (!sim_action_target (self->region, json, &action.kind, &namespace_name, &name))
    {
      refuse (self, "line %u: a manifest has no name or cannot be read", step->line);
      return;
    }
  action.namespace_name = namespace_name;
  if (attempt > 0)
    {
      action.method = "PATCH";
      action.name = name;
      action.content_type = strategic_patch;
    }
  send (self, world, action,
        (SimPlayPending){ .step = step_index, .document = document, .attempt = attempt });
}

void
sim_play_apply_again (SimPlay *self, SimWorld *world, guint step, guint document)
{
  apply (self, world, step, document, 0);
}

static void
patch (SimPlay *self, SimWorld *world, guint index, SimAction action)
{
  action.method = "PATCH";
  if (action.content_type == NULL)
    action.content_type = strategic_patch;
  send (self, world, action, (SimPlayPending){ .step = index });
}

static void
scale (SimPlay *self, SimWorld *world, guint index, const SimStep *step)
{
  g_autofree char *body
      = g_strdup_printf ("{\"spec\":{\"replicas\":%" G_GINT64_FORMAT "}}", step->replicas);

  patch (self, world, index,
         (SimAction){ .kind = step->kind,
                      .namespace_name = step->namespace_name,
                      .name = step->name,
                      .subresource = "scale",
                      .content_type = merge_patch,
                      .body = body });
}

static void
set_image (SimPlay *self, SimWorld *world, guint index, const SimStep *step)
{
  g_autofree char *body = g_strdup_printf (
      "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"%s\",\"image\":\"%s\"}]}}}}",
      step->container, step->image);

  patch (self, world, index,
         (SimAction){ .kind = step->kind,
                      .namespace_name = step->namespace_name,
                      .name = step->name,
                      .body = body });
}

/* The ReplicaSets of a Deployment by revision: the second highest is where to go back to. */
typedef struct
{
  const char *owner_uid;
  gint64 newest;
  gint64 second;
  const K8ReplicaSet *newest_set;
  const K8ReplicaSet *second_set;
} Revisions;

static void
look_at_revision (void *user, const void *object)
{
  Revisions *found = user;
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  const char *text = k8_object_meta_annotations_get (meta, "deployment.kubernetes.io/revision");
  gint64 revision = text == NULL ? 0 : g_ascii_strtoll (text, NULL, 10);

  if (k8_object_meta_owner_references_n (meta) == 0
      || !k8_string_is (k8_owner_reference_uid (k8_object_meta_owner_references_at (meta, 0)),
                        found->owner_uid))
    return;
  if (revision > found->newest)
    {
      found->second = found->newest;
      found->second_set = found->newest_set;
      found->newest = revision;
      found->newest_set = object;
    }
  else if (revision > found->second)
    {
      found->second = revision;
      found->second_set = object;
    }
}

/* The template of a ReplicaSet without the label that only ReplicaSets carry. (transfer full) */
static char *
dup_template (K8Region *region, const K8ReplicaSet *set)
{
  const K8PodTemplateSpec *with = k8_replica_set_spec_template (k8_replica_set_spec (set));
  GString *json = g_string_new ("[{\"op\":\"replace\",\"path\":\"/spec/template\",\"value\":");
  K8ObjectMetaEdit meta;
  K8PodTemplateSpecEdit edit;

  k8_object_meta_edit (&meta, region, k8_pod_template_spec_metadata (with));
  k8_object_meta_delete_labels (&meta, "pod-template-hash");
  k8_pod_template_spec_edit (&edit, region, with);
  k8_pod_template_spec_set_metadata (&edit, k8_object_meta_seal (&meta));
  k8_autounref const K8PodTemplateSpec *template = k8_pod_template_spec_seal (&edit);
  k8_json_encode (json, template, &(K8JsonOptions){ 0 });
  g_string_append (json, "}]");
  return g_string_free (json, FALSE);
}

static void
roll_back (SimPlay *self, SimWorld *world, guint index, const SimStep *step)
{
  const void *deployment = sim_look_find (world, step->kind, step->namespace_name, step->name);
  Revisions found = { 0 };

  if (deployment != NULL)
    {
      found.owner_uid = k8_object_meta_uid (k8_object_get_meta (deployment));
      sim_look_each (world, &k8_kinds[K8_KIND_ReplicaSet], step->namespace_name, look_at_revision,
                     &found);
    }
  if (found.second_set == NULL)
    {
      refuse (self, "line %u: no rollout history found for deployment \"%s\"", step->line,
              step->name);
      return;
    }
  g_autofree char *body = dup_template (self->region, found.second_set);
  patch (self, world, index,
         (SimAction){ .kind = step->kind,
                      .namespace_name = step->namespace_name,
                      .name = step->name,
                      .content_type = "application/json-patch+json",
                      .body = body });
}

/* Objects that a step means, in order of their keys. */
typedef struct
{
  const K8Selector *selector;
  gint64 left;
  GPtrArray *objects; /* records, counted */
} Chosen;

static void
choose (void *user, const void *object)
{
  Chosen *chosen = user;

  if (chosen->left == 0
      || !k8_selector_matches (chosen->selector,
                               k8_object_meta_labels (k8_object_get_meta (object))))
    return;
  chosen->left--;
  g_ptr_array_add (chosen->objects, (void *) k8_record_ref (object));
}

/* (transfer full): records, at most `count` (0: all). */
static GPtrArray *
find_chosen (SimPlay *self, SimWorld *world, const SimStep *step)
{
  const char *text = k8_string_or_empty (step->selector);
  g_autofree char *error = NULL;
  Chosen chosen = { .left = step->count == 0 ? -1 : step->count,
                    .objects = g_ptr_array_new_with_free_func ((GDestroyNotify) k8_record_unref) };

  chosen.selector = k8_selector_parse (self->region, text, strlen (text), &error);
  if (chosen.selector == NULL)
    refuse (self, "line %u: %s", step->line, error);
  else
    sim_look_each (world, step->kind, step->namespace_name, choose, &chosen);
  k8_selector_unref (chosen.selector);
  return chosen.objects;
}

static void
delete_one (SimPlay *self, SimWorld *world, guint index, const SimStep *step, const char *name)
{
  send (self, world,
        (SimAction){ .method = "DELETE",
                     .kind = step->kind,
                     .namespace_name = step->namespace_name,
                     .name = name },
        (SimPlayPending){ .step = index });
}

static void
delete (SimPlay *self, SimWorld *world, guint index, const SimStep *step)
{
  if (step->name != NULL)
    {
      delete_one (self, world, index, step, step->name);
      return;
    }
  GPtrArray *objects = find_chosen (self, world, step);
  for (guint i = 0; i < objects->len; i++)
    delete_one (self, world, index, step,
                k8_object_meta_name (k8_object_get_meta (g_ptr_array_index (objects, i))));
  g_ptr_array_unref (objects);
}

static void
cordon (SimPlay *self, SimWorld *world, guint index, const SimStep *step)
{
  patch (self, world, index,
         (SimAction){ .kind = &k8_kinds[K8_KIND_Node],
                      .name = step->node,
                      .body = step->type == SIM_STEP_CORDON
                                  ? "{\"spec\":{\"unschedulable\":true}}"
                                  : "{\"spec\":{\"unschedulable\":null}}" });
}

/* A real container: the one of this name, or the first. */
static void
crash_real (const SimWorld *world, const K8Pod *pod, const char *container)
{
  const K8PodStatus *status = k8_pod_status (pod);

  for (guint i = 0; i < k8_pod_status_container_statuses_n (status); i++)
    {
      const K8ContainerStatus *own = k8_pod_status_container_statuses_at (status, i);
      const char *id = k8_container_status_container_id (own);
      if (container != NULL && !k8_string_is (k8_container_status_name (own), container))
        continue;
      if (id != NULL)
        world->mirror->crash (world->mirror->user, id);
      return;
    }
}

static void
each_pod (SimPlay *self, SimWorld *world, const SimStep *step, gboolean is_begin)
{
  SimStep all = *step;

  if (!is_begin)
    all.count = 0; /* there may be others now: those that were chosen are among all */
  GPtrArray *pods = find_chosen (self, world, &all);
  for (guint i = 0; i < pods->len; i++)
    {
      const char *uid = k8_object_meta_uid (k8_object_get_meta (g_ptr_array_index (pods, i)));
      if (world->mirror != NULL)
        crash_real (world, g_ptr_array_index (pods, i), step->container);
      else if (step->fault == SIM_FAULT_CONTAINER_CRASH)
        sim_runtime_crash (world, uid, step->container, (gint32) step->exit_code, "Error");
      else
        sim_runtime_fail_probes (world, uid, is_begin);
    }
  g_ptr_array_unref (pods);
}

static void
do_component (SimWorld *world, const SimStep *step, gboolean is_begin)
{
  g_autofree char *name = sim_fault_dup_actor_name (step->component);

  if (step->fault == SIM_FAULT_WATCH_DROP)
    sim_world_break_connections (world, name);
  else if (is_begin)
    sim_world_crash_actor (world, name);
  else
    sim_world_start_actor (world, name);
}

static void
do_fault (SimPlay *self, SimWorld *world, const SimStep *step, gboolean is_begin)
{
  switch (step->fault)
    {
    case SIM_FAULT_NODE_POWER_OFF:
      sim_fault_set_node_power (world, step->node, !is_begin);
      break;
    case SIM_FAULT_NODE_CUT:
      sim_fault_set_node_cut (world, step->node, is_begin);
      break;
    case SIM_FAULT_COMPONENT_CRASH:
    case SIM_FAULT_WATCH_DROP:
      do_component (world, step, is_begin);
      break;
    case SIM_FAULT_CONTAINER_CRASH:
      if (is_begin)
        each_pod (self, world, step, TRUE);
      break;
    case SIM_FAULT_PROBE_FAILURE:
      each_pod (self, world, step, is_begin);
      break;
    case SIM_FAULT_IMAGE_PULL_FAILURE:
      sim_runtime_set_pull_failing (&world->runtime, step->image, is_begin);
      break;
    case SIM_FAULT_MESSAGE_LOSS:
      world->network.loss_per_million = is_begin ? (guint32) (step->percent * 10000) : 0;
      break;
    case SIM_FAULT_NONE:
    case SIM_N_FAULTS:
      break;
    }
}

static void
begin_fault (SimPlay *self, SimWorld *world, guint index, const SimStep *step)
{
  do_fault (self, world, step, TRUE);
  if (step->for_ns >= 0)
    sim_world_schedule (world, step->for_ns, SIM_ENTRY_FAULT_END, index, 0);
}

void
sim_play_end_fault (SimPlay *self, SimWorld *world, guint index)
{
  do_fault (self, world, &g_array_index (self->scenario->steps, SimStep, index), FALSE);
}

static gboolean
has_server (const SimWorld *world)
{
  if (world->mirror != NULL)
    return TRUE;
  K8ActorId server = k8_engine_find_actor (world->engine, "apiserver-0");

  return k8_engine_is_running (world->engine, server);
}

static void
do_request (SimPlay *self, SimWorld *world, guint index, const SimStep *step)
{
  switch (step->type)
    {
    case SIM_STEP_APPLY:
      for (guint i = 0; i < step->documents->len; i++)
        apply (self, world, index, i, 0);
      break;
    case SIM_STEP_SCALE:
      scale (self, world, index, step);
      break;
    case SIM_STEP_SET_IMAGE:
      set_image (self, world, index, step);
      break;
    case SIM_STEP_ROLLBACK:
      roll_back (self, world, index, step);
      break;
    case SIM_STEP_PATCH:
      patch (self, world, index,
             (SimAction){ .kind = step->kind,
                          .namespace_name = step->namespace_name,
                          .name = step->name,
                          .body = step->patch });
      break;
    case SIM_STEP_DELETE:
      delete (self, world, index, step);
      break;
    case SIM_STEP_CORDON:
    case SIM_STEP_UNCORDON:
      cordon (self, world, index, step);
      break;
    case SIM_STEP_FAULT:
      break;
    }
}

void
sim_play_do_step (SimPlay *self, SimWorld *world, guint index)
{
  const SimStep *step = &g_array_index (self->scenario->steps, SimStep, index);

  if (step->type != SIM_STEP_FAULT && !has_server (world))
    {
      sim_world_schedule (world, RETRY_NS, SIM_ENTRY_ACTION, index, 0);
      return;
    }
  self->n_steps_done++;
  if (step->type == SIM_STEP_FAULT)
    begin_fault (self, world, index, step);
  else
    do_request (self, world, index, step);
}

static void
forget (SimPlay *self, guint32 slot, guint64 tag)
{
  k8_index_remove (&self->by_tag, tag);
  k8_slots_remove (&self->pending, slot);
}

static const char *
get_message (const K8HttpResponse *response)
{
  if (response->object != NULL && k8_record_info (response->object) == K8_INFO (status))
    return k8_string_or_empty (k8_status_message (response->object));
  return k8_string_or_empty (response->text);
}

/* Whether it may be otherwise in a second: too many requests, no answer of etcd. */
static gboolean
is_passing (guint code)
{
  return code == 429 || code >= 500;
}

/* Whether doing it twice is as good as once, should the first have had its effect after all. */
static gboolean
can_be_repeated (const SimStep *step)
{
  return step->type != SIM_STEP_ROLLBACK
         && (step->type != SIM_STEP_DELETE || step->selector == NULL);
}

void
sim_play_take_answer (SimPlay *self, SimWorld *world, const K8Effect *effect)
{
  guint32 slot = k8_index_find (&self->by_tag, effect->tag);

  if (slot == 0 || effect->type != K8_EFFECT_RESPONSE)
    return;
  SimPlayPending pending = *(const SimPlayPending *) k8_slots_get (&self->pending, slot);
  const K8HttpResponse *response = (const K8HttpResponse *) effect->mail;
  const SimStep *step = &g_array_index (self->scenario->steps, SimStep, pending.step);
  forget (self, slot, effect->tag);
  if (response->code < 300)
    return;
  if (is_passing (response->code) && can_be_repeated (step))
    sim_world_schedule (world, RETRY_NS, SIM_ENTRY_ACTION, pending.step,
                        step->type == SIM_STEP_APPLY ? SIM_PLAY_MANIFEST + pending.document : 0);
  else if (response->code == 409 && step->type == SIM_STEP_APPLY && pending.attempt == 0)
    apply (self, world, pending.step, pending.document, 1);
  else if (!(response->code == 404 && step->type == SIM_STEP_DELETE))
    refuse (self, "line %u: %s: %u %s", step->line, step->title, response->code,
            get_message (response));
}
