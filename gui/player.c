/* SPDX-License-Identifier: Apache-2.0
 *
 * Playing. A seek goes to the last checkpoint before its aim by cloning, then runs in slices;
 * the trace hook is on all the time, since the log takes only what is new.
 */
#include "gui/player.h"

#include <gio/gio.h>

#include "base/time.h"
#include "serve/span.h"

enum
{
  SLICE_STEPS = 256,     /* between two looks at the wall clock */
  CHECKPOINT_US = 50000, /* of replay between two checkpoints */
  FIRST_INTERVAL = 5000, /* steps between checkpoints until the speed is known */
  MIN_INTERVAL = 1000,
  MAX_INTERVAL = 500000,
  MODEL_SHARE = 10,     /* reading the model may take one part of so many */
  BEHIND_US = 100000,   /* that playing may be behind the clock and still make up for */
  STEP_LIMIT = 2000000, /* steps without a milestone: then a step gives up */
};

struct GuiPlayer
{
  SimScenario *scenario;
  K8Region *region;
  SimTimeline *timeline;
  SimLive *live;
  GuiLog *log;
  GuiClock clock;
  GuiPlayerMode mode;
  gboolean plays_after; /* a seek or a change of branch goes on playing */
  gboolean was_over;    /* the halt at the scenario's end has been made */
  gboolean is_behind;   /* PLAYING: the clock is further than the world */
  gint64 aim_ns;        /* SEEKING: where to, if aim_sequence is 0 */
  guint64 aim_sequence; /* SEEKING: up to this record */
  GuiStep step;
  guint64 step_from; /* STEPPING: what comes behind this record counts */
  guint64 n_step_steps;
  GuiModel *model;
  guint64 model_sequence;
  gint64 model_read_us;
  gint64 model_cost_us;
  gboolean is_model_stale;
  GuiMessages messages;
  guint64 messages_sequence;
  gint64 messages_ns;
};

static void
take_record (void *user, const SimWorld *world, const K8TraceRecord *record)
{
  gui_log_add (((GuiPlayer *) user)->log, record);
}

GuiPlayer *
gui_player_new (SimScenario *scenario, GError **error)
{
  K8Region *region = serve_span_new ();

  if (region == NULL)
    {
      sim_scenario_free (scenario);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no address space for a world");
      return NULL;
    }
  GuiPlayer *self = g_new0 (GuiPlayer, 1);
  self->scenario = scenario;
  self->region = region;
  self->log = gui_log_new (region);
  self->timeline = sim_timeline_new (sim_scenario_build (scenario, region, 0, NULL));
  self->live = sim_live_new (self->timeline);
  sim_timeline_set_interval (self->timeline, FIRST_INTERVAL);
  sim_live_set_trace (self->live, take_record, self);
  gui_clock_init (&self->clock);
  gui_messages_init (&self->messages);
  self->is_model_stale = TRUE;
  return self;
}

void
gui_player_free (GuiPlayer *self)
{
  if (self == NULL)
    return;
  gui_messages_clear (&self->messages);
  gui_model_free (self->model);
  gui_log_free (self->log);
  sim_live_free (self->live);
  sim_timeline_free (self->timeline);
  sim_scenario_free (self->scenario);
  serve_span_free (self->region);
  g_free (self);
}

const SimScenario *
gui_player_scenario (const GuiPlayer *self)
{
  return self->scenario;
}

SimTimeline *
gui_player_timeline (const GuiPlayer *self)
{
  return self->timeline;
}

SimLive *
gui_player_live (const GuiPlayer *self)
{
  return self->live;
}

const SimWorld *
gui_player_world (const GuiPlayer *self)
{
  return sim_timeline_world (self->timeline);
}

const GuiLog *
gui_player_log (const GuiPlayer *self)
{
  return self->log;
}

GuiClock *
gui_player_clock (GuiPlayer *self)
{
  return &self->clock;
}

GuiPlayerMode
gui_player_mode (const GuiPlayer *self)
{
  return self->mode;
}

gint64
gui_player_now_ns (const GuiPlayer *self)
{
  return gui_player_world (self)->now_ns;
}

