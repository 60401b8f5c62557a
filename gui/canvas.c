/* SPDX-License-Identifier: Apache-2.0
 *
 * Drawing areas over the painters.
 */
#include "gui/canvas.h"

static GuiSize
size_of (GtkWidget *widget)
{
  return (GuiSize){ gtk_widget_get_width (widget), gtk_widget_get_height (widget) };
}

static void
draw_architecture (GtkDrawingArea *area, cairo_t *cr, int width, int height, void *user)
{
  GuiDesk *desk = user;

  gui_paint_architecture (cr, (GuiSize){ width, height }, desk->player, &desk->selection);
}

static void
draw_nodes (GtkDrawingArea *area, cairo_t *cr, int width, int height, void *user)
{
  GuiDesk *desk = user;

  gui_paint_nodes (cr, (GuiSize){ width, height }, desk->player, &desk->selection);
}

/* Tokens are on top of boxes. */
static void
press_architecture (GtkGestureClick *gesture, int n_press, double x, double y, GuiDesk *desk)
{
  GtkWidget *widget = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  const GuiModel *model = gui_player_model (desk->player);
  const GuiMessages *messages = gui_player_messages (desk->player);
  g_autoptr (GuiArchitecture) layout = gui_architecture_new (size_of (widget), model, messages);

  gtk_widget_grab_focus (widget);
  for (guint i = 0; i < layout->tokens->len; i++)
    {
      const GuiToken *token = &g_array_index (layout->tokens, GuiToken, i);
      double dx = token->x - x;
      double dy = token->y - y;
      if (dx * dx + dy * dy > GUI_TOKEN_RADIUS * GUI_TOKEN_RADIUS)
        continue;
      gui_desk_select_record (
          desk, g_array_index (messages->flying, GuiMessage, token->message).sequence);
      return;
    }
  for (guint i = 0; i < layout->boxes->len; i++)
    {
      const GuiBox *box = &g_array_index (layout->boxes, GuiBox, i);
      if (!gui_rect_contains (&box->rect, x, y))
        continue;
      if (box->type == GUI_BOX_COMPONENT)
        gui_desk_select (desk, GUI_SELECTION_COMPONENT, NULL,
                         g_array_index (model->components, GuiComponent, box->index).name);
      else
        gui_desk_select (desk, GUI_SELECTION_NODE, NULL, gui_model_node (model, box->index)->name);
      return;
    }
}

static gboolean
select_pod_at (GuiDesk *desk, const GuiNodes *layout, const GuiModel *model, double x, double y)
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
          const GuiPod *pod = gui_model_pod (model, first + k);
          gui_desk_select (desk, GUI_SELECTION_POD, pod->namespace_name, pod->name);
          return TRUE;
        }
    }
  return FALSE;
}

static void
press_nodes (GtkGestureClick *gesture, int n_press, double x, double y, GuiDesk *desk)
{
  GtkWidget *widget = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  const GuiModel *model = gui_player_model (desk->player);
  g_autoptr (GuiNodes) layout = gui_nodes_new (size_of (widget), model);

  gtk_widget_grab_focus (widget);
  if (select_pod_at (desk, layout, model, x, y))
    return;
  for (guint i = 0; i < layout->cards->len; i++)
    if (gui_rect_contains (&g_array_index (layout->cards, GuiCard, i).rect, x, y))
      gui_desk_select (desk, GUI_SELECTION_NODE, NULL, gui_model_node (model, i)->name);
}

static GtkWidget *
make_canvas (GuiDesk *desk, GtkDrawingAreaDrawFunc draw, GCallback press, const char *label)
{
  GtkWidget *area =
      g_object_new (GTK_TYPE_DRAWING_AREA, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG, NULL);
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_widget_set_hexpand (area, TRUE);
  gtk_widget_set_vexpand (area, TRUE);
  gtk_widget_set_focusable (area, TRUE);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), draw, desk, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (area), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect (click, "pressed", press, desk);
  gtk_widget_add_controller (area, GTK_EVENT_CONTROLLER (click));
  return area;
}

GtkWidget *
gui_canvas_new_architecture (GuiDesk *desk)
{
  return make_canvas (desk, draw_architecture, G_CALLBACK (press_architecture), "Control plane");
}

GtkWidget *
gui_canvas_new_nodes (GuiDesk *desk)
{
  return make_canvas (desk, draw_nodes, G_CALLBACK (press_nodes), "Nodes and pods");
}

void
gui_canvas_update (GtkWidget *canvas)
{
  gtk_widget_queue_draw (canvas);
}
