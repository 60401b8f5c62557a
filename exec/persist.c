/* SPDX-License-Identifier: Apache-2.0
 *
 * Invariants: 1. the table of live keys is what replaying the log would give, with all records
 * that were appended; 2. nothing of a record is believed before all of it was read.
 * Checkpoints go in parts of about a MiB, each in the form of a record, and end up in one file.
 */

#include "exec/persist.h"

#include "base/string.h"
#include "codec/protobuf.h"
#include "exec/error.h"
#include "machinery/gvk.h"

#include <string.h>

#define FORMAT_VERSION 1
#define CHECKPOINT_BYTES (16 * 1024 * 1024)
#define PART_BYTES (1024 * 1024)
#define ENTRY_HEAD_BYTES (1 + 4 * 8)
#define REGISTRY "/registry/"

/* etcd's own limit. */
#define MAX_TTL_SECONDS G_GINT64_CONSTANT (9000000000)

struct _ExecPersist
{
  K8Region *region;
  ExecLog *log;
  const char *folder; /* while it is opened */
  gsize checkpoint_bytes;
  ExecLogDurable durable;
  gpointer user_data;
  GHashTable *live;   /* key → K8EtcdKeyValue */
  GHashTable *leases; /* lease → K8EtcdKeyValue, ttl in version */
  gint64 revision;
  guint64 n_snapshot_bytes;
  gboolean has_records;
  GError *error;      /* of the recovery */
};

/* ---- Writing ---- */

static void
put32 (GByteArray *out, guint32 value)
{
  guint32 wire = GUINT32_TO_LE (value);
  g_byte_array_append (out, (const guint8 *) &wire, sizeof wire);
}

static void
put64 (GByteArray *out, gint64 value)
{
  gint64 wire = GINT64_TO_LE (value);
  g_byte_array_append (out, (const guint8 *) &wire, sizeof wire);
}

static void
put_head (GByteArray *out, gint64 revision, guint32 n_entries)
{
  const guint8 version = FORMAT_VERSION;
  g_byte_array_append (out, &version, 1);
  put64 (out, revision);
  put32 (out, n_entries);
}

static void
put_text (GByteArray *out, const char *bytes, gsize length)
{
  put32 (out, (guint32) length);
  g_byte_array_append (out, (const guint8 *) bytes, (guint) length);
}

static void
put_entry (GByteArray *out, K8PersistType type, const K8EtcdKeyValue *pair)
{
  const guint8 type_byte = (guint8) type;
  g_byte_array_append (out, &type_byte, 1);
  put64 (out, pair->create_revision);
  put64 (out, pair->mod_revision);
  put64 (out, pair->version);
  put64 (out, pair->lease);
  const char *key = k8_string_or_empty (pair->key);
  put_text (out, key, strlen (key));
  GString *value = g_string_new (NULL);
  if (type == K8_PERSIST_PUT && pair->value != NULL)
    k8_protobuf_encode (value, pair->value,
                        &(K8ProtobufOptions){ .kind = k8_kind_of_record (pair->value) });
  put_text (out, value->str, value->len);
  g_string_free (value, TRUE);
}

void
exec_persist_encode (const K8PersistMail *mail, GByteArray *out)
{
  put_head (out, mail->revision, k8_array_n (&mail->entries));
  for (guint32 i = 0; i < k8_array_n (&mail->entries); i++)
    {
      const K8PersistEntry *entry = k8_array_at (&mail->entries, i);
      put_entry (out, entry->type, &entry->pair);
    }
}

/* ---- Reading ---- */

typedef struct
{
  const guint8 *at;
  gsize left;
  gboolean is_short;
} Reader;

static const guint8 *
take (Reader *reader, gsize length)
{
  if (reader->is_short || reader->left < length)
    {
      reader->is_short = TRUE;
      return NULL;
    }
  const guint8 *bytes = reader->at;
  reader->at += length;
  reader->left -= length;
  return bytes;
}

static guint8
take8 (Reader *reader)
{
  const guint8 *bytes = take (reader, 1);
  return bytes != NULL ? bytes[0] : 0;
}

static guint32
take32 (Reader *reader)
{
  guint32 wire = 0;
  const guint8 *bytes = take (reader, sizeof wire);
  if (bytes != NULL)
    memcpy (&wire, bytes, sizeof wire);
  return GUINT32_FROM_LE (wire);
}

static gint64
take64 (Reader *reader)
{
  gint64 wire = 0;
  const guint8 *bytes = take (reader, sizeof wire);
  if (bytes != NULL)
    memcpy (&wire, bytes, sizeof wire);
  return GINT64_FROM_LE (wire);
}

