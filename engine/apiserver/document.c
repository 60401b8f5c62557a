/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths that are no resource: discovery, version, health, OpenAPI.
 * Source: kubernetes apiserver pkg/endpoints/discovery, pkg/server/healthz, kube-openapi
 * pkg/handler3 (v1.36). Departures: OpenAPI v2 is empty.
 */
#include "apiserver/http.h"

#include "codec/yaml.h"
#include "machinery/discovery.h"
#include "machinery/openapi.h"

#define AGGREGATED_TYPE "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
#define TEXT_TYPE "text/plain; charset=utf-8"

static const K8VersionInfo version_info = {
  .git_version = "v1.36.2",
  .git_commit = "0000000000000000000000000000000000000000",
  .build_date = "2026-01-01T00:00:00Z",
  .platform = "linux/amd64",
};

static void
answer_string (K8Inquiry *self, const char *content_type, GString *text)
{
  k8_http_answer_text (self, 200, content_type, text->str, text->len);
}

static void
answer_not_found (K8Inquiry *self)
{
  const char *text = "404 page not found\n";

  k8_http_response_add_header (self->reply, "x-content-type-options", "nosniff");
  k8_http_answer_text (self, 404, TEXT_TYPE, text, strlen (text));
}

/* A document in JSON, in the form that was negotiated. */
static void
answer_json (K8Inquiry *self, GString *text)
{
  if (self->reply->form != K8_FORM_YAML)
    {
      answer_string (self, "application/json", text);
      return;
    }
  GString *yaml = g_string_new (NULL);
  k8_yaml_append_json (yaml, text->str, text->len);
  answer_string (self, "application/yaml", yaml);
  g_string_free (yaml, TRUE);
}

/* Whether Accept prefers the aggregated form of discovery. */
static gboolean
wants_aggregated (const K8Inquiry *self)
{
  const char *accept = k8_http_request_find_header (self->http, "accept");
  const char *form = accept == NULL ? NULL : strstr (accept, "as=APIGroupDiscoveryList");

  return form != NULL && strstr (accept, "v=v2;") != NULL;
}

static void
answer_with_etag (K8Inquiry *self, const char *content_type, GString *text, const char *etag)
{
  const char *known = k8_http_request_find_header (self->http, "if-none-match");

  k8_http_response_add_header (self->reply, "etag", etag);
  k8_http_response_add_header (self->reply, "vary", "Accept");
  if (known != NULL && strcmp (known, etag) == 0)
    k8_http_answer_text (self, 304, NULL, "", 0);
  else
    answer_string (self, content_type, text);
}

static void
answer_aggregated (K8Inquiry *self, K8DiscoveryScope scope)
{
  GString *text = g_string_new (NULL);
  char etag[40];

  k8_discovery_append_aggregated (text, scope);
  g_snprintf (etag, sizeof etag, "\"%08X%08X\"", k8_string_hash_bytes (text->str, text->len),
              (guint) text->len);
  answer_with_etag (self, AGGREGATED_TYPE, text, etag);
  g_string_free (text, TRUE);
}

/* /api, /apis, /apis/G, /api/v1, /apis/G/V */
static void
answer_discovery (K8Inquiry *self)
{
  const K8Route *route = &self->route;
  gboolean is_core = strcmp (route->segments[0], "api") == 0;
  GString *text = g_string_new (NULL);
  gboolean is_found = TRUE;

  if (route->n_segments == 1 && is_core)
    k8_discovery_append_versions (text, "");
  else if (route->n_segments == 1)
    k8_discovery_append_groups (text);
  else if (is_core)
    is_found = k8_discovery_append_resources (text, "", route->segments[1]);
  else if (route->n_segments == 2)
    is_found = k8_discovery_append_group (text, route->segments[1]);
  else
    is_found = k8_discovery_append_resources (text, route->segments[1], route->segments[2]);
  if (is_found)
    answer_json (self, text);
  else if (!is_core && route->n_segments == 2)
    answer_not_found (self);
  else
    k8_http_answer_status (self, k8_status_new_generic (self->context->region, 404));
  g_string_free (text, TRUE);
}

/* /openapi/v3 and /openapi/v3/apis/apps/v1 */
static void
answer_openapi (K8Inquiry *self)
{
  const char *below = self->route.path + strlen ("/openapi/v3");
  const char *wanted = k8_route_get (&self->route, "hash");
  GString *text = g_string_new (NULL);
  char hash[K8_OPENAPI_HASH_TEXT];

  if (*below == '\0' || strcmp (below, "/") == 0)
    {
      k8_openapi_append_index (text);
      answer_string (self, TEXT_TYPE, text);
    }
  else if (!k8_openapi_hash (below + 1, hash))
    answer_not_found (self);
  else if (wanted != NULL && strcmp (wanted, hash) != 0)
    {
      char *location = g_strdup_printf ("%s?hash=%s", self->route.path, hash);
      k8_http_response_add_header (self->reply, "location", location);
      k8_http_answer_text (self, 301, "application/json", "", 0);
      g_free (location);
    }
  else
    {
      char *etag = g_strdup_printf ("\"%s\"", hash);
      k8_openapi_append_document (text, below + 1);
      answer_with_etag (self, "application/json", text, etag);
      g_free (etag);
    }
  g_string_free (text, TRUE);
}

