/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls: requests on their way. Parked under a tag while etcd or the signer work, taken back by
 * it, answered once. A call that waits too long is answered with a Timeout; what etcd answers
 * afterwards finds no call and is dropped.
 * Source: kubernetes apiserver pkg/server/filters (timeout.go) (v1.36).
 */
#include "apiserver/server.h"

#include "base/assert.h"
#include "machinery/gvk.h"

static void
ref_call (K8Region *region, void *element)
{
  K8Call *self = element;

  k8_mail_ref (self->request);
  k8_mail_ref (self->http);
  k8_record_ref (self->object);
  k8_record_ref (self->before);
  k8_string_ref (self->key);
  k8_string_ref (self->warnings);
  k8_string_ref (self->reserved_ports);
  k8_mail_ref (self->inquiry);
  k8_mail_ref (self->collected);
}

static void
unref_call (K8Region *region, void *element)
{
  k8_call_clear (element);
}

const K8ElementClass k8_call_class = { .ref = ref_call, .unref = unref_call };

/* Lets go of what a call holds. */
void
k8_call_clear (K8Call *self)
{
  k8_mail_unref (self->request);
  k8_mail_unref (self->http);
  k8_record_unref (self->object);
  k8_record_unref (self->before);
  k8_string_unref (self->key);
  k8_string_unref (self->warnings);
  k8_string_unref (self->reserved_ports);
  k8_mail_unref (self->inquiry);
  k8_mail_unref (self->collected);
  *self = (K8Call){ .stage = K8_STAGE_NONE };
}

static gboolean
has_line (const char *lines, const char *line)
{
  gsize length = strlen (line);

  for (const char *at = strstr (lines, line); at != NULL; at = strstr (at + 1, line))
    if ((at == lines || at[-1] == '\n') && (at[length] == '\0' || at[length] == '\n'))
      return TRUE;
  return FALSE;
}

/* Adds texts for the client outside; each is told once. */
void
k8_call_add_warnings (K8Context *context, K8Call *self, const GPtrArray *texts)
{
  GString *lines = g_string_new (self->warnings);

  for (guint i = 0; i < texts->len; i++)
    if (!has_line (lines->str, texts->pdata[i]))
      g_string_append_printf (lines, "%s%s", lines->len == 0 ? "" : "\n",
                              (const char *) texts->pdata[i]);
  if (texts->len > 0)
    {
      k8_string_unref (self->warnings);
      self->warnings = k8_string_intern (context->region, lines->str);
    }
  g_string_free (lines, TRUE);
}

/* What is to be written; taken over. */
void
k8_call_set_object (K8Call *self, const void *object)
{
  k8_record_unref (self->object);
  self->object = object;
}

/* What is there now; borrowed. */
void
k8_call_set_before (K8Call *self, const void *object, gint64 revision)
{
  const void *old = self->before;

  self->before = k8_record_ref (object);
  self->before_revision = revision;
  k8_record_unref (old);
}

/* The key of an object that was found; NULL is no object. */
void
k8_call_set_key (K8Call *self, const K8CachedObject *object)
{
  if (object == NULL || self->key != NULL)
    return;
  self->key = k8_string_ref (object->key);
}

K8GroupResource
k8_call_resource (const K8Call *self)
{
  const K8KindInfo *kind = self->request->kind;

  return k8_kind_resource (kind->id == K8_KIND_Binding ? &k8_kinds[K8_KIND_Pod] : kind);
}

/* The name of the object that a call is about: a Binding may name its pod itself. */
const char *
k8_call_name (const K8Call *self)
{
  const K8ApiRequest *request = self->request;

  if (request->name != NULL || request->object == NULL)
    return k8_string_or_empty (request->name);
  return k8_string_or_empty (k8_object_meta_name (k8_object_get_meta (request->object)));
}

