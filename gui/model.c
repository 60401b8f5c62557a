/* SPDX-License-Identifier: Apache-2.0
 *
 * The snapshot of a world. A node is there when it has an object or a kubelet: one that has not
 * registered yet is drawn, too.
 */
#include "gui/model.h"

#include <string.h>

#include "base/quantity.h"
#include "base/string.h"
#include "base/time.h"
#include "inspect.h"
#include "machinery/conditions.h"
#include "machinery/pod.h"
#include "machinery/table.h"
#include "sim/look.h"

/* State of a reading. */
typedef struct
{
  GuiModel *model;
  const SimWorld *world;
  GHashTable *node_places; /* name → place + 1 */
  GString *text;
  gint64 now_us;
} Reading;

static const char *
keep (Reading *self, const char *text)
{
  return g_string_chunk_insert (self->model->texts, k8_string_or_empty (text));
}

/* Statuses and the like: few different ones, kept once. */
static const char *
keep_cell (Reading *self, const void *object, K8KindId kind, const char *column_name)
{
  const K8Column *column = k8_table_find_column (&k8_kinds[kind], column_name);

  g_string_truncate (self->text, 0);
  if (column != NULL)
    k8_table_append_cell (self->text, column, object, self->now_us);
  return g_string_chunk_insert_const (self->model->texts, self->text->str);
}

static K8ActorId
find_actor (const Reading *self, const char *prefix, const char *name)
{
  g_autofree char *text = g_strconcat (prefix, name, NULL);

  return k8_engine_find_actor (self->world->engine, text);
}

static gint64
get_allocatable (const K8Node *node, const char *resource, gboolean is_milli)
{
  const char *text = k8_node_status_allocatable_get (k8_node_status (node), resource);
  K8Quantity quantity;

  if (text == NULL || k8_quantity_parse (text, &quantity) != K8_QUANTITY_OK)
    return 0;
  gint64 milli = k8_quantity_milli_value (&quantity);
  return is_milli ? milli : milli / 1000;
}

/* What is true of the machine comes before what the control plane says of it. */
static GuiNodeState
get_node_state (const Reading *self, const GuiNode *node, const K8Node *object)
{
  const K8Engine *engine = self->world->engine;

  if (node->kubelet != 0 && !k8_engine_is_running (engine, node->kubelet))
    return GUI_NODE_OFF;
  if (node->kubelet != 0 && sim_network_is_cut (&self->world->network, node->kubelet, 0))
    return GUI_NODE_CUT;
  const char *ready =
      object == NULL ? NULL : k8_conditions_status (k8_node_status (object), "Ready");
  if (k8_string_is (ready, "True"))
    return GUI_NODE_READY;
  return k8_string_is (ready, "Unknown") ? GUI_NODE_UNKNOWN : GUI_NODE_NOT_READY;
}

static void
add_node (Reading *self, const char *name, const K8Node *object)
{
  const K8ObjectMeta *meta = object == NULL ? NULL : k8_node_metadata (object);
  GuiNode node = {
    .name = keep (self, name),
    .zone = keep (self, k8_object_meta_labels_get (meta, "topology.kubernetes.io/zone")),
    .is_registered = object != NULL,
    .kubelet = find_actor (self, "kubelet/", name),
    .proxy = find_actor (self, "proxy/", name),
  };

  if (object != NULL)
    {
      node.status = keep_cell (self, object, K8_KIND_Node, "Status");
      node.is_cordoned = k8_node_spec_unschedulable (k8_node_spec (object));
      node.cpu_allocatable_milli = get_allocatable (object, "cpu", TRUE);
      node.max_pods = get_allocatable (object, "pods", FALSE);
    }
  else
    node.status = "not registered";
  node.state = get_node_state (self, &node, object);
  g_array_append_val (self->model->nodes, node);
}

static void
take_node (void *user, const void *object)
{
  add_node (user, k8_object_meta_name (k8_node_metadata (object)), object);
}

