/* SPDX-License-Identifier: Apache-2.0
 *
 * The architecture: components, and messages between them as the trace has them. A thin line is
 * a way that was used of late, thicker the more messages; a numbered disc is a message under way
 * at this instant and stands in the list; what has no disc is a number on its way.
 */
#include <math.h>

#include "gui/paint.h"

static void
paint_edge (cairo_t *cr, const GuiArchitecture *layout, const GuiEdge *edge)
{
  GuiLine line = gui_architecture_line (layout, edge->from, edge->to);
  double width = edge->n_recent == 0 ? 1 : MIN (1.5 + log2 (1 + edge->n_recent), 7);
  double angle = atan2 (line.y2 - line.y1, line.x2 - line.x1);
  double head = 5 + width / 2;

  gui_paint_use (cr, edge->n_lost > 0      ? GUI_TINT_ALARM
                     : edge->n_recent == 0 ? GUI_TINT_WIRE
                                           : GUI_TINT_WAY);
  cairo_set_line_width (cr, width);
  cairo_move_to (cr, line.x1, line.y1);
  cairo_line_to (cr, line.x2 - cos (angle) * head, line.y2 - sin (angle) * head);
  cairo_stroke (cr);
  cairo_move_to (cr, line.x2, line.y2);
  cairo_line_to (cr, line.x2 - head * 1.6 * cos (angle - 0.45),
                 line.y2 - head * 1.6 * sin (angle - 0.45));
  cairo_line_to (cr, line.x2 - head * 1.6 * cos (angle + 0.45),
                 line.y2 - head * 1.6 * sin (angle + 0.45));
  cairo_close_path (cr);
  cairo_fill (cr);
}

/* Everything that runs is connected with the API server, and that with etcd: a thin line. */
static void
paint_connections (cairo_t *cr, const GuiArchitecture *layout, const GuiModel *model)
{
  for (guint i = 0; i < layout->boxes->len; i++)
    {
      const GuiBox *server = &g_array_index (layout->boxes, GuiBox, i);
      if (server->type != GUI_BOX_COMPONENT ||
          g_array_index (model->components, GuiComponent, server->index).kind != K8_ACTOR_APISERVER)
        continue;
      for (guint k = 0; k < layout->boxes->len; k++)
        {
          GuiLine wire = gui_architecture_wire (layout, i, k);
          if (i == k)
            continue;
          cairo_move_to (cr, wire.x1, wire.y1);
          cairo_line_to (cr, wire.x2, wire.y2);
        }
    }
  gui_paint_use (cr, GUI_TINT_WIRE);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
}

/* The number of messages that have no disc, and of those that were lost. */
static void
paint_edge_count (cairo_t *cr, const GuiEdge *edge)
{
  guint n_more = edge->n_flying - edge->n_tokens;
  g_autoptr (GString) text = g_string_new (NULL);
  GuiBoxLook look = { .fill = gui_paint_tint (cr, GUI_TINT_CARD),
                      .line = gui_paint_tint (cr, GUI_TINT_BORDER),
                      .line_width = 1,
                      .radius = 7 };
  GuiFont font = { .size = 11,
                   .ink = edge->n_lost > 0 ? GUI_TINT_ALARM : GUI_TINT_NORMAL,
                   .align = GUI_ALIGN_CENTRE };

  if (n_more > 0)
    g_string_append_printf (text, "+%u", n_more);
  if (edge->n_lost > 0)
    g_string_append_printf (text, "%s%u lost", n_more > 0 ? " " : "", edge->n_lost);
  if (text->len == 0 || edge->chip.width == 0)
    return;
  gui_paint_box (cr, edge->chip, &look);
  gui_paint_text (cr, edge->chip, &font, text->str);
}

static gboolean
is_selected (const GuiSelection *selection, GuiSelectionType type, const char *name)
{
  return selection != NULL && selection->type == type && g_strcmp0 (selection->name, name) == 0;
}

/* What a box says: its name, and the longest of a few details that fits. */
typedef struct
{
  const char *name;
  const char *details[2];
} BoxTexts;

static const char *
choose_detail (cairo_t *cr, const GuiFont *font, double width, const BoxTexts *texts)
{
  for (guint i = 0; i + 1 < G_N_ELEMENTS (texts->details); i++)
    if (texts->details[i + 1] == NULL ||
        gui_paint_text_width (cr, font, texts->details[i]) <= width)
      return texts->details[i];
  return texts->details[G_N_ELEMENTS (texts->details) - 1];
}

static void
paint_box (cairo_t *cr, const GuiRect *rect, const GuiBoxLook *look, const BoxTexts *texts)
{
  GuiFont name = { .size = 12.5,
                   .min_size = 9.5,
                   .ink = GUI_TINT_STRONG,
                   .align = GUI_ALIGN_CENTRE,
                   .is_bold = TRUE,
                   .is_name = TRUE };
  GuiFont detail = {
    .size = 11, .min_size = 9.5, .ink = GUI_TINT_NORMAL, .align = GUI_ALIGN_CENTRE
  };
  double line = MIN (rect->height / 2 - 1, 18);
  double width = rect->width - 8;
  double y = rect->y + rect->height / 2 - line;

  gui_paint_box (cr, *rect, look);
  gui_paint_text (cr, (GuiRect){ rect->x + 4, y, width, line }, &name, texts->name);
  gui_paint_text (cr, (GuiRect){ rect->x + 4, y + line, width, line }, &detail,
                  choose_detail (cr, &detail, width, texts));
}

