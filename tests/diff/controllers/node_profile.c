/* SPDX-License-Identifier: Apache-2.0
 *
 * The nodes of the recordings, by the rules of the corpus' own description.
 */
#include "tests/diff/controllers/node_profile.h"

#include <string.h>

#include "base/time.h"
#include "codec/json.h"
#include "machinery/pod.h"

#define STEP_NS (500 * K8_MILLISECOND_NS)
#define READY_NS (200 * K8_MILLISECOND_NS)
#define RENEW_NS (3 * K8_SECOND_NS)

/* A pod as the profile sees it. */
typedef struct
{
  const K8Pod *pod; /* counted */
  gint64 revision;
  gint64 start_ns;  /* when its containers start; 0: not bound */
  gint64 stop_ns;   /* when it has stopped; 0: runs on */
  gint64 ready_ns;  /* when a changed annotation takes effect; 0: nothing changed */
  gint64 started_seconds;
  int address;
  gboolean is_running;
  gboolean is_waiting; /* its image never comes */
  gboolean is_unready;
  gboolean is_stopped;
} Pod;

struct NodeProfile
{
  TestWorld *world;
  GPtrArray *pods; /* Pod, in the order of creation */
  GArray *nodes;
  gboolean binds;
  guint n_bound;
  gint64 bound_ns; /* when the last pod was bound */
  gint64 renew_ns;
  int last_address[4];
};

static void
free_pod (gpointer data)
{
  k8_record_unref (((Pod *) data)->pod);
  g_free (data);
}

static void
make_node (TestWorld *world, int number)
{
  g_autofree char *json = g_strdup_printf (
      "{\"metadata\":{\"name\":\"node-%d\",\"labels\":{\"kubernetes.io/hostname\":\"node-%d\","
      "\"kubernetes.io/os\":\"linux\",\"kubernetes.io/arch\":\"amd64\","
      "\"topology.kubernetes.io/region\":\"region-1\","
      "\"topology.kubernetes.io/zone\":\"zone-%c\"}},"
      "\"status\":{\"capacity\":{\"cpu\":\"4\",\"memory\":\"8Gi\",\"pods\":\"110\"},"
      "\"allocatable\":{\"cpu\":\"3900m\",\"memory\":\"7936Mi\",\"pods\":\"110\"},"
      "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}",
      number, number, "abc"[number - 1]);
  g_autofree char *lease = g_strdup_printf ("{\"metadata\":{\"name\":\"node-%d\"}}", number);

  test_world_create (world, K8_KIND_Node, NULL, json);
  test_world_create (world, K8_KIND_Lease, "kube-node-lease", lease);
}

NodeProfile *
node_profile_new (TestWorld *world, gboolean binds)
{
  NodeProfile *self = g_new0 (NodeProfile, 1);

  self->world = world;
  self->binds = binds;
  self->pods = g_ptr_array_new_with_free_func (free_pod);
  self->nodes = g_array_new (FALSE, FALSE, sizeof (int));
  for (int i = 1; i <= 3; i++)
    make_node (world, i);
  return self;
}

void
node_profile_free (NodeProfile *self)
{
  g_ptr_array_unref (self->pods);
  g_array_unref (self->nodes);
  g_free (self);
}

void
node_profile_add_node (NodeProfile *self, int node)
{
  g_array_append_val (self->nodes, node);
}

static const char *
get_uid (const K8Pod *pod)
{
  return k8_object_meta_uid (k8_pod_metadata (pod));
}

static const char *
get_annotation (const K8Pod *pod, const char *key)
{
  return k8_object_meta_annotations_get (k8_pod_metadata (pod), key);
}

static Pod *
find_pod (NodeProfile *self, const char *uid)
{
  for (guint i = 0; i < self->pods->len; i++)
    {
      Pod *pod = g_ptr_array_index (self->pods, i);
      if (k8_string_equal (get_uid (pod->pod), uid))
        return pod;
    }
  return NULL;
}

static gboolean
wants_unready (const K8Pod *pod)
{
  return g_strcmp0 (get_annotation (pod, "stub/ready"), "false") == 0;
}

/* Half a second, or what an annotation says. */
static gint64
get_delay (const K8Pod *pod, const char *key)
{
  const char *text = get_annotation (pod, key);

  return text == NULL ? STEP_NS : (gint64) (g_ascii_strtod (text, NULL) * 1000) * K8_MILLISECOND_NS;
}

