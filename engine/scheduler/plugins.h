/* SPDX-License-Identifier: Apache-2.0
 *
 * The plugins of the default profile, in the order in which they run at every extension point.
 */
#pragma once

#include "scheduler/framework.h"

extern const K8Plugin k8_scheduling_gates_plugin;
extern const K8Plugin k8_priority_sort_plugin;
extern const K8Plugin k8_node_unschedulable_plugin;
extern const K8Plugin k8_node_name_plugin;
extern const K8Plugin k8_taint_toleration_plugin;
extern const K8Plugin k8_node_affinity_plugin;
extern const K8Plugin k8_node_ports_plugin;
extern const K8Plugin k8_node_resources_fit_plugin;
extern const K8Plugin k8_dynamic_resources_plugin;
extern const K8Plugin k8_default_preemption_plugin;
extern const K8Plugin k8_node_resources_balanced_allocation_plugin;
extern const K8Plugin k8_default_binder_plugin;

/* The table; ends with NULL. A plugin's bit in masks is its place here. */
extern const K8Plugin *const k8_plugins[];
guint k8_plugins_n (void);
guint32 k8_plugin_bit (const K8Plugin *plugin);
const K8Plugin *k8_plugin_find (const char *name);

/* A reason that every plugin's file would otherwise repeat: a pod tolerates a taint. */
gboolean k8_toleration_matches (const K8Toleration *toleration, const K8Taint *taint);

/* nodeSelector and required node affinity; a term of a selector. (node_selector.c) */
gboolean k8_pod_matches_node_affinity (const K8PodSpec *spec, const K8Node *node);
gboolean k8_node_selector_term_matches (const K8NodeSelectorTerm *term, const K8Node *node);
