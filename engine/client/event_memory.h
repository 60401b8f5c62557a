/* SPDX-License-Identifier: Apache-2.0
 *
 * What a recorder remembers of what it said, by which an Event is made, counted up, combined or
 * held back: private to the recorder.
 */
#pragma once

#include "base/index.h"
#include "base/slots.h"
#include "client/recorder.h"

/* What was said, on its way to the API server. Texts and the object are counted. */
typedef struct
{
  const void *object;
  const char *type;
  const char *reason;
  const char *message;
  const char *action;
  const char *field_path;
  gint64 revision;
  gint64 said_ns;
  guint64 cause; /* trace sequence of what made the component say it */
  guint32 next;  /* entry behind it, where one waits for the other */

  /* Filled in when its turn comes. */
  const char *name; /* of the Event */
  gint64 first_ns;
  gint64 last_ns;
  gint32 count; /* 1: to be created; else to be counted up */
  guint8 n_tries;
  guint8 is_combined;
  guint8 is_create; /* the request under way */
} K8EventEntry;

/* What waits or is under way. Old style entries are linked in the order of their turns. */
typedef struct K8EventQueue
{
  K8Slots entries;
  guint32 first; /* whose turn it is; 0: new style */
  guint32 last;
} K8EventQueue;

/* A name for a new Event of an instant: "<object>.<16 hexadecimal digits>". (transfer full) */
const char *k8_event_memory_new_name (K8EventMemory *self,
                                      K8Context *context,
                                      const K8EventEntry *entry,
                                      gint64 at_ns);

/* Takes an entry when its turn comes: fills it in; FALSE if it is not to be written. */
void k8_event_correlator_init (K8EventMemory *self, K8Region *region);
gboolean k8_event_correlator_take (K8EventMemory *self, K8Context *context, K8EventEntry *entry);

static inline guint64
k8_event_memory_hash (guint64 hash, const char *text)
{
  const char *given = k8_string_or_empty (text);
  guint32 part = k8_string_hash_bytes (given, strlen (given));

  return (hash ^ part) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + (hash >> 31);
}
