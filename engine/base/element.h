/* SPDX-License-Identifier: Apache-2.0
 *
 * What the containers of this folder know about their elements: fixed-size plain memory that
 * may hold references (texts, records, blocks of the region). A container that is cloned shares
 * chunks of elements with its clone; when one of the two writes, the chunk is copied and `ref`
 * is called for what the copies hold, so clone and original then diverge freely.
 * Contract: both callbacks accept an element of zero bytes (nothing held) and do nothing then.
 */
#pragma once

#include "base/region.h"

typedef struct
{
  void (*ref) (K8Region *region, void *element); /* one user more of everything held */
  void (*unref) (K8Region *region, void *element); /* one user less */
} K8ElementClass;

/* Negative, zero or positive, as strcmp(). Must be a total order that no address decides. */
typedef int (*K8Compare) (const void *a, const void *b, const void *user);
