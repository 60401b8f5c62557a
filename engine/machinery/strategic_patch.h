/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two halves of strategic merge patch share: maps (strategic_patch.c) and lists
 * (strategic_list.c). For these two files alone; everybody else uses machinery/patch.h.
 */
#pragma once

#include "machinery/patch.h"

#define K8_PATCH_DIRECTIVE "$patch"
#define K8_RETAIN_KEYS "$retainKeys"
#define K8_SET_ELEMENT_ORDER "$setElementOrder"
#define K8_DELETE_FROM_LIST "$deleteFromPrimitiveList"

enum
{
  K8_STRATEGIC_MAX_DIRECTIVES = 256, /* in one map, and names in one $retainKeys */
};

typedef struct
{
  K8JsonPool *pool;
  K8StrategicError *error;
} K8Strategic;

/* How a list is merged. */
typedef struct
{
  const K8MessageInfo *element; /* NULL: texts or numbers, or unknown */
  const char *merge_key;        /* NULL: of values, not of maps */
  gboolean is_merge;            /* else replaced whole */
} K8ListRule;

/* NULL, with the error set if it is the first. Takes over @message. */
K8Json *k8_strategic_fail (K8Strategic *self, guint code, char *message);
K8Json *k8_strategic_fail_directive (K8Strategic *self, const K8Json *directive,
                                     const K8Json *map);
K8Json *k8_strategic_clean (K8Strategic *self, K8Json *value);
K8ListRule k8_strategic_get_rule (const K8MessageInfo *info, K8JsonText key);
K8Json *k8_strategic_merge_map (K8Strategic *self, K8Json *original, K8Json *patch,
                                const K8MessageInfo *info);

/* Lists. NULL with the error set. */
K8Json *k8_strategic_merge_list (K8Strategic *self, K8Json *original, K8Json *patch,
                                 const K8ListRule *rule);

/* The same in the order that $setElementOrder gives; one of the two lists may be NULL. */
K8Json *k8_strategic_merge_ordered (K8Strategic *self, K8Json *original, K8Json *patch,
                                    K8Json *order, const K8ListRule *rule);
K8Json *k8_strategic_remove_values (K8Strategic *self, const K8Json *list, const K8Json *values);
