/* SPDX-License-Identifier: Apache-2.0
 *
 * What the window says with widgets and --screenshot has to paint: title, lesson, steps, goals,
 * workloads.
 */
#include "gui/paint.h"

void
gui_paint_title (cairo_t *cr, GuiSize size, GuiPlayer *player)
{
  const SimScenario *scenario = gui_player_scenario (player);
  g_autofree char *now = gui_model_dup_time (gui_player_now_ns (player));
  g_autofree char *source =
      g_strdup_printf ("simulated · seed %" G_GUINT64_FORMAT " · %s",
                       gui_player_world (player)->config.seed, sim_scenario_name (scenario));
  GuiFont title = { .size = 18, .ink = GUI_TINT_STRONG, .is_bold = TRUE };
  GuiFont small = { .size = 12, .ink = GUI_TINT_FAINT };
  GuiFont time = { .size = 20, .ink = GUI_TINT_STRONG, .align = GUI_ALIGN_RIGHT, .is_mono = TRUE };

  gui_paint_use (cr, GUI_TINT_CANVAS);
  cairo_paint (cr);
  gui_paint_text (cr, (GuiRect){ 14, 4, size.width - 230, 26 }, &title,
                  sim_scenario_title (scenario));
  gui_paint_text (cr, (GuiRect){ 14, 29, size.width - 230, 18 }, &small, source);
  gui_paint_text (cr, (GuiRect){ size.width - 200, 6, 186, 38 }, &time, now);
}

/* Down the panel: each part takes what it needs of what is left. */
typedef struct
{
  cairo_t *cr;
  GuiRect rest;
} Column;

static void
take (Column *self, double height)
{
  self->rest.y += height;
  self->rest.height -= height;
}

static void
paint_heading (Column *self, const char *text)
{
  GuiFont font = { .size = 13, .ink = GUI_TINT_STRONG, .is_bold = TRUE };

  if (self->rest.height < 40)
    return;
  take (self, 8);
  gui_paint_text (self->cr, (GuiRect){ self->rest.x, self->rest.y, self->rest.width, 18 }, &font,
                  text);
  take (self, 21);
}

static void
paint_line (Column *self, const char *text, GuiTint ink)
{
  GuiFont font = { .size = 12, .min_size = 10, .ink = ink };

  if (self->rest.height < 17)
    return;
  gui_paint_text (self->cr, (GuiRect){ self->rest.x, self->rest.y, self->rest.width, 17 }, &font,
                  text);
  take (self, 17);
}

static void
paint_goals (Column *self, const SimWorld *world)
{
  static const char *const signs[] = { "○", "✓", "✕" };

  if (sim_world_n_goals (world) > 0)
    paint_heading (self, "Goals");
  for (guint i = 0; i < sim_world_n_goals (world); i++)
    {
      SimGoalView goal = sim_world_goal (world, i);
      g_autofree char *text = g_strdup_printf ("%s %s", signs[goal.state], goal.name);
      paint_line (self, text,
                  goal.state == SIM_GOAL_MISSED ? GUI_TINT_ALARM
                  : goal.state == SIM_GOAL_HELD ? GUI_TINT_STRONG
                                                : GUI_TINT_FAINT);
    }
}

static void
paint_steps (Column *self, GuiPlayer *player)
{
  const SimScenario *scenario = gui_player_scenario (player);
  gint current = gui_player_step_index (player);

  if (sim_scenario_n_steps (scenario) > 0)
    paint_heading (self, "Steps");
  for (guint i = 0; i < sim_scenario_n_steps (scenario); i++)
    {
      SimStepView step = sim_scenario_step (scenario, i);
      g_autofree char *time = gui_model_dup_brief_time (step.at_ns);
      g_autofree char *text =
          g_strdup_printf ("%s %s  %s", (gint) i == current ? "▶" : "  ", time, step.title);
      paint_line (self, text, (gint) i <= current ? GUI_TINT_STRONG : GUI_TINT_FAINT);
    }
}

static void
paint_workloads (Column *self, const GuiModel *model)
{
  if (model->workloads->len > 0)
    paint_heading (self, "Deployments");
  for (guint i = 0; i < model->workloads->len; i++)
    {
      const GuiWorkload *workload = &g_array_index (model->workloads, GuiWorkload, i);
      g_autofree char *text =
          g_strdup_printf ("%s  %d/%d ready, %d up to date", workload->name, workload->n_ready,
                           workload->n_wanted, workload->n_updated);
      paint_line (self, text,
                  workload->n_ready < workload->n_wanted ? GUI_TINT_ALARM : GUI_TINT_STRONG);
    }
}

void
gui_paint_panel (cairo_t *cr, GuiSize size, GuiPlayer *player)
{
  Column column = { cr, { 14, 4, size.width - 28, size.height - 10 } };
  g_autofree char *lesson =
      gui_model_dup_paragraphs (sim_scenario_lesson (gui_player_scenario (player)));
  GuiFont font = { .size = 12.5, .ink = GUI_TINT_NORMAL };

  gui_paint_use (cr, GUI_TINT_CANVAS);
  cairo_paint (cr);
  if (*lesson != '\0')
    {
      paint_heading (&column, "Lesson");
      GuiRect rect = column.rest;
      rect.height *= 0.4;
      take (&column, gui_paint_paragraph (cr, rect, &font, lesson));
    }
  paint_workloads (&column, gui_player_model (player));
  paint_goals (&column, gui_player_world (player));
  paint_steps (&column, player);
}
