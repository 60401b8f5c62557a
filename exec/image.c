/* SPDX-License-Identifier: Apache-2.0
 *
 * An image = archive + lines of configuration; the hash over both is its label. Before an import
 * the label of the engine's image is compared, because every import makes a new image id and
 * leaves the old one without a name.
 * The agent's program is linked into ours (agent_blob.S).
 */

#include "exec/image.h"

#include "exec/docker_image.h"
#include "exec/docker_json.h"
#include "exec/error.h"
#include "exec/labels.h"
#include "exec/tar.h"

#include <elf.h>
#include <string.h>

#define TAG_DIGITS 12
#define MAX_BUSYBOX_BYTES (16 * 1024 * 1024)

extern const guint8 exec_agent_blob[];
extern const guint8 exec_agent_blob_end[];

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
                             "daemon:x:1:1:daemon:/:/bin/false\n"
                             "www-data:x:33:33:www-data:/www:/bin/false\n"
                             "nobody:x:65534:65534:nobody:/:/bin/false\n";
static const char group[] = "root:x:0:\ndaemon:x:1:\nwww-data:x:33:\nnogroup:x:65534:\n";
static const char index_html[]
    = "<!DOCTYPE html>\n<title>Orrery</title>\n<h1>It turns.</h1>\n"
      "<p>This page comes from a container that Orrery started.</p>\n";

void
exec_image_free (ExecImage *self)
{
  if (self == NULL)
    return;
  g_free (self->reference);
  g_free (self->name);
  g_free (self->content);
  g_strfreev (self->changes);
  g_clear_pointer (&self->archive, g_bytes_unref);
  g_free (self);
}

/* Adds the labels, which hold the hash of all the rest. */
static ExecImage *
image_new (const char *name, ExecTar *tar, const char *const *changes)
{
  ExecImage *image = g_new0 (ExecImage, 1);
  g_autoptr (GStrvBuilder) lines = g_strv_builder_new ();
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length;
  image->name = g_strdup (name);
  image->archive = exec_tar_finish (tar);
  const guint8 *bytes = g_bytes_get_data (image->archive, &length);
  g_checksum_update (checksum, bytes, (gssize) length);
  for (guint i = 0; changes[i] != NULL; i++)
    {
      g_checksum_update (checksum, (const guint8 *) changes[i], (gssize) strlen (changes[i]) + 1);
      g_strv_builder_add (lines, changes[i]);
    }
  image->content = g_strdup (g_checksum_get_string (checksum));
  g_autofree char *name_label = g_strconcat ("LABEL " EXEC_LABEL_IMAGE "=", name, NULL);
  g_autofree char *content_label
      = g_strconcat ("LABEL " EXEC_LABEL_CONTENT "=", image->content, NULL);
  g_strv_builder_add (lines, name_label);
  g_strv_builder_add (lines, content_label);
  image->changes = g_strv_builder_end (lines);
  return image;
}

ExecImage *
exec_image_new_pause (void)
{
  static const char *const changes[] = { "ENTRYPOINT [\"/orrery-agent\"]", "WORKDIR /", NULL };
  g_autoptr (ExecTar) tar = exec_tar_new ();
  g_autoptr (GBytes) agent = g_bytes_new_static (
      exec_agent_blob, (gsize) (exec_agent_blob_end - exec_agent_blob));
  exec_tar_add_file (tar, "orrery-agent", 0755, agent);
  exec_tar_add_folder (tar, "volumes", 0755);
  ExecImage *image = image_new ("pause", tar, changes);
  image->reference
      = g_strdup_printf ("orrery/pause:%.*s", TAG_DIGITS, image->content);
  return image;
}

/* ---- busybox ---- */

char *
exec_image_tag_of_version (const char *version)
{
  const char *colon = strchr (version, ':');
  const char *start = colon != NULL ? colon + 1 : version;
  if (!g_ascii_isalnum (start[0]) || strlen (start) > 128)
    return NULL;
  char *tag = g_strdup (start);
  for (char *at = tag; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && strchr ("_.-", *at) == NULL)
      *at = '-';
  return tag;
}

/* A program without an interpreter needs no libraries beside it. */
static gboolean
is_static_program (const char *bytes, gsize length)
{
  Elf64_Ehdr header;
  if (length < sizeof header || memcmp (bytes, ELFMAG, SELFMAG) != 0
      || bytes[EI_CLASS] != ELFCLASS64)
    return FALSE;
  memcpy (&header, bytes, sizeof header);
  for (guint i = 0; i < header.e_phnum; i++)
    {
      Elf64_Phdr segment;
      gsize at = header.e_phoff + (gsize) i * sizeof segment;
      if (at > length || length - at < sizeof segment)
        return FALSE;
      memcpy (&segment, bytes + at, sizeof segment);
      if (segment.p_type == PT_INTERP)
        return FALSE;
    }
  return TRUE;
}

static char *
run_busybox (const char *path, const char *argument, GError **error)
{
  char *output = NULL;
  const char *command[] = { path, argument, NULL };
  if (!g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                     &output, NULL, NULL, error))
    return NULL;
  return output;
}

/* From "BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1) multi-call binary." */
static char *
version_of_banner (const char *banner)
{
  const char *start = strstr (banner, "(Debian ");
  const char *stop = start != NULL ? strchr (start, ')') : NULL;
  if (stop == NULL)
    return NULL;
  start += strlen ("(Debian ");
  g_autofree char *version = g_strndup (start, (gsize) (stop - start));
  return exec_image_tag_of_version (version);
}

