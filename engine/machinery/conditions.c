/* SPDX-License-Identifier: Apache-2.0
 *
 * Conditions by their rows: every condition type of the API has type and status, and most have
 * reason, message and lastTransitionTime, so one body serves them all.
 * Source: apimachinery pkg/api/meta/conditions.go, pkg/api/v1/pod/util.go,
 * pkg/controller/deployment/util, pkg/controller/replicaset/replica_set_utils.go (v1.36).
 */
#include "machinery/conditions.h"

#include <string.h>

#include "base/assert.h"

static const K8Field *
find_field (const K8MessageInfo *info, const char *name)
{
  return k8_message_find_field (info, name, strlen (name));
}

/* The text of a field of a condition, or NULL; also NULL if its type has no such field. */
const char *
k8_conditions_text (const void *condition, const char *field)
{
  const K8Field *found = condition == NULL ? NULL : find_field (k8_record_info (condition), field);

  return found == NULL ? NULL : k8_record_get_text (condition, found);
}

gint64
k8_conditions_transition_time (const void *condition)
{
  const K8Field *field;

  if (condition == NULL)
    return 0;
  field = find_field (k8_record_info (condition), "lastTransitionTime");
  return field == NULL ? 0 : k8_record_get_int (condition, field);
}

/* The index of a type in a list of conditions; the list's length if it is not there. */
static guint
find_index (const K8List *conditions, const char *type)
{
  guint n = k8_list_n (conditions);
  const K8Field *field =
      n == 0 ? NULL : find_field (k8_record_info (k8_list_get_object (conditions, 0)), "type");

  for (guint i = 0; i < n; i++)
    if (k8_string_is (k8_record_get_text (k8_list_get_object (conditions, i), field), type))
      return i;
  return n;
}

static const void *
find_in_list (const K8List *conditions, const char *type)
{
  guint index = find_index (conditions, type);

  return index < k8_list_n (conditions) ? k8_list_get_object (conditions, index) : NULL;
}

const void *
k8_conditions_find (const void *status, const char *type)
{
  const K8Field *field;

  if (status == NULL)
    return NULL;
  field = find_field (k8_record_info (status), "conditions");
  k8_assert (field != NULL);
  return find_in_list (k8_record_get_list (status, field), type);
}

const void *
k8_conditions_find_edit (const K8Edit *status, const char *type)
{
  const K8Field *field = find_field (status->info, "conditions");

  k8_assert (field != NULL);
  return find_in_list (k8_edit_get_list (status, field), type);
}

const char *
k8_conditions_status (const void *status, const char *type)
{
  return k8_conditions_text (k8_conditions_find (status, type), "status");
}

gboolean
k8_conditions_is_true (const void *status, const char *type)
{
  return k8_string_is (k8_conditions_status (status, type), "True");
}

static void
set_text (K8Edit *edit, const char *name, const char *text)
{
  const K8Field *field = find_field (edit->info, name);

  if (field != NULL)
    k8_edit_set_text (edit, field, text, -1);
}

static void
set_int (K8Edit *edit, const char *name, gint64 value)
{
  const K8Field *field = find_field (edit->info, name);

  if (field != NULL)
    k8_edit_set_int (edit, field, value);
}

/* A condition with these values over @base (nullable); times are the caller's. */
static void
begin_condition (K8Edit *edit,
                 const K8Edit *status,
                 const void *base,
                 const K8ConditionValue *value)
{
  const K8Field *list = find_field (status->info, "conditions");

  k8_edit_init (edit, status->region, &k8_messages[list->message], base);
  set_text (edit, "type", value->type);
  set_text (edit, "status", value->status);
  set_text (edit, "reason", value->reason);
  set_text (edit, "message", value->message);
  if (value->observed_generation != 0)
    set_int (edit, "observedGeneration", value->observed_generation);
}

static gboolean
is_same_text (const void *condition, const char *field, const char *text)
{
  const char *kept = k8_conditions_text (condition, field);

  return strcmp (k8_string_or_empty (kept), k8_string_or_empty (text)) == 0;
}

