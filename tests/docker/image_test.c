/* SPDX-License-Identifier: Apache-2.0
 *
 * Our images in the real engine: imported once, found again, named by content and by Debian's
 * version.
 */

#include "exec/docker_image.h"
#include "exec/docker_json.h"
#include "exec/labels.h"
#include "exec/image.h"
#include "tests/docker/fixture.h"

#include <string.h>

static char *
image_id (const char *reference)
{
  Answer answer = { 0 };
  exec_docker_image_inspect (docker, reference, answer_take, &answer);
  answer_wait (&answer);
  char *id = g_strdup (exec_json_string (exec_json_root_object (answer.json), "Id"));
  answer_clear (&answer);
  return id;
}

void
test_image__is_imported_once (void)
{
  if (!fixture_start ())
    return;
  g_autofree char *before = image_id (fixture_busybox ());
  CU_ASSERT_PTR_NOT_NULL (before);
  CU_ASSERT_TRUE (fixture_start ());
  g_autofree char *after = image_id (fixture_busybox ());
  TEST_ASSERT_TEXT (after, before);
  fixture_stop ();
}

void
test_image__busybox_tag_is_debians_version (void)
{
  g_autofree char *tag = exec_image_tag_of_version ("1:1.35.0-4+deb12u1+b1");
  TEST_ASSERT_TEXT (tag, "1.35.0-4-deb12u1-b1");
  if (fixture_start ())
    CU_ASSERT_FALSE (g_str_has_suffix (fixture_busybox (), ":latest"));
}

void
test_image__same_files_give_the_same_name (void)
{
  g_autoptr (ExecImage) one = exec_image_new_pause ();
  g_autoptr (ExecImage) two = exec_image_new_pause ();
  TEST_ASSERT_TEXT (one->reference, two->reference);
  CU_ASSERT_TRUE (g_str_has_prefix (one->reference, "orrery/pause:"));
}

void
test_image__pull_without_registry_is_an_error (void)
{
  if (!fixture_start ())
    return;
  Answer answer = { 0 };
  exec_docker_image_pull (docker, "127.0.0.1:1/nothing:v1", NULL, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_PTR_NOT_NULL (answer.error);
  answer_clear (&answer);
}

void
test_image__tag_and_remove (void)
{
  if (!fixture_start ())
    return;
  g_autofree char *reference = g_strdup_printf ("orrery/test:%.8s", fixture_instance ());
  Answer answer = { 0 };
  exec_docker_image_tag (docker, fixture_pause (), reference, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_PTR_NULL (answer.error);
  answer_clear (&answer);
  g_autofree char *there = image_id (reference);
  CU_ASSERT_PTR_NOT_NULL (there);
  exec_docker_image_remove (docker, reference, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_PTR_NULL (answer.error);
  answer_clear (&answer);
  g_autofree char *gone = image_id (reference);
  CU_ASSERT_PTR_NULL (gone);
}
