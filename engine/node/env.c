/* SPDX-License-Identifier: Apache-2.0
 *
 * The environment of a container, as plain values: envFrom, then env (later ones win, `$(NAME)`
 * is replaced by what is known so far), then what Services give. Also the facts about the pod
 * that variables and files of the downward API show.
 * Source: kubernetes pkg/kubelet kubelet_pods.go makeEnvironmentVariables, envvars.FromServices,
 * third_party/forked/golang/expansion (v1.36). Departures: a fixed order where upstream's is a
 * map's; fileKeyRef gives nothing.
 */
#include <string.h>

#include "base/quantity.h"
#include "base/text.h"
#include "node/pod_worker.h"

/* A variable while the environment is worked out. */
typedef struct
{
  char *name;
  char *value;
} Variable;

static void
free_variables (GArray *variables)
{
  for (guint i = 0; i < variables->len; i++)
    {
      g_free (g_array_index (variables, Variable, i).name);
      g_free (g_array_index (variables, Variable, i).value);
    }
  g_array_free (variables, TRUE);
}

static Variable *
find (const GArray *variables, const char *name)
{
  for (guint i = 0; i < variables->len; i++)
    if (strcmp (g_array_index (variables, Variable, i).name, name) == 0)
      return &g_array_index (variables, Variable, i);
  return NULL;
}

static void
set (GArray *variables, const char *name, const char *value)
{
  Variable *known = find (variables, name);
  Variable added;

  if (known != NULL)
    {
      g_free (known->value);
      known->value = g_strdup (value);
      return;
    }
  added = (Variable){ g_strdup (name), g_strdup (value) };
  g_array_append_val (variables, added);
}

/* What is being worked out. */
typedef struct
{
  const K8Kubelet *kubelet;
  const K8PodWorker *worker;
  const K8Container *container;
  GArray *variables; /* of the container */
  GArray *services;  /* what Services give */
} Work;

static const char *
look_up (const Work *work, const char *name)
{
  const Variable *found = find (work->variables, name);

  if (found == NULL)
    found = find (work->services, name);
  return found == NULL ? NULL : found->value;
}

/* Appends a text with `$(NAME)` replaced; `$$` is a `$`; unknown names stay as they are. */
static void
expand (const Work *work, const char *text, GString *out)
{
  while (*text != '\0')
    {
      const char *end = text[0] == '$' && text[1] == '(' ? strchr (text, ')') : NULL;
      if (text[0] == '$' && text[1] == '$')
        {
          g_string_append_c (out, '$');
          text += 2;
        }
      else if (end != NULL)
        {
          char *name = g_strndup (text + 2, (gsize) (end - text - 2));
          const char *value = look_up (work, name);
          if (value != NULL)
            g_string_append (out, value);
          else
            g_string_append_len (out, text, end - text + 1);
          g_free (name);
          text = end + 1;
        }
      else
        g_string_append_c (out, *text++);
    }
}

/* `{a="b"\n…}` of a map, as files of the downward API show it. */
static void
append_map (const K8List *map, GString *out)
{
  for (guint i = 0; i < k8_list_n (map); i++)
    {
      g_string_append (out, i == 0 ? "" : "\n");
      g_string_append (out, k8_map_get_key (map, i));
      g_string_append (out, "=\"");
      for (const char *c = k8_map_get_value (map, i); *c != '\0'; c++)
        {
          if (*c == '"' || *c == '\\')
            g_string_append_c (out, '\\');
          if (*c == '\n')
            g_string_append (out, "\\n");
          else
            g_string_append_c (out, *c);
        }
      g_string_append_c (out, '"');
    }
}

/* `metadata.labels['KEY']`: the key's value in the map, or NULL if the path is another. */
static const char *
find_subscript (const K8List *map, const char *path, const char *prefix)
{
  gsize length = strlen (path);
  gsize skip = strlen (prefix);
  char *key;
  const char *value;

  if (!g_str_has_prefix (path, prefix) || length < skip + 4 || path[skip] != '[')
    return NULL;
  key = g_strndup (path + skip + 2, length - skip - 4);
  value = k8_map_find (map, key);
  g_free (key);
  return value == NULL ? "" : value;
}

