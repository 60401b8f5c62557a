/* SPDX-License-Identifier: Apache-2.0
 *
 * Field paths, as upstream writes them.
 */
#include "machinery/path.h"
#include "tests/lib/test.h"

void
test_path__shows_fields_indexes_and_keys (void)
{
  K8Path spec = k8_path_child (NULL, "spec");
  K8Path containers = k8_path_child (&spec, "containers");
  K8Path container = k8_path_index (&containers, 0);
  g_autofree char *port = k8_path_to_text (K8_INDEX (K8_CHILD (&container, "ports"), 12));
  g_autofree char *label =
      k8_path_to_text (K8_KEY (K8_CHILD (K8_CHILD (NULL, "metadata"), "labels"), "app"));

  CU_ASSERT_STRING_EQUAL (port, "spec.containers[0].ports[12]");
  CU_ASSERT_STRING_EQUAL (label, "metadata.labels[app]");
}
