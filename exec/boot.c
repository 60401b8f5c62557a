/* SPDX-License-Identifier: Apache-2.0
 *
 * One call after the other; before the cluster runs nobody else has anything to do, so waiting
 * for each answer in place keeps the order readable.
 * Source: kubernetes pkg/kubelet/nodestatus (v1.36): capacity, addresses, nodeInfo, labels.
 * Departures: no hugepages, ephemeral storage is not counted; the kubelet's port is not served.
 */

#include "exec/boot.h"

#include "base/quantity.h"
#include "exec/docker_image.h"
#include "exec/docker_json.h"
#include "exec/error.h"
#include "exec/image.h"
#include "exec/pod_network.h"

#include <string.h>

/* What upstream's --max-pods says, and the version of the release that is modelled. */
#define MAX_PODS 110
#define KUBELET_VERSION "v1.36.2"

typedef struct
{
  gboolean is_done;
  JsonNode *json;
  GError *error;
} Call;

static void
on_answer (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Call *call = user_data;
  call->is_done = TRUE;
  call->json = reply != NULL && reply->json != NULL ? json_node_ref (reply->json) : NULL;
  call->error = error != NULL ? g_error_copy (error) : NULL;
}

static gboolean
await (Call *call, GError **error)
{
  while (!call->is_done)
    g_main_context_iteration (NULL, TRUE);
  if (call->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&call->error));
  return FALSE;
}

static void
call_clear (Call *call)
{
  g_clear_pointer (&call->json, json_node_unref);
  g_clear_error (&call->error);
}

static gboolean
ensure_image (ExecDocker *docker, const ExecImage *image, char **ret_reference, GError **error)
{
  Call call = { 0 };
  exec_image_ensure (docker, image, on_answer, &call);
  gboolean is_good = await (&call, error);
  call_clear (&call);
  if (is_good)
    *ret_reference = g_strdup (image->reference);
  return is_good;
}

static gboolean
ensure_images (ExecBoot *self, ExecDocker *docker, ExecBootProgress progress, gpointer user_data,
               GError **error)
{
  g_autoptr (ExecImage) pause = exec_image_new_pause ();
  g_autoptr (ExecImage) busybox = exec_image_new_busybox (NULL, NULL);
  if (!ensure_image (docker, pause, &self->pause_image, error))
    return FALSE;
  if (busybox == NULL)
    {
      progress ("no static " EXEC_IMAGE_BUSYBOX_PATH ": no demonstration image (install "
                "busybox-static to have one)", user_data);
      return TRUE;
    }
  return ensure_image (docker, busybox, &self->busybox_image, error);
}

gboolean
exec_boot_stand_in (ExecDocker *docker, const char *reference, gboolean *ret_is_new, GError **error)
{
  Call call = { 0 };
  exec_docker_image_inspect (docker, reference, on_answer, &call);
  gboolean is_there = await (&call, NULL);
  call_clear (&call);
  *ret_is_new = !is_there;
  if (is_there)
    return TRUE;
  g_autoptr (ExecImage) image = exec_image_new_stand_in (reference, error);
  g_autofree char *name = NULL;
  return image != NULL && ensure_image (docker, image, &name, error);
}

/* What the engine chose for the network, or had chosen before. */
static gboolean
read_network (ExecBoot *self, JsonNode *json, GError **error)
{
  JsonObject *ipam = exec_json_object (exec_json_root_object (json), "IPAM");
  JsonObject *range = exec_json_element_object (exec_json_array (ipam, "Config"), 0);
  self->subnet = g_strdup (exec_json_string (range, "Subnet"));
  self->gateway = g_strdup (exec_json_string (range, "Gateway"));
  if (self->subnet != NULL && self->gateway != NULL)
    return TRUE;
  g_set_error (error, EXEC_ERROR, EXEC_ERROR_BAD_ANSWER,
               "docker: network %s: expected a subnet and a gateway", self->network);
  return FALSE;
}