static const char *
get_pod_ip (const K8Kubelet *self, const K8PodWorker *worker)
{
  if (k8_pod_spec_host_network (k8_pod_spec (worker->pod)))
    return k8_kubelet_node_ip (self);
  return worker->ip;
}

static const char *
find_field (const K8Kubelet *self, const K8PodWorker *worker, const char *path)
{
  const K8ObjectMeta *meta = k8_pod_metadata (worker->pod);
  const K8PodSpec *spec = k8_pod_spec (worker->pod);

  if (k8_string_is (path, "metadata.name"))
    return k8_object_meta_name (meta);
  if (k8_string_is (path, "metadata.namespace"))
    return k8_object_meta_namespace (meta);
  if (k8_string_is (path, "metadata.uid"))
    return worker->uid;
  if (k8_string_is (path, "spec.nodeName"))
    return k8_pod_spec_node_name (spec);
  if (k8_string_is (path, "spec.serviceAccountName"))
    return k8_pod_spec_service_account_name (spec);
  if (k8_string_is (path, "status.hostIP") || k8_string_is (path, "status.hostIPs"))
    return k8_kubelet_node_ip (self);
  if (k8_string_is (path, "status.podIP") || k8_string_is (path, "status.podIPs"))
    return get_pod_ip (self, worker);
  const char *value = find_subscript (k8_object_meta_labels (meta), path, "metadata.labels");
  if (value == NULL)
    value = find_subscript (k8_object_meta_annotations (meta), path, "metadata.annotations");
  return value;
}

/* Appends a field of the pod; FALSE if there is no such field to show. */
gboolean
k8_env_field (const K8Kubelet *self, const K8PodWorker *worker, const char *field_path,
              GString *ret_value)
{
  const K8ObjectMeta *meta = k8_pod_metadata (worker->pod);
  const char *value = find_field (self, worker, k8_string_or_empty (field_path));

  if (value != NULL)
    g_string_append (ret_value, value);
  else if (k8_string_is (field_path, "metadata.labels"))
    append_map (k8_object_meta_labels (meta), ret_value);
  else if (k8_string_is (field_path, "metadata.annotations"))
    append_map (k8_object_meta_annotations (meta), ret_value);
  else
    return FALSE;
  return TRUE;
}

static gint64
divide_up (gint64 amount, gint64 divisor)
{
  return divisor <= 0 ? amount : (amount + divisor - 1) / divisor;
}

/* Appends a request or limit in units of the divisor, rounded up; a limit that is not set is
 * what the node can give. */
gboolean
k8_env_resource (const K8Kubelet *self, const K8PodWorker *worker,
                 const K8ResourceFieldSelector *selector, const char *container_name,
                 GString *ret_value)
{
  const char *path = k8_string_or_empty (k8_resource_field_selector_resource (selector));
  const char *unit = k8_resource_field_selector_divisor (selector);
  const char *dot = strchr (path, '.');
  K8Quantity amount = { 0 }, divisor = { 0 };
  guint index;

  if (dot == NULL || !k8_pod_worker_find_container (worker, container_name, &index))
    return FALSE;
  const K8ResourceRequirements *resources
      = k8_container_resources (k8_pod_worker_spec (worker, index));
  gboolean is_limit = g_str_has_prefix (path, "limits.");
  const char *text = k8_map_find (is_limit ? k8_resource_requirements_limits (resources)
                                           : k8_resource_requirements_requests (resources),
                                  dot + 1);
  if (text == NULL && is_limit)
    text = k8_node_status_allocatable_get (k8_node_status (self->config), dot + 1);
  k8_quantity_parse (k8_string_or_empty (text), &amount);
  if (unit == NULL || k8_quantity_parse (unit, &divisor) != K8_QUANTITY_OK
      || k8_quantity_is_zero (&divisor))
    divisor = k8_quantity_from_value (1, K8_QUANTITY_DECIMAL_SI);
  if (k8_string_is (dot + 1, "cpu"))
    k8_text_append_i64 (ret_value, divide_up (k8_quantity_milli_value (&amount),
                                              k8_quantity_milli_value (&divisor)));
  else
    k8_text_append_i64 (ret_value, divide_up (k8_quantity_value (&amount),
                                              k8_quantity_value (&divisor)));
  return TRUE;
}

