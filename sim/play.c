/* SPDX-License-Identifier: Apache-2.0
 *
 * A scenario being played. Goals are judged whenever the disk of etcd has something new, at the
 * instants when their time begins and ends, and at no other.
 * States of a goal: WAITING → HELD or MISSED, once. WITHIN is held at the first instant at which
 * it holds and missed at its deadline; ALWAYS and NEVER are missed at the first instant that
 * breaks them and held when their time is over.
 */
#include "sim/play.h"

#include <string.h>

#include "base/assert.h"
#include "base/string.h"
#include "base/text.h"

enum
{
  GOAL_BEGINS,
  GOAL_ENDS,
};

static void
ref_rules (K8Region *region, void *element)
{
  k8_mail_ref (*(const K8Mail **) element);
}

static void
unref_rules (K8Region *region, void *element)
{
  k8_mail_unref (*(const K8Mail **) element);
}

static const K8ElementClass rules_class = { .ref = ref_rules, .unref = unref_rules };

static SimPlayGoal *
get_goal (const SimPlay *self, guint index)
{
  return k8_array_at (&self->goals, index);
}

static const SimGoalRow *
get_row (const SimPlay *self, guint index)
{
  return &g_array_index (self->scenario->goals, SimGoalRow, index);
}

static guint64
count_trace (const SimWorld *world, guint watch)
{
  return *(const guint64 *) k8_array_at (&sim_play_of (world)->trace_counts, watch);
}

static const SimPlayTraffic *
find_traffic (const SimPlay *self, const char *name)
{
  for (guint i = 0; i < self->scenario->traffic->len && name != NULL; i++)
    if (strcmp (g_array_index (self->scenario->traffic, SimTrafficRow, i).name, name) == 0)
      return k8_array_at (&self->traffic, i);
  return NULL;
}

static void
decide (SimPlay *self, SimWorld *world, guint index, SimGoalState state, const GString *seen)
{
  SimPlayGoal *goal = get_goal (self, index);

  goal->state = state;
  goal->decided_ns = world->now_ns;
  k8_string_unref (goal->detail);
  goal->detail = k8_string_intern (self->region, seen->str);
}

static gboolean
holds (SimPlay *self, SimWorld *world, guint index, GString *seen)
{
  const SimGoalRow *row = get_row (self, index);
  const SimPlayGoal *goal = get_goal (self, index);
  const SimPlayTraffic *traffic = find_traffic (self, sim_expect_traffic (row->expect));
  SimExpectInput input = { .world = world, .count_trace = count_trace };

  if (traffic != NULL)
    {
      input.traffic_sent = traffic->n_sent - goal->sent_before;
      input.traffic_failed = traffic->n_failed - goal->failed_before;
      input.traffic_latency_ns =
          traffic->n_ok == 0 ? 0 : traffic->latency_sum_ns / (gint64) traffic->n_ok;
    }
  return sim_expect_holds (row->expect, &input, seen);
}

/* Judges a goal at this instant. @is_end: its time is over. */
static void
judge (SimPlay *self, SimWorld *world, guint index, gboolean is_end)
{
  const SimGoalRow *row = get_row (self, index);
  SimPlayGoal *goal = get_goal (self, index);
  g_autoptr (GString) seen = g_string_new (NULL);

  if (goal->state != SIM_GOAL_WAITING || !goal->has_begun)
    return;
  if (sim_expect_traffic (row->expect) != NULL && !is_end)
    return;
  gboolean is_good = holds (self, world, index, seen) != (row->type == SIM_GOAL_NEVER);
  if (row->type == SIM_GOAL_WITHIN ? is_good : is_end && is_good)
    decide (self, world, index, SIM_GOAL_HELD, seen);
  else if (!is_good && (is_end || row->type != SIM_GOAL_WITHIN))
    decide (self, world, index, SIM_GOAL_MISSED, seen);
}

static void
begin_goal (SimPlay *self, SimWorld *world, guint index)
{
  SimPlayGoal *goal = get_goal (self, index);
  const SimPlayTraffic *traffic
      = find_traffic (self, sim_expect_traffic (get_row (self, index)->expect));

  goal->has_begun = TRUE;
  if (traffic != NULL)
    {
      goal->sent_before = traffic->n_sent;
      goal->failed_before = traffic->n_failed;
    }
  judge (self, world, index, FALSE);
}

static void
judge_all (SimPlay *self, SimWorld *world, gboolean is_end)
{
  for (guint32 i = 0; i < k8_array_n (&self->goals); i++)
    judge (self, world, i, is_end);
}

static void
add_node (SimPlay *self, SimWorld *world, guint index)
{
  const SimNodeRow *row = &g_array_index (self->scenario->nodes, SimNodeRow, index);
  const K8Node *node = sim_scenario_make_node (world->region, row, index);
  g_autofree char *cidr = sim_scenario_dup_pod_cidr (index);

  sim_world_add_node (world, node, cidr);
  k8_record_unref (node);
}

