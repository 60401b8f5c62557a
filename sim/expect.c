/* SPDX-License-Identifier: Apache-2.0
 *
 * Expectations: a tree of all, any, not over leaves; a leaf compares one value or one count.
 */
#include "sim/expect.h"

#include <string.h>

#include "base/string.h"
#include "machinery/gvk.h"
#include "machinery/pod.h"
#include "machinery/selector.h"
#include "sim/look.h"

typedef enum
{
  EXPECT_VALUE,   /* the text at a path of an object */
  EXPECT_OBJECTS, /* how many objects match */
  EXPECT_EVENTS,
  EXPECT_TRACE,
  EXPECT_TRAFFIC,
  EXPECT_SPREAD,
  EXPECT_ALL,
  EXPECT_ANY,
  EXPECT_NOT,
} ExpectType;

/* Bounds of a number; a bound that is not set is NAN-free: has_ says so. */
typedef struct
{
  gboolean has_at_least;
  gboolean has_at_most;
  gboolean is_percent;
  double at_least;
  double at_most;
} Bounds;

typedef struct
{
  const char *phase;
  const char *node;
  const char *zone;
  const char *image; /* of its first container */
  gboolean has_ready;
  gboolean is_ready;
} PodFilter;

struct SimExpect
{
  ExpectType type;
  const K8KindInfo *kind;
  const char *name;
  const char *namespace_name;
  const char *path;
  const char *equals;
  const char *not_equals;
  gboolean has_exists;
  gboolean exists;
  const char *selector; /* as text: parsed in the world's region */
  PodFilter pods;
  const char *reason;   /* events */
  const char *event_type;
  const char *traffic;
  const char *figure;   /* "failed", "served", "latency" */
  gboolean is_over_zone;
  guint trace_watch;
  Bounds bounds;
  GPtrArray *children;
};

static SimExpect *
expect_new (ExpectType type)
{
  SimExpect *self = g_new0 (SimExpect, 1);

  self->type = type;
  self->children = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_expect_free);
  return self;
}

void
sim_expect_free (SimExpect *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->children);
  g_free (self);
}

static Bounds
parse_bounds (SimReader *reader, SimValue value)
{
  Bounds bounds = { 0 };
  SimValue at_least = sim_reader_get (reader, value, "atLeast");
  SimValue at_most = sim_reader_get (reader, value, "atMost");
  SimValue equals = sim_reader_get (reader, value, "equals");
  gboolean is_percent = FALSE;

  bounds.has_at_least = at_least.node != NULL || equals.node != NULL;
  bounds.has_at_most = at_most.node != NULL || equals.node != NULL;
  if (equals.node != NULL)
    bounds.at_least = bounds.at_most = sim_reader_amount (reader, equals, &bounds.is_percent);
  if (at_least.node != NULL)
    bounds.at_least = sim_reader_amount (reader, at_least, &bounds.is_percent);
  if (at_most.node != NULL)
    bounds.at_most = sim_reader_amount (reader, at_most, &is_percent);
  bounds.is_percent = bounds.is_percent || is_percent;
  if (!bounds.has_at_least && !bounds.has_at_most)
    sim_reader_fail (reader, value, "expected atLeast, atMost or equals");
  return bounds;
}

static gboolean
is_within (const Bounds *bounds, double value)
{
  return (!bounds->has_at_least || value >= bounds->at_least)
         && (!bounds->has_at_most || value <= bounds->at_most);
}

static const K8KindInfo *
parse_kind (SimReader *reader, SimValue value)
{
  const char *name = sim_reader_text (reader, value, "");

  for (guint i = 1; i < K8_N_KINDS; i++)
    if (k8_kinds[i].plural != NULL && strcmp (k8_kinds[i].kind, name) == 0)
      return &k8_kinds[i];
  sim_reader_fail (reader, value, "unknown kind %s", name);
  return &k8_kinds[K8_KIND_Pod];
}

static SimExpect *
parse_value (SimReader *reader, SimValue value)
{
  SimExpect *self = expect_new (EXPECT_VALUE);
  SimValue exists = sim_reader_get (reader, value, "exists");

  sim_reader_only (reader, value,
                   "kind name namespace path equals notEquals atLeast atMost exists");
  self->kind = parse_kind (reader, sim_reader_need (reader, value, "kind"));
  self->name = sim_reader_text (reader, sim_reader_need (reader, value, "name"), "");
  self->namespace_name
      = sim_reader_text (reader, sim_reader_get (reader, value, "namespace"), "default");
  self->path = sim_reader_text (reader, sim_reader_get (reader, value, "path"), "");
  g_autofree char *problem = sim_look_dup_problem (self->kind, self->path);
  if (problem != NULL)
    sim_reader_fail (reader, sim_reader_get (reader, value, "path"), "%s", problem);
  self->equals = sim_reader_text (reader, sim_reader_get (reader, value, "equals"), NULL);
  self->not_equals = sim_reader_text (reader, sim_reader_get (reader, value, "notEquals"), NULL);
  self->has_exists = exists.node != NULL;
  self->exists = sim_reader_bool (reader, exists, TRUE);
  if (self->equals == NULL && self->not_equals == NULL && !self->has_exists)
    self->bounds = parse_bounds (reader, value);
  return self;
}

