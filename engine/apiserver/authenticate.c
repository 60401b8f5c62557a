/* SPDX-License-Identifier: Apache-2.0
 *
 * Authentication. A token of a service account is checked by signing its text again: signatures
 * are deterministic (PKCS #1 v1.5), so the same key gives the same one. Then the account must
 * still be there, with the uid that the token names, and the time must not be over.
 * Source: kubernetes pkg/serviceaccount (jwt.go, claims.go) (v1.36).
 * Departures: client certificates are the door's business, which has none yet.
 */
#include "apiserver/authenticate.h"

#include "base/base64.h"
#include "base/text.h"
#include "codec/json_scan.h"
#include "machinery/gvk.h"

#define BEARER "Bearer "
#define ACCOUNT_PREFIX "system:serviceaccount:"

enum
{
  MAX_TOKEN_BYTES = 16 * 1024,
};

/* What a token says. Strings are g_free()d. */
typedef struct
{
  char *subject;
  char *uid; /* of the account */
  gint64 expires;
} Claims;

static void
clear_claims (Claims *self)
{
  g_free (self->subject);
  g_free (self->uid);
}

/* base64url without padding to bytes. (transfer full) (nullable) */
static char *
decode_part (const char *text, gsize length, gsize *ret_length)
{
  GString *letters = g_string_new_len (text, (gssize) length);

  for (gsize i = 0; i < letters->len; i++)
    if (letters->str[i] == '-')
      letters->str[i] = '+';
    else if (letters->str[i] == '_')
      letters->str[i] = '/';
  while (letters->len % 4 != 0)
    g_string_append_c (letters, '=');
  char *bytes = g_malloc (K8_BASE64_BYTES (letters->len) + 1);
  gboolean is_good = k8_base64_decode (letters->str, letters->len, bytes, ret_length);
  g_string_free (letters, TRUE);
  if (is_good)
    return bytes;
  g_free (bytes);
  return NULL;
}

/* Reads one member whose key was just read; @depth_key is the object around it. */
static void
read_claim (K8JsonReader *reader, const char *around, const char *key, Claims *ret_claims)
{
  K8JsonToken token = k8_json_reader_next (reader);
  char *text = g_strndup (k8_string_or_empty (reader->text), reader->length);

  if (strcmp (around, "") == 0 && strcmp (key, "sub") == 0 && token == K8_JSON_STRING
      && ret_claims->subject == NULL)
    ret_claims->subject = g_steal_pointer (&text);
  else if (strcmp (around, "") == 0 && strcmp (key, "exp") == 0 && token == K8_JSON_NUMBER)
    k8_text_parse_i64 (text, &ret_claims->expires);
  else if (strcmp (around, "serviceaccount") == 0 && strcmp (key, "uid") == 0
           && token == K8_JSON_STRING && ret_claims->uid == NULL)
    ret_claims->uid = g_steal_pointer (&text);
  g_free (text);
}

/* Walks the payload: the claims of the top, and those of kubernetes.io.serviceaccount. */
static gboolean
read_claims (const char *json, gsize length, Claims *ret_claims)
{
  K8JsonReader reader;
  GPtrArray *around = g_ptr_array_new_with_free_func (g_free);
  char *key = g_strdup ("");
  K8JsonToken token;

  *ret_claims = (Claims){ .subject = NULL };
  k8_json_reader_init (&reader, json, length, NULL);
  while ((token = k8_json_reader_next (&reader)) != K8_JSON_END && token != K8_JSON_ERROR)
    {
      if (token == K8_JSON_OBJECT_BEGIN)
        g_ptr_array_add (around, g_strdup (key));
      else if (token == K8_JSON_OBJECT_END && around->len > 0)
        g_ptr_array_remove_index (around, around->len - 1);
      if (token != K8_JSON_KEY)
        continue;
      g_free (key);
      key = g_strndup (reader.text, reader.length);
      gboolean is_scalar = strcmp (key, "sub") == 0 || strcmp (key, "exp") == 0
                           || strcmp (key, "uid") == 0;
      if (is_scalar && around->len > 0)
        read_claim (&reader, around->pdata[around->len - 1], key, ret_claims);
    }
  gboolean is_good = token == K8_JSON_END && ret_claims->subject != NULL;
  k8_json_reader_clear (&reader);
  g_ptr_array_unref (around);
  g_free (key);
  return is_good;
}

