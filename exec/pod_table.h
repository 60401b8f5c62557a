/* SPDX-License-Identifier: Apache-2.0
 *
 * Names and labels that make a Docker container part of a pod, and the way back: from the engine's
 * list of containers to a table of pods. After a restart of ours this table is all that is needed
 * to go on with what runs (adoption).
 * Source: Mirantis/cri-dockerd core/naming.go (names), kubernetes pkg/kubelet/types/labels.go.
 */

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

typedef struct
{
  const char *instance; /* value of our instance label */
  const char *name;
  const char *namespace_name;
  const char *uid;
} ExecPodRef;

/* What the engine's list says of one container. */
typedef struct
{
  char *id;
  char *container_name; /* NULL for the sandbox */
  char *image_id;
  char *state;          /* "created", "running", "exited", ... */
  char *spec_hash;      /* (nullable) */
  char *sandbox_id;     /* (nullable) */
  guint attempt;
} ExecPodContainer;

typedef struct
{
  char *name, *namespace_name, *uid;
  GPtrArray *sandboxes;  /* ExecPodContainer, newest attempt first */
  GPtrArray *containers; /* by name, newest attempt first */
} ExecPod;

/* (transfer full): "k8s_web_shop_default_UID_0"; container NULL is the sandbox, "POD". */
char *exec_pod_container_docker_name (const ExecPodRef *pod, const char *container, guint attempt);

/* (transfer full): the name of a pod's volume in the engine. */
char *exec_pod_volume_docker_name (const ExecPodRef *pod, const char *volume);

/* (transfer full): labels that both kinds of container and the volumes carry. */
GHashTable *exec_pod_labels (const ExecPodRef *pod);

/* Adds those of one container; container NULL is the sandbox. */
void exec_pod_labels_add_container (GHashTable *labels, const char *container, guint attempt);

/* (transfer full): ExecPod by uid, in the order of uids; what lacks our instance is left out. */
GPtrArray *exec_pod_table_read (JsonArray *containers, const char *instance);

typedef enum
{
  EXEC_CONTAINER_UNKNOWN,
  EXEC_CONTAINER_CREATED,
  EXEC_CONTAINER_RUNNING,
  EXEC_CONTAINER_EXITED
} ExecContainerState;

/* What inspect says, in CRI's words. Strings are borrowed from the tree. */
typedef struct
{
  ExecContainerState state;
  const char *id;
  const char *image_id;
  const char *ip;       /* first address of any network; NULL without */
  gint exit_code;
  const char *reason;   /* "Completed", "Error", "OOMKilled", "StartError"; NULL while it runs */
  const char *message;  /* of a failed start */
  gint64 started_at_ns;  /* Unix time; 0: never */
  gint64 finished_at_ns;
  gint64 pid;
} ExecContainerStatus;

void exec_container_status_read (JsonNode *inspected, ExecContainerStatus *ret_status);
