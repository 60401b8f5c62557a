/* SPDX-License-Identifier: Apache-2.0
 *
 * The agent's program run on pipes, as the engine runs it in a sandbox: frames good and hostile,
 * probes, dialled connections, sets of files, signals and children.
 */

#include "exec/agent_frame.h"
#include "exec/image.h"
#include "tests/lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 10000

typedef struct
{
  pid_t pid;
  int in, out;
  ExecAgentDecoder decoder;
  GString *seen; /* one line a frame: "129 7 payload" */
  char *root;
} Agent;

extern const guint8 exec_agent_blob[];
extern const guint8 exec_agent_blob_end[];

/* The program as it lies in the image, or (to run it under a sanitizer) the one named by
 * ORRERY_TEST_AGENT. */
static char *
write_program (const char *folder)
{
  if (g_getenv ("ORRERY_TEST_AGENT") != NULL)
    return g_strdup (g_getenv ("ORRERY_TEST_AGENT"));
  char *path = g_build_filename (folder, "orrery-agent", NULL);
  gssize length = exec_agent_blob_end - exec_agent_blob;
  CU_ASSERT_TRUE_FATAL (g_file_set_contents_full (path, (const char *) exec_agent_blob, length,
                                                  G_FILE_SET_CONTENTS_NONE, 0755, NULL));
  return path;
}

static void
send_bytes (Agent *agent, const guint8 *bytes, gsize length)
{
  while (length > 0)
    {
      ssize_t n = write (agent->in, bytes, length);
      CU_ASSERT_TRUE_FATAL (n > 0);
      bytes += n;
      length -= (gsize) n;
    }
}

static void
send_frame (Agent *agent, ExecAgentType type, guint32 id, const void *payload, gsize length)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  exec_agent_frame_write (bytes, type, id, payload, length);
  send_bytes (agent, bytes->data, bytes->len);
}

static void
note_frame (const ExecAgentFrame *frame, gpointer user_data)
{
  Agent *agent = user_data;
  g_string_append_printf (agent->seen, "%u %u", frame->type, frame->id);
  if (frame->type == EXEC_AGENT_PROBE_RESULT)
    g_string_append_printf (agent->seen, " outcome %u status %u errno %u", frame->payload[0],
                            exec_agent_get16 (frame->payload + 2),
                            exec_agent_get32 (frame->payload + 4));
  else if (frame->type == EXEC_AGENT_DONE || frame->type == EXEC_AGENT_CLOSED
           || frame->type == EXEC_AGENT_DIALED)
    g_string_append_printf (agent->seen, " errno %u", exec_agent_get32 (frame->payload));
  else if (frame->type == EXEC_AGENT_DATA_OUT || frame->type == EXEC_AGENT_PONG
           || frame->type == EXEC_AGENT_ERROR)
    g_string_append_printf (agent->seen, " %.*s", (int) frame->length, frame->payload);
  g_string_append_c (agent->seen, '\n');
}

/* Reads until the text was seen; FALSE after ten seconds or at the end. */
static gboolean
read_until (Agent *agent, const char *wanted)
{
  while (strstr (agent->seen->str, wanted) == NULL)
    {
      guint8 piece[8192];
      struct pollfd ready = { .fd = agent->out, .events = POLLIN };
      if (poll (&ready, 1, WAIT_MS) <= 0)
        return FALSE;
      ssize_t n = read (agent->out, piece, sizeof piece);
      if (n <= 0)
        return FALSE;
      CU_ASSERT_TRUE (
          exec_agent_decoder_feed (&agent->decoder, piece, (gsize) n, note_frame, agent));
    }
  return TRUE;
}

static void
open_conversation (Agent *agent)
{
  g_autoptr (GByteArray) opening = g_byte_array_new ();
  exec_agent_decoder_init (&agent->decoder, opening);
  send_bytes (agent, opening->data, opening->len);
  CU_ASSERT_TRUE (read_until (agent, "128 0\n"));
  g_string_truncate (agent->seen, 0);
}

