/* SPDX-License-Identifier: Apache-2.0
 *
 * Services and EndpointSlices that are refused, in upstream's words.
 * Source: kubernetes v1.36, pkg/apis/core/validation: ValidateService,
 * ValidateServiceClusterIPsRelatedFields; pkg/apis/discovery/validation.
 */
#include "refusals.h"
#include "tests/lib/test.h"

static void
check_service_refusals (const Refusal *rows, guint n)
{
  check_refusals (K8_INFO (service),
                  "{'metadata':{'name':'web','namespace':'default'%s}}", rows, n);
}

#define SPEC(rest) "},'spec':{" rest
#define PORTS(rest) SPEC ("'ports':[{'port':80}]" rest)

void
test_validate_service__ports (void)
{
  static const Refusal rows[] = {
    { PORTS (""), "" },
    { SPEC (""), "spec.ports: Required value" },
    { SPEC ("'clusterIP':'None','clusterIPs':['None']"), "" },
    { SPEC ("'ports':[{'name':'a','port':80},{'port':81}]"),
      "spec.ports[1].name: Required value" },
    { SPEC ("'ports':[{'name':'a','port':80},{'name':'a','port':81}]"),
      "spec.ports[1].name: Duplicate value: \"a\"" },
    { SPEC ("'ports':[{'port':0}]"),
      "[spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive, "
      "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive]" },
    { SPEC ("'ports':[{'port':65535,'targetPort':65536}]"),
      "spec.ports[0].targetPort: Invalid value: 65536: must be between 1 and 65535, inclusive" },
    { SPEC ("'ports':[{'port':80,'protocol':'ICMP'}]"),
      "spec.ports[0].protocol: Unsupported value: \"ICMP\": supported values: \"SCTP\", \"TCP\", "
      "\"UDP\"" },
    { SPEC ("'ports':[{'name':'a','port':80},{'name':'b','port':80}]"),
      "spec.ports[1]: Duplicate value: {\"Name\":\"\",\"Protocol\":\"TCP\",\"AppProtocol\":null,"
      "\"Port\":80,\"TargetPort\":0,\"NodePort\":0}" },
    { SPEC ("'ports':[{'name':'a','port':80},{'name':'b','port':80,'protocol':'UDP'}]"), "" },
    { SPEC ("'ports':[{'port':80,'nodePort':30080}]"),
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'" },
    { SPEC ("'type':'NodePort','ports':[{'name':'a','port':80,'nodePort':30080},"
            "{'name':'b','port':81,'nodePort':30080}]"),
      "spec.ports[1].nodePort: Duplicate value: 30080" },
    { SPEC ("'type':'NodePort','ports':[{'name':'a','port':80,'nodePort':30080},"
            "{'name':'b','port':81,'nodePort':30080,'protocol':'UDP'}]"),
      "" },
  };

  check_service_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_validate_service__external_names (void)
{
  static const char says[] = "may not be set for ExternalName services";
  g_autofree char *policy = g_strdup_printf ("spec.ipFamilyPolicy: Forbidden: %s", says);
  g_autofree char *families = g_strdup_printf ("spec.ipFamilies: Forbidden: %s", says);
  g_autofree char *addresses = g_strdup_printf ("spec.clusterIPs: Forbidden: %s", says);
  const Refusal rows[] = {
    { SPEC ("'type':'ExternalName','externalName':'a.example.com.'"), "" },
    { SPEC ("'type':'ExternalName'"), "spec.externalName: Required value" },
    { SPEC ("'type':'ExternalName','externalName':'a','ipFamilyPolicy':'SingleStack'"), policy },
    { SPEC ("'type':'ExternalName','externalName':'a','ipFamilies':['IPv4']"), families },
    { SPEC ("'type':'ExternalName','externalName':'a','clusterIPs':['10.0.0.1']"), addresses },
  };

  check_service_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_validate_service__session_affinity (void)
{
  static const Refusal rows[] = {
    { PORTS (",'sessionAffinity':'ClientIP','sessionAffinityConfig':{'clientIP':"
             "{'timeoutSeconds':86400}}"),
      "" },
    { PORTS (",'sessionAffinity':'ClientIP','sessionAffinityConfig':{'clientIP':"
             "{'timeoutSeconds':86401}}"),
      "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater "
      "than 0 and less than 86400" },
    { PORTS (",'sessionAffinity':'ClientIP','sessionAffinityConfig':{'clientIP':"
             "{'timeoutSeconds':0}}"),
      "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than "
      "0 and less than 86400" },
    { PORTS (",'sessionAffinity':'Cookie'"),
      "spec.sessionAffinity: Unsupported value: \"Cookie\": supported values: \"ClientIP\", "
      "\"None\"" },
  };

  check_service_refusals (rows, G_N_ELEMENTS (rows));
}

#define ADDRESSES(ip, ips) PORTS (",'clusterIP':'" ip "','clusterIPs':[" ips "]")

void
test_validate_service__cluster_addresses (void)
{
  static const Refusal rows[] = {
    { ADDRESSES ("10.0.0.1", "'10.0.0.1'"), "" },
    { ADDRESSES ("10.0.0.1", "'10.0.0.1','fd00::1'"), "" },
    { ADDRESSES ("10.0.0.1", "'10.0.0.2'"),
      "spec.clusterIPs: Invalid value: [\"10.0.0.2\"]: first value must match `clusterIP`" },
    { PORTS (",'clusterIPs':['10.0.0.1']"),
      "spec.clusterIPs: Invalid value: [\"10.0.0.1\"]: must be empty when `clusterIP` is not "
      "specified" },
    { PORTS (",'clusterIP':'10.0.0.1'"), "spec.clusterIPs: Required value" },
    { ADDRESSES ("10.0.0.1", "'10.0.0.1','10.0.0.2'"),
      "spec.clusterIPs: Invalid value: [\"10.0.0.1\",\"10.0.0.2\"]: may specify no more than one "
      "IP for each IP family" },
    { ADDRESSES ("None", "'None','10.0.0.1'"),
      "spec.clusterIPs: Invalid value: [\"None\",\"10.0.0.1\"]: 'None' must be the first and only "
      "value" },
    { ADDRESSES ("10.0.0.1", "'10.0.0.1','fd00::1','10.0.0.2'"),
      "spec.clusterIPs: Invalid value: [\"10.0.0.1\",\"fd00::1\",\"10.0.0.2\"]: may only hold up "
      "to 2 values" },
    { PORTS (",'clusterIP':'10.0.0.1','clusterIPs':['10.0.0.1'],'ipFamilies':['IPv6']"),
      "spec.clusterIPs[0]: Invalid value: \"10.0.0.1\": expected an IPv6 value as indicated by "
      "`ipFamilies[0]`" },
    { PORTS (",'ipFamilies':['IPv4','IPv4']"),
      "spec.ipFamilies[1]: Duplicate value: \"IPv4\"" },
    { PORTS (",'ipFamilies':['IPv5']"),
      "spec.ipFamilies[0]: Unsupported value: \"IPv5\": supported values: \"IPv4\", \"IPv6\"" },
    { PORTS (",'ipFamilyPolicy':'TripleStack'"),
      "spec.ipFamilyPolicy: Unsupported value: \"TripleStack\": supported values: "
      "\"PreferDualStack\", \"RequireDualStack\", \"SingleStack\"" },
    { PORTS (",'type':'NodePort','clusterIP':'None','clusterIPs':['None']"),
      "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort "
      "services" },
  };

  check_service_refusals (rows, G_N_ELEMENTS (rows));
}

#define EXTERNAL(ip) PORTS (",'externalTrafficPolicy':'Cluster','externalIPs':['" ip "']")

void
test_validate_service__external_addresses (void)
{
  static const Refusal rows[] = {
    { EXTERNAL ("192.0.2.1"), "" },
    { EXTERNAL ("0.0.0.0"),
      "spec.externalIPs[0]: Invalid value: \"0.0.0.0\": may not be unspecified (0.0.0.0)" },
    { EXTERNAL ("127.0.0.1"), "spec.externalIPs[0]: Invalid value: \"127.0.0.1\": may not be in "
                              "the loopback range (127.0.0.0/8, ::1/128)" },
    { EXTERNAL ("169.254.1.1"), "spec.externalIPs[0]: Invalid value: \"169.254.1.1\": may not be "
                                "in the link-local range (169.254.0.0/16, fe80::/10)" },
    { EXTERNAL ("224.0.0.1"), "spec.externalIPs[0]: Invalid value: \"224.0.0.1\": may not be in "
                              "the link-local multicast range (224.0.0.0/24, ff02::/10)" },
    { EXTERNAL ("224.0.1.1"), "" },
  };

  check_service_refusals (rows, G_N_ELEMENTS (rows));
}

#define BALANCER(rest) PORTS (",'type':'LoadBalancer'" rest)
#define NEEDS_BALANCER "may only be used when `type` is 'LoadBalancer'"

void
test_validate_service__load_balancers (void)
{
  static const char ranges_key[] = "service.beta.kubernetes.io/load-balancer-source-ranges";
  g_autofree char *annotated = g_strdup_printf (
      ",'annotations':{'%s':' 10.0.0.0/8 , 192.168.0.0/16'}" BALANCER (""), ranges_key);
  g_autofree char *blank = g_strdup_printf (",'annotations':{'%s':' '}" BALANCER (""), ranges_key);
  g_autofree char *misplaced =
      g_strdup_printf (",'annotations':{'%s':'10.0.0.0/8'}" PORTS (""), ranges_key);
  g_autofree char *misplaced_says = g_strdup_printf (
      "metadata.annotations[%s]: Forbidden: " NEEDS_BALANCER, ranges_key);
  const Refusal rows[] = {
    { BALANCER (",'loadBalancerSourceRanges':['10.0.0.0/8'],'loadBalancerClass':'a/b'"), "" },
    { annotated, "" },
    { blank, "" },
    { misplaced, misplaced_says },
    { PORTS (",'loadBalancerSourceRanges':['10.0.0.0/8']"),
      "spec.LoadBalancerSourceRanges: Forbidden: " NEEDS_BALANCER },
    { PORTS (",'loadBalancerClass':'a/b'"),
      "spec.loadBalancerClass: Forbidden: " NEEDS_BALANCER },
    { PORTS (",'allocateLoadBalancerNodePorts':true"),
      "spec.allocateLoadBalancerNodePorts: Forbidden: " NEEDS_BALANCER },
    { BALANCER (",'externalTrafficPolicy':'Local'"), "spec.healthCheckNodePort: Required value" },
    { BALANCER (",'externalTrafficPolicy':'Local','healthCheckNodePort':30000"), "" },
    { BALANCER (",'healthCheckNodePort':30000"),
      "spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is "
      "'LoadBalancer' and `externalTrafficPolicy` is 'Local'" },
  };

  check_service_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_validate_service__traffic_policies (void)
{
  static const Refusal rows[] = {
    { PORTS (",'externalTrafficPolicy':'Cluster'"),
      "spec.externalTrafficPolicy: Invalid value: \"Cluster\": may only be set for "
      "externally-accessible services" },
    { PORTS (",'type':'NodePort','externalTrafficPolicy':'Zone'"),
      "spec.externalTrafficPolicy: Unsupported value: \"Zone\": supported values: \"Cluster\", "
      "\"Local\"" },
    { PORTS (",'internalTrafficPolicy':'Zone'"),
      "spec.internalTrafficPolicy: Unsupported value: \"Zone\": supported values: \"Cluster\", "
      "\"Local\"" },
    { PORTS (",'trafficDistribution':'PreferSameZone'"), "" },
    { PORTS (",'trafficDistribution':'Far'"),
      "spec.trafficDistribution: Unsupported value: \"Far\": supported values: \"PreferClose\", "
      "\"PreferSameZone\", \"PreferSameNode\"" },
    { ",'annotations':{'service.kubernetes.io/topology-aware-hints':'auto',"
      "'service.kubernetes.io/topology-mode':'auto'}" PORTS (""),
      "" },
    { ",'annotations':{'service.kubernetes.io/topology-aware-hints':'auto',"
      "'service.kubernetes.io/topology-mode':'off'}" PORTS (""),
      "metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: \"off\": must "
      "match annotations[service.kubernetes.io/topology-aware-hints] when both are specified" },
  };

  check_service_refusals (rows, G_N_ELEMENTS (rows));
}

/* EndpointSlices: the row follows the metadata. */
static void
check_slice_refusals (const Refusal *rows, guint n)
{
  check_refusals (K8_INFO (endpoint_slice),
                  "{'metadata':{'name':'web-1','namespace':'default'},%s}", rows, n);
}

#define FQDN(names) "'addressType':'FQDN','endpoints':[{'addresses':[" names "]}]"
#define V4(names) "'addressType':'IPv4','endpoints':[{'addresses':[" names "]}]"
#define LABEL                                                                                      \
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "     \
  "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "    \
  "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

void
test_validate_slice__addresses (void)
{
  static const Refusal rows[] = {
    { V4 ("'10.0.0.1'"), "" },
    { FQDN ("'a.example.com','b.example.com.'"), "" },
    { FQDN ("'a'"), "endpoints[0].addresses[0]: Invalid value: \"a\": should be a domain with at "
                    "least two segments separated by dots" },
    { FQDN ("'A.com'"), "endpoints[0].addresses[0]: Invalid value: \"A.com\": " LABEL },
    { V4 (""), "endpoints[0].addresses: Required value: must contain at least 1 address" },
    { V4 ("'127.0.0.1'"), "endpoints[0].addresses[0]: Invalid value: \"127.0.0.1\": may not be in "
                          "the loopback range (127.0.0.0/8, ::1/128)" },
    { "'addressType':'IPX'", "addressType: Unsupported value: \"IPX\": supported values: "
                             "\"FQDN\", \"IPv4\", \"IPv6\"" },
  };

  check_slice_refusals (rows, G_N_ELEMENTS (rows));
}

#define HINTS(rest)                                                                                \
  "'addressType':'IPv4','endpoints':[{'addresses':['10.0.0.1'],'hints':{" rest "}}]"

void
test_validate_slice__hints_and_ports (void)
{
  static const Refusal rows[] = {
    { HINTS ("'forZones':[{'name':'a'}],'forNodes':[{'name':'n'}]"), "" },
    { HINTS ("'forZones':[{'name':'a'},{'name':'a'}]"),
      "endpoints[0].hints.forZones[1].name: Duplicate value: \"a\"" },
    { HINTS ("'forNodes':[{'name':'n'},{'name':'m'},{'name':'n'}]"),
      "endpoints[0].hints.forNodes[2].name: Duplicate value: \"n\"" },
    { "'addressType':'IPv4','ports':[{'name':'a','protocol':'TCP'},{'name':'a','protocol':'TCP'}]",
      "ports[1].name: Duplicate value: \"a\"" },
    { "'addressType':'IPv4','ports':[{'name':'','protocol':'ICMP'}]",
      "ports[0].protocol: Unsupported value: \"ICMP\": supported values: \"SCTP\", \"TCP\", "
      "\"UDP\"" },
  };

  check_slice_refusals (rows, G_N_ELEMENTS (rows));
}

/* A part that is repeated, joined by commas. (transfer full) */
static char *
repeat (const char *before, const char *part, guint n, const char *after)
{
  GString *text = g_string_new (before);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "," : "", part);
  g_string_append (text, after);
  return g_string_free (text, FALSE);
}

void
test_validate_slice__limits (void)
{
  g_autofree char *addresses =
      repeat ("'addressType':'IPv4','endpoints':[{'addresses':[", "'10.0.0.1'", 100, "]}]");
  g_autofree char *more_addresses =
      repeat ("'addressType':'IPv4','endpoints':[{'addresses':[", "'10.0.0.1'", 101, "]}]");
  g_autofree char *endpoints = repeat ("'addressType':'IPv4','endpoints':[",
                                       "{'addresses':['10.0.0.1']}", 1000, "]");
  g_autofree char *more_endpoints = repeat ("'addressType':'IPv4','endpoints':[",
                                            "{'addresses':['10.0.0.1']}", 1001, "]");
  const Refusal rows[] = {
    { addresses, "" },
    { more_addresses,
      "endpoints[0].addresses: Too many: 101: must have at most 100 items" },
    { endpoints, "" },
    { more_endpoints, "endpoints: Too many: 1001: must have at most 1000 items" },
  };

  check_slice_refusals (rows, G_N_ELEMENTS (rows));
}
