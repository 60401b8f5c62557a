/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk that gives an object its defaults: for each record first its hook, then its rows,
 * then its children; and the hooks of everything but pods (defaults_pod.c).
 * Upstream's conversions to its internal types, as far as they change what a client reads back,
 * are part of the hooks (stringData, podCIDR, serviceAccount).
 * Source: kubernetes pkg/apis, defaults.go, zz_generated.defaults.go, conversion.go (v1.36).
 * Departures: none known.
 */
#include "machinery/defaults.h"

#include <string.h>

#include "base/quantity.h"
#include "machinery/defaults_hooks.h"

K8Edit *
k8_draft_begin (K8Draft *self)
{
  if (!self->is_begun)
    {
      k8_edit_init (&self->edit, self->region, k8_record_info (self->record), self->record);
      self->is_begun = TRUE;
    }
  return &self->edit;
}

/* Services. */

static gboolean
is_externally_accessible (const K8ServiceSpec *spec)
{
  const char *type = k8_service_spec_type (spec);

  if (type == NULL || strcmp (type, "ClusterIP") == 0)
    return k8_service_spec_external_ips_n (spec) > 0;
  return strcmp (type, "LoadBalancer") == 0 || strcmp (type, "NodePort") == 0;
}

static void
default_session_affinity (K8Draft *draft)
{
  const K8ServiceSpec *spec = (const K8ServiceSpec *) draft->record;
  const char *affinity = k8_service_spec_session_affinity (spec);
  const K8ClientIPConfig *client =
      k8_session_affinity_config_client_ip (k8_service_spec_session_affinity_config (spec));
  K8ClientIPConfigEdit client_edit;
  K8SessionAffinityConfigEdit config_edit;

  if (affinity == NULL || strcmp (affinity, "None") == 0)
    {
      if (k8_service_spec_has_session_affinity_config (spec))
        k8_service_spec_clear_session_affinity_config (K8_DRAFT_EDIT (ServiceSpec, draft));
      return;
    }
  if (strcmp (affinity, "ClientIP") != 0 || k8_client_ip_config_has_timeout_seconds (client))
    return;
  k8_client_ip_config_edit (&client_edit, draft->region, NULL);
  k8_client_ip_config_set_timeout_seconds (&client_edit, 3 * 60 * 60);
  k8_session_affinity_config_edit (&config_edit, draft->region, NULL);
  k8_session_affinity_config_set_client_ip (&config_edit, k8_client_ip_config_seal (&client_edit));
  k8_service_spec_set_session_affinity_config (K8_DRAFT_EDIT (ServiceSpec, draft),
                                               k8_session_affinity_config_seal (&config_edit));
}

static void
default_service_spec (K8Draft *draft)
{
  const K8ServiceSpec *spec = (const K8ServiceSpec *) draft->record;
  const char *type = k8_service_spec_type (spec);
  gboolean is_balanced = k8_string_is (type, "LoadBalancer");

  default_session_affinity (draft);
  if (is_externally_accessible (spec) && !k8_service_spec_has_external_traffic_policy (spec))
    k8_service_spec_set_external_traffic_policy (K8_DRAFT_EDIT (ServiceSpec, draft), "Cluster");
  if (!k8_service_spec_has_internal_traffic_policy (spec) &&
      (type == NULL || is_balanced || strcmp (type, "ClusterIP") == 0 ||
       strcmp (type, "NodePort") == 0))
    k8_service_spec_set_internal_traffic_policy (K8_DRAFT_EDIT (ServiceSpec, draft), "Cluster");
  if (is_balanced && !k8_service_spec_has_allocate_load_balancer_node_ports (spec))
    k8_service_spec_set_allocate_load_balancer_node_ports (K8_DRAFT_EDIT (ServiceSpec, draft),
                                                           TRUE);
}

static void
default_service_port (K8Draft *draft)
{
  const K8ServicePort *port = (const K8ServicePort *) draft->record;
  K8IntOrString target = k8_service_port_target_port (port);

  if (target.is_text ? target.text[0] == '\0' : target.number == 0)
    k8_service_port_set_target_port (K8_DRAFT_EDIT (ServicePort, draft),
                                     (K8IntOrString){ .number = k8_service_port_port (port) });
}

