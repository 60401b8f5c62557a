/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads: one object, or the objects of a resource in the order of their keys, in pages. Pages
 * after the first show the resource as it was at the first one; when that is forgotten the
 * answer is 410 with a token that goes on, inconsistently, behind the same key.
 * Source: kubernetes apiserver pkg/storage/etcd3 (store.go) (v1.36).
 * Departures: a list at a revision that is not there yet is refused at once, without waiting 3 s.
 */
#include "apiserver/server.h"

#include "apiserver/continue_token.h"
#include "base/assert.h"
#include "machinery/gvk.h"

static const K8Status *
bad_request (K8ApiServer *self, char *message)
{
  const K8Status *status = k8_status_new_bad_request (self->region, message);

  g_free (message);
  return status;
}

/**
 * k8_selection_parse:
 *
 * What a request selects. @ret_selection is to be cleared if this returns NULL.
 *
 * Returns: (transfer full) (nullable): why it is refused.
 */
const K8Status *
k8_selection_parse (K8ApiServer *self, const K8ApiRequest *request, K8Selection *ret_selection)
{
  K8Selection selection = { .kind = request->kind };
  const char *labels = request->label_selector;
  const char *fields = request->field_selector;
  char *error = NULL;

  if (labels != NULL && *labels != '\0')
    {
      selection.labels = k8_selector_parse (self->region, labels, strlen (labels), &error);
      if (error != NULL)
        return bad_request (self, error);
    }
  if (fields != NULL && *fields != '\0')
    {
      selection.fields
          = k8_field_selector_parse (self->region, request->kind, fields, strlen (fields), &error);
      if (error != NULL)
        {
          k8_selection_clear (&selection);
          return bad_request (self, error);
        }
    }
  selection.namespace_name = k8_string_ref (request->namespace_name);
  *ret_selection = selection;
  return NULL;
}

/* Fills pages from a view of the resource. */
typedef struct
{
  K8ApiServer *self;
  const K8WatchCache *cache;
  const K8Selection *selection;
  K8CacheView view;
  K8ApiResponse *response;
  guint32 limit;
  const char *scope; /* every key of the list begins so */
} Lister;

static gboolean
add_item (Lister *lister, const K8CachedObject *object)
{
  const void *shown = k8_convert (object->object, lister->selection->kind);
  gboolean matches = k8_selection_matches (lister->selection, shown);

  if (!matches)
    {
      k8_record_unref (shown);
      return FALSE;
    }
  K8ApiItem *item = k8_array_add (&lister->response->items);
  *item = (K8ApiItem){ .object = shown, .revision = object->revision };
  return TRUE;
}

/* How many keys of the scope lie behind a cursor. */
static gint64
count_behind (const Lister *lister, K8OrderCursor cursor)
{
  gsize scope_bytes = strlen (lister->scope);
  gint64 n = 0;

  while (k8_order_next (lister->view.order, &cursor)
         && strncmp (cursor.key, lister->scope, scope_bytes) == 0)
    n++;
  return n;
}

static gboolean
is_plain (const K8Selection *selection)
{
  return selection->labels == NULL && selection->fields == NULL;
}

/* Walks from a key on until the page is full. */
static void
fill_page (Lister *lister, const char *from)
{
  gsize scope_bytes = strlen (lister->scope);
  K8OrderCursor cursor;
  K8OrderCursor next;
  gboolean is_there = k8_order_first_at_or_after (lister->view.order, from, &cursor);

  while (is_there && strncmp (cursor.key, lister->scope, scope_bytes) == 0)
    {
      add_item (lister, k8_slots_get (lister->view.objects, cursor.value));
      next = cursor;
      is_there = k8_order_next (lister->view.order, &next);
      if (lister->limit != 0 && k8_array_n (&lister->response->items) >= lister->limit && is_there
          && strncmp (next.key, lister->scope, scope_bytes) == 0)
        {
          lister->response->continue_token = k8_continue_new (
              lister->self->region, cursor.key + scope_bytes, lister->response->revision);
          if (is_plain (lister->selection))
            lister->response->remaining = count_behind (lister, cursor);
          return;
        }
      cursor = next;
    }
}

