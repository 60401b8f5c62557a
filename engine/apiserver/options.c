/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of requests, as the query says them: selectors, pages, revisions, dry run, field
 * validation, and how a deletion is to be done. Wrong ones are refused in upstream's words.
 * Source: apimachinery pkg/apis/meta/v1/validation, pkg/apis/meta/internalversion/validation,
 * apiserver pkg/endpoints/handlers (v1.36).
 */
#include "apiserver/http.h"

#include "base/text.h"
#include "machinery/field_errors.h"

#define META_GROUP "meta.k8s.io"
#define MAX_MANAGER_BYTES 128
#define MAX_TIMEOUT_SECONDS G_GINT64_CONSTANT (100000000)

static const char *
take (K8Inquiry *self, const char *key)
{
  const char *value = k8_route_get (&self->route, key);

  return value == NULL || *value == '\0' ? NULL : k8_string_intern (self->context->region, value);
}

static const K8Status *
take_errors (K8Inquiry *self, const char *kind, K8FieldErrors *errors)
{
  const K8Status *status = NULL;

  if (k8_field_errors_n (errors) > 0)
    status = k8_status_new_invalid (self->context->region,
                                    (K8GroupResource){ META_GROUP, kind }, "", errors);
  k8_field_errors_clear (errors);
  return status;
}

/* Whether a text is a sign, if it may be one, and digits: then it is only too large. */
static gboolean
is_whole_number (const char *text, gboolean may_be_signed)
{
  if (may_be_signed && (*text == '-' || *text == '+'))
    text++;
  return *text != '\0' && strspn (text, "0123456789") == strlen (text);
}

/* `strconv.ParseInt: parsing "x": invalid syntax` */
static void
append_bad_number (GString *out, const char *function, const char *text)
{
  gboolean is_range = is_whole_number (text, strcmp (function, "ParseInt") == 0);

  g_string_append_printf (out, "strconv.%s: parsing ", function);
  k8_quote_append (out, text);
  g_string_append (out, is_range ? ": value out of range" : ": invalid syntax");
}

static const K8Status *
bad_number (K8Inquiry *self, const char *text)
{
  GString *message = g_string_new (NULL);

  append_bad_number (message, "ParseInt", text);
  const K8Status *status = k8_status_new_bad_request (self->context->region, message->str);
  g_string_free (message, TRUE);
  return status;
}

/* A whole number of the query; 0 if it is not there. */
const K8Status *
k8_http_read_number (K8Inquiry *self, const char *key, gint64 *ret_number)
{
  const char *text = k8_route_get (&self->route, key);

  *ret_number = 0;
  if (text == NULL || *text == '\0' || k8_text_parse_i64 (text, ret_number))
    return NULL;
  return bad_number (self, text);
}

static const K8Status *
read_pages (K8Inquiry *self, K8ApiRequest *request)
{
  gint64 limit = 0;
  gint64 timeout_seconds = 0;
  const K8Status *status = k8_http_read_number (self, "limit", &limit);

  if (status == NULL)
    status = k8_http_read_number (self, "timeoutSeconds", &timeout_seconds);
  if (status != NULL)
    return status;
  request->limit = limit <= 0 ? 0 : (guint32) MIN (limit, G_MAXINT32);
  request->timeout_ns = CLAMP (timeout_seconds, 0, MAX_TIMEOUT_SECONDS) * K8_SECOND_NS;
  request->continue_token = take (self, "continue");
  return NULL;
}

/* The revision of a read; a read of one object takes garbage for a fault of the server. */
static const K8Status *
read_revision (K8Inquiry *self, K8ApiRequest *request)
{
  const char *text = k8_route_get (&self->route, "resourceVersion");
  GString *message = NULL;
  guint64 revision = 0;

  if (text == NULL || *text == '\0')
    return NULL;
  if (k8_text_parse_u64 (text, &revision))
    {
      request->revision = (gint64) MIN (revision, (guint64) G_MAXINT64);
      return NULL;
    }
  gboolean is_list = self->verb != K8_VERB_GET && self->verb != K8_VERB_WATCH;
  message = g_string_new (is_list ? "invalid resource version: " : "");
  g_string_append (message, "resourceVersion: Invalid value: ");
  k8_quote_append (message, text);
  g_string_append (message, ": ");
  append_bad_number (message, "ParseUint", text);
  const K8Status *status
      = is_list ? k8_status_new_bad_request (self->context->region, message->str)
                : k8_status_new_error (self->context->region, message->str);
  g_string_free (message, TRUE);
  return status;
}

