/* SPDX-License-Identifier: Apache-2.0
 *
 * Headers of 512 bytes, contents padded to 512, two empty blocks at the end.
 * The checksum of a header is the sum of its bytes with blanks in the checksum's own place.
 */

#include "exec/tar.h"

#include <stdio.h>
#include <string.h>

#define BLOCK_BYTES 512
#define NAME_BYTES 100

typedef enum
{
  TAR_FILE = '0',
  TAR_LINK = '2',
  TAR_FOLDER = '5'
} TarType;

struct _ExecTar
{
  GByteArray *bytes;
};

ExecTar *
exec_tar_new (void)
{
  ExecTar *self = g_new0 (ExecTar, 1);
  self->bytes = g_byte_array_new ();
  return self;
}

void
exec_tar_free (ExecTar *self)
{
  if (self == NULL)
    return;
  g_byte_array_unref (self->bytes);
  g_free (self);
}

static void
add_header (ExecTar *self, TarType type, const char *path, guint mode, gsize size)
{
  guint8 block[BLOCK_BYTES] = { 0 };
  gsize length = strlen (path);
  g_assert (length > 0 && length < NAME_BYTES && path[0] != '/' && strstr (path, "..") == NULL);
  memcpy (block, path, length);
  g_snprintf ((char *) block + 100, 8, "%07o", mode & 07777);
  g_snprintf ((char *) block + 108, 8, "%07o", 0);
  g_snprintf ((char *) block + 116, 8, "%07o", 0);
  g_snprintf ((char *) block + 124, 12, "%011" G_GINT64_MODIFIER "o", (guint64) size);
  g_snprintf ((char *) block + 136, 12, "%011o", 0);
  memset (block + 148, ' ', 8);
  block[156] = (guint8) type;
  memcpy (block + 257, "ustar\00000", 8);
  g_byte_array_append (self->bytes, block, sizeof block);
}

/* Closes the header that was added last: only now are all its bytes known. */
static void
seal_header (ExecTar *self)
{
  guint8 *block = self->bytes->data + self->bytes->len - BLOCK_BYTES;
  guint sum = 0;
  for (guint i = 0; i < BLOCK_BYTES; i++)
    sum += block[i];
  g_snprintf ((char *) block + 148, 7, "%06o", sum);
  block[155] = ' ';
}

static void
pad (ExecTar *self)
{
  static const guint8 zeros[BLOCK_BYTES];
  guint over = self->bytes->len % BLOCK_BYTES;
  if (over != 0)
    g_byte_array_append (self->bytes, zeros, BLOCK_BYTES - over);
}

void
exec_tar_add_folder (ExecTar *self, const char *path, guint mode)
{
  g_autofree char *name = g_strconcat (path, "/", NULL);
  add_header (self, TAR_FOLDER, name, mode, 0);
  seal_header (self);
}

void
exec_tar_add_file (ExecTar *self, const char *path, guint mode, GBytes *content)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (content, &length);
  add_header (self, TAR_FILE, path, mode, length);
  seal_header (self);
  g_byte_array_append (self->bytes, bytes, (guint) length);
  pad (self);
}

void
exec_tar_add_text (ExecTar *self, const char *path, guint mode, const char *content)
{
  g_autoptr (GBytes) bytes = g_bytes_new (content, strlen (content));
  exec_tar_add_file (self, path, mode, bytes);
}

void
exec_tar_add_link (ExecTar *self, const char *path, const char *target)
{
  g_assert (strlen (target) < NAME_BYTES);
  add_header (self, TAR_LINK, path, 0777, 0);
  memcpy (self->bytes->data + self->bytes->len - BLOCK_BYTES + 157, target, strlen (target));
  seal_header (self);
}

GBytes *
exec_tar_finish (ExecTar *self)
{
  static const guint8 end[2 * BLOCK_BYTES];
  g_byte_array_append (self->bytes, end, sizeof end);
  GBytes *archive = g_byte_array_free_to_bytes (self->bytes);
  self->bytes = g_byte_array_new ();
  return archive;
}
