/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and node ports of Services, from bitmaps that are rebuilt from the store. The lower
 * band of both ranges is left to those who ask for a value; the server draws from the upper one
 * first. What is drawn is reserved by the call until the Service is stored or refused.
 * Source: kubernetes pkg/registry/core/service (ipallocator, portallocator, storage) (v1.36).
 * Departures: IPv4 only; no IPAddress objects, LATER, with their kind.
 */
#include "apiserver/service.h"

#include "base/assert.h"
#include "machinery/gvk.h"

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
mark_port (K8Allocator *self, gint32 port, gboolean is_used)
{
  if (port >= FIRST_PORT && port < FIRST_PORT + N_PORTS)
    set_bit (&self->used_ports, (guint32) (port - FIRST_PORT), is_used);
}

static void
mark_service (K8Allocator *self, const K8Service *service, gboolean is_used)
{
  const K8ServiceSpec *spec = k8_service_spec (service);
  guint32 index = find_ip_index (self, k8_service_spec_cluster_ip (spec));

  if (index != 0)
    set_bit (&self->used_ips, index, is_used);
  for (guint i = 0; i < k8_service_spec_ports_n (spec); i++)
    mark_port (self, k8_service_port_node_port (k8_service_spec_ports_at (spec, i)), is_used);
  mark_port (self, k8_service_spec_health_check_node_port (spec), is_used);
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

/* Takes a port for a call, which gives it back if it fails. */
static void
reserve_port (K8ApiServer *self, K8Call *call, gint32 port)
{
  gsize length = call->reserved_ports == NULL ? 0 : k8_string_length (call->reserved_ports);
  guint16 *ports = g_malloc (length + sizeof (guint16));
  const char *before = call->reserved_ports;

  if (length > 0)
    memcpy (ports, before, length);
  ports[length / sizeof (guint16)] = (guint16) port;
  call->reserved_ports
      = k8_string_new_blob (self->region, (const char *) ports, length + sizeof (guint16));
  k8_string_unref (before);
  g_free (ports);
  set_bit (&self->allocator.used_ports, (guint32) (port - FIRST_PORT), TRUE);
}

/* Gives back what a call reserved, unless the store has it by now. */
void
k8_allocator_release (K8ApiServer *self, K8Call *call)
{
  if (call->reserved_ip != 0)
    set_bit (&self->allocator.used_ips, call->reserved_ip, FALSE);
  gsize length = call->reserved_ports == NULL ? 0 : k8_string_length (call->reserved_ports);
  for (gsize at = 0; at < length; at += sizeof (guint16))
    {
      guint16 port = 0;
      memcpy (&port, call->reserved_ports + at, sizeof port);
      set_bit (&self->allocator.used_ports, port - FIRST_PORT, FALSE);
    }
  k8_string_unref (call->reserved_ports);
  call->reserved_ports = NULL;
  call->reserved_ip = 0;
}

/* The range of addresses as CIDR. (transfer full) */
static char *
dup_range (const K8Allocator *self)
{
  char base[K8_IP_TEXT_BYTES];

  to_text (self->base, base);
  return g_strdup_printf ("%s/%d", base, 32 - g_bit_nth_msf (self->n_ips, -1));
}

/* Takes the address that a client asks for; gives why it cannot be had (transfer full), or NULL. */
char *
k8_allocator_claim_ip (K8ApiServer *self, K8Call *call, const char *text)
{
  guint32 index = find_ip_index (&self->allocator, text);

  if (index == 0)
    {
      char *range = dup_range (&self->allocator);
      char *why = g_strdup_printf ("the provided IP (%s) is not in the valid range. The range of "
                                   "valid IPs is %s",
                                   text, range);
      g_free (range);
      return why;
    }
  if (get_bit (&self->allocator.used_ips, index))
    return g_strdup ("provided IP is already allocated");
  set_bit (&self->allocator.used_ips, index, TRUE);
  call->reserved_ip = index;
  return NULL;
}

/* Draws an address; FALSE if there is none. */
gboolean
k8_allocator_draw_ip (K8ApiServer *self, K8Call *call, char ret_text[K8_IP_TEXT_BYTES])
{
  guint32 n = self->allocator.n_ips;
  guint32 band = MIN (MAX (16, n / 16), 256);
  guint32 drawn = draw (self, &self->allocator.used_ips, n, MIN (band, n / 2));

  if (drawn == 0)
    return FALSE;
  call->reserved_ip = drawn - 1;
  set_bit (&self->allocator.used_ips, call->reserved_ip, TRUE);
  to_text (self->allocator.base + call->reserved_ip, ret_text);
  return TRUE;
}

/* Takes the node port that a client asks for; gives why it cannot be had, or NULL. */
const char *
k8_allocator_claim_port (K8ApiServer *self, K8Call *call, gint32 port)
{
  gboolean is_outside = port < FIRST_PORT || port >= FIRST_PORT + N_PORTS;

  if (is_outside && call->request->is_dry_run)
    return NULL; /* upstream looks at the range only where it writes */
  if (is_outside)
    return "provided port is not in the valid range. The range of valid ports is 30000-32767";
  if (get_bit (&self->allocator.used_ports, (guint32) (port - FIRST_PORT)))
    return "provided port is already allocated";
  reserve_port (self, call, port);
  return NULL;
}

/* Draws a node port; 0 if there is none. */
gint32
k8_allocator_draw_port (K8ApiServer *self, K8Call *call)
{
  guint32 drawn = draw (self, &self->allocator.used_ports, N_PORTS, PORT_BAND);

  if (drawn == 0)
    return 0;
  reserve_port (self, call, FIRST_PORT + (gint32) drawn - 1);
  return FIRST_PORT + (gint32) drawn - 1;
}
