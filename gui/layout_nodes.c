/* SPDX-License-Identifier: Apache-2.0
 *
 * Geometry of the nodes: the largest cards that fit, and what they have room for.
 * Invariants: 1 cards of a zone do not overlap and lie in it; 2 pods drawn and pods counted add
 * up to all pods.
 */
#include <math.h>

#include "gui/layout.h"

enum
{
  MARGIN = 12,
  ZONE_TITLE = 20,
  LEGEND = 24,
  UNPLACED = 46,
  ZONE_GAP = 6,
  CARD_TITLE = 35, /* name, state and processor */
  SLIM_TITLE = 18, /* name and processor in one line */
  LINE = 16,
  LINE_MIN_WIDTH = 92, /* for a pod by name; its status is left to colour and tooltip */
  CELLS_MIN_HEIGHT = 52,
  SLIM_MIN_HEIGHT = 36,
  CELLS_MIN_WIDTH = 92,
  TINY_MIN = 5,
  MAX_CARD_HEIGHT = 340,
  MAX_CELL = 22,
  MIN_CELL = 3,
};

/* A grid of cards in a zone. */
typedef struct
{
  guint n_columns;
  double width;
  double height;
  double gap;
} Grid;

static Grid
grid_of (const GuiSize *area, guint n, guint n_columns, double gap)
{
  guint n_rows = (n + n_columns - 1) / n_columns;

  return (Grid){ n_columns, (area->width - gap * (n_columns - 1)) / n_columns,
                 MIN ((area->height - gap * (n_rows - 1)) / n_rows, MAX_CARD_HEIGHT), gap };
}

/* How readable a card of this size is: both sides count, a flat one is worth little. */
static double
grade (const Grid *grid)
{
  return MIN (grid->width, grid->height * 2.2);
}

static Grid
find_grid (const GuiSize *area, guint n, double gap)
{
  Grid best = grid_of (area, n, 1, gap);

  for (guint n_columns = 2; n_columns <= n && n_columns <= 400; n_columns++)
    {
      Grid grid = grid_of (area, n, n_columns, gap);
      if (grade (&grid) > grade (&best))
        best = grid;
    }
  return best;
}

static guint
find_most_pods (const GuiModel *model)
{
  guint most = 0;

  for (guint i = 0; i < model->nodes->len; i++)
    most = MAX (most, gui_model_node (model, i)->n_pods);
  return most;
}

/* In how many columns so many pods can stand by name; 0: in none. */
static guint
find_line_columns (double width, double height, guint n_pods)
{
  guint n_lines = (guint) MAX (floor (height / LINE), 0);

  for (guint n_columns = 1; width / n_columns >= LINE_MIN_WIDTH; n_columns++)
    if (n_pods <= n_lines * n_columns)
      return n_columns;
  return 0;
}

static GuiDetail
find_detail (const Grid *grid, guint most_pods)
{
  double inset = 6;

  if (find_line_columns (grid->width - 2 * inset, grid->height - CARD_TITLE - inset, most_pods) > 0)
    return GUI_DETAIL_LINES;
  if (grid->width >= CELLS_MIN_WIDTH && grid->height >= CELLS_MIN_HEIGHT)
    return GUI_DETAIL_CELLS;
  if (grid->width >= CELLS_MIN_WIDTH && grid->height >= SLIM_MIN_HEIGHT)
    return GUI_DETAIL_SLIM;
  return MIN (grid->width, grid->height) >= TINY_MIN ? GUI_DETAIL_TINY : GUI_DETAIL_ZONES;
}

/* The grid with the widest gaps that leave room for names; many cards stand closer. */
static Grid
choose_grid (const GuiSize *area, guint n, guint most_pods, GuiDetail *ret_detail)
{
  static const double gaps[] = { ZONE_GAP, 2, 1 };
  Grid grid = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (gaps); i++)
    {
      grid = find_grid (area, n, gaps[i]);
      *ret_detail = find_detail (&grid, most_pods);
      if (*ret_detail < GUI_DETAIL_TINY || (*ret_detail == GUI_DETAIL_TINY && i == 1))
        break;
    }
  return grid;
}

/* The largest cells with which @n pods fit, or the smallest and as many as fit. */
static void
fit_cells (GuiCard *card, guint n)
{
  const GuiRect *rect = &card->pods;

  for (double cell = MAX_CELL; cell >= MIN_CELL; cell -= cell > 8 ? 1 : 0.5)
    {
      guint n_columns = (guint) MAX (floor (rect->width / cell), 1);
      guint n_rows = (guint) MAX (floor (rect->height / cell), 0);
      card->cell = cell;
      card->n_columns = n_columns;
      card->n_shown = MIN (n, n_columns * n_rows);
      if (card->n_shown == n)
        return;
    }
}

