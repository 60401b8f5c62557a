/* SPDX-License-Identifier: Apache-2.0
 *
 * A component whose API server is the test itself: see client_world.h.
 */
#include "client_world.h"

#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "machinery/gvk.h"
#include "machinery/status.h"
#include "tests/lib/test.h"
#include "tests/lib/test_object.h"
#include "tests/lib/test_region.h"

enum
{
  INFORMER_ID = 3,
  COMPONENT_ID = 9,
};

typedef struct
{
  guint64 timer;
  guint64 tag;
  gint64 due_ns;
} Timer;

static const char *
get_data (const void *object)
{
  return k8_config_map_data_get (object, "v");
}

static void
take_change (void *user, K8Context *context, const K8Change *change)
{
  static const char *const names[] = { "added", "updated", "deleted" };
  ClientWorld *self = user;
  const void *object = change->now != NULL ? change->now : change->before;

  g_string_append_printf (self->text, "%s %s", names[change->type],
                          k8_object_meta_name (k8_object_get_meta (object)));
  if (change->now != NULL)
    g_string_append_printf (self->text, "=%s", get_data (change->now));
  g_string_append_printf (self->text, " at %" G_GINT64_FORMAT, change->revision);
  if (change->before != NULL)
    g_string_append_printf (self->text, " was %s", get_data (change->before));
  g_string_append_c (self->text, '\n');
}

static void
show_event (GString *text, const K8Event *event)
{
  g_string_append_printf (text, " %s %s x%d: %s", k8_event_type (event), k8_event_reason (event),
                          k8_event_count (event), k8_event_message (event));
}

static void
show_request (ClientWorld *self, const K8ApiRequest *request)
{
  g_string_append_printf (self->text, "#%u %s %s", self->requests->len,
                          k8_verb_name (request->verb), request->kind->plural);
  if (request->name != NULL && request->verb != K8_VERB_CREATE)
    g_string_append_printf (self->text, " %s/%s", request->namespace_name, request->name);
  if (request->revision != 0)
    g_string_append_printf (self->text, " from %" G_GINT64_FORMAT, request->revision);
  if (request->wants_bookmarks)
    g_string_append (self->text, " with bookmarks");
  if (request->field_selector != NULL)
    g_string_append_printf (self->text, " where %s", request->field_selector);
  if (request->patch != NULL)
    g_string_append_printf (self->text, " %s", request->patch);
  if (request->object != NULL && k8_kind_of_record (request->object)->id == K8_KIND_Event)
    show_event (self->text, request->object);
  g_string_append_c (self->text, '\n');
}

static guint
find_number (const ClientWorld *self, guint64 tag)
{
  for (guint i = 0; i < self->tags->len; i++)
    if (g_array_index (self->tags, guint64, i) == tag)
      return i + 1;
  return 0;
}

static void
show_mail (ClientWorld *self, const K8Effect *effect)
{
  if (k8_mail_is (effect->mail, &k8_api_watch_cancel_class))
    {
      g_string_append_printf (self->text, "cancel #%u\n", find_number (self, effect->tag));
      return;
    }
  g_array_append_val (self->tags, effect->tag);
  g_ptr_array_add (self->requests, k8_mail_ref (effect->mail));
  show_request (self, (const K8ApiRequest *) effect->mail);
}

static void
remove_timer (ClientWorld *self, guint64 timer)
{
  for (guint i = 0; i < self->timers->len; i++)
    if (g_array_index (self->timers, Timer, i).timer == timer)
      {
        g_array_remove_index (self->timers, i);
        return;
      }
}

static void
do_effect (ClientWorld *self, const K8Effect *effect)
{
  Timer timer = { .timer = effect->timer,
                  .tag = effect->tag,
                  .due_ns = self->context.now_ns + effect->delay_ns };

  if (effect->type == K8_EFFECT_SEND)
    show_mail (self, effect);
  else if (effect->type == K8_EFFECT_TIMER_SET)
    g_array_append_val (self->timers, timer);
  else if (effect->type == K8_EFFECT_TIMER_CANCEL)
    remove_timer (self, effect->timer);
}

void
client_world_flush (ClientWorld *self)
{
  for (guint32 i = 0; i < k8_array_n (&self->outbox.effects); i++)
    do_effect (self, k8_array_at (&self->outbox.effects, i));
  k8_outbox_reset (&self->outbox);
}

