/* SPDX-License-Identifier: Apache-2.0
 *
 * Delete. A pod that runs is marked and given its grace; the kubelet deletes it with grace 0
 * when it has ended. What has finalizers is marked and stays until they are gone. The rest goes
 * at once. Propagation becomes a finalizer, which the garbage collector acts on.
 *
 *   there → marked (deletionTimestamp, grace) → gone
 *         attempt: mark or remove              k8_delete_marked: grace 0 and no finalizers
 *
 * Source: kubernetes apiserver pkg/registry/rest (delete.go), generic/registry (store.go) (v1.36).
 */
#include "apiserver/server.h"

#include "apiserver/admission.h"
#include "machinery/gvk.h"
#include "machinery/owner.h"

#define FINALIZER_ORPHAN "orphan"
#define FINALIZER_FOREGROUND "foregroundDeletion"

/* What a deletion of an object comes to. */
typedef struct
{
  gboolean is_graceful; /* the kind has a grace, and the object is marked with it */
  gboolean is_pending;  /* it was marked before, and nothing is to be shortened */
  gint64 grace_seconds;
  gint64 timestamp;     /* when it ends */
} Verdict;

/* The grace of a pod: as asked, else as it says; none before it runs and after it has ended. */
static gint64
choose_grace (const K8ApiRequest *request, const K8Pod *pod)
{
  const K8PodSpec *spec = k8_pod_spec (pod);
  const char *phase = k8_pod_status_phase (k8_pod_status (pod));
  gint64 grace = request->grace_seconds;

  if (grace == -1)
    grace = k8_pod_spec_termination_grace_period_seconds (spec);
  if (k8_string_is (k8_string_or_empty (k8_pod_spec_node_name (spec)), "")
      || k8_string_is (phase, "Failed") || k8_string_is (phase, "Succeeded"))
    return 0;
  return grace < 0 ? 1 : grace;
}

/* What becomes of an object that is being deleted already: its grace may only shrink. */
static void
judge_again (const K8ApiRequest *request, const K8ObjectMeta *meta, Verdict *verdict)
{
  gint64 old_grace = k8_object_meta_deletion_grace_period_seconds (meta);
  gint64 old_end = k8_object_meta_deletion_timestamp (meta);

  if (!k8_object_meta_has_deletion_grace_period_seconds (meta))
    return;
  if (request->grace_seconds == -1 || MAX (request->grace_seconds, -1) >= old_grace)
    {
      verdict->is_pending = TRUE;
      return;
    }
  verdict->is_graceful = TRUE;
  verdict->grace_seconds = request->grace_seconds < 0 ? 1 : request->grace_seconds;
  verdict->timestamp = old_end - old_grace + verdict->grace_seconds;
}

static Verdict
judge (const K8Context *context, const K8ApiRequest *request, const void *object)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  Verdict verdict = { .is_graceful = FALSE };

  if (!k8_strategy_is_graceful (k8_storage_kind (request->kind)))
    return verdict;
  if (k8_object_meta_has_deletion_timestamp (meta))
    {
      judge_again (request, meta, &verdict);
      return verdict;
    }
  verdict.is_graceful = TRUE;
  verdict.grace_seconds = choose_grace (request, object);
  verdict.timestamp = k8_context_wall_seconds (context) + verdict.grace_seconds;
  return verdict;
}

/* Puts or takes a finalizer; TRUE if that changed anything. */
static gboolean
want_finalizer (K8ObjectMetaEdit *meta, const K8ObjectMeta *old, const char *name, gboolean wanted)
{
  if (k8_finalizer_has (old, name) == wanted)
    return FALSE;
  if (wanted)
    k8_object_meta_add_finalizers (meta, name);
  else
    k8_finalizer_remove (meta, name);
  return TRUE;
}

/* Turns the propagation that was asked for into finalizers. What was not asked stays. */
static gboolean
set_propagation (K8ObjectMetaEdit *meta, const K8ObjectMeta *old, K8Propagation propagation)
{
  if (propagation == K8_PROPAGATION_DEFAULT)
    return FALSE;
  gboolean is_changed = want_finalizer (meta, old, FINALIZER_ORPHAN,
                                        propagation == K8_PROPAGATION_ORPHAN);
  return want_finalizer (meta, old, FINALIZER_FOREGROUND,
                         propagation == K8_PROPAGATION_FOREGROUND)
         || is_changed;
}