static void
spawn (Agent *agent, char *const *extra)
{
  int in[2], out[2];
  *agent = (Agent){ .seen = g_string_new (NULL) };
  agent->root = g_dir_make_tmp ("orrery-agent-XXXXXX", NULL);
  g_autofree char *program = write_program (agent->root);
  CU_ASSERT_EQUAL_FATAL (pipe2 (in, O_CLOEXEC), 0);
  CU_ASSERT_EQUAL_FATAL (pipe2 (out, O_CLOEXEC), 0);
  g_autoptr (GPtrArray) command = g_ptr_array_new ();
  g_ptr_array_add (command, program);
  g_ptr_array_add (command, (char *) "--root");
  g_ptr_array_add (command, agent->root);
  for (guint i = 0; extra != NULL && extra[i] != NULL; i++)
    g_ptr_array_add (command, extra[i]);
  g_ptr_array_add (command, NULL);
  agent->pid = fork ();
  if (agent->pid == 0)
    {
      dup2 (in[0], STDIN_FILENO);
      dup2 (out[1], STDOUT_FILENO);
      execv (program, (char **) command->pdata);
      _exit (126);
    }
  close (in[0]);
  close (out[1]);
  agent->in = in[1];
  agent->out = out[0];
}

static void
start_agent (Agent *agent)
{
  spawn (agent, NULL);
  open_conversation (agent);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  gboolean is_link = g_file_test (path, G_FILE_TEST_IS_SYMLINK);
  while (dir != NULL && !is_link && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);
      remove_tree (inner);
    }
  if (g_unlink (path) < 0)
    g_rmdir (path);
}

static int
stop_agent (Agent *agent, int signal_number)
{
  int status = -1;
  if (signal_number != 0)
    kill (agent->pid, signal_number);
  waitpid (agent->pid, &status, 0);
  close (agent->in);
  close (agent->out);
  exec_agent_decoder_clear (&agent->decoder);
  g_string_free (agent->seen, TRUE);
  remove_tree (agent->root);
  g_free (agent->root);
  return status;
}

/* ---- Process 1 ---- */