static const char *
parse_phase (SimReader *reader, SimValue value)
{
  static const char *const phases[]
      = { "Pending", "Running", "Succeeded", "Failed", "Unknown", NULL };
  const char *phase = sim_reader_text (reader, value, NULL);

  if (phase != NULL && !g_strv_contains (phases, phase))
    sim_reader_fail (reader, value, "expected Pending, Running, Succeeded, Failed or Unknown");
  return phase;
}

static SimExpect *
parse_objects (SimReader *reader, SimValue value, const char *key)
{
  SimExpect *self = expect_new (EXPECT_OBJECTS);
  SimValue what = sim_reader_get (reader, value, key);
  SimValue ready = sim_reader_get (reader, what, "ready");

  sim_reader_only (reader, value, "pods objects count");
  sim_reader_only (reader, what, "kind selector namespace phase ready node zone image");
  self->kind = &k8_kinds[K8_KIND_Pod];
  if (strcmp (key, "objects") == 0)
    self->kind = parse_kind (reader, sim_reader_need (reader, what, "kind"));
  self->selector = sim_reader_text (reader, sim_reader_get (reader, what, "selector"), "");
  self->namespace_name = sim_reader_text (reader, sim_reader_get (reader, what, "namespace"), NULL);
  self->pods.phase = parse_phase (reader, sim_reader_get (reader, what, "phase"));
  self->pods.node = sim_reader_text (reader, sim_reader_get (reader, what, "node"), NULL);
  self->pods.zone = sim_reader_text (reader, sim_reader_get (reader, what, "zone"), NULL);
  self->pods.image = sim_reader_text (reader, sim_reader_get (reader, what, "image"), NULL);
  self->pods.has_ready = ready.node != NULL;
  self->pods.is_ready = sim_reader_bool (reader, ready, TRUE);
  self->bounds = parse_bounds (reader, sim_reader_need (reader, value, "count"));
  return self;
}

static SimExpect *
parse_events (SimReader *reader, SimValue value)
{
  SimExpect *self = expect_new (EXPECT_EVENTS);
  SimValue what = sim_reader_get (reader, value, "event");

  sim_reader_only (reader, value, "event count");
  sim_reader_only (reader, what, "reason kind name type");
  self->reason = sim_reader_text (reader, sim_reader_get (reader, what, "reason"), NULL);
  self->path = sim_reader_text (reader, sim_reader_get (reader, what, "kind"), NULL);
  self->name = sim_reader_text (reader, sim_reader_get (reader, what, "name"), NULL);
  self->event_type = sim_reader_text (reader, sim_reader_get (reader, what, "type"), NULL);
  self->bounds = parse_bounds (reader, sim_reader_need (reader, value, "count"));
  return self;
}

static K8TraceType
find_trace_type (const char *name)
{
  for (guint i = 1; i < K8_N_TRACE_TYPES; i++)
    if (strcmp (k8_trace_infos[i].name, name) == 0)
      return (K8TraceType) i;
  return K8_TRACE_NONE;
}

static SimExpect *
parse_trace (SimReader *reader, SimValue value, GArray *watches)
{
  SimExpect *self = expect_new (EXPECT_TRACE);
  SimValue what = sim_reader_get (reader, value, "trace");
  SimValue type = sim_reader_need (reader, what, "type");
  SimTraceWatch watch = { .type = find_trace_type (sim_reader_text (reader, type, "")) };

  sim_reader_only (reader, value, "trace count");
  if (watch.type == K8_TRACE_NONE)
    sim_reader_fail (reader, type, "unknown type of trace record");
  g_autoptr (GString) known = g_string_new ("type");
  for (guint i = 0; i < K8_TRACE_MAX_VALUES; i++)
    {
      const K8TraceField *field = &k8_trace_infos[watch.type].fields[i];
      if (field->type == K8_TRACE_FIELD_NONE)
        continue;
      watch.wanted[i] = sim_reader_text (reader, sim_reader_get (reader, what, field->name), NULL);
      g_string_append_printf (known, " %s", field->name);
    }
  sim_reader_only (reader, what, known->str);
  self->trace_watch = watches->len;
  g_array_append_val (watches, watch);
  self->bounds = parse_bounds (reader, sim_reader_need (reader, value, "count"));
  return self;
}

