/* SPDX-License-Identifier: Apache-2.0
 *
 * A pod on such a node: NEW → (0.5 s) RUNNING, or WAITING if an image's name says that it cannot
 * be pulled → (Jobs: 2 s; stub/delay) ENDED; with a deletionTimestamp STOPPING → (0.5 s) a last
 * status, then deletion with grace 0.
 * Annotations: stub/phase Succeeded, Failed or Never; stub/delay, stub/start-delay,
 * stub/stop-delay in seconds; stub/exit-code; stub/ready "false"; stub/start never. On a node:
 * stub/down "true".
 * The part is not cloned: set the interval of the timeline so that no checkpoint is taken.
 */
#include "tests/lib/recorded_nodes.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/string.h"
#include "base/time.h"
#include "codec/json.h"
#include "schema/kinds.h"

enum
{
  N_NODES = 3,
  FIRST_HOST = 2, /* of a pod network */
};

#define START_NS (500 * K8_MILLISECOND_NS)
#define STOP_NS (500 * K8_MILLISECOND_NS)
#define READY_NS (200 * K8_MILLISECOND_NS)
#define JOB_NS (2 * K8_SECOND_NS)
#define RENEW_NS (10 * K8_SECOND_NS)
#define DELETE_NS (5 * K8_MILLISECOND_NS)

typedef enum
{
  POD_NEW,
  POD_WAITING,
  POD_RUNNING,
  POD_ENDED,
  POD_STOPPING,
} PodState;

/* What an entry of the queue is for; entry.a is the pod's place, or the node's. */
typedef enum
{
  DO_START,
  DO_READY,
  DO_END,
  DO_STOP,
  DO_DELETE,
  DO_RENEW,
} Deed;

typedef struct
{
  const K8Pod *pod;
  guint place;
  guint node; /* 1 to 3 */
  guint host; /* last part of its address */
  PodState state;
  guint64 pending; /* bits of deeds that are scheduled */
  gint64 started_ns;
  gboolean is_ready;
  gboolean is_shown_ready;
  char *images;
} Played;

struct RecordedNodes
{
  SimPart part;
  SimWorld *world;
  char *bearer;
  GHashTable *by_uid; /* char * → Played */
  GPtrArray *places;  /* Played, or NULL */
  guint next_host[N_NODES + 1];
  gboolean is_down[N_NODES + 1];
  guint64 pod_watch;
  guint64 node_watch;
  gint64 last_change_ns;
};

static void
played_free (void *data)
{
  Played *played = data;

  k8_record_unref (played->pod);
  g_free (played->images);
  g_free (played);
}

static const char *
annotation (const K8Pod *pod, const char *name)
{
  return k8_object_meta_annotations_get (k8_pod_metadata (pod), name);
}

static gboolean
annotation_is (const K8Pod *pod, const char *name, const char *value)
{
  const char *text = annotation (pod, name);

  return text != NULL && strcmp (text, value) == 0;
}

/* A delay in seconds that an annotation gives. */
static gint64
delay_of (const K8Pod *pod, const char *name, gint64 otherwise_ns)
{
  const char *text = annotation (pod, name);

  return text == NULL ? otherwise_ns : (gint64) (g_ascii_strtod (text, NULL) * 1e9);
}

static guint64
send (RecordedNodes *self, const char *method, const char *target, const char *type,
      const char *body)
{
  K8HttpRequest *request = k8_http_request_new (self->world->region, method, target);

  k8_http_request_add_header (request, "authorization", self->bearer);
  k8_http_request_add_header (request, "accept", "application/json");
  k8_http_request_add_header (request, "user-agent", "kubelet");
  if (body != NULL)
    {
      k8_http_request_add_header (request, "content-type", type);
      k8_http_request_set_body (request, body, strlen (body));
    }
  return sim_world_request_own (self->world, request);
}

static void
schedule (RecordedNodes *self, guint place, Deed deed, gint64 delay_ns)
{
  sim_world_schedule (self->world, delay_ns, SIM_ENTRY_ACTION, place, deed);
}

static void
schedule_once (RecordedNodes *self, Played *played, Deed deed, gint64 delay_ns)
{
  if ((played->pending & (1u << deed)) != 0)
    return;
  played->pending |= 1u << deed;
  schedule (self, played->place, deed, delay_ns);
}

