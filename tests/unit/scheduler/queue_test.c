/* SPDX-License-Identifier: Apache-2.0
 *
 * The scheduling queue in virtual time: order, back-off, events with hints, five minutes.
 */
#include "tests/lib/test.h"

#include "base/time.h"
#include "codec/json.h"
#include "scheduler/plugins.h"
#include "scheduler/queue.h"
#include "tests/lib/test_region.h"

#define START_NS (1767225600 * K8_SECOND_NS)

typedef struct
{
  K8Region *region;
  K8SchedulingQueue queue;
  K8QueueStep step;
} Fixture;

static void
begin (Fixture *self)
{
  self->region = test_region_new (16 * 1024 * 1024);
  self->step = (K8QueueStep){ .now_ns = START_NS };
  k8_scheduling_queue_init (&self->queue, self->region);
}

static void
end (Fixture *self)
{
  k8_scheduling_queue_clear (&self->queue);
  test_region_free (self->region);
}

static const void *
decode (Fixture *self, const K8MessageInfo *info, const char *json)
{
  K8JsonDecoded decoded = { 0 };
  const void *record = k8_json_decode (self->region, info, json, strlen (json), &decoded);

  CU_ASSERT_PTR_NOT_NULL_FATAL (record);
  k8_json_decoded_clear (&decoded);
  return record;
}

static const K8Pod *
new_pod (Fixture *self, const char *name, const char *spec)
{
  g_autofree char *json = g_strdup_printf (
      "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"default\"},\"spec\":{%s}}", name, spec);

  return decode (self, K8_INFO (pod), json);
}

static void
add (Fixture *self, const char *name, const char *spec)
{
  k8_autounref const K8Pod *pod = new_pod (self, name, spec);

  k8_scheduling_queue_add (&self->queue, &self->step, pod);
}

static void
update (Fixture *self, const char *name, const char *spec)
{
  k8_autounref const K8Pod *pod = new_pod (self, name, spec);

  k8_scheduling_queue_update (&self->queue, &self->step, pod);
}

static const char *
pop (Fixture *self)
{
  guint32 slot = k8_scheduling_queue_pop (&self->queue);

  return slot == 0 ? NULL
                   : k8_object_meta_name (k8_pod_metadata (
                         k8_scheduling_queue_at (&self->queue, slot)->pod));
}

static const char *
part_of (Fixture *self, const char *name)
{
  const K8QueuedPod *pod = k8_scheduling_queue_find (&self->queue, "default", name);

  return k8_queue_part_name (pod == NULL ? K8_QUEUE_NONE : pod->part);
}

/* Pops the only pod and puts it back, rejected by @rejecting. */
static void
fail (Fixture *self, const char *name, guint32 rejecting)
{
  const K8QueuedPod *pod = k8_scheduling_queue_find (&self->queue, "default", name);

  TEST_ASSERT_TEXT (pop (self), name);
  k8_scheduling_queue_requeue (&self->queue, &self->step,
                               k8_scheduling_queue_slot_of (&self->queue, pod->pod), rejecting);
}

static void
move (Fixture *self, K8ClusterEventType type, const char *node_json)
{
  k8_autounref const K8Node *node = decode (self, K8_INFO (node), node_json);
  K8ClusterEvent event = { .type = type, .node = node };

  k8_scheduling_queue_move (&self->queue, &self->step, &event);
}

void
test_queue__gives_higher_priority_first_then_longer_waiting (void)
{
  Fixture fixture;

  begin (&fixture);
  add (&fixture, "old", "\"priority\":1");
  fixture.step.now_ns++;
  add (&fixture, "young", "\"priority\":1");
  add (&fixture, "urgent", "\"priority\":2");
  TEST_ASSERT_TEXT (pop (&fixture), "urgent");
  TEST_ASSERT_TEXT (pop (&fixture), "old");
  TEST_ASSERT_TEXT (pop (&fixture), "young");
  CU_ASSERT_PTR_NULL (pop (&fixture));
  end (&fixture);
}

/* The pod comes back in the first whole second after 1, 2, 4, 8, 10 and 10 s. */
void
test_queue__backoff_doubles_up_to_ten_seconds (void)
{
  static const gint64 expected[] = { 1, 2, 4, 8, 10, 10 };
  Fixture fixture;

  begin (&fixture);
  add (&fixture, "web", "");
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      fail (&fixture, "web", 0);
      gint64 failed_ns = fixture.step.now_ns;
      while (g_strcmp0 (part_of (&fixture, "web"), "active") != 0)
        {
          fixture.step.now_ns += K8_SECOND_NS;
          k8_scheduling_queue_flush_backoff (&fixture.queue, &fixture.step);
        }
      CU_ASSERT_EQUAL ((fixture.step.now_ns - failed_ns) / K8_SECOND_NS, expected[i] + 1);
    }
  end (&fixture);
}

