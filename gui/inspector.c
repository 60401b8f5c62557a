/* SPDX-License-Identifier: Apache-2.0
 *
 * The inspector. Its texts are made only for the page that is seen, and while the world plays at
 * most five times a second.
 */
#include "gui/inspector.h"

#include <gtksourceview/gtksource.h>
#include <string.h>

#include "gui/actions.h"
#include "gui/why.h"
#include "inspect.h"

#define UPDATE_US 200000
#define MAX_RECENT 60
#define HANGING 14 /* pixels by which a line that wraps goes on further right */

struct GuiInspector
{
  GuiDesk *desk;
  GtkWidget *box;
  GtkWidget *title;
  GtkWidget *summary;
  GtkWidget *buttons;
  GtkWidget *scale; /* a spin button */
  GtkWidget *switcher;
  GtkWidget *stack; /* pages about what is selected */
  GtkWidget *outer; /* these, or what happened last */
  GtkTextBuffer *recent;
  GtkTextBuffer *yaml;
  GtkTextBuffer *events;
  GtkTextBuffer *why;
  GtkTextBuffer *placement;
  gint64 updated_us;
  char *buttons_shown; /* for which selection and state the buttons were made */
};

/* What a button does. */
typedef enum
{
  DO_DELETE_POD,
  DO_DELETE_DEPLOYMENT,
  DO_SCALE,
  DO_POWER_OFF,
  DO_POWER_ON,
  DO_CUT,
  DO_JOIN,
  DO_CORDON,
  DO_UNCORDON,
  DO_CRASH,
  DO_START,
  N_DEEDS,
} Deed;

static const char *const deed_labels[N_DEEDS] = {
  [DO_DELETE_POD] = "Delete", [DO_DELETE_DEPLOYMENT] = "Delete",
  [DO_SCALE] = "Scale",       [DO_POWER_OFF] = "Power off",
  [DO_POWER_ON] = "Power on", [DO_CUT] = "Cut off",
  [DO_JOIN] = "Join again",   [DO_CORDON] = "Cordon",
  [DO_UNCORDON] = "Uncordon", [DO_CRASH] = "Crash",
  [DO_START] = "Start",
};

static void
do_fault (GuiInspector *self, SimInputType type, GuiOutcome *outcome)
{
  gui_actions_fault (self->desk->player, type, self->desk->selection.name, outcome);
}

static void
do_delete (GuiInspector *self, K8KindId kind, GuiOutcome *outcome)
{
  const GuiSelection *selection = &self->desk->selection;

  gui_actions_delete (self->desk->player, &k8_kinds[kind], selection->namespace_name,
                      selection->name, outcome);
}

static void
do_deed (GuiInspector *self, Deed deed, GuiOutcome *outcome)
{
  static const SimInputType faults[N_DEEDS] = {
    [DO_POWER_OFF] = SIM_INPUT_POWER_OFF,
    [DO_POWER_ON] = SIM_INPUT_POWER_ON,
    [DO_CUT] = SIM_INPUT_CUT,
    [DO_JOIN] = SIM_INPUT_JOIN,
    [DO_CRASH] = SIM_INPUT_CRASH,
    [DO_START] = SIM_INPUT_START,
  };
  const GuiSelection *selection = &self->desk->selection;
  GuiPlayer *player = self->desk->player;

  if (faults[deed] != SIM_INPUT_NONE)
    do_fault (self, faults[deed], outcome);
  else if (deed == DO_CORDON || deed == DO_UNCORDON)
    gui_actions_cordon (player, selection->name, deed == DO_CORDON, outcome);
  else if (deed == DO_SCALE)
    gui_actions_scale (player, selection->namespace_name, selection->name,
                       (guint) gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (self->scale)),
                       outcome);
  else
    do_delete (self, deed == DO_DELETE_POD ? K8_KIND_Pod : K8_KIND_Deployment, outcome);
}

static void
on_button (GtkButton *button, GuiInspector *self)
{
  GuiOutcome outcome = { 0 };
  Deed deed = (Deed) GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "deed"));

  do_deed (self, deed, &outcome);
  self->updated_us = 0;
  gui_desk_tell (self->desk, &outcome);
}