/* As the receive() of an actor does it. */
static void
receive (ClientWorld *self, const K8EngineEvent *event)
{
  const K8ApiResponse *response;
  guint64 cookie;

  k8_workqueue_receive (&self->queue, &self->context, event);
  k8_informer_receive (&self->informer, &self->client, &self->context, event, self);
  k8_recorder_receive (&self->recorder, &self->client, &self->context, event);
  while ((response = k8_client_receive (&self->client, &self->context, event, &cookie)) != NULL)
    if (!k8_informer_answer (&self->informer, &self->client, &self->context, response, cookie, self)
        && !k8_recorder_answer (&self->recorder, &self->client, &self->context, response, cookie))
      g_string_append_printf (self->text, "answer %" G_GUINT64_FORMAT ": %u\n", cookie,
                              response->code);
  client_world_flush (self);
}

/* Steps an actor of the engine; what it does is of no interest. */
static void
step_server (ClientWorld *self, K8EngineEvent event)
{
  event.now_ns = k8_engine_now (self->engine);
  k8_engine_step (self->engine, &event, &self->outbox);
  k8_outbox_reset (&self->outbox);
}

static void
start_actor (ClientWorld *self, K8ActorKind kind, const char *name)
{
  K8StartMail *start = k8_mail_new (self->region, &k8_start_mail_class);

  start->kind = kind;
  start->name = k8_string_intern (self->region, name);
  start->admin_token = k8_string_intern (self->region, "token");
  start->service_cidr = k8_string_intern (self->region, "10.96.0.0/16");
  start->advertise_address = k8_string_intern (self->region, "192.168.1.10");
  start->signer_key_id = k8_string_intern (self->region, "key-1");
  step_server (self, (K8EngineEvent){ .type = K8_EVENT_START, .mail = &start->mail });
  k8_mail_unref (start);
}

void
client_world_start_server (ClientWorld *self)
{
  start_actor (self, K8_ACTOR_APISERVER, "apiserver-0");
}

void
client_world_stop_server (ClientWorld *self)
{
  step_server (self, (K8EngineEvent){ .type = K8_EVENT_STOP,
                                      .to = k8_engine_find_actor (self->engine, "apiserver-0") });
}

static void
init_component (ClientWorld *self)
{
  K8StartMail *start = k8_mail_new (self->region, &k8_start_mail_class);

  start->wall_start_ns = CLIENT_WORLD_WALL_SECONDS * G_GINT64_CONSTANT (1000000000);
  self->actor.id = COMPONENT_ID;
  self->actor.start = start;
  k8_random_init (&self->actor.random, test_seed (), "component");
  self->context = (K8Context){ .engine = self->engine,
                               .region = self->region,
                               .actor = &self->actor,
                               .outbox = &self->outbox };
  k8_client_init (&self->client, &self->context, "system:component");
  k8_informer_init (&self->informer, &self->context, K8_KIND_ConfigMap, INFORMER_ID, take_change);
  k8_workqueue_init (&self->queue, self->region, 5);
  k8_recorder_init (&self->recorder, &self->context, K8_RECORDER_OLD_STYLE, "component", "node-1");
}

ClientWorld *
client_world_new (void)
{
  ClientWorld *self = g_new0 (ClientWorld, 1);

  self->span = test_span_new ();
  self->region = k8_region_new (self->span, 64 << 20);
  self->engine = k8_engine_new (self->region, 1);
  k8_outbox_init (&self->outbox, self->region);
  self->timers = g_array_new (FALSE, FALSE, sizeof (Timer));
  self->tags = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->requests = g_ptr_array_new_with_free_func ((GDestroyNotify) k8_mail_unref);
  self->text = g_string_new (NULL);
  self->taken = g_string_new (NULL);
  start_actor (self, K8_ACTOR_ETCD, "etcd-0");
  client_world_start_server (self);
  init_component (self);
  return self;
}

void
client_world_free (ClientWorld *self)
{
  g_ptr_array_unref (self->requests);
  g_array_unref (self->tags);
  g_array_unref (self->timers);
  g_string_free (self->text, TRUE);
  g_string_free (self->taken, TRUE);
  k8_recorder_clear (&self->recorder);
  k8_workqueue_clear (&self->queue);
  k8_informer_clear (&self->informer);
  k8_client_clear (&self->client);
  k8_mail_unref (self->actor.start);
  k8_outbox_clear (&self->outbox);
  k8_engine_free (self->engine);
  test_region_check_empty (self->region);
  test_span_free (self->span);
  g_free (self);
}

const char *
client_world_take_text (ClientWorld *self)
{
  g_string_assign (self->taken, self->text->str);
  g_string_truncate (self->text, 0);
  return self->taken->str;
}

static Timer *
find_due (ClientWorld *self, gint64 until_ns)
{
  Timer *first = NULL;

  for (guint i = 0; i < self->timers->len; i++)
    {
      Timer *timer = &g_array_index (self->timers, Timer, i);
      if (timer->due_ns <= until_ns && (first == NULL || timer->due_ns < first->due_ns))
        first = timer;
    }
  return first;
}

