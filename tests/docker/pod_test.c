/* SPDX-License-Identifier: Apache-2.0
 *
 * Pods in the real engine: sandbox with agent, containers that share its network and volumes,
 * exit codes, stop with grace, adoption, events; and that removal leaves nothing.
 */

#include "exec/docker_container.h"
#include "exec/docker_exec.h"
#include "exec/docker_json.h"
#include "exec/docker_network.h"
#include "exec/error.h"
#include "exec/events.h"
#include "exec/labels.h"
#include "exec/pod_container.h"
#include "exec/pod_network.h"
#include "exec/pod_sandbox.h"
#include "exec/sweep.h"
#include "tests/docker/fixture.h"

#include <errno.h>
#include <string.h>

typedef struct
{
  ExecPodRef ref;
  char *uid;
  ExecPodSandbox *sandbox;
  gboolean started;
  GError *error;
  ExecAgentProbeResult result;
  gboolean has_result;
} Pod;

static void
on_started (ExecPodSandbox *sandbox, const GError *error, gpointer user_data)
{
  Pod *pod = user_data;
  pod->started = TRUE;
  pod->error = error != NULL ? g_error_copy (error) : NULL;
  if (error != NULL)
    test_note ("%s", error->message);
}

static void
on_probe_changed (const ExecAgentProbeResult *result, gpointer user_data)
{
  Pod *pod = user_data;
  pod->result = *result;
  pod->has_result = TRUE;
}

static const ExecPodSandboxEvents sandbox_events
    = { .started = on_started, .probe_changed = on_probe_changed };

static void
start_pod (Pod *pod, const char *name, const ExecPodVolume *volumes, guint n_volumes)
{
  *pod = (Pod){ .uid = g_uuid_string_random () };
  pod->ref = (ExecPodRef){ .instance = fixture_instance (), .name = name,
                           .namespace_name = "default", .uid = pod->uid };
  ExecPodSandboxSpec spec = { .pod = pod->ref, .image = fixture_pause (), .hostname = name,
                              .network = "bridge", .volumes = volumes, .n_volumes = n_volumes };
  pod->sandbox = exec_pod_sandbox_new (docker, &spec, &sandbox_events, pod);
  CU_ASSERT_TRUE_FATAL (wait_for (&pod->started));
  CU_ASSERT_PTR_NULL_FATAL (pod->error);
}

typedef struct
{
  const char *name;
  const char *script;
  guint attempt;
  gint64 memory_bytes;
  const ExecPodMount *mounts;
  guint n_mounts;
} Member;

/* (transfer full): the id of a created and started container. */
static char *
start_member (Pod *pod, const Member *member)
{
  const char *const args[] = { "sh", "-c", member->script, NULL };
  ExecPodContainerSpec spec = { .pod = pod->ref, .sandbox_id = exec_pod_sandbox_id (pod->sandbox),
                                .name = member->name, .attempt = member->attempt,
                                .spec_hash = "h1", .mounts = member->mounts,
                                .n_mounts = member->n_mounts };
  fill_spec (&spec.container, NULL);
  spec.container.args = args;
  if (member->memory_bytes > 0)
    spec.container.memory_bytes = member->memory_bytes;
  Answer answer = { 0 };
  exec_pod_container_create (docker, &spec, answer_take, &answer);
  answer_wait (&answer);
  if (answer.error != NULL)
    test_note ("%s", answer.error->message);
  char *id = g_strdup (exec_json_string (exec_json_root_object (answer.json), "Id"));
  answer_clear (&answer);
  CU_ASSERT_PTR_NOT_NULL_FATAL (id);
  exec_docker_container_start (docker, id, answer_take, &answer);
  answer_wait (&answer);
  if (answer.error != NULL)
    test_note ("%s", answer.error->message);
  CU_ASSERT_PTR_NULL (answer.error);
  answer_clear (&answer);
  return id;
}

