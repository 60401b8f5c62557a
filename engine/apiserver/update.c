/* SPDX-License-Identifier: Apache-2.0
 *
 * Update, patch and the writing subresources: all take what stands there now, make the new
 * object from it, and write it if nobody was faster; else they start over from what stands
 * there then. A client that names a revision has its write refused instead (409).
 * A write that changes nothing is none: no revision, no event. The write that takes the last
 * finalizer of an object being deleted deletes it.
 * Source: kubernetes apiserver pkg/registry/rest (update.go), generic/registry (store.go),
 * pkg/endpoints/handlers (patch.go) (v1.36).
 */
#include "apiserver/server.h"

#include "apiserver/admission.h"
#include "apiserver/service.h"
#include "machinery/defaults.h"
#include "machinery/gvk.h"
#include "machinery/names.h"

/* How often a patch or unconditional update starts over before it gives up. */
#define MAX_ATTEMPTS 5

static const K8Status *
new_conflict (K8Context *context, const K8Call *call, const char *why)
{
  return k8_status_new_conflict (context->region, k8_call_resource (call), call->request->name,
                                 why);
}

/* A revision that is no number is a fault of the server, as upstream has it. */
const K8Status *
k8_update_bad_revision (K8Context *context, const char *text)
{
  GString *message = g_string_new ("strconv.ParseUint: parsing ");

  k8_quote_append (message, text);
  g_string_append (message, ": invalid syntax");
  const K8Status *status = k8_status_new_error (context->region, message->str);
  g_string_free (message, TRUE);
  return status;
}

/* Whether a client's conditions hold for what stands there. */
static const K8Status *
check_preconditions (K8Context *context, const K8Call *call, const void *object, const char *key)
{
  const K8ApiRequest *request = call->request;
  const char *uid = k8_object_meta_uid (k8_object_get_meta (call->before));
  const char *wanted = request->uid;
  const char *body_uid = object == NULL ? NULL : k8_object_meta_uid (k8_object_get_meta (object));

  if (wanted == NULL && body_uid != NULL && *body_uid != '\0')
    wanted = body_uid;
  if (wanted != NULL && !k8_string_equal (wanted, uid))
    {
      char *why = g_strdup_printf ("StorageError: invalid object, Code: 4, Key: %s, "
                                   "ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "
                                   "UID in precondition: %s, UID in object meta: %s",
                                   key, wanted, k8_string_or_empty (uid));
      const K8Status *status = new_conflict (context, call, why);
      g_free (why);
      return status;
    }
  if (request->revision == -1 && object != NULL)
    return k8_update_bad_revision (
        context, k8_object_meta_resource_version (k8_object_get_meta (object)));
  if (request->revision != 0 && request->revision != call->before_revision)
    return new_conflict (context, call, K8_CONFLICT_MODIFIED);
  return NULL;
}

/* Some kinds want the client outside to say which revision it changes. */
static const K8Status *
check_demand (K8Context *context, const K8Call *call)
{
  K8Path metadata = k8_path_child (NULL, "metadata");
  K8FieldErrors errors;

  if (call->http == NULL || call->request->verb != K8_VERB_UPDATE || call->request->revision != 0
      || !k8_strategy_demands_revision (call->request->kind))
    return NULL;
  k8_field_errors_init (&errors);
  k8_field_errors_invalid_int (&errors, K8_CHILD (&metadata, "resourceVersion"), 0,
                               "must be specified for an update");
  const K8Status *status = k8_status_new_invalid (context->region, k8_call_resource (call),
                                                  k8_call_name (call), &errors);
  k8_field_errors_clear (&errors);
  return status;
}

/* Whether an object is named as the path says, or not at all. (nullable): the refusal. */
const K8Status *
k8_update_check_names (K8Context *context, const K8ApiRequest *request, const void *object)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  const char *name = k8_object_meta_name (meta);
  const char *namespace_name = k8_object_meta_namespace (meta);

  if (name != NULL && *name != '\0' && !k8_string_equal (name, request->name))
    {
      char *text = g_strdup_printf ("the name of the object (%s) does not match the name on the "
                                    "URL (%s)",
                                    name, request->name);
      const K8Status *status = k8_status_new_bad_request (context->region, text);
      g_free (text);
      return status;
    }
  if (request->kind->is_namespaced && namespace_name != NULL && *namespace_name != '\0'
      && !k8_string_equal (namespace_name, request->namespace_name))
    return k8_status_new_bad_request (context->region,
                                      "the namespace of the provided object does not match the "
                                      "namespace sent on the request");
  return NULL;
}

/* Whether the metadata that is the server's stands as it was: so it does in what components
 * send, who change an object that they were given. Texts of a world are equal by address. */
