/* SPDX-License-Identifier: Apache-2.0
 *
 * The Protobuf codec: upstream's envelope `k8s\0` + runtime.Unknown around one message, written
 * as gogo-protobuf writes it, byte for byte: by ascending tag, values that are no pointers
 * always, maps sorted by key. Reading takes any order, skips what it does not know and refuses
 * lengths, depths and varints that cannot be.
 */
#pragma once

#include <glib.h>

#include "base/region.h"
#include "schema/field.h"

/* What a decoding found beside the record. Zero it before, clear it after. */
typedef struct
{
  char *api_version; /* (nullable): of the envelope */
  char *kind;        /* (nullable) */
  char *error;       /* (nullable): why the bytes are refused */
  gsize offset;      /* where */
} K8ProtobufDecoded;

typedef struct
{
  const K8KindInfo *kind;       /* named in the envelope */
  const char *resource_version; /* (nullable): written into metadata, over the record's own */
} K8ProtobufOptions;

gboolean k8_protobuf_is_envelope (const char *bytes, gsize length);

/* Reads only apiVersion and kind of the envelope. Sets them, or ret->error. */
gboolean k8_protobuf_decode_type (const char *bytes, gsize length, K8ProtobufDecoded *ret);

/* Decodes an envelope; NULL with ret->error set when it is refused. (transfer full) */
const void *k8_protobuf_decode (K8Region *region, const K8MessageInfo *info, const char *bytes,
                                gsize length, K8ProtobufDecoded *ret);

/* The same without an envelope. */
const void *k8_protobuf_decode_message (K8Region *region, const K8MessageInfo *info,
                                        const char *bytes, gsize length, K8ProtobufDecoded *ret);
void k8_protobuf_decoded_clear (K8ProtobufDecoded *self);

void k8_protobuf_encode (GString *out, const void *record, const K8ProtobufOptions *options);
void k8_protobuf_encode_message (GString *out, const void *record, const char *resource_version);

/* A list: items are collected with k8_protobuf_append_item(), then put into an envelope with
 * their metadata (a K8ListMeta or NULL). */
void k8_protobuf_append_item (GString *items, const void *record, const char *resource_version);
void k8_protobuf_encode_list (GString *out, const void *list_meta, const GString *items,
                              const K8KindInfo *kind);

/* One frame of a watch: 4 bytes of length, big-endian, and an enveloped WatchEvent. */
void k8_protobuf_encode_watch_event (GString *out, const char *type, const void *record,
                                     const K8ProtobufOptions *options);