/* Wall time now, as the API writes it. */
static char *
dup_time (const RecordedNodes *self, gint64 at_ns)
{
  char text[K8_TIME_LETTERS + 1];

  k8_time_format ((self->world->config.wall_start_ns + at_ns) / K8_SECOND_NS, text);
  return g_strdup (text);
}

static void
append_condition (GString *out, const Played *played, const char *type, gboolean is_true,
                  const char *cause, const char *now)
{
  g_string_append_printf (out,
                          "{\"type\":\"%s\",\"status\":\"%s\",\"observedGeneration\":%"
                          G_GINT64_FORMAT ",\"lastProbeTime\":null,\"lastTransitionTime\":"
                          "\"%s\"%s},",
                          type, is_true ? "True" : "False",
                          k8_object_meta_generation (k8_pod_metadata (played->pod)), now, cause);
}

/* The names of the containers, as the kubelet lists them: "a b". */
static char *
dup_container_names (const K8PodSpec *spec)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    g_string_append_printf (names, "%s%s", i == 0 ? "" : " ",
                            k8_container_name (k8_pod_spec_containers_at (spec, i)));
  return g_string_free (names, FALSE);
}

/* The reason and message of a condition of a pod whose containers are not ready. */
static char *
dup_cause (const Played *played, const char *end_reason)
{
  if (end_reason != NULL)
    return g_strdup_printf (",\"reason\":\"%s\"", end_reason);
  if (played->is_ready)
    return g_strdup ("");
  g_autofree char *names = dup_container_names (k8_pod_spec (played->pod));
  return g_strdup_printf (",\"reason\":\"ContainersNotReady\",\"message\":\"containers with "
                          "unready status: [%s]\"",
                          names);
}

static void
append_conditions (GString *out, const Played *played, const char *end_reason, const char *now)
{
  g_autofree char *cause = dup_cause (played, end_reason);
  gboolean is_completed = end_reason != NULL && strcmp (end_reason, "PodCompleted") == 0;
  gboolean is_started = played->state != POD_WAITING;

  g_string_append (out, "\"conditions\":[");
  append_condition (out, played, "PodReadyToStartContainers", is_started, "", now);
  append_condition (out, played, "Initialized", TRUE, is_completed ? cause : "", now);
  append_condition (out, played, "Ready", played->is_ready, cause, now);
  append_condition (out, played, "ContainersReady", played->is_ready, cause, now);
  g_string_truncate (out, out->len - 1);
  g_string_append (out, "]");
}

/* How a container is shown: its state as JSON, and whether it runs. */
typedef struct
{
  char *state;
  gboolean is_running;
  gboolean is_ready;
  gboolean is_unpulled;
} Look;

static void
append_container (GString *out, const Played *played, const K8Container *container,
                  const Look *look)
{
  const char *image = k8_container_image (container);
  const K8ResourceRequirements *resources = k8_container_resources (container);
  const char *uid = k8_object_meta_uid (k8_pod_metadata (played->pod));

  g_string_append_printf (out, "{\"name\":\"%s\",\"state\":{%s},\"lastState\":{},\"ready\":%s,",
                          k8_container_name (container), look->state,
                          look->is_ready ? "true" : "false");
  g_string_append_printf (out, "\"restartCount\":0,\"image\":\"%s\",\"started\":%s", image,
                          look->is_running ? "true" : "false");
  if (look->is_unpulled)
    g_string_append (out, ",\"imageID\":\"\"");
  else
    g_string_append_printf (out, ",\"imageID\":\"stub://%s\",\"containerID\":\"stub://%s/%s\"",
                            image, uid, k8_container_name (container));
  if (k8_resource_requirements_requests_n (resources) > 0)
    {
      g_string_append (out, ",\"allocatedResources\":");
      k8_json_encode_field (out, resources, K8_FIELD (resource_requirements, requests));
    }
  if (k8_resource_requirements_requests_n (resources) > 0
      || k8_resource_requirements_limits_n (resources) > 0)
    {
      g_string_append (out, ",\"resources\":");
      k8_json_encode (out, resources, &(K8JsonOptions){ 0 });
    }
  g_string_append (out, "},");
}

