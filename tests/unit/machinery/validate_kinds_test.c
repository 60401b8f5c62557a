/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects of other kinds that are refused, in upstream's words.
 * Source: kubernetes v1.36, pkg/apis/core/validation (ConfigMap, Secret, Node, Event),
 * pkg/apis/apps, coordination, scheduling, authentication validation.
 */
#include <string.h>

#include "refusals.h"
#include "tests/lib/test.h"

#define META "'metadata':{'name':'a','namespace':'default'}"

void
test_validate_kinds__config_maps (void)
{
  static const Refusal rows[] = {
    { "'data':{'a.b_c-D':'1'},'binaryData':{'b':'AA=='}", "" },
    { "'data':{'a':'1'},'binaryData':{'a':'AA=='}",
      "data[a]: Invalid value: \"a\": duplicate of key present in binaryData" },
  };

  check_refusals (K8_INFO (config_map), "{" META ",%s}", rows, G_N_ELEMENTS (rows));
}

/* The field's name is empty: the whole object is meant. */
void
test_validate_kinds__config_maps_hold_a_mebibyte (void)
{
  g_autofree char *most = g_strnfill (1024 * 1024, 'x');
  g_autofree char *good = g_strdup_printf ("'data':{'a':'%s'}", most);
  g_autofree char *bad = g_strdup_printf ("'data':{'a':'%s','b':'x'}", most);
  const Refusal rows[] = {
    { good, "" },
    { bad, "[]: Too long: may not be more than 1048576 bytes" },
  };

  check_refusals (K8_INFO (config_map), "{" META ",%s}", rows, G_N_ELEMENTS (rows));
}

#define SECRET(type, data) "'type':'" type "','data':{" data "}"
#define REDACTED "Invalid value: \"<secret contents redacted>\": "

/* Data is base64: e30= is {}, W10= is [], YQ== is a. */
void
test_validate_kinds__secrets_hold_what_their_type_says (void)
{
  static const Refusal rows[] = {
    { SECRET ("Opaque", ""), "" },
    { SECRET ("kubernetes.io/dockercfg", "'.dockercfg':'e30='"), "" },
    { SECRET ("kubernetes.io/dockercfg", ""), "data[.dockercfg]: Required value" },
    { SECRET ("kubernetes.io/dockerconfigjson", ""),
      "data[.dockerconfigjson]: Required value" },
    { SECRET ("kubernetes.io/dockerconfigjson", "'.dockerconfigjson':'W10='"),
      "data[.dockerconfigjson]: " REDACTED
      "json: cannot unmarshal array into Go value of type map[string]interface {}" },
    { SECRET ("kubernetes.io/basic-auth", "'username':'YQ=='"), "" },
    { SECRET ("kubernetes.io/basic-auth", "'password':'YQ=='"), "" },
    { SECRET ("kubernetes.io/basic-auth", ""),
      "[data[username]: Required value, data[password]: Required value]" },
    { SECRET ("kubernetes.io/ssh-auth", "'ssh-privatekey':'YQ=='"), "" },
    { SECRET ("kubernetes.io/ssh-auth", "'ssh-privatekey':''"),
      "data[ssh-privatekey]: Required value" },
    { SECRET ("kubernetes.io/tls", "'tls.crt':'YQ=='"), "data[tls.key]: Required value" },
    { SECRET ("kubernetes.io/service-account-token", ""),
      "metadata.annotations[kubernetes.io/service-account.name]: Required value" },
  };

  check_refusals (K8_INFO (secret), "{" META ",%s}", rows, G_N_ELEMENTS (rows));
}

void
test_validate_kinds__leases (void)
{
  static const Refusal rows[] = {
    { "'leaseDurationSeconds':40,'leaseTransitions':0,'strategy':'OldestEmulationVersion',"
      "'preferredHolder':'me'",
      "" },
    { "'leaseDurationSeconds':0",
      "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0" },
    { "'leaseTransitions':-1",
      "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0" },
    { "'strategy':'Newest'", "spec.strategy.strategy: Unsupported value: \"Newest\": supported "
                             "values: \"OldestEmulationVersion\"" },
    { "'strategy':'example.com/mine'", "" },
    { "'preferredHolder':'me'",
      "spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined" },
  };

  check_refusals (K8_INFO (lease), "{" META ",'spec':{%s}}", rows, G_N_ELEMENTS (rows));
}

#define RESERVED                                                                                   \
  "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system "  \
  "use only. error: "

void
test_validate_kinds__priority_classes (void)
{
  static const Refusal rows[] = {
    { "a'},'value':1000000000", "" },
    { "a'},'value':1000000001",
      "value: Forbidden: maximum allowed value of a user defined priority is 1000000000" },
    { "system-cluster-critical'},'value':2000000000", "" },
    { "system-node-critical'},'value':2000001000", "" },
    { "system-node-critical'},'value':1",
      RESERVED "value of system-node-critical PriorityClass must be 2000001000" },
    { "system-node-critical'},'globalDefault':true,'value':2000001000",
      RESERVED "globalDefault of system-node-critical PriorityClass must be false" },
    { "system-mine'},'value':1", RESERVED "system-mine is not a known system priority class" },
    { "a'},'value':1,'preemptionPolicy':'Often'",
      "preemptionPolicy: Unsupported value: \"Often\": supported values: \"PreemptLowerPriority\", "
      "\"Never\"" },
  };

  check_refusals (K8_INFO (priority_class), "{'metadata':{'name':'%s}", rows, G_N_ELEMENTS (rows));
}

