/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens of service accounts: the text of a JWT is made here and signed outside; meanwhile the
 * request is parked. Nothing is stored.
 * Source: kubernetes pkg/registry/core/serviceaccount/storage/token.go, pkg/serviceaccount
 * (claims.go) (v1.36). Departures: a token of 3607 s lives 3607 s, not a year.
 */
#include "apiserver/authenticate.h"
#include "apiserver/server.h"

#include "base/base64.h"
#include "base/text.h"
#include "codec/json_scan.h"
#include "machinery/defaults.h"
#include "machinery/gvk.h"

enum
{
  MIN_SECONDS = 600,
  DEFAULT_SECONDS = 3600,
};

static void
append_text (GString *out, const char *key, const char *value)
{
  g_string_append_c (out, '"');
  g_string_append (out, key);
  g_string_append (out, "\":");
  k8_json_append_string (out, k8_string_or_empty (value), strlen (k8_string_or_empty (value)));
}

static void
append_number (GString *out, const char *key, gint64 value)
{
  g_string_append_printf (out, "\"%s\":%" G_GINT64_FORMAT, key, value);
}

/* Bytes in base64url without padding. */
static void
append_part (GString *out, const char *bytes, gsize length)
{
  char *letters = g_malloc (K8_BASE64_LETTERS (length) + 1);
  gsize n = 0;

  k8_base64_encode (bytes, length, letters);
  for (; letters[n] != '\0' && letters[n] != '='; n++)
    letters[n] = letters[n] == '+' ? '-' : letters[n] == '/' ? '_' : letters[n];
  g_string_append_len (out, letters, (gssize) n);
  g_free (letters);
}

static void
append_audiences (GString *out, const K8TokenRequestSpec *spec)
{
  guint n = k8_token_request_spec_audiences_n (spec);

  g_string_append (out, "\"aud\":[");
  for (guint i = 0; i < n; i++)
    {
      const char *audience = k8_token_request_spec_audiences_at (spec, i);
      if (i > 0)
        g_string_append_c (out, ',');
      k8_json_append_string (out, audience, strlen (audience));
    }
  g_string_append (out, "],");
}

static void
append_object (GString *out, const char *key, const char *name, const char *uid)
{
  g_string_append_printf (out, "\"%s\":{", key);
  append_text (out, "name", name);
  g_string_append_c (out, ',');
  append_text (out, "uid", uid);
  g_string_append_c (out, '}');
}

/* {"aud":…,"exp":…,"iat":…,"iss":…,"jti":…,"kubernetes.io":{…},"nbf":…,"sub":…} */
static void
append_payload (K8ApiServer *self, GString *out, const K8Call *call, gint64 now, gint64 expires)
{
  const K8ObjectMeta *account = k8_object_get_meta (call->before);
  const K8TokenRequestSpec *spec = k8_token_request_spec (call->object);
  const K8BoundObjectReference *bound = k8_token_request_spec_bound_object_ref (spec);
  char id[K8_RANDOM_UUID_LETTERS + 1];

  k8_random_uuid (&self->actor.random, id);
  g_string_append_c (out, '{');
  append_audiences (out, spec);
  append_number (out, "exp", expires);
  g_string_append_c (out, ',');
  append_number (out, "iat", now);
  g_string_append (out, ",\"iss\":\"" K8_TOKEN_ISSUER "\",");
  append_text (out, "jti", id);
  g_string_append (out, ",\"kubernetes.io\":{");
  append_text (out, "namespace", k8_object_meta_namespace (account));
  if (k8_string_is (k8_bound_object_reference_kind (bound), "Pod"))
    {
      g_string_append_c (out, ',');
      append_object (out, "pod", k8_bound_object_reference_name (bound),
                     k8_bound_object_reference_uid (bound));
    }
  g_string_append_c (out, ',');
  append_object (out, "serviceaccount", k8_object_meta_name (account),
                 k8_object_meta_uid (account));
  g_string_append (out, "},");
  append_number (out, "nbf", now);
  g_string_append_printf (out, ",\"sub\":\"system:serviceaccount:%s:%s\"}",
                          k8_object_meta_namespace (account), k8_object_meta_name (account));
}

