/* SPDX-License-Identifier: Apache-2.0
 *
 * Plans: what a reconcile wants written, as a flat list of writes in ascending groups.
 * A plan owns what it names, so it can wait for answers while the caches move on.
 */
#include "base/assert.h"
#include "base/text.h"
#include "base/time.h"
#include "controllers/controller.h"
#include "machinery/gvk.h"

void
k8_plan_init (K8Plan *self, K8Region *region)
{
  *self = (K8Plan){ .region = region, .group = 1 };
  k8_array_init (&self->writes, region, sizeof (K8PlanWrite));
}

static void
unref_write (K8PlanWrite *write)
{
  k8_record_unref (write->object);
  k8_record_unref (write->about);
  k8_record_unref (write->answer);
  k8_record_unref (write->status);
  k8_string_unref (write->namespace_name);
  k8_string_unref (write->name);
  k8_string_unref (write->uid);
  k8_string_unref (write->patch);
  k8_string_unref (write->why);
  k8_string_unref (write->ok.message);
  k8_string_unref (write->failed.message);
}

static void
ref_write (const K8PlanWrite *write)
{
  k8_record_ref (write->object);
  k8_record_ref (write->about);
  k8_record_ref (write->answer);
  k8_record_ref (write->status);
  k8_string_ref (write->namespace_name);
  k8_string_ref (write->name);
  k8_string_ref (write->uid);
  k8_string_ref (write->patch);
  k8_string_ref (write->why);
  k8_string_ref (write->ok.message);
  k8_string_ref (write->failed.message);
}

void
k8_plan_clear (K8Plan *self)
{
  for (guint i = 0; i < k8_plan_n (self); i++)
    unref_write (k8_plan_at (self, i));
  k8_array_clear (&self->writes);
  k8_string_unref (self->failure);
  k8_record_unref (self->memo);
}

void
k8_plan_clone (K8Plan *ret_clone, const K8Plan *self)
{
  *ret_clone = *self;
  k8_array_clone (&ret_clone->writes, &self->writes);
  for (guint i = 0; i < k8_plan_n (self); i++)
    ref_write (k8_plan_at (self, i));
  k8_string_ref (self->failure);
  k8_record_ref (self->memo);
}

guint
k8_plan_n (const K8Plan *self)
{
  return k8_array_n (&self->writes);
}

K8PlanWrite *
k8_plan_at (const K8Plan *self, guint index)
{
  return k8_array_at (&self->writes, index);
}

/* Begins a new group, unless the last one is still empty. */
void
k8_plan_next_group (K8Plan *self)
{
  guint n = k8_plan_n (self);

  if (n > 0 && k8_plan_at (self, n - 1)->group == self->group)
    self->group++;
}

static K8PlanWrite *
add_write (K8Plan *self, K8WriteType type, const K8KindInfo *kind)
{
  K8PlanWrite *write = k8_array_add (&self->writes);

  write->type = type;
  write->group = self->group;
  write->kind = kind;
  write->grace_seconds = -1;
  return write;
}

static K8PlanWrite *
add_for_object (K8Plan *self, K8WriteType type, const void *object)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  K8PlanWrite *write = add_write (self, type, k8_kind_of_record (object));

  write->object = k8_record_ref (object);
  write->namespace_name = k8_string_ref (k8_object_meta_namespace (meta));
  write->name = k8_string_ref (k8_object_meta_name (meta));
  return write;
}

K8PlanWrite *
k8_plan_create (K8Plan *self, const void *object)
{
  return add_for_object (self, K8_WRITE_CREATE, object);
}

K8PlanWrite *
k8_plan_update (K8Plan *self, const void *object, gint64 revision)
{
  K8PlanWrite *write = add_for_object (self, K8_WRITE_UPDATE, object);

  write->revision = revision;
  return write;
}

K8PlanWrite *
k8_plan_status (K8Plan *self, const void *object, gint64 revision)
{
  K8PlanWrite *write = add_for_object (self, K8_WRITE_STATUS, object);

  write->revision = revision;
  return write;
}

/* A strategic merge patch of an object. */
K8PlanWrite *
k8_plan_patch (K8Plan *self, const void *object, const char *patch)
{
  K8PlanWrite *write = add_for_object (self, K8_WRITE_PATCH, object);

  write->patch = k8_string_intern (self->region, patch);
  return write;
}

/* Deletes an object if it still is the one with this uid. */
K8PlanWrite *
k8_plan_delete (K8Plan *self, const void *object)
{
  K8PlanWrite *write = add_for_object (self, K8_WRITE_DELETE, object);

  write->uid = k8_string_ref (k8_object_meta_uid (k8_object_get_meta (object)));
  return write;
}

K8PlanWrite *
k8_plan_get (K8Plan *self, K8KindId kind, const char *namespace_name, const char *name)
{
  K8PlanWrite *write = add_write (self, K8_WRITE_GET, &k8_kinds[kind]);

  if (namespace_name != NULL)
    write->namespace_name = k8_string_intern (self->region, namespace_name);
  write->name = k8_string_intern (self->region, name);
  return write;
}

void
k8_plan_event (K8Plan *self, const void *about, const char *type, const char *reason,
               const char *message)
{
  K8PlanWrite *write = add_for_object (self, K8_WRITE_EVENT, about);

  write->event_type = type;
  write->ok = (K8PlanSaid){ reason, k8_string_intern (self->region, message) };
}

void
k8_plan_write_set_why (K8PlanWrite *self, const char *why)
{
  const char *before = self->why;

  self->why = k8_string_intern (k8_region_of (self), why);
  k8_string_unref (before);
}

