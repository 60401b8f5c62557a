/* SPDX-License-Identifier: Apache-2.0
 *
 * Lesson, goals, steps, text.
 */
#include "gui/lesson_view.h"

#include <gtksourceview/gtksource.h>
#include <string.h>

struct GuiLessonView
{
  GuiDesk *desk;
  GtkWidget *box;
  GtkWidget *workloads; /* a label */
  GtkWidget *goals;     /* a box of labels */
  GtkWidget *steps;     /* a box of buttons */
  GtkTextBuffer *text;
  GtkWidget *source;
  gint marked_step;
  char *goals_shown;
};

static GtkWidget *
make_label (const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static void
add_heading (GtkWidget *box, const char *text)
{
  GtkWidget *label = make_label (text, "heading");

  gtk_widget_set_margin_top (label, 10);
  gtk_box_append (GTK_BOX (box), label);
}

static void
on_step_clicked (GtkButton *button, GuiDesk *desk)
{
  gint64 *at_ns = g_object_get_data (G_OBJECT (button), "at-ns");

  gui_player_seek (desk->player, *at_ns);
  gui_desk_notify (desk, GUI_DESK_TIME);
}

/* A sign or an instant, and beside it a text that may wrap. */
static GtkWidget *
make_entry (const char *sign, int sign_letters, const char *text, const char *css_class)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *left = gtk_label_new (sign);
  GtkWidget *right = make_label (text, NULL);

  gtk_label_set_width_chars (GTK_LABEL (left), sign_letters);
  gtk_label_set_xalign (GTK_LABEL (left), sign_letters > 2 ? 1 : 0.5f);
  gtk_widget_set_valign (left, GTK_ALIGN_START);
  gtk_widget_set_hexpand (right, TRUE);
  gtk_box_append (GTK_BOX (row), left);
  gtk_box_append (GTK_BOX (row), right);
  if (css_class != NULL)
    gtk_widget_add_css_class (row, css_class);
  return row;
}

/* Steps are buttons: each leads to its instant. */
static GtkWidget *
make_step (GuiLessonView *self, guint index)
{
  SimStepView step = sim_scenario_step (gui_player_scenario (self->desk->player), index);
  g_autofree char *time = gui_model_dup_brief_time (step.at_ns);
  GtkWidget *button = gtk_button_new ();
  gint64 *at_ns = g_new (gint64, 1);

  *at_ns = step.at_ns;
  gtk_button_set_child (GTK_BUTTON (button), make_entry (time, 6, step.title, NULL));
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "gui-step");
  gtk_widget_set_focus_on_click (button, FALSE);
  gtk_widget_set_tooltip_text (button, "Go to this step");
  g_object_set_data_full (G_OBJECT (button), "at-ns", at_ns, g_free);
  g_signal_connect (button, "clicked", G_CALLBACK (on_step_clicked), self->desk);
  return button;
}

static GtkWidget *
scroll (GtkWidget *child)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), child);
  gtk_widget_set_vexpand (scrolled, TRUE);
  return scrolled;
}

/* A Deployment was clicked: its link is "namespace/name". */
static gboolean
on_workload (GtkLabel *label, const char *link, GuiDesk *desk)
{
  const char *slash = strchr (link, '/');

  if (slash != NULL)
    {
      g_autofree char *namespace_name = g_strndup (link, (gsize) (slash - link));
      gui_desk_select (desk, GUI_SELECTION_WORKLOAD, namespace_name, slash + 1);
    }
  return TRUE;
}

static const char no_lesson[] =
    "This scenario has no text. Play it, click what you see, and act: apply a file of manifests "
    "(Ctrl+E), delete a pod, power a node off. The timeline below leads back.";

