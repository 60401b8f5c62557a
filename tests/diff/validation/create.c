/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects that a real API server refused or accepted on creation, against ours: decode, defaults,
 * validation, without a server. Of refused ones message, reason, code and every cause must be the
 * same; accepted ones must be accepted, and be stored the same but for what admission, allocators
 * and strategies add (compare.c). One object counts as one test.
 * Skipped, by name: kinds without rows; answers that do not come from validation (admission,
 * allocators, routes), which no other step here could give.
 * usage: validation-create --corpus FOLDER [--verbose] [ID...]
 */

#include <stdio.h>
#include <string.h>

#include "codec/json.h"
#include "machinery/defaults.h"
#include "machinery/status.h"
#include "machinery/validate.h"
#include "tests/diff/validation/suite.h"
#include "tests/lib/test_region.h"

enum
{
  REGION_BYTES = 256 * 1024 * 1024,
};

typedef struct
{
  guint n_passed;
  guint n_failed;
} Counts;

typedef struct
{
  K8Region *region;
  GHashTable *counts;  /* kind to Counts */
  GPtrArray *kinds;    /* in order of appearance */
  GHashTable *skipped; /* reason to count */
  GPtrArray *reasons;
  char **ids; /* only these, if any */
  gboolean is_accepted;
  guint n_passed;
  guint n_failed;
  guint n_skipped;
} Suite;

static void
count_result (Suite *self, const Recording *recording, gboolean is_good)
{
  Counts *counts = g_hash_table_lookup (self->counts, recording->kind);

  if (counts == NULL)
    {
      counts = g_new0 (Counts, 1);
      g_hash_table_insert (self->counts, g_strdup (recording->kind), counts);
      g_ptr_array_add (self->kinds, g_strdup (recording->kind));
    }
  if (is_good)
    counts->n_passed++;
  else
    counts->n_failed++;
  self->n_passed += is_good;
  self->n_failed += !is_good;
}

static void
skip (Suite *self, const char *reason)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->skipped, reason));

  if (n == 0)
    g_ptr_array_add (self->reasons, g_strdup (reason));
  g_hash_table_insert (self->skipped, g_strdup (reason), GUINT_TO_POINTER (n + 1));
  self->n_skipped++;
}

static void
print_failure (Suite *self, const Recording *recording, const char *text)
{
  printf ("FAILED %s %s: %s\n%s", recording->id, recording->kind, recording->defect, text);
}

/* What we answer to the creation: a status, or NULL if it is accepted. (transfer full) */
static const K8Status *
answer (Suite *self, const K8KindInfo *kind, const void *object)
{
  K8FieldErrors errors;
  const K8Status *status = NULL;
  const K8Field *field = k8_message_find_field (k8_record_info (object), "metadata", 8);
  const K8ObjectMeta *metadata = (const K8ObjectMeta *) k8_record_get_object (object, field);

  k8_field_errors_init (&errors);
  k8_validate_create (object, &errors);
  if (k8_field_errors_n (&errors) > 0)
    status = k8_status_new_invalid (self->region, k8_kind_group_kind (kind),
                                    k8_object_meta_name (metadata), &errors);
  k8_field_errors_clear (&errors);
  return status;
}

static void
judge_refused (Suite *self, const Recording *recording, const K8Status *status)
{
  g_autofree char *expected = show_recorded (recording->row);
  g_autofree char *actual = status == NULL ? g_strdup ("accepted") : show_status (status);

  if (!g_str_equal (expected, actual))
    {
      g_autofree char *both = show_both (expected, actual);
      print_failure (self, recording, both);
    }
  count_result (self, recording, g_str_equal (expected, actual));
}

static void
judge_accepted (Suite *self,
                const Recording *recording,
                const K8KindInfo *kind,
                const void *object,
                const K8Status *status)
{
  GString *differences = g_string_new (NULL);
  JsonNode *stored = json_object_get_member (recording->row, "stored");

  if (status != NULL)
    g_string_append_printf (differences, "    refused: %.900s\n", k8_status_message (status));
  else if (stored != NULL && JSON_NODE_HOLDS_OBJECT (stored))
    {
      g_autoptr (GString) text = g_string_new (NULL);
      k8_json_encode (text, object, &(K8JsonOptions){ .kind = kind });
      g_autoptr (JsonNode) ours = json_from_string (text->str, NULL);
      compare_stored (differences, kind->kind, stored, ours);
    }
  if (differences->len > 0)
    print_failure (self, recording, differences->str);
  count_result (self, recording, differences->len == 0);
  g_string_free (differences, TRUE);
}

