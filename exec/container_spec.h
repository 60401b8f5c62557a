/* SPDX-License-Identifier: Apache-2.0
 *
 * What we ever ask the Docker Engine to run: the allow-list. A typed description becomes the
 * body of POST /containers/create; a field that is not here cannot be sent. There is no
 * privileged mode, no host namespace, no device, no path of the host outside the state folder,
 * no capability beyond Docker's default set; limits of memory and processes are always set;
 * ports are published on the loopback address only.
 */

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

/* The engine's own minimum. */
#define EXEC_MIN_MEMORY_BYTES (6 * 1024 * 1024)

typedef enum
{
  EXEC_MOUNT_NONE,
  EXEC_MOUNT_VOLUME, /* source: name of a volume of ours */
  EXEC_MOUNT_BIND    /* source: a path inside the state folder */
} ExecMountType;

typedef enum
{
  EXEC_ACCESS_READ_WRITE,
  EXEC_ACCESS_READ_ONLY
} ExecAccess;

typedef struct
{
  ExecMountType type;
  ExecAccess access;
  const char *source;
  const char *target; /* absolute path in the container */
} ExecMount;

typedef enum
{
  EXEC_PROTOCOL_TCP,
  EXEC_PROTOCOL_UDP
} ExecProtocol;

typedef struct
{
  guint16 container_port;
  guint16 host_port; /* on 127.0.0.1 */
  ExecProtocol protocol;
} ExecPort;

typedef enum
{
  EXEC_LOGS_KEPT, /* json-file, rotated */
  EXEC_LOGS_NONE
} ExecLogs;

/* All members are borrowed; vectors end with NULL and may be NULL. */
typedef struct
{
  const char *image;
  const char *const *command; /* replaces the image's entry point */
  const char *const *args;
  const char *const *env; /* "NAME=value" */
  const char *working_dir;
  const char *user; /* "uid[:gid]" */
  const char *const *groups;
  const char *hostname;
  GHashTable *labels; /* text to text */
  const char *stop_signal;

  const char *network_mode; /* "bridge", "none", a network of ours, "container:ID" */
  const char *network_ip;   /* (nullable): fixed address in a network of ours */
  const char *ipc_mode;     /* "shareable", "container:ID" or NULL */
  const char *pid_mode;     /* "container:ID" or NULL */
  const char *const *dns_servers;
  const char *const *dns_searches;
  const char *const *dns_options;
  const char *const *extra_hosts; /* "name:address" */

  const ExecMount *mounts;
  guint n_mounts;
  const char *state_folder; /* (nullable): where bind mounts must lie */
  const ExecPort *ports;
  guint n_ports;

  gint64 memory_bytes;      /* required */
  gint64 pids_limit;        /* required */
  gint64 cpu_request_milli; /* 0: least share */
  gint64 cpu_limit_milli;   /* 0: none */
  gint oom_score_adj;       /* 0..1000 */

  const char *const *capabilities_add; /* of Docker's default set only */
  const char *const *capabilities_drop;
  gboolean read_only_root;
  gboolean allow_privilege_escalation;
  gboolean open_stdin;
  gboolean tty;
  ExecLogs logs;
} ExecContainerSpec;

/* (transfer full) (nullable): the body of the create call, or NULL with EXEC_ERROR_INVALID that
 * names the field. */
JsonNode *exec_container_spec_compute_json (const ExecContainerSpec *spec, GError **error);

/* Whether text can be part of the engine's names: [a-zA-Z0-9][a-zA-Z0-9_.-]+ */
gboolean exec_docker_name_is_valid (const char *text);