guint64
gui_player_sequence (const GuiPlayer *self)
{
  return k8_engine_n_records (gui_player_world (self)->engine);
}

gint64
gui_player_span_ns (const GuiPlayer *self)
{
  gint64 until_ns = sim_scenario_until_ns (self->scenario);
  gint64 seen_ns = MAX (sim_timeline_horizon (self->timeline), gui_player_now_ns (self));
  guint n_steps = sim_scenario_n_steps (self->scenario);
  gint64 steps_ns = n_steps == 0 ? 0 : sim_scenario_step (self->scenario, n_steps - 1).at_ns;

  if (until_ns == G_MAXINT64)
    until_ns = MAX (30 * K8_SECOND_NS, steps_ns + steps_ns / 4);
  return MAX (until_ns, seen_ns);
}

gint
gui_player_step_index (const GuiPlayer *self)
{
  gint index = -1;

  for (guint i = 0; i < sim_scenario_n_steps (self->scenario); i++)
    if (sim_scenario_step (self->scenario, i).at_ns <= gui_player_now_ns (self))
      index = (gint) i;
  return index;
}

static void
read_model (GuiPlayer *self, gint64 now_us)
{
  gui_model_free (self->model);
  self->model = gui_model_new (gui_player_world (self));
  self->model_sequence = gui_player_sequence (self);
  self->is_model_stale = FALSE;
  self->model_read_us = g_get_monotonic_time ();
  self->model_cost_us = self->model_read_us - now_us;
}

const GuiModel *
gui_player_model (GuiPlayer *self)
{
  gint64 now_us = g_get_monotonic_time ();
  gboolean has_changed = self->model_sequence != gui_player_sequence (self);
  gboolean is_quiet = self->mode == GUI_PLAYER_PAUSED;
  gboolean is_due = now_us - self->model_read_us >= self->model_cost_us * MODEL_SHARE;

  if (self->model == NULL || self->is_model_stale || (has_changed && (is_quiet || is_due)))
    read_model (self, now_us);
  return self->model;
}

const GuiMessages *
gui_player_messages (GuiPlayer *self)
{
  guint64 sequence = gui_player_sequence (self);
  gint64 now_ns = gui_player_now_ns (self);
  /* A quarter of a second of what the viewer sees. */
  gint64 recent_ns =
      MAX ((gint64) (self->clock.speed * 250) * K8_MILLISECOND_NS, 20 * K8_MILLISECOND_NS);

  if (self->messages_sequence != sequence || self->messages_ns != now_ns)
    gui_messages_compute (&self->messages, self->log, sequence, now_ns, recent_ns);
  self->messages_sequence = sequence;
  self->messages_ns = now_ns;
  return &self->messages;
}

void
gui_player_play (GuiPlayer *self)
{
  if (self->mode == GUI_PLAYER_SEEKING)
    {
      self->plays_after = TRUE;
      return;
    }
  self->mode = GUI_PLAYER_PLAYING;
  self->was_over = sim_world_is_over (gui_player_world (self));
  gui_clock_start (&self->clock, g_get_monotonic_time (), gui_player_now_ns (self));
}

void
gui_player_pause (GuiPlayer *self)
{
  self->mode = GUI_PLAYER_PAUSED;
  self->plays_after = FALSE;
  gui_clock_stop (&self->clock);
}

/* The last checkpoint before an instant and a record; the first one is always before. */
static guint
find_checkpoint (const GuiPlayer *self, gint64 at_ns, guint64 sequence)
{
  guint found = 0;

  for (guint i = 1; i < sim_timeline_n_checkpoints (self->timeline); i++)
    {
      const SimWorld *world = sim_timeline_checkpoint (self->timeline, i);
      if (world->now_ns > at_ns || k8_engine_n_records (world->engine) > sequence)
        break;
      found = i;
    }
  return found;
}

static void
go_to_checkpoint (GuiPlayer *self, gint64 at_ns, guint64 sequence)
{
  guint index = find_checkpoint (self, at_ns, sequence);

  sim_live_seek_step (self->live, sim_timeline_checkpoint (self->timeline, index)->n_steps);
  self->is_model_stale = TRUE;
}

