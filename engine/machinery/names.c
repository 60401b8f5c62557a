/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of names, each a hand-written match of the expression that its sentence quotes, and
 * generated names.
 * Source: k8s.io/apimachinery pkg/util/validation, pkg/api/validate/content; k8s.io/apiserver
 * pkg/storage/names (v1.36).
 */
#include "machinery/names.h"

#include <string.h>

#define EACH_LABEL "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define EACH_LABEL_UNDERSCORE "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
#define SUBDOMAIN_SAYS                                                                             \
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "     \
  "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "    \
  "for validation is '" EACH_LABEL "(\\." EACH_LABEL ")*')"
#define NAME_PART_SAYS                                                                             \
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "      \
  "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "           \
  "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

static const char says_label[] =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex "
    "used for validation is '" EACH_LABEL "')";
static const char says_subdomain_underscore[] =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', "
    "'-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', "
    "regex used for validation is '" EACH_LABEL_UNDERSCORE "(\\." EACH_LABEL_UNDERSCORE ")*')";
static const char says_dns_1035[] =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or "
    "'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
static const char says_label_value[] =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "
    "'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
static const char says_label_key[] =
    "a valid label key " NAME_PART_SAYS " with an optional DNS subdomain prefix and '/' (e.g. "
    "'example.com/MyName')";
static const char says_config_key[] =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
    "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
    "'[-._a-zA-Z0-9]+')";
static const char says_env[] =
    "a valid environment variable name must consist only of printable ASCII characters other "
    "than '='";
static const char says_c_identifier[] =
    "a valid C identifier must start with alphabetic character or '_', followed by a string of "
    "alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used "
    "for validation is '[A-Za-z_][A-Za-z0-9_]*')";
static const char says_header[] =
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. "
    "'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
static const char says_percent[] =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or "
    "'93%', regex used for validation is '[0-9]+%')";

/* What may stand inside a part, beside letters and digits. */
typedef enum
{
  PART_LOWER = 1 << 0,  /* letters are lower case */
  PART_LETTER = 1 << 1, /* begins with a letter */
  PART_UNDERSCORE = 1 << 2,
  PART_DOT = 1 << 3,
} PartRules;

static gboolean
is_alphanumeric (char c)
{
  return g_ascii_isalnum (c);
}

static gboolean
is_end_of_part (char c, PartRules rules)
{
  return is_alphanumeric (c) && !((rules & PART_LOWER) != 0 && g_ascii_isupper (c));
}

static gboolean
is_inside_part (char c, PartRules rules)
{
  return is_end_of_part (c, rules) || c == '-' || (c == '_' && (rules & PART_UNDERSCORE) != 0) ||
         (c == '.' && (rules & PART_DOT) != 0);
}

/* Letters and digits at both ends, and what @rules allow between. */
static gboolean
is_part (const char *text, gsize length, PartRules rules)
{
  if (length == 0 || !is_end_of_part (text[0], rules) || !is_end_of_part (text[length - 1], rules))
    return FALSE;
  if ((rules & PART_LETTER) != 0 && !g_ascii_isalpha (text[0]))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!is_inside_part (text[i], rules))
      return FALSE;
  return TRUE;
}

/* Parts joined by dots; with underscores, each part may begin with one. */
static gboolean
is_subdomain (const char *text, gsize length, PartRules rules)
{
  const char *end = text + length;

  while (TRUE)
    {
      const char *dot = memchr (text, '.', (gsize) (end - text));
      const char *part_end = dot == NULL ? end : dot;
      if ((rules & PART_UNDERSCORE) != 0 && text < part_end && text[0] == '_')
        text++;
      if (!is_part (text, (gsize) (part_end - text), rules))
        return FALSE;
      if (dot == NULL)
        return TRUE;
      text = dot + 1;
    }
}

static gboolean
has_only (const char *text, const char *others)
{
  for (; *text != '\0'; text++)
    if (!is_alphanumeric (*text) && strchr (others, *text) == NULL)
      return FALSE;
  return TRUE;
}

static void
add_fault (K8NameFaults *faults, const char *text)
{
  faults->text[faults->n++] = text;
}

static const char *
or_empty (const char *name)
{
  return name == NULL ? "" : name;
}

