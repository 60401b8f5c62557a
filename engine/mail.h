/* SPDX-License-Identifier: Apache-2.0
 *
 * Mail: what actors send each other, and what the driver and the engine hand over. One sealed
 * block in the region with a class and a reference count: once sent it is never modified, so it
 * may lie in queues, be delayed, be shared by a thousand receivers and by clones.
 * A class lives next to the component that owns the message (etcd/etcd.h, apiserver/apiserver.h).
 */
#pragma once

#include <glib.h>

#include "base/region.h"

typedef struct K8Mail K8Mail;

typedef struct
{
  const char *name;              /* as the trace shows it: "etcd.txn" */
  gsize bytes;                   /* of the whole struct, which begins with a K8Mail */
  void (*clear) (K8Mail *self);  /* lets go of what it holds; may be NULL */
  /* What the trace says of it: texts that it holds already, or constants; may be NULL. */
  void (*describe) (const K8Mail *self, const char **ret_verb, const char **ret_subject);
} K8MailClass;

struct K8Mail
{
  const K8MailClass *class;
  guint32 refs;
};

/* What the receivers of one message share of what they make of it: who was `from` before becomes
 * `to`, which the first of them worked out. It can be told from nothing but time and memory, for
 * both are sealed and `to` follows from `from` and the message alone. */
typedef struct
{
  K8Mail mail;
  const K8Mail *from; /* counted; NULL: nothing */
  const K8Mail *to;   /* counted; NULL: nobody has worked it out */
} K8Memo;
extern const K8MailClass k8_memo_class;

/* New mail of a class, zeroed. (transfer full) */
void *k8_mail_new (K8Region *region, const K8MailClass *class);
void *k8_mail_ref (const void *mail);
void k8_mail_unref (const void *mail);

/* Whether mail, possibly NULL, is of a class. */
static inline gboolean
k8_mail_is (const void *mail, const K8MailClass *class)
{
  return mail != NULL && ((const K8Mail *) mail)->class == class;
}
