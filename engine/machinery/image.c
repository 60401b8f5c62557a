/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads image references part by part, from the right: digest, tag, registry, path.
 * Source: github.com/distribution/reference, "ParseNormalizedNamed".
 * Departures: the total length of a name is not limited (upstream: 255).
 */
#include "machinery/image.h"

#include <string.h>

enum
{
  TAG_MAX_BYTES = 128,
  DIGEST_MIN_HEX = 32,
  IDENTIFIER_HEX = 64,
};

static gboolean
is_lower_alphanumeric (char c)
{
  return g_ascii_islower (c) || g_ascii_isdigit (c);
}

/* `[a-z0-9]+` joined by one dot, one or two underscores, or dashes. */
static gboolean
is_path_part (const char *p, const char *end)
{
  if (p == end || !is_lower_alphanumeric (*p) || !is_lower_alphanumeric (end[-1]))
    return FALSE;
  while (p < end)
    {
      const char *begin = p;
      while (p < end && *p == *begin && !is_lower_alphanumeric (*p))
        p++;
      gsize n = (gsize) (p - begin);
      if (n == 0)
        p++;
      else if (!(*begin == '-' || (*begin == '.' && n == 1) || (*begin == '_' && n <= 2)))
        return FALSE;
      else if (!is_lower_alphanumeric (*p))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_path (const char *path, const char *end)
{
  while (TRUE)
    {
      const char *slash = memchr (path, '/', (gsize) (end - path));
      if (!is_path_part (path, slash == NULL ? end : slash))
        return FALSE;
      if (slash == NULL)
        return TRUE;
      path = slash + 1;
    }
}

static gboolean
is_host_part (const char *p, const char *end)
{
  if (p == end || !g_ascii_isalnum (*p) || !g_ascii_isalnum (end[-1]))
    return FALSE;
  for (; p < end; p++)
    if (!g_ascii_isalnum (*p) && *p != '-')
      return FALSE;
  return TRUE;
}

static gboolean
is_bracketed (const char *p, const char *end)
{
  if (end - p < 3 || *p != '[' || end[-1] != ']')
    return FALSE;
  for (p++; p < end - 1; p++)
    if (!g_ascii_isxdigit (*p) && *p != ':')
      return FALSE;
  return TRUE;
}

/* Host parts joined by dots or an IPv6 address in brackets, and a port. */
static gboolean
is_domain (const char *p, const char *end)
{
  const char *colon = end;

  while (colon > p && g_ascii_isdigit (colon[-1]))
    colon--;
  if (colon > p && colon < end && colon[-1] == ':')
    end = colon - 1;
  if (is_bracketed (p, end))
    return TRUE;
  while (TRUE)
    {
      const char *dot = memchr (p, '.', (gsize) (end - p));
      if (!is_host_part (p, dot == NULL ? end : dot))
        return FALSE;
      if (dot == NULL)
        return TRUE;
      p = dot + 1;
    }
}

static gboolean
is_tag (const char *p, const char *end)
{
  if (p == end || end - p > TAG_MAX_BYTES || *p == '.' || *p == '-')
    return FALSE;
  for (; p < end; p++)
    if (!g_ascii_isalnum (*p) && strchr ("_.-", *p) == NULL)
      return FALSE;
  return TRUE;
}

/* `algorithm[+algorithm]:hex`. */
static gboolean
is_digest (const char *p)
{
  const char *colon = strchr (p, ':');
  gboolean is_begin = TRUE;

  if (colon == NULL)
    return FALSE;
  for (; p < colon; p++)
    {
      if (is_begin ? !g_ascii_isalpha (*p) : !g_ascii_isalnum (*p) && strchr ("-_+.", *p) == NULL)
        return FALSE;
      is_begin = !g_ascii_isalnum (*p);
    }
  if (is_begin || strlen (colon + 1) < DIGEST_MIN_HEX)
    return FALSE;
  for (p = colon + 1; *p != '\0'; p++)
    if (!g_ascii_isxdigit (*p))
      return FALSE;
  return TRUE;
}

/* A word that is an identifier of a local image cannot be a name. */
static gboolean
is_identifier (const char *image)
{
  gsize n = 0;

  while (g_ascii_isdigit (image[n]) || (image[n] >= 'a' && image[n] <= 'f'))
    n++;
  return n == IDENTIFIER_HEX && image[n] == '\0';
}

/* Whether what stands before the first slash names a registry. */
static gboolean
is_registry (const char *p, const char *end)
{
  if (end - p == 9 && strncmp (p, "localhost", 9) == 0)
    return TRUE;
  for (; p < end; p++)
    if (*p == '.' || *p == ':' || g_ascii_isupper (*p))
      return TRUE;
  return FALSE;
}

gboolean
k8_image_parse (const char *image, K8ImageName *ret_name)
{
  K8ImageName name = { .domain = "docker.io", .domain_bytes = strlen ("docker.io") };

  if (image == NULL || is_identifier (image))
    return FALSE;
  const char *end = image + strlen (image);
  const char *path = image;
  const char *slash = strchr (image, '/');
  if (slash != NULL && is_registry (image, slash))
    {
      if (!is_domain (image, slash))
        return FALSE;
      name.domain = image;
      name.domain_bytes = (gsize) (slash - image);
      path = slash + 1;
    }
  const char *at = strchr (path, '@');
  if (at != NULL)
    {
      if (!is_digest (at + 1))
        return FALSE;
      name.digest = at + 1;
      name.digest_bytes = (gsize) (end - at - 1);
      end = at;
    }
  const char *colon = memchr (path, ':', (gsize) (end - path));
  if (colon != NULL)
    {
      if (!is_tag (colon + 1, end))
        return FALSE;
      name.tag = colon + 1;
      name.tag_bytes = (gsize) (end - colon - 1);
      end = colon;
    }
  if (!is_path (path, end))
    return FALSE;
  name.path = path;
  name.path_bytes = (gsize) (end - path);
  *ret_name = name;
  return TRUE;
}

/* What is no reference gets "IfNotPresent" too: its error is reported elsewhere. */
const char *
k8_image_default_pull_policy (const char *image)
{
  K8ImageName name;

  if (!k8_image_parse (image, &name))
    return "IfNotPresent";
  if (name.tag_bytes == 0 && name.digest_bytes == 0)
    return "Always";
  gboolean is_latest = name.tag_bytes == 6 && strncmp (name.tag, "latest", 6) == 0;
  return is_latest ? "Always" : "IfNotPresent";
}
