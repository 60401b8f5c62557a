/* SPDX-License-Identifier: Apache-2.0
 *
 * The outbox, and the mail that belongs to no component: texts, start, clock. The driver
 * empties an outbox after each step and gives it back.
 */
#include "env.h"

#include "base/string.h"
#include "schema/record.h"
#include "trace.h"

static void
text_mail_clear (K8Mail *mail)
{
  k8_string_unref (((K8TextMail *) mail)->text);
}

const K8MailClass k8_text_mail_class = {
  .name = "text",
  .bytes = sizeof (K8TextMail),
  .clear = text_mail_clear,
};

/* Bytes as mail; they are copied, and wiped when freed. (transfer full) */
K8TextMail *
k8_text_mail_new (K8Region *region, const char *text, gsize length)
{
  K8TextMail *self = k8_mail_new (region, &k8_text_mail_class);

  self->text = k8_string_new_secret (region, text, length);
  return self;
}

static void
start_mail_clear (K8Mail *mail)
{
  K8StartMail *self = (K8StartMail *) mail;

  k8_string_unref (self->name);
  k8_record_unref (self->config);
  k8_string_unref (self->admin_token);
  k8_string_unref (self->signer_key_id);
  k8_string_unref (self->ca_certificate);
  k8_string_unref (self->service_cidr);
  k8_string_unref (self->pod_cidr);
  k8_string_unref (self->advertise_address);
  k8_mail_unref (self->clock);
}

const K8MailClass k8_start_mail_class = {
  .name = "start",
  .bytes = sizeof (K8StartMail),
  .clear = start_mail_clear,
};

static void
clock_mail_clear (K8Mail *mail)
{
  k8_array_clear (&((K8ClockMail *) mail)->steps);
}

const K8MailClass k8_clock_mail_class = {
  .name = "clock",
  .bytes = sizeof (K8ClockMail),
  .clear = clock_mail_clear,
};

/* Without steps yet. (transfer full) */
K8ClockMail *
k8_clock_mail_new (K8Region *region)
{
  K8ClockMail *self = k8_mail_new (region, &k8_clock_mail_class);

  k8_array_init (&self->steps, region, sizeof (K8ClockStep));
  return self;
}

const K8StartMail *
k8_start_mail_with_clock (const K8StartMail *self, const K8ClockMail *clock)
{
  K8StartMail *copy = k8_mail_new (k8_region_of (self), &k8_start_mail_class);
  K8Mail head = copy->mail;

  *copy = *self;
  copy->mail = head;
  k8_string_ref (copy->name);
  k8_record_ref (copy->config);
  k8_string_ref (copy->admin_token);
  k8_string_ref (copy->signer_key_id);
  k8_string_ref (copy->ca_certificate);
  k8_string_ref (copy->service_cidr);
  k8_string_ref (copy->pod_cidr);
  k8_string_ref (copy->advertise_address);
  copy->clock = k8_mail_ref (clock);
  return copy;
}

/* An empty outbox in a region. */
void
k8_outbox_init (K8Outbox *self, K8Region *region)
{
  k8_array_init (&self->effects, region, sizeof (K8Effect));
  k8_array_init (&self->trace, region, sizeof (K8TraceRecord));
}

static void
release_record (K8Region *region, const K8TraceRecord *record)
{
  const K8TraceInfo *info = &k8_trace_infos[record->type];

  for (guint i = 0; i < record->n_values; i++)
    if (info->fields[i].type == K8_TRACE_FIELD_TEXT)
      k8_string_unref (k8_string_at (region, (K8Handle) record->value[i]));
}

/* Empties the outbox for the next step: lets go of its mail and texts. */
void
k8_outbox_reset (K8Outbox *self)
{
  for (guint32 i = 0; i < k8_array_n (&self->effects); i++)
    k8_mail_unref (((const K8Effect *) k8_array_at (&self->effects, i))->mail);
  for (guint32 i = 0; i < k8_array_n (&self->trace); i++)
    release_record (self->trace.region, k8_array_at (&self->trace, i));
  k8_array_set_size (&self->effects, 0);
  k8_array_set_size (&self->trace, 0);
}

void
k8_outbox_clear (K8Outbox *self)
{
  k8_outbox_reset (self);
  k8_array_clear (&self->effects);
  k8_array_clear (&self->trace);
}
