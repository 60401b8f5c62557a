/* SPDX-License-Identifier: Apache-2.0
 *
 * Event recorder: what a component says about an object becomes an Event of the API.
 * Old style: one request is under way at a time, 1000 wait, what comes beyond is dropped. Equal
 * ones raise a count by patch; ten different messages of one reason within 600 s are combined; one
 * source and object have 25 in stock and one more every 300 s. New style: each goes out at once.
 * Names are <object>.<16 hex digits>. Answers and timers come back by k8_recorder_answer() and
 * k8_recorder_receive().
 * Source: client-go, tools/record (core/v1 Events), tools/events (events.k8s.io, the scheduler).
 */
#pragma once

#include "base/index.h"
#include "base/slots.h"
#include "client/client.h"

/* What was said before (event_memory.h). */
typedef struct
{
  K8Slots seen;
  K8Index by_hash;
  guint64 n_named; /* keeps names apart within one instant */
} K8EventMemory;

typedef enum
{
  K8_RECORDER_OLD_STYLE, /* counts and a source */
  K8_RECORDER_NEW_STYLE, /* eventTime and reportingController */
} K8RecorderStyle;

typedef struct
{
  const char *component; /* "kubelet" */
  const char *host;      /* "node-1", or NULL */
  const char *user;      /* in whose name it writes; NULL: the client's. Borrowed, set after init */
  guint8 id;             /* tells recorders of one client apart; set after init */
  guint8 style;          /* K8RecorderStyle */
  struct K8EventQueue *queue; /* what waits or is under way; NULL at rest */
  K8EventMemory memory;
} K8Recorder;

void k8_recorder_init (K8Recorder *self, K8Context *context, K8RecorderStyle style,
                       const char *component, const char *host);
void k8_recorder_clear (K8Recorder *self);
void k8_recorder_clone (K8Recorder *ret_clone, const K8Recorder *self);

/* What is said. Texts are copied; `action` only in the new style; `field_path` may be NULL:
 * "spec.containers{web}". */
typedef struct
{
  const char *type; /* "Normal", "Warning" */
  const char *reason;
  const char *message;
  const char *action;
  const char *field_path;
  gint64 revision; /* of the object, as the speaker knows it; 0 unknown */
} K8Said;

/* Says something about an object. */
void k8_recorder_say (K8Recorder *self, K8Client *client, K8Context *context, const void *object,
                      const K8Said *said);

/* Takes the answer if it is to a request of this recorder, the event if it is its timer. */
gboolean k8_recorder_answer (K8Recorder *self, K8Client *client, K8Context *context,
                             const K8ApiResponse *response, guint64 cookie);
gboolean k8_recorder_receive (K8Recorder *self, K8Client *client, K8Context *context,
                              const K8EngineEvent *event);

/* Cookies and timer tags: on top whose they are, then the entry, then the recorder's id. */
#define K8_RECORDER_COOKIE (G_GUINT64_CONSTANT (0xFE) << 56)
#define K8_RECORDER_TIMER (K8_CLIENT_TIMER_BIT | (G_GUINT64_CONSTANT (1) << 48))
#define K8_RECORDER_IS_TIMER(tag) (((tag) >> 40) == (K8_RECORDER_TIMER >> 40))
#define K8_RECORDER_ID(tag) ((guint8) (tag))

/* Answers whose cookie has this byte on top belong to the informer with the id below it. */
#define K8_INFORMER_COOKIE (G_GUINT64_CONSTANT (0xFD) << 56)