/* The OpenAPI v2 document that says nothing: clients of 1.29 and later read v3, and look here only
 * for kinds that v3 does not have. Protobuf: swagger, info (title, version), no paths. */
static void
answer_openapi_v2 (K8Inquiry *self)
{
  static const char json[]
      = "{\"swagger\":\"2.0\",\"info\":{\"title\":\"Kubernetes\",\"version\":\"v1.36.2\"},"
        "\"paths\":{}}";
  static const char protobuf[] = "\x0a\x03"
                                 "2.0"
                                 "\x12\x15\x0a\x0aKubernetes\x12\x07v1.36.2"
                                 "\x42\x00";
  const char *accept = k8_http_request_find_header (self->http, "accept");

  if (accept != NULL && strstr (accept, "spec.v2@v1.0+protobuf") != NULL)
    k8_http_answer_text (self, 200,
                         "application/com.github.proto-openapi.spec.v2.v1.0+protobuf", protobuf,
                         sizeof protobuf - 1);
  else
    k8_http_answer_text (self, 200, "application/json", json, sizeof json - 1);
}

/* The checks of a health path, as `?verbose` lists them. */
static const char *const checks[] = { "ping", "log", "etcd" };

static void
answer_health (K8Inquiry *self)
{
  const K8Route *route = &self->route;
  const char *path = route->segments[0];
  GString *text = g_string_new (NULL);
  gboolean is_known = route->n_segments == 1;

  k8_http_response_add_header (self->reply, "x-content-type-options", "nosniff");
  for (guint i = 0; i < G_N_ELEMENTS (checks); i++)
    {
      g_string_append_printf (text, "[+]%s ok\n", checks[i]);
      if (route->n_segments == 2 && strcmp (route->segments[1], checks[i]) == 0)
        is_known = TRUE;
    }
  g_string_append_printf (text, "%s check passed\n", path);
  gboolean is_verbose = k8_route_get (route, "verbose") != NULL && route->n_segments == 1;
  if (!is_known)
    answer_not_found (self);
  else if (is_verbose)
    answer_string (self, TEXT_TYPE, text);
  else
    k8_http_answer_text (self, 200, TEXT_TYPE, "ok", 2);
  g_string_free (text, TRUE);
}

static void
answer_version (K8Inquiry *self)
{
  GString *text = g_string_new (NULL);

  k8_discovery_append_version (text, &version_info);
  answer_string (self, "application/json", text);
  g_string_free (text, TRUE);
}

static void
answer_root (K8Inquiry *self)
{
  GString *text = g_string_new (NULL);

  k8_discovery_append_root (text);
  answer_string (self, "application/json", text);
  g_string_free (text, TRUE);
}

static void
answer_api (K8Inquiry *self)
{
  gboolean is_top = self->route.n_segments == 1;
  gboolean is_core = strcmp (self->route.segments[0], "api") == 0;

  if (is_top && wants_aggregated (self))
    {
      answer_aggregated (self, is_core ? K8_DISCOVERY_CORE : K8_DISCOVERY_GROUPS);
      return;
    }
  const K8Status *status = k8_http_negotiate (self);
  if (status != NULL)
    k8_http_answer_status (self, status);
  else
    answer_discovery (self);
}

/* Answers a path of documents. Only GET reads them. */
void
k8_http_answer_document (K8Inquiry *self)
{
  const K8Route *route = &self->route;
  const char *first = route->n_segments == 0 ? "" : route->segments[0];

  if (strcmp (self->http->method, "GET") != 0)
    k8_http_answer_status (self, k8_status_new_generic (self->context->region, 405));
  else if (route->n_segments == 0)
    answer_root (self);
  else if (strcmp (first, "api") == 0 || strcmp (first, "apis") == 0)
    answer_api (self);
  else if (strcmp (first, "version") == 0 && route->n_segments == 1)
    answer_version (self);
  else if (strcmp (first, "healthz") == 0 || strcmp (first, "livez") == 0
           || strcmp (first, "readyz") == 0)
    answer_health (self);
  else if (strcmp (route->path, "/openapi/v2") == 0)
    answer_openapi_v2 (self);
  else if (g_str_has_prefix (route->path, "/openapi/v3"))
    answer_openapi (self);
  else
    answer_not_found (self);
}
