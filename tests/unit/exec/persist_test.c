/* SPDX-License-Identifier: Apache-2.0
 *
 * What etcd made durable comes back as it was: records there and back, bytes that are refused,
 * checkpoints, and a member that is started again.
 */

#include "engine.h"
#include "exec/error.h"
#include "exec/persist.h"
#include "schema/kinds.h"
#include "serve/span.h"
#include "tests/lib/test.h"

#include <string.h>

static K8Region *region;
static char *folder;

static void
begin (void)
{
  region = serve_span_new ();
  folder = g_dir_make_tmp ("orrery-persist-XXXXXX", NULL);
}

static void
end (void)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", folder);
  CU_ASSERT_EQUAL (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL), TRUE);
  g_clear_pointer (&folder, g_free);
  serve_span_free (region);
}

static const K8ConfigMap *
make_config (const char *name, const char *value)
{
  K8ConfigMapEdit edit;
  K8ObjectMetaEdit meta;
  k8_object_meta_edit (&meta, region, NULL);
  k8_object_meta_set_name (&meta, name);
  k8_object_meta_set_namespace (&meta, "default");
  k8_config_map_edit (&edit, region, NULL);
  k8_config_map_set_metadata (&edit, k8_object_meta_seal (&meta));
  k8_config_map_put_data (&edit, "key", value);
  return k8_config_map_seal (&edit);
}

static K8PersistMail *
make_mail (gint64 revision)
{
  K8PersistMail *mail = k8_mail_new (region, &k8_persist_mail_class);
  k8_array_init (&mail->entries, region, sizeof (K8PersistEntry));
  mail->revision = revision;
  return mail;
}

static void
add_entry (K8PersistMail *mail, K8PersistType type, const K8EtcdKeyValue *pair)
{
  K8PersistEntry *entry = k8_array_add (&mail->entries);
  *entry = (K8PersistEntry){ .type = type, .pair = *pair };
}

static const char *
make_key (const char *name)
{
  g_autofree char *key = g_strconcat ("/registry/configmaps/default/", name, NULL);
  return k8_string_intern (region, key);
}

static void
add_put (K8PersistMail *mail, const char *name, const char *value)
{
  add_entry (mail, K8_PERSIST_PUT,
             &(K8EtcdKeyValue){ .key = make_key (name),
                                .value = make_config (name, value),
                                .create_revision = 2,
                                .mod_revision = mail->revision,
                                .version = 3,
                                .lease = 4 });
}

void
test_persist__record_comes_back_as_it_was (void)
{
  begin ();
  K8PersistMail *mail = make_mail (7);
  add_put (mail, "a", "hello");
  add_entry (mail, K8_PERSIST_DELETE,
             &(K8EtcdKeyValue){ .key = k8_string_intern (region, "/registry/pods/default/b") });
  add_entry (mail, K8_PERSIST_LEASE,
             &(K8EtcdKeyValue){ .key = k8_string_intern (region, ""), .lease = 9,
                                .version = 3600 });
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  exec_persist_encode (mail, bytes);
  K8PersistMail *read = NULL;
  CU_ASSERT_TRUE_FATAL (exec_persist_decode (region, bytes->data, bytes->len, &read, NULL));
  CU_ASSERT_EQUAL (read->revision, 7);
  CU_ASSERT_EQUAL_FATAL (k8_array_n (&read->entries), 3);
  const K8PersistEntry *put = k8_array_at (&read->entries, 0);
  const K8PersistEntry *given = k8_array_at (&mail->entries, 0);
  TEST_ASSERT_TEXT (put->pair.key, "/registry/configmaps/default/a");
  CU_ASSERT_EQUAL (put->pair.create_revision, 2);
  CU_ASSERT_EQUAL (put->pair.mod_revision, 7);
  CU_ASSERT_EQUAL (put->pair.version, 3);
  CU_ASSERT_EQUAL (put->pair.lease, 4);
  CU_ASSERT_TRUE (k8_record_equal (put->pair.value, given->pair.value));
  const K8PersistEntry *lease = k8_array_at (&read->entries, 2);
  CU_ASSERT_EQUAL (lease->type, K8_PERSIST_LEASE);
  CU_ASSERT_EQUAL (lease->pair.lease, 9);
  CU_ASSERT_EQUAL (lease->pair.version, 3600);
  k8_mail_unref (read);
  k8_mail_unref (mail);
  end ();
}

