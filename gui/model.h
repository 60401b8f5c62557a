/* SPDX-License-Identifier: Apache-2.0
 *
 * What is to be drawn of a world at an instant: zones, nodes, pods, the control plane. Read from
 * what is durable (objects on etcd's disk) and from what is true of the machines (power, cables),
 * which may differ from what the control plane believes: both are kept. No widgets.
 */
#pragma once

#include "gui/palette.h"
#include "sim/scenario.h"

typedef struct
{
  const char *namespace_name;
  const char *name;
  const char *status; /* the STATUS of `kubectl get pods` */
  const char *ready;  /* "1/1" */
  const char *restarts;
  gint32 node; /* place in nodes; -1: on none */
  GuiPodState state;
} GuiPod;

typedef struct
{
  const char *name;
  const char *zone;   /* "" if it has none */
  const char *status; /* the STATUS of `kubectl get nodes` */
  guint zone_index;
  GuiNodeState state; /* what is true: power and cables first */
  gboolean is_cordoned;
  gboolean is_registered; /* has a Node object */
  guint first_pod;        /* its pods are neighbours */
  guint n_pods;
  gint64 max_pods;
  gint64 cpu_milli; /* requested by its pods */
  gint64 cpu_allocatable_milli;
  K8ActorId kubelet; /* 0: none */
  K8ActorId proxy;
} GuiNode;

typedef struct
{
  const char *name;
  guint n_nodes;
} GuiZone;

/* A component of the control plane. */
typedef struct
{
  K8ActorId id;
  K8ActorKind kind;
  const char *name;
  gboolean is_running;
  gint64 revision; /* 0: it has none to show */
  guint32 n_watches;
} GuiComponent;

/* A Deployment, as one line. */
typedef struct
{
  const char *namespace_name;
  const char *name;
  gint32 n_wanted;
  gint32 n_ready;
  gint32 n_updated;
} GuiWorkload;

typedef struct
{
  GStringChunk *texts;
  GArray *zones;      /* GuiZone */
  GArray *nodes;      /* GuiNode, by zone, then by name */
  GArray *pods;       /* GuiPod, by node (those on none last), then by name */
  GArray *components; /* GuiComponent */
  GArray *workloads;  /* GuiWorkload */
  guint n_pods_by_state[GUI_N_POD_STATES];
  guint n_nodes_by_state[GUI_N_NODE_STATES];
  guint first_unplaced; /* pods from here on are on no node */
  gint64 now_ns;
} GuiModel;

GuiModel *gui_model_new (const SimWorld *world);
GuiModel *gui_model_new_empty (void);
void gui_model_free (GuiModel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiModel, gui_model_free)

static inline const GuiNode *
gui_model_node (const GuiModel *self, guint index)
{
  return &g_array_index (self->nodes, GuiNode, index);
}

static inline const GuiPod *
gui_model_pod (const GuiModel *self, guint index)
{
  return &g_array_index (self->pods, GuiPod, index);
}

/* An actor's name as it is shown: without its number where it is the only one of its kind. */
char *gui_model_dup_actor (const GuiModel *self, const char *name);

/* "00:01:04.250" of virtual time. (transfer full) */
char *gui_model_dup_time (gint64 time_ns);

/* "7.5 s", "2:05", "1:00:00": short, for lists. (transfer full) */
char *gui_model_dup_brief_time (gint64 time_ns);

/* "1:04.250": the instants of records. (transfer full) */
char *gui_model_dup_exact_time (gint64 time_ns);

/* A text whose lines were broken for a file, with each paragraph as one line. (transfer full) */
char *gui_model_dup_paragraphs (const char *text);