static const K8LoadBalancerIngress *
make_vip_ingress (K8Region *region, const K8LoadBalancerIngress *ingress)
{
  K8LoadBalancerIngressEdit edit;

  k8_load_balancer_ingress_edit (&edit, region, ingress);
  k8_load_balancer_ingress_set_ip_mode (&edit, "VIP");
  return k8_load_balancer_ingress_seal (&edit);
}

/* Addresses of a balanced service are virtual unless they say otherwise. */
static void
default_service (K8Draft *draft)
{
  const K8Service *service = (const K8Service *) draft->record;
  const K8LoadBalancerStatus *balancer =
      k8_service_status_load_balancer (k8_service_status (service));
  K8LoadBalancerStatusEdit balancer_edit;
  K8ServiceStatusEdit status_edit;

  if (!k8_string_is (k8_service_spec_type (k8_service_spec (service)), "LoadBalancer") ||
      k8_load_balancer_status_ingress_n (balancer) == 0)
    return;
  k8_load_balancer_status_edit (&balancer_edit, draft->region, balancer);
  for (guint i = 0; i < k8_load_balancer_status_ingress_n (balancer); i++)
    {
      const K8LoadBalancerIngress *ingress = k8_load_balancer_status_ingress_at (balancer, i);
      if (k8_load_balancer_ingress_has_ip (ingress) &&
          !k8_load_balancer_ingress_has_ip_mode (ingress))
        k8_load_balancer_status_replace_ingress (&balancer_edit, i,
                                                 make_vip_ingress (draft->region, ingress));
    }
  k8_service_status_edit (&status_edit, draft->region, k8_service_status (service));
  k8_service_status_set_load_balancer (&status_edit, k8_load_balancer_status_seal (&balancer_edit));
  k8_service_set_status (K8_DRAFT_EDIT (Service, draft), k8_service_status_seal (&status_edit));
}

/* Others. */

static void
default_deployment_strategy (K8Draft *draft)
{
  const K8DeploymentStrategy *strategy = (const K8DeploymentStrategy *) draft->record;
  const char *type = k8_deployment_strategy_type (strategy);
  K8RollingUpdateDeploymentEdit edit;

  if ((type != NULL && strcmp (type, "RollingUpdate") != 0) ||
      k8_deployment_strategy_has_rolling_update (strategy))
    return;
  k8_rolling_update_deployment_edit (&edit, draft->region, NULL);
  k8_deployment_strategy_set_rolling_update (K8_DRAFT_EDIT (DeploymentStrategy, draft),
                                             k8_rolling_update_deployment_seal (&edit));
}

static void
default_namespace (K8Draft *draft)
{
  const K8ObjectMeta *metadata = k8_namespace_metadata ((const K8Namespace *) draft->record);
  const char *name = k8_object_meta_name (metadata);
  K8ObjectMetaEdit edit;

  if (name == NULL ||
      k8_string_is (k8_object_meta_labels_get (metadata, "kubernetes.io/metadata.name"), name))
    return;
  k8_object_meta_edit (&edit, draft->region, metadata);
  k8_object_meta_put_labels (&edit, "kubernetes.io/metadata.name", name);
  k8_namespace_set_metadata (K8_DRAFT_EDIT (Namespace, draft), k8_object_meta_seal (&edit));
}

static void
default_node_status (K8Draft *draft)
{
  const K8NodeStatus *status = (const K8NodeStatus *) draft->record;

  if (k8_node_status_has_capacity (status) && !k8_node_status_has_allocatable (status))
    k8_node_status_set_allocatable (K8_DRAFT_EDIT (NodeStatus, draft),
                                    k8_list_ref (k8_node_status_capacity (status)));
}

/* podCIDR is the first of podCIDRs; where they differ, the old field counts. */
static void
default_node_spec (K8Draft *draft)
{
  const K8NodeSpec *spec = (const K8NodeSpec *) draft->record;
  const char *range = k8_node_spec_pod_cidr (spec);
  guint n = k8_node_spec_pod_cidrs_n (spec);
  const char *first = n > 0 ? k8_node_spec_pod_cidrs_at (spec, 0) : NULL;

  if (range == NULL && first != NULL)
    k8_node_spec_set_pod_cidr (K8_DRAFT_EDIT (NodeSpec, draft), first);
  else if (range != NULL && !k8_string_is (first, range))
    {
      K8List *list = k8_list_new (draft->region, K8_FIELD_STRING_LIST, 1);
      k8_node_spec_set_pod_cidrs (K8_DRAFT_EDIT (NodeSpec, draft),
                                  k8_list_add_text (list, range, -1));
    }
}