static void
add_button (GuiInspector *self, Deed deed)
{
  GtkWidget *button = gtk_button_new_with_label (deed_labels[deed]);

  g_object_set_data (G_OBJECT (button), "deed", GUINT_TO_POINTER (deed));
  gtk_widget_set_focus_on_click (button, FALSE);
  g_signal_connect (button, "clicked", G_CALLBACK (on_button), self);
  gtk_box_append (GTK_BOX (self->buttons), button);
}

static void
add_scale (GuiInspector *self, const GuiWorkload *workload)
{
  self->scale = gtk_spin_button_new_with_range (0, 500, 1);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->scale), workload->n_wanted);
  gtk_editable_set_width_chars (GTK_EDITABLE (self->scale), 3);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->scale), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "Replicas", -1);
  gtk_box_append (GTK_BOX (self->buttons), self->scale);
  add_button (self, DO_SCALE);
  add_button (self, DO_DELETE_DEPLOYMENT);
}

static const GuiNode *
find_node (const GuiModel *model, const char *name)
{
  for (guint i = 0; i < model->nodes->len; i++)
    if (strcmp (gui_model_node (model, i)->name, name) == 0)
      return gui_model_node (model, i);
  return NULL;
}

static const GuiPod *
find_pod (const GuiModel *model, const GuiSelection *selection)
{
  for (guint i = 0; i < model->pods->len; i++)
    {
      const GuiPod *pod = gui_model_pod (model, i);
      if (strcmp (pod->name, selection->name) == 0 &&
          strcmp (pod->namespace_name, selection->namespace_name) == 0)
        return pod;
    }
  return NULL;
}

static const GuiComponent *
find_component (const GuiModel *model, const char *name)
{
  for (guint i = 0; i < model->components->len; i++)
    {
      const GuiComponent *component = &g_array_index (model->components, GuiComponent, i);
      if (strcmp (component->name, name) == 0)
        return component;
    }
  return NULL;
}

static const GuiWorkload *
find_workload (const GuiModel *model, const GuiSelection *selection)
{
  for (guint i = 0; i < model->workloads->len; i++)
    {
      const GuiWorkload *workload = &g_array_index (model->workloads, GuiWorkload, i);
      if (strcmp (workload->name, selection->name) == 0 &&
          strcmp (workload->namespace_name, selection->namespace_name) == 0)
        return workload;
    }
  return NULL;
}

static void
describe_node (GString *summary, const GuiNode *node)
{
  if (node == NULL)
    return;
  g_string_append_printf (
      summary, "%s · the API says %s%s\n%u of %" G_GINT64_FORMAT " pods · cpu %.3g of %.3g",
      gui_node_looks[node->state].name, node->status, node->is_cordoned ? " · cordoned" : "",
      node->n_pods, node->max_pods, (double) node->cpu_milli / 1000,
      (double) node->cpu_allocatable_milli / 1000);
}

static void
describe (GuiInspector *self, const GuiModel *model, GString *title, GString *summary)
{
  const GuiSelection *selection = &self->desk->selection;

  switch (selection->type)
    {
    case GUI_SELECTION_NONE:
      g_string_append (title, "What happened last");
      g_string_append_printf (summary,
                              "%u nodes, %u pods. Click a node, a pod, a component, a message or a "
                              "Deployment to look into it.",
                              model->nodes->len, model->pods->len);
      break;
    case GUI_SELECTION_NODE:
      g_string_append_printf (title, "Node %s", selection->name);
      describe_node (summary, find_node (model, selection->name));
      break;
    case GUI_SELECTION_POD:
      {
        const GuiPod *pod = find_pod (model, selection);
        g_string_append_printf (title, "Pod %s", selection->name);
        g_string_append_printf (summary, "namespace %s\n", selection->namespace_name);
        if (pod == NULL)
          g_string_append (summary, "not there at this instant");
        else
          g_string_append_printf (
              summary, "%s · ready %s · restarts %s\n%s", pod->status, pod->ready, pod->restarts,
              pod->node < 0 ? "on no node" : gui_model_node (model, pod->node)->name);
        break;
      }
    case GUI_SELECTION_COMPONENT:
      {
        const GuiComponent *component = find_component (model, selection->name);
        g_string_append (title, selection->name);
        if (component != NULL)
          g_string_append (summary, component->is_running ? "running" : "stopped");
        break;
      }
    case GUI_SELECTION_WORKLOAD:
      {
        const GuiWorkload *workload = find_workload (model, selection);
        g_string_append_printf (title, "Deployment %s", selection->name);
        if (workload != NULL)
          g_string_append_printf (summary, "%d wanted · %d ready · %d up to date",
                                  workload->n_wanted, workload->n_ready, workload->n_updated);
        break;
      }
    case GUI_SELECTION_RECORD:
      g_string_append_printf (title, "Record %" G_GUINT64_FORMAT, selection->sequence);
      g_string_append (summary, "of the trace; its causes are under Why");
      break;
    }
}