/* The account that a subject names, if it is there with this uid. */
static gboolean
account_exists (const K8ApiServer *self, const Claims *claims)
{
  if (claims->uid == NULL || !g_str_has_prefix (claims->subject, ACCOUNT_PREFIX))
    return FALSE;
  char **parts = g_strsplit (claims->subject + strlen (ACCOUNT_PREFIX), ":", 2);
  const K8CachedObject *cached = NULL;
  if (parts[0] != NULL && parts[1] != NULL)
    cached = k8_watch_cache_find (&self->caches[K8_KIND_ServiceAccount], parts[0], parts[1]);
  g_strfreev (parts);
  return cached != NULL
         && k8_string_is (k8_object_meta_uid (k8_object_get_meta (cached->object)), claims->uid);
}

static const char *
get_bearer (const K8HttpRequest *http)
{
  const char *header = k8_http_request_find_header (http, "authorization");

  if (header == NULL)
    return NULL;
  return g_str_has_prefix (header, BEARER) ? header + strlen (BEARER) : "";
}

/* Compares without telling by its time where two texts differ. */
static gboolean
is_same_secret (const char *a, const char *b)
{
  gsize length = strlen (a);
  guint different = length != strlen (b);

  for (gsize i = 0; i < length && !different; i++)
    different |= (guint) ((guint8) a[i] ^ (guint8) b[i]);
  return !different;
}

/* Parks a request with a token of three parts while its text is signed again. */
static void
check_signature (K8ApiServer *self, K8Context *context, const K8HttpRequest *http, guint64 tag,
                 const char *token)
{
  const char *end = strrchr (token, '.');
  K8Call call = { .inquiry = k8_mail_ref (http), .tag = tag, .deadline_ns = G_MAXINT64 };
  guint64 parked = k8_call_park (self, context, &call, K8_STAGE_AUTHENTICATE);

  k8_context_emit (context, K8_EFFECT_SIGN, parked,
                   k8_text_mail_new (context->region, token, (gsize) (end - token)));
}

static gboolean
has_three_parts (const char *token)
{
  const char *first = strchr (token, '.');
  const char *last = strrchr (token, '.');

  return strlen (token) <= MAX_TOKEN_BYTES && first != NULL && first != last && last[1] != '\0';
}

gboolean
k8_authenticate (K8ApiServer *self, K8Context *context, const K8HttpRequest *http, guint64 tag,
                 K8Identity *ret_identity)
{
  const char *token = get_bearer (http);
  const char *admin = self->actor.start->admin_token;

  *ret_identity = (K8Identity){ .user = NULL };
  if (token == NULL)
    *ret_identity = (K8Identity){ .user = k8_string_intern (context->region, "system:anonymous"),
                                  .is_anonymous = TRUE };
  else if (admin != NULL && *admin != '\0' && is_same_secret (token, admin))
    *ret_identity = (K8Identity){ .user = k8_string_intern (context->region, "kubernetes-admin"),
                                  .is_master = TRUE };
  else if (has_three_parts (token))
    {
      check_signature (self, context, http, tag, token);
      return FALSE;
    }
  return TRUE;
}

void
k8_authenticate_signed (K8ApiServer *self, K8Context *context, K8Call *call,
                        const char *signature)
{
  const char *token = get_bearer (call->inquiry);
  const char *payload = strchr (token, '.') + 1;
  const char *end = strrchr (token, '.');
  K8Identity identity = { .user = NULL };
  Claims claims = { .subject = NULL };
  gsize length = 0;
  char *json = decode_part (payload, (gsize) (end - payload), &length);

  if (is_same_secret (end + 1, signature) && json != NULL && read_claims (json, length, &claims)
      && claims.expires > k8_context_wall_seconds (context) && account_exists (self, &claims))
    identity.user = k8_string_intern (context->region, claims.subject);
  clear_claims (&claims);
  g_free (json);
  k8_http_go_on (self, context, call->inquiry, call->tag, identity);
  k8_call_clear (call);
}
