/* SPDX-License-Identifier: Apache-2.0
 *
 * IP addresses and ranges: two parsers (dotted, colons), one writer, and the checks of fields.
 * Leading zeros and IPv4-mapped addresses are understood, then refused with a sentence.
 * Source: Go's net and net/netip, k8s.io/utils/net, k8s.io/apimachinery
 * pkg/util/validation/ip.go (v1.36). Departures: none known; zones are no IPs in the API.
 */
#include "machinery/ip.h"

#include <string.h>

enum
{
  N_GROUPS = 8,
};

/* Reads a decimal number of at most three significant digits; NULL if there is none. */
static const char *
read_decimal (const char *p, guint max, guint *ret_value, gboolean *ret_has_leading_zeros)
{
  guint value = 0;
  const char *begin = p;

  for (; g_ascii_isdigit (*p); p++)
    {
      value = value * 10 + (guint) (*p - '0');
      if (value > max)
        return NULL;
    }
  if (p == begin)
    return NULL;
  if (p - begin > 1 && *begin == '0')
    *ret_has_leading_zeros = TRUE;
  *ret_value = value;
  return p;
}

static gboolean
parse_v4 (const char *text, guint8 ret_bytes[4], gboolean *ret_has_leading_zeros)
{
  for (guint i = 0; i < 4; i++)
    {
      guint value;
      if (i > 0 && *text++ != '.')
        return FALSE;
      text = read_decimal (text, 255, &value, ret_has_leading_zeros);
      if (text == NULL)
        return FALSE;
      ret_bytes[i] = (guint8) value;
    }
  return *text == '\0';
}

static const char *
read_hex_group (const char *p, guint *ret_value)
{
  guint n = 0;

  *ret_value = 0;
  for (; g_ascii_isxdigit (*p); p++, n++)
    *ret_value = *ret_value * 16 + (guint) g_ascii_xdigit_value (*p);
  return n == 0 || n > 4 ? NULL : p;
}

/* Makes room for the zeros that "::" stands for. */
static void
spread_bytes (guint8 bytes[16], guint ellipsis, guint n)
{
  guint missing = 16 - n;

  for (guint i = n; i-- > ellipsis;)
    bytes[i + missing] = bytes[i];
  memset (bytes + ellipsis, 0, missing);
}

/* The state of parse_v6(): bytes so far, and where "::" stood. */
typedef struct
{
  guint n;
  gboolean has_ellipsis;
  guint ellipsis;
} V6State;

/* One group, or the dotted tail; NULL: bad; an empty text: the end. */
static const char *
read_v6_part (const char *p, V6State *state, K8IP *ret_ip)
{
  guint value;
  const char *end = read_hex_group (p, &value);

  if (end == NULL)
    return NULL;
  if (*end == '.')
    {
      if ((!state->has_ellipsis && state->n != 12) || state->n > 12 ||
          !parse_v4 (p, ret_ip->bytes + state->n, &ret_ip->has_leading_zeros))
        return NULL;
      state->n += 4;
      return "";
    }
  ret_ip->bytes[state->n++] = (guint8) (value >> 8);
  ret_ip->bytes[state->n++] = (guint8) value;
  if (*end == '\0')
    return end;
  if (end[0] != ':' || end[1] == '\0')
    return NULL;
  if (end[1] != ':')
    return end + 1;
  if (state->has_ellipsis)
    return NULL;
  state->has_ellipsis = TRUE;
  state->ellipsis = state->n;
  return end + 2;
}

static gboolean
parse_v6 (const char *text, K8IP *ret_ip)
{
  V6State state = { 0 };

  if (text[0] == ':' && text[1] == ':')
    {
      state.has_ellipsis = TRUE;
      text += 2;
    }
  while (state.n < 16 && *text != '\0')
    {
      text = read_v6_part (text, &state, ret_ip);
      if (text == NULL)
        return FALSE;
    }
  if (*text != '\0' || (state.n < 16 && !state.has_ellipsis))
    return FALSE;
  if (state.n == 16 && state.has_ellipsis)
    return FALSE;
  if (state.n < 16)
    spread_bytes (ret_ip->bytes, state.ellipsis, state.n);
  return TRUE;
}

static void
fold_mapped (K8IP *ip)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };

  if (memcmp (ip->bytes, mapped, sizeof mapped) != 0)
    {
      ip->is_v6 = TRUE;
      return;
    }
  ip->is_mapped = TRUE;
  memmove (ip->bytes, ip->bytes + 12, 4);
  memset (ip->bytes + 4, 0, 12);
}

