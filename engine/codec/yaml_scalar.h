/* SPDX-License-Identifier: Apache-2.0
 *
 * How the emitter writes one text: which style it may have, and the text in that style. Private
 * to the codec.
 */
#pragma once

#include <glib.h>

/* Where the emitter stands. Columns count characters from 0. */
typedef struct
{
  GString *out;
  guint column;
} K8YamlPen;

void k8_yaml_pen_text (K8YamlPen *self, const char *text, gsize length); /* no line ends in it */
void k8_yaml_pen_line (K8YamlPen *self, guint indent); /* ends the line, begins the next */

/* Writes a text as a value that stands @indent columns deep, or as a key. */
void k8_yaml_write_value (K8YamlPen *self, const char *text, gsize length, guint indent);
void k8_yaml_write_key (K8YamlPen *self, const char *text, gsize length);
