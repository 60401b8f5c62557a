/* SPDX-License-Identifier: Apache-2.0
 *
 * Metadata that is refused, in upstream's words.
 * Source: kubernetes v1.36, apimachinery pkg/api/validation ValidateObjectMetaAccessor,
 * pkg/apis/meta/v1/validation ValidateManagedFields; pkg/apis/core/validation.
 */
#include <string.h>

#include "refusals.h"
#include "tests/lib/test.h"

/* A ConfigMap; the row goes on in its metadata. */
static void
check_meta_refusals (const Refusal *rows, guint n)
{
  check_refusals (K8_INFO (config_map), "{'metadata':{'name':'a','namespace':'default'%s}}", rows,
                  n);
}

#define OWNER(rest) ",'ownerReferences':[{" rest "}]"
#define GOOD "'apiVersion':'apps/v1','kind':'ReplicaSet','name':'r','uid':'u'"

void
test_validate_meta__owners (void)
{
  static const Refusal rows[] = {
    { OWNER (GOOD), "" },
    { OWNER (GOOD ",'controller':true},{'apiVersion':'v1','kind':'Node','name':'n','uid':'v'"),
      "" },
    { OWNER ("'kind':'ReplicaSet','name':'r','uid':'u'"),
      "metadata.ownerReferences.apiVersion: Invalid value: \"\": version must not be empty" },
    { OWNER ("'apiVersion':'apps/','kind':'ReplicaSet','name':'r','uid':'u'"),
      "metadata.ownerReferences.apiVersion: Invalid value: \"apps/\": version must not be empty" },
    { OWNER ("'apiVersion':'v1','name':'r','uid':'u'"),
      "metadata.ownerReferences.kind: Invalid value: \"\": must not be empty" },
    { OWNER ("'apiVersion':'v1','kind':'Pod','uid':'u'"),
      "metadata.ownerReferences.name: Invalid value: \"\": must not be empty" },
    { OWNER ("'apiVersion':'v1','kind':'Pod','name':'p'"),
      "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty" },
    { OWNER ("'apiVersion':'v1','kind':'Event','name':'e','uid':'u'"),
      "metadata.ownerReferences: Invalid value: {\"apiVersion\":\"v1\",\"kind\":\"Event\","
      "\"name\":\"e\",\"uid\":\"u\"}: /v1, Kind=Event is disallowed from being an owner" },
    { OWNER (GOOD ",'controller':true},{'apiVersion':'v1','kind':'Node','name':'n','uid':'v',"
                  "'controller':true"),
      "metadata.ownerReferences: Invalid value: [{\"apiVersion\":\"apps/v1\",\"kind\":"
      "\"ReplicaSet\",\"name\":\"r\",\"uid\":\"u\",\"controller\":true},{\"apiVersion\":\"v1\","
      "\"kind\":\"Node\",\"name\":\"n\",\"uid\":\"v\",\"controller\":true}]: Only one reference "
      "can have Controller set to true. Found \"true\" in references for ReplicaSet/r and "
      "Node/n" },
  };

  check_meta_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_validate_meta__finalizers (void)
{
  static const Refusal rows[] = {
    { ",'finalizers':['kubernetes','orphan','example.com/a']", "" },
    { ",'finalizers':['a']", "metadata.finalizers[0]: Invalid value: \"a\": name is neither a "
                             "standard finalizer name nor is it fully qualified" },
    { ",'finalizers':['orphan','foregroundDeletion']",
      "metadata.finalizers: Invalid value: [\"orphan\",\"foregroundDeletion\"]: finalizer orphan "
      "and foregroundDeletion cannot be both set" },
  };

  check_meta_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_validate_meta__names_generations_and_managers (void)
{
  static const Refusal rows[] = {
    { ",'generateName':'a-','generation':0", "" },
    { ",'generation':-1",
      "metadata.generation: Invalid value: -1: must be greater than or equal to 0" },
    { ",'managedFields':[{'operation':'Apply','fieldsType':'FieldsV1','manager':'me'}]", "" },
    { ",'managedFields':[{'operation':'Steal'}]",
      "metadata.managedFields[0].operation: Invalid value: \"Steal\": must be `Apply` or "
      "`Update`" },
    { ",'managedFields':[{'operation':'Update','fieldsType':'FieldsV2'}]",
      "metadata.managedFields[0].fieldsType: Invalid value: \"FieldsV2\": must be `FieldsV1`" },
    { ",'managedFields':[{'operation':'Update','manager':'a\\u0007b'}]",
      "metadata.managedFields[0].manager: Invalid value: \"a\\ab\": invalid character U+0007 (at "
      "position 1)" },
  };

  check_meta_refusals (rows, G_N_ELEMENTS (rows));
}

/* All keys and values of annotations: 256 KiB. */
void
test_validate_meta__annotations_have_a_size (void)
{
  g_autofree char *most = g_strnfill (256 * 1024 - 3, 'x');
  g_autofree char *good = g_strdup_printf (",'annotations':{'A/b':'%s'}", most);
  g_autofree char *bad = g_strdup_printf (",'annotations':{'A/b':'%sx'}", most);
  const Refusal rows[] = {
    { good, "" },
    { bad, "metadata.annotations: Too long: may not be more than 262144 bytes" },
  };

  check_meta_refusals (rows, G_N_ELEMENTS (rows));
}

void
test_validate_meta__cluster_wide_objects_have_no_namespace (void)
{
  static const Refusal rows[] = {
    { "", "" },
    { ",'namespace':'default'",
      "metadata.namespace: Forbidden: not allowed on this type" },
  };

  check_refusals (K8_INFO (namespace), "{'metadata':{'name':'a'%s}}", rows, G_N_ELEMENTS (rows));
}

#define SELECTOR(rest) "'matchLabels':{'a':'b'},'matchExpressions':[{" rest "}]"
#define AT "spec.selector.matchExpressions[0]."

/* What no selector can be made of is told twice. */
#define NO_SELECTOR(requirement)                                                                   \
  ", spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\"},\"matchExpressions\":[{"         \
  requirement "}]}: invalid label selector]"

void
test_validate_meta__label_selectors (void)
{
  static const Refusal rows[] = {
    { SELECTOR ("'key':'a','operator':'In','values':['b']"), "" },
    { SELECTOR ("'key':'a','operator':'Exists'"), "" },
    { SELECTOR ("'key':'a','operator':'In'"),
      "[" AT "values: Required value: must be specified when `operator` is 'In' or 'NotIn'"
      NO_SELECTOR ("\"key\":\"a\",\"operator\":\"In\"") },
    { SELECTOR ("'key':'c','operator':'DoesNotExist','values':['x']"),
      "[" AT "values: Forbidden: may not be specified when `operator` is 'Exists' or "
      "'DoesNotExist'" NO_SELECTOR ("\"key\":\"c\",\"operator\":\"DoesNotExist\","
                                    "\"values\":[\"x\"]") },
    { SELECTOR ("'key':'a','operator':'Like'"),
      "[" AT "operator: Invalid value: \"Like\": not a valid selector operator"
      NO_SELECTOR ("\"key\":\"a\",\"operator\":\"Like\"") },
  };

  check_refusals (K8_INFO (replica_set),
                  "{'metadata':{'name':'a','namespace':'default'},'spec':{'selector':{%s},"
                  "'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':"
                  "[{'name':'c','image':'i:1'}]}}}}",
                  rows, G_N_ELEMENTS (rows));
}
