/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at what is durable, by the keys of etcd.
 */
#include "sim/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/string.h"
#include "codec/json.h"
#include "machinery/gvk.h"

static char *
dup_prefix (const K8KindInfo *kind, const char *namespace_name)
{
  if (!kind->is_namespaced || namespace_name == NULL)
    return g_strdup_printf ("/registry/%s/", kind->plural);
  return g_strdup_printf ("/registry/%s/%s/", kind->plural, namespace_name);
}

const void *
sim_look_find (const SimWorld *world, const K8KindInfo *kind, const char *namespace_name,
               const char *name)
{
  g_autofree char *prefix = dup_prefix (kind, namespace_name);
  g_autofree char *key = g_strconcat (prefix, name, NULL);
  const char *text = k8_string_find (world->region, key);
  guint32 slot = text == NULL ? 0 : k8_order_find (&world->disk.order, text);
  const K8EtcdKeyValue *pair = k8_slots_get (&world->disk.pairs, slot);

  return pair == NULL ? NULL : pair->value;
}

void
sim_look_each (const SimWorld *world, const K8KindInfo *kind, const char *namespace_name,
               SimLookFunc func, void *user)
{
  g_autofree char *prefix = dup_prefix (kind, namespace_name);
  K8OrderCursor cursor;
  gboolean is_there = k8_order_first_at_or_after (&world->disk.order, prefix, &cursor);

  for (; is_there && g_str_has_prefix (cursor.key, prefix);
       is_there = k8_order_next (&world->disk.order, &cursor))
    {
      const K8EtcdKeyValue *pair = k8_slots_get (&world->disk.pairs, cursor.value);
      if (k8_kind_of_record (pair->value) == kind)
        func (user, pair->value);
    }
}

const char *
sim_look_zone (const SimWorld *world, const char *node_name)
{
  const K8Node *node = sim_look_find (world, &k8_kinds[K8_KIND_Node], NULL, node_name);

  return node == NULL ? NULL
                      : k8_object_meta_labels_get (k8_node_metadata (node),
                                                   "topology.kubernetes.io/zone");
}

/* Where a walk along a path stands: a record and, behind its last step, a field or a text. */
typedef struct
{
  const void *record;
  const K8Field *field; /* of `record`, when a step named a field that is no record */
  const char *text;     /* a text in a list or map */
} Place;

/* Which item of a list `[2]` or `[type=Available]` means. */
static const void *
find_item (const K8List *list, const char *what)
{
  const char *equals = strchr (what, '=');
  guint n = k8_list_n (list);

  if (equals == NULL)
    {
      guint index = (guint) strtoul (what, NULL, 10);
      return index < n ? k8_list_get_object (list, index) : NULL;
    }
  for (guint i = 0; i < n; i++)
    {
      const void *item = k8_list_get_object (list, i);
      const K8Field *field = k8_message_find_field (k8_record_info (item), what,
                                                    (gsize) (equals - what));
      if (field != NULL && field->type == K8_FIELD_STRING
          && k8_string_is (k8_record_get_text (item, field), equals + 1))
        return item;
    }
  return NULL;
}

static gboolean
enter_list (Place *place, const char *what)
{
  const K8List *list = k8_record_get_list (place->record, place->field);
  guint index = (guint) strtoul (what, NULL, 10);

  if (place->field->type == K8_FIELD_LIST)
    place->record = find_item (list, what);
  else if (place->field->type == K8_FIELD_STRING_LIST)
    place->text = index < k8_list_n (list) ? k8_list_get_text (list, index) : NULL;
  else if (place->field->type == K8_FIELD_STRING_MAP || place->field->type == K8_FIELD_QUANTITY_MAP)
    place->text = k8_map_find (list, what);
  else
    return FALSE;
  place->field = NULL;
  return place->text != NULL || (place->record != NULL && place->text == NULL);
}

static gboolean
enter_field (Place *place, const char *name)
{
  if (place->field != NULL && place->field->type == K8_FIELD_OBJECT)
    place->record = k8_record_get_object (place->record, place->field);
  if (place->record == NULL || place->text != NULL)
    return FALSE;
  place->field = k8_message_find_field (k8_record_info (place->record), name, strlen (name));
  return place->field != NULL && k8_record_has (place->record, place->field);
}

