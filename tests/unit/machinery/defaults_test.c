/* SPDX-License-Identifier: Apache-2.0
 *
 * Defaults: what a client reads back of what it did not say.
 * Source: kubernetes pkg/apis/core/v1/defaults_test.go, pkg/apis/apps/v1/defaults_test.go (v1.36).
 */
#include "machinery/defaults.h"
#include "schema/kinds.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"
#include "tests/lib/test_object.h"

static void
check_once (K8Region *region, const K8MessageInfo *info, const char *json, const char *expected)
{
  const void *object = test_object_new (region, info, json);
  const void *full = k8_defaults_apply (region, object, NULL);
  g_autofree char *shown = test_object_show (full);

  TEST_ASSERT_TEXT (shown, expected);
  k8_record_unref (object);
  k8_record_unref (full);
}

/* Twice: the second time leaves nothing behind. */
static void
check_defaults (const K8MessageInfo *info, const char *json, const char *expected)
{
  K8Region *region = test_region_new (8 << 20);

  check_once (region, info, json, expected);
  gsize used_before = k8_region_used_bytes (region);
  check_once (region, info, json, expected);
  CU_ASSERT_EQUAL (k8_region_used_bytes (region), used_before);
  test_region_free (region);
}

#define CONTAINER_REST                                                                             \
  "'terminationMessagePath':'/dev/termination-log','terminationMessagePolicy':'File',"             \
  "'imagePullPolicy':'IfNotPresent'"
#define SPEC_REST                                                                                  \
  "'restartPolicy':'Always','terminationGracePeriodSeconds':30,'dnsPolicy':'ClusterFirst',"        \
  "'securityContext':{},'schedulerName':'default-scheduler'"

void
test_defaults__of_a_pod (void)
{
  check_defaults (K8_INFO (pod), "{'spec':{'containers':[{'name':'a','image':'b:1'}]}}",
                  "{'metadata':{},'spec':{'containers':[{'name':'a','image':'b:1','resources':{}"
                  "," CONTAINER_REST "}]," SPEC_REST ",'enableServiceLinks':true},'status':{}}");
}

void
test_defaults__requests_are_limits_in_pods_alone (void)
{
  check_defaults (K8_INFO (pod),
                  "{'spec':{'enableServiceLinks':false,'containers':[{'name':'a','image':'b:1',"
                  "'resources':{'limits':{'cpu':'1','memory':'1Gi'},'requests':{'cpu':'500m'}}}]}}",
                  "{'metadata':{},'spec':{'containers':[{'name':'a','image':'b:1','resources':{"
                  "'limits':{'cpu':'1','memory':'1Gi'},'requests':{'cpu':'500m','memory':'1Gi'}}"
                  "," CONTAINER_REST "}]," SPEC_REST ",'enableServiceLinks':false},'status':{}}");
  check_defaults (K8_INFO (pod_template_spec),
                  "{'spec':{'containers':[{'name':'a','image':'b:1',"
                  "'resources':{'limits':{'cpu':'1'}}}]}}",
                  "{'metadata':{},'spec':{'containers':[{'name':'a','image':'b:1','resources':{"
                  "'limits':{'cpu':'1'}}," CONTAINER_REST "}]," SPEC_REST "}}");
}

void
test_defaults__host_network_takes_host_ports (void)
{
  check_defaults (
      K8_INFO (pod),
      "{'spec':{'hostNetwork':true,'enableServiceLinks':true,'containers':[{'name':'a',"
      "'image':'b:1','ports':[{'containerPort':80}]}]}}",
      "{'metadata':{},'spec':{'containers':[{'name':'a','image':'b:1','ports':[{"
      "'hostPort':80,'containerPort':80,'protocol':'TCP'}],'resources':{}," CONTAINER_REST
      "}],'restartPolicy':'Always','terminationGracePeriodSeconds':30,"
      "'dnsPolicy':'ClusterFirst','hostNetwork':true,'securityContext':{},"
      "'schedulerName':'default-scheduler','enableServiceLinks':true},'status':{}}");
}

/* Huge pages of the pod follow its containers, requests what is said nowhere else. */
void
test_defaults__pod_level_resources (void)
{
  K8Region *region = test_region_new (8 << 20);
  k8_autounref const K8Pod *pod = test_object_new (
      region, K8_INFO (pod),
      "{'spec':{'resources':{'limits':{'cpu':'2','memory':'1Gi'}},'containers':["
      "{'name':'a','resources':{'requests':{'cpu':'100m'},'limits':{'hugepages-2Mi':'4Mi'}}},"
      "{'name':'b','resources':{'requests':{'cpu':'200m'},'limits':{'hugepages-2Mi':'4Mi'}}}]}}");
  k8_autounref const K8Pod *full = k8_defaults_apply (region, pod, NULL);
  g_autofree char *shown = test_object_show (k8_pod_spec_resources (k8_pod_spec (full)));

  TEST_ASSERT_TEXT (shown, "{'limits':{'cpu':'2','hugepages-2Mi':'8Mi','memory':'1Gi'},"
                           "'requests':{'cpu':'300m','hugepages-2Mi':'8Mi','memory':'1Gi'}}");
}