/* `KIND "name" not found`; FALSE, as a failure. */
static gboolean
refuse (GString *ret_error, const char *kind, const char *name, const char *rest)
{
  g_string_assign (ret_error, kind);
  g_string_append (ret_error, name);
  g_string_append (ret_error, rest);
  return FALSE;
}

/* The value of a key of a ConfigMap or Secret. FALSE: it must be there and is not. */
static gboolean
take_key (const Work *work, K8KindId kind, const char *name, const char *key, GString *ret_error,
          const char **ret_value)
{
  const K8PodObject *object = k8_volumes_find_object (work->worker, kind, name);
  const void *record = object == NULL ? NULL : object->object;
  const char *meta_namespace = k8_object_meta_namespace (k8_pod_metadata (work->worker->pod));

  if (record == NULL)
    return refuse (ret_error, kind == K8_KIND_Secret ? "secret \"" : "configmap \"", name,
                   "\" not found");
  *ret_value = kind == K8_KIND_Secret ? k8_secret_data_get (record, key)
                                      : k8_config_map_data_get (record, key);
  if (*ret_value != NULL)
    return TRUE;
  refuse (ret_error, "couldn't find key ", key, kind == K8_KIND_Secret ? " in Secret "
                                                                       : " in ConfigMap ");
  g_string_append (ret_error, k8_string_or_empty (meta_namespace));
  g_string_append_c (ret_error, '/');
  g_string_append (ret_error, name);
  return FALSE;
}

/* The value of a variable that is taken from somewhere; NULL: it stays unset. FALSE: it fails. */
static gboolean
take_source (const Work *work, const K8EnvVarSource *from, GString *ret_error, GString *scratch,
             const char **ret_value)
{
  const K8ConfigMapKeySelector *config_map = k8_env_var_source_config_map_key_ref (from);
  const K8SecretKeySelector *secret = k8_env_var_source_secret_key_ref (from);
  const K8ObjectFieldSelector *field = k8_env_var_source_field_ref (from);
  const K8ResourceFieldSelector *resource = k8_env_var_source_resource_field_ref (from);

  if (config_map != NULL)
    return take_key (work, K8_KIND_ConfigMap, k8_config_map_key_selector_name (config_map),
                     k8_config_map_key_selector_key (config_map), ret_error, ret_value)
           || k8_config_map_key_selector_optional (config_map);
  if (secret != NULL)
    return take_key (work, K8_KIND_Secret, k8_secret_key_selector_name (secret),
                     k8_secret_key_selector_key (secret), ret_error, ret_value)
           || k8_secret_key_selector_optional (secret);
  if (field != NULL)
    k8_env_field (work->kubelet, work->worker, k8_object_field_selector_field_path (field),
                  scratch);
  else if (resource != NULL)
    {
      const char *name = k8_resource_field_selector_container_name (resource);
      if (name == NULL || name[0] == '\0')
        name = k8_container_name (work->container);
      k8_env_resource (work->kubelet, work->worker, resource, name, scratch);
    }
  else
    return TRUE;
  *ret_value = scratch->str;
  return TRUE;
}

static gboolean
add_env (const Work *work, const K8EnvVar *variable, GString *ret_error)
{
  GString *scratch = g_string_new (NULL);
  const char *value = NULL;
  gboolean is_good = TRUE;

  if (k8_env_var_has_value_from (variable))
    is_good = take_source (work, k8_env_var_value_from (variable), ret_error, scratch, &value);
  else
    {
      expand (work, k8_string_or_empty (k8_env_var_value (variable)), scratch);
      value = scratch->str;
    }
  if (is_good && value != NULL)
    set (work->variables, k8_env_var_name (variable), value);
  g_string_free (scratch, TRUE);
  return is_good;
}

static void
add_map (const Work *work, const K8List *map, const char *prefix)
{
  for (guint i = 0; i < k8_list_n (map); i++)
    {
      char *name = g_strconcat (k8_string_or_empty (prefix), k8_map_get_key (map, i), NULL);
      set (work->variables, name, k8_map_get_value (map, i));
      g_free (name);
    }
}

