/* SPDX-License-Identifier: Apache-2.0
 *
 * IP addresses and ranges: canonical texts, and what is refused with which sentence.
 * Source: RFC 5952; k8s.io/apimachinery pkg/util/validation/ip_test.go (v1.36).
 */
#include "machinery/ip.h"
#include "tests/lib/test.h"

static void
check_canonical (const char *text, const char *expected)
{
  char canonical[K8_IP_TEXT_BYTES] = "none";
  K8IP ip;

  if (k8_ip_parse (text, &ip))
    k8_ip_to_text (&ip, canonical);
  TEST_ASSERT_TEXT (canonical, expected);
}

void
test_ip__canonical_texts (void)
{
  check_canonical ("10.9.8.7", "10.9.8.7");
  check_canonical ("010.002.003.004", "10.2.3.4");
  check_canonical ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
  check_canonical ("::", "::");
  check_canonical ("::1", "::1");
  check_canonical ("1::", "1::");
  check_canonical ("1:0:0:2:0:0:0:3", "1:0:0:2::3");
  check_canonical ("1:2:3:4:5:6:0:8", "1:2:3:4:5:6:0:8");
  check_canonical ("::ffff:1.2.3.4", "1.2.3.4");
  check_canonical ("64:ff9b::1.2.3.4", "64:ff9b::102:304");
}

void
test_ip__what_is_no_address (void)
{
  static const char *const bad[] = { "",    "1.2.3",         "1.2.3.256",         "1.2.3.4.5",
                                     ":1",  "1:2:3:4:5:6:7", "1::2::3",           "12345::",
                                     "::g", "fe80::1%0",     "1:2:3:4:5:6:7:8:9", "1.2.3.4:80" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    check_canonical (bad[i], "none");
}

void
test_ip__ranges_are_masked (void)
{
  K8CIDR cidr;
  char text[K8_IP_TEXT_BYTES];

  CU_ASSERT_TRUE (k8_cidr_parse ("10.1.2.3/20", &cidr));
  k8_cidr_to_text (&cidr, text);
  CU_ASSERT_STRING_EQUAL (text, "10.1.0.0/20");
  CU_ASSERT_TRUE (k8_cidr_has_host_bits (&cidr));
  CU_ASSERT_TRUE (k8_cidr_parse ("fd00:1::/64", &cidr));
  CU_ASSERT_FALSE (k8_cidr_has_host_bits (&cidr));
  CU_ASSERT_FALSE (k8_cidr_parse ("10.0.0.0/33", &cidr));
  CU_ASSERT_FALSE (k8_cidr_parse ("10.0.0.0", &cidr));
}

void
test_ip__fields_are_refused_in_upstreams_words (void)
{
  K8FieldErrors errors;
  K8Path path = k8_path_child (NULL, "ip");

  k8_field_errors_init (&errors);
  k8_ip_check_legacy (&errors, &path, "FE80::1");
  CU_ASSERT_EQUAL (k8_field_errors_n (&errors), 0);
  k8_ip_check (&errors, &path, "FE80::1");
  k8_ip_check_legacy (&errors, &path, "01.2.3.4");
  k8_cidr_check_legacy (&errors, &path, "10.0.0.1/8");
  g_autofree char *text = k8_field_errors_to_text (&errors);
  TEST_ASSERT_TEXT (text, "[ip: Invalid value: \"FE80::1\": must be in canonical form (\"fe80::1\")"
                          ", ip: Invalid value: \"01.2.3.4\": must not have leading 0s"
                          ", ip: Invalid value: \"10.0.0.1/8\": must not have bits set beyond the "
                          "prefix length]");
  k8_field_errors_clear (&errors);
}
