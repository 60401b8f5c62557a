/* SPDX-License-Identifier: Apache-2.0
 *
 * What serve/, gui/ and cli/ may ask of whichever driver runs: the simulator or the executor.
 * Types only. Single thread: everything runs in the caller's GLib main context.
 *
 * A request is submitted, then its response is pulled piece by piece; the driver notifies when
 * there is more to pull (a head, a piece of a list, frames of a watch). Streams (exec, attach,
 * port-forward) take bytes by write.
 */
#pragma once

#include <glib.h>

typedef struct K8DriverInterface K8DriverInterface;

/* A driver: its interface and itself. */
typedef struct
{
  const K8DriverInterface *interface;
  void *self;
} K8Driver;

/* A header of a request or response; names in lower case. */
typedef struct
{
  const char *name;
  const char *value;
} K8DriverHeader;

/* A request as it came, before anything was believed of it. Borrowed for the call. */
typedef struct
{
  const char *method;
  const char *target; /* raw path and query */
  const char *peer;
  const K8DriverHeader *headers;
  guint n_headers;
  const char *body;
  gsize body_bytes;
} K8DriverRequest;

typedef guint64 K8DriverTicket; /* 0: none */

/* Something can be pulled for the ticket. May be called from within submit. */
typedef void (*K8DriverNotify) (K8DriverTicket ticket, void *user);

/* The head of a response; valid until the next call for this ticket. */
typedef struct
{
  guint code;
  const char *content_type;
  const K8DriverHeader *headers;
  guint n_headers;
  gboolean is_stream; /* a watch or log: flush each piece */
} K8DriverHead;

typedef enum
{
  K8_PULL_WAIT, /* nothing now; a notify will come */
  K8_PULL_MORE, /* bytes were appended; pull again */
  K8_PULL_END,  /* bytes may have been appended; the response is complete */
} K8PullResult;

struct K8DriverInterface
{
  K8DriverTicket (*submit) (void *self, const K8DriverRequest *request, K8DriverNotify notify,
                            void *user);
  /* The head, once it is there; FALSE before. */
  gboolean (*get_head) (void *self, K8DriverTicket ticket, K8DriverHead *ret_head);
  /* Appends at most about @max_bytes to @out. */
  K8PullResult (*pull) (void *self, K8DriverTicket ticket, GString *out, gsize max_bytes);
  /* Bytes of a client's stream; @is_end: it has closed its side. */
  void (*write) (void *self, K8DriverTicket ticket, const char *bytes, gsize n_bytes,
                 gboolean is_end);
  /* The client has gone, or the response was read to its end. Frees the ticket. */
  void (*cancel) (void *self, K8DriverTicket ticket);
};