/* What is said once the answer is there; messages are copied. */
void
k8_plan_write_say (K8PlanWrite *self, const void *about, K8PlanSaid ok, K8PlanSaid failed)
{
  K8Region *region = k8_region_of (self);

  self->about = k8_record_ref (about);
  self->ok = (K8PlanSaid){ ok.reason, k8_string_intern (region, ok.message) };
  self->failed = (K8PlanSaid){ failed.reason, k8_string_intern (region, failed.message) };
}

void
k8_plan_requeue_after (K8Plan *self, gint64 delay_ns)
{
  if (self->requeue_after_ns == 0 || delay_ns < self->requeue_after_ns)
    self->requeue_after_ns = MAX (delay_ns, 1);
}

/* Nothing more can be planned: after what was, the key comes back with back-off. */
void
k8_plan_fail (K8Plan *self, const char *message)
{
  k8_string_unref (self->failure);
  self->failure = k8_string_intern (self->region, message);
}

void
k8_plan_set_memo (K8Plan *self, const void *record)
{
  k8_record_unref (self->memo);
  self->memo = k8_record_ref (record);
}

static gboolean
is_tolerated (const K8PlanWrite *write)
{
  return (write->tolerate & K8_TOLERATE_ALL) != 0 ||
         (write->code == 404 && (write->tolerate & K8_TOLERATE_NOT_FOUND) != 0) ||
         (write->code == 409 && (write->tolerate & K8_TOLERATE_CONFLICT) != 0 &&
          !k8_string_is (k8_status_reason (write->status), "AlreadyExists")) ||
         (write->code == 409 && (write->tolerate & K8_TOLERATE_EXISTS) != 0 &&
          k8_string_is (k8_status_reason (write->status), "AlreadyExists"));
}

const K8PlanWrite *
k8_plan_find_failure (const K8Plan *self)
{
  for (guint i = 0; i < k8_plan_n (self); i++)
    {
      const K8PlanWrite *write = k8_plan_at (self, i);
      if (write->code != 0 && (write->code < 200 || write->code >= 300) && !is_tolerated (write))
        return write;
    }
  return NULL;
}

const char *
k8_write_type_name (K8WriteType type)
{
  static const char *const names[] = {
    [K8_WRITE_NONE] = "none",     [K8_WRITE_CREATE] = "create", [K8_WRITE_UPDATE] = "update",
    [K8_WRITE_STATUS] = "status", [K8_WRITE_PATCH] = "patch",
    [K8_WRITE_PATCH_STATUS] = "patch status", [K8_WRITE_DELETE] = "delete",
    [K8_WRITE_GET] = "get",       [K8_WRITE_EVENT] = "event",
  };

  return names[type];
}

static void
append_write (const K8PlanWrite *write, GString *out)
{
  const char *name = write->name;

  k8_text_append_u64 (out, write->group);
  g_string_append_c (out, ' ');
  g_string_append (out, k8_write_type_name (write->type));
  g_string_append_c (out, ' ');
  g_string_append (out, write->kind->kind);
  g_string_append_c (out, ' ');
  if (name == NULL && write->object != NULL)
    name = k8_object_meta_generate_name (k8_object_get_meta (write->object));
  if (write->namespace_name != NULL)
    {
      g_string_append (out, write->namespace_name);
      g_string_append_c (out, '/');
    }
  g_string_append (out, k8_string_or_empty (name));
  if (write->type == K8_WRITE_EVENT)
    {
      g_string_append (out, ": ");
      g_string_append (out, write->event_type);
      g_string_append_c (out, ' ');
      g_string_append (out, write->ok.reason);
      g_string_append (out, ": ");
      g_string_append (out, write->ok.message);
    }
  if (write->why != NULL)
    {
      g_string_append (out, ": ");
      g_string_append (out, write->why);
    }
  g_string_append_c (out, '\n');
}

/* One line a write, then what becomes of the key. */
void
k8_plan_to_text (const K8Plan *self, GString *out)
{
  char duration[K8_DURATION_LETTERS + 1];

  for (guint i = 0; i < k8_plan_n (self); i++)
    append_write (k8_plan_at (self, i), out);
  if (self->wants_resume)
    g_string_append (out, "then resume\n");
  if (self->failure != NULL)
    {
      g_string_append (out, "fail: ");
      g_string_append (out, self->failure);
      g_string_append_c (out, '\n');
    }
  if (self->requeue_after_ns != 0)
    {
      k8_duration_format (self->requeue_after_ns, duration);
      g_string_append (out, "requeue after ");
      g_string_append (out, duration);
      g_string_append_c (out, '\n');
    }
}

static const K8Field *
find_status_field (const void *object)
{
  return k8_message_find_field (k8_record_info (object), "status", 6);
}

/* The object with another status, taken over; kinds without one stay as they are.
 * (transfer full) */
const void *
k8_object_with_status (const void *object, const void *status)
{
  const K8Field *field = find_status_field (object);
  K8Edit edit;

  if (field == NULL)
    return k8_record_ref (object);
  k8_edit_init (&edit, k8_region_of (object), k8_record_info (object), object);
  k8_edit_set_object (&edit, field, status);
  return k8_edit_seal (&edit);
}

/* The status of an object of any kind, or NULL. (transfer none) */
const void *
k8_object_get_status (const void *object)
{
  const K8Field *field = find_status_field (object);

  return field == NULL ? NULL : k8_record_get_object (object, field);
}