static GtkWidget *
make_lesson (GuiLessonView *self)
{
  const SimScenario *scenario = gui_player_scenario (self->desk->player);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *scrolled = scroll (box);

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_bottom (box, 12);
  const char *own = sim_scenario_lesson (scenario);
  g_autofree char *lesson = gui_model_dup_paragraphs (*own == '\0' ? no_lesson : own);
  add_heading (box, "Lesson");
  gtk_box_append (GTK_BOX (box), make_label (lesson, NULL));
  add_heading (box, "Deployments");
  self->workloads = make_label ("none", NULL);
  g_signal_connect (self->workloads, "activate-link", G_CALLBACK (on_workload), self->desk);
  gtk_box_append (GTK_BOX (box), self->workloads);
  add_heading (box, "Goals");
  self->goals = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  gtk_box_append (GTK_BOX (box), self->goals);
  add_heading (box, "Steps");
  self->steps = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  for (guint i = 0; i < sim_scenario_n_steps (scenario); i++)
    gtk_box_append (GTK_BOX (self->steps), make_step (self, i));
  if (sim_scenario_n_steps (scenario) == 0)
    gtk_box_append (GTK_BOX (self->steps), make_label ("none", "gui-waiting"));
  gtk_box_append (GTK_BOX (box), self->steps);
  return scrolled;
}

static GtkWidget *
make_source (GuiLessonView *self)
{
  GtkSourceLanguageManager *languages = gtk_source_language_manager_get_default ();
  GtkSourceLanguage *yaml = gtk_source_language_manager_get_language (languages, "yaml");
  GtkSourceBuffer *buffer = gtk_source_buffer_new (NULL);

  gtk_source_buffer_set_language (buffer, yaml);
  gtk_text_buffer_set_text (GTK_TEXT_BUFFER (buffer),
                            sim_scenario_text (gui_player_scenario (self->desk->player)), -1);
  gtk_text_buffer_create_tag (GTK_TEXT_BUFFER (buffer), "running", "paragraph-background",
                              "rgba(255,160,60,0.35)", NULL);
  self->text = GTK_TEXT_BUFFER (buffer);
  gui_desk_style_source (buffer);
  self->source = gtk_source_view_new_with_buffer (buffer);
  g_object_unref (buffer);
  gtk_text_view_set_editable (GTK_TEXT_VIEW (self->source), FALSE);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (self->source), TRUE);
  gtk_source_view_set_show_line_numbers (GTK_SOURCE_VIEW (self->source), TRUE);
  gtk_widget_add_css_class (self->source, "gui-code");
  return scroll (self->source);
}

