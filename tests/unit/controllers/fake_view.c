/* SPDX-License-Identifier: Apache-2.0
 *
 * The small store behind plan tests.
 */
#include "tests/unit/controllers/fake_view.h"

#include "codec/json.h"
#include "machinery/defaults.h"
#include "machinery/gvk.h"
#include "machinery/status.h"
#include "tests/lib/test.h"
#include "tests/lib/test_region.h"

#define NOW_SECONDS 1000000

static gboolean
is_kept (guint kind)
{
  return k8_kinds[kind].plural != NULL;
}

FakeView *
fake_view_new (void)
{
  FakeView *self = g_new0 (FakeView, 1);

  self->region = test_region_new (64 << 20);
  self->view = (K8View){ .region = self->region,
                         .sums = &self->sums,
                         .now_ns = 1000 * G_GINT64_CONSTANT (1000000000),
                         .now_seconds = NOW_SECONDS,
                         .ca_certificate = "CERTIFICATE" };
  k8_owner_sums_init (&self->sums, self->region);
  for (guint kind = 1; kind < K8_N_KINDS; kind++)
    if (is_kept (kind))
      {
        k8_cache_init (&self->caches[kind], self->region, &k8_kinds[kind]);
        self->view.caches[kind] = &self->caches[kind];
      }
  self->log = g_string_new ("");
  return self;
}

void
fake_view_free (FakeView *self)
{
  g_string_free (self->log, TRUE);
  for (guint kind = 1; kind < K8_N_KINDS; kind++)
    if (is_kept (kind))
      k8_cache_clear (&self->caches[kind]);
  k8_owner_sums_clear (&self->sums);
  test_region_free (self->region);
  g_free (self);
}

static void
tell_sums (FakeView *self, guint kind, const void *before, const void *now)
{
  K8Change change = { .kind = &k8_kinds[kind], .before = before, .now = now };

  if (kind == K8_KIND_Pod || kind == K8_KIND_ReplicaSet)
    k8_owner_sums_change (&self->sums, &change, &self->caches[K8_KIND_ReplicaSet]);
}

void
fake_view_put_object (FakeView *self, const void *object)
{
  guint kind = k8_kind_of_record (object)->id;
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  const K8CacheEntry *known = k8_cache_find (
      &self->caches[kind], k8_object_meta_namespace (meta), k8_object_meta_name (meta));
  const void *before = known == NULL ? NULL : k8_record_ref (known->object);

  k8_cache_put (&self->caches[kind], object, ++self->revision);
  tell_sums (self, kind, before, object);
  k8_record_unref (before);
}

static const char *
namespace_of (guint kind)
{
  return k8_kinds[kind].is_namespaced ? "default" : NULL;
}

/* Fills in what the API server would: uid "uid-<name>", generation, time of creation. */
static const void *
complete (FakeView *self, guint kind, const void *object)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  K8ObjectMetaEdit edit;

  k8_object_meta_edit (&edit, self->region, meta);
  if (k8_object_meta_name (meta) == NULL)
    {
      g_autofree char *name =
          g_strdup_printf ("%sx%03d", k8_object_meta_generate_name (meta), (int) self->revision);
      k8_object_meta_set_name (&edit, name);
    }
  const K8ObjectMeta *named = k8_object_meta_seal (&edit);
  g_autofree char *uid = g_strdup_printf ("uid-%s", k8_object_meta_name (named));
  k8_object_meta_edit (&edit, self->region, named);
  if (k8_object_meta_uid (named) == NULL)
    k8_object_meta_set_uid (&edit, uid);
  if (!k8_object_meta_has_generation (named) && k8_kinds[kind].keeps_generation)
    k8_object_meta_set_generation (&edit, 1);
  if (!k8_object_meta_has_creation_timestamp (named))
    k8_object_meta_set_creation_timestamp (&edit, NOW_SECONDS - 1000 + self->revision);
  k8_object_meta_set_namespace (&edit, namespace_of (kind));
  k8_record_unref (named);
  return k8_object_with_meta (object, k8_object_meta_seal (&edit));
}

void
fake_view_put (FakeView *self, K8KindId kind, const char *json)
{
  g_autofree char *text = g_strdelimit (g_strdup (json), "'", '"');
  K8JsonDecoded decoded = { 0 };
  const void *raw = k8_json_decode (self->region, &k8_messages[k8_kinds[kind].message], text,
                                    strlen (text), &decoded);

  if (raw == NULL)
    test_note ("%s: %s", text, decoded.error);
  CU_ASSERT_PTR_NOT_NULL_FATAL (raw);
  k8_autounref const void *defaulted = k8_defaults_apply (self->region, raw, NULL);
  k8_autounref const void *object = complete (self, kind, defaulted);
  k8_record_unref (raw);
  k8_json_decoded_clear (&decoded);
  fake_view_put_object (self, object);
}

void
fake_view_remove (FakeView *self, K8KindId kind, const char *name)
{
  guint32 slot = k8_cache_slot_of (&self->caches[kind], namespace_of (kind), name);

  CU_ASSERT_NOT_EQUAL_FATAL (slot, 0);
  const void *before = k8_record_ref (k8_cache_at (&self->caches[kind], slot)->object);
  k8_cache_remove (&self->caches[kind], slot);
  tell_sums (self, kind, before, NULL);
  k8_record_unref (before);
}

const void *
fake_view_get (FakeView *self, K8KindId kind, const char *name)
{
  const K8CacheEntry *entry = k8_cache_find (&self->caches[kind], namespace_of (kind), name);

  return entry == NULL ? NULL : entry->object;
}