void
test_validate_kinds__token_requests (void)
{
  static const Refusal rows[] = {
    { "600", "" },
    { "599", "spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 "
             "minutes" },
    { "4294967296", "" },
    { "4294967297", "spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration "
                    "larger than 2^32 seconds" },
  };

  check_refusals (K8_INFO (token_request), "{'spec':{'audiences':['a'],'expirationSeconds':%s}}",
                  rows, G_N_ELEMENTS (rows));
}

#define FEATURE_RULE                                                                               \
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., "   \
  "MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes"
#define BAD_FEATURE(name)                                                                          \
  "status.declaredFeatures[0]: Invalid value: \"" name "\": invalid feature name \"" name          \
  "\": " FEATURE_RULE
#define FEATURES(names) "'status':{'declaredFeatures':[" names "]}"

void
test_validate_kinds__features_of_nodes (void)
{
  static const Refusal rows[] = {
    { FEATURES ("'A1','B/c','B/d'"), "" },
    { FEATURES ("'a'"), BAD_FEATURE ("a") },
    { FEATURES ("'A/'"), BAD_FEATURE ("A/") },
    { FEATURES ("'A-b'"), BAD_FEATURE ("A-b") },
    { FEATURES ("'A/1'"), BAD_FEATURE ("A/1") },
    { FEATURES ("'B','A'"), "status.declaredFeatures[1]: Invalid value: \"A\": list must be sorted "
                            "alphabetically" },
    { FEATURES ("'A','A'"), "status.declaredFeatures[1]: Duplicate value: \"A\"" },
  };

  check_refusals (K8_INFO (node), "{'metadata':{'name':'n'},%s}", rows, G_N_ELEMENTS (rows));
}

#define TAINTS(rest) "'spec':{'taints':[" rest "]}"

void
test_validate_kinds__taints_of_nodes (void)
{
  static const Refusal rows[] = {
    { TAINTS ("{'key':'a','effect':'NoSchedule'},{'key':'a','effect':'NoExecute'}"), "" },
    { TAINTS ("{'key':'a'}"), "metadata.taints[0].effect: Required value" },
    { TAINTS ("{'key':'a','effect':'Sometimes'}"),
      "metadata.taints[0].effect: Unsupported value: \"Sometimes\": supported values: "
      "\"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\"" },
    { TAINTS ("{'key':'a','value':'x','effect':'NoSchedule'},{'key':'a','effect':'NoSchedule'}"),
      "metadata.taints[1]: Duplicate value: {\"Key\":\"a\",\"Value\":\"\",\"Effect\":"
      "\"NoSchedule\",\"TimeAdded\":null}: taints must be unique by key and effect pair" },
  };

  check_refusals (K8_INFO (node), "{'metadata':{'name':'n'},%s}", rows, G_N_ELEMENTS (rows));
}

#define CLAIM(rest) "'accessModes':['ReadWriteOnce'],'resources':{'requests':{'storage':'1'}}" rest
#define AT "spec.volumes[0].ephemeral.volumeClaimTemplate.spec."
#define SOURCE(group, kind, name)                                                                  \
  "{'apiGroup':'" group "','kind':'" kind "','name':'" name "'}"

void
test_validate_kinds__claims (void)
{
  static const Refusal rows[] = {
    { CLAIM (",'dataSource':" SOURCE ("snapshot.storage.k8s.io", "VolumeSnapshot", "s")), "" },
    { CLAIM (",'dataSource':{'kind':'PersistentVolumeClaim','name':'c'}"), "" },
    { CLAIM (",'dataSource':{'kind':'Pod','name':'c'}"),
      AT "dataSource: Invalid value: \"Pod\": must be 'PersistentVolumeClaim' when referencing the "
         "default apiGroup" },
    { CLAIM (",'dataSource':" SOURCE ("g", "K", "")), AT "dataSource.name: Required value" },
    { CLAIM (",'dataSource':" SOURCE ("g", "", "n")), AT "dataSource.kind: Required value" },
    { CLAIM (",'dataSource':" SOURCE ("g", "K", "n") ",'dataSourceRef':" SOURCE ("g", "K", "n")),
      "" },
    { CLAIM (",'dataSource':" SOURCE ("g", "K", "n") ",'dataSourceRef':" SOURCE ("g", "K", "o")),
      "spec.volumes[0].ephemeral.volumeClaimTemplate.spec: Invalid value: {}: must match "
      "dataSourceRef" },
    { CLAIM (",'dataSource':" SOURCE ("g", "K", "n")
             ",'dataSourceRef':{'apiGroup':'g','kind':'K','name':'n','namespace':'x'}"),
      "spec.volumes[0].ephemeral.volumeClaimTemplate.spec: Invalid value: {}: may not be specified "
      "when dataSourceRef.namespace is specified" },
    { CLAIM (",'volumeMode':'Tape'"), AT "volumeMode: Unsupported value: \"Tape\": supported "
                                         "values: \"Block\", \"Filesystem\"" },
    { "'accessModes':['ReadWriteOncePod','ReadOnlyMany'],'resources':{'requests':{'storage':'1'}}",
      AT "accessModes: Forbidden: may not use ReadWriteOncePod with other access modes" },
  };

  check_refusals (K8_INFO (pod),
                  "{" META ",'spec':{'containers':[{'name':'c','image':'i:1'}],'volumes':["
                  "{'name':'v','ephemeral':{'volumeClaimTemplate':{'spec':{%s}}}}]}}",
                  rows, G_N_ELEMENTS (rows));
}