GuiLessonView *
gui_lesson_view_new (GuiDesk *desk)
{
  GuiLessonView *self = g_new0 (GuiLessonView, 1);
  GtkWidget *stack = gtk_stack_new ();
  GtkWidget *switcher = gtk_stack_switcher_new ();

  self->desk = desk;
  self->marked_step = -1;
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_set_name (stack, "lesson");
  gtk_stack_add_titled (GTK_STACK (stack), make_lesson (self), "lesson", "Lesson");
  gtk_stack_add_titled (GTK_STACK (stack), make_source (self), "scenario", "Scenario");
  gtk_stack_switcher_set_stack (GTK_STACK_SWITCHER (switcher), GTK_STACK (stack));
  gtk_widget_set_halign (switcher, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_top (switcher, 6);
  gtk_box_append (GTK_BOX (self->box), switcher);
  gtk_box_append (GTK_BOX (self->box), stack);
  return self;
}

void
gui_lesson_view_free (GuiLessonView *self)
{
  if (self == NULL)
    return;
  g_free (self->goals_shown);
  g_free (self);
}

GtkWidget *
gui_lesson_view_widget (GuiLessonView *self)
{
  return self->box;
}

/* Marks the line of the running step, and its button. */
static void
mark_step (GuiLessonView *self)
{
  const SimScenario *scenario = gui_player_scenario (self->desk->player);
  gint index = gui_player_step_index (self->desk->player);
  GtkTextIter begin;
  GtkTextIter end;

  if (index == self->marked_step)
    return;
  self->marked_step = index;
  gtk_text_buffer_get_bounds (self->text, &begin, &end);
  gtk_text_buffer_remove_tag_by_name (self->text, "running", &begin, &end);
  gint place = 0;
  for (GtkWidget *button = gtk_widget_get_first_child (self->steps); button != NULL;
       button = gtk_widget_get_next_sibling (button), place++)
    if (place == index)
      gtk_widget_add_css_class (button, "gui-running");
    else
      gtk_widget_remove_css_class (button, "gui-running");
  if (index < 0)
    return;
  int line = (int) sim_scenario_step (scenario, (guint) index).line - 1;
  gtk_text_buffer_get_iter_at_line (self->text, &begin, MAX (line, 0));
  end = begin;
  gtk_text_iter_forward_line (&end);
  gtk_text_buffer_apply_tag_by_name (self->text, "running", &begin, &end);
  gtk_text_view_scroll_to_iter (GTK_TEXT_VIEW (self->source), &begin, 0.1, FALSE, 0, 0);
}

static void
add_goal (GuiLessonView *self, const SimGoalView *goal)
{
  static const char *const signs[] = { "○", "✓", "✕" };
  static const char *const classes[] = { "gui-waiting", "gui-held", "gui-missed" };
  g_autoptr (GString) text = g_string_new (goal->name);
  g_autofree char *time = gui_model_dup_brief_time (goal->decided_ns);

  if (goal->state != SIM_GOAL_WAITING)
    g_string_append_printf (text, " · %s", time);
  if (goal->detail != NULL && *goal->detail != '\0' && goal->state == SIM_GOAL_MISSED)
    g_string_append_printf (text, ": %s", goal->detail);
  GtkWidget *entry = make_entry (signs[goal->state], 2, text->str, classes[goal->state]);
  gtk_widget_set_tooltip_text (entry, goal->kind);
  gtk_box_append (GTK_BOX (self->goals), entry);
}

/* The goals anew, if one of them has changed. */
static void
update_goals (GuiLessonView *self)
{
  const SimWorld *world = gui_player_world (self->desk->player);
  guint n = sim_world_n_goals (world);
  g_autoptr (GString) shown = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (shown, "%d", sim_world_goal (world, i).state);
  if (self->goals_shown != NULL && strcmp (shown->str, self->goals_shown) == 0)
    return;
  g_free (self->goals_shown);
  self->goals_shown = g_strdup (shown->str);
  for (GtkWidget *child = gtk_widget_get_first_child (self->goals); child != NULL;
       child = gtk_widget_get_first_child (self->goals))
    gtk_box_remove (GTK_BOX (self->goals), child);
  for (guint i = 0; i < n; i++)
    {
      SimGoalView goal = sim_world_goal (world, i);
      add_goal (self, &goal);
    }
  if (n == 0)
    gtk_box_append (GTK_BOX (self->goals), make_label ("none", "gui-waiting"));
}

static void
update_workloads (GuiLessonView *self)
{
  const GuiModel *model = gui_player_model (self->desk->player);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < model->workloads->len && i < 30; i++)
    {
      const GuiWorkload *workload = &g_array_index (model->workloads, GuiWorkload, i);
      /* Names of objects need no escapes: the API server allows letters, digits, - and . only. */
      g_string_append_printf (text, "%s%s <a href=\"%s/%s\">%s</a>  %d/%d ready, %d up to date",
                              i > 0 ? "\n" : "", workload->n_ready < workload->n_wanted ? "◐" : "●",
                              workload->namespace_name, workload->name, workload->name,
                              workload->n_ready, workload->n_wanted, workload->n_updated);
    }
  if (model->workloads->len > 30)
    g_string_append_printf (text, "\n+%u more", model->workloads->len - 30);
  if (strcmp (text->str, gtk_label_get_label (GTK_LABEL (self->workloads))) != 0)
    gtk_label_set_markup (GTK_LABEL (self->workloads), text->len == 0 ? "none" : text->str);
}

void
gui_lesson_view_update (GuiLessonView *self)
{
  mark_step (self);
  update_goals (self);
  update_workloads (self);
}
