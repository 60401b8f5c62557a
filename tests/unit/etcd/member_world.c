/* SPDX-License-Identifier: Apache-2.0
 *
 * One member of etcd alone: see member_world.h.
 */
#include "member_world.h"

#include "engine.h"
#include "machinery/gvk.h"
#include "tests/lib/test.h"
#include "tests/lib/test_object.h"
#include "tests/lib/test_region.h"

#define CLIENT ((K8ActorId) 1000)
#define SECOND_NS G_GINT64_CONSTANT (1000000000)

struct MemberWorld
{
  void *span;
  K8Region *region;
  K8Engine *engine;
  K8Outbox outbox;
  GString *text;
  GString *taken;
  guint64 next_tag;
  guint64 writing_tag; /* 0: the disk is idle */
  guint64 timer;       /* the one that is set; 0 none */
  guint64 timer_tag;
  gint64 timer_ns;
  gint64 now_ns;
  gboolean is_quick;
};

static const char *
get_value_name (const void *value)
{
  return value == NULL ? "nothing" : k8_object_meta_name (k8_object_get_meta (value));
}

static void
show_pair (GString *text, const K8EtcdKeyValue *pair)
{
  if (pair->mod_revision == 0)
    {
      g_string_append_printf (text, "%s is not there", pair->key);
      return;
    }
  g_string_append_printf (text, "%s=%s c%" G_GINT64_FORMAT " m%" G_GINT64_FORMAT
                                " v%" G_GINT64_FORMAT,
                          pair->key, get_value_name (pair->value), pair->create_revision,
                          pair->mod_revision, pair->version);
  if (pair->lease != 0)
    g_string_append_printf (text, " l%" G_GINT64_FORMAT, pair->lease);
}

static void
show_pairs (GString *text, const K8Array *pairs)
{
  for (guint32 i = 0; i < k8_array_n (pairs); i++)
    {
      g_string_append (text, i == 0 ? " " : ", ");
      show_pair (text, k8_array_at (pairs, i));
    }
}

static const char *
get_error_name (K8EtcdError error)
{
  static const char *const names[] = {
    [K8_ETCD_OK] = "ok",
    [K8_ETCD_NO_SPACE] = "no space",
    [K8_ETCD_COMPACTED] = "compacted",
    [K8_ETCD_FUTURE_REVISION] = "future revision",
    [K8_ETCD_LEASE_NOT_FOUND] = "lease not found",
    [K8_ETCD_TOO_LARGE] = "too large",
    [K8_ETCD_UNAVAILABLE] = "unavailable",
  };

  return names[error];
}

static void
show_entry (GString *text, const K8PersistEntry *entry)
{
  const K8EtcdKeyValue *pair = &entry->pair;

  switch (entry->type)
    {
    case K8_PERSIST_PUT:
      g_string_append_printf (text, "put %s=%s m%" G_GINT64_FORMAT " v%" G_GINT64_FORMAT,
                              pair->key, get_value_name (pair->value), pair->mod_revision,
                              pair->version);
      break;
    case K8_PERSIST_DELETE:
      g_string_append_printf (text, "delete %s m%" G_GINT64_FORMAT, pair->key, pair->mod_revision);
      break;
    case K8_PERSIST_LEASE:
      g_string_append_printf (text, "lease %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " s",
                              pair->lease, pair->version);
      break;
    case K8_PERSIST_REVOKE:
      g_string_append_printf (text, "revoke %" G_GINT64_FORMAT, pair->lease);
      break;
    case K8_PERSIST_COMPACT:
      g_string_append_printf (text, "compact %" G_GINT64_FORMAT, pair->mod_revision);
      break;
    }
}

static void
show_write (MemberWorld *self, const K8Effect *effect)
{
  const K8PersistMail *mail = (const K8PersistMail *) effect->mail;

  g_string_append_printf (self->text, "write %" G_GINT64_FORMAT ":", mail->revision);
  for (guint32 i = 0; i < k8_array_n (&mail->entries); i++)
    {
      g_string_append (self->text, i == 0 ? " " : ", ");
      show_entry (self->text, k8_array_at (&mail->entries, i));
    }
  g_string_append_c (self->text, '\n');
}

