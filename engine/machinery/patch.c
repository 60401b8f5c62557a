/* SPDX-License-Identifier: Apache-2.0
 *
 * Patches from request to record: the object as JSON, the patch on its tree, the result decoded
 * again. Refusals are upstream's, by the type of the patch:
 *   body no JSON, or of the wrong type   400
 *   an operation that does not apply     422, one fixed text
 *   too many operations                  413
 *   a result that cannot be decoded      422, field "patch", quoting the result (JSON and merge
 *                                        patch) or the patch (strategic)
 * Source: apiserver pkg/endpoints/handlers/patch.go (v1.36).
 */
#include "machinery/patch.h"

#include <string.h>

#include "base/assert.h"
#include "codec/json.h"
#include "machinery/field_errors.h"
#include "machinery/gvk.h"
#include "machinery/status.h"

typedef struct
{
  K8Region *region;
  const K8PatchRequest *request;
  K8PatchResult *result;
  K8JsonPool *pool;
  K8Json *patch;
  K8Json *target;
} Patching;

static gboolean
is_media_type (const char *header, const char *type)
{
  gsize length = strlen (type);

  return strncmp (header, type, length) == 0
         && (header[length] == '\0' || header[length] == ';' || header[length] == ' ');
}

K8PatchType
k8_patch_type_of_content_type (const char *content_type)
{
  if (content_type == NULL)
    return K8_PATCH_TYPE_NONE;
  if (is_media_type (content_type, "application/json-patch+json"))
    return K8_PATCH_TYPE_JSON;
  if (is_media_type (content_type, "application/merge-patch+json"))
    return K8_PATCH_TYPE_MERGE;
  if (is_media_type (content_type, "application/strategic-merge-patch+json"))
    return K8_PATCH_TYPE_STRATEGIC;
  if (is_media_type (content_type, "application/apply-patch+yaml"))
    return K8_PATCH_TYPE_APPLY;
  return K8_PATCH_TYPE_NONE;
}

static gboolean
refuse (Patching *self, const K8Status *status)
{
  self->result->status = status;
  return FALSE;
}

/* 400 with what upstream's decoder says of the body. */
static gboolean
refuse_body (Patching *self, const char *message)
{
  gboolean is_strategic = self->request->type == K8_PATCH_TYPE_STRATEGIC;
  g_autofree char *text = g_strconcat (is_strategic ? "" : "error decoding patch: ", message, NULL);

  return refuse (self, k8_status_new_bad_request (self->region, text));
}

/* `json: cannot unmarshal array into Go value of type …` */
static gboolean
refuse_type (Patching *self, const K8Json *value, const char *wanted)
{
  g_autofree char *text = g_strconcat ("json: cannot unmarshal ", k8_json_type_name (value->type),
                                       " into ", wanted, NULL);

  return refuse_body (self, text);
}

/* What a refusal quotes. A strategic merge changes the patch while it applies it, so the body is
 * read again: few are refused, and all others need no text of it. */
static const char *
ensure_value (const K8PatchRequest *request, K8PatchResult *result)
{
  if (result->value != NULL)
    return result->value;
  g_autoptr (K8JsonPool) pool = k8_json_pool_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  K8JsonError error;
  const K8Json *patch = k8_json_parse (pool, request->body, request->body_bytes, &error);

  k8_assert (patch != NULL);
  k8_json_append_go (text, patch);
  result->value = g_strndup (text->str, text->len);
  return result->value;
}

/* The 422 that quotes what was patched. (transfer full) */
static const K8Status *
new_invalid_status (K8Region *region, const K8PatchRequest *request, K8PatchResult *result,
                    const char *message)
{
  const char *value = ensure_value (request, result);
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  k8_field_errors_invalid (&errors, K8_CHILD (NULL, "patch"), value, "%s", message);
  const K8Status *status
      = k8_status_new_invalid (region, (K8GroupResource){ "", "" }, "", &errors);
  k8_field_errors_clear (&errors);
  return status;
}

