/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies: JSON, YAML or Protobuf, read only after the request was authorised. What the body
 * calls itself must be what the path takes; fields that no schema knows refuse it (Strict),
 * become warnings (Warn), or are dropped (Ignore).
 * Source: kubernetes apiserver pkg/endpoints/handlers (create.go), apimachinery
 * pkg/runtime/serializer (v1.36).
 */
#include "apiserver/http.h"

#include "base/text.h"
#include "codec/json.h"
#include "codec/protobuf.h"
#include "codec/yaml.h"
#include "limits.h"
#include "machinery/gvk.h"

#define ALL_TYPES "application/json, application/yaml, application/vnd.kubernetes.protobuf"

enum
{
  SHOWN_BYTES = 30, /* of a body that makes no sense */
};

typedef struct
{
  const char *bytes;
  gsize length;
} Body;

/* What went wrong with the text itself, with a glimpse of it. */
static const K8Status *
unrecognized (K8Inquiry *self, const K8KindInfo *kind, const char *error, const Body *body)
{
  GString *message = g_string_new (NULL);
  gsize shown = MIN (body->length, SHOWN_BYTES);

  if (kind->id != K8_KIND_DeleteOptions)
    g_string_append_printf (message, "the object provided is unrecognized (must be of type %s): ",
                            kind->kind);
  g_string_append (message, error);
  if (kind->id != K8_KIND_DeleteOptions)
    {
      g_string_append (message, " (");
      if (body->length == 0)
        g_string_append (message, "<empty>");
      else if (body->bytes[0] == '{')
        g_string_append_len (message, body->bytes, (gssize) shown);
      else
        for (gsize i = 0; i < shown; i++)
          k8_text_append_hex (message, (guint8) body->bytes[i], 2);
      if (body->length > SHOWN_BYTES)
        g_string_append (message, " ...");
      g_string_append_c (message, ')');
    }
  const K8Status *status = k8_status_new_bad_request (self->context->region, message->str);
  g_string_free (message, TRUE);
  return status;
}

/* `Pod in version "v1" cannot be handled as a ConfigMap: WHY` */
static const K8Status *
cannot_handle (K8Inquiry *self, const K8KindInfo *kind, const char *given_kind,
               const char *given_version, const char *why)
{
  GString *message = g_string_new (given_kind);
  const char *slash = strrchr (given_version, '/');

  given_version = slash == NULL ? given_version : slash + 1;

  g_string_append (message, " in version ");
  k8_quote_append (message, given_version);
  g_string_append_printf (message, " cannot be handled as a %s: %s", kind->kind, why);
  const K8Status *status = k8_status_new_bad_request (self->context->region, message->str);
  g_string_free (message, TRUE);
  return status;
}

/* Whether the body is what the path takes, by its own words; nothing said is fine. */
static const K8Status *
check_type (K8Inquiry *self, const K8KindInfo *kind, const char *given_version,
            const char *given_kind)
{
  const K8Status *status = NULL;
  GString *version = g_string_new (NULL);
  char *why = k8_kind_dup_mismatch (kind, given_version, given_kind);

  k8_kind_append_api_version (kind, version);
  given_version = given_version == NULL || *given_version == '\0' ? version->str : given_version;
  given_kind = given_kind == NULL || *given_kind == '\0' ? kind->kind : given_kind;
  if (why != NULL)
    status = cannot_handle (self, kind, given_kind, given_version, why);
  g_free (why);
  g_string_free (version, TRUE);
  return status;
}

void
k8_http_add_warning (K8HttpResponse *reply, const char *text)
{
  GString *value = g_string_new ("299 - ");

  k8_quote_append (value, text);
  k8_http_response_add_header (reply, "warning", value->str);
  g_string_free (value, TRUE);
}

