/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine on real time and real containers: one process that is a whole cluster of one node.
 * exec_boot_run() settles what must be there before it can run (Docker, images, network, node);
 * exec_driver_new() starts the components and runs them in the caller's main context until it is
 * freed. Clients come through the K8Driver. Nothing here stops a pod: whatever ends this process,
 * the containers run on and are adopted by the next one on the same folder.
 */

#pragma once

#include "driver.h"
#include "exec/boot.h"
#include "exec/docker.h"
#include "exec/persist.h"
#include "trace.h"

typedef struct _ExecDriver ExecDriver;

typedef struct
{
  /* The log takes nothing any more: nothing that happens from now on is kept. */
  void (*failed) (const GError *error, gpointer user_data);
  /* (nullable): something a person at the terminal may want to know; one line. */
  void (*noted) (const char *message, gpointer user_data);
  /* (nullable): what etcd wrote is on the disk; what the engine says that it does. */
  void (*persisted) (const K8PersistMail *mail, gpointer user_data);
  void (*traced) (const K8TraceRecord *record, gpointer user_data);
  /* (transfer full) (nullable): the signature of text, in base64url. */
  char *(*sign) (const char *text, gpointer user_data);
  gpointer user_data;
} ExecDriverEvents;

typedef struct
{
  K8Region *region;
  ExecDocker *docker;         /* connected */
  const ExecBoot *boot;
  const char *admin_token;
  const char *ca_certificate; /* PEM */
  const char *key_id;         /* of the signing key */
  ExecDriverEvents events;
} ExecDriverOptions;

/* What the options point to must live as long as the driver; @persist is taken over. */
ExecDriver *exec_driver_new (const ExecDriverOptions *options, ExecPersist *persist);
void exec_driver_free (ExecDriver *self);
K8Driver exec_driver_door (ExecDriver *self);
