/* SPDX-License-Identifier: Apache-2.0
 *
 * The cell functions named in columns.def, `k8_cell_pod_ready` and so on, each in the columns
 * file of its kind; and what these files share.
 */
#pragma once

#include "machinery/table.h"

#define K8_COLUMN(Kind, name, type, format, priority, cell, function, doc)                         \
  void k8_cell_##function (GString *out, const K8CellInput *input);
#include "machinery/columns.def"
#undef K8_COLUMN

/* The text, or what stands for nothing. */
void k8_cell_append_or (GString *out, const char *text, const char *nothing);
void k8_cell_append_names (GString *out, const K8PodTemplateSpec *pod_template);
void k8_cell_append_images (GString *out, const K8PodTemplateSpec *pod_template);
void k8_cell_append_selector (GString *out, const K8LabelSelector *selector);
void k8_cell_append_labels (GString *out, const K8List *labels);

/* One more of a list of which three are shown; k8_cell_end_list() tells how many are not. */
void k8_cell_append_to_list (GString *out, gsize start, guint n, const char *text);
void k8_cell_end_list (GString *out, gsize start, guint n);

/* What a row says beside its cells: "Succeeded" and "Failed" pods are done. */
void k8_table_append_row_conditions (GString *out, const void *object, const K8KindInfo *kind);