static void
paint_component (cairo_t *cr,
                 const GuiRect *rect,
                 const GuiModel *model,
                 const GuiComponent *component,
                 gboolean is_chosen)
{
  g_autofree char *name = gui_model_dup_actor (model, component->name);
  g_autofree char *detail =
      !component->is_running     ? g_strdup ("✕ stopped")
      : component->n_watches > 0 ? g_strdup_printf ("rev %" G_GINT64_FORMAT " · %u watches",
                                                    component->revision, component->n_watches)
      : component->revision > 0
          ? g_strdup_printf ("revision %" G_GINT64_FORMAT, component->revision)
          : g_strdup ("running");
  g_autofree char *brief = g_strdup_printf ("rev %" G_GINT64_FORMAT, component->revision);
  GuiBoxLook look = {
    .fill = gui_paint_tint (cr, component->is_running ? GUI_TINT_COMPONENT : GUI_TINT_CARD_OFF),
    .line = gui_paint_tint (cr, is_chosen ? GUI_TINT_CHOSEN : GUI_TINT_BORDER),
    .line_width = is_chosen ? 3 : 1.5,
    .radius = 6,
    .is_dashed = !component->is_running,
  };
  BoxTexts texts = { name, { detail, component->revision > 0 ? brief : NULL } };

  paint_box (cr, rect, &look, &texts);
}

static void
paint_node (cairo_t *cr, const GuiRect *rect, const GuiNode *node, gboolean is_chosen)
{
  const GuiLook *state = &gui_node_looks[node->state];
  const char *brief = node->is_registered ? state->name : node->status;
  g_autofree char *detail =
      g_strdup_printf ("%s · %u pod%s", brief, node->n_pods, node->n_pods == 1 ? "" : "s");
  GuiBoxLook look = {
    .fill = gui_paint_tint (cr, node->state == GUI_NODE_READY ? GUI_TINT_CARD : GUI_TINT_CARD_OFF),
    .line = is_chosen              ? gui_paint_tint (cr, GUI_TINT_CHOSEN)
            : !node->is_registered ? gui_paint_tint (cr, GUI_TINT_BORDER)
                                   : gui_paint_line_colour (cr, state),
    .line_width = is_chosen ? 3 : 2,
    .radius = 6,
    .is_dashed = node->state != GUI_NODE_READY,
  };

  paint_box (cr, rect, &look,
             &(BoxTexts){ node->name, { node->is_registered ? detail : brief, brief } });
}

static void
paint_stack (cairo_t *cr, const GuiRect *rect, const GuiBox *box, const GuiModel *model)
{
  guint n_ready = 0;
  GuiBoxLook look = { .fill = gui_paint_tint (cr, GUI_TINT_CARD),
                      .line = gui_paint_tint (cr, GUI_TINT_BORDER),
                      .line_width = 1.5,
                      .radius = 6 };

  for (guint i = 0; i < box->n_nodes; i++)
    n_ready += gui_model_node (model, box->index + i)->state == GUI_NODE_READY;
  g_autofree char *name = g_strdup_printf ("+%u nodes", box->n_nodes);
  g_autofree char *detail = g_strdup_printf ("%u ready", n_ready);
  GuiRect behind = { rect->x + 4, rect->y - 4, rect->width - 4, rect->height };
  gui_paint_box (cr, behind, &look);
  GuiRect front = { rect->x, rect->y, rect->width - 4, rect->height };
  paint_box (cr, &front, &look, &(BoxTexts){ name, { detail, NULL } });
}

static void
paint_boxes (cairo_t *cr,
             const GuiArchitecture *layout,
             const GuiModel *model,
             const GuiSelection *selection)
{
  for (guint i = 0; i < layout->boxes->len; i++)
    {
      const GuiBox *box = &g_array_index (layout->boxes, GuiBox, i);
      if (box->type == GUI_BOX_COMPONENT)
        {
          const GuiComponent *component =
              &g_array_index (model->components, GuiComponent, box->index);
          paint_component (cr, &box->rect, model, component,
                           is_selected (selection, GUI_SELECTION_COMPONENT, component->name));
        }
      else if (box->type == GUI_BOX_NODE)
        {
          const GuiNode *node = gui_model_node (model, box->index);
          paint_node (cr, &box->rect, node,
                      is_selected (selection, GUI_SELECTION_NODE, node->name));
        }
      else
        paint_stack (cr, &box->rect, box, model);
    }
}