/* What is to be done about unknown and duplicate fields. */
static const K8Status *
judge_problems (K8Inquiry *self, const K8KindInfo *kind, const K8JsonDecoded *decoded)
{
  GString *version = g_string_new (NULL);
  const K8Status *status = NULL;

  if (decoded->problems == NULL || self->field_validation == K8_FIELDS_IGNORE)
    {
      g_string_free (version, TRUE);
      return NULL;
    }
  k8_kind_append_api_version (kind, version);
  if (self->field_validation == K8_FIELDS_STRICT)
    {
      char *error = k8_json_decoded_strict_error (decoded);
      if (error != NULL)
        status = cannot_handle (self, kind, kind->kind, version->str, error);
      g_free (error);
    }
  else
    for (guint i = 0; i < decoded->problems->len; i++)
      k8_http_add_warning (self->reply, decoded->problems->pdata[i]);
  g_string_free (version, TRUE);
  return status;
}

static const void *
decode_json (K8Inquiry *self, const K8KindInfo *kind, Body body, const Body *original,
             const K8Status **ret_status)
{
  K8JsonDecoded decoded = { .error = NULL };
  const void *object = NULL;

  if (body.length == 4 && memcmp (body.bytes, "null", 4) == 0)
    body = (Body){ "{}", 2 };
  if (!k8_json_decode_type (body.bytes, body.length, &decoded))
    *ret_status = unrecognized (self, kind, decoded.error, original);
  else
    *ret_status = check_type (self, kind, decoded.api_version, decoded.kind);
  k8_json_decoded_clear (&decoded);
  if (*ret_status != NULL)
    return NULL;
  decoded = (K8JsonDecoded){ .error = NULL };
  object = k8_json_decode (self->context->region, &k8_messages[kind->message], body.bytes,
                           body.length, &decoded);
  if (object == NULL)
    {
      GString *version = g_string_new (NULL);
      k8_kind_append_api_version (kind, version);
      *ret_status = cannot_handle (self, kind, kind->kind, version->str, decoded.error);
      g_string_free (version, TRUE);
    }
  else if (kind->id != K8_KIND_DeleteOptions)
    *ret_status = judge_problems (self, kind, &decoded);
  k8_json_decoded_clear (&decoded);
  return object;
}

static const void *
decode_yaml (K8Inquiry *self, const K8KindInfo *kind, const Body *body,
             const K8Status **ret_status)
{
  K8YamlError error = { .message = NULL };
  GPtrArray *documents = k8_yaml_parse (body->bytes, body->length, &error);
  const void *object = NULL;

  if (documents == NULL)
    {
      char *text = g_strconcat ("yaml: ", error.message, NULL);
      *ret_status = unrecognized (self, kind, text, body);
      g_free (text);
      k8_yaml_error_clear (&error);
      return NULL;
    }
  Body json = { "{}", 2 };
  if (documents->len > 0)
    json.bytes = k8_yaml_document_json (documents->pdata[0], &json.length);
  object = decode_json (self, kind, json, body, ret_status);
  g_ptr_array_unref (documents);
  return object;
}

static const void *
decode_protobuf (K8Inquiry *self, const K8KindInfo *kind, const Body *body,
                 const K8Status **ret_status)
{
  K8ProtobufDecoded decoded = { .error = NULL };
  const void *object = NULL;

  if (!k8_protobuf_is_envelope (body->bytes, body->length))
    {
      *ret_status = unrecognized (self, kind,
                                  "provided data does not appear to be a protobuf message, "
                                  "expected prefix [107 56 115 0]",
                                  body);
      return NULL;
    }
  if (!k8_protobuf_decode_type (body->bytes, body->length, &decoded))
    *ret_status = unrecognized (self, kind, decoded.error, body);
  else
    *ret_status = check_type (self, kind, decoded.api_version, decoded.kind);
  k8_protobuf_decoded_clear (&decoded);
  if (*ret_status != NULL)
    return NULL;
  decoded = (K8ProtobufDecoded){ .error = NULL };
  object = k8_protobuf_decode (self->context->region, &k8_messages[kind->message], body->bytes,
                               body->length, &decoded);
  if (object == NULL)
    *ret_status = unrecognized (self, kind, decoded.error, body);
  k8_protobuf_decoded_clear (&decoded);
  return object;
}