K8NameFaults
k8_name_check_dns_1123_label (const char *name)
{
  K8NameFaults faults = { 0 };
  const char *text = or_empty (name);
  gsize length = strlen (text);

  if (length > K8_DNS_LABEL_MAX_BYTES)
    add_fault (&faults, "must be no more than 63 characters");
  if (is_part (text, length, PART_LOWER))
    return faults;
  if (is_subdomain (text, length, PART_LOWER))
    add_fault (&faults, "must not contain dots");
  else
    add_fault (&faults, says_label);
  return faults;
}

static K8NameFaults
check_subdomain (const char *name, PartRules rules, const char *says)
{
  K8NameFaults faults = { 0 };
  const char *text = or_empty (name);
  gsize length = strlen (text);

  if (length > K8_DNS_SUBDOMAIN_MAX_BYTES)
    add_fault (&faults, "must be no more than 253 characters");
  if (!is_subdomain (text, length, rules))
    add_fault (&faults, says);
  return faults;
}

K8NameFaults
k8_name_check_dns_1123_subdomain (const char *name)
{
  return check_subdomain (name, PART_LOWER, SUBDOMAIN_SAYS);
}

K8NameFaults
k8_name_check_dns_1123_subdomain_with_underscore (const char *name)
{
  return check_subdomain (name, PART_LOWER | PART_UNDERSCORE, says_subdomain_underscore);
}

K8NameFaults
k8_name_check_dns_1035_label (const char *name)
{
  K8NameFaults faults = { 0 };
  const char *text = or_empty (name);
  gsize length = strlen (text);

  if (length > K8_DNS_LABEL_MAX_BYTES)
    add_fault (&faults, "must be no more than 63 characters");
  if (!is_part (text, length, PART_LOWER | PART_LETTER))
    add_fault (&faults, says_dns_1035);
  return faults;
}

/* What may stand between two slashes of a URL. */
K8NameFaults
k8_name_check_path_segment (const char *name)
{
  K8NameFaults faults = { 0 };
  const char *text = or_empty (name);

  if (strcmp (text, ".") == 0)
    add_fault (&faults, "may not be '.'");
  if (strcmp (text, "..") == 0)
    add_fault (&faults, "may not be '..'");
  if (faults.n > 0)
    return faults;
  if (strchr (text, '/') != NULL)
    add_fault (&faults, "may not contain '/'");
  if (strchr (text, '%') != NULL)
    add_fault (&faults, "may not contain '%'");
  return faults;
}

/* The prefix of a qualified name, in front of its slash. */
static void
check_prefix (const char *text, gsize length, K8NameFaults *faults)
{
  if (length == 0)
    {
      add_fault (faults, "prefix part must be non-empty");
      return;
    }
  if (length > K8_DNS_SUBDOMAIN_MAX_BYTES)
    add_fault (faults, "prefix part must be no more than 253 bytes");
  if (!is_subdomain (text, length, PART_LOWER))
    add_fault (faults, "prefix part " SUBDOMAIN_SAYS);
}

/* A label key, and everything that is named like one: `[prefix/]name`. */
K8NameFaults
k8_name_check_qualified (const char *name)
{
  K8NameFaults faults = { 0 };
  const char *text = or_empty (name);
  const char *slash = strchr (text, '/');

  if (slash != NULL && strchr (slash + 1, '/') != NULL)
    {
      add_fault (&faults, says_label_key);
      return faults;
    }
  if (slash != NULL)
    {
      check_prefix (text, (gsize) (slash - text), &faults);
      text = slash + 1;
    }
  if (text[0] == '\0')
    add_fault (&faults, "name part must be non-empty");
  else if (strlen (text) > K8_DNS_LABEL_MAX_BYTES)
    add_fault (&faults, "name part must be no more than 63 bytes");
  if (!is_part (text, strlen (text), PART_UNDERSCORE | PART_DOT))
    add_fault (&faults, "name part " NAME_PART_SAYS);
  return faults;
}

K8NameFaults
k8_name_check_label_value (const char *name)
{
  K8NameFaults faults = { 0 };
  const char *text = or_empty (name);

  if (strlen (text) > K8_LABEL_VALUE_MAX_BYTES)
    add_fault (&faults, "must be no more than 63 bytes");
  if (text[0] != '\0' && !is_part (text, strlen (text), PART_UNDERSCORE | PART_DOT))
    add_fault (&faults, says_label_value);
  return faults;
}