static void
paint_token (cairo_t *cr, const GuiToken *token)
{
  g_autofree char *text = g_strdup_printf ("%u", token->number);
  GuiFont font = {
    .size = 11, .ink = GUI_TINT_TOKEN_INK, .align = GUI_ALIGN_CENTRE, .is_bold = TRUE
  };
  double r = GUI_TOKEN_RADIUS;

  cairo_new_path (cr);
  cairo_arc (cr, token->x, token->y, r, 0, 2 * G_PI);
  gui_paint_use (cr, GUI_TINT_TOKEN);
  cairo_fill_preserve (cr);
  gui_paint_use (cr, GUI_TINT_CANVAS);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
  gui_paint_text (cr, (GuiRect){ token->x - r, token->y - r, 2 * r, 2 * r }, &font, text);
}

/* "get pods" of a request; else what it is, and what it says: "api.response ok". */
static char *
dup_what (const GuiMessage *message)
{
  if (*message->subject == '\0')
    return g_strstrip (g_strdup_printf ("%s %s", message->class, message->verb));
  return g_strdup_printf ("%s %s", message->verb, message->subject);
}

static void
paint_list (cairo_t *cr,
            const GuiArchitecture *layout,
            GuiPlayer *player,
            const GuiMessages *messages)
{
  const GuiModel *model = gui_player_model (player);
  const K8Engine *engine = gui_player_world (player)->engine;
  GuiRect rect = layout->list;
  GuiFont title = { .size = 12.5, .ink = GUI_TINT_STRONG, .is_bold = TRUE };
  GuiFont font = { .size = 11.5, .min_size = 10, .ink = GUI_TINT_NORMAL, .is_name = TRUE };
  GuiFont faint = { .size = 11, .min_size = 9.5, .ink = GUI_TINT_FAINT, .is_name = TRUE };
  g_autofree char *heading =
      g_strdup_printf ("Under way: %s%u message%s", messages->is_short ? "at least " : "",
                       messages->flying->len, messages->flying->len == 1 ? "" : "s");

  gui_paint_text (cr, (GuiRect){ rect.x, rect.y, rect.width, 20 }, &title, heading);
  for (guint i = 0; i < layout->tokens->len; i++)
    {
      GuiRect line = gui_architecture_list_line (layout, i);
      if (line.width <= 0)
        break;
      const GuiToken *token = &g_array_index (layout->tokens, GuiToken, i);
      const GuiMessage *message = &g_array_index (messages->flying, GuiMessage, token->message);
      double y = line.y;
      g_autofree char *what = dup_what (message);
      g_autofree char *from =
          gui_model_dup_actor (model, k8_engine_actor_name (engine, message->from));
      g_autofree char *to = gui_model_dup_actor (model, k8_engine_actor_name (engine, message->to));
      g_autofree char *route = g_strdup_printf ("%s → %s", from, to);
      paint_token (
          cr,
          &(GuiToken){ .number = token->number, .x = rect.x + GUI_TOKEN_RADIUS + 1, .y = y + 14 });
      gui_paint_text (cr, (GuiRect){ rect.x + 26, y, rect.width - 26, 15 }, &font, what);
      gui_paint_text (cr, (GuiRect){ rect.x + 26, y + 14, rect.width - 26, 14 }, &faint, route);
    }
  if (messages->flying->len == 0)
    gui_paint_paragraph (
        cr, (GuiRect){ rect.x, rect.y + 24, rect.width, MIN (rect.height - 24, 64) }, &faint,
        "Nothing is on its way at this instant. Arrows show what was sent just "
        "before; “>” goes on to the next message.");
}

/* Messages that are in no list and have no place on their way. */
static void
paint_heading (cairo_t *cr, GuiSize size, guint n_elsewhere)
{
  GuiFont font = { .size = 12.5, .ink = GUI_TINT_FAINT, .is_bold = TRUE };
  g_autofree char *heading = n_elsewhere == 0
                                 ? g_strdup ("Control plane")
                                 : g_strdup_printf ("Control plane (+%u under way)", n_elsewhere);

  gui_paint_text (cr, (GuiRect){ 14, 6, size.width * 0.3, 18 }, &font, heading);
}

void
gui_paint_architecture (cairo_t *cr, GuiSize size, GuiPlayer *player, const GuiSelection *selection)
{
  const GuiModel *model = gui_player_model (player);
  const GuiMessages *messages = gui_player_messages (player);
  g_autoptr (GuiArchitecture) layout = gui_architecture_new (size, model, messages);

  gui_paint_use (cr, GUI_TINT_CANVAS);
  cairo_paint (cr);
  paint_heading (cr, size, layout->n_elsewhere);
  paint_connections (cr, layout, model);
  for (guint i = 0; i < layout->edges->len; i++)
    paint_edge (cr, layout, &g_array_index (layout->edges, GuiEdge, i));
  paint_boxes (cr, layout, model, selection);
  for (guint i = 0; i < layout->edges->len; i++)
    paint_edge_count (cr, &g_array_index (layout->edges, GuiEdge, i));
  for (guint i = 0; i < layout->tokens->len; i++)
    paint_token (cr, &g_array_index (layout->tokens, GuiToken, i));
  if (layout->list.width > 0)
    paint_list (cr, layout, player, messages);
}
