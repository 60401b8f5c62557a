/* SPDX-License-Identifier: Apache-2.0
 *
 * Errors of fields: the words before the colon, the bad value, the detail.
 * Texts are quoted as Go's %q does, JSON stands as it is.
 * Source: k8s.io/apimachinery pkg/util/validation/field/errors.go (v1.36).
 * Departures: what Go's tables call printable is, here, everything from U+00A0 but U+00AD.
 */
#include "machinery/field_errors.h"

#include <string.h>

#include "base/assert.h"

typedef struct
{
  const char *reason; /* of a cause */
  const char *words;
} ErrorWords;

static const ErrorWords error_words[K8_N_FIELD_ERRORS] = {
  [K8_FIELD_ERROR_NOT_FOUND] = { "FieldValueNotFound", "Not found" },
  [K8_FIELD_ERROR_REQUIRED] = { "FieldValueRequired", "Required value" },
  [K8_FIELD_ERROR_DUPLICATE] = { "FieldValueDuplicate", "Duplicate value" },
  [K8_FIELD_ERROR_INVALID] = { "FieldValueInvalid", "Invalid value" },
  [K8_FIELD_ERROR_NOT_SUPPORTED] = { "FieldValueNotSupported", "Unsupported value" },
  [K8_FIELD_ERROR_FORBIDDEN] = { "FieldValueForbidden", "Forbidden" },
  [K8_FIELD_ERROR_TOO_LONG] = { "FieldValueTooLong", "Too long" },
  [K8_FIELD_ERROR_TOO_MANY] = { "FieldValueTooMany", "Too many" },
  [K8_FIELD_ERROR_INTERNAL] = { "InternalError", "Internal error" },
  [K8_FIELD_ERROR_TYPE_INVALID] = { "FieldValueTypeInvalid", "Invalid value" },
};

static void
free_error (gpointer error)
{
  K8FieldError *self = error;

  g_free (self->field);
  g_free (self->body);
  g_free (self);
}

/* Begins an empty list. */
void
k8_field_errors_init (K8FieldErrors *self)
{
  self->list = g_ptr_array_new_with_free_func (free_error);
}

/* Lets go of everything in it. */
void
k8_field_errors_clear (K8FieldErrors *self)
{
  g_ptr_array_unref (self->list);
  self->list = NULL;
}

guint
k8_field_errors_n (const K8FieldErrors *self)
{
  return self->list->len;
}

const K8FieldError *
k8_field_errors_at (const K8FieldErrors *self, guint index)
{
  k8_assert (index < self->list->len);
  return g_ptr_array_index (self->list, index);
}

/* The reason that a cause of the Status bears. */
const char *
k8_field_error_reason (K8FieldErrorType type)
{
  k8_assert (type > K8_FIELD_ERROR_NONE);
  k8_assert (type < K8_N_FIELD_ERRORS);
  return error_words[type].reason;
}

static void
append_escape (GString *text, gunichar c)
{
  static const char from[] = "\a\b\f\n\r\t\v\\\"";
  static const char to[] = "abfnrtv\\\"";
  const char *known = c > 0 && c < 0x80 ? strchr (from, (int) c) : NULL;

  if (known != NULL)
    g_string_append_printf (text, "\\%c", to[known - from]);
  else if (c < 0x80)
    g_string_append_printf (text, "\\x%02x", c);
  else
    g_string_append_printf (text, "\\u%04x", c);
}

static gboolean
needs_escape (gunichar c)
{
  return c < 0x20 || c == '"' || c == '\\' || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0xfeff;
}

void
k8_quote_append (GString *text, const char *value)
{
  const char *end;

  g_string_append_c (text, '"');
  for (const char *p = value == NULL ? "" : value; *p != '\0'; p = end)
    {
      if (g_utf8_validate_len (p, strlen (p), &end) || end > p)
        {
          end = g_utf8_next_char (p);
          gunichar c = g_utf8_get_char (p);
          if (needs_escape (c))
            append_escape (text, c);
          else
            g_string_append_len (text, p, end - p);
        }
      else
        {
          g_string_append_printf (text, "\\x%02x", (guchar) *p);
          end = p + 1;
        }
    }
  g_string_append_c (text, '"');
}