/* stringData is for writing only: it is laid over data. */
static void
default_secret (K8Draft *draft)
{
  const K8Secret *secret = (const K8Secret *) draft->record;
  guint n = k8_secret_string_data_n (secret);
  const K8List *data = k8_secret_data (secret);
  K8List *merged;

  if (n == 0)
    return;
  merged =
      data == NULL ? k8_list_new (draft->region, K8_FIELD_BYTES_MAP, n) : k8_list_dup (data, n);
  for (guint i = 0; i < n; i++)
    {
      const char *value = k8_secret_string_data_value (secret, i);
      merged = k8_map_put (merged, k8_secret_string_data_key (secret, i), value,
                           k8_string_length (value));
    }
  k8_secret_set_data (K8_DRAFT_EDIT (Secret, draft), merged);
  k8_secret_clear_string_data (K8_DRAFT_EDIT (Secret, draft));
}

/* What no row can say of a type; run before its rows. */
static const K8DefaultsHook hooks[k8_n_messages] = {
  [k8_message_pod] = k8_default_pod,
  [k8_message_pod_spec] = k8_default_pod_spec,
  [k8_message_pod_status] = k8_default_pod_status,
  [k8_message_pod_template_spec] = k8_default_pod_template_spec,
  [k8_message_volume] = k8_default_volume,
  [k8_message_container] = k8_default_container,
  [k8_message_ephemeral_container] = k8_default_ephemeral_container,
  [k8_message_service] = default_service,
  [k8_message_service_spec] = default_service_spec,
  [k8_message_service_port] = default_service_port,
  [k8_message_deployment_strategy] = default_deployment_strategy,
  [k8_message_namespace] = default_namespace,
  [k8_message_node_status] = default_node_status,
  [k8_message_node_spec] = default_node_spec,
  [k8_message_secret] = default_secret,
};

/* Structs that Go holds by value and that get defaults also when nothing was said of them. */
static const guint8 has_defaults_when_absent[k8_n_messages] = {
  [k8_message_pod_spec] = TRUE,           [k8_message_pod_template_spec] = TRUE,
  [k8_message_deployment_spec] = TRUE,    [k8_message_deployment_strategy] = TRUE,
  [k8_message_replica_set_spec] = TRUE,   [k8_message_service_spec] = TRUE,
  [k8_message_namespace_status] = TRUE,   [k8_message_persistent_volume_claim_spec] = TRUE,
  [k8_message_token_request_spec] = TRUE,
};

static gboolean
is_present (const K8Draft *draft, const K8Field *field)
{
  return draft->is_begun ? k8_edit_has (&draft->edit, field) : k8_record_has (draft->record, field);
}

static void
default_row (K8Draft *draft, const K8Field *field)
{
  if ((field->default_text == NULL && !field->has_default) || is_present (draft, field))
    return;
  if (field->type == K8_FIELD_INT_OR_STRING)
    k8_edit_set_int_or_string (k8_draft_begin (draft), field,
                               (K8IntOrString){ .is_text = TRUE, .text = field->default_text });
  else if (field->default_text != NULL)
    k8_edit_set_text (k8_draft_begin (draft), field, field->default_text, -1);
  else
    k8_edit_set_int (k8_draft_begin (draft), field, field->default_int);
}

/* Amounts finer than a thousandth are rounded up. */
static gboolean
is_finer_than_milli (const char *text)
{
  gsize n = strlen (text);

  return n > 0 && (text[n - 1] == 'n' || text[n - 1] == 'u' || strstr (text, "e-") != NULL);
}