static char *
dup_terminated (const RecordedNodes *self, const Played *played, const K8Container *container,
                int exit_code)
{
  g_autofree char *began = dup_time (self, played->started_ns);
  g_autofree char *now = dup_time (self, self->world->now_ns);

  return g_strdup_printf ("\"terminated\":{\"exitCode\":%d,\"reason\":\"%s\",\"startedAt\":\"%s\","
                          "\"finishedAt\":\"%s\",\"containerID\":\"stub://%s/%s\"}",
                          exit_code, exit_code == 0 ? "Completed" : "Error", began, now,
                          k8_object_meta_uid (k8_pod_metadata (played->pod)),
                          k8_container_name (container));
}

static gboolean
is_bad_image (const char *image)
{
  return strstr (image, "bad") != NULL || strstr (image, "nonexistent") != NULL
         || strstr (image, "does-not-exist") != NULL;
}

static void
clear_look (Look *look)
{
  g_free (look->state);
}

static Look
make_look (const RecordedNodes *self, const Played *played, const K8Container *container,
           int exit_code)
{
  const char *image = k8_container_image (container);

  if (exit_code >= 0)
    return (Look){ .state = dup_terminated (self, played, container, exit_code) };
  if (is_bad_image (image))
    return (Look){ .state = g_strdup_printf ("\"waiting\":{\"reason\":\"ImagePullBackOff\","
                                             "\"message\":\"Back-off pulling image \\\"%s\\\"\"}",
                                             image),
                   .is_unpulled = TRUE };
  g_autofree char *began = dup_time (self, played->started_ns);
  return (Look){ .state = g_strdup_printf ("\"running\":{\"startedAt\":\"%s\"}", began),
                 .is_running = TRUE,
                 .is_ready = !annotation_is (played->pod, "stub/ready", "false") };
}

static void
append_init_containers (GString *out, const RecordedNodes *self, const Played *played)
{
  const K8PodSpec *spec = k8_pod_spec (played->pod);

  if (k8_pod_spec_init_containers_n (spec) == 0)
    return;
  g_string_append (out, ",\"initContainerStatuses\":[");
  for (guint i = 0; i < k8_pod_spec_init_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_init_containers_at (spec, i);
      gboolean is_sidecar = k8_container_restart_policy (container) != NULL;
      Look look = make_look (self, played, container, is_sidecar ? -1 : 0);
      look.is_ready = TRUE;
      append_container (out, played, container, &look);
      clear_look (&look);
    }
  g_string_truncate (out, out->len - 1);
  g_string_append (out, "]");
}

/* @exit_code: -1 while it runs. */
static void
append_containers (GString *out, const RecordedNodes *self, const Played *played, int exit_code)
{
  const K8PodSpec *spec = k8_pod_spec (played->pod);

  append_init_containers (out, self, played);
  g_string_append (out, ",\"containerStatuses\":[");
  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    {
      const K8Container *container = k8_pod_spec_containers_at (spec, i);
      Look look = make_look (self, played, container, exit_code);
      append_container (out, played, container, &look);
      clear_look (&look);
    }
  g_string_truncate (out, out->len - 1);
  g_string_append (out, "]");
}

static void
append_addresses (GString *out, const RecordedNodes *self, const Played *played)
{
  g_autofree char *node = g_strdup_printf ("127.0.0.1%u", played->node);
  g_autofree char *pod = g_strdup_printf ("10.244.%u.%u", played->node - 1, played->host);
  g_autofree char *began = dup_time (self, played->started_ns);
  const char *ip = k8_pod_spec_host_network (k8_pod_spec (played->pod)) ? node : pod;

  g_string_append_printf (out, ",\"hostIP\":\"%s\",\"hostIPs\":[{\"ip\":\"%s\"}]", node, node);
  if (played->state != POD_WAITING)
    g_string_append_printf (out, ",\"podIP\":\"%s\",\"podIPs\":[{\"ip\":\"%s\"}]", ip, ip);
  g_string_append_printf (out, ",\"startTime\":\"%s\"", began);
}

