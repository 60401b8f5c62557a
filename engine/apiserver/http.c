/* SPDX-License-Identifier: Apache-2.0
 *
 * The path of a request from outside: route, who asks, may he, which form does he want, what
 * does he send; then it is a request like any other, and its answer is dressed as he wanted.
 * The body is not looked at before the request is authorised.
 * Source: kubernetes apiserver pkg/server/config.go (the chain of filters), pkg/endpoints (v1.36).
 * Departures: no priority and fairness: what is over the limits of reads and writes gets 429.
 */
#include "apiserver/http.h"

#include "apiserver/authenticate.h"
#include "limits.h"
#include "machinery/discovery.h"
#include "machinery/gvk.h"
#include "machinery/table.h"

/* The head that every answer has. */
static void
add_common_headers (K8ApiServer *self, K8HttpResponse *response)
{
  char id[K8_RANDOM_UUID_LETTERS + 1];

  k8_random_uuid (&self->actor.random, id);
  k8_http_response_add_header (response, "audit-id", id);
  k8_http_response_add_header (response, "cache-control", "no-cache, private");
}

static const char *
type_of_form (K8BodyForm form)
{
  switch (form)
    {
    case K8_FORM_PROTOBUF:
      return "application/vnd.kubernetes.protobuf";
    case K8_FORM_YAML:
      return "application/yaml";
    case K8_FORM_JSON:
      break;
    }
  return "application/json";
}

static void
set_content_type (K8HttpResponse *response, const char *type)
{
  k8_string_unref (response->content_type);
  response->content_type
      = type == NULL ? NULL : k8_string_intern (k8_region_of (response), type);
}

/* A new answer dressed as @template says. (transfer full) */
static K8HttpResponse *
dress (const K8HttpResponse *template)
{
  K8HttpResponse *response = k8_http_response_new (k8_region_of (template));

  response->form = template->form;
  response->status_form = template->status_form;
  response->shown_as = template->shown_as;
  response->kind = template->kind;
  response->now_seconds = template->now_seconds;
  response->include_object = template->include_object;
  response->is_pretty = template->is_pretty;
  response->is_status_pretty = template->is_status_pretty;
  response->is_beta = template->is_beta;
  for (guint32 i = 0; i < k8_array_n (&template->headers); i++)
    {
      const K8HttpHeader *header = k8_array_at (&template->headers, i);
      k8_http_response_add_header (response, header->name, header->value);
    }
  set_content_type (response, type_of_form (template->form));
  return response;
}

/* A Status is never turned into something else. One that refuses looks as a client gets it who
 * did not say what objects are to be turned into. */
static void
put_status (K8HttpResponse *response, const K8Status *status)
{
  gint32 retry = k8_status_details_retry_after_seconds (k8_status_details (status));
  char seconds[16];

  response->code = k8_status_code (status) == 0 ? 200 : (guint) k8_status_code (status);
  response->kind = &k8_kinds[K8_KIND_Status];
  response->body = K8_BODY_OBJECT;
  response->object = k8_record_ref (status);
  response->revision = 0;
  response->shown_as = K8_SHOWN_AS_IS;
  if (response->code >= 400)
    {
      response->form = response->status_form;
      response->is_pretty = response->is_pretty || response->is_status_pretty;
    }
  set_content_type (response, type_of_form (response->form));
  if (response->code >= 400 && retry > 0)
    {
      g_snprintf (seconds, sizeof seconds, "%d", retry);
      k8_http_response_add_header (response, "retry-after", seconds);
    }
}

static void
put_list (K8HttpResponse *response, const K8ApiResponse *answer)
{
  response->body = K8_BODY_LIST;
  for (guint32 i = 0; i < k8_array_n (&answer->items); i++)
    {
      K8ApiItem *item = k8_array_add (&response->items);
      *item = *(const K8ApiItem *) k8_array_at (&answer->items, i);
      k8_record_ref (item->object);
    }
  response->revision = answer->revision;
  response->continue_token = k8_string_ref (answer->continue_token);
  response->remaining = answer->remaining;
}

