/* SPDX-License-Identifier: Apache-2.0
 *
 * The Docker Engine client against the real engine: each call once, its errors, and the streams.
 */

#include "exec/docker_container.h"
#include "exec/docker_json.h"
#include "exec/docker_network.h"
#include "exec/error.h"
#include "exec/tar.h"
#include "tests/docker/fixture.h"

#include <string.h>

static void
check_ok (Answer *answer, guint status)
{
  answer_wait (answer);
  if (answer->error != NULL)
    test_note ("%s", answer->error->message);
  CU_ASSERT_PTR_NULL (answer->error);
  CU_ASSERT_EQUAL (answer->status, status);
  answer_clear (answer);
}

static void
remove_container (const char *id)
{
  Answer answer = { 0 };
  exec_docker_container_remove (docker, id, answer_take, &answer);
  check_ok (&answer, 204);
}

static gint64
wait_exit_code (const char *id)
{
  Answer answer = { 0 };
  exec_docker_container_wait (docker, id, NULL, answer_take, &answer);
  answer_wait (&answer);
  gint64 code = exec_json_int (exec_json_root_object (answer.json), "StatusCode", -1);
  answer_clear (&answer);
  return code;
}

void
test_docker__version_is_negotiated (void)
{
  if (!fixture_start ())
    return;
  CU_ASSERT_TRUE (exec_docker_api_minor (docker) >= EXEC_DOCKER_API_MIN);
  Answer answer = { 0 };
  exec_docker_get_info (docker, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_TRUE (exec_json_int (exec_json_root_object (answer.json), "NCPU", 0) > 0);
  answer_clear (&answer);
}

void
test_docker__absent_engine_is_one_sentence (void)
{
  g_autoptr (ExecDocker) nobody = exec_docker_new ("/nonexistent/docker.sock");
  Answer answer = { 0 };
  exec_docker_connect (nobody, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_TRUE (g_error_matches (answer.error, EXEC_ERROR, EXEC_ERROR_DOCKER_ABSENT));
  TEST_ASSERT_TEXT (answer.error->message,
                    "no Docker Engine at /nonexistent/docker.sock: the socket does not exist; "
                    "install and start docker");
  answer_clear (&answer);
}

void
test_docker__container_lives_and_ends (void)
{
  if (!fixture_start ())
    return;
  g_autofree char *id = make_container ("life", "echo out; echo err >&2; exit 7");
  Answer answer = { 0 };
  exec_docker_container_start (docker, id, answer_take, &answer);
  check_ok (&answer, 204);
  CU_ASSERT_EQUAL (wait_exit_code (id), 7);
  exec_docker_container_stop (docker, id, 1, answer_take, &answer);
  check_ok (&answer, 304);
  exec_docker_container_kill (docker, id, "KILL", answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_TRUE (g_error_matches (answer.error, EXEC_ERROR, EXEC_ERROR_CONFLICT));
  answer_clear (&answer);
  remove_container (id);
  exec_docker_container_remove (docker, id, answer_take, &answer);
  check_ok (&answer, 404);
  exec_docker_container_inspect (docker, id, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_TRUE (g_error_matches (answer.error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND));
  answer_clear (&answer);
  fixture_stop ();
}

void
test_docker__name_in_use_is_a_conflict (void)
{
  if (!fixture_start ())
    return;
  g_autofree char *one = make_container ("twice", "true");
  g_autofree char *two = make_container ("twice", "true");
  CU_ASSERT_STRING_NOT_EQUAL (one, "");
  TEST_ASSERT_TEXT (two, "");
  remove_container (one);
  fixture_stop ();
}

void
test_docker__forbidden_fields_never_leave_us (void)
{
  if (!fixture_start ())
    return;
  g_autoptr (GHashTable) labels = fixture_labels ();
  ExecContainerSpec spec;
  fill_spec (&spec, labels);
  ExecMount mount = { .type = EXEC_MOUNT_BIND, .source = "/etc", .target = "/x" };
  spec.mounts = &mount;
  spec.n_mounts = 1;
  spec.state_folder = "/tmp";
  Answer answer = { 0 };
  exec_docker_container_create (docker, "orrery-test-bind", &spec, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_TRUE (g_error_matches (answer.error, EXEC_ERROR, EXEC_ERROR_INVALID));
  answer_clear (&answer);
  fixture_stop ();
}

/* ---- Streams ---- */

typedef struct
{
  ExecDemux demux;
  GString *out, *err;
  gboolean ended;
  GError *error;
} Collected;

static void
collect_frame (ExecStream stream, const guint8 *bytes, gsize length, gpointer user_data)
{
  Collected *collected = user_data;
  g_string_append_len (stream == EXEC_STREAM_OUT ? collected->out : collected->err,
                       (const char *) bytes, (gssize) length);
}

static void
collect_piece (GBytes *piece, gpointer user_data)
{
  Collected *collected = user_data;
  CU_ASSERT_TRUE (exec_demux_feed (&collected->demux, piece, collect_frame, collected, NULL));
}

static void
collect_end (const GError *error, gpointer user_data)
{
  Collected *collected = user_data;
  collected->ended = TRUE;
  collected->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
collected_init (Collected *collected)
{
  *collected = (Collected){ .out = g_string_new (NULL), .err = g_string_new (NULL) };
}

static void
collected_clear (Collected *collected)
{
  g_string_free (collected->out, TRUE);
  g_string_free (collected->err, TRUE);
  g_clear_error (&collected->error);
}

static const ExecDockerStreamEvents stream_events
    = { .received = collect_piece, .ended = collect_end };
static const ExecHijackEvents hijack_events
    = { .received = collect_frame, .closed = collect_end };

void
test_docker__logs_are_taken_apart (void)
{
  if (!fixture_start ())
    return;
  g_autofree char *id = make_container ("logs", "echo one; echo two; echo bad >&2");
  Answer answer = { 0 };
  exec_docker_container_start (docker, id, answer_take, &answer);
  check_ok (&answer, 204);
  Collected all, tail;
  collected_init (&all);
  collected_init (&tail);
  ExecLogsQuery follow = { .follow = TRUE, .tail = -1 };
  ExecDockerStream *stream
      = exec_docker_container_logs (docker, id, &follow, &stream_events, &all);
  CU_ASSERT_TRUE (wait_for (&all.ended));
  CU_ASSERT_PTR_NULL (all.error);
  TEST_ASSERT_TEXT (all.out->str, "one\ntwo\n");
  TEST_ASSERT_TEXT (all.err->str, "bad\n");
  exec_docker_stream_free (stream);
  ExecLogsQuery last = { .tail = 0 };
  stream = exec_docker_container_logs (docker, id, &last, &stream_events, &tail);
  CU_ASSERT_TRUE (wait_for (&tail.ended));
  TEST_ASSERT_TEXT (tail.out->str, "");
  exec_docker_stream_free (stream);
  collected_clear (&all);
  collected_clear (&tail);
  remove_container (id);
  fixture_stop ();
}

void
test_docker__logs_of_nothing_end_with_not_found (void)
{
  if (!fixture_start ())
    return;
  Collected all;
  collected_init (&all);
  ExecLogsQuery query = { .tail = -1 };
  ExecDockerStream *stream
      = exec_docker_container_logs (docker, "orrery-no-such", &query, &stream_events, &all);
  CU_ASSERT_TRUE (wait_for (&all.ended));
  CU_ASSERT_TRUE (g_error_matches (all.error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND));
  exec_docker_stream_free (stream);
  collected_clear (&all);
}

void
test_docker__exec_carries_input_and_exit_code (void)
{
  if (!fixture_start ())
    return;
  g_autofree char *id = make_container ("exec", "sleep 60");
  Answer answer = { 0 };
  exec_docker_container_start (docker, id, answer_take, &answer);
  check_ok (&answer, 204);
  const char *const command[] = { "sh", "-c", "tr a-z A-Z; echo end >&2; exit 3", NULL };
  ExecExecSpec spec = { .command = command, .stdin_open = TRUE };
  exec_docker_exec_create (docker, id, &spec, answer_take, &answer);
  answer_wait (&answer);
  g_autofree char *exec_id
      = g_strdup (exec_json_string (exec_json_root_object (answer.json), "Id"));
  answer_clear (&answer);
  CU_ASSERT_PTR_NOT_NULL_FATAL (exec_id);
  Collected all;
  collected_init (&all);
  ExecHijack *pipe = exec_docker_exec_start (docker, exec_id, EXEC_HIJACK_MULTIPLEXED,
                                             &hijack_events, &all);
  exec_hijack_write (pipe, (const guint8 *) "hello\n", 6);
  exec_hijack_close_input (pipe);
  CU_ASSERT_TRUE (wait_for (&all.ended));
  TEST_ASSERT_TEXT (all.out->str, "HELLO\n");
  TEST_ASSERT_TEXT (all.err->str, "end\n");
  exec_hijack_free (pipe);
  exec_docker_exec_inspect (docker, exec_id, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_EQUAL (exec_json_int (exec_json_root_object (answer.json), "ExitCode", -1), 3);
  answer_clear (&answer);
  collected_clear (&all);
  remove_container (id);
  fixture_stop ();
}

void
test_docker__attach_to_nothing_is_refused (void)
{
  if (!fixture_start ())
    return;
  Collected all;
  collected_init (&all);
  ExecHijack *pipe = exec_docker_container_attach (docker, "orrery-no-such",
                                                   EXEC_HIJACK_MULTIPLEXED, &hijack_events, &all);
  CU_ASSERT_TRUE (wait_for (&all.ended));
  CU_ASSERT_TRUE (g_error_matches (all.error, EXEC_ERROR, EXEC_ERROR_NOT_FOUND));
  exec_hijack_free (pipe);
  collected_clear (&all);
}

void
test_docker__archive_goes_in_and_comes_out (void)
{
  if (!fixture_start ())
    return;
  g_autofree char *id = make_container ("archive", "cat /tmp/a.txt");
  g_autoptr (ExecTar) tar = exec_tar_new ();
  exec_tar_add_text (tar, "a.txt", 0644, "inside\n");
  g_autoptr (GBytes) archive = exec_tar_finish (tar);
  Answer answer = { 0 };
  exec_docker_container_put_archive (docker, id, "/tmp", archive, answer_take, &answer);
  check_ok (&answer, 200);
  exec_docker_container_get_archive (docker, id, "/tmp/a.txt", answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_PTR_NOT_NULL_FATAL (answer.body);
  gsize length;
  const char *bytes = g_bytes_get_data (answer.body, &length);
  CU_ASSERT_PTR_NOT_NULL (memmem (bytes, length, "inside\n", 7));
  answer_clear (&answer);
  remove_container (id);
  fixture_stop ();
}

void
test_docker__network_and_volume_come_and_go (void)
{
  if (!fixture_start ())
    return;
  g_autoptr (GHashTable) labels = fixture_labels ();
  g_autofree char *name = g_strdup_printf ("orrery-test-%.8s", fixture_instance ());
  Answer answer = { 0 };
  exec_docker_network_create (docker, name, NULL, labels, answer_take, &answer);
  check_ok (&answer, 201);
  exec_docker_network_create (docker, name, NULL, labels, answer_take, &answer);
  answer_wait (&answer);
  CU_ASSERT_TRUE (g_error_matches (answer.error, EXEC_ERROR, EXEC_ERROR_CONFLICT));
  answer_clear (&answer);
  exec_docker_volume_create (docker, name, 1024 * 1024, labels, answer_take, &answer);
  check_ok (&answer, 201);
  exec_docker_volume_remove (docker, name, answer_take, &answer);
  check_ok (&answer, 204);
  exec_docker_network_remove (docker, name, answer_take, &answer);
  check_ok (&answer, 204);
  fixture_stop ();
}

void
test_docker__freed_client_ends_its_calls (void)
{
  if (!fixture_start ())
    return;
  ExecDocker *other = exec_docker_new (NULL);
  Answer answer = { 0 };
  exec_docker_get_info (other, answer_take, &answer);
  exec_docker_free (other);
  answer_wait (&answer);
  CU_ASSERT_TRUE (g_error_matches (answer.error, EXEC_ERROR, EXEC_ERROR_CANCELLED));
  answer_clear (&answer);
}

void
test_docker__stats_and_rename (void)
{
  if (!fixture_start ())
    return;
  g_autofree char *id = make_container ("stats", "sleep 60");
  g_autofree char *name = g_strdup_printf ("orrery-renamed-%.8s", fixture_instance ());
  Answer answer = { 0 };
  exec_docker_container_rename (docker, id, name, answer_take, &answer);
  check_ok (&answer, 204);
  exec_docker_container_start (docker, name, answer_take, &answer);
  check_ok (&answer, 204);
  exec_docker_container_stats (docker, name, answer_take, &answer);
  answer_wait (&answer);
  JsonObject *memory = exec_json_object (exec_json_root_object (answer.json), "memory_stats");
  CU_ASSERT_TRUE (exec_json_int (memory, "usage", 0) > 0);
  answer_clear (&answer);
  remove_container (id);
  fixture_stop ();
}
