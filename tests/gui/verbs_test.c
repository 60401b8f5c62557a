/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that one can do in the window, done as a user does it: keys, clicks on canvases,
 * buttons, file choosers.
 */
#include <string.h>

#include "base/time.h"
#include "tests/gui/screen.h"
#include "tests/lib/test.h"

#define FLAGSHIP TEST_SOURCE_ROOT "/scenarios/shop/01-flagship.yaml"
#define HEALING TEST_SOURCE_ROOT "/scenarios/basics/02-healing.yaml"
#define MANIFEST TEST_SOURCE_ROOT "/scenarios/shop/shop.yaml"

static const GuiSize small = { 1280, 720 };

static GuiPlayer *
player_of (GtkWidget *window)
{
  return gui_window_desk (window)->player;
}

static gint64
now_of (GtkWidget *window)
{
  return gui_player_now_ns (player_of (window));
}

/* A key that leads to another instant, or to none. */
static void
press (GtkWidget *window, const char *keys)
{
  screen_key (keys);
  CU_ASSERT (screen_wait_rest (window));
}

static gboolean
is_playing (void *window)
{
  return gui_player_mode (player_of (window)) == GUI_PLAYER_PLAYING && now_of (window) > 0;
}

typedef struct
{
  GtkWidget *window;
  gint64 at_ns;
} Instant;

static gboolean
is_behind (void *user)
{
  const Instant *instant = user;

  return now_of (instant->window) > instant->at_ns;
}

void
test_keys__play_and_pause (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 10 * K8_SECOND_NS);
  Instant begin = { window, now_of (window) };

  screen_key ("space");
  CU_ASSERT (screen_wait (is_playing, window));
  CU_ASSERT (screen_wait (is_behind, &begin));
  press (window, "space");
  begin.at_ns = now_of (window);
  CU_ASSERT (screen_wait_rest (window));
  CU_ASSERT_EQUAL (now_of (window), begin.at_ns);
  screen_close (window);
}

void
test_keys__step_to_the_next_event_and_back (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 70 * K8_SECOND_NS);

  press (window, "period");
  CU_ASSERT_EQUAL (now_of (window), 80 * K8_SECOND_NS); /* the power fails */
  press (window, "comma");
  CU_ASSERT (now_of (window) < 10 * K8_SECOND_NS); /* nothing was worth a halt since */
  press (window, "greater");
  CU_ASSERT (gui_player_messages (player_of (window))->flying->len > 0);
  screen_close (window);
}

void
test_keys__move_in_time (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 30 * K8_SECOND_NS);

  press (window, "Right");
  CU_ASSERT_EQUAL (now_of (window) / K8_SECOND_NS, 31);
  press (window, "shift+Left");
  CU_ASSERT_EQUAL (now_of (window) / K8_SECOND_NS, 21);
  press (window, "Home");
  CU_ASSERT_EQUAL (now_of (window), 0);
  press (window, "End");
  CU_ASSERT_EQUAL (now_of (window) / K8_SECOND_NS, 31);
  screen_close (window);
}

void
test_keys__change_the_speed (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 0);
  const GuiClock *clock = gui_player_clock (player_of (window));

  press (window, "plus");
  CU_ASSERT_EQUAL (clock->speed, 2);
  press (window, "minus");
  press (window, "minus");
  CU_ASSERT (clock->speed < 1);
  screen_close (window);
}

void
test_keys__look_closer_at_the_timeline (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 100 * K8_SECOND_NS);
  GuiTimelineView *timeline = gui_window_timeline (window);
  GuiSpan all = gui_timeline_view_shown (timeline);

  CU_ASSERT_EQUAL (all.from_ns, 0);
  press (window, "ctrl+plus");
  press (window, "ctrl+plus");
  GuiSpan part = gui_timeline_view_shown (timeline);
  CU_ASSERT_EQUAL (part.until_ns - part.from_ns, all.until_ns / 4);
  CU_ASSERT (part.from_ns < 100 * K8_SECOND_NS && part.until_ns > 100 * K8_SECOND_NS);
  press (window, "ctrl+0");
  CU_ASSERT_EQUAL (gui_timeline_view_shown (timeline).until_ns, all.until_ns);
  screen_close (window);
}