static void
note_changes (NodeProfile *self, Pod *pod)
{
  gint64 now_ns = test_world_now (self->world);
  const K8ObjectMeta *meta = k8_pod_metadata (pod->pod);

  const char *node = k8_pod_spec_node_name (k8_pod_spec (pod->pod));

  if (pod->start_ns == 0 && node != NULL && pod->address == 0)
    pod->address = ++self->last_address[node[strlen (node) - 1] - '0'];
  if (pod->start_ns == 0 && node != NULL)
    pod->start_ns = now_ns + get_delay (pod->pod, "stub/start-delay");
  if (pod->stop_ns == 0 && k8_object_meta_has_deletion_timestamp (meta))
    pod->stop_ns = now_ns + get_delay (pod->pod, "stub/stop-delay");
  if (pod->is_running && pod->ready_ns == 0 && wants_unready (pod->pod) != pod->is_unready)
    pod->ready_ns = now_ns + READY_NS;
}

void
node_profile_see (NodeProfile *self, const K8WatchEvent *event)
{
  Pod *pod = event->object == NULL ? NULL : find_pod (self, get_uid (event->object));

  if (event->type == K8_WATCH_DELETED)
    {
      g_ptr_array_remove (self->pods, pod);
      return;
    }
  if (event->type != K8_WATCH_ADDED && event->type != K8_WATCH_MODIFIED)
    return;
  if (pod == NULL)
    {
      pod = g_new0 (Pod, 1);
      g_ptr_array_add (self->pods, pod);
    }
  k8_record_unref (pod->pod);
  pod->pod = k8_pod_ref (event->object);
  pod->revision = event->revision;
  note_changes (self, pod);
}

/* The binder. */

static void
say_scheduled (NodeProfile *self, const K8Pod *pod, const char *node)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod);
  const char *namespace_name = k8_object_meta_namespace (meta);
  const char *name = k8_object_meta_name (meta);
  g_autofree char *json = g_strdup_printf (
      "{\"metadata\":{\"name\":\"%s.0000000000000001\",\"namespace\":\"%s\"},\"involvedObject\":"
      "{\"kind\":\"Pod\",\"namespace\":\"%s\",\"name\":\"%s\",\"uid\":\"%s\"},\"reason\":"
      "\"Scheduled\",\"type\":\"Normal\",\"action\":\"Binding\",\"eventTime\":"
      "\"2026-01-01T00:00:00.000000Z\",\"reportingComponent\":\"default-scheduler\","
      "\"reportingInstance\":\"s\",\"message\":\"Successfully assigned %s/%s to %s\"}",
      name, namespace_name, namespace_name, name, get_uid (pod), namespace_name, name, node);

  test_world_create (self->world, K8_KIND_Event, namespace_name, json);
}

static void
bind (NodeProfile *self, Pod *pod)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod->pod);
  int number = self->n_bound < self->nodes->len ? g_array_index (self->nodes, int, self->n_bound)
                                                : (int) (self->n_bound % 3) + 1;
  g_autofree char *node = g_strdup_printf ("node-%d", number);
  g_autofree char *json = g_strdup_printf (
      "{\"metadata\":{\"name\":\"%s\"},\"target\":{\"kind\":\"Node\",\"name\":\"%s\"}}",
      k8_object_meta_name (meta), node);
  K8ApiRequest *request =
      test_world_request (self->world, K8_VERB_CREATE, K8_KIND_Pod,
                          k8_object_meta_namespace (meta), k8_object_meta_name (meta));

  self->n_bound++;
  self->bound_ns = test_world_now (self->world);
  pod->address = ++self->last_address[number];
  request->subresource = K8_SUBRESOURCE_BINDING;
  request->object = test_world_object (self->world, K8_KIND_Binding, json);
  k8_autounref const K8Pod *bound = k8_pod_ref (pod->pod);
  if (test_world_call (self->world, request)->code < 300)
    say_scheduled (self, bound, node);
}

/* Statuses. */

static char *
make_condition (const Pod *pod, const char *type, gboolean is_true, const char *reason,
                const char *time)
{
  gboolean says_unready = (g_str_equal (type, "Ready") || g_str_equal (type, "ContainersReady")) &&
                          (pod->is_unready || pod->is_waiting);

  return g_strdup_printf (
      "{\"type\":\"%s\",\"observedGeneration\":%d,\"status\":\"%s\",\"lastProbeTime\":null,"
      "\"lastTransitionTime\":\"%s\"%s%s%s%s},",
      type, (int) k8_object_meta_generation (k8_pod_metadata (pod->pod)),
      is_true ? "True" : "False", time, reason == NULL ? "" : ",\"reason\":\"",
      reason == NULL ? "" : reason, reason == NULL ? "" : "\"",
      says_unready ? ",\"message\":\"containers with unready status: [c]\"" : "");
}

