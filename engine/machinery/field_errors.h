/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of what is wrong with the fields of one object, each as upstream words it:
 * `Invalid value: "x": must be …`, `Unsupported value: "x": supported values: "A", "B"`.
 * Scratch of one step: k8_field_errors_init(), fill, make a Status of it
 * (k8_status_new_invalid()), k8_field_errors_clear().
 * Details are formats as of printf; "" is no detail.
 * Source: k8s.io/apimachinery pkg/util/validation/field, Error (v1.36).
 */
#pragma once

#include <glib.h>

#include "machinery/names.h"
#include "machinery/path.h"

typedef enum
{
  K8_FIELD_ERROR_NONE,
  K8_FIELD_ERROR_NOT_FOUND,
  K8_FIELD_ERROR_REQUIRED,
  K8_FIELD_ERROR_DUPLICATE,
  K8_FIELD_ERROR_INVALID,
  K8_FIELD_ERROR_NOT_SUPPORTED,
  K8_FIELD_ERROR_FORBIDDEN,
  K8_FIELD_ERROR_TOO_LONG,
  K8_FIELD_ERROR_TOO_MANY,
  K8_FIELD_ERROR_INTERNAL,
  K8_FIELD_ERROR_TYPE_INVALID,
  K8_N_FIELD_ERRORS,
} K8FieldErrorType;

typedef struct
{
  K8FieldErrorType type;
  char *field; /* the path */
  char *body;  /* the sentence without the path: the message of a cause */
} K8FieldError;

typedef struct
{
  GPtrArray *list; /* of K8FieldError */
} K8FieldErrors;

void k8_field_errors_init (K8FieldErrors *self);
void k8_field_errors_clear (K8FieldErrors *self);
guint k8_field_errors_n (const K8FieldErrors *self);
const K8FieldError *k8_field_errors_at (const K8FieldErrors *self, guint index);
const char *k8_field_error_reason (K8FieldErrorType type);
char *k8_field_errors_to_text (const K8FieldErrors *self);

/* One error more. The bad value is a text, a number, or JSON that the caller has written. */
void k8_field_errors_required (K8FieldErrors *self, const K8Path *path, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
void k8_field_errors_forbidden (K8FieldErrors *self, const K8Path *path, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
void k8_field_errors_internal (K8FieldErrors *self, const K8Path *path, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
void k8_field_errors_invalid (K8FieldErrors *self, const K8Path *path, const char *value,
                              const char *format, ...) G_GNUC_PRINTF (4, 5);
void k8_field_errors_invalid_int (K8FieldErrors *self, const K8Path *path, gint64 value,
                                  const char *format, ...) G_GNUC_PRINTF (4, 5);
void k8_field_errors_invalid_bool (K8FieldErrors *self, const K8Path *path, gboolean value,
                                   const char *format, ...) G_GNUC_PRINTF (4, 5);
void k8_field_errors_invalid_json (K8FieldErrors *self, const K8Path *path, const char *json,
                                   const char *format, ...) G_GNUC_PRINTF (4, 5);
void k8_field_errors_type_invalid (K8FieldErrors *self, const K8Path *path, const char *value,
                                   const char *format, ...) G_GNUC_PRINTF (4, 5);
void k8_field_errors_not_supported (K8FieldErrors *self, const K8Path *path, const char *value,
                                    const char *values);
void k8_field_errors_not_supported_json (K8FieldErrors *self, const K8Path *path,
                                         const char *json, const char *values);
void k8_field_errors_not_found (K8FieldErrors *self, const K8Path *path, const char *value);
void k8_field_errors_not_found_in (K8FieldErrors *self, const K8Path *path, const char *value,
                                   const char *format, ...) G_GNUC_PRINTF (4, 5);
void k8_field_errors_duplicate (K8FieldErrors *self, const K8Path *path, const char *value);
void k8_field_errors_duplicate_int (K8FieldErrors *self, const K8Path *path, gint64 value);
void k8_field_errors_duplicate_json (K8FieldErrors *self, const K8Path *path, const char *json,
                                     const char *format, ...) G_GNUC_PRINTF (4, 5);
void k8_field_errors_too_long (K8FieldErrors *self, const K8Path *path, guint max_bytes);
void k8_field_errors_too_many (K8FieldErrors *self, const K8Path *path, guint n, guint n_max);

/* One Invalid for each sentence that a check of names.h gave. */
void k8_field_errors_add_faults (K8FieldErrors *self, const K8Path *path, const char *value,
                                 K8NameFaults faults);

/* Appends as Go's %q would: quoted, with escapes. @value may be NULL, which is shown as "". */
void k8_quote_append (GString *text, const char *value);
