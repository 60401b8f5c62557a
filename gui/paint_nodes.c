/* SPDX-License-Identifier: Apache-2.0
 *
 * Zones, nodes and pods. Every pod is drawn or counted; the legend's numbers add up to all.
 */
#include <string.h>

#include "gui/paint.h"

enum
{
  SMALL_CELL = 9,     /* with its gap below what a shape needs */
  STATUS_WIDTH = 170, /* of a pod's line that has room for its status, */
  READY_WIDTH = 225,  /* and for it in kubectl's words, with how many containers are ready */
};

static gboolean
is_chosen_pod (const GuiSelection *selection, const GuiPod *pod)
{
  return selection != NULL && selection->type == GUI_SELECTION_POD &&
         g_strcmp0 (selection->name, pod->name) == 0 &&
         g_strcmp0 (selection->namespace_name, pod->namespace_name) == 0;
}

static void
paint_chosen (cairo_t *cr, const GuiRect *rect)
{
  gui_paint_use (cr, GUI_TINT_CHOSEN);
  cairo_set_line_width (cr, 2);
  cairo_rectangle (cr, rect->x - 0.5, rect->y - 0.5, rect->width + 1, rect->height + 1);
  cairo_stroke (cr);
}

/* A pod as a line: sign and name; status and readiness where lines are wide enough. */
static void
paint_pod_line (cairo_t *cr, const GuiRect *rect, const GuiPod *pod)
{
  gboolean is_wide = rect->width >= READY_WIDTH;
  GuiFont name = {
    .size = is_wide ? 11.5 : 10.5, .min_size = 10, .ink = GUI_TINT_STRONG, .is_name = TRUE
  };
  GuiFont status = { .size = 11,
                     .ink = pod->state == GUI_POD_FAILED ? GUI_TINT_ALARM : GUI_TINT_FAINT,
                     .align = GUI_ALIGN_RIGHT };
  double side = 11;
  double room = rect->width - side - 9;
  const char *brief = pod->state == GUI_POD_FAILED ? pod->status : gui_pod_looks[pod->state].name;
  g_autofree char *text =
      is_wide ? g_strdup_printf ("%s %s", pod->status, pod->ready) : g_strdup (brief);
  double right = rect->width < STATUS_WIDTH ? 0 : gui_paint_text_width (cr, &status, text) + 2;

  right = MIN (right, room - 60);
  gui_paint_sign (cr, (GuiRect){ rect->x, rect->y + (rect->height - side) / 2, side, side },
                  &gui_pod_looks[pod->state]);
  gui_paint_text (cr,
                  (GuiRect){ rect->x + side + 5, rect->y, room - MAX (right, 0) - 4, rect->height },
                  &name, pod->name);
  if (right > 0)
    gui_paint_text (cr, (GuiRect){ rect->x + rect->width - right, rect->y, right, rect->height },
                    &status, text);
}

/* Cells too small for shapes are painted by colour, all of one at once. */
static void
paint_small_cells (
    cairo_t *cr, const GuiCard *card, GuiDetail detail, const GuiModel *model, guint first_pod)
{
  double gap = card->cell > 3 ? 0.5 : 0;

  for (guint state = 0; state < GUI_N_POD_STATES; state++)
    {
      const GuiColour *colour = &gui_pod_looks[state].colour;
      gboolean has_any = FALSE;
      for (guint i = 0; i < card->n_shown; i++)
        {
          GuiRect rect = gui_card_pod (card, detail, i);
          if (gui_model_pod (model, first_pod + i)->state != state)
            continue;
          has_any = TRUE;
          cairo_rectangle (cr, rect.x + gap / 2, rect.y + gap / 2, rect.width - gap,
                           rect.height - gap);
        }
      if (!has_any)
        continue;
      cairo_set_source_rgb (cr, colour->red, colour->green, colour->blue);
      cairo_fill (cr);
    }
}

