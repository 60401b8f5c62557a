/* SPDX-License-Identifier: Apache-2.0
 *
 * See mirror.h. The world must lie in the region of the real engine: it shares its objects and
 * texts. What happens comes from outside, so nothing is ever cloned or rewound.
 */
#include "sim/mirror.h"

#include <string.h>

#include "codec/json.h"
#include "sim/play.h"

static const char *
find_step_problem (const SimStep *step)
{
  if (step->type == SIM_STEP_CORDON || step->type == SIM_STEP_UNCORDON)
    return "its nodes are not those of a real cluster";
  if (step->type == SIM_STEP_FAULT && step->fault != SIM_FAULT_CONTAINER_CRASH)
    return "of the faults only container-crash can be done to a real cluster";
  return NULL;
}

char *
sim_mirror_dup_problem (const SimScenario *scenario)
{
  if (scenario->traffic->len > 0)
    return g_strdup_printf ("%s: traffic cannot be sent to a real cluster", scenario->path);
  if (scenario->until_ns == G_MAXINT64)
    return g_strdup_printf ("%s: expected `until`: a real cluster has no end of its own",
                            scenario->path);
  for (guint i = 0; i < scenario->nodes->len; i++)
    {
      const SimNodeRow *node = &g_array_index (scenario->nodes, SimNodeRow, i);
      if (node->labels.node != NULL || node->taints.node != NULL || node->joins_ns > 0)
        return g_strdup_printf ("%s: node %s has labels, taints or a time of its own: the node of "
                                "a real cluster has none",
                                scenario->path, node->name);
    }
  for (guint i = 0; i < scenario->steps->len; i++)
    {
      const SimStep *step = &g_array_index (scenario->steps, SimStep, i);
      const char *problem = find_step_problem (step);
      if (problem != NULL)
        return g_strdup_printf ("%s:%u: %s: %s", scenario->path, step->line, step->title, problem);
    }
  for (guint i = 0; i < scenario->goals->len; i++)
    {
      const SimGoalRow *goal = &g_array_index (scenario->goals, SimGoalRow, i);
      const char *problem = sim_expect_find_unreal (goal->expect);
      if (problem != NULL)
        return g_strdup_printf ("%s:%u: goal \"%s\": %s", scenario->path, goal->line, goal->name,
                                problem);
    }
  return NULL;
}

static void
add_image (GPtrArray *images, const char *image)
{
  if (image != NULL && !g_ptr_array_find_with_equal_func (images, image, g_str_equal, NULL))
    g_ptr_array_add (images, g_strdup (image));
}

/* Wherever a manifest has a member `image` that is a text. */
static void
add_images_of (GPtrArray *images, JsonNode *node)
{
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      for (guint i = 0; i < json_array_get_length (array); i++)
        add_images_of (images, json_array_get_element (array, i));
    }
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return;
  JsonObject *object = json_node_get_object (node);
  g_autoptr (GList) names = json_object_get_members (object);
  for (GList *at = names; at != NULL; at = at->next)
    {
      JsonNode *member = json_object_get_member (object, at->data);
      if (strcmp (at->data, "image") == 0 && JSON_NODE_HOLDS_VALUE (member))
        add_image (images, json_node_get_string (member));
      else
        add_images_of (images, member);
    }
}

GPtrArray *
sim_mirror_list_images (const SimScenario *scenario)
{
  GPtrArray *images = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < scenario->steps->len; i++)
    {
      const SimStep *step = &g_array_index (scenario->steps, SimStep, i);
      add_image (images, step->type == SIM_STEP_SET_IMAGE ? step->image : NULL);
      for (guint j = 0; step->documents != NULL && j < step->documents->len; j++)
        {
          /* Written by the scenario's reader, so it is JSON of ours. */
          g_autoptr (JsonNode) node =
              json_from_string (g_ptr_array_index (step->documents, j), NULL);
          add_images_of (images, node);
        }
    }
  return images;
}

SimWorld *
sim_mirror_new (const SimScenario *scenario,
                K8Region *region,
                const SimMirror *mirror,
                const char *token)
{
  SimConfig config = scenario->config;

  config.seed = scenario->seed;
  config.admin_token = token;
  SimWorld *world = sim_world_new_empty (region, &config);
  world->mirror = mirror;
  world->part = sim_play_new (scenario, world, world->config.admin_token);
  return world;
}

void
sim_mirror_advance (SimWorld *self, gint64 now_ns)
{
  sim_world_run_until (self, MAX (now_ns, self->now_ns));
}

void
sim_mirror_persisted (SimWorld *self, const K8PersistMail *mail)
{
  sim_disk_write (&self->disk, mail);
  sim_disk_sync (&self->disk);
  self->part->class->take_sync (self->part, self);
}

void
sim_mirror_traced (SimWorld *self, const K8TraceRecord *record)
{
  K8TraceRecord own = *record;

  own.now_ns = self->now_ns;
  self->part->class->take_trace (self->part, self, &own);
  if (self->hooks.trace != NULL)
    self->hooks.trace (self->hooks.trace_user, self, &own);
}

void
sim_mirror_answer (SimWorld *self, guint64 tag, guint code, const char *body)
{
  K8HttpResponse *response = k8_http_response_new (self->region);
  K8Effect effect = { .type = K8_EFFECT_RESPONSE, .tag = tag, .mail = &response->mail };
  K8JsonDecoded decoded = { 0 };

  response->code = code;
  if (code >= 400)
    response->object =
        k8_json_decode (self->region, K8_INFO (status), body, strlen (body), &decoded);
  k8_json_decoded_clear (&decoded);
  self->part->class->take_response (self->part, self, &effect);
  k8_mail_unref (response);
}
