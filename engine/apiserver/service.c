/* SPDX-License-Identifier: Apache-2.0
 *
 * What the server does to a Service on the way in: an update keeps the addresses and ports that it
 * does not mention, what is missing is allocated, and what the new type has no use for is cleared
 * if the client did not ask for it. Each stage takes a spec and gives the next one; the names of
 * the stages are upstream's.
 * Source: kubernetes pkg/registry/core/service (strategy.go, storage/alloc.go) (v1.36).
 * Departures: one family, IPv4.
 */
#include "apiserver/service.h"

#include "machinery/gvk.h"

typedef struct
{
  K8ApiServer *server;
  K8Context *context;
  K8Call *call;
  const K8ServiceSpec *old; /* NULL: a create */
  const K8ServiceSpec *spec; /* owned */
  const K8Status *status;   /* why it is refused */
} Work;

static gboolean
is_type (const K8ServiceSpec *spec, const char *type)
{
  return k8_string_is (k8_service_spec_type (spec), type);
}

static gboolean
needs_cluster_ip (const K8ServiceSpec *spec)
{
  return !is_type (spec, "ExternalName");
}

static gboolean
needs_node_port (const K8ServiceSpec *spec)
{
  return is_type (spec, "NodePort")
         || (is_type (spec, "LoadBalancer")
             && (!k8_service_spec_has_allocate_load_balancer_node_ports (spec)
                 || k8_service_spec_allocate_load_balancer_node_ports (spec)));
}

static gboolean
needs_health_check_port (const K8ServiceSpec *spec)
{
  return is_type (spec, "LoadBalancer")
         && k8_string_is (k8_service_spec_external_traffic_policy (spec), "Local");
}

static gboolean
is_externally_accessible (const K8ServiceSpec *spec)
{
  return is_type (spec, "LoadBalancer") || is_type (spec, "NodePort")
         || (is_type (spec, "ClusterIP") && k8_service_spec_external_ips_n (spec) > 0);
}

static gboolean
is_empty (const char *text)
{
  return text == NULL || *text == '\0';
}

/* Whether a field of two specs is the same. */
static gboolean
is_same (const K8ServiceSpec *a, const K8ServiceSpec *b, const K8Field *field)
{
  K8Edit one;
  K8Edit other;

  k8_edit_init (&one, k8_region_of (a), K8_INFO (service_spec), a);
  k8_edit_init (&other, k8_region_of (a), K8_INFO (service_spec), b);
  gboolean is_list = field->type == K8_FIELD_STRING_LIST;
  gboolean result
      = is_list ? k8_list_equal (k8_edit_get_list (&one, field), k8_edit_get_list (&other, field))
                : strcmp (k8_string_or_empty (k8_edit_get_text (&one, field)),
                          k8_string_or_empty (k8_edit_get_text (&other, field)))
                      == 0;
  k8_edit_drop (&one);
  k8_edit_drop (&other);
  return result;
}

static void
begin (Work *self, K8ServiceSpecEdit *edit)
{
  k8_service_spec_edit (edit, self->context->region, self->spec);
}

static void
end (Work *self, K8ServiceSpecEdit *edit)
{
  const K8ServiceSpec *before = self->spec;

  self->spec = k8_service_spec_seal (edit);
  k8_record_unref (before);
}

/* Refuses the Service for a value, given as JSON. */
static void
refuse_json (Work *self, const K8Path *path, const char *json, const char *why)
{
  K8FieldErrors errors;

  if (self->status != NULL)
    return;
  k8_field_errors_init (&errors);
  k8_field_errors_invalid_json (&errors, path, json, "%s", why);
  self->status = k8_status_new_invalid (self->context->region,
                                        k8_kind_group_kind (&k8_kinds[K8_KIND_Service]),
                                        k8_call_name (self->call), &errors);
  k8_field_errors_clear (&errors);
}

static void
refuse_number (Work *self, const K8Path *path, gint64 number, const char *why)
{
  char *json = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  refuse_json (self, path, json, why);
  g_free (json);
}

