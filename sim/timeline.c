/* SPDX-License-Identifier: Apache-2.0
 *
 * Time travel by clones and replay.
 * Invariants: 1 checkpoints are in order of steps, the first is the beginning; 2 inputs are in
 * order of the step before which they are given; 3 replaying a checkpoint with the inputs gives
 * the same world, step for step.
 */
#include "sim/timeline.h"

#include "base/assert.h"
#include "base/string.h"
#include "sim/fault.h"

enum
{
  DEFAULT_INTERVAL = 20000,
  MAX_CHECKPOINTS = 512,
};

typedef struct
{
  guint64 n_steps; /* steps made before it was given */
  gint64 now_ns;
  SimInputType type;
  guint64 tag;
  const char *name;
  const K8Mail *mail;
} Input;

/* A history that was left: its inputs, and how far it went. */
typedef struct
{
  GArray *inputs;
  gint64 horizon_ns;
} Branch;

struct SimTimeline
{
  SimWorld *world;
  SimHooks hooks;
  GPtrArray *checkpoints; /* SimWorld */
  GArray *inputs;         /* Input */
  guint next_input;       /* the first that the present has not been given */
  GPtrArray *branches;    /* Branch */
  guint64 interval;
  gint64 horizon_ns;
};

static void
release_input (Input *input)
{
  k8_string_unref (input->name);
  k8_mail_unref (input->mail);
}

static GArray *
inputs_dup (const GArray *inputs)
{
  GArray *copy = g_array_new (FALSE, FALSE, sizeof (Input));

  for (guint i = 0; i < inputs->len; i++)
    {
      Input input = g_array_index (inputs, Input, i);
      k8_string_ref (input.name);
      k8_mail_ref (input.mail);
      g_array_append_val (copy, input);
    }
  return copy;
}

static void
inputs_free (GArray *inputs)
{
  for (guint i = 0; i < inputs->len; i++)
    release_input (&g_array_index (inputs, Input, i));
  g_array_free (inputs, TRUE);
}

static void
branch_free (void *data)
{
  Branch *branch = data;

  inputs_free (branch->inputs);
  g_free (branch);
}

static void
free_world (void *world)
{
  sim_world_free (world);
}

SimTimeline *
sim_timeline_new (SimWorld *world)
{
  SimTimeline *self = g_new0 (SimTimeline, 1);

  self->world = world;
  self->interval = DEFAULT_INTERVAL;
  self->inputs = g_array_new (FALSE, FALSE, sizeof (Input));
  self->checkpoints = g_ptr_array_new_with_free_func (free_world);
  self->branches = g_ptr_array_new_with_free_func (branch_free);
  g_ptr_array_add (self->checkpoints, sim_world_clone (world));
  return self;
}

void
sim_timeline_free (SimTimeline *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->branches);
  g_ptr_array_unref (self->checkpoints);
  inputs_free (self->inputs);
  sim_world_free (self->world);
  g_free (self);
}

SimWorld *
sim_timeline_world (const SimTimeline *self)
{
  return self->world;
}

void
sim_timeline_set_interval (SimTimeline *self, guint64 steps)
{
  self->interval = MAX (steps, 1);
}

void
sim_timeline_set_hooks (SimTimeline *self, const SimHooks *hooks)
{
  self->hooks = *hooks;
  self->world->hooks = *hooks;
}

/* Drops every second checkpoint of the older half, so that their number stays bounded. */
static void
thin_checkpoints (SimTimeline *self)
{
  guint half = self->checkpoints->len / 2;

  if (self->checkpoints->len < MAX_CHECKPOINTS)
    return;
  for (guint i = half; i > 1; i -= 2)
    g_ptr_array_remove_index (self->checkpoints, i - 1);
}

static void
ensure_checkpoint (SimTimeline *self)
{
  const SimWorld *last = g_ptr_array_index (self->checkpoints, self->checkpoints->len - 1);

  if (self->world->n_steps < last->n_steps + self->interval)
    return;
  thin_checkpoints (self);
  g_ptr_array_add (self->checkpoints, sim_world_clone (self->world));
}

/* Does to the world what was asked for. */
static guint64
give (SimWorld *world, const Input *input)
{
  switch (input->type)
    {
    case SIM_INPUT_NONE:
      break;
    case SIM_INPUT_REQUEST:
      return sim_world_request (world, k8_mail_ref (input->mail));
    case SIM_INPUT_REQUEST_END:
      sim_world_request_end (world, input->tag);
      break;
    case SIM_INPUT_CRASH:
      sim_world_crash_actor (world, input->name);
      break;
    case SIM_INPUT_START:
      sim_world_start_actor (world, input->name);
      break;
    case SIM_INPUT_POWER_OFF:
    case SIM_INPUT_POWER_ON:
      sim_fault_set_node_power (world, input->name, input->type == SIM_INPUT_POWER_ON);
      break;
    case SIM_INPUT_CUT:
    case SIM_INPUT_JOIN:
      sim_fault_set_node_cut (world, input->name, input->type == SIM_INPUT_CUT);
      break;
    }
  return 0;
}

/* Gives the inputs that belong before the next step. */
static void
give_due_inputs (SimTimeline *self)
{
  while (self->next_input < self->inputs->len)
    {
      const Input *input = &g_array_index (self->inputs, Input, self->next_input);
      if (input->n_steps != self->world->n_steps)
        break;
      self->world->now_ns = MAX (self->world->now_ns, input->now_ns);
      give (self->world, input);
      self->next_input++;
    }
}

