/* SPDX-License-Identifier: Apache-2.0
 *
 * The Docker Engine client against an engine that lies, breaks off, floods and hangs: a socket of
 * our own that answers each request with the bytes of a script.
 */

#include "exec/docker.h"
#include "exec/docker_image.h"
#include "exec/docker_json.h"
#include "exec/error.h"
#include "exec/events.h"
#include "tests/lib/test.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

/* ---- The engine ---- */

typedef struct
{
  GSocketService *service;
  char *folder, *path;
  const char *const *answers; /* one a connection; the last one again and again */
  guint n_connections;
  guint n_exchanges;          /* under way */
  GPtrArray *held;            /* connections that stay open */
} Fake;

typedef struct
{
  Fake *fake;
  GSocketConnection *connection;
  const char *answer;
  char request[4096];
} Exchange;

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Exchange *exchange = user_data;
  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  /* "..." at the end: the connection stays open and silent. */
  if (!g_str_has_suffix (exchange->answer, "..."))
    g_io_stream_close (G_IO_STREAM (exchange->connection), NULL, NULL);
  else
    g_ptr_array_add (exchange->fake->held, g_object_ref (exchange->connection));
  exchange->fake->n_exchanges--;
  g_object_unref (exchange->connection);
  g_free (exchange);
}

static void
on_request (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Exchange *exchange = user_data;
  g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (exchange->connection));
  gsize length = strlen (exchange->answer);
  if (g_str_has_suffix (exchange->answer, "..."))
    length -= 3;
  g_output_stream_write_all_async (output, exchange->answer, length, G_PRIORITY_DEFAULT, NULL,
                                   on_written, exchange);
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *connection, GObject *source,
             gpointer user_data)
{
  Fake *fake = user_data;
  Exchange *exchange = g_new0 (Exchange, 1);
  exchange->fake = fake;
  exchange->connection = g_object_ref (connection);
  guint i = 0;
  while (i < fake->n_connections && fake->answers[i + 1] != NULL)
    i++;
  exchange->answer = fake->answers[i];
  fake->n_connections++;
  fake->n_exchanges++;
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  g_input_stream_read_async (input, exchange->request, sizeof exchange->request,
                             G_PRIORITY_DEFAULT, NULL, on_request, exchange);
  return TRUE;
}

static void
fake_start (Fake *fake, const char *const *answers)
{
  *fake = (Fake){ .answers = answers, .held = g_ptr_array_new_with_free_func (g_object_unref) };
  fake->folder = g_dir_make_tmp ("orrery-fake-XXXXXX", NULL);
  fake->path = g_build_filename (fake->folder, "docker.sock", NULL);
  fake->service = g_socket_service_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (fake->path);
  CU_ASSERT_TRUE_FATAL (g_socket_listener_add_address (
      G_SOCKET_LISTENER (fake->service), address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
      NULL, NULL, NULL));
  g_signal_connect (fake->service, "incoming", G_CALLBACK (on_incoming), fake);
}

static void
fake_stop (Fake *fake)
{
  g_socket_service_stop (fake->service);
  g_socket_listener_close (G_SOCKET_LISTENER (fake->service));
  g_object_unref (fake->service);
  while (fake->n_exchanges > 0)
    g_main_context_iteration (NULL, TRUE);
  g_ptr_array_unref (fake->held);
  g_unlink (fake->path);
  g_rmdir (fake->folder);
  g_free (fake->path);
  g_free (fake->folder);
}

/* ---- One call ---- */

typedef struct
{
  gboolean done;
  guint status;
  GError *error;
} Answer;

