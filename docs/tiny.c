/* SPDX-License-Identifier: Apache-2.0
 *
 * The smallest driver: a cluster of one node, turned by hand until a pod runs. Everything a
 * driver must do is here: give memory, start actors, keep a queue of events in the order of
 * (time, sequence), hand each to k8_engine_step(), and turn the effects that come back into
 * later events. Here a message takes a millisecond, a disk never fails, a container always
 * starts. What is missing is what sim/ and exec/ are made of.
 * Built as `build/docs/tiny` and run by ./test: it fails unless the pod is Running at the end.
 */

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "apiserver/apiserver.h"
#include "engine.h"
#include "etcd/etcd.h"
#include "node/runtime.h"

#define MILLISECOND_NS G_GINT64_CONSTANT (1000000)
#define SECOND_NS (1000 * MILLISECOND_NS)
#define TOKEN "secret"

/* What lies in the queue: an event, and when it was put there. */
typedef struct
{
  K8EngineEvent event;
  guint64 sequence;
} Entry;

typedef struct
{
  K8Region *region;
  K8Engine *engine;
  K8Outbox outbox;
  GArray *queue; /* Entry, unordered: the next one is looked for */
  guint64 n_scheduled;
  guint n_containers;
  GString *answer; /* of the last request */
} Driver;

static const char pod_json[] =
  "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"hello\"},"
  "\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"web:1\"}]}}";

/* Puts an event @delay_ns after now. Mail is taken over. */
static void
schedule (Driver *self, K8EngineEvent event, gint64 delay_ns)
{
  event.now_ns = k8_engine_now (self->engine) + delay_ns;
  Entry entry = { .event = event, .sequence = ++self->n_scheduled };
  g_array_append_val (self->queue, entry);
}

/* The place of the earliest event; of equal times the one put first. */
static guint
find_next (const Driver *self)
{
  guint best = 0;

  for (guint i = 1; i < self->queue->len; i++)
    {
      const Entry *entry = &g_array_index (self->queue, Entry, i);
      const Entry *first = &g_array_index (self->queue, Entry, best);

      if (entry->event.now_ns < first->event.now_ns ||
          (entry->event.now_ns == first->event.now_ns && entry->sequence < first->sequence))
        best = i;
    }
  return best;
}

static void
cancel_timer (Driver *self, guint64 timer)
{
  for (guint i = 0; i < self->queue->len; i++)
    {
      const K8EngineEvent *event = &g_array_index (self->queue, Entry, i).event;

      if (event->type == K8_EVENT_TIMER && event->timer == timer)
        {
          g_array_remove_index_fast (self->queue, i);
          return;
        }
    }
}

/* A runtime in which everything succeeds at once. */
static K8Mail *
answer_runtime (Driver *self, const K8RuntimeOp *op)
{
  K8RuntimeEvent *answer = k8_mail_new (self->region, &k8_runtime_event_class);
  g_autofree char *id = g_strdup_printf ("container-%u", ++self->n_containers);

  answer->type = op->type == K8_RUNTIME_LIST ? K8_RUNTIME_LISTED : K8_RUNTIME_RESULT;
  answer->op = op->type;
  k8_array_init (&answer->items, self->region, sizeof (K8RuntimeItem));
  if (op->type == K8_RUNTIME_RUN_SANDBOX || op->type == K8_RUNTIME_CREATE_CONTAINER)
    answer->item.id = k8_string_intern (self->region, id);
  if (op->type == K8_RUNTIME_RUN_SANDBOX)
    answer->item.ip = k8_string_intern (self->region, "10.244.0.2");
  return &answer->mail;
}

static void
keep_answer (Driver *self, const K8HttpResponse *response)
{
  K8HttpCursor cursor = { 0 };

  g_string_truncate (self->answer, 0);
  while (k8_http_encode_piece (response, &cursor, self->answer, 65536))
    continue;
}

/* One effect becomes at most one later event for the actor that asked. */
static void
carry_out (Driver *self, const K8Effect *effect)
{
  K8EngineEvent event = { .to = effect->from, .cause = effect->cause, .tag = effect->tag };

  switch (effect->type)
    {
    case K8_EFFECT_SEND:
      event.type = K8_EVENT_MESSAGE;
      event.to = effect->to;
      event.from = effect->from;
      event.mail = k8_mail_ref (effect->mail);
      schedule (self, event, effect->delay_ns + MILLISECOND_NS);
      break;
    case K8_EFFECT_TIMER_SET:
      event.type = K8_EVENT_TIMER;
      event.timer = effect->timer;
      schedule (self, event, effect->delay_ns);
      break;
    case K8_EFFECT_TIMER_CANCEL:
      cancel_timer (self, effect->timer);
      break;
    case K8_EFFECT_PERSIST:
      event.type = K8_EVENT_PERSISTED;
      schedule (self, event, MILLISECOND_NS);
      break;
    case K8_EFFECT_RUNTIME:
      event.type = K8_EVENT_RUNTIME;
      event.mail = answer_runtime (self, (const K8RuntimeOp *) effect->mail);
      schedule (self, event, 100 * MILLISECOND_NS);
      break;
    case K8_EFFECT_SIGN:
      event.type = K8_EVENT_SIGNED;
      event.mail = &k8_text_mail_new (self->region, "signature", 9)->mail;
      schedule (self, event, 0);
      break;
    case K8_EFFECT_RESPONSE:
      keep_answer (self, (const K8HttpResponse *) effect->mail);
      break;
    default:
      break; /* no probes, no traffic, no streams in this world */
    }
}