/* A list that selects one name needs no walk. */
static gboolean
fill_by_name (Lister *lister)
{
  const K8Selection *selection = lister->selection;
  const char *name
      = selection->fields == NULL ? NULL : k8_field_selector_find_exact (selection->fields, 0);

  if (name == NULL || (selection->namespace_name == NULL && selection->kind->is_namespaced))
    return FALSE;
  if (lister->view.objects != &lister->cache->objects)
    return FALSE;
  const K8CachedObject *object
      = k8_watch_cache_find (lister->cache, selection->namespace_name, name);
  if (object != NULL)
    add_item (lister, object);
  return TRUE;
}

static K8ApiResponse *
new_list_response (K8ApiServer *self, gint64 revision)
{
  K8ApiResponse *response = k8_mail_new (self->region, &k8_api_response_class);

  response->code = 200;
  response->remaining = -1;
  response->revision = revision;
  k8_array_init (&response->items, self->region, sizeof (K8ApiItem));
  return response;
}

/* Who asks for everything gets a memo with it: the same for all until something changes. */
static void
give_memo (const Lister *lister, const K8ApiRequest *request)
{
  K8WatchCache *cache = k8_server_edit_cache (lister->self, request->kind);

  if (request->namespace_name != NULL || !is_plain (lister->selection) || request->limit != 0
      || request->kind != cache->kind || lister->view.objects != &cache->objects
      || k8_array_n (&lister->response->items) != k8_slots_n (&cache->objects))
    return;
  if (cache->list_memo == NULL)
    cache->list_memo = k8_mail_new (cache->region, &k8_memo_class);
  lister->response->memo = k8_mail_ref (cache->list_memo);
}

/* 410, with a token that goes on from the newest revision behind the same key. */
static const K8Status *
new_expired (K8ApiServer *self, const K8ContinuePlace *place)
{
  const K8Status *status = k8_status_new_expired (
      self->region, "The provided continue parameter is too old to display a consistent list "
                    "result. You can start a new list without the continue parameter, or use the "
                    "continue token in this response to retrieve the remainder of the results. "
                    "Continuing with the provided token results in an inconsistent list - objects "
                    "that were created, modified, or deleted between the time the first chunk was "
                    "returned and now may show up in the list.");
  const char *token = k8_continue_new (self->region, place->start, -1);
  K8ListMetaEdit meta;
  K8StatusEdit edit;

  k8_list_meta_edit (&meta, self->region, NULL);
  k8_list_meta_set_continue (&meta, token);
  k8_status_edit (&edit, self->region, status);
  k8_status_set_metadata (&edit, k8_list_meta_seal (&meta));
  k8_record_unref (status);
  k8_string_unref (token);
  return k8_status_seal (&edit);
}

/* Where the list begins, and at which revision; a Status if it cannot. */
static const K8Status *
find_place (K8ApiServer *self, const K8ApiRequest *request, K8ContinuePlace *ret_place)
{
  K8WatchCache *cache = k8_server_edit_cache (self, request->kind);
  K8CacheView view;

  *ret_place = (K8ContinuePlace){ .revision = self->revision };
  if (request->continue_token != NULL && *request->continue_token != '\0')
    {
      const K8Status *status
          = k8_continue_parse (self->region, request->continue_token, ret_place);
      if (status != NULL)
        return status;
      if (ret_place->revision == -1)
        ret_place->revision = self->revision;
      if (!k8_watch_cache_view_at (cache, ret_place->revision, &view))
        return new_expired (self, ret_place);
      return NULL;
    }
  if (request->revision > self->revision)
    return k8_status_new_future_version (self->region, (guint64) request->revision,
                                         (guint64) self->revision);
  if (!request->is_exact_revision)
    return NULL;
  ret_place->revision = request->revision;
  if (!k8_watch_cache_view_at (cache, request->revision, &view))
    return k8_status_new_expired (self->region,
                                  "The resourceVersion for the provided list is too old.");
  return NULL;
}

/* The first key to show: "\0" behind the last one that was shown. */
static char *
make_first_key (const K8ContinuePlace *place, const char *scope)
{
  if (place->start == NULL)
    return g_strdup (scope);
  return g_strconcat (scope, place->start, "\001", NULL);
}

