/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP by libmicrohttpd on our own main loop: its epoll descriptor is a GSource.
 * States of a request: HEAD (checked in the first call of the handler) → BODY (pieces, counted) →
 * ASKED (a ticket; the connection is suspended) → ANSWERING (head is there; body is pulled as the
 * connection takes it; suspended again while there is nothing) → done (completed).
 * Invariant: a connection is suspended only while a notify of the driver will come.
 */
#include "serve/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "limits.h"
#include "serve/framing.h"

enum
{
  MAX_CONNECTIONS = 1000,
  HEAD_BYTES = 128 * 1024,
  IDLE_SECONDS = 60,
  PIECE_BYTES = 64 * 1024,
  BACKLOG = 128,
};

#define DEFAULT_ADDRESS "127.0.0.1"

struct ServeServer
{
  K8Driver driver;
  struct MHD_Daemon *daemon;
  GSource *source;
  guint timeout_id;
  guint run_id;
  guint16 port;
  char *address;
  gboolean is_plain;
  guint n_requests;
  GHashTable *suspended; /* set of Request */
};

typedef struct
{
  ServeServer *server;
  struct MHD_Connection *connection;
  char *target; /* raw */
  GString *body;
  GString *pending; /* pulled and not yet taken by the connection */
  gsize n_taken;
  K8DriverTicket ticket;
  gboolean has_begun;
  gboolean is_too_large;
  gboolean is_suspended;
  gboolean is_answering;
  gboolean is_at_end;
} Request;

static void schedule_run (ServeServer *self);

static K8PullResult
pull (Request *request)
{
  const K8Driver *driver = &request->server->driver;

  return driver->interface->pull (driver->self, request->ticket, request->pending, PIECE_BYTES);
}

static void
suspend (Request *request)
{
  request->is_suspended = TRUE;
  g_hash_table_add (request->server->suspended, request);
  MHD_suspend_connection (request->connection);
}

static void
resume (Request *request)
{
  request->is_suspended = FALSE;
  g_hash_table_remove (request->server->suspended, request);
  MHD_resume_connection (request->connection);
}

/* The driver has something for a request. */
static void
on_notify (K8DriverTicket ticket, void *user)
{
  Request *request = user;

  if (!request->is_suspended)
    return;
  resume (request);
  schedule_run (request->server);
}

static ssize_t
read_body (void *user, uint64_t position, char *buffer, size_t max)
{
  Request *request = user;

  while (request->pending->len == request->n_taken)
    {
      if (request->is_at_end)
        return MHD_CONTENT_READER_END_OF_STREAM;
      g_string_truncate (request->pending, 0);
      request->n_taken = 0;
      K8PullResult result = pull (request);
      request->is_at_end = result == K8_PULL_END;
      if (result == K8_PULL_WAIT && request->pending->len == 0)
        {
          suspend (request);
          return 0;
        }
    }
  gsize n = MIN (max, request->pending->len - request->n_taken);
  memcpy (buffer, request->pending->str + request->n_taken, n);
  request->n_taken += n;
  return (ssize_t) n;
}

/* A short answer of our own, before the engine has seen anything. */
static enum MHD_Result
refuse (struct MHD_Connection *connection, guint code, const char *reason, const char *message)
{
  g_autofree char *text = serve_framing_dup_status (code, reason, message);
  struct MHD_Response *response
      = MHD_create_response_from_buffer (strlen (text), text, MHD_RESPMEM_MUST_COPY);

  MHD_add_response_header (response, "Content-Type", "application/json");
  MHD_add_response_header (response, "Connection", "close");
  enum MHD_Result result = MHD_queue_response (connection, code, response);
  MHD_destroy_response (response);
  return result;
}

static void
add_headers (struct MHD_Response *response, const K8DriverHead *head)
{
  if (head->content_type != NULL)
    MHD_add_response_header (response, "Content-Type", head->content_type);
  MHD_add_response_header (response, "Cache-Control", "no-cache, private");
  for (guint i = 0; i < head->n_headers; i++)
    MHD_add_response_header (response, head->headers[i].name, head->headers[i].value);
}

/* The whole body at once if it is short, else a reader. */
static struct MHD_Response *
make_response (Request *request, const K8DriverHead *head)
{
  if (!head->is_stream)
    request->is_at_end = pull (request) == K8_PULL_END;
  if (request->is_at_end)
    return MHD_create_response_from_buffer (request->pending->len, request->pending->str,
                                            MHD_RESPMEM_MUST_COPY);
  return MHD_create_response_from_callback (MHD_SIZE_UNKNOWN, PIECE_BYTES, read_body, request,
                                            NULL);
}

static enum MHD_Result
start_answer (Request *request)
{
  const K8Driver *driver = &request->server->driver;
  K8DriverHead head;

  if (!driver->interface->get_head (driver->self, request->ticket, &head))
    {
      suspend (request);
      return MHD_YES;
    }
  struct MHD_Response *response = make_response (request, &head);
  if (!driver->interface->get_head (driver->self, request->ticket, &head))
    head = (K8DriverHead){ .code = 500 };
  add_headers (response, &head);
  request->is_answering = TRUE;
  enum MHD_Result result = MHD_queue_response (request->connection, head.code, response);
  MHD_destroy_response (response);
  return result;
}

