/* SPDX-License-Identifier: Apache-2.0
 *
 * Create: name and identity, strategy, admission, validation, then one transaction that holds
 * only if nothing stands under the key. A generated name that is taken is drawn again.
 * Source: kubernetes apiserver pkg/registry/rest (create.go), generic/registry (store.go) (v1.36).
 */
#include "apiserver/server.h"

#include "apiserver/admission.h"
#include "apiserver/service.h"
#include "machinery/defaults.h"
#include "machinery/gvk.h"
#include "machinery/names.h"

/* Names that are tried for a generateName before the clash is the client's. */
#define MAX_NAME_ATTEMPTS 8

static const K8Status *
check_request (K8Context *context, const K8ApiRequest *request)
{
  const K8ObjectMeta *meta = k8_object_get_meta (request->object);
  const char *namespace_name = k8_object_meta_namespace (meta);

  if (k8_object_meta_resource_version (meta) != NULL && !request->is_dry_run
      && *k8_object_meta_resource_version (meta) != '\0')
    return k8_status_new_error (context->region,
                                "resourceVersion should not be set on objects to be created");
  if (request->kind->is_namespaced && namespace_name != NULL && *namespace_name != '\0'
      && !k8_string_equal (namespace_name, request->namespace_name))
    return k8_status_new_bad_request (context->region,
                                      "the namespace of the provided object does not match the "
                                      "namespace sent on the request");
  return NULL;
}

/* Gives the object its name, identity and birth. (transfer full) */
static const void *
prepare_meta (K8ApiServer *self, K8Context *context, const K8ApiRequest *request,
              const void *object)
{
  const K8ObjectMeta *old = k8_object_get_meta (object);
  const char *prefix = k8_object_meta_generate_name (old);
  const char *name = k8_object_meta_name (old);
  char uid[K8_RANDOM_UUID_LETTERS + 1];
  K8ObjectMetaEdit meta;

  k8_object_meta_edit (&meta, context->region, old);
  k8_object_meta_set_namespace (
      &meta, request->kind->is_namespaced ? request->namespace_name : NULL);
  if ((name == NULL || *name == '\0') && prefix != NULL && *prefix != '\0')
    {
      char *generated = k8_name_generate (prefix, k8_random_next (&self->actor.random));
      k8_object_meta_set_name (&meta, generated);
      g_free (generated);
    }
  k8_random_uuid (&self->actor.random, uid);
  k8_object_meta_set_uid (&meta, uid);
  k8_object_meta_set_creation_timestamp (&meta, k8_context_wall_seconds (context));
  k8_object_meta_clear_resource_version (&meta);
  k8_object_meta_clear_deletion_timestamp (&meta);
  k8_object_meta_clear_deletion_grace_period_seconds (&meta);
  k8_object_meta_clear_self_link (&meta);
  k8_object_meta_clear_managed_fields (&meta);
  k8_object_meta_clear_generation (&meta);
  if (request->kind->keeps_generation)
    k8_object_meta_set_generation (&meta, 1);
  return k8_object_with_meta (object, k8_object_meta_seal (&meta));
}

static const K8Status *
new_clash (K8Context *context, const K8Call *call, const void *object)
{
  return k8_status_new_already_exists (context->region, k8_call_resource (call),
                                       k8_object_meta_name (k8_object_get_meta (object)));
}

/* Whether an object of this name is known to be there. */
static gboolean
is_taken (K8ApiServer *self, const K8Call *call)
{
  const K8KindInfo *kind = call->request->kind;
  const K8ObjectMeta *meta = k8_object_get_meta (call->object);
  const char *name = k8_object_meta_name (meta);

  return name != NULL
         && k8_watch_cache_find (k8_server_cache (self, kind),
                                 kind->is_namespaced ? k8_object_meta_namespace (meta) : NULL,
                                 name)
                != NULL;
}

static gboolean
is_name_generated (const K8ApiRequest *request)
{
  const K8ObjectMeta *meta = k8_object_get_meta (request->object);

  return k8_string_is (k8_string_or_empty (k8_object_meta_name (meta)), "");
}

/* Makes the object to be stored from the one that was sent. A Status if it is refused. */
static const K8Status *
prepare (K8ApiServer *self, K8Context *context, K8Call *call)
{
  const K8ApiRequest *request = call->request;
  const void *stored_form = k8_convert (request->object, k8_storage_kind (request->kind));
  const void *defaulted = k8_defaults_apply (context->region, stored_form, NULL);
  const void *named = prepare_meta (self, context, request, defaulted);
  const void *prepared = k8_strategy_prepare_create (context, call, named);
  const K8Status *status = NULL;

  k8_record_unref (stored_form);
  k8_record_unref (defaulted);
  k8_record_unref (named);
  k8_call_set_object (call, prepared);
  status = k8_admission_run (self, context, call, NULL);
  if (status == NULL && k8_storage_kind (request->kind)->id == K8_KIND_Service)
    {
      const void *assigned
          = k8_service_complete (self, context, call, call->object, NULL, &status);
      if (assigned != NULL)
        k8_call_set_object (call, assigned);
    }
  return status != NULL ? status : k8_admission_validate_create (context, call);
}

static void
refuse (K8ApiServer *self, K8Context *context, K8Call *call, const K8Status *status)
{
  k8_allocator_release (self, call);
  k8_call_refuse (self, context, call, status);
}

static void
attempt (K8ApiServer *self, K8Context *context, K8Call *call)
{
  const K8Status *status = prepare (self, context, call);

  if (status != NULL)
    refuse (self, context, call, status);
  else if (is_taken (self, call))
    k8_create_clashed (self, context, call);
  else if (call->request->is_dry_run)
    {
      k8_allocator_release (self, call);
      k8_create_stored (self, context, call, 0);
    }
  else
    k8_storage_put (self, context, call, K8_STAGE_CREATE);
}

void
k8_create_run (K8ApiServer *self, K8Context *context, K8Call *call)
{
  if (call->request->subresource == K8_SUBRESOURCE_TOKEN)
    {
      k8_token_run (self, context, call);
      return;
    }
  if (call->request->subresource == K8_SUBRESOURCE_EVICTION)
    {
      k8_delete_run (self, context, call);
      return;
    }
  if (call->request->subresource == K8_SUBRESOURCE_BINDING
      || call->request->kind->id == K8_KIND_Binding)
    {
      k8_update_run (self, context, call);
      return;
    }
  const K8Status *status = check_request (context, call->request);
  if (status != NULL)
    k8_call_refuse (self, context, call, status);
  else
    attempt (self, context, call);
}

/* The object stands in etcd (or would, in a dry run). */
void
k8_create_stored (K8ApiServer *self, K8Context *context, K8Call *call, gint64 revision)
{
  const void *shown = k8_convert (call->object, call->request->kind);
  guint code = call->request->subresource == K8_SUBRESOURCE_NONE ? 201 : 200;

  k8_call_answer_object (self, context, call, code, shown, revision);
  k8_record_unref (shown);
}

/* Something stands under the key: another name if it was ours to choose, else a refusal. */
void
k8_create_clashed (K8ApiServer *self, K8Context *context, K8Call *call)
{
  if (is_name_generated (call->request) && ++call->attempt < MAX_NAME_ATTEMPTS)
    {
      k8_allocator_release (self, call);
      k8_string_unref (call->key);
      call->key = NULL;
      attempt (self, context, call);
      return;
    }
  refuse (self, context, call, new_clash (context, call, call->object));
}