/* A key of a ConfigMap or Secret: it becomes the name of a file. */
K8NameFaults
k8_name_check_config_map_key (const char *name)
{
  K8NameFaults faults = { 0 };
  const char *text = or_empty (name);

  if (strlen (text) > K8_DNS_SUBDOMAIN_MAX_BYTES)
    add_fault (&faults, "must be no more than 253 characters");
  if (text[0] == '\0' || !has_only (text, "-._"))
    add_fault (&faults, says_config_key);
  if (strcmp (text, ".") == 0)
    add_fault (&faults, "must not be '.'");
  else if (strcmp (text, "..") == 0)
    add_fault (&faults, "must not be '..'");
  else if (strncmp (text, "..", 2) == 0)
    add_fault (&faults, "must not start with '..'");
  return faults;
}

K8NameFaults
k8_name_check_env_var (const char *name)
{
  K8NameFaults faults = { 0 };
  const char *text = or_empty (name);

  if (text[0] == '\0')
    add_fault (&faults, "environment variable name must be non-empty");
  for (; *text != '\0'; text++)
    if (!g_ascii_isprint (*text) || *text == '=')
      {
        add_fault (&faults, says_env);
        break;
      }
  return faults;
}

K8NameFaults
k8_name_check_c_identifier (const char *name)
{
  K8NameFaults faults = { 0 };
  const char *text = or_empty (name);

  if (text[0] == '\0' || g_ascii_isdigit (text[0]) || !has_only (text, "_"))
    add_fault (&faults, says_c_identifier);
  return faults;
}

static gboolean
is_port_character (char c)
{
  return g_ascii_islower (c) || g_ascii_isdigit (c) || c == '-';
}

/* The name of a port, as IANA registers service names. */
K8NameFaults
k8_name_check_port (const char *name)
{
  K8NameFaults faults = { 0 };
  const char *text = or_empty (name);
  gsize length = strlen (text);
  gboolean has_letter = FALSE;
  gboolean is_plain = length > 0;

  for (gsize i = 0; i < length; i++)
    {
      has_letter = has_letter || g_ascii_islower (text[i]);
      is_plain = is_plain && is_port_character (text[i]);
    }
  if (length > 15)
    add_fault (&faults, "must be no more than 15 characters");
  if (!is_plain)
    add_fault (&faults, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!has_letter)
    add_fault (&faults, "must contain at least one letter (a-z)");
  if (strstr (text, "--") != NULL)
    add_fault (&faults, "must not contain consecutive hyphens");
  if (length > 0 && (text[0] == '-' || text[length - 1] == '-'))
    add_fault (&faults, "must not begin or end with a hyphen");
  return faults;
}

K8NameFaults
k8_name_check_http_header (const char *name)
{
  K8NameFaults faults = { 0 };
  const char *text = or_empty (name);

  if (text[0] == '\0' || !has_only (text, "-"))
    add_fault (&faults, says_header);
  return faults;
}

K8NameFaults
k8_name_check_percent (const char *name)
{
  K8NameFaults faults = { 0 };
  const char *text = or_empty (name);
  gsize n_digits = 0;

  while (g_ascii_isdigit (text[n_digits]))
    n_digits++;
  if (n_digits == 0 || strcmp (text + n_digits, "%") != 0)
    add_fault (&faults, says_percent);
  return faults;
}

K8NameFaults
k8_name_check_port_number (gint64 port)
{
  K8NameFaults faults = { 0 };

  if (port < 1 || port > 65535)
    add_fault (&faults, "must be between 1 and 65535, inclusive");
  return faults;
}

K8NameFaults
k8_name_check_user_id (gint64 id)
{
  K8NameFaults faults = { 0 };

  if (id < 0 || id > G_MAXINT32)
    add_fault (&faults, "must be between 0 and 2147483647, inclusive");
  return faults;
}

K8NameFaults
k8_name_check_group_id (gint64 id)
{
  return k8_name_check_user_id (id);
}

/**
 * k8_name_generate:
 * @prefix: metadata.generateName
 * @bits: random bits; the same bits give the same name
 *
 * Makes the name of an object that has none: vowels and look-alikes are left out, so that no
 * words come about.
 *
 * Returns: (transfer full): the name.
 */
char *
k8_name_generate (const char *prefix, guint64 bits)
{
  static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
  char suffix[6];

  for (guint i = 0; i < 5; i++)
    {
      suffix[i] = alphabet[bits % (sizeof alphabet - 1)];
      bits /= sizeof alphabet - 1;
    }
  suffix[5] = '\0';
  return g_strdup_printf ("%.*s%s", K8_GENERATE_NAME_MAX_BYTES, prefix, suffix);
}
