/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual container runtime: profiles, images, sandboxes, and where operations go. What
 * containers do is in runtime_container.c, probes in runtime_probe.c.
 * Invariants: 1 ids are never used twice; 2 a node without power answers nothing; 3 what happens
 * to a container is told to its kubelet once.
 */
#include "sim/runtime.h"

#include <string.h>

#include "base/assert.h"
#include "base/string.h"
#include "base/text.h"
#include "base/time.h"
#include "sim/runtime_private.h"

#define SANDBOX_NS (100 * K8_MILLISECOND_NS)
#define PULL_NS (1 * K8_SECOND_NS)

enum
{
  EXIT_POWER_LOSS = 255,
  IMAGE_BYTES = 50 * 1000 * 1000,
  POD_ADDRESSES = 250, /* of a /24 */
};

#define DEFINE_TEXTS(Type, name, ...)                                                              \
  static void ref_##name (K8Region *region, void *element)                                         \
  {                                                                                                \
    const Type *self = element;                                                                    \
    const char *const texts[] = { __VA_ARGS__ };                                                   \
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++)                                               \
      k8_string_ref (texts[i]);                                                                    \
  }                                                                                                \
  static void unref_##name (K8Region *region, void *element)                                       \
  {                                                                                                \
    const Type *self = element;                                                                    \
    const char *const texts[] = { __VA_ARGS__ };                                                   \
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++)                                               \
      k8_string_unref (texts[i]);                                                                  \
  }                                                                                                \
  static const K8ElementClass name##_class = { .ref = ref_##name, .unref = unref_##name };

DEFINE_TEXTS (SimProfile, profile, self->image, self->pull_error, self->log_rules)
DEFINE_TEXTS (SimSandbox, sandbox, self->id, self->pod_uid, self->pod_namespace, self->pod_name,
              self->ip)
DEFINE_TEXTS (SimContainer, container, self->id, self->name, self->image, self->reason)
DEFINE_TEXTS (SimImage, image, self->image)
DEFINE_TEXTS (const char *, pattern, *self)

void
sim_runtime_init (SimRuntime *self, K8Region *region)
{
  *self = (SimRuntime){ .region = region };
  k8_slots_init (&self->profiles, region, sizeof (SimProfile), &profile_class);
  k8_slots_init (&self->sandboxes, region, sizeof (SimSandbox), &sandbox_class);
  k8_slots_init (&self->containers, region, sizeof (SimContainer), &container_class);
  k8_slots_init (&self->probes, region, sizeof (SimProbe), NULL);
  k8_slots_init (&self->images, region, sizeof (SimImage), &image_class);
  k8_slots_init (&self->unpullable, region, sizeof (const char *), &pattern_class);
  k8_index_init (&self->by_id, region);
  k8_index_init (&self->by_probe, region);
  k8_index_init (&self->by_image, region);
  k8_index_init (&self->by_ip, region);
  k8_index_init (&self->next_address, region);
  k8_index_init (&self->off_nodes, region);
}

void
sim_runtime_clear (SimRuntime *self)
{
  k8_slots_clear (&self->profiles);
  k8_slots_clear (&self->sandboxes);
  k8_slots_clear (&self->containers);
  k8_slots_clear (&self->probes);
  k8_slots_clear (&self->images);
  k8_slots_clear (&self->unpullable);
  k8_index_clear (&self->by_id);
  k8_index_clear (&self->by_probe);
  k8_index_clear (&self->by_image);
  k8_index_clear (&self->by_ip);
  k8_index_clear (&self->next_address);
  k8_index_clear (&self->off_nodes);
}