static void
fill_card (GuiCard *card, GuiDetail detail, guint n_pods)
{
  double inset = detail == GUI_DETAIL_TINY ? 1 : 6;
  double title = detail == GUI_DETAIL_TINY   ? 0
                 : detail == GUI_DETAIL_SLIM ? SLIM_TITLE
                                             : CARD_TITLE;

  card->pods = (GuiRect){ card->rect.x + inset, card->rect.y + title + inset / 2,
                          card->rect.width - 2 * inset, card->rect.height - title - inset };
  if (detail != GUI_DETAIL_LINES)
    {
      fit_cells (card, n_pods);
      return;
    }
  card->cell = LINE;
  card->n_columns = MAX (find_line_columns (card->pods.width, card->pods.height, n_pods), 1);
  card->n_shown = n_pods;
}

GuiRect
gui_card_pod (const GuiCard *self, GuiDetail detail, guint nth)
{
  double width = detail == GUI_DETAIL_LINES ? self->pods.width / self->n_columns : self->cell;

  return (GuiRect){ self->pods.x + nth % self->n_columns * width,
                    self->pods.y + nth / self->n_columns * self->cell, width, self->cell };
}

static void
place_cards (GuiNodes *self, const GuiModel *model, const Grid *grid)
{
  guint first = 0;

  for (guint zone = 0; zone < model->zones->len; zone++)
    {
      const GuiRect *area = &g_array_index (self->zones, GuiRect, zone);
      guint n = g_array_index (model->zones, GuiZone, zone).n_nodes;
      for (guint i = 0; i < n; i++)
        {
          GuiCard card = { 0 };
          card.rect =
              (GuiRect){ area->x + ZONE_GAP + i % grid->n_columns * (grid->width + grid->gap),
                         area->y + ZONE_TITLE + i / grid->n_columns * (grid->height + grid->gap),
                         grid->width, grid->height };
          fill_card (&card, self->detail, gui_model_node (model, first + i)->n_pods);
          g_array_append_val (self->cards, card);
        }
      first += n;
    }
}

static void
place_zones (GuiNodes *self, const GuiModel *model, GuiRect area)
{
  guint n = model->zones->len;
  guint most = 0;

  if (n == 0)
    return;
  double width = (area.width - ZONE_GAP * (n - 1)) / n;
  for (guint i = 0; i < n; i++)
    {
      GuiRect zone = { area.x + i * (width + ZONE_GAP), area.y, width, area.height };
      g_array_append_val (self->zones, zone);
      most = MAX (most, g_array_index (model->zones, GuiZone, i).n_nodes);
    }
  GuiSize inner = { width - 2 * ZONE_GAP, area.height - ZONE_TITLE - ZONE_GAP };
  Grid grid = choose_grid (&inner, most, find_most_pods (model), &self->detail);
  if (self->detail != GUI_DETAIL_ZONES)
    place_cards (self, model, &grid);
}

static void
place_unplaced (GuiNodes *self, guint n_pods)
{
  GuiCard *card = &self->unplaced_card;

  card->rect = self->unplaced;
  card->pods = (GuiRect){ self->unplaced.x + 190, self->unplaced.y + 10, self->unplaced.width - 200,
                          self->unplaced.height - 16 };
  fit_cells (card, n_pods);
}

GuiNodes *
gui_nodes_new (GuiSize size, const GuiModel *model)
{
  GuiNodes *self = g_new0 (GuiNodes, 1);
  guint n_unplaced = model->pods->len - model->first_unplaced;
  double bottom = size.height - LEGEND - 2;
  double unplaced = n_unplaced > 0 ? UNPLACED : 0;

  self->zones = g_array_new (FALSE, FALSE, sizeof (GuiRect));
  self->cards = g_array_new (FALSE, FALSE, sizeof (GuiCard));
  self->legend = (GuiRect){ MARGIN, bottom, size.width - 2 * MARGIN, LEGEND };
  self->unplaced = (GuiRect){ MARGIN, bottom - unplaced, size.width - 2 * MARGIN, unplaced };
  if (n_unplaced > 0)
    place_unplaced (self, n_unplaced);
  place_zones (
      self, model,
      (GuiRect){ MARGIN, MARGIN, size.width - 2 * MARGIN, bottom - unplaced - MARGIN - 6 });
  return self;
}

void
gui_nodes_free (GuiNodes *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->zones);
  g_array_unref (self->cards);
  g_free (self);
}
