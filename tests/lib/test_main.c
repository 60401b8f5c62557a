/* SPDX-License-Identifier: Apache-2.0
 *
 * The one main () of every test program: runs the generated table of tests, one
 * by one, prints each failed assert with file and line, and closes with
 * `N passed, N failed[, N skipped]`. Fails if any assert failed and if no test ran.
 * CUnit's own runners report success while tests fail and its list is cleared by
 * each run, so counts are kept here.
 */

#include "tests/lib/test.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  guint64 seed;
  const char *corpus_folder;
  gboolean list;
  gboolean update;
  gboolean verbose;
  GPtrArray *filters;
} Options;

typedef struct
{
  guint n_passed;
  guint n_failed;
  guint n_skipped;
} Counts;

static Options options = { .seed = 1 };
static char *skip_reason;
static const char *volatile running = "";

guint64
test_seed (void)
{
  return options.seed;
}

gboolean
test_is_updating (void)
{
  return options.update;
}

const char *
test_corpus_folder (void)
{
  return options.corpus_folder;
}

void
test_skip (const char *format, ...)
{
  va_list args;

  g_free (skip_reason);
  va_start (args, format);
  skip_reason = g_strdup_vprintf (format, args);
  va_end (args);
}

void
test_note (const char *format, ...)
{
  va_list args;

  fprintf (stderr, "%s: ", running);
  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
}

/* An assert of the engine aborts: say in which test, then die as before. */
static void
report_crash (int number)
{
  static const char text[] = "\ncrashed in ";
  const char *name = running;

  if (write (STDERR_FILENO, text, sizeof text - 1) < 0 ||
      write (STDERR_FILENO, name, strlen (name)) < 0 ||
      write (STDERR_FILENO, "\n", 1) < 0)
    _exit (128 + number);
}

static void
catch_crashes (void)
{
  struct sigaction action = { .sa_handler = report_crash, .sa_flags = (int) SA_RESETHAND };

  sigaction (SIGABRT, &action, NULL);
  sigaction (SIGTRAP, &action, NULL); /* g_error () */
#ifndef __SANITIZE_ADDRESS__
  sigaction (SIGSEGV, &action, NULL);
  sigaction (SIGBUS, &action, NULL);
  sigaction (SIGFPE, &action, NULL);
#endif
}

static G_NORETURN void
leave_with_usage (const char *program, int status)
{
  fprintf (status == 0 ? stdout : stderr,
           "usage: %s [--list] [--verbose] [--update] [--seed N] [--corpus FOLDER] [NAME ...]\n"
           "NAME: part of a test's name, or a pattern with * and ?\n",
           program);
  exit (status);
}

static guint64
parse_seed (const char *program, const char *text)
{
  char *end = NULL;
  guint64 seed;

  errno = 0;
  seed = g_ascii_strtoull (text, &end, 0);
  if (errno != 0 || end == text || *end != '\0')
    leave_with_usage (program, 2);
  return seed;
}

static void
parse_options (int argc, char **argv)
{
  const char *seed = g_getenv ("TEST_SEED");

  options.filters = g_ptr_array_new ();
  if (seed != NULL)
    options.seed = parse_seed (argv[0], seed);
  for (int i = 1; i < argc; i++)
    {
      if (strcmp (argv[i], "--list") == 0)
        options.list = TRUE;
      else if (strcmp (argv[i], "--update") == 0)
        options.update = TRUE;
      else if (strcmp (argv[i], "--verbose") == 0)
        options.verbose = TRUE;
      else if (strcmp (argv[i], "--help") == 0)
        leave_with_usage (argv[0], 0);
      else if (strcmp (argv[i], "--seed") == 0 && i + 1 < argc)
        options.seed = parse_seed (argv[0], argv[++i]);
      else if (strcmp (argv[i], "--corpus") == 0 && i + 1 < argc)
        options.corpus_folder = argv[++i];
      else if (argv[i][0] == '-')
        leave_with_usage (argv[0], 2);
      else
        g_ptr_array_add (options.filters, argv[i]);
    }
}

static gboolean
is_wanted (const TestCase *test)
{
  if (options.filters->len == 0)
    return TRUE;
  for (guint i = 0; i < options.filters->len; i++)
    {
      const char *filter = g_ptr_array_index (options.filters, i);

      if (strstr (test->name, filter) != NULL || strcmp (test->suite, filter) == 0 ||
          g_pattern_match_simple (filter, test->name))
        return TRUE;
    }
  return FALSE;
}

static void
print_failures (const TestCase *test)
{
  printf ("FAILED %s\n", test->name);
  for (CU_pFailureRecord failure = CU_get_failure_list (); failure != NULL;
       failure = failure->pNext)
    printf ("  %s:%u: %s\n",
            failure->strFileName != NULL ? failure->strFileName : "?",
            failure->uiLineNumber,
            failure->strCondition != NULL ? failure->strCondition : "?");
}

static void
run_test (const TestCase *test, CU_pSuite suite, Counts *counts)
{
  CU_pTest added = CU_add_test (suite, test->name, test->run);
  CU_ErrorCode error;

  if (added == NULL)
    g_error ("%s: %s", test->name, CU_get_error_msg ());
  running = test->name;
  g_clear_pointer (&skip_reason, g_free);
  error = CU_run_test (suite, added);
  if (error != CUE_SUCCESS || CU_get_number_of_failures () > 0)
    {
      counts->n_failed++;
      print_failures (test);
    }
  else if (skip_reason != NULL)
    {
      counts->n_skipped++;
      printf ("skipped %s: %s\n", test->name, skip_reason);
    }
  else
    {
      counts->n_passed++;
      if (options.verbose)
        printf ("ok %s\n", test->name);
    }
  fflush (stdout);
  running = "";
}

static Counts
run_tests (void)
{
  Counts counts = { 0 };
  CU_pSuite suite = CU_add_suite ("tests", NULL, NULL);

  if (suite == NULL)
    g_error ("CUnit: %s", CU_get_error_msg ());
  CU_set_error_action (CUEA_IGNORE);
  for (const TestCase *test = test_cases; test->name != NULL; test++)
    if (is_wanted (test))
      run_test (test, suite, &counts);
  return counts;
}

static int
list_tests (void)
{
  for (const TestCase *test = test_cases; test->name != NULL; test++)
    if (is_wanted (test))
      printf ("%s\n", test->name);
  return 0;
}

int
main (int argc, char **argv)
{
  Counts counts;

  parse_options (argc, argv);
  if (options.list)
    return list_tests ();
  if (CU_initialize_registry () != CUE_SUCCESS)
    g_error ("CUnit: %s", CU_get_error_msg ());
  catch_crashes ();
  counts = run_tests ();
  CU_cleanup_registry ();
  g_ptr_array_unref (options.filters);
  g_clear_pointer (&skip_reason, g_free);
  if (counts.n_passed + counts.n_failed + counts.n_skipped == 0)
    printf ("no test of this name\n");
  printf ("%u passed, %u failed", counts.n_passed, counts.n_failed);
  if (counts.n_skipped > 0)
    printf (", %u skipped", counts.n_skipped);
  putchar ('\n');
  return counts.n_failed > 0 || counts.n_passed + counts.n_skipped == 0 ? 1 : 0;
}
