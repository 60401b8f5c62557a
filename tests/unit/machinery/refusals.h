/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of objects that the API server refuses, with the words of the refusal: each row is made
 * an object, defaulted, and validated as on create.
 */
#pragma once

#include "schema/kinds.h"

typedef struct
{
  const char *given;    /* a part of JSON with single quotes */
  const char *expected; /* all problems, as a Status shows them; "" none */
} Refusal;

/* @form: the JSON around the part, with one %s. */
void check_refusals (const K8MessageInfo *info, const char *form, const Refusal *rows, guint n);

/* The same in the spec of a pod default/web with one container, `c`. */
void check_pod_refusals (const Refusal *rows, guint n);