/* Kubelets without a Node object. */
static void
add_unregistered (Reading *self)
{
  const K8Engine *engine = self->world->engine;

  for (K8ActorId id = 1; id <= k8_engine_n_actors (engine); id++)
    {
      if (k8_engine_actor_kind (engine, id) != K8_ACTOR_KUBELET)
        continue;
      const char *slash = strchr (k8_engine_actor_name (engine, id), '/');
      const char *name = slash == NULL ? "" : slash + 1;
      if (sim_look_find (self->world, &k8_kinds[K8_KIND_Node], NULL, name) == NULL)
        add_node (self, name, NULL);
    }
}

/* "node-2" before "node-10". */
static int
compare_names (const char *a, const char *b)
{
  while (*a != '\0' && *b != '\0')
    {
      if (g_ascii_isdigit (*a) && g_ascii_isdigit (*b))
        {
          char *end_a;
          char *end_b;
          guint64 x = g_ascii_strtoull (a, &end_a, 10);
          guint64 y = g_ascii_strtoull (b, &end_b, 10);
          if (x != y)
            return x < y ? -1 : 1;
          a = end_a;
          b = end_b;
          continue;
        }
      if (*a != *b)
        return (guint8) *a < (guint8) *b ? -1 : 1;
      a++;
      b++;
    }
  return *a == *b ? 0 : (*a == '\0' ? -1 : 1);
}

static int
compare_nodes (gconstpointer a, gconstpointer b)
{
  const GuiNode *x = a;
  const GuiNode *y = b;
  int order = compare_names (x->zone, y->zone);

  return order != 0 ? order : compare_names (x->name, y->name);
}

static void
read_nodes (Reading *self)
{
  GuiModel *model = self->model;

  sim_look_each (self->world, &k8_kinds[K8_KIND_Node], NULL, take_node, self);
  add_unregistered (self);
  g_array_sort (model->nodes, compare_nodes);
  for (guint i = 0; i < model->nodes->len; i++)
    {
      GuiNode *node = &g_array_index (model->nodes, GuiNode, i);
      GuiZone *last = model->zones->len == 0
                          ? NULL
                          : &g_array_index (model->zones, GuiZone, model->zones->len - 1);
      if (last == NULL || strcmp (last->name, node->zone) != 0)
        {
          GuiZone zone = { .name = node->zone };
          g_array_append_val (model->zones, zone);
          last = &g_array_index (model->zones, GuiZone, model->zones->len - 1);
        }
      node->zone_index = model->zones->len - 1;
      last->n_nodes++;
      model->n_nodes_by_state[node->state]++;
      g_hash_table_insert (self->node_places, (gpointer) node->name, GUINT_TO_POINTER (i + 1));
    }
}

static gboolean
is_waiting_well (const char *status)
{
  return strcmp (status, "Pending") == 0 || strcmp (status, "ContainerCreating") == 0 ||
         strcmp (status, "PodInitializing") == 0 || strcmp (status, "SchedulingGated") == 0 ||
         strcmp (status, "NotReady") == 0 || g_str_has_prefix (status, "Init:");
}

static GuiPodState
get_pod_state (const K8Pod *pod, const char *status)
{
  const char *phase = k8_pod_status_phase (k8_pod_status (pod));

  if (k8_pod_is_terminating (pod))
    return GUI_POD_TERMINATING;
  if (k8_string_is (phase, "Succeeded"))
    return GUI_POD_SUCCEEDED;
  if (k8_string_is (phase, "Failed"))
    return GUI_POD_FAILED;
  if (strstr (status, "Error") != NULL || strstr (status, "BackOff") != NULL)
    return GUI_POD_FAILED;
  if (phase == NULL)
    return GUI_POD_PENDING; /* nobody has looked at it yet */
  if (k8_string_is (phase, "Running"))
    {
      if (k8_pod_is_ready (pod))
        return GUI_POD_RUNNING;
      return strcmp (status, "Running") == 0 || is_waiting_well (status) ? GUI_POD_NOT_READY
                                                                         : GUI_POD_FAILED;
    }
  return is_waiting_well (status) ? GUI_POD_PENDING : GUI_POD_FAILED;
}