static void
take_entry (SimPart *part, SimWorld *world, const SimEntry *entry)
{
  SimPlay *self = (SimPlay *) part;
  guint index = (guint) entry->a;

  if (entry->type == SIM_ENTRY_ACTION && entry->b == SIM_PLAY_STEP)
    sim_play_do_step (self, world, index);
  else if (entry->type == SIM_ENTRY_ACTION && entry->b >= SIM_PLAY_MANIFEST)
    sim_play_apply_again (self, world, index, (guint) entry->b - SIM_PLAY_MANIFEST);
  else if (entry->type == SIM_ENTRY_ACTION)
    add_node (self, world, index);
  else if (entry->type == SIM_ENTRY_FAULT_END)
    sim_play_end_fault (self, world, index);
  else if (entry->type == SIM_ENTRY_TRAFFIC)
    sim_play_send_traffic (self, world, index);
  else if (entry->type == SIM_ENTRY_GOAL && entry->b == GOAL_BEGINS)
    begin_goal (self, world, index);
  else if (entry->type == SIM_ENTRY_GOAL && index == G_MAXUINT32)
    judge_all (self, world, TRUE);
  else if (entry->type == SIM_ENTRY_GOAL)
    judge (self, world, index, TRUE);
}

static void
take_response (SimPart *part, SimWorld *world, const K8Effect *effect)
{
  sim_play_take_answer ((SimPlay *) part, world, effect);
}

static void
take_sync (SimPart *part, SimWorld *world)
{
  judge_all ((SimPlay *) part, world, FALSE);
}

static gboolean
is_wanted (const SimWorld *world, const SimTraceWatch *watch, const K8TraceRecord *record)
{
  const K8TraceInfo *info = &k8_trace_infos[record->type];
  char number[K8_TEXT_NUMBER_LETTERS + 1];

  for (guint i = 0; i < record->n_values; i++)
    {
      const char *value = number;
      if (watch->wanted[i] == NULL)
        continue;
      if (info->fields[i].type == K8_TRACE_FIELD_TEXT)
        value = k8_trace_get_text (world->engine, record, i);
      else if (info->fields[i].type == K8_TRACE_FIELD_ACTOR)
        value = k8_engine_actor_name (world->engine, (K8ActorId) record->value[i]);
      else
        k8_text_write_i64 (number, record->value[i]);
      if (strcmp (value, watch->wanted[i]) != 0)
        return FALSE;
    }
  return TRUE;
}

static void
take_trace (SimPart *part, SimWorld *world, const K8TraceRecord *record)
{
  SimPlay *self = (SimPlay *) part;
  const GArray *watches = self->scenario->watches;

  for (guint i = 0; i < watches->len; i++)
    {
      const SimTraceWatch *watch = &g_array_index (watches, SimTraceWatch, i);
      if (watch->type == record->type && is_wanted (world, watch, record))
        (*(guint64 *) k8_array_at (&self->trace_counts, i))++;
    }
}

static SimPart *
play_clone (const SimPart *part, SimWorld *world)
{
  const SimPlay *self = (const SimPlay *) part;
  SimPlay *clone = k8_region_alloc (self->region, sizeof *clone);

  *clone = *self;
  k8_string_ref (clone->token);
  k8_string_ref (clone->refusal);
  k8_array_clone (&clone->goals, &self->goals);
  for (guint32 i = 0; i < k8_array_n (&clone->goals); i++)
    k8_string_ref (get_goal (clone, i)->detail);
  k8_array_clone (&clone->trace_counts, &self->trace_counts);
  k8_array_clone (&clone->traffic, &self->traffic);
  k8_slots_clone (&clone->pending, &self->pending);
  k8_index_clone (&clone->by_tag, &self->by_tag);
  k8_slots_clone (&clone->rules, &self->rules);
  k8_index_clone (&clone->rules_of, &self->rules_of);
  return &clone->part;
}

static void
play_free (SimPart *part)
{
  SimPlay *self = (SimPlay *) part;

  for (guint32 i = 0; i < k8_array_n (&self->goals); i++)
    k8_string_unref (get_goal (self, i)->detail);
  k8_array_clear (&self->goals);
  k8_array_clear (&self->trace_counts);
  k8_array_clear (&self->traffic);
  k8_slots_clear (&self->pending);
  k8_index_clear (&self->by_tag);
  k8_slots_clear (&self->rules);
  k8_index_clear (&self->rules_of);
  k8_string_unref (self->token);
  k8_string_unref (self->refusal);
  k8_region_free (self->region, self, sizeof *self);
}

