/* SPDX-License-Identifier: Apache-2.0
 *
 * Image references: `[registry[:port]/]path[:tag][@digest]`.
 * Source: github.com/distribution/reference (grammar and familiar names), kubernetes
 * pkg/util/parsers (v1.36).
 */
#pragma once

#include <glib.h>

/* Views into the reference. Lengths are 0 for parts that are not there. */
typedef struct
{
  const char *domain; /* "docker.io" if none is said */
  gsize domain_bytes;
  const char *path; /* without "library/", which Docker puts before a lone word */
  gsize path_bytes;
  const char *tag;
  gsize tag_bytes;
  const char *digest;
  gsize digest_bytes;
} K8ImageName;

/* FALSE if it is no reference. */
gboolean k8_image_parse (const char *image, K8ImageName *ret_name);

/* "Always" if the tag is latest or neither tag nor digest are said, else "IfNotPresent". */
const char *k8_image_default_pull_policy (const char *image);