static gboolean
is_kept (const K8ObjectMeta *meta, const K8ObjectMeta *before)
{
  return k8_object_meta_name (meta) == k8_object_meta_name (before)
         && k8_object_meta_namespace (meta) == k8_object_meta_namespace (before)
         && k8_object_meta_uid (meta) == k8_object_meta_uid (before)
         && k8_object_meta_creation_timestamp (meta) == k8_object_meta_creation_timestamp (before)
         && k8_object_meta_deletion_timestamp (meta) == k8_object_meta_deletion_timestamp (before)
         && k8_object_meta_has_deletion_grace_period_seconds (meta)
                == k8_object_meta_has_deletion_grace_period_seconds (before)
         && k8_object_meta_deletion_grace_period_seconds (meta)
                == k8_object_meta_deletion_grace_period_seconds (before)
         && k8_object_meta_generation (meta) == k8_object_meta_generation (before)
         && !k8_object_meta_has_resource_version (meta)
         && !k8_object_meta_has_self_link (meta) && !k8_object_meta_has_managed_fields (meta);
}

/* What is being deleted stays so; that it should begin to be is for validation to refuse. */
static void
keep_deletion (K8ObjectMetaEdit *meta, const K8ObjectMeta *before)
{
  if (k8_object_meta_has_deletion_timestamp (before))
    k8_object_meta_set_deletion_timestamp (meta, k8_object_meta_deletion_timestamp (before));
  if (k8_object_meta_has_deletion_grace_period_seconds (before))
    k8_object_meta_set_deletion_grace_period_seconds (
        meta, k8_object_meta_deletion_grace_period_seconds (before));
}

/* Metadata that is the server's: as it was. (transfer full) */
static const void *
keep_meta (K8Context *context, const void *object, const void *old)
{
  const K8ObjectMeta *before = k8_object_get_meta (old);
  K8ObjectMetaEdit meta;

  if (is_kept (k8_object_get_meta (object), before))
    return k8_record_ref (object);
  k8_object_meta_edit (&meta, context->region, k8_object_get_meta (object));
  k8_object_meta_set_name (&meta, k8_object_meta_name (before));
  k8_object_meta_set_namespace (&meta, k8_object_meta_namespace (before));
  k8_object_meta_set_uid (&meta, k8_object_meta_uid (before));
  if (k8_object_meta_has_creation_timestamp (before))
    k8_object_meta_set_creation_timestamp (&meta, k8_object_meta_creation_timestamp (before));
  keep_deletion (&meta, before);
  k8_object_meta_clear_generation (&meta);
  if (k8_object_meta_has_generation (before))
    k8_object_meta_set_generation (&meta, k8_object_meta_generation (before));
  k8_object_meta_clear_resource_version (&meta);
  k8_object_meta_clear_self_link (&meta);
  k8_object_meta_clear_managed_fields (&meta);
  return k8_object_with_meta (object, k8_object_meta_seal (&meta));
}

/* Parts of an object (taken over) that say what they said before are the very records of before:
 * defaults and validation pass over them, and versions of an object share them. (transfer full) */
static const void *
share_parts (K8Context *context, const void *object, const void *old)
{
  const K8MessageInfo *info = k8_record_info (object);
  K8Edit edit;
  gboolean has_begun = FALSE;

  for (guint i = 0; i < info->n_fields; i++)
    {
      const K8Field *field = &info->fields[i];
      if (field->type != K8_FIELD_OBJECT || !k8_record_has (object, field))
        continue;
      const K8Record *part = k8_record_get_object (object, field);
      const K8Record *before = k8_record_get_object (old, field);
      if (part == before || !k8_record_equal (part, before))
        continue;
      if (!has_begun)
        k8_edit_init (&edit, context->region, info, object);
      has_begun = TRUE;
      k8_edit_set_object (&edit, field, k8_record_ref (before));
    }
  if (!has_begun)
    return object;
  k8_record_unref (object);
  return k8_edit_seal (&edit);
}

/* What the client wants to stand there, from what stands there. NULL with a Status: refused. */
static const void *
make_wanted (K8ApiServer *self, K8Context *context, K8Call *call, const K8Status **ret_status)
{
  const K8ApiRequest *request = call->request;

  if (request->verb == K8_VERB_PATCH)
    return k8_patch_make (self, context, call, ret_status);
  if (request->verb == K8_VERB_CREATE)
    return k8_binding_make (self, context, call, ret_status);
  if (request->subresource == K8_SUBRESOURCE_SCALE)
    return k8_scale_make (context, call, request->object, ret_status);
  return k8_convert (request->object, k8_storage_kind (request->kind));
}

/* Whether an object that is being deleted has nothing left to wait for. */
static gboolean
is_finished (const void *object)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);

  if (k8_record_info (object)->id == k8_message_namespace
      && k8_namespace_spec_finalizers_n (k8_namespace_spec (object)) > 0)
    return FALSE;
  return k8_object_meta_has_deletion_timestamp (meta) && k8_object_meta_finalizers_n (meta) == 0
         && k8_object_meta_deletion_grace_period_seconds (meta) == 0;
}

static void
refuse (K8ApiServer *self, K8Context *context, K8Call *call, const K8Status *status)
{
  k8_allocator_release (self, call);
  k8_call_refuse (self, context, call, status);
}