/* The buttons that make sense now, as text, so that they are made anew only when it changes. */
static void
list_deeds (GuiInspector *self, const GuiModel *model, GArray *deeds)
{
  const GuiSelection *selection = &self->desk->selection;
  Deed list[3];
  guint n = 0;

  if (selection->type == GUI_SELECTION_NODE)
    {
      const GuiNode *node = find_node (model, selection->name);
      if (node != NULL)
        {
          list[n++] = node->state == GUI_NODE_OFF ? DO_POWER_ON : DO_POWER_OFF;
          list[n++] = node->state == GUI_NODE_CUT ? DO_JOIN : DO_CUT;
          list[n++] = node->is_cordoned ? DO_UNCORDON : DO_CORDON;
        }
    }
  else if (selection->type == GUI_SELECTION_POD && find_pod (model, selection) != NULL)
    list[n++] = DO_DELETE_POD;
  else if (selection->type == GUI_SELECTION_COMPONENT)
    {
      const GuiComponent *component = find_component (model, selection->name);
      if (component != NULL)
        list[n++] = component->is_running ? DO_CRASH : DO_START;
    }
  else if (selection->type == GUI_SELECTION_WORKLOAD && find_workload (model, selection) != NULL)
    list[n++] = DO_SCALE;
  g_array_append_vals (deeds, list, n);
}

static void
update_buttons (GuiInspector *self, const GuiModel *model)
{
  g_autoptr (GArray) deeds = g_array_new (FALSE, FALSE, sizeof (Deed));
  g_autoptr (GString) shown = g_string_new (NULL);

  list_deeds (self, model, deeds);
  g_string_printf (shown, "%d %s", self->desk->selection.type, self->desk->selection.name);
  for (guint i = 0; i < deeds->len; i++)
    g_string_append_printf (shown, " %d", g_array_index (deeds, Deed, i));
  if (g_strcmp0 (shown->str, self->buttons_shown) == 0)
    return;
  g_free (self->buttons_shown);
  self->buttons_shown = g_strdup (shown->str);
  for (GtkWidget *child = gtk_widget_get_first_child (self->buttons); child != NULL;
       child = gtk_widget_get_first_child (self->buttons))
    gtk_box_remove (GTK_BOX (self->buttons), child);
  self->scale = NULL;
  for (guint i = 0; i < deeds->len; i++)
    if (g_array_index (deeds, Deed, i) == DO_SCALE)
      add_scale (self, find_workload (model, &self->desk->selection));
    else
      add_button (self, g_array_index (deeds, Deed, i));
}

static K8KindId
kind_of (const GuiSelection *selection)
{
  switch (selection->type)
    {
    case GUI_SELECTION_NODE:
      return K8_KIND_Node;
    case GUI_SELECTION_POD:
      return K8_KIND_Pod;
    case GUI_SELECTION_WORKLOAD:
      return K8_KIND_Deployment;
    case GUI_SELECTION_NONE:
    case GUI_SELECTION_COMPONENT:
    case GUI_SELECTION_RECORD:
      break;
    }
  return K8_KIND_NONE;
}

/* Leaves a text that is there already, and with it what was selected and scrolled to. */
static void
set_text (GtkTextBuffer *buffer, const GString *text, const char *nothing)
{
  const char *wanted = text->len == 0 ? nothing : text->str;
  GtkTextIter begin;
  GtkTextIter end;

  gtk_text_buffer_get_bounds (buffer, &begin, &end);
  g_autofree char *shown = gtk_text_buffer_get_text (buffer, &begin, &end, TRUE);
  if (strcmp (shown, wanted) != 0)
    gtk_text_buffer_set_text (buffer, wanted, -1);
}

