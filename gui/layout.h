/* SPDX-License-Identifier: Apache-2.0
 *
 * Where things are drawn. Pure geometry: sizes in, rectangles out; no text is measured and
 * nothing is painted, so that tests can prove that nothing overlaps.
 */
#pragma once

#include "gui/messages.h"
#include "gui/model.h"

typedef struct
{
  double x;
  double y;
  double width;
  double height;
} GuiRect;

static inline gboolean
gui_rect_contains (const GuiRect *self, double x, double y)
{
  return x >= self->x && x < self->x + self->width && y >= self->y && y < self->y + self->height;
}

typedef struct
{
  double width;
  double height;
} GuiSize;

/* How much larger than at 1280×720 things are drawn in a canvas of this size: layouts are made for
 * the size divided by this. */
double gui_layout_scale (GuiSize size);

/* The architecture: boxes of components around the API server, kubelets below, the rest of many
 * nodes in one stack; on the right the list of messages under way, if there is room. */
typedef enum
{
  GUI_BOX_COMPONENT,
  GUI_BOX_NODE,  /* a node's kubelet and proxy */
  GUI_BOX_STACK, /* the nodes that have no box of their own */
} GuiBoxType;

typedef struct
{
  GuiBoxType type;
  GuiRect rect;
  guint index;   /* in the model's components or nodes; STACK: the first of its nodes */
  guint n_nodes; /* STACK */
} GuiBox;

/* A way between two boxes, and what is on it in one direction. */
typedef struct
{
  guint from; /* boxes */
  guint to;
  guint32 n_recent;
  guint32 n_flying;
  guint32 n_lost;
  guint32 n_tokens; /* drawn one by one; the other n_flying - n_tokens are a number */
  GuiRect chip;     /* place of that number and of n_lost; width 0: none needed, or no room */
} GuiEdge;

/* A message that is drawn: a numbered disc on its edge and a line of the list. */
typedef struct
{
  guint number;  /* 1 … */
  guint message; /* in the messages under way */
  double x;
  double y;
} GuiToken;

enum
{
  GUI_MAX_TOKENS = 12,
  GUI_TOKEN_RADIUS = 9,
};

typedef struct
{
  GuiRect list;      /* of messages; width 0: no room */
  GArray *boxes;     /* GuiBox */
  GArray *edges;     /* GuiEdge, in order of (from, to) */
  GArray *tokens;    /* GuiToken */
  guint n_elsewhere; /* under way, neither a token nor in a chip: told in the title */
  guint *box_of;     /* by actor id: box + 1; 0: none */
  guint n_actors;
} GuiArchitecture;

GuiArchitecture *gui_architecture_new (GuiSize size,
                                       const GuiModel *model,
                                       const GuiMessages *messages);
void gui_architecture_free (GuiArchitecture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiArchitecture, gui_architecture_free)

/* The place of the n-th token's line in the list; width 0: there is no room. */
GuiRect gui_architecture_list_line (const GuiArchitecture *self, guint nth);

/* The ends of the way between two boxes, at their borders: in the middle, and for one direction,
 * which runs on its right. */
typedef struct
{
  double x1;
  double y1;
  double x2;
  double y2;
} GuiLine;
GuiLine gui_architecture_wire (const GuiArchitecture *self, guint from, guint to);
GuiLine gui_architecture_line (const GuiArchitecture *self, guint from, guint to);

/* The nodes: zones beside each other, cards of nodes in them, cells or lines of pods in these. */
typedef enum
{
  GUI_DETAIL_LINES, /* pods by name */
  GUI_DETAIL_CELLS, /* name, state and cells */
  GUI_DETAIL_SLIM,  /* name and cells */
  GUI_DETAIL_TINY,  /* cells only */
  GUI_DETAIL_ZONES, /* too many: numbers a zone */
} GuiDetail;

typedef struct
{
  GuiRect rect;
  GuiRect pods;    /* where pods are drawn */
  double cell;     /* side of a pod's cell; height of its line */
  guint n_columns; /* of cells or lines */
  guint n_shown;   /* pods drawn; the others are a number */
} GuiCard;

typedef struct
{
  GuiDetail detail;
  GArray *zones;    /* GuiRect, one a zone */
  GArray *cards;    /* GuiCard, one a node; empty for ZONES */
  GuiRect unplaced; /* pods on no node; height 0: there are none */
  GuiCard unplaced_card;
  GuiRect legend;
} GuiNodes;

GuiNodes *gui_nodes_new (GuiSize size, const GuiModel *model);
void gui_nodes_free (GuiNodes *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiNodes, gui_nodes_free)

/* The place of the n-th pod of a card. */
GuiRect gui_card_pod (const GuiCard *self, GuiDetail detail, guint nth);

/* A part of the time that the timeline has. */
typedef struct
{
  gint64 from_ns;
  gint64 until_ns;
} GuiSpan;

/* The part that is @factor times as long, with @at_ns where it was; within [0, @whole_ns]. */
GuiSpan gui_span_zoom (GuiSpan self, gint64 whole_ns, gint64 at_ns, double factor);
GuiSpan gui_span_move (GuiSpan self, gint64 whole_ns, gint64 by_ns);
/* The same part, moved as little as needed for an instant to be in it, away from its edges. */
GuiSpan gui_span_show (GuiSpan self, gint64 whole_ns, gint64 at_ns);

/* The timeline: lanes above each other, time from left to right. */
typedef struct
{
  GuiRect labels;
  GuiRect steps; /* of the scenario */
  GuiRect goals;
  GuiRect events;             /* milestones */
  GuiRect lanes[GUI_N_LANES]; /* density; 0 is not used */
  GuiRect ruler;
  GuiRect overview; /* all of time, with the shown part marked */
  double left;      /* of the time axis */
  double width;
  GuiSpan shown;
  gint64 whole_ns;
} GuiTimeline;
/* @shown: an empty one is all of @whole_ns. */
void gui_timeline_layout (GuiTimeline *self, GuiSize size, GuiSpan shown, gint64 whole_ns);
double gui_timeline_x (const GuiTimeline *self, gint64 at_ns);
gint64 gui_timeline_at (const GuiTimeline *self, double x);
/* The same in the overview. */
double gui_timeline_overview_x (const GuiTimeline *self, gint64 at_ns);
gint64 gui_timeline_overview_at (const GuiTimeline *self, double x);

/* The whole picture of --screenshot. */
typedef struct
{
  GuiRect title;
  GuiRect architecture;
  GuiRect nodes;
  GuiRect panel;
  GuiRect timeline;
} GuiScreen;
void gui_screen_layout (GuiScreen *self, GuiSize size);