static void
answer (K8ApiServer *self, K8Context *context, K8Call *call, gint64 revision)
{
  k8_allocator_release (self, call);
  k8_update_answer (self, context, call, call->object, revision);
}

/* Writes the new object, unless there is nothing to write. */
static void
store (K8ApiServer *self, K8Context *context, K8Call *call)
{
  if (k8_record_equal (call->object, call->before))
    answer (self, context, call, call->before_revision);
  else if (call->request->is_dry_run)
    answer (self, context, call, call->before_revision);
  else if (is_finished (call->object) && !is_finished (call->before))
    k8_storage_delete (self, context, call);
  else
    k8_storage_put (self, context, call, K8_STAGE_UPDATE);
}

/* From the wanted object (taken over) to the one to be stored; a Status if it is refused. */
static const K8Status *
prepare (K8ApiServer *self, K8Context *context, K8Call *call, const void *wanted)
{
  const void *defaulted = k8_defaults_apply (context->region, wanted, call->before);
  const void *kept = keep_meta (context, defaulted, call->before);
  const void *prepared = k8_strategy_prepare_update (context, call, kept, call->before);

  k8_record_unref (wanted);
  k8_record_unref (defaulted);
  k8_record_unref (kept);
  k8_call_set_object (call, share_parts (context, prepared, call->before));
  const K8Status *status = k8_admission_run (self, context, call, call->before);
  if (status == NULL && k8_storage_kind (call->request->kind)->id == K8_KIND_Service
      && call->request->subresource == K8_SUBRESOURCE_NONE)
    {
      const void *assigned
          = k8_service_complete (self, context, call, call->object, call->before, &status);
      if (assigned != NULL)
        k8_call_set_object (call, assigned);
    }
  return status != NULL ? status : k8_admission_validate_update (context, call);
}

/**
 * k8_update_attempt:
 * @current: (nullable): what stands under the key
 *
 * One attempt over what stands there. Ends or parks the call.
 */
void
k8_update_attempt (K8ApiServer *self, K8Context *context, K8Call *call, const void *current,
                   gint64 revision)
{
  const K8Status *status = NULL;

  k8_allocator_release (self, call);
  k8_call_set_before (call, current, revision);
  if (current == NULL)
    {
      k8_update_missing (self, context, call);
      return;
    }
  const void *sent = call->request->verb == K8_VERB_UPDATE ? call->request->object : NULL;
  k8_storage_ensure_key (self, call);
  status = check_preconditions (context, call, sent, call->key);
  if (status == NULL)
    status = check_demand (context, call);
  if (status == NULL && call->attempt > MAX_ATTEMPTS)
    status = new_conflict (context, call, K8_CONFLICT_MODIFIED);
  const void *wanted = status != NULL ? NULL : make_wanted (self, context, call, &status);
  if (status == NULL && wanted != NULL)
    status = prepare (self, context, call, wanted);
  if (status != NULL)
    refuse (self, context, call, status);
  else
    store (self, context, call);
}

/* There is nothing to update: some kinds are created then. */
void
k8_update_missing (K8ApiServer *self, K8Context *context, K8Call *call)
{
  const K8ApiRequest *request = call->request;

  if (request->verb == K8_VERB_UPDATE && request->subresource == K8_SUBRESOURCE_NONE
      && request->revision == 0 && k8_strategy_creates_on_update (request->kind))
    {
      k8_create_run (self, context, call);
      return;
    }
  k8_call_refuse (
      self, context, call,
      k8_status_new_not_found (context->region, k8_call_resource (call), k8_call_name (call)));
}

/* The answer to a write: the object, or what the subresource shows of it. */
void
k8_update_answer (K8ApiServer *self, K8Context *context, K8Call *call, const void *object,
                  gint64 revision)
{
  const K8ApiRequest *request = call->request;

  if (request->verb == K8_VERB_CREATE)
    {
      k8_call_refuse (self, context, call, k8_binding_done (context->region));
      return;
    }
  const void *shown = request->subresource == K8_SUBRESOURCE_SCALE
                          ? k8_scale_new (context->region, object)
                          : k8_convert (object, request->kind);
  k8_call_answer_object (self, context, call, 200, shown, revision);
  k8_record_unref (shown);
}

/* Begins an update, patch or binding. */
void
k8_update_run (K8ApiServer *self, K8Context *context, K8Call *call)
{
  const K8ApiRequest *request = call->request;
  if (request->verb == K8_VERB_UPDATE)
    {
      const K8Status *status = k8_update_check_names (context, request, request->object);
      if (status != NULL)
        {
          k8_call_refuse (self, context, call, status);
          return;
        }
    }
  const K8CachedObject *cached = k8_watch_cache_find (
      k8_server_cache (self, request->kind), request->namespace_name, k8_call_name (call));
  k8_call_set_key (call, cached);
  k8_update_attempt (self, context, call, cached == NULL ? NULL : cached->object,
                     cached == NULL ? 0 : cached->revision);
}
