/* SPDX-License-Identifier: Apache-2.0
 *
 * Conditions, owner references and finalizers: what changes, what stays, and in which order.
 */
#include "machinery/conditions.h"
#include "codec/json.h"
#include "machinery/gvk.h"
#include "machinery/owner.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

#include <string.h>

static const void *
decode (K8Region *region, const K8MessageInfo *info, const char *text)
{
  K8JsonDecoded decoded = { 0 };
  const void *record = k8_json_decode (region, info, text, strlen (text), &decoded);

  CU_ASSERT_PTR_NOT_NULL_FATAL (record);
  k8_json_decoded_clear (&decoded);
  return record;
}

/* Writes a record and lets go of it. */
static char *
to_json (const void *record)
{
  GString *text = g_string_new (NULL);

  k8_json_encode (text, record, &(K8JsonOptions){ 0 });
  k8_record_unref (record);
  return g_string_free (text, FALSE);
}

typedef gboolean (*Put) (K8Edit *status, const K8ConditionValue *value);

/* What a status is after a put, in a region of its own. */
static char *
put_into (const K8MessageInfo *info, const char *status, Put put, const K8ConditionValue *value,
          gboolean *ret_is_changed)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  const void *base = decode (region, info, status);
  K8Edit edit;

  k8_edit_init (&edit, region, info, base);
  *ret_is_changed = put (&edit, value);
  char *text = to_json (k8_edit_seal (&edit));
  k8_record_unref (base);
  test_region_free (region);
  return text;
}

#define NEW_YEAR G_GINT64_CONSTANT (1767225600) /* 2026-01-01T00:00:00Z */

void
test_conditions__transition_time_moves_with_the_status_only (void)
{
  static const char before[]
      = "{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"lastProbeTime\":null,"
        "\"lastTransitionTime\":\"2025-01-01T00:00:00Z\"},{\"type\":\"X\",\"status\":\"True\","
        "\"lastProbeTime\":null,\"lastTransitionTime\":null}]}";
  K8ConditionValue value = { .type = "Ready", .status = "True", .now_seconds = NEW_YEAR };
  gboolean is_changed;

  g_autofree char *same
      = put_into (K8_INFO (pod_status), before, k8_conditions_put, &value, &is_changed);
  CU_ASSERT_FALSE (is_changed);
  TEST_ASSERT_TEXT (same, before);
  value.status = "False";
  value.reason = "R";
  g_autofree char *other
      = put_into (K8_INFO (pod_status), before, k8_conditions_put, &value, &is_changed);
  CU_ASSERT_TRUE (is_changed);
  TEST_ASSERT_TEXT (other,
                    "{\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\",\"lastProbeTime\":"
                    "null,\"lastTransitionTime\":\"2026-01-01T00:00:00Z\",\"reason\":\"R\"},"
                    "{\"type\":\"X\",\"status\":\"True\",\"lastProbeTime\":null,"
                    "\"lastTransitionTime\":null}]}");
}

void
test_conditions__deployment_keeps_transition_and_goes_to_the_end (void)
{
  static const char before[]
      = "{\"conditions\":[{\"type\":\"Progressing\",\"status\":\"True\",\"lastUpdateTime\":"
        "\"2025-01-01T00:00:00Z\",\"lastTransitionTime\":\"2025-01-01T00:00:00Z\",\"reason\":"
        "\"A\"},{\"type\":\"Available\",\"status\":\"True\",\"lastUpdateTime\":null,"
        "\"lastTransitionTime\":null}]}";
  K8ConditionValue value
      = { .type = "Progressing", .status = "True", .reason = "A", .message = "m",
          .now_seconds = NEW_YEAR };
  gboolean is_changed;

  g_autofree char *same = put_into (K8_INFO (deployment_status), before,
                                    k8_conditions_put_deployment, &value, &is_changed);
  CU_ASSERT_FALSE (is_changed);
  TEST_ASSERT_TEXT (same, before);
  value.reason = "B";
  g_autofree char *other = put_into (K8_INFO (deployment_status), before,
                                     k8_conditions_put_deployment, &value, &is_changed);
  CU_ASSERT_TRUE (is_changed);
  TEST_ASSERT_TEXT (other,
                    "{\"conditions\":[{\"type\":\"Available\",\"status\":\"True\","
                    "\"lastUpdateTime\":null,\"lastTransitionTime\":null},{\"type\":"
                    "\"Progressing\",\"status\":\"True\",\"lastUpdateTime\":"
                    "\"2026-01-01T00:00:00Z\",\"lastTransitionTime\":\"2025-01-01T00:00:00Z\","
                    "\"reason\":\"B\",\"message\":\"m\"}]}");
}

void
test_conditions__replica_set_takes_the_time_of_the_change (void)
{
  K8ConditionValue value
      = { .type = "ReplicaFailure", .status = "True", .reason = "FailedCreate",
          .now_seconds = NEW_YEAR };
  gboolean is_changed;
  g_autofree char *text
      = put_into (K8_INFO (replica_set_status), "{\"replicas\":1}",
                  k8_conditions_put_replica_set, &value, &is_changed);

  CU_ASSERT_TRUE (is_changed);
  TEST_ASSERT_TEXT (text, "{\"replicas\":1,\"conditions\":[{\"type\":\"ReplicaFailure\","
                          "\"status\":\"True\",\"lastTransitionTime\":\"2026-01-01T00:00:00Z\","
                          "\"reason\":\"FailedCreate\"}]}");
}

