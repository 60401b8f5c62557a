/* SPDX-License-Identifier: Apache-2.0
 *
 * Validation of updates, and rules that need more than one object to be seen. What is refused on
 * creation is compared with recordings, in the suite validation.
 * Source: answers of a real kube-apiserver v1.36; kubernetes pkg/apis/core/validation tests.
 */
#include "machinery/validate.h"
#include "machinery/defaults.h"
#include "schema/kinds.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"
#include "tests/lib/test_object.h"

#define META "'metadata':{'name':'a','namespace':'n','uid':'u','resourceVersion':'1'}"
#define POD(spec, rest)                                                                            \
  "{" META ",'spec':{'containers':[{'name':'c','image':'i:1'}]" spec "}" rest "}"

typedef void (*UpdateCheck) (const void *object, const void *old, K8FieldErrors *errors);

static const void *
make (K8Region *region, const K8MessageInfo *info, const char *json)
{
  const void *object = test_object_new (region, info, json);
  const void *full = k8_defaults_apply (region, object, NULL);

  k8_record_unref (object);
  return full;
}

static void
check_update_once (K8Region *region,
                   UpdateCheck check,
                   const K8MessageInfo *info,
                   const char *const *objects,
                   const char *expected)
{
  const void *old = make (region, info, objects[0]);
  const void *object = make (region, info, objects[1]);
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  check (object, old, &errors);
  g_autofree char *text = k8_field_errors_to_text (&errors);
  TEST_ASSERT_TEXT (text, expected);
  k8_field_errors_clear (&errors);
  k8_record_unref (old);
  k8_record_unref (object);
}

/* Twice: the second time leaves nothing behind. */
static void
check_update (UpdateCheck check,
              const K8MessageInfo *info,
              const char *old,
              const char *new,
              const char *expected)
{
  K8Region *region = test_region_new (8 << 20);
  const char *const objects[] = { old, new };

  check_update_once (region, check, info, objects, expected);
  gsize used_before = k8_region_used_bytes (region);
  check_update_once (region, check, info, objects, expected);
  CU_ASSERT_EQUAL (k8_region_used_bytes (region), used_before);
  test_region_free (region);
}

static void
check_pod_update (const char *old, const char *new, const char *expected)
{
  check_update (k8_validate_update, K8_INFO (pod), old, new, expected);
}

void
test_validate__a_pod_may_change_its_image_and_come_to_an_end (void)
{
  check_pod_update (POD ("", ""), POD ("", ""), "");
  check_pod_update (POD ("", ""),
                    "{" META ",'spec':{'containers':[{'name':'c','image':'i:1','command':[]}],"
                    "'activeDeadlineSeconds':5}}",
                    "");
  check_pod_update (POD (",'activeDeadlineSeconds':50", ""),
                    POD (",'activeDeadlineSeconds':70", ""),
                    "spec.activeDeadlineSeconds: Invalid value: 70: must be less than or equal to "
                    "previous value");
  check_pod_update (POD (",'tolerations':[{'operator':'Exists'}]", ""), POD ("", ""),
                    "spec.tolerations: Forbidden: existing toleration can not be modified except "
                    "its tolerationSeconds");
}

void
test_validate__the_rest_of_a_pod_stays (void)
{
  check_pod_update (POD ("", ""), POD (",'nodeSelector':{'a':'b'}", ""),
                    "spec: Forbidden: pod updates may not change fields other than "
                    "`spec.containers[*].image`,`spec.initContainers[*].image`,"
                    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
                    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if "
                    "it was previously negative)");
  check_pod_update (POD ("", ""),
                    "{" META ",'spec':{'containers':[{'name':'c','image':'i:1'},"
                    "{'name':'d','image':'i:1'}]}}",
                    "spec.containers: Forbidden: pod updates may not add or remove containers");
}

