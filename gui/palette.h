/* SPDX-License-Identifier: Apache-2.0
 *
 * How things look: every state is a shape, a colour and a word; every type of trace record has a
 * lane of the timeline; every surface and ink has a colour by day and one by night. Tables only.
 * The colours of pods keep at least 20 (CIEDE2000) apart from each other under each kind of
 * colour blindness; they are the same by day and by night, and always drawn with an outline.
 */
#pragma once

#include <glib.h>

#include "trace.h"

typedef struct
{
  double red;
  double green;
  double blue;
} GuiColour;

typedef enum
{
  GUI_SHAPE_FILLED,
  GUI_SHAPE_HALF,
  GUI_SHAPE_HOLLOW,
  GUI_SHAPE_CROSS,
  GUI_SHAPE_RING,
  GUI_SHAPE_DOT,
} GuiShape;

typedef enum
{
  GUI_POD_RUNNING,
  GUI_POD_NOT_READY, /* its containers run, it gets no traffic */
  GUI_POD_PENDING,
  GUI_POD_FAILED, /* failed, or waiting with an error */
  GUI_POD_TERMINATING,
  GUI_POD_SUCCEEDED,
  GUI_N_POD_STATES,
} GuiPodState;

typedef enum
{
  GUI_NODE_READY,
  GUI_NODE_NOT_READY,
  GUI_NODE_UNKNOWN, /* the control plane has not heard of it for too long */
  GUI_NODE_OFF,     /* without power, whatever the control plane believes */
  GUI_NODE_CUT,     /* cut off the network */
  GUI_N_NODE_STATES,
} GuiNodeState;

typedef struct
{
  const char *name;
  GuiShape shape;
  GuiColour colour;
} GuiLook;

extern const GuiLook gui_pod_looks[GUI_N_POD_STATES];
extern const GuiLook gui_node_looks[GUI_N_NODE_STATES];

/* Surfaces, lines and inks. */
typedef enum
{
  GUI_TINT_CANVAS, /* under the control plane */
  GUI_TINT_FLOOR,  /* under the zones */
  GUI_TINT_ZONE,
  GUI_TINT_CARD,
  GUI_TINT_CARD_OFF, /* of what does not run */
  GUI_TINT_COMPONENT,
  GUI_TINT_BORDER,
  GUI_TINT_WIRE, /* two that are connected */
  GUI_TINT_WAY,  /* messages of late */
  GUI_TINT_TOKEN,
  GUI_TINT_TOKEN_INK,
  GUI_TINT_CHOSEN,
  GUI_TINT_OUTLINE, /* of signs */
  GUI_TINT_BAR,
  GUI_TINT_WELL, /* behind a bar */
  GUI_TINT_TIMELINE,
  GUI_TINT_SEEN, /* the part of time that was played */
  GUI_TINT_GRID,
  GUI_TINT_DENSITY,
  GUI_TINT_TICK,
  GUI_TINT_CAUSE,
  GUI_TINT_STRONG,
  GUI_TINT_NORMAL,
  GUI_TINT_FAINT,
  GUI_TINT_ALARM,
  GUI_N_TINTS,
} GuiTint;

typedef enum
{
  GUI_THEME_DAY,
  GUI_THEME_NIGHT,
  GUI_N_THEMES,
} GuiTheme;
extern const GuiColour gui_tints[GUI_N_THEMES][GUI_N_TINTS];

/* Lanes of the timeline, from above. */
typedef enum
{
  GUI_LANE_NONE,
  GUI_LANE_COMPONENTS,
  GUI_LANE_API,
  GUI_LANE_ETCD,
  GUI_LANE_CONTROL, /* scheduler and controllers */
  GUI_LANE_NODES,
  GUI_LANE_MESSAGES,
  GUI_N_LANES,
} GuiLane;
extern const char *const gui_lane_names[GUI_N_LANES];

/* The lane of a type; NONE if the table of palette.c lacks it. */
GuiLane gui_palette_lane (guint16 type);

/* Whether a record is worth a halt: an Event, a change of a pod, the death of a component. */
gboolean gui_palette_is_milestone (const void *region, const K8TraceRecord *record);