static SimExpect *
parse_traffic (SimReader *reader, SimValue value)
{
  static const char *const figures[] = { "failed", "served", "latency" };
  SimExpect *self = expect_new (EXPECT_TRAFFIC);

  sim_reader_only (reader, value, "traffic failed served latency");
  self->traffic = sim_reader_text (reader, sim_reader_get (reader, value, "traffic"), "");
  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    {
      SimValue bounds = sim_reader_get (reader, value, figures[i]);
      if (bounds.node == NULL)
        continue;
      self->figure = figures[i];
      self->bounds = parse_bounds (reader, bounds);
    }
  if (self->figure == NULL)
    sim_reader_fail (reader, value, "expected failed, served or latency");
  return self;
}

static SimExpect *
parse_spread (SimReader *reader, SimValue value)
{
  SimExpect *self = expect_new (EXPECT_SPREAD);
  SimValue what = sim_reader_get (reader, value, "spread");
  const char *over = sim_reader_text (reader, sim_reader_get (reader, what, "over"), "zone");

  sim_reader_only (reader, value, "spread");
  sim_reader_only (reader, what, "selector namespace over atMost");
  self->kind = &k8_kinds[K8_KIND_Pod];
  self->selector = sim_reader_text (reader, sim_reader_get (reader, what, "selector"), "");
  self->namespace_name = sim_reader_text (reader, sim_reader_get (reader, what, "namespace"), NULL);
  self->is_over_zone = strcmp (over, "zone") == 0;
  self->bounds = parse_bounds (reader, what);
  return self;
}

static SimExpect *
parse_group (SimReader *reader, SimValue value, const char *key, ExpectType type, GArray *watches)
{
  SimExpect *self = expect_new (type);
  SimValue list = sim_reader_get (reader, value, key);

  sim_reader_only (reader, value, "all any not");
  if (type == EXPECT_NOT)
    g_ptr_array_add (self->children, sim_expect_parse (reader, list, watches));
  else
    for (guint i = 0; i < sim_reader_n (reader, list); i++)
      g_ptr_array_add (self->children,
                       sim_expect_parse (reader, sim_reader_at (reader, list, i), watches));
  return self;
}

static gboolean
has (SimReader *reader, SimValue value, const char *key)
{
  return sim_reader_get (reader, value, key).node != NULL;
}

SimExpect *
sim_expect_parse (SimReader *reader, SimValue value, GArray *watches)
{
  if (has (reader, value, "kind"))
    return parse_value (reader, value);
  if (has (reader, value, "pods"))
    return parse_objects (reader, value, "pods");
  if (has (reader, value, "objects"))
    return parse_objects (reader, value, "objects");
  if (has (reader, value, "event"))
    return parse_events (reader, value);
  if (has (reader, value, "trace"))
    return parse_trace (reader, value, watches);
  if (has (reader, value, "traffic"))
    return parse_traffic (reader, value);
  if (has (reader, value, "spread"))
    return parse_spread (reader, value);
  if (has (reader, value, "all"))
    return parse_group (reader, value, "all", EXPECT_ALL, watches);
  if (has (reader, value, "any"))
    return parse_group (reader, value, "any", EXPECT_ANY, watches);
  if (has (reader, value, "not"))
    return parse_group (reader, value, "not", EXPECT_NOT, watches);
  sim_reader_fail (reader, value,
                   "expected one of: kind, pods, objects, event, trace, traffic, spread, all, "
                   "any, not");
  return expect_new (EXPECT_ALL);
}

const char *
sim_expect_traffic (const SimExpect *self)
{
  if (self->type == EXPECT_TRAFFIC)
    return self->traffic;
  for (guint i = 0; i < self->children->len; i++)
    {
      const char *name = sim_expect_traffic (g_ptr_array_index (self->children, i));
      if (name != NULL)
        return name;
    }
  return NULL;
}

const char *
sim_expect_find_unreal (const SimExpect *self)
{
  const char *problem = NULL;

  if (self->type == EXPECT_TRAFFIC)
    return "traffic cannot be judged on a real cluster";
  if (self->type == EXPECT_SPREAD || self->pods.node != NULL || self->pods.zone != NULL)
    return "nodes and zones of the scenario are not those of a real cluster";
  if (self->type == EXPECT_VALUE
      && (self->kind->id == K8_KIND_Node || strcmp (self->path, "spec.nodeName") == 0))
    return "nodes of the scenario are not those of a real cluster";
  for (guint i = 0; i < self->children->len && problem == NULL; i++)
    problem = sim_expect_find_unreal (g_ptr_array_index (self->children, i));
  return problem;
}

