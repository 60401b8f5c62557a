/* SPDX-License-Identifier: Apache-2.0
 *
 * A small world for tests of actors: an engine, a queue of events in the order they came, timers
 * that fire only when a test lets time pass, a disk and a signer that answer at once. Mail to
 * clients that are no actors is kept for the test to look at.
 *   world = test_world_new ();                       etcd and API server, started
 *   response = test_world_call (world, request);     borrowed until the next call
 */
#pragma once

#include "apiserver/apiserver.h"
#include "engine.h"

typedef struct TestWorld TestWorld;

/* The sender of requests that a test makes itself. */
#define TEST_CLIENT ((K8ActorId) 1000)

/* Wall time of virtual instant zero: 2026-01-01T00:00:00Z. */
#define TEST_WALL_SECONDS G_GINT64_CONSTANT (1767225600)

/* Mail that an actor sent to a client. */
typedef struct
{
  K8ActorId to;
  guint64 tag;
  const K8Mail *mail; /* counted */
} TestMail;

TestWorld *test_world_new (void);       /* etcd-0 and apiserver-0, run until quiet */
TestWorld *test_world_new_empty (void); /* no actors */
void test_world_free (TestWorld *self);
K8Engine *test_world_engine (TestWorld *self);
K8Region *test_world_region (TestWorld *self);

/* Actors. Starting again after a stop gives etcd what its disk had. */
K8StartMail *test_world_start_mail (TestWorld *self, K8ActorKind kind, const char *name);
K8ActorId test_world_start (TestWorld *self, K8StartMail *start);
void test_world_stop (TestWorld *self, const char *name);
void test_world_disconnect (TestWorld *self, const char *name, K8ActorId from);

/* Effects that the world does not do itself (runtime, probes, rules) go to a hook, if any. */
typedef void (*TestEffectHook) (void *user, const K8Effect *effect);
void test_world_set_effect_hook (TestWorld *self, TestEffectHook hook, void *user);

/* Events. Running goes on until the queue is empty. */
void test_world_post (TestWorld *self, const K8EngineEvent *event);
void test_world_run (TestWorld *self);
void test_world_advance (TestWorld *self, gint64 duration_ns); /* fires timers on the way */
gint64 test_world_now (const TestWorld *self);

/* Goes on in a clone of the engine; the original is freed. */
void test_world_switch_to_clone (TestWorld *self);

/* Requests of clients inside. Makers take plain texts, NULL for none. */
K8ApiRequest *test_world_request (TestWorld *self, K8Verb verb, K8KindId kind,
                                  const char *namespace_name, const char *name);
guint64 test_world_send (TestWorld *self, K8ApiRequest *request); /* taken over; its tag */
const K8ApiResponse *test_world_call (TestWorld *self, K8ApiRequest *request);
const K8ApiResponse *test_world_response (TestWorld *self, guint64 tag); /* or NULL */
void test_world_cancel (TestWorld *self, guint64 tag);

/* An object from JSON. (transfer full) */
const void *test_world_object (TestWorld *self, K8KindId kind, const char *json);

/* Creates an object from JSON and gives its code. */
guint test_world_create (TestWorld *self, K8KindId kind, const char *namespace_name,
                         const char *json);

/* What a watch was told: "ADDED web-1 5\n", in order, since the last time it was asked. (g_free) */
char *test_world_watch_text (TestWorld *self, guint64 tag);

/* The next batch that a watch was told, or NULL. (transfer full) */
const K8WatchBatch *test_world_take_batch (TestWorld *self, guint64 tag);

/* Requests from outside: the answer as text, "201\n{...}". NULL body: none. (g_free) */
typedef struct
{
  const char *method;
  const char *target;
  const char *token; /* NULL: none */
  const char *content_type;
  const char *accept;
  const char *user_agent;
  const char *body;
  gsize body_bytes; /* 0: strlen */
} TestHttp;
char *test_world_http (TestWorld *self, const TestHttp *request);

/* The same with the headers: an answer to look at, valid until the next request. */
const K8HttpResponse *test_world_http_response (TestWorld *self, const TestHttp *request,
                                                GString *body);
/* The same for a request that is made already; taken over. */
const K8HttpResponse *test_world_submit (TestWorld *self, K8HttpRequest *request, GString *body);
void test_world_forget (TestWorld *self); /* all answers and mails that were kept */
guint64 test_world_http_tag (const TestWorld *self); /* of the last one */
char *test_world_http_stream (TestWorld *self, guint64 tag); /* frames since the last time */
#define TEST_ADMIN_TOKEN "admin-token"
