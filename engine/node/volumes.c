/* SPDX-License-Identifier: Apache-2.0
 *
 * Volumes whose content comes from the API: ConfigMaps, Secrets, facts about the pod, tokens.
 * First the objects are read (the pod waits for those that must be there: event FailedMount),
 * then, when the sandbox runs, their files are written.
 * Source: kubernetes pkg/volume configmap, secret, downwardapi, projected (v1.36).
 * What changes later is volume_refresh.c's. Departures: storage of claims is the driver's.
 */
#include "node/pod_worker.h"

#include "base/string.h"

#define RETRY_NS (500 * K8_MILLISECOND_NS)

enum
{
  DEFAULT_MODE = 0644,
  MAX_OBJECTS = 250,
  MAX_DOUBLINGS = 8, /* 500 ms to about two minutes */
  TOKEN_SECONDS = 3600,
};

typedef enum
{
  SOURCE_CONFIG_MAP,
  SOURCE_SECRET,
  SOURCE_DOWNWARD,
  SOURCE_TOKEN,
} SourceType;

/* Where files of a volume come from. Borrowed from the pod. */
typedef struct
{
  SourceType type;
  const char *name;
  const K8List *items; /* KeyToPath, or DownwardAPIVolumeFile */
  const K8ServiceAccountTokenProjection *token;
  gint32 mode;
  gboolean is_optional;
} Source;

static void
add_projection (GArray *sources, const K8VolumeProjection *projection, gint32 mode)
{
  const K8ConfigMapProjection *config_map = k8_volume_projection_config_map (projection);
  const K8SecretProjection *secret = k8_volume_projection_secret (projection);
  Source source = { .mode = mode };

  if (config_map != NULL)
    {
      source.type = SOURCE_CONFIG_MAP;
      source.name = k8_config_map_projection_name (config_map);
      source.items = k8_config_map_projection_items (config_map);
      source.is_optional = k8_config_map_projection_optional (config_map);
    }
  else if (secret != NULL)
    {
      source.type = SOURCE_SECRET;
      source.name = k8_secret_projection_name (secret);
      source.items = k8_secret_projection_items (secret);
      source.is_optional = k8_secret_projection_optional (secret);
    }
  else if (k8_volume_projection_has_downward_api (projection))
    {
      source.type = SOURCE_DOWNWARD;
      source.items = k8_downward_api_projection_items (
          k8_volume_projection_downward_api (projection));
    }
  else if (k8_volume_projection_has_service_account_token (projection))
    {
      source.type = SOURCE_TOKEN;
      source.token = k8_volume_projection_service_account_token (projection);
    }
  else
    return;
  g_array_append_val (sources, source);
}

static void
add_projected (GArray *sources, const K8ProjectedVolumeSource *projected)
{
  gint32 mode = k8_projected_volume_source_has_default_mode (projected)
                    ? k8_projected_volume_source_default_mode (projected)
                    : DEFAULT_MODE;

  for (guint i = 0; i < k8_projected_volume_source_sources_n (projected); i++)
    add_projection (sources, k8_projected_volume_source_sources_at (projected, i), mode);
}

/* The sources of a volume; none for a volume that the API has no content for. (transfer full) */
static GArray *
list_sources (const K8Volume *volume)
{
  GArray *sources = g_array_new (FALSE, FALSE, sizeof (Source));
  const K8ConfigMapVolumeSource *config_map = k8_volume_config_map (volume);
  const K8SecretVolumeSource *secret = k8_volume_secret (volume);
  const K8DownwardAPIVolumeSource *downward = k8_volume_downward_api (volume);
  Source source = { .mode = DEFAULT_MODE };

  if (config_map != NULL)
    {
      source.name = k8_config_map_volume_source_name (config_map);
      source.items = k8_config_map_volume_source_items (config_map);
      source.is_optional = k8_config_map_volume_source_optional (config_map);
      if (k8_config_map_volume_source_has_default_mode (config_map))
        source.mode = k8_config_map_volume_source_default_mode (config_map);
      g_array_append_val (sources, source);
    }
  else if (secret != NULL)
    {
      source.type = SOURCE_SECRET;
      source.name = k8_secret_volume_source_secret_name (secret);
      source.items = k8_secret_volume_source_items (secret);
      source.is_optional = k8_secret_volume_source_optional (secret);
      if (k8_secret_volume_source_has_default_mode (secret))
        source.mode = k8_secret_volume_source_default_mode (secret);
      g_array_append_val (sources, source);
    }
  else if (downward != NULL)
    {
      source.type = SOURCE_DOWNWARD;
      source.items = k8_downward_api_volume_source_items (downward);
      if (k8_downward_api_volume_source_has_default_mode (downward))
        source.mode = k8_downward_api_volume_source_default_mode (downward);
      g_array_append_val (sources, source);
    }
  else if (k8_volume_has_projected (volume))
    add_projected (sources, k8_volume_projected (volume));
  return sources;
}