/* The five conditions, in the order in which kubelets write them. */
static char *
make_conditions (const Pod *pod, const char *time)
{
  gboolean is_ready = !pod->is_stopped && !pod->is_waiting && !pod->is_unready;
  const char *reason = pod->is_stopped ? "PodCompleted" : NULL;
  const char *unready = reason != NULL ? reason : is_ready ? NULL : "ContainersNotReady";
  const K8PodCondition *scheduled = k8_pod_find_condition (pod->pod, "PodScheduled");
  char scheduled_time[K8_TIME_LETTERS + 1];

  k8_time_format (k8_pod_condition_last_transition_time (scheduled), scheduled_time);
  g_autofree char *start =
      make_condition (pod, "PodReadyToStartContainers", !pod->is_waiting, NULL, time);
  g_autofree char *initialized = make_condition (pod, "Initialized", TRUE, reason, time);
  g_autofree char *ready = make_condition (pod, "Ready", is_ready, unready, time);
  g_autofree char *containers = make_condition (pod, "ContainersReady", is_ready, unready, time);
  return g_strdup_printf ("%s%s%s%s{\"type\":\"PodScheduled\",\"status\":\"True\","
                          "\"lastProbeTime\":null,\"lastTransitionTime\":\"%s\"}",
                          start, initialized, ready, containers, scheduled_time);
}

static char *
make_state (const Pod *pod, const char *image, const char *id, const char *time)
{
  if (pod->is_waiting)
    return g_strdup_printf ("{\"waiting\":{\"reason\":\"ImagePullBackOff\",\"message\":"
                            "\"Back-off pulling image \\\"%s\\\"\"}}",
                            image);
  if (pod->is_stopped)
    return g_strdup_printf ("{\"terminated\":{\"exitCode\":0,\"reason\":\"Completed\","
                            "\"startedAt\":\"%s\",\"finishedAt\":\"%s\",\"containerID\":\"%s\"}}",
                            time, time, id);
  return g_strdup_printf ("{\"running\":{\"startedAt\":\"%s\"}}", time);
}

static char *
make_container (const Pod *pod, const char *time)
{
  const K8Container *container = k8_pod_spec_containers_at (k8_pod_spec (pod->pod), 0);
  const char *image = k8_container_image (container);
  gboolean is_ready = !pod->is_stopped && !pod->is_waiting && !pod->is_unready;
  g_autofree char *id = pod->is_waiting
                            ? g_strdup ("")
                            : g_strdup_printf ("stub://%s/%s", get_uid (pod->pod),
                                               k8_container_name (container));
  g_autofree char *state = make_state (pod, image, id, time);
  g_autofree char *id_field =
      pod->is_waiting ? g_strdup ("") : g_strdup_printf (",\"containerID\":\"%s\"", id);

  return g_strdup_printf ("{\"name\":\"%s\",\"state\":%s,\"lastState\":{},\"ready\":%s,"
                          "\"restartCount\":0,\"image\":\"%s\",\"imageID\":\"%s%s\"%s,"
                          "\"started\":%s}",
                          k8_container_name (container), state, is_ready ? "true" : "false", image,
                          pod->is_waiting ? "" : "stub://", pod->is_waiting ? "" : image, id_field,
                          pod->is_waiting || pod->is_stopped ? "false" : "true");
}

static char *
make_addresses (const Pod *pod)
{
  const char *node = k8_pod_spec_node_name (k8_pod_spec (pod->pod));
  int number = node[strlen (node) - 1] - '0';

  if (pod->is_waiting)
    return g_strdup_printf ("\"hostIP\":\"127.0.0.1%d\",\"hostIPs\":[{\"ip\":\"127.0.0.1%d\"}],",
                            number, number);
  return g_strdup_printf ("\"hostIP\":\"127.0.0.1%d\",\"hostIPs\":[{\"ip\":\"127.0.0.1%d\"}],"
                          "\"podIP\":\"10.244.%d.%d\",\"podIPs\":[{\"ip\":\"10.244.%d.%d\"}],",
                          number, number, number, pod->address, number, pod->address);
}

