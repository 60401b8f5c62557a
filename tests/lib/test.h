/* SPDX-License-Identifier: Apache-2.0
 *
 * What a test file includes: CUnit's asserts and what our tests add to them.
 * A test is a function `void test_<subject>__<expectation> (void)`; it registers
 * itself by its name (find-tests.py). Fatal asserts leave by longjmp, so what a
 * test allocates before one may leak; that is accepted in tests only.
 */
#pragma once

#include <CUnit/CUnit.h>
#include <glib.h>

typedef struct
{
  const char *suite;
  const char *name;
  void (*run) (void);
} TestCase;

/* Generated: every test of this program, closed by a row of NULLs. */
extern const TestCase test_cases[];

/* The seed of random tests: `--seed N`, else TEST_SEED, else 1. */
guint64 test_seed (void);

/* Counts the running test as skipped, for this reason; the caller then returns. */
void test_skip (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Prints under the name of the running test, before its verdict. */
void test_note (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* TRUE with `--update`: expected files are rewritten instead of compared. */
gboolean test_is_updating (void);

/* The folder given by `--corpus FOLDER`, or NULL. */
const char *test_corpus_folder (void);

/* Line by line, with a diff printed when they differ. NULL equals only NULL. */
#define TEST_ASSERT_TEXT(actual, expected) \
  test_compare_texts ((actual), (expected), __FILE__, __LINE__)

/* The same against a file, its path relative to the source tree. */
#define TEST_ASSERT_TEXT_FILE(actual, path) \
  test_compare_text_file ((actual), (path), __FILE__, __LINE__)

gboolean test_compare_texts (const char *actual, const char *expected, const char *file, int line);
gboolean test_compare_text_file (const char *actual, const char *path, const char *file, int line);

/* (transfer full): the lines of both, marked ' ', '-' (expected) and '+' (actual). */
char *test_diff_texts (const char *expected, const char *actual);