static const char *
get_account (const K8PodWorker *worker)
{
  const char *name = k8_pod_spec_service_account_name (k8_pod_spec (worker->pod));

  return name == NULL || name[0] == '\0' ? "default" : name;
}

static K8PodObject *
find_object (const K8PodWorker *worker, const K8PodObject *wanted)
{
  for (guint32 i = 0; i < k8_array_n (&worker->objects); i++)
    {
      K8PodObject *object = k8_array_at (&worker->objects, i);
      if (object->kind == wanted->kind &&
          k8_string_is (object->name, k8_string_or_empty (wanted->name)) &&
          k8_string_equal (object->audience, wanted->audience) &&
          object->expiration_seconds == wanted->expiration_seconds)
        return object;
    }
  return NULL;
}

const K8PodObject *
k8_volumes_find_object (const K8PodWorker *worker, K8KindId kind, const char *name)
{
  return find_object (worker, &(K8PodObject){ .kind = (guint8) kind, .name = name });
}

static void
need (K8Context *context, K8PodWorker *worker, const K8PodObject *wanted)
{
  if (wanted->name == NULL || k8_array_n (&worker->objects) == MAX_OBJECTS ||
      find_object (worker, wanted) != NULL)
    return;
  K8PodObject *object = k8_array_add (&worker->objects);
  *object = *wanted;
  object->name = k8_string_intern (context->region, wanted->name);
  k8_string_ref (object->audience);
}

/* What a source takes its files from. Borrows texts. */
static K8PodObject
describe_object (const K8PodWorker *worker, const Source *source)
{
  switch (source->type)
    {
    case SOURCE_CONFIG_MAP:
      return (K8PodObject){ .kind = K8_KIND_ConfigMap, .name = source->name };
    case SOURCE_SECRET:
      return (K8PodObject){ .kind = K8_KIND_Secret, .name = source->name };
    case SOURCE_TOKEN:
      return (K8PodObject){
        .kind = K8_KIND_TokenRequest,
        .name = get_account (worker),
        .audience = k8_service_account_token_projection_audience (source->token),
        .expiration_seconds =
            k8_service_account_token_projection_expiration_seconds (source->token),
      };
    case SOURCE_DOWNWARD:
      break;
    }
  return (K8PodObject){ .name = NULL };
}

static K8PodObject *
find_of_source (const K8PodWorker *worker, const Source *source)
{
  K8PodObject wanted = describe_object (worker, source);

  return find_object (worker, &wanted);
}

static void
need_source (K8Context *context, K8PodWorker *worker, const Source *source)
{
  K8PodObject wanted = describe_object (worker, source);

  need (context, worker, &wanted);
}

static void
need_named (K8Context *context, K8PodWorker *worker, K8KindId kind, const char *name)
{
  need (context, worker, &(K8PodObject){ .kind = (guint8) kind, .name = name });
}

static void
need_env (K8Context *context, K8PodWorker *worker, const K8Container *container)
{
  for (guint i = 0; i < k8_container_env_from_n (container); i++)
    {
      const K8EnvFromSource *from = k8_container_env_from_at (container, i);
      need_named (context, worker, K8_KIND_ConfigMap,
                  k8_config_map_env_source_name (k8_env_from_source_config_map_ref (from)));
      need_named (context, worker, K8_KIND_Secret,
                  k8_secret_env_source_name (k8_env_from_source_secret_ref (from)));
    }
  for (guint i = 0; i < k8_container_env_n (container); i++)
    {
      const K8EnvVarSource *from = k8_env_var_value_from (k8_container_env_at (container, i));
      need_named (context, worker, K8_KIND_ConfigMap,
                  k8_config_map_key_selector_name (k8_env_var_source_config_map_key_ref (from)));
      need_named (context, worker, K8_KIND_Secret,
                  k8_secret_key_selector_name (k8_env_var_source_secret_key_ref (from)));
    }
}

