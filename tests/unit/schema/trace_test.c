/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of the trace, and the lines that they become.
 */
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

#include "actor.h"
#include "engine.h"

/* An engine, and a step of nobody at 5 ns that follows record 3. */
typedef struct
{
  void *span;
  K8Engine *engine;
  K8Outbox outbox;
  K8Context context;
} World;

static void
init_world (World *world)
{
  world->span = test_span_new ();
  K8Region *region = k8_region_new (world->span, 8 << 20);

  world->engine = k8_engine_new (region, 1);
  k8_outbox_init (&world->outbox, region);
  world->context = (K8Context){
    .engine = world->engine, .region = region, .outbox = &world->outbox, .now_ns = 5, .cause = 3
  };
}

static void
free_world (World *world)
{
  k8_outbox_clear (&world->outbox);
  k8_engine_free (world->engine);
  test_span_free (world->span);
}

static void
check_line (World *world, const char *expected)
{
  GString *line = g_string_new (NULL);

  k8_trace_to_json (world->engine,
                    k8_array_at (&world->outbox.trace, k8_array_n (&world->outbox.trace) - 1),
                    line);
  TEST_ASSERT_TEXT (line->str, expected);
  g_string_free (line, TRUE);
}

void
test_trace__record_is_one_line_of_json (void)
{
  World world;

  init_world (&world);
  CU_ASSERT_EQUAL (k8_trace (&world.context, ETCD_PUT,
                             { K8_TEXT ("/a"), K8_NUMBER (-2), K8_NUMBER (7) }),
                   1);
  check_line (&world, "{\"t\":5,\"n\":1,\"cause\":3,\"actor\":\"driver\",\"record\":\"etcd.put\","
                      "\"key\":\"/a\",\"revision\":-2,\"version\":7}");
  CU_ASSERT_EQUAL (k8_trace (&world.context, ETCD_COMPACTED, { K8_NUMBER (9) }), 2);
  check_line (&world, "{\"t\":5,\"n\":2,\"cause\":3,\"actor\":\"driver\","
                      "\"record\":\"etcd.compacted\",\"revision\":9}");
  CU_ASSERT_EQUAL (k8_engine_n_records (world.engine), 2);
  free_world (&world);
}

void
test_trace__texts_are_escaped_and_none_is_empty (void)
{
  World world;

  init_world (&world);
  k8_trace (&world.context, ACTOR_STARTED, { K8_TEXT ("a\"b\\c\n\x01é") });
  check_line (&world, "{\"t\":5,\"n\":1,\"cause\":3,\"actor\":\"driver\","
                      "\"record\":\"actor.started\",\"name\":\"a\\\"b\\\\c\\u000a\\u0001é\"}");
  k8_trace (&world.context, ACTOR_STARTED, { K8_TEXT (NULL) });
  check_line (&world, "{\"t\":5,\"n\":2,\"cause\":3,\"actor\":\"driver\","
                      "\"record\":\"actor.started\",\"name\":\"\"}");
  free_world (&world);
}

/* What is different in any part makes another digest. */
void
test_trace__digest_knows_every_part_of_a_record (void)
{
  char plain[33];
  char other[33];
  World worlds[5];

  for (guint i = 0; i < G_N_ELEMENTS (worlds); i++)
    init_world (&worlds[i]);
  worlds[1].context.now_ns++;
  worlds[2].context.cause++;
  for (guint i = 0; i < G_N_ELEMENTS (worlds); i++)
    k8_trace (&worlds[i].context, ETCD_PUT,
              { K8_TEXT (i == 3 ? "/b" : "/a"), K8_NUMBER (i == 4 ? 2 : 1), K8_NUMBER (1) });
  k8_engine_digest (worlds[0].engine, plain);
  for (guint i = 1; i < G_N_ELEMENTS (worlds); i++)
    {
      k8_engine_digest (worlds[i].engine, other);
      CU_ASSERT_STRING_NOT_EQUAL (plain, other);
    }
  for (guint i = 0; i < G_N_ELEMENTS (worlds); i++)
    free_world (&worlds[i]);
}
