/* SPDX-License-Identifier: Apache-2.0
 *
 * Selectors from outside: one that is taken is written to a text that gives the same selector
 * again; one that is refused says why. The input is a byte: even for labels, odd for the fields
 * of a pod; and the text.
 */
#include <string.h>

#include "machinery/field_selector.h"
#include "machinery/selector.h"
#include "tests/fuzz/fuzz_region.h"

static void
run_labels (K8Region *region, const char *text, gsize length)
{
  g_autofree char *error = NULL;
  g_autoptr (GString) written = g_string_new (NULL);
  const K8Selector *selector = k8_selector_parse (region, text, length, &error);

  k8_assert ((selector == NULL) == (error != NULL));
  k8_selector_append (selector, written);
  if (selector != NULL)
    {
      const K8Selector *again = k8_selector_parse (region, written->str, written->len, NULL);
      k8_assert (k8_selector_equal (selector, again));
      k8_selector_unref (again);
    }
  k8_selector_matches (selector, NULL);
  k8_selector_unref (selector);
}

static void
run_fields (K8Region *region, const char *text, gsize length)
{
  const K8KindInfo *kind = &k8_kinds[K8_KIND_Pod];
  g_autofree char *error = NULL;
  const K8FieldSelector *selector
      = k8_field_selector_parse (region, kind, text, length, &error);
  K8PodEdit edit;

  k8_assert ((selector == NULL) == (error != NULL));
  k8_pod_edit (&edit, region, NULL);
  const K8Pod *pod = k8_pod_seal (&edit);
  k8_field_selector_matches (selector, pod);
  k8_record_unref (pod);
  k8_field_selector_unref (selector);
}

static void
run (K8Region *region, const char *input, gsize length)
{
  if ((guint8) input[0] % 2 == 0)
    run_labels (region, input + 1, length - 1);
  else
    run_fields (region, input + 1, length - 1);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n_bytes)
{
  if (n_bytes > 0)
    fuzz_run (run, data, n_bytes);
  return 0;
}
