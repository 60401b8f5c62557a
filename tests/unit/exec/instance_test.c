/* SPDX-License-Identifier: Apache-2.0
 *
 * The name of a state folder in the engine: the same each time, another for another folder, and
 * never made anew over a file that cannot be read.
 */

#include "exec/error.h"
#include "exec/instance.h"
#include "tests/lib/test.h"

#include <glib/gstdio.h>
#include <string.h>

void
test_instance__is_kept (void)
{
  g_autofree char *folder = g_dir_make_tmp ("orrery-instance-XXXXXX", NULL);
  g_autofree char *other = g_dir_make_tmp ("orrery-instance-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "instance", NULL);
  g_autofree char *other_path = g_build_filename (other, "instance", NULL);
  g_autofree char *one = exec_instance_ensure (folder, NULL);
  g_autofree char *two = exec_instance_ensure (folder, NULL);
  g_autofree char *three = exec_instance_ensure (other, NULL);
  CU_ASSERT_EQUAL (strlen (one), 16);
  TEST_ASSERT_TEXT (two, one);
  CU_ASSERT_STRING_NOT_EQUAL (three, one);
  g_unlink (path);
  g_unlink (other_path);
  g_rmdir (folder);
  g_rmdir (other);
}

void
test_instance__strange_file_is_refused (void)
{
  g_autofree char *folder = g_dir_make_tmp ("orrery-instance-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "instance", NULL);
  g_autoptr (GError) error = NULL;
  g_file_set_contents (path, "what", -1, NULL);
  CU_ASSERT_PTR_NULL (exec_instance_ensure (folder, &error));
  CU_ASSERT_TRUE (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_INVALID));
  g_unlink (path);
  g_rmdir (folder);
}
