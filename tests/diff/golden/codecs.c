/* SPDX-License-Identifier: Apache-2.0
 *
 * The corpus of API objects against the codecs: every file of a kind we have is read, and
 * written in its own form and in the other one, byte for byte. One file counts as one test; kinds
 * without rows are skipped by name.
 * usage: golden-codecs --corpus FOLDER, where X.json and X.pb say the same.
 */

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "codec/json.h"
#include "codec/protobuf.h"
#include "schema/kinds.h"
#include "tests/lib/test_region.h"

enum
{
  REGION_BYTES = 256 * 1024 * 1024,
  SHOWN_BYTES = 60,
};

typedef struct
{
  guint n_passed;
  guint n_failed;
  guint n_skipped;
} Counts;

/* One file, and what is known of it. */
typedef struct
{
  const char *folder;
  const char *name;
  K8Region *region;
  char *bytes;
  gsize length;
  K8KindInfo kind; /* as the file names it */
  const void *record;
} Golden;

static char *
load (const Golden *self, const char *extension, gsize *ret_length)
{
  g_autofree char *stem = g_strndup (self->name, (gsize) (strrchr (self->name, '.') - self->name));
  g_autofree char *name = g_strconcat (stem, extension, NULL);
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  char *bytes = NULL;

  g_file_get_contents (path, &bytes, ret_length, NULL);
  if (bytes != NULL && strcmp (extension, ".json") == 0)
    while (*ret_length > 0 && bytes[*ret_length - 1] == '\n')
      (*ret_length)--;
  return bytes;
}

/* The kind, also where one of meta.k8s.io is served within another group. */
static gboolean
find_kind (Golden *self, const char *api_version, const char *kind)
{
  const char *slash = api_version == NULL ? NULL : strchr (api_version, '/');
  g_autofree char *group = slash == NULL ? g_strdup ("")
                                         : g_strndup (api_version, (gsize) (slash - api_version));
  const char *version = slash == NULL ? api_version : slash + 1;
  const K8KindInfo *found = NULL;

  if (version != NULL && kind != NULL)
    found = k8_kind_find (group, version, kind);
  if (found == NULL && kind != NULL && group[0] == '\0')
    found = k8_kind_find ("meta.k8s.io", "v1", kind);
  if (found == NULL)
    return FALSE;
  self->kind = *found;
  if (group[0] == '\0')
    self->kind.group = "";
  return TRUE;
}

static void
print_bytes (const char *title, const GString *bytes, gsize from)
{
  printf ("  %s ", title);
  for (gsize i = from > 20 ? from - 20 : 0; i < bytes->len && i < from + SHOWN_BYTES; i++)
    {
      guchar c = (guchar) bytes->str[i];
      if (c >= 0x20 && c < 0x7f && c != '\\')
        putchar (c);
      else
        printf ("\\x%02x", c);
    }
  putchar ('\n');
}

static gboolean
compare (const Golden *self, const GString *actual, const char *extension)
{
  g_autoptr (GString) expected = g_string_new (NULL);
  gsize length = 0;
  g_autofree char *bytes = load (self, extension, &length);
  gsize at = 0;

  g_string_append_len (expected, bytes, (gssize) length);
  if (g_string_equal (actual, expected))
    return TRUE;
  while (at < actual->len && at < expected->len && actual->str[at] == expected->str[at])
    at++;
  printf ("FAILED %s: to %s, byte %" G_GSIZE_FORMAT "\n", self->name, extension, at);
  print_bytes ("expected", expected, at);
  print_bytes ("actual  ", actual, at);
  return FALSE;
}

static gboolean
check_json (const Golden *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const K8JsonOptions options = { .kind = &self->kind, .is_pretty = TRUE };

  k8_json_encode (text, self->record, &options);
  return compare (self, text, ".json");
}

static gboolean
check_protobuf (const Golden *self)
{
  g_autoptr (GString) bytes = g_string_new (NULL);
  const K8ProtobufOptions options = { .kind = &self->kind };

  k8_protobuf_encode (bytes, self->record, &options);
  return compare (self, bytes, ".pb");
}