/* The object in its envelope; NULL if its kind is not known or its bytes are refused. */
static const void *
decode_value (K8Region *region, const char *bytes, gsize length)
{
  K8ProtobufDecoded decoded = { 0 };
  const void *record = NULL;
  if (k8_protobuf_decode_type (bytes, length, &decoded))
    {
      const K8KindInfo *kind = k8_kind_find_api_version (decoded.api_version, decoded.kind);
      k8_protobuf_decoded_clear (&decoded);
      decoded = (K8ProtobufDecoded){ 0 };
      if (kind != NULL)
        record = k8_protobuf_decode (region, &k8_messages[kind->message], bytes, length,
                                     &decoded);
    }
  k8_protobuf_decoded_clear (&decoded);
  return record;
}

static gboolean
refuse_entry (GError **error, const char *key, const char *why)
{
  g_autofree char *clean = exec_text_clean (key != NULL ? key : "", 200);
  g_set_error (error, EXEC_ERROR, EXEC_ERROR_LOG_DAMAGED, "key %s: %s", clean, why);
  return FALSE;
}

/* Whether a key is the one under which the API server keeps an object. */
static gboolean
is_key_of (const char *key, const void *value)
{
  const K8KindInfo *kind = k8_kind_of_record (value);
  const K8ObjectMeta *meta = k8_object_get_meta (value);
  const char *name = k8_object_meta_name (meta);
  const char *namespace_name = k8_object_meta_namespace (meta);
  if (kind->plural == NULL || name == NULL || kind->is_namespaced == (namespace_name == NULL))
    return FALSE;
  g_autofree char *expected
      = kind->is_namespaced
            ? g_strconcat (REGISTRY, kind->plural, "/", namespace_name, "/", name, NULL)
            : g_strconcat (REGISTRY, kind->plural, "/", name, NULL);
  return strcmp (key, expected) == 0;
}

/* What no member can have written; NULL: the entry makes sense. */
static const char *
find_nonsense (const K8PersistEntry *entry, gint64 revision)
{
  const K8EtcdKeyValue *pair = &entry->pair;
  switch (entry->type)
    {
    case K8_PERSIST_PUT:
      if (pair->value == NULL)
        return "expected an object of a kind that is known here";
      if (!is_key_of (pair->key, pair->value))
        return "expected the object of this name";
      if (pair->create_revision < 1 || pair->create_revision > pair->mod_revision
          || pair->mod_revision > revision || pair->version < 1 || pair->lease < 0)
        return "expected revisions in order";
      break;
    case K8_PERSIST_LEASE:
      if (pair->lease < 1 || pair->version < 1 || pair->version > MAX_TTL_SECONDS)
        return "expected a lease with a time to live";
      break;
    case K8_PERSIST_DELETE:
    case K8_PERSIST_REVOKE:
    case K8_PERSIST_COMPACT:
      break;
    }
  return NULL;
}

static gboolean
read_entry (Reader *reader, K8Region *region, K8PersistMail *mail, GError **error)
{
  guint8 type = take8 (reader);
  K8EtcdKeyValue pair = { .create_revision = take64 (reader), 0 };
  pair.mod_revision = take64 (reader);
  pair.version = take64 (reader);
  pair.lease = take64 (reader);
  guint32 key_bytes = take32 (reader);
  const char *key = (const char *) take (reader, key_bytes);
  guint32 value_bytes = take32 (reader);
  const char *value = (const char *) take (reader, value_bytes);
  if (reader->is_short)
    return refuse_entry (error, NULL, "ends too early");
  if (type > K8_PERSIST_COMPACT || memchr (key, '\0', key_bytes) != NULL)
    return refuse_entry (error, NULL, "makes no sense");
  K8PersistEntry *entry = k8_array_add (&mail->entries);
  pair.key = k8_string_intern_length (region, key, key_bytes);
  *entry = (K8PersistEntry){ .type = type, .pair = pair };
  if (type == K8_PERSIST_PUT)
    entry->pair.value = decode_value (region, value, value_bytes);
  const char *nonsense = find_nonsense (entry, mail->revision);
  return nonsense == NULL || refuse_entry (error, pair.key, nonsense);
}

