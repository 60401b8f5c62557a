/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of names. A name is good, or the test says by how many sentences it is refused.
 * Source: k8s.io/apimachinery pkg/util/validation/validation_test.go (v1.36).
 */
#include <string.h>

#include "machinery/names.h"
#include "tests/lib/test.h"

typedef struct
{
  const char *name;
  guint n_faults;
} NameCase;

static void
check_cases (K8NameCheck check, const NameCase *cases)
{
  for (; cases->name != NULL; cases++)
    {
      guint n = check (cases->name).n;
      if (n != cases->n_faults)
        test_note ("\"%s\": %u sentences, expected %u", cases->name, n, cases->n_faults);
      CU_ASSERT_EQUAL (n, cases->n_faults);
    }
}

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

void
test_names__dns_labels (void)
{
  static const NameCase labels[] = { { "a", 0 },   { "a-1", 0 }, { A63, 0 },  { A63 "a", 1 },
                                     { "", 1 },    { "A", 1 },   { "-a", 1 }, { "a-", 1 },
                                     { "a.b", 1 }, { "a_b", 1 }, { "1", 0 },  { A63 "." A63, 2 },
                                     { NULL, 0 } };
  static const NameCase old_labels[] = { { "a1", 0 }, { "1a", 1 }, { "a-", 1 }, { NULL, 0 } };

  check_cases (k8_name_check_dns_1123_label, labels);
  check_cases (k8_name_check_dns_1035_label, old_labels);
  CU_ASSERT_STRING_EQUAL (k8_name_check_dns_1123_label ("a.b").text[0], "must not contain dots");
}

void
test_names__dns_subdomains (void)
{
  static const NameCase cases[] = { { "a.b.c", 0 },
                                    { "a..b", 1 },
                                    { ".a", 1 },
                                    { "a.", 1 },
                                    { "", 1 },
                                    { "a.-b", 1 },
                                    { A63 "." A63 "." A63 "." A63, 1 },
                                    { NULL, 0 } };
  static const NameCase loose[] = {
    { "_sip._tcp.example", 0 }, { "__a", 1 }, { "a_", 1 }, { "a_b", 0 }, { NULL, 0 }
  };

  check_cases (k8_name_check_dns_1123_subdomain, cases);
  check_cases (k8_name_check_dns_1123_subdomain_with_underscore, loose);
}

void
test_names__qualified_names_and_label_values (void)
{
  static const NameCase keys[] = {
    { "app", 0 },   { "example.com/app", 0 }, { "A_b.c", 0 },         { "/app", 1 },  { "a/", 2 },
    { "a/b/c", 1 }, { "bad key!", 1 },        { "Example.com/a", 1 }, { A63 "a", 1 }, { NULL, 0 }
  };
  static const NameCase values[] = { { "", 0 },       { "v1.2_3-x", 0 }, { "-", 1 },
                                     { "sp ace", 1 }, { A63 "a", 1 },    { NULL, 0 } };

  check_cases (k8_name_check_qualified, keys);
  check_cases (k8_name_check_label_value, values);
}

void
test_names__keys_ports_and_the_rest (void)
{
  static const NameCase keys[] = { { "a.conf", 0 }, { ".hidden", 0 }, { "..x", 1 }, { ".", 1 },
                                   { "a/b", 1 },    { "", 1 },        { NULL, 0 } };
  static const NameCase ports[] = { { "http", 0 },
                                    { "a--b", 1 },
                                    { "80", 1 },
                                    { "-a", 1 },
                                    { "UPPER", 2 },
                                    { "", 2 },
                                    { "abcdefghijklmnop", 1 },
                                    { NULL, 0 } };
  static const NameCase variables[] = { { "A B", 0 }, { "A=B", 1 }, { "", 1 }, { NULL, 0 } };
  static const NameCase segments[] = { { "a:b", 0 }, { "..", 1 }, { "a/%b", 2 }, { NULL, 0 } };
  static const NameCase percents[] = { { "25%", 0 }, { "%", 1 }, { "25", 1 }, { NULL, 0 } };

  check_cases (k8_name_check_config_map_key, keys);
  check_cases (k8_name_check_port, ports);
  check_cases (k8_name_check_env_var, variables);
  check_cases (k8_name_check_path_segment, segments);
  check_cases (k8_name_check_percent, percents);
}

void
test_names__generated_names_are_cut_and_follow_the_bits (void)
{
  g_autofree char *first = k8_name_generate ("web-", 0);
  g_autofree char *second = k8_name_generate ("web-", 26 + 27 * 1);
  g_autofree char *cut = k8_name_generate (A63, 0);

  CU_ASSERT_STRING_EQUAL (first, "web-bbbbb");
  CU_ASSERT_STRING_EQUAL (second, "web-9cbbb");
  CU_ASSERT_EQUAL (strlen (cut), 63);
}