static void
paint_pods (cairo_t *cr,
            const GuiCard *card,
            GuiDetail detail,
            const GuiModel *model,
            guint first_pod,
            const GuiSelection *selection)
{
  gboolean is_small = detail != GUI_DETAIL_LINES && card->cell < SMALL_CELL;

  if (is_small)
    paint_small_cells (cr, card, detail, model, first_pod);
  for (guint i = 0; i < card->n_shown; i++)
    {
      const GuiPod *pod = gui_model_pod (model, first_pod + i);
      GuiRect rect = gui_card_pod (card, detail, i);
      if (detail == GUI_DETAIL_LINES)
        paint_pod_line (cr, &rect, pod);
      else if (!is_small)
        gui_paint_sign (
            cr, (GuiRect){ rect.x + 0.75, rect.y + 0.75, rect.width - 1.5, rect.height - 1.5 },
            &gui_pod_looks[pod->state]);
      if (is_chosen_pod (selection, pod))
        paint_chosen (cr, &rect);
    }
}

/* Share of the processor that the pods request. */
static void
paint_bar (cairo_t *cr, GuiRect rect, const GuiNode *node)
{
  double share = node->cpu_allocatable_milli == 0
                     ? 0
                     : (double) node->cpu_milli / (double) node->cpu_allocatable_milli;
  GuiBoxLook well = { .fill = gui_paint_tint (cr, GUI_TINT_WELL) };
  GuiBoxLook fill = { .fill = gui_paint_tint (cr, GUI_TINT_BAR) };

  gui_paint_box (cr, rect, &well);
  rect.width *= MIN (share, 1);
  gui_paint_box (cr, rect, &fill);
}

/* "power off (API: Ready) · cordoned": what is true, and what the API says where that differs. */
static void
append_state (GString *out, const GuiNode *node)
{
  if (!node->is_registered)
    {
      g_string_append (out, node->status);
      return;
    }
  g_string_append (out, gui_node_looks[node->state].name);
  if (node->state >= GUI_NODE_OFF)
    {
      const char *comma = strchr (node->status, ',');
      int length = comma == NULL ? (int) strlen (node->status) : (int) (comma - node->status);
      g_string_append_printf (out, " (API: %.*s)", length, node->status);
    }
  if (node->is_cordoned)
    g_string_append (out, " · cordoned");
}

static void
paint_card_title (
    cairo_t *cr, const GuiRect *rect, GuiDetail detail, const GuiNode *node, guint n_hidden)
{
  GuiFont name = {
    .size = 12, .min_size = 10, .ink = GUI_TINT_STRONG, .is_bold = TRUE, .is_name = TRUE
  };
  GuiFont state = { .size = 11,
                    .min_size = 9.5,
                    .ink = node->state == GUI_NODE_READY || !node->is_registered ? GUI_TINT_FAINT
                                                                                 : GUI_TINT_ALARM };
  GuiFont right = { .size = 11, .ink = GUI_TINT_FAINT, .align = GUI_ALIGN_RIGHT };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *cpu = g_strdup_printf ("cpu %.3g/%.3g", (double) node->cpu_milli / 1000,
                                          (double) node->cpu_allocatable_milli / 1000);
  g_autofree char *hidden = g_strdup_printf ("+%u", n_hidden);
  const char *corner = n_hidden > 0 ? hidden : node->cpu_allocatable_milli > 0 ? cpu : "";
  double side = 11;
  double left = node->is_registered ? 22 : 6;
  double taken = gui_paint_text_width (cr, &right, corner);

  append_state (text, node);
  if (node->is_registered)
    gui_paint_sign (cr, (GuiRect){ rect->x + 6, rect->y + 5, side, side },
                    &gui_node_looks[node->state]);
  gui_paint_text (cr, (GuiRect){ rect->x + left, rect->y + 2, rect->width - left - 12 - taken, 16 },
                  &name, node->name);
  gui_paint_text (cr, (GuiRect){ rect->x + rect->width - taken - 8, rect->y + 2, taken + 2, 16 },
                  &right, corner);
  if (detail == GUI_DETAIL_SLIM)
    return;
  gui_paint_text (cr, (GuiRect){ rect->x + 6, rect->y + 16, rect->width - 12, 14 }, &state,
                  text->str);
  paint_bar (cr, (GuiRect){ rect->x + 6, rect->y + 31, rect->width - 12, 3 }, node);
}

