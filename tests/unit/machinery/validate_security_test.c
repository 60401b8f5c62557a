/* SPDX-License-Identifier: Apache-2.0
 *
 * Security contexts that a pod may not have, in upstream's words.
 * Source: kubernetes v1.36, pkg/apis/core/validation: ValidateSecurityContext,
 * validatePodSpecSecurityContext, validateWindowsSecurityContextOptions, validateOS.
 */
#include "refusals.h"
#include "tests/lib/test.h"

#define POD_CONTEXT(rest) "'securityContext':{" rest "}"
#define AT "spec.securityContext."

static void
check_container_refusals (const Refusal *rows, guint n)
{
  check_refusals (K8_INFO (pod),
                  "{'metadata':{'name':'web','namespace':'default'},'spec':{'containers':["
                  "{'name':'c','image':'i:1','securityContext':{%s}}]}}",
                  rows, n);
}

#define IN "spec.containers[0].securityContext."

void
test_validate_security__users_and_groups (void)
{
  static const Refusal rows[] = {
    { POD_CONTEXT ("'runAsUser':0,'runAsGroup':2147483647,'fsGroup':1,'supplementalGroups':[5]"),
      "" },
    { POD_CONTEXT ("'runAsUser':-1"),
      AT "runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive" },
    { POD_CONTEXT ("'runAsGroup':2147483648"),
      AT "runAsGroup: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive" },
    { POD_CONTEXT ("'fsGroup':-1"),
      AT "fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive" },
    { POD_CONTEXT ("'supplementalGroups':[1,-1]"),
      AT "supplementalGroups[1]: Invalid value: -1: must be between 0 and 2147483647, inclusive" },
    { POD_CONTEXT ("'fsGroupChangePolicy':'Never'"),
      AT "fsGroupChangePolicy: Unsupported value: \"Never\": supported values: \"Always\", "
         "\"OnRootMismatch\"" },
    { POD_CONTEXT ("'supplementalGroupsPolicy':'Never'"),
      AT "supplementalGroupsPolicy: Unsupported value: \"Never\": supported values: \"Merge\", "
         "\"Strict\"" },
    { POD_CONTEXT ("'seLinuxChangePolicy':'Never'"),
      AT "seLinuxChangePolicy: Unsupported value: \"Never\": supported values: \"MountOption\", "
         "\"Recursive\"" },
    { "'hostPID':true,'shareProcessNamespace':true,'securityContext':{}",
      AT "shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot "
         "both be enabled" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_validate_security__containers (void)
{
  static const Refusal rows[] = {
    { "'runAsUser':1,'runAsGroup':1,'privileged':true,'procMount':'Default'", "" },
    { "'runAsUser':-1", IN "runAsUser: Invalid value: -1: must be between 0 and 2147483647, "
                           "inclusive" },
    { "'runAsGroup':-1", IN "runAsGroup: Invalid value: -1: must be between 0 and 2147483647, "
                            "inclusive" },
    { "'procMount':'Half'", IN "procMount: Unsupported value: \"Half\": supported values: "
                               "\"Default\", \"Unmasked\"" },
    { "'procMount':'Unmasked'", IN "procMount: Invalid value: \"Unmasked\": `hostUsers` must be "
                                   "false to use `Unmasked`" },
    { "'allowPrivilegeEscalation':false,'privileged':false", "" },
    { "'allowPrivilegeEscalation':true,'privileged':true", "" },
    { "'allowPrivilegeEscalation':false,'capabilities':{'add':['SYS_ADMIN']}", "" },
  };

  check_container_refusals (rows, G_N_ELEMENTS (rows));
}

#define SECCOMP(rest) POD_CONTEXT ("'seccompProfile':{" rest "}")
#define ARMOR(rest) POD_CONTEXT ("'appArmorProfile':{" rest "}")
#define PROFILES "\"Localhost\", \"RuntimeDefault\", \"Unconfined\""

void
test_validate_security__profiles (void)
{
  static const Refusal rows[] = {
    { SECCOMP ("'type':'RuntimeDefault'"), "" },
    { SECCOMP ("'type':'Localhost','localhostProfile':'a/b'"), "" },
    { SECCOMP (""), AT "seccompProfile.type: Required value: type is required when seccompProfile "
                       "is set" },
    { SECCOMP ("'type':'None'"),
      AT "seccompProfile.type: Unsupported value: \"None\": supported values: " PROFILES },
    { SECCOMP ("'type':'Localhost'"), AT "seccompProfile.localhostProfile: Required value: must be "
                                         "set when seccomp type is Localhost" },
    { SECCOMP ("'type':'Localhost','localhostProfile':'/a'"),
      AT "seccompProfile.localhostProfile: Invalid value: \"/a\": must be a relative path" },
    { SECCOMP ("'type':'Localhost','localhostProfile':'../a'"),
      AT "seccompProfile.localhostProfile: Invalid value: \"../a\": must not contain '..'" },
    { SECCOMP ("'type':'Unconfined','localhostProfile':'a'"),
      AT "seccompProfile.localhostProfile: Invalid value: {\"Type\":\"Unconfined\","
         "\"LocalhostProfile\":\"a\"}: can only be set when seccomp type is Localhost" },
    { ARMOR ("'type':'Localhost','localhostProfile':'a'"), "" },
    { ARMOR (""), AT "appArmorProfile.type: Required value: type is required when appArmorProfile "
                     "is set" },
    { ARMOR ("'type':'None'"),
      AT "appArmorProfile.type: Unsupported value: \"None\": supported values: " PROFILES },
    { ARMOR ("'type':'Localhost'"), AT "appArmorProfile.localhostProfile: Required value: must be "
                                       "set when AppArmor type is Localhost" },
    { ARMOR ("'type':'Localhost','localhostProfile':' a'"),
      AT "appArmorProfile.localhostProfile: Invalid value: \" a\": must not be padded with "
         "whitespace" },
    { ARMOR ("'type':'Localhost','localhostProfile':'a '"),
      AT "appArmorProfile.localhostProfile: Invalid value: \"a \": must not be padded with "
         "whitespace" },
    { ARMOR ("'type':'Unconfined','localhostProfile':'a'"),
      AT "appArmorProfile.localhostProfile: Invalid value: \"a\": can only be set when AppArmor "
         "type is Localhost" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define SYSCTLS(rest) POD_CONTEXT ("'sysctls':[" rest "]")
#define SYSCTL(name) SYSCTLS ("{'name':'" name "','value':'1'}")
#define BAD_SYSCTL(name)                                                                           \
  AT "sysctls[0].name: Invalid value: \"" name "\": must have at most 253 characters and match "   \
     "regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"

void
test_validate_security__sysctls (void)
{
  static const Refusal rows[] = {
    { SYSCTL ("net.ipv4.ip_local-port"), "" },
    { SYSCTL ("kernel/shm_rmid_forced"), "" },
    { SYSCTL ("a.b"), "" },
    { SYSCTL (""), AT "sysctls[0].name: Required value" },
    { SYSCTL ("A.b"), BAD_SYSCTL ("A.b") },
    { SYSCTL ("a..b"), BAD_SYSCTL ("a..b") },
    { SYSCTL ("a."), BAD_SYSCTL ("a.") },
    { SYSCTL (".a"), BAD_SYSCTL (".a") },
    { SYSCTL ("a_.b"), BAD_SYSCTL ("a_.b") },
    { SYSCTL ("a._b"), BAD_SYSCTL ("a._b") },
    { SYSCTL ("a.b_"), BAD_SYSCTL ("a.b_") },
    { SYSCTL ("a.b/"), BAD_SYSCTL ("a.b/") },
    { SYSCTL ("a b"), BAD_SYSCTL ("a b") },
    { SYSCTLS ("{'name':'a','value':'1'},{'name':'a','value':'1'}"),
      AT "sysctls[1].name: Duplicate value: \"a\"" },
    { "'hostNetwork':true," SYSCTL ("net.ipv4.tcp"),
      AT "sysctls[0].name: Invalid value: \"net.ipv4.tcp\": may not be specified when "
         "'hostNetwork' is true" },
    { "'hostNetwork':true," SYSCTL ("net/ipv4/tcp"),
      AT "sysctls[0].name: Invalid value: \"net/ipv4/tcp\": may not be specified when "
         "'hostNetwork' is true" },
    { "'hostNetwork':true," SYSCTL ("kernel.sem"), "" },
    { "'hostIPC':true," SYSCTL ("kernel.sem"),
      AT "sysctls[0].name: Invalid value: \"kernel.sem\": may not be specified when 'hostIPC' is "
         "true" },
    { "'hostIPC':true," SYSCTL ("kernel.shmmax"),
      AT "sysctls[0].name: Invalid value: \"kernel.shmmax\": may not be specified when 'hostIPC' "
         "is true" },
    { "'hostIPC':true," SYSCTL ("kernel.msgmax"),
      AT "sysctls[0].name: Invalid value: \"kernel.msgmax\": may not be specified when 'hostIPC' "
         "is true" },
    { "'hostIPC':true," SYSCTL ("fs.mqueue.msg_max"),
      AT "sysctls[0].name: Invalid value: \"fs.mqueue.msg_max\": may not be specified when "
         "'hostIPC' is true" },
    { "'hostIPC':true," SYSCTL ("net.ipv4.tcp"), "" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define WINDOWS(rest) POD_CONTEXT ("'windowsOptions':{" rest "}")
#define USER(name) WINDOWS ("'runAsUserName':'" name "'")
#define BAD_USER(name, why)                                                                        \
  AT "windowsOptions.runAsUserName: Invalid value: \"" name "\": runAsUserName" why
#define USER_104                                                                                   \
  "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234" \
  "5678901234"

void
test_validate_security__windows_options (void)
{
  static const Refusal rows[] = {
    { WINDOWS ("'gmsaCredentialSpecName':'a.b','gmsaCredentialSpec':'x'"), "" },
    { WINDOWS ("'gmsaCredentialSpec':''"),
      AT "windowsOptions.gmsaCredentialSpec: Invalid value: "
         "\"\": gmsaCredentialSpec cannot be an empty string" },
    { USER ("ContainerUser"), "" },
    { USER ("NT AUTHORITY\\\\Local Service"), "" },
    { USER ("example.com\\\\me"), "" },
    { USER (USER_104), "" },
    { USER (""), BAD_USER ("", " cannot be an empty string") },
    { USER ("a\\tb"), BAD_USER ("a\\tb", " cannot contain control characters") },
    { USER ("a\\\\b\\\\c"), BAD_USER ("a\\\\b\\\\c", " cannot contain more than one backslash") },
    { USER ("a\\\\"), BAD_USER ("a\\\\", "'s User cannot be empty") },
    { USER ("x" USER_104),
      BAD_USER ("x" USER_104, "'s User length must not be longer than 104 characters") },
    { USER (". ."), BAD_USER (". .", "'s User cannot contain only periods or spaces") },
    { USER ("a@b"), BAD_USER ("a@b", "'s User cannot contain the following characters: "
                                     "\"/\\:;|=,+*?<>@[]") },
    { USER ("a:b\\\\me"),
      BAD_USER ("a:b\\\\me", "'s Domain doesn't match the NetBios nor the DNS format") },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define HOST_PROCESS "'windowsOptions':{'hostProcess':true}"

void
test_validate_security__windows_host_processes (void)
{
  static const Refusal rows[] = {
    { "'hostNetwork':true," POD_CONTEXT (HOST_PROCESS), "" },
    { POD_CONTEXT (HOST_PROCESS),
      "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any "
      "hostProcess containers" },
    { "'hostNetwork':true,'initContainers':[{'name':'d','image':'i:1',"
      "'securityContext':{" HOST_PROCESS "}}]",
      "spec: Invalid value: \"\": If pod contains any hostProcess containers then all containers "
      "must be HostProcess containers" },
    { "'hostNetwork':true,'initContainers':[{'name':'d','image':'i:1','securityContext':"
      "{'windowsOptions':{'hostProcess':false}}}]," POD_CONTEXT (HOST_PROCESS),
      "[spec.initContainers[0].securityContext.windowsOptions.hostProcess: Invalid value: false: "
      "pod hostProcess value must be identical if both are specified, was true, spec: Invalid "
      "value: \"\": If pod contains any hostProcess containers then all containers must be "
      "HostProcess containers]" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define NOT_WINDOWS "cannot be set for a windows pod"

void
test_validate_security__operating_systems (void)
{
  static const Refusal rows[] = {
    { "'os':{'name':'linux'}", "" },
    { "'os':{'name':'windows'}", "" },
    { "'os':{}", "spec.os.name: Required value" },
    { "'os':{'name':'plan9'}", "spec.os: Unsupported value: \"plan9\": supported values: "
                               "\"linux\", \"windows\"" },
    { "'os':{'name':'linux'}," WINDOWS ("'runAsUserName':'me'"),
      AT "windowsOptions: Forbidden: windows options cannot be set for a linux pod" },
    { "'os':{'name':'windows'}," WINDOWS ("'runAsUserName':'me'"), "" },
    { "'os':{'name':'windows'}," POD_CONTEXT ("'runAsUser':1"),
      AT "runAsUser: Forbidden: " NOT_WINDOWS },
    { "'os':{'name':'windows'}," POD_CONTEXT ("'seLinuxOptions':{'level':'a'}"),
      AT "seLinuxOptions: Forbidden: " NOT_WINDOWS },
    { "'os':{'name':'windows'},'hostPID':true", "spec.hostPID: Forbidden: " NOT_WINDOWS },
    { "'os':{'name':'windows'},'shareProcessNamespace':true",
      "spec.shareProcessNamespace: Forbidden: " NOT_WINDOWS },
    { "'os':{'name':'windows'}," POD_CONTEXT ("'fsGroup':1"),
      AT "fsGroup: Forbidden: " NOT_WINDOWS },
    { "'os':{'name':'windows'},'initContainers':[{'name':'d','image':'i:1','securityContext':"
      "{'privileged':true}}]",
      "spec.initContainers[0].securityContext.privileged: Forbidden: " NOT_WINDOWS },
    { "'os':{'name':'linux'},'initContainers':[{'name':'d','image':'i:1','securityContext':"
      "{'windowsOptions':{'runAsUserName':'me'}}}]",
      "spec.initContainers[0].securityContext.windowsOptions: Forbidden: windows options cannot be "
      "set for a linux pod" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define SECCOMP_POD "seccomp.security.alpha.kubernetes.io/pod"
#define ARMOR_OF(name) "container.apparmor.security.beta.kubernetes.io/" name
#define SAME_SECCOMP "seccomp type in annotation and field must match"
#define SAME_ARMOR "apparmor type in annotation and field must match"
#define ARMOR_AT "spec.containers[0].securityContext.appArmorProfile."

/* The row is the end of the annotations, and what follows the metadata in the container. */
static void
check_annotated_refusals (const Refusal *rows, guint n)
{
  check_refusals (K8_INFO (pod),
                  "{'metadata':{'name':'web','namespace':'default','annotations':{%s]}}", rows, n);
}

#define NOTED(key, value, context)                                                                 \
  "'" key "':'" value "'}},'spec':{'securityContext':{" context                                    \
  "},'containers':[{'name':'c','image':'i:1'}"

void
test_validate_security__annotations_that_were_before_the_fields (void)
{
  static const Refusal rows[] = {
    { NOTED (SECCOMP_POD, "runtime/default", ""), "" },
    { NOTED (SECCOMP_POD, "localhost/a", ""), "" },
    { NOTED (SECCOMP_POD, "best", ""),
      "metadata.annotations." SECCOMP_POD ": Invalid value: \"best\": must be a valid seccomp "
      "profile" },
    { NOTED (SECCOMP_POD, "localhost//a", ""),
      "metadata.annotations." SECCOMP_POD ": Invalid value: \"/a\": must be a relative path" },
    { NOTED (SECCOMP_POD, "unconfined", "'seccompProfile':{'type':'Unconfined'}"), "" },
    { NOTED (SECCOMP_POD, "runtime/default", "'seccompProfile':{'type':'Unconfined'}"),
      AT "seccompProfile.type: Forbidden: " SAME_SECCOMP },
    { NOTED (SECCOMP_POD, "unconfined", "'seccompProfile':{'type':'RuntimeDefault'}"),
      AT "seccompProfile.type: Forbidden: " SAME_SECCOMP },
    { NOTED (SECCOMP_POD, "unconfined",
             "'seccompProfile':{'type':'Localhost','localhostProfile':'a'}"),
      AT "seccompProfile.type: Forbidden: " SAME_SECCOMP },
    { NOTED (SECCOMP_POD, "localhost/b",
             "'seccompProfile':{'type':'Localhost','localhostProfile':'a'}"),
      AT "seccompProfile.localhostProfile: Forbidden: seccomp profile in annotation and field must "
         "match" },
    { NOTED (ARMOR_OF ("c"), "runtime/default", ""), "" },
    { NOTED (ARMOR_OF ("d"), "runtime/default", ""),
      "metadata.annotations[" ARMOR_OF ("d") "]: Invalid value: \"d\": container not found" },
    { NOTED (ARMOR_OF ("c"), "best", ""),
      "metadata.annotations[" ARMOR_OF ("c") "]: Invalid value: \"best\": invalid AppArmor profile "
      "name: \"best\"" },
    { NOTED (ARMOR_OF ("c"), "unconfined", "'appArmorProfile':{'type':'RuntimeDefault'}"),
      ARMOR_AT "type: Forbidden: " SAME_ARMOR },
    { NOTED (ARMOR_OF ("c"), "localhost/a",
             "'appArmorProfile':{'type':'Localhost','localhostProfile':'a'}"),
      "" },
    { NOTED (ARMOR_OF ("c"), "localhost/b",
             "'appArmorProfile':{'type':'Localhost','localhostProfile':'a'}"),
      ARMOR_AT "localhostProfile: Forbidden: apparmor profile in annotation and field must match" },
  };

  check_annotated_refusals (rows, G_N_ELEMENTS (rows));
}