/* Waits for the end; gives "code reason". */
static char *
wait_end (const char *id)
{
  Answer answer = { 0 };
  exec_docker_container_wait (docker, id, NULL, answer_take, &answer);
  answer_wait (&answer);
  answer_clear (&answer);
  exec_docker_container_inspect (docker, id, answer_take, &answer);
  answer_wait (&answer);
  ExecContainerStatus status;
  exec_container_status_read (answer.json, &status);
  CU_ASSERT_TRUE (status.started_at_ns > 0);
  CU_ASSERT_TRUE (status.finished_at_ns >= status.started_at_ns);
  char *text = g_strdup_printf ("%d %s", status.exit_code, status.reason);
  answer_clear (&answer);
  return text;
}

static char *
read_logs (const char *id)
{
  Answer answer = { 0 };
  g_autofree char *path = g_strdup_printf ("/containers/%s/logs?stdout=1&stderr=1", id);
  ExecDockerRequest request = { .method = "GET", .path = path, .expect = EXEC_DOCKER_BODY_RAW };
  exec_docker_send (docker, &request, answer_take, &answer);
  answer_wait (&answer);
  gsize length;
  const char *bytes = g_bytes_get_data (answer.body, &length);
  char *text = length > 8 ? g_strndup (bytes + 8, length - 8) : g_strdup ("");
  answer_clear (&answer);
  return text;
}

static void
remove_pod (Pod *pod, guint grace_seconds)
{
  Answer answer = { 0 };
  exec_pod_sandbox_free (pod->sandbox);
  exec_pod_remove (docker, &pod->ref, grace_seconds, answer_take, &answer);
  answer_wait (&answer);
  if (answer.error != NULL)
    test_note ("%s", answer.error->message);
  CU_ASSERT_PTR_NULL (answer.error);
  answer_clear (&answer);
  g_free (pod->uid);
}

static void
take_done (const GError *error, gpointer user_data)
{
  answer_take (NULL, error, user_data);
}

typedef struct
{
  ExecDemux demux;
  GString *text;
  const char *wanted;
  gboolean done;
} Followed;

static void
followed_frame (ExecStream stream, const guint8 *bytes, gsize length, gpointer user_data)
{
  Followed *followed = user_data;
  g_string_append_len (followed->text, (const char *) bytes, (gssize) length);
  followed->done |= strstr (followed->text->str, followed->wanted) != NULL;
}

static void
followed_piece (GBytes *piece, gpointer user_data)
{
  Followed *followed = user_data;
  CU_ASSERT_TRUE (exec_demux_feed (&followed->demux, piece, followed_frame, followed, NULL));
}

static void
followed_end (const GError *error, gpointer user_data)
{
  ((Followed *) user_data)->done = TRUE;
}

/* Reads the container's output until it holds the text. */
static void
follow_until (const char *id, const char *wanted)
{
  static const ExecDockerStreamEvents events
      = { .received = followed_piece, .ended = followed_end };
  Followed followed = { .text = g_string_new (NULL), .wanted = wanted };
  ExecLogsQuery query = { .follow = TRUE, .tail = -1 };
  ExecDockerStream *stream = exec_docker_container_logs (docker, id, &query, &events, &followed);
  CU_ASSERT_TRUE (wait_for (&followed.done));
  CU_ASSERT_PTR_NOT_NULL (strstr (followed.text->str, wanted));
  if (strstr (followed.text->str, wanted) == NULL)
    test_note ("logs are: %s", followed.text->str);
  exec_docker_stream_free (stream);
  g_string_free (followed.text, TRUE);
}

void
test_pod__two_containers_talk_over_localhost (void)
{
  if (!fixture_start ())
    return;
  Pod pod;
  start_pod (&pod, "talk", NULL, 0);
  Member server = { .name = "server", .script = "exec busybox httpd -f -p 8080 -h /www" };
  Member client = { .name = "client",
                    .script = "for i in 1 2 3 4 5 6 7 8 9; do wget -q -O - http://127.0.0.1:8080/"
                              " | grep turns && exit 0; sleep 0.1; done; exit 1" };
  g_autofree char *server_id = start_member (&pod, &server);
  g_autofree char *client_id = start_member (&pod, &client);
  g_autofree char *end = wait_end (client_id);
  TEST_ASSERT_TEXT (end, "0 Completed");
  g_autofree char *logs = read_logs (client_id);
  TEST_ASSERT_TEXT (logs, "<h1>It turns.</h1>\n");
  remove_pod (&pod, 0);
  fixture_stop ();
}

