/* SPDX-License-Identifier: Apache-2.0
 *
 * Makers of worlds and models.
 */
#include "tests/unit/gui/world.h"

#include <string.h>

#include "base/assert.h"
#include "tests/lib/test.h"

static const char text[] =
    "apiVersion: orrery.dev/v1\n"
    "kind: Scenario\n"
    "metadata: {name: small, title: A small world}\n"
    "world:\n"
    "  seed: 3\n"
    "  nodes:\n"
    "  - {name: 'node-{n}', count: 3, zones: [zone-a, zone-b], cpu: 4, memory: 8Gi, pods: 110}\n"
    "  images:\n"
    "  - {image: 'shop/web:*', pull: 1s, start: 100ms, ready: 500ms}\n"
    "steps:\n"
    "- at: 6s\n"
    "  apply: |\n"
    "    apiVersion: apps/v1\n"
    "    kind: Deployment\n"
    "    metadata: {name: web}\n"
    "    spec:\n"
    "      replicas: 4\n"
    "      selector: {matchLabels: {app: web}}\n"
    "      template:\n"
    "        metadata: {labels: {app: web}}\n"
    "        spec: {containers: [{name: web, image: 'shop/web:1'}]}\n"
    "- at: 20s\n"
    "  delete: {kind: Pod, selector: app=web, count: 1}\n"
    "- at: 30s\n"
    "  fault: {type: node-power-off, node: node-2}\n"
    "until: 60s\n";

GuiPlayer *
gui_test_player (void)
{
  g_autoptr (GError) error = NULL;
  SimScenario *scenario = sim_scenario_parse (text, strlen (text), "small.yaml", &error);

  if (scenario == NULL)
    g_error ("%s", error->message);
  GuiPlayer *player = gui_player_new (scenario, &error);
  k8_assert (player != NULL);
  return player;
}

static void
add_pods (GuiModel *model, gint32 node, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      GuiPod pod = { .namespace_name = "default",
                     .name = "web-5d9c7b8f6d-abcde",
                     .status = "Running",
                     .ready = "1/1",
                     .restarts = "0",
                     .node = node,
                     .state = (GuiPodState) (i % GUI_N_POD_STATES) };
      model->n_pods_by_state[pod.state]++;
      g_array_append_val (model->pods, pod);
    }
}

static void
add_components (GuiModel *model, guint n_nodes)
{
  static const struct
  {
    const char *name;
    K8ActorKind kind;
  } rows[] = { { "etcd-0", K8_ACTOR_ETCD },
               { "apiserver-0", K8_ACTOR_APISERVER },
               { "controller-manager-0", K8_ACTOR_CONTROLLER_MANAGER },
               { "scheduler-0", K8_ACTOR_SCHEDULER } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GuiComponent component = {
        .id = i + 1, .kind = rows[i].kind, .name = rows[i].name, .is_running = TRUE
      };
      g_array_append_val (model->components, component);
    }
}

GuiModel *
gui_test_model (const GuiTestSizes *sizes)
{
  GuiModel *model = gui_model_new_empty ();
  guint a_zone = (sizes->n_nodes + sizes->n_zones - 1) / sizes->n_zones;

  add_components (model, sizes->n_nodes);
  for (guint i = 0; i < sizes->n_nodes; i++)
    {
      GuiNode node = { .name = "node-1",
                       .zone = "zone",
                       .status = "Ready",
                       .zone_index = i / a_zone,
                       .first_pod = model->pods->len,
                       .n_pods = sizes->n_pods,
                       .kubelet = 5 + 2 * i,
                       .proxy = 6 + 2 * i };
      if (i % a_zone == 0)
        g_array_append_val (model->zones, ((GuiZone[]){ { .name = "zone" } })[0]);
      g_array_index (model->zones, GuiZone, node.zone_index).n_nodes++;
      g_array_append_val (model->nodes, node);
      add_pods (model, (gint32) i, sizes->n_pods);
    }
  model->first_unplaced = model->pods->len;
  add_pods (model, -1, sizes->n_unplaced);
  return model;
}

/* The maker's own promise, on which the other tests stand. */
void
test_gui_world__models_have_the_sizes_asked_for (void)
{
  g_autoptr (GuiModel) model = gui_test_model (&(GuiTestSizes){ 3, 10, 4, 5 });

  CU_ASSERT_EQUAL (model->zones->len, 3);
  CU_ASSERT_EQUAL (model->nodes->len, 10);
  CU_ASSERT_EQUAL (model->pods->len, 45);
  CU_ASSERT_EQUAL (model->first_unplaced, 40);
}
