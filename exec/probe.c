/* SPDX-License-Identifier: Apache-2.0
 *
 * Probes. HTTP and TCP probes run in the agent inside the pod, which tells changes only; commands
 * run through Docker's exec, one at a time, and are compared here. The sentences are the kubelet's.
 * A probe outlives the connection to its agent: it is given again when the agent answers again.
 * Source: kubernetes pkg/probe/http, tcp, exec (v1.36). Departures: gRPC and HTTPS probes fail
 * with a sentence that says so; redirects are not followed.
 */

#include "base/string.h"
#include "exec/docker_exec.h"
#include "exec/error.h"
#include "exec/runtime_private.h"

#include <errno.h>
#include <string.h>

#define MS_PER_SECOND 1000
#define MAX_COMMAND_BYTES 1000

typedef struct
{
  ExecRuntime *runtime;
  const K8ProbeWatch *watch; /* counted */
  guint64 tag;
  char *uid;                 /* of the pod */
  guint32 agent_id;          /* 0: not with an agent */
  guint timer_id;            /* until the next run of a command */
  gboolean is_running;       /* the command */
  gboolean is_ended;         /* PROBE_END came while it ran */
  gboolean has_reported;
  gboolean was_success;
} ExecProbe;

static ExecRuntimeSandbox *
get_sandbox (const ExecProbe *probe)
{
  return exec_runtime_find_pod (probe->runtime, probe->uid);
}

static const K8Probe *
get_spec (const ExecProbe *probe)
{
  return probe->watch->probe;
}

static guint
get_ms (gint32 seconds, gint32 fallback)
{
  return (guint) (seconds > 0 ? seconds : fallback) * MS_PER_SECOND;
}

/* ---- Telling ---- */

static void
tell (ExecProbe *probe, gboolean is_success, const char *output)
{
  ExecRuntime *self = probe->runtime;
  if (probe->has_reported && probe->was_success == is_success)
    return;
  probe->has_reported = TRUE;
  probe->was_success = is_success;
  K8ProbeResult *result = k8_mail_new (self->options.region, &k8_probe_result_class);
  result->is_success = is_success;
  result->n_in_a_row = 1;
  result->output = exec_runtime_text (self, output);
  self->options.post (K8_EVENT_PROBE, probe->tag, result, self->options.user_data);
}

/* "dial tcp 10.0.0.2:80: connect: connection refused", as Go's net package says it. */
static char *
make_dial_error (const ExecProbe *probe, const ExecAgentProbeResult *result)
{
  const char *why = "i/o timeout";
  g_autofree char *reason = NULL;
  if (result->outcome != EXEC_AGENT_OUTCOME_TIMEOUT)
    {
      reason = g_ascii_strdown (g_strerror (result->error_number), -1);
      why = reason;
    }
  return g_strdup_printf ("dial tcp %s:%u: %s%s", k8_string_or_empty (probe->watch->pod_ip),
                          probe->watch->port, reason != NULL ? "connect: " : "", why);
}

static char *
make_url (const ExecProbe *probe)
{
  const K8HTTPGetAction *action = k8_probe_http_get (get_spec (probe));
  const char *path = k8_string_or_empty (k8_http_get_action_path (action));
  const char *host = k8_http_get_action_host (action);
  if (host == NULL || host[0] == '\0')
    host = k8_string_or_empty (probe->watch->pod_ip);
  return g_strdup_printf ("http://%s:%u%s%s", host, probe->watch->port,
                          path[0] == '/' ? "" : "/", path);
}

static char *
make_output (const ExecProbe *probe, const ExecAgentProbeResult *result)
{
  if (result->outcome == EXEC_AGENT_OUTCOME_SUCCESS)
    return g_strdup ("");
  if (result->http_status != 0)
    return g_strdup_printf ("HTTP probe failed with statuscode: %u", result->http_status);
  g_autofree char *dial = make_dial_error (probe, result);
  if (!k8_probe_has_http_get (get_spec (probe)))
    return g_steal_pointer (&dial);
  g_autofree char *url = make_url (probe);
  if (result->outcome == EXEC_AGENT_OUTCOME_TIMEOUT)
    return g_strdup_printf ("Get \"%s\": context deadline exceeded (Client.Timeout exceeded "
                            "while awaiting headers)", url);
  return g_strdup_printf ("Get \"%s\": %s", url, dial);
}

void
exec_probe_take (ExecRuntimeSandbox *sandbox, const ExecAgentProbeResult *result)
{
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, sandbox->runtime->probes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ExecProbe *probe = value;
      if (probe->agent_id != result->id || strcmp (probe->uid, sandbox->uid) != 0)
        continue;
      g_autofree char *output = make_output (probe, result);
      tell (probe, result->outcome == EXEC_AGENT_OUTCOME_SUCCESS, output);
      return;
    }
}

