/* SPDX-License-Identifier: Apache-2.0
 *
 * What etcd kept, from any bytes: a record is refused with a reason, or it comes back the same
 * when it is written and read again, and a cluster that starts from it runs. Nothing is left in
 * the region. Behind the checksums of the log such bytes come only from a hand or a bug, so a
 * refusal is the whole answer; a crash would be there at every start.
 */
#include "engine.h"
#include "exec/error.h"
#include "exec/persist.h"
#include "schema/kinds.h"
#include "tests/fuzz/fuzz_region.h"

#include <string.h>

enum
{
  MOST_STEPS = 200, /* a start from a record of the corpus takes about 30 */
};

/* ---- There and back ---- */

static void
check_again (K8Region *region, const K8PersistMail *mail)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  K8PersistMail *again = NULL;

  exec_persist_encode (mail, bytes);
  k8_assert (exec_persist_decode (region, bytes->data, bytes->len, &again, NULL));
  k8_assert (again->revision == mail->revision);
  k8_assert (k8_array_n (&again->entries) == k8_array_n (&mail->entries));
  for (guint32 i = 0; i < k8_array_n (&mail->entries); i++)
    {
      const K8PersistEntry *a = k8_array_at (&mail->entries, i);
      const K8PersistEntry *b = k8_array_at (&again->entries, i);
      k8_assert (a->type == b->type && k8_string_equal (a->pair.key, b->pair.key));
      k8_assert (a->pair.mod_revision == b->pair.mod_revision && a->pair.lease == b->pair.lease);
      k8_assert ((a->pair.value == NULL) == (b->pair.value == NULL));
      k8_assert (a->pair.value == NULL || k8_record_equal (a->pair.value, b->pair.value));
    }
  k8_mail_unref (again);
}

/* ---- A cluster that starts from it ---- */

typedef struct
{
  K8Engine *engine;
  K8Outbox outbox;
  GQueue events; /* K8EngineEvent with a reference to its mail */
} Cluster;

static void
push (Cluster *cluster, const K8EngineEvent *event)
{
  K8EngineEvent *own = g_memdup2 (event, sizeof *event);

  k8_mail_ref (own->mail);
  g_queue_push_tail (&cluster->events, own);
}

/* Messages between the two, and a disk that is always quick; timers never fire. */
static void
take_effect (Cluster *cluster, const K8Effect *effect)
{
  if (effect->type == K8_EFFECT_SEND)
    push (cluster, &(K8EngineEvent){ .type = K8_EVENT_MESSAGE, .to = effect->to,
                                     .from = effect->from, .tag = effect->tag,
                                     .mail = effect->mail });
  else if (effect->type == K8_EFFECT_PERSIST)
    push (cluster, &(K8EngineEvent){ .type = K8_EVENT_PERSISTED, .to = effect->from,
                                     .tag = effect->tag });
}

static void
run_all (Cluster *cluster)
{
  for (guint i = 0; i < MOST_STEPS && cluster->events.length > 0; i++)
    {
      K8EngineEvent *event = g_queue_pop_head (&cluster->events);
      k8_engine_step (cluster->engine, event, &cluster->outbox);
      for (guint32 j = 0; j < k8_array_n (&cluster->outbox.effects); j++)
        take_effect (cluster, k8_array_at (&cluster->outbox.effects, j));
      k8_outbox_reset (&cluster->outbox);
      k8_mail_unref (event->mail);
      g_free (event);
    }
}

static void
push_start (Cluster *cluster, K8Region *region, K8ActorKind kind, const char *name)
{
  K8StartMail *start = k8_mail_new (region, &k8_start_mail_class);

  start->kind = kind;
  start->name = k8_string_intern (region, name);
  start->is_persisted = kind == K8_ACTOR_ETCD;
  start->service_cidr = k8_string_intern (region, "10.96.0.0/16");
  push (cluster, &(K8EngineEvent){ .type = K8_EVENT_START, .mail = &start->mail });
  k8_mail_unref (start);
}

static K8LoadedMail *
make_loaded (K8Region *region, const K8PersistMail *mail)
{
  K8LoadedMail *loaded = k8_mail_new (region, &k8_loaded_mail_class);

  k8_array_init (&loaded->entries, region, sizeof (K8PersistEntry));
  loaded->revision = loaded->compact_revision = mail->revision;
  for (guint32 i = 0; i < k8_array_n (&mail->entries); i++)
    {
      const K8PersistEntry *entry = k8_array_at (&mail->entries, i);
      K8PersistEntry *own = k8_array_add (&loaded->entries);
      *own = (K8PersistEntry){ .type = entry->type, .pair = k8_etcd_pair_dup (&entry->pair) };
    }
  return loaded;
}

static gboolean
has_twice (const K8PersistMail *mail)
{
  for (guint32 i = 0; i < k8_array_n (&mail->entries); i++)
    for (guint32 j = 0; j < i; j++)
      {
        const K8PersistEntry *a = k8_array_at (&mail->entries, i);
        const K8PersistEntry *b = k8_array_at (&mail->entries, j);
        if (k8_string_equal (a->pair.key, b->pair.key))
          return TRUE;
      }
  return FALSE;
}

static void
check_start (K8Region *region, const K8PersistMail *mail)
{
  Cluster cluster = { .engine = k8_engine_new (region, 1) };
  K8LoadedMail *loaded = make_loaded (region, mail);

  k8_outbox_init (&cluster.outbox, region);
  g_queue_init (&cluster.events);
  push_start (&cluster, region, K8_ACTOR_ETCD, "etcd-0");
  push (&cluster, &(K8EngineEvent){ .type = K8_EVENT_LOADED, .to = 1, .mail = &loaded->mail });
  push_start (&cluster, region, K8_ACTOR_APISERVER, "apiserver-0");
  run_all (&cluster);
  for (K8EngineEvent *left = g_queue_pop_head (&cluster.events); left != NULL;
       left = g_queue_pop_head (&cluster.events))
    {
      k8_mail_unref (left->mail);
      g_free (left);
    }
  k8_mail_unref (loaded);
  k8_outbox_clear (&cluster.outbox);
  k8_engine_free (cluster.engine);
}

static void
run (K8Region *region, const char *input, gsize length)
{
  g_autoptr (GError) error = NULL;
  K8PersistMail *mail = NULL;

  if (!exec_persist_decode (region, input, length, &mail, &error))
    {
      k8_assert (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_LOG_DAMAGED)
                 || g_error_matches (error, EXEC_ERROR, EXEC_ERROR_LOG_VERSION));
      return;
    }
  check_again (region, mail);
  /* What is live is a table: no key is in it twice. */
  if (!has_twice (mail))
    check_start (region, mail);
  k8_mail_unref (mail);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n_bytes)
{
  fuzz_run (run, data, n_bytes);
  return 0;
}
