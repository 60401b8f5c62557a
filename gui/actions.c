/* SPDX-License-Identifier: Apache-2.0
 *
 * Acting on the present.
 */
#include "gui/actions.h"

#include <string.h>

#include "base/string.h"
#include "base/time.h"
#include "codec/json.h"
#include "codec/yaml.h"
#include "sim/action.h"

#define ANSWER_NS (10 * K8_SECOND_NS)
#define MAX_NOW 256 /* steps of one instant */

typedef struct
{
  const char *method;
  const K8KindInfo *kind;
  const char *namespace_name;
  const char *name; /* NULL: the collection */
  const char *content_type;
  const char *body;
} Command;

static void
on_notify (K8DriverTicket ticket, void *user)
{
}

static char *
dup_target (const Command *command)
{
  GString *target = g_string_new (NULL);
  const K8KindInfo *kind = command->kind;

  if (*kind->group == '\0')
    g_string_append_printf (target, "/api/%s", kind->version);
  else
    g_string_append_printf (target, "/apis/%s/%s", kind->group, kind->version);
  if (kind->is_namespaced)
    g_string_append_printf (target, "/namespaces/%s", command->namespace_name);
  g_string_append_printf (target, "/%s", kind->plural);
  if (command->name != NULL)
    g_string_append_printf (target, "/%s", command->name);
  g_string_append (target, "?fieldManager=orrery-window");
  return g_string_free (target, FALSE);
}

static K8DriverTicket
submit (GuiPlayer *player, const Command *command)
{
  K8Driver driver = sim_live_driver (gui_player_live (player));
  g_autofree char *target = dup_target (command);
  g_autofree char *bearer =
      g_strdup_printf ("Bearer %s", gui_player_world (player)->config.admin_token);
  K8DriverHeader headers[] = {
    { "authorization", bearer },
    { "accept", "application/json" },
    { "user-agent", "orrery-window" },
    { "content-type", command->content_type == NULL ? "application/json" : command->content_type },
  };
  K8DriverRequest request = { .method = command->method,
                              .target = target,
                              .peer = "127.0.0.1:0",
                              .headers = headers,
                              .n_headers = command->body == NULL ? 3 : 4,
                              .body = command->body,
                              .body_bytes = command->body == NULL ? 0 : strlen (command->body) };

  return driver.interface->submit (driver.self, &request, on_notify, NULL);
}

/* The message of a Status, else the beginning of the body. */
static char *
dup_refusal (GuiPlayer *player, guint code, const GString *body)
{
  K8JsonDecoded decoded = { 0 };
  const K8Status *status = k8_json_decode (gui_player_world (player)->region, K8_INFO (status),
                                           body->str, body->len, &decoded);
  const char *message = status == NULL ? NULL : k8_status_message (status);
  char *text = g_strdup_printf ("%u: %s", code, message == NULL ? "refused" : message);

  k8_json_decoded_clear (&decoded);
  k8_record_unref (status);
  return text;
}

/* Sends a request and lets the world run until the answer is there. Gives its code, 0: none
 * came; @ret_refusal is set if it is none of success. */
static guint
send (GuiPlayer *player, const Command *command, char **ret_refusal)
{
  K8Driver driver = sim_live_driver (gui_player_live (player));
  K8DriverTicket ticket = submit (player, command);
  gint64 until_ns = gui_player_now_ns (player) + ANSWER_NS;
  K8DriverHead head = { 0 };
  g_autoptr (GString) body = g_string_new (NULL);

  *ret_refusal = NULL;
  while (!driver.interface->get_head (driver.self, ticket, &head))
    {
      gint64 due_ns = sim_world_next_due (gui_player_world (player));
      if (due_ns > until_ns || sim_live_run (gui_player_live (player), due_ns, 16) == 0)
        {
          driver.interface->cancel (driver.self, ticket);
          *ret_refusal = g_strdup ("the API server does not answer");
          return 0;
        }
    }
  while (driver.interface->pull (driver.self, ticket, body, 65536) == K8_PULL_MORE)
    continue;
  guint code = head.code;
  driver.interface->cancel (driver.self, ticket);
  if (code < 200 || code >= 300)
    *ret_refusal = dup_refusal (player, code, body);
  return code;
}

/* Sends, and says how it went: @done, or why not. */
static void
do_command (GuiPlayer *player, const Command *command, const char *done, GuiOutcome *ret)
{
  char *refusal;

  ret->is_branch = gui_player_prepare_act (player);
  send (player, command, &refusal);
  ret->is_done = refusal == NULL;
  ret->message = refusal == NULL
                     ? g_strdup_printf ("%s %s %s", command->kind->singular, command->name, done)
                     : refusal;
}

