/* SPDX-License-Identifier: Apache-2.0
 *
 * Warnings, by a table. Source: kubernetes pkg/api/pod/warnings_test.go has the cases, recorded
 * answers the words.
 */
#include "codec/json.h"
#include "machinery/warnings.h"
#include "schema/kinds.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

#define POD(meta, spec) "{\"metadata\":{\"name\":\"p\"" meta "},\"spec\":{" spec "}}"
#define CONTAINER(rest) "\"containers\":[{\"name\":\"c\",\"image\":\"i\"" rest "}]"
#define TEMPLATE(spec)                                                                           \
  "\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{" spec "}}"

typedef struct
{
  guint message;
  const char *json;
  const char *expected; /* by " | " */
} Row;

static const Row rows[] = {
  { k8_message_pod, POD ("", CONTAINER ("")), "" },
  { k8_message_pod, "{\"metadata\":{\"name\":\"a.b\"},\"spec\":{}}",
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a "
    "DNS label is recommended: [must not contain dots]" },
  { k8_message_pod, POD ("", "\"nodeSelector\":{\"beta.kubernetes.io/os\":\"linux\"}"),
    "spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \"kubernetes.io/os\" "
    "instead" },
  { k8_message_pod,
    POD ("", "\"affinity\":{\"nodeAffinity\":{"
             "\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[{"
             "\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\"},"
             "{\"key\":\"failure-domain.beta.kubernetes.io/zone\",\"operator\":\"Exists\"}]}]}}}"),
    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution."
    "nodeSelectorTerms[0].matchExpressions[1].key: failure-domain.beta.kubernetes.io/zone is "
    "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead" },
  { k8_message_pod,
    POD ("", "\"topologySpreadConstraints\":[{\"maxSkew\":1,\"topologyKey\":\"a\","
             "\"whenUnsatisfiable\":\"DoNotSchedule\"}]"),
    "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no "
    "pod" },
  { k8_message_pod,
    POD (",\"annotations\":{\"scheduler.alpha.kubernetes.io/critical-pod\":\"\"}", ""),
    "metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; "
    "use the \"priorityClassName\" field instead" },
  { k8_message_pod,
    POD ("", "\"volumes\":[{\"name\":\"v\",\"rbd\":{\"image\":\"i\"}}]"),
    "spec.volumes[0].rbd: deprecated in v1.28, non-functional in v1.31+" },
  { k8_message_pod,
    POD ("", "\"imagePullSecrets\":[{\"name\":\"a\"},{\"name\":\"a\"},{\"name\":\"\"}]"),
    "spec.imagePullSecrets[1].name: duplicate name \"a\" | spec.imagePullSecrets[2].name: invalid "
    "empty name \"\"" },
  { k8_message_pod,
    POD ("", "\"hostAliases\":[{\"ip\":\"1.1.1.1\"},{\"ip\":\"1.1.1.1\"}]"),
    "spec.hostAliases[1].ip: duplicate ip \"1.1.1.1\"" },
  { k8_message_pod, POD ("", "\"terminationGracePeriodSeconds\":-1"),
    "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be "
    "treated as 1" },
  { k8_message_pod,
    POD ("", CONTAINER (",\"resources\":{\"limits\":{\"memory\":\"1500m\",\"cpu\":\"1500m\"},"
                        "\"requests\":{\"memory\":\"128Mi\"}}")),
    "spec.containers[0].resources.limits[memory]: fractional byte value \"1500m\" is invalid, must "
    "be an integer" },
  { k8_message_pod,
    POD ("", CONTAINER (",\"env\":[{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"A\",\"value\":"
                        "\"$(A)2\"},{\"name\":\"A\",\"value\":\"3\"}]")),
    "spec.containers[0].env[2]: hides previous definition of \"A\", which may be dropped when "
    "using apply" },
  { k8_message_pod,
    POD ("", CONTAINER (",\"ports\":[{\"containerPort\":80,\"protocol\":\"TCP\",\"hostIP\":"
                        "\"127.0.0.1\",\"name\":\"http\"}]")),
    "spec.containers[0].ports[0]: hostIP set without hostPort: {Name:http HostPort:0 "
    "ContainerPort:80 Protocol:TCP HostIP:127.0.0.1}" },
  { k8_message_pod,
    POD ("", CONTAINER (",\"ports\":[{\"containerPort\":80,\"protocol\":\"TCP\"},"
                        "{\"containerPort\":80,\"protocol\":\"TCP\"},"
                        "{\"containerPort\":80,\"protocol\":\"UDP\"},"
                        "{\"containerPort\":80,\"protocol\":\"TCP\",\"hostPort\":8080}]")),
    "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0] | "
    "spec.containers[0].ports[3]: overlapping port definition with spec.containers[0].ports[0] | "
    "spec.containers[0].ports[3]: overlapping port definition with spec.containers[0].ports[1]" },
  { k8_message_deployment,
    "{\"metadata\":{\"name\":\"d\"},\"spec\":{" TEMPLATE (
        "\"nodeSelector\":{\"beta.kubernetes.io/arch\":\"x\"}") "}}",
    "spec.template.spec.nodeSelector[beta.kubernetes.io/arch]: deprecated since v1.14; use "
    "\"kubernetes.io/arch\" instead" },
  { k8_message_replica_set, "{\"metadata\":{\"name\":\"a.b\"},\"spec\":{}}",
    "metadata.name: this is used in Pod names and hostnames, which can result in surprising "
    "behavior; a DNS label is recommended: [must not contain dots]" },
  { k8_message_service,
    "{\"spec\":{\"externalIPs\":[\"1.1.1.1\"],\"trafficDistribution\":\"PreferClose\"}}",
    "spec.externalIPs is deprecated and may no longer be implemented in some clusters | "
    "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"" },
  { k8_message_config_map, "{\"metadata\":{\"name\":\"a.b\"}}", "" },
};

static char *
join (const GPtrArray *texts)
{
  GString *joined = g_string_new (NULL);

  for (guint i = 0; i < texts->len; i++)
    g_string_append_printf (joined, "%s%s", i == 0 ? "" : " | ",
                            (const char *) texts->pdata[i]);
  return g_string_free (joined, FALSE);
}

static const void *
decode (K8Region *region, guint message, const char *json)
{
  K8JsonDecoded decoded = { .error = NULL };
  const void *object
      = k8_json_decode (region, &k8_messages[message], json, strlen (json), &decoded);

  if (object == NULL)
    test_note ("%s: %s", json, decoded.error);
  CU_ASSERT_PTR_NOT_NULL_FATAL (object);
  k8_json_decoded_clear (&decoded);
  return object;
}

void
test_warnings__are_upstreams (void)
{
  K8Region *region = test_region_new (64 << 20);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
      const void *object = decode (region, rows[i].message, rows[i].json);
      k8_warnings_create (object, texts);
      char *text = join (texts);
      TEST_ASSERT_TEXT (text, rows[i].expected);
      g_free (text);
      k8_record_unref (object);
      g_ptr_array_unref (texts);
    }
  test_region_free (region);
}

