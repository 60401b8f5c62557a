/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of a pod's worker offer each other: the state machine, starting and ending
 * containers, probes, images, volumes, variables, admission, and the pod's status.
 */
#pragma once

#include "node/kubelet.h"

/* Life (pod_worker.c). */
void k8_pod_worker_add (K8Kubelet *self, K8Context *context, const K8Pod *pod, gint64 revision);
void k8_pod_worker_update (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                           const K8Pod *pod, gint64 revision);
void k8_pod_worker_remove (K8Kubelet *self, K8Context *context, K8PodWorker *worker);

/* Looks at the pod anew: something has happened to it. */
void k8_pod_worker_sync (K8Kubelet *self, K8Context *context, K8PodWorker *worker);

/* Goes on where its state stands. */
void k8_pod_worker_proceed (K8Kubelet *self, K8Context *context, K8PodWorker *worker);
void k8_pod_worker_set_state (K8Context *context, K8PodWorker *worker, K8PodWorkerState state);
void k8_pod_worker_terminate (K8Kubelet *self, K8Context *context, K8PodWorker *worker);
void k8_pod_worker_wake_after (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                               gint64 delay_ns);

/* The runtime was away, and this is what it has now. */
void k8_pod_worker_compare (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                            const K8Array *items);

/* Answers and timers. */
void k8_pod_worker_runtime (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                            K8KubeletKey key, const K8RuntimeEvent *event);
void k8_pod_worker_timer (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                          K8KubeletKey key);
void k8_pod_worker_answer (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                           K8KubeletKey key, const K8ApiResponse *response);

/* Containers by place: init containers first. */
K8PodContainer *k8_pod_worker_container (const K8PodWorker *worker, guint index);
const K8Container *k8_pod_worker_spec (const K8PodWorker *worker, guint index);
gboolean k8_pod_worker_find_container (const K8PodWorker *worker, const char *name,
                                       guint *ret_index);
gboolean k8_pod_worker_is_sidecar (const K8PodWorker *worker, guint index);
gboolean k8_pod_worker_is_started (const K8PodWorker *worker, guint index);
gboolean k8_pod_worker_should_restart (const K8PodWorker *worker, guint index);
guint64 k8_pod_worker_key (const K8PodWorker *worker, K8KubeletFor what, guint index);
K8RuntimeOp *k8_pod_worker_op (K8Context *context, const K8PodWorker *worker,
                               K8RuntimeOpType type);
void k8_pod_worker_say (K8Kubelet *self, K8Context *context, const K8PodWorker *worker,
                        const K8Said *said, guint index);
void k8_pod_worker_set_text (K8Context *context, const char **place, const char *text);
void k8_pod_worker_set_waiting (K8Context *context, K8PodWorker *worker, guint index,
                                const char *reason, const char *message);

/* Starting containers (pod_container.c). */
void k8_pod_container_start_next (K8Kubelet *self, K8Context *context, K8PodWorker *worker);
void k8_pod_container_image_ready (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                                   guint index);
void k8_pod_container_fail (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index);
void k8_pod_container_hook_answered (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                                     K8KubeletKey key, const K8ProbeResult *result);
void k8_pod_container_runtime (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                               K8KubeletKey key, const K8RuntimeEvent *event);
void k8_pod_container_timer (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                             guint index);
void k8_pod_container_exited (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                              guint index, const K8RuntimeItem *item);
void k8_pod_container_adopt (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                             const K8RuntimeItem *item);

/* Ending containers (pod_kill.c). */
void k8_pod_kill_container (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index,
                            const char *message);
void k8_pod_kill_set_grace (K8Context *context, K8PodWorker *worker, guint index);
void k8_pod_kill_all (K8Kubelet *self, K8Context *context, K8PodWorker *worker);
void k8_pod_kill_hook_failed (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                              guint index);
void k8_pod_kill_go_on (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index);
void k8_pod_kill_again (K8Context *context, K8PodWorker *worker, guint index);
gboolean k8_pod_kill_is_over (const K8PodWorker *worker);

/* Status (pod_status.c) and how it is written (status_writer.c). */
const K8PodStatus *k8_pod_status_compute (const K8Kubelet *self, const K8PodWorker *worker,
                                          gint64 now_seconds);