void
test_keys__choose_the_dark_style (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 0);

  press (window, "ctrl+d");
  CU_ASSERT_EQUAL (gui_desk_theme (), GUI_THEME_NIGHT);
  press (window, "ctrl+d");
  CU_ASSERT_EQUAL (gui_desk_theme (), GUI_THEME_DAY);
  screen_close (window);
}

/* A window that is not this one; or NULL. */
static GtkWidget *
find_other (GtkWidget *window, GType type)
{
  GListModel *all = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (all); i++)
    {
      g_autoptr (GtkWidget) other = g_list_model_get_item (all, i);
      if (other != window && g_type_is_a (G_OBJECT_TYPE (other), type) &&
          gtk_widget_get_visible (other))
        return other;
    }
  return NULL;
}

static gboolean
has_sheet (void *window)
{
  return find_other (window, GTK_TYPE_SHORTCUTS_WINDOW) != NULL;
}

void
test_keys__show_the_sheet_of_keys (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 0);

  screen_key ("question");
  CU_ASSERT (screen_wait (has_sheet, window));
  GtkWidget *sheet = find_other (window, GTK_TYPE_SHORTCUTS_WINDOW);
  CU_ASSERT_PTR_NOT_NULL_FATAL (sheet);
  gtk_window_close (GTK_WINDOW (sheet));
  screen_close (window);
}

static GuiSize
size_of (GtkWidget *canvas, double *ret_scale)
{
  GuiSize size = { gtk_widget_get_width (canvas), gtk_widget_get_height (canvas) };

  *ret_scale = gui_layout_scale (size);
  return (GuiSize){ size.width / *ret_scale, size.height / *ret_scale };
}

/* Clicks the first pod of the first node that has one. */
static void
click_pod (GtkWidget *window)
{
  GtkWidget *canvas = screen_find_named (window, "nodes");
  const GuiModel *model = gui_player_model (player_of (window));
  double scale;
  g_autoptr (GuiNodes) layout = gui_nodes_new (size_of (canvas, &scale), model);

  for (guint i = 0; i < model->nodes->len; i++)
    if (gui_model_node (model, i)->n_pods > 0)
      {
        GuiRect rect = gui_card_pod (&g_array_index (layout->cards, GuiCard, i), layout->detail, 0);
        screen_click (canvas, (rect.x + 8) * scale, (rect.y + rect.height / 2) * scale);
        break;
      }
  CU_ASSERT (screen_wait_rest (window));
}

/* Clicks the box of a component or a node in the architecture. */
static void
click_box (GtkWidget *window, GuiBoxType type, const char *name)
{
  GtkWidget *canvas = screen_find_named (window, "architecture");
  GuiPlayer *player = player_of (window);
  const GuiModel *model = gui_player_model (player);
  double scale;
  g_autoptr (GuiArchitecture) layout =
      gui_architecture_new (size_of (canvas, &scale), model, gui_player_messages (player));

  for (guint i = 0; i < layout->boxes->len; i++)
    {
      const GuiBox *box = &g_array_index (layout->boxes, GuiBox, i);
      const char *own = box->type == GUI_BOX_COMPONENT
                            ? g_array_index (model->components, GuiComponent, box->index).name
                            : gui_model_node (model, box->index)->name;
      if (box->type == type && strcmp (own, name) == 0)
        screen_click (canvas, (box->rect.x + 5) * scale, (box->rect.y + 5) * scale);
    }
  CU_ASSERT (screen_wait_rest (window));
}

/* A button of the inspector, pressed by the pointer. */
static void
click_button (GtkWidget *window, const char *label)
{
  GtkWidget *button = screen_find (window, GTK_TYPE_BUTTON, label);

  CU_ASSERT_PTR_NOT_NULL_FATAL (button);
  screen_click (button, gtk_widget_get_width (button) / 2.0, gtk_widget_get_height (button) / 2.0);
  CU_ASSERT (screen_wait_rest (window));
}