static void
check_match (K8Inquiry *self, K8FieldErrors *errors, const char *match)
{
  K8Path path = k8_path_child (NULL, "resourceVersionMatch");
  const char *revision = k8_string_or_empty (k8_route_get (&self->route, "resourceVersion"));

  if (*revision == '\0')
    k8_field_errors_forbidden (errors, &path,
                               "resourceVersionMatch is forbidden unless resourceVersion is "
                               "provided");
  if (k8_string_or_empty (k8_route_get (&self->route, "continue"))[0] != '\0')
    k8_field_errors_forbidden (errors, &path,
                               "resourceVersionMatch is forbidden when continue is provided");
  if (strcmp (match, "Exact") != 0 && strcmp (match, "NotOlderThan") != 0)
    k8_field_errors_not_supported (errors, &path, match, "Exact|NotOlderThan|");
  else if (strcmp (match, "Exact") == 0 && strcmp (revision, "0") == 0)
    k8_field_errors_forbidden (errors, &path,
                               "resourceVersionMatch \"exact\" is forbidden for resourceVersion "
                               "\"0\"");
}

/* What is said about the combination of revision, match and initial events. */
static const K8Status *
read_match (K8Inquiry *self, K8ApiRequest *request)
{
  const char *match = k8_string_or_empty (k8_route_get (&self->route, "resourceVersionMatch"));
  const char *initial = k8_route_get (&self->route, "sendInitialEvents");
  K8Path initial_path = k8_path_child (NULL, "sendInitialEvents");
  K8Path match_path = k8_path_child (NULL, "resourceVersionMatch");
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  if (self->verb == K8_VERB_WATCH)
    {
      request->wants_initial_events = k8_route_is_true (&self->route, "sendInitialEvents");
      request->wants_only_news = initial != NULL && !request->wants_initial_events;
      if (k8_string_or_empty (k8_route_get (&self->route, "continue"))[0] != '\0')
        k8_field_errors_forbidden (&errors, &match_path,
                                   "resourceVersionMatch is forbidden when continue is provided");
      if (initial != NULL && strcmp (match, "NotOlderThan") != 0)
        k8_field_errors_forbidden (&errors, &match_path,
                                   "sendInitialEvents requires setting resourceVersionMatch to "
                                   "NotOlderThan");
      if (initial != NULL && *match != '\0' && strcmp (match, "NotOlderThan") != 0)
        k8_field_errors_not_supported (&errors, &match_path, match, "NotOlderThan");
      if (initial == NULL && *match != '\0')
        k8_field_errors_forbidden (&errors, &match_path,
                                   "resourceVersionMatch is forbidden for watch unless "
                                   "sendInitialEvents is provided");
    }
  else
    {
      if (*match != '\0')
        check_match (self, &errors, match);
      if (initial != NULL)
        k8_field_errors_forbidden (&errors, &initial_path,
                                   "sendInitialEvents is forbidden for list");
      request->is_exact_revision = strcmp (match, "Exact") == 0;
    }
  return take_errors (self, "ListOptions", &errors);
}

static const K8Status *
read_list_options (K8Inquiry *self, K8ApiRequest *request)
{
  const K8Status *status = read_pages (self, request);

  if (status == NULL)
    status = read_match (self, request);
  if (status == NULL)
    status = read_revision (self, request);
  if (status == NULL && request->continue_token != NULL && request->revision != 0)
    status = k8_status_new_bad_request (self->context->region,
                                        "specifying resource version is not allowed when using "
                                        "continue");
  if (status != NULL)
    return status;
  /* Pages of a revision that was named, without saying how, show exactly that one. */
  if (self->verb == K8_VERB_LIST && request->limit > 0 && request->revision > 0
      && k8_string_or_empty (k8_route_get (&self->route, "resourceVersionMatch"))[0] == '\0')
    request->is_exact_revision = TRUE;
  /* "0" takes what the cache has, whole: pages are for lists of the newest state. */
  if (k8_string_is (k8_route_get (&self->route, "resourceVersion"), "0")
      && self->verb == K8_VERB_LIST)
    request->limit = 0;
  request->label_selector = take (self, "labelSelector");
  request->field_selector = take (self, "fieldSelector");
  request->wants_bookmarks = k8_route_is_true (&self->route, "allowWatchBookmarks");
  return NULL;
}