static gboolean
value_holds (const SimExpect *self, const SimExpectInput *input, GString *seen)
{
  const void *object = sim_look_find (input->world, self->kind, self->namespace_name, self->name);
  g_autofree char *text = object == NULL ? NULL : sim_look_dup_value (object, self->path);

  g_string_append_printf (seen, "%s %s: %s", self->kind->kind, self->name,
                          object == NULL ? "not there" : text == NULL ? "no value" : text);
  if (self->has_exists)
    return (*self->path == '\0' ? object != NULL : text != NULL) == self->exists;
  if (self->not_equals != NULL)
    return g_strcmp0 (text, self->not_equals) != 0;
  if (self->equals != NULL)
    return g_strcmp0 (text == NULL ? "" : text, self->equals) == 0
           || (text == NULL && strcmp (self->equals, "0") == 0 && object != NULL);
  return object != NULL &&
         is_within (&self->bounds, text == NULL ? 0 : g_ascii_strtod (text, NULL));
}

static gboolean
has_image (const K8Pod *pod, const char *image)
{
  const K8PodSpec *spec = k8_pod_spec (pod);

  return k8_pod_spec_containers_n (spec) > 0
         && k8_string_is (k8_container_image (k8_pod_spec_containers_at (spec, 0)), image);
}

static gboolean
is_wanted_pod (const SimExpect *self, const SimWorld *world, const K8Pod *pod)
{
  const PodFilter *filter = &self->pods;
  const char *node = k8_pod_spec_node_name (k8_pod_spec (pod));

  if (filter->phase != NULL &&
      !k8_string_is (k8_pod_status_phase (k8_pod_status (pod)), filter->phase))
    return FALSE;
  if (filter->node != NULL && !k8_string_is (node, filter->node))
    return FALSE;
  if (filter->image != NULL && !has_image (pod, filter->image))
    return FALSE;
  if (filter->has_ready && k8_pod_is_ready (pod) != filter->is_ready)
    return FALSE;
  if (filter->zone == NULL)
    return TRUE;
  return node != NULL && k8_string_is (sim_look_zone (world, node), filter->zone);
}

/* What a walk over objects gathers. */
typedef struct
{
  const SimExpect *expect;
  const SimWorld *world;
  const K8Selector *selector;
  guint n;
  GHashTable *counts; /* spread: domain → count */
} Walk;

static gboolean
is_wanted (const Walk *walk, const void *object)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);

  if (!k8_selector_matches (walk->selector, k8_object_meta_labels (meta)))
    return FALSE;
  return walk->expect->kind->id != K8_KIND_Pod || is_wanted_pod (walk->expect, walk->world, object);
}

static void
count_object (void *user, const void *object)
{
  Walk *walk = user;

  walk->n += is_wanted (walk, object);
}

static void
count_domain (void *user, const void *object)
{
  Walk *walk = user;
  const char *node = k8_pod_spec_node_name (k8_pod_spec (object));

  if (node == NULL || !is_wanted (walk, object) || !k8_pod_is_active (object))
    return;
  const char *domain = walk->expect->is_over_zone ? sim_look_zone (walk->world, node) : node;
  gpointer key = (gpointer) k8_string_or_empty (domain);
  gpointer n = g_hash_table_lookup (walk->counts, key);
  g_hash_table_insert (walk->counts, key, GUINT_TO_POINTER (GPOINTER_TO_UINT (n) + 1));
}

static Walk
begin_walk (const SimExpect *self, const SimWorld *world)
{
  g_autofree char *error = NULL;

  return (Walk){ .expect = self,
                 .world = world,
                 .selector = k8_selector_parse (world->region, self->selector,
                                                strlen (self->selector), &error) };
}

static gboolean
objects_hold (const SimExpect *self, const SimExpectInput *input, GString *seen)
{
  Walk walk = begin_walk (self, input->world);

  sim_look_each (input->world, self->kind, self->namespace_name, count_object, &walk);
  k8_selector_unref (walk.selector);
  g_string_append_printf (seen, "%u %s", walk.n, self->kind->plural);
  return is_within (&self->bounds, walk.n);
}

