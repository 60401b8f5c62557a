/* SPDX-License-Identifier: Apache-2.0
 *
 * Warnings: a table of kinds; pods and templates share their rules (warnings_pod.c).
 * Departures: owner references and addresses with leading zeros are not warned of.
 */
#include "machinery/warnings.h"

#include "machinery/gvk.h"
#include "machinery/names.h"
#include "machinery/warnings_pod.h"

static void
warn (GPtrArray *warnings, const char *text)
{
  g_ptr_array_add (warnings, g_strdup (text));
}

/* A name that ends up in host names should be a DNS label. */
static void
check_name (const void *object, const char *use, GPtrArray *warnings)
{
  const char *name = k8_object_meta_name (k8_object_get_meta (object));
  K8NameFaults faults = k8_name_check_dns_1123_label (name == NULL ? "" : name);
  GString *text = g_string_new ("metadata.name: this is used in ");

  g_string_append (text, use);
  g_string_append (text, ", which can result in surprising behavior; a DNS label is "
                         "recommended: [");
  for (guint i = 0; i < faults.n; i++)
    g_string_append_printf (text, "%s%s", i == 0 ? "" : " ", faults.text[i]);
  g_string_append_c (text, ']');
  if (faults.n > 0)
    warn (warnings, text->str);
  g_string_free (text, TRUE);
}

static void
check_template (const K8PodTemplateSpec *template, GPtrArray *warnings)
{
  K8Path spec = k8_path_child (NULL, "spec");
  K8Path path = k8_path_child (&spec, "template");

  k8_warnings_pod_spec (&path, k8_pod_template_spec_metadata (template),
                        k8_pod_template_spec_spec (template), warnings);
}

static gboolean
is_headless (const K8ServiceSpec *spec)
{
  return k8_service_spec_cluster_ips_n (spec) == 1
         && strcmp (k8_service_spec_cluster_ips_at (spec, 0), "None") == 0;
}

static void
check_headless (const K8ServiceSpec *spec, GPtrArray *warnings)
{
  if (k8_service_spec_has_load_balancer_ip (spec))
    warn (warnings, "spec.loadBalancerIP is ignored when spec.clusterIP is \"None\"");
  if (k8_service_spec_external_ips_n (spec) > 0)
    warn (warnings, "spec.externalIPs is ignored when spec.clusterIP is \"None\"");
  if (!k8_string_is (k8_service_spec_session_affinity (spec), "None"))
    warn (warnings, "spec.SessionAffinity is ignored for headless services");
}

static void
check_service (const K8Service *service, GPtrArray *warnings)
{
  static const char hints[] = "service.kubernetes.io/topology-aware-hints";
  const K8ServiceSpec *spec = k8_service_spec (service);

  if (k8_object_meta_annotations_get (k8_service_metadata (service), hints) != NULL)
    warn (warnings, "annotation service.kubernetes.io/topology-aware-hints is deprecated, please "
                    "use service.kubernetes.io/topology-mode instead");
  if (is_headless (spec))
    check_headless (spec, warnings);
  if (k8_service_spec_external_ips_n (spec) > 0)
    warn (warnings, "spec.externalIPs is deprecated and may no longer be implemented in some "
                    "clusters");
  if (k8_string_is (k8_service_spec_traffic_distribution (spec), "PreferClose"))
    warn (warnings, "spec.trafficDistribution: \"PreferClose\" is deprecated; use "
                    "\"PreferSameZone\"");
}

/* A new pod, by hand or from a template. */
static void
check_pod (const K8Pod *pod, GPtrArray *warnings)
{
  check_name (pod, "the Pod's hostname", warnings);
  k8_warnings_pod_spec (NULL, k8_pod_metadata (pod), k8_pod_spec (pod), warnings);
}

void
k8_warnings_create (const void *object, GPtrArray *warnings)
{
  guint message = k8_record_info (object)->id;

  if (message == k8_message_pod)
    check_pod (object, warnings);
  else if (message == k8_message_service)
    check_service (object, warnings);
  else if (message == k8_message_deployment || message == k8_message_replica_set)
    {
      check_name (object, "Pod names and hostnames", warnings);
      check_template (message == k8_message_deployment
                          ? k8_deployment_spec_template (k8_deployment_spec (object))
                          : k8_replica_set_spec_template (k8_replica_set_spec (object)),
                      warnings);
    }
}

void
k8_warnings_update (const void *object, const void *old, GPtrArray *warnings)
{
  guint message = k8_record_info (object)->id;
  gboolean is_changed = k8_object_meta_generation (k8_object_get_meta (object))
                        != k8_object_meta_generation (k8_object_get_meta (old));

  if (message == k8_message_service)
    check_service (object, warnings);
  else if (message == k8_message_deployment && is_changed)
    check_template (k8_deployment_spec_template (k8_deployment_spec (object)), warnings);
  else if (message == k8_message_replica_set && is_changed)
    check_template (k8_replica_set_spec_template (k8_replica_set_spec (object)), warnings);
}
