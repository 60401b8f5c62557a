/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and node ports of Services, from bitmaps that are rebuilt from the store. The lower
 * band of both ranges is left to those who ask for a value; the server draws from the upper one
 * first. What is drawn is reserved by the call until the Service is stored or refused.
 * Source: kubernetes pkg/registry/core/service (ipallocator, portallocator, storage) (v1.36).
 * Departures: IPv4 only; no IPAddress objects, LATER, with their kind.
 */
#include "apiserver/server.h"

#include "base/assert.h"
#include "machinery/gvk.h"
#include "machinery/ip.h"

#define FIRST_PORT 30000
#define N_PORTS 2768
#define PORT_BAND 86

static guint32
to_number (const K8IP *ip)
{
  return ((guint32) ip->bytes[0] << 24) | ((guint32) ip->bytes[1] << 16)
         | ((guint32) ip->bytes[2] << 8) | ip->bytes[3];
}

static void
to_text (guint32 number, char ret_text[K8_IP_TEXT_BYTES])
{
  K8IP ip = { .bytes = { (guint8) (number >> 24), (guint8) (number >> 16), (guint8) (number >> 8),
                         (guint8) number } };

  k8_ip_to_text (&ip, ret_text);
}

static gboolean
get_bit (const K8Array *bits, guint32 index)
{
  return (*(const guint64 *) k8_array_at (bits, index / 64) >> (index % 64)) & 1;
}

static void
set_bit (K8Array *bits, guint32 index, gboolean value)
{
  guint64 *word = k8_array_at (bits, index / 64);
  guint64 mask = G_GUINT64_CONSTANT (1) << (index % 64);

  *word = value ? *word | mask : *word & ~mask;
}

/* Marks what may not be given away: the network's own address and the broadcast address. */
static void
reset (K8Allocator *self)
{
  k8_array_set_size (&self->used_ips, 0);
  k8_array_set_size (&self->used_ips, (self->n_ips + 63) / 64);
  k8_array_set_size (&self->used_ports, 0);
  k8_array_set_size (&self->used_ports, (N_PORTS + 63) / 64);
  set_bit (&self->used_ips, 0, TRUE);
  set_bit (&self->used_ips, self->n_ips - 1, TRUE);
}

void
k8_allocator_init (K8Allocator *self, K8Region *region, const char *cidr)
{
  K8CIDR range;
  guint bits = 16;

  self->base = 0x0a600000; /* 10.96.0.0 */
  if (cidr != NULL && k8_cidr_parse (cidr, &range) && !range.ip.is_v6 && range.prefix_bits >= 12
      && range.prefix_bits <= 30)
    {
      bits = 32 - range.prefix_bits;
      self->base = to_number (&range.ip) & ~((1u << bits) - 1);
    }
  self->n_ips = 1u << bits;
  k8_array_init (&self->used_ips, region, sizeof (guint64));
  k8_array_init (&self->used_ports, region, sizeof (guint64));
  reset (self);
}

void
k8_allocator_clear (K8Allocator *self)
{
  k8_array_clear (&self->used_ips);
  k8_array_clear (&self->used_ports);
}

void
k8_allocator_clone (K8Allocator *ret_clone, const K8Allocator *self)
{
  k8_array_clone (&ret_clone->used_ips, &self->used_ips);
  k8_array_clone (&ret_clone->used_ports, &self->used_ports);
}

/* The place of an address in the range, or 0. */
static guint32
find_ip_index (const K8Allocator *self, const char *text)
{
  K8IP ip;

  if (text == NULL || !k8_ip_parse (text, &ip) || ip.is_v6)
    return 0;
  guint32 index = to_number (&ip) - self->base;
  return index < self->n_ips ? index : 0;
}

static void
mark_service (K8Allocator *self, const K8Service *service, gboolean is_used)
{
  const K8ServiceSpec *spec = k8_service_spec (service);
  guint32 index = find_ip_index (self, k8_service_spec_cluster_ip (spec));

  if (index != 0)
    set_bit (&self->used_ips, index, is_used);
  for (guint i = 0; i < k8_service_spec_ports_n (spec); i++)
    {
      gint32 port = k8_service_port_node_port (k8_service_spec_ports_at (spec, i));
      if (port >= FIRST_PORT && port < FIRST_PORT + N_PORTS)
        set_bit (&self->used_ports, (guint32) (port - FIRST_PORT), is_used);
    }
}

/* A Service has changed in the store. */
void
k8_allocator_note (K8Allocator *self, const void *before, const void *now)
{
  if (before != NULL)
    mark_service (self, before, FALSE);
  if (now != NULL)
    mark_service (self, now, TRUE);
}

void
k8_allocator_rebuild (K8ApiServer *self)
{
  const K8Slots *services = &self->caches[K8_KIND_Service].objects;

  reset (&self->allocator);
  for (guint32 slot = k8_slots_next (services, 0); slot != 0;
       slot = k8_slots_next (services, slot))
    {
      const K8CachedObject *cached = k8_slots_get (services, slot);
      mark_service (&self->allocator, cached->object, TRUE);
    }
}

