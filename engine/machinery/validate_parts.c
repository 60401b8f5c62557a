/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks of one field that every kind uses.
 * Source: kubernetes pkg/apis/core/validation; k8s.io/apimachinery pkg/api/validation (v1.36).
 */
#include "machinery/validate_parts.h"

#include <string.h>

#include "codec/json.h"

gboolean
k8_check_is_listed (const char *word, const char *words)
{
  gsize length = word == NULL ? 0 : strlen (word);

  for (const char *p = words; length > 0 && p != NULL; p = strchr (p, '|'))
    {
      if (*p == '|')
        p++;
      if (strncmp (p, word, length) == 0 && (p[length] == '|' || p[length] == '\0'))
        return TRUE;
    }
  return FALSE;
}

gboolean
k8_check_has_prefix (const char *text, const char *prefix)
{
  return text != NULL && strncmp (text, prefix, strlen (prefix)) == 0;
}

gboolean
k8_check_has_suffix (const char *text, const char *suffix)
{
  gsize length = text == NULL ? 0 : strlen (text);
  gsize suffix_length = strlen (suffix);

  return length >= suffix_length && strcmp (text + length - suffix_length, suffix) == 0;
}

gboolean
k8_check_has_outer_space (const char *text)
{
  gsize length = text == NULL ? 0 : strlen (text);

  return length > 0 && (g_ascii_isspace (text[0]) || g_ascii_isspace (text[length - 1]));
}

gboolean
k8_check_required (K8FieldErrors *errors, const K8Path *path, const char *text)
{
  if (text != NULL && text[0] != '\0')
    return TRUE;
  k8_field_errors_required (errors, path, "%s", "");
  return FALSE;
}

/* A word of a list; an empty one is none. */
gboolean
k8_check_word (K8FieldErrors *errors, const K8Path *path, const char *word, const char *words)
{
  if (k8_check_is_listed (word, words))
    return TRUE;
  k8_field_errors_not_supported (errors, path, word, words);
  return FALSE;
}

gboolean
k8_check_required_word (K8FieldErrors *errors,
                        const K8Path *path,
                        const char *word,
                        const char *words)
{
  return k8_check_required (errors, path, word) && k8_check_word (errors, path, word, words);
}

void
k8_check_name (K8FieldErrors *errors, const K8Path *path, const char *text, K8NameCheck check)
{
  k8_field_errors_add_faults (errors, path, text, check (text));
}

void
k8_check_required_name (K8FieldErrors *errors,
                        const K8Path *path,
                        const char *text,
                        K8NameCheck check)
{
  if (k8_check_required (errors, path, text))
    k8_check_name (errors, path, text, check);
}

void
k8_check_number (K8FieldErrors *errors, const K8Path *path, gint64 value, K8NameFaults faults)
{
  for (guint i = 0; i < faults.n; i++)
    k8_field_errors_invalid_int (errors, path, value, "%s", faults.text[i]);
}

void
k8_check_non_negative (K8FieldErrors *errors, const K8Path *path, gint64 value)
{
  if (value < 0)
    k8_field_errors_invalid_int (errors, path, value, "must be greater than or equal to 0");
}

gboolean
k8_check_positive (K8FieldErrors *errors, const K8Path *path, gint64 value)
{
  if (value > 0)
    return TRUE;
  k8_field_errors_invalid_int (errors, path, value, "must be greater than zero");
  return FALSE;
}

void
k8_check_port_or_name (K8FieldErrors *errors, const K8Path *path, K8IntOrString port)
{
  if (port.is_text)
    k8_check_name (errors, path, port.text, k8_name_check_port);
  else
    k8_check_number (errors, path, port.number, k8_name_check_port_number (port.number));
}

void
k8_check_file_mode (K8FieldErrors *errors, const K8Path *path, gint64 mode)
{
  if (mode < 0 || mode > 0777)
    k8_field_errors_invalid_int (errors, path, mode,
                                 "must be a number between 0 and 0777 (octal), both inclusive");
}

gboolean
k8_check_has_backsteps (const char *file)
{
  for (const char *p = k8_string_or_empty (file); p != NULL; p = strchr (p, '/'))
    {
      if (*p == '/')
        p++;
      if (p[0] == '.' && p[1] == '.' && (p[2] == '/' || p[2] == '\0'))
        return TRUE;
    }
  return FALSE;
}

void
k8_check_no_backsteps (K8FieldErrors *errors, const K8Path *path, const char *file)
{
  if (k8_check_has_backsteps (file))
    k8_field_errors_invalid (errors, path, file, "must not contain '..'");
}