static void
refuse_text (Work *self, const K8Path *path, const char *value, const char *why)
{
  GString *json = g_string_new (NULL);

  k8_quote_append (json, value);
  refuse_json (self, path, json->str, why);
  g_string_free (json, TRUE);
}

static void
refuse_full (Work *self, const char *message)
{
  if (self->status == NULL)
    self->status = k8_status_new_internal (self->context->region, message);
}

static gboolean
has_port (const K8ServiceSpec *spec, gint32 node_port)
{
  for (guint i = 0; i < k8_service_spec_ports_n (spec); i++)
    if (k8_service_port_node_port (k8_service_spec_ports_at (spec, i)) == node_port)
      return TRUE;
  return FALSE;
}

static void
set_node_port (Work *self, K8ServiceSpecEdit *edit, guint index, gint32 node_port)
{
  const K8ServicePort *port
      = k8_list_get_object (k8_edit_get_list (&edit->edit, K8_FIELD (service_spec, ports)), index);
  K8ServicePortEdit port_edit;

  k8_service_port_edit (&port_edit, self->context->region, port);
  k8_service_port_set_node_port (&port_edit, node_port);
  k8_service_spec_replace_ports (edit, index, k8_service_port_seal (&port_edit));
}

/* The node port that the port of this name had; 0 if it is in use for another one now. */
static gint32
find_old_node_port (const Work *self, const char *name)
{
  gint32 found = 0;

  for (guint i = 0; i < k8_service_spec_ports_n (self->old); i++)
    {
      const K8ServicePort *port = k8_service_spec_ports_at (self->old, i);
      if (strcmp (k8_string_or_empty (k8_service_port_name (port)), k8_string_or_empty (name)) == 0)
        found = k8_service_port_node_port (port);
    }
  return has_port (self->spec, found) ? 0 : found;
}

/* What was allocated and is not mentioned stays. */
static void
patch_allocated_values (Work *self)
{
  const K8ServiceSpec *old = self->old;
  K8ServiceSpecEdit edit;

  begin (self, &edit);
  if (needs_cluster_ip (old) && needs_cluster_ip (self->spec)
      && is_empty (k8_service_spec_cluster_ip (self->spec)))
    k8_service_spec_set_cluster_ip (&edit, k8_service_spec_cluster_ip (old));
  if (needs_node_port (old) && needs_node_port (self->spec))
    for (guint i = 0; i < k8_service_spec_ports_n (self->spec); i++)
      {
        const K8ServicePort *port = k8_service_spec_ports_at (self->spec, i);
        if (k8_service_port_node_port (port) == 0)
          set_node_port (self, &edit, i, find_old_node_port (self, k8_service_port_name (port)));
      }
  if (needs_health_check_port (old) && needs_health_check_port (self->spec)
      && k8_service_spec_health_check_node_port (self->spec) == 0)
    k8_service_spec_set_health_check_node_port (&edit,
                                                k8_service_spec_health_check_node_port (old));
  end (self, &edit);
}

/* clusterIPs follow clusterIP for clients that know only that. */
static void
normalize_cluster_ips (Work *self)
{
  const char *ip = k8_service_spec_cluster_ip (self->spec);
  guint n = k8_service_spec_cluster_ips_n (self->spec);
  K8ServiceSpecEdit edit;

  if (self->old == NULL && (n > 0 || is_empty (ip)))
    return;
  begin (self, &edit);
  if (self->old != NULL && is_same (self->old, self->spec, K8_FIELD (service_spec, cluster_ip)))
    {
      if (n == 0 && k8_service_spec_cluster_ips_n (self->old) > 0)
        k8_service_spec_set_cluster_ips (
            &edit, k8_list_ref (k8_service_spec_cluster_ips (self->old)));
    }
  else if (self->old == NULL
           || is_same (self->old, self->spec, K8_FIELD (service_spec, cluster_ips)))
    {
      k8_service_spec_clear_cluster_ips (&edit);
      if (!is_empty (ip))
        k8_service_spec_add_cluster_ips (&edit, ip);
    }
  end (self, &edit);
}