static void
add_problem (K8PatchResult *result, const char *prefix, const char *problem)
{
  if (result->problems == NULL)
    result->problems = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (result->problems, g_strconcat (prefix, problem, NULL));
}

/* Members of an operation: op, from and path are texts; others are noted. */
static gboolean
check_operation (Patching *self, const K8Json *operation, guint index)
{
  for (guint i = 0; i < operation->n; i++)
    {
      const K8Json *value = operation->items[i];
      const char *key = operation->keys[i].text;
      gboolean is_text = strcmp (key, "op") == 0 || strcmp (key, "from") == 0
                         || strcmp (key, "path") == 0;
      if (is_text && value->type != K8_JSON_IS_STRING && value->type != K8_JSON_IS_NULL)
        {
          g_autofree char *wanted
              = g_strconcat ("Go struct field jsonPatchOp.", key, " of type string", NULL);
          return refuse_type (self, value, wanted);
        }
      if (!is_text && strcmp (key, "value") != 0)
        {
          g_autofree char *problem
              = g_strdup_printf ("unknown field \"[%u].%s\"", index, key);
          add_problem (self->result, "json patch ", problem);
        }
    }
  return TRUE;
}

static gboolean
check_json_patch (Patching *self)
{
  const K8Json *patch = self->patch;

  if (patch->type != K8_JSON_IS_ARRAY)
    return refuse_type (self, patch, "Go value of type []handlers.jsonPatchOp");
  for (guint i = 0; i < patch->n; i++)
    {
      if (patch->items[i]->type != K8_JSON_IS_OBJECT)
        return refuse_type (self, patch->items[i], "Go value of type handlers.jsonPatchOp");
      if (!check_operation (self, patch->items[i], i))
        return FALSE;
    }
  if (patch->n <= K8_JSON_PATCH_MAX_OPERATIONS)
    return TRUE;
  g_autofree char *text
      = g_strdup_printf ("The allowed maximum operations in a JSON patch is %d, got %u",
                         K8_JSON_PATCH_MAX_OPERATIONS, patch->n);
  return refuse (self, k8_status_new_too_large (self->region, text));
}

static gboolean
parse_patch (Patching *self)
{
  const char *prefix = self->request->type == K8_PATCH_TYPE_JSON ? "json patch " : "";
  K8JsonError error;

  self->patch
      = k8_json_parse (self->pool, self->request->body, self->request->body_bytes, &error);
  if (self->patch == NULL)
    return refuse_body (self, error.message);
  const GPtrArray *duplicates = k8_json_pool_duplicates (self->pool);
  for (guint i = 0; i < duplicates->len; i++)
    add_problem (self->result, prefix, duplicates->pdata[i]);
  if (self->request->type == K8_PATCH_TYPE_JSON)
    return check_json_patch (self);
  if (self->patch->type != K8_JSON_IS_OBJECT)
    return refuse_type (self, self->patch, "Go value of type map[string]interface {}");
  return TRUE;
}

static gboolean
apply_strategic (Patching *self)
{
  K8StrategicError error;

  self->target = k8_strategic_patch_apply (self->pool, &k8_messages[self->request->kind->message],
                                           self->target, self->patch, &error);
  if (self->target != NULL)
    return TRUE;
  g_autofree char *message = error.message;
  if (error.code == 400)
    return refuse (self, k8_status_new_bad_request (self->region, message));
  if (error.code == 422)
    return refuse (self, k8_status_new_generic (self->region, 422));
  return refuse (self, k8_status_new_error (self->region, message));
}

static gboolean
apply (Patching *self)
{
  switch (self->request->type)
    {
    case K8_PATCH_TYPE_MERGE:
      self->target = k8_merge_patch_apply (self->pool, self->target, self->patch);
      return TRUE;
    case K8_PATCH_TYPE_JSON:
      self->target = k8_json_patch_apply (self->pool, self->target, self->patch);
      if (self->target == NULL)
        return refuse (self, k8_status_new_generic (self->region, 422));
      return TRUE;
    case K8_PATCH_TYPE_STRATEGIC:
      return apply_strategic (self);
    case K8_PATCH_TYPE_NONE:
    case K8_PATCH_TYPE_APPLY:
      break;
    }
  k8_assert_not_reached ();
  return FALSE;
}