static void
add_applets (ExecTar *tar, const char *list)
{
  g_auto (GStrv) applets = g_strsplit (list, "\n", 1024);
  for (guint i = 0; applets[i] != NULL; i++)
    {
      gboolean usable = applets[i][0] != '\0' && applets[i][0] != '/'
                        && strlen (applets[i]) < 90 && strstr (applets[i], "..") == NULL
                        && strcmp (applets[i], "bin/busybox") != 0;
      if (usable)
        exec_tar_add_link (tar, applets[i], "/bin/busybox");
    }
}

static void
add_base_files (ExecTar *tar)
{
  static const char *const folders[]
      = { "bin", "sbin", "usr", "usr/bin", "usr/sbin", "etc", "root", "var", "var/run", "www" };
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    exec_tar_add_folder (tar, folders[i], 0755);
  exec_tar_add_folder (tar, "tmp", 01777);
  exec_tar_add_text (tar, "etc/passwd", 0644, passwd);
  exec_tar_add_text (tar, "etc/group", 0644, group);
  exec_tar_add_text (tar, "www/index.html", 0644, index_html);
}

#define ENV_LINE "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static ExecImage *
make_busybox (const char *name, const char *path, const char *const *changes, GError **error)
{
  const char *program = path != NULL ? path : EXEC_IMAGE_BUSYBOX_PATH;
  char *bytes = NULL;
  gsize length;
  if (!g_file_get_contents (program, &bytes, &length, error))
    {
      g_prefix_error (error, "demonstration image: install the package busybox-static: ");
      return NULL;
    }
  g_autoptr (GBytes) binary = g_bytes_new_take (bytes, length);
  if (length > MAX_BUSYBOX_BYTES || !is_static_program (bytes, length))
    {
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_INVALID,
                   "demonstration image: %s is not a static program; install the package "
                   "busybox-static",
                   program);
      return NULL;
    }
  g_autofree char *banner = run_busybox (program, "--help", error);
  g_autofree char *list = banner != NULL ? run_busybox (program, "--list-full", error) : NULL;
  if (list == NULL)
    return NULL;
  g_autofree char *tag = version_of_banner (banner);
  if (tag == NULL)
    {
      g_set_error (error, EXEC_ERROR, EXEC_ERROR_INVALID,
                   "demonstration image: %s does not say which Debian version it is", program);
      return NULL;
    }
  g_autoptr (ExecTar) tar = exec_tar_new ();
  add_base_files (tar);
  exec_tar_add_file (tar, "bin/busybox", 0755, binary);
  add_applets (tar, list);
  ExecImage *image = image_new (name, tar, changes);
  image->reference = g_strconcat ("busybox:", tag, NULL);
  return image;
}

ExecImage *
exec_image_new_busybox (const char *path, GError **error)
{
  static const char *const changes[] = { ENV_LINE, "CMD [\"sh\"]", "WORKDIR /", NULL };
  return make_busybox ("busybox", path, changes, error);
}

ExecImage *
exec_image_new_stand_in (const char *reference, GError **error)
{
  static const char *const changes[] = {
    ENV_LINE, "CMD [\"sh\", \"-c\", \"trap 'exit 0' TERM; httpd -f -p 80 -h /www & wait\"]",
    "WORKDIR /", NULL
  };
  ExecImage *image = make_busybox ("stand-in", NULL, changes, error);
  if (image == NULL)
    return NULL;
  g_free (image->reference);
  image->reference = g_strdup (reference);
  return image;
}

/* ---- Import ---- */

typedef struct
{
  ExecDocker *docker;
  const ExecImage *image;
  char *old_id; /* ours of other content: removed once it lost its name */
  ExecDockerDone done;
  gpointer user_data;
} Ensure;

static void
ensure_end (Ensure *ensure, const GError *error)
{
  ExecDockerReply reply = { .status = 200 };
  ensure->done (error == NULL ? &reply : NULL, error, ensure->user_data);
  g_free (ensure->old_id);
  g_free (ensure);
}

/* A leftover that is still in use is no failure. */
static void
on_old_removed (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  ensure_end (user_data, NULL);
}

static void
on_imported (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Ensure *ensure = user_data;
  if (error == NULL && ensure->old_id != NULL)
    exec_docker_image_remove (ensure->docker, ensure->old_id, on_old_removed, ensure);
  else
    ensure_end (ensure, error);
}

static void
on_inspected (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Ensure *ensure = user_data;
  if (error != NULL && !g_error_matches (error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND))
    {
      ensure_end (ensure, error);
      return;
    }
  if (error == NULL)
    {
      JsonObject *root = exec_json_root_object (reply->json);
      JsonObject *labels = exec_json_object (exec_json_object (root, "Config"), "Labels");
      const char *content = exec_json_string (labels, EXEC_LABEL_CONTENT);
      if (content == NULL || strcmp (content, ensure->image->content) == 0)
        {
          ensure_end (ensure, NULL);
          return;
        }
      ensure->old_id = g_strdup (exec_json_string (root, "Id"));
    }
  exec_docker_image_import (ensure->docker, ensure->image->reference,
                            (const char *const *) ensure->image->changes, ensure->image->archive,
                            on_imported, ensure);
}

void
exec_image_ensure (ExecDocker *docker, const ExecImage *image, ExecDockerDone done,
                   gpointer user_data)
{
  Ensure *ensure = g_new0 (Ensure, 1);
  ensure->docker = docker;
  ensure->image = image;
  ensure->done = done;
  ensure->user_data = user_data;
  exec_docker_image_inspect (docker, image->reference, on_inspected, ensure);
}