static void
take_pod (void *user, const void *object)
{
  Reading *self = user;
  const K8ObjectMeta *meta = k8_pod_metadata (object);
  const char *node_name = k8_pod_spec_node_name (k8_pod_spec (object));
  guint place =
      node_name == NULL ? 0 : GPOINTER_TO_UINT (g_hash_table_lookup (self->node_places, node_name));
  GuiPod pod = {
    .namespace_name = g_string_chunk_insert_const (
        self->model->texts, k8_string_or_empty (k8_object_meta_namespace (meta))),
    .name = keep (self, k8_object_meta_name (meta)),
    .status = keep_cell (self, object, K8_KIND_Pod, "Status"),
    .ready = keep_cell (self, object, K8_KIND_Pod, "Ready"),
    .restarts = keep_cell (self, object, K8_KIND_Pod, "Restarts"),
    .node = (gint32) place - 1,
  };

  pod.state = get_pod_state (object, pod.status);
  self->model->n_pods_by_state[pod.state]++;
  if (place > 0 && !k8_pod_is_terminal (object))
    g_array_index (self->model->nodes, GuiNode, place - 1).cpu_milli +=
        k8_pod_request (k8_pod_spec (object), "cpu");
  g_array_append_val (self->model->pods, pod);
}

static int
compare_pods (gconstpointer a, gconstpointer b)
{
  const GuiPod *x = a;
  const GuiPod *y = b;

  if (x->node != y->node)
    return (guint32) x->node < (guint32) y->node ? -1 : 1;
  int order = strcmp (x->namespace_name, y->namespace_name);
  return order != 0 ? order : strcmp (x->name, y->name);
}

static void
read_pods (Reading *self)
{
  GuiModel *model = self->model;

  sim_look_each (self->world, &k8_kinds[K8_KIND_Pod], NULL, take_pod, self);
  g_array_sort (model->pods, compare_pods);
  model->first_unplaced = model->pods->len;
  for (guint i = 0; i < model->pods->len; i++)
    {
      const GuiPod *pod = gui_model_pod (model, i);
      if (pod->node < 0)
        {
          model->first_unplaced = i;
          break;
        }
      GuiNode *node = &g_array_index (model->nodes, GuiNode, pod->node);
      if (node->n_pods++ == 0)
        node->first_pod = i;
    }
}

static void
read_components (Reading *self)
{
  const K8Engine *engine = self->world->engine;

  for (K8ActorId id = 1; id <= k8_engine_n_actors (engine); id++)
    {
      GuiComponent component = { .id = id, .kind = k8_engine_actor_kind (engine, id) };
      if (component.kind == K8_ACTOR_KUBELET || component.kind == K8_ACTOR_PROXY)
        continue;
      component.name = keep (self, k8_engine_actor_name (engine, id));
      component.is_running = k8_engine_is_running (engine, id);
      component.revision = k8_inspect_revision (engine, id);
      component.n_watches = k8_inspect_n_watches (engine, id);
      g_array_append_val (self->model->components, component);
    }
}

static void
take_deployment (void *user, const void *object)
{
  Reading *self = user;
  const K8ObjectMeta *meta = k8_deployment_metadata (object);
  const K8DeploymentStatus *status = k8_deployment_status (object);
  GuiWorkload workload = {
    .namespace_name = keep (self, k8_object_meta_namespace (meta)),
    .name = keep (self, k8_object_meta_name (meta)),
    .n_wanted = k8_deployment_spec_replicas (k8_deployment_spec (object)),
    .n_ready = k8_deployment_status_ready_replicas (status),
    .n_updated = k8_deployment_status_updated_replicas (status),
  };

  g_array_append_val (self->model->workloads, workload);
}

GuiModel *
gui_model_new_empty (void)
{
  GuiModel *self = g_new0 (GuiModel, 1);

  self->texts = g_string_chunk_new (4096);
  self->zones = g_array_new (FALSE, FALSE, sizeof (GuiZone));
  self->nodes = g_array_new (FALSE, FALSE, sizeof (GuiNode));
  self->pods = g_array_new (FALSE, FALSE, sizeof (GuiPod));
  self->components = g_array_new (FALSE, FALSE, sizeof (GuiComponent));
  self->workloads = g_array_new (FALSE, FALSE, sizeof (GuiWorkload));
  return self;
}