/* fieldManager: not long, printable: no control characters. */
static void
check_manager (K8FieldErrors *errors, const char *manager)
{
  K8Path path = k8_path_child (NULL, "fieldManager");

  if (strlen (manager) > MAX_MANAGER_BYTES)
    k8_field_errors_too_long (errors, &path, MAX_MANAGER_BYTES);
  guint position = 0;
  for (const char *at = manager; *at != '\0'; at = g_utf8_next_char (at), position++)
    {
      gunichar c = g_utf8_get_char (at);
      if (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0))
        continue;
      k8_field_errors_invalid (errors, &path, manager, "invalid character U+%04X (at position %u)",
                               c, position);
      break;
    }
}

static void
check_dry_run (K8FieldErrors *errors, const char *value)
{
  K8Path path = k8_path_child (NULL, "dryRun");
  GString *shown = g_string_new ("[");

  k8_quote_append (shown, value);
  g_string_append_c (shown, ']');
  k8_field_errors_not_supported_json (errors, &path, shown->str, "All");
  g_string_free (shown, TRUE);
}

static void
read_field_validation (K8Inquiry *self, K8FieldErrors *errors)
{
  const char *value = k8_string_or_empty (k8_route_get (&self->route, "fieldValidation"));
  K8Path path = k8_path_child (NULL, "fieldValidation");

  self->field_validation = K8_FIELDS_WARN;
  if (strcmp (value, "Strict") == 0)
    self->field_validation = K8_FIELDS_STRICT;
  else if (strcmp (value, "Ignore") == 0)
    self->field_validation = K8_FIELDS_IGNORE;
  else if (*value != '\0' && strcmp (value, "Warn") != 0)
    k8_field_errors_not_supported (errors, &path, value, "|Ignore|Strict|Warn");
}

static const K8Status *
read_write_options (K8Inquiry *self, K8ApiRequest *request)
{
  const char *dry_run = k8_route_get (&self->route, "dryRun");
  const char *manager = k8_string_or_empty (k8_route_get (&self->route, "fieldManager"));
  const char *kind = self->verb == K8_VERB_CREATE   ? "CreateOptions"
                     : self->verb == K8_VERB_UPDATE ? "UpdateOptions"
                                                    : "PatchOptions";
  K8Path force = k8_path_child (NULL, "force");
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  if (self->verb == K8_VERB_PATCH && k8_route_get (&self->route, "force") != NULL)
    k8_field_errors_forbidden (&errors, &force, "may not be specified for non-apply patch");
  check_manager (&errors, manager);
  if (dry_run != NULL && *dry_run != '\0' && strcmp (dry_run, "All") != 0)
    check_dry_run (&errors, dry_run);
  read_field_validation (self, &errors);
  request->is_dry_run = k8_string_is (dry_run, "All");
  request->field_manager = take (self, "fieldManager");
  request->field_validation = (guint8) self->field_validation;
  return take_errors (self, kind, &errors);
}

const K8Status *
k8_http_read_options (K8Inquiry *self, K8ApiRequest *request)
{
  request->grace_seconds = -1;
  switch (self->verb)
    {
    case K8_VERB_GET:
      if (request->subresource == K8_SUBRESOURCE_LOG)
        return k8_log_read_options (self, request);
      return read_revision (self, request);
    case K8_VERB_LIST:
    case K8_VERB_WATCH:
      return read_list_options (self, request);
    case K8_VERB_CREATE:
    case K8_VERB_UPDATE:
    case K8_VERB_PATCH:
      return read_write_options (self, request);
    case K8_VERB_DELETE_COLLECTION:
      {
        const K8Status *status = read_list_options (self, request);
        return status != NULL ? status : k8_http_read_delete_options (self, request);
      }
    case K8_VERB_DELETE:
      return k8_http_read_delete_options (self, request);
    case K8_VERB_NONE:
      break;
    }
  return k8_status_new_generic (self->context->region, 405);
}