/* Reads the file; NULL with the reason printed. *ret_is_known tells whether we have the kind. */
static const void *
read_json (Golden *self, gboolean *ret_is_known)
{
  K8JsonDecoded type = { 0 };
  K8JsonDecoded decoded = { 0 };
  const void *record = NULL;

  if (!k8_json_decode_type (self->bytes, self->length, &type))
    printf ("FAILED %s: %s\n", self->name, type.error);
  else if (find_kind (self, type.api_version, type.kind))
    {
      record = k8_json_decode (self->region, &k8_messages[self->kind.message], self->bytes,
                               self->length, &decoded);
      g_autofree char *strict = k8_json_decoded_strict_error (&decoded);
      if (record == NULL || strict != NULL)
        printf ("FAILED %s: %s\n", self->name, record == NULL ? decoded.error : strict);
      if (strict != NULL)
        g_clear_pointer (&record, k8_record_unref);
    }
  else
    *ret_is_known = FALSE;
  k8_json_decoded_clear (&type);
  k8_json_decoded_clear (&decoded);
  return record;
}

static const void *
read_protobuf (Golden *self, gboolean *ret_is_known)
{
  K8ProtobufDecoded type = { 0 };
  K8ProtobufDecoded decoded = { 0 };
  const void *record = NULL;

  if (!k8_protobuf_decode_type (self->bytes, self->length, &type))
    printf ("FAILED %s: %s\n", self->name, type.error);
  else if (find_kind (self, type.api_version, type.kind))
    {
      record = k8_protobuf_decode (self->region, &k8_messages[self->kind.message], self->bytes,
                                   self->length, &decoded);
      if (record == NULL)
        printf ("FAILED %s: byte %" G_GSIZE_FORMAT ": %s\n", self->name, decoded.offset,
                decoded.error);
    }
  else
    *ret_is_known = FALSE;
  k8_protobuf_decoded_clear (&type);
  k8_protobuf_decoded_clear (&decoded);
  return record;
}

static void
check_file (const char *folder, const char *name, Counts *counts)
{
  gboolean is_json = g_str_has_suffix (name, ".json");
  gboolean is_known = TRUE;
  Golden golden = { .folder = folder, .name = name };

  golden.region = test_region_new (REGION_BYTES);
  golden.bytes = load (&golden, is_json ? ".json" : ".pb", &golden.length);
  golden.record = is_json ? read_json (&golden, &is_known) : read_protobuf (&golden, &is_known);
  if (!is_known)
    {
      printf ("skipped %s: no rows for this kind\n", name);
      counts->n_skipped++;
    }
  else if (golden.record == NULL || !check_json (&golden) || !check_protobuf (&golden))
    counts->n_failed++;
  else
    counts->n_passed++;
  k8_record_unref (golden.record);
  g_free (golden.bytes);
  test_region_free (golden.region);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static GPtrArray *
list_files (const char *folder)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    if (g_str_has_suffix (name, ".json") || g_str_has_suffix (name, ".pb"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

int
main (int argc, char **argv)
{
  const char *folder = TEST_SOURCE_ROOT "/../shared/data/api-golden";
  Counts counts = { 0 };

  if (argc == 3 && strcmp (argv[1], "--corpus") == 0)
    folder = argv[2];
  else if (argc != 1)
    {
      fprintf (stderr, "usage: %s [--corpus FOLDER]\n", argv[0]);
      return 2;
    }
  g_autoptr (GPtrArray) names = list_files (folder);
  for (guint i = 0; i < names->len; i++)
    check_file (folder, g_ptr_array_index (names, i), &counts);
  if (names->len == 0)
    {
      printf ("skipped api-golden: no files in %s\n", folder);
      counts.n_skipped++;
    }
  printf ("%u passed, %u failed, %u skipped\n", counts.n_passed, counts.n_failed,
          counts.n_skipped);
  return counts.n_failed > 0;
}
