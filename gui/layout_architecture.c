/* SPDX-License-Identifier: Apache-2.0
 *
 * Geometry of the architecture: etcd above, the API server in the middle, other components left
 * and right of it, nodes below. Every way leads through the API server, as in a cluster.
 * Invariant: what is on the edges adds up to the messages under way: tokens and counts.
 */
#include <math.h>

#include "gui/layout.h"

enum
{
  MARGIN = 14,
  LIST_WIDTH = 300,
  LIST_MIN_WIDTH = 200,
  LIST_FROM_WIDTH = 640, /* narrower canvases have no list */
  MAX_NODE_BOXES = 8,
  NODE_BOX_MIN_WIDTH = 84,
  MAX_EDGE_TOKENS = 3, /* with more, room is kept for their number */
  TOKEN_STEP = 2 * GUI_TOKEN_RADIUS + 4,
  ARROW_HEAD = 10,
  LIST_TITLE = 24,
  LIST_LINE = 31,
};

#define FAN 0.25 /* how far ways lean towards where they go */

static void
add_box (GuiArchitecture *self, GuiBox box)
{
  g_array_append_val (self->boxes, box);
}

static void
map_actor (GuiArchitecture *self, K8ActorId actor)
{
  if (actor != 0 && actor < self->n_actors)
    self->box_of[actor] = self->boxes->len;
}

/* Where a row of @n boxes lies within an area: each as wide as there is room, at most so wide. */
static GuiRect
place_in_row (const GuiRect *area, guint n, guint i, double max_width)
{
  double gap = 10;
  double width = MIN (max_width, (area->width - gap * (n - 1)) / n);
  double all = width * n + gap * (n - 1);

  return (GuiRect){ area->x + (area->width - all) / 2 + i * (width + gap), area->y, width,
                    area->height };
}

static guint
count_kind (const GuiModel *model, K8ActorKind kind)
{
  guint n = 0;

  for (guint i = 0; i < model->components->len; i++)
    n += g_array_index (model->components, GuiComponent, i).kind == kind;
  return n;
}

/* Boxes of all components of a kind, side by side in an area. */
static void
add_components (GuiArchitecture *self, const GuiModel *model, K8ActorKind kind, GuiRect area)
{
  guint n = count_kind (model, kind);
  guint place = 0;

  for (guint i = 0; i < model->components->len; i++)
    {
      const GuiComponent *component = &g_array_index (model->components, GuiComponent, i);
      if (component->kind != kind)
        continue;
      add_box (self, (GuiBox){ .type = GUI_BOX_COMPONENT,
                               .rect = place_in_row (&area, n, place++, 190),
                               .index = i });
      map_actor (self, component->id);
    }
}

static void
map_node (GuiArchitecture *self, const GuiNode *node)
{
  map_actor (self, node->kubelet);
  map_actor (self, node->proxy);
}

static void
add_nodes (GuiArchitecture *self, const GuiModel *model, GuiRect area)
{
  guint n = model->nodes->len;
  guint room = (guint) CLAMP (area.width / (NODE_BOX_MIN_WIDTH + 10), 2, MAX_NODE_BOXES);
  guint n_boxes = MIN (n, room);
  guint n_single = n > room ? room - 1 : n;

  for (guint i = 0; i < n_single; i++)
    {
      add_box (self, (GuiBox){ .type = GUI_BOX_NODE,
                               .rect = place_in_row (&area, n_boxes, i, 130),
                               .index = i });
      map_node (self, gui_model_node (model, i));
    }
  if (n_single == n)
    return;
  add_box (self, (GuiBox){ .type = GUI_BOX_STACK,
                           .rect = place_in_row (&area, n_boxes, n_single, 130),
                           .index = n_single,
                           .n_nodes = n - n_single });
  for (guint i = n_single; i < n; i++)
    map_node (self, gui_model_node (model, i));
}

