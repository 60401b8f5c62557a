/* SPDX-License-Identifier: Apache-2.0
 *
 * Schemas of an OpenAPI document: one for each message that the kinds of the group reach, made
 * of its rows; lists of the kinds; and the few types that are no messages.
 * Which properties upstream calls required and which maps it calls atomic is not in the rows,
 * since nothing but these documents asks for it: exceptions to the rule stand here.
 * Source: kubernetes api/openapi-spec/v3 (v1.36), structure only.
 */
#include "machinery/openapi_parts.h"

#include <string.h>

#include "base/assert.h"
#include "base/sort.h"
#include "base/text.h"
#include "codec/json_scan.h"
#include "machinery/discovery.h"
#include "machinery/gvk.h"
#include "machinery/openapi.h"

/* Rule: what JSON always shows is required, records and lists excepted. */
static const char *const required_more[] = {
  "DeploymentSpec.selector", "DeploymentSpec.template", "Event.involvedObject", "Event.metadata",
  "HTTPGetAction.port", "NodeSelector.nodeSelectorTerms", "PodSpec.containers",
  "PreferredSchedulingTerm.preference", "ReplicaSetSpec.selector", "TCPSocketAction.port",
  "WeightedPodAffinityTerm.podAffinityTerm", "ScaleIOVolumeSource.secretRef",
  "RBDVolumeSource.monitors", "CephFSVolumeSource.monitors", "Binding.target",
  "EndpointSlice.endpoints", "Endpoint.addresses", "Condition.lastTransitionTime",
  "PersistentVolumeClaimTemplate.spec", "PodExtendedResourceClaimStatus.requestMappings",
};
static const char *const required_less[] = {
  "EventSeries.count", "Event.reportingComponent", "Event.reportingInstance",
  "NodeRuntimeHandler.name", "TokenRequestStatus.token",
};

/* Defaults that the server sets without telling them here, and empty texts that it tells. */
static const char *const default_untold[] = {
  "NamespaceStatus.phase", "Secret.type", "HostPathVolumeSource.type",
  "ObjectFieldSelector.apiVersion", "PersistentVolumeClaimSpec.volumeMode", "HTTPGetAction.path",
  "HTTPGetAction.scheme", "Container.terminationMessagePath",
  "Container.terminationMessagePolicy", "EphemeralContainer.terminationMessagePath",
  "EphemeralContainer.terminationMessagePolicy", "PodSpec.dnsPolicy", "PodSpec.restartPolicy",
  "PodSpec.schedulerName", "ServiceSpec.sessionAffinity", "ServiceSpec.type",
  "DeploymentStrategy.type",
};
static const char *const default_empty[] = {
  "LocalObjectReference.name", "ConfigMapVolumeSource.name", "SecretProjection.name",
  "ConfigMapProjection.name", "ConfigMapEnvSource.name", "SecretEnvSource.name",
  "ConfigMapKeySelector.name", "SecretKeySelector.name",
};

static const char *const default_zero[] = { "ScaleSpec.replicas" };

/* Texts with a fixed set of values that upstream does not mark as an enum; and enums that have
 * the empty text among them. */
static const char *const enum_untold[] = {
  "LabelSelectorRequirement.operator", "Condition.status", "DeleteOptions.propagationPolicy",
  "NamespaceCondition.status", "ContainerResizePolicy.restartPolicy",
  "ContainerRestartRuleOnExitCodes.operator", "ContainerRestartRule.action",
  "VolumeMount.recursiveReadOnly", "Container.restartPolicy", "EphemeralContainer.restartPolicy",
  "PodSecurityContext.seLinuxChangePolicy", "PodOS.name", "PodCondition.status",
  "VolumeMountStatus.recursiveReadOnly", "ResourceHealth.health", "PodStatus.resize",
  "NodeCondition.status", "NodeAddress.type", "LoadBalancerIngress.ipMode",
  "ReplicaSetCondition.status", "DeploymentCondition.status",
};
static const char *const enum_with_empty[] = { "HostPathVolumeSource.type",
                                               "ServiceSpec.ipFamilies" };

