/* SPDX-License-Identifier: Apache-2.0
 *
 * The Node object and its Lease: registered at the start, status looked at every 10 s and written
 * when it changed or 5 minutes have passed, the Lease renewed every 10 s for 40 s.
 * Source: kubernetes pkg/kubelet kubelet_node_status.go, nodestatus/setters.go,
 * component-helpers lease (v1.36). Departures: capacity comes from the driver; podCIDR is
 * registered by the kubelet; an answer that is late holds up neither status nor Lease.
 */
#include "base/text.h"
#include "base/time.h"
#include "machinery/conditions.h"
#include "machinery/owner.h"
#include "node/kubelet.h"

#define STATUS_NS (10 * K8_SECOND_NS)
#define REPORT_NS (5 * K8_MINUTE_NS)
#define LEASE_NS (10 * K8_SECOND_NS)
#define RETRY_NS (200 * K8_MILLISECOND_NS)
#define LEASE_NAMESPACE "kube-node-lease"

enum
{
  LEASE_SECONDS = 40,
  KUBELET_PORT = 10250,
};

/* What a condition of the node says now. */
typedef struct
{
  const char *type;
  const char *status;
  const char *reason;
  const char *message;
} Said;

static guint64
pack (K8KubeletFor what)
{
  return k8_kubelet_key_pack ((K8KubeletKey){ .what = (guint8) what });
}

static void
set_timer (K8Kubelet *self, K8Context *context, gint64 delay_ns, K8KubeletFor what)
{
  gint64 jitter_ns = delay_ns / 25; /* upstream's factor 0.04 */

  if (jitter_ns > 0)
    delay_ns += (gint64) k8_random_below (&self->actor.random, (guint64) jitter_ns);
  k8_context_set_timer (context, delay_ns, pack (what));
}

static Said
say_ready (const K8Kubelet *self)
{
  if (self->has_listed && !self->is_runtime_down)
    return (Said){ "Ready", "True", "KubeletReady", "kubelet is posting ready status" };
  return (Said){ "Ready", "False", "KubeletNotReady",
                 self->has_listed
                     ? "container runtime is down"
                     : "[container runtime status check may not have completed yet]" };
}

static const K8NodeCondition *
make_condition (K8Region *region, const Said *said, const K8NodeStatus *before, gint64 now_seconds)
{
  const K8NodeCondition *old = k8_conditions_find (before, said->type);
  gint64 since = now_seconds;
  K8NodeConditionEdit edit;

  if (old != NULL && k8_string_is (k8_node_condition_status (old), said->status))
    since = k8_node_condition_last_transition_time (old);
  k8_node_condition_edit (&edit, region, NULL);
  k8_node_condition_set_type (&edit, said->type);
  k8_node_condition_set_status (&edit, said->status);
  k8_node_condition_set_last_heartbeat_time (&edit, now_seconds);
  k8_node_condition_set_last_transition_time (&edit, since);
  k8_node_condition_set_reason (&edit, said->reason);
  k8_node_condition_set_message (&edit, said->message);
  return k8_node_condition_seal (&edit);
}

/* The conditions in upstream's order; those of other writers stay in front. */
static void
put_conditions (K8Kubelet *self, K8NodeStatusEdit *edit, const K8NodeStatus *before,
                gint64 now_seconds)
{
  const Said all[] = { { "MemoryPressure", "False", "KubeletHasSufficientMemory",
                         "kubelet has sufficient memory available" },
                       { "DiskPressure", "False", "KubeletHasNoDiskPressure",
                         "kubelet has no disk pressure" },
                       { "PIDPressure", "False", "KubeletHasSufficientPID",
                         "kubelet has sufficient PID available" },
                       say_ready (self) };
  K8Region *region = k8_region_of (self);

  k8_node_status_clear_conditions (edit);
  for (guint i = 0; i < k8_node_status_conditions_n (before); i++)
    {
      const K8NodeCondition *old = k8_node_status_conditions_at (before, i);
      gboolean is_ours = FALSE;
      for (guint j = 0; j < G_N_ELEMENTS (all); j++)
        is_ours = is_ours || k8_string_is (k8_node_condition_type (old), all[j].type);
      if (!is_ours)
        k8_node_status_add_conditions (edit, k8_record_ref (old));
    }
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    k8_node_status_add_conditions (edit, make_condition (region, &all[i], before, now_seconds));
}

static gboolean
has_image (const K8NodeStatus *status, const char *name)
{
  for (guint i = 0; i < k8_node_status_images_n (status); i++)
    if (k8_string_is (k8_container_image_names_at (k8_node_status_images_at (status, i), 0), name))
      return TRUE;
  return FALSE;
}