const char *k8_pod_status_phase_of (const K8PodWorker *worker);
void k8_pod_status_publish (K8Kubelet *self, K8Context *context, K8PodWorker *worker);
void k8_pod_status_reconcile (K8Kubelet *self, K8Context *context, K8PodWorker *worker);
void k8_pod_status_answer (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                           K8KubeletKey key, const K8ApiResponse *response);
void k8_pod_status_delete_if_done (K8Kubelet *self, K8Context *context, K8PodWorker *worker);

/* Lifecycle hooks (hooks.c). */
gboolean k8_hook_start (K8Context *context, K8PodWorker *worker, guint index,
                        const K8LifecycleHandler *handler, K8KubeletFor what, gint64 limit_ns);
void k8_hook_end (K8Context *context, K8PodWorker *worker, guint index, K8KubeletFor what);
gboolean k8_hook_has_answer (const K8ProbeResult *result);

/* Probes (probes.c). */
guint16 k8_probes_port (const K8Container *spec, const K8Probe *probe);
void k8_probes_start (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index);
void k8_probes_end (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index);
void k8_probes_end_killing (K8Kubelet *self, K8Context *context, K8PodWorker *worker);
void k8_probes_result (K8Kubelet *self, K8Context *context, K8PodWorker *worker, K8KubeletKey key,
                       const K8ProbeResult *result);
void k8_probes_timer (K8Kubelet *self, K8Context *context, K8PodWorker *worker, K8KubeletKey key);
gboolean k8_probes_is_ready (const K8PodWorker *worker, guint index);

/* Images (images.c). */
void k8_images_ensure (K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index);
void k8_images_runtime (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                        K8KubeletKey key, const K8RuntimeEvent *event);
void k8_images_forget_pull (K8Kubelet *self, K8Context *context, guint64 key);

/* Volumes and variables (volumes.c, env.c). */
void k8_volumes_gather (K8Kubelet *self, K8Context *context, K8PodWorker *worker);
void k8_volumes_answer (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                        K8KubeletKey key, const K8ApiResponse *response);
gboolean k8_volumes_are_there (const K8PodWorker *worker);
void k8_volumes_ask (
    K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index, K8KubeletFor what);
void k8_volumes_spend_tokens (K8Context *context, K8PodWorker *worker);
void k8_volumes_gather_spent (K8Kubelet *self, K8Context *context, K8PodWorker *worker);
gboolean k8_volumes_may_lack (const K8PodWorker *worker, const K8PodObject *object);

/* Writes the files of the volumes that an object is in; NULL: of all that have files. Returns: how
 * many answers will come. */
guint k8_volumes_write (K8Kubelet *self,
                        K8Context *context,
                        K8PodWorker *worker,
                        const K8PodObject *object);
void k8_volumes_fail (
    K8Kubelet *self, K8Context *context, K8PodWorker *worker, guint index, const char *why);

/* What changes in them later (volume_refresh.c). */
void k8_volume_refresh_arm (K8Kubelet *self, K8Context *context);
void k8_volume_refresh_run (K8Kubelet *self, K8Context *context);
void k8_volume_refresh_answer (K8Kubelet *self,
                               K8Context *context,
                               K8PodWorker *worker,
                               K8KubeletKey key,
                               const K8ApiResponse *response);
const K8PodObject *k8_volumes_find_object (const K8PodWorker *worker, K8KindId kind,
                                           const char *name);

/* The container with plain values in its variables; NULL with the reason why it cannot be made:
 * CreateContainerConfigError. (transfer full) */
const K8Container *k8_env_resolve (K8Kubelet *self, K8Context *context, const K8PodWorker *worker,
                                   guint index, GString *ret_error);
gboolean k8_env_field (const K8Kubelet *self, const K8PodWorker *worker, const char *field_path,
                       GString *ret_value);
gboolean k8_env_resource (const K8Kubelet *self, const K8PodWorker *worker,
                          const K8ResourceFieldSelector *selector, const char *container_name,
                          GString *ret_value);

/* Admission (admit.c): FALSE with reason and message when the node cannot take the pod. */
void k8_admit_count (K8PodWorker *worker);
gboolean k8_admit_pod (const K8Kubelet *self, const K8Pod *pod, GString *ret_reason,
                       GString *ret_message);
