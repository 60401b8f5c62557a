/* SPDX-License-Identifier: Apache-2.0
 *
 * A world that a script drives by lines: etcd, API server, controller manager, with the argument
 * `scheduler` the scheduler, and the nodes of the recordings.
 * In: `node N`, `http METHOD TARGET TYPE BODY` (tabs between), `run MS`, `quiet`, `zero`,
 * `until SECONDS` since zero.
 * Out: `event TYPE KIND REVISION JSON`, `answer CODE`, and `done` behind each line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "codec/json.h"
#include "tests/diff/controllers/node_profile.h"

#define TICK_NS (10 * K8_MILLISECOND_NS)
#define QUIET_NS (1600 * K8_MILLISECOND_NS)
#define LONGEST_NS (300 * K8_SECOND_NS)

static const K8KindId watched[] = { K8_KIND_Deployment, K8_KIND_ReplicaSet, K8_KIND_Pod,
                                    K8_KIND_ConfigMap, K8_KIND_Event, K8_KIND_Service,
                                    K8_KIND_EndpointSlice };

typedef struct
{
  TestWorld *world;
  NodeProfile *nodes;
  guint64 tags[G_N_ELEMENTS (watched)];
  gint64 changed_ns; /* when a watch last said something */
  gint64 zero_ns;    /* when the recording began */
} Replay;


static void
print_event (const K8KindInfo *kind, const K8WatchEvent *event)
{
  static const char *const names[] = { [K8_WATCH_ADDED] = "ADDED",
                                       [K8_WATCH_MODIFIED] = "MODIFIED",
                                       [K8_WATCH_DELETED] = "DELETED" };
  K8JsonOptions options = { .kind = kind };
  GString *json = g_string_new ("");

  k8_json_encode (json, event->object, &options);
  printf ("event\t%s\t%s\t%lld\t%s\n", names[event->type], kind->kind,
          (long long) event->revision, json->str);
  g_string_free (json, TRUE);
}

static void
read_watch (Replay *self, guint index)
{
  const K8WatchBatch *batch;

  while ((batch = test_world_take_batch (self->world, self->tags[index])) != NULL)
    {
      for (guint32 i = 0; i < k8_array_n (&batch->events); i++)
        {
          const K8WatchEvent *event = k8_array_at (&batch->events, i);
          if (event->type > K8_WATCH_DELETED)
            continue;
          self->changed_ns = test_world_now (self->world);
          print_event (&k8_kinds[watched[index]], event);
          if (watched[index] == K8_KIND_Pod)
            node_profile_see (self->nodes, event);
        }
      k8_mail_unref (batch);
    }
}

static void
read_watches (Replay *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    read_watch (self, i);
}

static void
tick (Replay *self)
{
  test_world_advance (self->world, TICK_NS);
  read_watches (self);
  node_profile_work (self->nodes);
  read_watches (self);
}

static void
run (Replay *self, gint64 duration_ns)
{
  for (gint64 passed_ns = 0; passed_ns < duration_ns; passed_ns += TICK_NS)
    tick (self);
}

static void
run_until_quiet (Replay *self)
{
  gint64 begin_ns = test_world_now (self->world);

  self->changed_ns = begin_ns;
  while (test_world_now (self->world) - self->changed_ns < QUIET_NS &&
         test_world_now (self->world) - begin_ns < LONGEST_NS)
    tick (self);
}

static void
send_http (Replay *self, char **words)
{
  TestHttp request = { .method = words[1],
                       .target = words[2],
                       .content_type = words[3],
                       .body = words[4],
                       .token = TEST_ADMIN_TOKEN };
  g_autofree char *answer = test_world_http (self->world, &request);

  printf ("answer\t%d\n", atoi (answer));
  if (atoi (answer) >= 300)
    fprintf (stderr, "%s %s: %s\n", words[1], words[2], answer);
  read_watches (self);
}

static void
obey (Replay *self, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, "\t", 5);

  if (g_str_equal (words[0], "http"))
    send_http (self, words);
  else if (g_str_equal (words[0], "node"))
    node_profile_add_node (self->nodes, atoi (words[1]));
  else if (g_str_equal (words[0], "run"))
    run (self, atoi (words[1]) * K8_MILLISECOND_NS);
  else if (g_str_equal (words[0], "quiet"))
    run_until_quiet (self);
  else if (g_str_equal (words[0], "until"))
    run (self, self->zero_ns + atoi (words[1]) * K8_SECOND_NS - test_world_now (self->world));
  else if (g_str_equal (words[0], "zero"))
    self->zero_ns = test_world_now (self->world);
  puts ("done");
  fflush (stdout);
}

static void
begin (Replay *self, gboolean has_scheduler)
{
  K8StartMail *start;

  self->world = test_world_new ();
  self->nodes = node_profile_new (self->world, !has_scheduler);
  start = test_world_start_mail (self->world, K8_ACTOR_CONTROLLER_MANAGER, "controller-manager-0");
  start->ca_certificate = k8_string_intern (test_world_region (self->world), "CERTIFICATE");
  start->durations.reconcile_ns = K8_MILLISECOND_NS;
  test_world_start (self->world, start);
  if (has_scheduler)
    {
      start = test_world_start_mail (self->world, K8_ACTOR_SCHEDULER, "scheduler-0");
      start->durations.scheduling_cycle_ns = TICK_NS;
      test_world_start (self->world, start);
    }
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    self->tags[i] = test_world_send (
        self->world, test_world_request (self->world, K8_VERB_WATCH, watched[i], NULL, NULL));
  run (self, K8_SECOND_NS);
}

int
main (int argc, char **argv)
{
  char *line = NULL;
  size_t room = 0;
  Replay self = { NULL };

  begin (&self, argc > 1 && g_str_equal (argv[1], "scheduler"));
  while (getline (&line, &room, stdin) > 0)
    {
      line[strcspn (line, "\n")] = '\0';
      obey (&self, line);
    }
  free (line);
  node_profile_free (self.nodes);
  test_world_free (self.world);
  return 0;
}