/* ---- In the agent ---- */

/* The whole head of the request. Header names and values come from the API, which refuses line
 * breaks; what has one all the same is left out. */
static char *
make_http_request (const ExecProbe *probe)
{
  const K8HTTPGetAction *action = k8_probe_http_get (get_spec (probe));
  const char *path = k8_string_or_empty (k8_http_get_action_path (action));
  const char *host = k8_http_get_action_host (action);
  gboolean has_host = FALSE;
  GString *text = g_string_new ("GET ");
  g_string_append_printf (text, "%s%s HTTP/1.1\r\n", path[0] == '/' ? "" : "/", path);
  for (guint i = 0; i < k8_http_get_action_http_headers_n (action); i++)
    {
      const K8HTTPHeader *header = k8_http_get_action_http_headers_at (action, i);
      const char *name = k8_string_or_empty (k8_http_header_name (header));
      const char *value = k8_string_or_empty (k8_http_header_value (header));
      if (strpbrk (name, "\r\n") != NULL || strpbrk (value, "\r\n") != NULL)
        continue;
      has_host = has_host || g_ascii_strcasecmp (name, "host") == 0;
      g_string_append_printf (text, "%s: %s\r\n", name, value);
    }
  if (host == NULL || host[0] == '\0')
    host = k8_string_or_empty (probe->watch->pod_ip);
  if (!has_host)
    g_string_append_printf (text, "Host: %s:%u\r\n", host, probe->watch->port);
  g_string_append (text, "User-Agent: kube-probe/1.36\r\nAccept: */*\r\nConnection: close\r\n\r\n");
  return g_string_free (text, FALSE);
}

static const char *
get_address (const ExecProbe *probe)
{
  const K8Probe *spec = get_spec (probe);
  const char *host = k8_probe_has_http_get (spec)
                         ? k8_http_get_action_host (k8_probe_http_get (spec))
                         : k8_tcp_socket_action_host (k8_probe_tcp_socket (spec));
  return host != NULL && host[0] != '\0' ? host : k8_string_or_empty (probe->watch->pod_ip);
}

static void
on_added (const GError *error, gpointer user_data)
{
  /* An agent that did not take it is lost, and is given all of them when it is back. */
}

static void
give_to_agent (ExecProbe *probe, ExecRuntimeSandbox *sandbox)
{
  const K8Probe *spec = get_spec (probe);
  ExecAgentLink *link = exec_pod_sandbox_link (sandbox->agent);
  gboolean is_http = k8_probe_has_http_get (spec);
  g_autofree char *request = is_http ? make_http_request (probe) : NULL;
  for (guint32 id = 1; probe->agent_id == 0 && id <= EXEC_AGENT_MAX_PROBES; id++)
    if ((sandbox->probe_ids & (G_GUINT64_CONSTANT (1) << (id - 1))) == 0)
      probe->agent_id = id;
  if (probe->agent_id == 0)
    {
      tell (probe, FALSE, "the pod has too many probes");
      return;
    }
  sandbox->probe_ids |= G_GUINT64_CONSTANT (1) << (probe->agent_id - 1);
  ExecAgentProbe own = {
    .id = probe->agent_id,
    .kind = is_http ? EXEC_AGENT_PROBE_HTTP : EXEC_AGENT_PROBE_TCP,
    .address = get_address (probe),
    .port = probe->watch->port,
    .initial_delay_ms = (guint) MAX (k8_probe_initial_delay_seconds (spec), 0) * MS_PER_SECOND,
    .period_ms = get_ms (k8_probe_period_seconds (spec), 10),
    .timeout_ms = get_ms (k8_probe_timeout_seconds (spec), 1),
    .http_request = request,
  };
  if (link != NULL)
    exec_agent_link_probe_add (link, &own, on_added, NULL);
}

/* The agent answers: it keeps what it was given before, by us or by an earlier process, and that
 * is swept away first. */
void
exec_probe_connected (ExecRuntimeSandbox *sandbox)
{
  ExecAgentLink *link = exec_pod_sandbox_link (sandbox->agent);
  GHashTableIter iter;
  gpointer value;
  for (guint32 id = 1; link != NULL && id <= EXEC_AGENT_MAX_PROBES; id++)
    if ((sandbox->probe_ids & (G_GUINT64_CONSTANT (1) << (id - 1))) == 0)
      exec_agent_link_probe_remove (link, id);
  g_hash_table_iter_init (&iter, sandbox->runtime->probes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ExecProbe *probe = value;
      if (strcmp (probe->uid, sandbox->uid) == 0 && !k8_probe_has_exec (get_spec (probe)))
        give_to_agent (probe, sandbox);
    }
}

/* ---- Commands ---- */

