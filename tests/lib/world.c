/* SPDX-License-Identifier: Apache-2.0
 *
 * The small world of tests: see world.h. One queue, no latency; equal tests give equal runs.
 */
#include "tests/lib/world.h"

#include <string.h>

#include "base/assert.h"
#include "codec/json.h"
#include "etcd/etcd.h"
#include "schema/kinds.h"
#include "tests/lib/test_region.h"

typedef struct
{
  gint64 due_ns;
  guint64 timer;
  guint64 tag;
  K8ActorId to;
} Timer;

/* A request from outside under way. */
typedef struct
{
  guint64 tag;
  const K8HttpResponse *response; /* counted */
  K8HttpCursor cursor;
  GString *stream;
} Ticket;

struct TestWorld
{
  void *span;
  K8Engine *engine;
  K8Region *region;
  K8Outbox outbox;
  GQueue events; /* of K8EngineEvent */
  GArray *timers;
  GArray *mails; /* TestMail */
  GPtrArray *tickets;
  GHashTable *disk; /* key: K8PersistEntry * */
  gint64 disk_revision;
  gint64 now_ns;
  guint64 next_tag;
  TestEffectHook hook;
  void *hook_user;
};

static void
free_ticket (gpointer data)
{
  Ticket *ticket = data;

  k8_mail_unref (ticket->response);
  g_string_free (ticket->stream, TRUE);
  g_free (ticket);
}

static void
free_entry (gpointer data)
{
  K8PersistEntry *entry = data;

  k8_string_unref (entry->pair.key);
  k8_record_unref (entry->pair.value);
  g_free (entry);
}

TestWorld *
test_world_new_empty (void)
{
  TestWorld *self = g_new0 (TestWorld, 1);

  self->span = test_span_new ();
  self->region = k8_region_new (self->span, 1u << 30);
  self->engine = k8_engine_new (self->region, 1);
  k8_outbox_init (&self->outbox, self->region);
  g_queue_init (&self->events);
  self->timers = g_array_new (FALSE, FALSE, sizeof (Timer));
  self->mails = g_array_new (FALSE, FALSE, sizeof (TestMail));
  self->tickets = g_ptr_array_new_with_free_func (free_ticket);
  self->disk = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, free_entry);
  self->now_ns = 1;
  return self;
}

K8StartMail *
test_world_start_mail (TestWorld *self, K8ActorKind kind, const char *name)
{
  K8StartMail *start = k8_mail_new (self->region, &k8_start_mail_class);

  start->kind = kind;
  start->name = k8_string_intern (self->region, name);
  start->wall_start_ns = TEST_WALL_SECONDS * G_GINT64_CONSTANT (1000000000);
  start->admin_token = k8_string_intern (self->region, TEST_ADMIN_TOKEN);
  start->service_cidr = k8_string_intern (self->region, "10.96.0.0/16");
  start->advertise_address = k8_string_intern (self->region, "192.168.1.10");
  start->signer_key_id = k8_string_intern (self->region, "key-1");
  return start;
}

TestWorld *
test_world_new (void)
{
  TestWorld *self = test_world_new_empty ();

  test_world_start (self, test_world_start_mail (self, K8_ACTOR_ETCD, "etcd-0"));
  test_world_start (self, test_world_start_mail (self, K8_ACTOR_APISERVER, "apiserver-0"));
  test_world_run (self);
  return self;
}

static void
free_event (gpointer data)
{
  k8_mail_unref (((K8EngineEvent *) data)->mail);
  g_free (data);
}

static void
forget_mails (TestWorld *self)
{
  for (guint i = 0; i < self->mails->len; i++)
    k8_mail_unref (g_array_index (self->mails, TestMail, i).mail);
  g_array_set_size (self->mails, 0);
}

void
test_world_free (TestWorld *self)
{
  forget_mails (self);
  g_array_unref (self->mails);
  g_queue_clear_full (&self->events, free_event);
  g_array_unref (self->timers);
  g_ptr_array_unref (self->tickets);
  g_hash_table_unref (self->disk);
  k8_outbox_clear (&self->outbox);
  k8_engine_free (self->engine);
  test_region_check_empty (self->region);
  test_span_free (self->span);
  g_free (self);
}

