/* SPDX-License-Identifier: Apache-2.0
 *
 * The kube-proxy actor. A change marks the table as old; the first sync runs at once, the next
 * at least a second later, so changes in between are taken together. The rules are in force
 * when the time that programming them takes has passed.
 * Source: kubernetes pkg/proxy runner.BoundedFrequencyRunner, minSyncPeriod 1 s (v1.36).
 * Departures: the zone is the one that the node had at the start; no health check of node ports.
 */
#include "node/proxy.h"

#include <string.h>

#include "base/sort.h"
#include "base/time.h"

#define MIN_SYNC_NS (1 * K8_SECOND_NS)
#define SERVICE_LABEL "kubernetes.io/service-name"
#define ZONE_LABEL "topology.kubernetes.io/zone"

enum
{
  INFORMER_SERVICES = 1,
  INFORMER_SLICES = 2,
  TIMER_SYNC = 1,
};

/* A slice and the Service that it says it is of. */
typedef struct
{
  const K8EndpointSlice *slice;
  const char *namespace_name;
  const char *service;
  const char *name;
} Entry;

static int
compare_entries (const void *a, const void *b, const void *user)
{
  const Entry *one = a;
  const Entry *other = b;
  int order = k8_string_compare (one->namespace_name, other->namespace_name);

  if (order == 0)
    order = k8_string_compare (one->service, other->service);
  return order != 0 ? order : k8_string_compare (one->name, other->name);
}

/* Every slice that is of a Service, sorted by it. (transfer full) */
static GArray *
sort_slices (const K8Proxy *self)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (Entry));

  for (guint32 slot = k8_cache_next (&self->slices.cache, 0); slot != 0;
       slot = k8_cache_next (&self->slices.cache, slot))
    {
      const K8CacheEntry *cached = k8_cache_at (&self->slices.cache, slot);
      const K8ObjectMeta *meta = k8_endpoint_slice_metadata (cached->object);
      Entry entry = { .slice = cached->object,
                      .namespace_name = cached->namespace_name,
                      .service = k8_object_meta_labels_get (meta, SERVICE_LABEL),
                      .name = cached->name };
      if (entry.service != NULL)
        g_array_append_val (entries, entry);
    }
  k8_sort (entries->data, entries->len, sizeof (Entry), compare_entries, NULL);
  return entries;
}