/* A cluster of one family gives no addresses of the other one. */
static void
check_families (Work *self)
{
  K8Path spec = k8_path_child (NULL, "spec");
  const char *policy = k8_service_spec_ip_family_policy (self->spec);

  if (k8_string_is (policy, "RequireDualStack"))
    refuse_text (self, K8_CHILD (&spec, "ipFamilyPolicy"), policy,
                 "this cluster is not configured for dual-stack services");
  for (guint i = 0; i < k8_service_spec_ip_families_n (self->spec); i++)
    if (strcmp (k8_service_spec_ip_families_at (self->spec, i), "IPv6") == 0)
      refuse_text (self, K8_INDEX (K8_CHILD (&spec, "ipFamilies"), i), "IPv6",
                   "not configured on this cluster");
}

/* Families of a cluster with one; who keeps endpoints by hand may have them of any. */
static void
init_ip_family_fields (Work *self)
{
  const K8ServiceSpec *spec = self->spec;
  gboolean is_free = k8_string_is (k8_service_spec_cluster_ip (spec), "None")
                     && k8_service_spec_selector_n (spec) == 0;
  K8ServiceSpecEdit edit;

  if (!needs_cluster_ip (spec))
    return;
  if (!is_free)
    check_families (self);
  begin (self, &edit);
  if (!k8_service_spec_has_ip_family_policy (spec))
    k8_service_spec_set_ip_family_policy (&edit, is_free ? "RequireDualStack" : "SingleStack");
  if (k8_service_spec_ip_families_n (spec) == 0)
    {
      k8_service_spec_add_ip_families (&edit, "IPv4");
      if (is_free && !k8_string_is (k8_service_spec_ip_family_policy (spec), "SingleStack"))
        k8_service_spec_add_ip_families (&edit, "IPv6");
    }
  end (self, &edit);
}

/* An address that the client asks for. The value that is refused is the list of them. */
static void
claim_cluster_ip (Work *self, const char *wanted)
{
  K8Path spec = k8_path_child (NULL, "spec");
  char *why = k8_allocator_claim_ip (self->server, self->call, wanted);
  GString *shown = g_string_new ("[");
  GString *text = g_string_new ("failed to allocate IP ");

  k8_quote_append (shown, wanted);
  g_string_append_c (shown, ']');
  if (why != NULL)
    {
      g_string_append_printf (text, "%s: %s", wanted, why);
      refuse_json (self, K8_CHILD (&spec, "clusterIPs"), shown->str, text->str);
    }
  g_string_free (shown, TRUE);
  g_string_free (text, TRUE);
  g_free (why);
}

static void
allocate_cluster_ip (Work *self)
{
  const char *wanted = k8_service_spec_cluster_ip (self->spec);
  char drawn[K8_IP_TEXT_BYTES];
  K8ServiceSpecEdit edit;

  if (!needs_cluster_ip (self->spec) || (self->old != NULL && needs_cluster_ip (self->old))
      || k8_string_is (wanted, "None"))
    return;
  if (!is_empty (wanted))
    {
      claim_cluster_ip (self, wanted);
      return;
    }
  if (!k8_allocator_draw_ip (self->server, self->call, drawn))
    {
      refuse_full (self, "failed to allocate a serviceIP: range is full");
      return;
    }
  begin (self, &edit);
  k8_service_spec_set_cluster_ip (&edit, drawn);
  k8_service_spec_clear_cluster_ips (&edit);
  k8_service_spec_add_cluster_ips (&edit, drawn);
  end (self, &edit);
}

/* The node port that a port of the same number (and another protocol) asks for or has been given
 * in @edit; 0 if none. */
static gint32
find_shared_port (const K8ServiceSpecEdit *edit, const K8ServicePort *port)
{
  const K8List *ports = k8_edit_get_list (&edit->edit, K8_FIELD (service_spec, ports));

  for (guint i = 0; i < k8_list_n (ports); i++)
    {
      const K8ServicePort *other = k8_list_get_object (ports, i);
      if (k8_service_port_port (other) == k8_service_port_port (port)
          && k8_service_port_node_port (other) != 0)
        return k8_service_port_node_port (other);
    }
  return 0;
}