/* The media type of the body, without parameters. (transfer full) */
static char *
get_media_type (const K8Inquiry *self)
{
  const char *header = k8_http_request_find_header (self->http, "content-type");

  if (header == NULL || *header == '\0')
    return g_strdup ("application/json");
  return g_strstrip (g_strndup (header, strcspn (header, ";")));
}

static const K8Status *
check_size (K8Inquiry *self, const Body *body)
{
  if (body->length <= K8_MAX_BODY_BYTES)
    return NULL;
  return k8_status_new_too_large (self->context->region, "limit is 3145728");
}

static Body
get_body (const K8Inquiry *self)
{
  const char *bytes = self->http->body;

  return bytes == NULL ? (Body){ "", 0 } : (Body){ bytes, k8_string_length (bytes) };
}

const void *
k8_http_decode (K8Inquiry *self, const K8KindInfo *kind, const K8Status **ret_status)
{
  Body body = get_body (self);
  const void *object = NULL;

  *ret_status = check_size (self, &body);
  if (*ret_status != NULL || (body.length == 0 && kind->id == K8_KIND_DeleteOptions))
    return NULL;
  char *type = get_media_type (self);
  if (strcmp (type, "application/json") == 0)
    object = decode_json (self, kind, body, &body, ret_status);
  else if (strcmp (type, "application/yaml") == 0)
    object = decode_yaml (self, kind, &body, ret_status);
  else if (strcmp (type, "application/vnd.kubernetes.protobuf") == 0)
    object = decode_protobuf (self, kind, &body, ret_status);
  else
    *ret_status = k8_status_new_unsupported_media_type (self->context->region, ALL_TYPES);
  g_free (type);
  if (*ret_status == NULL)
    return object;
  k8_record_unref (object);
  return NULL;
}

/* The kind that the body of a write has. */
static const K8KindInfo *
body_kind (const K8Inquiry *self)
{
  if (self->route.subresource == K8_SUBRESOURCE_SCALE)
    return &k8_kinds[K8_KIND_Scale];
  if (self->route.subresource == K8_SUBRESOURCE_BINDING)
    return &k8_kinds[K8_KIND_Binding];
  if (self->route.subresource == K8_SUBRESOURCE_TOKEN)
    return &k8_kinds[K8_KIND_TokenRequest];
  return self->route.kind;
}

static const K8Status *
read_patch (K8Inquiry *self, K8ApiRequest *request)
{
  Body body = get_body (self);
  const K8Status *status = check_size (self, &body);
  char *type = get_media_type (self);

  request->patch_type = k8_patch_type_of_content_type (type);
  if (status == NULL
      && (request->patch_type == K8_PATCH_TYPE_NONE
          || request->patch_type == K8_PATCH_TYPE_APPLY))
    status = k8_status_new_generic (self->context->region, 415);
  request->patch = k8_string_ref (self->http->body);
  g_free (type);
  return status;
}

/* The revision that a body names is the one it was made from. */
static void
read_body_revision (K8ApiRequest *request)
{
  const char *text = k8_object_meta_resource_version (k8_object_get_meta (request->object));

  if (text != NULL && *text != '\0' && !k8_text_parse_i64 (text, &request->revision))
    request->revision = -1; /* no object has it */
}

const K8Status *
k8_http_read_body (K8Inquiry *self, K8ApiRequest *request)
{
  const K8Status *status = NULL;

  if (self->verb == K8_VERB_PATCH)
    return read_patch (self, request);
  if (self->verb != K8_VERB_CREATE && self->verb != K8_VERB_UPDATE)
    return NULL;
  request->object = k8_http_decode (self, body_kind (self), &status);
  if (status == NULL && self->verb == K8_VERB_UPDATE)
    read_body_revision (request);
  return status;
}