static void
begin_seek (GuiPlayer *self)
{
  if (self->mode != GUI_PLAYER_SEEKING)
    self->plays_after = self->mode == GUI_PLAYER_PLAYING;
  self->mode = GUI_PLAYER_SEEKING;
}

void
gui_player_seek (GuiPlayer *self, gint64 at_ns)
{
  self->aim_ns = MAX (at_ns, 0);
  self->aim_sequence = 0;
  if (self->aim_ns < gui_player_now_ns (self))
    go_to_checkpoint (self, self->aim_ns, G_MAXUINT64);
  begin_seek (self);
}

void
gui_player_seek_record (GuiPlayer *self, guint64 sequence)
{
  self->aim_sequence = MAX (sequence, 1);
  self->aim_ns = G_MAXINT64;
  if (self->aim_sequence < gui_player_sequence (self))
    go_to_checkpoint (self, G_MAXINT64, self->aim_sequence - 1);
  begin_seek (self);
  self->plays_after = FALSE;
}

void
gui_player_step (GuiPlayer *self, GuiStep step)
{
  if (self->mode == GUI_PLAYER_SEEKING)
    return; /* first it has to be there */
  gui_player_pause (self);
  self->mode = GUI_PLAYER_STEPPING;
  self->step = step;
  self->step_from = gui_player_sequence (self);
  self->n_step_steps = 0;
}

void
gui_player_step_back (GuiPlayer *self)
{
  guint64 sequence = gui_log_previous_milestone (self->log, gui_player_sequence (self));
  const K8TraceRecord *record = gui_log_find (self->log, sequence);
  gint64 now_ns = gui_player_now_ns (self);

  /* All of one instant is one picture: go before it. */
  while (record != NULL && record->now_ns == now_ns)
    {
      sequence = gui_log_previous_milestone (self->log, sequence);
      record = gui_log_find (self->log, sequence);
    }
  gui_player_pause (self);
  if (record == NULL)
    gui_player_seek (self, 0);
  else
    gui_player_seek_record (self, sequence);
  self->plays_after = FALSE;
}

void
gui_player_switch_branch (GuiPlayer *self, guint branch)
{
  if (branch == 0 || branch >= sim_timeline_n_branches (self->timeline))
    return;
  gui_player_pause (self);
  gui_log_reset (self->log);
  sim_timeline_switch (self->timeline, branch);
  gint64 horizon_ns = sim_timeline_horizon (self->timeline);
  sim_live_seek_step (self->live, 0);
  gui_log_reset (self->log);
  self->is_model_stale = TRUE;
  gui_player_seek (self, horizon_ns);
}

static gboolean
is_step_over (GuiPlayer *self)
{
  if (self->step == GUI_STEP_MILESTONE)
    {
      guint64 next = gui_log_next_milestone (self->log, self->step_from);
      return next != 0 && next <= gui_player_sequence (self);
    }
  for (guint64 i = gui_player_sequence (self); i > self->step_from; i--)
    {
      const K8TraceRecord *record = gui_log_find (self->log, i);
      if (record != NULL && record->type == K8_TRACE_MESSAGE_SENT)
        return TRUE;
    }
  return FALSE;
}

/* One step of the world at a time, since a halt must come at once. */
static guint64
run_stepping (GuiPlayer *self)
{
  guint64 n = 0;
  gboolean is_over = FALSE;

  while (n < SLICE_STEPS && !is_over)
    {
      gint64 due_ns = sim_world_next_due (gui_player_world (self));
      gint index = gui_player_step_index (self);
      if (due_ns == G_MAXINT64 || sim_live_run (self->live, due_ns, 1) == 0)
        break;
      n++;
      is_over = is_step_over (self) ||
                (self->step == GUI_STEP_MILESTONE && gui_player_step_index (self) != index);
    }
  self->n_step_steps += n;
  if (is_over || n == 0 || self->n_step_steps > STEP_LIMIT)
    self->mode = GUI_PLAYER_PAUSED;
  return n;
}

static void
end_seek (GuiPlayer *self)
{
  self->mode = GUI_PLAYER_PAUSED;
  self->is_model_stale = TRUE;
  if (self->plays_after)
    gui_player_play (self);
}