void
test_queue__an_idle_scheduler_does_not_wait_out_backoff (void)
{
  Fixture fixture;

  begin (&fixture);
  add (&fixture, "web", "");
  fail (&fixture, "web", k8_plugin_bit (&k8_node_name_plugin));
  TEST_ASSERT_TEXT (part_of (&fixture, "web"), "unschedulable");
  move (&fixture, K8_CLUSTER_NODE_ADDED, "{\"metadata\":{\"name\":\"n\"}}");
  TEST_ASSERT_TEXT (part_of (&fixture, "web"), "backoff");
  TEST_ASSERT_TEXT (pop (&fixture), "web");
  end (&fixture);
}

void
test_queue__errors_wait_even_if_nothing_else_is_to_do (void)
{
  Fixture fixture;

  begin (&fixture);
  add (&fixture, "web", "");
  fail (&fixture, "web", 0);
  TEST_ASSERT_TEXT (part_of (&fixture, "web"), "error backoff");
  CU_ASSERT_PTR_NULL (pop (&fixture));
  end (&fixture);
}

void
test_queue__an_event_moves_only_pods_whose_plugins_wait_for_it (void)
{
  Fixture fixture;

  begin (&fixture);
  add (&fixture, "web", "");
  fail (&fixture, "web", k8_plugin_bit (&k8_node_affinity_plugin));
  move (&fixture, K8_CLUSTER_NODE_TAINTS, "{\"metadata\":{\"name\":\"n\"}}");
  TEST_ASSERT_TEXT (part_of (&fixture, "web"), "unschedulable");
  end (&fixture);
}

void
test_queue__a_hint_keeps_pods_that_the_new_node_does_not_help (void)
{
  Fixture fixture;

  begin (&fixture);
  add (&fixture, "web",
       "\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{\"cpu\":\"2\"}}}]");
  fail (&fixture, "web", k8_plugin_bit (&k8_node_resources_fit_plugin));
  move (&fixture, K8_CLUSTER_NODE_ADDED,
        "{\"metadata\":{\"name\":\"s\"},\"status\":{\"allocatable\":{\"cpu\":\"1\","
        "\"pods\":\"9\"}}}");
  TEST_ASSERT_TEXT (part_of (&fixture, "web"), "unschedulable");
  move (&fixture, K8_CLUSTER_NODE_ADDED,
        "{\"metadata\":{\"name\":\"l\"},\"status\":{\"allocatable\":{\"cpu\":\"2\","
        "\"pods\":\"9\"}}}");
  TEST_ASSERT_TEXT (part_of (&fixture, "web"), "backoff");
  end (&fixture);
}

void
test_queue__five_minutes_free_a_pod_that_nothing_helped (void)
{
  Fixture fixture;

  begin (&fixture);
  add (&fixture, "web", "");
  fail (&fixture, "web", k8_plugin_bit (&k8_node_name_plugin));
  fixture.step.now_ns += 5 * K8_MINUTE_NS;
  k8_scheduling_queue_flush_unschedulable (&fixture.queue, &fixture.step);
  TEST_ASSERT_TEXT (part_of (&fixture, "web"), "unschedulable");
  fixture.step.now_ns += 1;
  k8_scheduling_queue_flush_unschedulable (&fixture.queue, &fixture.step);
  TEST_ASSERT_TEXT (part_of (&fixture, "web"), "active");
  end (&fixture);
}

void
test_queue__a_gated_pod_comes_in_when_the_last_gate_goes (void)
{
  Fixture fixture;

  begin (&fixture);
  add (&fixture, "web", "\"schedulingGates\":[{\"name\":\"a\"},{\"name\":\"b\"}]");
  TEST_ASSERT_TEXT (part_of (&fixture, "web"), "gated");
  CU_ASSERT_FALSE (k8_scheduling_queue_has_unschedulable (&fixture.queue));
  update (&fixture, "web", "\"schedulingGates\":[{\"name\":\"b\"}]");
  TEST_ASSERT_TEXT (part_of (&fixture, "web"), "gated");
  update (&fixture, "web", "");
  TEST_ASSERT_TEXT (part_of (&fixture, "web"), "active");
  end (&fixture);
}

void
test_queue__a_clone_goes_its_own_way (void)
{
  Fixture fixture;
  K8SchedulingQueue copy;

  begin (&fixture);
  add (&fixture, "one", "");
  add (&fixture, "two", "");
  k8_scheduling_queue_clone (&copy, &fixture.queue);
  TEST_ASSERT_TEXT (pop (&fixture), "one");
  TEST_ASSERT_TEXT (pop (&fixture), "two");
  CU_ASSERT_EQUAL (k8_scheduling_queue_at (&copy, k8_scheduling_queue_pop (&copy))->part,
                   K8_QUEUE_IN_FLIGHT);
  CU_ASSERT_NOT_EQUAL (k8_scheduling_queue_pop (&copy), 0);
  CU_ASSERT_EQUAL (k8_scheduling_queue_pop (&copy), 0);
  k8_scheduling_queue_clear (&copy);
  end (&fixture);
}