static void
show_watch_events (GString *text, const K8EtcdWatchEvents *mail)
{
  if (mail->error != K8_ETCD_OK)
    {
      g_string_append_printf (text, "ended: %s up to %" G_GINT64_FORMAT,
                              get_error_name (mail->error), mail->compact_revision);
      return;
    }
  g_string_append_printf (text, "told %" G_GINT64_FORMAT ":", mail->revision);
  for (guint32 i = 0; i < k8_array_n (&mail->events); i++)
    {
      const K8EtcdEvent *event = k8_array_at (&mail->events, i);
      g_string_append_printf (text, "%s %s %s", i == 0 ? "" : ",",
                              event->now.value == NULL ? "delete" : "put", event->now.key);
      if (event->now.value != NULL)
        g_string_append_printf (text, "=%s", get_value_name (event->now.value));
      g_string_append_printf (text, " m%" G_GINT64_FORMAT, event->now.mod_revision);
      if (event->previous.mod_revision != 0)
        g_string_append_printf (text, " was %s", get_value_name (event->previous.value));
    }
}

static void
show_range (GString *text, const K8EtcdRangeResult *result)
{
  if (result->error != K8_ETCD_OK)
    {
      g_string_append (text, get_error_name (result->error));
      return;
    }
  g_string_append_printf (text, "%" G_GUINT64_FORMAT " at %" G_GINT64_FORMAT ":", result->count,
                          result->revision);
  show_pairs (text, &result->pairs);
  if (result->has_more)
    g_string_append (text, " and more");
}

static void
show_txn (GString *text, const K8EtcdTxnResult *result)
{
  if (result->error != K8_ETCD_OK)
    g_string_append (text, get_error_name (result->error));
  else
    g_string_append_printf (text, "%s %" G_GINT64_FORMAT ":", result->succeeded ? "yes" : "no",
                            result->revision);
  show_pairs (text, &result->pairs);
}

static void
show_lease (GString *text, const K8EtcdLeaseResult *result)
{
  if (result->error != K8_ETCD_OK)
    g_string_append (text, get_error_name (result->error));
  else
    g_string_append_printf (text, "lease %" G_GINT64_FORMAT " lives %" G_GINT64_FORMAT " s",
                            result->lease, result->ttl_seconds);
}

static void
show_mail (MemberWorld *self, const K8Effect *effect)
{
  const K8Mail *mail = effect->mail;

  g_string_append_printf (self->text, "#%" G_GUINT64_FORMAT " ", effect->tag);
  if (k8_mail_is (mail, &k8_etcd_txn_result_class))
    show_txn (self->text, (const K8EtcdTxnResult *) mail);
  else if (k8_mail_is (mail, &k8_etcd_range_result_class))
    show_range (self->text, (const K8EtcdRangeResult *) mail);
  else if (k8_mail_is (mail, &k8_etcd_watch_events_class))
    show_watch_events (self->text, (const K8EtcdWatchEvents *) mail);
  else
    show_lease (self->text, (const K8EtcdLeaseResult *) mail);
  g_string_append_c (self->text, '\n');
}

static void
do_effect (MemberWorld *self, const K8Effect *effect)
{
  if (effect->type == K8_EFFECT_SEND)
    show_mail (self, effect);
  else if (effect->type == K8_EFFECT_PERSIST)
    {
      show_write (self, effect);
      self->writing_tag = effect->tag;
    }
  else if (effect->type == K8_EFFECT_TIMER_SET)
    {
      self->timer = effect->timer;
      self->timer_tag = effect->tag;
      self->timer_ns = self->now_ns + effect->delay_ns;
    }
  else if (effect->type == K8_EFFECT_TIMER_CANCEL && effect->timer == self->timer)
    self->timer = 0;
}

static void
step (MemberWorld *self, K8EngineEvent event)
{
  event.now_ns = self->now_ns;
  k8_engine_step (self->engine, &event, &self->outbox);
  for (guint32 i = 0; i < k8_array_n (&self->outbox.effects); i++)
    do_effect (self, k8_array_at (&self->outbox.effects, i));
  k8_outbox_reset (&self->outbox);
  if (self->is_quick && self->writing_tag != 0)
    member_world_finish_write (self);
}

