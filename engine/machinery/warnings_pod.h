/* SPDX-License-Identifier: Apache-2.0
 *
 * Warnings about a pod or a template of pods; see warnings.h.
 */
#pragma once

#include "machinery/path.h"
#include "schema/kinds.h"

/* @path: of the pod or template; NULL is a pod itself. */
void k8_warnings_pod_spec (const K8Path *path, const K8ObjectMeta *meta, const K8PodSpec *spec,
                           GPtrArray *warnings);