static void
send_status (RecordedNodes *self, const Played *played, const GString *status)
{
  const K8ObjectMeta *meta = k8_pod_metadata (played->pod);
  g_autofree char *target
      = g_strdup_printf ("/api/v1/namespaces/%s/pods/%s/status", k8_object_meta_namespace (meta),
                         k8_object_meta_name (meta));
  g_autofree char *body = g_strdup_printf ("{\"metadata\":{\"uid\":\"%s\"},\"status\":{%s}}",
                                           k8_object_meta_uid (meta), status->str);

  send (self, "PATCH", target, "application/strategic-merge-patch+json", body);
}

/* Writes the one status of a pod: phase, conditions, containers. @exit_code -1: it has no end. */
static void
write_status (RecordedNodes *self, Played *played, const char *phase, int exit_code)
{
  g_autoptr (GString) status = g_string_new (NULL);
  g_autofree char *now = dup_time (self, self->world->now_ns);
  const char *end_reason = NULL;

  if (exit_code >= 0)
    end_reason = strcmp (phase, "Failed") == 0 ? "PodFailed" : "PodCompleted";
  g_string_append_printf (status, "\"observedGeneration\":%" G_GINT64_FORMAT ",\"phase\":\"%s\",",
                          k8_object_meta_generation (k8_pod_metadata (played->pod)), phase);
  append_conditions (status, played, end_reason, now);
  if (exit_code < 0)
    append_addresses (status, self, played);
  append_containers (status, self, played, exit_code);
  send_status (self, played, status);
}

static char *
dup_images (const K8Pod *pod)
{
  const K8PodSpec *spec = k8_pod_spec (pod);
  GString *images = g_string_new (NULL);

  for (guint i = 0; i < k8_pod_spec_containers_n (spec); i++)
    g_string_append_printf (images, "%s ",
                            k8_container_image (k8_pod_spec_containers_at (spec, i)));
  return g_string_free (images, FALSE);
}

static gboolean
is_of_job (const K8Pod *pod)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod);

  for (guint i = 0; i < k8_object_meta_owner_references_n (meta); i++)
    if (strcmp (k8_owner_reference_kind (k8_object_meta_owner_references_at (meta, i)), "Job") == 0)
      return TRUE;
  return FALSE;
}

/* A pod that will come to an end of its own says so when it starts. */
static void
schedule_end (RecordedNodes *self, Played *played)
{
  const char *phase = annotation (played->pod, "stub/phase");

  if (phase == NULL ? !is_of_job (played->pod) : strcmp (phase, "Never") == 0)
    return;
  schedule_once (self, played, DO_END, delay_of (played->pod, "stub/delay", JOB_NS));
}

static void
do_start (RecordedNodes *self, Played *played)
{
  if (played->state >= POD_ENDED)
    return;
  gboolean is_bad = is_bad_image (played->images);
  if (played->started_ns == 0)
    played->started_ns = self->world->now_ns;
  played->state = is_bad ? POD_WAITING : POD_RUNNING;
  played->is_ready = !is_bad && !annotation_is (played->pod, "stub/ready", "false");
  played->is_shown_ready = played->is_ready;
  write_status (self, played, is_bad ? "Pending" : "Running", -1);
  if (!is_bad)
    schedule_end (self, played);
}

static void
do_end (RecordedNodes *self, Played *played)
{
  const char *code = annotation (played->pod, "stub/exit-code");
  gboolean is_failed = annotation_is (played->pod, "stub/phase", "Failed");

  if (played->state != POD_RUNNING)
    return;
  played->state = POD_ENDED;
  played->is_ready = FALSE;
  write_status (self, played, is_failed ? "Failed" : "Succeeded",
                code != NULL ? atoi (code) : is_failed);
}

static void
do_stop (RecordedNodes *self, Played *played)
{
  const char *policy = k8_pod_spec_restart_policy (k8_pod_spec (played->pod));
  gboolean is_always = policy == NULL || strcmp (policy, "Always") == 0;
  const char *phase = k8_pod_status_phase (k8_pod_status (played->pod));
  gboolean has_ended
      = phase != NULL && (strcmp (phase, "Succeeded") == 0 || strcmp (phase, "Failed") == 0);

  played->is_ready = FALSE;
  if (!has_ended)
    write_status (self, played, is_always ? "Succeeded" : "Failed", is_always ? 0 : 143);
  schedule (self, played->place, DO_DELETE, DELETE_NS);
}