static K8ActorId
get_member_id (const MemberWorld *self)
{
  return k8_engine_find_actor (self->engine, "etcd-0");
}

static void
start (MemberWorld *self, gboolean is_persisted)
{
  K8StartMail *mail = k8_mail_new (self->region, &k8_start_mail_class);

  mail->kind = K8_ACTOR_ETCD;
  mail->name = k8_string_intern (self->region, "etcd-0");
  mail->is_persisted = is_persisted;
  step (self, (K8EngineEvent){ .type = K8_EVENT_START, .mail = &mail->mail });
  k8_mail_unref (mail);
}

MemberWorld *
member_world_new (void)
{
  MemberWorld *self = g_new0 (MemberWorld, 1);

  self->span = test_span_new ();
  self->region = k8_region_new (self->span, 64 << 20);
  self->engine = k8_engine_new (self->region, 1);
  k8_outbox_init (&self->outbox, self->region);
  self->text = g_string_new (NULL);
  self->taken = g_string_new (NULL);
  self->is_quick = TRUE;
  start (self, FALSE);
  return self;
}

void
member_world_free (MemberWorld *self)
{
  g_string_free (self->text, TRUE);
  g_string_free (self->taken, TRUE);
  k8_outbox_clear (&self->outbox);
  k8_engine_free (self->engine);
  test_region_check_empty (self->region);
  test_span_free (self->span);
  g_free (self);
}

K8Region *
member_world_region (MemberWorld *self)
{
  return self->region;
}

const K8EtcdMember *
member_world_member (const MemberWorld *self)
{
  return (const K8EtcdMember *) k8_engine_actor (self->engine, get_member_id (self));
}

const void *
member_world_value (MemberWorld *self, const char *name)
{
  g_autofree char *json = g_strdup_printf ("{'metadata':{'name':'%s'}}", name);

  return test_object_new (self->region, &k8_messages[k8_kinds[K8_KIND_ConfigMap].message], json);
}

static void
tell (MemberWorld *self, guint64 tag, void *mail)
{
  step (self, (K8EngineEvent){ .type = K8_EVENT_MESSAGE,
                               .to = get_member_id (self),
                               .from = CLIENT,
                               .tag = tag,
                               .mail = mail });
  k8_mail_unref (mail);
}

guint64
member_world_ask (MemberWorld *self, void *mail)
{
  guint64 tag = ++self->next_tag;

  tell (self, tag, mail);
  return tag;
}

guint64
member_world_put (MemberWorld *self, const char *key, const char *value, gint64 lease)
{
  K8EtcdTxn *txn = k8_etcd_txn_new (self->region);
  const void *record = member_world_value (self, value);

  k8_etcd_txn_then (txn, K8_ETCD_PUT, key, record, lease);
  k8_record_unref (record);
  return member_world_ask (self, txn);
}

guint64
member_world_delete (MemberWorld *self, const char *key)
{
  K8EtcdTxn *txn = k8_etcd_txn_new (self->region);

  k8_etcd_txn_then (txn, K8_ETCD_DELETE, key, NULL, 0);
  return member_world_ask (self, txn);
}

guint64
member_world_range (MemberWorld *self, const char *key, const char *end, gint64 revision)
{
  K8EtcdRange *range = k8_mail_new (self->region, &k8_etcd_range_class);

  range->key = k8_string_intern (self->region, key);
  range->end = k8_string_intern (self->region, end);
  range->revision = revision;
  return member_world_ask (self, range);
}

guint64
member_world_watch (MemberWorld *self, const char *key, const char *end, gint64 revision)
{
  K8EtcdWatch *watch = k8_mail_new (self->region, &k8_etcd_watch_class);

  watch->key = k8_string_intern (self->region, key);
  watch->end = k8_string_intern (self->region, end);
  watch->start_revision = revision;
  return member_world_ask (self, watch);
}