/* Maps that are one value for server-side apply. */
static const char *const atomic_maps[] = {
  "ConfigMapKeySelector", "FileKeySelector", "LabelSelector", "LocalObjectReference",
  "NodeSelector", "NodeSelectorTerm", "ObjectFieldSelector", "ObjectReference",
  "ResourceFieldSelector", "SecretKeySelector", "TypedLocalObjectReference", "OwnerReference",
  "PodSpec.nodeSelector", "ServiceSpec.selector", "EndpointPort",
};

static gboolean
is_listed (const char *const *list, gsize n, const char *message, const char *field)
{
  gsize length = strlen (message);

  for (gsize i = 0; i < n; i++)
    if (strncmp (list[i], message, length) == 0
        && (field == NULL ? list[i][length] == '\0'
                          : list[i][length] == '.' && strcmp (list[i] + length + 1, field) == 0))
      return TRUE;
  return FALSE;
}

static gboolean
is_scalar (const K8Field *field)
{
  return field->type == K8_FIELD_STRING || field->type == K8_FIELD_INT
         || field->type == K8_FIELD_INT64 || field->type == K8_FIELD_BOOL;
}

#define IS_LISTED(list, info, field) is_listed (list, G_N_ELEMENTS (list), (info)->name, (field))

static gboolean
is_required (const K8MessageInfo *info, const K8Field *field)
{
  if (IS_LISTED (required_less, info, field->name))
    return FALSE;
  if (IS_LISTED (required_more, info, field->name))
    return TRUE;
  return field->is_required || (field->is_always && !field->is_pointer && is_scalar (field));
}

/* Fields in the order of their names. */
static int
compare_fields (const void *a, const void *b, const void *user)
{
  (void) user;
  return strcmp ((*(const K8Field *const *) a)->name, (*(const K8Field *const *) b)->name);
}

static GPtrArray *
sort_fields (const K8MessageInfo *info)
{
  GPtrArray *fields = g_ptr_array_new ();

  for (guint i = 0; i < info->n_fields; i++)
    g_ptr_array_add (fields, (gpointer) &info->fields[i]);
  if (fields->len > 1)
    k8_sort (fields->pdata, fields->len, sizeof (gpointer), compare_fields, NULL);
  return fields;
}

/* `"a"`, behind a comma if it is not the first. */
static void
append_text (GString *out, const char *text, gsize length, gboolean is_first)
{
  g_string_append (out, is_first ? "" : ",");
  k8_json_append_string (out, text, length);
}

/* A list of texts out of words parted by @separator. */
static void
append_words (GString *out, const char *words, char separator)
{
  gboolean is_first = TRUE;

  g_string_append_c (out, '[');
  for (const char *next = words; next != NULL;)
    {
      const char *end = strchr (next, separator);
      gsize length = end == NULL ? strlen (next) : (gsize) (end - next);
      append_text (out, next, length, is_first);
      is_first = FALSE;
      next = end == NULL ? NULL : end + 1;
    }
  g_string_append_c (out, ']');
}

