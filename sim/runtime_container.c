/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtual containers. States: CREATED (create) → RUNNING (start, after the profile's time) →
 * EXITED (its program ends, a stop, a fault, no memory, a loss of power) → gone (remove). An
 * entry of the queue that was meant for an earlier life has an old generation and does nothing.
 */
#include "base/assert.h"
#include "base/quantity.h"
#include "base/string.h"
#include "base/time.h"
#include "sim/runtime_private.h"

enum
{
  EXIT_KILLED = 137, /* 128 + SIGKILL */
};

#define CREATE_NS (20 * K8_MILLISECOND_NS)
#define REMOVE_NS (10 * K8_MILLISECOND_NS)
#define START_NS (200 * K8_MILLISECOND_NS)
#define STOP_NS (100 * K8_MILLISECOND_NS)

/* How soon a program comes to use the memory that its profile says. */
#define GROW_NS (500 * K8_MILLISECOND_NS)

static SimContainer *
edit_container (SimWorld *world, guint32 slot)
{
  return k8_slots_edit (&world->runtime.containers, slot);
}

static const SimContainer *
get_container (const SimWorld *world, guint32 slot)
{
  return k8_slots_get (&world->runtime.containers, slot);
}

static void
answer (SimWorld *world, const K8Effect *effect, gint64 delay_ns, guint32 container)
{
  const K8RuntimeOp *op = (const K8RuntimeOp *) effect->mail;
  K8RuntimeEvent *event = sim_runtime_event_new (world, K8_RUNTIME_RESULT, op->type);

  if (get_container (world, container) != NULL)
    event->item = sim_runtime_describe (&world->runtime, container);
  sim_runtime_answer (world, effect, delay_ns, event);
}

static void
refuse (SimWorld *world, const K8Effect *effect, const char *error, const char *message)
{
  const K8RuntimeOp *op = (const K8RuntimeOp *) effect->mail;
  K8RuntimeEvent *event = sim_runtime_event_new (world, K8_RUNTIME_RESULT, op->type);

  event->is_failed = TRUE;
  event->error = k8_string_intern (world->region, error);
  event->message = k8_string_intern (world->region, message);
  sim_runtime_answer (world, effect, CREATE_NS, event);
}

static void
schedule (SimWorld *world, gint64 delay_ns, SimRuntimeEntry what, guint32 slot)
{
  sim_world_schedule (world, delay_ns, SIM_ENTRY_RUNTIME, ((guint64) what << 32) | slot,
                      get_container (world, slot)->generation);
}

/* Whether a program needs more memory than its container may have. */
static gboolean
is_too_large (const SimWorld *world, guint32 profile_slot, const K8Container *spec)
{
  const SimProfile *profile = sim_runtime_profile (&world->runtime, profile_slot);
  const K8ResourceRequirements *resources = k8_container_resources (spec);
  const char *limit = k8_resource_requirements_limits_get (resources, "memory");
  K8Quantity quantity;

  return profile != NULL && limit != NULL
         && k8_quantity_parse (limit, &quantity) == K8_QUANTITY_OK
         && profile->memory_bytes > k8_quantity_value (&quantity);
}

void
sim_container_create (SimWorld *world, const K8Effect *effect)
{
  const K8RuntimeOp *op = (const K8RuntimeOp *) effect->mail;
  guint32 sandbox = sim_runtime_find (&world->runtime, op->sandbox_id);

  if (k8_slots_get (&world->runtime.sandboxes, sandbox) == NULL)
    {
      refuse (world, effect, "CreateContainerError", "sandbox not found");
      return;
    }
  guint32 slot = k8_slots_add (&world->runtime.containers);
  SimContainer *container = edit_container (world, slot);
  *container = (SimContainer){ .id = sim_runtime_make_id (world),
                               .name = k8_string_ref (op->container_name),
                               .image = k8_string_ref (op->image),
                               .sandbox = sandbox,
                               .profile = sim_runtime_match (&world->runtime, op->image),
                               .kubelet = effect->from,
                               .attempt = op->attempt,
                               .phase = K8_CONTAINER_CREATED,
                               .created_ns = world->now_ns };
  container->is_too_large = is_too_large (world, container->profile, op->container);
  k8_index_put (&world->runtime.by_id, k8_string_handle (container->id), slot);
  answer (world, effect, CREATE_NS, slot);
}

void
sim_container_start (SimWorld *world, const K8Effect *effect)
{
  const K8RuntimeOp *op = (const K8RuntimeOp *) effect->mail;
  guint32 slot = sim_runtime_find (&world->runtime, op->container_id);
  const SimContainer *container = get_container (world, slot);

  if (container == NULL || container->phase != K8_CONTAINER_CREATED)
    {
      refuse (world, effect, "RunContainerError", "container is not in created state");
      return;
    }
  const SimProfile *profile = sim_runtime_profile (&world->runtime, container->profile);
  edit_container (world, slot)->waiting_tag = effect->tag;
  edit_container (world, slot)->cause = effect->cause;
  schedule (world, profile == NULL ? START_NS : profile->start_ns, SIM_RUNTIME_STARTED, slot);
}

/* Tells a kubelet; the cause is the last operation on the container. */
static void
tell (SimWorld *world, guint32 slot, guint64 tag, K8RuntimeEvent *event)
{
  const SimContainer *container = get_container (world, slot);

  sim_world_post (world, &(SimPost){ .type = K8_EVENT_RUNTIME,
                                     .to = container->kubelet,
                                     .tag = tag,
                                     .cause = container->cause,
                                     .mail = event });
}

static void
finish_start (SimWorld *world, guint32 slot)
{
  SimContainer *container = edit_container (world, slot);
  const SimProfile *profile = sim_runtime_profile (&world->runtime, container->profile);
  K8RuntimeEvent *event = sim_runtime_event_new (world, K8_RUNTIME_RESULT,
                                                 K8_RUNTIME_START_CONTAINER);

  container->phase = K8_CONTAINER_RUNNING;
  container->started_ns = world->now_ns;
  event->item = sim_runtime_describe (&world->runtime, slot);
  tell (world, slot, container->waiting_tag, event);
  container->waiting_tag = 0;
  if (profile != NULL && profile->exit_after_ns >= 0)
    schedule (world, profile->exit_after_ns, SIM_RUNTIME_EXITS, slot);
  if (container->is_too_large)
    schedule (world, GROW_NS, SIM_RUNTIME_OUT_OF_MEMORY, slot);
}

/* Ends a container without telling anyone: what a runtime finds after a loss of power. */
void
sim_container_end_silently (SimWorld *world, guint32 slot, gint32 exit_code, const char *reason)
{
  SimContainer *container = edit_container (world, slot);

  container->phase = K8_CONTAINER_EXITED;
  container->finished_ns = world->now_ns;
  container->exit_code = exit_code;
  container->generation++;
  k8_string_unref (container->reason);
  container->reason = k8_string_intern (world->region, reason);
}

/* Ends a running container and tells its kubelet, and whoever waits for a stop. */
void
sim_container_end (SimWorld *world, guint32 slot, gint32 exit_code, const char *reason)
{
  guint64 tag = get_container (world, slot)->waiting_tag;
  K8RuntimeEvent *event = sim_runtime_event_new (world, K8_RUNTIME_CONTAINER_EXITED, 0);

  sim_container_end_silently (world, slot, exit_code, reason);
  edit_container (world, slot)->waiting_tag = 0;
  event->item = sim_runtime_describe (&world->runtime, slot);
  tell (world, slot, 0, event);
  if (tag == 0)
    return;
  event = sim_runtime_event_new (world, K8_RUNTIME_RESULT, K8_RUNTIME_STOP_CONTAINER);
  event->item = sim_runtime_describe (&world->runtime, slot);
  tell (world, slot, tag, event);
}

void
sim_container_stop (SimWorld *world, const K8Effect *effect)
{
  const K8RuntimeOp *op = (const K8RuntimeOp *) effect->mail;
  guint32 slot = sim_runtime_find (&world->runtime, op->container_id);
  const SimContainer *container = get_container (world, slot);

  if (container == NULL || container->phase != K8_CONTAINER_RUNNING)
    {
      answer (world, effect, 0, slot);
      return;
    }
  const SimProfile *profile = sim_runtime_profile (&world->runtime, container->profile);
  gint64 stop_ns = profile == NULL ? STOP_NS : profile->stop_ns;
  gint64 grace_ns = op->grace_seconds * K8_SECOND_NS;
  SimContainer *own = edit_container (world, slot);
  own->waiting_tag = effect->tag;
  own->cause = effect->cause;
  own->generation++;
  own->exit_code = profile == NULL ? 0 : profile->stop_exit_code;
  if (stop_ns < 0 || stop_ns > grace_ns)
    {
      stop_ns = grace_ns;
      own->exit_code = EXIT_KILLED;
    }
  schedule (world, stop_ns, SIM_RUNTIME_EXITS, slot);
}

void
sim_container_remove (SimWorld *world, const K8Effect *effect)
{
  const K8RuntimeOp *op = (const K8RuntimeOp *) effect->mail;
  guint32 slot = sim_runtime_find (&world->runtime, op->container_id);

  if (slot != 0)
    {
      k8_index_remove (&world->runtime.by_id, k8_string_handle (op->container_id));
      k8_slots_remove (&world->runtime.containers, slot);
    }
  answer (world, effect, REMOVE_NS, 0);
}

static void
finish_exit (SimWorld *world, guint32 slot)
{
  const SimContainer *container = get_container (world, slot);
  const SimProfile *profile = sim_runtime_profile (&world->runtime, container->profile);
  gint32 exit_code = container->exit_code;

  if (container->waiting_tag == 0 && profile != NULL)
    exit_code = profile->exit_code;
  sim_container_end (world, slot, exit_code, exit_code == 0 ? "Completed" : "Error");
}

void
sim_container_take_entry (SimWorld *world, SimRuntimeEntry what, guint32 slot, guint64 generation)
{
  const SimContainer *container = get_container (world, slot);

  if (container == NULL || container->generation != generation)
    return;
  if (what == SIM_RUNTIME_STARTED && container->phase == K8_CONTAINER_CREATED)
    finish_start (world, slot);
  else if (what == SIM_RUNTIME_EXITS && container->phase == K8_CONTAINER_RUNNING)
    finish_exit (world, slot);
  else if (what == SIM_RUNTIME_OUT_OF_MEMORY && container->phase == K8_CONTAINER_RUNNING)
    sim_container_end (world, slot, EXIT_KILLED, "OOMKilled");
}
