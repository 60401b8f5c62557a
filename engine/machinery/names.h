/* SPDX-License-Identifier: Apache-2.0
 *
 * What texts may be used as names, keys and values. Each check gives the sentences of upstream
 * that apply, in its order; none means good. NULL counts as "".
 * Source: k8s.io/apimachinery pkg/util/validation and pkg/api/validation (v1.36).
 */
#pragma once

#include <glib.h>

enum
{
  K8_NAME_MAX_FAULTS = 6,
  K8_DNS_LABEL_MAX_BYTES = 63,
  K8_DNS_SUBDOMAIN_MAX_BYTES = 253,
  K8_LABEL_VALUE_MAX_BYTES = 63,
  K8_ANNOTATIONS_MAX_BYTES = 256 * 1024,
  K8_GENERATE_NAME_MAX_BYTES = 58,
};

typedef struct
{
  guint n;
  const char *text[K8_NAME_MAX_FAULTS]; /* constants */
} K8NameFaults;

typedef K8NameFaults (*K8NameCheck) (const char *name);

/* Names. */
K8NameFaults k8_name_check_dns_1123_label (const char *name);
K8NameFaults k8_name_check_dns_1123_subdomain (const char *name);
K8NameFaults k8_name_check_dns_1123_subdomain_with_underscore (const char *name);
K8NameFaults k8_name_check_dns_1035_label (const char *name);
K8NameFaults k8_name_check_path_segment (const char *name);
K8NameFaults k8_name_check_qualified (const char *name);
K8NameFaults k8_name_check_label_value (const char *name);
K8NameFaults k8_name_check_config_map_key (const char *name);
K8NameFaults k8_name_check_env_var (const char *name);
K8NameFaults k8_name_check_c_identifier (const char *name);
K8NameFaults k8_name_check_port (const char *name);
K8NameFaults k8_name_check_http_header (const char *name);
K8NameFaults k8_name_check_percent (const char *name);

/* Numbers. */
K8NameFaults k8_name_check_port_number (gint64 port);
K8NameFaults k8_name_check_user_id (gint64 id);
K8NameFaults k8_name_check_group_id (gint64 id);

static inline gboolean
k8_name_is_good (K8NameFaults faults)
{
  return faults.n == 0;
}

/* A name for metadata.generateName: the prefix, cut to 58 bytes, and five characters chosen by
 * @bits (random; the caller's). (transfer full): g_free() it. */
char *k8_name_generate (const char *prefix, guint64 bits);
