/* SPDX-License-Identifier: Apache-2.0
 *
 * Mail: made, counted and freed. What a mail holds is its class's business: the class clears it
 * when the last reference goes.
 */
#include "mail.h"

#include "base/assert.h"

void *
k8_mail_new (K8Region *region, const K8MailClass *class)
{
  K8Mail *self = k8_region_alloc0 (region, class->bytes);

  k8_assert (class->bytes >= sizeof *self);
  self->class = class;
  self->refs = 1;
  return self;
}

/* One user more; NULL is allowed. (transfer full) */
void *
k8_mail_ref (const void *mail)
{
  K8Mail *self = (K8Mail *) mail;

  if (self != NULL)
    self->refs++;
  return self;
}

/* One user less; NULL is allowed. */
void
k8_mail_unref (const void *mail)
{
  K8Mail *self = (K8Mail *) mail;

  if (self == NULL)
    return;
  k8_assert (self->refs > 0);
  if (--self->refs > 0)
    return;
  if (self->class->clear != NULL)
    self->class->clear (self);
  k8_region_free (k8_region_of (self), self, self->class->bytes);
}

static void
memo_clear (K8Mail *mail)
{
  K8Memo *self = (K8Memo *) mail;

  k8_mail_unref (self->from);
  k8_mail_unref (self->to);
}

const K8MailClass k8_memo_class = { .name = "memo", .bytes = sizeof (K8Memo),
                                    .clear = memo_clear };
