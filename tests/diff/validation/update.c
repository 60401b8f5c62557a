/* SPDX-License-Identifier: Apache-2.0
 *
 * Patches that a real API server refused, against ours: the object is decoded, given its defaults
 * and patched, then the two are validated as an update of the object or of the subresource that
 * the path names. Message, reason, code and every cause must be the same. One patch is one test.
 * Skipped, by name: kinds without rows; answers that do not come from validation.
 * usage: validation-update --corpus FOLDER [ID...]
 */

#include <stdio.h>
#include <string.h>

#include "machinery/defaults.h"
#include "machinery/patch.h"
#include "machinery/status.h"
#include "machinery/validate.h"
#include "tests/diff/validation/suite.h"
#include "tests/lib/test_region.h"

enum
{
  REGION_BYTES = 64 * 1024 * 1024,
};

typedef struct
{
  K8Region *region;
  char **ids; /* only these, if any */
  guint n_passed;
  guint n_failed;
  guint n_skipped;
} Suite;

static const K8Field *
find_field (const void *object, const char *name)
{
  return k8_message_find_field (k8_record_info (object), name, strlen (name));
}

/* With a field of @from, or without it. Takes @object over. */
static const void *
take_field (K8Region *region, const void *object, const void *from, const char *name)
{
  const K8Field *field = find_field (object, name);
  K8Edit edit;

  if (field == NULL)
    return object;
  k8_edit_init (&edit, region, k8_record_info (object), object);
  if (k8_record_has (from, field))
    k8_edit_set_object (&edit, field, k8_record_ref (k8_record_get_object (from, field)));
  else
    k8_edit_clear (&edit, field);
  k8_record_unref (object);
  return k8_edit_seal (&edit);
}

/* A service whose address changed gets the list of addresses that belongs to it. Takes @service
 * over. */
static const K8Service *
follow_cluster_ip (K8Region *region, const K8Service *service, const K8Service *old)
{
  const K8ServiceSpec *spec = k8_service_spec (service);
  const char *ip = k8_service_spec_cluster_ip (spec);
  K8ServiceSpecEdit spec_edit;
  K8ServiceEdit edit;

  if (ip == NULL || k8_string_is (k8_service_spec_cluster_ip (k8_service_spec (old)), ip))
    return service;
  k8_service_spec_edit (&spec_edit, region, spec);
  k8_service_spec_set_cluster_ips (
      &spec_edit, k8_list_add_text (k8_list_new (region, K8_FIELD_STRING_LIST, 1), ip, -1));
  k8_service_edit (&edit, region, service);
  k8_service_set_spec (&edit, k8_service_spec_seal (&spec_edit));
  k8_record_unref (service);
  return k8_service_seal (&edit);
}

/* As stored: with what the store adds, and read again. Takes @object over. */
static const void *
store (K8Region *region, const void *object)
{
  const K8Field *field = find_field (object, "metadata");
  K8ObjectMetaEdit metadata;
  K8Edit edit;

  k8_object_meta_edit (&metadata, region,
                       (const K8ObjectMeta *) k8_record_get_object (object, field));
  k8_object_meta_set_uid (&metadata, "5b1f5f0c-0000-4000-8000-000000000000");
  k8_object_meta_set_resource_version (&metadata, "7");
  k8_edit_init (&edit, region, k8_record_info (object), object);
  k8_edit_set_object (&edit, field, k8_object_meta_seal (&metadata));
  k8_record_unref (object);
  k8_autounref const void *stored = k8_edit_seal (&edit);
  return k8_defaults_apply (region, stored, NULL);
}

typedef void (*UpdateCheck) (const void *object, const void *old, K8FieldErrors *errors);

typedef struct
{
  const char *suffix;    /* of the path */
  const char *kept_part; /* what the update cannot change */
  UpdateCheck check;
} Subresource;

static const Subresource subresources[] = {
  { "/status", "spec", k8_validate_status_update },
  { "/ephemeralcontainers", "status", k8_validate_ephemeral_containers_update },
  { "", "status", k8_validate_update },
};

static const Subresource *
find_subresource (const char *path)
{
  const Subresource *row = subresources;

  while (!g_str_has_suffix (path, row->suffix))
    row++;
  return row;
}

