/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual runtime: what programs write, and what becomes of one that needs too much memory.
 */
#include <string.h>

#include "base/time.h"
#include "sim/container_log.h"
#include "sim/live.h"
#include "sim/look.h"
#include "sim/scenario.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

/* clang-format off */
static const char scenario_text[] =
  "apiVersion: orrery.dev/v1\n"
  "kind: Scenario\n"
  "world:\n"
  "  nodes: [{name: node-1}]\n"
  "  images:\n"
  "  - image: 'talk:*'\n"
  "    pull: 0s\n"
  "    start: 0s\n"
  "    logs: [hello, {after: 1s, every: 2s, line: 'n {n}'}]\n"
  "  - {image: 'crash:*', pull: 0s, start: 0s, exit: {after: 1s, code: 3}}\n"
  "  - {image: 'large:*', pull: 0s, start: 0s, memory: 64Mi}\n"
  "steps:\n"
  "- at: 1s\n"
  "  apply: |\n"
  "    apiVersion: v1\n"
  "    kind: Pod\n"
  "    metadata: {name: web}\n"
  "    spec:\n"
  "      containers: [{name: web, image: '%s', resources: {limits: {memory: 32Mi}}}]\n"
  "until: 1h\n";
/* clang-format on */

typedef struct
{
  K8Region *region;
  SimScenario *scenario;
  SimWorld *world;
} Fixture;

static void
begin (Fixture *self, const char *image, gint64 seconds)
{
  g_autofree char *text = g_strdup_printf (scenario_text, image);

  self->region = test_region_new (256 * 1024 * 1024);
  self->scenario = sim_scenario_parse (text, strlen (text), "test", NULL);
  CU_ASSERT_PTR_NOT_NULL_FATAL (self->scenario);
  self->world = sim_scenario_build (self->scenario, self->region, 0, "admin");
  sim_world_run_until (self->world, seconds * K8_SECOND_NS);
}

static void
end (Fixture *self)
{
  sim_world_free (self->world);
  sim_scenario_free (self->scenario);
  test_region_free (self->region);
}

/* A value of pod default/web. (transfer full) */
static char *
dup_value (const Fixture *self, const char *path)
{
  return sim_look_dup_value (
      sim_look_find (self->world, &k8_kinds[K8_KIND_Pod], "default", "web"), path);
}

static SimLogState
read_log (const Fixture *self, const char *path, SimLogQuery query, GString *out)
{
  g_autofree char *id = dup_value (self, path);

  CU_ASSERT_PTR_NOT_NULL_FATAL (id);
  query.container_id = strstr (id, "://") + 3;
  if (query.until_ns == 0)
    query.until_ns = self->world->now_ns;
  return sim_container_log (self->world, &query, out);
}

#define ID "status.containerStatuses[0].containerID"
#define LAST_ID "status.containerStatuses[0].lastState.terminated.containerID"

void
test_container_log__rules_say_what_is_written_and_when (void)
{
  Fixture fixture;
  g_autoptr (GString) out = g_string_new (NULL);

  begin (&fixture, "talk:1", 8);
  CU_ASSERT_EQUAL (
      read_log (&fixture, ID, (SimLogQuery){ .after_ns = -1, .tail_lines = -1 }, out),
      SIM_LOG_OPEN);
  TEST_ASSERT_TEXT (out->str, "hello\nn 1\nn 2\nn 3\n");
  g_string_truncate (out, 0);
  read_log (&fixture, ID, (SimLogQuery){ .after_ns = -1, .tail_lines = 2 }, out);
  TEST_ASSERT_TEXT (out->str, "n 2\nn 3\n");
  g_string_truncate (out, 0);
  read_log (&fixture, ID,
            (SimLogQuery){ .after_ns = 5 * K8_SECOND_NS, .tail_lines = -1 }, out);
  TEST_ASSERT_TEXT (out->str, "n 3\n");
  end (&fixture);
}

void
test_container_log__the_life_before_has_its_own (void)
{
  Fixture fixture;
  g_autoptr (GString) out = g_string_new (NULL);
  SimLogQuery all = { .after_ns = -1, .tail_lines = -1 };

  begin (&fixture, "crash:1", 5); /* crashed, started at once, crashed: back-off */
  CU_ASSERT_EQUAL (read_log (&fixture, LAST_ID, all, out), SIM_LOG_ENDED);
  TEST_ASSERT_TEXT (out->str, "crash:1 started\nready\nfatal: exit 3\n");
  end (&fixture);
}