/* The node port of one port, claimed or drawn. */
static void
allocate_node_port (Work *self, K8ServiceSpecEdit *edit, guint index)
{
  K8Path spec = k8_path_child (NULL, "spec");
  const K8ServicePort *port
      = k8_list_get_object (k8_edit_get_list (&edit->edit, K8_FIELD (service_spec, ports)), index);
  gint32 number = k8_service_port_node_port (port);

  if (number == 0 && self->old == NULL)
    number = find_shared_port (edit, port);
  else if (number != 0)
    {
      gboolean is_shared = FALSE;
      for (guint i = 0; i < index; i++)
        is_shared |= number
                     == k8_service_port_node_port (k8_list_get_object (
                         k8_edit_get_list (&edit->edit, K8_FIELD (service_spec, ports)), i));
      const char *why = is_shared || has_port (self->old, number)
                            ? NULL
                            : k8_allocator_claim_port (self->server, self->call, number);
      if (why != NULL)
        refuse_number (self, K8_CHILD (K8_INDEX (K8_CHILD (&spec, "ports"), index), "nodePort"),
                       number, why);
      return;
    }
  if (number == 0)
    number = k8_allocator_draw_port (self->server, self->call);
  if (number == 0)
    refuse_full (self, "failed to allocate a nodePort: range is full");
  set_node_port (self, edit, index, number);
}

static void
allocate_node_ports (Work *self)
{
  guint n = k8_service_spec_ports_n (self->spec);
  gboolean is_wanted = needs_node_port (self->spec);
  K8ServiceSpecEdit edit;

  if (!is_wanted && !is_type (self->spec, "LoadBalancer"))
    return;
  begin (self, &edit);
  for (guint i = 0; i < n && self->status == NULL; i++)
    if (is_wanted
        || k8_service_port_node_port (k8_service_spec_ports_at (self->spec, i)) != 0)
      allocate_node_port (self, &edit, i);
  end (self, &edit);
}

static void
allocate_health_check_port (Work *self)
{
  gint32 wanted = k8_service_spec_health_check_node_port (self->spec);
  K8ServiceSpecEdit edit;

  if (!needs_health_check_port (self->spec)
      || (self->old != NULL && needs_health_check_port (self->old)) || self->status != NULL)
    return;
  if (wanted != 0)
    {
      const char *why = k8_allocator_claim_port (self->server, self->call, wanted);
      char *text = g_strdup_printf ("failed to allocate requested HealthCheck NodePort %d: %s",
                                    wanted, k8_string_or_empty (why));
      if (why != NULL)
        refuse_full (self, text);
      g_free (text);
      return;
    }
  wanted = k8_allocator_draw_port (self->server, self->call);
  if (wanted == 0)
    refuse_full (self, "failed to allocate a HealthCheck NodePort: range is full");
  begin (self, &edit);
  k8_service_spec_set_health_check_node_port (&edit, wanted);
  end (self, &edit);
}

/* Whether the client added no node port to those that were. */
static gboolean
has_no_new_port (const Work *self)
{
  for (guint i = 0; i < k8_service_spec_ports_n (self->spec); i++)
    {
      gint32 port = k8_service_port_node_port (k8_service_spec_ports_at (self->spec, i));
      if (port != 0 && !has_port (self->old, port))
        return FALSE;
    }
  return TRUE;
}

static void
drop_cluster_ip (const Work *self, K8ServiceSpecEdit *edit)
{
  const K8ServiceSpec *old = self->old;

  if (is_same (old, self->spec, K8_FIELD (service_spec, cluster_ip))
      && is_same (old, self->spec, K8_FIELD (service_spec, cluster_ips)))
    {
      k8_service_spec_clear_cluster_ip (edit);
      k8_service_spec_clear_cluster_ips (edit);
    }
  if (is_same (old, self->spec, K8_FIELD (service_spec, ip_families)))
    k8_service_spec_clear_ip_families (edit);
  if (is_same (old, self->spec, K8_FIELD (service_spec, ip_family_policy)))
    k8_service_spec_clear_ip_family_policy (edit);
}