static void
place_boxes (GuiArchitecture *self, const GuiModel *model, GuiRect area)
{
  double row = CLAMP (area.height * 0.17, 34, 58);
  double middle = area.y + (area.height - row) * 0.46;
  double third = area.width / 3;

  add_components (self, model, K8_ACTOR_ETCD,
                  (GuiRect){ area.x + third * 0.9, area.y, third * 1.2, row });
  add_components (self, model, K8_ACTOR_APISERVER,
                  (GuiRect){ area.x + third + 13, middle, third - 26, row });
  add_components (self, model, K8_ACTOR_CONTROLLER_MANAGER,
                  (GuiRect){ area.x, middle, third - 27, row });
  add_components (self, model, K8_ACTOR_SCHEDULER,
                  (GuiRect){ area.x + 2 * third + 27, middle, third - 27, row });
  add_components (self, model, K8_ACTOR_DNS,
                  (GuiRect){ area.x + 2 * third + 27, area.y, third - 27, row });
  add_nodes (self, model, (GuiRect){ area.x, area.y + area.height - row, area.width, row });
}

static guint
box_of (const GuiArchitecture *self, K8ActorId actor)
{
  return actor < self->n_actors ? self->box_of[actor] : 0;
}

/* Sums the traffic of actors into that of boxes. */
static void
add_edge (GuiArchitecture *self, const GuiTraffic *traffic)
{
  guint from = box_of (self, traffic->from);
  guint to = box_of (self, traffic->to);

  if (from == 0 || to == 0)
    return;
  GuiEdge *found = NULL;
  for (guint i = 0; i < self->edges->len && found == NULL; i++)
    {
      GuiEdge *edge = &g_array_index (self->edges, GuiEdge, i);
      found = edge->from == from - 1 && edge->to == to - 1 ? edge : NULL;
    }
  if (found == NULL)
    {
      GuiEdge edge = { .from = from - 1, .to = to - 1 };
      g_array_append_val (self->edges, edge);
      found = &g_array_index (self->edges, GuiEdge, self->edges->len - 1);
    }
  found->n_recent += traffic->n_recent;
  found->n_flying += traffic->n_flying;
  found->n_lost += traffic->n_lost;
}

static GuiEdge *
find_edge (GuiArchitecture *self, guint from, guint to)
{
  for (guint i = 0; i < self->edges->len; i++)
    {
      GuiEdge *edge = &g_array_index (self->edges, GuiEdge, i);
      if (edge->from == from && edge->to == to)
        return edge;
    }
  return NULL;
}

/* Where ways from a box to one above or below it begin: towards the other, so that they fan out
 * and run past its neighbours. */
static double
find_anchor (const GuiRect *own, const GuiRect *other)
{
  double towards = (other->x + other->width / 2 - own->x - own->width / 2) * FAN;
  double most = MAX (own->width / 2 - 2 * GUI_TOKEN_RADIUS, 0);

  return own->x + own->width / 2 + CLAMP (towards, -most, most);
}

GuiLine
gui_architecture_wire (const GuiArchitecture *self, guint from, guint to)
{
  const GuiRect *a = &g_array_index (self->boxes, GuiBox, from).rect;
  const GuiRect *b = &g_array_index (self->boxes, GuiBox, to).rect;
  double middle = MAX (a->y, b->y) + MIN (a->height, b->height) / 2;

  if (a->y + a->height <= b->y)
    return (GuiLine){ find_anchor (a, b), a->y + a->height, find_anchor (b, a), b->y };
  if (b->y + b->height <= a->y)
    return (GuiLine){ find_anchor (a, b), a->y, find_anchor (b, a), b->y + b->height };
  if (a->x <= b->x)
    return (GuiLine){ a->x + a->width, middle, b->x, middle };
  return (GuiLine){ a->x, middle, b->x + b->width, middle };
}

GuiLine
gui_architecture_line (const GuiArchitecture *self, guint from, guint to)
{
  GuiLine line = gui_architecture_wire (self, from, to);
  double aside = GUI_TOKEN_RADIUS + 2;

  if (line.y1 == line.y2)
    {
      double down = line.x1 <= line.x2 ? aside : -aside;
      line.y1 += down;
      line.y2 += down;
      return line;
    }
  double left = line.y1 < line.y2 ? -aside : aside;
  line.x1 += left;
  line.x2 += left;
  return line;
}

