/* SPDX-License-Identifier: Apache-2.0
 *
 * Drawing areas over the painters. What lies under a point is found once, for clicks and for
 * tooltips, which tell in full what a small drawing has to shorten.
 */
#include "gui/canvas.h"

/* What lies under a point. */
typedef struct
{
  GuiSelectionType type;
  const char *namespace_name;
  const char *name;
  guint64 sequence;
  char *tip;
} Hit;

typedef void (*Find) (GuiDesk *desk, GuiSize size, double x, double y, Hit *ret_hit);

static GuiSize
size_of (GtkWidget *widget, double *ret_scale)
{
  GuiSize size = { gtk_widget_get_width (widget), gtk_widget_get_height (widget) };

  *ret_scale = gui_layout_scale (size);
  return (GuiSize){ size.width / *ret_scale, size.height / *ret_scale };
}

static void
draw_architecture (GtkDrawingArea *area, cairo_t *cr, int width, int height, void *user)
{
  GuiDesk *desk = user;
  double scale;
  GuiSize size = size_of (GTK_WIDGET (area), &scale);

  cairo_scale (cr, scale, scale);
  gui_paint_begin (cr, gui_desk_theme ());
  gui_paint_architecture (cr, size, desk->player, &desk->selection);
}

static void
draw_nodes (GtkDrawingArea *area, cairo_t *cr, int width, int height, void *user)
{
  GuiDesk *desk = user;
  double scale;
  GuiSize size = size_of (GTK_WIDGET (area), &scale);

  cairo_scale (cr, scale, scale);
  gui_paint_begin (cr, gui_desk_theme ());
  gui_paint_nodes (cr, size, desk->player, &desk->selection);
}

static void
hit_node (const GuiNode *node, Hit *ret_hit)
{
  *ret_hit = (Hit){
    .type = GUI_SELECTION_NODE,
    .name = node->name,
    .tip = g_strdup_printf ("%s (%s)\n%s; the API says %s\n%u pods, cpu %.3g of %.3g", node->name,
                            *node->zone == '\0' ? "no zone" : node->zone,
                            gui_node_looks[node->state].name, node->status, node->n_pods,
                            (double) node->cpu_milli / 1000,
                            (double) node->cpu_allocatable_milli / 1000),
  };
}

static void
hit_pod (const GuiPod *pod, Hit *ret_hit)
{
  *ret_hit = (Hit){
    .type = GUI_SELECTION_POD,
    .namespace_name = pod->namespace_name,
    .name = pod->name,
    .tip = g_strdup_printf ("%s/%s\n%s, ready %s, restarts %s", pod->namespace_name, pod->name,
                            pod->status, pod->ready, pod->restarts),
  };
}

static void
hit_message (GuiDesk *desk, const GuiMessage *message, Hit *ret_hit)
{
  const K8Engine *engine = gui_player_world (desk->player)->engine;

  *ret_hit = (Hit){
    .type = GUI_SELECTION_RECORD,
    .sequence = message->sequence,
    .tip = g_strdup_printf ("%s → %s\n%s %s %s", k8_engine_actor_name (engine, message->from),
                            k8_engine_actor_name (engine, message->to), message->class,
                            message->verb, message->subject),
  };
}

static void
hit_box (const GuiModel *model, const GuiBox *box, Hit *ret_hit)
{
  if (box->type == GUI_BOX_NODE)
    hit_node (gui_model_node (model, box->index), ret_hit);
  else if (box->type == GUI_BOX_STACK)
    *ret_hit = (Hit){ .tip = g_strdup ("Nodes that have no box of their own; all are below") };
  else
    {
      const GuiComponent *component = &g_array_index (model->components, GuiComponent, box->index);
      *ret_hit = (Hit){ .type = GUI_SELECTION_COMPONENT,
                        .name = component->name,
                        .tip = g_strdup_printf ("%s is %s", component->name,
                                                component->is_running ? "running" : "stopped") };
    }
}

/* Whether a point is on a message: on its disc, or on its line in the list. */
static gboolean
is_on_token (const GuiArchitecture *layout, guint index, double x, double y)
{
  const GuiToken *token = &g_array_index (layout->tokens, GuiToken, index);
  GuiRect line = gui_architecture_list_line (layout, index);
  double dx = token->x - x;
  double dy = token->y - y;

  return dx * dx + dy * dy <= GUI_TOKEN_RADIUS * GUI_TOKEN_RADIUS ||
         gui_rect_contains (&line, x, y);
}