static void
take_answer (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Answer *answer = user_data;
  CU_ASSERT_FALSE (answer->done);
  answer->done = TRUE;
  answer->status = reply != NULL ? reply->status : 0;
  answer->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
check_error (Answer *answer, ExecErrorCode code, const char *part)
{
  while (!answer->done)
    g_main_context_iteration (NULL, TRUE);
  CU_ASSERT_TRUE (g_error_matches (answer->error, EXEC_ERROR, code));
  if (answer->error == NULL || strstr (answer->error->message, part) == NULL)
    {
      test_note ("%s", answer->error != NULL ? answer->error->message : "no error");
      CU_FAIL ("message");
    }
  g_clear_error (&answer->error);
  answer->done = FALSE;
}

static void
expect (const char *answer_text, ExecErrorCode code, const char *part)
{
  const char *const answers[] = { answer_text, NULL };
  Fake fake;
  Answer answer = { 0 };
  fake_start (&fake, answers);
  ExecDocker *docker = exec_docker_new (fake.path);
  ExecDockerRequest request = { .method = "GET", .path = "/x", .expect = EXEC_DOCKER_BODY_JSON,
                                .timeout_ms = 300 };
  exec_docker_send (docker, &request, take_answer, &answer);
  check_error (&answer, code, part);
  exec_docker_free (docker);
  fake_stop (&fake);
}

void
test_docker_fake__status_gives_the_kind_of_error (void)
{
  expect ("HTTP/1.1 404 Not Found\r\nContent-Length: 18\r\n\r\n{\"message\":\"gone\"}",
          EXEC_ERROR_NOT_FOUND, "docker: GET /x: 404: gone");
  expect ("HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}", EXEC_ERROR_CONFLICT,
          "no message");
  expect ("HTTP/1.1 400 Bad\r\nContent-Length: 3\r\n\r\nbad", EXEC_ERROR_REFUSED, "400");
  expect ("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", EXEC_ERROR_ENGINE, "500");
}

void
test_docker_fake__terminal_escapes_in_messages_are_taken_out (void)
{
  expect ("HTTP/1.1 500 X\r\nContent-Length: 30\r\n\r\n{\"message\":\"\\u001b[2Jcleared\"}",
          EXEC_ERROR_ENGINE, "?[2Jcleared");
}

void
test_docker_fake__bad_answers_are_refused (void)
{
  expect ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{\"a\"", EXEC_ERROR_BAD_ANSWER, "not JSON");
  expect ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", EXEC_ERROR_BAD_ANSWER, "not JSON");
  expect ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[012]", EXEC_ERROR_BAD_ANSWER, "not JSON");
  expect ("what is this\r\n\r\n", EXEC_ERROR_BROKEN, "lost");
  expect ("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"a\":1}", EXEC_ERROR_BROKEN, "lost");
}

void
test_docker_fake__deep_nesting_does_not_reach_the_parser (void)
{
  g_autofree char *deep = g_strnfill (60000, '[');
  g_autofree char *answer
      = g_strconcat ("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", deep, NULL);
  expect (answer, EXEC_ERROR_BAD_ANSWER, "not JSON");
}

void
test_docker_fake__silence_ends_with_a_timeout (void)
{
  expect ("...", EXEC_ERROR_TIMEOUT, "no answer in time");
  expect ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[1...", EXEC_ERROR_TIMEOUT,
          "no answer in time");
}

void
test_docker_fake__flood_is_cut_off (void)
{
  g_autoptr (GString) flood = g_string_new ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  while (flood->len < EXEC_DOCKER_MAX_BODY_BYTES + 1000000)
    g_string_append (flood, "                                                                ");
  const char *const answers[] = { flood->str, NULL };
  Fake fake;
  Answer answer = { 0 };
  fake_start (&fake, answers);
  ExecDocker *docker = exec_docker_new (fake.path);
  exec_docker_get (docker, "/x", take_answer, &answer);
  check_error (&answer, EXEC_ERROR_TOO_LARGE, "more than 16777216 bytes");
  exec_docker_free (docker);
  fake_stop (&fake);
}

/* ---- Version ---- */

static void
expect_version (const char *body, ExecErrorCode code, const char *part)
{
  g_autofree char *text = g_strdup_printf (
      "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n%s", (guint) strlen (body), body);
  const char *const answers[] = { text, NULL };
  Fake fake;
  Answer answer = { 0 };
  fake_start (&fake, answers);
  ExecDocker *docker = exec_docker_new (fake.path);
  exec_docker_connect (docker, take_answer, &answer);
  check_error (&answer, code, part);
  exec_docker_free (docker);
  fake_stop (&fake);
}

void
test_docker_fake__versions_without_overlap_are_refused (void)
{
  expect_version ("{\"ApiVersion\":\"1.40\",\"MinAPIVersion\":\"1.12\"}",
                  EXEC_ERROR_DOCKER_VERSION, "speaks API 1.12 to 1.40, expected one of 1.41");
  expect_version ("{\"ApiVersion\":\"1.70\",\"MinAPIVersion\":\"1.60\"}",
                  EXEC_ERROR_DOCKER_VERSION, "speaks API 1.60 to 1.70");
  expect_version ("{}", EXEC_ERROR_DOCKER_VERSION, "expected one of");
}

void
test_docker_fake__newer_engine_is_spoken_to_in_our_version (void)
{
  static const char *const answers[]
      = { "HTTP/1.1 200 OK\r\nContent-Length: 45\r\n\r\n"
          "{\"ApiVersion\":\"1.99\",\"MinAPIVersion\":\"1.44\"}\n",
          NULL };
  Fake fake;
  Answer answer = { 0 };
  fake_start (&fake, answers);
  ExecDocker *docker = exec_docker_new (fake.path);
  exec_docker_connect (docker, take_answer, &answer);
  while (!answer.done)
    g_main_context_iteration (NULL, TRUE);
  CU_ASSERT_PTR_NULL (answer.error);
  CU_ASSERT_EQUAL (exec_docker_api_minor (docker), EXEC_DOCKER_API_MAX);
  g_autofree char *path = exec_docker_versioned_path (docker, "/info");
  TEST_ASSERT_TEXT (path, "/v1.51/info");
  exec_docker_free (docker);
  fake_stop (&fake);
}

/* ---- Transport ---- */

void
test_docker__forbidden_socket_is_one_sentence (void)
{
  g_autoptr (GError) transport
      = g_error_new (G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "Permission denied");
  g_autoptr (GError) error = exec_docker_explain ("/var/run/docker.sock", transport);
  CU_ASSERT_TRUE (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_DOCKER_FORBIDDEN));
  TEST_ASSERT_TEXT (error->message, "no permission to use the Docker Engine at "
                                    "/var/run/docker.sock: run as root or join the group that "
                                    "owns the socket");
}