void
test_agent__ends_on_term_at_once (void)
{
  Agent agent;
  start_agent (&agent);
  int status = stop_agent (&agent, SIGTERM);
  CU_ASSERT_TRUE (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

void
test_agent__passes_signals_and_status_of_its_program (void)
{
  Agent agent;
  char *const command[] = { (char *) "--", (char *) "sh", (char *) "-c",
                            (char *) "trap 'exit 9' USR1; while :; do sleep 0.01; done",
                            NULL };
  spawn (&agent, command);
  open_conversation (&agent);
  /* The trap may not be set yet: until it is, USR1 ends the shell with 128 + 10. */
  int status = stop_agent (&agent, SIGUSR1);
  CU_ASSERT_TRUE (WIFEXITED (status)
                  && (WEXITSTATUS (status) == 9 || WEXITSTATUS (status) == 128 + SIGUSR1));
}

void
test_agent__never_blocks_on_output (void)
{
  Agent agent;
  start_agent (&agent);
  /* Nobody reads: 64 KiB fit into the pipe, the rest is dropped and counted. */
  g_autofree char *text = g_strnfill (4000, 'p');
  for (guint i = 0; i < 100; i++)
    send_frame (&agent, EXEC_AGENT_PING, i, text, 4000);
  int status = stop_agent (&agent, SIGTERM);
  CU_ASSERT_TRUE (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

/* ---- Frames ---- */

void
test_agent__answers_a_ping (void)
{
  Agent agent;
  start_agent (&agent);
  send_frame (&agent, EXEC_AGENT_PING, 7, "hello", 5);
  CU_ASSERT_TRUE (read_until (&agent, "129 7 hello\n"));
  stop_agent (&agent, SIGTERM);
}

/* A controller died in mid frame: the next one is understood. */
void
test_agent__finds_the_next_conversation_after_half_a_frame (void)
{
  Agent agent;
  start_agent (&agent);
  g_autoptr (GByteArray) half = g_byte_array_new ();
  g_autofree char *text = g_strnfill (16000, 'x');
  exec_agent_frame_write (half, EXEC_AGENT_PING, 1, text, 16000);
  send_bytes (&agent, half->data, 9000);
  exec_agent_decoder_clear (&agent.decoder);
  open_conversation (&agent);
  send_frame (&agent, EXEC_AGENT_PING, 2, "ok", 2);
  CU_ASSERT_TRUE (read_until (&agent, "129 2 ok\n"));
  stop_agent (&agent, SIGTERM);
}

void
test_agent__survives_hostile_bytes (void)
{
  Agent agent;
  start_agent (&agent);
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) test_seed ());
  for (guint i = 0; i < 300; i++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      guint8 payload[256];
      guint length = (guint) g_rand_int_range (random, 0, sizeof payload);
      for (guint k = 0; k < length; k++)
        payload[k] = (guint8) g_rand_int_range (random, 0, 256);
      exec_agent_frame_write (bytes, (ExecAgentType) g_rand_int_range (random, 0, 20),
                              (guint32) g_rand_int_range (random, 0, 4), payload, length);
      /* Every second one is damaged. */
      if (i % 2 == 1)
        bytes->data[g_rand_int_range (random, 0, (gint) bytes->len)] ^= 0x40;
      send_bytes (&agent, bytes->data, bytes->len);
      if (i % 20 == 19)
        {
          g_autofree char *wanted = g_strdup_printf ("129 %u alive\n", 1000 + i);
          guint8 zeros[EXEC_AGENT_PADDING_BYTES] = { 0 };
          send_bytes (&agent, zeros, sizeof zeros);
          send_frame (&agent, EXEC_AGENT_PING, 1000 + i, "alive", 5);
          CU_ASSERT_TRUE_FATAL (read_until (&agent, wanted));
        }
    }
  int status = stop_agent (&agent, SIGTERM);
  CU_ASSERT_TRUE (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

void
test_agent__names_an_unknown_frame (void)
{
  Agent agent;
  start_agent (&agent);
  send_frame (&agent, (ExecAgentType) 99, 5, NULL, 0);
  CU_ASSERT_TRUE (read_until (&agent, "137 5 unknown type of frame\n"));
  stop_agent (&agent, SIGTERM);
}

/* ---- Decoder ---- */

/* Bytes of a container that look like a frame do not put the reader in step. */
void
test_agent_decoder__ignores_frames_before_its_own_hello (void)
{
  ExecAgentDecoder decoder;
  Agent agent = { .seen = g_string_new (NULL) };
  g_autoptr (GByteArray) opening = g_byte_array_new ();
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  exec_agent_decoder_init (&decoder, opening);
  exec_agent_frame_write (stream, EXEC_AGENT_PONG, 1, "false", 5);
  exec_agent_frame_write (stream, EXEC_AGENT_HELLO_REPLY, 0, "12345678", 8);
  g_byte_array_append (stream, (const guint8 *) "ORAG\1", 5);
  exec_agent_frame_write (stream, EXEC_AGENT_HELLO_REPLY, 0, decoder.nonce, 8);
  exec_agent_frame_write (stream, EXEC_AGENT_PONG, 2, "true", 4);
  for (guint i = 0; i < stream->len; i++)
    CU_ASSERT_TRUE (
        exec_agent_decoder_feed (&decoder, stream->data + i, 1, note_frame, &agent));
  TEST_ASSERT_TEXT (agent.seen->str, "128 0\n129 2 true\n");
  CU_ASSERT_FALSE (
      exec_agent_decoder_feed (&decoder, (guint8 *) "garbage!", 8, note_frame, &agent));
  exec_agent_decoder_clear (&decoder);
  g_string_free (agent.seen, TRUE);
}

/* ---- Network ---- */

/* A listening socket on the loopback address; gives its port. */
static int
listen_locally (guint16 *ret_port)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CU_ASSERT_EQUAL_FATAL (bind (fd, (struct sockaddr *) &address, sizeof address), 0);
  listen (fd, 8);
  getsockname (fd, (struct sockaddr *) &address, &length);
  *ret_port = ntohs (address.sin_port);
  return fd;
}

static void
add_probe (Agent *agent, ExecAgentProbeKind kind, guint16 port, guint timeout_ms)
{
  static const char request[] = "GET / HTTP/1.0\r\n\r\n";
  guint8 payload[EXEC_AGENT_PROBE_BYTES + sizeof request] = { (guint8) kind };
  exec_agent_put32 (payload + 8, 20);
  exec_agent_put32 (payload + 12, timeout_ms);
  CU_ASSERT_TRUE (exec_agent_address_write ("127.0.0.1", port, payload + 16));
  memcpy (payload + EXEC_AGENT_PROBE_BYTES, request, sizeof request - 1);
  send_frame (agent, EXEC_AGENT_PROBE_ADD, 1, payload, sizeof payload - 1);
}

static void
serve_once (int listener, const char *answer)
{
  char request[256];
  int fd = accept (listener, NULL, NULL);
  if (read (fd, request, sizeof request) > 0 && write (fd, answer, strlen (answer)) < 0)
    CU_FAIL ("answer could not be written");
  close (fd);
}

void
test_agent_probe__tells_only_changes (void)
{
  Agent agent;
  guint16 port;
  start_agent (&agent);
  int listener = listen_locally (&port);
  add_probe (&agent, EXEC_AGENT_PROBE_HTTP, port, 5000);
  serve_once (listener, "HTTP/1.1 200 OK\r\n\r\n");
  serve_once (listener, "HTTP/1.1 200 OK\r\n\r\n");
  serve_once (listener, "HTTP/1.1 500 Bad\r\n\r\n");
  serve_once (listener, "HTTP/1.1 302 Found\r\n\r\n");
  serve_once (listener, "what?????????");
  close (listener);
  CU_ASSERT_TRUE (read_until (&agent, "errno 111"));
  TEST_ASSERT_TEXT (agent.seen->str, "136 1 errno 0\n"
                                     "130 1 outcome 1 status 200 errno 0\n"
                                     "130 1 outcome 2 status 500 errno 0\n"
                                     "130 1 outcome 1 status 302 errno 0\n"
                                     "130 1 outcome 2 status 0 errno 71\n"
                                     "130 1 outcome 2 status 0 errno 111\n");
  stop_agent (&agent, SIGTERM);
}

void
test_agent_probe__times_out (void)
{
  Agent agent;
  guint16 port;
  start_agent (&agent);
  int listener = listen_locally (&port);
  add_probe (&agent, EXEC_AGENT_PROBE_HTTP, port, 30);
  CU_ASSERT_TRUE (read_until (&agent, "130 1 outcome 3 status 0 errno 110\n"));
  close (listener);
  stop_agent (&agent, SIGTERM);
}

void
test_agent_probe__tcp_needs_only_a_listener (void)
{
  Agent agent;
  guint16 port;
  start_agent (&agent);
  int listener = listen_locally (&port);
  add_probe (&agent, EXEC_AGENT_PROBE_TCP, port, 1000);
  CU_ASSERT_TRUE (read_until (&agent, "130 1 outcome 1 status 0 errno 0\n"));
  send_frame (&agent, EXEC_AGENT_PROBE_REMOVE, 1, NULL, 0);
  send_frame (&agent, EXEC_AGENT_PROBE_REPORT, 0, NULL, 0);
  send_frame (&agent, EXEC_AGENT_PING, 3, NULL, 0);
  g_string_truncate (agent.seen, 0);
  CU_ASSERT_TRUE (read_until (&agent, "129 3"));
  TEST_ASSERT_TEXT (agent.seen->str, "129 3 \n");
  close (listener);
  stop_agent (&agent, SIGTERM);
}

void
test_agent_channel__relays_both_ways_and_half_closes (void)
{
  Agent agent;
  guint16 port;
  guint8 address[EXEC_AGENT_ADDRESS_BYTES];
  char got[16] = { 0 };
  start_agent (&agent);
  int listener = listen_locally (&port);
  exec_agent_address_write ("127.0.0.1", port, address);
  send_frame (&agent, EXEC_AGENT_DIAL, 5, address, sizeof address);
  int fd = accept (listener, NULL, NULL);
  CU_ASSERT_TRUE (read_until (&agent, "131 5 errno 0\n"));
  send_frame (&agent, EXEC_AGENT_DATA, 5, "ask", 3);
  send_frame (&agent, EXEC_AGENT_EOF, 5, NULL, 0);
  CU_ASSERT_EQUAL (recv (fd, got, sizeof got, MSG_WAITALL), 3);
  TEST_ASSERT_TEXT (got, "ask");
  CU_ASSERT_EQUAL (write (fd, "answer", 6), 6);
  close (fd);
  CU_ASSERT_TRUE (read_until (&agent, "134 5 errno 0\n"));
  TEST_ASSERT_TEXT (agent.seen->str, "131 5 errno 0\n132 5 answer\n133 5\n134 5 errno 0\n");
  close (listener);
  stop_agent (&agent, SIGTERM);
}

void
test_agent_channel__sends_no_more_than_the_window (void)
{
  Agent agent;
  guint16 port;
  guint8 address[EXEC_AGENT_ADDRESS_BYTES];
  start_agent (&agent);
  int listener = listen_locally (&port);
  exec_agent_address_write ("127.0.0.1", port, address);
  send_frame (&agent, EXEC_AGENT_DIAL, 5, address, sizeof address);
  int fd = accept (listener, NULL, NULL);
  g_autofree char *much = g_strnfill (EXEC_AGENT_WINDOW_BYTES + 1000, 'm');
  CU_ASSERT_EQUAL (write (fd, much, EXEC_AGENT_WINDOW_BYTES + 1000),
                   EXEC_AGENT_WINDOW_BYTES + 1000);
  close (fd);
  gsize before = 0;
  while (before < EXEC_AGENT_WINDOW_BYTES)
    {
      g_string_truncate (agent.seen, 0);
      CU_ASSERT_TRUE_FATAL (read_until (&agent, "132 5 "));
      for (const char *at = agent.seen->str; (at = strchr (at, 'm')) != NULL; at++)
        before++;
    }
  CU_ASSERT_EQUAL (before, EXEC_AGENT_WINDOW_BYTES);
  guint8 more[4];
  exec_agent_put32 (more, 1001);
  send_frame (&agent, EXEC_AGENT_WINDOW, 5, more, sizeof more);
  g_string_truncate (agent.seen, 0);
  CU_ASSERT_TRUE (read_until (&agent, "133 5\n"));
  close (listener);
  stop_agent (&agent, SIGTERM);
}

void
test_agent_channel__bad_address_is_closed_at_once (void)
{
  Agent agent;
  guint8 address[EXEC_AGENT_ADDRESS_BYTES] = { 9 };
  start_agent (&agent);
  send_frame (&agent, EXEC_AGENT_DIAL, 5, address, sizeof address);
  CU_ASSERT_TRUE (read_until (&agent, "134 5 errno 22\n"));
  stop_agent (&agent, SIGTERM);
}

/* ---- Files ---- */

static void
send_path (Agent *agent, ExecAgentType type, guint32 id, guint mode, const char *path)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  guint8 number[4];
  exec_agent_put32 (number, mode);
  g_byte_array_append (payload, number, 4);
  g_byte_array_append (payload, (const guint8 *) path, (guint) strlen (path));
  send_frame (agent, type, id, payload->data, payload->len);
}

/* Writes one file as a set of its own; gives the answer's errno. */
static guint
write_set (Agent *agent, const char *path, const char *content)
{
  static guint32 id = 100;
  id++;
  send_path (agent, EXEC_AGENT_WRITE_BEGIN, id, 0, "config");
  send_path (agent, EXEC_AGENT_WRITE_FILE, id, 0640, path);
  send_frame (agent, EXEC_AGENT_WRITE_DATA, id, content, strlen (content));
  send_frame (agent, EXEC_AGENT_WRITE_COMMIT, id, NULL, 0);
  g_autofree char *wanted = g_strdup_printf ("136 %u errno ", id);
  CU_ASSERT_TRUE_FATAL (read_until (agent, wanted));
  return (guint) atoi (strstr (agent->seen->str, wanted) + strlen (wanted));
}

static char *
read_text (Agent *agent, const char *path)
{
  g_autofree char *full = g_build_filename (agent->root, "config", path, NULL);
  char *text = NULL;
  g_file_get_contents (full, &text, NULL, NULL);
  return text;
}

static guint
count_entries (Agent *agent)
{
  g_autofree char *full = g_build_filename (agent->root, "config", NULL);
  g_autoptr (GDir) dir = g_dir_open (full, 0, NULL);
  guint n = 0;
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

void
test_agent_files__a_set_replaces_the_one_before (void)
{
  Agent agent;
  start_agent (&agent);
  g_autofree char *folder = g_build_filename (agent.root, "config", NULL);
  g_mkdir (folder, 0755);
  CU_ASSERT_EQUAL (write_set (&agent, "a", "one"), 0);
  g_autofree char *one = read_text (&agent, "a");
  TEST_ASSERT_TEXT (one, "one");
  CU_ASSERT_EQUAL (write_set (&agent, "a", "two"), 0);
  g_autofree char *two = read_text (&agent, "a");
  TEST_ASSERT_TEXT (two, "two");
  CU_ASSERT_EQUAL (write_set (&agent, "deep/b", "three"), 0);
  g_autofree char *three = read_text (&agent, "deep/b");
  TEST_ASSERT_TEXT (three, "three");
  g_autofree char *gone = read_text (&agent, "a");
  CU_ASSERT_PTR_NULL (gone);
  CU_ASSERT_EQUAL (count_entries (&agent), 3); /* ..data, the set, deep */
  stop_agent (&agent, SIGTERM);
}

void
test_agent_files__paths_cannot_leave_the_volume (void)
{
  Agent agent;
  start_agent (&agent);
  g_autofree char *folder = g_build_filename (agent.root, "config", NULL);
  g_autofree char *link = g_build_filename (agent.root, "link", NULL);
  g_mkdir (folder, 0755);
  CU_ASSERT_EQUAL (symlink ("/tmp", link), 0);
  CU_ASSERT_EQUAL (write_set (&agent, "../out", "x"), EINVAL);
  CU_ASSERT_EQUAL (write_set (&agent, "/etc/x", "x"), EINVAL);
  CU_ASSERT_EQUAL (write_set (&agent, "a/../../x", "x"), EINVAL);
  CU_ASSERT_EQUAL (write_set (&agent, "", "x"), EINVAL);
  send_path (&agent, EXEC_AGENT_FOLDER, 1, 0777, "link");
  CU_ASSERT_TRUE (read_until (&agent, "136 1 errno 20\n"));
  send_path (&agent, EXEC_AGENT_FOLDER, 2, 0777, "../..");
  CU_ASSERT_TRUE (read_until (&agent, "136 2 errno 22\n"));
  CU_ASSERT_EQUAL (count_entries (&agent), 0);
  stop_agent (&agent, SIGTERM);
}
