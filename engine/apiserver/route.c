/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes: raw target to segments, segments to a resource, method to a verb.
 * Source: kubernetes apiserver pkg/endpoints/request (requestinfo.go) (v1.36).
 * Departures: `.` and `..`, empty segments, encoded slashes and NUL are no path (404), where Go
 * cleans them first.
 */
#include "apiserver/route.h"

#include <string.h>

#include "base/string.h"
#include "machinery/discovery.h"
#include "machinery/gvk.h"

static int
hex_value (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

typedef enum
{
  IN_PATH,
  IN_QUERY, /* a plus is a space */
} Place;

/* Decodes %XX. NULL if it is malformed, holds NUL, or is not UTF-8. (transfer full) */
static char *
decode (const char *text, gsize length, Place place)
{
  GString *decoded = g_string_sized_new (length);

  for (gsize i = 0; i < length; i++)
    {
      int high = text[i] == '%' && i + 2 < length ? hex_value (text[i + 1]) : -1;
      int low = high >= 0 ? hex_value (text[i + 2]) : -1;
      char c = text[i];
      if (c == '%' && (low < 0 || (high == 0 && low == 0)))
        {
          g_string_free (decoded, TRUE);
          return NULL;
        }
      if (c == '%')
        {
          c = (char) (high * 16 + low);
          i += 2;
        }
      else if (c == '+' && place == IN_QUERY)
        c = ' ';
      g_string_append_c (decoded, c);
    }
  if (g_utf8_validate (decoded->str, (gssize) decoded->len, NULL))
    return g_string_free (decoded, FALSE);
  g_string_free (decoded, TRUE);
  return NULL;
}

static gboolean
is_good_segment (const char *segment)
{
  return segment != NULL && *segment != '\0' && strcmp (segment, ".") != 0
         && strcmp (segment, "..") != 0 && strchr (segment, '/') == NULL;
}

/* Splits the path. FALSE if a segment cannot be. A slash at the end is no segment. */
static gboolean
split_path (K8Route *self, const char *path, gsize length)
{
  gsize start = 1;

  if (length == 0 || path[0] != '/')
    return FALSE;
  while (start < length)
    {
      const char *slash = memchr (path + start, '/', length - start);
      gsize end = slash == NULL ? length : (gsize) (slash - path);
      char *segment = decode (path + start, end - start, IN_PATH);
      if (!is_good_segment (segment) || self->n_segments == K8_ROUTE_MAX_SEGMENTS)
        {
          g_free (segment);
          return FALSE;
        }
      self->segments[self->n_segments++] = segment;
      start = end + 1;
    }
  return TRUE;
}

static gboolean
add_parameter (K8Route *self, const char *text, gsize length)
{
  const char *equals = memchr (text, '=', length);
  gsize key_bytes = equals == NULL ? length : (gsize) (equals - text);

  if (length == 0)
    return TRUE;
  if (self->n_parameters == K8_ROUTE_MAX_PARAMETERS)
    return FALSE;
  char *key = decode (text, key_bytes, IN_QUERY);
  char *value = equals == NULL ? g_strdup ("")
                               : decode (equals + 1, length - key_bytes - 1, IN_QUERY);
  if (key == NULL || value == NULL)
    {
      g_free (key);
      g_free (value);
      return FALSE;
    }
  self->keys[self->n_parameters] = key;
  self->values[self->n_parameters++] = value;
  return TRUE;
}

static gboolean
split_query (K8Route *self, const char *query)
{
  while (*query != '\0')
    {
      gsize length = strcspn (query, "&");
      if (!add_parameter (self, query, length))
        return FALSE;
      query += length;
      if (*query == '&')
        query++;
    }
  return TRUE;
}

static const char *const subresource_names[] = {
  [K8_SUBRESOURCE_NONE] = "",
  [K8_SUBRESOURCE_STATUS] = "status",
  [K8_SUBRESOURCE_SCALE] = "scale",
  [K8_SUBRESOURCE_BINDING] = "binding",
  [K8_SUBRESOURCE_TOKEN] = "token",
  [K8_SUBRESOURCE_EVICTION] = "eviction",
  [K8_SUBRESOURCE_EPHEMERAL_CONTAINERS] = "ephemeralcontainers",
  [K8_SUBRESOURCE_RESIZE] = "resize",
  [K8_SUBRESOURCE_FINALIZE] = "finalize",
  [K8_SUBRESOURCE_LOG] = "log",
  [K8_SUBRESOURCE_EXEC] = "exec",
  [K8_SUBRESOURCE_ATTACH] = "attach",
  [K8_SUBRESOURCE_PORT_FORWARD] = "portforward",
};

/* The subresource of a kind by name, or NONE if the kind has none of it. */
static K8ApiSubresource
find_subresource (const K8KindInfo *kind, const char *name)
{
  K8Subresource served;

  if (!k8_subresource_find (kind, name, &served))
    return K8_SUBRESOURCE_NONE;
  for (guint i = 1; i < G_N_ELEMENTS (subresource_names); i++)
    if (strcmp (subresource_names[i], name) == 0)
      return (K8ApiSubresource) i;
  return K8_SUBRESOURCE_NONE;
}

/* Reads what follows the version: [watch/] [namespaces/NS/] PLURAL [/NAME [/SUBRESOURCE]]. */
static void
read_resource (K8Route *self, guint at)
{
  guint n = self->n_segments;

  self->is_watch = at + 1 < n && strcmp (self->segments[at], "watch") == 0;
  if (self->is_watch)
    at++;
  gboolean is_inside = n - at >= 3 && strcmp (self->segments[at], "namespaces") == 0
                       && strcmp (self->segments[at + 2], "status") != 0
                       && strcmp (self->segments[at + 2], "finalize") != 0;
  if (is_inside)
    {
      self->namespace_name = self->segments[at + 1];
      at += 2;
    }
  self->plural = self->segments[at];
  self->name = at + 1 < n ? self->segments[at + 1] : NULL;
  self->subresource_name = at + 2 < n ? self->segments[at + 2] : NULL;
  self->type = at + 3 < n ? K8_ROUTE_NONE : K8_ROUTE_UNKNOWN;
}

/* Whether the scope of the path is that of the kind. A collection of all namespaces is fine. */
static gboolean
is_right_scope (const K8Route *self)
{
  if (!self->kind->is_namespaced)
    return self->namespace_name == NULL;
  return self->namespace_name != NULL || self->name == NULL;
}

static void
find_kind (K8Route *self)
{
  self->kind = k8_kind_find_plural (self->group, self->version, self->plural);
  if (self->kind == NULL || !is_right_scope (self))
    {
      self->kind = NULL;
      return;
    }
  if (self->subresource_name != NULL)
    {
      self->subresource = find_subresource (self->kind, self->subresource_name);
      if (self->subresource == K8_SUBRESOURCE_NONE)
        return;
    }
  self->type = K8_ROUTE_RESOURCE;
}

static void
classify (K8Route *self)
{
  guint n = self->n_segments;

  self->type = K8_ROUTE_DOCUMENT;
  if (n >= 3 && strcmp (self->segments[0], "api") == 0)
    {
      self->group = "";
      self->version = self->segments[1];
      read_resource (self, 2);
    }
  else if (n >= 4 && strcmp (self->segments[0], "apis") == 0)
    {
      self->group = self->segments[1];
      self->version = self->segments[2];
      read_resource (self, 3);
    }
  if (self->type == K8_ROUTE_UNKNOWN)
    find_kind (self);
}

/* Reads a target. Always to be cleared. */
void
k8_route_parse (K8Route *self, const char *target)
{
  gsize length = strcspn (target, "?#");

  *self = (K8Route){ .type = K8_ROUTE_MALFORMED, .path = g_strndup (target, length) };
  if (!split_path (self, target, length))
    {
      self->type = K8_ROUTE_NONE;
      return;
    }
  if (target[length] == '?' && !split_query (self, target + length + 1))
    return;
  classify (self);
}

void
k8_route_clear (K8Route *self)
{
  for (guint i = 0; i < self->n_segments; i++)
    g_free (self->segments[i]);
  for (guint i = 0; i < self->n_parameters; i++)
    {
      g_free (self->keys[i]);
      g_free (self->values[i]);
    }
  g_free (self->path);
  *self = (K8Route){ .type = K8_ROUTE_NONE };
}

const char *
k8_route_get (const K8Route *self, const char *key)
{
  for (guint i = 0; i < self->n_parameters; i++)
    if (strcmp (self->keys[i], key) == 0)
      return self->values[i];
  return NULL;
}

gboolean
k8_route_is_true (const K8Route *self, const char *key)
{
  const char *value = k8_route_get (self, key);

  return value != NULL && strcmp (value, "0") != 0 && g_ascii_strcasecmp (value, "false") != 0;
}

static gboolean
is_subresource_verb (const K8Route *self, const char *verb)
{
  K8Subresource served;

  return k8_subresource_find (self->kind, self->subresource_name, &served)
         && k8_list_text_has (served.verbs, verb);
}

/* The verb of a method here, whether it is served or not. */
K8Verb
k8_route_verb (const K8Route *self, const char *method)
{
  gboolean is_collection = self->name == NULL;

  if (strcmp (method, "GET") == 0)
    {
      if (self->is_watch || (is_collection && k8_route_is_true (self, "watch")))
        return K8_VERB_WATCH;
      return is_collection ? K8_VERB_LIST : K8_VERB_GET;
    }
  if (strcmp (method, "POST") == 0)
    return is_collection || self->subresource_name != NULL ? K8_VERB_CREATE : K8_VERB_NONE;
  if (strcmp (method, "DELETE") == 0)
    return is_collection ? K8_VERB_DELETE_COLLECTION : K8_VERB_DELETE;
  if (is_collection)
    return K8_VERB_NONE;
  if (strcmp (method, "PUT") == 0)
    return K8_VERB_UPDATE;
  return strcmp (method, "PATCH") == 0 ? K8_VERB_PATCH : K8_VERB_NONE;
}

/* Whether the kind or its subresource is served with a verb. */
gboolean
k8_route_allows (const K8Route *self, K8Verb verb)
{
  if (verb == K8_VERB_NONE)
    return FALSE;
  if (self->subresource_name != NULL)
    return is_subresource_verb (self, k8_verb_name (verb));
  if ((verb == K8_VERB_CREATE || verb == K8_VERB_DELETE_COLLECTION) && self->kind->is_namespaced
      && self->namespace_name == NULL)
    return FALSE;
  return k8_kind_has_verb (self->kind, k8_verb_name (verb));
}