void
test_validate__a_gated_pod_may_narrow_its_selector (void)
{
  check_pod_update (POD (",'schedulingGates':[{'name':'g'}]", ""),
                    POD (",'schedulingGates':[{'name':'g'}],'nodeSelector':{'a':'b'}", ""), "");
  check_pod_update (POD (",'schedulingGates':[{'name':'g'}],'nodeSelector':{'a':'b'}", ""),
                    POD (",'nodeSelector':{'a':'c'}", ""),
                    "spec.nodeSelector: Invalid value: {\"a\":\"c\"}: only additions to "
                    "spec.nodeSelector are allowed (no mutations or deletions)");
  check_pod_update (POD ("", ""), POD (",'schedulingGates':[{'name':'g'}]", ""),
                    "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found "
                    "new scheduling gate 'g'");
}

void
test_validate__metadata_keeps_its_identity (void)
{
  check_pod_update (POD ("", ""),
                    "{'metadata':{'name':'a','namespace':'n','uid':'v'},"
                    "'spec':{'containers':[{'name':'c','image':'i:1'}]}}",
                    "metadata.uid: Invalid value: \"v\": field is immutable");
}

void
test_validate__pod_status (void)
{
  check_update (k8_validate_status_update, K8_INFO (pod), POD ("", ""),
                POD ("", ",'status':{'podIP':'x','qosClass':'Burstable'}"),
                "[status.qosClass: Invalid value: \"Burstable\": field is immutable, "
                "status.podIPs[0]: Invalid value: \"x\": must be a valid IP address, (e.g. "
                "10.9.8.7 or 2001:db8::ffff)]");
  check_update (k8_validate_status_update, K8_INFO (pod),
                POD (",'restartPolicy':'Never'",
                     ",'status':{'containerStatuses':[{'name':'c','state':{'terminated':{}}}]}"),
                POD (",'restartPolicy':'Never'",
                     ",'status':{'containerStatuses':[{'name':'c','state':{'running':{}}}]}"),
                "status.containerStatuses[0].state: Forbidden: may not be transitioned to "
                "non-terminated state");
}

void
test_validate__ephemeral_containers_come_and_stay (void)
{
  check_update (k8_validate_ephemeral_containers_update, K8_INFO (pod), POD ("", ""),
                POD (",'ephemeralContainers':[{'name':'d','image':'y'}]", ""), "");
  check_update (k8_validate_ephemeral_containers_update, K8_INFO (pod), POD ("", ""),
                POD (",'ephemeralContainers':[{'name':'c','image':'y','ports':[{'containerPort':1}"
                     "]}]",
                     ""),
                "[spec.ephemeralContainers[0].name: Duplicate value: \"c\", "
                "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral "
                "Container]");
  check_update (k8_validate_ephemeral_containers_update, K8_INFO (pod),
                POD (",'ephemeralContainers':[{'name':'d','image':'y'}]", ""), POD ("", ""),
                "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"d\" may not "
                "be removed\n");
}

void
test_validate__selectors_and_templates_of_deployments (void)
{
#define DEPLOYMENT(label, selector)                                                                \
  "{" META ",'spec':{'selector':{'matchLabels':{'app':'" selector "'}},'template':{'metadata':"    \
  "{'labels':{'app':'" label "'}},'spec':{'containers':[{'name':'c','image':'i:1'}]}}}}"
  check_update (k8_validate_update, K8_INFO (deployment), DEPLOYMENT ("x", "x"),
                DEPLOYMENT ("z", "x"),
                "spec.template.metadata.labels: Invalid value: {\"app\":\"z\"}: `selector` does "
                "not match template `labels`");
  check_update (k8_validate_update, K8_INFO (deployment), DEPLOYMENT ("x", "x"),
                DEPLOYMENT ("z", "z"),
                "spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"z\"}}: field is "
                "immutable");
}