void
test_persist__cut_record_is_refused (void)
{
  begin ();
  K8PersistMail *mail = make_mail (7);
  add_put (mail, "a", "hello");
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  exec_persist_encode (mail, bytes);
  for (guint n = 0; n < bytes->len; n++)
    {
      g_autoptr (GError) error = NULL;
      K8PersistMail *read = NULL;
      CU_ASSERT_FALSE (exec_persist_decode (region, bytes->data, n, &read, &error));
      CU_ASSERT_TRUE (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_LOG_DAMAGED));
    }
  k8_mail_unref (mail);
  end ();
}

static void
assert_refused (const K8PersistMail *mail, const char *why)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  K8PersistMail *read = NULL;
  exec_persist_encode (mail, bytes);
  CU_ASSERT_FALSE (exec_persist_decode (region, bytes->data, bytes->len, &read, &error));
  CU_ASSERT_PTR_NOT_NULL_FATAL (error);
  CU_ASSERT_EQUAL (error->code, EXEC_ERROR_LOG_DAMAGED);
  CU_ASSERT_PTR_NOT_NULL (strstr (error->message, why));
}

void
test_persist__object_under_a_key_of_another_is_refused (void)
{
  begin ();
  K8PersistMail *mail = make_mail (7);
  add_entry (mail, K8_PERSIST_PUT,
             &(K8EtcdKeyValue){ .key = make_key ("b"), .value = make_config ("a", "x"),
                                .create_revision = 2, .mod_revision = 7, .version = 1 });
  assert_refused (mail, "default/b: expected the object of this name");
  k8_mail_unref (mail);
  end ();
}

void
test_persist__revision_of_the_future_is_refused (void)
{
  begin ();
  K8PersistMail *mail = make_mail (7);
  add_entry (mail, K8_PERSIST_PUT,
             &(K8EtcdKeyValue){ .key = make_key ("a"), .value = make_config ("a", "x"),
                                .create_revision = 2, .mod_revision = 8, .version = 1 });
  assert_refused (mail, "expected revisions in order");
  k8_mail_unref (mail);
  end ();
}

void
test_persist__lease_for_ever_is_refused (void)
{
  begin ();
  K8PersistMail *mail = make_mail (7);
  add_entry (mail, K8_PERSIST_LEASE,
             &(K8EtcdKeyValue){ .key = k8_string_intern (region, ""), .lease = 9,
                                .version = G_MAXINT64 });
  assert_refused (mail, "expected a lease with a time to live");
  k8_mail_unref (mail);
  end ();
}

void
test_persist__newer_format_is_told_apart (void)
{
  begin ();
  const guint8 bytes[13] = { 2 };
  g_autoptr (GError) error = NULL;
  K8PersistMail *read = NULL;
  CU_ASSERT_FALSE (exec_persist_decode (region, bytes, sizeof bytes, &read, &error));
  CU_ASSERT_TRUE (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_LOG_VERSION));
  end ();
}

static ExecPersist *
open_persist (gsize checkpoint_bytes)
{
  g_autoptr (GError) error = NULL;
  ExecPersistOptions options = { .checkpoint_bytes = checkpoint_bytes };
  ExecPersist *persist = exec_persist_open (folder, region, &options, &error);
  if (error != NULL)
    test_note ("%s", error->message);
  CU_ASSERT_PTR_NOT_NULL_FATAL (persist);
  return persist;
}

static char *
find_value (const K8LoadedMail *loaded, const char *name)
{
  const char *key = make_key (name);
  for (guint32 i = 0; i < k8_array_n (&loaded->entries); i++)
    {
      const K8PersistEntry *entry = k8_array_at (&loaded->entries, i);
      if (k8_string_equal (entry->pair.key, key))
        return g_strdup (k8_config_map_data_get (entry->pair.value, "key"));
    }
  return NULL;
}

void
test_persist__checkpoints_keep_only_what_lives (void)
{
  begin ();
  ExecPersist *persist = open_persist (20 * 1000);
  for (gint64 revision = 2; revision <= 400; revision++)
    {
      g_autofree char *value = g_strdup_printf ("%" G_GINT64_FORMAT, revision);
      K8PersistMail *mail = make_mail (revision);
      add_put (mail, revision % 2 == 0 ? "even" : "odd", value);
      CU_ASSERT_TRUE (exec_persist_append (persist, mail) > 0);
      k8_mail_unref (mail);
      while (g_main_context_iteration (NULL, FALSE))
        continue;
    }
  exec_persist_close (persist);
  persist = open_persist (0);
  CU_ASSERT_EQUAL (exec_persist_revision (persist), 400);
  K8LoadedMail *loaded = exec_persist_load (persist);
  CU_ASSERT_EQUAL (k8_array_n (&loaded->entries), 2);
  g_autofree char *even = find_value (loaded, "even");
  g_autofree char *odd = find_value (loaded, "odd");
  TEST_ASSERT_TEXT (even, "400");
  TEST_ASSERT_TEXT (odd, "399");
  k8_mail_unref (loaded);
  exec_persist_close (persist);
  end ();
}