static void
append_story (GuiInspector *self, GString *text)
{
  const GuiSelection *selection = &self->desk->selection;
  g_autoptr (GString) story = g_string_new (NULL);

  if (gui_why_append_story (self->desk->player, selection->namespace_name, selection->name, story) >
      0)
    g_string_append_printf (text, "\nits story, latest first:\n\n%s", story->str);
}

static void
update_why (GuiInspector *self, GString *text)
{
  const GuiSelection *selection = &self->desk->selection;
  K8KindId kind = kind_of (selection);
  guint64 sequence =
      selection->type == GUI_SELECTION_RECORD ? selection->sequence
      : selection->name == NULL
          ? 0
          : gui_why_find (self->desk->player, kind == K8_KIND_NONE ? NULL : &k8_kinds[kind],
                          selection->namespace_name, selection->name);

  if (sequence != 0)
    gui_why_append (self->desk->player, sequence, text);
  if (kind != K8_KIND_NONE)
    append_story (self, text);
  set_text (self->why, text, "Nothing in the trace speaks of it.");
}

/* What the schedulers that run think of a pod. */
static void
append_placement (const K8Engine *engine, const GuiSelection *selection, GString *out)
{
  for (K8ActorId id = 1; id <= k8_engine_n_actors (engine); id++)
    if (k8_engine_actor_kind (engine, id) == K8_ACTOR_SCHEDULER &&
        k8_engine_is_running (engine, id))
      k8_inspect_explain_pod (engine, id, selection->namespace_name, selection->name, out);
}

static void
update_page (GuiInspector *self)
{
  const GuiSelection *selection = &self->desk->selection;
  const char *page = gtk_stack_get_visible_child_name (GTK_STACK (self->stack));
  GuiPlayer *player = self->desk->player;
  K8KindId kind = kind_of (selection);
  g_autoptr (GString) text = g_string_new (NULL);

  if (selection->type == GUI_SELECTION_NONE)
    {
      gui_why_append_recent (player, MAX_RECENT, text);
      set_text (self->recent, text, "Nothing yet: press Space to play.");
    }
  else if (g_strcmp0 (page, "yaml") == 0)
    {
      if (kind != K8_KIND_NONE)
        gui_why_append_yaml (player, &k8_kinds[kind], selection->namespace_name, selection->name,
                             text);
      set_text (self->yaml, text, "# no object");
    }
  else if (g_strcmp0 (page, "events") == 0)
    {
      if (kind != K8_KIND_NONE)
        gui_why_append_events (player, k8_kinds[kind].kind, selection->name, text);
      set_text (self->events, text, "No Events.");
    }
  else if (g_strcmp0 (page, "why") == 0)
    update_why (self, text);
  else
    {
      if (kind == K8_KIND_Pod)
        append_placement (gui_player_world (player)->engine, selection, text);
      set_text (self->placement, text,
                "Select a pod: then every node's verdict and scores are here.");
    }
}

static GtkWidget *
make_text (GtkTextBuffer *buffer, GtkWrapMode wrap)
{
  GtkWidget *view = gtk_source_view_new_with_buffer (GTK_SOURCE_BUFFER (buffer));
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_text_view_set_editable (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (view), TRUE);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (view), wrap);
  gtk_text_view_set_left_margin (GTK_TEXT_VIEW (view), 10);
  gtk_text_view_set_right_margin (GTK_TEXT_VIEW (view), 6);
  gtk_text_view_set_top_margin (GTK_TEXT_VIEW (view), 6);
  if (wrap != GTK_WRAP_NONE)
    gtk_text_view_set_indent (GTK_TEXT_VIEW (view), -HANGING);
  gtk_widget_add_css_class (view, "gui-code");
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_widget_set_vexpand (scrolled, TRUE);
  return scrolled;
}