void
test_conditions__are_found_and_removed_by_type (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  const void *status
      = decode (region, K8_INFO (node_status),
                "{\"conditions\":[{\"type\":\"Ready\",\"status\":\"Unknown\",\"reason\":\"R\"}]}");
  K8Edit edit;

  CU_ASSERT_STRING_EQUAL (k8_conditions_status (status, "Ready"), "Unknown");
  CU_ASSERT_STRING_EQUAL (k8_conditions_text (k8_conditions_find (status, "Ready"), "reason"), "R");
  CU_ASSERT_FALSE (k8_conditions_is_true (status, "Ready"));
  CU_ASSERT_PTR_NULL (k8_conditions_find (status, "Other"));
  CU_ASSERT_PTR_NULL (k8_conditions_find (NULL, "Ready"));
  k8_edit_init (&edit, region, K8_INFO (node_status), status);
  CU_ASSERT_TRUE (k8_conditions_remove (&edit, "Ready"));
  CU_ASSERT_FALSE (k8_conditions_remove (&edit, "Ready"));
  g_autofree char *text = to_json (k8_edit_seal (&edit));
  CU_ASSERT_PTR_NULL (strstr (text, "conditions"));
  k8_record_unref (status);
  test_region_free (region);
}

void
test_owner__controller_reference_names_the_owner (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  const K8ObjectMeta *owner
      = decode (region, K8_INFO (object_meta), "{\"name\":\"web\",\"uid\":\"u-1\"}");
  g_autofree char *text = to_json (
      k8_owner_new_controller_ref (region, &k8_kinds[K8_KIND_ReplicaSet], owner));

  TEST_ASSERT_TEXT (text, "{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":\"web\","
                          "\"uid\":\"u-1\",\"controller\":true,\"blockOwnerDeletion\":true}");
  k8_record_unref (owner);
  test_region_free (region);
}

void
test_owner__the_controller_is_found_among_owners (void)
{
  K8Region *region = test_region_new (16 * 1024 * 1024);
  const K8ObjectMeta *meta = decode (
      region, K8_INFO (object_meta),
      "{\"finalizers\":[\"a\",\"b\"],\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"A\","
      "\"name\":\"a\",\"uid\":\"1\"},{\"apiVersion\":\"v1\",\"kind\":\"B\",\"name\":\"b\","
      "\"uid\":\"2\",\"controller\":true}]}");
  K8ObjectMetaEdit edit;

  CU_ASSERT_STRING_EQUAL (k8_owner_reference_name (k8_owner_find_controller (meta)), "b");
  CU_ASSERT_TRUE (k8_owner_is_controlled_by (meta, "2"));
  CU_ASSERT_FALSE (k8_owner_is_controlled_by (meta, "1"));
  CU_ASSERT_PTR_NOT_NULL (k8_owner_find (meta, "1"));
  CU_ASSERT_TRUE (k8_finalizer_has (meta, "b"));
  k8_object_meta_edit (&edit, region, meta);
  CU_ASSERT_TRUE (k8_owner_remove (&edit, "2"));
  CU_ASSERT_FALSE (k8_owner_remove (&edit, "2"));
  CU_ASSERT_TRUE (k8_finalizer_remove (&edit, "a"));
  g_autofree char *text = to_json (k8_object_meta_seal (&edit));
  TEST_ASSERT_TEXT (text, "{\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"A\",\"name\":"
                          "\"a\",\"uid\":\"1\"}],\"finalizers\":[\"b\"]}");
  k8_record_unref (meta);
  test_region_free (region);
}

void
test_gvk__api_versions_are_split_at_the_slash (void)
{
  K8GroupVersion parsed;

  CU_ASSERT_TRUE (k8_group_version_parse ("apps/v1", &parsed));
  CU_ASSERT_EQUAL (parsed.group_bytes, 4);
  CU_ASSERT_STRING_EQUAL (parsed.version, "v1");
  CU_ASSERT_TRUE (k8_group_version_parse ("v1", &parsed));
  CU_ASSERT_EQUAL (parsed.group_bytes, 0);
  CU_ASSERT_FALSE (k8_group_version_parse ("a/b/c", &parsed));
  CU_ASSERT_PTR_EQUAL (k8_kind_find_api_version ("apps/v1", "Deployment"),
                       &k8_kinds[K8_KIND_Deployment]);
  CU_ASSERT_PTR_NULL (k8_kind_find_api_version ("v1", "Deployment"));
  CU_ASSERT_TRUE (k8_kind_has_verb (&k8_kinds[K8_KIND_Pod], "deletecollection"));
  CU_ASSERT_FALSE (k8_kind_has_verb (&k8_kinds[K8_KIND_Namespace], "deletecollection"));
}
