/* SPDX-License-Identifier: Apache-2.0
 *
 * A component's connection to the API server: builds requests, matches answers to them, gives
 * time-outs and broken connections back as answers with a Status, so that a caller has one path
 * for every failure. One client an actor; its state is clonable like all private state.
 * Usage, in the actor's receive():
 *   response = k8_client_receive (&self->client, context, event, &cookie);
 *   if (response != NULL) ... the answer to the request that was sent with that cookie
 */
#pragma once

#include "actor.h"
#include "apiserver/apiserver.h"
#include "base/array.h"
#include "base/fifo.h"

typedef struct
{
  const char *user;
  K8ActorId server;      /* whom it talks to; found anew after a disconnect */
  guint64 next_tag;
  guint64 timer;
  gint64 timeout_ns;
  K8Fifo calls;          /* under way, by tag; those in the middle that are over are marked */
  guint64 first_call;    /* tag of the first */
  K8Array watches;       /* under way: few, and for long */
} K8Client;

/* Timer tags with this bit belong to clients, informers and queues; an actor's own lack it. */
#define K8_CLIENT_TIMER_BIT (G_GUINT64_CONSTANT (1) << 63)

void k8_client_init (K8Client *self, K8Context *context, const char *user);
void k8_client_clear (K8Client *self);
void k8_client_clone (K8Client *ret_clone, const K8Client *self);

/* Requests of common forms; fill in what else is wanted, then send. (transfer full) */
K8ApiRequest *k8_client_request (K8Client *self, K8Context *context, K8Verb verb, K8KindId kind);
K8ApiRequest *k8_client_request_for (K8Client *self, K8Context *context, K8Verb verb,
                                     const void *object, gint64 revision);
void k8_api_request_set_namespace (K8ApiRequest *self, const char *namespace_name);
void k8_api_request_set_name (K8ApiRequest *self, const char *name);
void k8_api_request_set_field_selector (K8ApiRequest *self, const char *selector);
void k8_api_request_set_label_selector (K8ApiRequest *self, const char *selector);
void k8_api_request_set_patch (K8ApiRequest *self, K8PatchType type, const char *body);

/* Sends a request (taken over); the answer comes with @cookie, which is the caller's to choose. */
guint64 k8_client_send (K8Client *self, K8Context *context, K8ApiRequest *request, guint64 cookie);

/* The answer in an event, or NULL if the event is not an answer to this client. Also handles
 * its timer and DISCONNECT (one synthetic answer with code 503 or 504 at a time: call again
 * with the same event until it gives NULL). The response is borrowed for the step. */
const K8ApiResponse *k8_client_receive (K8Client *self, K8Context *context,
                                        const K8EngineEvent *event, guint64 *ret_cookie);

/* Ends what is known of a request: a watch that is over, an answer that is not wanted. */
void k8_client_end (K8Client *self, guint64 tag);

/* Whether a response says that it worked. */
static inline gboolean
k8_api_response_is_ok (const K8ApiResponse *self)
{
  return self->code >= 200 && self->code < 300;
}