static int
compare_texts (const void *a, const void *b, const void *user)
{
  (void) user;
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The values of an enum, sorted; nothing for a field that is none. */
static void
append_enum (GString *out, const K8MessageInfo *info, const K8Field *field)
{
  gboolean has_empty = IS_LISTED (enum_with_empty, info, field->name);
  gsize n = 0;

  if (field->values == NULL || IS_LISTED (enum_untold, info, field->name))
    return;
  g_auto (GStrv) words = g_strsplit (field->values, "|", -1);
  while (words[n] != NULL)
    n++;
  k8_sort (words, n, sizeof (char *), compare_texts, NULL);
  g_string_append (out, has_empty ? ",\"enum\":[\"\"" : ",\"enum\":[");
  for (gsize i = 0; i < n; i++)
    append_text (out, words[i], strlen (words[i]), i == 0 && !has_empty);
  g_string_append_c (out, ']');
}

static void
append_all_of (GString *out, const char *name)
{
  g_string_append (out, "\"allOf\":[");
  k8_openapi_append_ref_name (out, name);
  g_string_append_c (out, ']');
}

static void
append_default (GString *out, const K8MessageInfo *info, const K8Field *field)
{
  gboolean is_always = field->is_always && !field->is_pointer;

  if (IS_LISTED (default_untold, info, field->name))
    return;
  if (IS_LISTED (default_empty, info, field->name))
    g_string_append (out, ",\"default\":\"\"");
  else if (field->default_text != NULL)
    {
      g_string_append_c (out, ',');
      k8_openapi_append_member (out, "default", field->default_text);
    }
  else if (field->type == K8_FIELD_BOOL && (field->has_default || is_always))
    g_string_append (out, field->default_int != 0 ? ",\"default\":true" : ",\"default\":false");
  else if (field->type == K8_FIELD_STRING && is_always)
    g_string_append (out, ",\"default\":\"\"");
  else if ((is_always && is_scalar (field)) || IS_LISTED (default_zero, info, field->name))
    g_string_append (out, ",\"default\":0");
}

static const char *
get_scalar (K8FieldType type)
{
  switch (type)
    {
    case K8_FIELD_STRING:
    case K8_FIELD_STRING_LIST:
    case K8_FIELD_STRING_MAP:
      return "\"type\":\"string\"";
    case K8_FIELD_INT:
    case K8_FIELD_INT_LIST:
      return "\"type\":\"integer\",\"format\":\"int32\"";
    case K8_FIELD_INT64:
    case K8_FIELD_INT64_LIST:
      return "\"type\":\"integer\",\"format\":\"int64\"";
    case K8_FIELD_BOOL:
      return "\"type\":\"boolean\"";
    case K8_FIELD_DOUBLE:
      return "\"type\":\"number\",\"format\":\"double\"";
    case K8_FIELD_BYTES:
    case K8_FIELD_BYTES_MAP:
      return "\"type\":\"string\",\"format\":\"byte\"";
    case K8_FIELD_STRING_LIST_MAP:
      return "\"type\":\"array\",\"items\":{\"type\":\"string\"}";
    case K8_FIELD_NONE:
    case K8_FIELD_TIME:
    case K8_FIELD_MICRO_TIME:
    case K8_FIELD_QUANTITY:
    case K8_FIELD_INT_OR_STRING:
    case K8_FIELD_RAW:
    case K8_FIELD_OBJECT:
    case K8_FIELD_LIST:
    case K8_FIELD_QUANTITY_MAP:
      break;
    }
  k8_assert_not_reached ();
  return NULL;
}

/* The schema of a type that is no message. */
static const char *
get_special (const K8Field *field)
{
  if (field->type == K8_FIELD_TIME)
    return K8_SCHEMA_META "Time";
  if (field->type == K8_FIELD_MICRO_TIME)
    return K8_SCHEMA_META "MicroTime";
  if (field->type == K8_FIELD_QUANTITY || field->type == K8_FIELD_QUANTITY_MAP)
    return K8_SCHEMA_QUANTITY;
  if (field->type == K8_FIELD_INT_OR_STRING)
    return K8_SCHEMA_INT_OR_STRING;
  return strcmp (field->name, "fieldsV1") == 0 ? K8_SCHEMA_META "FieldsV1" : K8_SCHEMA_RAW;
}

/* The members of a property that say its type. */
static void
append_type (GString *out, const K8MessageInfo *info, const K8Field *field)
{
  switch ((K8FieldType) field->type)
    {
    case K8_FIELD_NONE:
      break;
    case K8_FIELD_STRING:
    case K8_FIELD_INT:
    case K8_FIELD_INT64:
    case K8_FIELD_BOOL:
    case K8_FIELD_DOUBLE:
    case K8_FIELD_BYTES:
      g_string_append (out, get_scalar (field->type));
      append_default (out, info, field);
      append_enum (out, info, field);
      return;
    case K8_FIELD_TIME:
    case K8_FIELD_MICRO_TIME:
    case K8_FIELD_QUANTITY:
    case K8_FIELD_INT_OR_STRING:
    case K8_FIELD_RAW:
      append_all_of (out, get_special (field));
      return;
    case K8_FIELD_OBJECT:
      g_string_append (out, field->is_pointer ? "" : "\"default\":{},");
      g_string_append (out, "\"allOf\":[");
      k8_openapi_append_ref (out, field->message);
      g_string_append_c (out, ']');
      return;
    case K8_FIELD_LIST:
      g_string_append (out, "\"type\":\"array\",\"items\":");
      k8_openapi_append_ref (out, field->message);
      return;
    case K8_FIELD_STRING_LIST:
    case K8_FIELD_INT_LIST:
    case K8_FIELD_INT64_LIST:
      g_string_append (out, "\"type\":\"array\",\"items\":{");
      g_string_append (out, get_scalar (field->type));
      append_enum (out, info, field);
      g_string_append_c (out, '}');
      return;
    case K8_FIELD_QUANTITY_MAP:
      g_string_append (out, "\"type\":\"object\",\"additionalProperties\":");
      k8_openapi_append_ref_name (out, get_special (field));
      return;
    case K8_FIELD_STRING_MAP:
    case K8_FIELD_BYTES_MAP:
    case K8_FIELD_STRING_LIST_MAP:
      g_string_append (out, "\"type\":\"object\",\"additionalProperties\":{");
      g_string_append (out, get_scalar (field->type));
      g_string_append_c (out, '}');
      return;
    }
  k8_assert_not_reached ();
}

/* How a list is merged: x-kubernetes-list-type and its like. */
static void
append_extensions (GString *out, const K8Field *field)
{
  static const char *const list_types[] = { NULL, "atomic", "set", "map" };
  static const char *const strategies[] = { NULL, "merge", "retainKeys", "merge,retainKeys" };

  if (field->list_keys != NULL)
    {
      g_string_append (out, ",\"x-kubernetes-list-map-keys\":");
      append_words (out, field->list_keys, ',');
    }
  if (list_types[field->list_type] != NULL)
    {
      g_string_append_c (out, ',');
      k8_openapi_append_member (out, "x-kubernetes-list-type", list_types[field->list_type]);
    }
  if (field->merge_key != NULL)
    {
      g_string_append_c (out, ',');
      k8_openapi_append_member (out, "x-kubernetes-patch-merge-key", field->merge_key);
    }
  if (strategies[field->patch] != NULL)
    {
      g_string_append_c (out, ',');
      k8_openapi_append_member (out, "x-kubernetes-patch-strategy", strategies[field->patch]);
    }
}

static void
append_property (GString *out, const K8MessageInfo *info, const K8Field *field)
{
  append_text (out, field->name, strlen (field->name), TRUE);
  g_string_append (out, ":{");
  if (field->doc[0] != '\0')
    {
      k8_openapi_append_member (out, "description", field->doc);
      g_string_append_c (out, ',');
    }
  append_type (out, info, field);
  append_extensions (out, field);
  if (IS_LISTED (atomic_maps, info, field->name))
    g_string_append (out, ",\"x-kubernetes-map-type\":\"atomic\"");
  g_string_append_c (out, '}');
}

static void
append_type_property (GString *out, const char *name)
{
  gboolean is_kind = strcmp (name, "kind") == 0;

  append_text (out, name, strlen (name), TRUE);
  g_string_append (out, ":{");
  k8_openapi_append_member (out, "description",
                            is_kind ? "Name of the kind." : "Group and version of the kind.");
  g_string_append (out, ",\"type\":\"string\"}");
}

/* The properties; objects that stand alone have apiVersion and kind among them. */
static void
append_properties (GString *out, const K8MessageInfo *info, const GPtrArray *fields,
                   gboolean is_kind)
{
  static const char *const own[] = { "apiVersion", "kind" };
  guint next = is_kind ? 0 : 2;
  gboolean is_first = TRUE;

  g_string_append (out, ",\"properties\":{");
  for (guint i = 0; i < fields->len || next < 2;)
    {
      const K8Field *field = i < fields->len ? fields->pdata[i] : NULL;
      g_string_append (out, is_first ? "" : ",");
      is_first = FALSE;
      if (next < 2 && (field == NULL || strcmp (own[next], field->name) < 0))
        {
          append_type_property (out, own[next++]);
          continue;
        }
      append_property (out, info, field);
      i++;
    }
  g_string_append_c (out, '}');
}

static void
append_required (GString *out, const K8MessageInfo *info)
{
  gsize start = out->len;

  for (guint i = 0; i < info->n_fields; i++)
    {
      const K8Field *field = &info->fields[i];
      if (is_required (info, field))
        {
          g_string_append (out, out->len == start ? ",\"required\":[" : "");
          append_text (out, field->name, strlen (field->name), out->str[out->len - 1] == '[');
        }
    }
  if (out->len > start)
    g_string_append_c (out, ']');
}

static const K8KindInfo *
find_kind (guint message)
{
  for (guint i = 1; i < K8_N_KINDS; i++)
    if (k8_kinds[i].message == message)
      return &k8_kinds[i];
  return NULL;
}

/* The kinds that a schema stands for: options belong to every group. */
static void
append_kinds (GString *out, const K8KindInfo *kind, const char *group, const char *version)
{
  K8KindInfo own = *kind;

  g_string_append (out, ",\"x-kubernetes-group-version-kind\":[");
  if (strcmp (kind->group, "meta.k8s.io") == 0)
    {
      own.group = "";
      k8_openapi_append_gvk (out, &own);
      own.group = group;
      own.version = version;
      g_string_append (out, group[0] == '\0' ? "" : ",");
      if (group[0] != '\0')
        k8_openapi_append_gvk (out, &own);
    }
  else
    k8_openapi_append_gvk (out, kind);
  g_string_append_c (out, ']');
}

static void
append_schema (GString *out, guint message, const char *group, const char *version)
{
  const K8MessageInfo *info = &k8_messages[message];
  const K8KindInfo *kind = find_kind (message);
  g_autoptr (GPtrArray) fields = sort_fields (info);

  g_string_append_c (out, '"');
  k8_openapi_append_schema_name (out, message);
  g_string_append (out, "\":{");
  if (info->doc[0] != '\0')
    {
      k8_openapi_append_member (out, "description", info->doc);
      g_string_append_c (out, ',');
    }
  g_string_append (out, "\"type\":\"object\"");
  append_required (out, info);
  append_properties (out, info, fields, kind != NULL);
  if (kind != NULL)
    append_kinds (out, kind, group, version);
  if (IS_LISTED (atomic_maps, info, NULL))
    g_string_append (out, ",\"x-kubernetes-map-type\":\"atomic\"");
  g_string_append_c (out, '}');
}

static void
append_list_schema (GString *out, const K8KindInfo *kind)
{
  g_autofree char *name = g_strconcat (kind->kind, "List", NULL);
  K8KindInfo list = *kind;

  list.kind = name;
  g_string_append (out, ",\"");
  k8_openapi_append_schema_name (out, kind->message);
  g_string_append (out, "List\":{");
  k8_openapi_append_member (out, "description", "Objects of one kind.");
  g_string_append (out, ",\"type\":\"object\",\"required\":[\"items\"],\"properties\":{");
  append_type_property (out, "apiVersion");
  g_string_append (out, ",\"items\":{\"description\":\"The objects.\",\"type\":\"array\","
                        "\"items\":");
  k8_openapi_append_ref (out, kind->message);
  g_string_append (out, "},");
  append_type_property (out, "kind");
  g_string_append (out, ",\"metadata\":{\"description\":\"Metadata of the list.\","
                        "\"default\":{},");
  append_all_of (out, K8_SCHEMA_META "ListMeta");
  g_string_append (out, "}},\"x-kubernetes-group-version-kind\":[");
  k8_openapi_append_gvk (out, &list);
  g_string_append (out, "]}");
}

/* Marks a message and all that it holds. The depth is that of the rows. */
static void
mark (gboolean *marks, guint message)
{
  const K8MessageInfo *info = &k8_messages[message];

  if (marks[message])
    return;
  marks[message] = TRUE;
  for (guint i = 0; i < info->n_fields; i++)
    if (info->fields[i].message != k8_message_none)
      mark (marks, info->fields[i].message);
}

static gboolean
is_of_group (const K8KindInfo *kind, const char *group, const char *version)
{
  return kind->plural != NULL && strcmp (kind->group, group) == 0
         && strcmp (kind->version, version) == 0;
}

static void
mark_group (gboolean *marks, const char *group, const char *version)
{
  K8Subresource subresource;

  mark (marks, k8_message_status);
  mark (marks, k8_message_delete_options);
  mark (marks, k8_message_list_meta);
  for (guint i = 1; i < K8_N_KINDS; i++)
    {
      if (!is_of_group (&k8_kinds[i], group, version))
        continue;
      mark (marks, k8_kinds[i].message);
      for (guint j = 0; k8_subresource_get (&k8_kinds[i], j, &subresource); j++)
        {
          const K8KindInfo *kind = k8_kind_find (subresource.group, subresource.version,
                                                 subresource.response_kind);
          if (kind != NULL)
            mark (marks, kind->message);
        }
    }
}

/* Types that are no messages. */
static void
append_special_schemas (GString *out, const char *group, const char *version)
{
  K8KindInfo event = { .group = "meta.k8s.io", .version = "v1", .kind = "WatchEvent" };

  g_string_append (
      out,
      ",\"" K8_SCHEMA_META "Time\":{\"description\":\"A time, RFC 3339, in seconds.\","
      "\"type\":\"string\",\"format\":\"date-time\"}"
      ",\"" K8_SCHEMA_META "MicroTime\":{\"description\":\"A time, RFC 3339, in microseconds.\","
      "\"type\":\"string\",\"format\":\"date-time\"}"
      ",\"" K8_SCHEMA_META "FieldsV1\":{\"description\":\"A set of fields.\","
      "\"type\":\"object\"}"
      ",\"" K8_SCHEMA_META "Patch\":{\"description\":\"The body of a patch.\","
      "\"type\":\"object\"}"
      ",\"" K8_SCHEMA_QUANTITY "\":{\"description\":\"An amount, such as 100m or 1.5Gi.\","
      "\"oneOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}"
      ",\"" K8_SCHEMA_INT_OR_STRING "\":{\"description\":\"A number or a text.\","
      "\"format\":\"int-or-string\",\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}"
      ",\"" K8_SCHEMA_RAW "\":{\"description\":\"Any object.\",\"type\":\"object\"}"
      ",\"" K8_SCHEMA_META "WatchEvent\":{\"description\":\"A change, in a watch.\","
      "\"type\":\"object\",\"required\":[\"type\",\"object\"],\"properties\":{\"object\":"
      "{\"description\":\"The object as it is now.\",\"allOf\":[{\"$ref\":"
      "\"#/components/schemas/" K8_SCHEMA_RAW "\"}]},\"type\":{\"description\":"
      "\"ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.\",\"type\":\"string\",\"default\":\"\"}}");
  append_kinds (out, &event, group, version);
  g_string_append_c (out, '}');
}

void
k8_openapi_append_schemas (GString *out, const char *group, const char *version)
{
  gboolean marks[k8_n_messages] = { FALSE };
  gboolean is_first = TRUE;

  mark_group (marks, group, version);
  for (guint i = 1; i < k8_n_messages; i++)
    if (marks[i])
      {
        g_string_append (out, is_first ? "" : ",");
        is_first = FALSE;
        append_schema (out, i, group, version);
      }
  for (guint i = 1; i < K8_N_KINDS; i++)
    if (is_of_group (&k8_kinds[i], group, version) && k8_kind_has_verb (&k8_kinds[i], "list"))
      append_list_schema (out, &k8_kinds[i]);
  append_special_schemas (out, group, version);
}