/* Our answer to the patch of @old: a status, or NULL if it is accepted. (transfer full) */
static const K8Status *
answer (Suite *self, const Recording *recording, const K8KindInfo *kind, const void *old)
{
  const Subresource *subresource = find_subresource (recording->path);
  g_autofree char *body = json_to_string (json_object_get_member (recording->row, "patch"), FALSE);
  const char *type = json_object_get_string_member (recording->row, "contentType");
  K8PatchRequest request = { .type = k8_patch_type_of_content_type (type),
                             .kind = kind,
                             .current = old,
                             .resource_version = "7",
                             .body = body,
                             .body_bytes = strlen (body) };
  K8PatchResult result = { 0 };
  const K8Status *status = NULL;
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  if (!k8_patch_apply (self->region, &request, &result))
    status = g_steal_pointer (&result.status);
  else
    {
      const void *full = k8_defaults_apply (self->region, result.object, NULL);
      if (k8_record_info (full)->id == k8_message_service)
        full = follow_cluster_ip (self->region, full, old);
      full = take_field (self->region, full, old, subresource->kept_part);
      const K8ObjectMeta *metadata =
          (const K8ObjectMeta *) k8_record_get_object (full, find_field (full, "metadata"));
      subresource->check (full, old, &errors);
      if (k8_field_errors_n (&errors) > 0)
        status = k8_status_new_invalid (self->region, k8_kind_group_kind (kind),
                                        k8_object_meta_name (metadata), &errors);
      k8_record_unref (full);
    }
  k8_patch_result_clear (&result);
  k8_field_errors_clear (&errors);
  return status;
}

static void
judge (Suite *self, const Recording *recording, const K8Status *status)
{
  g_autofree char *expected = show_recorded (recording->row);
  g_autofree char *actual = status == NULL ? g_strdup ("accepted") : show_status (status);
  gboolean is_good = g_str_equal (expected, actual);

  if (!is_good)
    {
      g_autofree char *both = show_both (expected, actual);
      printf ("FAILED %s %s: %s\n%s", recording->id, recording->kind, recording->defect, both);
    }
  self->n_passed += is_good;
  self->n_failed += !is_good;
}

/* Why a recorded answer cannot be compared, or NULL. */
static const char *
find_reason_to_skip (const Recording *recording, const K8KindInfo *kind)
{
  const char *message = json_object_get_string_member_with_default (recording->row, "message", "");

  if (kind == NULL)
    return "no rows";
  if (json_object_get_int_member (recording->row, "status") != 422)
    return "not an answer of validation";
  if (strstr (message, "patch: Invalid value") != NULL)
    return "an answer of the patch";
  if (strstr (message, "\n@@ ") != NULL)
    return "ends with a difference of Go structs, which ours leaves out";
  return NULL;
}

static void
run_recording (const Recording *recording, gpointer user_data)
{
  Suite *self = user_data;
  const K8KindInfo *kind = recording_find_kind (recording);
  g_autofree char *error = NULL;

  if (!g_str_equal (recording->verb, "patch") ||
      (self->ids[0] != NULL && !g_strv_contains ((const char *const *) self->ids, recording->id)))
    return;
  if (find_reason_to_skip (recording, kind) != NULL)
    {
      printf ("skipped %s %s: %s\n", recording->id, recording->kind,
              find_reason_to_skip (recording, kind));
      self->n_skipped++;
      return;
    }
  const void *object = recording_read_object (self->region, recording, kind, &error);
  if (object == NULL)
    {
      printf ("FAILED %s: %s", recording->id, error);
      self->n_failed++;
      return;
    }
  k8_autounref const void *old = store (self->region, object);
  k8_autounref const K8Status *status = answer (self, recording, kind, old);
  judge (self, recording, status);
}

int
main (int argc, char **argv)
{
  Suite suite = { .region = test_region_new (REGION_BYTES) };

  if (argc < 3 || strcmp (argv[1], "--corpus") != 0)
    {
      printf ("skipped validation-update: no --corpus FOLDER\n0 passed, 0 failed, 1 skipped\n");
      return 0;
    }
  suite.ids = argv + 3;
  if (!corpus_each (argv[2], "invalid.jsonl.gz", run_recording, &suite))
    {
      printf ("skipped invalid.jsonl.gz: not in the corpus\n");
      suite.n_skipped++;
    }
  printf ("%u passed, %u failed, %u skipped\n", suite.n_passed, suite.n_failed, suite.n_skipped);
  test_region_free (suite.region);
  return suite.n_failed > 0 ? 1 : 0;
}