static enum MHD_Result
add_header (void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
  GArray *headers = user;
  K8DriverHeader header = { .name = g_ascii_strdown (name, -1), .value = value };

  if (value == NULL)
    header.value = "";
  g_array_append_val (headers, header);
  return MHD_YES;
}

static char *
dup_peer (struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info
      = MHD_get_connection_info (connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  char text[INET6_ADDRSTRLEN] = "?";
  guint16 port = 0;

  if (info != NULL && info->client_addr->sa_family == AF_INET)
    {
      const struct sockaddr_in *address = (const struct sockaddr_in *) (void *) info->client_addr;
      inet_ntop (AF_INET, &address->sin_addr, text, sizeof text);
      port = ntohs (address->sin_port);
    }
  return g_strdup_printf ("%s:%u", text, port);
}

static enum MHD_Result
ask (Request *request, const char *method)
{
  ServeServer *server = request->server;
  GArray *headers = g_array_new (FALSE, FALSE, sizeof (K8DriverHeader));
  g_autofree char *peer = dup_peer (request->connection);

  MHD_get_connection_values (request->connection, MHD_HEADER_KIND, add_header, headers);
  K8DriverRequest given = { .method = method,
                            .target = request->target,
                            .peer = peer,
                            .headers = (const K8DriverHeader *) (void *) headers->data,
                            .n_headers = headers->len,
                            .body = request->body->str,
                            .body_bytes = request->body->len };
  request->ticket
      = server->driver.interface->submit (server->driver.self, &given, on_notify, request);
  server->n_requests++;
  for (guint i = 0; i < headers->len; i++)
    g_free ((char *) g_array_index (headers, K8DriverHeader, i).name);
  g_array_free (headers, TRUE);
  return start_answer (request);
}

/* Takes a piece of the body; what is over the limit is read and dropped. */
static enum MHD_Result
take_piece (Request *request, const char *bytes, size_t *n_bytes)
{
  if (request->body->len + *n_bytes > K8_MAX_BODY_BYTES)
    request->is_too_large = TRUE;
  else
    g_string_append_len (request->body, bytes, (gssize) *n_bytes);
  *n_bytes = 0;
  return MHD_YES;
}

static enum MHD_Result
begin (Request *request, struct MHD_Connection *connection)
{
  ServeProblem problem;

  request->connection = connection;
  request->has_begun = TRUE;
  if (!serve_framing_check (connection, request->target, request->server->port, &problem))
    return refuse (connection, problem.code, problem.reason, problem.message);
  return MHD_YES;
}

static enum MHD_Result
on_request (void *user, struct MHD_Connection *connection, const char *url, const char *method,
            const char *version, const char *bytes, size_t *n_bytes, void **state)
{
  Request *request = *state;

  if (request == NULL)
    return MHD_NO;
  if (!request->has_begun)
    return begin (request, connection);
  if (*n_bytes > 0)
    return take_piece (request, bytes, n_bytes);
  if (request->is_too_large)
    return refuse (connection, 413, "RequestEntityTooLarge",
                   "Request entity too large: limit is 3145728");
  if (request->ticket != 0)
    return start_answer (request);
  return ask (request, method);
}

/* Called with the raw target before anything else: the request begins here. */
static void *
on_target (void *user, const char *target, struct MHD_Connection *connection)
{
  Request *request = g_new0 (Request, 1);

  request->server = user;
  request->target = g_strdup (target);
  request->body = g_string_new (NULL);
  request->pending = g_string_new (NULL);
  return request;
}

static void
on_completed (void *user, struct MHD_Connection *connection, void **state,
              enum MHD_RequestTerminationCode code)
{
  Request *request = *state;

  if (request == NULL)
    return;
  g_hash_table_remove (request->server->suspended, request);
  if (request->ticket != 0)
    request->server->driver.interface->cancel (request->server->driver.self, request->ticket);
  g_free (request->target);
  g_string_free (request->body, TRUE);
  g_string_free (request->pending, TRUE);
  g_free (request);
  *state = NULL;
}

static size_t
leave_as_sent (void *user, struct MHD_Connection *connection, char *text)
{
  return strlen (text);
}

static gboolean on_timeout (void *user);

/* Lets the daemon work, and sets the timer that it wants. */
static void
run (ServeServer *self)
{
  MHD_UNSIGNED_LONG_LONG wait_ms;

  MHD_run (self->daemon);
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  if (MHD_get_timeout (self->daemon, &wait_ms) == MHD_YES)
    self->timeout_id = g_timeout_add ((guint) MIN (wait_ms, 60000), on_timeout, self);
}

static gboolean
on_timeout (void *user)
{
  ServeServer *self = user;

  self->timeout_id = 0;
  run (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_run (void *user)
{
  ServeServer *self = user;

  self->run_id = 0;
  run (self);
  return G_SOURCE_REMOVE;
}

/* Lets the daemon work soon: never from within its own callbacks. */
static void
schedule_run (ServeServer *self)
{
  if (self->run_id == 0)
    self->run_id = g_idle_add_full (G_PRIORITY_DEFAULT, on_run, self, NULL);
}

static gboolean
on_readable (int fd, GIOCondition condition, void *user)
{
  run (user);
  return G_SOURCE_CONTINUE;
}

int
serve_listen (const char *address, guint16 port, GError **error)
{
  const char *text = address == NULL ? DEFAULT_ADDRESS : address;
  struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons (port) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int yes = 1;

  inet_pton (AF_INET, text, &own.sin_addr);
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind (fd, (struct sockaddr *) (void *) &own, sizeof own) == 0 && listen (fd, BACKLOG) == 0)
    return fd;
  int code = errno;
  g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (code),
               "cannot listen on %s port %u: %s", text, port, g_strerror (code));
  close (fd);
  return -1;
}

guint16
serve_listen_port (int fd)
{
  struct sockaddr_in address = { 0 };
  socklen_t length = sizeof address;

  getsockname (fd, (struct sockaddr *) (void *) &address, &length);
  return ntohs (address.sin_port);
}

static struct MHD_Daemon *
start_daemon (ServeServer *self, const ServeIdentity *identity, int fd)
{
  unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
  struct MHD_OptionItem tls[] = {
    { MHD_OPTION_HTTPS_MEM_KEY, 0, self->is_plain ? NULL : identity->key_pem },
    { MHD_OPTION_HTTPS_MEM_CERT, 0, self->is_plain ? NULL : identity->certificate_pem },
    { MHD_OPTION_END, 0, NULL },
  };
  struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };

  if (!self->is_plain)
    flags |= MHD_USE_TLS;
  return MHD_start_daemon (
      flags, 0, NULL, NULL, on_request, self, MHD_OPTION_LISTEN_SOCKET, fd,
      MHD_OPTION_URI_LOG_CALLBACK, on_target, self, MHD_OPTION_UNESCAPE_CALLBACK, leave_as_sent,
      NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, self, MHD_OPTION_CONNECTION_LIMIT,
      (unsigned int) MAX_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) HEAD_BYTES,
      MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int) IDLE_SECONDS, MHD_OPTION_ARRAY,
      self->is_plain ? none : tls, MHD_OPTION_END);
}