/* ---- A member that is started again ---- */

typedef struct
{
  K8Engine *engine;
  K8Outbox outbox;
  ExecPersist *persist;
  guint64 durable;
  gint64 range_revision;
  char *found; /* "VALUE@MOD" of the key that was asked for */
} Member;

static void
on_durable (guint64 sequence, const GError *error, gpointer user_data)
{
  if (error == NULL)
    ((Member *) user_data)->durable = sequence;
}

static void
step (Member *member, K8EngineEvent *event)
{
  k8_engine_step (member->engine, event, &member->outbox);
  for (guint32 i = 0; i < k8_array_n (&member->outbox.effects); i++)
    {
      const K8Effect *effect = k8_array_at (&member->outbox.effects, i);
      if (effect->type == K8_EFFECT_PERSIST)
        CU_ASSERT_TRUE (
            exec_persist_append (member->persist, (const K8PersistMail *) effect->mail) > 0);
      if (k8_mail_is (effect->mail, &k8_etcd_range_result_class))
        {
          const K8EtcdRangeResult *result = (const K8EtcdRangeResult *) effect->mail;
          member->range_revision = result->revision;
          const K8EtcdKeyValue *pair
              = k8_array_n (&result->pairs) > 0 ? k8_array_at (&result->pairs, 0) : NULL;
          if (pair != NULL)
            member->found = g_strdup_printf ("%s@%" G_GINT64_FORMAT,
                                             k8_config_map_data_get (pair->value, "key"),
                                             pair->mod_revision);
        }
    }
  k8_outbox_reset (&member->outbox);
}

static void
start_member (Member *member)
{
  member->persist = open_persist (0);
  exec_persist_set_durable (member->persist, on_durable, member);
  member->engine = k8_engine_new (region, 1);
  k8_outbox_init (&member->outbox, region);
  K8StartMail *start = k8_mail_new (region, &k8_start_mail_class);
  start->kind = K8_ACTOR_ETCD;
  start->name = k8_string_intern (region, "etcd-0");
  start->is_persisted = !exec_persist_is_new (member->persist);
  gboolean is_persisted = start->is_persisted;
  step (member, &(K8EngineEvent){ .type = K8_EVENT_START, .mail = &start->mail });
  k8_mail_unref (start);
  if (!is_persisted)
    return;
  K8LoadedMail *loaded = exec_persist_load (member->persist);
  step (member, &(K8EngineEvent){ .type = K8_EVENT_LOADED, .to = 1, .mail = &loaded->mail });
  k8_mail_unref (loaded);
}

static void
put (Member *member, const char *name, const char *value)
{
  K8EtcdTxn *txn = k8_etcd_txn_new (region);
  k8_etcd_txn_then (txn, K8_ETCD_PUT, make_key (name), make_config (name, value), 0);
  step (member, &(K8EngineEvent){ .type = K8_EVENT_MESSAGE, .to = 1, .from = 1, .tag = 1,
                                  .mail = &txn->mail });
  k8_mail_unref (txn);
  for (guint64 before = member->durable; member->durable == before;)
    g_main_context_iteration (NULL, TRUE);
  step (member, &(K8EngineEvent){ .type = K8_EVENT_PERSISTED, .to = 1 });
}

void
test_persist__restarted_member_finds_objects_and_revisions (void)
{
  begin ();
  Member before = { 0 };
  start_member (&before);
  put (&before, "a", "one");
  put (&before, "a", "two");
  put (&before, "a", "three");
  k8_outbox_clear (&before.outbox);
  k8_engine_free (before.engine);
  exec_persist_close (before.persist);
  Member member = { 0 };
  start_member (&member);
  K8EtcdRange *range = k8_mail_new (region, &k8_etcd_range_class);
  range->key = make_key ("a");
  range->end = k8_string_intern (region, "");
  step (&member, &(K8EngineEvent){ .type = K8_EVENT_MESSAGE, .to = 1, .from = 1, .tag = 2,
                                   .mail = &range->mail });
  k8_mail_unref (range);
  /* An empty store is at revision 1: the three writes are 2, 3 and 4. */
  CU_ASSERT_EQUAL (member.range_revision, 4);
  TEST_ASSERT_TEXT (member.found, "three@4");
  g_free (member.found);
  exec_persist_close (member.persist);
  k8_outbox_clear (&member.outbox);
  k8_engine_free (member.engine);
  end ();
}
