/* SPDX-License-Identifier: Apache-2.0
 *
 * What the API server fills in when it reads an object: constants from the rows
 * (.default_text, .default_int), and what depends on other fields (defaults.c, defaults_pod.c).
 * What admission plugins, allocators and strategies add is not here.
 * Source: kubernetes pkg/apis, defaults.go and zz_generated.defaults.go (v1.36).
 */
#pragma once

#include "base/region.h"

const void *k8_defaults_apply (K8Region *region, const void *object, const void *known);