void
sim_runtime_clone (SimRuntime *ret_clone, const SimRuntime *self)
{
  *ret_clone = *self;
  k8_slots_clone (&ret_clone->profiles, &self->profiles);
  k8_slots_clone (&ret_clone->sandboxes, &self->sandboxes);
  k8_slots_clone (&ret_clone->containers, &self->containers);
  k8_slots_clone (&ret_clone->probes, &self->probes);
  k8_slots_clone (&ret_clone->images, &self->images);
  k8_slots_clone (&ret_clone->unpullable, &self->unpullable);
  k8_index_clone (&ret_clone->by_id, &self->by_id);
  k8_index_clone (&ret_clone->by_probe, &self->by_probe);
  k8_index_clone (&ret_clone->by_image, &self->by_image);
  k8_index_clone (&ret_clone->by_ip, &self->by_ip);
  k8_index_clone (&ret_clone->next_address, &self->next_address);
  k8_index_clone (&ret_clone->off_nodes, &self->off_nodes);
}

void
sim_runtime_add_profile (SimRuntime *self, const SimProfile *profile)
{
  SimProfile *own = k8_slots_edit (&self->profiles, k8_slots_add (&self->profiles));

  *own = *profile;
  k8_string_ref (own->image);
  k8_string_ref (own->pull_error);
  k8_string_ref (own->log_rules);
}

/* Containers keep the slot of their profile: profiles are taken out only before there are any. */
void
sim_runtime_clear_profiles (SimRuntime *self)
{
  k8_assert (k8_slots_n (&self->containers) == 0);
  k8_slots_clear (&self->profiles);
  k8_slots_init (&self->profiles, self->region, sizeof (SimProfile), &profile_class);
}

const SimProfile *
sim_runtime_profile (const SimRuntime *self, guint32 slot)
{
  return k8_slots_get (&self->profiles, slot);
}

/* Whether a text matches a pattern in which `*` stands for anything. Cost: O(product). */
static gboolean
matches (const char *pattern, const char *text)
{
  const char *star = NULL;
  const char *back = NULL;

  while (*text != '\0')
    {
      if (*pattern == '*')
        {
          star = ++pattern;
          back = text;
        }
      else if (*pattern == *text)
        {
          pattern++;
          text++;
        }
      else if (star != NULL)
        {
          pattern = star;
          text = ++back;
        }
      else
        return FALSE;
    }
  while (*pattern == '*')
    pattern++;
  return *pattern == '\0';
}

/* The profile of an image: the first whose pattern matches; 0: the default program. */
guint32
sim_runtime_match (const SimRuntime *self, const char *image)
{
  for (guint32 slot = k8_slots_next (&self->profiles, 0); slot != 0;
       slot = k8_slots_next (&self->profiles, slot))
    if (matches (sim_runtime_profile (self, slot)->image, k8_string_or_empty (image)))
      return slot;
  return 0;
}

gboolean
sim_runtime_is_off (const SimRuntime *self, K8ActorId kubelet)
{
  return k8_index_find (&self->off_nodes, kubelet) != 0;
}

K8RuntimeEvent *
sim_runtime_event_new (SimWorld *world, K8RuntimeEventType type, K8RuntimeOpType op)
{
  K8RuntimeEvent *event = k8_mail_new (world->region, &k8_runtime_event_class);

  event->type = type;
  event->op = op;
  k8_array_init (&event->items, world->region, sizeof (K8RuntimeItem));
  return event;
}

static K8RuntimeItem
describe_sandbox (const SimSandbox *sandbox)
{
  K8RuntimeItem item = { .id = sandbox->id,
                         .sandbox_id = sandbox->id,
                         .pod_uid = sandbox->pod_uid,
                         .pod_namespace = sandbox->pod_namespace,
                         .pod_name = sandbox->pod_name,
                         .ip = sandbox->ip,
                         .attempt = sandbox->attempt,
                         .created_ns = sandbox->created_ns,
                         .finished_ns = sandbox->finished_ns,
                         .phase =
                             sandbox->is_running ? K8_CONTAINER_RUNNING : K8_CONTAINER_EXITED };

  return k8_runtime_item_dup (&item);
}