/* Draws a free place: from a random start in the upper band, then in the lower one. 0: none. */
static guint32
draw (K8ApiServer *self, const K8Array *bits, guint32 n, guint32 band)
{
  guint32 upper = n - band;
  guint32 start = (guint32) k8_random_below (&self->actor.random, upper);

  for (guint32 i = 0; i < upper; i++)
    {
      guint32 index = band + (start + i) % upper;
      if (!get_bit (bits, index))
        return index + 1;
    }
  for (guint32 index = 0; index < band; index++)
    if (!get_bit (bits, index))
      return index + 1;
  return 0;
}

static void
reserve_port (K8ApiServer *self, K8Call *call, gint32 port)
{
  set_bit (&self->allocator.used_ports, (guint32) (port - FIRST_PORT), TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (call->reserved_ports); i++)
    if (call->reserved_ports[i] == 0)
      {
        call->reserved_ports[i] = (guint16) port;
        return;
      }
}

/* Gives back what a call reserved, unless the store has it by now. */
void
k8_allocator_release (K8ApiServer *self, K8Call *call)
{
  if (call->reserved_ip != 0)
    set_bit (&self->allocator.used_ips, call->reserved_ip, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (call->reserved_ports); i++)
    {
      if (call->reserved_ports[i] != 0)
        set_bit (&self->allocator.used_ports, call->reserved_ports[i] - FIRST_PORT, FALSE);
      call->reserved_ports[i] = 0;
    }
  call->reserved_ip = 0;
}

static gboolean
is_type (const K8ServiceSpec *spec, const char *type)
{
  return k8_string_is (k8_service_spec_type (spec), type);
}

static const K8Status *
new_invalid (K8Context *context, const K8Call *call, const K8Path *path, const char *value,
             const char *detail)
{
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  k8_field_errors_invalid (&errors, path, value, "%s", detail);
  const K8Status *status
      = k8_status_new_invalid (context->region, k8_kind_group_kind (&k8_kinds[K8_KIND_Service]),
                               k8_call_name (call), &errors);
  k8_field_errors_clear (&errors);
  return status;
}

/* An address that the client asks for. */
static const K8Status *
claim_ip (K8ApiServer *self, K8Context *context, K8Call *call, const char *text)
{
  K8Path spec = k8_path_child (NULL, "spec");
  K8Path list = k8_path_child (&spec, "clusterIPs");
  guint32 index = find_ip_index (&self->allocator, text);

  if (index == 0)
    return new_invalid (context, call, &list, text,
                        "failed to allocate IP: the provided IP is not in the valid range");
  if (get_bit (&self->allocator.used_ips, index))
    return new_invalid (context, call, &list, text,
                        "failed to allocate IP: provided IP is already allocated");
  set_bit (&self->allocator.used_ips, index, TRUE);
  call->reserved_ip = index;
  return NULL;
}

static const K8Status *
draw_ip (K8ApiServer *self, K8Context *context, K8Call *call, char ret_text[K8_IP_TEXT_BYTES])
{
  guint32 n = self->allocator.n_ips;
  guint32 band = MIN (MAX (16, n / 16), 256);
  guint32 drawn = draw (self, &self->allocator.used_ips, n, MIN (band, n / 2));

  if (drawn == 0)
    return k8_status_new_internal (context->region,
                                   "failed to allocate a serviceIP: range is full");
  call->reserved_ip = drawn - 1;
  set_bit (&self->allocator.used_ips, call->reserved_ip, TRUE);
  to_text (self->allocator.base + call->reserved_ip, ret_text);
  return NULL;
}

/* Sets clusterIP and clusterIPs. */
static const K8Status *
assign_ip (K8ApiServer *self, K8Context *context, K8Call *call, K8ServiceSpecEdit *edit,
           const K8ServiceSpec *spec)
{
  const char *wanted = k8_string_or_empty (k8_service_spec_cluster_ip (spec));
  const K8Status *status = NULL;
  char drawn[K8_IP_TEXT_BYTES];

  if (*wanted == '\0')
    {
      status = draw_ip (self, context, call, drawn);
      wanted = drawn;
    }
  else if (strcmp (wanted, "None") != 0)
    status = claim_ip (self, context, call, wanted);
  if (status != NULL)
    return status;
  k8_service_spec_set_cluster_ip (edit, wanted);
  k8_service_spec_clear_cluster_ips (edit);
  k8_service_spec_add_cluster_ips (edit, wanted);
  return NULL;
}

static gboolean
had_port (const K8ServiceSpec *old, gint32 port)
{
  for (guint i = 0; i < k8_service_spec_ports_n (old); i++)
    if (k8_service_port_node_port (k8_service_spec_ports_at (old, i)) == port)
      return TRUE;
  return FALSE;
}