/* The first of a Service's slices in the sorted row; the row's length if it has none. */
static guint
find_first (const GArray *entries, const K8CacheEntry *service)
{
  Entry key = { .namespace_name = service->namespace_name, .service = service->name };
  guint low = 0;
  guint high = entries->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (compare_entries (&g_array_index (entries, Entry, middle), &key, NULL) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
add_service (K8ProxyRules *rules, const K8CacheEntry *service, const GArray *entries)
{
  GPtrArray *slices = g_ptr_array_new ();

  for (guint i = find_first (entries, service); i < entries->len; i++)
    {
      const Entry *entry = &g_array_index (entries, Entry, i);
      if (!k8_string_equal (entry->namespace_name, service->namespace_name)
          || !k8_string_equal (entry->service, service->name))
        break;
      g_ptr_array_add (slices, (void *) entry->slice);
    }
  k8_proxy_rules_add (rules, service->object, (const K8EndpointSlice *const *) slices->pdata,
                      slices->len);
  g_ptr_array_free (slices, TRUE);
}

static K8ProxyRules *
make_rules (K8Proxy *self, K8Context *context)
{
  K8ProxyRules *rules = k8_proxy_rules_new (context->region, self->node_name, self->zone);
  GArray *entries = sort_slices (self);

  for (guint32 slot = k8_cache_next (&self->services.cache, 0); slot != 0;
       slot = k8_cache_next (&self->services.cache, slot))
    add_service (rules, k8_cache_at (&self->services.cache, slot), entries);
  g_array_free (entries, TRUE);
  k8_proxy_rules_finish (rules);
  return rules;
}

static void
sync (K8Proxy *self, K8Context *context)
{
  K8ProxyRules *rules = make_rules (self, context);

  self->timer = 0;
  self->synced_ns = context->now_ns;
  if (self->rules != NULL && k8_proxy_rules_equal (self->rules, rules))
    {
      k8_mail_unref (rules);
      return;
    }
  k8_mail_unref (self->rules);
  self->rules = k8_mail_ref (rules);
  k8_trace (context, PROXY_SYNCED,
            { K8_TEXT (self->node_name), K8_NUMBER (k8_array_n (&rules->rules)) });
  k8_context_emit (context, K8_EFFECT_RULES, 0, rules);
}

/* Something changed: a sync is due, not too soon after the last. */
static void
mark (K8Proxy *self, K8Context *context)
{
  gint64 wait_ns = 0;

  if (self->timer != 0 || !self->services.has_synced || !self->slices.has_synced)
    return;
  if (self->rules != NULL)
    wait_ns = MAX (self->synced_ns + MIN_SYNC_NS - context->now_ns, 0);
  self->timer = k8_context_set_timer (
      context, wait_ns + context->actor->start->durations.proxy_sync_ns, TIMER_SYNC);
}

static void
changed (void *user, K8Context *context, const K8Change *change)
{
  mark (user, context);
}

static void
proxy_start (K8Actor *actor, K8Context *context, const K8StartMail *start)
{
  K8Proxy *self = (K8Proxy *) actor;
  const char *slash = strchr (actor->name, '/');
  const K8ObjectMeta *meta = k8_node_metadata (start->config);
  const char *name = k8_object_meta_name (meta);

  if (name == NULL)
    name = slash == NULL ? actor->name : slash + 1;
  self->node_name = k8_string_intern (context->region, name);
  self->zone = k8_string_ref (k8_object_meta_labels_get (meta, ZONE_LABEL));
  k8_client_init (&self->client, context, "system:kube-proxy");
  k8_informer_init (&self->services, context, K8_KIND_Service, INFORMER_SERVICES, changed);
  k8_informer_init (&self->slices, context, K8_KIND_EndpointSlice, INFORMER_SLICES, changed);
  k8_informer_join_cohort (&self->services);
  k8_informer_join_cohort (&self->slices);
  k8_informer_start (&self->services, &self->client, context);
  k8_informer_start (&self->slices, &self->client, context);
}

static void
take_answer (K8Proxy *self, K8Context *context, const K8ApiResponse *response, guint64 cookie)
{
  if (!k8_informer_answer (&self->services, &self->client, context, response, cookie, self))
    k8_informer_answer (&self->slices, &self->client, context, response, cookie, self);
  if (self->rules == NULL)
    mark (self, context); /* both lists may be empty */
}

static void
proxy_receive (K8Actor *actor, K8Context *context, const K8EngineEvent *event)
{
  K8Proxy *self = (K8Proxy *) actor;
  const K8ApiResponse *response;
  guint64 cookie = 0;

  while ((response = k8_client_receive (&self->client, context, event, &cookie)) != NULL)
    {
      take_answer (self, context, response, cookie);
      if (event->type == K8_EVENT_MESSAGE)
        return;
    }
  if (k8_informer_receive (&self->services, &self->client, context, event, self)
      || k8_informer_receive (&self->slices, &self->client, context, event, self))
    return;
  if (event->type == K8_EVENT_TIMER && event->tag == TIMER_SYNC)
    sync (self, context);
}

static void
proxy_clone (const K8Actor *actor, K8Actor *ret_clone)
{
  const K8Proxy *self = (const K8Proxy *) actor;
  K8Proxy *clone = (K8Proxy *) ret_clone;

  k8_client_clone (&clone->client, &self->client);
  k8_informer_clone (&clone->services, &self->services);
  k8_informer_clone (&clone->slices, &self->slices);
  k8_string_ref (self->node_name);
  k8_string_ref (self->zone);
  if (self->rules != NULL)
    k8_mail_ref (self->rules);
}

static void
proxy_clear (K8Actor *actor)
{
  K8Proxy *self = (K8Proxy *) actor;

  k8_client_clear (&self->client);
  k8_informer_clear (&self->services);
  k8_informer_clear (&self->slices);
  k8_string_unref (self->node_name);
  k8_string_unref (self->zone);
  k8_mail_unref (self->rules);
}

const K8ActorClass k8_proxy_actor_class = {
  .name = "proxy",
  .kind = K8_ACTOR_PROXY,
  .bytes = sizeof (K8Proxy),
  .start = proxy_start,
  .receive = proxy_receive,
  .clone = proxy_clone,
  .clear = proxy_clear,
};