guint64
member_world_lease (MemberWorld *self, K8EtcdLeaseVerb verb, gint64 id, gint64 seconds)
{
  K8EtcdLease *lease = k8_mail_new (self->region, &k8_etcd_lease_class);

  lease->verb = verb;
  lease->lease = id;
  lease->ttl_seconds = seconds;
  return member_world_ask (self, lease);
}

void
member_world_compact (MemberWorld *self, gint64 revision)
{
  K8EtcdCompact *compact = k8_mail_new (self->region, &k8_etcd_compact_class);

  compact->revision = revision;
  member_world_ask (self, compact);
}

void
member_world_cancel (MemberWorld *self, guint64 watch)
{
  tell (self, watch, k8_mail_new (self->region, &k8_etcd_watch_cancel_class));
}

void
member_world_disconnect (MemberWorld *self)
{
  step (self, (K8EngineEvent){ .type = K8_EVENT_DISCONNECT,
                               .to = get_member_id (self),
                               .from = CLIENT });
}

void
member_world_finish_write (MemberWorld *self)
{
  guint64 tag = self->writing_tag;

  self->writing_tag = 0;
  step (self, (K8EngineEvent){ .type = K8_EVENT_PERSISTED,
                               .to = get_member_id (self),
                               .tag = tag });
}

void
member_world_set_quick_disk (MemberWorld *self, gboolean is_quick)
{
  self->is_quick = is_quick;
}

void
member_world_advance (MemberWorld *self, gint64 seconds)
{
  gint64 until_ns = self->now_ns + seconds * SECOND_NS;

  while (self->timer != 0 && self->timer_ns <= until_ns)
    {
      K8EngineEvent event = { .type = K8_EVENT_TIMER,
                              .to = get_member_id (self),
                              .tag = self->timer_tag,
                              .timer = self->timer };
      self->now_ns = self->timer_ns;
      self->timer = 0;
      step (self, event);
    }
  self->now_ns = until_ns;
}

void
member_world_restart (MemberWorld *self, K8LoadedMail *loaded)
{
  self->timer = self->writing_tag = 0;
  step (self, (K8EngineEvent){ .type = K8_EVENT_STOP, .to = get_member_id (self) });
  start (self, TRUE);
  if (loaded != NULL)
    member_world_load (self, loaded);
}

void
member_world_load (MemberWorld *self, K8LoadedMail *loaded)
{
  step (self, (K8EngineEvent){ .type = K8_EVENT_LOADED,
                               .to = get_member_id (self),
                               .mail = &loaded->mail });
  k8_mail_unref (loaded);
}

K8LoadedMail *
member_world_make_loaded (MemberWorld *self, gint64 revision)
{
  K8LoadedMail *loaded = k8_mail_new (self->region, &k8_loaded_mail_class);

  loaded->revision = revision;
  k8_array_init (&loaded->entries, self->region, sizeof (K8PersistEntry));
  return loaded;
}

/* Adds an entry; its texts are plain, its value is taken over. */
void
member_world_add_loaded (MemberWorld *self, K8LoadedMail *loaded, const K8PersistEntry *entry)
{
  K8PersistEntry *own = k8_array_add (&loaded->entries);

  *own = *entry;
  own->pair.key = k8_string_intern (self->region, entry->pair.key);
}

void
member_world_switch_to_clone (MemberWorld *self)
{
  K8Engine *clone = k8_engine_clone (self->engine);

  /* Copies share an actor until one of them is stepped: step the clone, then let go. */
  K8Engine *original = self->engine;
  self->engine = clone;
  step (self, (K8EngineEvent){ .type = K8_EVENT_DISCONNECT,
                               .to = get_member_id (self),
                               .from = CLIENT + 1 });
  k8_engine_free (original);
}

const char *
member_world_take_text (MemberWorld *self)
{
  g_string_assign (self->taken, self->text->str);
  g_string_truncate (self->text, 0);
  return self->taken->str;
}

void
test_member_world__text_is_taken_once (void)
{
  MemberWorld *world = member_world_new ();

  member_world_range (world, "/a", "", 0);
  TEST_ASSERT_TEXT (member_world_take_text (world), "#1 0 at 1:\n");
  TEST_ASSERT_TEXT (member_world_take_text (world), "");
  member_world_free (world);
}