K8RuntimeItem
sim_runtime_describe (const SimRuntime *self, guint32 slot)
{
  const SimContainer *container = k8_slots_get (&self->containers, slot);
  const SimSandbox *sandbox = k8_slots_get (&self->sandboxes, container->sandbox);
  K8RuntimeItem item = { .id = container->id,
                         .container_name = container->name,
                         .image = container->image,
                         .image_id = container->image,
                         .reason = container->reason,
                         .created_ns = container->created_ns,
                         .started_ns = container->started_ns,
                         .finished_ns = container->finished_ns,
                         .exit_code = container->exit_code,
                         .attempt = container->attempt,
                         .phase = container->phase };

  if (sandbox != NULL)
    {
      item.sandbox_id = sandbox->id;
      item.pod_uid = sandbox->pod_uid;
      item.pod_namespace = sandbox->pod_namespace;
      item.pod_name = sandbox->pod_name;
      item.ip = sandbox->ip;
    }
  return k8_runtime_item_dup (&item);
}

/* The answer to an operation; its cause is the operation's. */
void
sim_runtime_answer (SimWorld *world, const K8Effect *effect, gint64 delay_ns,
                    K8RuntimeEvent *event)
{
  sim_world_post (world, &(SimPost){ .delay_ns = delay_ns,
                                     .type = K8_EVENT_RUNTIME,
                                     .to = effect->from,
                                     .tag = effect->tag,
                                     .cause = effect->cause,
                                     .mail = event });
}

static K8RuntimeEvent *
make_result (SimWorld *world, const K8Effect *effect)
{
  return sim_runtime_event_new (world, K8_RUNTIME_RESULT,
                                ((const K8RuntimeOp *) effect->mail)->type);
}

/* "10.244.1.7": the next address of the node that no running sandbox has. (transfer full) */
static const char *
take_address (SimWorld *world, K8ActorId kubelet)
{
  SimRuntime *self = &world->runtime;
  const K8StartMail *start = k8_engine_actor_start (world->engine, kubelet);
  const char *cidr = k8_string_or_empty (start->pod_cidr);
  const char *last_dot = strrchr (cidr, '.');
  GString *text = g_string_new (NULL);
  guint32 next = k8_index_find (&self->next_address, kubelet);

  for (guint i = 0; i < POD_ADDRESSES; i++)
    {
      g_string_truncate (text, 0);
      g_string_append_len (text, cidr, last_dot == NULL ? 0 : last_dot - cidr + 1);
      k8_text_append_u64 (text, 2 + next % POD_ADDRESSES);
      next++;
      const char *known = k8_string_find (world->region, text->str);
      if (known == NULL || k8_index_find (&self->by_ip, k8_string_handle (known)) == 0)
        break;
    }
  k8_index_put (&self->next_address, kubelet, next);
  const char *address = k8_string_intern (world->region, text->str);
  g_string_free (text, TRUE);
  return address;
}

/* An id as a runtime makes them: 64 hexadecimal digits. (transfer full) */
const char *
sim_runtime_make_id (SimWorld *world)
{
  char text[65];

  for (guint i = 0; i < 4; i++)
    k8_text_write_hex (&text[i * 16], k8_random_next (&world->random), 16);
  return k8_string_intern_length (world->region, text, 64);
}

static void
run_sandbox (SimWorld *world, const K8Effect *effect)
{
  const K8RuntimeOp *op = (const K8RuntimeOp *) effect->mail;
  const K8ObjectMeta *meta = k8_pod_metadata (op->pod);
  guint32 slot = k8_slots_add (&world->runtime.sandboxes);
  SimSandbox *sandbox = k8_slots_edit (&world->runtime.sandboxes, slot);
  K8RuntimeEvent *event = make_result (world, effect);

  *sandbox = (SimSandbox){ .id = sim_runtime_make_id (world),
                           .pod_uid = k8_string_ref (op->pod_uid),
                           .pod_namespace = k8_string_ref (k8_object_meta_namespace (meta)),
                           .pod_name = k8_string_ref (k8_object_meta_name (meta)),
                           .ip = take_address (world, effect->from),
                           .kubelet = effect->from,
                           .attempt = op->attempt,
                           .created_ns = world->now_ns,
                           .is_running = TRUE };
  k8_index_put (&world->runtime.by_id, k8_string_handle (sandbox->id), slot);
  k8_index_put (&world->runtime.by_ip, k8_string_handle (sandbox->ip), slot);
  event->item = describe_sandbox (sandbox);
  sim_runtime_answer (world, effect, SANDBOX_NS, event);
}

