/* SPDX-License-Identifier: Apache-2.0
 *
 * The mail classes between the kubelet and the container runtime.
 */
#include "node/runtime.h"

#include "base/assert.h"
#include "base/string.h"

static void
op_clear (K8Mail *mail)
{
  K8RuntimeOp *self = (K8RuntimeOp *) mail;

  k8_record_unref (self->pod);
  k8_string_unref (self->pod_uid);
  k8_string_unref (self->container_name);
  k8_string_unref (self->sandbox_id);
  k8_string_unref (self->container_id);
  k8_string_unref (self->image);
  k8_string_unref (self->volume_name);
  k8_record_unref (self->container);
  k8_list_unref (self->command);
  for (guint32 i = 0; i < k8_array_n (&self->files); i++)
    {
      const K8VolumeFile *file = k8_array_at (&self->files, i);
      k8_string_unref (file->path);
      k8_string_unref (file->content);
    }
  k8_array_clear (&self->files);
}

const K8MailClass k8_runtime_op_class = {
  .name = "runtime.op",
  .bytes = sizeof (K8RuntimeOp),
  .clear = op_clear,
};

/* Lets go of the texts of a listed sandbox or container. */
static void
item_clear (K8RuntimeItem *item)
{
  k8_string_unref (item->id);
  k8_string_unref (item->sandbox_id);
  k8_string_unref (item->pod_uid);
  k8_string_unref (item->pod_namespace);
  k8_string_unref (item->pod_name);
  k8_string_unref (item->container_name);
  k8_string_unref (item->image);
  k8_string_unref (item->image_id);
  k8_string_unref (item->ip);
  k8_string_unref (item->reason);
}

static void
event_clear (K8Mail *mail)
{
  K8RuntimeEvent *self = (K8RuntimeEvent *) mail;

  k8_string_unref (self->error);
  k8_string_unref (self->message);
  item_clear (&self->item);
  for (guint32 i = 0; i < k8_array_n (&self->items); i++)
    item_clear (k8_array_at (&self->items, i));
  k8_array_clear (&self->items);
}

const K8MailClass k8_runtime_event_class = {
  .name = "runtime.event",
  .bytes = sizeof (K8RuntimeEvent),
  .clear = event_clear,
};

static void
probe_watch_clear (K8Mail *mail)
{
  K8ProbeWatch *self = (K8ProbeWatch *) mail;

  k8_record_unref (self->probe);
  k8_string_unref (self->pod_uid);
  k8_string_unref (self->container_id);
  k8_string_unref (self->pod_ip);
}

const K8MailClass k8_probe_watch_class = {
  .name = "probe.watch",
  .bytes = sizeof (K8ProbeWatch),
  .clear = probe_watch_clear,
};

static void
probe_result_clear (K8Mail *mail)
{
  k8_string_unref (((K8ProbeResult *) mail)->output);
}

const K8MailClass k8_probe_result_class = {
  .name = "probe.result",
  .bytes = sizeof (K8ProbeResult),
  .clear = probe_result_clear,
};

/* Every text and record of a copy counted once more. */
K8RuntimeItem
k8_runtime_item_dup (const K8RuntimeItem *item)
{
  K8RuntimeItem copy = *item;

  k8_string_ref (copy.id);
  k8_string_ref (copy.sandbox_id);
  k8_string_ref (copy.pod_uid);
  k8_string_ref (copy.pod_namespace);
  k8_string_ref (copy.pod_name);
  k8_string_ref (copy.container_name);
  k8_string_ref (copy.image);
  k8_string_ref (copy.image_id);
  k8_string_ref (copy.ip);
  k8_string_ref (copy.reason);
  return copy;
}

void
k8_runtime_item_clear (K8RuntimeItem *item)
{
  item_clear (item);
}
