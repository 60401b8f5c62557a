/* SPDX-License-Identifier: Apache-2.0
 *
 * What etcd asks to be durable, as records of the write-ahead log, and back: each PERSIST of the
 * engine becomes one record, recovery gives the live keys and leases. A table of what is live (it
 * shares the sealed objects with the engine) is what a checkpoint writes.
 * Record: format version (1 byte), revision (8), number of entries (4), then for each entry type
 * (1), create and mod revision, version, lease (8 each), key and value (length 4, bytes); numbers
 * little-endian, values as upstream keeps them: `k8s\0` and runtime.Unknown.
 */

#pragma once

#include <glib.h>

#include "etcd/etcd.h"
#include "exec/log.h"

typedef struct _ExecPersist ExecPersist;

typedef struct
{
  gsize checkpoint_bytes; /* log since the last checkpoint that asks for one; 0: the default */
  const ExecLogDisk *disk; /* (nullable): for tests */
} ExecPersistOptions;

/* Locks the folder and reads what is in it. Errors: those of exec_log_open. */
ExecPersist *exec_persist_open (const char *folder, K8Region *region,
                                const ExecPersistOptions *options, GError **error);

/* Who is told what is on disk; before the first append. */
void exec_persist_set_durable (ExecPersist *self, ExecLogDurable durable, gpointer user_data);
void exec_persist_close (ExecPersist *self);

/* Whether nothing was ever written here. */
gboolean exec_persist_is_new (const ExecPersist *self);
gint64 exec_persist_revision (const ExecPersist *self);

/* The live keys and leases, for LOADED. (transfer full) */
K8LoadedMail *exec_persist_load (const ExecPersist *self);

/* Gives the sequence that `durable` will reach; 0 if the log takes nothing any more. */
guint64 exec_persist_append (ExecPersist *self, const K8PersistMail *mail);

/* The bytes of one record, and back into entries that the caller clears: for tests and fuzzing.
 * FALSE with LOG_VERSION or LOG_DAMAGED. */
void exec_persist_encode (const K8PersistMail *mail, GByteArray *out);
gboolean exec_persist_decode (K8Region *region, const void *bytes, gsize length,
                              K8PersistMail **ret_mail, GError **error);