static gboolean
add_env_from (const Work *work, const K8EnvFromSource *from, GString *ret_error)
{
  const K8ConfigMapEnvSource *config_map = k8_env_from_source_config_map_ref (from);
  const K8SecretEnvSource *secret = k8_env_from_source_secret_ref (from);
  K8KindId kind = config_map != NULL ? K8_KIND_ConfigMap : K8_KIND_Secret;
  const char *name = config_map != NULL ? k8_config_map_env_source_name (config_map)
                                        : k8_secret_env_source_name (secret);
  gboolean is_optional = config_map != NULL ? k8_config_map_env_source_optional (config_map)
                                            : k8_secret_env_source_optional (secret);
  const K8PodObject *object = k8_volumes_find_object (work->worker, kind, name);

  if (object == NULL || object->object == NULL)
    return is_optional
           || refuse (ret_error, config_map != NULL ? "configmap \"" : "secret \"",
                      k8_string_or_empty (name), "\" not found");
  add_map (work,
           config_map != NULL ? k8_config_map_data (object->object)
                              : k8_secret_data (object->object),
           k8_env_from_source_prefix (from));
  return TRUE;
}

/* "WEB_SHOP" of "web-shop". */
static void
append_upper (GString *out, const char *name)
{
  for (; *name != '\0'; name++)
    {
      gboolean is_lower = *name >= 'a' && *name <= 'z';
      g_string_append_c (out, is_lower                        ? (char) (*name - 'a' + 'A')
                              : *name == '-' || *name == '.' ? '_'
                                                             : *name);
    }
}

static void
set_service (const Work *work, const GString *prefix, const char *suffix, const char *value)
{
  char *name = g_strconcat (prefix->str, suffix, NULL);

  set (work->services, name, value);
  g_free (name);
}

/* PREFIX_PORT_80_TCP and its parts. */
static void
add_service_port (const Work *work, const GString *prefix, const char *ip,
                  const K8ServicePort *port)
{
  const char *protocol = k8_service_port_protocol (port);
  GString *name = g_string_new (prefix->str);
  GString *url = g_string_new (NULL);
  char number[K8_TEXT_NUMBER_LETTERS + 1];
  char *lower = g_ascii_strdown (protocol == NULL ? "TCP" : protocol, -1);

  k8_text_write_i64 (number, k8_service_port_port (port));
  g_string_append (url, lower);
  g_string_append (url, "://");
  g_string_append (url, ip);
  g_string_append_c (url, ':');
  g_string_append (url, number);
  if (find (work->services, prefix->str) == NULL)
    set_service (work, prefix, "_PORT", url->str);
  g_string_append (name, "_PORT_");
  g_string_append (name, number);
  g_string_append_c (name, '_');
  append_upper (name, protocol == NULL ? "TCP" : protocol);
  set_service (work, name, "", url->str);
  set_service (work, name, "_PROTO", lower);
  set_service (work, name, "_PORT", number);
  set_service (work, name, "_ADDR", ip);
  g_free (lower);
  g_string_free (name, TRUE);
  g_string_free (url, TRUE);
}

static void
add_service (const Work *work, const K8Service *service)
{
  const K8ServiceSpec *spec = k8_service_spec (service);
  const char *ip = k8_service_spec_cluster_ip (spec);
  GString *prefix = g_string_new (NULL);
  char number[K8_TEXT_NUMBER_LETTERS + 1];

  append_upper (prefix, k8_object_meta_name (k8_service_metadata (service)));
  set_service (work, prefix, "_SERVICE_HOST", ip);
  for (guint i = k8_service_spec_ports_n (spec); i > 0; i--)
    {
      const K8ServicePort *port = k8_service_spec_ports_at (spec, i - 1);
      k8_text_write_i64 (number, k8_service_port_port (port));
      set_service (work, prefix, "_SERVICE_PORT", number);
      if (k8_service_port_name (port) != NULL && k8_service_port_name (port)[0] != '\0')
        {
          GString *name = g_string_new ("_SERVICE_PORT_");
          append_upper (name, k8_service_port_name (port));
          set_service (work, prefix, name->str, number);
          g_string_free (name, TRUE);
        }
      add_service_port (work, prefix, ip, port);
    }
  g_string_free (prefix, TRUE);
}