static void
do_delete (RecordedNodes *self, Played *played)
{
  const K8ObjectMeta *meta = k8_pod_metadata (played->pod);
  g_autofree char *target = g_strdup_printf ("/api/v1/namespaces/%s/pods/%s",
                                             k8_object_meta_namespace (meta),
                                             k8_object_meta_name (meta));
  g_autofree char *body = g_strdup_printf (
      "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"gracePeriodSeconds\":0,"
      "\"preconditions\":{\"uid\":\"%s\"}}",
      k8_object_meta_uid (meta));

  send (self, "DELETE", target, "application/json", body);
}

static char *
dup_lease_spec (const RecordedNodes *self, guint node)
{
  char now[K8_MICRO_TIME_LETTERS + 1];

  k8_time_format_micro ((self->world->config.wall_start_ns + self->world->now_ns) / 1000, now);
  return g_strdup_printf ("\"spec\":{\"holderIdentity\":\"node-%u\",\"leaseDurationSeconds\":40,"
                          "\"renewTime\":\"%s\"}",
                          node, now);
}

#define LEASES "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"

static void
do_renew (RecordedNodes *self, guint node)
{
  g_autofree char *target = g_strdup_printf (LEASES "/node-%u", node);
  g_autofree char *spec = dup_lease_spec (self, node);
  g_autofree char *body = g_strdup_printf ("{%s}", spec);

  if (!self->is_down[node])
    send (self, "PATCH", target, "application/merge-patch+json", body);
  schedule (self, node, DO_RENEW, RENEW_NS);
}

static void
take_entry (SimPart *part, SimWorld *world, const SimEntry *entry)
{
  RecordedNodes *self = (RecordedNodes *) part;
  Deed deed = (Deed) entry->b;

  if (deed == DO_RENEW)
    {
      do_renew (self, (guint) entry->a);
      return;
    }
  Played *played = g_ptr_array_index (self->places, entry->a);
  if (played == NULL || self->is_down[played->node])
    return;
  played->pending &= ~((guint64) 1 << deed);
  if (deed == DO_START || deed == DO_READY)
    do_start (self, played);
  else if (deed == DO_END)
    do_end (self, played);
  else if (deed == DO_STOP)
    do_stop (self, played);
  else
    do_delete (self, played);
}

/* "node-2" gives 2; 0 for nodes that are not ours. */
static guint
node_number (const char *name)
{
  if (name == NULL || !g_str_has_prefix (name, "node-") || strlen (name) != 6)
    return 0;
  guint number = (guint) (name[5] - '0');
  return number >= 1 && number <= N_NODES ? number : 0;
}

static Played *
ensure_played (RecordedNodes *self, const K8Pod *pod, guint node)
{
  const char *uid = k8_object_meta_uid (k8_pod_metadata (pod));
  Played *played = g_hash_table_lookup (self->by_uid, uid);

  if (played != NULL)
    return played;
  played = g_new0 (Played, 1);
  played->node = node;
  played->host = FIRST_HOST + self->next_host[node]++ % 250;
  played->place = self->places->len;
  g_ptr_array_add (self->places, played);
  g_hash_table_insert (self->by_uid, g_strdup (uid), played);
  return played;
}

/* What has changed about a pod, and what it makes the node do. */
static void
react (RecordedNodes *self, Played *played)
{
  const K8Pod *pod = played->pod;
  g_autofree char *images = dup_images (pod);
  gboolean has_new_images = g_strcmp0 (images, played->images) != 0;
  gboolean is_ready = !annotation_is (pod, "stub/ready", "false");

  g_free (played->images);
  played->images = g_steal_pointer (&images);
  if (k8_object_meta_has_deletion_timestamp (k8_pod_metadata (pod)))
    {
      if (played->state != POD_STOPPING)
        schedule_once (self, played, DO_STOP, delay_of (pod, "stub/stop-delay", STOP_NS));
      played->state = POD_STOPPING;
    }
  else if (played->state == POD_NEW && !annotation_is (pod, "stub/start", "never"))
    schedule_once (self, played, DO_START, delay_of (pod, "stub/start-delay", START_NS));
  else if ((played->state == POD_WAITING || played->state == POD_RUNNING) && has_new_images)
    schedule_once (self, played, DO_START, START_NS);
  else if (played->state == POD_RUNNING && is_ready != played->is_shown_ready)
    schedule_once (self, played, DO_READY, READY_NS);
}