/* The slot of a sandbox or container, by a text of the region; 0 if there is none. */
guint32
sim_runtime_find (const SimRuntime *self, const char *id)
{
  return id == NULL ? 0 : k8_index_find (&self->by_id, k8_string_handle (id));
}

static void
end_sandbox (SimWorld *world, guint32 slot)
{
  SimSandbox *sandbox = k8_slots_edit (&world->runtime.sandboxes, slot);

  if (sandbox->is_running)
    k8_index_remove (&world->runtime.by_ip, k8_string_handle (sandbox->ip));
  sandbox->is_running = FALSE;
  sandbox->finished_ns = world->now_ns;
}

static void
stop_sandbox (SimWorld *world, const K8Effect *effect)
{
  const K8RuntimeOp *op = (const K8RuntimeOp *) effect->mail;
  guint32 slot = sim_runtime_find (&world->runtime, op->sandbox_id);

  if (k8_slots_get (&world->runtime.sandboxes, slot) != NULL)
    end_sandbox (world, slot);
  sim_runtime_answer (world, effect, SANDBOX_NS / 2, make_result (world, effect));
}

static void
remove_sandbox (SimWorld *world, const K8Effect *effect)
{
  const char *id = ((const K8RuntimeOp *) effect->mail)->sandbox_id;
  guint32 slot = sim_runtime_find (&world->runtime, id);

  if (k8_slots_get (&world->runtime.sandboxes, slot) != NULL)
    {
      end_sandbox (world, slot);
      k8_index_remove (&world->runtime.by_id, k8_string_handle (id));
      k8_slots_remove (&world->runtime.sandboxes, slot);
    }
  sim_runtime_answer (world, effect, SANDBOX_NS / 10, make_result (world, effect));
}

/* The slot of an image on a node; @ret_is_there: its pull is over. */
static guint32
find_image (const SimWorld *world, K8ActorId kubelet, const char *image, gboolean *ret_is_there)
{
  guint32 slot = k8_index_find (&world->runtime.by_image,
                                k8_index_key (kubelet, k8_string_handle (image)));
  const SimImage *found = k8_slots_get (&world->runtime.images, slot);

  *ret_is_there = found != NULL && found->tag == 0;
  return slot;
}

static void
say_image_status (SimWorld *world, const K8Effect *effect)
{
  const K8RuntimeOp *op = (const K8RuntimeOp *) effect->mail;
  K8RuntimeEvent *event = make_result (world, effect);
  gboolean is_there;

  find_image (world, effect->from, op->image, &is_there);
  if (is_there)
    event->item.image_id = k8_string_ref (op->image);
  sim_runtime_answer (world, effect, 0, event);
}

static void
pull_image (SimWorld *world, const K8Effect *effect)
{
  const K8RuntimeOp *op = (const K8RuntimeOp *) effect->mail;
  const SimProfile *profile
      = sim_runtime_profile (&world->runtime, sim_runtime_match (&world->runtime, op->image));
  guint32 slot = k8_slots_add (&world->runtime.images);
  SimImage *image = k8_slots_edit (&world->runtime.images, slot);

  *image = (SimImage){ .image = k8_string_ref (op->image),
                       .kubelet = effect->from,
                       .tag = effect->tag,
                       .cause = effect->cause,
                       .began_ns = world->now_ns };
  sim_world_schedule (world, profile == NULL ? PULL_NS : profile->pull_ns, SIM_ENTRY_RUNTIME,
                      ((guint64) SIM_RUNTIME_PULLED << 32) | slot, 0);
}

