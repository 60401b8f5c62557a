/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies and paths of the network and volume calls. Everything we create carries labels, so
 * that it can be listed and removed without touching what is not ours.
 */

#include "exec/docker_network.h"

#include "exec/docker_container.h"
#include "exec/error.h"

static char *
escaped_path (const char *prefix, const char *name, const char *rest)
{
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);
  return g_strconcat (prefix, escaped, rest, NULL);
}

static JsonObject *
label_map (GHashTable *labels)
{
  JsonObject *map = json_object_new ();
  g_autoptr (GList) keys = labels != NULL ? g_hash_table_get_keys (labels) : NULL;
  keys = g_list_sort (keys, (GCompareFunc) g_strcmp0);
  for (GList *at = keys; at != NULL; at = at->next)
    json_object_set_string_member (map, at->data, g_hash_table_lookup (labels, at->data));
  return map;
}

static JsonNode *
as_node (JsonObject *object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, object);
  return node;
}

typedef struct
{
  ExecDockerDone done;
  gpointer user_data;
} Removal;

static void
on_removed (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  g_autofree Removal *removal = user_data;
  ExecDockerReply gone = { .status = 404 };
  if (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND))
    removal->done (&gone, NULL, removal->user_data);
  else
    removal->done (reply, error, removal->user_data);
}

static void
remove_quietly (ExecDocker *docker, const char *path, ExecDockerDone done, gpointer user_data)
{
  Removal *removal = g_new0 (Removal, 1);
  removal->done = done;
  removal->user_data = user_data;
  exec_docker_delete (docker, path, on_removed, removal);
}

void
exec_docker_network_create (ExecDocker *docker, const char *name, const char *subnet,
                            GHashTable *labels, ExecDockerDone done, gpointer user_data)
{
  JsonObject *root = json_object_new ();
  json_object_set_string_member (root, "Name", name);
  json_object_set_string_member (root, "Driver", "bridge");
  json_object_set_boolean_member (root, "CheckDuplicate", TRUE);
  json_object_set_object_member (root, "Labels", label_map (labels));
  if (subnet != NULL)
    {
      JsonObject *config = json_object_new ();
      JsonArray *configs = json_array_new ();
      JsonObject *ipam = json_object_new ();
      json_object_set_string_member (config, "Subnet", subnet);
      json_array_add_object_element (configs, config);
      json_object_set_array_member (ipam, "Config", configs);
      json_object_set_object_member (root, "IPAM", ipam);
    }
  g_autoptr (JsonNode) node = as_node (root);
  exec_docker_post (docker, "/networks/create", node, done, user_data);
}

void
exec_docker_network_list (ExecDocker *docker, const char *label, ExecDockerDone done,
                          gpointer user_data)
{
  g_autofree char *filter = exec_docker_compute_filter ("label", label);
  g_autofree char *path = g_strconcat ("/networks?filters=", filter, NULL);
  exec_docker_get (docker, path, done, user_data);
}

void
exec_docker_network_connect (ExecDocker *docker, const char *network, const char *container,
                             ExecDockerDone done, gpointer user_data)
{
  JsonObject *root = json_object_new ();
  json_object_set_string_member (root, "Container", container);
  g_autoptr (JsonNode) node = as_node (root);
  g_autofree char *path = escaped_path ("/networks/", network, "/connect");
  ExecDockerRequest request = { .method = "POST", .path = path, .json = node };
  exec_docker_send (docker, &request, done, user_data);
}

void
exec_docker_network_remove (ExecDocker *docker, const char *network, ExecDockerDone done,
                            gpointer user_data)
{
  g_autofree char *path = escaped_path ("/networks/", network, "");
  remove_quietly (docker, path, done, user_data);
}

void
exec_docker_volume_create (ExecDocker *docker, const char *name, gint64 memory_bytes,
                           GHashTable *labels, ExecDockerDone done, gpointer user_data)
{
  JsonObject *root = json_object_new ();
  json_object_set_string_member (root, "Name", name);
  json_object_set_string_member (root, "Driver", "local");
  json_object_set_object_member (root, "Labels", label_map (labels));
  if (memory_bytes > 0)
    {
      g_autofree char *options
          = g_strdup_printf ("size=%" G_GINT64_FORMAT ",mode=0755,nosuid,nodev", memory_bytes);
      JsonObject *driver = json_object_new ();
      json_object_set_string_member (driver, "type", "tmpfs");
      json_object_set_string_member (driver, "device", "tmpfs");
      json_object_set_string_member (driver, "o", options);
      json_object_set_object_member (root, "DriverOpts", driver);
    }
  g_autoptr (JsonNode) node = as_node (root);
  exec_docker_post (docker, "/volumes/create", node, done, user_data);
}

void
exec_docker_volume_list (ExecDocker *docker, const char *label, ExecDockerDone done,
                         gpointer user_data)
{
  g_autofree char *filter = exec_docker_compute_filter ("label", label);
  g_autofree char *path = g_strconcat ("/volumes?filters=", filter, NULL);
  exec_docker_get (docker, path, done, user_data);
}

void
exec_docker_volume_remove (ExecDocker *docker, const char *name, ExecDockerDone done,
                           gpointer user_data)
{
  g_autofree char *path = escaped_path ("/volumes/", name, "");
  remove_quietly (docker, path, done, user_data);
}