/* Adds an error whose body is "WORDS[: VALUE][: DETAIL]"; takes @value and @detail over. */
static void
add_error (
    K8FieldErrors *self, K8FieldErrorType type, const K8Path *path, char *value, char *detail)
{
  K8FieldError *error = g_new (K8FieldError, 1);
  GString *body = g_string_new (error_words[type].words);

  if (value != NULL)
    g_string_append_printf (body, ": %s", value);
  if (detail != NULL && detail[0] != '\0')
    g_string_append_printf (body, ": %s", detail);
  g_free (value);
  g_free (detail);
  error->type = type;
  error->field = k8_path_to_text (path);
  error->body = g_string_free (body, FALSE);
  g_ptr_array_add (self->list, error);
}

static char *
quote (const char *value)
{
  GString *text = g_string_new (NULL);

  k8_quote_append (text, value);
  return g_string_free (text, FALSE);
}

static char *
show_int (gint64 value)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT, value);
}

/* The body of each public function with a format: @VALUE may use its parameters. */
#define ADD_FORMATTED(TYPE, VALUE)                                                                 \
  va_list arguments;                                                                               \
  va_start (arguments, format);                                                                    \
  add_error (self, K8_FIELD_ERROR_##TYPE, path, VALUE, g_strdup_vprintf (format, arguments));      \
  va_end (arguments);

void
k8_field_errors_required (K8FieldErrors *self, const K8Path *path, const char *format, ...)
{
  ADD_FORMATTED (REQUIRED, NULL)
}

void
k8_field_errors_forbidden (K8FieldErrors *self, const K8Path *path, const char *format, ...)
{
  ADD_FORMATTED (FORBIDDEN, NULL)
}

void
k8_field_errors_internal (K8FieldErrors *self, const K8Path *path, const char *format, ...)
{
  ADD_FORMATTED (INTERNAL, NULL)
}

void
k8_field_errors_invalid (
    K8FieldErrors *self, const K8Path *path, const char *value, const char *format, ...)
{
  ADD_FORMATTED (INVALID, quote (value))
}

void
k8_field_errors_invalid_int (
    K8FieldErrors *self, const K8Path *path, gint64 value, const char *format, ...)
{
  ADD_FORMATTED (INVALID, show_int (value))
}

void
k8_field_errors_invalid_bool (
    K8FieldErrors *self, const K8Path *path, gboolean value, const char *format, ...)
{
  ADD_FORMATTED (INVALID, g_strdup (value ? "true" : "false"))
}

void
k8_field_errors_invalid_json (
    K8FieldErrors *self, const K8Path *path, const char *json, const char *format, ...)
{
  ADD_FORMATTED (INVALID, g_strdup (json))
}

void
k8_field_errors_type_invalid (
    K8FieldErrors *self, const K8Path *path, const char *value, const char *format, ...)
{
  ADD_FORMATTED (TYPE_INVALID, quote (value))
}

/* "A|B|C" as `supported values: "A", "B", "C"`. */
static char *
show_values (const char *values)
{
  GString *detail = g_string_new ("supported values: ");

  for (const char *p = values;; p++)
    {
      const char *end = strchr (p, '|');
      gsize length = end == NULL ? strlen (p) : (gsize) (end - p);
      g_string_append_c (detail, '"');
      g_string_append_len (detail, p, (gssize) length);
      g_string_append_c (detail, '"');
      if (end == NULL)
        break;
      g_string_append (detail, ", ");
      p = end;
    }
  return g_string_free (detail, FALSE);
}

/* A text that is none of @values, "A|B|C" in the order in which upstream lists them. */
void
k8_field_errors_not_supported (K8FieldErrors *self,
                               const K8Path *path,
                               const char *value,
                               const char *values)
{
  add_error (self, K8_FIELD_ERROR_NOT_SUPPORTED, path, quote (value), show_values (values));
}

void
k8_field_errors_not_supported_json (K8FieldErrors *self,
                                    const K8Path *path,
                                    const char *json,
                                    const char *values)
{
  add_error (self, K8_FIELD_ERROR_NOT_SUPPORTED, path, g_strdup (json), show_values (values));
}

void
k8_field_errors_not_found (K8FieldErrors *self, const K8Path *path, const char *value)
{
  add_error (self, K8_FIELD_ERROR_NOT_FOUND, path, quote (value), NULL);
}

/* The same with a word on where it should have been. */
void
k8_field_errors_not_found_in (
    K8FieldErrors *self, const K8Path *path, const char *value, const char *format, ...)
{
  ADD_FORMATTED (NOT_FOUND, quote (value))
}

void
k8_field_errors_duplicate (K8FieldErrors *self, const K8Path *path, const char *value)
{
  add_error (self, K8_FIELD_ERROR_DUPLICATE, path, quote (value), NULL);
}

void
k8_field_errors_duplicate_int (K8FieldErrors *self, const K8Path *path, gint64 value)
{
  add_error (self, K8_FIELD_ERROR_DUPLICATE, path, show_int (value), NULL);
}

void
k8_field_errors_duplicate_json (
    K8FieldErrors *self, const K8Path *path, const char *json, const char *format, ...)
{
  ADD_FORMATTED (DUPLICATE, g_strdup (json))
}

void
k8_field_errors_too_long (K8FieldErrors *self, const K8Path *path, guint max_bytes)
{
  add_error (
      self, K8_FIELD_ERROR_TOO_LONG, path, NULL,
      g_strdup_printf ("may not be more than %u %s", max_bytes, max_bytes == 1 ? "byte" : "bytes"));
}

void
k8_field_errors_too_many (K8FieldErrors *self, const K8Path *path, guint n, guint n_max)
{
  add_error (self, K8_FIELD_ERROR_TOO_MANY, path, show_int (n),
             g_strdup_printf ("must have at most %u %s", n_max, n_max == 1 ? "item" : "items"));
}

void
k8_field_errors_add_faults (K8FieldErrors *self,
                            const K8Path *path,
                            const char *value,
                            K8NameFaults faults)
{
  for (guint i = 0; i < faults.n; i++)
    k8_field_errors_invalid (self, path, value, "%s", faults.text[i]);
}

static gboolean
is_shown_before (const GPtrArray *shown, const char *text)
{
  for (guint i = 0; i < shown->len; i++)
    if (strcmp (g_ptr_array_index (shown, i), text) == 0)
      return TRUE;
  return FALSE;
}

/**
 * k8_field_errors_to_text:
 *
 * All errors in one sentence: `a`, or `[a, b]`. A text that came before is left out.
 *
 * Returns: (transfer full): the sentence; g_free() it.
 * Source: k8s.io/apimachinery pkg/util/errors, aggregate.
 */
char *
k8_field_errors_to_text (const K8FieldErrors *self)
{
  GPtrArray *shown = g_ptr_array_new_with_free_func (g_free);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->list->len; i++)
    {
      const K8FieldError *error = k8_field_errors_at (self, i);
      char *one = g_strdup_printf ("%s: %s", error->field, error->body);
      if (is_shown_before (shown, one))
        {
          g_free (one);
          continue;
        }
      g_string_append_printf (text, "%s%s", shown->len > 0 ? ", " : "", one);
      g_ptr_array_add (shown, one);
    }
  if (shown->len > 1)
    {
      g_string_insert_c (text, 0, '[');
      g_string_append_c (text, ']');
    }
  g_ptr_array_unref (shown);
  return g_string_free (text, FALSE);
}