static gboolean
ensure_network (ExecBoot *self, ExecDocker *docker, GError **error)
{
  Call ensured = { 0 };
  self->network = exec_pod_network_name (self->instance);
  exec_pod_network_ensure (docker, self->instance, NULL, on_answer, &ensured);
  gboolean is_good = await (&ensured, error);
  call_clear (&ensured);
  if (!is_good)
    return FALSE;
  Call inspected = { 0 };
  g_autofree char *path = g_strconcat ("/networks/", self->network, NULL);
  exec_docker_get (docker, path, on_answer, &inspected);
  is_good = await (&inspected, error) && read_network (self, inspected.json, error);
  call_clear (&inspected);
  return is_good;
}

static const char *
find_go_architecture (const char *machine)
{
  static const char *const names[][2] = { { "x86_64", "amd64" }, { "aarch64", "arm64" },
                                          { "armv7l", "arm" }, { "i686", "386" } };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (machine, names[i][0]) == 0)
      return names[i][1];
  return machine != NULL ? machine : "unknown";
}

static char *
dup_member (JsonObject *info, const char *member)
{
  const char *text = exec_json_string (info, member);
  return text != NULL ? exec_text_clean (text, 200) : g_strdup ("unknown");
}

static gboolean
read_info (ExecBoot *self, ExecDocker *docker, GError **error)
{
  Call call = { 0 };
  exec_docker_get_info (docker, on_answer, &call);
  gboolean is_good = await (&call, error);
  JsonObject *info = exec_json_root_object (call.json);
  if (is_good)
    {
      self->n_cpus = MAX (exec_json_int (info, "NCPU", 1), 1);
      self->memory_bytes = exec_json_int (info, "MemTotal", 0);
      self->docker_version = dup_member (info, "ServerVersion");
      self->kernel_version = dup_member (info, "KernelVersion");
      self->os_image = dup_member (info, "OperatingSystem");
      self->architecture
          = g_strdup (find_go_architecture (exec_json_string (info, "Architecture")));
    }
  call_clear (&call);
  return is_good;
}

/* A node's name is a DNS label: the host's name in lower case, other letters as dashes. */
static char *
make_node_name (void)
{
  g_autofree char *name = g_ascii_strdown (g_get_host_name (), -1);
  g_strcanon (name, "abcdefghijklmnopqrstuvwxyz0123456789-.", '-');
  const char *start = name;
  while (*start != '\0' && !g_ascii_isalnum (*start))
    start++;
  char *trimmed = g_strndup (start, 63);
  for (gsize n = strlen (trimmed); n > 0 && !g_ascii_isalnum (trimmed[n - 1]); n--)
    trimmed[n - 1] = '\0';
  if (trimmed[0] != '\0')
    return trimmed;
  g_free (trimmed);
  return g_strdup ("localhost");
}

static gboolean
connect_engine (ExecDocker *docker, GError **error)
{
  Call call = { 0 };
  exec_docker_connect (docker, on_answer, &call);
  gboolean is_good = await (&call, error);
  call_clear (&call);
  return is_good;
}

ExecBoot *
exec_boot_run (ExecDocker *docker, const char *instance, ExecBootProgress progress,
               gpointer user_data, GError **error)
{
  g_autoptr (ExecBoot) self = g_new0 (ExecBoot, 1);
  self->instance = g_strdup (instance);
  self->node_name = make_node_name ();
  if (!g_file_get_contents ("/etc/machine-id", &self->machine_id, NULL, NULL))
    self->machine_id = g_strdup ("");
  g_strstrip (self->machine_id);
  if (!connect_engine (docker, error) || !read_info (self, docker, error))
    return NULL;
  g_autofree char *engine = g_strdup_printf ("Docker Engine %s, %" G_GINT64_FORMAT
                                             " CPUs, %" G_GINT64_FORMAT " MiB",
                                             self->docker_version, self->n_cpus,
                                             self->memory_bytes / (1024 * 1024));
  progress (engine, user_data);
  if (!ensure_images (self, docker, progress, user_data, error)
      || !ensure_network (self, docker, error))
    return NULL;
  if (self->busybox_image != NULL)
    {
      g_autofree char *image = g_strconcat ("demonstration image ", self->busybox_image, NULL);
      progress (image, user_data);
    }
  return g_steal_pointer (&self);
}