void
test_world_set_effect_hook (TestWorld *self, TestEffectHook hook, void *user)
{
  self->hook = hook;
  self->hook_user = user;
}

K8Engine *
test_world_engine (TestWorld *self)
{
  return self->engine;
}

K8Region *
test_world_region (TestWorld *self)
{
  return self->region;
}

gint64
test_world_now (const TestWorld *self)
{
  return self->now_ns;
}

/* Queues an event; its mail is taken over. */
void
test_world_post (TestWorld *self, const K8EngineEvent *event)
{
  g_queue_push_tail (&self->events, g_memdup2 (event, sizeof *event));
}

static void
write_disk (TestWorld *self, const K8PersistMail *mail)
{
  for (guint32 i = 0; i < k8_array_n (&mail->entries); i++)
    {
      const K8PersistEntry *entry = k8_array_at (&mail->entries, i);
      if (entry->type == K8_PERSIST_DELETE)
        g_hash_table_remove (self->disk, entry->pair.key);
      if (entry->type != K8_PERSIST_PUT)
        continue;
      K8PersistEntry *copy = g_memdup2 (entry, sizeof *entry);
      k8_string_ref (copy->pair.key);
      k8_record_ref (copy->pair.value);
      g_hash_table_replace (self->disk, (gpointer) copy->pair.key, copy);
    }
  self->disk_revision = mail->revision;
}

static Ticket *
find_ticket (TestWorld *self, guint64 tag)
{
  for (guint i = 0; i < self->tickets->len; i++)
    if (((Ticket *) self->tickets->pdata[i])->tag == tag)
      return self->tickets->pdata[i];
  return NULL;
}

static void
take_answer (TestWorld *self, const K8Effect *effect)
{
  Ticket *ticket = find_ticket (self, effect->tag);

  if (ticket == NULL)
    return;
  if (effect->type == K8_EFFECT_RESPONSE)
    ticket->response = k8_mail_ref (effect->mail);
  else if (effect->type == K8_EFFECT_WATCH_EVENT)
    k8_http_encode_watch (ticket->response, &ticket->cursor, (const K8WatchBatch *) effect->mail,
                          ticket->stream);
}

static void
remove_timer (TestWorld *self, guint64 timer)
{
  for (guint i = 0; i < self->timers->len; i++)
    if (g_array_index (self->timers, Timer, i).timer == timer)
      {
        g_array_remove_index (self->timers, i);
        return;
      }
}

static void
send_mail (TestWorld *self, const K8Effect *effect)
{
  if (effect->to <= k8_engine_n_actors (self->engine))
    {
      K8EngineEvent event = { .type = K8_EVENT_MESSAGE,
                              .to = effect->to,
                              .from = effect->from,
                              .tag = effect->tag,
                              .cause = effect->cause,
                              .mail = k8_mail_ref (effect->mail) };
      test_world_post (self, &event);
      return;
    }
  TestMail mail = { .to = effect->to, .tag = effect->tag, .mail = k8_mail_ref (effect->mail) };
  g_array_append_val (self->mails, mail);
}

static void
do_effect (TestWorld *self, const K8Effect *effect)
{
  K8EngineEvent event = { .to = effect->from, .tag = effect->tag, .cause = effect->cause };
  Timer timer = { .due_ns = self->now_ns + effect->delay_ns,
                  .timer = effect->timer,
                  .tag = effect->tag,
                  .to = effect->from };

  switch (effect->type)
    {
    case K8_EFFECT_SEND:
      send_mail (self, effect);
      break;
    case K8_EFFECT_TIMER_SET:
      g_array_append_val (self->timers, timer);
      break;
    case K8_EFFECT_TIMER_CANCEL:
      remove_timer (self, effect->timer);
      break;
    case K8_EFFECT_PERSIST:
      write_disk (self, (const K8PersistMail *) effect->mail);
      event.type = K8_EVENT_PERSISTED;
      test_world_post (self, &event);
      break;
    case K8_EFFECT_SIGN:
      event.type = K8_EVENT_SIGNED;
      event.mail = (const K8Mail *) k8_text_mail_new (self->region, "c2ln", 4);
      test_world_post (self, &event);
      break;
    default:
      take_answer (self, effect);
      if (self->hook != NULL)
        self->hook (self->hook_user, effect);
      break;
    }
}