/* Templates are judged when they change, pods never again. */
void
test_warnings__of_updates_are_of_what_changed (void)
{
  K8Region *region = test_region_new (64 << 20);
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  const char *spec = "\"spec\":{" TEMPLATE ("\"nodeSelector\":{\"beta.kubernetes.io/os\":\"x\"}");
  char *old_json = g_strdup_printf ("{\"metadata\":{\"name\":\"d\",\"generation\":1},%s}}", spec);
  char *new_json = g_strdup_printf ("{\"metadata\":{\"name\":\"d\",\"generation\":2},%s}}", spec);
  const void *old = decode (region, k8_message_deployment, old_json);
  const void *changed = decode (region, k8_message_deployment, new_json);
  const void *pod = decode (region, k8_message_pod,
                            POD ("", "\"terminationGracePeriodSeconds\":-1"));

  k8_warnings_update (old, old, texts);
  k8_warnings_update (pod, pod, texts);
  CU_ASSERT_EQUAL (texts->len, 0);
  k8_warnings_update (changed, old, texts);
  CU_ASSERT_EQUAL (texts->len, 1);
  k8_record_unref (old);
  k8_record_unref (changed);
  k8_record_unref (pod);
  g_free (old_json);
  g_free (new_json);
  g_ptr_array_unref (texts);
  test_region_free (region);
}