ServeServer *
serve_server_new (const ServeOptions *options, GError **error)
{
  ServeServer *self = g_new0 (ServeServer, 1);

  self->driver = options->driver;
  self->address = g_strdup (options->address == NULL ? DEFAULT_ADDRESS : options->address);
  self->is_plain = options->is_plain;
  self->suspended = g_hash_table_new (NULL, NULL);
  int fd = options->listen_fd != 0 ? options->listen_fd
                                   : serve_listen (options->address, options->port, error);
  if (fd < 0)
    {
      serve_server_free (self);
      return NULL;
    }
  self->port = serve_listen_port (fd);
  self->daemon = start_daemon (self, options->identity, fd);
  if (self->daemon == NULL)
    {
      close (fd);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot start the HTTP server");
      serve_server_free (self);
      return NULL;
    }
  const union MHD_DaemonInfo *info = MHD_get_daemon_info (self->daemon, MHD_DAEMON_INFO_EPOLL_FD);
  self->source = g_unix_fd_source_new (info->epoll_fd, G_IO_IN);
  g_source_set_callback (self->source, (GSourceFunc) (void (*) (void)) on_readable, self, NULL);
  g_source_attach (self->source, NULL);
  run (self);
  return self;
}

guint16
serve_server_port (const ServeServer *self)
{
  return self->port;
}

char *
serve_server_dup_url (const ServeServer *self)
{
  return g_strdup_printf ("%s://%s:%u", self->is_plain ? "http" : "https", self->address,
                          self->port);
}

guint
serve_server_n_requests (const ServeServer *self)
{
  return self->n_requests;
}

/* libmicrohttpd must not be stopped with suspended connections. */
static void
resume_all (ServeServer *self)
{
  GHashTableIter iter;
  gpointer request;

  g_hash_table_iter_init (&iter, self->suspended);
  while (g_hash_table_iter_next (&iter, &request, NULL))
    {
      ((Request *) request)->is_suspended = FALSE;
      ((Request *) request)->is_at_end = TRUE;
      MHD_resume_connection (((Request *) request)->connection);
    }
  g_hash_table_remove_all (self->suspended);
}

void
serve_server_free (ServeServer *self)
{
  if (self == NULL)
    return;
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_clear_handle_id (&self->run_id, g_source_remove);
  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_source_unref (self->source);
    }
  if (self->daemon != NULL)
    {
      resume_all (self);
      MHD_stop_daemon (self->daemon);
    }
  g_hash_table_unref (self->suspended);
  g_free (self->address);
  g_free (self);
}
