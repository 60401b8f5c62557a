/* SPDX-License-Identifier: Apache-2.0
 *
 * Volumes that a pod may not have, in upstream's words.
 * Source: kubernetes v1.36, pkg/apis/core/validation: validateVolumes, validateVolumeSource and
 * the functions of each source.
 */
#include "refusals.h"
#include "tests/lib/test.h"

#define V(source) "'volumes':[{'name':'v'," source "}]"
#define AT "spec.volumes[0]."

void
test_validate_volume__names_and_number_of_sources (void)
{
  static const Refusal rows[] = {
    { V ("'emptyDir':{}"), "" },
    { "'volumes':[{'name':'v'}]", "" }, /* an emptyDir by default */
    { "'volumes':[{'emptyDir':{}}]", AT "name: Required value" },
    { "'volumes':[{'name':'A','emptyDir':{}}]",
      AT "name: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case "
         "alphanumeric characters or '-', and must start and end with an alphanumeric character "
         "(e.g. 'my-name',  or '123-abc', regex used for validation is "
         "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')" },
    { "'volumes':[{'name':'v','emptyDir':{}},{'name':'v','emptyDir':{}}]",
      "spec.volumes[1].name: Duplicate value: \"v\"" },
    { V ("'emptyDir':{},'hostPath':{'path':'/a'}"),
      AT "hostPath: Forbidden: may not specify more than 1 volume type" },
    { V ("'emptyDir':{},'cephfs':{'monitors':['m']}"),
      AT "cephFS: Forbidden: may not specify more than 1 volume type" },
    { V ("'emptyDir':{},'downwardAPI':{}"),
      AT "downwarAPI: Forbidden: may not specify more than 1 volume type" },
    { V ("'emptyDir':{},'image':{'reference':'i'}"),
      AT "image: Forbidden: may not specify more than 1 volume type" },
    { V ("'emptyDir':{'sizeLimit':'-1'}"),
      AT "emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity" },
    { V ("'emptyDir':{'sizeLimit':'1Gi'}"), "" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_validate_volume__host_path_and_git_repo (void)
{
  static const Refusal rows[] = {
    { V ("'hostPath':{'path':'/var/log','type':'Directory'}"), "" },
    { V ("'hostPath':{'path':'/a','type':''}"), "" },
    { V ("'hostPath':{}"), AT "hostPath.path: Required value" },
    { V ("'hostPath':{'path':'/a/../b'}"),
      AT "hostPath.path: Invalid value: \"/a/../b\": must not contain '..'" },
    { V ("'hostPath':{'path':'/a..b/..c'}"), "" },
    { V ("'hostPath':{'path':'/a','type':'Folder'}"),
      AT "hostPath.type: Unsupported value: \"Folder\": supported values: \"\", \"BlockDevice\", "
         "\"CharDevice\", \"Directory\", \"DirectoryOrCreate\", \"File\", \"FileOrCreate\", "
         "\"Socket\"" },
    { V ("'gitRepo':{'repository':'r','directory':'a/b'}"), "" },
    { V ("'gitRepo':{}"), AT "gitRepo.repository: Required value" },
    { V ("'gitRepo':{'repository':'r','directory':'/a'}"),
      AT "gitRepo.directory: Invalid value: \"/a\": must be a relative path" },
    { V ("'gitRepo':{'repository':'r','directory':'a/..'}"),
      AT "gitRepo.directory: Invalid value: \"a/..\": must not contain '..'" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_validate_volume__disks_of_clouds (void)
{
  static const Refusal rows[] = {
    { V ("'gcePersistentDisk':{'pdName':'d','partition':255}"), "" },
    { V ("'gcePersistentDisk':{}"), AT "persistentDisk.pdName: Required value" },
    { V ("'gcePersistentDisk':{'pdName':'d','partition':256}"),
      AT "persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive" },
    { V ("'gcePersistentDisk':{'pdName':'d','partition':-1}"),
      AT "persistentDisk.partition: Invalid value: -1: must be between 1 and 255, inclusive" },
    { V ("'awsElasticBlockStore':{'volumeID':'d'}"), "" },
    { V ("'awsElasticBlockStore':{}"), AT "awsElasticBlockStore.volumeID: Required value" },
    { V ("'azureFile':{'secretName':'s','shareName':'n'}"), "" },
    { V ("'azureFile':{}"), "[" AT "azureFile.secretName: Required value, " AT
                            "azureFile.shareName: Required value]" },
    { V ("'azureDisk':{'diskName':'d','diskURI':'https://a','kind':'Shared'}"), "" },
    { V ("'azureDisk':{'diskName':'d','diskURI':'/subscriptions/1','kind':'Managed'}"), "" },
    { V ("'azureDisk':{'diskName':'d','diskURI':'https://a','kind':'Managed'}"),
      AT "azureDisk.diskURI: Unsupported value: \"https://a\": supported values: "
         "\"/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/"
         "{disk-id}\"" },
    { V ("'azureDisk':{'diskName':'d','diskURI':'/subscriptions/1','kind':'Dedicated'}"),
      AT "azureDisk.diskURI: Unsupported value: \"/subscriptions/1\": supported values: "
         "\"https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd\"" },
    { V ("'azureDisk':{'diskName':'d','diskURI':'https://a','kind':'Shared','cachingMode':'All'}"),
      AT "azureDisk.cachingMode: Unsupported value: \"All\": supported values: \"None\", "
         "\"ReadOnly\", \"ReadWrite\"" },
    { V ("'vsphereVolume':{}"), AT "vsphereVolume.volumePath: Required value" },
    { V ("'vsphereVolume':{'volumePath':'p'}"), "" },
    { V ("'photonPersistentDisk':{}"), AT "photonPersistentDisk.pdID: Required value" },
    { V ("'portworxVolume':{}"), AT "portworxVolume.volumeID: Required value" },
    { V ("'cinder':{}"), AT "cinder.volumeID: Required value" },
    { V ("'cinder':{'volumeID':'c','secretRef':{}}"), AT "cinder.secretRef.name: Required value" },
    { V ("'cinder':{'volumeID':'c','secretRef':{'name':'s'}}"), "" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_validate_volume__network_file_systems (void)
{
  static const Refusal rows[] = {
    { V ("'nfs':{'server':'s','path':'/p'}"), "" },
    { V ("'nfs':{'path':'/p'}"), AT "nfs.server: Required value" },
    { V ("'nfs':{'server':'s','path':'p'}"),
      AT "nfs.path: Invalid value: \"p\": must be an absolute path" },
    { V ("'glusterfs':{}"), "[" AT "glusterfs.endpoints: Required value, " AT
                            "glusterfs.path: Required value]" },
    { V ("'cephfs':{}"), AT "cephfs.monitors: Required value" },
    { V ("'cephfs':{'monitors':['m']}"), "" },
    { V ("'rbd':{'image':'i'}"), AT "rbd.monitors: Required value" },
    { V ("'rbd':{'monitors':['m']}"), AT "rbd.image: Required value" },
    { V ("'rbd':{'monitors':['m'],'image':'i'}"), "" },
    { V ("'flocker':{}"),
      AT "flocker: Required value: one of datasetName and datasetUUID is required" },
    { V ("'flocker':{'datasetName':'a','datasetUUID':'u'}"),
      AT "flocker: Invalid value: \"resource\": datasetName and datasetUUID can not be specified "
         "simultaneously" },
    { V ("'flocker':{'datasetName':'a/b'}"),
      AT "flocker.datasetName: Invalid value: \"a/b\": must not contain '/'" },
    { V ("'flocker':{'datasetUUID':'u'}"), "" },
    { V ("'scaleIO':{'gateway':'g','system':'s','secretRef':{'name':'n'}}"),
      AT "scaleIO.volumeName: Required value" },
    { V ("'storageos':{'volumeName':'v','volumeNamespace':'n'}"), "" },
    { V ("'storageos':{}"), AT "storageos.volumeName: Required value" },
    { V ("'storageos':{'volumeName':'v','secretRef':{}}"),
      AT "storageos.secretRef.name: Required value" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define QUOBYTE_REGISTRY "must be a host:port pair or multiple pairs separated by commas"

void
test_validate_volume__quobyte (void)
{
  static const Refusal rows[] = {
    { V ("'quobyte':{'registry':'a:1,[::1]:2','volume':'v','tenant':'t'}"), "" },
    { V ("'quobyte':{'volume':'v'}"),
      AT "quobyte.registry: Required value: " QUOBYTE_REGISTRY },
    { V ("'quobyte':{'registry':'a:1'}"), AT "quobyte.volume: Required value" },
    { V ("'quobyte':{'registry':'a','volume':'v'}"),
      AT "quobyte.registry: Invalid value: \"a\": " QUOBYTE_REGISTRY },
    { V ("'quobyte':{'registry':'a:1,b','volume':'v'}"),
      AT "quobyte.registry: Invalid value: \"a:1,b\": " QUOBYTE_REGISTRY },
    { V ("'quobyte':{'registry':'a:1:2','volume':'v'}"),
      AT "quobyte.registry: Invalid value: \"a:1:2\": " QUOBYTE_REGISTRY },
    { V ("'quobyte':{'registry':'a:1','volume':'v','tenant':"
         "'1234567890123456789012345678901234567890123456789012345678901234'}"),
      "" },
    { V ("'quobyte':{'registry':'a:1','volume':'v','tenant':"
         "'12345678901234567890123456789012345678901234567890123456789012345'}"),
      AT "quobyte.tenant: Required value: must be a UUID and may not exceed a length of 64 "
         "characters" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define ISCSI(rest) V ("'iscsi':{'targetPortal':'p','lun':1" rest "}")
#define IQN(name) ISCSI (",'iqn':'" name "'")
#define BAD_IQN(name) AT "iscsi.iqn: Invalid value: \"" name "\": must be valid format"

void
test_validate_volume__iscsi (void)
{
  static const Refusal rows[] = {
    { IQN ("iqn.2001-04.com.example:storage.disk1"), "" },
    { IQN ("eui.0123456789abcdef"), "" },
    { IQN ("naa.0123456789abcdef0123456789abcdef"), "" },
    { ISCSI (""), AT "iscsi.iqn: Required value" },
    { V ("'iscsi':{'iqn':'eui.0123456789abcdef'}"), AT "iscsi.targetPortal: Required value" },
    { IQN ("abc"), AT "iscsi.iqn: Invalid value: \"abc\": must be valid format starting with iqn, "
                      "eui, or naa" },
    { IQN ("iqn.2001-04.com.example"), BAD_IQN ("iqn.2001-04.com.example") },
    { IQN ("iqn.2001-04.com.example:"), BAD_IQN ("iqn.2001-04.com.example:") },
    { IQN ("iqn.201-04.com.example:a"), BAD_IQN ("iqn.201-04.com.example:a") },
    { IQN ("iqn.2001.04.com.example:a"), BAD_IQN ("iqn.2001.04.com.example:a") },
    { IQN ("iqn.2001-04.com.example:a;b"), BAD_IQN ("iqn.2001-04.com.example:a;b") },
    { IQN ("iqn.2001-04.com.example:a b"), BAD_IQN ("iqn.2001-04.com.example:a b") },
    { IQN ("iqn.2001-04.com/example:a"), BAD_IQN ("iqn.2001-04.com/example:a") },
    { IQN ("eui.0123456789abcde"), BAD_IQN ("eui.0123456789abcde") },
    { IQN ("eui.0123456789abcde-"), BAD_IQN ("eui.0123456789abcde-") },
    { IQN ("naa.0123456789abcdef"), BAD_IQN ("naa.0123456789abcdef") },
    { V ("'iscsi':{'targetPortal':'p','iqn':'eui.0123456789abcdef','lun':256}"),
      AT "iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive" },
    { V ("'iscsi':{'targetPortal':'p','iqn':'eui.0123456789abcdef','lun':-1}"),
      AT "iscsi.lun: Invalid value: -1: must be between 0 and 255, inclusive" },
    { ISCSI (",'iqn':'eui.0123456789abcdef','chapAuthSession':true"),
      AT "iscsi.secretRef: Required value" },
    { ISCSI (",'iqn':'eui.0123456789abcdef','chapAuthDiscovery':true"),
      AT "iscsi.secretRef: Required value" },
    { ISCSI (",'iqn':'eui.0123456789abcdef','chapAuthSession':true,'secretRef':{'name':'s'}"),
      "" },
    { ISCSI (",'iqn':'eui.0123456789abcdef','initiatorName':'abc'"),
      AT "iscsi.initiatorname: Invalid value: \"abc\": must be valid format starting with iqn, "
         "eui, or naa" },
    { V ("'iscsi':{'targetPortal':"
         "'12345678901234567890123456789012345678901234567890123456789012','lun':1,"
         "'iqn':'eui.0123456789abcdef','initiatorName':'eui.0123456789abcdef'}"),
      "" },
    { V ("'iscsi':{'targetPortal':"
         "'123456789012345678901234567890123456789012345678901234567890123','lun':1,"
         "'iqn':'eui.0123456789abcdef','initiatorName':'eui.0123456789abcdef'}"),
      AT "name: Invalid value: \"v\": Total length of <volume name>:<iscsi.targetPortal> must be "
         "under 64 characters if iscsi.initiatorName is specified." },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_validate_volume__fibre_channel (void)
{
  static const Refusal rows[] = {
    { V ("'fc':{'targetWWNs':['a'],'lun':255}"), "" },
    { V ("'fc':{'wwids':['a']}"), "" },
    { V ("'fc':{}"), AT "fc.targetWWNs: Required value: must specify either targetWWNs or wwids, "
                        "but not both" },
    { V ("'fc':{'targetWWNs':['a'],'wwids':['b'],'lun':1}"),
      AT "fc.targetWWNs: Invalid value: [\"a\"]: targetWWNs and wwids can not be specified "
         "simultaneously" },
    { V ("'fc':{'targetWWNs':['a']}"),
      AT "fc.lun: Required value: lun is required if targetWWNs is specified" },
    { V ("'fc':{'targetWWNs':['a'],'lun':256}"),
      AT "fc.lun: Invalid value: 256: must be between 0 and 255, inclusive" },
    { V ("'fc':{'targetWWNs':['a'],'lun':-1}"),
      AT "fc.lun: Invalid value: -1: must be between 0 and 255, inclusive" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define RESERVED "kubernetes.io and k8s.io namespaces are reserved"

void
test_validate_volume__flex (void)
{
  static const Refusal rows[] = {
    { V ("'flexVolume':{'driver':'d','options':{'a':'1','example.com/b':'2'}}"), "" },
    { V ("'flexVolume':{}"), AT "flexVolume.driver: Required value" },
    { V ("'flexVolume':{'driver':'d','options':{'kubernetes.io/a':'1'}}"),
      AT "flexVolume.options[kubernetes.io/a]: Invalid value: \"kubernetes.io/a\": " RESERVED },
    { V ("'flexVolume':{'driver':'d','options':{'X.K8S.io/a':'1'}}"),
      AT "flexVolume.options[X.K8S.io/a]: Invalid value: \"X.K8S.io/a\": " RESERVED },
    { V ("'flexVolume':{'driver':'d','options':{'notkubernetes.io/a':'1'}}"), "" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define LONG_DRIVER "a23456789012345678901234567890123456789012345678901234567890123"

void
test_validate_volume__csi (void)
{
  static const Refusal rows[] = {
    { V ("'csi':{'driver':'" LONG_DRIVER "'}"), "" },
    { V ("'csi':{'driver':'Disk.Example.com'}"), "" },
    { V ("'csi':{}"), AT "csi.driver: Required value" },
    { V ("'csi':{'driver':'" LONG_DRIVER "4'}"),
      AT "csi.driver: Too long: may not be more than 63 bytes" },
    { V ("'csi':{'driver':'d','nodePublishSecretRef':{}}"),
      AT "csi.nodePublishSecretRef.name: Required value" },
    { V ("'csi':{'driver':'d','nodePublishSecretRef':{'name':'s'}}"), "" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define CLAIM                                                                                      \
  "'spec':{'accessModes':['ReadWriteOnce'],'resources':{'requests':{'storage':'1Gi'}}}"

void
test_validate_volume__claims (void)
{
  static const Refusal rows[] = {
    { V ("'persistentVolumeClaim':{'claimName':'c'}"), "" },
    { V ("'persistentVolumeClaim':{}"), AT "persistentVolumeClaim.claimName: Required value" },
    { V ("'ephemeral':{'volumeClaimTemplate':{" CLAIM "}}"), "" },
    { V ("'ephemeral':{}"), AT "ephemeral.volumeClaimTemplate: Required value" },
    { "'volumes':[{'name':'e','ephemeral':{'volumeClaimTemplate':{" CLAIM "}}},"
      "{'name':'v','persistentVolumeClaim':{'claimName':'web-e'}}]",
      "spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: \"web-e\": must not "
      "reference a PVC that gets created for an ephemeral volume" },
    { "'volumes':[{'name':'e','ephemeral':{'volumeClaimTemplate':{" CLAIM "}}},"
      "{'name':'v','persistentVolumeClaim':{'claimName':'web-f'}}]",
      "" },
    { V ("'ephemeral':{'volumeClaimTemplate':{'spec':{'resources':{'requests':"
         "{'storage':'1Gi'}}}}}"),
      AT "ephemeral.volumeClaimTemplate.spec.accessModes: Required value: at least 1 access mode "
         "is required" },
    { V ("'ephemeral':{'volumeClaimTemplate':{'spec':{'accessModes':['ReadWriteOnce']}}}"),
      AT "ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value" },
    { V ("'ephemeral':{'volumeClaimTemplate':{'spec':{'accessModes':['ReadWriteOnce'],"
         "'resources':{'requests':{'storage':'0'}}}}}"),
      AT "ephemeral.volumeClaimTemplate.spec.resources[storage]: Invalid value: \"0\": must be "
         "greater than zero" },
    { V ("'ephemeral':{'volumeClaimTemplate':{'spec':{'accessModes':['Never'],"
         "'resources':{'requests':{'storage':'1'}}}}}"),
      AT "ephemeral.volumeClaimTemplate.spec.accessModes: Unsupported value: \"Never\": supported "
         "values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define MODE "must be a number between 0 and 0777 (octal), both inclusive"

void
test_validate_volume__config_maps_and_secrets (void)
{
  static const Refusal rows[] = {
    { V ("'configMap':{'name':'m','defaultMode':511,'items':[{'key':'k','path':'a/b'}]}"), "" },
    { V ("'configMap':{}"), AT "configMap.name: Required value" },
    { V ("'configMap':{'name':'m','defaultMode':512}"),
      AT "configMap.defaultMode: Invalid value: 512: " MODE },
    { V ("'configMap':{'name':'m','items':[{'path':'p'}]}"),
      AT "configMap.items[0].key: Required value" },
    { V ("'configMap':{'name':'m','items':[{'key':'k'}]}"),
      AT "configMap.items[0].path: Required value" },
    { V ("'configMap':{'name':'m','items':[{'key':'k','path':'/a'}]}"),
      AT "configMap.items[0].path: Invalid value: \"/a\": must be a relative path" },
    { V ("'configMap':{'name':'m','items':[{'key':'k','path':'..a'}]}"),
      AT "configMap.items[0].path: Invalid value: \"..a\": must not start with '..'" },
    { V ("'configMap':{'name':'m','items':[{'key':'k','path':'../a'}]}"),
      AT "configMap.items[0].path: Invalid value: \"../a\": must not contain '..'" },
    { V ("'secret':{'secretName':'s','defaultMode':0}"), "" },
    { V ("'secret':{}"), AT "secret.secretName: Required value" },
    { V ("'secret':{'secretName':'s','defaultMode':-1}"),
      AT "secret.defaultMode: Invalid value: -1: " MODE },
    { V ("'secret':{'secretName':'s','items':[{'key':'k','path':'p','mode':999}]}"),
      AT "secret.items[0].mode: Invalid value: 999: " MODE },
    { V ("'image':{}"), AT "image.reference: Required value" },
    { V ("'image':{'reference':'i','pullPolicy':'Sometimes'}"),
      AT "image.pullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", "
         "\"IfNotPresent\", \"Never\"" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define P(sources) V ("'projected':{'sources':[" sources "]}")
#define SOURCE AT "projected.sources[0]."
#define TOKEN(rest) P ("{'serviceAccountToken':{" rest "}}") ",'serviceAccountName':'default'"

void
test_validate_volume__projections (void)
{
  static const Refusal rows[] = {
    { P ("{'configMap':{'name':'m','items':[{'key':'k','path':'p'}]}},{'secret':{'name':'s'}}"),
      "" },
    { P ("{'secret':{}}"), SOURCE "secret.name: Required value" },
    { P ("{'configMap':{}}"), SOURCE "configMap.name: Required value" },
    { P ("{'configMap':{'name':'m'},'secret':{'name':'s'}}"),
      AT "projected.sources[0]: Forbidden: may not specify more than 1 volume type per source" },
    { P ("{'configMap':{'name':'m','items':[{'key':'k','path':'p'}]}},"
         "{'secret':{'name':'s','items':[{'key':'k','path':'p'}]}}"),
      AT "projected: Invalid value: \"s\": conflicting duplicate paths" },
    { V ("'projected':{'defaultMode':512}"),
      AT "projected.defaultMode: Invalid value: 512: " MODE },
    { TOKEN ("'path':'t','expirationSeconds':600"), "" },
    { TOKEN ("'path':'t','expirationSeconds':599"),
      SOURCE "serviceAccountToken.expirationSeconds: Invalid value: 599: may not specify a "
             "duration less than 10 minutes" },
    { TOKEN ("'path':'t','expirationSeconds':4294967296"), "" },
    { TOKEN ("'path':'t','expirationSeconds':4294967297"),
      SOURCE "serviceAccountToken.expirationSeconds: Invalid value: 4294967297: may not specify a "
             "duration larger than 2^32 seconds" },
    { TOKEN ("'expirationSeconds':600"), AT "projected.path: Required value" },
    { P ("{'downwardAPI':{'items':[{'path':'p','fieldRef':{'fieldPath':'metadata.name'}}]}},"
         "{'downwardAPI':{'items':[{'path':'p','fieldRef':{'fieldPath':'metadata.uid'}}]}}"),
      AT "projected: Invalid value: \"p\": conflicting duplicate paths" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define BUNDLE(rest) P ("{'clusterTrustBundle':{" rest "}}")

void
test_validate_volume__trust_bundles (void)
{
  static const Refusal rows[] = {
    { BUNDLE ("'name':'example.com:foo','path':'p'"), "" },
    { BUNDLE ("'signerName':'example.com/foo','path':'p'"), "" },
    { BUNDLE ("'path':'p'"), SOURCE "clusterTrustBundle: Required value: either name or signerName "
                                    "must be specified" },
    { BUNDLE ("'name':'a','path':'p','labelSelector':{}"),
      SOURCE "clusterTrustBundle.labelSelector: Invalid value: {}: labelSelector must be unset if "
             "name is specified" },
    { BUNDLE ("'name':'a'"), SOURCE "clusterTrustBundle.path: Required value" },
    { BUNDLE ("'signerName':'foo','path':'p'"),
      SOURCE "clusterTrustBundle.signerName: Invalid value: \"foo\": must be a fully qualified "
             "domain and path of the form 'example.com/signer-name'" },
    { BUNDLE ("'signerName':'com/foo','path':'p'"),
      SOURCE "clusterTrustBundle.signerName: Invalid value: \"com\": should be a domain with at "
             "least two segments separated by dots" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define CERTIFICATE(rest)                                                                          \
  P ("{'podCertificate':{'signerName':'example.com/foo','keyType':'ED25519'" rest "}}")

void
test_validate_volume__pod_certificates (void)
{
  static const Refusal rows[] = {
    { CERTIFICATE (",'credentialBundlePath':'b','maxExpirationSeconds':3600"), "" },
    { CERTIFICATE (",'keyPath':'k','certificateChainPath':'c','maxExpirationSeconds':7862400"),
      "" },
    { CERTIFICATE (""), SOURCE "podCertificate: Required value: specify at least one of "
                               "credentialBundlePath, keyPath, and certificateChainPath" },
    { CERTIFICATE (",'keyPath':'k','maxExpirationSeconds':3599"),
      SOURCE "podCertificate.maxExpirationSeconds: Invalid value: 3599: if provided, "
             "maxExpirationSeconds must be >= 3600" },
    { CERTIFICATE (",'keyPath':'k','maxExpirationSeconds':7862401"),
      SOURCE "podCertificate.maxExpirationSeconds: Invalid value: 7862401: if provided, "
             "maxExpirationSeconds must be <= 7862400" },
    { P ("{'podCertificate':{'signerName':'kubernetes.io/foo','keyType':'ED25519','keyPath':'k',"
         "'maxExpirationSeconds':86401}}"),
      SOURCE "podCertificate.maxExpirationSeconds: Invalid value: 86401: if provided, "
             "maxExpirationSeconds must be <= 86400" },
    { P ("{'podCertificate':{'signerName':'example.com/foo','keyType':'DSA','keyPath':'k'}}"),
      SOURCE "podCertificate.keyType: Unsupported value: \"DSA\": supported values: \"RSA3072\", "
             "\"RSA4096\", \"ECDSAP256\", \"ECDSAP384\", \"ECDSAP521\", \"ED25519\"" },
    { CERTIFICATE (",'keyPath':'k','certificateChainPath':'k'"),
      AT "projected: Invalid value: \"k\": conflicting duplicate paths" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}

#define FILE_OF(rest) V ("'downwardAPI':{'items':[{" rest "}]}")
#define DOWNWARD AT "downwardAPI."

void
test_validate_volume__downward_api (void)
{
  static const Refusal rows[] = {
    { FILE_OF ("'path':'p','fieldRef':{'fieldPath':'metadata.labels'}"), "" },
    { FILE_OF ("'path':'p','resourceFieldRef':{'containerName':'c','resource':'limits.cpu',"
               "'divisor':'1m'}"),
      "" },
    { FILE_OF ("'fieldRef':{'fieldPath':'metadata.name'}"), DOWNWARD "path: Required value" },
    { FILE_OF ("'path':'p'"),
      AT "downwardAPI: Required value: one of fieldRef and resourceFieldRef is required" },
    { FILE_OF ("'path':'p','fieldRef':{'fieldPath':'metadata.name'},'resourceFieldRef':"
               "{'containerName':'c','resource':'limits.cpu'}"),
      AT "downwardAPI: Invalid value: \"resource\": fieldRef and resourceFieldRef can not be "
         "specified simultaneously" },
    { FILE_OF ("'path':'p','mode':512,'fieldRef':{'fieldPath':'metadata.name'}"),
      DOWNWARD "mode: Invalid value: 512: " MODE },
    { FILE_OF ("'path':'p','fieldRef':{'fieldPath':'status.podIP'}"),
      DOWNWARD "fieldRef.fieldPath: Unsupported value: \"status.podIP\": supported values: "
               "\"metadata.annotations\", \"metadata.labels\", \"metadata.name\", "
               "\"metadata.namespace\", \"metadata.uid\"" },
    { FILE_OF ("'path':'p','fieldRef':{'fieldPath':'spec.nothing'}"),
      DOWNWARD "fieldRef.fieldPath: Invalid value: \"spec.nothing\": error converting fieldPath: "
               "field label not supported: spec.nothing" },
    { FILE_OF ("'path':'p','fieldRef':{'apiVersion':'v2','fieldPath':'metadata.name'}"),
      DOWNWARD "fieldRef.fieldPath: Invalid value: \"metadata.name\": error converting fieldPath: "
               "unsupported pod version: v2" },
    { FILE_OF ("'path':'p','resourceFieldRef':{'resource':'limits.cpu'}"),
      DOWNWARD "resourceFieldRef.containerName: Required value" },
    { FILE_OF ("'path':'p','resourceFieldRef':{'containerName':'c'}"),
      DOWNWARD "resourceFieldRef.resource: Required value" },
    { FILE_OF ("'path':'p','resourceFieldRef':{'containerName':'c','resource':'limits.disk'}"),
      DOWNWARD "resourceFieldRef.resource: Unsupported value: \"limits.disk\": supported values: "
               "\"limits.cpu\", \"limits.ephemeral-storage\", \"limits.memory\", "
               "\"requests.cpu\", \"requests.ephemeral-storage\", \"requests.memory\"" },
    { FILE_OF ("'path':'p','resourceFieldRef':{'containerName':'c','resource':'limits.cpu',"
               "'divisor':'2'}"),
      DOWNWARD "resourceFieldRef.divisor: Invalid value: \"limits.cpu\": only divisor's values 1m "
               "and 1 are supported with the cpu resource" },
    { FILE_OF ("'path':'p','resourceFieldRef':{'containerName':'c','resource':'limits.memory',"
               "'divisor':'2'}"),
      DOWNWARD "resourceFieldRef.divisor: Invalid value: \"limits.memory\": only divisor's values "
               "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the "
               "memory resource" },
    { FILE_OF ("'path':'p','resourceFieldRef':{'containerName':'c',"
               "'resource':'requests.ephemeral-storage','divisor':'2'}"),
      DOWNWARD "resourceFieldRef.divisor: Invalid value: \"requests.ephemeral-storage\": only "
               "divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are "
               "supported with the local ephemeral storage resource" },
    { FILE_OF ("'path':'p','resourceFieldRef':{'containerName':'c',"
               "'resource':'limits.hugepages-2Mi','divisor':'1Ki'}"),
      "" },
    { FILE_OF ("'path':'p','resourceFieldRef':{'containerName':'c',"
               "'resource':'limits.hugepages-2Mi','divisor':'3'}"),
      DOWNWARD "resourceFieldRef.divisor: Invalid value: \"limits.hugepages-2Mi\": only divisor's "
               "values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with "
               "the hugepages resource" },
  };

  check_pod_refusals (rows, G_N_ELEMENTS (rows));
}