static void
round_quantities (K8Draft *draft, const K8Field *field)
{
  const K8List *map = draft->is_begun ? k8_edit_get_list (&draft->edit, field)
                                      : k8_record_get_list (draft->record, field);

  for (guint i = 0; i < k8_list_n (map); i++)
    {
      K8Quantity amount;
      char text[K8_QUANTITY_LETTERS + 1];
      if (!is_finer_than_milli (k8_map_get_value (map, i)) ||
          k8_quantity_parse (k8_map_get_value (map, i), &amount) != K8_QUANTITY_OK)
        continue;
      amount = k8_quantity_from_milli (k8_quantity_milli_value (&amount), amount.format);
      k8_quantity_format (&amount, text);
      K8List *own = k8_edit_own_list (k8_draft_begin (draft), field, 0);
      own = k8_map_put (own, k8_map_get_key (own, i), text, strlen (text));
      k8_edit_give_list (&draft->edit, field, own);
      map = k8_edit_get_list (&draft->edit, field);
    }
}

static const void *apply_record (K8Region *region, const K8Record *record, const K8Record *known);

static void
apply_object (K8Draft *draft, const K8Field *field, const K8Record *known)
{
  const K8Record *child = draft->is_begun ? k8_edit_get_object (&draft->edit, field)
                                          : k8_record_get_object (draft->record, field);
  const K8Record *known_child = known == NULL ? NULL : k8_record_get_object (known, field);

  if (child != NULL && child == known_child)
    return;
  if (child == NULL)
    {
      K8Edit empty;
      if (field->is_pointer || !has_defaults_when_absent[field->message])
        return;
      k8_edit_init (&empty, draft->region, &k8_messages[field->message], NULL);
      const K8Record *made = k8_edit_seal (&empty);
      k8_edit_set_object (k8_draft_begin (draft), field, apply_record (draft->region, made, NULL));
      k8_record_unref (made);
      return;
    }
  const K8Record *applied = apply_record (draft->region, child, known_child);
  if (applied == child)
    k8_record_unref (applied);
  else
    k8_edit_set_object (k8_draft_begin (draft), field, applied);
}

static void
apply_list (K8Draft *draft, const K8Field *field, const K8Record *known)
{
  const K8List *list = draft->is_begun ? k8_edit_get_list (&draft->edit, field)
                                       : k8_record_get_list (draft->record, field);

  if (known != NULL && list == k8_record_get_list (known, field))
    return;
  for (guint i = 0; i < k8_list_n (list); i++)
    {
      const K8Record *item = k8_list_get_object (list, i);
      const K8Record *applied = apply_record (draft->region, item, NULL);
      if (applied == item)
        {
          k8_record_unref (applied);
          continue;
        }
      K8List *own = k8_edit_own_list (k8_draft_begin (draft), field, 0);
      k8_edit_give_list (&draft->edit, field, k8_list_replace_object (own, i, applied));
      list = k8_edit_get_list (&draft->edit, field);
    }
}

/* Recursion follows the schema, which no object can make deeper. What @known (nullable) shares
 * has its defaults. (transfer full) */
static const void *
apply_record (K8Region *region, const K8Record *record, const K8Record *known)
{
  K8Draft draft = { .region = region, .record = record };
  const K8MessageInfo *info = k8_record_info (record);
  K8DefaultsHook hook = hooks[info->id];

  if (info->id == k8_message_object_meta)
    return k8_record_ref (record);
  if (hook != NULL)
    hook (&draft);
  for (guint i = 0; i < info->n_fields; i++)
    {
      const K8Field *field = &info->fields[i];
      default_row (&draft, field);
      if (field->type == K8_FIELD_OBJECT)
        apply_object (&draft, field, known);
      else if (field->type == K8_FIELD_LIST)
        apply_list (&draft, field, known);
      else if (field->type == K8_FIELD_QUANTITY_MAP)
        round_quantities (&draft, field);
    }
  return draft.is_begun ? k8_edit_seal (&draft.edit) : k8_record_ref (record);
}

/**
 * k8_defaults_apply:
 * @object: a record of a kind, as decoded
 * @known: (nullable): one of the same kind that has its defaults; what the two share is not
 *   looked at again
 *
 * Returns: (transfer full): the object with its defaults; @object itself if it lacks none.
 * Cost: O(what is not shared).
 */
const void *
k8_defaults_apply (K8Region *region, const void *object, const void *known)
{
  return apply_record (region, object, known);
}