/* Adds the images that were pulled and that the status does not list yet. */
static void
put_images (const K8Kubelet *self, K8NodeStatusEdit *edit, const K8NodeStatus *before)
{
  guint n = k8_node_status_images_n (before);

  for (guint32 i = 0; i < k8_array_n (&self->images); i++)
    {
      const K8NodeImage *image = k8_array_at (&self->images, i);
      K8ContainerImageEdit added;
      if (n >= K8_MAX_NODE_IMAGES || has_image (before, image->name))
        continue;
      n++;
      k8_container_image_edit (&added, k8_region_of (self), NULL);
      k8_container_image_add_names (&added, image->name);
      k8_container_image_set_size_bytes (&added, image->size_bytes);
      k8_node_status_add_images (edit, k8_container_image_seal (&added));
    }
}

/* An image has come to the node; the next status lists it. */
void
k8_node_status_add_image (K8Kubelet *self, const char *name, gint64 size_bytes)
{
  for (guint32 i = 0; i < k8_array_n (&self->images); i++)
    if (k8_string_equal (((K8NodeImage *) k8_array_at (&self->images, i))->name, name))
      return;
  if (k8_array_n (&self->images) < K8_MAX_NODE_IMAGES)
    *(K8NodeImage *) k8_array_add (&self->images)
        = (K8NodeImage){ .name = k8_string_ref (name), .size_bytes = size_bytes };
}

/* The status as it should be; @before is what the API server has. (transfer full) */
static const K8NodeStatus *
make_status (K8Kubelet *self, const K8NodeStatus *before, gint64 now_seconds)
{
  const K8NodeStatus *config = k8_node_status (self->config);
  K8NodeStatusEdit edit;

  k8_node_status_edit (&edit, k8_region_of (self), before);
  if (k8_node_status_has_capacity (config))
    k8_node_status_set_capacity (&edit, k8_list_ref (k8_node_status_capacity (config)));
  if (k8_node_status_has_allocatable (config))
    k8_node_status_set_allocatable (&edit, k8_list_ref (k8_node_status_allocatable (config)));
  else if (k8_node_status_has_capacity (config))
    k8_node_status_set_allocatable (&edit, k8_list_ref (k8_node_status_capacity (config)));
  if (k8_node_status_has_addresses (config))
    k8_node_status_set_addresses (&edit, k8_list_ref (k8_node_status_addresses (config)));
  if (k8_node_status_has_node_info (config))
    k8_node_status_set_node_info (&edit, k8_record_ref (k8_node_status_node_info (config)));
  if (k8_node_status_has_daemon_endpoints (config))
    k8_node_status_set_daemon_endpoints (
        &edit, k8_record_ref (k8_node_status_daemon_endpoints (config)));
  put_images (self, &edit, before);
  put_conditions (self, &edit, before, now_seconds);
  return k8_node_status_seal (&edit);
}

/* Whether two statuses differ in more than heartbeats. */
static gboolean
is_changed (const K8NodeStatus *before, const K8NodeStatus *now)
{
  if (k8_node_status_conditions_n (before) != k8_node_status_conditions_n (now)
      || k8_node_status_images_n (before) != k8_node_status_images_n (now)
      || !k8_list_equal (k8_node_status_capacity (before), k8_node_status_capacity (now))
      || !k8_list_equal (k8_node_status_allocatable (before), k8_node_status_allocatable (now))
      || !k8_list_equal (k8_node_status_addresses (before), k8_node_status_addresses (now))
      || !k8_record_equal (k8_node_status_node_info (before), k8_node_status_node_info (now)))
    return TRUE;
  for (guint i = 0; i < k8_node_status_conditions_n (now); i++)
    {
      const K8NodeCondition *new = k8_node_status_conditions_at (now, i);
      const K8NodeCondition *old = k8_conditions_find (before, k8_node_condition_type (new));
      if (!k8_string_equal (k8_node_condition_status (old), k8_node_condition_status (new))
          || !k8_string_equal (k8_node_condition_reason (old), k8_node_condition_reason (new))
          || !k8_string_equal (k8_node_condition_message (old), k8_node_condition_message (new)))
        return TRUE;
    }
  return FALSE;
}

static const K8Node *
make_node (K8Kubelet *self, K8Context *context)
{
  const char *cidr = context->actor->start->pod_cidr;
  const K8NodeSpec *spec = k8_node_spec (self->config);
  K8NodeEdit edit;

  k8_node_edit (&edit, context->region, self->config);
  if (cidr != NULL && !k8_node_spec_has_pod_cidr (spec))
    {
      K8NodeSpecEdit spec_edit;
      k8_node_spec_edit (&spec_edit, context->region, spec);
      k8_node_spec_set_pod_cidr (&spec_edit, cidr);
      k8_node_spec_add_pod_cidrs (&spec_edit, cidr);
      k8_node_set_spec (&edit, k8_node_spec_seal (&spec_edit));
    }
  k8_node_set_status (&edit, make_status (self, k8_node_status (self->config),
                                          k8_context_wall_seconds (context)));
  return k8_node_seal (&edit);
}