gboolean
sim_timeline_step (SimTimeline *self)
{
  give_due_inputs (self);
  if (!sim_world_step (self->world))
    return FALSE;
  if (self->world->now_ns > self->horizon_ns)
    {
      self->horizon_ns = self->world->now_ns;
      ensure_checkpoint (self);
    }
  return TRUE;
}

guint64
sim_timeline_run (SimTimeline *self, gint64 until_ns, guint64 max_steps)
{
  guint64 n = 0;

  give_due_inputs (self);
  while (n < max_steps && sim_world_next_due (self->world) <= until_ns)
    {
      if (!sim_timeline_step (self))
        break;
      n++;
      give_due_inputs (self);
    }
  if (n < max_steps)
    {
      self->world->now_ns = MAX (self->world->now_ns, until_ns);
      self->horizon_ns = MAX (self->horizon_ns, until_ns);
    }
  return n;
}

/* Leaves the future that was seen, if the present is not at its end: it becomes a branch. */
static void
leave_future (SimTimeline *self)
{
  if (self->world->now_ns >= self->horizon_ns && self->next_input == self->inputs->len)
    return;
  Branch *branch = g_new0 (Branch, 1);
  branch->inputs = inputs_dup (self->inputs);
  branch->horizon_ns = self->horizon_ns;
  g_ptr_array_add (self->branches, branch);
  for (guint i = self->next_input; i < self->inputs->len; i++)
    release_input (&g_array_index (self->inputs, Input, i));
  g_array_set_size (self->inputs, self->next_input);
  while (self->checkpoints->len > 1 &&
         ((SimWorld *) g_ptr_array_index (self->checkpoints, self->checkpoints->len - 1))->n_steps >
             self->world->n_steps)
    g_ptr_array_remove_index (self->checkpoints, self->checkpoints->len - 1);
  self->horizon_ns = self->world->now_ns;
}

/* Notes an input (its references are taken over) and gives it to the present. */
static guint64
act (SimTimeline *self, Input input)
{
  leave_future (self);
  input.n_steps = self->world->n_steps;
  input.now_ns = self->world->now_ns;
  g_array_append_val (self->inputs, input);
  self->next_input = self->inputs->len;
  return give (self->world, &input);
}

guint64
sim_timeline_request (SimTimeline *self, K8HttpRequest *request)
{
  return act (self, (Input){ .type = SIM_INPUT_REQUEST, .mail = &request->mail });
}

void
sim_timeline_act (SimTimeline *self, SimInputType type, const char *name)
{
  act (self, (Input){ .type = type, .name = k8_string_intern (self->world->region, name) });
}

/* The client of a request has gone. */
void
sim_timeline_end_request (SimTimeline *self, guint64 tag)
{
  act (self, (Input){ .type = SIM_INPUT_REQUEST_END, .tag = tag });
}

/* Puts the present back to the last checkpoint at which @is_before holds. */
static void
go_back (SimTimeline *self, gint64 at_ns, guint64 n_steps)
{
  const SimWorld *from = g_ptr_array_index (self->checkpoints, 0);

  for (guint i = 1; i < self->checkpoints->len; i++)
    {
      const SimWorld *checkpoint = g_ptr_array_index (self->checkpoints, i);
      if (checkpoint->now_ns > at_ns || checkpoint->n_steps > n_steps)
        break;
      from = checkpoint;
    }
  sim_world_free (self->world);
  self->world = sim_world_clone (from);
  self->next_input = 0;
  while (self->next_input < self->inputs->len
         && g_array_index (self->inputs, Input, self->next_input).n_steps < from->n_steps)
    self->next_input++;
}

void
sim_timeline_seek (SimTimeline *self, gint64 at_ns)
{
  if (at_ns < self->world->now_ns)
    go_back (self, at_ns, G_MAXUINT64);
  self->world->hooks = (SimHooks){ 0 };
  sim_timeline_run (self, at_ns, G_MAXUINT64);
  self->world->hooks = self->hooks;
}

void
sim_timeline_seek_step (SimTimeline *self, guint64 n_steps)
{
  if (n_steps < self->world->n_steps)
    go_back (self, G_MAXINT64, n_steps);
  self->world->hooks = (SimHooks){ 0 };
  while (self->world->n_steps < n_steps && sim_timeline_step (self))
    continue;
  self->world->hooks = self->hooks;
}

gint64
sim_timeline_horizon (const SimTimeline *self)
{
  return self->horizon_ns;
}

guint
sim_timeline_n_branches (const SimTimeline *self)
{
  return self->branches->len + 1;
}

/* Makes another history the present one, standing at its beginning's nearest common instant. */
void
sim_timeline_switch (SimTimeline *self, guint branch)
{
  if (branch == 0 || branch > self->branches->len)
    return;
  Branch *chosen = g_ptr_array_index (self->branches, branch - 1);
  GArray *inputs = chosen->inputs;
  gint64 horizon_ns = chosen->horizon_ns;

  chosen->inputs = self->inputs;
  chosen->horizon_ns = self->horizon_ns;
  self->inputs = inputs;
  g_ptr_array_set_size (self->checkpoints, 1);
  go_back (self, 0, 0);
  self->horizon_ns = 0;
  sim_timeline_seek (self, horizon_ns);
}

guint
sim_timeline_n_checkpoints (const SimTimeline *self)
{
  return self->checkpoints->len;
}

/* A checkpoint, in order of time; valid until the timeline moves. */
const SimWorld *
sim_timeline_checkpoint (const SimTimeline *self, guint index)
{
  return g_ptr_array_index (self->checkpoints, index);
}