static GtkTextBuffer *
add_page (GtkWidget *stack, const char *name, const char *title)
{
  GtkSourceBuffer *buffer = gtk_source_buffer_new (NULL);
  gboolean is_yaml = strcmp (name, "yaml") == 0;

  gui_desk_style_source (buffer);
  if (is_yaml)
    gtk_source_buffer_set_language (buffer,
                                    gtk_source_language_manager_get_language (
                                        gtk_source_language_manager_get_default (), "yaml"));
  gtk_stack_add_titled (
      GTK_STACK (stack),
      make_text (GTK_TEXT_BUFFER (buffer), is_yaml ? GTK_WRAP_NONE : GTK_WRAP_WORD_CHAR), name,
      title);
  g_object_unref (buffer);
  return GTK_TEXT_BUFFER (buffer); /* the page's own */
}

static void
on_page (GtkStack *stack, GParamSpec *property, GuiInspector *self)
{
  update_page (self);
}

static GtkWidget *
make_label (const char *css_class)
{
  GtkWidget *label = gtk_label_new ("");

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 30);
  gtk_widget_add_css_class (label, css_class);
  gtk_widget_set_margin_start (label, 10);
  gtk_widget_set_margin_end (label, 10);
  return label;
}

/* Pages about what is selected, with their switcher. */
static GtkWidget *
make_pages (GuiInspector *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->switcher = gtk_stack_switcher_new ();
  self->stack = gtk_stack_new ();
  gtk_widget_set_name (self->stack, "inspector");
  self->why = add_page (self->stack, "why", "Why");
  self->yaml = add_page (self->stack, "yaml", "YAML");
  self->events = add_page (self->stack, "events", "Events");
  self->placement = add_page (self->stack, "placement", "Placement");
  gtk_stack_switcher_set_stack (GTK_STACK_SWITCHER (self->switcher), GTK_STACK (self->stack));
  gtk_widget_set_halign (self->switcher, GTK_ALIGN_CENTER);
  g_signal_connect (self->stack, "notify::visible-child", G_CALLBACK (on_page), self);
  gtk_box_append (GTK_BOX (box), self->switcher);
  gtk_box_append (GTK_BOX (box), self->stack);
  return box;
}

GuiInspector *
gui_inspector_new (GuiDesk *desk)
{
  GuiInspector *self = g_new0 (GuiInspector, 1);

  self->desk = desk;
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->title = make_label ("heading");
  self->summary = make_label ("gui-summary");
  self->buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 5);
  self->outer = gtk_stack_new ();
  gtk_widget_set_margin_top (self->title, 10);
  gtk_widget_set_margin_start (self->buttons, 10);
  gtk_widget_set_margin_end (self->buttons, 10);
  gtk_widget_add_css_class (self->buttons, "gui-deeds");
  self->recent = add_page (self->outer, "nothing", "Nothing");
  gtk_stack_add_named (GTK_STACK (self->outer), make_pages (self), "something");
  gtk_box_append (GTK_BOX (self->box), self->title);
  gtk_box_append (GTK_BOX (self->box), self->summary);
  gtk_box_append (GTK_BOX (self->box), self->buttons);
  gtk_box_append (GTK_BOX (self->box), self->outer);
  return self;
}

void
gui_inspector_free (GuiInspector *self)
{
  if (self == NULL)
    return;
  g_free (self->buttons_shown);
  g_free (self);
}

GtkWidget *
gui_inspector_widget (GuiInspector *self)
{
  return self->box;
}

void
gui_inspector_update (GuiInspector *self)
{
  gint64 now_us = g_get_monotonic_time ();
  gboolean is_moving = gui_player_mode (self->desk->player) != GUI_PLAYER_PAUSED;
  const GuiModel *model = gui_player_model (self->desk->player);
  g_autoptr (GString) title = g_string_new (NULL);
  g_autoptr (GString) summary = g_string_new (NULL);

  if (is_moving && now_us - self->updated_us < UPDATE_US)
    return;
  self->updated_us = now_us;
  describe (self, model, title, summary);
  gtk_label_set_text (GTK_LABEL (self->title), title->str);
  gtk_label_set_text (GTK_LABEL (self->summary), summary->str);
  gtk_widget_set_visible (self->buttons, self->desk->selection.type != GUI_SELECTION_NONE);
  gtk_stack_set_visible_child_name (GTK_STACK (self->outer),
                                    self->desk->selection.type == GUI_SELECTION_NONE ? "nothing"
                                                                                     : "something");
  update_buttons (self, model);
  update_page (self);
}
