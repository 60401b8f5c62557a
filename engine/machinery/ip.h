/* SPDX-License-Identifier: Apache-2.0
 *
 * IP addresses and address ranges as the API spells them: parsing, canonical text (RFC 5952),
 * and upstream's checks of fields that hold them.
 * Source: k8s.io/apimachinery pkg/util/validation/ip.go, k8s.io/utils/net (v1.36).
 */
#pragma once

#include <glib.h>

#include "machinery/field_errors.h"

enum
{
  K8_IP_TEXT_BYTES = 48, /* the longest canonical text with its NUL, and a prefix length */
};

typedef struct
{
  guint8 bytes[16]; /* IPv4 in the first four */
  gboolean is_v6;
  gboolean is_mapped;         /* was written as ::ffff:1.2.3.4; kept as IPv4 */
  gboolean has_leading_zeros; /* 010.1.1.1: read as decimal, refused where strict */
} K8IP;

typedef struct
{
  K8IP ip; /* as written; bits beyond the prefix may be set */
  guint prefix_bits;
  gboolean has_leading_zeros;
} K8CIDR;

gboolean k8_ip_parse (const char *text, K8IP *ret_ip);
gboolean k8_cidr_parse (const char *text, K8CIDR *ret_cidr);
void k8_ip_to_text (const K8IP *self, char ret_text[K8_IP_TEXT_BYTES]);
void k8_cidr_to_text (const K8CIDR *self, char ret_text[K8_IP_TEXT_BYTES]); /* masked */
gboolean k8_cidr_has_host_bits (const K8CIDR *self);
gboolean k8_ip_is_unspecified (const K8IP *self);
gboolean k8_ip_is_loopback (const K8IP *self);
gboolean k8_ip_is_link_local_unicast (const K8IP *self);
gboolean k8_ip_is_link_local_multicast (const K8IP *self);
gboolean k8_ip_equal (const K8IP *a, const K8IP *b);

/* Fields that allow other than canonical spellings, and fields that do not. */
void k8_ip_check_legacy (K8FieldErrors *errors, const K8Path *path, const char *text);
void k8_ip_check (K8FieldErrors *errors, const K8Path *path, const char *text);
void k8_cidr_check_legacy (K8FieldErrors *errors, const K8Path *path, const char *text);
void k8_cidr_check (K8FieldErrors *errors, const K8Path *path, const char *text);
