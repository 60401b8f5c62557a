/* SPDX-License-Identifier: Apache-2.0
 *
 * Pods that are refused for the rest of their spec and for their containers, in upstream's words.
 * Source: kubernetes v1.36, pkg/apis/core/validation: ValidatePodSpec, validateContainers,
 * ValidateVolumeMounts, ValidateEnv, ValidateContainerResourceRequirements.
 */
#include "refusals.h"
#include "tests/lib/test.h"

/* A pod whose container goes on with the row. */
static void
check_container_refusals (const Refusal *rows, guint n)
{
  check_refusals (K8_INFO (pod),
                  "{'metadata':{'name':'web','namespace':'default'},'spec':{'volumes':["
                  "{'name':'v','emptyDir':{}},{'name':'p','persistentVolumeClaim':{'claimName':'c'}"
                  "}],'containers':[{'name':'c','image':'i:1'%s}]}}",
                  rows, n);
}

#define IN "spec.containers[0]."

void
test_validate_pod__host_network_ports_are_their_own (void)
{
  static const Refusal rows[] = {
    { "'hostNetwork':true,'initContainers':[{'name':'d','image':'i:1','ports':"
      "[{'containerPort':80}]}]",
      "" },
    { "'dnsPolicy':'None'",
      "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None" },
    { "'dnsPolicy':'None','dnsConfig':{}",
      "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when "
      "`dnsPolicy` is None" },
    { "'dnsConfig':{'nameservers':['1.1.1.1','1.1.1.2','1.1.1.3'],'searches':['.','a.b.','_c'],"
      "'options':[{'name':'ndots','value':'2'}]}",
      "" },
    { "'dnsConfig':{'nameservers':['1.1.1.1','1.1.1.2','1.1.1.3','1.1.1.4']}",
      "spec.dnsConfig.nameservers: Invalid value: [\"1.1.1.1\",\"1.1.1.2\",\"1.1.1.3\","
      "\"1.1.1.4\"]: must not have more than 3 nameservers" },
    { "'dnsConfig':{'options':[{'value':'2'}]}",
      "spec.dnsConfig.options[0]: Required value: must not be empty" },
    { "'hostUsers':false,'hostNetwork':true",
      "spec.hostNetwork: Forbidden: when `hostUsers` is false" },
    { "'hostUsers':false,'hostPID':true", "spec.HostPID: Forbidden: when `hostUsers` is false" },
    { "'hostUsers':false,'hostIPC':true", "spec.HostIPC: Forbidden: when `hostUsers` is false" },
    { "'hostUsers':true,'hostIPC':true", "" },
    { "'hostnameOverride':'a.b'", "" },
    { "'hostnameOverride':'a','setHostnameAsFQDN':true",
      "spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true" },
    { "'hostnameOverride':'a','hostNetwork':true",
      "spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true" },
    { "'activeDeadlineSeconds':1", "" },
    { "'activeDeadlineSeconds':0",
      "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive" },
    { "'activeDeadlineSeconds':2147483648",
      "spec.activeDeadlineSeconds: Invalid value: 2147483648: must be between 1 and 2147483647, "
      "inclusive" },
    { "'schedulingGates':[{'name':'a'},{'name':'b'},{'name':'a'}]",
      "spec.schedulingGates[2]: Duplicate value: \"a\"" },
    { "'preemptionPolicy':'Sometimes'",
      "spec.preemptionPolicy: Unsupported value: \"Sometimes\": supported values: "
      "\"PreemptLowerPriority\", \"Never\"" },
    { "'restartPolicy':'Sometimes'",
      "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", "
      "\"OnFailure\", \"Never\"" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define CLAIMS(rest) "'resourceClaims':[" rest "]"

void
test_validate_pod__resource_claims (void)
{
  static const Refusal rows[] = {
    { CLAIMS ("{'name':'a','resourceClaimName':'x'},{'name':'b','resourceClaimTemplateName':'y'}"),
      "" },
    { CLAIMS ("{'resourceClaimName':'x'}"), "spec.resourceClaims[0].name: Required value" },
    { CLAIMS ("{'name':'a','resourceClaimName':'x'},{'name':'a','resourceClaimName':'x'}"),
      "spec.resourceClaims[1].name: Duplicate value: \"a\"" },
    { CLAIMS ("{'name':'a'}"),
      "spec.resourceClaims[0]: Invalid value: {\"Name\":\"a\",\"ResourceClaimName\":null,"
      "\"ResourceClaimTemplateName\":null}: must specify one of: `resourceClaimName`, "
      "`resourceClaimTemplateName`" },
    { CLAIMS ("{'name':'a','resourceClaimName':'x','resourceClaimTemplateName':'y'}"),
      "spec.resourceClaims[0]: Invalid value: {\"Name\":\"a\",\"ResourceClaimName\":\"x\","
      "\"ResourceClaimTemplateName\":\"y\"}: at most one of `resourceClaimName` or "
      "`resourceClaimTemplateName` may be specified" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define USES(claims)                                                                               \
  ",'resources':{'claims':[" claims "]}}],'resourceClaims':["                                      \
  "{'name':'a','resourceClaimName':'x'},{'name':'b','resourceClaimName':'y'}]"                     \
  ",'initContainers':[{'name':'z','image':'i:1'"

void
test_validate_pod__containers_use_claims_of_the_pod (void)
{
  static const Refusal rows[] = {
    { USES ("{'name':'a','request':'r'},{'name':'a','request':'s'},{'name':'b'}"), "" },
    { USES ("{}"), IN "resources.claims[0]: Required value" },
    { USES ("{'name':'a'},{'name':'a','request':'r'}"),
      IN "resources.claims[1]: Duplicate value: \"a\"" },
    { USES ("{'name':'a','request':'r'},{'name':'a','request':'r'}"),
      IN "resources.claims[1]: Duplicate value: \"a\"" },
    { USES ("{'name':'c'}"),
      IN "resources.claims[0]: Not found: \"c\": must be one of the names in "
         "pod.spec.resourceClaims: a, b" },
    { ",'resources':{'claims':[{'name':'c'}]}",
      IN "resources.claims[0]: Not found: \"c\": must be one of the names in "
         "pod.spec.resourceClaims which is empty" },
  };

  check_container_refusals (rows, G_N_ELEMENTS (rows));
}

#define LIMITS(rest) ",'resources':{'limits':{" rest "}}"
#define REQUESTS(rest) ",'resources':{'requests':{" rest "}}"
#define BOTH(limits, requests) ",'resources':{'limits':{" limits "},'requests':{" requests "}}"

void
test_validate_pod__resources_of_containers (void)
{
  static const Refusal rows[] = {
    { BOTH ("'cpu':'1','memory':'1Gi'", "'cpu':'1','memory':'1Gi'"), "" },
    { BOTH ("'cpu':'1'", "'cpu':'1001m'"),
      IN "resources.requests: Invalid value: \"1001m\": must be less than or equal to cpu limit of "
         "1" },
    { REQUESTS ("'cpu':'-1'"),
      IN "resources.requests[cpu]: Invalid value: \"-1\": must be greater than or equal to 0" },
    { BOTH ("'example.com/gpu':'2'", "'example.com/gpu':'2'"), "" },
    { BOTH ("'example.com/gpu':'2'", "'example.com/gpu':'1'"),
      IN "resources.requests: Invalid value: \"1\": must be equal to example.com/gpu limit of 2" },
    { REQUESTS ("'example.com/gpu':'1'"),
      IN "resources.limits: Required value: Limit must be set for non overcommitable resources" },
    { BOTH ("'example.com/gpu':'1500m'", "'example.com/gpu':'1500m'"),
      "[" IN "resources.limits[example.com/gpu]: Invalid value: \"1500m\": must be an integer, " IN
      "resources.requests[example.com/gpu]: Invalid value: \"1500m\": must be an integer]" },
    { REQUESTS ("'pods':'1'"), IN "resources.requests[pods]: Invalid value: \"pods\": must be a "
                                  "standard resource for containers" },
    { BOTH ("'cpu':'1','hugepages-2Mi':'4Mi'", "'cpu':'1','hugepages-2Mi':'4Mi'"), "" },
    { LIMITS ("'hugepages-2Mi':'4Mi'"),
      IN "resources: Forbidden: HugePages require cpu or memory" },
    { BOTH ("'cpu':'1','hugepages-2Mi':'4Mi'", "'cpu':'1','hugepages-2Mi':'3Mi'"),
      "[" IN "resources.requests: Invalid value: \"3Mi\": must be equal to hugepages-2Mi limit of "
      "4Mi, " IN "resources.requests[hugepages-2Mi]: Invalid value: \"3Mi\": 3Mi is not positive "
      "integer multiple of hugepages-2Mi]" },
  };

  check_container_refusals (rows, G_N_ELEMENTS (rows));
}

#define POD_LIMITS(rest) "'resources':{'limits':{" rest "}}"

void
test_validate_pod__resources_of_the_pod (void)
{
  static const Refusal rows[] = {
    { POD_LIMITS ("'cpu':'1'"), "" },
    { POD_LIMITS ("'ephemeral-storage':'1'"),
      "spec.resources.limits[ephemeral-storage]: Unsupported value: \"ephemeral-storage\": "
      "supported values: \"cpu\", \"hugepages-\", \"memory\"" },
    { "'os':{'name':'windows'}," POD_LIMITS ("'cpu':'1'"),
      "spec.resources: Forbidden: may not be set for a windows pod" },
    { "'resources':{'requests':{'cpu':'1'}},'initContainers':[{'name':'d','image':'i:1',"
      "'resources':{'requests':{'cpu':'2'}}}]",
      "spec.resources.requests[cpu]: Invalid value: \"1\": must be greater than or equal to "
      "aggregate container requests of 2" },
    { "'resources':{'requests':{'cpu':'2'}},'initContainers':[{'name':'d','image':'i:1',"
      "'resources':{'requests':{'cpu':'2','memory':'1Gi'}}}]",
      "" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define MOUNT(rest) ",'volumeMounts':[{'name':'v','mountPath':'/a'" rest "}]"
#define DEVICE(name, path) ",'volumeDevices':[{'name':'" name "','devicePath':'" path "'}]"

void
test_validate_pod__mounts (void)
{
  static const Refusal rows[] = {
    { MOUNT (",'subPath':'a/b','mountPropagation':'HostToContainer'"), "" },
    { MOUNT ("},{'name':'v','mountPath':'/a'"),
      IN "volumeMounts[1].mountPath: Invalid value: \"/a\": must be unique" },
    { ",'volumeMounts':[{'name':'w','mountPath':'/a'}]",
      IN "volumeMounts[0].name: Not found: \"w\"" },
    { ",'volumeMounts':[{'name':'v'}]", IN "volumeMounts[0].mountPath: Required value" },
    { MOUNT (",'subPath':'/a'"),
      IN "volumeMounts.subPath: Invalid value: \"/a\": must be a relative path" },
    { MOUNT (",'subPathExpr':'../a'"),
      IN "volumeMounts.subPathExpr: Invalid value: \"../a\": must not contain '..'" },
    { MOUNT (",'subPath':'a','subPathExpr':'b'"),
      IN "volumeMounts[0].subPathExpr: Invalid value: \"b\": subPathExpr and subPath are mutually "
         "exclusive" },
    { MOUNT (",'mountPropagation':'Up'"),
      IN "volumeMounts.mountPropagation: Unsupported value: \"Up\": supported values: "
         "\"Bidirectional\", \"HostToContainer\", \"None\"" },
    { MOUNT (",'mountPropagation':'Bidirectional'"),
      IN "volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available "
         "only to privileged containers" },
    { MOUNT (",'mountPropagation':'Bidirectional'") ",'securityContext':{'privileged':true}", "" },
    { MOUNT (",'readOnly':true,'recursiveReadOnly':'Enabled'"), "" },
    { MOUNT (",'recursiveReadOnly':'Disabled'"), "" },
    { MOUNT (",'recursiveReadOnly':'Enabled'"),
      IN "volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true" },
    { MOUNT (",'readOnly':true,'recursiveReadOnly':'Enabled','mountPropagation':'HostToContainer'"),
      IN "volumeMounts.recursiveReadOnly: Forbidden: may only be specified when mountPropagation "
         "is None or not specified" },
    { MOUNT (",'recursiveReadOnly':'Often'"),
      IN "volumeMounts.recursiveReadOnly: Unsupported value: \"Often\": supported values: "
         "\"Disabled\", \"Enabled\", \"IfPossible\"" },
    { DEVICE ("p", "/dev/a"), "" },
    { DEVICE ("v", "/dev/a"),
      IN "volumeDevices[0].name: Invalid value: \"v\": can only use volume source type of "
         "PersistentVolumeClaim or Ephemeral for block mode" },
    { DEVICE ("w", "/dev/a"), IN "volumeDevices[0].name: Not found: \"w\"" },
    { DEVICE ("p", "/dev/../a"),
      IN "volumeDevices[0].devicePath: Invalid value: \"/dev/../a\": can not contain backsteps "
         "('..')" },
    { ",'volumeMounts':[{'name':'p','mountPath':'/b'}]" DEVICE ("p", "/dev/a"),
      "[" IN "volumeMounts[0].name: Invalid value: \"p\": must not already exist in "
      "volumeDevices, " IN "volumeDevices[0].name: Invalid value: \"p\": must not already exist in "
      "volumeMounts]" },
    { MOUNT ("") DEVICE ("p", "/a"),
      "[" IN
      "volumeMounts[0].mountPath: Invalid value: \"/a\": must not already exist as a path in "
      "volumeDevices, " IN "volumeDevices[0].devicePath: Invalid value: \"/a\": must not already "
      "exist as a path in volumeMounts]" },
  };

  check_container_refusals (rows, G_N_ELEMENTS (rows));
}

#define RULE(rest) ",'restartPolicy':'Never','restartPolicyRules':[{" rest "}]"

void
test_validate_pod__restart_rules_and_resize_policies (void)
{
  static const Refusal rows[] = {
    { RULE ("'action':'Restart','exitCodes':{'operator':'In','values':[1]}"), "" },
    { ",'restartPolicyRules':[{'action':'Restart','exitCodes':{'operator':'In','values':[1]}}]",
      IN "restartPolicy: Required value: must specify restartPolicy when restart rules are used" },
    { RULE ("'action':'Restart'"),
      IN "restartPolicyRules[0].exitCodes: Required value: must be specified" },
    { RULE ("'action':'Dance','exitCodes':{'operator':'In','values':[1]}"),
      IN "restartPolicyRules[0].action: Unsupported value: \"Dance\": supported values: "
         "\"Restart\", \"RestartAllContainers\"" },
    { RULE ("'action':'Restart','exitCodes':{'operator':'Like','values':[1]}"),
      IN "restartPolicyRules[0].exitCodes.operator: Unsupported value: \"Like\": supported values: "
         "\"In\", \"NotIn\"" },
    { ",'resizePolicy':[{'resourceName':'cpu','restartPolicy':'NotRequired'}]", "" },
    { ",'resizePolicy':[{'resourceName':'cpu','restartPolicy':'NotRequired'},"
      "{'resourceName':'cpu','restartPolicy':'NotRequired'}]",
      IN "resizePolicy[1]: Duplicate value: \"cpu\"" },
    { ",'resizePolicy':[{'resourceName':'cpu','restartPolicy':'RestartContainer'}]}],"
      "'restartPolicy':'Never','initContainers':[{'name':'d','image':'i:1'",
      IN "resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when pod "
         "`restartPolicy` is 'Never'" },
    { ",'imagePullPolicy':'Sometimes'",
      IN "imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", "
         "\"IfNotPresent\", \"Never\"" },
    { ",'terminationMessagePolicy':'Wall'",
      IN "terminationMessagePolicy: Unsupported value: \"Wall\": supported values: \"File\", "
         "\"FallbackToLogsOnError\"" },
  };

  check_container_refusals (rows, G_N_ELEMENTS (rows));
}

#define INIT(rest) "'initContainers':[{'name':'d','image':'i:1'" rest "}]"
#define NO_INIT "may not be set for init containers without restartPolicy=Always"

void
test_validate_pod__init_containers (void)
{
  static const Refusal rows[] = {
    { INIT (""), "" },
    { INIT (",'restartPolicy':'Always','startupProbe':{'exec':{'command':['a']}}"), "" },
    { INIT (",'startupProbe':{'exec':{'command':['a']}}"),
      "spec.initContainers[0].startupProbe: Forbidden: " NO_INIT },
    { INIT (",'resizePolicy':[{'resourceName':'cpu','restartPolicy':'RestartContainer'}]"),
      "spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: \"RestartContainer\": "
      "must not be set to 'RestartContainer' for non-sidecar initContainers" },
    { "'initContainers':[{'name':'c','image':'i:1'}]",
      "spec.initContainers[0].name: Duplicate value: \"c\"" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define ENV(rest) ",'env':[{'name':'E'," rest "}]"
#define FILE_KEY(rest) ENV ("'valueFrom':{'fileKeyRef':{" rest "}}")
#define FROM IN "env[0].valueFrom"

void
test_validate_pod__environment (void)
{
  static const Refusal rows[] = {
    { FILE_KEY ("'key':'K','volumeName':'v','path':'a'"), "" },
    { FILE_KEY ("'volumeName':'v','path':'a'"), FROM ".fileKeyRef.key: Required value" },
    { FILE_KEY ("'key':'K','volumeName':'v'"), FROM ".fileKeyRef.path: Required value" },
    { FILE_KEY ("'key':'K','volumeName':'v','path':'a/..'"),
      FROM ".fileKeyRef.path: Invalid value: \"a/..\": must not contain '..'" },
    { FILE_KEY ("'key':'K','volumeName':'w','path':'a'"),
      FROM ".fileKeyRef.volumeName: Not found: \"w\"" },
    { FILE_KEY ("'key':'K','volumeName':'p','path':'a'"),
      FROM ".fileKeyRef.volumeName: Invalid value: \"p\": referenced volume must be of type "
           "emptyDir" },
    { ENV ("'valueFrom':{}"),
      FROM ": Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, "
           "`configMapKeyRef`, `secretKeyRef` or `fileKeyRef`" },
    { ENV ("'value':'x','valueFrom':{'configMapKeyRef':{'name':'m','key':'k'}}"),
      FROM ": Invalid value: \"\": may not be specified when `value` is not empty" },
    { ENV ("'valueFrom':{'configMapKeyRef':{'name':'m','key':'k'},'secretKeyRef':{'name':'s',"
           "'key':'k'}}"),
      FROM ": Invalid value: \"\": may not have more than one field specified at a time" },
    { ",'envFrom':[{'configMapRef':{'name':'m-'}},{'prefix':'P_','secretRef':{'name':'s'}}]", "" },
    { ",'envFrom':[{}]", IN "envFrom: Invalid value: \"\": must specify one of: `configMapRef` or "
                            "`secretRef`" },
    { ",'envFrom':[{'configMapRef':{'name':'m'},'secretRef':{'name':'s'}}]",
      IN "envFrom: Invalid value: \"\": may not have more than one field specified at a time" },
    { ",'envFrom':[{'secretRef':{}}]", IN "envFrom[0].secretRef.name: Required value" },
  };

  check_container_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_validate_pod__host_ports (void)
{
  static const Refusal rows[] = {
    { ",'ports':[{'containerPort':80,'hostPort':80}]}],'hostNetwork':true,'initContainers':"
      "[{'name':'d','image':'i:1'",
      "" },
    { ",'ports':[{'containerPort':80,'hostPort':81}]}],'hostNetwork':true,'initContainers':"
      "[{'name':'d','image':'i:1'",
      IN "ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is "
         "true" },
    { ",'ports':[{'name':'a','containerPort':80},{'name':'a','containerPort':81}]",
      IN "ports[1].name: Duplicate value: \"a\"" },
    { ",'ports':[{}]", IN "ports[0].containerPort: Required value" },
    { ",'ports':[{'containerPort':80,'hostPort':9000},{'containerPort':81,'hostPort':9000}]",
      IN "ports[1].hostPort: Duplicate value: \"TCP//9000\"" },
  };

  check_container_refusals (rows, G_N_ELEMENTS (rows));
}

#define NOTE(key, value) "'annotations':{'" key "':'" value "'}"
#define COST "controller.kubernetes.io/pod-deletion-cost"
#define BAD_COST(value)                                                                            \
  "metadata.annotations[" COST "]: Invalid value: \"" value "\": must be a 32bit integer"

void
test_validate_pod__annotations (void)
{
  static const Refusal rows[] = {
    { NOTE (COST, "0"), "" },
    { NOTE (COST, "-2147483648"), "" },
    { NOTE (COST, "2147483647"), "" },
    { NOTE (COST, "2147483648"), BAD_COST ("2147483648") },
    { NOTE (COST, "-2147483649"), BAD_COST ("-2147483649") },
    { NOTE (COST, "007"), BAD_COST ("007") },
    { NOTE (COST, "-0"), BAD_COST ("-0") },
    { NOTE (COST, "+1"), BAD_COST ("+1") },
    { NOTE (COST, ""), BAD_COST ("") },
    { NOTE (COST, "1x"), BAD_COST ("1x") },
    { NOTE ("kubernetes.io/config.mirror", "x"),
      "metadata.annotations[kubernetes.io/config.mirror]: Invalid value: \"x\": must set "
      "spec.nodeName if mirror pod annotation is set" },
  };

  check_refusals (K8_INFO (pod),
                  "{'metadata':{'name':'web','namespace':'default',%s},'spec':{'containers':["
                  "{'name':'c','image':'i:1'}]}}",
                  rows, G_N_ELEMENTS (rows));
}

#define TERMS(rest)                                                                                \
  "'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{"                 \
  "'nodeSelectorTerms':[" rest "]}}}"
#define TERM_AT                                                                                    \
  "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"

void
test_validate_pod__node_affinity (void)
{
  static const Refusal rows[] = {
    { TERMS ("{'matchExpressions':[{'key':'a','operator':'Gt','values':['1']}]}"), "" },
    { TERMS (""), TERM_AT ": Required value: must have at least one node selector term" },
    { TERMS ("{'matchExpressions':[{'key':'a','operator':'Exists','values':['1']}]}"),
      TERM_AT "[0].matchExpressions[0].values: Forbidden: may not be specified when `operator` is "
              "'Exists' or 'DoesNotExist'" },
    { TERMS ("{'matchExpressions':[{'key':'a','operator':'In'}]}"),
      TERM_AT "[0].matchExpressions[0].values: Required value: must be specified when `operator` "
              "is 'In' or 'NotIn'" },
    { TERMS ("{'matchExpressions':[{'key':'a','operator':'Lt','values':['1','2']}]}"),
      TERM_AT "[0].matchExpressions[0].values: Required value: must be specified single value when "
              "`operator` is 'Lt' or 'Gt'" },
    { TERMS ("{'matchFields':[{'key':'metadata.uid','operator':'In','values':['n']}]}"),
      TERM_AT "[0].matchFields[0].key: Invalid value: \"metadata.uid\": not a valid field selector "
              "key" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}