static void
bump_generation (K8ObjectMetaEdit *meta, const K8ObjectMeta *old)
{
  if (k8_object_meta_generation (old) > 0)
    k8_object_meta_set_generation (meta, k8_object_meta_generation (old) + 1);
}

/* Marks an object that has no grace but finalizers. */
static void
mark_now (K8Context *context, K8ObjectMetaEdit *meta, const K8ObjectMeta *old)
{
  gint64 now = k8_context_wall_seconds (context);

  if (!k8_object_meta_has_deletion_timestamp (old))
    bump_generation (meta, old);
  if (!k8_object_meta_has_deletion_timestamp (old)
      || k8_object_meta_deletion_timestamp (old) > now)
    k8_object_meta_set_deletion_timestamp (meta, now);
  k8_object_meta_set_deletion_grace_period_seconds (meta, 0);
}

static gboolean
has_finalizers (const void *object)
{
  return k8_object_meta_finalizers_n (k8_object_get_meta (object)) > 0;
}

/* The object as it stands once the deletion is asked for; the same if nothing is to be marked.
 * (transfer full) */
static const void *
make_marked (K8Context *context, const K8ApiRequest *request, const void *object,
             const Verdict *verdict)
{
  const K8ObjectMeta *old = k8_object_get_meta (object);
  K8ObjectMetaEdit meta;

  k8_object_meta_edit (&meta, context->region, old);
  gboolean is_changed = set_propagation (&meta, old, request->propagation);
  const K8ObjectMeta *propagated = k8_object_meta_seal (&meta);
  gboolean must_wait = k8_object_meta_finalizers_n (propagated) > 0;

  k8_object_meta_edit (&meta, context->region, propagated);
  if (verdict->is_graceful)
    {
      if (!k8_object_meta_has_deletion_timestamp (old))
        bump_generation (&meta, old);
      k8_object_meta_set_deletion_timestamp (&meta, verdict->timestamp);
      k8_object_meta_set_deletion_grace_period_seconds (&meta, verdict->grace_seconds);
    }
  else if (must_wait)
    mark_now (context, &meta, old);
  k8_record_unref (propagated);
  const K8ObjectMeta *sealed = k8_object_meta_seal (&meta);
  if (!is_changed && !verdict->is_graceful && !must_wait)
    {
      k8_record_unref (sealed);
      return k8_record_ref (object);
    }
  return k8_object_with_meta (object, sealed);
}

static const K8Status *
check_preconditions (K8Context *context, const K8Call *call, const void *object, gint64 revision)
{
  const K8ApiRequest *request = call->request;
  const char *uid = k8_object_meta_uid (k8_object_get_meta (object));
  char *why = NULL;

  if (request->uid != NULL && *request->uid != '\0' && !k8_string_equal (request->uid, uid))
    why = g_strdup_printf ("the UID in the precondition (%s) does not match the UID in record "
                           "(%s). The object might have been deleted and then recreated",
                           request->uid, k8_string_or_empty (uid));
  else if (request->revision != 0 && request->revision != revision)
    why = g_strdup_printf ("the ResourceVersion in the precondition (%" G_GINT64_FORMAT
                           ") does not match the ResourceVersion in record (%" G_GINT64_FORMAT
                           "). The object might have been modified",
                           request->revision, revision);
  if (why == NULL)
    return NULL;
  const K8Status *status = k8_status_new_conflict (
      context->region, k8_kind_group_kind (request->kind), k8_call_name (call), why);
  g_free (why);
  return status;
}

/* The answer when the object is still there. */
static void
answer_object (K8ApiServer *self, K8Context *context, K8Call *call, const void *object,
               gint64 revision)
{
  const void *shown = k8_convert (object, call->request->kind);

  k8_call_answer_object (self, context, call, 200, shown, revision);
  k8_record_unref (shown);
}

static gboolean
is_namespace (const K8Call *call)
{
  return call->request->kind->id == K8_KIND_Namespace;
}

/* Whether a namespace still holds its finalizer, which lies in its spec. */
static gboolean
must_empty (const K8Call *call, const void *object)
{
  return is_namespace (call)
         && k8_namespace_spec_finalizers_n (k8_namespace_spec (object)) > 0;
}

