/* SPDX-License-Identifier: Apache-2.0
 *
 * Content negotiation: the first clause of Accept that we can write.
 * Source: kubernetes apiserver pkg/endpoints/handlers/negotiation (v1.36).
 * Departures: weights (q) only exclude, they do not sort.
 */
#include "apiserver/http.h"

#include "machinery/table.h"

#define ALL_TYPES "application/json, application/yaml, application/vnd.kubernetes.protobuf"
#define STREAM_TYPES                                                                             \
  "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
#define PROTOBUF "application/vnd.kubernetes.protobuf"

/* One clause of Accept: `application/json;as=Table;v=v1;g=meta.k8s.io`. */
typedef struct
{
  char *type;
  char *as;
  char *version;
  char *group;
  gboolean is_excluded;
} Clause;

static void
clear_clause (Clause *self)
{
  g_free (self->type);
  g_free (self->as);
  g_free (self->version);
  g_free (self->group);
}

static void
set_text (char **place, const char *text)
{
  g_free (*place);
  *place = g_strdup (text);
}

static void
read_clause (Clause *self, const char *text)
{
  char **parts = g_strsplit (text, ";", 16);

  *self = (Clause){ .type = g_strdup (parts[0] == NULL ? "" : g_strstrip (parts[0])) };
  for (guint i = 1; parts[0] != NULL && parts[i] != NULL; i++)
    {
      char *part = g_strstrip (parts[i]);
      if (g_str_has_prefix (part, "as="))
        set_text (&self->as, part + 3);
      else if (g_str_has_prefix (part, "v="))
        set_text (&self->version, part + 2);
      else if (g_str_has_prefix (part, "g="))
        set_text (&self->group, part + 2);
      else if (strcmp (part, "q=0") == 0 || strcmp (part, "q=0.0") == 0)
        self->is_excluded = TRUE;
    }
  g_strfreev (parts);
}

static gboolean
is_one_of (const char *text, const char *a, const char *b, const char *c)
{
  return strcmp (text, a) == 0 || strcmp (text, b) == 0 || strcmp (text, c) == 0;
}

static gboolean
find_form (const Clause *clause, K8BodyForm *ret_form)
{
  if (is_one_of (clause->type, "application/json", "*/*", "application/*"))
    *ret_form = K8_FORM_JSON;
  else if (strcmp (clause->type, "application/yaml") == 0)
    *ret_form = K8_FORM_YAML;
  else if (strcmp (clause->type, PROTOBUF) == 0)
    *ret_form = K8_FORM_PROTOBUF;
  else
    return FALSE;
  return TRUE;
}

/* What a clause turns objects into; FALSE if we have it not. */
static gboolean
read_shown_as (const Clause *clause, K8BodyForm form, K8ShownAs *ret_shown_as)
{
  *ret_shown_as = K8_SHOWN_AS_IS;
  if (clause->as == NULL)
    return TRUE;
  if (!k8_string_is (clause->group, "meta.k8s.io")
      || (!k8_string_is (clause->version, "v1") && !k8_string_is (clause->version, "v1beta1")))
    return FALSE;
  if (strcmp (clause->as, "Table") == 0 && form != K8_FORM_PROTOBUF)
    *ret_shown_as = K8_SHOWN_AS_TABLE;
  else if (strcmp (clause->as, "PartialObjectMetadata") == 0)
    *ret_shown_as = K8_SHOWN_AS_METADATA;
  else if (strcmp (clause->as, "PartialObjectMetadataList") == 0)
    *ret_shown_as = K8_SHOWN_AS_METADATA_LIST;
  else
    return FALSE;
  return TRUE;
}

gboolean
k8_http_is_pretty (const K8Inquiry *self)
{
  const char *pretty = k8_route_get (&self->route, "pretty");
  const char *agent = k8_http_request_find_header (self->http, "user-agent");

  if (pretty != NULL)
    return k8_route_is_true (&self->route, "pretty");
  return agent != NULL
         && (g_str_has_prefix (agent, "curl") || g_str_has_prefix (agent, "Wget")
             || g_str_has_prefix (agent, "Mozilla/5.0"));
}

