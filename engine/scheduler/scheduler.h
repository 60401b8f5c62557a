/* SPDX-License-Identifier: Apache-2.0
 *
 * The scheduler's class, for the table of actors. Nothing else of it is public: explain.h looks
 * into it for windows and explanations.
 */
#pragma once

#include "actor.h"

extern const K8ActorClass k8_scheduler_actor_class;
