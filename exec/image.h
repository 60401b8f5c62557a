/* SPDX-License-Identifier: Apache-2.0
 *
 * Our own images, made from files at hand and imported through the engine's API, so that no
 * registry is needed: the sandbox image (the agent alone) and the demonstration image (Debian's
 * busybox-static). The archive is built in memory; the same files give the same image.
 */

#pragma once

#include "exec/docker.h"

#define EXEC_IMAGE_BUSYBOX_PATH "/bin/busybox"

typedef struct
{
  char *reference; /* "orrery/pause:0123456789ab" */
  char *name;      /* value of EXEC_LABEL_IMAGE */
  char *content;   /* SHA-256 of archive and configuration */
  GStrv changes;
  GBytes *archive;
} ExecImage;

ExecImage *exec_image_new_pause (void);

/* path: (nullable): a static busybox; its banner gives the tag. Runs it twice. */
ExecImage *exec_image_new_busybox (const char *path, GError **error);

/* Stands in for an image that only a scenario knows: a busybox that serves its page on port 80
 * until it is told to end. */
ExecImage *exec_image_new_stand_in (const char *reference, GError **error);
void exec_image_free (ExecImage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ExecImage, exec_image_free)

/* Imports the image unless the engine has it; one of this name that is not ours is left alone
 * and used. The image must live until `done`, whose reply has no content. */
void exec_image_ensure (ExecDocker *docker, const ExecImage *image, ExecDockerDone done,
                        gpointer user_data);

/* (transfer full) (nullable): "1:1.35.0-4+deb12u1" as a tag, "1.35.0-4-deb12u1". */
char *exec_image_tag_of_version (const char *version);