static const char *
get_text (const K8Json *object, const char *key)
{
  const K8Json *value = k8_json_get (object, key);

  return value != NULL && value->type == K8_JSON_IS_STRING ? value->text.text : NULL;
}

/* Whether what was patched still calls itself what it is. A strategic merge does not look. */
static gboolean
check_kind (Patching *self)
{
  if (self->request->type == K8_PATCH_TYPE_STRATEGIC || self->target->type != K8_JSON_IS_OBJECT)
    return TRUE;
  g_autofree char *why
      = k8_kind_dup_mismatch (self->request->kind, get_text (self->target, "apiVersion"),
                              get_text (self->target, "kind"));
  return why == NULL
         || refuse (self, new_invalid_status (self->region, self->request, self->result, why));
}

/* The patched tree as a record. */
static gboolean
decode (Patching *self)
{
  const K8MessageInfo *info = &k8_messages[self->request->kind->message];
  g_autoptr (GString) text = g_string_new (NULL);
  K8JsonDecoded decoded = { 0 };
  gboolean is_good;

  k8_json_append (text, self->target);
  if (self->request->type != K8_PATCH_TYPE_STRATEGIC)
    self->result->value = g_strndup (text->str, text->len);
  if (!check_kind (self))
    return FALSE;
  self->result->object = k8_json_decode (self->region, info, text->str, text->len, &decoded);
  for (guint i = 0; decoded.problems != NULL && i < decoded.problems->len; i++)
    add_problem (self->result, "", decoded.problems->pdata[i]);
  is_good = self->result->object != NULL;
  if (!is_good)
    refuse (self,
            new_invalid_status (self->region, self->request, self->result, decoded.error));
  k8_json_decoded_clear (&decoded);
  return is_good;
}

static gboolean
parse_current (Patching *self, const GString *text)
{
  K8JsonError error;

  self->target = k8_json_parse (self->pool, text->str, text->len, &error);
  k8_assert (self->target != NULL);
  return TRUE;
}

/**
 * k8_patch_apply:
 * @request: what to patch, and how
 * @ret: (out): zeroed; what came of it
 *
 * Applies a patch to an object. The result has gone through the decoder only: defaults, the
 * kind's strategy and validation are still to come, and ret->problems are the caller's to judge.
 *
 * Returns: TRUE with ret->object, FALSE with ret->status.
 * Cost: O(size of the object and of the patch). Scratch: a few times that.
 */
gboolean
k8_patch_apply (K8Region *region, const K8PatchRequest *request, K8PatchResult *ret)
{
  g_autoptr (K8JsonPool) pool = k8_json_pool_new ();
  g_autoptr (GString) current = g_string_new (NULL);
  Patching self = { .region = region, .request = request, .result = ret, .pool = pool };
  K8JsonOptions options = { .kind = request->kind, .resource_version = request->resource_version };

  k8_json_encode (current, request->current, &options);
  return parse_patch (&self) && parse_current (&self, current) && apply (&self)
         && decode (&self);
}

const K8Status *
k8_patch_result_new_strict_status (K8Region *region, const K8PatchRequest *request,
                                   K8PatchResult *self)
{
  g_autoptr (GString) text = g_string_new ("strict decoding error: ");

  for (guint i = 0; i < self->problems->len; i++)
    {
      g_string_append (text, i == 0 ? "" : ", ");
      g_string_append (text, self->problems->pdata[i]);
    }
  return new_invalid_status (region, request, self, text->str);
}

void
k8_patch_result_clear (K8PatchResult *self)
{
  k8_record_unref (self->object);
  k8_record_unref (self->status);
  if (self->problems != NULL)
    g_ptr_array_unref (self->problems);
  g_free (self->value);
  *self = (K8PatchResult){ 0 };
}