void
test_validate__what_is_frozen (void)
{
  check_update (k8_validate_update, K8_INFO (config_map),
                "{" META ",'immutable':true,'data':{'a':'b'}}", "{" META ",'data':{'a':'c'}}",
                "[immutable: Forbidden: field is immutable when `immutable` is set, data: "
                "Forbidden: field is immutable when `immutable` is set]");
  check_update (k8_validate_update, K8_INFO (secret), "{" META "}", "{" META ",'type':'other'}",
                "type: Invalid value: \"other\": field is immutable");
}

#define SERVICE(rest)                                                                              \
  "{" META ",'spec':{'clusterIP':'10.96.0.9','clusterIPs':['10.96.0.9'],'ports':[{'port':1}]" rest \
  "}}"

void
test_validate__services_keep_their_address (void)
{
  check_update (k8_validate_update, K8_INFO (service), SERVICE (""),
                "{" META ",'spec':{'clusterIP':'10.96.0.8','clusterIPs':['10.96.0.8'],"
                "'ports':[{'port':1}]}}",
                "spec.clusterIPs[0]: Invalid value: [\"10.96.0.8\"]: may not change once set");
  check_update (k8_validate_update, K8_INFO (service), SERVICE (""),
                SERVICE (",'loadBalancerClass':'a/b'"),
                "spec.loadBalancerClass: Forbidden: may only be used when `type` is "
                "'LoadBalancer'");
}

#define NODE(rest) "{'metadata':{'name':'a','uid':'u','resourceVersion':'1'}," rest "}"

void
test_validate__nodes_keep_ranges_and_providers (void)
{
  check_update (k8_validate_update, K8_INFO (node),
                NODE ("'spec':{'podCIDR':'10.1.0.0/24','providerID':'x'}"),
                NODE ("'spec':{'podCIDR':'10.2.0.0/24','providerID':'y'}"),
                "[spec.podCIDRs: Forbidden: node updates may not change podCIDR except from \"\" "
                "to valid, spec.providerID: Forbidden: node updates may not change providerID "
                "except from \"\" to valid]");
  check_update (k8_validate_status_update, K8_INFO (node), NODE ("'spec':{}"),
                NODE ("'status':{'addresses':[{'type':'InternalIP','address':'1.1.1.1'},"
                      "{'type':'InternalIP','address':'1.1.1.1'}]}"),
                "status.addresses[1]: Duplicate value: {\"Type\":\"InternalIP\",\"Address\":"
                "\"1.1.1.1\"}");
}

/* The common check of names stands behind every kind's own. */
void
test_validate__every_name_can_stand_in_a_path (void)
{
  K8Region *region = test_region_new (8 << 20);
  const void *event = make (region, K8_INFO (event),
                            "{'metadata':{'name':'a/b','namespace':'n'},"
                            "'involvedObject':{'namespace':'n'}}");
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  k8_validate_create (event, &errors);
  g_autofree char *text = k8_field_errors_to_text (&errors);
  TEST_ASSERT_TEXT (text, "metadata.name: Invalid value: \"a/b\": may not contain '/'");
  k8_field_errors_clear (&errors);
}

/* More names than lie in place: the set goes on in a table. */
void
test_validate__many_containers_with_one_name_twice (void)
{
  K8Region *region = test_region_new (8 << 20);
  g_autoptr (GString) json = g_string_new ("{" META ",'spec':{'containers':[");
  K8FieldErrors errors;

  for (guint i = 0; i < 20; i++)
    g_string_append_printf (json, "%s{'name':'c%u','image':'i:1'}", i > 0 ? "," : "", i % 19);
  g_string_append (json, "]}}");
  const void *pod = make (region, K8_INFO (pod), json->str);
  k8_field_errors_init (&errors);
  k8_validate_create (pod, &errors);
  g_autofree char *text = k8_field_errors_to_text (&errors);
  TEST_ASSERT_TEXT (text, "spec.containers[19].name: Duplicate value: \"c0\"");
  k8_field_errors_clear (&errors);
}