static void
write_status (NodeProfile *self, Pod *pod)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod->pod);
  const char *phase = pod->is_waiting ? "Pending" : pod->is_stopped ? "Succeeded" : "Running";
  char time[K8_TIME_LETTERS + 1];

  k8_time_format (pod->started_seconds, time);
  g_autofree char *conditions = make_conditions (pod, time);
  g_autofree char *container = make_container (pod, time);
  g_autofree char *addresses = make_addresses (pod);
  g_autofree char *text = g_strdup_printf (
      "{\"observedGeneration\":%d,\"phase\":\"%s\",\"conditions\":[%s],%s\"startTime\":\"%s\","
      "\"containerStatuses\":[%s],\"qosClass\":\"%s\"}",
      (int) k8_object_meta_generation (meta), phase, conditions, addresses, time, container,
      k8_string_or_empty (k8_pod_status_qos_class (k8_pod_status (pod->pod))));
  K8JsonDecoded decoded = { 0 };
  const void *status = k8_json_decode (test_world_region (self->world), K8_INFO (pod_status), text,
                                       strlen (text), &decoded);
  K8PodEdit edit;
  K8ApiRequest *request =
      test_world_request (self->world, K8_VERB_UPDATE, K8_KIND_Pod,
                          k8_object_meta_namespace (meta), k8_object_meta_name (meta));

  if (status == NULL)
    g_error ("%s: %s", decoded.error, text);
  k8_json_decoded_clear (&decoded);
  k8_pod_edit (&edit, test_world_region (self->world), pod->pod);
  k8_pod_set_status (&edit, status);
  request->subresource = K8_SUBRESOURCE_STATUS;
  request->object = k8_pod_seal (&edit);
  test_world_call (self->world, request);
}

static void
delete_now (NodeProfile *self, const Pod *pod)
{
  const K8ObjectMeta *meta = k8_pod_metadata (pod->pod);
  K8ApiRequest *request =
      test_world_request (self->world, K8_VERB_DELETE, K8_KIND_Pod,
                          k8_object_meta_namespace (meta), k8_object_meta_name (meta));

  request->grace_seconds = 0;
  request->uid = k8_string_ref (k8_object_meta_uid (meta));
  test_world_call (self->world, request);
}

static gboolean
never_starts (const K8Pod *pod)
{
  const char *image =
      k8_container_image (k8_pod_spec_containers_at (k8_pod_spec (pod), 0));

  return strstr (image, "bad") != NULL || strstr (image, "nonexistent") != NULL ||
         strstr (image, "does-not-exist") != NULL;
}

static void
start (NodeProfile *self, Pod *pod)
{
  pod->started_seconds = TEST_WALL_SECONDS + test_world_now (self->world) / K8_SECOND_NS;
  pod->is_waiting = never_starts (pod->pod);
  pod->is_unready = wants_unready (pod->pod);
  pod->is_running = TRUE;
  write_status (self, pod);
}

static void
work_on (NodeProfile *self, Pod *pod)
{
  gint64 now_ns = test_world_now (self->world);

  if (pod->is_stopped)
    return;
  if (pod->start_ns == 0 && k8_pod_spec_node_name (k8_pod_spec (pod->pod)) == NULL)
    {
      /* One in a tick, as a scheduler takes them one by one. */
      if (self->binds && pod->address == 0 && self->bound_ns != now_ns)
        bind (self, pod);
      return;
    }
  if (pod->stop_ns != 0 && pod->stop_ns <= now_ns)
    {
      pod->is_stopped = TRUE;
      if (pod->is_running && !pod->is_waiting)
        write_status (self, pod);
      delete_now (self, pod);
    }
  else if (!pod->is_running && pod->stop_ns == 0 && pod->start_ns <= now_ns)
    start (self, pod);
  else if (pod->ready_ns != 0 && pod->ready_ns <= now_ns)
    {
      pod->ready_ns = 0;
      pod->is_unready = wants_unready (pod->pod);
      write_status (self, pod);
    }
}

static void
renew_leases (NodeProfile *self)
{
  char time[K8_MICRO_TIME_LETTERS + 1];

  self->renew_ns = test_world_now (self->world) + RENEW_NS;
  k8_time_format_micro (TEST_WALL_SECONDS * 1000000 + test_world_now (self->world) / 1000, time);
  for (int i = 1; i <= 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("node-%d", i);
      g_autofree char *patch = g_strdup_printf ("{\"spec\":{\"renewTime\":\"%s\"}}", time);
      K8ApiRequest *request = test_world_request (self->world, K8_VERB_PATCH, K8_KIND_Lease,
                                                  "kube-node-lease", name);
      request->patch_type = K8_PATCH_TYPE_MERGE;
      request->patch = k8_string_intern (test_world_region (self->world), patch);
      test_world_call (self->world, request);
    }
}

void
node_profile_work (NodeProfile *self)
{
  if (self->renew_ns <= test_world_now (self->world))
    renew_leases (self);
  for (guint i = 0; i < self->pods->len; i++)
    work_on (self, g_ptr_array_index (self->pods, i));
}