static void
take_pod (RecordedNodes *self, K8WatchType type, const K8Pod *pod)
{
  guint node = node_number (k8_pod_spec_node_name (k8_pod_spec (pod)));

  if (node == 0)
    return;
  Played *played = ensure_played (self, pod, node);
  if (type == K8_WATCH_DELETED)
    {
      g_ptr_array_index (self->places, played->place) = NULL;
      g_hash_table_remove (self->by_uid, k8_object_meta_uid (k8_pod_metadata (pod)));
      return;
    }
  k8_record_unref (played->pod);
  played->pod = k8_pod_ref (pod);
  react (self, played);
}

static void
take_node (RecordedNodes *self, const K8Node *node)
{
  const K8ObjectMeta *meta = k8_node_metadata (node);
  const char *down = k8_object_meta_annotations_get (meta, "stub/down");

  self->is_down[node_number (k8_object_meta_name (meta))] = down != NULL && down[0] == 't';
}

static void
watch (RecordedNodes *self)
{
  self->pod_watch = send (self, "GET", "/api/v1/pods?watch=true", NULL, NULL);
  self->node_watch = send (self, "GET", "/api/v1/nodes?watch=true", NULL, NULL);
}

static void
take_batch (RecordedNodes *self, guint64 tag, const K8WatchBatch *batch)
{
  for (guint32 i = 0; i < k8_array_n (&batch->events); i++)
    {
      const K8WatchEvent *event = k8_array_at (&batch->events, i);
      if (event->type == K8_WATCH_BOOKMARK || event->type == K8_WATCH_ERROR)
        continue;
      if (tag == self->pod_watch)
        take_pod (self, event->type, event->object);
      else
        take_node (self, event->object);
    }
}

static void
take_response (SimPart *part, SimWorld *world, const K8Effect *effect)
{
  RecordedNodes *self = (RecordedNodes *) part;

  if (effect->type == K8_EFFECT_WATCH_EVENT)
    take_batch (self, effect->tag, (const K8WatchBatch *) effect->mail);
  else if (effect->type == K8_EFFECT_RESPONSE)
    {
      const K8HttpResponse *response = (const K8HttpResponse *) effect->mail;
      if (response->code >= 400 && response->code != 404)
        g_printerr ("nodes: %u %s\n", response->code,
                    response->text == NULL ? "" : response->text);
    }
}

static void
take_trace (SimPart *part, SimWorld *world, const K8TraceRecord *record)
{
  RecordedNodes *self = (RecordedNodes *) part;

  if (record->type != K8_TRACE_WATCH_EVENT)
    return;
  const char *resource = k8_trace_get_text (world->engine, record, 1);
  if (strcmp (resource, "nodes") != 0 && strcmp (resource, "leases") != 0)
    self->last_change_ns = world->now_ns;
}

static void
take_rules (SimPart *part, SimWorld *world, const K8Effect *effect)
{
}

static void
take_sync (SimPart *part, SimWorld *world)
{
}

static SimPart *
clone_part (const SimPart *part, SimWorld *world)
{
  k8_assert (!"a world with recorded nodes takes no checkpoints");
  return NULL;
}

static void
free_part (SimPart *part)
{
  RecordedNodes *self = (RecordedNodes *) part;

  for (guint i = 0; i < self->places->len; i++)
    g_ptr_array_index (self->places, i) = NULL;
  g_ptr_array_unref (self->places);
  g_hash_table_unref (self->by_uid);
  g_free (self->bearer);
  g_free (self);
}

static const SimPartClass part_class = {
  .take_entry = take_entry,
  .take_rules = take_rules,
  .take_response = take_response,
  .take_trace = take_trace,
  .take_sync = take_sync,
  .clone = clone_part,
  .free = free_part,
};