/* (transfer full) */
static const K8TokenRequest *
make_token_request (K8Context *context, const K8PodWorker *worker, const K8PodObject *object)
{
  const K8ObjectMeta *meta = k8_pod_metadata (worker->pod);
  K8BoundObjectReferenceEdit bound;
  K8TokenRequestSpecEdit spec;
  K8TokenRequestEdit edit;

  k8_bound_object_reference_edit (&bound, context->region, NULL);
  k8_bound_object_reference_set_kind (&bound, "Pod");
  k8_bound_object_reference_set_api_version (&bound, "v1");
  k8_bound_object_reference_set_name (&bound, k8_object_meta_name (meta));
  k8_bound_object_reference_set_uid (&bound, worker->uid);
  k8_token_request_spec_edit (&spec, context->region, NULL);
  if (object->audience != NULL)
    k8_token_request_spec_add_audiences (&spec, object->audience);
  k8_token_request_spec_set_expiration_seconds (
      &spec, object->expiration_seconds > 0 ? object->expiration_seconds : TOKEN_SECONDS);
  k8_token_request_spec_set_bound_object_ref (&spec, k8_bound_object_reference_seal (&bound));
  k8_token_request_edit (&edit, context->region, NULL);
  k8_token_request_set_spec (&edit, k8_token_request_spec_seal (&spec));
  return k8_token_request_seal (&edit);
}

/* Reads an object, or asks for a token; the answer comes for @what and the object's place. */
void
k8_volumes_ask (
    K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index, K8KubeletFor what)
{
  const K8PodObject *object = k8_array_at (&worker->objects, index);
  gboolean is_token = object->kind == K8_KIND_TokenRequest;
  K8ApiRequest *request
      = k8_client_request (&self->client, context, is_token ? K8_VERB_CREATE : K8_VERB_GET,
                           is_token ? K8_KIND_ServiceAccount : (K8KindId) object->kind);

  k8_api_request_set_namespace (request, k8_object_meta_namespace (k8_pod_metadata (worker->pod)));
  k8_api_request_set_name (request, object->name);
  if (is_token)
    {
      request->subresource = K8_SUBRESOURCE_TOKEN;
      request->object = make_token_request (context, worker, object);
    }
  k8_client_send (&self->client, context, request, k8_pod_worker_key (worker, what, index));
}

/* Asks for every object that volumes and variables name and that is not there yet. */
void
k8_volumes_gather (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  const K8PodSpec *spec = k8_pod_spec (worker->pod);

  if (worker->n_waiting > 0)
    return;
  for (guint i = 0; i < k8_pod_spec_volumes_n (spec); i++)
    {
      GArray *sources = list_sources (k8_pod_spec_volumes_at (spec, i));
      for (guint j = 0; j < sources->len; j++)
        need_source (context, worker, &g_array_index (sources, Source, j));
      g_array_free (sources, TRUE);
    }
  for (guint i = 0; i < k8_array_n (&worker->containers); i++)
    need_env (context, worker, k8_pod_worker_spec (worker, i));
  for (guint i = 0; i < k8_array_n (&worker->objects); i++)
    if (((const K8PodObject *) k8_array_at (&worker->objects, i))->object == NULL)
      {
        worker->n_waiting++;
        k8_volumes_ask (self, context, worker, i, K8_FOR_OBJECT);
      }
}

/* Whether the data of an object has a key. */
static gboolean
has_key (const K8PodObject *object, const char *key)
{
  if (object->kind == K8_KIND_Secret)
    return k8_secret_data_get (object->object, key) != NULL;
  return k8_config_map_data_get (object->object, key) != NULL
         || k8_config_map_binary_data_get (object->object, key) != NULL;
}

/* Why a source cannot be mounted; FALSE if nothing is wrong with it. */
static gboolean
find_problem (const K8PodWorker *worker, const Source *source, GString *ret_problem)
{
  const K8PodObject *object = find_of_source (worker, source);

  if (source->type == SOURCE_DOWNWARD || (source->is_optional && object != NULL
                                          && object->object == NULL))
    return FALSE;
  if (object == NULL || object->object == NULL)
    {
      g_string_append (ret_problem, source->type == SOURCE_TOKEN        ? "failed to fetch token: "
                                    : source->type == SOURCE_CONFIG_MAP ? "configmap \""
                                                                        : "secret \"");
      g_string_append (ret_problem, k8_string_or_empty (source->type == SOURCE_TOKEN
                                                            ? get_account (worker)
                                                            : source->name));
      g_string_append (ret_problem, source->type == SOURCE_TOKEN ? "" : "\" not found");
      return TRUE;
    }
  for (guint i = 0; i < k8_list_n (source->items) && !source->is_optional
                    && source->type != SOURCE_TOKEN;
       i++)
    {
      const char *key = k8_key_to_path_key (k8_list_get_object (source->items, i));
      if (has_key (object, key))
        continue;
      g_string_append (ret_problem, source->type == SOURCE_SECRET
                                        ? "references non-existent secret key: "
                                        : "configmap references non-existent config key: ");
      g_string_append (ret_problem, key);
      return TRUE;
    }
  return FALSE;
}

