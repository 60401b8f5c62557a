/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the recorded objects: gzip, one JSON object a line.
 */

#include <gio/gio.h>

#include "tests/diff/validation/suite.h"

static GDataInputStream *
open_lines (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) raw = g_file_read (file, NULL, NULL);

  if (raw == NULL)
    return NULL;
  g_autoptr (GZlibDecompressor) gunzip = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GInputStream) plain =
      g_converter_input_stream_new (G_INPUT_STREAM (raw), G_CONVERTER (gunzip));
  return g_data_input_stream_new (plain);
}

static const char *
get_text (JsonObject *row, const char *name)
{
  return json_object_has_member (row, name) ? json_object_get_string_member (row, name) : "";
}

static void
read_line (const char *line, RecordingFunc func, gpointer user_data)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  Recording recording = { .parser = parser };

  if (!json_parser_load_from_data (parser, line, -1, &error))
    g_error ("corpus: %s", error->message);
  recording.row = json_node_get_object (json_parser_get_root (parser));
  recording.id = get_text (recording.row, "id");
  recording.kind = get_text (recording.row, "kind");
  recording.path = get_text (recording.row, "path");
  recording.defect = get_text (recording.row, "defect");
  recording.verb = get_text (recording.row, "verb");
  func (&recording, user_data);
}

gboolean
corpus_each (const char *folder, const char *name, RecordingFunc func, gpointer user_data)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GDataInputStream) lines = open_lines (path);

  if (lines == NULL)
    return FALSE;
  while (TRUE)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, &error);
      if (error != NULL)
        g_error ("%s: %s", path, error->message);
      if (line == NULL)
        return TRUE;
      read_line (line, func, user_data);
    }
}