gboolean
exec_persist_decode (K8Region *region, const void *bytes, gsize length, K8PersistMail **ret_mail,
                     GError **error)
{
  Reader reader = { .at = bytes, .left = length };
  guint8 version = take8 (&reader);
  if (!reader.is_short && version > FORMAT_VERSION)
    {
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_LOG_VERSION,
                   "written by a newer version (format %u, this program reads %d)", version,
                   FORMAT_VERSION);
      return FALSE;
    }
  K8PersistMail *mail = k8_mail_new (region, &k8_persist_mail_class);
  k8_array_init (&mail->entries, region, sizeof (K8PersistEntry));
  mail->revision = take64 (&reader);
  guint32 n_entries = take32 (&reader);
  gboolean is_good = !reader.is_short && n_entries <= reader.left / ENTRY_HEAD_BYTES;
  if (!is_good)
    refuse_entry (error, NULL, "ends too early");
  for (guint32 i = 0; is_good && i < n_entries; i++)
    is_good = read_entry (&reader, region, mail, error);
  if (is_good && reader.left > 0)
    is_good = refuse_entry (error, NULL, "is followed by more bytes");
  if (is_good)
    *ret_mail = mail;
  else
    k8_mail_unref (mail);
  return is_good;
}

/* ---- What is live ---- */

static void
pair_free (gpointer user_data)
{
  K8EtcdKeyValue *pair = user_data;
  k8_string_unref (pair->key);
  k8_record_unref (pair->value);
  g_free (pair);
}

static K8EtcdKeyValue *
pair_dup (const K8EtcdKeyValue *pair)
{
  K8EtcdKeyValue *own = g_new (K8EtcdKeyValue, 1);
  *own = k8_etcd_pair_dup (pair);
  return own;
}

static void
apply_entry (ExecPersist *self, const K8PersistEntry *entry)
{
  const K8EtcdKeyValue *pair = &entry->pair;
  K8EtcdKeyValue *own;
  switch (entry->type)
    {
    case K8_PERSIST_PUT:
      own = pair_dup (pair);
      g_hash_table_replace (self->live, (gpointer) own->key, own);
      break;
    case K8_PERSIST_DELETE:
      g_hash_table_remove (self->live, k8_string_or_empty (pair->key));
      break;
    case K8_PERSIST_LEASE:
      own = pair_dup (pair);
      g_hash_table_replace (self->leases, &own->lease, own);
      break;
    case K8_PERSIST_REVOKE:
      g_hash_table_remove (self->leases, &pair->lease);
      break;
    case K8_PERSIST_COMPACT:
      break;
    }
}

static void
apply (ExecPersist *self, const K8PersistMail *mail)
{
  for (guint32 i = 0; i < k8_array_n (&mail->entries); i++)
    apply_entry (self, k8_array_at (&mail->entries, i));
  self->revision = MAX (self->revision, mail->revision);
  self->has_records = TRUE;
}

static void
on_replay (const ExecLogRecord *record, gpointer user_data)
{
  ExecPersist *self = user_data;
  K8PersistMail *mail = NULL;
  if (self->error != NULL)
    return;
  if (!exec_persist_decode (self->region, record->payload, record->length, &mail, &self->error))
    {
      g_prefix_error (&self->error, "state folder %s: record %" G_GUINT64_FORMAT ": ",
                      self->folder, record->sequence);
      return;
    }
  apply (self, mail);
  k8_mail_unref (mail);
}

static void
on_durable (guint64 sequence, const GError *error, gpointer user_data)
{
  ExecPersist *self = user_data;
  if (self->durable != NULL)
    self->durable (sequence, error, self->user_data);
}

ExecPersist *
exec_persist_open (const char *folder, K8Region *region, const ExecPersistOptions *options,
                   GError **error)
{
  ExecPersist *self = g_new0 (ExecPersist, 1);
  self->region = region;
  self->folder = folder;
  self->checkpoint_bytes
      = options->checkpoint_bytes != 0 ? options->checkpoint_bytes : CHECKPOINT_BYTES;
  self->live = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, pair_free);
  self->leases = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, pair_free);
  ExecLogOptions log_options = { .disk = options->disk, .replay = on_replay,
                                 .durable = on_durable, .user_data = self };
  self->log = exec_log_open (folder, &log_options, error);
  if (self->log != NULL && self->error == NULL)
    return self;
  if (self->log != NULL)
    g_propagate_error (error, g_steal_pointer (&self->error));
  g_clear_error (&self->error);
  exec_persist_close (self);
  return NULL;
}

void
exec_persist_set_durable (ExecPersist *self, ExecLogDurable durable, gpointer user_data)
{
  self->durable = durable;
  self->user_data = user_data;
}