void
test_docker_fake__socket_nobody_listens_on (void)
{
  static const char *const none[] = { "", NULL };
  Fake fake;
  Answer answer = { 0 };
  fake_start (&fake, none);
  g_socket_service_stop (fake.service);
  g_socket_listener_close (G_SOCKET_LISTENER (fake.service));
  ExecDocker *docker = exec_docker_new (fake.path);
  exec_docker_connect (docker, take_answer, &answer);
  check_error (&answer, EXEC_ERROR_DOCKER_ABSENT, "nobody listens on the socket");
  exec_docker_free (docker);
  fake_stop (&fake);
}

/* 0a.9: an error may come inside a 200. */
void
test_docker_fake__error_among_progress_lines_is_an_error (void)
{
  static const char *const answers[]
      = { "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"status\":\"Pulling\"}\r\n"
          "{\"errorDetail\":{\"message\":\"denied\"},\"error\":\"denied\"}\r\n",
          NULL };
  Fake fake;
  Answer answer = { 0 };
  fake_start (&fake, answers);
  ExecDocker *docker = exec_docker_new (fake.path);
  exec_docker_image_pull (docker, "web:v1", NULL, take_answer, &answer);
  check_error (&answer, EXEC_ERROR_ENGINE, "docker: denied");
  exec_docker_free (docker);
  fake_stop (&fake);
}

/* ---- Events ---- */

typedef struct
{
  GString *seen;
  guint n_listed, n_lost;
} Watched;

static void
on_happened (const ExecEvent *event, gpointer user_data)
{
  Watched *watched = user_data;
  g_string_append_printf (watched->seen, "%d %s %d\n", event->type, event->container_id,
                          event->exit_code);
}

static void
on_listed (JsonArray *containers, gpointer user_data)
{
  ((Watched *) user_data)->n_listed++;
}

static void
on_lost (const GError *error, gpointer user_data)
{
  ((Watched *) user_data)->n_lost++;
}

static const ExecEventsHandler handler = { on_happened, on_listed, on_lost };

#define DIE(time)                                                                        \
  "{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"abc\",\"Attributes\":" \
  "{\"exitCode\":\"7\",\"name\":\"n\"}},\"timeNano\":" time "}\n"

void
test_events__come_in_pieces_and_once (void)
{
  Watched watched = { .seen = g_string_new (NULL) };
  ExecEvents *events = exec_events_new (NULL, "a=b", &handler, &watched);
  const char *text = DIE ("1") "not json\n"
                     "{\"Action\":\"exec_create: sh\"}\n[1]\n" DIE ("1") DIE ("2");
  for (const char *at = text; *at != '\0'; at++)
    CU_ASSERT_TRUE (exec_events_feed (events, (const guint8 *) at, 1));
  TEST_ASSERT_TEXT (watched.seen->str, "3 abc 7\n3 abc 7\n");
  exec_events_free (events);
  g_string_free (watched.seen, TRUE);
}

void
test_events__line_without_end_is_given_up (void)
{
  Watched watched = { .seen = g_string_new (NULL) };
  ExecEvents *events = exec_events_new (NULL, "a=b", &handler, &watched);
  g_autofree char *text = g_strnfill (1024 * 1024 + 1, 'x');
  CU_ASSERT_FALSE (exec_events_feed (events, (const guint8 *) text, 1024 * 1024 + 1));
  exec_events_free (events);
  g_string_free (watched.seen, TRUE);
}

void
test_events__list_follows_each_new_connection (void)
{
  /* Stream, list, the stream's end, stream again, list again. */
  static const char list[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]";
  static const char stream[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" DIE ("5");
  static const char *const answers[] = { stream, list, stream, list, NULL };
  Watched watched = { .seen = g_string_new (NULL) };
  Fake fake;
  fake_start (&fake, answers);
  ExecDocker *docker = exec_docker_new (fake.path);
  ExecEvents *events = exec_events_new (docker, "a=b", &handler, &watched);
  while (watched.n_listed < 2)
    g_main_context_iteration (NULL, TRUE);
  CU_ASSERT_TRUE (watched.n_lost >= 1);
  TEST_ASSERT_TEXT (watched.seen->str, "3 abc 7\n");
  exec_events_free (events);
  exec_docker_free (docker);
  fake_stop (&fake);
  g_string_free (watched.seen, TRUE);
}