void
test_pod__exit_codes_are_the_containers (void)
{
  if (!fixture_start ())
    return;
  Pod pod;
  start_pod (&pod, "codes", NULL, 0);
  Member error = { .name = "error", .script = "exit 3" };
  Member killed = { .name = "killed", .script = "sleep 60" };
  Member hungry = { .name = "hungry", .script = "exec tail /dev/zero",
                    .memory_bytes = 8 * 1024 * 1024 };
  g_autofree char *error_id = start_member (&pod, &error);
  g_autofree char *hungry_id = start_member (&pod, &hungry);
  g_autofree char *error_end = wait_end (error_id);
  TEST_ASSERT_TEXT (error_end, "3 Error");
  g_autofree char *hungry_end = wait_end (hungry_id);
  TEST_ASSERT_TEXT (hungry_end, "137 OOMKilled");
  g_autofree char *killed_id = start_member (&pod, &killed);
  Answer answer = { 0 };
  exec_docker_container_kill (docker, killed_id, "KILL", answer_take, &answer);
  answer_wait (&answer);
  answer_clear (&answer);
  g_autofree char *killed_end = wait_end (killed_id);
  TEST_ASSERT_TEXT (killed_end, "137 Error");
  remove_pod (&pod, 0);
  fixture_stop ();
}

