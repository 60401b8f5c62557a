/* SPDX-License-Identifier: Apache-2.0
 *
 * Event recorder: what a component says about an object becomes an Event of the API. Equal ones
 * raise a count by patch; ten different messages of one reason within 600 s are combined; one
 * source and object have 25 in stock and one more every 300 s. Names are <object>.<16 hex digits>.
 * Source: client-go, tools/record (core/v1 Events), tools/events (events.k8s.io, the scheduler).
 */
#pragma once

#include "base/index.h"
#include "base/slots.h"
#include "client/client.h"

typedef struct
{
  const char *component; /* "kubelet" */
  const char *host;      /* "node-1", or NULL */
  K8Slots seen;
  K8Index by_hash;
  guint64 n_said;        /* keeps names apart within one instant */
  gboolean is_new_style; /* eventTime and reportingController instead of counts and source */
} K8Recorder;

void k8_recorder_init (K8Recorder *self, K8Context *context, const char *component,
                       const char *host);
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

/* Says something about an object; the request is sent with cookie K8_RECORDER_COOKIE. */
void k8_recorder_say (K8Recorder *self, K8Client *client, K8Context *context, const void *object,
                      const K8Said *said);

/* Answers with this cookie belong to the recorder; they may be ignored. */
#define K8_RECORDER_COOKIE (G_GUINT64_CONSTANT (0xFE) << 56)

/* Answers whose cookie has this byte on top belong to the informer with the id below it. */
#define K8_INFORMER_COOKIE (G_GUINT64_CONSTANT (0xFD) << 56)