static void
arm_timer (K8ApiServer *self, K8Context *context, gint64 deadline_ns)
{
  if (self->pending_timer == 0 && deadline_ns != G_MAXINT64)
    self->pending_timer = k8_context_set_timer (
        context, MAX (deadline_ns - context->now_ns, 0), K8_API_TIMER_PENDING);
}

/**
 * k8_call_park:
 * @call: moved into the table of pending calls
 *
 * Returns: the tag by which k8_call_take() finds it.
 */
guint64
k8_call_park (K8ApiServer *self, K8Context *context, K8Call *call, K8CallStage stage)
{
  guint64 tag = ++self->next_tag;
  guint32 slot = k8_slots_add (&self->pending);

  call->stage = (guint8) stage;
  call->parked_tag = tag;
  *(K8Call *) k8_slots_edit (&self->pending, slot) = *call;
  k8_index_put (&self->pending_by_tag, tag, slot);
  arm_timer (self, context, call->deadline_ns);
  *call = (K8Call){ .stage = K8_STAGE_NONE };
  return tag;
}

/* Moves a pending call back; FALSE if it is not there any more. */
gboolean
k8_call_take (K8ApiServer *self, guint64 tag, K8Call *ret_call)
{
  guint32 slot = k8_index_remove (&self->pending_by_tag, tag);

  if (slot == 0)
    return FALSE;
  K8Call *call = k8_slots_edit (&self->pending, slot);
  *ret_call = *call;
  *call = (K8Call){ .stage = K8_STAGE_NONE };
  k8_slots_remove (&self->pending, slot);
  return TRUE;
}

static void
trace_response (K8Context *context, const K8Call *call, const K8ApiResponse *response)
{
  const K8ApiRequest *request = call->request;

  k8_trace (context, API_RESPONSE,
            { K8_NUMBER (response->code), K8_TEXT (k8_verb_name (request->verb)),
              K8_TEXT (request->kind->plural), K8_TEXT (request->namespace_name),
              K8_TEXT (request->name), K8_TEXT (k8_status_reason (response->status)) });
}

/* Ends a call with an answer (taken over). */
void
k8_call_answer (K8ApiServer *self, K8Context *context, K8Call *call, K8ApiResponse *response)
{
  gint64 delay_ns = call->has_worked ? 0 : self->actor.start->durations.api_request_ns;

  trace_response (context, call, response);
  if (call->is_write_outside)
    self->n_writes_outside--;
  if (call->is_read_outside)
    self->n_reads_outside--;
  if (call->parent_tag != 0)
    {
      guint64 parent_tag = call->parent_tag;
      k8_call_clear (call);
      k8_delete_collection_child_done (self, context, parent_tag);
      k8_mail_unref (response);
      return;
    }
  if (call->from != 0)
    k8_context_send_after (context, call->from, call->tag, k8_mail_ref (response), delay_ns);
  else if (!call->is_internal)
    k8_http_answer (self, context, call, response);
  k8_mail_unref (response);
  k8_call_clear (call);
}

static K8ApiResponse *
new_response (K8Context *context, guint code)
{
  K8ApiResponse *response = k8_mail_new (context->region, &k8_api_response_class);

  response->code = code;
  response->remaining = -1;
  k8_array_init (&response->items, context->region, sizeof (K8ApiItem));
  return response;
}

/* Ends a call with an object, which is borrowed. */
void
k8_call_answer_object (K8ApiServer *self, K8Context *context, K8Call *call, guint code,
                       const void *object, gint64 revision)
{
  K8ApiResponse *response = new_response (context, code);

  response->object = k8_record_ref (object);
  response->revision = revision;
  k8_call_answer (self, context, call, response);
}

/* Ends a call with a Status (taken over), which says whether it worked. */
void
k8_call_refuse (K8ApiServer *self, K8Context *context, K8Call *call, const K8Status *status)
{
  gint32 code = k8_status_code (status);
  K8ApiResponse *response = new_response (context, code == 0 ? 200 : (guint) code);

  response->status = status;
  k8_call_answer (self, context, call, response);
}