static void
paint_card (cairo_t *cr,
            const GuiNodes *layout,
            const GuiModel *model,
            guint index,
            const GuiSelection *selection)
{
  const GuiCard *card = &g_array_index (layout->cards, GuiCard, index);
  const GuiNode *node = gui_model_node (model, index);
  gboolean is_chosen = selection != NULL && selection->type == GUI_SELECTION_NODE &&
                       g_strcmp0 (selection->name, node->name) == 0;
  gboolean is_tiny = layout->detail == GUI_DETAIL_TINY;
  gboolean is_ready = node->state == GUI_NODE_READY;
  GuiBoxLook look = {
    .fill = gui_paint_tint (cr, is_ready ? GUI_TINT_CARD : GUI_TINT_CARD_OFF),
    .line = is_chosen              ? gui_paint_tint (cr, GUI_TINT_CHOSEN)
            : !node->is_registered ? gui_paint_tint (cr, GUI_TINT_BORDER)
                                   : gui_paint_line_colour (cr, &gui_node_looks[node->state]),
    .line_width = is_chosen ? 3
                  : is_tiny ? 1
                            : 1.5,
    .radius = is_tiny ? 0 : 5,
    .is_dashed = !is_tiny && !is_ready,
  };

  if (is_tiny && !is_ready)
    look.fill = look.line; /* seen from far away */
  gui_paint_box (cr, card->rect, &look);
  if (!is_tiny)
    paint_card_title (cr, &card->rect, layout->detail, node, node->n_pods - card->n_shown);
  paint_pods (cr, card, layout->detail, model, node->first_pod, selection);
}

/* Numbers instead of cards. */
static void
paint_zone_numbers (cairo_t *cr, const GuiRect *rect, const GuiModel *model, guint zone)
{
  guint n_by_state[GUI_N_NODE_STATES] = { 0 };
  guint n_pods = 0;
  GuiFont font = { .size = 13, .ink = GUI_TINT_STRONG, .align = GUI_ALIGN_CENTRE };
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < model->nodes->len; i++)
    if (gui_model_node (model, i)->zone_index == zone)
      {
        n_by_state[gui_model_node (model, i)->state]++;
        n_pods += gui_model_node (model, i)->n_pods;
      }
  for (guint i = 0; i < GUI_N_NODE_STATES; i++)
    if (n_by_state[i] > 0)
      g_string_append_printf (text, "%u %s\n", n_by_state[i], gui_node_looks[i].name);
  g_string_append_printf (text, "%u pods", n_pods);
  gui_paint_paragraph (cr,
                       (GuiRect){ rect->x, rect->y + 30, rect->width, MAX (rect->height - 30, 0) },
                       &font, text->str);
}

static void
paint_zones (cairo_t *cr, const GuiNodes *layout, const GuiModel *model)
{
  GuiBoxLook look = { .fill = gui_paint_tint (cr, GUI_TINT_ZONE), .radius = 6 };
  GuiFont font = { .size = 12, .ink = GUI_TINT_NORMAL, .is_bold = TRUE };

  for (guint i = 0; i < layout->zones->len; i++)
    {
      const GuiRect *rect = &g_array_index (layout->zones, GuiRect, i);
      const GuiZone *zone = &g_array_index (model->zones, GuiZone, i);
      g_autofree char *text =
          g_strdup_printf ("%s · %u node%s", *zone->name == '\0' ? "no zone" : zone->name,
                           zone->n_nodes, zone->n_nodes == 1 ? "" : "s");
      gui_paint_box (cr, *rect, &look);
      gui_paint_text (cr, (GuiRect){ rect->x + 8, rect->y + 1, rect->width - 16, 18 }, &font, text);
      if (layout->detail == GUI_DETAIL_ZONES)
        paint_zone_numbers (cr, rect, model, i);
    }
}

