/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a fuzz target without libFuzzer: every file of its corpus as it is, cut short at
 * every place and with single bytes changed, in an order that is the same each time.
 * A crash ends the program; the input is named first, so that it can be run alone:
 * `fuzz-json FILE ...` runs only these files, as they are.
 */

#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t n_bytes);

enum
{
  MAX_VARIANTS = 400, /* of each kind and file */
};

/* Changed bytes that parsers trip over: ends, quotes, brackets, high bits, NUL. */
static const uint8_t changes[] = { 0, 0xff, 0x80, '"', '{', ']', '\n', '-' };

/* A copy of its own size, so that the address sanitizer sees a read past the end. */
static void
run_input (const char *data, gsize n_bytes)
{
  uint8_t *copy = g_malloc (n_bytes + (n_bytes == 0));

  memcpy (copy, data, n_bytes);
  LLVMFuzzerTestOneInput (copy, n_bytes);
  g_free (copy);
}

static void
run_variants (char *data, gsize n_bytes)
{
  gsize step = n_bytes / MAX_VARIANTS + 1;

  for (gsize cut = 0; cut < n_bytes; cut += step)
    run_input (data, cut);
  for (gsize i = 0; i < n_bytes; i += step)
    {
      char kept = data[i];

      data[i] = (char) changes[(i / step) % G_N_ELEMENTS (changes)];
      run_input (data, n_bytes);
      data[i] = kept;
    }
}

static gboolean
run_file (const char *path, gboolean with_variants)
{
  g_autofree char *data = NULL;
  gsize n_bytes;

  printf ("%s\n", path);
  fflush (stdout);
  if (!g_file_get_contents (path, &data, &n_bytes, NULL))
    {
      printf ("FAILED cannot read %s\n", path);
      return FALSE;
    }
  run_input (data, n_bytes);
  if (with_variants)
    run_variants (data, n_bytes);
  return TRUE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static GPtrArray *
list_corpus (void)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) folder = g_dir_open (FUZZ_CORPUS, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    g_ptr_array_add (paths, g_build_filename (FUZZ_CORPUS, name, NULL));
  g_ptr_array_sort (paths, compare_names);
  return paths;
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) paths = NULL;
  guint n_passed = 0;

  if (argc > 1)
    {
      for (int i = 1; i < argc; i++)
        if (!run_file (argv[i], FALSE))
          return 1;
      return 0;
    }
  paths = list_corpus ();
  for (guint i = 0; i < paths->len; i++)
    n_passed += run_file (g_ptr_array_index (paths, i), TRUE);
  if (paths->len == 0)
    printf ("FAILED no corpus in %s\n", FUZZ_CORPUS);
  printf ("%u passed, %u failed\n", n_passed, MAX (paths->len, 1) - n_passed);
  return paths->len > 0 && n_passed == paths->len ? 0 : 1;
}