static const K8Status *
new_timeout (K8Context *context)
{
  return k8_status_new_timeout (
      context->region,
      "request did not complete within requested timeout - context deadline exceeded", 0);
}

/* Answers a call that lies in the table of pending ones. */
static void
refuse_pending (K8ApiServer *self, K8Context *context, guint32 slot, const K8Status *status)
{
  K8Call *parked = k8_slots_edit (&self->pending, slot);
  K8Call call = *parked;

  k8_index_remove (&self->pending_by_tag, call.parked_tag);
  *parked = (K8Call){ .stage = K8_STAGE_NONE };
  k8_slots_remove (&self->pending, slot);
  k8_call_refuse (self, context, &call, status);
}

static void
expire_waiting (K8ApiServer *self, K8Context *context)
{
  K8Call call;

  while (k8_fifo_n (&self->waiting) > 0
         && ((const K8Call *) k8_fifo_peek (&self->waiting))->deadline_ns <= context->now_ns)
    {
      k8_fifo_pop (&self->waiting, &call);
      k8_call_refuse (self, context, &call, new_timeout (context));
    }
}

/* The timer of pending calls: answers those whose time is up, and waits for the next one. */
void
k8_call_expire (K8ApiServer *self, K8Context *context)
{
  gint64 next_ns = G_MAXINT64;

  self->pending_timer = 0;
  expire_waiting (self, context);
  for (guint32 slot = k8_slots_next (&self->pending, 0); slot != 0;
       slot = k8_slots_next (&self->pending, slot))
    {
      const K8Call *call = k8_slots_get (&self->pending, slot);
      if (call->deadline_ns <= context->now_ns && call->stage != K8_STAGE_NONE)
        refuse_pending (self, context, slot, new_timeout (context));
      else if (call->stage != K8_STAGE_NONE)
        next_ns = MIN (next_ns, call->deadline_ns);
    }
  if (k8_fifo_n (&self->waiting) > 0)
    next_ns = MIN (next_ns, ((const K8Call *) k8_fifo_peek (&self->waiting))->deadline_ns);
  if (next_ns != G_MAXINT64)
    arm_timer (self, context, next_ns);
}

/* A client has gone: its calls run on, but nobody is told how they end. */
void
k8_call_drop_client (K8ApiServer *self, K8Context *context, K8ActorId client)
{
  for (guint32 slot = k8_slots_next (&self->pending, 0); slot != 0;
       slot = k8_slots_next (&self->pending, slot))
    {
      const K8Call *call = k8_slots_get (&self->pending, slot);
      if (call->from != client || call->from == 0)
        continue;
      K8Call *edited = k8_slots_edit (&self->pending, slot);
      edited->from = 0;
      edited->is_internal = TRUE;
    }
  for (guint32 i = 0; i < k8_fifo_n (&self->waiting); i++)
    if (((const K8Call *) k8_fifo_at (&self->waiting, i))->from == client)
      {
        K8Call *edited = k8_fifo_edit (&self->waiting, i);
        edited->from = 0;
        edited->is_internal = TRUE;
      }
}

/* etcd has gone: what it was asked for may have happened or not. */
void
k8_call_fail_all (K8ApiServer *self, K8Context *context)
{
  for (guint32 slot = k8_slots_next (&self->pending, 0); slot != 0;
       slot = k8_slots_next (&self->pending, slot))
    {
      guint8 stage = ((const K8Call *) k8_slots_get (&self->pending, slot))->stage;
      if (stage == K8_STAGE_NONE || stage == K8_STAGE_SIGN || stage == K8_STAGE_AUTHENTICATE
          || stage == K8_STAGE_CHILDREN)
        continue;
      refuse_pending (self, context, slot,
                      k8_status_new_error (context->region, "etcdserver: request timed out"));
    }
}
