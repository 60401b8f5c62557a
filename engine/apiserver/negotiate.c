/* SPDX-License-Identifier: Apache-2.0
 *
 * Content negotiation: the first clause of Accept that we can write.
 * Source: kubernetes apiserver pkg/endpoints/handlers/negotiation (v1.36).
 * Departures: weights (q) only exclude, they do not sort.
 */
#include "apiserver/http.h"

#include "machinery/table.h"

#define ALL_TYPES "application/json, application/yaml, application/vnd.kubernetes.protobuf"
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

/* Takes a transformation that a clause asks for; FALSE if we have it not. */
static gboolean
take_transformation (const K8Inquiry *inquiry, const Clause *clause, K8BodyForm *form,
                     gboolean *ret_is_beta)
{
  gboolean is_list = inquiry->verb == K8_VERB_LIST;

  if (clause->as == NULL)
    return TRUE;
  if (*form != K8_FORM_JSON || !k8_string_is (clause->group, "meta.k8s.io"))
    return FALSE;
  *ret_is_beta = k8_string_is (clause->version, "v1beta1");
  if (!*ret_is_beta && !k8_string_is (clause->version, "v1"))
    return FALSE;
  if (strcmp (clause->as, "Table") == 0)
    *form = K8_FORM_TABLE;
  else if (strcmp (clause->as, is_list ? "PartialObjectMetadataList" : "PartialObjectMetadata")
           == 0)
    *form = K8_FORM_PARTIAL_METADATA;
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

/* Tries the clauses in order. Says whether any named a type that we write at all. */
static gboolean
choose (K8Inquiry *self, const char *accept, gboolean *ret_is_known)
{
  char **clauses = g_strsplit (accept, ",", 64);
  gboolean is_found = FALSE;

  for (guint i = 0; clauses[i] != NULL && !is_found; i++)
    {
      Clause clause;
      K8BodyForm form = K8_FORM_JSON;
      gboolean is_beta = FALSE;
      read_clause (&clause, clauses[i]);
      if (!clause.is_excluded && find_form (&clause, &form))
        {
          *ret_is_known = TRUE;
          is_found = take_transformation (self, &clause, &form, &is_beta);
        }
      if (is_found)
        {
          self->reply->form = form;
          self->reply->is_beta = is_beta;
        }
      clear_clause (&clause);
    }
  g_strfreev (clauses);
  return is_found;
}

static const K8Status *
new_generic_406 (K8Region *region)
{
  K8StatusDetailsEdit details;
  K8StatusEdit status;

  k8_status_details_edit (&details, region, NULL);
  k8_status_edit (&status, region, NULL);
  k8_status_set_status (&status, "Failure");
  k8_status_set_message (&status, "406: Not Acceptable\n\nAvailable representations: " ALL_TYPES);
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
  else if (self->reply->form == K8_FORM_TABLE)
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
  gboolean is_known = FALSE;

  self->reply->form = K8_FORM_JSON;
  self->reply->is_pretty = k8_http_is_pretty (self);
  if (accept == NULL || *accept == '\0')
    return NULL;
  if (choose (self, accept, &is_known))
    return read_include (self);
  self->reply->is_pretty = TRUE;
  return is_known ? k8_status_new_not_acceptable (self->context->region, ALL_TYPES)
                  : new_generic_406 (self->context->region);
}