static void
drop_balancer (const Work *self, K8ServiceSpecEdit *edit)
{
  const K8ServiceSpec *old = self->old;

  if (k8_service_spec_has_allocate_load_balancer_node_ports (old)
      && k8_service_spec_allocate_load_balancer_node_ports (old)
             == k8_service_spec_allocate_load_balancer_node_ports (self->spec))
    k8_service_spec_clear_allocate_load_balancer_node_ports (edit);
  if (is_same (old, self->spec, K8_FIELD (service_spec, load_balancer_class)))
    k8_service_spec_clear_load_balancer_class (edit);
}

/* What only the old type had a use for goes, unless the client changed it too: then validation
 * says that it may not be there. */
static void
drop_type_dependent_fields (Work *self)
{
  const K8ServiceSpec *old = self->old;
  K8ServiceSpecEdit edit;

  begin (self, &edit);
  if (needs_cluster_ip (old) && !needs_cluster_ip (self->spec))
    drop_cluster_ip (self, &edit);
  if (needs_node_port (old) && !needs_node_port (self->spec) && has_no_new_port (self))
    for (guint i = 0; i < k8_service_spec_ports_n (self->spec); i++)
      set_node_port (self, &edit, i, 0);
  if (needs_health_check_port (old) && !needs_health_check_port (self->spec)
      && k8_service_spec_health_check_node_port (old)
             == k8_service_spec_health_check_node_port (self->spec))
    k8_service_spec_set_health_check_node_port (&edit, 0);
  if (is_type (old, "LoadBalancer") && !is_type (self->spec, "LoadBalancer"))
    drop_balancer (self, &edit);
  if (is_externally_accessible (old) && !is_externally_accessible (self->spec)
      && is_same (old, self->spec, K8_FIELD (service_spec, external_traffic_policy)))
    k8_service_spec_clear_external_traffic_policy (&edit);
  end (self, &edit);
}

/* The Service with the new spec; a status of a load balancer that is none any more goes. */
static const void *
make_service (Work *self, const K8Service *service)
{
  const K8ServiceStatus *status = k8_service_status (service);
  K8ServiceStatusEdit status_edit;
  K8ServiceEdit edit;

  k8_service_edit (&edit, self->context->region, service);
  if (!is_type (self->spec, "LoadBalancer") && k8_service_status_has_load_balancer (status)
      && self->old != NULL)
    {
      k8_service_status_edit (&status_edit, self->context->region, status);
      k8_service_status_clear_load_balancer (&status_edit);
      k8_service_set_status (&edit, k8_service_status_seal (&status_edit));
    }
  k8_service_set_spec (&edit, self->spec);
  return k8_service_seal (&edit);
}

/**
 * k8_service_complete:
 * @old: (nullable): what stands there
 *
 * Returns: (transfer full) (nullable): the Service with its addresses and ports; NULL with
 * @ret_status set if it cannot have them.
 */
const void *
k8_service_complete (K8ApiServer *self, K8Context *context, K8Call *call, const void *service,
                     const void *old, const K8Status **ret_status)
{
  Work work = { .server = self, .context = context, .call = call,
                .old = old == NULL ? NULL : k8_service_spec (old),
                .spec = k8_record_ref (k8_service_spec (service)) };

  if (work.old != NULL)
    patch_allocated_values (&work);
  normalize_cluster_ips (&work);
  init_ip_family_fields (&work);
  allocate_cluster_ip (&work);
  allocate_node_ports (&work);
  allocate_health_check_port (&work);
  if (work.old != NULL)
    drop_type_dependent_fields (&work);
  if (work.status == NULL)
    return make_service (&work, service);
  k8_record_unref (work.spec);
  *ret_status = work.status;
  return NULL;
}