static void
append_node_conditions (GString *out, const char *now)
{
  static const char *const rows[][3]
      = { { "MemoryPressure", "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available" },
          { "DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure" },
          { "PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available" },
          { "Ready", "KubeletReady", "kubelet is posting ready status" } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_string_append_printf (out,
                            "%s{\"type\":\"%s\",\"status\":\"%s\",\"reason\":\"%s\","
                            "\"message\":\"%s\",\"lastHeartbeatTime\":\"%s\","
                            "\"lastTransitionTime\":\"%s\"}",
                            i == 0 ? "" : ",", rows[i][0], i == 3 ? "True" : "False", rows[i][1],
                            rows[i][2], now, now);
}

static void
append_capacity (GString *out, const char *name, const char *cpu, const char *memory)
{
  g_string_append_printf (out,
                          "\"%s\":{\"cpu\":\"%s\",\"memory\":\"%s\",\"pods\":\"110\","
                          "\"ephemeral-storage\":\"100Gi\",\"hugepages-1Gi\":\"0\","
                          "\"hugepages-2Mi\":\"0\"},",
                          name, cpu, memory);
}

static void
append_node_status (GString *out, const RecordedNodes *self, guint node)
{
  g_autofree char *now = dup_time (self, self->world->now_ns);

  append_capacity (out, "capacity", "4", "8Gi");
  append_capacity (out, "allocatable", "3900m", "7936Mi");
  g_string_append_printf (out,
                          "\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"127.0.0.1%u\"},"
                          "{\"type\":\"Hostname\",\"address\":\"node-%u\"}],"
                          "\"daemonEndpoints\":{\"kubeletEndpoint\":{\"Port\":10250}},"
                          "\"conditions\":[",
                          node, node);
  append_node_conditions (out, now);
  g_string_append_printf (out,
                          "],\"nodeInfo\":{\"machineID\":\"%032u\","
                          "\"systemUUID\":\"00000000-0000-0000-0000-00000000000%u\","
                          "\"bootID\":\"00000000-0000-0000-0001-00000000000%u\","
                          "\"kernelVersion\":\"6.12.0\",\"osImage\":\"Debian GNU/Linux 12 "
                          "(bookworm)\",\"containerRuntimeVersion\":\"containerd://2.1.0\","
                          "\"kubeletVersion\":\"v1.36.2\",\"kubeProxyVersion\":\"\","
                          "\"operatingSystem\":\"linux\",\"architecture\":\"amd64\"}",
                          node, node, node);
}

static void
register_node (RecordedNodes *self, guint node)
{
  g_autoptr (GString) body = g_string_new (NULL);
  g_autofree char *spec = dup_lease_spec (self, node);
  g_autofree char *lease
      = g_strdup_printf ("{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\","
                         "\"metadata\":{\"name\":\"node-%u\",\"namespace\":\"kube-node-lease\"},"
                         "%s}",
                         node, spec);

  g_string_append_printf (body,
                          "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":"
                          "\"node-%u\",\"labels\":{\"kubernetes.io/hostname\":\"node-%u\","
                          "\"kubernetes.io/os\":\"linux\",\"kubernetes.io/arch\":\"amd64\","
                          "\"topology.kubernetes.io/region\":\"region-1\","
                          "\"topology.kubernetes.io/zone\":\"zone-%c\"}},"
                          "\"spec\":{\"providerID\":\"stub://node-%u\",\"podCIDR\":"
                          "\"10.244.%u.0/24\",\"podCIDRs\":[\"10.244.%u.0/24\"]},\"status\":{",
                          node, node, 'a' + (char) node - 1, node, node - 1, node - 1);
  append_node_status (body, self, node);
  g_string_append (body, "}}");
  send (self, "POST", "/api/v1/nodes", "application/json", body->str);
  send (self, "POST", LEASES, "application/json", lease);
  schedule (self, node, DO_RENEW, RENEW_NS);
}

RecordedNodes *
recorded_nodes_add (SimWorld *world, const char *admin_token)
{
  RecordedNodes *self = g_new0 (RecordedNodes, 1);

  self->part.class = &part_class;
  self->world = world;
  self->bearer = g_strdup_printf ("Bearer %s", admin_token);
  self->by_uid = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, played_free);
  self->places = g_ptr_array_new ();
  world->part = &self->part;
  watch (self);
  for (guint node = 1; node <= N_NODES; node++)
    register_node (self, node);
  return self;
}

void
recorded_nodes_reconnect (RecordedNodes *self)
{
  watch (self);
}

gint64
recorded_nodes_last_change_ns (const RecordedNodes *self)
{
  return self->last_change_ns;
}
