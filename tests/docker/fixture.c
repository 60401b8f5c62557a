/* SPDX-License-Identifier: Apache-2.0
 *
 * One client for the whole program; the instance label is random, so that runs beside each other
 * never see each other's containers.
 */

#include "tests/docker/fixture.h"

#include "exec/docker_container.h"
#include "exec/docker_image.h"
#include "exec/docker_json.h"
#include "exec/docker_network.h"
#include "exec/image.h"
#include "exec/labels.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_SECONDS 20

ExecDocker *docker;
static char *instance, *instance_label;
static ExecImage *pause_image, *busybox_image;

const char *
fixture_instance (void)
{
  return instance;
}

const char *
fixture_instance_label (void)
{
  return instance_label;
}

const char *
fixture_busybox (void)
{
  return busybox_image->reference;
}

const char *
fixture_pause (void)
{
  return pause_image->reference;
}

GHashTable *
fixture_labels (void)
{
  GHashTable *labels = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_insert (labels, (char *) EXEC_LABEL_INSTANCE, instance);
  return labels;
}

void
answer_take (const ExecDockerReply *reply, const GError *error, gpointer user_data)
{
  Answer *answer = user_data;
  answer->done = TRUE;
  if (reply != NULL)
    {
      answer->status = reply->status;
      answer->json = reply->json != NULL ? json_node_ref (reply->json) : NULL;
      answer->body = reply->body != NULL ? g_bytes_ref (reply->body) : NULL;
    }
  if (error != NULL)
    answer->error = g_error_copy (error);
}

static gboolean
on_late (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

gboolean
wait_for (gboolean *flag)
{
  gboolean late = FALSE;
  guint id = g_timeout_add_seconds (WAIT_SECONDS, on_late, &late);
  while (!*flag && !late)
    g_main_context_iteration (NULL, TRUE);
  if (!late)
    g_source_remove (id);
  return *flag;
}

void
answer_wait (Answer *answer)
{
  if (!wait_for (&answer->done))
    g_error ("no answer after %d s", WAIT_SECONDS);
}

void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->json, json_node_unref);
  g_clear_pointer (&answer->body, g_bytes_unref);
  g_clear_error (&answer->error);
  *answer = (Answer){ 0 };
}

/* Images that were not there before this program are gone after it. */
static GPtrArray *imported;

static void
remove_imported (void)
{
  for (guint i = 0; i < imported->len; i++)
    {
      Answer answer = { 0 };
      exec_docker_image_remove (docker, g_ptr_array_index (imported, i), answer_take, &answer);
      answer_wait (&answer);
      answer_clear (&answer);
    }
}

static gboolean
ensure_image (const ExecImage *image)
{
  Answer answer = { 0 };
  exec_docker_image_inspect (docker, image->reference, answer_take, &answer);
  answer_wait (&answer);
  if (answer.error != NULL)
    g_ptr_array_add (imported, image->reference);
  answer_clear (&answer);
  exec_image_ensure (docker, image, answer_take, &answer);
  answer_wait (&answer);
  gboolean ok = answer.error == NULL;
  if (!ok)
    test_note ("%s", answer.error->message);
  answer_clear (&answer);
  return ok;
}

gboolean
fixture_start (void)
{
  Answer answer = { 0 };
  if (docker == NULL)
    {
      instance = g_uuid_string_random ();
      instance_label = g_strconcat (EXEC_LABEL_INSTANCE "=", instance, NULL);
      docker = exec_docker_new (NULL);
      imported = g_ptr_array_new ();
      atexit (remove_imported);
      pause_image = exec_image_new_pause ();
      busybox_image = exec_image_new_busybox (NULL, NULL);
    }
  exec_docker_connect (docker, answer_take, &answer);
  answer_wait (&answer);
  gboolean ok = answer.error == NULL && busybox_image != NULL;
  if (!ok)
    test_skip ("%s", answer.error != NULL ? answer.error->message : "no static busybox");
  answer_clear (&answer);
  if (ok && (!ensure_image (pause_image) || !ensure_image (busybox_image)))
    CU_FAIL_FATAL ("images of ours could not be imported");
  return ok;
}

static guint
sweep_containers (void)
{
  Answer list = { 0 };
  exec_docker_container_list (docker, instance_label, answer_take, &list);
  answer_wait (&list);
  JsonArray *array = exec_json_root_array (list.json);
  guint n = array != NULL ? json_array_get_length (array) : 0;
  for (guint i = 0; i < n; i++)
    {
      Answer removed = { 0 };
      const char *id = exec_json_string (exec_json_element_object (array, i), "Id");
      exec_docker_container_remove (docker, id, answer_take, &removed);
      answer_wait (&removed);
      answer_clear (&removed);
    }
  answer_clear (&list);
  return n;
}

static guint
sweep_volumes (void)
{
  Answer list = { 0 };
  exec_docker_volume_list (docker, instance_label, answer_take, &list);
  answer_wait (&list);
  JsonArray *array = exec_json_array (exec_json_root_object (list.json), "Volumes");
  guint n = array != NULL ? json_array_get_length (array) : 0;
  for (guint i = 0; i < n; i++)
    {
      Answer removed = { 0 };
      const char *name = exec_json_string (exec_json_element_object (array, i), "Name");
      exec_docker_volume_remove (docker, name, answer_take, &removed);
      answer_wait (&removed);
      answer_clear (&removed);
    }
  answer_clear (&list);
  return n;
}

static guint
sweep_networks (void)
{
  Answer list = { 0 };
  exec_docker_network_list (docker, instance_label, answer_take, &list);
  answer_wait (&list);
  JsonArray *array = exec_json_root_array (list.json);
  guint n = array != NULL ? json_array_get_length (array) : 0;
  for (guint i = 0; i < n; i++)
    {
      Answer removed = { 0 };
      const char *id = exec_json_string (exec_json_element_object (array, i), "Id");
      exec_docker_network_remove (docker, id, answer_take, &removed);
      answer_wait (&removed);
      answer_clear (&removed);
    }
  answer_clear (&list);
  return n;
}

void
fixture_stop (void)
{
  CU_ASSERT_EQUAL (sweep_containers (), 0);
  CU_ASSERT_EQUAL (sweep_volumes (), 0);
  CU_ASSERT_EQUAL (sweep_networks (), 0);
}

void
fill_spec (ExecContainerSpec *spec, GHashTable *labels)
{
  *spec = (ExecContainerSpec){ .image = busybox_image->reference, .labels = labels };
  spec->network_mode = "none";
  spec->memory_bytes = 32 * 1024 * 1024;
  spec->pids_limit = 64;
}

char *
make_container (const char *name, const char *script)
{
  const char *const args[] = { "sh", "-c", script, NULL };
  g_autoptr (GHashTable) labels = fixture_labels ();
  g_autofree char *full = g_strdup_printf ("orrery-test-%s-%.8s", name, instance);
  ExecContainerSpec spec;
  fill_spec (&spec, labels);
  spec.args = args;
  Answer answer = { 0 };
  exec_docker_container_create (docker, full, &spec, answer_take, &answer);
  answer_wait (&answer);
  if (answer.error != NULL)
    test_note ("%s", answer.error->message);
  char *id = g_strdup (exec_json_string (exec_json_root_object (answer.json), "Id"));
  answer_clear (&answer);
  return id != NULL ? id : g_strdup ("");
}