/* Why an image cannot be pulled: its profile says so, or a fault; NULL: it can. */
static const char *
find_pull_error (const SimRuntime *self, const char *image)
{
  const SimProfile *profile = sim_runtime_profile (self, sim_runtime_match (self, image));

  if (profile != NULL && profile->pull_error != NULL)
    return profile->pull_error;
  for (guint32 slot = k8_slots_next (&self->unpullable, 0); slot != 0;
       slot = k8_slots_next (&self->unpullable, slot))
    if (matches (*(const char *const *) k8_slots_get (&self->unpullable, slot), image))
      return "image not found";
  return NULL;
}

static void
fail_pull (SimWorld *world, K8RuntimeEvent *event, const char *why)
{

  event->is_failed = TRUE;
  event->error = k8_string_intern (world->region, "ErrImagePull");
  event->message = k8_string_intern (world->region, why);
}

static void
finish_pull (SimWorld *world, guint32 slot)
{
  SimRuntime *self = &world->runtime;
  SimImage image = *(const SimImage *) k8_slots_get (&self->images, slot);
  const char *pull_error = find_pull_error (self, image.image);
  K8RuntimeEvent *event = sim_runtime_event_new (world, K8_RUNTIME_RESULT, K8_RUNTIME_PULL_IMAGE);
  gboolean is_there;

  event->item.image = k8_string_ref (image.image);
  event->duration_ns = world->now_ns - image.began_ns;
  if (pull_error != NULL)
    fail_pull (world, event, pull_error);
  else
    {
      event->item.image_id = k8_string_ref (image.image);
      event->size_bytes = IMAGE_BYTES;
    }
  find_image (world, image.kubelet, image.image, &is_there);
  if (event->is_failed || is_there)
    k8_slots_remove (&self->images, slot);
  else
    {
      ((SimImage *) k8_slots_edit (&self->images, slot))->tag = 0;
      k8_index_put (&self->by_image, k8_index_key (image.kubelet, k8_string_handle (image.image)),
                    slot);
    }
  sim_world_post (world, &(SimPost){ .type = K8_EVENT_RUNTIME,
                                     .to = image.kubelet,
                                     .tag = image.tag,
                                     .cause = image.cause,
                                     .mail = event });
}

/* Everything that the node has: sandboxes first, then containers, in order of slots. */
static void
list (SimWorld *world, const K8Effect *effect)
{
  const SimRuntime *self = &world->runtime;
  K8RuntimeEvent *event = sim_runtime_event_new (world, K8_RUNTIME_LISTED, K8_RUNTIME_LIST);

  for (guint32 slot = k8_slots_next (&self->sandboxes, 0); slot != 0;
       slot = k8_slots_next (&self->sandboxes, slot))
    {
      const SimSandbox *sandbox = k8_slots_get (&self->sandboxes, slot);
      if (sandbox->kubelet == effect->from)
        *(K8RuntimeItem *) k8_array_add (&event->items) = describe_sandbox (sandbox);
    }
  for (guint32 slot = k8_slots_next (&self->containers, 0); slot != 0;
       slot = k8_slots_next (&self->containers, slot))
    if (((const SimContainer *) k8_slots_get (&self->containers, slot))->kubelet == effect->from)
      *(K8RuntimeItem *) k8_array_add (&event->items) = sim_runtime_describe (self, slot);
  sim_runtime_answer (world, effect, K8_MILLISECOND_NS, event);
}