/* Deletion options of the query, as the message that a body would have been. */
static const K8DeleteOptions *
make_delete_options (K8Inquiry *self, const K8Status **ret_status)
{
  const char *propagation = k8_route_get (&self->route, "propagationPolicy");
  const char *grace = k8_route_get (&self->route, "gracePeriodSeconds");
  const char *dry_run = k8_route_get (&self->route, "dryRun");
  K8DeleteOptionsEdit edit;
  gint64 seconds = 0;

  *ret_status = k8_http_read_number (self, "gracePeriodSeconds", &seconds);
  if (*ret_status != NULL)
    return NULL;
  k8_delete_options_edit (&edit, self->context->region, NULL);
  if (grace != NULL && *grace != '\0')
    k8_delete_options_set_grace_period_seconds (&edit, seconds);
  if (propagation != NULL && *propagation != '\0')
    k8_delete_options_set_propagation_policy (&edit, propagation);
  if (dry_run != NULL && *dry_run != '\0')
    k8_delete_options_add_dry_run (&edit, dry_run);
  if (k8_route_get (&self->route, "orphanDependents") != NULL)
    k8_delete_options_set_orphan_dependents (
        &edit, k8_route_is_true (&self->route, "orphanDependents"));
  return k8_delete_options_seal (&edit);
}

static K8Propagation
get_propagation (const K8DeleteOptions *options)
{
  const char *policy = k8_delete_options_propagation_policy (options);

  if (k8_string_is (policy, "Orphan"))
    return K8_PROPAGATION_ORPHAN;
  if (k8_string_is (policy, "Background"))
    return K8_PROPAGATION_BACKGROUND;
  if (k8_string_is (policy, "Foreground"))
    return K8_PROPAGATION_FOREGROUND;
  if (!k8_delete_options_has_orphan_dependents (options))
    return K8_PROPAGATION_DEFAULT;
  return k8_delete_options_orphan_dependents (options) ? K8_PROPAGATION_ORPHAN
                                                       : K8_PROPAGATION_BACKGROUND;
}

static const K8Status *
check_delete_options (K8Inquiry *self, const K8DeleteOptions *options)
{
  const char *policy = k8_delete_options_propagation_policy (options);
  K8Path path = k8_path_child (NULL, "propagationPolicy");
  K8FieldErrors errors;

  k8_field_errors_init (&errors);
  if (policy != NULL && k8_delete_options_has_orphan_dependents (options))
    k8_field_errors_invalid (&errors, &path, policy,
                             "orphanDependents and deletionPropagation cannot be both set");
  if (policy != NULL && strcmp (policy, "Orphan") != 0 && strcmp (policy, "Background") != 0
      && strcmp (policy, "Foreground") != 0)
    k8_field_errors_not_supported (&errors, &path, policy, "Foreground|Background|Orphan|nil");
  for (guint i = 0; i < k8_delete_options_dry_run_n (options); i++)
    if (strcmp (k8_delete_options_dry_run_at (options, i), "All") != 0)
      check_dry_run (&errors, k8_delete_options_dry_run_at (options, i));
  return take_errors (self, "DeleteOptions", &errors);
}

static void
apply_delete_options (K8Inquiry *self, K8ApiRequest *request, const K8DeleteOptions *options)
{
  const K8Preconditions *preconditions = k8_delete_options_preconditions (options);
  const char *revision = k8_preconditions_resource_version (preconditions);

  if (k8_delete_options_has_grace_period_seconds (options))
    {
      gint64 grace = k8_delete_options_grace_period_seconds (options);
      request->grace_seconds = grace < 0 ? 1 : grace;
    }
  request->propagation = get_propagation (options);
  request->is_dry_run = k8_delete_options_dry_run_n (options) > 0;
  request->uid = k8_string_ref (k8_preconditions_uid (preconditions));
  if (revision != NULL && !k8_text_parse_i64 (revision, &request->revision))
    request->revision = -1; /* no object has it */
  if (k8_string_is (k8_route_get (&self->route, "dryRun"), "All"))
    request->is_dry_run = TRUE;
}

/* How a deletion is to be done: the body says it, or the query if there is none. */
const K8Status *
k8_http_read_delete_options (K8Inquiry *self, K8ApiRequest *request)
{
  const K8Status *status = NULL;
  const K8DeleteOptions *options
      = k8_http_decode (self, &k8_kinds[K8_KIND_DeleteOptions], &status);

  if (status == NULL && options == NULL)
    options = make_delete_options (self, &status);
  if (status == NULL)
    status = check_delete_options (self, options);
  if (status == NULL)
    apply_delete_options (self, request, options);
  k8_record_unref (options);
  return status;
}