static void
create_node (K8Kubelet *self, K8Context *context)
{
  k8_autounref const K8Node *node = make_node (self, context);

  self->is_node_busy = TRUE;
  k8_client_send (&self->client, context,
                  k8_client_request_for (&self->client, context, K8_VERB_CREATE, node, 0),
                  pack (K8_FOR_NODE_CREATE));
}

static void
get_node (K8Kubelet *self, K8Context *context)
{
  K8ApiRequest *request = k8_client_request (&self->client, context, K8_VERB_GET, K8_KIND_Node);

  k8_api_request_set_name (request, self->node_name);
  self->is_node_busy = TRUE;
  k8_client_send (&self->client, context, request, pack (K8_FOR_NODE_GET));
}

/* Writes the status if it changed or is long ago. */
static void
write_status (K8Kubelet *self, K8Context *context)
{
  const K8NodeStatus *before = k8_node_status (self->node);
  k8_autounref const K8NodeStatus *now
      = make_status (self, before, k8_context_wall_seconds (context));
  K8NodeEdit edit;

  if (!is_changed (before, now) && context->now_ns - self->node_written_ns < REPORT_NS)
    return;
  k8_node_edit (&edit, context->region, self->node);
  k8_node_set_status (&edit, k8_record_ref (now));
  k8_autounref const K8Node *node = k8_node_seal (&edit);
  K8ApiRequest *request = k8_client_request_for (&self->client, context, K8_VERB_UPDATE, node,
                                                 self->node_revision);
  request->subresource = K8_SUBRESOURCE_STATUS;
  self->is_node_busy = TRUE;
  self->node_written_ns = context->now_ns;
  k8_client_send (&self->client, context, request, pack (K8_FOR_NODE_STATUS));
}

void
k8_node_status_start (K8Kubelet *self, K8Context *context)
{
  create_node (self, context);
  set_timer (self, context, STATUS_NS, K8_FOR_NODE_STATUS);
}

/* Looks at the status now: the runtime has answered, or has fallen silent. */
void
k8_node_status_refresh (K8Kubelet *self, K8Context *context)
{
  self->is_refresh_due = self->is_node_busy;
  if (self->is_registered && !self->is_node_busy)
    get_node (self, context);
}

static const K8ObjectMeta *
make_lease_meta (K8Kubelet *self, K8Context *context)
{
  K8ObjectMetaEdit meta;
  K8OwnerReferenceEdit owner;

  k8_owner_reference_edit (&owner, context->region, NULL);
  k8_owner_reference_set_api_version (&owner, "v1");
  k8_owner_reference_set_kind (&owner, "Node");
  k8_owner_reference_set_name (&owner, self->node_name);
  k8_owner_reference_set_uid (&owner, k8_object_meta_uid (k8_node_metadata (self->node)));
  k8_object_meta_edit (&meta, context->region, NULL);
  k8_object_meta_set_name (&meta, self->node_name);
  k8_object_meta_set_namespace (&meta, LEASE_NAMESPACE);
  k8_object_meta_add_owner_references (&meta, k8_owner_reference_seal (&owner));
  return k8_object_meta_seal (&meta);
}

/* The Lease renewed now; made if it is not known. (transfer full) */
static const K8Lease *
make_lease (K8Kubelet *self, K8Context *context)
{
  K8LeaseEdit edit;
  K8LeaseSpecEdit spec;

  k8_lease_edit (&edit, context->region, self->lease);
  if (self->lease == NULL)
    k8_lease_set_metadata (&edit, make_lease_meta (self, context));
  k8_lease_spec_edit (&spec, context->region, k8_lease_spec (self->lease));
  k8_lease_spec_set_holder_identity (&spec, self->node_name);
  k8_lease_spec_set_lease_duration_seconds (&spec, LEASE_SECONDS);
  k8_lease_spec_set_renew_time (&spec, k8_context_wall_micros (context));
  k8_lease_set_spec (&edit, k8_lease_spec_seal (&spec));
  return k8_lease_seal (&edit);
}

static void
get_lease (K8Kubelet *self, K8Context *context)
{
  K8ApiRequest *request = k8_client_request (&self->client, context, K8_VERB_GET, K8_KIND_Lease);

  k8_api_request_set_namespace (request, LEASE_NAMESPACE);
  k8_api_request_set_name (request, self->node_name);
  k8_client_send (&self->client, context, request, pack (K8_FOR_LEASE));
}

