/* SPDX-License-Identifier: Apache-2.0
 *
 * How things look: every state is a shape, a colour and a word; every type of trace record has a
 * lane of the timeline. Tables only. The colours of pods keep at least 20 (CIEDE2000) apart from
 * each other under each kind of colour blindness; pale ones are always drawn with an outline.
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
  GUI_POD_FAILED,    /* failed, or waiting with an error */
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