/* Metadata of one object is no list, and the other way round. (nullable): the refusal. */
static const K8Status *
check_shown_as (const K8HttpResponse *response, const K8ApiResponse *answer)
{
  gboolean is_list = answer->object == NULL;
  K8ShownAs wrong = is_list ? K8_SHOWN_AS_METADATA : K8_SHOWN_AS_METADATA_LIST;
  const K8KindInfo *kind = is_list ? response->kind : k8_kind_of_record (answer->object);

  if (response->shown_as != wrong)
    return NULL;
  char *package = k8_kind_dup_package (kind);
  char *text = g_strdup_printf ("you requested PartialObjectMetadata%s, but the requested object "
                                "is %s (*%s.%s%s)",
                                is_list ? "" : "List", is_list ? "a list" : "not a list",
                                package, kind->kind, is_list ? "List" : "");
  const K8Status *status = k8_status_new_not_acceptable_text (k8_region_of (response), text);
  g_free (package);
  g_free (text);
  return status;
}

/* The answer to a call, as its client wanted it. */
void
k8_http_answer (K8ApiServer *self, K8Context *context, const K8Call *call,
                const K8ApiResponse *answer)
{
  K8HttpResponse *response = dress (call->http);
  char **warnings = g_strsplit (k8_string_or_empty (call->warnings), "\n", 0);

  for (guint i = 0; warnings[i] != NULL; i++)
    k8_http_add_warning (response, warnings[i]);
  g_strfreev (warnings);
  response->code = answer->code;
  const K8Status *status = answer->status != NULL ? k8_record_ref (answer->status)
                           : answer->code == 204  ? NULL
                                                  : check_shown_as (response, answer);
  if (status != NULL)
    put_status (response, status);
  else if (answer->object != NULL)
    {
      response->kind = k8_kind_of_record (answer->object);
      response->body = K8_BODY_OBJECT;
      response->object = k8_record_ref (answer->object);
      response->revision = answer->revision;
    }
  else if (answer->code == 204)
    set_content_type (response, NULL);
  else
    put_list (response, answer);
  k8_record_unref (status);
  k8_context_emit (context, K8_EFFECT_RESPONSE, call->tag, response);
}

/* The head of a watch; its events follow. */
void
k8_http_answer_watch (K8ApiServer *self, K8Context *context, const K8Call *call)
{
  K8HttpResponse *response = dress (call->http);

  response->code = 200;
  response->body = K8_BODY_WATCH;
  if (response->form == K8_FORM_PROTOBUF)
    set_content_type (response, "application/vnd.kubernetes.protobuf;stream=watch");
  k8_context_emit (context, K8_EFFECT_RESPONSE, call->tag, response);
}

/* Answers with a Status (taken over). */
void
k8_http_answer_status (K8Inquiry *self, const K8Status *status)
{
  K8HttpResponse *response = dress (self->reply);

  put_status (response, status);
  k8_trace (self->context, HTTP_REFUSED,
            { K8_NUMBER (response->code), K8_TEXT (self->http->method),
              K8_TEXT (self->route.path), K8_TEXT (k8_status_reason (status)) });
  k8_record_unref (status);
  k8_context_emit (self->context, K8_EFFECT_RESPONSE, self->tag, response);
}

/* Answers with a text as it is. */
void
k8_http_answer_text (K8Inquiry *self, guint code, const char *content_type, const char *text,
                     gsize length)
{
  K8HttpResponse *response = dress (self->reply);

  response->code = code;
  response->body = K8_BODY_TEXT;
  response->text = k8_string_new_blob (self->context->region, text, length);
  set_content_type (response, content_type);
  k8_context_emit (self->context, K8_EFFECT_RESPONSE, self->tag, response);
}

static const K8Status *
authorize (K8Inquiry *self)
{
  const K8Route *route = &self->route;
  gboolean is_resource = route->plural != NULL;
  char *lower = g_ascii_strdown (self->http->method, -1);
  K8Attributes attributes = { .verb = lower, .path = is_resource ? NULL : route->path };

  if (is_resource)
    {
      const char *verb = k8_verb_name (self->verb);
      attributes = (K8Attributes){ .verb = *verb == '\0' ? lower : verb,
                                   .group = route->group,
                                   .plural = route->plural,
                                   .subresource = route->subresource_name,
                                   .namespace_name = route->namespace_name,
                                   .name = route->name };
      if (route->namespace_name == NULL && strcmp (route->plural, "namespaces") == 0)
        attributes.namespace_name = route->name;
    }
  const K8Status *status = k8_authorize (self->context->region, &self->identity, &attributes);
  g_free (lower);
  return status;
}