static void
step (TestWorld *self, K8EngineEvent *event)
{
  event->now_ns = self->now_ns;
  k8_engine_step (self->engine, event, &self->outbox);
  for (guint32 i = 0; i < k8_array_n (&self->outbox.effects); i++)
    do_effect (self, k8_array_at (&self->outbox.effects, i));
  k8_outbox_reset (&self->outbox);
}

void
test_world_run (TestWorld *self)
{
  for (K8EngineEvent *event = g_queue_pop_head (&self->events); event != NULL;
       event = g_queue_pop_head (&self->events))
    {
      step (self, event);
      free_event (event);
    }
}

/* The first timer that is due by then, or NULL. */
static Timer *
find_due (TestWorld *self, gint64 until_ns)
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
test_world_advance (TestWorld *self, gint64 duration_ns)
{
  gint64 until_ns = self->now_ns + duration_ns;

  test_world_run (self);
  for (Timer *found = find_due (self, until_ns); found != NULL; found = find_due (self, until_ns))
    {
      Timer timer = *found;
      remove_timer (self, timer.timer);
      self->now_ns = MAX (self->now_ns, timer.due_ns);
      K8EngineEvent event = { .type = K8_EVENT_TIMER,
                              .to = timer.to,
                              .tag = timer.tag,
                              .timer = timer.timer };
      test_world_post (self, &event);
      test_world_run (self);
    }
  self->now_ns = until_ns;
}

static gint
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* What the disk has, in the order of keys. */
static K8LoadedMail *
read_disk (TestWorld *self)
{
  K8LoadedMail *loaded = k8_mail_new (self->region, &k8_loaded_mail_class);
  guint n = 0;
  const char **keys = (const char **) g_hash_table_get_keys_as_array (self->disk, &n);

  qsort (keys, n, sizeof *keys, compare_keys);
  loaded->revision = self->disk_revision;
  k8_array_init (&loaded->entries, self->region, sizeof (K8PersistEntry));
  for (guint i = 0; i < n; i++)
    {
      K8PersistEntry *entry = k8_array_add (&loaded->entries);
      *entry = *(const K8PersistEntry *) g_hash_table_lookup (self->disk, keys[i]);
      k8_string_ref (entry->pair.key);
      k8_record_ref (entry->pair.value);
    }
  g_free (keys);
  return loaded;
}

/* Starts an actor (the mail is taken over); its disk is read if it was there before. */
K8ActorId
test_world_start (TestWorld *self, K8StartMail *start)
{
  gboolean is_new = k8_engine_find_actor (self->engine, start->name) == 0;
  K8EngineEvent event = { .type = K8_EVENT_START, .mail = &start->mail };
  const char *name = k8_string_ref (start->name);

  start->is_persisted = start->kind == K8_ACTOR_ETCD && !is_new;
  gboolean is_loading = start->is_persisted;
  step (self, &event);
  k8_mail_unref (start);
  K8ActorId id = k8_engine_find_actor (self->engine, name);
  k8_string_unref (name);
  if (is_loading)
    {
      K8EngineEvent loaded = { .type = K8_EVENT_LOADED, .to = id,
                               .mail = (const K8Mail *) read_disk (self) };
      test_world_post (self, &loaded);
    }
  return id;
}

void
test_world_stop (TestWorld *self, const char *name)
{
  K8ActorId id = k8_engine_find_actor (self->engine, name);
  K8EngineEvent event = { .type = K8_EVENT_STOP, .to = id };

  for (guint i = self->timers->len; i > 0; i--)
    if (g_array_index (self->timers, Timer, i - 1).to == id)
      g_array_remove_index (self->timers, i - 1);
  step (self, &event);
}