/* What a page of the inspector says, after a click on its name. */
static char *
dup_page (GtkWidget *window, const char *title)
{
  GtkWidget *stack = screen_find_named (window, "inspector");
  GtkWidget *label = screen_find (gtk_widget_get_parent (stack), GTK_TYPE_LABEL, title);

  CU_ASSERT_PTR_NOT_NULL_FATAL (label);
  screen_click (label, 5, 5);
  CU_ASSERT (screen_wait_rest (window));
  GtkWidget *view =
      screen_find (gtk_stack_get_visible_child (GTK_STACK (stack)), GTK_TYPE_TEXT_VIEW, NULL);
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  GtkTextIter begin;
  GtkTextIter end;
  gtk_text_buffer_get_bounds (buffer, &begin, &end);
  return gtk_text_buffer_get_text (buffer, &begin, &end, TRUE);
}

static void
check_page (GtkWidget *window, const char *title, const char *text)
{
  g_autofree char *page = dup_page (window, title);

  if (strstr (page, text) == NULL)
    test_note ("%s: expected %s in\n%s", title, text, page);
  CU_ASSERT_PTR_NOT_NULL (strstr (page, text));
}

void
test_inspector__tells_of_a_pod_that_was_clicked (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 20 * K8_SECOND_NS);
  const GuiSelection *selection = &gui_window_desk (window)->selection;

  click_pod (window);
  CU_ASSERT_EQUAL_FATAL (selection->type, GUI_SELECTION_POD);
  check_page (window, "Why", "because, latest first:");
  check_page (window, "Why", "its story, latest first:");
  check_page (window, "YAML", "kind: Pod");
  check_page (window, "Events", "Scheduled");
  check_page (window, "Placement", "node-4");
  press (window, "Escape");
  CU_ASSERT_EQUAL (selection->type, GUI_SELECTION_NONE);
  screen_close (window);
}

void
test_inspector__a_pod_is_deleted_and_replaced (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 20 * K8_SECOND_NS);
  GuiPlayer *player = player_of (window);
  const GuiSelection *selection = &gui_window_desk (window)->selection;

  click_pod (window);
  g_autofree char *name = g_strdup (selection->name);
  click_button (window, "Delete");
  gui_player_seek (player, 60 * K8_SECOND_NS);
  gui_player_finish (player);
  const GuiModel *model = gui_player_model (player);
  CU_ASSERT_EQUAL (model->pods->len, 6);
  for (guint i = 0; i < model->pods->len; i++)
    CU_ASSERT_STRING_NOT_EQUAL (gui_model_pod (model, i)->name, name);
  screen_close (window);
}

static GuiNodeState
state_of (GtkWidget *window, const char *name)
{
  const GuiModel *model = gui_player_model (player_of (window));

  for (guint i = 0; i < model->nodes->len; i++)
    if (strcmp (gui_model_node (model, i)->name, name) == 0)
      return gui_model_node (model, i)->state;
  return GUI_N_NODE_STATES;
}

void
test_inspector__a_node_is_powered_off_and_on_cut_off_and_joined (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 20 * K8_SECOND_NS);

  click_box (window, GUI_BOX_NODE, "node-3");
  click_button (window, "Power off");
  CU_ASSERT_EQUAL (state_of (window, "node-3"), GUI_NODE_OFF);
  click_button (window, "Power on");
  CU_ASSERT_NOT_EQUAL (state_of (window, "node-3"), GUI_NODE_OFF);
  click_button (window, "Cut off");
  CU_ASSERT_EQUAL (state_of (window, "node-3"), GUI_NODE_CUT);
  click_button (window, "Join again");
  CU_ASSERT_NOT_EQUAL (state_of (window, "node-3"), GUI_NODE_CUT);
  click_button (window, "Cordon");
  click_button (window, "Uncordon");
  screen_close (window);
}

void
test_inspector__a_component_crashes_and_starts (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 20 * K8_SECOND_NS);

  click_box (window, GUI_BOX_COMPONENT, "scheduler-0");
  click_button (window, "Crash");
  CU_ASSERT_PTR_NOT_NULL (screen_find (window, GTK_TYPE_LABEL, "stopped"));
  click_button (window, "Start");
  CU_ASSERT_PTR_NOT_NULL (screen_find (window, GTK_TYPE_LABEL, "running"));
  screen_close (window);
}

