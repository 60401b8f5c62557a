/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of objects that the API server refuses: see refusals.h.
 */
#include "refusals.h"

#include <string.h>

#include "machinery/defaults.h"
#include "machinery/validate.h"
#include "tests/lib/test.h"
#include "tests/lib/test_object.h"
#include "tests/lib/test_region.h"

/* (transfer full): what is wrong with an object. */
static char *
find_problems (K8Region *region, const K8MessageInfo *info, const char *json)
{
  const void *given = test_object_new (region, info, json);
  const void *object = k8_defaults_apply (region, given, NULL);
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  k8_validate_create (object, &errors);
  char *text = k8_field_errors_to_text (&errors);
  k8_field_errors_clear (&errors);
  k8_record_unref (object);
  k8_record_unref (given);
  return text;
}

/* The form with the part in the place of its %s. (transfer full) */
static char *
fill_in (const char *form, const char *part)
{
  const char *place = strstr (form, "%s");

  g_assert_nonnull (place);
  return g_strdup_printf ("%.*s%s%s", (int) (place - form), form, part, place + 2);
}

void
check_refusals (const K8MessageInfo *info, const char *form, const Refusal *rows, guint n)
{
  K8Region *region = test_region_new (8 << 20);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *json = fill_in (form, rows[i].given);
      g_autofree char *problems = find_problems (region, info, json);
      if (!TEST_ASSERT_TEXT (problems, rows[i].expected))
        test_note ("row %u: %s", i, rows[i].given);
    }
  test_region_free (region);
}

void
check_pod_refusals (const Refusal *rows, guint n)
{
  check_refusals (K8_INFO (pod),
                  "{'metadata':{'name':'web','namespace':'default'},'spec':{'containers':["
                  "{'name':'c','image':'i:1'}],%s}}",
                  rows, n);
}

void
test_refusals__good_pod_has_none (void)
{
  static const Refusal rows[] = { { "'hostNetwork':false", "" } };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}
