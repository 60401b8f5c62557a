/* SPDX-License-Identifier: Apache-2.0
 *
 * Statuses: message, reason, code and details.
 * Source: answers of a real kube-apiserver v1.36.
 */
#include "machinery/status.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

static const K8GroupResource pods = { "", "pods" };
static const K8GroupResource deployments = { "apps", "deployments" };

static void
check_status (const K8Status *status, gint32 code, const char *reason, const char *message)
{
  TEST_ASSERT_TEXT (k8_status_message (status), message);
  TEST_ASSERT_TEXT (k8_status_reason (status), reason);
  CU_ASSERT_EQUAL (k8_status_code (status), code);
  CU_ASSERT_STRING_EQUAL (k8_status_status (status), "Failure");
  k8_record_unref (status);
}

void
test_status__names_the_resource_and_its_group (void)
{
  K8Region *region = test_region_new (1 << 20);

  check_status (k8_status_new_not_found (region, pods, "x"), 404, "NotFound",
                "pods \"x\" not found");
  check_status (k8_status_new_already_exists (region, deployments, "web"), 409, "AlreadyExists",
                "deployments.apps \"web\" already exists");
  check_status (k8_status_new_conflict (region, deployments, "web", K8_CONFLICT_MODIFIED), 409,
                "Conflict",
                "Operation cannot be fulfilled on deployments.apps \"web\": the object has been "
                "modified; please apply your changes to the latest version and try again");
  check_status (k8_status_new_forbidden (region, pods, "", "no"), 403, "Forbidden",
                "pods is forbidden: no");
  check_status (k8_status_new_forbidden (region, (K8GroupResource){ NULL, NULL }, NULL, "no"), 403,
                "Forbidden", "forbidden: no");
  test_region_free (region);
}

void
test_status__invalid_has_a_cause_for_each_error (void)
{
  K8Region *region = test_region_new (1 << 20);
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  k8_field_errors_required (&errors, K8_CHILD (NULL, "a"), "%s", "");
  k8_field_errors_required (&errors, K8_CHILD (NULL, "a"), "%s", "");
  k8_autounref const K8Status *status =
      k8_status_new_invalid (region, (K8GroupResource){ "apps", "Deployment" }, "web", &errors);
  const K8StatusDetails *details = k8_status_details (status);

  CU_ASSERT_STRING_EQUAL (k8_status_message (status),
                          "Deployment.apps \"web\" is invalid: a: Required value");
  CU_ASSERT_EQUAL (k8_status_code (status), 422);
  CU_ASSERT_EQUAL (k8_status_details_causes_n (details), 2);
  CU_ASSERT_STRING_EQUAL (k8_status_details_group (details), "apps");
  CU_ASSERT_STRING_EQUAL (k8_status_details_kind (details), "Deployment");
  CU_ASSERT_STRING_EQUAL (k8_status_cause_reason (k8_status_details_causes_at (details, 1)),
                          "FieldValueRequired");
  CU_ASSERT_STRING_EQUAL (k8_status_cause_message (k8_status_details_causes_at (details, 1)),
                          "Required value");
  k8_field_errors_clear (&errors);
}

void
test_status__of_requests (void)
{
  K8Region *region = test_region_new (1 << 20);

  check_status (k8_status_new_generic (region, 405), 405, "MethodNotAllowed",
                "the server does not allow this method on the requested resource");
  check_status (k8_status_new_timeout (region, "slow", 1), 504, "Timeout", "Timeout: slow");
  check_status (k8_status_new_internal (region, "boom"), 500, "InternalError",
                "Internal error occurred: boom");
  check_status (k8_status_new_error (region, "odd"), 500, NULL, "odd");
  check_status (k8_status_new_not_acceptable (region, "application/json"), 406, "NotAcceptable",
                "only the following media types are accepted: application/json");
  test_region_free (region);
}

void
test_status__success_says_what_was_deleted (void)
{
  K8Region *region = test_region_new (1 << 20);
  k8_autounref const K8Status *status = k8_status_new_success (region, pods, "x", "u-1");

  CU_ASSERT_STRING_EQUAL (k8_status_status (status), "Success");
  CU_ASSERT_EQUAL (k8_status_code (status), 0);
  CU_ASSERT_STRING_EQUAL (k8_status_details_uid (k8_status_details (status)), "u-1");
}
