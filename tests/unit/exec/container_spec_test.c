/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be asked of the engine: the JSON of a container, and every refusal with its field.
 */

#include "exec/container_spec.h"
#include "exec/docker_json.h"
#include "exec/error.h"
#include "tests/lib/test.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static ExecContainerSpec
plain_spec (void)
{
  return (ExecContainerSpec){ .image = "busybox:1", .network_mode = "none", .pids_limit = 100,
                              .memory_bytes = 64 * 1024 * 1024 };
}

static void
expect_refusal (const ExecContainerSpec *spec, const char *message)
{
  g_autoptr (GError) error = NULL;
  CU_ASSERT_PTR_NULL (exec_container_spec_compute_json (spec, &error));
  CU_ASSERT_TRUE (g_error_matches (error, EXEC_ERROR, EXEC_ERROR_INVALID));
  TEST_ASSERT_TEXT (error != NULL ? error->message : NULL, message);
}

void
test_container_spec__limits_are_always_there (void)
{
  ExecContainerSpec spec = plain_spec ();
  spec.memory_bytes = 0;
  expect_refusal (&spec, "container: memory: 0 bytes, the engine's minimum is 6291456");
  spec = plain_spec ();
  spec.pids_limit = 0;
  expect_refusal (&spec, "container: pids: no limit of processes");
}

void
test_container_spec__host_namespaces_are_refused (void)
{
  ExecContainerSpec spec = plain_spec ();
  spec.network_mode = "host";
  expect_refusal (&spec, "container: network: host is not allowed");
  spec = plain_spec ();
  spec.pid_mode = "host";
  expect_refusal (&spec, "container: pid: host is not allowed");
  spec = plain_spec ();
  spec.ipc_mode = "host";
  expect_refusal (&spec, "container: ipc: host is not allowed");
  spec = plain_spec ();
  spec.network_mode = "ns:/proc/1/ns/net";
  expect_refusal (&spec, "container: network: ns:/proc/1/ns/net is not allowed");
}

void
test_container_spec__capabilities_beyond_dockers_are_refused (void)
{
  static const char *const add[] = { "SYS_ADMIN", NULL };
  static const char *const all[] = { "ALL", NULL };
  ExecContainerSpec spec = plain_spec ();
  spec.capabilities_add = add;
  expect_refusal (&spec,
                  "container: securityContext.capabilities.add: SYS_ADMIN is not allowed");
  spec.capabilities_add = all;
  expect_refusal (&spec, "container: securityContext.capabilities.add: ALL is not allowed");
}

void
test_container_spec__binds_stay_inside_the_state_folder (void)
{
  g_autofree char *folder = g_dir_make_tmp ("orrery-spec-XXXXXX", NULL);
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  g_autofree char *inside = g_build_filename (folder, "inside", NULL);
  g_autofree char *escape = g_build_filename (folder, "..", NULL);
  CU_ASSERT_EQUAL (symlink ("/etc", link), 0);
  g_mkdir (inside, 0700);
  ExecMount mount = { .type = EXEC_MOUNT_BIND, .target = "/data" };
  ExecContainerSpec spec = plain_spec ();
  spec.mounts = &mount;
  spec.n_mounts = 1;
  spec.state_folder = folder;
  const char *const bad[]
      = { "/etc", "/var/run/docker.sock", link, escape, "/nonexistent", folder };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      mount.source = bad[i];
      g_autofree char *message = g_strdup_printf (
          "container: mounts: %s is no file or folder inside the state folder", bad[i]);
      expect_refusal (&spec, message);
    }
  mount.source = inside;
  g_autoptr (JsonNode) json = exec_container_spec_compute_json (&spec, NULL);
  CU_ASSERT_PTR_NOT_NULL (json);
  mount.target = "/a/../../b";
  expect_refusal (&spec, "container: mounts: target /a/../../b, expected an absolute path below /");
  g_unlink (link);
  g_rmdir (inside);
  g_rmdir (folder);
}

/* requests.cpu and limits.cpu as kubelet turns them: shares 1024 a CPU, quota of 100 ms. */
void
test_container_spec__says_what_docker_wants_to_hear (void)
{
  static const char *const args[] = { "sleep", "1", NULL };
  ExecPort port = { .container_port = 80, .host_port = 8080 };
  ExecMount mount = { .type = EXEC_MOUNT_VOLUME, .access = EXEC_ACCESS_READ_ONLY,
                      .source = "vol", .target = "/data" };
  ExecContainerSpec spec = plain_spec ();
  spec.args = args;
  spec.ports = &port;
  spec.n_ports = 1;
  spec.mounts = &mount;
  spec.n_mounts = 1;
  spec.cpu_request_milli = 250;
  spec.cpu_limit_milli = 500;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) json = exec_container_spec_compute_json (&spec, &error);
  CU_ASSERT_PTR_NOT_NULL_FATAL (json);
  g_autofree char *text = exec_json_print (json);
  TEST_ASSERT_TEXT (
      text,
      "{\"Image\":\"busybox:1\",\"Cmd\":[\"sleep\",\"1\"],\"Labels\":{},\"OpenStdin\":false,"
      "\"Tty\":false,\"Healthcheck\":{\"Test\":[\"NONE\"]},\"ExposedPorts\":{\"80/tcp\":{}},"
      "\"HostConfig\":{\"NetworkMode\":\"none\",\"Mounts\":[{\"Type\":\"volume\",\"Source\":"
      "\"vol\",\"Target\":\"/data\",\"ReadOnly\":true,\"VolumeOptions\":{\"NoCopy\":true}}],"
      "\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"8080\"}]},"
      "\"Memory\":67108864,\"MemorySwap\":67108864,\"PidsLimit\":100,\"CpuShares\":256,"
      "\"OomScoreAdj\":0,\"CpuPeriod\":100000,\"CpuQuota\":50000,\"SecurityOpt\":"
      "[\"no-new-privileges\"],\"Privileged\":false,\"ReadonlyRootfs\":false,\"LogConfig\":"
      "{\"Type\":\"json-file\",\"Config\":{\"max-size\":\"10m\",\"max-file\":\"3\"}},"
      "\"RestartPolicy\":{\"Name\":\"no\"}}}");
}

void
test_docker_name__is_what_the_engine_takes (void)
{
  CU_ASSERT_TRUE (exec_docker_name_is_valid ("k8s_POD_web-1_default_u-1_0"));
  CU_ASSERT_FALSE (exec_docker_name_is_valid ("a"));
  CU_ASSERT_FALSE (exec_docker_name_is_valid ("-ab"));
  CU_ASSERT_FALSE (exec_docker_name_is_valid ("a/b"));
  CU_ASSERT_FALSE (exec_docker_name_is_valid ("a?force=1"));
}