static const SimPartClass play_class = {
  .take_entry = take_entry,
  .take_rules = sim_play_take_rules,
  .take_response = take_response,
  .take_trace = take_trace,
  .take_sync = take_sync,
  .clone = play_clone,
  .free = play_free,
};

static void
schedule_steps (const SimScenario *scenario, SimWorld *world)
{
  for (guint i = 0; i < scenario->steps->len; i++)
    sim_world_schedule (world, g_array_index (scenario->steps, SimStep, i).at_ns, SIM_ENTRY_ACTION,
                        i, 0);
  for (guint i = 0; i < scenario->traffic->len; i++)
    sim_world_schedule (world, g_array_index (scenario->traffic, SimTrafficRow, i).from_ns,
                        SIM_ENTRY_TRAFFIC, i, 0);
}

static void
schedule_goals (const SimScenario *scenario, SimWorld *world)
{
  for (guint i = 0; i < scenario->goals->len; i++)
    {
      const SimGoalRow *row = &g_array_index (scenario->goals, SimGoalRow, i);
      sim_world_schedule (world, row->from_ns, SIM_ENTRY_GOAL, i, GOAL_BEGINS);
      if (row->until_ns < scenario->until_ns)
        sim_world_schedule (world, row->until_ns, SIM_ENTRY_GOAL, i, GOAL_ENDS);
    }
  if (scenario->until_ns != G_MAXINT64)
    sim_world_schedule (world, scenario->until_ns, SIM_ENTRY_GOAL, G_MAXUINT32, GOAL_ENDS);
}

SimPart *
sim_play_new (const SimScenario *scenario, SimWorld *world, const char *token)
{
  SimPlay *self = k8_region_alloc0 (world->region, sizeof *self);

  self->part.class = &play_class;
  self->region = world->region;
  self->scenario = scenario;
  self->token = k8_string_intern (world->region, token);
  k8_array_init (&self->goals, world->region, sizeof (SimPlayGoal));
  k8_array_set_size (&self->goals, scenario->goals->len);
  k8_array_init (&self->trace_counts, world->region, sizeof (guint64));
  k8_array_set_size (&self->trace_counts, scenario->watches->len);
  k8_array_init (&self->traffic, world->region, sizeof (SimPlayTraffic));
  k8_array_set_size (&self->traffic, scenario->traffic->len);
  k8_slots_init (&self->pending, world->region, sizeof (SimPlayPending), NULL);
  k8_index_init (&self->by_tag, world->region);
  k8_slots_init (&self->rules, world->region, sizeof (const K8Mail *), &rules_class);
  k8_index_init (&self->rules_of, world->region);
  schedule_steps (scenario, world);
  schedule_goals (scenario, world);
  return &self->part;
}

guint
sim_world_n_goals (const SimWorld *world)
{
  return k8_array_n (&sim_play_of (world)->goals);
}

SimGoalView
sim_world_goal (const SimWorld *world, guint index)
{
  static const char *const kinds[] = { "within", "always", "never" };
  const SimPlay *self = sim_play_of (world);
  const SimGoalRow *row = get_row (self, index);
  const SimPlayGoal *goal = get_goal (self, index);

  return (SimGoalView){ .name = row->name,
                        .kind = kinds[row->type],
                        .state = goal->state,
                        .decided_ns = goal->decided_ns,
                        .detail = k8_string_or_empty (goal->detail),
                        .line = row->line };
}

gboolean
sim_world_is_over (const SimWorld *world)
{
  const SimPlay *self = sim_play_of (world);

  if (self->scenario->until_ns != G_MAXINT64)
    return world->now_ns >= self->scenario->until_ns;
  if (self->n_steps_done < self->scenario->steps->len || k8_array_n (&self->goals) == 0)
    return FALSE;
  for (guint32 i = 0; i < k8_array_n (&self->goals); i++)
    if (get_goal (self, i)->state == SIM_GOAL_WAITING)
      return FALSE;
  return TRUE;
}

/* Steps that the API server refused, and what it said to the first. */
guint
sim_world_n_refused (const SimWorld *world)
{
  return sim_play_of (world)->n_refused;
}

const char *
sim_world_refusal (const SimWorld *world)
{
  return k8_string_or_empty (sim_play_of (world)->refusal);
}

guint
sim_world_n_traffic (const SimWorld *world)
{
  return k8_array_n (&sim_play_of (world)->traffic);
}

SimTrafficView
sim_world_traffic (const SimWorld *world, guint index)
{
  const SimPlay *self = sim_play_of (world);
  const SimPlayTraffic *traffic = k8_array_at (&self->traffic, index);

  return (SimTrafficView){ .name =
                               g_array_index (self->scenario->traffic, SimTrafficRow, index).name,
                           .n_sent = traffic->n_sent,
                           .n_ok = traffic->n_ok,
                           .n_failed = traffic->n_failed,
                           .latency_sum_ns = traffic->latency_sum_ns };
}