static void
take_op (SimWorld *world, const K8Effect *effect)
{
  switch (((const K8RuntimeOp *) effect->mail)->type)
    {
    case K8_RUNTIME_PULL_IMAGE:
      pull_image (world, effect);
      break;
    case K8_RUNTIME_RUN_SANDBOX:
      run_sandbox (world, effect);
      break;
    case K8_RUNTIME_STOP_SANDBOX:
      stop_sandbox (world, effect);
      break;
    case K8_RUNTIME_REMOVE_SANDBOX:
      remove_sandbox (world, effect);
      break;
    case K8_RUNTIME_CREATE_CONTAINER:
      sim_container_create (world, effect);
      break;
    case K8_RUNTIME_START_CONTAINER:
      sim_container_start (world, effect);
      break;
    case K8_RUNTIME_STOP_CONTAINER:
      sim_container_stop (world, effect);
      break;
    case K8_RUNTIME_REMOVE_CONTAINER:
      sim_container_remove (world, effect);
      break;
    case K8_RUNTIME_IMAGE_STATUS:
      say_image_status (world, effect);
      break;
    case K8_RUNTIME_LIST:
    case K8_RUNTIME_LIST_IMAGES:
      list (world, effect);
      break;
    case K8_RUNTIME_EXEC:
    case K8_RUNTIME_WRITE_VOLUME:
      sim_runtime_answer (world, effect, K8_MILLISECOND_NS, make_result (world, effect));
      break;
    }
}

void
sim_runtime_take_effect (SimWorld *world, const K8Effect *effect)
{
  if (sim_runtime_is_off (&world->runtime, effect->from))
    return;
  if (effect->type == K8_EFFECT_PROBE_WATCH)
    sim_probe_watch (world, effect);
  else if (effect->type == K8_EFFECT_PROBE_END)
    sim_probe_end (world, effect);
  else
    take_op (world, effect);
}

void
sim_runtime_take_entry (SimWorld *world, const SimEntry *entry)
{
  SimRuntimeEntry what = (SimRuntimeEntry) (entry->a >> 32);
  guint32 slot = (guint32) entry->a;

  if (entry->type == SIM_ENTRY_PROBE)
    sim_probe_take_entry (world, slot, entry->b);
  else if (what != SIM_RUNTIME_PULLED)
    sim_container_take_entry (world, what, slot, entry->b);
  else if (k8_slots_get (&world->runtime.images, slot) != NULL)
    finish_pull (world, slot);
}

static void
forget_pulls (SimRuntime *self, K8ActorId kubelet)
{
  for (guint32 slot = k8_slots_next (&self->images, 0); slot != 0;
       slot = k8_slots_next (&self->images, slot))
    {
      const SimImage *image = k8_slots_get (&self->images, slot);
      if (image->kubelet == kubelet && image->tag != 0)
        k8_slots_remove (&self->images, slot);
    }
}

static void
forget_probes (SimRuntime *self, K8ActorId kubelet)
{
  for (guint32 slot = k8_slots_next (&self->probes, 0); slot != 0;
       slot = k8_slots_next (&self->probes, slot))
    {
      const SimProbe *probe = k8_slots_get (&self->probes, slot);
      if (probe->kubelet != kubelet)
        continue;
      k8_index_remove (&self->by_probe, k8_index_key (kubelet, 0) ^ probe->tag);
      k8_slots_remove (&self->probes, slot);
    }
}

/* Forgets the watches and pulls of a kubelet that died: nobody waits for them any more. */
void
sim_runtime_forget_kubelet (SimWorld *world, K8ActorId kubelet)
{
  forget_pulls (&world->runtime, kubelet);
  forget_probes (&world->runtime, kubelet);
}

void
sim_runtime_power_off (SimWorld *world, K8ActorId kubelet)
{
  SimRuntime *self = &world->runtime;

  k8_index_put (&self->off_nodes, kubelet, 1);
  sim_runtime_forget_kubelet (world, kubelet);
  for (guint32 slot = k8_slots_next (&self->containers, 0); slot != 0;
       slot = k8_slots_next (&self->containers, slot))
    {
      const SimContainer *container = k8_slots_get (&self->containers, slot);
      if (container->kubelet == kubelet && container->phase != K8_CONTAINER_EXITED)
        sim_container_end_silently (world, slot, EXIT_POWER_LOSS, "Error");
    }
  for (guint32 slot = k8_slots_next (&self->sandboxes, 0); slot != 0;
       slot = k8_slots_next (&self->sandboxes, slot))
    if (((const SimSandbox *) k8_slots_get (&self->sandboxes, slot))->kubelet == kubelet)
      end_sandbox (world, slot);
}