static gboolean
is_write (const K8Inquiry *self)
{
  return self->verb >= K8_VERB_CREATE;
}

/* Watches and logs last long and wait for nothing, so they are not counted. */
static gboolean
is_read (const K8Inquiry *self)
{
  return (self->verb == K8_VERB_GET && self->route.subresource < K8_SUBRESOURCE_LOG)
         || self->verb == K8_VERB_LIST;
}

/* Too much at once: reads pile up while etcd is away, writes while it is slow. */
static const K8Status *
check_overload (const K8Inquiry *self)
{
  if (!(is_write (self) && self->server->n_writes_outside >= K8_MAX_WRITES_IN_FLIGHT)
      && !(is_read (self) && self->server->n_reads_outside >= K8_MAX_READS_IN_FLIGHT))
    return NULL;
  return k8_status_new_too_many_requests (self->context->region,
                                          "Too many requests, please try again later.", 1);
}

static K8ApiRequest *
new_request (K8Inquiry *self)
{
  K8Region *region = self->context->region;
  K8ApiRequest *request = k8_mail_new (region, &k8_api_request_class);
  const K8Route *route = &self->route;

  request->verb = self->verb;
  request->kind = route->kind;
  request->subresource = route->subresource;
  request->user = k8_string_ref (self->identity.user);
  if (route->namespace_name != NULL)
    request->namespace_name = k8_string_intern (region, route->namespace_name);
  if (route->name != NULL && self->verb != K8_VERB_WATCH)
    request->name = k8_string_intern (region, route->name);
  return request;
}

/* /watch/…/NAME watches one object. */
static void
select_name (K8Inquiry *self, K8ApiRequest *request)
{
  if (self->verb != K8_VERB_WATCH || self->route.name == NULL)
    return;
  char *text = g_strconcat ("metadata.name=", self->route.name, NULL);
  k8_string_unref (request->field_selector);
  request->field_selector = k8_string_intern (self->context->region, text);
  g_free (text);
}

/* The request is good so far: it goes the way of all. */
static void
submit (K8Inquiry *self, K8ApiRequest *request)
{
  K8Call call = { .request = request,
                  .http = k8_mail_ref (self->reply),
                  .tag = self->tag,
                  .is_write_outside = (guint8) is_write (self),
                  .is_read_outside = (guint8) is_read (self) };

  self->server->n_writes_outside += call.is_write_outside;
  self->server->n_reads_outside += call.is_read_outside;
  k8_server_accept (self->server, self->context, &call);
}

static void
serve_resource (K8Inquiry *self)
{
  const K8Status *status = NULL;

  if (!k8_route_allows (&self->route, self->verb))
    {
      k8_http_answer_status (self, k8_status_new_generic (self->context->region, 405));
      return;
    }
  self->reply->kind = self->route.kind;
  status = check_overload (self);
  if (status == NULL)
    status = k8_http_negotiate (self);
  K8ApiRequest *request = new_request (self);
  if (status == NULL)
    status = k8_http_read_options (self, request);
  if (status == NULL)
    status = k8_http_read_body (self, request);
  if (status != NULL)
    {
      k8_mail_unref (request);
      k8_http_answer_status (self, status);
      return;
    }
  select_name (self, request);
  submit (self, request);
}

