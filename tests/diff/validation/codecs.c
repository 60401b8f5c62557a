/* SPDX-License-Identifier: Apache-2.0
 *
 * The recorded answers of a real API server against the JSON codec: what it could not decode is
 * refused with the same words, and what it stored is read and written byte for byte. One
 * recorded request counts as one test; kinds without rows, and refusals that are not the
 * decoder's, are skipped with a count.
 * usage: validation-codecs --corpus FOLDER, with undecodable.jsonl.gz and accepted.jsonl.gz.
 */

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "codec/json.h"
#include "schema/kinds.h"
#include "tests/lib/test_region.h"

enum
{
  REGION_BYTES = 256 * 1024 * 1024,
};

typedef struct
{
  guint n_passed;
  guint n_failed;
  guint n_skipped;
} Counts;

/* The whole of a compressed file, or NULL. */
static char *
load (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) raw = g_file_read (file, NULL, NULL);
  g_autoptr (GConverter) gunzip
      = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();

  if (raw == NULL)
    return NULL;
  g_autoptr (GInputStream) text
      = g_converter_input_stream_new (G_INPUT_STREAM (raw), gunzip);
  if (g_output_stream_splice (out, text, G_OUTPUT_STREAM_SPLICE_NONE, NULL, NULL) < 0
      || !g_output_stream_write_all (out, "", 1, NULL, NULL, NULL)
      || !g_output_stream_close (out, NULL, NULL))
    return NULL;
  return g_memory_output_stream_steal_data (G_MEMORY_OUTPUT_STREAM (out));
}

/* The member of an object: text of a string, else JSON as it stands; NULL if absent. */
static char *
get_member (const char *line, const char *name)
{
  char *found = NULL;
  const char *value;
  gsize length;
  K8JsonReader reader;

  k8_json_reader_init (&reader, line, strlen (line), NULL);
  k8_json_reader_next (&reader);
  while (found == NULL && k8_json_reader_next (&reader) == K8_JSON_KEY)
    {
      gboolean is_it = strlen (name) == reader.length
                       && memcmp (name, reader.text, reader.length) == 0;
      if (k8_json_reader_next (&reader) == K8_JSON_STRING)
        found = is_it ? g_strndup (reader.text, reader.length) : NULL;
      else if (k8_json_reader_skip (&reader, &value, &length) && is_it)
        found = g_strndup (value, length);
    }
  k8_json_reader_clear (&reader);
  return found;
}

static const K8KindInfo *
find_kind (const char *object)
{
  K8JsonDecoded type = { 0 };
  const K8KindInfo *found = NULL;

  if (k8_json_decode_type (object, strlen (object), &type) && type.api_version != NULL
      && type.kind != NULL)
    {
      char *slash = strchr (type.api_version, '/');
      if (slash != NULL)
        *slash = '\0';
      found = k8_kind_find (slash == NULL ? "" : type.api_version,
                            slash == NULL ? type.api_version : slash + 1, type.kind);
    }
  k8_json_decoded_clear (&type);
  return found;
}

/* What our decoder says: an error, else the problems, else NULL; the record's JSON again. */
static char *
decode (const K8KindInfo *kind, const char *object, GString *ret_again)
{
  K8Region *region = test_region_new (REGION_BYTES);
  K8JsonDecoded decoded = { 0 };
  const void *record
      = k8_json_decode (region, &k8_messages[kind->message], object, strlen (object), &decoded);
  char *said = g_strdup (decoded.error);

  if (said == NULL)
    said = k8_json_decoded_strict_error (&decoded);
  if (record != NULL)
    k8_json_encode (ret_again, record, &(K8JsonOptions){ .kind = kind });
  k8_record_unref (record);
  k8_json_decoded_clear (&decoded);
  test_region_free (region);
  return said;
}