/* What the clauses of Accept have told so far. */
typedef struct
{
  gboolean is_known;      /* one named a type that we write at all */
  gboolean is_found;      /* one can be met: it is in the reply */
  gboolean is_status_found; /* one can be met by a Status */
} Choice;

static void
try_clause (K8HttpResponse *reply, const Clause *clause, Choice *choice)
{
  K8BodyForm form = K8_FORM_JSON;
  K8ShownAs shown_as = K8_SHOWN_AS_IS;

  if (clause->is_excluded || !find_form (clause, &form))
    return;
  choice->is_known = TRUE;
  if (!choice->is_found && read_shown_as (clause, form, &shown_as))
    {
      choice->is_found = TRUE;
      reply->form = form;
      reply->shown_as = shown_as;
      reply->is_beta = clause->as != NULL && k8_string_is (clause->version, "v1beta1");
    }
  if (!choice->is_status_found && clause->as == NULL)
    {
      choice->is_status_found = TRUE;
      reply->status_form = form;
    }
}

/* Tries the clauses in order; the first that can be met is taken. */
static Choice
choose (K8HttpResponse *reply, const char *accept)
{
  char **clauses = g_strsplit (accept, ",", 64);
  Choice choice = { FALSE, FALSE, FALSE };

  for (guint i = 0; clauses[i] != NULL; i++)
    {
      Clause clause;
      read_clause (&clause, clauses[i]);
      try_clause (reply, &clause, &choice);
      clear_clause (&clause);
    }
  g_strfreev (clauses);
  reply->is_status_pretty = !choice.is_status_found;
  return choice;
}

static const K8Status *
new_generic_406 (K8Region *region, gboolean is_watch)
{
  K8StatusDetailsEdit details;
  K8StatusEdit status;

  k8_status_details_edit (&details, region, NULL);
  k8_status_edit (&status, region, NULL);
  k8_status_set_status (&status, "Failure");
  k8_status_set_message (&status,
                         is_watch ? "406: Not Acceptable\n\nAvailable representations: " ALL_TYPES
                                    ", " STREAM_TYPES
                                  : "406: Not Acceptable\n\nAvailable representations: "
                                    ALL_TYPES);
  k8_status_set_reason (&status, "NotAcceptable");
  k8_status_set_details (&status, k8_status_details_seal (&details));
  k8_status_set_code (&status, 406);
  return k8_status_seal (&status);
}

static const K8Status *
read_include (K8Inquiry *self)
{
  const char *include = k8_route_get (&self->route, "includeObject");

  if (include == NULL || *include == '\0' || strcmp (include, "Metadata") == 0)
    self->reply->include_object = K8_TABLE_METADATA;
  else if (strcmp (include, "None") == 0)
    self->reply->include_object = K8_TABLE_NONE;
  else if (strcmp (include, "Object") == 0)
    self->reply->include_object = K8_TABLE_OBJECT;
  else if (self->reply->shown_as == K8_SHOWN_AS_TABLE)
    {
      char *text = g_strdup_printf ("Unable to convert to Table as requested: includeObject: "
                                    "Invalid value: \"%s\": must be 'Metadata', 'Object', "
                                    "'None', or empty",
                                    include);
      const K8Status *status = k8_status_new_bad_request (self->context->region, text);
      g_free (text);
      return status;
    }
  return NULL;
}

const K8Status *
k8_http_negotiate (K8Inquiry *self)
{
  const char *accept = k8_http_request_find_header (self->http, "accept");
  K8Region *region = self->context->region;
  gboolean is_watch = self->verb == K8_VERB_WATCH;

  self->reply->is_pretty = k8_http_is_pretty (self);
  if (accept == NULL || *accept == '\0')
    return NULL;
  Choice choice = choose (self->reply, accept);
  if (!choice.is_known)
    return new_generic_406 (region, is_watch);
  if (!choice.is_found)
    return k8_status_new_not_acceptable (region, ALL_TYPES);
  if (is_watch && self->reply->form == K8_FORM_YAML)
    return k8_status_new_not_acceptable (region, STREAM_TYPES);
  return read_include (self);
}