char *
fake_view_plan (FakeView *self, const K8ControllerClass *class, K8KindId kind, const char *name)
{
  K8Ref ref = { kind, namespace_of (kind), name };
  GString *text = g_string_new ("");
  K8Plan plan;

  k8_plan_init (&plan, self->region);
  class->reconcile (&self->view, &ref, &plan);
  k8_plan_to_text (&plan, text);
  k8_plan_clear (&plan);
  return g_string_free (text, FALSE);
}

static void
fail (FakeView *self, K8PlanWrite *write, guint code)
{
  K8GroupResource resource = k8_kind_resource (write->kind);

  write->code = code;
  write->status = code == 404
                      ? k8_status_new_not_found (self->region, resource, write->name)
                      : k8_status_new_conflict (self->region, resource, write->name, "stale");
}

/* A write of the object: the status alone, or all but it. */
static const void *
join (FakeView *self, const K8PlanWrite *write, const void *stored)
{
  const void *status = k8_object_get_status (write->type == K8_WRITE_STATUS ? write->object
                                                                            : stored);
  const void *base = write->type == K8_WRITE_STATUS ? stored : write->object;
  const K8ObjectMeta *meta = k8_object_get_meta (stored);
  K8ObjectMetaEdit edit;

  k8_object_meta_edit (&edit, self->region, k8_object_get_meta (write->object));
  if (write->type == K8_WRITE_UPDATE && write->kind->keeps_generation)
    k8_object_meta_set_generation (&edit, k8_object_meta_generation (meta) + 1);
  const void *object = k8_object_with_meta (base, k8_object_meta_seal (&edit));
  const void *joined = k8_object_with_status (object, k8_record_ref (status));
  k8_record_unref (object);
  return joined;
}

static void
carry_out (FakeView *self, K8PlanWrite *write)
{
  const K8CacheEntry *entry =
      write->name == NULL
          ? NULL
          : k8_cache_find (&self->caches[write->kind->id], write->namespace_name, write->name);
  const void *object = NULL;

  if (write->type == K8_WRITE_CREATE)
    object = complete (self, write->kind->id, write->object);
  else if (entry == NULL)
    fail (self, write, 404);
  else if (write->type == K8_WRITE_DELETE)
    fake_view_remove (self, write->kind->id, write->name);
  else if (write->type == K8_WRITE_GET)
    object = k8_record_ref (entry->object);
  else if (write->revision > 0 && write->revision != entry->revision)
    fail (self, write, 409);
  else if (write->type != K8_WRITE_PATCH && write->type != K8_WRITE_PATCH_STATUS)
    object = join (self, write, entry->object);
  if (object != NULL && write->type != K8_WRITE_GET)
    fake_view_put_object (self, object);
  if (write->code == 0)
    write->code = 200;
  write->answer = object;
}

static void
carry_plan_out (FakeView *self, const K8ControllerClass *class, const K8Ref *ref, K8Plan *plan)
{
  GString *text = g_string_new ("");
  guint32 failed_group = G_MAXUINT32;

  k8_plan_to_text (plan, text);
  g_auto (GStrv) lines = g_strsplit (text->str, "\n", -1);
  g_string_free (text, TRUE);
  for (guint i = 0; i < k8_plan_n (plan); i++)
    {
      K8PlanWrite *write = k8_plan_at (plan, i);
      if (write->group > failed_group)
        break;
      if (write->type != K8_WRITE_EVENT)
        carry_out (self, write);
      g_string_append (self->log, lines[i]);
      if (write->code >= 300)
        g_string_append_printf (self->log, " -> %u", write->code);
      g_string_append_c (self->log, '\n');
      if (k8_plan_find_failure (plan) != NULL && failed_group == G_MAXUINT32)
        failed_group = write->group;
    }
  if (plan->wants_resume)
    {
      K8Plan next;
      k8_plan_init (&next, self->region);
      class->resume (&self->view, ref, plan, &next);
      carry_plan_out (self, class, ref, &next);
      k8_plan_clear (&next);
    }
}

char *
fake_view_run (FakeView *self, const K8ControllerClass *class, K8KindId kind, const char *name)
{
  K8Ref ref = { kind, namespace_of (kind), name };
  K8Plan plan;

  g_string_truncate (self->log, 0);
  k8_plan_init (&plan, self->region);
  class->reconcile (&self->view, &ref, &plan);
  carry_plan_out (self, class, &ref, &plan);
  k8_plan_clear (&plan);
  return g_strdup (self->log->str);
}

void
test_fake_view__refuses_a_stale_revision (void)
{
  FakeView *fake = fake_view_new ();
  K8Plan plan;

  fake_view_put (fake, K8_KIND_ConfigMap, "{'metadata': {'name': 'a'}}");
  fake_view_put (fake, K8_KIND_ConfigMap, "{'metadata': {'name': 'a'}}");
  k8_plan_init (&plan, fake->region);
  k8_plan_update (&plan, fake_view_get (fake, K8_KIND_ConfigMap, "a"), fake->revision - 1);
  carry_out (fake, k8_plan_at (&plan, 0));
  CU_ASSERT_EQUAL (k8_plan_at (&plan, 0)->code, 409);
  CU_ASSERT_PTR_NOT_NULL (k8_plan_find_failure (&plan));
  k8_plan_clear (&plan);
  fake_view_free (fake);
}