/* A namespace that is being deleted: marked, phase Terminating. (transfer full) */
static const void *
make_terminating (K8Context *context, const void *object)
{
  const K8ObjectMeta *old = k8_object_get_meta (object);
  K8NamespaceStatusEdit status;
  K8ObjectMetaEdit meta;
  K8NamespaceEdit edit;

  k8_object_meta_edit (&meta, context->region, old);
  if (!k8_object_meta_has_deletion_timestamp (old))
    k8_object_meta_set_deletion_timestamp (&meta, k8_context_wall_seconds (context));
  k8_namespace_status_edit (&status, context->region, k8_namespace_status (object));
  k8_namespace_status_set_phase (&status, "Terminating");
  k8_namespace_edit (&edit, context->region, object);
  k8_namespace_set_metadata (&edit, k8_object_meta_seal (&meta));
  k8_namespace_set_status (&edit, k8_namespace_status_seal (&status));
  return k8_namespace_seal (&edit);
}

/* Marks the object; goes on in k8_delete_marked(). */
static void
mark (K8ApiServer *self, K8Context *context, K8Call *call, const void *marked)
{
  k8_call_set_object (call, marked);
  if (k8_record_equal (marked, call->before))
    answer_object (self, context, call, call->before, call->before_revision);
  else if (call->request->is_dry_run)
    answer_object (self, context, call, marked, call->before_revision);
  else
    k8_storage_put (self, context, call, K8_STAGE_DELETE_MARK);
}

/* The object goes now. */
static void
remove_now (K8ApiServer *self, K8Context *context, K8Call *call)
{
  if (call->request->is_dry_run)
    k8_delete_done (self, context, call, call->before_revision);
  else
    k8_storage_delete (self, context, call);
}

static void
decide (K8ApiServer *self, K8Context *context, K8Call *call)
{
  const void *current = call->before;
  Verdict verdict = judge (context, call->request, current);

  if (must_empty (call, current))
    {
      mark (self, context, call, make_terminating (context, current));
      return;
    }
  if (verdict.is_pending)
    {
      answer_object (self, context, call, current, call->before_revision);
      return;
    }
  const void *marked = make_marked (context, call->request, current, &verdict);
  if (verdict.is_graceful || has_finalizers (marked))
    {
      mark (self, context, call, marked);
      return;
    }
  k8_record_unref (marked);
  remove_now (self, context, call);
}

/* One attempt at what stands under the key. Ends or parks the call. */
void
k8_delete_attempt (K8ApiServer *self, K8Context *context, K8Call *call, const void *current,
                   gint64 revision)
{
  const K8Status *status = NULL;

  k8_call_set_before (call, current, revision);
  if (current == NULL)
    status = k8_status_new_not_found (context->region, k8_call_resource (call),
                                      k8_call_name (call));
  else
    status = check_preconditions (context, call, current, revision);
  if (status == NULL)
    status = k8_admission_run_delete (self, context, call);
  if (status != NULL)
    k8_call_refuse (self, context, call, status);
  else
    decide (self, context, call);
}

void
k8_delete_run (K8ApiServer *self, K8Context *context, K8Call *call)
{
  const K8CachedObject *cached
      = k8_watch_cache_find (k8_server_cache (self, call->request->kind),
                             call->request->namespace_name, k8_call_name (call));

  k8_call_set_key (call, cached);
  k8_delete_attempt (self, context, call, cached == NULL ? NULL : cached->object,
                     cached == NULL ? 0 : cached->revision);
}

/* The mark is stored: what has neither grace nor finalizers goes on to be removed. */
void
k8_delete_marked (K8ApiServer *self, K8Context *context, K8Call *call, gint64 revision)
{
  const void *marked = k8_record_ref (call->object);
  const K8ObjectMeta *meta = k8_object_get_meta (marked);

  k8_call_set_before (call, marked, revision);
  if (has_finalizers (marked) || must_empty (call, marked)
      || k8_object_meta_deletion_grace_period_seconds (meta) > 0)
    answer_object (self, context, call, marked, revision);
  else
    k8_storage_delete (self, context, call);
  k8_record_unref (marked);
}

/* The object has gone. An update that took its last finalizer answers with the object. */
void
k8_delete_done (K8ApiServer *self, K8Context *context, K8Call *call, gint64 revision)
{
  const K8ApiRequest *request = call->request;
  const K8ObjectMeta *meta = k8_object_get_meta (call->before);

  if (request->verb == K8_VERB_UPDATE || request->verb == K8_VERB_PATCH)
    k8_update_answer (self, context, call, call->object, revision);
  else if (k8_strategy_answers_deleted (k8_storage_kind (request->kind)))
    answer_object (self, context, call, call->before, revision);
  else
    k8_call_refuse (self, context, call,
                    k8_status_new_success (context->region, k8_call_resource (call),
                                           k8_object_meta_name (meta),
                                           k8_object_meta_uid (meta)));
}