static double
line_length (const GuiLine *line)
{
  return hypot (line->x2 - line->x1, line->y2 - line->y1);
}

/* Whether a disc there would cover another or a box. */
static gboolean
is_free (const GuiArchitecture *self, double x, double y)
{
  for (guint i = 0; i < self->tokens->len; i++)
    {
      const GuiToken *other = &g_array_index (self->tokens, GuiToken, i);
      if (hypot (other->x - x, other->y - y) < 2 * GUI_TOKEN_RADIUS + 1)
        return FALSE;
    }
  for (guint i = 0; i < self->boxes->len; i++)
    {
      GuiRect rect = g_array_index (self->boxes, GuiBox, i).rect;
      rect.x -= GUI_TOKEN_RADIUS;
      rect.y -= GUI_TOKEN_RADIUS;
      rect.width += 2 * GUI_TOKEN_RADIUS;
      rect.height += 2 * GUI_TOKEN_RADIUS;
      if (gui_rect_contains (&rect, x, y))
        return FALSE;
    }
  for (guint i = 0; i < self->edges->len; i++)
    {
      GuiRect rect = g_array_index (self->edges, GuiEdge, i).chip;
      rect = (GuiRect){ rect.x - GUI_TOKEN_RADIUS, rect.y - GUI_TOKEN_RADIUS,
                        rect.width + 2 * GUI_TOKEN_RADIUS, rect.height + 2 * GUI_TOKEN_RADIUS };
      if (rect.width > 2 * GUI_TOKEN_RADIUS && gui_rect_contains (&rect, x, y))
        return FALSE;
    }
  return TRUE;
}

static gboolean
overlaps (const GuiRect *a, const GuiRect *b)
{
  return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
         b->y < a->y + a->height;
}

static gboolean
is_chip_free (const GuiArchitecture *self, const GuiRect *chip)
{
  for (guint i = 0; i < self->boxes->len; i++)
    if (overlaps (chip, &g_array_index (self->boxes, GuiBox, i).rect))
      return FALSE;
  for (guint i = 0; i < self->edges->len; i++)
    if (overlaps (chip, &g_array_index (self->edges, GuiEdge, i).chip))
      return FALSE;
  for (guint i = 0; i < self->tokens->len; i++)
    {
      const GuiToken *token = &g_array_index (self->tokens, GuiToken, i);
      GuiRect disc = { token->x - GUI_TOKEN_RADIUS, token->y - GUI_TOKEN_RADIUS,
                       2 * GUI_TOKEN_RADIUS, 2 * GUI_TOKEN_RADIUS };
      if (overlaps (chip, &disc))
        return FALSE;
    }
  return TRUE;
}

/* The first free place along the edge for its numbers. */
static void
place_chip (GuiArchitecture *self, GuiEdge *edge)
{
  GuiLine line = gui_architecture_line (self, edge->from, edge->to);
  double width = edge->n_lost > 0 ? 84 : 38;

  for (double share = 0.2; share <= 0.81; share += 0.1)
    {
      GuiRect chip = { line.x1 + (line.x2 - line.x1) * share - width / 2,
                       line.y1 + (line.y2 - line.y1) * share - 8, width, 16 };
      if (!is_chip_free (self, &chip))
        continue;
      edge->chip = chip;
      return;
    }
}

static gboolean
try_token (GuiArchitecture *self, GuiEdge *edge, guint message, const GuiLine *line, double share)
{
  double x = line->x1 + (line->x2 - line->x1) * share;
  double y = line->y1 + (line->y2 - line->y1) * share;

  if (!is_free (self, x, y))
    return FALSE;
  GuiToken token = { .number = self->tokens->len + 1, .message = message, .x = x, .y = y };
  g_array_append_val (self->tokens, token);
  edge->n_tokens++;
  return TRUE;
}

/* A token stands where its message may be by now; if another stands there, behind it, or else
 * before it. */
