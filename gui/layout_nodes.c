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
  GAP = 6,
  CARD_TITLE = 34, /* name, state and processor */
  LINE = 17,
  LINES_MIN_WIDTH = 180, /* for pods by name */
  CELLS_MIN_HEIGHT = 52,
  CELLS_MIN_WIDTH = 92,
  TINY_MIN = 7,
  MAX_CARD_WIDTH = 520,
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
} Grid;

static Grid
grid_of (double width, double height, guint n, guint n_columns)
{
  guint n_rows = (n + n_columns - 1) / n_columns;

  return (Grid){ n_columns, MIN ((width - GAP * (n_columns - 1)) / n_columns, MAX_CARD_WIDTH),
                 MIN ((height - GAP * (n_rows - 1)) / n_rows, MAX_CARD_HEIGHT) };
}

/* How readable a card of this size is: both sides count, a flat one is worth little. */
static double
grade (const Grid *grid)
{
  return MIN (grid->width, grid->height * 2.2);
}

static Grid
find_grid (double width, double height, guint n)
{
  Grid best = grid_of (width, height, n, 1);

  for (guint n_columns = 2; n_columns <= n && n_columns <= 400; n_columns++)
    {
      Grid grid = grid_of (width, height, n, n_columns);
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

static GuiDetail
find_detail (const Grid *grid, guint most_pods)
{
  double room = grid->height - CARD_TITLE - 6;

  if (grid->width >= LINES_MIN_WIDTH && most_pods * LINE <= room)
    return GUI_DETAIL_LINES;
  if (grid->width >= CELLS_MIN_WIDTH && grid->height >= CELLS_MIN_HEIGHT)
    return GUI_DETAIL_CELLS;
  return MIN (grid->width, grid->height) >= TINY_MIN ? GUI_DETAIL_TINY : GUI_DETAIL_ZONES;
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
  double title = detail == GUI_DETAIL_TINY ? 0 : CARD_TITLE;

  card->pods = (GuiRect){ card->rect.x + inset, card->rect.y + title + inset / 2,
                          card->rect.width - 2 * inset, card->rect.height - title - inset };
  if (detail != GUI_DETAIL_LINES)
    {
      fit_cells (card, n_pods);
      return;
    }
  card->cell = LINE;
  card->n_columns = 1;
  card->n_shown = n_pods;
}

GuiRect
gui_card_pod (const GuiCard *self, GuiDetail detail, guint nth)
{
  if (detail == GUI_DETAIL_LINES)
    return (GuiRect){ self->pods.x, self->pods.y + nth * self->cell, self->pods.width, self->cell };
  return (GuiRect){ self->pods.x + nth % self->n_columns * self->cell,
                    self->pods.y + nth / self->n_columns * self->cell, self->cell, self->cell };
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
          card.rect = (GuiRect){ area->x + GAP + i % grid->n_columns * (grid->width + GAP),
                                 area->y + ZONE_TITLE + i / grid->n_columns * (grid->height + GAP),
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
  double width = (area.width - GAP * (n - 1)) / n;
  for (guint i = 0; i < n; i++)
    {
      GuiRect zone = { area.x + i * (width + GAP), area.y, width, area.height };
      g_array_append_val (self->zones, zone);
      most = MAX (most, g_array_index (model->zones, GuiZone, i).n_nodes);
    }
  Grid grid = find_grid (width - 2 * GAP, area.height - ZONE_TITLE - GAP, most);
  self->detail = find_detail (&grid, find_most_pods (model));
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