/* Whether a condition says all that is to be said. */
static gboolean
is_said (const void *condition, const K8ConditionValue *value)
{
  const K8Field *generation = find_field (k8_record_info (condition), "observedGeneration");

  if (value->observed_generation != 0 && generation != NULL
      && k8_record_get_int (condition, generation) != value->observed_generation)
    return FALSE;
  return is_same_text (condition, "status", value->status)
         && is_same_text (condition, "reason", value->reason)
         && is_same_text (condition, "message", value->message);
}

gboolean
k8_conditions_put (K8Edit *status, const K8ConditionValue *value)
{
  const K8Field *field = find_field (status->info, "conditions");
  const void *old = k8_conditions_find_edit (status, value->type);
  gboolean is_same_status = k8_string_is (k8_conditions_text (old, "status"), value->status);
  K8Edit edit;

  if (old != NULL && is_said (old, value))
    return FALSE;
  begin_condition (&edit, status, old, value);
  if (!is_same_status)
    set_int (&edit, "lastTransitionTime", value->now_seconds);
  const void *condition = k8_edit_seal (&edit);
  if (old != NULL && k8_record_equal (old, condition))
    {
      k8_record_unref (condition);
      return FALSE;
    }
  guint index = find_index (k8_edit_get_list (status, field), value->type);
  K8List *list = k8_edit_own_list (status, field, 1);
  list = old != NULL ? k8_list_replace_object (list, index, condition)
                     : k8_list_add_object (list, condition);
  k8_edit_give_list (status, field, list);
  return TRUE;
}

/* Whether a condition says the same by status and reason: the controllers of apps then leave it. */
static gboolean
is_settled (const void *old, const K8ConditionValue *value)
{
  return old != NULL && k8_string_is (k8_conditions_text (old, "status"), value->status) &&
         strcmp (k8_string_or_empty (k8_conditions_text (old, "reason")),
                 k8_string_or_empty (value->reason)) == 0;
}

/* Takes the old one out and appends the new one, as those controllers do. */
static void
put_last (K8Edit *status, const char *type, const void *condition)
{
  const K8Field *field = find_field (status->info, "conditions");
  guint index = find_index (k8_edit_get_list (status, field), type);
  K8List *list = k8_edit_own_list (status, field, 1);

  if (index < k8_list_n (list))
    list = k8_list_remove (list, index);
  k8_edit_give_list (status, field, k8_list_add_object (list, condition));
}

gboolean
k8_conditions_put_deployment (K8Edit *status, const K8ConditionValue *value)
{
  const void *old = k8_conditions_find_edit (status, value->type);
  gboolean is_same_status = k8_string_is (k8_conditions_text (old, "status"), value->status);
  gint64 since = is_same_status ? k8_conditions_transition_time (old) : value->now_seconds;
  K8Edit edit;

  if (is_settled (old, value))
    return FALSE;
  begin_condition (&edit, status, NULL, value);
  set_int (&edit, "lastUpdateTime", value->now_seconds);
  set_int (&edit, "lastTransitionTime", since);
  put_last (status, value->type, k8_edit_seal (&edit));
  return TRUE;
}

gboolean
k8_conditions_put_replica_set (K8Edit *status, const K8ConditionValue *value)
{
  K8Edit edit;

  if (is_settled (k8_conditions_find_edit (status, value->type), value))
    return FALSE;
  begin_condition (&edit, status, NULL, value);
  set_int (&edit, "lastTransitionTime", value->now_seconds);
  put_last (status, value->type, k8_edit_seal (&edit));
  return TRUE;
}

/* Takes a condition out; FALSE if it was not there. */
gboolean
k8_conditions_remove (K8Edit *status, const char *type)
{
  const K8Field *field = find_field (status->info, "conditions");
  const K8List *conditions = k8_edit_get_list (status, field);
  guint index = find_index (conditions, type);

  if (index >= k8_list_n (conditions))
    return FALSE;
  K8List *list = k8_edit_own_list (status, field, 0);
  k8_edit_give_list (status, field, k8_list_remove (list, index));
  return TRUE;
}