/* The first volume that cannot be mounted, with the words of the event; FALSE: all can. */
static gboolean
find_bad_volume (const K8PodWorker *worker, GString *ret_message)
{
  const K8PodSpec *spec = k8_pod_spec (worker->pod);
  gboolean is_bad = FALSE;

  for (guint i = 0; i < k8_pod_spec_volumes_n (spec) && !is_bad; i++)
    {
      const K8Volume *volume = k8_pod_spec_volumes_at (spec, i);
      GArray *sources = list_sources (volume);
      g_string_assign (ret_message, "MountVolume.SetUp failed for volume \"");
      g_string_append (ret_message, k8_volume_name (volume));
      g_string_append (ret_message, "\" : ");
      for (guint j = 0; j < sources->len && !is_bad; j++)
        is_bad = find_problem (worker, &g_array_index (sources, Source, j), ret_message);
      g_array_free (sources, TRUE);
    }
  return is_bad;
}

/* Whether everything that the pod needs before it can start is there. */
gboolean
k8_volumes_are_there (const K8PodWorker *worker)
{
  GString *message;
  gboolean is_bad;

  if (worker->n_waiting > 0)
    return FALSE;
  if (k8_array_n (&worker->objects) == 0)
    return TRUE;
  message = g_string_new (NULL);
  is_bad = find_bad_volume (worker, message);
  g_string_free (message, TRUE);
  return !is_bad;
}

/* Something is missing: says so and looks again, less and less often. */
static void
retry_later (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  GString *message = g_string_new (NULL);
  gint64 delay_ns = RETRY_NS << MIN (worker->n_mount_failures, (guint8) MAX_DOUBLINGS);

  find_bad_volume (worker, message);
  k8_kubelet_say (self, context, worker,
                  &(K8Said){ .type = "Warning", .reason = "FailedMount",
                             .message = message->str });
  g_string_free (message, TRUE);
  if (worker->n_mount_failures < MAX_DOUBLINGS)
    worker->n_mount_failures++;
  k8_context_set_timer (context, delay_ns, k8_pod_worker_key (worker, K8_FOR_OBJECT, 0));
}

void
k8_volumes_answer (K8Kubelet *self, K8Context *context, K8PodWorker *worker, K8KubeletKey key,
                   const K8ApiResponse *response)
{
  K8PodObject *object;

  if (worker->n_waiting == 0 || key.index >= k8_array_n (&worker->objects))
    return;
  object = k8_array_at (&worker->objects, key.index);
  worker->n_waiting--;
  if (k8_api_response_is_ok (response) && object->object == NULL)
    object->object = k8_record_ref (response->object);
  if (worker->n_waiting > 0)
    return;
  if (worker->state == K8_WORKER_GATHERING && !k8_volumes_are_there (worker))
    retry_later (self, context, worker);
  else if (worker->state == K8_WORKER_GATHERING)
    k8_pod_worker_proceed (self, context, worker);
}

/* A file whose content is a text of the region already. */
static void
add_file (K8Context *context, K8RuntimeOp *op, const char *path, const char *content, gint32 mode)
{
  K8VolumeFile *file = k8_array_add (&op->files);

  *file = (K8VolumeFile){ .path = k8_string_intern (context->region, path),
                          .content = k8_string_ref (content),
                          .mode = mode };
}

static void
add_map (K8Context *context, K8RuntimeOp *op, const K8List *map, const Source *source)
{
  for (guint i = 0; i < k8_list_n (map) && source->items == NULL; i++)
    add_file (context, op, k8_map_get_key (map, i), k8_map_get_value (map, i), source->mode);
  for (guint i = 0; i < k8_list_n (source->items); i++)
    {
      const K8KeyToPath *item = k8_list_get_object (source->items, i);
      const char *value = k8_map_find (map, k8_key_to_path_key (item));
      if (value != NULL)
        add_file (context, op, k8_key_to_path_path (item), value,
                  k8_key_to_path_has_mode (item) ? k8_key_to_path_mode (item) : source->mode);
    }
}