/* Reads an address as Go's older parser does, leading zeros included. FALSE: it is none. */
gboolean
k8_ip_parse (const char *text, K8IP *ret_ip)
{
  const char *first;
  K8IP ip = { 0 };

  if (text == NULL)
    return FALSE;
  first = text;
  while (*first != '\0' && *first != '.' && *first != ':')
    first++;
  if (*first == '.')
    {
      if (!parse_v4 (text, ip.bytes, &ip.has_leading_zeros))
        return FALSE;
    }
  else if (*first == ':' && parse_v6 (text, &ip))
    fold_mapped (&ip);
  else
    return FALSE;
  *ret_ip = ip;
  return TRUE;
}

/* Reads ADDRESS/BITS. */
gboolean
k8_cidr_parse (const char *text, K8CIDR *ret_cidr)
{
  const char *slash = text == NULL ? NULL : strchr (text, '/');
  char address[K8_IP_TEXT_BYTES];
  K8CIDR cidr = { 0 };

  if (slash == NULL || slash - text >= K8_IP_TEXT_BYTES)
    return FALSE;
  memcpy (address, text, (gsize) (slash - text));
  address[slash - text] = '\0';
  if (!k8_ip_parse (address, &cidr.ip))
    return FALSE;
  guint max = strchr (address, ':') != NULL ? 128 : 32;
  const char *end = read_decimal (slash + 1, max, &cidr.prefix_bits, &cidr.has_leading_zeros);
  if (end == NULL || *end != '\0')
    return FALSE;
  cidr.has_leading_zeros = cidr.has_leading_zeros || cidr.ip.has_leading_zeros;
  if (cidr.ip.is_mapped)
    cidr.prefix_bits = cidr.prefix_bits > 96 ? cidr.prefix_bits - 96 : 0;
  *ret_cidr = cidr;
  return TRUE;
}

static guint
get_group (const K8IP *ip, guint i)
{
  return (guint) ip->bytes[i * 2] << 8 | ip->bytes[i * 2 + 1];
}

/* The longest run of zero groups, at least two; the first of equals. */
static void
find_zero_run (const K8IP *ip, guint *ret_begin, guint *ret_end)
{
  *ret_begin = *ret_end = N_GROUPS;
  for (guint i = 0; i < N_GROUPS; i++)
    {
      guint end = i;
      while (end < N_GROUPS && get_group (ip, end) == 0)
        end++;
      if (end - i >= 2 && end - i > *ret_end - *ret_begin)
        {
          *ret_begin = i;
          *ret_end = end;
        }
      if (end > i)
        i = end - 1;
    }
}

/* Writes the canonical text of an address. */
void
k8_ip_to_text (const K8IP *self, char ret_text[K8_IP_TEXT_BYTES])
{
  guint begin;
  guint end;
  gint n = 0;

  if (!self->is_v6)
    {
      g_snprintf (ret_text, K8_IP_TEXT_BYTES, "%u.%u.%u.%u", self->bytes[0], self->bytes[1],
                  self->bytes[2], self->bytes[3]);
      return;
    }
  find_zero_run (self, &begin, &end);
  ret_text[0] = '\0';
  for (guint i = 0; i < N_GROUPS; i++)
    {
      if (i == begin)
        {
          n += g_snprintf (ret_text + n, (gulong) (K8_IP_TEXT_BYTES - n), "::");
          i = end - 1;
          continue;
        }
      n += g_snprintf (ret_text + n, (gulong) (K8_IP_TEXT_BYTES - n), "%s%x",
                       i > 0 && i != end ? ":" : "", get_group (self, i));
    }
}

static K8IP
mask_ip (const K8CIDR *cidr)
{
  K8IP ip = cidr->ip;
  guint n_bytes = ip.is_v6 ? 16 : 4;

  for (guint i = 0; i < n_bytes; i++)
    {
      guint first_bit = i * 8;
      guint kept = cidr->prefix_bits <= first_bit ? 0 : MIN (cidr->prefix_bits - first_bit, 8);
      ip.bytes[i] &= (guint8) (0xff00 >> kept);
    }
  return ip;
}

/* Writes the canonical text of a range: no bits beyond the prefix. */
void
k8_cidr_to_text (const K8CIDR *self, char ret_text[K8_IP_TEXT_BYTES])
{
  K8IP ip = mask_ip (self);

  k8_ip_to_text (&ip, ret_text);
  gsize n = strlen (ret_text);
  g_snprintf (ret_text + n, (gulong) (K8_IP_TEXT_BYTES - n), "/%u", self->prefix_bits);
}