static void
serve (K8Inquiry *self)
{
  static const char not_found[] = "404 page not found\n";
  const K8Route *route = &self->route;

  switch (route->type)
    {
    case K8_ROUTE_RESOURCE:
      serve_resource (self);
      break;
    case K8_ROUTE_DOCUMENT:
      k8_http_answer_document (self);
      break;
    case K8_ROUTE_UNKNOWN:
      if (k8_group_version_is_served (route->group, route->version))
        {
          k8_http_answer_status (self, k8_status_new_generic (self->context->region, 404));
          break;
        }
      G_GNUC_FALLTHROUGH;
    case K8_ROUTE_NONE:
      k8_http_response_add_header (self->reply, "x-content-type-options", "nosniff");
      k8_http_answer_text (self, 404, "text/plain; charset=utf-8", not_found,
                           sizeof not_found - 1);
      break;
    case K8_ROUTE_MALFORMED:
      k8_http_answer_status (self, k8_status_new_generic (self->context->region, 400));
      break;
    }
}

static void
begin_inquiry (K8Inquiry *self)
{
  self->reply = k8_http_response_new (self->context->region);
  self->reply->now_seconds = k8_context_wall_seconds (self->context);
  add_common_headers (self->server, self->reply);
  k8_route_parse (&self->route, self->http->target);
  if (self->route.plural != NULL)
    self->verb = k8_route_verb (&self->route, self->http->method);
}

static void
end_inquiry (K8Inquiry *self)
{
  k8_mail_unref (self->reply);
  k8_string_unref (self->identity.user);
  k8_route_clear (&self->route);
}

/* A group cannot be impersonated alone. The words are those of a printed Go struct. */
static const K8Status *
new_nameless (K8Region *region, const char *group)
{
  GString *text = g_string_new ("requested &user.DefaultInfo{Name:\"\", UID:\"\", "
                                "Groups:[]string{");

  k8_quote_append (text, group);
  g_string_append (text, "}, Extra:map[string][]string(nil)} without impersonating a user name");
  const K8Status *status = k8_status_new_bad_request (region, text->str);
  g_string_free (text, TRUE);
  return status;
}

/* A master may act as someone else; others may not. (nullable): the refusal. */
static const K8Status *
impersonate (K8Inquiry *self)
{
  const char *user = k8_http_request_find_header (self->http, "impersonate-user");
  const char *group = k8_http_request_find_header (self->http, "impersonate-group");

  if (user == NULL && group == NULL)
    return NULL;
  if (user == NULL || *user == '\0')
    return new_nameless (self->context->region, k8_string_or_empty (group));
  if (!self->identity.is_master)
    {
      K8Attributes attributes = { .verb = "impersonate", .group = "", .plural = "users",
                                  .name = user };
      return k8_authorize (self->context->region, &self->identity, &attributes);
    }
  k8_string_unref (self->identity.user);
  self->identity = (K8Identity){ .user = k8_string_intern (self->context->region, user),
                                 .is_master = k8_string_is (group, "system:masters"),
                                 .is_anonymous = strcmp (user, "system:anonymous") == 0 };
  return NULL;
}

/* Goes on with a request whose sender is known (taken over), or is not (user NULL): 401. */
void
k8_http_go_on (K8ApiServer *self, K8Context *context, const K8HttpRequest *http, guint64 tag,
               K8Identity identity)
{
  K8Inquiry inquiry = { .server = self,
                        .context = context,
                        .http = http,
                        .tag = tag,
                        .identity = identity };
  const K8Status *status = NULL;

  begin_inquiry (&inquiry);
  if (identity.user == NULL)
    status = k8_status_new_unauthorized (context->region, "Unauthorized");
  else
    status = impersonate (&inquiry);
  if (status == NULL)
    status = authorize (&inquiry);
  if (status != NULL)
    k8_http_answer_status (&inquiry, status);
  else
    serve (&inquiry);
  end_inquiry (&inquiry);
}

/* A request from outside, as it came. */
void
k8_http_receive (K8ApiServer *self, K8Context *context, const K8EngineEvent *event)
{
  const K8HttpRequest *http = (const K8HttpRequest *) event->mail;
  K8Identity identity = { .user = NULL };

  context->cause = k8_trace (context, HTTP_REQUEST,
                             { K8_TEXT (http->method), K8_TEXT (http->target),
                               K8_TEXT (http->peer), K8_NUMBER ((gint64) event->tag) });
  if (k8_authenticate (self, context, http, event->tag, &identity))
    k8_http_go_on (self, context, http, event->tag, identity);
}
