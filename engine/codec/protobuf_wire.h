/* SPDX-License-Identifier: Apache-2.0
 *
 * Protobuf on the wire: tags, and a reader of varints and pieces that never runs past its end.
 * Private to the codec. Source: protobuf.dev, "Encoding"; texts of errors: gogo/protobuf.
 */
#pragma once

#include <glib.h>

enum
{
  K8_WIRE_VARINT = 0,
  K8_WIRE_FIXED64 = 1,
  K8_WIRE_BYTES = 2,
  K8_WIRE_FIXED32 = 5,
};

/* A piece of the input being read. */
typedef struct
{
  const guint8 *next;
  const guint8 *end;
  const char *error; /* static; NULL while all is well */
} K8Wire;

/* One field of a message: its tag, and its value as number or as piece. */
typedef struct
{
  guint number;
  guint wire_type;
  guint64 value;
  K8Wire piece;
} K8WireField;

static inline K8Wire
k8_wire_make (const char *bytes, gsize length)
{
  const guint8 *start = (const guint8 *) bytes;

  return (K8Wire){ .next = start, .end = start + length };
}

static inline gsize
k8_wire_left (const K8Wire *self)
{
  return (gsize) (self->end - self->next);
}

static inline gboolean
k8_wire_fail (K8Wire *self, const char *error)
{
  if (self->error == NULL)
    self->error = error;
  return FALSE;
}

/* At most ten bytes; FALSE with an error if there is no varint. */
static inline gboolean
k8_wire_read_varint (K8Wire *self, guint64 *ret_value)
{
  guint64 value = 0;

  for (guint shift = 0; shift < 70; shift += 7)
    {
      if (self->next >= self->end)
        return k8_wire_fail (self, "unexpected EOF");
      guint8 byte = *self->next++;
      if (shift == 63 && byte > 1)
        break;
      value |= (guint64) (byte & 0x7f) << shift;
      if (byte < 0x80)
        {
          *ret_value = value;
          return TRUE;
        }
    }
  return k8_wire_fail (self, "proto: integer overflow");
}

static inline gboolean
k8_wire_read_fixed (K8Wire *self, guint n, guint64 *ret_value)
{
  guint64 value = 0;

  if (k8_wire_left (self) < n)
    return k8_wire_fail (self, "unexpected EOF");
  for (guint i = 0; i < n; i++)
    value |= (guint64) *self->next++ << (8 * i);
  *ret_value = value;
  return TRUE;
}

/* The next field. FALSE at the end, and with an error if what follows is none. */
static inline gboolean
k8_wire_next (K8Wire *self, K8WireField *ret_field)
{
  guint64 tag;

  if (self->error != NULL || self->next >= self->end || !k8_wire_read_varint (self, &tag))
    return FALSE;
  if (tag >> 3 == 0 || tag >> 3 > (1u << 29) - 1)
    return k8_wire_fail (self, "proto: illegal tag");
  ret_field->number = (guint) (tag >> 3);
  ret_field->wire_type = (guint) (tag & 7);
  ret_field->value = 0;
  ret_field->piece = (K8Wire){ .next = self->next, .end = self->next };
  if (ret_field->wire_type == K8_WIRE_VARINT)
    return k8_wire_read_varint (self, &ret_field->value);
  if (ret_field->wire_type == K8_WIRE_FIXED64)
    return k8_wire_read_fixed (self, 8, &ret_field->value);
  if (ret_field->wire_type == K8_WIRE_FIXED32)
    return k8_wire_read_fixed (self, 4, &ret_field->value);
  if (ret_field->wire_type != K8_WIRE_BYTES)
    return k8_wire_fail (self, "proto: illegal wireType");
  if (!k8_wire_read_varint (self, &ret_field->value))
    return FALSE;
  if (ret_field->value > k8_wire_left (self))
    return k8_wire_fail (self, ret_field->value > G_MAXINT64
                                   ? "proto: negative length found during unmarshaling"
                                   : "unexpected EOF");
  ret_field->piece = (K8Wire){ .next = self->next, .end = self->next + ret_field->value };
  self->next = ret_field->piece.end;
  return TRUE;
}