void
test_inspector__a_deployment_is_scaled (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 20 * K8_SECOND_NS);

  gui_desk_select (gui_window_desk (window), GUI_SELECTION_WORKLOAD, "default", "web");
  CU_ASSERT (screen_wait_rest (window));
  GtkWidget *replicas = screen_find (window, GTK_TYPE_SPIN_BUTTON, NULL);
  CU_ASSERT_PTR_NOT_NULL_FATAL (replicas);
  CU_ASSERT_EQUAL (gtk_spin_button_get_value (GTK_SPIN_BUTTON (replicas)), 4);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (replicas), 7);
  click_button (window, "Scale");
  gui_player_seek (player_of (window), 40 * K8_SECOND_NS);
  gui_player_finish (player_of (window));
  CU_ASSERT_EQUAL (gui_player_model (player_of (window))->pods->len, 9);
  screen_close (window);
}

/* Acting in the past begins a branch; the menu leads back to the future that was left. */
void
test_branch__begins_where_one_acts_in_the_past (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 30 * K8_SECOND_NS);
  SimTimeline *timeline = gui_player_timeline (player_of (window));

  press (window, "shift+Left");
  CU_ASSERT_EQUAL (sim_timeline_n_branches (timeline), 1);
  click_box (window, GUI_BOX_NODE, "node-3");
  click_button (window, "Power off");
  CU_ASSERT_EQUAL (sim_timeline_n_branches (timeline), 2);
  GtkWidget *menu = screen_find (window, GTK_TYPE_LABEL, "2 branches");
  CU_ASSERT_PTR_NOT_NULL (menu);
  g_action_group_activate_action (G_ACTION_GROUP (window), "branch", g_variant_new_uint32 (1));
  CU_ASSERT (screen_wait_rest (window));
  CU_ASSERT_EQUAL (now_of (window) / K8_SECOND_NS, 30);
  CU_ASSERT_EQUAL (state_of (window, "node-3"), GUI_NODE_READY);
  screen_close (window);
}

void
test_timeline__a_click_goes_to_its_instant_and_the_wheel_zooms (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, small, 100 * K8_SECOND_NS);
  GtkWidget *area = screen_find_named (window, "timeline");
  GuiSize size = { gtk_widget_get_width (area), gtk_widget_get_height (area) };
  GuiTimeline layout;

  gui_timeline_layout (&layout, size, (GuiSpan){ 0 }, gui_player_span_ns (player_of (window)));
  screen_click (area, gui_timeline_x (&layout, 40 * K8_SECOND_NS), layout.lanes[2].y + 3);
  CU_ASSERT (screen_wait_rest (window));
  CU_ASSERT_DOUBLE_EQUAL ((double) now_of (window) / 1e9, 40, 1);
  screen_wheel_up ();
  screen_wheel_up ();
  CU_ASSERT (screen_wait_rest (window));
  GuiSpan shown = gui_timeline_view_shown (gui_window_timeline (window));
  CU_ASSERT (shown.until_ns - shown.from_ns < layout.whole_ns);
  CU_ASSERT (shown.from_ns < 40 * K8_SECOND_NS && shown.until_ns > 40 * K8_SECOND_NS);
  screen_close (window);
}

static gboolean
has_chooser (void *window)
{
  GtkWidget *chooser = find_other (window, GTK_TYPE_FILE_CHOOSER);

  return chooser != NULL && gtk_widget_get_mapped (chooser);
}

static gboolean
has_no_chooser (void *window)
{
  return !has_chooser (window);
}

/* A chooser, and the file that it shall have. */
typedef struct
{
  GtkFileChooser *chooser;
  GFile *file;
  guint n_turns;
} Choice;

enum
{
  TURNS_BEFORE_AGAIN = 100, /* a chooser that still reads its first folder forgets a file */
};

static gboolean
has_chosen (void *user)
{
  Choice *self = user;
  g_autoptr (GFile) file = gtk_file_chooser_get_file (self->chooser);

  if (file != NULL && g_file_equal (file, self->file))
    return TRUE;
  if (self->n_turns++ % TURNS_BEFORE_AGAIN == 0)
    gtk_file_chooser_set_file (self->chooser, self->file, NULL);
  return FALSE;
}

