/* SPDX-License-Identifier: Apache-2.0
 *
 * Zones, nodes and pods. Every pod is drawn or counted; the legend's numbers add up to all.
 */
#include <string.h>

#include "gui/paint.h"

static const GuiColour white = { 1, 1, 1 };
static const GuiColour canvas = { 0.93, 0.94, 0.955 };
static const GuiColour zone_fill = { 0.86, 0.88, 0.91 };
static const GuiColour dark_card = { 0.80, 0.80, 0.82 };
static const GuiColour chosen = { 0.85, 0.35, 0.05 };
static const GuiColour bar = { 0.35, 0.50, 0.70 };
static const GuiColour bar_well = { 0.86, 0.88, 0.90 };

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
  cairo_set_source_rgb (cr, chosen.red, chosen.green, chosen.blue);
  cairo_set_line_width (cr, 2);
  cairo_rectangle (cr, rect->x - 0.5, rect->y - 0.5, rect->width + 1, rect->height + 1);
  cairo_stroke (cr);
}

/* A pod as a line: sign, name, status, readiness. */
static void
paint_pod_line (cairo_t *cr, const GuiRect *rect, const GuiPod *pod)
{
  GuiFont name = { .size = 11.5, .ink = GUI_INK_STRONG };
  GuiFont status = { .size = 11,
                     .ink = pod->state == GUI_POD_FAILED ? GUI_INK_ALARM : GUI_INK_FAINT,
                     .align = GUI_ALIGN_RIGHT };
  double side = 11;
  double right = CLAMP (rect->width * 0.42, 70, 150);
  g_autofree char *text = g_strdup_printf ("%s %s", pod->status, pod->ready);

  gui_paint_sign (cr, (GuiRect){ rect->x, rect->y + (rect->height - side) / 2, side, side },
                  &gui_pod_looks[pod->state]);
  gui_paint_text (
      cr, (GuiRect){ rect->x + side + 5, rect->y, rect->width - side - 9 - right, rect->height },
      &name, pod->name);
  gui_paint_text (cr, (GuiRect){ rect->x + rect->width - right, rect->y, right, rect->height },
                  &status, text);
}

static void
paint_pods (cairo_t *cr,
            const GuiCard *card,
            GuiDetail detail,
            const GuiModel *model,
            guint first_pod,
            const GuiSelection *selection)
{
  for (guint i = 0; i < card->n_shown; i++)
    {
      const GuiPod *pod = gui_model_pod (model, first_pod + i);
      GuiRect rect = gui_card_pod (card, detail, i);
      double gap = rect.width >= 6 ? 1.5 : rect.width > 3 ? 0.5 : 0;
      if (detail == GUI_DETAIL_LINES)
        paint_pod_line (cr, &rect, pod);
      else
        gui_paint_sign (
            cr,
            (GuiRect){ rect.x + gap / 2, rect.y + gap / 2, rect.width - gap, rect.height - gap },
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
  GuiBoxLook well = { .fill = bar_well };
  GuiBoxLook fill = { .fill = bar };

  gui_paint_box (cr, rect, &well);
  rect.width *= MIN (share, 1);
  gui_paint_box (cr, rect, &fill);
}

static void
paint_card_title (cairo_t *cr, const GuiRect *rect, const GuiNode *node, guint n_hidden)
{
  GuiFont name = { .size = 12, .ink = GUI_INK_STRONG, .is_bold = TRUE };
  GuiFont state = { .size = 11,
                    .ink = node->state == GUI_NODE_READY ? GUI_INK_FAINT : GUI_INK_ALARM };
  GuiFont more = { .size = 11, .ink = GUI_INK_STRONG, .align = GUI_ALIGN_RIGHT };
  g_autoptr (GString) text = g_string_new (gui_node_looks[node->state].name);
  double side = 11;
  double right = n_hidden > 0 ? 46 : 0;

  if (node->state >= GUI_NODE_OFF && node->is_registered)
    g_string_append_printf (text, " (API: %s)", node->status);
  else if (!node->is_registered)
    g_string_assign (text, node->status);
  if (node->is_cordoned)
    g_string_append (text, " · cordoned");
  if (node->cpu_allocatable_milli > 0)
    g_string_append_printf (text, " · cpu %.3g/%.3g", (double) node->cpu_milli / 1000,
                            (double) node->cpu_allocatable_milli / 1000);
  gui_paint_sign (cr, (GuiRect){ rect->x + 6, rect->y + 5, side, side },
                  &gui_node_looks[node->state]);
  gui_paint_text (cr, (GuiRect){ rect->x + 22, rect->y + 2, rect->width - 28 - right, 16 }, &name,
                  node->name);
  gui_paint_text (cr, (GuiRect){ rect->x + 6, rect->y + 16, rect->width - 12, 14 }, &state,
                  text->str);
  paint_bar (cr, (GuiRect){ rect->x + 6, rect->y + 31, rect->width - 12, 3 }, node);
  if (n_hidden == 0)
    return;
  g_autofree char *hidden = g_strdup_printf ("+%u", n_hidden);
  gui_paint_text (cr, (GuiRect){ rect->x + rect->width - right - 6, rect->y + 2, right, 16 }, &more,
                  hidden);
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
  GuiBoxLook look = { .fill = node->state == GUI_NODE_READY ? white : dark_card,
                      .line = is_chosen ? chosen : gui_node_looks[node->state].colour,
                      .line_width = is_chosen ? 3
                                    : is_tiny ? 1
                                              : 1.5,
                      .radius = is_tiny ? 0 : 5,
                      .is_dashed = !is_tiny && node->state != GUI_NODE_READY };

  gui_paint_box (cr, card->rect, &look);
  if (!is_tiny)
    paint_card_title (cr, &card->rect, node, node->n_pods - card->n_shown);
  paint_pods (cr, card, layout->detail, model, node->first_pod, selection);
}

/* Numbers instead of cards. */
static void
paint_zone_numbers (cairo_t *cr, const GuiRect *rect, const GuiModel *model, guint zone)
{
  guint n_by_state[GUI_N_NODE_STATES] = { 0 };
  guint n_pods = 0;
  GuiFont font = { .size = 13, .ink = GUI_INK_STRONG, .align = GUI_ALIGN_CENTRE };
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
  GuiBoxLook look = { .fill = zone_fill, .radius = 6 };
  GuiFont font = { .size = 12, .ink = GUI_INK_NORMAL, .is_bold = TRUE };

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
  GuiBoxLook look = {
    .fill = white, .line = gui_pod_looks[GUI_POD_PENDING].colour, .line_width = 2, .radius = 5
  };
  GuiFont font = { .size = 12, .ink = GUI_INK_STRONG, .is_bold = TRUE };
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
  GuiFont font = { .size = 11.5, .ink = GUI_INK_NORMAL };
  GuiFont bold = { .size = 12, .ink = GUI_INK_STRONG, .is_bold = TRUE };
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
  GuiFont font = { .size = 14, .ink = GUI_INK_FAINT, .align = GUI_ALIGN_CENTRE };

  cairo_set_source_rgb (cr, canvas.red, canvas.green, canvas.blue);
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
