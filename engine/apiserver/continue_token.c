/* SPDX-License-Identifier: Apache-2.0
 *
 * Continue tokens: base64url of {"v":"meta.k8s.io/v1","rv":N,"start":"name\0"}. A token comes from
 * outside: what it names stays below the prefix of the list that it is used for.
 * Source: kubernetes apiserver pkg/storage/continue.go (v1.36).
 */
#include "apiserver/continue_token.h"

#include "base/base64.h"
#include "base/text.h"
#include "codec/json_scan.h"

#define VERSION "meta.k8s.io/v1"

static const K8Status *
refuse (K8Region *region, const char *why)
{
  char *message = g_strconcat ("invalid continue token: continue key is not valid: ", why, NULL);
  const K8Status *status = k8_status_new_bad_request (region, message);

  g_free (message);
  return status;
}

static gboolean
is_url_letter (char c)
{
  return g_ascii_isalnum (c) || c == '-' || c == '_';
}

/* Clears the bits of the last letter that belong to no byte, which Go does not look at. */
static void
clear_unused_bits (GString *letters)
{
  static const char alphabet[]
      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  guint rest = letters->len % 4;
  char *last = letters->len == 0 ? NULL : letters->str + letters->len - 1;
  const char *place = last == NULL ? NULL : strchr (alphabet, *last);

  if (rest < 2 || place == NULL)
    return;
  gsize value = (gsize) (place - alphabet);
  *last = alphabet[rest == 2 ? value & ~(gsize) 15 : value & ~(gsize) 3];
}

/* The bytes of a token; NULL with @ret_why (g_free) if it is no base64url. (transfer full) */
static char *
decode (const char *token, gsize *ret_length, char **ret_why)
{
  GString *letters = g_string_new (token);
  gsize n_good = 0;

  while (is_url_letter (token[n_good]))
    n_good++;
  for (gsize i = 0; i < letters->len; i++)
    if (letters->str[i] == '-')
      letters->str[i] = '+';
    else if (letters->str[i] == '_')
      letters->str[i] = '/';
  clear_unused_bits (letters);
  while (letters->len % 4 != 0)
    g_string_append_c (letters, '=');
  char *bytes = g_malloc (K8_BASE64_BYTES (letters->len) + 1);
  gboolean is_good = token[n_good] == '\0'
                     && k8_base64_decode (letters->str, letters->len, bytes, ret_length);
  g_string_free (letters, TRUE);
  if (is_good)
    return bytes;
  *ret_why = g_strdup_printf ("illegal base64 data at input byte %zu", n_good);
  g_free (bytes);
  return NULL;
}

/* Members that matter; others are passed over. */
static void
read_member (K8JsonReader *reader, K8ContinuePlace *place, char **version)
{
  char *key = g_strndup (reader->text, reader->length);
  K8JsonToken token = k8_json_reader_next (reader);
  const char *value = NULL;
  gsize length = 0;

  if (strcmp (key, "rv") == 0 && token == K8_JSON_NUMBER)
    {
      char *text = g_strndup (reader->text, reader->length);
      k8_text_parse_i64 (text, &place->revision);
      g_free (text);
    }
  else if (strcmp (key, "start") == 0 && token == K8_JSON_STRING)
    {
      g_free (place->start);
      place->start = g_strndup (reader->text, reader->length);
    }
  else if (strcmp (key, "v") == 0 && token == K8_JSON_STRING)
    {
      g_free (*version);
      *version = g_strndup (reader->text, reader->length);
    }
  else if (token != K8_JSON_ERROR)
    k8_json_reader_skip (reader, &value, &length);
  g_free (key);
}

/* Reads the JSON of a token; gives why it is refused (g_free), or NULL. */
static char *
read_json (const char *json, gsize length, K8ContinuePlace *place, char **version)
{
  K8JsonReader reader;
  char *why = NULL;

  k8_json_reader_init (&reader, json, length, NULL);
  K8JsonToken token = k8_json_reader_next (&reader);
  gboolean is_object = token == K8_JSON_OBJECT_BEGIN;
  while (is_object && k8_json_reader_next (&reader) == K8_JSON_KEY)
    read_member (&reader, place, version);
  if (reader.token == K8_JSON_ERROR
      || (is_object && k8_json_reader_next (&reader) == K8_JSON_ERROR))
    why = g_strdup (reader.error.message);
  else if (!is_object)
    why = g_strdup_printf ("json: cannot unmarshal %s into Go value of type "
                           "storage.continueToken",
                           k8_json_token_name (token));
  k8_json_reader_clear (&reader);
  return why;
}

/* Whether a path behind the prefix stays there: no segment is empty, "." or "..". */
static gboolean
is_safe_start (const char *start)
{
  char **segments = g_strsplit (*start == '/' ? start + 1 : start, "/", 4);
  gboolean is_safe = TRUE;

  for (guint i = 0; segments[i] != NULL; i++)
    if (*segments[i] == '\0' || strcmp (segments[i], ".") == 0 || strcmp (segments[i], "..") == 0)
      is_safe = FALSE;
  g_strfreev (segments);
  return is_safe;
}

static char *
check_place (const K8ContinuePlace *place, const char *version)
{
  if (g_strcmp0 (version, VERSION) != 0)
    return g_strdup_printf ("server does not recognize this encoded version \"%s\"",
                            version == NULL ? "" : version);
  if (place->revision == 0 || place->revision < -1)
    return g_strdup ("incorrect encoded start resourceVersion (version " VERSION ")");
  if (place->start == NULL || *place->start == '\0')
    return g_strdup ("encoded start key empty (version " VERSION ")");
  return is_safe_start (place->start) ? NULL : g_strdup (place->start);
}

const K8Status *
k8_continue_parse (K8Region *region, const char *token, K8ContinuePlace *ret_place)
{
  char *version = NULL;
  char *why = NULL;
  gsize length = 0;
  char *json = decode (token, &length, &why);

  *ret_place = (K8ContinuePlace){ .start = NULL };
  if (json != NULL)
    why = read_json (json, length, ret_place, &version);
  if (json != NULL && why == NULL)
    why = check_place (ret_place, version);
  if (why == NULL && *ret_place->start == '/')
    memmove (ret_place->start, ret_place->start + 1, strlen (ret_place->start));
  const K8Status *status = why == NULL ? NULL : refuse (region, why);
  g_free (json);
  g_free (why);
  g_free (version);
  return status;
}

const char *
k8_continue_new (K8Region *region, const char *start, gint64 revision)
{
  GString *json = g_string_new ("{\"v\":\"" VERSION "\",\"rv\":");

  k8_text_append_i64 (json, revision);
  g_string_append (json, ",\"start\":\"");
  g_string_append (json, start);
  g_string_append (json, "\\u0000\"}");
  char *token = g_malloc (K8_BASE64_LETTERS (json->len) + 1);
  k8_base64_encode (json->str, json->len, token);
  for (char *at = token; *at != '\0'; at++)
    if (*at == '+')
      *at = '-';
    else if (*at == '/')
      *at = '_';
    else if (*at == '=')
      *at = '\0';
  const char *text = k8_string_intern (region, token);
  g_string_free (json, TRUE);
  g_free (token);
  return text;
}