/* One manifest: created, or patched if it is there. Appends what happened. */
static gboolean
apply_one (GuiPlayer *player, const char *json, GString *out)
{
  const K8KindInfo *kind;
  g_autofree char *namespace_name = NULL;
  g_autofree char *name = NULL;
  g_autofree char *problem = sim_action_dup_problem (json);
  char *refusal = NULL;

  if (problem == NULL &&
      !sim_action_target (gui_player_world (player)->region, json, &kind, &namespace_name, &name))
    problem = g_strdup ("expected an object with metadata.name");
  if (problem != NULL)
    {
      g_string_append (out, problem);
      return FALSE;
    }
  Command command = {
    .method = "POST", .kind = kind, .namespace_name = namespace_name, .body = json
  };
  const char *done = "created";
  if (send (player, &command, &refusal) == 409)
    {
      g_clear_pointer (&refusal, g_free);
      command.method = "PATCH";
      command.name = name;
      command.content_type = "application/merge-patch+json";
      done = "configured";
      send (player, &command, &refusal);
    }
  if (refusal == NULL)
    g_string_append_printf (out, "%s %s %s", kind->singular, name, done);
  else
    g_string_append (out, refusal);
  gboolean is_good = refusal == NULL;
  g_free (refusal);
  return is_good;
}

static const char *
json_of (GPtrArray *documents, guint index)
{
  gsize length;

  return k8_yaml_document_json (g_ptr_array_index (documents, index), &length);
}

/* Every document is looked at before the first is sent: nothing half applied by a bad file. */
static char *
dup_problem (GPtrArray *documents)
{
  for (guint i = 0; i < documents->len; i++)
    {
      const K8YamlDocument *document = g_ptr_array_index (documents, i);
      g_autofree char *problem = sim_action_dup_problem (json_of (documents, i));
      if (problem == NULL)
        continue;
      K8YamlPlace place = k8_yaml_document_find_place (document, "");
      return g_strdup_printf ("%u:%u: %s", place.line, place.column, problem);
    }
  return documents->len == 0 ? g_strdup ("the file has no objects") : NULL;
}

void
gui_actions_apply (GuiPlayer *player, const char *yaml, gsize length, GuiOutcome *ret)
{
  K8YamlError error = { 0 };
  g_autoptr (GPtrArray) documents = k8_yaml_parse (yaml, length, &error);
  g_autoptr (GString) text = g_string_new (NULL);

  *ret = (GuiOutcome){ 0 };
  if (documents == NULL)
    {
      ret->message =
          g_strdup_printf ("%u:%u: %s", error.place.line, error.place.column, error.message);
      k8_yaml_error_clear (&error);
      return;
    }
  ret->message = dup_problem (documents);
  if (ret->message != NULL)
    return;
  ret->is_branch = gui_player_prepare_act (player);
  ret->is_done = TRUE;
  for (guint i = 0; i < documents->len && ret->is_done; i++)
    {
      if (i > 0)
        g_string_append (text, ", ");
      ret->is_done = apply_one (player, json_of (documents, i), text);
    }
  ret->message = g_strdup (text->str);
}

void
gui_actions_scale (GuiPlayer *player,
                   const char *namespace_name,
                   const char *name,
                   guint replicas,
                   GuiOutcome *ret)
{
  g_autofree char *body = g_strdup_printf ("{\"spec\":{\"replicas\":%u}}", replicas);
  Command command = { .method = "PATCH",
                      .kind = &k8_kinds[K8_KIND_Deployment],
                      .namespace_name = namespace_name,
                      .name = name,
                      .content_type = "application/merge-patch+json",
                      .body = body };

  *ret = (GuiOutcome){ 0 };
  do_command (player, &command, "scaled", ret);
}

void
gui_actions_cordon (GuiPlayer *player, const char *node, gboolean is_cordoned, GuiOutcome *ret)
{
  Command command = { .method = "PATCH",
                      .kind = &k8_kinds[K8_KIND_Node],
                      .name = node,
                      .content_type = "application/merge-patch+json",
                      .body = is_cordoned ? "{\"spec\":{\"unschedulable\":true}}"
                                          : "{\"spec\":{\"unschedulable\":null}}" };

  *ret = (GuiOutcome){ 0 };
  do_command (player, &command, is_cordoned ? "cordoned" : "uncordoned", ret);
}

void
gui_actions_delete (GuiPlayer *player,
                    const K8KindInfo *kind,
                    const char *namespace_name,
                    const char *name,
                    GuiOutcome *ret)
{
  Command command = {
    .method = "DELETE", .kind = kind, .namespace_name = namespace_name, .name = name
  };

  *ret = (GuiOutcome){ 0 };
  do_command (player, &command, "deleted", ret);
}

void
gui_actions_fault (GuiPlayer *player, SimInputType type, const char *name, GuiOutcome *ret)
{
  static const char *const done[] = {
    [SIM_INPUT_CRASH] = "crashed",          [SIM_INPUT_POWER_OFF] = "has lost its power",
    [SIM_INPUT_POWER_ON] = "has its power", [SIM_INPUT_CUT] = "is cut off",
    [SIM_INPUT_JOIN] = "is joined again",   [SIM_INPUT_START] = "starts",
  };

  *ret = (GuiOutcome){ .is_done = TRUE, .is_branch = gui_player_prepare_act (player) };
  sim_timeline_act (gui_player_timeline (player), type, name);
  /* What starts does so by an event of this instant. */
  sim_live_run (gui_player_live (player), gui_player_now_ns (player), MAX_NOW);
  ret->message = g_strdup_printf ("%s %s", name, done[type]);
}
