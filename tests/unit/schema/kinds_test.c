/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables that walkers read: they fit together, and look-ups find what is there.
 */
#include <string.h>

#include "schema/kinds.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

void
test_kinds__every_field_is_found_by_name_and_by_tag (void)
{
  for (guint m = 1; m < k8_n_messages; m++)
    for (guint i = 0; i < k8_messages[m].n_fields; i++)
      {
        const K8Field *field = &k8_messages[m].fields[i];
        CU_ASSERT_PTR_EQUAL (
            k8_message_find_field (&k8_messages[m], field->name, strlen (field->name)), field);
        CU_ASSERT_PTR_EQUAL (
            k8_message_find_number (&k8_messages[m], field->inside, field->number), field);
      }
}

void
test_kinds__no_two_fields_share_a_bit (void)
{
  for (guint m = 1; m < k8_n_messages; m++)
    {
      guint64 taken = 0;
      for (guint i = 0; i < k8_messages[m].n_fields; i++)
        {
          const K8Field *field = &k8_messages[m].fields[i];
          gboolean takes_two
              = field->type == K8_FIELD_INT64 || field->type == K8_FIELD_DOUBLE
                || field->type == K8_FIELD_TIME || field->type == K8_FIELD_MICRO_TIME
                || field->type == K8_FIELD_INT_OR_STRING || field->type == K8_FIELD_BOOL;
          guint64 bits = (takes_two ? G_GUINT64_CONSTANT (3) : G_GUINT64_CONSTANT (1))
                         << field->bit;
          CU_ASSERT_EQUAL (taken & bits, 0);
          taken |= bits;
        }
    }
}

void
test_kinds__messages_inside_are_named_where_there_are_some (void)
{
  for (guint m = 1; m < k8_n_messages; m++)
    for (guint i = 0; i < k8_messages[m].n_fields; i++)
      {
        const K8Field *field = &k8_messages[m].fields[i];
        gboolean holds_records = field->type == K8_FIELD_OBJECT || field->type == K8_FIELD_LIST;
        CU_ASSERT_EQUAL (field->message != 0, holds_records);
      }
}

void
test_kinds__finds_a_kind_by_name_resource_and_record (void)
{
  const K8KindInfo *deployment = &k8_kinds[K8_KIND_Deployment];
  K8DeploymentEdit edit;

  k8_deployment_edit (&edit, test_region_new (64 * 1024 * 1024), NULL);
  k8_autounref const K8Deployment *record = k8_deployment_seal (&edit);

  CU_ASSERT_PTR_EQUAL (k8_kind_find ("apps", "v1", "Deployment"), deployment);
  CU_ASSERT_PTR_EQUAL (k8_kind_find_plural ("apps", "v1", "deployments"), deployment);
  CU_ASSERT_PTR_EQUAL (k8_kind_of_record (record), deployment);
  CU_ASSERT_PTR_NULL (k8_kind_find ("", "v1", "Deployment"));
  CU_ASSERT_PTR_NULL (k8_kind_find_plural ("apps", "v2", "deployments"));
}

void
test_kinds__tells_the_two_kinds_of_event_apart (void)
{
  CU_ASSERT_PTR_EQUAL (k8_kind_find ("", "v1", "Event"), &k8_kinds[K8_KIND_Event]);
  CU_ASSERT_PTR_EQUAL (k8_kind_find ("events.k8s.io", "v1", "Event"),
                       &k8_kinds[K8_KIND_EventsEvent]);
}