/* header.payload, which is what is signed. (transfer full) */
static GString *
make_signed_text (K8ApiServer *self, K8Context *context, const K8Call *call, gint64 expires)
{
  GString *header = g_string_new ("{\"alg\":\"RS256\",");
  GString *payload = g_string_new (NULL);
  GString *text = g_string_new (NULL);

  append_text (header, "kid", self->actor.start->signer_key_id);
  g_string_append_c (header, '}');
  append_payload (self, payload, call, k8_context_wall_seconds (context), expires);
  append_part (text, header->str, header->len);
  g_string_append_c (text, '.');
  append_part (text, payload->str, payload->len);
  g_string_free (header, TRUE);
  g_string_free (payload, TRUE);
  return text;
}

/* The request as it is answered: with a status. (transfer full) */
static const K8TokenRequest *
with_status (K8Context *context, const K8Call *call, const char *token, gint64 expires)
{
  K8TokenRequestStatusEdit status;
  K8ObjectMetaEdit meta;
  K8TokenRequestEdit edit;

  k8_token_request_status_edit (&status, context->region, NULL);
  k8_token_request_status_set_token (&status, token);
  k8_token_request_status_set_expiration_timestamp (&status, expires);
  k8_object_meta_edit (&meta, context->region, k8_token_request_metadata (call->object));
  k8_object_meta_set_name (&meta, k8_object_meta_name (k8_object_get_meta (call->before)));
  k8_object_meta_set_namespace (&meta,
                                k8_object_meta_namespace (k8_object_get_meta (call->before)));
  k8_object_meta_set_uid (&meta, k8_object_meta_uid (k8_object_get_meta (call->before)));
  k8_object_meta_set_creation_timestamp (&meta, k8_context_wall_seconds (context));
  k8_token_request_edit (&edit, context->region, call->object);
  k8_token_request_set_metadata (&edit, k8_object_meta_seal (&meta));
  k8_token_request_set_status (&edit, k8_token_request_status_seal (&status));
  return k8_token_request_seal (&edit);
}

static const K8Status *
check_seconds (K8Context *context, gint64 seconds)
{
  K8Path spec = k8_path_child (NULL, "spec");
  K8FieldErrors errors;

  if (seconds >= MIN_SECONDS)
    return NULL;
  k8_field_errors_init (&errors);
  k8_field_errors_invalid_int (&errors, K8_CHILD (&spec, "expirationSeconds"), seconds,
                               "may not specify a duration less than 10 minutes");
  const K8Status *status = k8_status_new_invalid (
      context->region, k8_kind_group_kind (&k8_kinds[K8_KIND_TokenRequest]), "", &errors);
  k8_field_errors_clear (&errors);
  return status;
}

/* What the token is bound to must be there. */
static const K8Status *
check_bound (K8ApiServer *self, K8Context *context, const K8Call *call)
{
  const K8BoundObjectReference *bound
      = k8_token_request_spec_bound_object_ref (k8_token_request_spec (call->object));
  const char *uid = k8_bound_object_reference_uid (bound);

  if (!k8_string_is (k8_bound_object_reference_kind (bound), "Pod"))
    return NULL;
  const char *name = k8_string_or_empty (k8_bound_object_reference_name (bound));
  const K8CachedObject *pod
      = k8_watch_cache_find (&self->caches[K8_KIND_Pod], call->request->namespace_name, name);
  if (pod == NULL)
    return k8_status_new_not_found (context->region, k8_kind_resource (&k8_kinds[K8_KIND_Pod]),
                                    name);
  const char *own = k8_object_meta_uid (k8_object_get_meta (pod->object));
  if (uid == NULL || *uid == '\0' || k8_string_equal (uid, own))
    return NULL;
  return k8_status_new_conflict (context->region, k8_kind_resource (&k8_kinds[K8_KIND_Pod]), name,
                                 "the UID in the bound object reference does not match the UID "
                                 "in record. The object might have been deleted and then "
                                 "recreated");
}