/**
 * k8_list_collect:
 *
 * The answer to a list, without ending the call it belongs to.
 *
 * Returns: (transfer full) (nullable): NULL with @ret_status set when it is refused.
 */
K8ApiResponse *
k8_list_collect (K8ApiServer *self, const K8ApiRequest *request, const K8Status **ret_status)
{
  K8WatchCache *cache = k8_server_edit_cache (self, request->kind);
  K8Selection selection;
  K8ContinuePlace place = { .start = NULL };

  *ret_status = k8_selection_parse (self, request, &selection);
  if (*ret_status != NULL)
    return NULL;
  *ret_status = find_place (self, request, &place);
  if (*ret_status != NULL)
    {
      k8_selection_clear (&selection);
      g_free (place.start);
      return NULL;
    }
  char *scope = request->namespace_name == NULL
                    ? g_strdup (cache->prefix)
                    : g_strconcat (cache->prefix, request->namespace_name, "/", NULL);
  char *first = make_first_key (&place, scope);
  Lister lister = { .self = self, .cache = cache, .selection = &selection,
                    .response = new_list_response (self, place.revision),
                    .limit = request->limit, .scope = scope };
  k8_watch_cache_view_at (cache, place.revision, &lister.view);
  if (!fill_by_name (&lister))
    fill_page (&lister, first);
  give_memo (&lister, request);
  if (lister.response->continue_token != NULL && lister.view.objects == &cache->objects)
    k8_watch_cache_keep_snapshot (cache, place.revision);
  k8_selection_clear (&selection);
  g_free (place.start);
  g_free (scope);
  g_free (first);
  return lister.response;
}

void
k8_read_list (K8ApiServer *self, K8Context *context, K8Call *call)
{
  const K8Status *status = NULL;
  K8ApiResponse *response = k8_list_collect (self, call->request, &status);

  if (response == NULL)
    k8_call_refuse (self, context, call, status);
  else
    k8_call_answer (self, context, call, response);
}

/* What comes from the node of a pod: nothing before the pod has one. */
static void
read_stream (K8ApiServer *self, K8Context *context, K8Call *call, const K8Pod *pod)
{
  const char *node_name = k8_string_or_empty (k8_pod_spec_node_name (k8_pod_spec (pod)));

  if (call->request->subresource == K8_SUBRESOURCE_LOG && *node_name != '\0'
      && call->request->log != NULL)
    k8_log_run (self, context, call, pod);
  else if (call->request->subresource == K8_SUBRESOURCE_LOG && *node_name == '\0')
    {
      K8ApiResponse *nothing = new_list_response (self, 0);
      nothing->code = 204;
      k8_call_answer (self, context, call, nothing);
    }
  else /* LATER: exec, attach and port-forward, whose streams go both ways */
    k8_call_refuse (self, context, call,
                    k8_status_new_error (context->region,
                                         "this cluster has no stream to its containers"));
}

void
k8_read_get (K8ApiServer *self, K8Context *context, K8Call *call)
{
  const K8ApiRequest *request = call->request;
  const K8CachedObject *cached = k8_watch_cache_find (
      k8_server_cache (self, request->kind), request->namespace_name, request->name);

  if (cached == NULL)
    {
      k8_call_refuse (self, context, call,
                      k8_status_new_not_found (context->region, k8_call_resource (call),
                                               request->name));
      return;
    }
  if (request->revision > self->revision)
    {
      k8_call_refuse (self, context, call,
                      k8_status_new_future_version (context->region, (guint64) request->revision,
                                                    (guint64) self->revision));
      return;
    }
  if (request->subresource >= K8_SUBRESOURCE_LOG)
    {
      read_stream (self, context, call, cached->object);
      return;
    }
  const void *shown = request->subresource == K8_SUBRESOURCE_SCALE
                          ? k8_scale_new (context->region, cached->object)
                          : k8_convert (cached->object, request->kind);
  k8_call_answer_object (self, context, call, 200, shown, cached->revision);
  k8_record_unref (shown);
}
