/* SPDX-License-Identifier: Apache-2.0
 *
 * Probes in closed form: from its profile it is known when a container's probes change their
 * outcome, so only the first probe and the changes are events. Instants stay on the grid of the
 * probe's period, as if each had been made.
 */
#include "base/string.h"
#include "base/time.h"
#include "sim/runtime_private.h"

static SimProbe *
edit_probe (SimWorld *world, guint32 slot)
{
  return k8_slots_edit (&world->runtime.probes, slot);
}

static const SimContainer *
get_container (const SimWorld *world, guint32 slot)
{
  return k8_slots_get (&world->runtime.containers, slot);
}

/* When the outcome of a probe changes from failure to success or back; G_MAXINT64: never. */
static gint64
get_change_ns (const SimWorld *world, const SimProbe *probe)
{
  const SimContainer *container = get_container (world, probe->container);
  const SimProfile *profile = sim_runtime_profile (&world->runtime, container->profile);
  gint64 after_ns;

  if (profile == NULL)
    return probe->kind == K8_PROBE_LIVENESS ? G_MAXINT64 : container->started_ns;
  after_ns = probe->kind == K8_PROBE_LIVENESS ? profile->live_until_ns : profile->ready_after_ns;
  return after_ns < 0 ? G_MAXINT64 : container->started_ns + after_ns;
}

static gboolean
succeeds (const SimWorld *world, const SimProbe *probe)
{
  const SimContainer *container = get_container (world, probe->container);

  if (container == NULL || container->phase != K8_CONTAINER_RUNNING || container->is_probe_failing)
    return FALSE;
  gboolean has_changed = world->now_ns >= get_change_ns (world, probe);
  return probe->kind == K8_PROBE_LIVENESS ? !has_changed : has_changed;
}

/* What a failing probe says, in upstream's words for each handler; a command is silent.
 * Source: kubernetes pkg/probe http, tcp, grpc (v1.36). (transfer full) */
static const char *
make_output (SimWorld *world, const SimProbe *probe)
{
  const SimContainer *container = get_container (world, probe->container);
  const SimSandbox *sandbox = container == NULL ? NULL
                                                : k8_slots_get (&world->runtime.sandboxes,
                                                                container->sandbox);
  const char *ip = sandbox == NULL ? "" : k8_string_or_empty (sandbox->ip);
  g_autofree char *text = NULL;

  switch ((SimProbeHandler) probe->handler)
    {
    case SIM_PROBE_EXEC:
      break;
    case SIM_PROBE_HTTP:
      text = g_strdup ("HTTP probe failed with statuscode: 503");
      break;
    case SIM_PROBE_TCP:
      text = g_strdup_printf ("dial tcp %s:%u: connect: connection refused", ip, probe->port);
      break;
    case SIM_PROBE_GRPC:
      text = g_strdup ("service unhealthy (responded with \"NOT_SERVING\")");
      break;
    }
  return k8_string_intern (world->region, text == NULL ? "" : text);
}

static SimProbeHandler
get_handler (const K8Probe *probe)
{
  if (k8_probe_has_http_get (probe))
    return SIM_PROBE_HTTP;
  if (k8_probe_has_tcp_socket (probe))
    return SIM_PROBE_TCP;
  return k8_probe_has_grpc (probe) ? SIM_PROBE_GRPC : SIM_PROBE_EXEC;
}

static void
report (SimWorld *world, guint32 slot, gboolean is_success)
{
  SimProbe *probe = edit_probe (world, slot);
  K8ProbeResult *result = k8_mail_new (world->region, &k8_probe_result_class);

  probe->has_reported = TRUE;
  probe->is_success = is_success;
  result->is_success = is_success;
  result->n_in_a_row = 1;
  if (!is_success)
    result->output = make_output (world, probe);
  sim_world_post (world, &(SimPost){ .type = K8_EVENT_PROBE,
                                     .to = probe->kubelet,
                                     .tag = probe->tag,
                                     .cause = probe->cause,
                                     .mail = result });
}

/* The first instant of the probe's grid that is not before @at_ns. */
static gint64
round_up (const SimProbe *probe, gint64 at_ns)
{
  if (at_ns <= probe->first_ns)
    return probe->first_ns;
  gint64 periods = (at_ns - probe->first_ns + probe->period_ns - 1) / probe->period_ns;
  return probe->first_ns + periods * probe->period_ns;
}

/* Sets the entry for the next instant at which the outcome may differ. */
static void
schedule (SimWorld *world, guint32 slot)
{
  SimProbe *probe = edit_probe (world, slot);
  gint64 change_ns = get_change_ns (world, probe);
  gint64 due_ns = round_up (probe, world->now_ns);

  if (probe->has_reported && succeeds (world, probe) == probe->is_success)
    {
      if (change_ns == G_MAXINT64 || change_ns <= world->now_ns)
        return;
      due_ns = round_up (probe, change_ns);
    }
  probe->generation++;
  sim_world_schedule (world, due_ns - world->now_ns, SIM_ENTRY_PROBE, slot, probe->generation);
}

void
sim_probe_watch (SimWorld *world, const K8Effect *effect)
{
  const K8ProbeWatch *asked = (const K8ProbeWatch *) effect->mail;
  guint32 container = k8_index_find (&world->runtime.by_id, k8_string_handle (asked->container_id));
  guint32 slot;

  if (get_container (world, container) == NULL)
    return;
  slot = k8_slots_add (&world->runtime.probes);
  *edit_probe (world, slot)
      = (SimProbe){ .tag = effect->tag,
                    .cause = effect->cause,
                    .kubelet = effect->from,
                    .kind = asked->kind,
                    .container = container,
                    .port = asked->port,
                    .handler = get_handler (asked->probe),
                    .first_ns = world->now_ns
                                + k8_probe_initial_delay_seconds (asked->probe) * K8_SECOND_NS,
                    .period_ns = MAX (k8_probe_period_seconds (asked->probe), 1) * K8_SECOND_NS };
  k8_index_put (&world->runtime.by_probe, k8_index_key (effect->from, 0) ^ effect->tag, slot);
  schedule (world, slot);
}

void
sim_probe_end (SimWorld *world, const K8Effect *effect)
{
  guint64 key = k8_index_key (effect->from, 0) ^ effect->tag;
  guint32 slot = k8_index_remove (&world->runtime.by_probe, key);

  if (slot != 0)
    k8_slots_remove (&world->runtime.probes, slot);
}

void
sim_probe_take_entry (SimWorld *world, guint32 slot, guint64 generation)
{
  const SimProbe *probe = k8_slots_get (&world->runtime.probes, slot);

  if (probe == NULL || probe->generation != generation
      || get_container (world, probe->container) == NULL)
    return;
  gboolean is_success = succeeds (world, probe);
  if (!probe->has_reported || probe->is_success != is_success)
    report (world, slot, is_success);
  schedule (world, slot);
}

/* A container's behaviour has changed (a fault): its probes look again. */
void
sim_probe_reconsider (SimWorld *world, guint32 container)
{
  for (guint32 slot = k8_slots_next (&world->runtime.probes, 0); slot != 0;
       slot = k8_slots_next (&world->runtime.probes, slot))
    if (((const SimProbe *) k8_slots_get (&world->runtime.probes, slot))->container == container)
      schedule (world, slot);
}
