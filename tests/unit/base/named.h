/* SPDX-License-Identifier: Apache-2.0
 *
 * The element of the containers' tests: a number and a counted text, so that a reference too
 * many or too few shows in the number of texts left in the region.
 */
#pragma once

#include "base/element.h"
#include "base/random.h"
#include "base/string.h"
#include "base/text.h"

typedef struct
{
  const char *name; /* (nullable) */
  guint32 number;
} Named;

static inline void
named_ref (K8Region *region, void *element)
{
  k8_string_ref (((Named *) element)->name);
}

static inline void
named_unref (K8Region *region, void *element)
{
  k8_string_unref (((Named *) element)->name);
}

static const K8ElementClass named_class = { named_ref, named_unref };

/* (transfer full): an element named after its number. */
static inline Named
named_new (K8Region *region, guint32 number)
{
  char text[K8_TEXT_NUMBER_LETTERS + 1];

  k8_text_write_u64 (text, number);
  return (Named){ .name = k8_string_intern (region, text), .number = number };
}

/* Whether an element is whole: its name is still its number. */
static inline gboolean
named_is (const Named *self, guint32 number)
{
  char text[K8_TEXT_NUMBER_LETTERS + 1];

  k8_text_write_u64 (text, number);
  return self != NULL && self->number == number && k8_string_is (self->name, text);
}

static inline guint32
named_n_texts (K8Region *region)
{
  return k8_region_strings (region)->n_strings;
}