typedef struct
{
  const char *words; /* in the message */
  const char *source;
} OtherSource;

/* Answers that look like validation's and come from elsewhere. */
static const OtherSource other_sources[] = {
  { "failed to allocate IP", "allocator of cluster IPs" },
  { "not configured on this cluster", "allocator of cluster IPs" },
  { "must be one of privileged, baseline, restricted", "admission plugin PodSecurity" },
  { "Invalid value: {}: `selector` does not match",
    "an empty map, which our records do not tell from none" },
};

/* Where an answer comes from, if not from validation. */
static const char *
find_other_source (const Recording *recording)
{
  const char *message = json_object_get_string_member_with_default (recording->row, "message", "");

  if (json_object_get_int_member (recording->row, "status") != 422)
    return "answered before or behind validation (admission, routes, conflicts)";
  for (guint i = 0; i < G_N_ELEMENTS (other_sources); i++)
    if (strstr (message, other_sources[i].words) != NULL)
      return other_sources[i].source;
  return NULL;
}

static void
run_recording (const Recording *recording, gpointer user_data)
{
  Suite *self = user_data;
  const K8KindInfo *kind = recording_find_kind (recording);
  g_autofree char *error = NULL;

  if (!g_str_equal (recording->verb, "create"))
    return;
  if (self->ids != NULL && self->ids[0] != NULL &&
      !g_strv_contains ((const char *const *) self->ids, recording->id))
    return;
  if (kind == NULL)
    {
      g_autofree char *reason = g_strdup_printf ("kind %s: no rows", recording->kind);
      skip (self, reason);
      return;
    }
  if (!self->is_accepted && find_other_source (recording) != NULL)
    {
      skip (self, find_other_source (recording));
      return;
    }
  const void *object = recording_read_object (self->region, recording, kind, &error);
  if (object == NULL)
    {
      print_failure (self, recording, error);
      count_result (self, recording, FALSE);
      return;
    }
  const K8Status *status = answer (self, kind, object);
  if (self->is_accepted)
    judge_accepted (self, recording, kind, object, status);
  else
    judge_refused (self, recording, status);
  k8_record_unref (status);
  k8_record_unref (object);
}

static void
print_kinds (const Suite *self)
{
  for (guint i = 0; i < self->kinds->len; i++)
    {
      const char *kind = g_ptr_array_index (self->kinds, i);
      const Counts *counts = g_hash_table_lookup (self->counts, kind);
      guint n = counts->n_passed + counts->n_failed;
      printf ("%s: %u of %u (%.1f %%)\n", kind, counts->n_passed, n, 100.0 * counts->n_passed / n);
    }
  for (guint i = 0; i < self->reasons->len; i++)
    {
      const char *reason = g_ptr_array_index (self->reasons, i);
      printf ("skipped %s (%u objects)\n", reason,
              GPOINTER_TO_UINT (g_hash_table_lookup (self->skipped, reason)));
    }
}

static void
run_file (Suite *self, const char *folder, const char *name)
{
  if (!corpus_each (folder, name, run_recording, self))
    {
      g_autofree char *reason = g_strdup_printf ("%s: not in the corpus", name);
      skip (self, reason);
    }
}

int
main (int argc, char **argv)
{
  Suite suite = { .counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
                  .skipped = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
                  .kinds = g_ptr_array_new_with_free_func (g_free),
                  .reasons = g_ptr_array_new_with_free_func (g_free),
                  .region = test_region_new (REGION_BYTES) };

  if (argc < 3 || strcmp (argv[1], "--corpus") != 0)
    {
      printf ("skipped validation-create: no --corpus FOLDER\n0 passed, 0 failed, 1 skipped\n");
      return 0;
    }
  suite.ids = argv + 3;
  run_file (&suite, argv[2], "invalid.jsonl.gz");
  suite.is_accepted = TRUE;
  run_file (&suite, argv[2], "accepted.jsonl.gz");
  print_kinds (&suite);
  printf ("%u passed, %u failed", suite.n_passed, suite.n_failed);
  if (suite.n_skipped > 0)
    printf (", %u skipped", suite.n_skipped);
  putchar ('\n');
  g_ptr_array_unref (suite.kinds);
  g_ptr_array_unref (suite.reasons);
  g_hash_table_unref (suite.counts);
  g_hash_table_unref (suite.skipped);
  test_region_free (suite.region);
  return suite.n_failed > 0 ? 1 : 0;
}