static gboolean run_command (gpointer user_data);

static void
run_later (ExecProbe *probe, guint delay_ms)
{
  probe->timer_id = g_timeout_add (delay_ms, run_command, probe);
}

static void
release (ExecProbe *probe)
{
  g_clear_handle_id (&probe->timer_id, g_source_remove);
  k8_mail_unref (probe->watch);
  g_free (probe->uid);
  g_free (probe);
}

static char *
make_command_output (const ExecProbe *probe, const ExecRunResult *result)
{
  if (result != NULL)
    return g_strdup (result->output);
  GString *text = g_string_new ("command \"");
  const K8List *command = k8_exec_action_command (k8_probe_exec (get_spec (probe)));
  for (guint i = 0; i < k8_list_n (command) && text->len < MAX_COMMAND_BYTES; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", k8_list_get_text (command, i));
  g_string_append_printf (text, "\" timed out after %us",
                          get_ms (k8_probe_timeout_seconds (get_spec (probe)), 1)
                              / MS_PER_SECOND);
  return g_string_free (text, FALSE);
}

/* Only a command that ran, or ran too long, says something about the container. One that could not
 * be run at all, because the engine is away, must not count as a failure of what it looks at. */
static void
on_ran (const ExecRunResult *result, const GError *error, gpointer user_data)
{
  ExecProbe *probe = user_data;
  ExecRuntime *self = probe->runtime;
  probe->is_running = FALSE;
  if (probe->is_ended)
    release (probe);
  else
    {
      g_autofree char *output = make_command_output (probe, result);
      if (result != NULL || g_error_matches (error, EXEC_ERROR, EXEC_ERROR_TIMEOUT))
        tell (probe, result != NULL && result->exit_code == 0, output);
      run_later (probe, get_ms (k8_probe_period_seconds (get_spec (probe)), 10));
    }
  exec_runtime_let_go (self);
}

static gboolean
run_command (gpointer user_data)
{
  ExecProbe *probe = user_data;
  const K8List *list = k8_exec_action_command (k8_probe_exec (get_spec (probe)));
  g_autofree const char **command = g_new0 (const char *, k8_list_n (list) + 1);
  for (guint i = 0; i < k8_list_n (list); i++)
    command[i] = k8_list_get_text (list, i);
  probe->timer_id = 0;
  probe->is_running = TRUE;
  exec_runtime_hold (probe->runtime);
  exec_docker_run (probe->runtime->options.docker,
                   k8_string_or_empty (probe->watch->container_id), command,
                   get_ms (k8_probe_timeout_seconds (get_spec (probe)), 1), on_ran, probe);
  return G_SOURCE_REMOVE;
}

/* ---- Life ---- */

void
exec_probe_free (gpointer user_data)
{
  ExecProbe *probe = user_data;
  probe->is_ended = TRUE;
  if (!probe->is_running)
    release (probe);
}

void
exec_probe_watch (ExecRuntime *self, guint64 tag, const K8ProbeWatch *watch)
{
  const K8Probe *spec = watch->probe;
  ExecProbe *probe = g_new0 (ExecProbe, 1);
  probe->runtime = self;
  probe->watch = k8_mail_ref (watch);
  probe->tag = tag;
  probe->uid = g_strdup (k8_string_or_empty (watch->pod_uid));
  exec_probe_end (self, tag);
  g_hash_table_insert (self->probes, &probe->tag, probe);
  gboolean is_https
      = k8_probe_has_http_get (spec)
        && k8_string_is (k8_http_get_action_scheme (k8_probe_http_get (spec)), "HTTPS");
  if (k8_probe_has_exec (spec))
    run_later (probe, (guint) MAX (k8_probe_initial_delay_seconds (spec), 0) * MS_PER_SECOND);
  else if (is_https || k8_probe_has_grpc (spec))
    tell (probe, FALSE, "HTTPS and gRPC probes are not supported by this runtime");
  else if (get_sandbox (probe) != NULL && get_sandbox (probe)->is_connected)
    give_to_agent (probe, get_sandbox (probe));
}

void
exec_probe_end (ExecRuntime *self, guint64 tag)
{
  ExecProbe *probe = g_hash_table_lookup (self->probes, &tag);
  if (probe == NULL)
    return;
  ExecRuntimeSandbox *sandbox = get_sandbox (probe);
  if (sandbox != NULL && probe->agent_id != 0)
    {
      ExecAgentLink *link
          = sandbox->agent != NULL ? exec_pod_sandbox_link (sandbox->agent) : NULL;
      sandbox->probe_ids &= ~(G_GUINT64_CONSTANT (1) << (probe->agent_id - 1));
      if (link != NULL)
        exec_agent_link_probe_remove (link, probe->agent_id);
    }
  g_hash_table_remove (self->probes, &tag);
}