/* Services of the pod's namespace, unless it wants none; `kubernetes` for everybody. */
static void
add_services (const Work *work)
{
  const K8Cache *cache = &work->kubelet->services.cache;
  const K8PodSpec *spec = k8_pod_spec (work->worker->pod);
  const char *own = k8_object_meta_namespace (k8_pod_metadata (work->worker->pod));
  gboolean wants_all
      = !k8_pod_spec_has_enable_service_links (spec) || k8_pod_spec_enable_service_links (spec);

  for (guint32 slot = k8_cache_next (cache, 0); slot != 0; slot = k8_cache_next (cache, slot))
    {
      const K8CacheEntry *entry = k8_cache_at (cache, slot);
      const char *ip = k8_service_spec_cluster_ip (k8_service_spec (entry->object));
      gboolean is_master = k8_string_is (entry->namespace_name, "default")
                           && k8_string_is (entry->name, "kubernetes");
      if (ip == NULL || ip[0] == '\0' || k8_string_is (ip, "None"))
        continue;
      if (is_master || (wants_all && k8_string_equal (entry->namespace_name, own)))
        add_service (work, entry->object);
    }
}

static gboolean
collect (const Work *work, GString *ret_error)
{
  add_services (work);
  for (guint i = 0; i < k8_container_env_from_n (work->container); i++)
    if (!add_env_from (work, k8_container_env_from_at (work->container, i), ret_error))
      return FALSE;
  for (guint i = 0; i < k8_container_env_n (work->container); i++)
    if (!add_env (work, k8_container_env_at (work->container, i), ret_error))
      return FALSE;
  return TRUE;
}

static void
add_plain (K8Region *region, K8ContainerEdit *edit, const Variable *variable)
{
  K8EnvVarEdit env;

  k8_env_var_edit (&env, region, NULL);
  k8_env_var_set_name (&env, variable->name);
  k8_env_var_set_value (&env, variable->value);
  k8_container_add_env (edit, k8_env_var_seal (&env));
}

/* Command and arguments with `$(NAME)` replaced. */
static void
expand_command (const Work *work, K8ContainerEdit *edit)
{
  GString *text = g_string_new (NULL);

  k8_container_clear_command (edit);
  for (guint i = 0; i < k8_container_command_n (work->container); i++)
    {
      g_string_truncate (text, 0);
      expand (work, k8_container_command_at (work->container, i), text);
      k8_container_add_command (edit, text->str);
    }
  k8_container_clear_args (edit);
  for (guint i = 0; i < k8_container_args_n (work->container); i++)
    {
      g_string_truncate (text, 0);
      expand (work, k8_container_args_at (work->container, i), text);
      k8_container_add_args (edit, text->str);
    }
  g_string_free (text, TRUE);
}

static const K8Container *
make_container (K8Region *region, const Work *work)
{
  K8ContainerEdit edit;

  k8_container_edit (&edit, region, work->container);
  k8_container_clear_env (&edit);
  k8_container_clear_env_from (&edit);
  for (guint i = 0; i < work->variables->len; i++)
    add_plain (region, &edit, &g_array_index (work->variables, Variable, i));
  for (guint i = 0; i < work->services->len; i++)
    if (find (work->variables, g_array_index (work->services, Variable, i).name) == NULL)
      add_plain (region, &edit, &g_array_index (work->services, Variable, i));
  expand_command (work, &edit);
  return k8_container_seal (&edit);
}

/**
 * k8_env_resolve:
 * @ret_error: why there is none
 *
 * Returns: (transfer full) (nullable): the container with plain values in its variables and
 * command, as the runtime gets it.
 */
const K8Container *
k8_env_resolve (K8Kubelet *self, K8Context *context, const K8PodWorker *worker, guint index,
                GString *ret_error)
{
  Work work = { .kubelet = self,
                .worker = worker,
                .container = k8_pod_worker_spec (worker, index),
                .variables = g_array_new (FALSE, FALSE, sizeof (Variable)),
                .services = g_array_new (FALSE, FALSE, sizeof (Variable)) };
  const K8Container *resolved = NULL;

  if (collect (&work, ret_error))
    resolved = make_container (context->region, &work);
  free_variables (work.variables);
  free_variables (work.services);
  return resolved;
}