void
test_defaults__amounts_are_rounded_up_to_thousandths (void)
{
  K8Region *region = test_region_new (8 << 20);
  k8_autounref const K8Pod *pod = test_object_new (
      region, K8_INFO (pod),
      "{'spec':{'containers':[{'name':'a','resources':{'requests':{'cpu':'1500u'}}}]}}");
  k8_autounref const K8Pod *full = k8_defaults_apply (region, pod, NULL);
  const K8Container *container = k8_pod_spec_containers_at (k8_pod_spec (full), 0);

  CU_ASSERT_STRING_EQUAL (
      k8_resource_requirements_requests_get (k8_container_resources (container), "cpu"), "2m");
}

void
test_defaults__probes_ports_and_volumes (void)
{
  check_defaults (K8_INFO (probe), "{'httpGet':{'port':80}}",
                  "{'httpGet':{'path':'/','port':80,'scheme':'HTTP'},'timeoutSeconds':1,"
                  "'periodSeconds':10,'successThreshold':1,'failureThreshold':3}");
  check_defaults (K8_INFO (volume), "{'name':'a'}", "{'name':'a','emptyDir':{}}");
  check_defaults (K8_INFO (volume), "{'name':'a','hostPath':{'path':'/x'}}",
                  "{'name':'a','hostPath':{'path':'/x','type':''}}");
  check_defaults (K8_INFO (volume), "{'name':'a','configMap':{'name':'c'}}",
                  "{'name':'a','configMap':{'name':'c','defaultMode':420}}");
  check_defaults (K8_INFO (service_port), "{'port':80}",
                  "{'protocol':'TCP','port':80,'targetPort':80}");
}

void
test_defaults__of_services (void)
{
  check_defaults (K8_INFO (service_spec), "{}",
                  "{'type':'ClusterIP','sessionAffinity':'None','internalTrafficPolicy':"
                  "'Cluster'}");
  check_defaults (K8_INFO (service_spec), "{'type':'LoadBalancer','sessionAffinity':'ClientIP'}",
                  "{'type':'LoadBalancer','sessionAffinity':'ClientIP','externalTrafficPolicy':"
                  "'Cluster','sessionAffinityConfig':{'clientIP':{'timeoutSeconds':10800}},"
                  "'allocateLoadBalancerNodePorts':true,'internalTrafficPolicy':'Cluster'}");
  check_defaults (K8_INFO (service_spec), "{'type':'ExternalName','externalName':'a.b'}",
                  "{'type':'ExternalName','sessionAffinity':'None','externalName':'a.b'}");
}

void
test_defaults__of_deployments (void)
{
  check_defaults (K8_INFO (deployment_strategy), "{'type':'Recreate'}", "{'type':'Recreate'}");
  check_defaults (K8_INFO (deployment), "{}",
                  "{'metadata':{},'spec':{'replicas':1,'selector':null,'template':{'metadata':{},"
                  "'spec':{'containers':null," SPEC_REST "}},'strategy':{'type':'RollingUpdate',"
                  "'rollingUpdate':{'maxUnavailable':'25%','maxSurge':'25%'}},"
                  "'revisionHistoryLimit':10,'progressDeadlineSeconds':600},'status':{}}");
}

void
test_defaults__old_fields_follow_new_ones (void)
{
  check_defaults (K8_INFO (node_spec), "{'podCIDR':'10.0.0.0/24'}",
                  "{'podCIDR':'10.0.0.0/24','podCIDRs':['10.0.0.0/24']}");
  check_defaults (K8_INFO (secret), "{'data':{'a':'eA=='},'stringData':{'b':'y'}}",
                  "{'metadata':{},'data':{'a':'eA==','b':'eQ=='},'type':'Opaque'}");
  check_defaults (K8_INFO (namespace), "{'metadata':{'name':'n'}}",
                  "{'metadata':{'name':'n','labels':{'kubernetes.io/metadata.name':'n'}},"
                  "'spec':{},'status':{'phase':'Active'}}");
}

/* Replicas share their template only as long as nothing copies it. */
void
test_defaults__an_object_that_lacks_nothing_stays_itself (void)
{
  K8Region *region = test_region_new (8 << 20);
  k8_autounref const K8Pod *pod =
      test_object_new (region, K8_INFO (pod),
                       "{'spec':{'hostNetwork':true,'containers':[{'name':'a','ports':"
                       "[{'containerPort':1}],'resources':{'limits':{'cpu':'1'}}}]}}");
  k8_autounref const K8Pod *full = k8_defaults_apply (region, pod, NULL);
  k8_autounref const K8Pod *again = k8_defaults_apply (region, full, NULL);

  CU_ASSERT_PTR_EQUAL (again, full);
  CU_ASSERT_PTR_NOT_EQUAL (full, pod);
}
