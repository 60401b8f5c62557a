/* SPDX-License-Identifier: Apache-2.0
 *
 * The container runtime that the kubelet sees, made of the Docker Engine: operations come as
 * effects, results and what happens by itself go back as events. One kubelet.
 */

#pragma once

#include "env.h"
#include "exec/boot.h"
#include "exec/clock.h"
#include "exec/docker.h"

typedef struct
{
  K8Region *region;
  ExecDocker *docker;
  const ExecBoot *boot;
  const ExecClock *clock;
  /* An event for the kubelet; mail is taken over. */
  void (*post) (K8EventType type, guint64 tag, void *mail, gpointer user_data);
  /* One line for a person. */
  void (*noted) (const char *message, gpointer user_data);
  gpointer user_data;
} ExecRuntimeOptions;

typedef struct _ExecRuntime ExecRuntime;

ExecRuntime *exec_runtime_new (const ExecRuntimeOptions *options);
void exec_runtime_free (ExecRuntime *self);

/* RUNTIME, PROBE_WATCH and PROBE_END. */
void exec_runtime_take (ExecRuntime *self, const K8Effect *effect);