static void
paint_unplaced (cairo_t *cr,
                const GuiNodes *layout,
                const GuiModel *model,
                const GuiSelection *selection)
{
  guint n = model->pods->len - model->first_unplaced;
  const GuiRect *rect = &layout->unplaced;
  GuiBoxLook look = { .fill = gui_paint_tint (cr, GUI_TINT_CARD),
                      .line = gui_pod_looks[GUI_POD_PENDING].colour,
                      .line_width = 2,
                      .radius = 5 };
  GuiFont font = { .size = 12, .ink = GUI_TINT_STRONG, .is_bold = TRUE };
  guint n_hidden = n - layout->unplaced_card.n_shown;
  g_autoptr (GString) text = g_string_new (NULL);

  if (n == 0)
    return;
  g_string_printf (text, "On no node: %u pod%s", n, n == 1 ? "" : "s");
  if (n_hidden > 0)
    g_string_append_printf (text, " (+%u)", n_hidden);
  gui_paint_box (cr, (GuiRect){ rect->x, rect->y + 4, rect->width, rect->height - 6 }, &look);
  gui_paint_text (cr, (GuiRect){ rect->x + 10, rect->y + 4, 178, rect->height - 6 }, &font,
                  text->str);
  paint_pods (cr, &layout->unplaced_card, GUI_DETAIL_CELLS, model, model->first_unplaced,
              selection);
}

/* Each state as wide as its words; what is left over is shared. */
static void
paint_legend (cairo_t *cr, const GuiRect *rect, const GuiModel *model)
{
  GuiFont font = { .size = 11.5, .ink = GUI_TINT_NORMAL };
  GuiFont bold = { .size = 12, .ink = GUI_TINT_STRONG, .is_bold = TRUE };
  g_autofree char *total = g_strdup_printf ("%u pods:", model->pods->len);
  double title = 16 + 8 * (double) strlen (total);
  char texts[GUI_N_POD_STATES][40];
  double n_letters = 0;

  for (guint i = 0; i < GUI_N_POD_STATES; i++)
    {
      g_snprintf (texts[i], sizeof texts[i], "%u %s", model->n_pods_by_state[i],
                  gui_pod_looks[i].name);
      n_letters += (double) strlen (texts[i]) + 3;
    }
  double letter = (rect->width - title) / n_letters;
  gui_paint_text (cr, (GuiRect){ rect->x, rect->y, title - 6, rect->height }, &bold, total);
  double x = rect->x + title;
  for (guint i = 0; i < GUI_N_POD_STATES; i++)
    {
      double width = ((double) strlen (texts[i]) + 3) * letter;
      gui_paint_sign (cr, (GuiRect){ x, rect->y + 6, 12, 12 }, &gui_pod_looks[i]);
      gui_paint_text (cr, (GuiRect){ x + 16, rect->y, width - 18, rect->height }, &font, texts[i]);
      x += width;
    }
}

void
gui_paint_nodes (cairo_t *cr, GuiSize size, GuiPlayer *player, const GuiSelection *selection)
{
  const GuiModel *model = gui_player_model (player);
  g_autoptr (GuiNodes) layout = gui_nodes_new (size, model);
  GuiFont font = { .size = 14, .ink = GUI_TINT_FAINT, .align = GUI_ALIGN_CENTRE };

  gui_paint_use (cr, GUI_TINT_FLOOR);
  cairo_paint (cr);
  if (model->nodes->len == 0)
    gui_paint_text (cr, (GuiRect){ 20, 20, size.width - 40, size.height - 80 }, &font,
                    "0 nodes: pods stay Pending until a node joins");
  paint_zones (cr, layout, model);
  for (guint i = 0; i < layout->cards->len; i++)
    paint_card (cr, layout, model, i, selection);
  paint_unplaced (cr, layout, model, selection);
  paint_legend (cr, &layout->legend, model);
}
