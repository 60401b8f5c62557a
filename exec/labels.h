/* SPDX-License-Identifier: Apache-2.0
 *
 * The labels on everything we create in an engine. Nothing without our instance label is ever
 * stopped, changed or removed: one engine may serve several clusters and other programs.
 * The io.kubernetes names are those that tools for kubelet's containers look for.
 */

#pragma once

#define EXEC_LABEL_INSTANCE "dev.orrery.instance" /* random, one a state folder */
#define EXEC_LABEL_IMAGE "dev.orrery.image"       /* "pause", "busybox": shared by instances */
#define EXEC_LABEL_CONTENT "dev.orrery.content"   /* SHA-256 of an image's archive */
#define EXEC_LABEL_ATTEMPT "dev.orrery.attempt"
#define EXEC_LABEL_SPEC_HASH "dev.orrery.spec-hash"

#define EXEC_LABEL_POD_NAME "io.kubernetes.pod.name"
#define EXEC_LABEL_POD_NAMESPACE "io.kubernetes.pod.namespace"
#define EXEC_LABEL_POD_UID "io.kubernetes.pod.uid"
#define EXEC_LABEL_CONTAINER_NAME "io.kubernetes.container.name"
#define EXEC_LABEL_TYPE "io.kubernetes.docker.type" /* "podsandbox" or "container" */
#define EXEC_LABEL_SANDBOX_ID "io.kubernetes.sandbox.id"
#define EXEC_LABEL_VOLUME_NAME "dev.orrery.volume"
