/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of looks.
 */
#include "gui/palette.h"

#include <string.h>

#include "base/string.h"

#define RGB(hex)                                                                                   \
  {                                                                                                \
    ((hex) >> 16 & 255) / 255.0, ((hex) >> 8 & 255) / 255.0, ((hex) &255) / 255.0                  \
  }

const GuiLook gui_pod_looks[GUI_N_POD_STATES] = {
  [GUI_POD_RUNNING] = { "Running", GUI_SHAPE_FILLED, RGB (0x1f3b8c) },
  [GUI_POD_NOT_READY] = { "Not ready", GUI_SHAPE_HALF, RGB (0x7ff0ee) },
  [GUI_POD_PENDING] = { "Pending", GUI_SHAPE_HOLLOW, RGB (0xf7e03a) },
  [GUI_POD_FAILED] = { "Failing", GUI_SHAPE_CROSS, RGB (0xb5521b) },
  [GUI_POD_TERMINATING] = { "Terminating", GUI_SHAPE_RING, RGB (0x9a78ff) },
  [GUI_POD_SUCCEEDED] = { "Succeeded", GUI_SHAPE_DOT, RGB (0x202020) },
};

const GuiLook gui_node_looks[GUI_N_NODE_STATES] = {
  [GUI_NODE_READY] = { "Ready", GUI_SHAPE_FILLED, RGB (0x2f6f9f) },
  [GUI_NODE_NOT_READY] = { "NotReady", GUI_SHAPE_HALF, RGB (0xb5521b) },
  [GUI_NODE_UNKNOWN] = { "Unknown", GUI_SHAPE_HOLLOW, RGB (0xb5521b) },
  [GUI_NODE_OFF] = { "power off", GUI_SHAPE_CROSS, RGB (0x202020) },
  [GUI_NODE_CUT] = { "cut off", GUI_SHAPE_RING, RGB (0x6a3fd0) },
};

const GuiColour gui_tints[GUI_N_THEMES][GUI_N_TINTS] = {
  [GUI_THEME_DAY] = {
      [GUI_TINT_CANVAS] = RGB (0xf6f7fa),    [GUI_TINT_FLOOR] = RGB (0xedf0f4),
      [GUI_TINT_ZONE] = RGB (0xdbe0e8),      [GUI_TINT_CARD] = RGB (0xffffff),
      [GUI_TINT_CARD_OFF] = RGB (0xd9d9dd),  [GUI_TINT_COMPONENT] = RGB (0xe3edfa),
      [GUI_TINT_BORDER] = RGB (0x738094),    [GUI_TINT_WIRE] = RGB (0xccd4de),
      [GUI_TINT_WAY] = RGB (0x7894b8),       [GUI_TINT_TOKEN] = RGB (0x1a478c),
      [GUI_TINT_TOKEN_INK] = RGB (0xffffff), [GUI_TINT_CHOSEN] = RGB (0xd9590d),
      [GUI_TINT_OUTLINE] = RGB (0x292e38),   [GUI_TINT_BAR] = RGB (0x5980b3),
      [GUI_TINT_WELL] = RGB (0xdbe0e6),      [GUI_TINT_TIMELINE] = RGB (0xe4e7eb),
      [GUI_TINT_SEEN] = RGB (0xffffff),      [GUI_TINT_GRID] = RGB (0xd3d7dd),
      [GUI_TINT_DENSITY] = RGB (0x4d6b99),   [GUI_TINT_TICK] = RGB (0x1f3b8c),
      [GUI_TINT_CAUSE] = RGB (0x7333b3),     [GUI_TINT_STRONG] = RGB (0x14171c),
      [GUI_TINT_NORMAL] = RGB (0x333842),    [GUI_TINT_FAINT] = RGB (0x575e6b),
      [GUI_TINT_ALARM] = RGB (0x993b08),
  },
  [GUI_THEME_NIGHT] = {
      [GUI_TINT_CANVAS] = RGB (0x20232a),    [GUI_TINT_FLOOR] = RGB (0x1a1d23),
      [GUI_TINT_ZONE] = RGB (0x2a2f38),      [GUI_TINT_CARD] = RGB (0x363c47),
      [GUI_TINT_CARD_OFF] = RGB (0x1e1f23),  [GUI_TINT_COMPONENT] = RGB (0x2d4058),
      [GUI_TINT_BORDER] = RGB (0x8793a8),    [GUI_TINT_WIRE] = RGB (0x414957),
      [GUI_TINT_WAY] = RGB (0x6c8fbf),       [GUI_TINT_TOKEN] = RGB (0xa9c8f5),
      [GUI_TINT_TOKEN_INK] = RGB (0x14171c), [GUI_TINT_CHOSEN] = RGB (0xff9a4d),
      [GUI_TINT_OUTLINE] = RGB (0xdfe4ec),   [GUI_TINT_BAR] = RGB (0x7fa6dc),
      [GUI_TINT_WELL] = RGB (0x4a5160),      [GUI_TINT_TIMELINE] = RGB (0x24272e),
      [GUI_TINT_SEEN] = RGB (0x31363f),      [GUI_TINT_GRID] = RGB (0x454b56),
      [GUI_TINT_DENSITY] = RGB (0x86a5d4),   [GUI_TINT_TICK] = RGB (0x9dbdf0),
      [GUI_TINT_CAUSE] = RGB (0xc39af0),     [GUI_TINT_STRONG] = RGB (0xf4f6fa),
      [GUI_TINT_NORMAL] = RGB (0xdde2ea),    [GUI_TINT_FAINT] = RGB (0xb0b8c6),
      [GUI_TINT_ALARM] = RGB (0xffab73),
  },
};