gboolean
k8_cidr_has_host_bits (const K8CIDR *self)
{
  K8IP masked = mask_ip (self);

  return !k8_ip_equal (&masked, &self->ip);
}

gboolean
k8_ip_equal (const K8IP *a, const K8IP *b)
{
  return a->is_v6 == b->is_v6 && memcmp (a->bytes, b->bytes, sizeof a->bytes) == 0;
}

gboolean
k8_ip_is_unspecified (const K8IP *self)
{
  static const guint8 zeros[16] = { 0 };

  return memcmp (self->bytes, zeros, sizeof zeros) == 0;
}

gboolean
k8_ip_is_loopback (const K8IP *self)
{
  static const guint8 one[16] = { [15] = 1 };

  return self->is_v6 ? memcmp (self->bytes, one, sizeof one) == 0 : self->bytes[0] == 127;
}

gboolean
k8_ip_is_link_local_unicast (const K8IP *self)
{
  if (self->is_v6)
    return self->bytes[0] == 0xfe && (self->bytes[1] & 0xc0) == 0x80;
  return self->bytes[0] == 169 && self->bytes[1] == 254;
}

gboolean
k8_ip_is_link_local_multicast (const K8IP *self)
{
  if (self->is_v6)
    return self->bytes[0] == 0xff && (self->bytes[1] & 0x0f) == 0x02;
  return self->bytes[0] == 224 && self->bytes[1] == 0 && self->bytes[2] == 0;
}

/* TRUE and the address if it may be used. */
static gboolean
check_ip_strictly (K8FieldErrors *errors, const K8Path *path, const char *text, K8IP *ret_ip)
{
  guint n = k8_field_errors_n (errors);

  if (!k8_ip_parse (text, ret_ip))
    {
      k8_field_errors_invalid (errors, path, text,
                               "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
      return FALSE;
    }
  if (ret_ip->has_leading_zeros)
    k8_field_errors_invalid (errors, path, text, "must not have leading 0s");
  if (ret_ip->is_mapped && !ret_ip->has_leading_zeros)
    k8_field_errors_invalid (errors, path, text, "must not be an IPv4-mapped IPv6 address");
  return k8_field_errors_n (errors) == n;
}

/* A field that is older than the strict rule: other spellings than the canonical one are good. */
void
k8_ip_check_legacy (K8FieldErrors *errors, const K8Path *path, const char *text)
{
  K8IP ip;

  check_ip_strictly (errors, path, text, &ip);
}

void
k8_ip_check (K8FieldErrors *errors, const K8Path *path, const char *text)
{
  K8IP ip;
  char canonical[K8_IP_TEXT_BYTES];

  if (!check_ip_strictly (errors, path, text, &ip))
    return;
  k8_ip_to_text (&ip, canonical);
  if (strcmp (canonical, text) != 0)
    k8_field_errors_invalid (errors, path, text, "must be in canonical form (\"%s\")", canonical);
}

static gboolean
check_cidr_strictly (K8FieldErrors *errors, const K8Path *path, const char *text, K8CIDR *ret_cidr)
{
  if (!k8_cidr_parse (text, ret_cidr))
    k8_field_errors_invalid (errors, path, text,
                             "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
  else if (ret_cidr->has_leading_zeros)
    k8_field_errors_invalid (errors, path, text, "must not have leading 0s in IP or prefix length");
  else if (ret_cidr->ip.is_mapped)
    k8_field_errors_invalid (errors, path, text, "must not have an IPv4-mapped IPv6 address");
  else if (k8_cidr_has_host_bits (ret_cidr))
    k8_field_errors_invalid (errors, path, text, "must not have bits set beyond the prefix length");
  else
    return TRUE;
  return FALSE;
}

void
k8_cidr_check_legacy (K8FieldErrors *errors, const K8Path *path, const char *text)
{
  K8CIDR cidr;

  check_cidr_strictly (errors, path, text, &cidr);
}

void
k8_cidr_check (K8FieldErrors *errors, const K8Path *path, const char *text)
{
  K8CIDR cidr;
  char canonical[K8_IP_TEXT_BYTES];

  if (!check_cidr_strictly (errors, path, text, &cidr))
    return;
  k8_cidr_to_text (&cidr, canonical);
  if (strcmp (canonical, text) != 0)
    k8_field_errors_invalid (errors, path, text, "must be in canonical form (\"%s\")", canonical);
}