/* 0.11: the answer of the start call is the only witness; no event comes. */
void
test_pod__command_that_does_not_exist_is_a_start_error (void)
{
  if (!fixture_start ())
    return;
  static const char *const command[] = { "/nonexistent", NULL };
  g_autoptr (GHashTable) labels = fixture_labels ();
  ExecContainerSpec spec;
  fill_spec (&spec, labels);
  spec.command = command;
  g_autofree char *name = g_strdup_printf ("orrery-test-bad-%.8s", fixture_instance ());
  Answer answer = { 0 };
  exec_docker_container_create (docker, name, &spec, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_PTR_NULL (answer.error);
  answer_clear (&answer);
  exec_docker_container_start (docker, name, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_TRUE (g_error_matches (answer.error, EXEC_ERROR, EXEC_ERROR_REFUSED));
  answer_clear (&answer);
  exec_docker_container_inspect (docker, name, answer_take, &answer);
  answer_wait (&answer);
  ExecContainerStatus status;
  exec_container_status_read (answer.json, &status);
  TEST_ASSERT_TEXT (status.reason, "StartError");
  CU_ASSERT_EQUAL (status.exit_code, 127);
  CU_ASSERT_PTR_NOT_NULL (strstr (status.message, "/nonexistent"));
  answer_clear (&answer);
  exec_docker_container_remove (docker, name, answer_take, &answer);
  answer_wait (&answer);
  answer_clear (&answer);
  fixture_stop ();
}

void
test_pod__restart_is_the_next_attempt (void)
{
  if (!fixture_start ())
    return;
  Pod pod;
  start_pod (&pod, "again", NULL, 0);
  Member first = { .name = "main", .script = "exit 1" };
  Member second = { .name = "main", .script = "sleep 60", .attempt = 1 };
  g_autofree char *first_id = start_member (&pod, &first);
  g_autofree char *end = wait_end (first_id);
  TEST_ASSERT_TEXT (end, "1 Error");
  g_autofree char *second_id = start_member (&pod, &second);
  CU_ASSERT_STRING_NOT_EQUAL (first_id, second_id);
  /* The same attempt again is found, not made twice. */
  g_autofree char *same_id = start_member (&pod, &second);
  TEST_ASSERT_TEXT (same_id, second_id);
  remove_pod (&pod, 0);
  fixture_stop ();
}

void
test_pod__volumes_are_filled_and_swapped_at_once (void)
{
  if (!fixture_start ())
    return;
  Pod pod;
  g_autoptr (GArray) files = g_array_new (FALSE, FALSE, sizeof (ExecAgentFile));
  g_autoptr (GBytes) old = g_bytes_new_static ("old", 3);
  g_autoptr (GBytes) new = g_bytes_new_static ("new", 3);
  ExecAgentFile file = { .path = "key", .mode = 0644, .content = old };
  g_array_append_val (files, file);
  ExecPodVolume volumes[] = { { .name = "config", .files = files },
                              { .name = "secret", .files = files, .memory_bytes = 1024 * 1024 },
                              { .name = "scratch", .mode = 0777 } };
  ExecPodMount mounts[] = { { "config", "/config", EXEC_ACCESS_READ_ONLY },
                            { "secret", "/secret", EXEC_ACCESS_READ_ONLY },
                            { "scratch", "/scratch", EXEC_ACCESS_READ_WRITE } };
  start_pod (&pod, "volumes", volumes, 3);
  Member member = { .name = "main", .mounts = mounts, .n_mounts = 3,
                    .script = "cat /config/key /secret/key; echo x > /scratch/y; "
                              "(echo z > /config/no) 2>/dev/null || echo ' read-only'; "
                              "while [ $(cat /config/key) = old ]; do sleep 0.02; done; "
                              "cat /config/key; echo" };
  g_autofree char *id = start_member (&pod, &member);
  follow_until (id, "read-only");
  g_array_index (files, ExecAgentFile, 0).content = new;
  Answer written = { 0 };
  CU_ASSERT_TRUE (
      exec_pod_sandbox_write_volume (pod.sandbox, "config", files, take_done, &written));
  answer_wait (&written);
  CU_ASSERT_PTR_NULL (written.error);
  answer_clear (&written);
  follow_until (id, "oldold read-only\nnew\n");
  g_autofree char *end = wait_end (id);
  TEST_ASSERT_TEXT (end, "0 Completed");
  remove_pod (&pod, 0);
  fixture_stop ();
}

/* The agent refuses what is larger than its limit, and nothing of it is seen. */
void
test_pod__too_large_set_of_files_is_refused_whole (void)
{
  if (!fixture_start ())
    return;
  Pod pod;
  ExecPodVolume volume = { .name = "config", .mode = 0755 };
  start_pod (&pod, "large", &volume, 1);
  g_autoptr (GArray) files = g_array_new (FALSE, FALSE, sizeof (ExecAgentFile));
  char *much = g_malloc0 (EXEC_AGENT_MAX_WRITE_BYTES + 1);
  g_autoptr (GBytes) content = g_bytes_new_take (much, EXEC_AGENT_MAX_WRITE_BYTES + 1);
  ExecAgentFile file = { .path = "key", .mode = 0644, .content = content };
  g_array_append_val (files, file);
  Answer written = { 0 };
  CU_ASSERT_TRUE (
      exec_pod_sandbox_write_volume (pod.sandbox, "config", files, take_done, &written));
  answer_wait (&written);
  TEST_ASSERT_TEXT (written.error != NULL ? written.error->message : NULL,
                    "agent: File too large");
  answer_clear (&written);
  ExecPodMount mount = { "config", "/config", EXEC_ACCESS_READ_ONLY };
  Member member = { .name = "main", .mounts = &mount, .n_mounts = 1,
                    .script = "test -z \"$(ls -A /config)\"" };
  g_autofree char *id = start_member (&pod, &member);
  g_autofree char *end = wait_end (id);
  TEST_ASSERT_TEXT (end, "0 Completed");
  remove_pod (&pod, 0);
  fixture_stop ();
}

void
test_pod__stop_gives_grace_to_all_at_once (void)
{
  if (!fixture_start ())
    return;
  Pod pod;
  start_pod (&pod, "grace", NULL, 0);
  const char *script = "trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done";
  Member one = { .name = "one", .script = script };
  Member two = { .name = "deaf", .script = "trap '' TERM; echo up; while :; do sleep 0.05; done" };
  g_autofree char *one_id = start_member (&pod, &one);
  g_autofree char *two_id = start_member (&pod, &two);
  follow_until (one_id, "up");
  follow_until (two_id, "up");
  Answer answer = { 0 };
  exec_docker_container_stop (docker, one_id, 20, answer_take, &answer);
  answer_wait (&answer);
  answer_clear (&answer);
  g_autofree char *one_end = wait_end (one_id);
  TEST_ASSERT_TEXT (one_end, "0 Completed");
  exec_docker_container_stop (docker, two_id, 1, answer_take, &answer);
  answer_wait (&answer);
  answer_clear (&answer);
  g_autofree char *two_end = wait_end (two_id);
  TEST_ASSERT_TEXT (two_end, "137 Error");
  remove_pod (&pod, 1);
  fixture_stop ();
}

void
test_pod__probes_tell_changes (void)
{
  if (!fixture_start ())
    return;
  Pod pod;
  start_pod (&pod, "probes", NULL, 0);
  ExecAgentProbe probe = { .id = 1, .kind = EXEC_AGENT_PROBE_HTTP,
                           .address = exec_pod_sandbox_ip (pod.sandbox), .port = 8080,
                           .period_ms = 20, .timeout_ms = 1000,
                           .http_request = "GET / HTTP/1.1\r\nHost: x\r\n"
                                           "Connection: close\r\n\r\n" };
  Answer answer = { 0 };
  exec_agent_link_probe_add (exec_pod_sandbox_link (pod.sandbox), &probe, take_done, &answer);
  answer_wait (&answer);
  CU_ASSERT_PTR_NULL (answer.error);
  answer_clear (&answer);
  CU_ASSERT_TRUE (wait_for (&pod.has_result));
  CU_ASSERT_EQUAL (pod.result.outcome, EXEC_AGENT_OUTCOME_FAILURE);
  CU_ASSERT_EQUAL (pod.result.error_number, ECONNREFUSED);
  pod.has_result = FALSE;
  Member server = { .name = "server", .script = "exec busybox httpd -f -p 8080 -h /www" };
  g_autofree char *id = start_member (&pod, &server);
  CU_ASSERT_TRUE (wait_for (&pod.has_result));
  CU_ASSERT_EQUAL (pod.result.outcome, EXEC_AGENT_OUTCOME_SUCCESS);
  CU_ASSERT_EQUAL (pod.result.http_status, 200);
  remove_pod (&pod, 0);
  fixture_stop ();
}

/* ---- Port-forward ---- */

typedef struct
{
  GString *received;
  gboolean opened, closed;
  gint error_number;
} Dialled;

static void
on_opened (gpointer user_data)
{
  ((Dialled *) user_data)->opened = TRUE;
}

static void
on_received (const guint8 *bytes, gsize length, gpointer user_data)
{
  g_string_append_len (((Dialled *) user_data)->received, (const char *) bytes, (gssize) length);
}

static void
on_ended (gpointer user_data)
{
}

static void
on_closed (gint error_number, gpointer user_data)
{
  Dialled *dialled = user_data;
  dialled->closed = TRUE;
  dialled->error_number = error_number;
}

static const ExecAgentChannelEvents channel_events
    = { on_opened, on_received, on_ended, on_closed };

void
test_pod__dials_from_inside (void)
{
  if (!fixture_start ())
    return;
  Pod pod;
  start_pod (&pod, "dial", NULL, 0);
  ExecAgentLink *link = exec_pod_sandbox_link (pod.sandbox);
  Dialled refused = { 0 };
  CU_ASSERT_PTR_NOT_NULL (
      exec_agent_link_dial (link, "127.0.0.1", 9, &channel_events, &refused));
  CU_ASSERT_TRUE (wait_for (&refused.closed));
  CU_ASSERT_EQUAL (refused.error_number, ECONNREFUSED);

  /* Far more than a window comes back. */
  Member server = { .name = "server",
                    .script = "echo up; exec nc -l -p 9000 -e sh -c 'cat; head -c 1000000 "
                              "/dev/zero'" };
  g_autofree char *id = start_member (&pod, &server);
  follow_until (id, "up");
  Dialled dialled = { .received = g_string_new (NULL) };
  ExecAgentChannel *channel = NULL;
  /* Until the server listens, which a busy machine delays. */
  gint64 deadline_us = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  while (!dialled.opened && g_get_monotonic_time () < deadline_us)
    {
      dialled.closed = FALSE;
      channel = exec_agent_link_dial (link, "127.0.0.1", 9000, &channel_events, &dialled);
      CU_ASSERT_PTR_NOT_NULL_FATAL (channel);
      while (!dialled.opened && !dialled.closed)
        g_main_context_iteration (NULL, TRUE);
    }
  CU_ASSERT_TRUE_FATAL (dialled.opened);
  g_autofree char *sent = g_strnfill (300000, 'a');
  exec_agent_channel_write (channel, (guint8 *) sent, 300000);
  exec_agent_channel_end (channel);
  CU_ASSERT_TRUE (wait_for (&dialled.closed));
  CU_ASSERT_EQUAL (dialled.received->len, 1300000);
  CU_ASSERT_EQUAL (memcmp (dialled.received->str, sent, 300000), 0);
  g_string_free (dialled.received, TRUE);
  remove_pod (&pod, 0);
  fixture_stop ();
}

/* ---- Events and adoption ---- */

typedef struct
{
  GString *events;
  GPtrArray *pods;
  gboolean listed, died;
} Watched;

static void
on_happened (const ExecEvent *event, gpointer user_data)
{
  Watched *watched = user_data;
  static const char *const names[] = { "none", "start", "oom", "die", "destroy" };
  g_string_append_printf (watched->events, "%s ", names[event->type]);
  watched->died |= event->type == EXEC_EVENT_DIE && event->exit_code == 5;
}

static void
on_listed (JsonArray *containers, gpointer user_data)
{
  Watched *watched = user_data;
  g_clear_pointer (&watched->pods, g_ptr_array_unref);
  watched->pods = exec_pod_table_read (containers, fixture_instance ());
  watched->listed = TRUE;
}

static void
on_lost (const GError *error, gpointer user_data)
{
}

void
test_pod__is_adopted_after_we_were_away (void)
{
  if (!fixture_start ())
    return;
  Pod pod;
  start_pod (&pod, "adopted", NULL, 0);
  Member member = { .name = "main", .script = "sleep 60" };
  g_autofree char *id = start_member (&pod, &member);
  g_autofree char *sandbox_id = g_strdup (exec_pod_sandbox_id (pod.sandbox));
  ExecAgentProbe probe = { .id = 7, .kind = EXEC_AGENT_PROBE_TCP, .address = "127.0.0.1",
                           .port = 9, .period_ms = 50, .timeout_ms = 1000 };
  Answer answer = { 0 };
  exec_agent_link_probe_add (exec_pod_sandbox_link (pod.sandbox), &probe, take_done, &answer);
  answer_wait (&answer);
  answer_clear (&answer);
  CU_ASSERT_TRUE (wait_for (&pod.has_result));
  exec_pod_sandbox_free (pod.sandbox);

  static const ExecEventsHandler handler = { on_happened, on_listed, on_lost };
  Watched watched = { .events = g_string_new (NULL) };
  ExecEvents *events
      = exec_events_new (docker, fixture_instance_label (), &handler, &watched);
  CU_ASSERT_TRUE_FATAL (wait_for (&watched.listed));
  CU_ASSERT_EQUAL_FATAL (watched.pods->len, 1);
  ExecPod *found = g_ptr_array_index (watched.pods, 0);
  TEST_ASSERT_TEXT (found->name, "adopted");
  ExecPodContainer *sandbox = g_ptr_array_index (found->sandboxes, 0);
  ExecPodContainer *container = g_ptr_array_index (found->containers, 0);
  TEST_ASSERT_TEXT (sandbox->id, sandbox_id);
  TEST_ASSERT_TEXT (container->id, id);
  TEST_ASSERT_TEXT (container->state, "running");
  TEST_ASSERT_TEXT (container->spec_hash, "h1");

  pod.started = FALSE;
  pod.has_result = FALSE;
  pod.sandbox = exec_pod_sandbox_new_adopted (docker, sandbox->id, &sandbox_events, &pod);
  CU_ASSERT_TRUE (wait_for (&pod.started));
  exec_agent_link_probe_report (exec_pod_sandbox_link (pod.sandbox));
  CU_ASSERT_TRUE (wait_for (&pod.has_result));
  CU_ASSERT_EQUAL (pod.result.id, 7);
  g_ptr_array_unref (watched.pods);
  exec_events_free (events);
  g_string_free (watched.events, TRUE);
  remove_pod (&pod, 0);
  fixture_stop ();
}

void
test_events__tell_the_life_of_a_container (void)
{
  if (!fixture_start ())
    return;
  static const ExecEventsHandler handler = { on_happened, on_listed, on_lost };
  Watched watched = { .events = g_string_new (NULL) };
  ExecEvents *events
      = exec_events_new (docker, fixture_instance_label (), &handler, &watched);
  CU_ASSERT_TRUE (wait_for (&watched.listed));
  CU_ASSERT_EQUAL (watched.pods->len, 0);
  g_autofree char *id = make_container ("events", "exit 5");
  Answer answer = { 0 };
  exec_docker_container_start (docker, id, answer_take, &answer);
  answer_wait (&answer);
  answer_clear (&answer);
  CU_ASSERT_TRUE (wait_for (&watched.died));
  TEST_ASSERT_TEXT (watched.events->str, "start die ");
  exec_docker_container_remove (docker, id, answer_take, &answer);
  answer_wait (&answer);
  answer_clear (&answer);
  exec_events_free (events);
  g_string_free (watched.events, TRUE);
  g_ptr_array_unref (watched.pods);
  fixture_stop ();
}

void
test_pod__foreign_container_of_our_name_is_left_alone (void)
{
  if (!fixture_start ())
    return;
  Pod pod = { .uid = g_uuid_string_random () };
  pod.ref = (ExecPodRef){ .instance = "another-instance", .name = "taken",
                          .namespace_name = "default", .uid = pod.uid };
  g_autofree char *name = exec_pod_container_docker_name (&pod.ref, NULL, 0);
  g_autoptr (GHashTable) labels = fixture_labels ();
  ExecContainerSpec foreign;
  fill_spec (&foreign, labels);
  Answer answer = { 0 };
  exec_docker_container_create (docker, name, &foreign, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_PTR_NULL (answer.error);
  answer_clear (&answer);
  ExecPodSandboxSpec spec = { .pod = pod.ref, .image = fixture_pause (), .network = "none" };
  pod.sandbox = exec_pod_sandbox_new (docker, &spec, &sandbox_events, &pod);
  CU_ASSERT_TRUE (wait_for (&pod.started));
  CU_ASSERT_PTR_NOT_NULL (pod.error);
  g_clear_error (&pod.error);
  remove_pod (&pod, 0);
  exec_docker_container_inspect (docker, name, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_PTR_NULL (answer.error);
  answer_clear (&answer);
  exec_docker_container_remove (docker, name, answer_take, &answer);
  answer_wait (&answer);
  answer_clear (&answer);
  fixture_stop ();
}

typedef struct
{
  gboolean done;
  gint exit_code;
  char *output;
  GError *error;
} Ran;

static void
on_ran (const ExecRunResult *result, const GError *error, gpointer user_data)
{
  Ran *ran = user_data;
  ran->done = TRUE;
  ran->exit_code = result != NULL ? result->exit_code : -1;
  ran->output = g_strdup (result != NULL ? result->output : "");
  ran->error = error != NULL ? g_error_copy (error) : NULL;
}

void
test_exec_run__gives_output_and_code_or_times_out (void)
{
  if (!fixture_start ())
    return;
  g_autofree char *id = make_container ("run", "sleep 60");
  Answer answer = { 0 };
  exec_docker_container_start (docker, id, answer_take, &answer);
  answer_wait (&answer);
  answer_clear (&answer);
  const char *const command[] = { "sh", "-c", "echo no; exit 4", NULL };
  const char *const slow[] = { "sleep", "60", NULL };
  Ran ran = { 0 }, late = { 0 };
  exec_docker_run (docker, id, command, 10000, on_ran, &ran);
  CU_ASSERT_TRUE (wait_for (&ran.done));
  CU_ASSERT_EQUAL (ran.exit_code, 4);
  TEST_ASSERT_TEXT (ran.output, "no\n");
  exec_docker_run (docker, id, slow, 200, on_ran, &late);
  CU_ASSERT_TRUE (wait_for (&late.done));
  CU_ASSERT_TRUE (g_error_matches (late.error, EXEC_ERROR, EXEC_ERROR_TIMEOUT));
  g_clear_error (&late.error);
  g_free (ran.output);
  g_free (late.output);
  exec_docker_container_remove (docker, id, answer_take, &answer);
  answer_wait (&answer);
  answer_clear (&answer);
  fixture_stop ();
}

typedef struct
{
  gboolean done;
  ExecSweepCounts counts;
  GError *error;
} Swept;

static void
on_swept (const ExecSweepCounts *counts, const GError *error, gpointer user_data)
{
  Swept *swept = user_data;
  swept->done = TRUE;
  swept->counts = *counts;
  swept->error = error != NULL ? g_error_copy (error) : NULL;
}

void
test_sweep__leaves_nothing_of_the_instance (void)
{
  if (!fixture_start ())
    return;
  Answer answer = { 0 };
  for (guint i = 0; i < 2; i++) /* the second time it is found */
    {
      exec_pod_network_ensure (docker, fixture_instance (), "10.245.77.0/24", answer_take,
                               &answer);
      answer_wait (&answer);
      CU_ASSERT_PTR_NULL (answer.error);
      answer_clear (&answer);
    }
  g_autofree char *network = exec_pod_network_name (fixture_instance ());
  Pod pod = { .uid = g_uuid_string_random () };
  pod.ref = (ExecPodRef){ .instance = fixture_instance (), .name = "swept",
                          .namespace_name = "default", .uid = pod.uid };
  ExecPodVolume volume = { .name = "v", .mode = 0777 };
  ExecPodSandboxSpec spec = { .pod = pod.ref, .image = fixture_pause (), .network = network,
                              .ip = "10.245.77.9", .volumes = &volume, .n_volumes = 1 };
  pod.sandbox = exec_pod_sandbox_new (docker, &spec, &sandbox_events, &pod);
  CU_ASSERT_TRUE (wait_for (&pod.started));
  CU_ASSERT_PTR_NULL (pod.error);
  TEST_ASSERT_TEXT (exec_pod_sandbox_ip (pod.sandbox), "10.245.77.9");
  Member member = { .name = "main", .script = "sleep 60" };
  g_autofree char *id = start_member (&pod, &member);
  exec_pod_sandbox_free (pod.sandbox);
  Swept swept = { 0 };
  exec_sweep_instance (docker, fixture_instance (), 0, EXEC_SWEEP_KEEP_IMAGES, on_swept, &swept);
  CU_ASSERT_TRUE (wait_for (&swept.done));
  if (swept.error != NULL)
    test_note ("%s", swept.error->message);
  CU_ASSERT_PTR_NULL (swept.error);
  CU_ASSERT_EQUAL (swept.counts.n_containers, 2);
  CU_ASSERT_EQUAL (swept.counts.n_networks, 1);
  CU_ASSERT_EQUAL (swept.counts.n_volumes, 1);
  g_free (pod.uid);
  fixture_stop ();
}
