/* SPDX-License-Identifier: Apache-2.0
 *
 * The mail of the API server: how each message is made, described for the trace, and freed.
 * What the trace shows of a request is its verb and the resource or object that it names.
 */
#include "apiserver/apiserver.h"

#include "base/assert.h"
#include "base/string.h"
#include "schema/record.h"

/* The word of the API for a verb, as authorisation and the trace use it. */
const char *
k8_verb_name (K8Verb verb)
{
  switch (verb)
    {
    case K8_VERB_NONE:
      return "";
    case K8_VERB_GET:
      return "get";
    case K8_VERB_LIST:
      return "list";
    case K8_VERB_WATCH:
      return "watch";
    case K8_VERB_CREATE:
      return "create";
    case K8_VERB_UPDATE:
      return "update";
    case K8_VERB_PATCH:
      return "patch";
    case K8_VERB_DELETE:
      return "delete";
    case K8_VERB_DELETE_COLLECTION:
      return "deletecollection";
    }
  k8_assert_not_reached ();
  return NULL;
}

/* The path segment of a subresource; "" for the object itself. */
const char *
k8_subresource_name (K8ApiSubresource subresource)
{
  switch (subresource)
    {
    case K8_SUBRESOURCE_NONE:
      return "";
    case K8_SUBRESOURCE_STATUS:
      return "status";
    case K8_SUBRESOURCE_SCALE:
      return "scale";
    case K8_SUBRESOURCE_BINDING:
      return "binding";
    case K8_SUBRESOURCE_TOKEN:
      return "token";
    case K8_SUBRESOURCE_EVICTION:
      return "eviction";
    case K8_SUBRESOURCE_EPHEMERAL_CONTAINERS:
      return "ephemeralcontainers";
    case K8_SUBRESOURCE_RESIZE:
      return "resize";
    case K8_SUBRESOURCE_FINALIZE:
      return "finalize";
    case K8_SUBRESOURCE_LOG:
      return "log";
    case K8_SUBRESOURCE_EXEC:
      return "exec";
    case K8_SUBRESOURCE_ATTACH:
      return "attach";
    case K8_SUBRESOURCE_PORT_FORWARD:
      return "portforward";
    }
  k8_assert_not_reached ();
  return NULL;
}

static void
request_clear (K8Mail *mail)
{
  K8ApiRequest *self = (K8ApiRequest *) mail;

  k8_string_unref (self->user);
  k8_string_unref (self->namespace_name);
  k8_string_unref (self->name);
  k8_record_unref (self->object);
  k8_string_unref (self->patch);
  k8_string_unref (self->field_manager);
  k8_string_unref (self->label_selector);
  k8_string_unref (self->field_selector);
  k8_string_unref (self->continue_token);
  k8_string_unref (self->uid);
  k8_mail_unref (self->log);
}

static void
log_clear (K8Mail *mail)
{
  K8LogRequest *self = (K8LogRequest *) mail;

  k8_string_unref (self->pod_uid);
  k8_string_unref (self->container_name);
  k8_string_unref (self->container_id);
}

const K8MailClass k8_log_request_class
    = { .name = "log.request", .bytes = sizeof (K8LogRequest), .clear = log_clear };

static void
request_describe (const K8Mail *mail, const char **ret_verb, const char **ret_subject)
{
  const K8ApiRequest *self = (const K8ApiRequest *) mail;

  *ret_verb = k8_verb_name (self->verb);
  *ret_subject = self->name != NULL ? self->name : self->kind->plural;
}

const K8MailClass k8_api_request_class = {
  .name = "api.request",
  .bytes = sizeof (K8ApiRequest),
  .clear = request_clear,
  .describe = request_describe,
};

static void
clear_items (K8Array *items)
{
  for (guint32 i = 0; i < k8_array_n (items); i++)
    k8_record_unref (((K8ApiItem *) k8_array_at (items, i))->object);
  k8_array_clear (items);
}

static void
response_clear (K8Mail *mail)
{
  K8ApiResponse *self = (K8ApiResponse *) mail;

  k8_record_unref (self->status);
  k8_record_unref (self->object);
  clear_items (&self->items);
  k8_string_unref (self->continue_token);
  k8_mail_unref (self->memo);
}

static void
response_describe (const K8Mail *mail, const char **ret_verb, const char **ret_subject)
{
  const K8ApiResponse *self = (const K8ApiResponse *) mail;

  *ret_verb = self->code < 300 ? "ok" : "refused";
  *ret_subject = self->code < 300 ? NULL : k8_status_reason (self->status);
}

const K8MailClass k8_api_response_class = {
  .name = "api.response",
  .bytes = sizeof (K8ApiResponse),
  .clear = response_clear,
  .describe = response_describe,
};

static void
batch_clear (K8Mail *mail)
{
  K8WatchBatch *self = (K8WatchBatch *) mail;

  for (guint32 i = 0; i < k8_array_n (&self->events); i++)
    {
      const K8WatchEvent *event = k8_array_at (&self->events, i);
      k8_record_unref (event->object);
      k8_mail_unref (event->memo);
    }
  k8_array_clear (&self->events);
}

