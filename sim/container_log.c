/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of virtual containers. A profile has rules, one a line: when first, how often then, and
 * the text, in which {n} is a number. A program without rules tells of its start, of becoming
 * ready and of its end.
 * Source of the words about nodes: kubernetes pkg/registry/core/pod rest/log.go, client-go (v1.36).
 */
#include "sim/container_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/string.h"
#include "base/time.h"
#include "sim/look.h"
#include "sim/runtime_private.h"

enum
{
  MAX_LINES = 10000, /* of one rule; a runtime rotates logs, too */
};

typedef struct
{
  gint64 at_ns;
  char *text; /* g_free() */
} Line;

typedef struct
{
  const SimContainer *container;
  gint64 end_ns; /* of what is told: its end, or now */
  GArray *lines;
} Draft;

static void
clear_line (void *line)
{
  g_free (((Line *) line)->text);
}

static void
add (Draft *self, gint64 at_ns, char *text)
{
  Line line = { .at_ns = at_ns, .text = text };

  if (at_ns <= self->end_ns)
    g_array_append_val (self->lines, line);
  else
    g_free (text);
}

void
sim_log_rule_append (GString *rules, gint64 after_ns, gint64 every_ns, const char *line)
{
  g_string_append_printf (rules, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n", after_ns,
                          every_ns, line);
}

/* The text with {n} replaced. (transfer full) */
static char *
number (const char *text, gsize length, gint64 n)
{
  g_autofree char *line = g_strndup (text, length);
  const char *brace = strstr (line, "{n}");

  if (brace == NULL)
    return g_steal_pointer (&line);
  return g_strdup_printf ("%.*s%" G_GINT64_FORMAT "%s", (int) (brace - line), line, n, brace + 3);
}

static void
follow_rule (Draft *self, gint64 after_ns, gint64 every_ns, const char *text, gsize length)
{
  gint64 first_ns = self->container->started_ns + after_ns;
  gint64 n = 1;

  if (first_ns > self->end_ns)
    return;
  if (every_ns > 0)
    n = (self->end_ns - first_ns) / every_ns + 1;
  for (gint64 i = MAX (n - MAX_LINES, 0); i < n; i++)
    add (self, first_ns + i * every_ns, number (text, length, i + 1));
}

static void
follow_rules (Draft *self, const char *rules)
{
  while (*rules != '\0')
    {
      char *text;
      gint64 after_ns = g_ascii_strtoll (rules, &text, 10);
      gint64 every_ns = g_ascii_strtoll (text, &text, 10);
      gsize length = strcspn (++text, "\n");
      follow_rule (self, after_ns, every_ns, text, length);
      rules = text + length + 1;
    }
}

/* What a program says that nobody gave words to. */
static void
follow_profile (Draft *self, const SimProfile *profile)
{
  const SimContainer *container = self->container;

  add (self, container->started_ns, g_strdup_printf ("%s started", container->image));
  if (profile != NULL && profile->ready_after_ns >= 0)
    add (self, container->started_ns + profile->ready_after_ns, g_strdup ("ready"));
  if (profile != NULL && profile->live_until_ns >= 0)
    add (self, container->started_ns + profile->live_until_ns, g_strdup ("no longer healthy"));
  if (container->phase != K8_CONTAINER_EXITED || container->exit_code > 128)
    return; /* who is killed says nothing */
  if (container->exit_code == 0)
    add (self, container->finished_ns, g_strdup ("done"));
  else
    add (self, container->finished_ns,
         g_strdup_printf ("fatal: exit %d", container->exit_code));
}

static int
compare_lines (const void *a, const void *b)
{
  gint64 one = ((const Line *) a)->at_ns;
  gint64 other = ((const Line *) b)->at_ns;

  return (one > other) - (one < other);
}

static void
append_line (const SimWorld *world, const Line *line, gboolean has_timestamps, GString *out)
{
  gint64 wall_ns = world->config.wall_start_ns + line->at_ns;
  char time[K8_TIME_LETTERS + 1];

  if (has_timestamps)
    {
      k8_time_format (wall_ns / K8_SECOND_NS, time);
      g_string_append_printf (out, "%.19s.%09dZ ", time, (int) (wall_ns % K8_SECOND_NS));
    }
  g_string_append (out, line->text);
  g_string_append_c (out, '\n');
}

/* Lines in order of time; those of one instant in order of the rules. (transfer full) */
static GArray *
make_lines (const SimWorld *world, const SimContainer *container, gint64 until_ns)
{
  const SimProfile *profile = sim_runtime_profile (&world->runtime, container->profile);
  Draft draft = { .container = container,
                  .end_ns = until_ns,
                  .lines = g_array_new (FALSE, FALSE, sizeof (Line)) };

  g_array_set_clear_func (draft.lines, clear_line);
  if (container->phase == K8_CONTAINER_CREATED)
    return draft.lines;
  if (container->phase == K8_CONTAINER_EXITED)
    draft.end_ns = MIN (until_ns, container->finished_ns);
  if (profile != NULL && profile->log_rules != NULL)
    follow_rules (&draft, profile->log_rules);
  else
    follow_profile (&draft, profile);
  g_array_sort (draft.lines, compare_lines);
  return draft.lines;
}

/* Why the API server cannot ask the kubelet; FALSE if it can. */
static gboolean
is_unreachable (const SimWorld *world, const SimContainer *container, GString *out)
{
  K8ActorId server = k8_engine_find_actor (world->engine, "apiserver-0");
  const char *name = strchr (k8_engine_actor_name (world->engine, container->kubelet), '/') + 1;
  const K8Node *node = sim_look_find (world, &k8_kinds[K8_KIND_Node], NULL, name);
  const K8NodeStatus *status = k8_node_status (node);
  const char *ip = k8_node_status_addresses_n (status) == 0
                       ? name
                       : k8_node_address_address (k8_node_status_addresses_at (status, 0));

  if (!sim_runtime_is_off (&world->runtime, container->kubelet)
      && k8_engine_is_running (world->engine, container->kubelet)
      && !sim_network_is_cut (&world->network, server, container->kubelet))
    return FALSE;
  g_string_append_printf (out, "Get \"https://%s:10250/containerLogs\": dial tcp %s:10250: %s", ip,
                          ip,
                          sim_runtime_is_off (&world->runtime, container->kubelet)
                              ? "connect: no route to host"
                              : "i/o timeout");
  return TRUE;
}

SimLogState
sim_container_log (const SimWorld *world, const SimLogQuery *query, GString *out)
{
  const char *id = k8_string_find (world->region, k8_string_or_empty (query->container_id));
  const SimContainer *container
      = k8_slots_get (&world->runtime.containers, sim_runtime_find (&world->runtime, id));
  guint first = 0;

  if (container == NULL)
    return SIM_LOG_GONE;
  if (is_unreachable (world, container, out))
    return SIM_LOG_UNREACHABLE;
  GArray *lines = make_lines (world, container, query->until_ns);
  if (query->tail_lines >= 0 && (gint64) lines->len > query->tail_lines)
    first = lines->len - (guint) query->tail_lines;
  for (guint i = first; i < lines->len; i++)
    {
      const Line *line = &g_array_index (lines, Line, i);
      if (line->at_ns > query->after_ns)
        append_line (world, line, query->has_timestamps, out);
    }
  g_array_unref (lines);
  return container->phase == K8_CONTAINER_EXITED ? SIM_LOG_ENDED : SIM_LOG_OPEN;
}