/* A path below some folder. */
void
k8_check_descending_path (K8FieldErrors *errors, const K8Path *path, const char *file)
{
  if (k8_check_has_prefix (file, "/"))
    k8_field_errors_invalid (errors, path, file, "must be a relative path");
  k8_check_no_backsteps (errors, path, file);
}

/* The same, and none of the names that volumes reserve. */
void
k8_check_plain_path (K8FieldErrors *errors, const K8Path *path, const char *file)
{
  k8_check_descending_path (errors, path, file);
  if (k8_check_has_prefix (file, "..") && !k8_check_has_prefix (file, "../"))
    k8_field_errors_invalid (errors, path, file, "must not start with '..'");
}

gboolean
k8_text_set_has (const K8TextSet *self, const char *text)
{
  for (guint i = 0; i < self->n_few; i++)
    if (strcmp (self->few[i], text) == 0)
      return TRUE;
  return self->many != NULL && g_hash_table_contains (self->many, text);
}

/* NULL counts as "". */
gboolean
k8_text_set_add (K8TextSet *self, const char *text)
{
  const char *kept = k8_string_or_empty (text);

  if (k8_text_set_has (self, kept))
    return FALSE;
  if (self->n_few < G_N_ELEMENTS (self->few))
    {
      self->few[self->n_few++] = kept;
      return TRUE;
    }
  if (self->many == NULL)
    self->many = g_hash_table_new (g_str_hash, g_str_equal);
  return g_hash_table_add (self->many, (gpointer) kept);
}

void
k8_text_set_clear (K8TextSet *self)
{
  if (self->many != NULL)
    g_hash_table_unref (self->many);
  *self = (K8TextSet){ 0 };
}

static gboolean
is_int_or_string_equal (K8IntOrString a, K8IntOrString b)
{
  if (a.is_text != b.is_text)
    return FALSE;
  return a.is_text ? strcmp (a.text, b.text) == 0 : a.number == b.number;
}

/* Whether two records, either of which may be NULL, say the same in one field. */
gboolean
k8_check_is_field_equal (const void *a, const void *b, const K8Field *field)
{
  gboolean has_a = a != NULL && k8_record_has (a, field);
  gboolean has_b = b != NULL && k8_record_has (b, field);

  if (has_a != has_b)
    return FALSE;
  if (!has_a)
    return TRUE;
  if (field->type == K8_FIELD_OBJECT)
    return k8_record_equal (k8_record_get_object (a, field), k8_record_get_object (b, field));
  if (field->type >= K8_FIELD_LIST)
    return k8_list_equal (k8_record_get_list (a, field), k8_record_get_list (b, field));
  if (field->type == K8_FIELD_INT_OR_STRING)
    return is_int_or_string_equal (k8_record_get_int_or_string (a, field),
                                   k8_record_get_int_or_string (b, field));
  if (field->type == K8_FIELD_STRING || field->type == K8_FIELD_QUANTITY ||
      field->type == K8_FIELD_BYTES || field->type == K8_FIELD_RAW)
    return k8_string_equal (k8_record_get_text (a, field), k8_record_get_text (b, field));
  return k8_record_get_int (a, field) == k8_record_get_int (b, field);
}

/* (transfer full): a field's value as JSON; `null` if absent. */
char *
k8_check_field_json (const void *record, const K8Field *field)
{
  GString *text = g_string_new (NULL);

  if (record == NULL || !k8_record_has (record, field))
    g_string_append (text, "null");
  else
    k8_json_encode_field (text, record, field);
  return g_string_free (text, FALSE);
}

/* (transfer full): a record as JSON. */
char *
k8_check_record_json (const void *record)
{
  GString *text = g_string_new (NULL);

  k8_json_encode (text, record, &(K8JsonOptions){ 0 });
  return g_string_free (text, FALSE);
}

/* A field that no update may change. */
void
k8_check_immutable (K8FieldErrors *errors,
                    const K8Path *path,
                    const void *object,
                    const void *old,
                    const K8Field *field)
{
  static const char says[] = "field is immutable";

  if (k8_check_is_field_equal (object, old, field))
    return;
  if (field->type == K8_FIELD_STRING && !field->is_pointer)
    {
      const char *text = object == NULL ? NULL : k8_record_get_text (object, field);
      k8_field_errors_invalid (errors, path, text, says);
      return;
    }
  char *json = k8_check_field_json (object, field);
  k8_field_errors_invalid_json (errors, path, json, says);
  g_free (json);
}