/* One segment: "conditions[type=Available]" or "status". */
static gboolean
enter (Place *place, char *segment)
{
  char *bracket = strchr (segment, '[');

  if (bracket == NULL)
    return enter_field (place, segment);
  *bracket++ = '\0';
  bracket[strcspn (bracket, "]")] = '\0';
  return enter_field (place, segment) && enter_list (place, bracket);
}

/* Cuts the first segment off a path. Dots inside brackets belong to keys, as in
 * "labels[topology.kubernetes.io/zone]". */
static char *
split (char **rest)
{
  char *segment = *rest;
  gint depth = 0;

  for (char *next = segment;; next++)
    {
      depth += (*next == '[') - (*next == ']');
      if (*next != '\0' && (*next != '.' || depth > 0))
        continue;
      *rest = *next == '\0' ? NULL : next + 1;
      *next = '\0';
      return segment;
    }
}

static char *
dup_place (const Place *place)
{
  GString *out = g_string_new (NULL);

  if (place->text != NULL)
    return g_string_free (g_string_append (out, place->text), FALSE);
  if (place->field == NULL)
    k8_json_encode (out, place->record, &(K8JsonOptions){ 0 });
  else if (place->field->type == K8_FIELD_STRING || place->field->type == K8_FIELD_QUANTITY)
    g_string_append (out, k8_record_get_text (place->record, place->field));
  else
    k8_json_encode_field (out, place->record, place->field);
  return g_string_free (out, FALSE);
}

char *
sim_look_dup_value (const void *object, const char *path)
{
  Place place = { .record = object };

  if (*path == '\0')
    return dup_place (&place);
  g_autofree char *text = g_strdup (path);
  for (char *rest = text; rest != NULL;)
    if (!enter (&place, split (&rest)))
      return NULL;
  return dup_place (&place);
}

/* Where a walk over the schema stands: a message, or behind a value that has none. */
typedef struct
{
  const K8MessageInfo *info; /* NULL: nothing is below */
  const K8Field *list;       /* its items need a bracket first */
} Rung;

static gboolean
has_bracket_problem (Rung *rung, const char *what)
{
  const K8Field *field = rung->list;
  const char *equals = strchr (what, '=');

  rung->list = NULL;
  if (field->type == K8_FIELD_STRING_LIST || field->type == K8_FIELD_STRING_MAP
      || field->type == K8_FIELD_QUANTITY_MAP)
    return FALSE;
  if (field->type != K8_FIELD_LIST)
    return TRUE;
  rung->info = &k8_messages[field->message];
  if (equals != NULL)
    return k8_message_find_field (rung->info, what, (gsize) (equals - what)) == NULL;
  return *what == '\0' || strspn (what, "0123456789") != strlen (what);
}

static gboolean
has_problem (Rung *rung, char *segment)
{
  char *bracket = strchr (segment, '[');
  const K8Field *field = NULL;

  if (bracket != NULL)
    *bracket++ = '\0';
  if (rung->info != NULL && rung->list == NULL)
    field = k8_message_find_field (rung->info, segment, strlen (segment));
  if (field == NULL)
    return TRUE;
  rung->info = field->type == K8_FIELD_OBJECT ? &k8_messages[field->message] : NULL;
  rung->list = field->type == K8_FIELD_OBJECT ? NULL : field;
  if (bracket == NULL)
    return FALSE;
  char *end = strrchr (bracket, ']');
  if (end == NULL || end[1] != '\0' || rung->list == NULL)
    return TRUE;
  *end = '\0';
  return has_bracket_problem (rung, bracket);
}

char *
sim_look_dup_problem (const K8KindInfo *kind, const char *path)
{
  Rung rung = { .info = &k8_messages[kind->message] };
  g_autofree char *text = g_strdup (path);

  for (char *rest = *text == '\0' ? NULL : text; rest != NULL;)
    {
      char *segment = split (&rest);
      g_autofree char *whole = g_strdup (segment);
      if (has_problem (&rung, segment))
        return g_strdup_printf ("%s has no `%s` there", kind->kind, whole);
    }
  return NULL;
}