void
exec_boot_free (ExecBoot *self)
{
  if (self == NULL)
    return;
  g_free (self->instance);
  g_free (self->node_name);
  g_free (self->pause_image);
  g_free (self->busybox_image);
  g_free (self->network);
  g_free (self->subnet);
  g_free (self->gateway);
  g_free (self->docker_version);
  g_free (self->kernel_version);
  g_free (self->os_image);
  g_free (self->architecture);
  g_free (self->machine_id);
  g_free (self);
}

/* ---- The Node ---- */

static void
put_resource (K8NodeStatusEdit *edit, const char *name, gint64 value, K8QuantityFormat format)
{
  char text[K8_QUANTITY_LETTERS + 1];
  K8Quantity quantity = k8_quantity_from_value (value, format);
  k8_quantity_format (&quantity, text);
  k8_node_status_put_capacity (edit, name, text);
  k8_node_status_put_allocatable (edit, name, text);
}

static const K8NodeAddress *
make_address (K8Region *region, const char *type, const char *address)
{
  K8NodeAddressEdit edit;
  k8_node_address_edit (&edit, region, NULL);
  k8_node_address_set_type (&edit, type);
  k8_node_address_set_address (&edit, address);
  return k8_node_address_seal (&edit);
}

static const K8NodeSystemInfo *
make_system_info (const ExecBoot *self, K8Region *region)
{
  K8NodeSystemInfoEdit edit;
  g_autofree char *runtime = g_strconcat ("docker://", self->docker_version, NULL);
  k8_node_system_info_edit (&edit, region, NULL);
  k8_node_system_info_set_machine_id (&edit, self->machine_id);
  k8_node_system_info_set_system_uuid (&edit, self->machine_id);
  k8_node_system_info_set_boot_id (&edit, "");
  k8_node_system_info_set_kernel_version (&edit, self->kernel_version);
  k8_node_system_info_set_os_image (&edit, self->os_image);
  k8_node_system_info_set_container_runtime_version (&edit, runtime);
  k8_node_system_info_set_kubelet_version (&edit, KUBELET_VERSION);
  k8_node_system_info_set_kube_proxy_version (&edit, "");
  k8_node_system_info_set_operating_system (&edit, "linux");
  k8_node_system_info_set_architecture (&edit, self->architecture);
  return k8_node_system_info_seal (&edit);
}

static const K8NodeStatus *
make_status (const ExecBoot *self, K8Region *region)
{
  K8NodeStatusEdit edit;
  k8_node_status_edit (&edit, region, NULL);
  put_resource (&edit, "cpu", self->n_cpus, K8_QUANTITY_DECIMAL_SI);
  put_resource (&edit, "memory", self->memory_bytes, K8_QUANTITY_BINARY_SI);
  put_resource (&edit, "pods", MAX_PODS, K8_QUANTITY_DECIMAL_SI);
  k8_node_status_add_addresses (&edit, make_address (region, "InternalIP", self->gateway));
  k8_node_status_add_addresses (&edit, make_address (region, "Hostname", self->node_name));
  k8_node_status_set_node_info (&edit, make_system_info (self, region));
  return k8_node_status_seal (&edit);
}

const K8Node *
exec_boot_make_node (const ExecBoot *self, K8Region *region)
{
  K8NodeEdit edit;
  K8ObjectMetaEdit meta;
  k8_object_meta_edit (&meta, region, NULL);
  k8_object_meta_set_name (&meta, self->node_name);
  const char *const labels[][2] = { { "beta.kubernetes.io/arch", self->architecture },
                                    { "beta.kubernetes.io/os", "linux" },
                                    { "kubernetes.io/arch", self->architecture },
                                    { "kubernetes.io/hostname", self->node_name },
                                    { "kubernetes.io/os", "linux" } };
  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    k8_object_meta_put_labels (&meta, labels[i][0], labels[i][1]);
  k8_node_edit (&edit, region, NULL);
  k8_node_set_metadata (&edit, k8_object_meta_seal (&meta));
  k8_node_set_status (&edit, make_status (self, region));
  return k8_node_seal (&edit);
}