void
test_container_log__a_node_without_power_cannot_be_asked (void)
{
  Fixture fixture;
  g_autoptr (GString) out = g_string_new (NULL);
  SimLogQuery all = { .after_ns = -1, .tail_lines = -1 };

  begin (&fixture, "talk:1", 8);
  sim_runtime_power_off (fixture.world,
                         k8_engine_find_actor (fixture.world->engine, "kubelet/node-1"));
  CU_ASSERT_EQUAL (read_log (&fixture, ID, all, out), SIM_LOG_UNREACHABLE);
  CU_ASSERT_PTR_NOT_NULL (strstr (out->str, "no route to host"));
  end (&fixture);
}

static void
count_notice (K8DriverTicket ticket, void *user)
{
  (*(guint *) user)++;
}

void
test_live__follows_a_log_while_time_passes (void)
{
  static const K8DriverHeader headers[] = { { "authorization", "Bearer admin" } };
  K8DriverRequest request = { .method = "GET",
                              .target = "/api/v1/namespaces/default/pods/web/log?follow=true",
                              .headers = headers,
                              .n_headers = 1 };
  Fixture fixture;
  guint n_notices = 0;
  g_autoptr (GString) out = g_string_new (NULL);
  K8DriverHead head;

  begin (&fixture, "talk:1", 8);
  SimTimeline *timeline = sim_timeline_new (fixture.world);
  SimLive *live = sim_live_new (timeline);
  K8Driver driver = sim_live_driver (live);
  K8DriverTicket ticket
      = driver.interface->submit (driver.self, &request, count_notice, &n_notices);
  sim_live_run (live, 8100 * K8_MILLISECOND_NS, G_MAXUINT64);
  CU_ASSERT_TRUE (driver.interface->get_head (driver.self, ticket, &head));
  CU_ASSERT_EQUAL (head.code, 200);
  CU_ASSERT_TRUE (head.is_stream);
  CU_ASSERT_EQUAL (driver.interface->pull (driver.self, ticket, out, 4096), K8_PULL_WAIT);
  TEST_ASSERT_TEXT (out->str, "hello\nn 1\nn 2\nn 3\n");
  n_notices = 0;
  sim_live_run (live, 12 * K8_SECOND_NS, G_MAXUINT64);
  CU_ASSERT_TRUE (n_notices > 0);
  g_string_truncate (out, 0);
  CU_ASSERT_EQUAL (driver.interface->pull (driver.self, ticket, out, 4096), K8_PULL_WAIT);
  TEST_ASSERT_TEXT (out->str, "n 4\nn 5\n");
  driver.interface->cancel (driver.self, ticket);
  CU_ASSERT_EQUAL (sim_live_n_tickets (live), 0);
  sim_live_free (live);
  fixture.world = NULL; /* the timeline's */
  sim_timeline_free (timeline);
  end (&fixture);
}

void
test_runtime__kills_what_needs_more_memory_than_its_limit (void)
{
  Fixture fixture;

  begin (&fixture, "large:1", 3);
  g_autofree char *reason
      = dup_value (&fixture, "status.containerStatuses[0].lastState.terminated.reason");
  g_autofree char *code
      = dup_value (&fixture, "status.containerStatuses[0].lastState.terminated.exitCode");
  CU_ASSERT_STRING_EQUAL (reason, "OOMKilled");
  CU_ASSERT_STRING_EQUAL (code, "137");
  end (&fixture);
}

static void
keep_record (void *user, const SimWorld *world, const K8TraceRecord *record)
{
  g_array_append_val ((GArray *) user, *record);
}

/* "Why does it run?" is a walk upwards that ends where somebody applied a manifest. */
void
test_runtime__what_a_container_does_has_its_cause (void)
{
  g_autoptr (GArray) records = g_array_new (FALSE, FALSE, sizeof (K8TraceRecord));
  const K8TraceRecord *record = NULL;
  Fixture fixture;

  begin (&fixture, "talk:1", 0);
  fixture.world->hooks = (SimHooks){ .trace = keep_record, .trace_user = records };
  sim_world_run_until (fixture.world, 5 * K8_SECOND_NS);
  guint64 first = g_array_index (records, K8TraceRecord, 0).sequence;
  for (guint i = 0; i < records->len; i++)
    if (g_array_index (records, K8TraceRecord, i).type == K8_TRACE_CONTAINER_STARTED)
      record = &g_array_index (records, K8TraceRecord, i);
  CU_ASSERT_PTR_NOT_NULL_FATAL (record);
  while (record->cause >= first)
    record = &g_array_index (records, K8TraceRecord, record->cause - first);
  CU_ASSERT_STRING_EQUAL (k8_trace_infos[record->type].name, "http.request");
  end (&fixture);
}