void
sim_runtime_power_on (SimWorld *world, K8ActorId kubelet)
{
  k8_index_remove (&world->runtime.off_nodes, kubelet);
}

/* The running container of a pod by name (any if NULL); 0 if there is none. */
static guint32
find_running (const SimRuntime *self, const char *pod_uid, const char *container_name)
{
  for (guint32 slot = k8_slots_next (&self->containers, 0); slot != 0;
       slot = k8_slots_next (&self->containers, slot))
    {
      const SimContainer *container = k8_slots_get (&self->containers, slot);
      const SimSandbox *sandbox = k8_slots_get (&self->sandboxes, container->sandbox);
      if (container->phase == K8_CONTAINER_RUNNING && sandbox != NULL
          && k8_string_is (sandbox->pod_uid, pod_uid)
          && (container_name == NULL || k8_string_is (container->name, container_name)))
        return slot;
    }
  return 0;
}

gboolean
sim_runtime_crash (SimWorld *world, const char *pod_uid, const char *container_name,
                   gint32 exit_code, const char *reason)
{
  guint32 slot = find_running (&world->runtime, pod_uid, container_name);

  if (slot == 0)
    return FALSE;
  sim_container_end (world, slot, exit_code, reason);
  return TRUE;
}

void
sim_runtime_set_pull_failing (SimRuntime *self, const char *pattern, gboolean is_failing)
{
  for (guint32 slot = k8_slots_next (&self->unpullable, 0); slot != 0;
       slot = k8_slots_next (&self->unpullable, slot))
    if (k8_string_is (*(const char *const *) k8_slots_get (&self->unpullable, slot), pattern))
      {
        k8_slots_remove (&self->unpullable, slot);
        break;
      }
  if (is_failing)
    *(const char **) k8_slots_edit (&self->unpullable, k8_slots_add (&self->unpullable))
        = k8_string_intern (self->region, pattern);
}

void
sim_runtime_fail_probes (SimWorld *world, const char *pod_uid, gboolean is_failing)
{
  SimRuntime *self = &world->runtime;

  for (guint32 slot = k8_slots_next (&self->containers, 0); slot != 0;
       slot = k8_slots_next (&self->containers, slot))
    {
      const SimContainer *container = k8_slots_get (&self->containers, slot);
      const SimSandbox *sandbox = k8_slots_get (&self->sandboxes, container->sandbox);
      if (container->phase != K8_CONTAINER_RUNNING || sandbox == NULL
          || !k8_string_is (sandbox->pod_uid, pod_uid))
        continue;
      ((SimContainer *) k8_slots_edit (&self->containers, slot))->is_probe_failing = is_failing;
      sim_probe_reconsider (world, slot);
    }
}

SimServed
sim_runtime_serve (SimWorld *world, const char *pod_ip, guint16 port)
{
  const SimRuntime *self = &world->runtime;
  const char *ip = k8_string_find (world->region, pod_ip);
  guint32 sandbox = ip == NULL ? 0 : k8_index_find (&self->by_ip, k8_string_handle (ip));
  SimServed served = { .takes_ns = 5 * K8_MILLISECOND_NS };

  for (guint32 slot = k8_slots_next (&self->containers, 0); slot != 0 && sandbox != 0;
       slot = k8_slots_next (&self->containers, slot))
    {
      const SimContainer *container = k8_slots_get (&self->containers, slot);
      if (container->sandbox != sandbox || container->phase != K8_CONTAINER_RUNNING)
        continue;
      const SimProfile *profile = sim_runtime_profile (self, container->profile);
      served.code = 200;
      if (profile == NULL)
        return served;
      served.takes_ns = profile->serve_ns;
      if (profile->ready_after_ns < 0 ||
          world->now_ns < container->started_ns + profile->ready_after_ns)
        served.code = 503;
      else if (k8_random_below (&world->random, 1000) < profile->error_per_mille)
        served.code = 500;
      return served;
    }
  return served;
}