GuiModel *
gui_model_new (const SimWorld *world)
{
  GuiModel *self = gui_model_new_empty ();
  Reading reading = { .model = self,
                      .world = world,
                      .node_places = g_hash_table_new (g_str_hash, g_str_equal),
                      .text = g_string_new (NULL),
                      .now_us = (world->config.wall_start_ns + world->now_ns) / 1000 };

  self->now_ns = world->now_ns;
  read_nodes (&reading);
  read_pods (&reading);
  read_components (&reading);
  sim_look_each (world, &k8_kinds[K8_KIND_Deployment], NULL, take_deployment, &reading);
  g_hash_table_unref (reading.node_places);
  g_string_free (reading.text, TRUE);
  return self;
}

void
gui_model_free (GuiModel *self)
{
  if (self == NULL)
    return;
  g_string_chunk_free (self->texts);
  g_array_unref (self->zones);
  g_array_unref (self->nodes);
  g_array_unref (self->pods);
  g_array_unref (self->components);
  g_array_unref (self->workloads);
  g_free (self);
}

/* Whether an actor is the only component of its kind. */
static gboolean
is_alone (const GuiModel *self, const char *name)
{
  const GuiComponent *found = NULL;
  guint n_alike = 0;

  for (guint i = 0; i < self->components->len && found == NULL; i++)
    if (strcmp (g_array_index (self->components, GuiComponent, i).name, name) == 0)
      found = &g_array_index (self->components, GuiComponent, i);
  for (guint i = 0; found != NULL && i < self->components->len; i++)
    n_alike += g_array_index (self->components, GuiComponent, i).kind == found->kind;
  return n_alike == 1;
}

char *
gui_model_dup_actor (const GuiModel *self, const char *name)
{
  if (g_str_has_suffix (name, "-0") && is_alone (self, name))
    return g_strndup (name, strlen (name) - 2);
  return g_strdup (name);
}

char *
gui_model_dup_brief_time (gint64 time_ns)
{
  gint64 tenths = (time_ns + 50 * K8_MILLISECOND_NS) / (100 * K8_MILLISECOND_NS);
  gint64 seconds = tenths / 10;

  if (seconds < 60)
    return tenths % 10 == 0 ? g_strdup_printf ("%d s", (int) seconds)
                            : g_strdup_printf ("%d.%d s", (int) seconds, (int) (tenths % 10));
  if (seconds < 3600)
    return g_strdup_printf ("%d:%02d", (int) (seconds / 60), (int) (seconds % 60));
  return g_strdup_printf ("%d:%02d:%02d", (int) (seconds / 3600), (int) (seconds / 60 % 60),
                          (int) (seconds % 60));
}

char *
gui_model_dup_paragraphs (const char *text)
{
  GString *out = g_string_new (NULL);

  for (; *text != '\0'; text++)
    if (*text != '\n')
      g_string_append_c (out, *text);
    else if (text[1] == '\n' || text[1] == ' ' || text[1] == '-' || text[1] == '*')
      g_string_append_c (out, '\n'); /* a paragraph ends, or a line of a list begins */
    else if (out->len > 0 && out->str[out->len - 1] != '\n')
      g_string_append_c (out, ' ');
    else
      g_string_append_c (out, '\n');
  return g_strchomp (g_string_free (out, FALSE));
}

char *
gui_model_dup_exact_time (gint64 time_ns)
{
  gint64 ms = time_ns / K8_MILLISECOND_NS;

  return g_strdup_printf ("%d:%02d.%03d", (int) (ms / 60000), (int) (ms / 1000 % 60),
                          (int) (ms % 1000));
}

char *
gui_model_dup_time (gint64 time_ns)
{
  gint64 ms = time_ns / 1000000;

  return g_strdup_printf ("%02d:%02d:%02d.%03d", (int) (ms / 3600000), (int) (ms / 60000 % 60),
                          (int) (ms / 1000 % 60), (int) (ms % 1000));
}