/* Presses a key that asks for a file, and gives it one. */
static void
choose (GtkWidget *window, const char *keys, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  Choice choice = { .file = file };

  screen_key (keys);
  CU_ASSERT_FATAL (screen_wait (has_chooser, window));
  choice.chooser = GTK_FILE_CHOOSER (find_other (window, GTK_TYPE_FILE_CHOOSER));
  CU_ASSERT (screen_wait (has_chosen, &choice));
  gtk_dialog_response (GTK_DIALOG (choice.chooser), GTK_RESPONSE_ACCEPT);
  CU_ASSERT (screen_wait (has_no_chooser, window));
}

void
test_files__a_manifest_is_applied (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (HEALING, small, 0);

  choose (window, "ctrl+e", MANIFEST);
  CU_ASSERT (screen_wait_rest (window));
  const GuiModel *model = gui_player_model (player_of (window));
  guint n_found = 0;
  for (guint i = 0; i < model->workloads->len; i++)
    n_found += strcmp (g_array_index (model->workloads, GuiWorkload, i).name, "cart") == 0;
  CU_ASSERT_EQUAL (n_found, 1);
  screen_close (window);
}

void
test_files__a_scenario_is_opened_in_a_window_of_its_own (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (HEALING, small, 0);

  choose (window, "ctrl+o", FLAGSHIP);
  GtkWidget *second = find_other (window, GTK_TYPE_APPLICATION_WINDOW);
  CU_ASSERT_PTR_NOT_NULL_FATAL (second);
  CU_ASSERT_STRING_EQUAL (sim_scenario_name (gui_player_scenario (player_of (second))), "flagship");
  screen_close (second);
  screen_close (window);
}

static gboolean
has_toast (void *window)
{
  GtkWidget *toast = screen_find (window, g_type_from_name ("AdwToastWidget"), NULL);

  return toast != NULL;
}

/* Files that are neither: said over the canvases, and nothing has changed. */
void
test_files__what_is_broken_is_refused (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (HEALING, small, 10 * K8_SECOND_NS);
  gint64 before_ns = now_of (window);

  choose (window, "ctrl+o", TEST_SOURCE_ROOT "/README.md");
  CU_ASSERT_PTR_NULL (find_other (window, GTK_TYPE_APPLICATION_WINDOW));
  CU_ASSERT (screen_wait (has_toast, window));
  choose (window, "ctrl+e", TEST_SOURCE_ROOT "/README.md");
  CU_ASSERT_EQUAL (now_of (window), before_ns);
  CU_ASSERT_EQUAL (sim_timeline_n_branches (gui_player_timeline (player_of (window))), 1);
  screen_close (window);
}

void
test_lesson__shows_the_text_of_the_scenario_and_its_steps_lead_there (void)
{
  if (!screen_begin ())
    return;
  GtkWidget *window = screen_open (FLAGSHIP, (GuiSize){ 1600, 900 }, 0);
  GtkWidget *lesson = screen_find_named (window, "lesson");
  GtkWidget *step = screen_find (lesson, GTK_TYPE_LABEL, "node-2 loses its power");

  CU_ASSERT_PTR_NOT_NULL_FATAL (step);
  screen_click (step, 5, 5);
  CU_ASSERT (screen_wait_rest (window));
  CU_ASSERT_EQUAL (now_of (window), 80 * K8_SECOND_NS);
  GtkWidget *title = screen_find (gtk_widget_get_parent (lesson), GTK_TYPE_LABEL, "Scenario");
  screen_click (title, 5, 5);
  CU_ASSERT (screen_wait_rest (window));
  GtkWidget *view = screen_find (lesson, GTK_TYPE_TEXT_VIEW, NULL);
  CU_ASSERT_PTR_NOT_NULL_FATAL (view);
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  GtkTextIter begin;
  GtkTextIter end;
  gtk_text_buffer_get_bounds (buffer, &begin, &end);
  g_autofree char *text = gtk_text_buffer_get_text (buffer, &begin, &end, TRUE);
  g_autofree char *file = NULL;
  CU_ASSERT (g_file_get_contents (FLAGSHIP, &file, NULL, NULL));
  TEST_ASSERT_TEXT (text, file);
  screen_close (window);
}