static void
add_downward (const K8Kubelet *self, K8Context *context, const K8PodWorker *worker,
              K8RuntimeOp *op, const Source *source)
{
  for (guint i = 0; i < k8_list_n (source->items); i++)
    {
      const K8DownwardAPIVolumeFile *item = k8_list_get_object (source->items, i);
      const K8ObjectFieldSelector *field = k8_downward_api_volume_file_field_ref (item);
      const K8ResourceFieldSelector *resource
          = k8_downward_api_volume_file_resource_field_ref (item);
      GString *text = g_string_new (NULL);
      if (field != NULL)
        k8_env_field (self, worker, k8_object_field_selector_field_path (field), text);
      else
        k8_env_resource (self, worker, resource,
                         k8_resource_field_selector_container_name (resource), text);
      const char *content = k8_string_intern_length (context->region, text->str, text->len);
      add_file (context, op, k8_downward_api_volume_file_path (item), content,
                k8_downward_api_volume_file_has_mode (item)
                    ? k8_downward_api_volume_file_mode (item)
                    : source->mode);
      k8_string_unref (content);
      g_string_free (text, TRUE);
    }
}

static void
add_source (const K8Kubelet *self, K8Context *context, const K8PodWorker *worker,
            K8RuntimeOp *op, const Source *source)
{
  const K8PodObject *object = find_of_source (worker, source);
  const void *record = object == NULL ? NULL : object->object;

  switch (source->type)
    {
    case SOURCE_CONFIG_MAP:
      add_map (context, op, k8_config_map_data (record), source);
      add_map (context, op, k8_config_map_binary_data (record), source);
      break;
    case SOURCE_SECRET:
      add_map (context, op, k8_secret_data (record), source);
      break;
    case SOURCE_DOWNWARD:
      add_downward (self, context, worker, op, source);
      break;
    case SOURCE_TOKEN:
      if (record != NULL)
        add_file (context, op, k8_service_account_token_projection_path (source->token),
                  k8_token_request_status_token (k8_token_request_status (record)), source->mode);
      break;
    }
}

/* A token that lies in its file: what is left of it here is when it ends. */
static gboolean
is_spent (const K8PodObject *object)
{
  return object != NULL && object->kind == K8_KIND_TokenRequest && object->object != NULL
         && k8_token_request_status_token (k8_token_request_status (object->object)) == NULL;
}

static void
spend_token (K8Context *context, K8PodObject *object)
{
  const K8TokenRequest *before = object->object;
  const K8TokenRequestStatus *told = k8_token_request_status (before);
  K8TokenRequestSpecEdit spec;
  K8TokenRequestStatusEdit status;
  K8TokenRequestEdit edit;

  k8_token_request_spec_edit (&spec, context->region, NULL);
  k8_token_request_spec_set_expiration_seconds (
      &spec, k8_token_request_spec_expiration_seconds (k8_token_request_spec (before)));
  k8_token_request_status_edit (&status, context->region, NULL);
  k8_token_request_status_set_expiration_timestamp (
      &status, k8_token_request_status_expiration_timestamp (told));
  k8_token_request_edit (&edit, context->region, NULL);
  k8_token_request_set_spec (&edit, k8_token_request_spec_seal (&spec));
  k8_token_request_set_status (&edit, k8_token_request_status_seal (&status));
  object->object = k8_token_request_seal (&edit);
  k8_record_unref (before);
}

static gboolean
has_spent (const K8PodWorker *worker)
{
  for (guint i = 0; i < k8_array_n (&worker->objects); i++)
    if (is_spent (k8_array_at (&worker->objects, i)))
      return TRUE;
  return FALSE;
}

/* Volumes were written: tokens are kept in their files alone. While one is spent, a volume may
 * wait for it, and then needs the others. */
void
k8_volumes_spend_tokens (K8Context *context, K8PodWorker *worker)
{
  if (has_spent (worker))
    return;
  for (guint i = 0; i < k8_array_n (&worker->objects); i++)
    {
      K8PodObject *object = k8_array_at (&worker->objects, i);
      if (object->kind == K8_KIND_TokenRequest && object->object != NULL)
        spend_token (context, object);
    }
}

