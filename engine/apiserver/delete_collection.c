/* SPDX-License-Identifier: Apache-2.0
 *
 * Delete of a collection: what a list finds is deleted one by one, each as a deletion of its own
 * would; the answer is the list. What has gone meanwhile is no error.
 * Source: kubernetes apiserver generic/registry (store.go), DeleteCollection (v1.36).
 * Departures: all deletions are sent at once, not by one worker.
 */
#include "apiserver/server.h"

#include "machinery/gvk.h"

/* The deletion of one item, asked as the collection was. (transfer full) */
static K8ApiRequest *
new_child_request (K8ApiServer *self, const K8ApiRequest *parent, const void *object)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  K8ApiRequest *request = k8_mail_new (self->region, &k8_api_request_class);

  request->verb = K8_VERB_DELETE;
  request->kind = parent->kind;
  request->user = k8_string_ref (parent->user);
  request->name = k8_string_ref (k8_object_meta_name (meta));
  if (parent->kind->is_namespaced)
    request->namespace_name = k8_string_ref (k8_object_meta_namespace (meta));
  request->uid = k8_string_ref (k8_object_meta_uid (meta));
  request->grace_seconds = parent->grace_seconds;
  request->propagation = parent->propagation;
  request->is_dry_run = parent->is_dry_run;
  return request;
}

void
k8_delete_collection_run (K8ApiServer *self, K8Context *context, K8Call *call)
{
  const K8Status *status = NULL;
  K8ApiResponse *found = k8_list_collect (self, call->request, &status);

  if (found == NULL)
    {
      k8_call_refuse (self, context, call, status);
      return;
    }
  guint32 n = k8_array_n (&found->items);
  const K8ApiRequest *request = k8_mail_ref (call->request);
  call->collected = found;
  call->n_children = n + 1;
  guint64 tag = k8_call_park (self, context, call, K8_STAGE_CHILDREN);
  for (guint32 i = 0; i < n; i++)
    {
      const K8ApiItem *item = k8_array_at (&found->items, i);
      K8Call child = { .request = new_child_request (self, request, item->object),
                       .parent_tag = tag,
                       .deadline_ns = context->now_ns + K8_API_WRITE_TIMEOUT_NS };
      k8_delete_run (self, context, &child);
    }
  k8_mail_unref (request);
  k8_delete_collection_child_done (self, context, tag);
}

/* One of a collection has been deleted, or could not be; after the last one comes the answer. */
void
k8_delete_collection_child_done (K8ApiServer *self, K8Context *context, guint64 parent_tag)
{
  guint32 slot = k8_index_find (&self->pending_by_tag, parent_tag);
  K8Call call;

  if (slot == 0)
    return; /* its time was up */
  K8Call *parked = k8_slots_edit (&self->pending, slot);
  if (--parked->n_children > 0 || !k8_call_take (self, parent_tag, &call))
    return;
  k8_call_answer (self, context, &call, k8_mail_ref (call.collected));
}
