/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON trees as text: compact, with the escapes of Go's encoding/json; and as Go's %v prints the
 * same value, which upstream quotes in some refusals.
 */
#include "machinery/json_value.h"

#include <string.h>

#include "base/assert.h"

/* Copies JSON without white space, with <, > and & escaped as in texts of our own. */
static void
append_compact (GString *out, K8JsonText raw)
{
  gboolean is_in_string = FALSE;
  gsize begin = 0; /* of what is still to be copied as it is */

  for (gsize i = 0; i < raw.length; i++)
    {
      char c = raw.text[i];
      gboolean is_escaped = c == '<' || c == '>' || c == '&';
      gboolean is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
      if (is_in_string && c == '\\')
        i++;
      else if (c == '"')
        is_in_string = !is_in_string;
      else if (is_escaped || (is_space && !is_in_string))
        {
          g_string_append_len (out, raw.text + begin, (gssize) (i - begin));
          if (is_escaped)
            g_string_append_printf (out, "\\u%04x", (guint) c);
          begin = i + 1;
        }
    }
  g_string_append_len (out, raw.text + begin, (gssize) (raw.length - begin));
}

static void
append_members (GString *out, const K8Json *self)
{
  g_string_append_c (out, '{');
  for (guint i = 0; i < self->n; i++)
    {
      g_string_append (out, i == 0 ? "" : ",");
      k8_json_append_string (out, self->keys[i].text, self->keys[i].length);
      g_string_append_c (out, ':');
      k8_json_append (out, self->items[i]);
    }
  g_string_append_c (out, '}');
}

static void
append_items (GString *out, const K8Json *self)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < self->n; i++)
    {
      g_string_append (out, i == 0 ? "" : ",");
      k8_json_append (out, self->items[i]);
    }
  g_string_append_c (out, ']');
}

void
k8_json_append (GString *out, const K8Json *self)
{
  if (self->raw.text != NULL)
    {
      append_compact (out, self->raw);
      return;
    }
  switch (self->type)
    {
    case K8_JSON_IS_NULL:
      g_string_append (out, "null");
      return;
    case K8_JSON_IS_FALSE:
      g_string_append (out, "false");
      return;
    case K8_JSON_IS_TRUE:
      g_string_append (out, "true");
      return;
    case K8_JSON_IS_NUMBER:
      g_string_append_len (out, self->text.text, (gssize) self->text.length);
      return;
    case K8_JSON_IS_STRING:
      k8_json_append_string (out, self->text.text, self->text.length);
      return;
    case K8_JSON_IS_ARRAY:
      append_items (out, self);
      return;
    case K8_JSON_IS_OBJECT:
      append_members (out, self);
      return;
    }
  k8_assert_not_reached ();
}

void
k8_json_append_go (GString *out, const K8Json *self)
{
  gboolean is_object = self->type == K8_JSON_IS_OBJECT;

  switch (self->type)
    {
    case K8_JSON_IS_NULL:
      g_string_append (out, "<nil>");
      return;
    case K8_JSON_IS_FALSE:
    case K8_JSON_IS_TRUE:
      g_string_append (out, self->type == K8_JSON_IS_TRUE ? "true" : "false");
      return;
    case K8_JSON_IS_NUMBER:
    case K8_JSON_IS_STRING:
      g_string_append_len (out, self->text.text, (gssize) self->text.length);
      return;
    case K8_JSON_IS_ARRAY:
    case K8_JSON_IS_OBJECT:
      break;
    }
  g_string_append (out, is_object ? "map[" : "[");
  for (guint i = 0; i < self->n; i++)
    {
      g_string_append (out, i == 0 ? "" : " ");
      if (is_object)
        {
          g_string_append_len (out, self->keys[i].text, (gssize) self->keys[i].length);
          g_string_append_c (out, ':');
        }
      k8_json_append_go (out, self->items[i]);
    }
  g_string_append_c (out, ']');
}
