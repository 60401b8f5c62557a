/* SPDX-License-Identifier: Apache-2.0
 *
 * Image references.
 * Source: github.com/distribution/reference, its tests of normalized names.
 */
#include "machinery/image.h"
#include "tests/lib/test.h"

#define HEX32 "0123456789abcdef0123456789abcdef"

static char *
show (const char *image)
{
  K8ImageName name;

  if (!k8_image_parse (image, &name))
    return g_strdup ("none");
  return g_strdup_printf ("%.*s %.*s %.*s %.*s", (int) name.domain_bytes, name.domain,
                          (int) name.path_bytes, name.path, (int) name.tag_bytes, name.tag,
                          (int) name.digest_bytes, name.digest);
}

static void
check_image (const char *image, const char *expected)
{
  g_autofree char *shown = show (image);

  TEST_ASSERT_TEXT (shown, expected);
}

void
test_image__parts_of_a_reference (void)
{
  check_image ("nginx", "docker.io nginx  ");
  check_image ("nginx:1.25", "docker.io nginx 1.25 ");
  check_image ("team/web", "docker.io team/web  ");
  check_image ("localhost/web:a", "localhost web a ");
  check_image ("registry.example.com:5000/a/b:v1", "registry.example.com:5000 a/b v1 ");
  check_image ("[fd00::1]:5000/a", "[fd00::1]:5000 a  ");
  check_image ("a@sha256:" HEX32, "docker.io a  sha256:" HEX32);
  check_image ("a:b@sha256:" HEX32, "docker.io a b sha256:" HEX32);
  check_image ("a__b.c--d", "docker.io a__b.c--d  ");
}

void
test_image__what_is_no_reference (void)
{
  static const char *const bad[] = { "",          "Nginx", "a:", "a b",          "a..b",
                                     "a___b",     "-a",    "a/", "a@sha256:abc", "http://a/b",
                                     HEX32 HEX32, "a:.b" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    check_image (bad[i], "none");
}

/* Source: API documentation of imagePullPolicy. */
void
test_image__latest_is_always_pulled (void)
{
  CU_ASSERT_STRING_EQUAL (k8_image_default_pull_policy ("nginx"), "Always");
  CU_ASSERT_STRING_EQUAL (k8_image_default_pull_policy ("nginx:latest"), "Always");
  CU_ASSERT_STRING_EQUAL (k8_image_default_pull_policy ("nginx:1"), "IfNotPresent");
  CU_ASSERT_STRING_EQUAL (k8_image_default_pull_policy ("a@sha256:" HEX32), "IfNotPresent");
  CU_ASSERT_STRING_EQUAL (k8_image_default_pull_policy ("Bad"), "IfNotPresent");
}