/* Volumes are about to be written: what needs a token that is spent waits for a new one. */
void
k8_volumes_gather_spent (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  gboolean has_forgotten = FALSE;

  for (guint i = 0; i < k8_array_n (&worker->objects); i++)
    {
      K8PodObject *object = k8_array_at (&worker->objects, i);
      if (!is_spent (object))
        continue;
      k8_record_unref (object->object);
      object->object = NULL;
      has_forgotten = TRUE;
    }
  if (!has_forgotten)
    return;
  k8_pod_worker_set_state (context, worker, K8_WORKER_GATHERING);
  k8_volumes_gather (self, context, worker);
}

/* The place of a spent token that the sources name, or -1. */
static int
find_spent (const K8PodWorker *worker, const GArray *sources)
{
  for (guint i = 0; i < sources->len; i++)
    {
      const K8PodObject *object = find_of_source (worker, &g_array_index (sources, Source, i));
      if (is_spent (object))
        return (int) (object - (const K8PodObject *) k8_array_at (&worker->objects, 0));
    }
  return -1;
}

static gboolean
is_of (const K8PodWorker *worker, const GArray *sources, const K8PodObject *object)
{
  for (guint i = 0; i < sources->len; i++)
    if (object == NULL || find_of_source (worker, &g_array_index (sources, Source, i)) == object)
      return TRUE;
  return FALSE;
}

/* Whether a pod may go without an object: only volumes name it, and all say so. */
gboolean
k8_volumes_may_lack (const K8PodWorker *worker, const K8PodObject *object)
{
  const K8PodSpec *spec = k8_pod_spec (worker->pod);
  gboolean is_named = FALSE;
  gboolean is_needed = FALSE;

  for (guint i = 0; i < k8_pod_spec_volumes_n (spec); i++)
    {
      GArray *sources = list_sources (k8_pod_spec_volumes_at (spec, i));
      for (guint j = 0; j < sources->len; j++)
        {
          const Source *source = &g_array_index (sources, Source, j);
          gboolean is_this = find_of_source (worker, source) == object;
          is_named |= is_this;
          is_needed |= is_this && !source->is_optional;
        }
      g_array_free (sources, TRUE);
    }
  return is_named && !is_needed;
}

static void
write_volume (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
              const GArray *sources)
{
  const K8Volume *volume = k8_pod_spec_volumes_at (k8_pod_spec (worker->pod), index);
  K8RuntimeOp *op = k8_pod_worker_op (context, worker, K8_RUNTIME_WRITE_VOLUME);

  op->volume_name = k8_string_ref (k8_volume_name (volume));
  for (guint i = 0; i < sources->len; i++)
    add_source (self, context, worker, op, &g_array_index (sources, Source, i));
  k8_context_emit (context, K8_EFFECT_RUNTIME, k8_pod_worker_key (worker, K8_FOR_VOLUME, index),
                   op);
}

/* A volume with a token that is spent is written when the new one has come. */
guint
k8_volumes_write (K8Kubelet *self,
                  K8Context *context,
                  K8PodWorker *worker,
                  const K8PodObject *object)
{
  const K8PodSpec *spec = k8_pod_spec (worker->pod);
  guint n = 0;

  for (guint i = 0; i < k8_pod_spec_volumes_n (spec); i++)
    {
      GArray *sources = list_sources (k8_pod_spec_volumes_at (spec, i));
      gboolean is_asked = is_of (worker, sources, object);
      int spent = is_asked ? find_spent (worker, sources) : -1;
      if (spent >= 0)
        k8_volumes_ask (self, context, worker, (guint) spent, K8_FOR_REFRESH);
      else if (is_asked)
        write_volume (self, context, worker, i, sources);
      n += is_asked;
      g_array_free (sources, TRUE);
    }
  return n;
}

/* The runtime could not write a volume. */
void
k8_volumes_fail (
    K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index, const char *why)
{
  GString *message = g_string_new ("MountVolume.SetUp failed for volume \"");
  const K8PodSpec *spec = k8_pod_spec (worker->pod);

  if (index < k8_pod_spec_volumes_n (spec))
    g_string_append (message, k8_volume_name (k8_pod_spec_volumes_at (spec, index)));
  g_string_append (message, "\" : ");
  g_string_append (message, k8_string_or_empty (why));
  k8_kubelet_say (self, context, worker,
                  &(K8Said){ .type = "Warning", .reason = "FailedMount", .message = message->str });
  g_string_free (message, TRUE);
}
