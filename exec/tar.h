/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing a tar archive in memory: what images and file uploads to containers are made of.
 * The same entries give the same bytes: owner root, time zero, order as added.
 * Source: POSIX.1-1988 ustar format. Departures: names up to 100 bytes, no prefix field.
 */

#pragma once

#include <glib.h>

typedef struct _ExecTar ExecTar;

ExecTar *exec_tar_new (void);
void exec_tar_free (ExecTar *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ExecTar, exec_tar_free)

/* Paths are relative, at most 99 bytes long, without "..". */
void exec_tar_add_folder (ExecTar *self, const char *path, guint mode);
void exec_tar_add_file (ExecTar *self, const char *path, guint mode, GBytes *content);
void exec_tar_add_text (ExecTar *self, const char *path, guint mode, const char *content);
void exec_tar_add_link (ExecTar *self, const char *path, const char *target);

/* (transfer full): the archive; the writer is empty afterwards. */
GBytes *exec_tar_finish (ExecTar *self);
