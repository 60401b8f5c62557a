/* SPDX-License-Identifier: Apache-2.0
 *
 * What must be there before the cluster can run: a Docker Engine that answers, our images and
 * our network in it, and what the node is. Everything is found again by name, so that starting
 * a second time takes a few calls.
 */

#pragma once

#include "exec/docker.h"
#include "schema/kinds.h"

typedef struct
{
  char *instance;
  char *node_name;      /* the host's name in lower case */
  char *pause_image;
  char *busybox_image;  /* (nullable): no static busybox on this machine */
  char *network;
  char *subnet;         /* of the network: addresses of pods */
  char *gateway;        /* the host as pods see it: the node's address */
  char *docker_version; /* "20.10.24+dfsg1" */
  char *kernel_version;
  char *os_image;
  char *architecture;   /* as Go spells it: "amd64" */
  char *machine_id;
  gint64 memory_bytes;
  gint64 n_cpus;
} ExecBoot;

typedef void (*ExecBootProgress) (const char *what, gpointer user_data);

/* Runs the main context until everything is there or something failed. */
ExecBoot *exec_boot_run (ExecDocker *docker, const char *instance, ExecBootProgress progress,
                         gpointer user_data, GError **error);
void exec_boot_free (ExecBoot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ExecBoot, exec_boot_free)

/* A program of ours under the name of an image that the engine has not; one that it has stays. */
gboolean exec_boot_stand_in (ExecDocker *docker,
                             const char *reference,
                             gboolean *ret_is_new,
                             GError **error);

/* The Node as the kubelet registers it. (transfer full) */
const K8Node *exec_boot_make_node (const ExecBoot *self, K8Region *region);