/* The request with what it leaves out: a token without audiences is for the API server itself.
 * (transfer full) */
static const void *
complete (K8Context *context, const K8TokenRequest *request)
{
  const K8TokenRequest *defaulted = k8_defaults_apply (context->region, request, NULL);
  const K8TokenRequestSpec *spec = k8_token_request_spec (defaulted);
  K8TokenRequestSpecEdit spec_edit;
  K8TokenRequestEdit edit;

  if (k8_token_request_spec_audiences_n (spec) > 0)
    return defaulted;
  k8_token_request_spec_edit (&spec_edit, context->region, spec);
  k8_token_request_spec_add_audiences (&spec_edit, K8_TOKEN_ISSUER);
  k8_token_request_edit (&edit, context->region, defaulted);
  k8_token_request_set_spec (&edit, k8_token_request_spec_seal (&spec_edit));
  k8_record_unref (defaulted);
  return k8_token_request_seal (&edit);
}

/* The wished life of a token; an hour if nothing is said. */
static gint64
get_seconds (const K8TokenRequest *request)
{
  const K8TokenRequestSpec *spec = k8_token_request_spec (request);

  return k8_token_request_spec_has_expiration_seconds (spec)
             ? k8_token_request_spec_expiration_seconds (spec)
             : DEFAULT_SECONDS;
}

/* Issues a token for an account: parked until it is signed. */
void
k8_token_run (K8ApiServer *self, K8Context *context, K8Call *call)
{
  const K8ApiRequest *request = call->request;
  const K8CachedObject *account = k8_watch_cache_find (
      &self->caches[K8_KIND_ServiceAccount], request->namespace_name, request->name);
  const K8Status *status = NULL;

  if (account == NULL)
    status = k8_status_new_not_found (context->region, k8_call_resource (call), request->name);
  else
    {
      k8_call_set_object (call, complete (context, request->object));
      k8_call_set_before (call, account->object, account->revision);
      status = check_seconds (context, get_seconds (call->object));
    }
  if (status == NULL)
    status = check_bound (self, context, call);
  if (status != NULL)
    {
      k8_call_refuse (self, context, call, status);
      return;
    }
  gint64 expires = k8_context_wall_seconds (context) + get_seconds (call->object);
  GString *text = make_signed_text (self, context, call, expires);
  k8_call_set_object (call, with_status (context, call, text->str, expires));
  K8TextMail *mail = k8_text_mail_new (context->region, text->str, text->len);
  g_string_free (text, TRUE);
  k8_context_emit (context, K8_EFFECT_SIGN, k8_call_park (self, context, call, K8_STAGE_SIGN),
                   mail);
}

/* The token is complete: header.payload.signature. */
static void
finish (K8ApiServer *self, K8Context *context, K8Call *call, const char *signature)
{
  const K8TokenRequestStatus *status = k8_token_request_status (call->object);
  gint64 expires = k8_token_request_status_expiration_timestamp (status);
  char *token = g_strconcat (k8_token_request_status_token (status), ".", signature, NULL);

  k8_call_set_object (call, with_status (context, call, token, expires));
  g_free (token);
  k8_call_answer_object (self, context, call, 201, call->object, 0);
}

/* The signer has answered, for a token that is made or for one that is shown. */
void
k8_token_signed (K8ApiServer *self, K8Context *context, const K8EngineEvent *event)
{
  const char *signature = ((const K8TextMail *) event->mail)->text;
  K8Call call;

  if (!k8_call_take (self, event->tag, &call))
    return;
  if (call.stage == K8_STAGE_AUTHENTICATE)
    k8_authenticate_signed (self, context, &call, signature);
  else
    finish (self, context, &call, signature);
}