static void
check_refusal (const char *line, Counts *counts)
{
  g_autofree char *id = get_member (line, "id");
  g_autofree char *verb = get_member (line, "verb");
  g_autofree char *object = get_member (line, "object");
  g_autofree char *message = get_member (line, "message");
  g_autoptr (GString) again = g_string_new (NULL);
  const K8KindInfo *kind = object == NULL ? NULL : find_kind (object);
  const char *colon = message == NULL ? NULL : strstr (message, " cannot be handled as a ");
  const char *expected = colon == NULL ? NULL : strstr (colon, ": ");

  if (kind == NULL || expected == NULL || g_strcmp0 (verb, "create") != 0)
    {
      counts->n_skipped++;
      return;
    }
  g_autofree char *said = decode (kind, object, again);
  if (g_strcmp0 (said, expected + 2) == 0)
    counts->n_passed++;
  else
    {
      counts->n_failed++;
      printf ("FAILED %s\n  expected %s\n  actual   %s\n", id, expected + 2, said);
    }
}

/* Placeholders of the recording as values of the type they stand for; it was written by a
 * program that escapes less than Go, so letters that need an escape are left out as well. */
static char *
fill_placeholders (const char *stored)
{
  g_autoptr (GRegex) time = g_regex_new ("<TIME>", 0, 0, NULL);
  g_autoptr (GRegex) port = g_regex_new ("\"<NODEPORT>\"", 0, 0, NULL);
  g_autoptr (GRegex) other = g_regex_new ("<([A-Z]+)>", 0, 0, NULL);
  g_autoptr (GRegex) space = g_regex_new ("(\"(?:[^\"\\\\]|\\\\.)*\")|\\s+", 0, 0, NULL);
  g_autofree char *one
      = g_regex_replace_literal (time, stored, -1, 0, "2024-01-01T00:00:00Z", 0, NULL);
  g_autofree char *two = g_regex_replace_literal (port, one, -1, 0, "30001", 0, NULL);
  g_autofree char *three = g_regex_replace (other, two, -1, 0, "P-\\1", 0, NULL);

  return g_regex_replace (space, three, -1, 0, "\\1", 0, NULL);
}

static void
check_stored (const char *line, Counts *counts)
{
  g_autofree char *id = get_member (line, "id");
  g_autofree char *stored = get_member (line, "stored");
  g_autoptr (GString) again = g_string_new (NULL);
  const K8KindInfo *kind = stored == NULL ? NULL : find_kind (stored);

  if (kind == NULL)
    {
      counts->n_skipped++;
      return;
    }
  g_autofree char *expected = fill_placeholders (stored);
  g_autofree char *said = decode (kind, expected, again);
  if (said == NULL && strcmp (again->str, expected) == 0)
    {
      counts->n_passed++;
      return;
    }
  counts->n_failed++;
  printf ("FAILED %s: %s\n  expected %s\n  actual   %s\n", id, said == NULL ? "" : said, expected,
          again->str);
}

static void
check_file (const char *folder, const char *name, void (*check) (const char *, Counts *),
            Counts *counts)
{
  g_autofree char *text = load (folder, name);
  guint before = counts->n_skipped;

  if (text == NULL)
    {
      printf ("skipped %s: not in %s\n", name, folder);
      counts->n_skipped++;
      return;
    }
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (**line != '\0')
      check (*line, counts);
  if (counts->n_skipped > before)
    printf ("skipped %u of %s: kinds without rows, patches, other refusals\n",
            counts->n_skipped - before, name);
}

int
main (int argc, char **argv)
{
  const char *folder = TEST_SOURCE_ROOT "/../shared/data/api-transcripts/validation";
  Counts counts = { 0 };

  if (argc == 3 && strcmp (argv[1], "--corpus") == 0)
    folder = argv[2];
  else if (argc != 1)
    {
      fprintf (stderr, "usage: %s [--corpus FOLDER]\n", argv[0]);
      return 2;
    }
  check_file (folder, "undecodable.jsonl.gz", check_refusal, &counts);
  check_file (folder, "accepted.jsonl.gz", check_stored, &counts);
  printf ("%u passed, %u failed, %u skipped\n", counts.n_passed, counts.n_failed,
          counts.n_skipped);
  return counts.n_failed > 0;
}