static void
add_token (GuiArchitecture *self, GuiEdge *edge, guint message, double progress)
{
  GuiLine line = gui_architecture_line (self, edge->from, edge->to);
  double length = line_length (&line);
  double least = GUI_TOKEN_RADIUS + 1;
  double most = length - GUI_TOKEN_RADIUS - ARROW_HEAD;
  double wanted = least + (most - least) * progress;

  for (double at = wanted; at >= least; at -= TOKEN_STEP / 2.0)
    if (try_token (self, edge, message, &line, at / length))
      return;
  for (double at = wanted + TOKEN_STEP / 2.0; at <= most; at += TOKEN_STEP / 2.0)
    if (try_token (self, edge, message, &line, at / length))
      return;
}

static void
place_messages (GuiArchitecture *self, const GuiMessages *messages)
{
  for (guint i = 0; i < messages->traffic->len; i++)
    add_edge (self, &g_array_index (messages->traffic, GuiTraffic, i));
  for (guint i = 0; i < self->edges->len; i++)
    {
      GuiEdge *edge = &g_array_index (self->edges, GuiEdge, i);
      if (edge->n_lost > 0 || edge->n_flying > MAX_EDGE_TOKENS)
        place_chip (self, edge);
    }
  for (guint i = 0; i < messages->flying->len && self->tokens->len < GUI_MAX_TOKENS; i++)
    {
      const GuiMessage *message = &g_array_index (messages->flying, GuiMessage, i);
      guint from = box_of (self, message->from);
      guint to = box_of (self, message->to);
      GuiEdge *edge = from == 0 || to == 0 ? NULL : find_edge (self, from - 1, to - 1);
      if (edge != NULL)
        add_token (self, edge, i, message->progress);
    }
  for (guint i = 0; i < self->edges->len; i++)
    {
      GuiEdge *edge = &g_array_index (self->edges, GuiEdge, i);
      if (edge->n_tokens < edge->n_flying && edge->chip.width == 0)
        place_chip (self, edge);
      if (edge->chip.width == 0)
        self->n_elsewhere += edge->n_flying - edge->n_tokens;
    }
}

GuiRect
gui_architecture_list_line (const GuiArchitecture *self, guint nth)
{
  GuiRect line = { self->list.x, self->list.y + LIST_TITLE + nth * LIST_LINE, self->list.width,
                   LIST_LINE };

  return line.y + line.height <= self->list.y + self->list.height ? line : (GuiRect){ 0 };
}

static guint
count_actors (const GuiModel *model)
{
  guint n = 0;

  for (guint i = 0; i < model->components->len; i++)
    n = MAX (n, g_array_index (model->components, GuiComponent, i).id);
  for (guint i = 0; i < model->nodes->len; i++)
    n = MAX (n, MAX (gui_model_node (model, i)->kubelet, gui_model_node (model, i)->proxy));
  return n + 1;
}

GuiArchitecture *
gui_architecture_new (GuiSize size, const GuiModel *model, const GuiMessages *messages)
{
  GuiArchitecture *self = g_new0 (GuiArchitecture, 1);
  double list =
      size.width < LIST_FROM_WIDTH ? 0 : CLAMP (size.width * 0.3, LIST_MIN_WIDTH, LIST_WIDTH);
  double top = MARGIN + 14; /* the title */
  GuiRect area = { MARGIN, top, size.width - 2 * MARGIN - list, size.height - top - MARGIN };

  self->boxes = g_array_new (FALSE, FALSE, sizeof (GuiBox));
  self->edges = g_array_new (FALSE, FALSE, sizeof (GuiEdge));
  self->tokens = g_array_new (FALSE, FALSE, sizeof (GuiToken));
  self->n_actors = count_actors (model);
  self->box_of = g_new0 (guint, self->n_actors);
  if (list > 0)
    self->list = (GuiRect){ size.width - list, MARGIN, list - MARGIN, size.height - 2 * MARGIN };
  place_boxes (self, model, area);
  place_messages (self, messages);
  return self;
}

void
gui_architecture_free (GuiArchitecture *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->boxes);
  g_array_unref (self->edges);
  g_array_unref (self->tokens);
  g_free (self->box_of);
  g_free (self);
}