static guint64
run_seeking (GuiPlayer *self)
{
  guint64 n = 0;

  if (self->aim_sequence == 0)
    {
      n = sim_live_run (self->live, self->aim_ns, SLICE_STEPS);
      if (n < SLICE_STEPS)
        end_seek (self);
      return n;
    }
  while (n < SLICE_STEPS && gui_player_sequence (self) < self->aim_sequence)
    {
      gint64 due_ns = sim_world_next_due (gui_player_world (self));
      if (due_ns == G_MAXINT64 || sim_live_run (self->live, due_ns, 1) == 0)
        break;
      n++;
    }
  if (n < SLICE_STEPS)
    end_seek (self);
  return n;
}

static guint64
run_playing (GuiPlayer *self, gint64 mono_us, gboolean *ret_is_done)
{
  gint64 target_ns = gui_clock_target_ns (&self->clock, mono_us);
  guint64 n = sim_live_run (self->live, target_ns, SLICE_STEPS);

  *ret_is_done = n < SLICE_STEPS;
  if (!self->was_over && sim_world_is_over (gui_player_world (self)))
    gui_player_pause (self);
  return n;
}

/* Checkpoints so far apart that replaying from one takes no longer than a blink. */
static void
tune_interval (GuiPlayer *self, guint64 n_steps, gint64 spent_us)
{
  if (spent_us < 1000 || n_steps < SLICE_STEPS)
    return;
  guint64 interval = n_steps * CHECKPOINT_US / (guint64) spent_us;
  sim_timeline_set_interval (self->timeline, CLAMP (interval, MIN_INTERVAL, MAX_INTERVAL));
}

/* A world too big for its speed is played slower: of what the clock is ahead, only so much is
 * made up for. */
static void
slow_down (GuiPlayer *self, gint64 mono_us)
{
  gint64 limit_ns = (gint64) (BEHIND_US * 1000 * self->clock.speed);
  gint64 now_ns = gui_player_now_ns (self);

  if (gui_clock_target_ns (&self->clock, mono_us) - now_ns > limit_ns)
    gui_clock_start (&self->clock, mono_us - BEHIND_US, now_ns);
}

gboolean
gui_player_tick (GuiPlayer *self, gint64 mono_us, gint64 budget_us)
{
  gint64 begin_us = g_get_monotonic_time ();
  gint64 before_ns = gui_player_now_ns (self);
  guint64 n_steps = 0;
  gboolean is_done = self->mode == GUI_PLAYER_PAUSED;
  gboolean has_work = !is_done;

  while (!is_done && g_get_monotonic_time () - begin_us < budget_us)
    {
      if (self->mode == GUI_PLAYER_PLAYING)
        n_steps += run_playing (self, mono_us, &is_done);
      else
        n_steps += self->mode == GUI_PLAYER_SEEKING ? run_seeking (self) : run_stepping (self);
      is_done = is_done || self->mode == GUI_PLAYER_PAUSED;
    }
  self->is_behind = self->mode == GUI_PLAYER_PLAYING && !is_done;
  if (self->is_behind)
    slow_down (self, mono_us);
  tune_interval (self, n_steps, g_get_monotonic_time () - begin_us);
  return has_work &&
         (n_steps > 0 || before_ns != gui_player_now_ns (self) || self->mode == GUI_PLAYER_PAUSED);
}

gboolean
gui_player_is_busy (const GuiPlayer *self)
{
  return self->mode == GUI_PLAYER_SEEKING || self->mode == GUI_PLAYER_STEPPING ||
         (self->mode == GUI_PLAYER_PLAYING && self->is_behind);
}

void
gui_player_finish (GuiPlayer *self)
{
  while (self->mode == GUI_PLAYER_SEEKING || self->mode == GUI_PLAYER_STEPPING)
    gui_player_tick (self, g_get_monotonic_time (), G_MAXINT64);
}

gboolean
gui_player_prepare_act (GuiPlayer *self)
{
  gboolean is_past = gui_player_now_ns (self) < sim_timeline_horizon (self->timeline);

  if (self->mode != GUI_PLAYER_PLAYING)
    gui_player_pause (self);
  gui_log_truncate (self->log, gui_player_sequence (self));
  self->is_model_stale = TRUE;
  return is_past;
}