/* The node port of one port: as asked, as before, or drawn. */
static const K8Status *
assign_port (K8ApiServer *self, K8Context *context, K8Call *call, K8ServiceSpecEdit *edit,
             guint index)
{
  const K8ServicePort *port
      = k8_list_get_object (k8_edit_get_list (&edit->edit, K8_FIELD (service_spec, ports)), index);
  const K8ServiceSpec *old = call->before == NULL ? NULL : k8_service_spec (call->before);
  gint32 number = k8_service_port_node_port (port);
  K8Path path = { NULL, "spec", 0, FALSE };
  char value[16];
  K8ServicePortEdit port_edit;

  if (number != 0 && had_port (old, number))
    return NULL;
  if (number == 0)
    {
      guint32 drawn = draw (self, &self->allocator.used_ports, N_PORTS, PORT_BAND);
      if (drawn == 0)
        return k8_status_new_internal (context->region,
                                       "failed to allocate a nodePort: range is full");
      number = FIRST_PORT + (gint32) drawn - 1;
    }
  else if (number < FIRST_PORT || number >= FIRST_PORT + N_PORTS
           || get_bit (&self->allocator.used_ports, (guint32) (number - FIRST_PORT)))
    {
      gboolean is_inside = number >= FIRST_PORT && number < FIRST_PORT + N_PORTS;
      g_snprintf (value, sizeof value, "%d", number);
      return new_invalid (context, call,
                          K8_CHILD (K8_INDEX (K8_CHILD (&path, "ports"), index), "nodePort"), value,
                          is_inside ? "provided port is already allocated"
                                    : "provided port is not in the valid range. The range of "
                                      "valid ports is 30000-32767");
    }
  reserve_port (self, call, number);
  k8_service_port_edit (&port_edit, context->region, port);
  k8_service_port_set_node_port (&port_edit, number);
  k8_service_spec_replace_ports (edit, index, k8_service_port_seal (&port_edit));
  return NULL;
}

static const K8Status *
assign_ports (K8ApiServer *self, K8Context *context, K8Call *call, K8ServiceSpecEdit *edit,
              guint n)
{
  const K8Status *status = NULL;

  for (guint i = 0; i < n && status == NULL; i++)
    status = assign_port (self, context, call, edit, i);
  return status;
}

/* What a single-stack cluster says of families. */
static void
set_families (K8ServiceSpecEdit *edit, const K8ServiceSpec *spec)
{
  if (k8_service_spec_ip_families_n (spec) == 0)
    k8_service_spec_add_ip_families (edit, "IPv4");
  if (!k8_service_spec_has_ip_family_policy (spec))
    k8_service_spec_set_ip_family_policy (edit, "SingleStack");
}

/* An update keeps the address that it does not mention. */
static void
keep_ip (K8ServiceSpecEdit *edit, const K8ServiceSpec *spec, const K8ServiceSpec *old)
{
  if (k8_string_or_empty (k8_service_spec_cluster_ip (spec))[0] == '\0'
      && k8_service_spec_has_cluster_ip (old))
    k8_service_spec_set_cluster_ip (edit, k8_service_spec_cluster_ip (old));
  if (k8_service_spec_cluster_ips_n (spec) == 0 && k8_service_spec_has_cluster_ips (old))
    k8_service_spec_set_cluster_ips (edit, k8_list_ref (k8_service_spec_cluster_ips (old)));
}

/**
 * k8_allocator_assign:
 * @old: (nullable): what stands there
 *
 * Returns: (transfer full) (nullable): the Service with its addresses and ports; NULL with
 * @ret_status set if it cannot have them.
 */
const void *
k8_allocator_assign (K8ApiServer *self, K8Context *context, K8Call *call, const void *service,
                     const void *old, const K8Status **ret_status)
{
  const K8ServiceSpec *spec = k8_service_spec (service);
  const K8ServiceSpec *old_spec = old == NULL ? NULL : k8_service_spec (old);
  K8ServiceSpecEdit edit;
  K8ServiceEdit service_edit;

  if (is_type (spec, "ExternalName"))
    return NULL;
  k8_service_spec_edit (&edit, context->region, spec);
  if (old_spec != NULL && !is_type (old_spec, "ExternalName"))
    keep_ip (&edit, spec, old_spec);
  else
    *ret_status = assign_ip (self, context, call, &edit, spec);
  set_families (&edit, spec);
  if (*ret_status == NULL && (is_type (spec, "NodePort") || is_type (spec, "LoadBalancer")))
    *ret_status = assign_ports (self, context, call, &edit, k8_service_spec_ports_n (spec));
  if (*ret_status != NULL)
    {
      k8_edit_drop (&edit.edit);
      return NULL;
    }
  k8_service_edit (&service_edit, context->region, service);
  k8_service_set_spec (&service_edit, k8_service_spec_seal (&edit));
  return k8_service_seal (&service_edit);
}