/* The word of the API for a kind of watch event. */
const char *
k8_watch_type_name (K8WatchType type)
{
  switch (type)
    {
    case K8_WATCH_ADDED:
      return "ADDED";
    case K8_WATCH_MODIFIED:
      return "MODIFIED";
    case K8_WATCH_DELETED:
      return "DELETED";
    case K8_WATCH_BOOKMARK:
      return "BOOKMARK";
    case K8_WATCH_ERROR:
      return "ERROR";
    }
  k8_assert_not_reached ();
  return NULL;
}

static void
batch_describe (const K8Mail *mail, const char **ret_verb, const char **ret_subject)
{
  const K8WatchBatch *self = (const K8WatchBatch *) mail;

  *ret_verb = k8_array_n (&self->events) == 0
                  ? "end"
                  : k8_watch_type_name (((K8WatchEvent *) k8_array_at (&self->events, 0))->type);
  *ret_subject = self->kind->plural;
}

const K8MailClass k8_watch_batch_class = {
  .name = "watch.batch",
  .bytes = sizeof (K8WatchBatch),
  .clear = batch_clear,
  .describe = batch_describe,
};

const K8MailClass k8_api_watch_cancel_class = {
  .name = "watch.cancel",
  .bytes = sizeof (K8ApiWatchCancel),
};

static void
clear_headers (K8Array *headers)
{
  for (guint32 i = 0; i < k8_array_n (headers); i++)
    {
      K8HttpHeader *header = k8_array_at (headers, i);
      k8_string_unref (header->name);
      k8_string_unref (header->value);
    }
  k8_array_clear (headers);
}

static void
http_request_clear (K8Mail *mail)
{
  K8HttpRequest *self = (K8HttpRequest *) mail;

  k8_string_unref (self->method);
  k8_string_unref (self->target);
  k8_string_unref (self->body);
  k8_string_unref (self->peer);
  clear_headers (&self->headers);
}

static void
http_request_describe (const K8Mail *mail, const char **ret_verb, const char **ret_subject)
{
  const K8HttpRequest *self = (const K8HttpRequest *) mail;

  *ret_verb = self->method;
  *ret_subject = self->target;
}

const K8MailClass k8_http_request_class = {
  .name = "http.request",
  .bytes = sizeof (K8HttpRequest),
  .clear = http_request_clear,
  .describe = http_request_describe,
};

/* A request as a client would send it, still without headers and body. (transfer full) */
K8HttpRequest *
k8_http_request_new (K8Region *region, const char *method, const char *target)
{
  K8HttpRequest *self = k8_mail_new (region, &k8_http_request_class);

  self->method = k8_string_intern (region, method);
  self->target = k8_string_intern (region, target);
  k8_array_init (&self->headers, region, sizeof (K8HttpHeader));
  return self;
}

/* Adds a header. Values are kept as secrets: one of them is the bearer token. */
void
k8_http_request_add_header (K8HttpRequest *self, const char *name, const char *value)
{
  K8Region *region = k8_region_of (self);
  K8HttpHeader *header = k8_array_add (&self->headers);

  header->name = k8_string_intern (region, name);
  header->value = k8_string_new_secret (region, value, strlen (value));
}

/* Sets the body's bytes; they are copied, and wiped when freed. */
void
k8_http_request_set_body (K8HttpRequest *self, const void *bytes, gsize length)
{
  k8_string_unref (self->body);
  self->body = k8_string_new_secret (k8_region_of (self), bytes, length);
}

/* The first header of a name in lower case, or NULL. (transfer none) */
const char *
k8_http_request_find_header (const K8HttpRequest *self, const char *name)
{
  for (guint32 i = 0; i < k8_array_n (&self->headers); i++)
    {
      const K8HttpHeader *header = k8_array_at (&self->headers, i);
      if (strcmp (header->name, name) == 0)
        return header->value;
    }
  return NULL;
}

static void
http_response_clear (K8Mail *mail)
{
  K8HttpResponse *self = (K8HttpResponse *) mail;

  k8_string_unref (self->content_type);
  clear_headers (&self->headers);
  k8_string_unref (self->text);
  k8_record_unref (self->object);
  clear_items (&self->items);
  k8_string_unref (self->continue_token);
}

const K8MailClass k8_http_response_class = {
  .name = "http.response",
  .bytes = sizeof (K8HttpResponse),
  .clear = http_response_clear,
};

/* An empty answer. (transfer full) */
K8HttpResponse *
k8_http_response_new (K8Region *region)
{
  K8HttpResponse *self = k8_mail_new (region, &k8_http_response_class);

  k8_array_init (&self->headers, region, sizeof (K8HttpHeader));
  k8_array_init (&self->items, region, sizeof (K8ApiItem));
  self->remaining = -1;
  return self;
}

void
k8_http_response_add_header (K8HttpResponse *self, const char *name, const char *value)
{
  K8Region *region = k8_region_of (self);
  K8HttpHeader *header = k8_array_add (&self->headers);

  header->name = k8_string_intern (region, name);
  header->value = k8_string_intern (region, value);
}
