/* SPDX-License-Identifier: Apache-2.0
 *
 * Rendering of field paths; everything else about them is in the header.
 * Source: k8s.io/apimachinery pkg/util/validation/field/path.go (v1.36).
 */
#include "machinery/path.h"

/* Appends the path from its root, `spec.ports[2].name`. Depth is that of the schema. */
void
k8_path_append (const K8Path *self, GString *text)
{
  if (self == NULL)
    return;
  k8_path_append (self->parent, text);
  if (self->name == NULL)
    g_string_append_printf (text, "[%u]", self->index);
  else if (*self->name == '\0' && !self->is_key)
    g_string_append (text, "[]"); /* of the whole object; so Go prints an empty name */
  else if (self->is_key)
    g_string_append_printf (text, "[%s]", self->name);
  else
    {
      if (self->parent != NULL)
        g_string_append_c (text, '.');
      g_string_append (text, self->name);
    }
}

/* The path as a text. (transfer full): g_free() it. */
char *
k8_path_to_text (const K8Path *self)
{
  GString *text = g_string_new (NULL);

  k8_path_append (self, text);
  return g_string_free (text, FALSE);
}