static void
renew_lease (K8Kubelet *self, K8Context *context)
{
  k8_autounref const K8Lease *lease = make_lease (self, context);
  K8Verb verb = self->lease == NULL ? K8_VERB_CREATE : K8_VERB_UPDATE;

  k8_client_send (&self->client, context,
                  k8_client_request_for (&self->client, context, verb, lease, self->lease_revision),
                  pack (K8_FOR_LEASE));
}

void
k8_node_status_timer (K8Kubelet *self, K8Context *context, K8KubeletKey key)
{
  if (key.what == K8_FOR_LEASE)
    {
      renew_lease (self, context);
      set_timer (self, context, LEASE_NS, K8_FOR_LEASE);
      return;
    }
  if (key.what == K8_FOR_NODE_CREATE)
    {
      create_node (self, context);
      return;
    }
  if (self->is_registered)
    get_node (self, context);
  set_timer (self, context, STATUS_NS, K8_FOR_NODE_STATUS);
}

static void
take_node (K8Kubelet *self, const K8ApiResponse *response)
{
  k8_record_unref (self->node);
  self->node = k8_record_ref (response->object);
  self->node_revision = response->revision;
}

static void
say_about_node (K8Kubelet *self, K8Context *context, const char *reason, const char *message)
{
  GString *text = g_string_new (NULL);

  if (message == NULL)
    {
      g_string_append (text, "Node ");
      g_string_append (text, self->node_name);
      g_string_append (text, " status is now: ");
      g_string_append (text, reason);
    }
  k8_recorder_say (&self->recorder, &self->client, context, self->node,
                   &(K8Said){ .type = "Normal",
                              .reason = reason,
                              .message = message == NULL ? text->str : message });
  g_string_free (text, TRUE);
}

static void
finish_registration (K8Kubelet *self, K8Context *context)
{
  k8_trace (context, NODE_REGISTERED, { K8_TEXT (self->node_name) });
  self->is_registered = TRUE;
  self->node_written_ns = context->now_ns;
  say_about_node (self, context, "Starting", "Starting kubelet.");
  say_about_node (self, context, "NodeHasSufficientMemory", NULL);
  say_about_node (self, context, "NodeHasNoDiskPressure", NULL);
  say_about_node (self, context, "NodeHasSufficientPID", NULL);
  say_about_node (self, context, "NodeAllocatableEnforced",
                  "Updated Node Allocatable limit across pods");
  write_status (self, context);
  renew_lease (self, context);
  set_timer (self, context, LEASE_NS, K8_FOR_LEASE);
}

static void
tell_readiness (K8Kubelet *self, K8Context *context)
{
  gboolean is_ready = k8_conditions_is_true (k8_node_status (self->node), "Ready");

  if (is_ready == self->was_ready)
    return;
  self->was_ready = (guint8) is_ready;
  k8_trace (context, NODE_READINESS, { K8_TEXT (self->node_name), K8_NUMBER (is_ready) });
  say_about_node (self, context, is_ready ? "NodeReady" : "NodeNotReady", NULL);
}

static void
answer_lease (K8Kubelet *self, K8Context *context, const K8ApiResponse *response)
{
  if (k8_api_response_is_ok (response))
    {
      k8_record_unref (self->lease);
      self->lease = k8_record_ref (response->object);
      self->lease_revision = response->revision;
      return;
    }
  if (response->code == 409)
    get_lease (self, context); /* somebody wrote it: it exists, or is newer */
  else if (response->code == 404)
    {
      k8_record_unref (self->lease);
      self->lease = NULL;
      self->lease_revision = 0;
    }
}

void
k8_node_status_answer (K8Kubelet *self, K8Context *context, const K8ApiResponse *response,
                       K8KubeletKey key)
{
  if (key.what == K8_FOR_LEASE)
    {
      answer_lease (self, context, response);
      return;
    }
  self->is_node_busy = FALSE;
  if (k8_api_response_is_ok (response))
    {
      take_node (self, response);
      if (!self->is_registered)
        finish_registration (self, context);
      else if (key.what == K8_FOR_NODE_GET)
        write_status (self, context);
      tell_readiness (self, context);
      if (self->is_refresh_due && !self->is_node_busy)
        k8_node_status_refresh (self, context);
      return;
    }
  if (key.what == K8_FOR_NODE_CREATE && response->code == 409)
    get_node (self, context);
  else if (!self->is_registered || response->code == 404)
    {
      self->is_registered = FALSE;
      set_timer (self, context, RETRY_NS, K8_FOR_NODE_CREATE);
    }
  else if (response->code == 409)
    get_node (self, context);
}
