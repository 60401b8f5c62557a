/* SPDX-License-Identifier: Apache-2.0
 *
 * Authentication. A token of a service account is checked by signing its text again: signatures
 * are deterministic (PKCS #1 v1.5), so the same key gives the same one. Then the account and the
 * pod that the token is bound to must still be there, with the uids that it names, the API server
 * must be among its audiences, and its time must not be over.
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
  char *uid;      /* of the account */
  char *pod_name; /* (nullable): the pod that the token is bound to */
  char *pod_uid;
  gint64 expires;
  gboolean is_for_us; /* the API server is among its audiences */
} Claims;

static void
clear_claims (Claims *self)
{
  g_free (self->subject);
  g_free (self->uid);
  g_free (self->pod_name);
  g_free (self->pod_uid);
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

/* Keeps the text of a string that was just read, unless there is one. */
static void
take_text (const K8JsonReader *reader, char **place)
{
  if (reader->token == K8_JSON_STRING && *place == NULL)
    *place = g_strndup (reader->text, reader->length);
}

/* A string or number below a key; @around is the key of the object around it. */
static void
take_claim (const K8JsonReader *reader, const char *around, const char *key, Claims *ret_claims)
{
  gboolean is_top = *around == '\0';

  if (is_top && strcmp (key, "sub") == 0)
    take_text (reader, &ret_claims->subject);
  else if (is_top && strcmp (key, "aud") == 0)
    ret_claims->is_for_us |= reader->token == K8_JSON_STRING
                             && reader->length == strlen (K8_TOKEN_ISSUER)
                             && memcmp (reader->text, K8_TOKEN_ISSUER, reader->length) == 0;
  else if (is_top && strcmp (key, "exp") == 0 && reader->token == K8_JSON_NUMBER)
    {
      char *text = g_strndup (reader->text, reader->length);
      k8_text_parse_i64 (text, &ret_claims->expires);
      g_free (text);
    }
  else if (strcmp (around, "serviceaccount") == 0 && strcmp (key, "uid") == 0)
    take_text (reader, &ret_claims->uid);
  else if (strcmp (around, "pod") == 0 && strcmp (key, "uid") == 0)
    take_text (reader, &ret_claims->pod_uid);
  else if (strcmp (around, "pod") == 0 && strcmp (key, "name") == 0)
    take_text (reader, &ret_claims->pod_name);
}

/* Walks the payload: the claims of the top, and those of kubernetes.io.*. Elements of an array
 * stand under its key. */
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
    if (token == K8_JSON_OBJECT_BEGIN)
      g_ptr_array_add (around, g_strdup (key));
    else if (token == K8_JSON_OBJECT_END)
      g_ptr_array_remove_index (around, around->len - 1);
    else if (token == K8_JSON_KEY)
      {
        g_free (key);
        key = g_strndup (reader.text, reader.length);
      }
    else if (around->len > 0)
      take_claim (&reader, around->pdata[around->len - 1], key, ret_claims);
  gboolean is_good = token == K8_JSON_END && ret_claims->subject != NULL;
  k8_json_reader_clear (&reader);
  g_ptr_array_unref (around);
  g_free (key);
  return is_good;
}

static gboolean
has_uid (const K8CachedObject *cached, const char *uid)
{
  return cached != NULL && uid != NULL
         && k8_string_is (k8_object_meta_uid (k8_object_get_meta (cached->object)), uid);
}

/* Whether the account that a subject names is there with this uid, and so the pod, if the token is
 * bound to one. */
static gboolean
account_exists (const K8ApiServer *self, const Claims *claims)
{
  if (!g_str_has_prefix (claims->subject, ACCOUNT_PREFIX))
    return FALSE;
  char **parts = g_strsplit (claims->subject + strlen (ACCOUNT_PREFIX), ":", 2);
  gboolean is_there = FALSE;
  if (parts[0] != NULL && parts[1] != NULL)
    {
      is_there = has_uid (k8_watch_cache_find (&self->caches[K8_KIND_ServiceAccount], parts[0],
                                               parts[1]),
                          claims->uid);
      if (is_there && claims->pod_name != NULL)
        is_there = has_uid (k8_watch_cache_find (&self->caches[K8_KIND_Pod], parts[0],
                                                 claims->pod_name),
                            claims->pod_uid);
    }
  g_strfreev (parts);
  return is_there;
}

static const char *
get_bearer (const K8HttpRequest *http)
{
  const char *header = k8_http_request_find_header (http, "authorization");

  if (header == NULL)
    return NULL;
  /* Other schemes say nothing to us: their users are anonymous, as upstream has it. */
  return g_str_has_prefix (header, BEARER) ? header + strlen (BEARER) : NULL;
}

/* Compares without telling by its time where two texts differ. */
static gboolean
is_same_secret (const char *a, const char *b)
{
  gsize length = MIN (strlen (a), strlen (b));
  guint different = strlen (a) != strlen (b);

  for (gsize i = 0; i < length; i++)
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
      && claims.is_for_us && claims.expires > k8_context_wall_seconds (context)
      && account_exists (self, &claims))
    identity.user = k8_string_intern (context->region, claims.subject);
  clear_claims (&claims);
  g_free (json);
  k8_http_go_on (self, context, call->inquiry, call->tag, identity);
  k8_call_clear (call);
}