/* Prints and clears what a step left behind. */
static void
empty_outbox (Driver *self)
{
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; i < k8_array_n (&self->outbox.trace); i++)
    {
      g_string_truncate (line, 0);
      k8_trace_to_json (self->engine, k8_array_at (&self->outbox.trace, i), line);
      puts (line->str);
    }
  for (guint i = 0; i < k8_array_n (&self->outbox.effects); i++)
    carry_out (self, k8_array_at (&self->outbox.effects, i));
  k8_outbox_reset (&self->outbox);
}

static void
run_until (Driver *self, gint64 end_ns)
{
  while (self->queue->len > 0)
    {
      guint next = find_next (self);
      K8EngineEvent event = g_array_index (self->queue, Entry, next).event;

      if (event.now_ns > end_ns)
        break;
      g_array_remove_index_fast (self->queue, next);
      k8_engine_step (self->engine, &event, &self->outbox);
      k8_mail_unref (event.mail);
      empty_outbox (self);
    }
}

/* What a kubelet registers: its node's name and size. */
static const K8Node *
make_node (K8Region *region)
{
  K8ObjectMetaEdit meta;
  K8NodeStatusEdit status;
  K8NodeEdit node;

  k8_object_meta_edit (&meta, region, NULL);
  k8_object_meta_set_name (&meta, "node-1");
  k8_node_status_edit (&status, region, NULL);
  k8_node_status_put_capacity (&status, "cpu", "4");
  k8_node_status_put_capacity (&status, "memory", "8Gi");
  k8_node_status_put_capacity (&status, "pods", "110");
  k8_node_edit (&node, region, NULL);
  k8_node_set_metadata (&node, k8_object_meta_seal (&meta));
  k8_node_set_status (&node, k8_node_status_seal (&status));
  return k8_node_seal (&node);
}

static void
start_actor (Driver *self, K8ActorKind kind, const char *name)
{
  K8StartMail *start = k8_mail_new (self->region, &k8_start_mail_class);

  start->kind = kind;
  start->name = k8_string_intern (self->region, name);
  start->wall_start_ns = 1767225600 * SECOND_NS; /* 2026-01-01T00:00:00Z */
  start->admin_token = k8_string_intern (self->region, TOKEN);
  start->service_cidr = k8_string_intern (self->region, "10.96.0.0/16");
  start->pod_cidr = k8_string_intern (self->region, "10.244.0.0/24");
  if (kind == K8_ACTOR_KUBELET)
    start->config = make_node (self->region);
  schedule (self, (K8EngineEvent){ .type = K8_EVENT_START, .mail = &start->mail }, 0);
}

/* Sends bytes to the API server, as a client would, at @delay_ns from now. */
static void
request (Driver *self, const char *method, const char *target, const char *body, gint64 delay_ns)
{
  K8HttpRequest *http = k8_http_request_new (self->region, method, target);

  k8_http_request_add_header (http, "authorization", "Bearer " TOKEN);
  k8_http_request_add_header (http, "accept", "application/json");
  if (body != NULL)
    {
      k8_http_request_add_header (http, "content-type", "application/json");
      k8_http_request_set_body (http, body, strlen (body));
    }
  schedule (self,
            (K8EngineEvent){ .type = K8_EVENT_REQUEST,
                             .to = k8_engine_find_actor (self->engine, "apiserver-0"),
                             .tag = self->n_scheduled + 1,
                             .mail = &http->mail },
            delay_ns);
}

/* 4 GiB of address space, aligned to its size; pages are given when they are touched. */
static void *
reserve_span (void)
{
  char *memory = mmap (NULL, 2 * K8_REGION_SPAN_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (memory == MAP_FAILED)
    g_error ("cannot reserve 8 GiB of address space");
  return memory + (-(guintptr) memory & (K8_REGION_SPAN_BYTES - 1));
}

int
main (void)
{
  Driver self = { 0 };
  char digest[33];

  self.region = k8_region_new (reserve_span (), (gsize) 256 << 20);
  self.engine = k8_engine_new (self.region, 1);
  k8_outbox_init (&self.outbox, self.region);
  self.queue = g_array_new (FALSE, FALSE, sizeof (Entry));
  self.answer = g_string_new (NULL);

  start_actor (&self, K8_ACTOR_ETCD, "etcd-0");
  start_actor (&self, K8_ACTOR_APISERVER, "apiserver-0");
  start_actor (&self, K8_ACTOR_CONTROLLER_MANAGER, "controller-manager-0");
  start_actor (&self, K8_ACTOR_SCHEDULER, "scheduler-0");
  start_actor (&self, K8_ACTOR_KUBELET, "kubelet/node-1");
  run_until (&self, 0);
  request (&self, "POST", "/api/v1/namespaces/default/pods", pod_json, 5 * SECOND_NS);
  request (&self, "GET", "/api/v1/namespaces/default/pods/hello", NULL, 20 * SECOND_NS);
  run_until (&self, 21 * SECOND_NS);

  k8_engine_digest (self.engine, digest);
  printf ("%s\ndigest %s\n", self.answer->str, digest);
  return strstr (self.answer->str, "\"phase\":\"Running\"") != NULL ? 0 : 1;
}