#define DEPLOYMENT(rest) "'selector':{'matchLabels':{'a':'b'}}" rest
#define ROLLING(unavailable, surge)                                                                \
  DEPLOYMENT (",'strategy':{'type':'RollingUpdate','rollingUpdate':{'maxUnavailable':" unavailable \
              ",'maxSurge':" surge "}}")

void
test_validate_kinds__deployments (void)
{
  static const Refusal rows[] = {
    { DEPLOYMENT (""), "" },
    { ROLLING ("'100%'", "'0%'"), "" },
    { ROLLING ("0", "0"), "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not "
                          "be 0 when `maxSurge` is 0" },
    { ROLLING ("'0%'", "0"), "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"0%\": "
                             "may not be 0 when `maxSurge` is 0" },
    { ROLLING ("'101%'", "1"), "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "
                               "\"101%\": must not be greater than 100%" },
    { ROLLING ("-1", "1"), "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: -1: must be "
                           "greater than or equal to 0" },
    { DEPLOYMENT (",'strategy':{'type':'Recreate','rollingUpdate':{'maxSurge':1}}"),
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is "
      "'Recreate'" },
    { DEPLOYMENT (",'replicas':-1"),
      "spec.replicas: Invalid value: -1: must be greater than or equal to 0" },
    { DEPLOYMENT (",'minReadySeconds':600"),
      "spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds" },
    { DEPLOYMENT (",'minReadySeconds':599"), "" },
    { "'selector':{'matchLabels':{'a':'c'}}",
      "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match "
      "template `labels`" },
  };

  check_refusals (K8_INFO (deployment),
                  "{" META ",'spec':{'template':{'metadata':{'labels':{'a':'b'}},'spec':"
                  "{'containers':[{'name':'c','image':'i:1'}]}},%s}}",
                  rows, G_N_ELEMENTS (rows));
}

#define TEMPLATE(rest)                                                                             \
  "'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':{"      \
  "'containers':[{'name':'c','image':'i:1'}]" rest "}}"

void
test_validate_kinds__templates_of_replica_sets (void)
{
  static const Refusal rows[] = {
    { TEMPLATE (",'restartPolicy':'Always'"), "" },
    { "'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':{"
      "'hostNetwork':true,'containers':[{'name':'c','image':'i:1','ports':[{'containerPort':80}]}]"
      "}}",
      "" }, /* the host's port is filled in when a pod is made */
    { TEMPLATE (",'restartPolicy':'Never'"),
      "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: "
      "\"Always\"" },
    { TEMPLATE (",'activeDeadlineSeconds':5"),
      "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is "
      "not Supported" },
  };

  check_refusals (K8_INFO (replica_set), "{" META ",'spec':{%s}}", rows, G_N_ELEMENTS (rows));
}

#define EVENT(rest)                                                                                \
  "'regarding':{'namespace':'default','kind':'Pod','name':'p'},'reportingController':'c.io/d',"    \
  "'reportingInstance':'i','reason':'R','action':'A','type':'Normal'" rest
#define TIMED EVENT (",'eventTime':'2026-01-01T00:00:00.000000Z'")

void
test_validate_kinds__events (void)
{
  static const Refusal rows[] = {
    { TIMED, "" },
    { EVENT (""), "eventTime: Required value" },
    { TIMED ",'series':{'count':2,'lastObservedTime':'2026-01-01T00:00:00.000000Z'}", "" },
    { TIMED ",'series':{'count':1,'lastObservedTime':'2026-01-01T00:00:00.000000Z'}",
      "series.count: Invalid value: \"\": should be at least 2" },
    { TIMED ",'series':{'count':2}", "series.lastObservedTime: Required value" },
    { TIMED ",'deprecatedCount':1", "count: Invalid value: \"\": needs to be unset" },
    { TIMED ",'deprecatedFirstTimestamp':'2026-01-01T00:00:00Z'",
      "firstTimestamp: Invalid value: \"\": needs to be unset" },
  };

  check_refusals (K8_INFO (events_event), "{" META ",%s}", rows, G_N_ELEMENTS (rows));
}
