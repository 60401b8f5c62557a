/* SPDX-License-Identifier: Apache-2.0
 *
 * Patches from outside: each gives an object or a refusal, never both, and leaves nothing in the
 * region. The input is a byte that chooses the type of the patch, and its body.
 */
#include <string.h>

#include "codec/json.h"
#include "machinery/patch.h"
#include "tests/fuzz/fuzz_region.h"

static const char pod_text[]
    = "{\"metadata\":{\"name\":\"p\",\"labels\":{\"x\":\"1\",\"y\":\"2\"},\"finalizers\":[\"a\","
      "\"b\"]},\"spec\":{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}],\"containers\":[{\"name\":"
      "\"x\",\"image\":\"1\"},{\"name\":\"y\"},{\"name\":\"z\"}]},\"status\":{\"conditions\":["
      "{\"type\":\"Ready\",\"status\":\"False\"}]}}";

static void
run (K8Region *region, const char *input, gsize length)
{
  K8JsonDecoded decoded = { 0 };
  K8PatchResult result = { 0 };
  const void *pod
      = k8_json_decode (region, K8_INFO (pod), pod_text, strlen (pod_text), &decoded);
  K8PatchRequest request = {
    .type = (K8PatchType) (K8_PATCH_TYPE_JSON + (guint8) input[0] % 3),
    .kind = &k8_kinds[K8_KIND_Pod],
    .current = pod,
    .resource_version = "5",
    .body = input + 1,
    .body_bytes = length - 1,
  };

  gboolean is_good = k8_patch_apply (region, &request, &result);
  k8_assert (is_good == (result.object != NULL));
  k8_assert (is_good == (result.status == NULL));
  if (is_good && result.problems != NULL)
    k8_record_unref (k8_patch_result_new_strict_status (region, &request, &result));
  k8_patch_result_clear (&result);
  k8_record_unref (pod);
  k8_json_decoded_clear (&decoded);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n_bytes)
{
  if (n_bytes > 0)
    fuzz_run (run, data, n_bytes);
  return 0;
}