/* Tokens are on top of boxes. */
static void
find_in_architecture (GuiDesk *desk, GuiSize size, double x, double y, Hit *ret_hit)
{
  const GuiModel *model = gui_player_model (desk->player);
  const GuiMessages *messages = gui_player_messages (desk->player);
  g_autoptr (GuiArchitecture) layout = gui_architecture_new (size, model, messages);

  for (guint i = 0; i < layout->tokens->len && ret_hit->tip == NULL; i++)
    if (is_on_token (layout, i, x, y))
      hit_message (desk,
                   &g_array_index (messages->flying, GuiMessage,
                                   g_array_index (layout->tokens, GuiToken, i).message),
                   ret_hit);
  for (guint i = 0; i < layout->boxes->len && ret_hit->tip == NULL; i++)
    {
      const GuiBox *box = &g_array_index (layout->boxes, GuiBox, i);
      if (gui_rect_contains (&box->rect, x, y))
        hit_box (model, box, ret_hit);
    }
}

static gboolean
find_pod (const GuiNodes *layout, const GuiModel *model, double x, double y, Hit *ret_hit)
{
  for (guint i = 0; i <= layout->cards->len; i++)
    {
      gboolean is_last = i == layout->cards->len;
      const GuiCard *card =
          is_last ? &layout->unplaced_card : &g_array_index (layout->cards, GuiCard, i);
      guint first = is_last ? model->first_unplaced : gui_model_node (model, i)->first_pod;
      GuiDetail detail = is_last ? GUI_DETAIL_CELLS : layout->detail;
      for (guint k = 0; gui_rect_contains (&card->rect, x, y) && k < card->n_shown; k++)
        {
          GuiRect rect = gui_card_pod (card, detail, k);
          if (!gui_rect_contains (&rect, x, y))
            continue;
          hit_pod (gui_model_pod (model, first + k), ret_hit);
          return TRUE;
        }
    }
  return FALSE;
}

static void
find_in_nodes (GuiDesk *desk, GuiSize size, double x, double y, Hit *ret_hit)
{
  const GuiModel *model = gui_player_model (desk->player);
  g_autoptr (GuiNodes) layout = gui_nodes_new (size, model);

  if (find_pod (layout, model, x, y, ret_hit))
    return;
  for (guint i = 0; i < layout->cards->len; i++)
    if (gui_rect_contains (&g_array_index (layout->cards, GuiCard, i).rect, x, y))
      {
        hit_node (gui_model_node (model, i), ret_hit);
        return;
      }
}

static void
find_at (GtkWidget *area, double x, double y, Hit *ret_hit)
{
  GuiDesk *desk = g_object_get_data (G_OBJECT (area), "desk");
  Find find = (Find) g_object_get_data (G_OBJECT (area), "find");
  double scale;
  GuiSize size = size_of (area, &scale);

  *ret_hit = (Hit){ 0 };
  find (desk, size, x / scale, y / scale, ret_hit);
}

/* A click on nothing selects nothing. */
static void
on_press (GtkGestureClick *gesture, int n_press, double x, double y, GuiDesk *desk)
{
  GtkWidget *area = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  Hit hit;

  gtk_widget_grab_focus (area);
  find_at (area, x, y, &hit);
  if (hit.type == GUI_SELECTION_RECORD)
    gui_desk_select_record (desk, hit.sequence);
  else
    gui_desk_select (desk, hit.type, hit.namespace_name, hit.name);
  g_free (hit.tip);
}

static gboolean
on_tooltip (GtkWidget *area, int x, int y, gboolean by_key, GtkTooltip *tooltip, GuiDesk *desk)
{
  Hit hit;

  find_at (area, x, y, &hit);
  if (hit.tip == NULL)
    return FALSE;
  gtk_tooltip_set_text (tooltip, hit.tip);
  g_free (hit.tip);
  return TRUE;
}

static GtkWidget *
make_canvas (
    GuiDesk *desk, GtkDrawingAreaDrawFunc draw, Find find, const char *name, const char *label)
{
  GtkWidget *area =
      g_object_new (GTK_TYPE_DRAWING_AREA, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG, NULL);
  GtkGesture *click = gtk_gesture_click_new ();

  g_object_set_data (G_OBJECT (area), "desk", desk);
  g_object_set_data (G_OBJECT (area), "find", (gpointer) find);
  gtk_widget_set_name (area, name);
  gtk_widget_set_hexpand (area, TRUE);
  gtk_widget_set_vexpand (area, TRUE);
  gtk_widget_set_focusable (area, TRUE);
  gtk_widget_set_has_tooltip (area, TRUE);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), draw, desk, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (area), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect (area, "query-tooltip", G_CALLBACK (on_tooltip), desk);
  g_signal_connect (click, "pressed", G_CALLBACK (on_press), desk);
  gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (click));
  return area;
}

GtkWidget *
gui_canvas_new_architecture (GuiDesk *desk)
{
  return make_canvas (desk, draw_architecture, find_in_architecture, "architecture",
                      "Control plane");
}

GtkWidget *
gui_canvas_new_nodes (GuiDesk *desk)
{
  return make_canvas (desk, draw_nodes, find_in_nodes, "nodes", "Nodes and pods");
}

void
gui_canvas_update (GtkWidget *canvas)
{
  gtk_widget_queue_draw (canvas);
}