const char *const gui_lane_names[GUI_N_LANES] = {
  [GUI_LANE_NONE] = "",
  [GUI_LANE_COMPONENTS] = "starts, stops",
  [GUI_LANE_API] = "API server",
  [GUI_LANE_ETCD] = "etcd",
  [GUI_LANE_CONTROL] = "controllers",
  [GUI_LANE_NODES] = "nodes, events",
  [GUI_LANE_MESSAGES] = "messages",
};

/* The lane of a type is that of the subject that its name begins with. */
static const struct
{
  const char *prefix;
  GuiLane lane;
} lanes[] = {
  { "actor.", GUI_LANE_COMPONENTS },   { "clock.", GUI_LANE_COMPONENTS },
  { "message.", GUI_LANE_MESSAGES },   { "etcd.", GUI_LANE_ETCD },
  { "raft.", GUI_LANE_ETCD },          { "informer.", GUI_LANE_CONTROL },
  { "reconcile.", GUI_LANE_CONTROL },  { "plan.", GUI_LANE_CONTROL },
  { "controller.", GUI_LANE_CONTROL }, { "schedule.", GUI_LANE_CONTROL },
  { "scheduler.", GUI_LANE_CONTROL },  { "scheduling.", GUI_LANE_CONTROL },
  { "queue.", GUI_LANE_CONTROL },      { "gc.", GUI_LANE_CONTROL },
  { "eviction.", GUI_LANE_CONTROL },   { "taint.", GUI_LANE_CONTROL },
  { "preemption.", GUI_LANE_CONTROL }, { "event.", GUI_LANE_NODES },
  { "apiserver.", GUI_LANE_API },      { "api.", GUI_LANE_API },
  { "http.", GUI_LANE_API },           { "admission.", GUI_LANE_API },
  { "watch.", GUI_LANE_API },          { "pod.", GUI_LANE_NODES },
  { "node.", GUI_LANE_NODES },         { "container.", GUI_LANE_NODES },
  { "kubelet.", GUI_LANE_NODES },      { "probe.", GUI_LANE_NODES },
  { "image.", GUI_LANE_NODES },        { "volume.", GUI_LANE_NODES },
  { "proxy.", GUI_LANE_NODES },        { "sandbox.", GUI_LANE_NODES },
  { "runtime.", GUI_LANE_NODES },      { "traffic.", GUI_LANE_NODES },
  { "lease.", GUI_LANE_CONTROL },      { "service.", GUI_LANE_NODES },
};

GuiLane
gui_palette_lane (guint16 type)
{
  const char *name = type < K8_N_TRACE_TYPES ? k8_trace_infos[type].name : NULL;

  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (lanes); i++)
    if (g_str_has_prefix (name, lanes[i].prefix))
      return lanes[i].lane;
  return GUI_LANE_NONE;
}

gboolean
gui_palette_is_milestone (const void *region, const K8TraceRecord *record)
{
  switch (record->type)
    {
    case K8_TRACE_EVENT_RECORDED:
    case K8_TRACE_ACTOR_STOPPED:
      return TRUE;
    case K8_TRACE_ACTOR_STARTED:
      return record->now_ns > 0;
    case K8_TRACE_ETCD_PUT:
    case K8_TRACE_ETCD_DELETE:
      {
        const char *key = k8_string_at (region, (K8Handle) record->value[0]);
        return key != NULL && g_str_has_prefix (key, "/registry/pods/");
      }
    default:
      return FALSE;
    }
}