/* An actor hears that its connection to another one broke. */
void
test_world_disconnect (TestWorld *self, const char *name, K8ActorId from)
{
  K8EngineEvent event = { .type = K8_EVENT_DISCONNECT,
                          .to = k8_engine_find_actor (self->engine, name),
                          .from = from };

  test_world_post (self, &event);
}

void
test_world_switch_to_clone (TestWorld *self)
{
  K8Engine *clone = k8_engine_clone (self->engine);

  k8_engine_free (self->engine);
  self->engine = clone;
}

static const char *
intern (TestWorld *self, const char *text)
{
  return text == NULL ? NULL : k8_string_intern (self->region, text);
}

K8ApiRequest *
test_world_request (TestWorld *self, K8Verb verb, K8KindId kind, const char *namespace_name,
                    const char *name)
{
  K8ApiRequest *request = k8_mail_new (self->region, &k8_api_request_class);

  request->verb = verb;
  request->kind = &k8_kinds[kind];
  request->user = intern (self, "system:admin");
  request->namespace_name = intern (self, namespace_name);
  request->name = intern (self, name);
  request->grace_seconds = -1;
  return request;
}

guint64
test_world_send (TestWorld *self, K8ApiRequest *request)
{
  K8EngineEvent event = { .type = K8_EVENT_MESSAGE,
                          .to = k8_engine_find_actor (self->engine, "apiserver-0"),
                          .from = TEST_CLIENT,
                          .tag = ++self->next_tag,
                          .mail = &request->mail };

  test_world_post (self, &event);
  return event.tag;
}

const K8ApiResponse *
test_world_response (TestWorld *self, guint64 tag)
{
  for (guint i = 0; i < self->mails->len; i++)
    {
      const TestMail *mail = &g_array_index (self->mails, TestMail, i);
      if (mail->tag == tag && k8_mail_is (mail->mail, &k8_api_response_class))
        return (const K8ApiResponse *) mail->mail;
    }
  return NULL;
}

const K8ApiResponse *
test_world_call (TestWorld *self, K8ApiRequest *request)
{
  guint64 tag = test_world_send (self, request);

  test_world_run (self);
  return test_world_response (self, tag);
}

void
test_world_cancel (TestWorld *self, guint64 tag)
{
  K8EngineEvent event = { .type = K8_EVENT_MESSAGE,
                          .to = k8_engine_find_actor (self->engine, "apiserver-0"),
                          .from = TEST_CLIENT,
                          .tag = tag,
                          .mail = k8_mail_new (self->region, &k8_api_watch_cancel_class) };

  test_world_post (self, &event);
  test_world_run (self);
}

const void *
test_world_object (TestWorld *self, K8KindId kind, const char *json)
{
  K8JsonDecoded decoded = { .error = NULL };
  const void *object = k8_json_decode (self->region, &k8_messages[k8_kinds[kind].message], json,
                                       strlen (json), &decoded);

  k8_json_decoded_clear (&decoded);
  k8_assert (object != NULL);
  return object;
}

guint
test_world_create (TestWorld *self, K8KindId kind, const char *namespace_name, const char *json)
{
  K8ApiRequest *request = test_world_request (self, K8_VERB_CREATE, kind, namespace_name, NULL);

  request->object = test_world_object (self, kind, json);
  const K8ApiResponse *response = test_world_call (self, request);
  return response == NULL ? 0 : response->code;
}

static void
append_watch_event (GString *text, const K8WatchEvent *event)
{
  const K8Field *field = event->object == NULL
                             ? NULL
                             : k8_message_find_field (k8_record_info (event->object), "metadata",
                                                      strlen ("metadata"));
  const char *name = "";

  if (event->type == K8_WATCH_ERROR)
    name = k8_string_or_empty (k8_status_message (event->object));
  else if (field != NULL)
    name = k8_string_or_empty (k8_object_meta_name (
        (const K8ObjectMeta *) k8_record_get_object (event->object, field)));
  g_string_append_printf (text, "%s %s %" G_GINT64_FORMAT "\n", k8_watch_type_name (event->type),
                          name, event->revision);
}

