/* SPDX-License-Identifier: Apache-2.0
 *
 * Field paths, `spec.containers[0].ports[1].containerPort`: nodes linked from leaf to root that
 * lie on the stack of whoever walks an object. They cost nothing until an error renders one.
 *   K8Path spec = k8_path_child (NULL, "spec");
 *   check (K8_CHILD (&spec, "nodeName"));            lives until the end of the block
 *   check (K8_INDEX (K8_CHILD (&spec, "ports"), i));
 * Source: k8s.io/apimachinery pkg/util/validation/field (v1.36).
 */
#pragma once

#include <glib.h>

typedef struct K8Path
{
  const struct K8Path *parent; /* NULL at the root */
  const char *name;            /* of a field or a key; NULL: an index */
  guint index;
  gboolean is_key;             /* shown as [name] */
} K8Path;

#define K8_CHILD(parent, name) (&(K8Path){ (parent), (name), 0, FALSE })
#define K8_KEY(parent, key) (&(K8Path){ (parent), (key), 0, TRUE })
#define K8_INDEX(parent, i) (&(K8Path){ (parent), NULL, (i), FALSE })

static inline K8Path
k8_path_child (const K8Path *parent, const char *name)
{
  return (K8Path){ parent, name, 0, FALSE };
}

static inline K8Path
k8_path_key (const K8Path *parent, const char *key)
{
  return (K8Path){ parent, key, 0, TRUE };
}

static inline K8Path
k8_path_index (const K8Path *parent, guint index)
{
  return (K8Path){ parent, NULL, index, FALSE };
}

void k8_path_append (const K8Path *self, GString *text);
char *k8_path_to_text (const K8Path *self);