static void
add_empty_domain (void *user, const void *object)
{
  Walk *walk = user;
  const char *name = k8_object_meta_name (k8_object_get_meta (object));
  const char *domain = walk->expect->is_over_zone ? sim_look_zone (walk->world, name) : name;

  g_hash_table_insert (walk->counts, (gpointer) k8_string_or_empty (domain), NULL);
}

static gboolean
spread_holds (const SimExpect *self, const SimExpectInput *input, GString *seen)
{
  Walk walk = begin_walk (self, input->world);
  GHashTableIter iter;
  gpointer value;
  guint least = G_MAXUINT;
  guint most = 0;

  walk.counts = g_hash_table_new (g_str_hash, g_str_equal);
  sim_look_each (input->world, &k8_kinds[K8_KIND_Node], NULL, add_empty_domain, &walk);
  sim_look_each (input->world, self->kind, self->namespace_name, count_domain, &walk);
  g_hash_table_iter_init (&iter, walk.counts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      least = MIN (least, GPOINTER_TO_UINT (value));
      most = MAX (most, GPOINTER_TO_UINT (value));
    }
  g_hash_table_unref (walk.counts);
  k8_selector_unref (walk.selector);
  guint skew = least == G_MAXUINT ? 0 : most - least;
  g_string_append_printf (seen, "skew %u", skew);
  return is_within (&self->bounds, skew);
}

static void
count_event (void *user, const void *object)
{
  Walk *walk = user;
  const SimExpect *self = walk->expect;
  const K8Event *event = object;
  const K8ObjectReference *about = k8_event_involved_object (event);

  if ((self->reason == NULL || k8_string_is (k8_event_reason (event), self->reason))
      && (self->event_type == NULL || k8_string_is (k8_event_type (event), self->event_type))
      && (self->path == NULL || k8_string_is (k8_object_reference_kind (about), self->path))
      && (self->name == NULL || k8_string_is (k8_object_reference_name (about), self->name)))
    walk->n += (guint) MAX (k8_event_count (event), 1);
}

static gboolean
events_hold (const SimExpect *self, const SimExpectInput *input, GString *seen)
{
  Walk walk = { .expect = self, .world = input->world };

  sim_look_each (input->world, &k8_kinds[K8_KIND_Event], NULL, count_event, &walk);
  g_string_append_printf (seen, "%u Events", walk.n);
  return is_within (&self->bounds, walk.n);
}

static gboolean
traffic_holds (const SimExpect *self, const SimExpectInput *input, GString *seen)
{
  double n = strcmp (self->figure, "failed") == 0
                 ? (double) input->traffic_failed
                 : (double) (input->traffic_sent - input->traffic_failed);

  g_string_append_printf (seen, "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " requests failed",
                          input->traffic_failed, input->traffic_sent);
  if (strcmp (self->figure, "latency") == 0)
    return is_within (&self->bounds, (double) input->traffic_latency_ns / 1e6);
  if (self->bounds.is_percent)
    n = input->traffic_sent == 0 ? 0 : n * 100 / (double) input->traffic_sent;
  return is_within (&self->bounds, n);
}

static gboolean
trace_holds (const SimExpect *self, const SimExpectInput *input, GString *seen)
{
  guint64 n = input->count_trace (input->world, self->trace_watch);

  g_string_append_printf (seen, "%" G_GUINT64_FORMAT " records", n);
  return is_within (&self->bounds, (double) n);
}

static gboolean
group_holds (const SimExpect *self, const SimExpectInput *input, GString *seen)
{
  gboolean all = TRUE;
  gboolean any = FALSE;

  for (guint i = 0; i < self->children->len; i++)
    {
      if (i > 0)
        g_string_append (seen, ", ");
      gboolean holds = sim_expect_holds (g_ptr_array_index (self->children, i), input, seen);
      all = all && holds;
      any = any || holds;
    }
  return self->type == EXPECT_ALL ? all : self->type == EXPECT_ANY ? any : !any;
}

gboolean
sim_expect_holds (const SimExpect *self, const SimExpectInput *input, GString *seen)
{
  switch (self->type)
    {
    case EXPECT_VALUE:
      return value_holds (self, input, seen);
    case EXPECT_OBJECTS:
      return objects_hold (self, input, seen);
    case EXPECT_EVENTS:
      return events_hold (self, input, seen);
    case EXPECT_TRACE:
      return trace_holds (self, input, seen);
    case EXPECT_TRAFFIC:
      return traffic_holds (self, input, seen);
    case EXPECT_SPREAD:
      return spread_holds (self, input, seen);
    case EXPECT_ALL:
    case EXPECT_ANY:
    case EXPECT_NOT:
      return group_holds (self, input, seen);
    }
  g_assert_not_reached ();
}