void
exec_persist_close (ExecPersist *self)
{
  if (self == NULL)
    return;
  exec_log_close (self->log);
  g_hash_table_unref (self->live);
  g_hash_table_unref (self->leases);
  g_free (self);
}

gboolean
exec_persist_is_new (const ExecPersist *self)
{
  return !self->has_records;
}

gint64
exec_persist_revision (const ExecPersist *self)
{
  return self->revision;
}

static int
compare_pairs (gconstpointer a, gconstpointer b)
{
  const K8EtcdKeyValue *x = *(K8EtcdKeyValue *const *) a;
  const K8EtcdKeyValue *y = *(K8EtcdKeyValue *const *) b;
  int order = strcmp (k8_string_or_empty (x->key), k8_string_or_empty (y->key));
  return order != 0 ? order : (x->lease > y->lease) - (x->lease < y->lease);
}

/* The pairs in the order of their keys, or of their leases. (transfer container) */
static GPtrArray *
list_pairs (GHashTable *table)
{
  GPtrArray *pairs = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (pairs, value);
  g_ptr_array_sort (pairs, compare_pairs);
  return pairs;
}

static void
add_loaded (K8LoadedMail *mail, K8PersistType type, GHashTable *table)
{
  g_autoptr (GPtrArray) pairs = list_pairs (table);
  for (guint i = 0; i < pairs->len; i++)
    {
      K8PersistEntry *entry = k8_array_add (&mail->entries);
      *entry = (K8PersistEntry){ .type = type,
                                 .pair = k8_etcd_pair_dup (g_ptr_array_index (pairs, i)) };
    }
}

K8LoadedMail *
exec_persist_load (const ExecPersist *self)
{
  K8LoadedMail *mail = k8_mail_new (self->region, &k8_loaded_mail_class);
  k8_array_init (&mail->entries, self->region, sizeof (K8PersistEntry));
  mail->revision = self->revision;
  mail->compact_revision = self->revision;
  add_loaded (mail, K8_PERSIST_LEASE, self->leases);
  add_loaded (mail, K8_PERSIST_PUT, self->live);
  return mail;
}

/* ---- Checkpoints ---- */

typedef struct
{
  GPtrArray *parts; /* GBytes */
  GByteArray *entries;
  guint32 n_entries;
  gint64 revision;
  guint64 n_bytes;
} Snapshot;

static void
end_part (Snapshot *snapshot)
{
  GByteArray *part = g_byte_array_new ();
  put_head (part, snapshot->revision, snapshot->n_entries);
  g_byte_array_append (part, snapshot->entries->data, snapshot->entries->len);
  snapshot->n_bytes += part->len;
  g_ptr_array_add (snapshot->parts, g_byte_array_free_to_bytes (part));
  g_byte_array_set_size (snapshot->entries, 0);
  snapshot->n_entries = 0;
}

static void
add_table (Snapshot *snapshot, K8PersistType type, GHashTable *table)
{
  g_autoptr (GPtrArray) pairs = list_pairs (table);
  for (guint i = 0; i < pairs->len; i++)
    {
      put_entry (snapshot->entries, type, g_ptr_array_index (pairs, i));
      snapshot->n_entries++;
      if (snapshot->entries->len >= PART_BYTES)
        end_part (snapshot);
    }
}

static void
on_checkpoint (const GError *error, gpointer user_data)
{
  /* A failure is final for the log: its own callback tells it. */
}

/* Once the log is larger than what it would shrink to. */
static void
checkpoint_if_due (ExecPersist *self)
{
  guint64 n_bytes = exec_log_bytes_since_checkpoint (self->log);
  if (n_bytes < self->checkpoint_bytes || n_bytes < 2 * self->n_snapshot_bytes)
    return;
  Snapshot snapshot = { .parts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref),
                        .entries = g_byte_array_new (),
                        .revision = self->revision };
  add_table (&snapshot, K8_PERSIST_LEASE, self->leases);
  add_table (&snapshot, K8_PERSIST_PUT, self->live);
  end_part (&snapshot);
  if (exec_log_checkpoint (self->log, snapshot.parts, on_checkpoint, self))
    self->n_snapshot_bytes = snapshot.n_bytes;
  g_ptr_array_unref (snapshot.parts);
  g_byte_array_unref (snapshot.entries);
}

guint64
exec_persist_append (ExecPersist *self, const K8PersistMail *mail)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  exec_persist_encode (mail, bytes);
  guint64 sequence = exec_log_append (self->log, bytes->data, bytes->len);
  if (sequence == 0)
    return 0;
  apply (self, mail);
  checkpoint_if_due (self);
  return sequence;
}