const K8WatchBatch *
test_world_take_batch (TestWorld *self, guint64 tag)
{
  for (guint i = 0; i < self->mails->len; i++)
    {
      TestMail mail = g_array_index (self->mails, TestMail, i);
      if (mail.tag != tag || !k8_mail_is (mail.mail, &k8_watch_batch_class))
        continue;
      g_array_remove_index (self->mails, i);
      return (const K8WatchBatch *) mail.mail;
    }
  return NULL;
}

char *
test_world_watch_text (TestWorld *self, guint64 tag)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->mails->len;)
    {
      TestMail mail = g_array_index (self->mails, TestMail, i);
      if (mail.tag != tag || !k8_mail_is (mail.mail, &k8_watch_batch_class))
        {
          i++;
          continue;
        }
      const K8WatchBatch *batch = (const K8WatchBatch *) mail.mail;
      for (guint32 j = 0; j < k8_array_n (&batch->events); j++)
        append_watch_event (text, k8_array_at (&batch->events, j));
      if (batch->is_end)
        g_string_append (text, "end\n");
      k8_mail_unref (mail.mail);
      g_array_remove_index (self->mails, i);
    }
  return g_string_free (text, FALSE);
}

static K8HttpRequest *
make_http_request (TestWorld *self, const TestHttp *wanted)
{
  K8HttpRequest *request = k8_http_request_new (self->region, wanted->method, wanted->target);

  if (wanted->token != NULL)
    {
      char *value = g_strconcat ("Bearer ", wanted->token, NULL);
      k8_http_request_add_header (request, "authorization", value);
      g_free (value);
    }
  if (wanted->content_type != NULL)
    k8_http_request_add_header (request, "content-type", wanted->content_type);
  if (wanted->accept != NULL)
    k8_http_request_add_header (request, "accept", wanted->accept);
  if (wanted->user_agent != NULL)
    k8_http_request_add_header (request, "user-agent", wanted->user_agent);
  if (wanted->body != NULL)
    k8_http_request_set_body (request, wanted->body,
                              wanted->body_bytes != 0 ? wanted->body_bytes
                                                      : strlen (wanted->body));
  return request;
}

const K8HttpResponse *
test_world_submit (TestWorld *self, K8HttpRequest *request, GString *body)
{
  Ticket *ticket = g_new0 (Ticket, 1);
  K8EngineEvent event = { .type = K8_EVENT_REQUEST,
                          .to = k8_engine_find_actor (self->engine, "apiserver-0"),
                          .tag = ++self->next_tag,
                          .mail = &request->mail };
  K8HttpCursor cursor = { .next_item = 0 };

  ticket->tag = event.tag;
  ticket->stream = g_string_new (NULL);
  g_ptr_array_add (self->tickets, ticket);
  test_world_post (self, &event);
  test_world_run (self);
  if (ticket->response != NULL && ticket->response->body != K8_BODY_WATCH)
    while (k8_http_encode_piece (ticket->response, &cursor, body, 4096))
      continue;
  return ticket->response;
}

const K8HttpResponse *
test_world_http_response (TestWorld *self, const TestHttp *wanted, GString *body)
{
  return test_world_submit (self, make_http_request (self, wanted), body);
}

void
test_world_forget (TestWorld *self)
{
  forget_mails (self);
  g_ptr_array_set_size (self->tickets, 0);
}

guint64
test_world_http_tag (const TestWorld *self)
{
  return self->next_tag;
}

char *
test_world_http_stream (TestWorld *self, guint64 tag)
{
  Ticket *ticket = find_ticket (self, tag);
  char *text = g_strdup (ticket->stream->str);

  g_string_truncate (ticket->stream, 0);
  return text;
}

char *
test_world_http (TestWorld *self, const TestHttp *wanted)
{
  GString *body = g_string_new (NULL);
  const K8HttpResponse *response = test_world_http_response (self, wanted, body);
  char *text = response == NULL ? g_strdup ("no answer")
                                : g_strdup_printf ("%u\n%s", response->code, body->str);

  g_string_free (body, TRUE);
  return text;
}
