/* SPDX-License-Identifier: Apache-2.0
 *
 * The controller manager: the actor that runs all controllers over shared informers.
 */
#pragma once

#include "actor.h"

extern const K8ActorClass k8_controller_manager_actor_class;