void
client_world_advance (ClientWorld *self, gint64 duration_ns)
{
  gint64 until_ns = self->context.now_ns + duration_ns;

  for (Timer *found = find_due (self, until_ns); found != NULL; found = find_due (self, until_ns))
    {
      K8EngineEvent event = { .type = K8_EVENT_TIMER, .tag = found->tag, .timer = found->timer };

      self->context.now_ns = event.now_ns = found->due_ns;
      remove_timer (self, event.timer);
      receive (self, &event);
    }
  self->context.now_ns = until_ns;
}

const void *
client_world_object (ClientWorld *self, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "=", 2);
  g_autofree char *json = g_strdup_printf (
      "{'metadata':{'namespace':'default','name':'%s','uid':'uid-%s'},'data':{'v':'%s'}}",
      parts[0], parts[0], parts[1] != NULL ? parts[1] : "");

  return test_object_new (self->region, &k8_messages[k8_kinds[K8_KIND_ConfigMap].message], json);
}

static void
deliver (ClientWorld *self, guint number, void *mail)
{
  K8EngineEvent event = { .type = K8_EVENT_MESSAGE,
                          .now_ns = self->context.now_ns,
                          .from = self->client.server,
                          .tag = g_array_index (self->tags, guint64, number - 1),
                          .mail = mail };

  receive (self, &event);
  k8_mail_unref (mail);
}

static K8ApiResponse *
make_response (ClientWorld *self, guint code)
{
  K8ApiResponse *response = k8_mail_new (self->region, &k8_api_response_class);

  response->code = code;
  k8_array_init (&response->items, self->region, sizeof (K8ApiItem));
  return response;
}

void
client_world_answer_list (ClientWorld *self, guint number, gint64 revision, const char *objects)
{
  g_auto (GStrv) words = g_strsplit_set (objects, " @", -1);
  K8ApiResponse *response = make_response (self, 200);

  response->revision = revision;
  for (guint i = 0; words[0] != NULL && *words[0] != '\0' && words[i] != NULL; i += 2)
    {
      K8ApiItem *item = k8_array_add (&response->items);
      item->object = client_world_object (self, words[i]);
      item->revision = g_ascii_strtoll (words[i + 1], NULL, 10);
    }
  deliver (self, number, response);
}

void
client_world_answer (ClientWorld *self, guint number, guint code)
{
  deliver (self, number, make_response (self, code));
}

static const void *
make_status (ClientWorld *self, const char *code)
{
  g_autofree char *json = g_strdup_printf ("{'code':%s}", code);

  return test_object_new (self->region, &k8_messages[k8_kinds[K8_KIND_Status].message], json);
}

/* "ADDED a=1@4", "BOOKMARK @9", "ERROR 410". */
static void
add_watch_event (ClientWorld *self, K8WatchBatch *batch, const char *text)
{
  static const char *const names[] = { "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR", NULL };
  g_auto (GStrv) words = g_strsplit_set (text, " @", -1);
  guint type = 0;

  while (strcmp (names[type], words[0]) != 0)
    type++;
  K8WatchEvent *event = k8_array_add (&batch->events);
  event->type = (K8WatchType) type;
  if (event->type == K8_WATCH_ERROR)
    event->object = make_status (self, words[1]);
  else
    event->revision = g_ascii_strtoll (words[2], NULL, 10);
  if (event->type <= K8_WATCH_DELETED)
    event->object = client_world_object (self, words[1]);
}

void
client_world_watch_events (ClientWorld *self, guint number, const char *events)
{
  g_auto (GStrv) texts = g_strsplit (events, ", ", -1);
  K8WatchBatch *batch = k8_mail_new (self->region, &k8_watch_batch_class);

  batch->kind = &k8_kinds[K8_KIND_ConfigMap];
  k8_array_init (&batch->events, self->region, sizeof (K8WatchEvent));
  for (guint i = 0; texts[i] != NULL; i++)
    if (strcmp (texts[i], "END") == 0)
      batch->is_end = TRUE;
    else
      add_watch_event (self, batch, texts[i]);
  deliver (self, number, batch);
}

void
client_world_disconnect (ClientWorld *self)
{
  K8EngineEvent event = { .type = K8_EVENT_DISCONNECT,
                          .now_ns = self->context.now_ns,
                          .from = self->client.server };

  receive (self, &event);
}

const K8ApiRequest *
client_world_request (ClientWorld *self, guint number)
{
  return g_ptr_array_index (self->requests, number - 1);
}

void
test_client_world__requests_are_numbered (void)
{
  ClientWorld *world = client_world_new ();

  k8_informer_start (&world->informer, &world->client, &world->context);
  client_world_flush (world);
  TEST_ASSERT_TEXT (client_world_take_text (world), "#1 list configmaps\n");
  TEST_ASSERT_TEXT (client_world_take_text (world), "");
  client_world_free (world);
}
