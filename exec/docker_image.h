/* SPDX-License-Identifier: Apache-2.0
 *
 * Image calls of the Docker Engine API. There may be no registry: images come from an imported
 * tar archive as well as from a pull. A reference is "repository:tag" or "repository@digest".
 * Source: Docker Engine API v1.41, "Images".
 */

#pragma once

#include "exec/docker.h"

/* A pull without progress for so long is given up, as cri-dockerd does. */
#define EXEC_PULL_SILENCE_MS (60 * 1000)

void exec_docker_image_inspect (ExecDocker *docker, const char *reference, ExecDockerDone done,
                                gpointer user_data);

/* The images that carry the label "key=value". */
void exec_docker_image_list (ExecDocker *docker, const char *label, ExecDockerDone done,
                             gpointer user_data);

/* Makes an image from a tar archive; changes are lines as of a Dockerfile, ended by NULL. */
void exec_docker_image_import (ExecDocker *docker, const char *reference,
                               const char *const *changes, GBytes *archive, ExecDockerDone done,
                               gpointer user_data);
void exec_docker_image_tag (ExecDocker *docker, const char *name, const char *reference,
                            ExecDockerDone done, gpointer user_data);

/* Removes the tag, and the image with its last tag; gone already is no error. */
void exec_docker_image_remove (ExecDocker *docker, const char *reference, ExecDockerDone done,
                               gpointer user_data);

/* Both forms of a failed pull, inside a 200 and as a status, end as an error.
 * registry_auth: (nullable): base64url of the engine's JSON for credentials. */
void exec_docker_image_pull (ExecDocker *docker, const char *reference, const char *registry_auth,
                             ExecDockerDone done, gpointer user_data);
