/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields that selectors may name, lists in YAML, bindings that are refused, objects that an
 * update creates. Source: kubernetes v1.36, pkg/apis/core/v1/conversion.go (field labels),
 * pkg/registry/core/pod/storage (assignPod), registry strategies (AllowCreateOnUpdate).
 */
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/world.h"

static char *
ask (TestWorld *world, const char *method, const char *target, const char *accept,
     const char *body)
{
  return test_world_http (world, &(TestHttp){ .method = method,
                                              .target = target,
                                              .token = TEST_ADMIN_TOKEN,
                                              .accept = accept,
                                              .body = body });
}

static void
post (TestWorld *world, const char *target, const char *body)
{
  g_autofree char *answer = ask (world, "POST", target, NULL, body);

  if (!g_str_has_prefix (answer, "201"))
    test_note ("%s: %s", target, answer);
  CU_ASSERT_TRUE (g_str_has_prefix (answer, "201"));
}

/* The names that a list with this selector has, in order. (g_free) */
static char *
select_names (TestWorld *world, const char *resource, const char *selector)
{
  g_autofree char *escaped = g_uri_escape_string (selector, NULL, FALSE);
  g_autofree char *target = g_strdup_printf ("%s?fieldSelector=%s", resource, escaped);
  g_autofree char *answer = ask (world, "GET", target, NULL, NULL);
  GString *names = g_string_new (NULL);

  if (!g_str_has_prefix (answer, "200"))
    g_string_append_printf (names, "%.3s", answer);
  for (const char *p = strstr (answer, "\"metadata\":{\"name\":\""); p != NULL;
       p = strstr (p + 1, "\"metadata\":{\"name\":\""))
    {
      const char *name = p + strlen ("\"metadata\":{\"name\":\"");
      g_string_append_printf (names, "%s%.*s", names->len > 0 ? " " : "",
                              (int) strcspn (name, "\""), name);
    }
  return g_string_free (names, FALSE);
}

typedef struct
{
  const char *selector;
  const char *names;
} Row;

static void
check_rows (TestWorld *world, const char *resource, const Row *rows, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *names = select_names (world, resource, rows[i].selector);
      if (!TEST_ASSERT_TEXT (names, rows[i].names))
        test_note ("%s", rows[i].selector);
    }
}

#define PODS "/api/v1/namespaces/default/pods"

static void
post_pod (TestWorld *world, const char *name, const char *spec)
{
  g_autofree char *body = g_strdup_printf (
      "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":"
      "\"i:1\"}]%s}}",
      name, spec);

  post (world, PODS, body);
}

static TestWorld *
make_world (void)
{
  TestWorld *world = test_world_new ();

  post (world, "/api/v1/namespaces/default/serviceaccounts",
        "{\"metadata\":{\"name\":\"default\"}}");
  post (world, "/api/v1/namespaces/default/serviceaccounts", "{\"metadata\":{\"name\":\"robot\"}}");
  return world;
}

void
test_select__pods_by_their_fields (void)
{
  static const Row rows[] = {
    { "metadata.name=b", "b" },
    { "metadata.namespace=default", "a b c" },
    { "spec.nodeName=n", "b" },
    { "spec.host=n", "b" },
    { "spec.nodeName!=n", "a c" },
    { "spec.nodeName=", "a c" },
    { "spec.restartPolicy=Never", "c" },
    { "spec.schedulerName=mine", "a" },
    { "spec.schedulerName=default-scheduler", "b c" },
    { "spec.serviceAccountName=robot", "c" },
    { "spec.hostNetwork=true", "a" },
    { "spec.hostNetwork=false", "b c" },
    { "status.phase=Pending", "a b c" },
    { "status.phase=Running", "" },
    { "status.podIP=", "a b c" },
    { "status.podIP=10.0.0.1", "" },
    { "status.podIPs=", "a b c" },
    { "status.nominatedNodeName=", "a b c" },
    { "spec.nodeName!=n,spec.hostNetwork=false", "c" },
    { "spec.image=i", "400" },
  };
  TestWorld *world = make_world ();

  post_pod (world, "a", ",\"schedulerName\":\"mine\",\"hostNetwork\":true");
  post_pod (world, "b", ",\"nodeName\":\"n\"");
  post_pod (world, "c", ",\"restartPolicy\":\"Never\",\"serviceAccountName\":\"robot\"");
  check_rows (world, PODS, rows, G_N_ELEMENTS (rows));
  test_world_free (world);
}

void
test_select__nodes_namespaces_secrets_and_services_by_their_fields (void)
{
  static const Row nodes[] = { { "spec.unschedulable=true", "n" },
                               { "spec.unschedulable=false", "m" },
                               { "metadata.namespace=default", "400" } };
  static const Row namespaces[] = {
    { "status.phase=Active", "default kube-node-lease kube-public kube-system" },
    { "status.phase=Terminating", "" },
  };
  static const Row secrets[] = { { "type=Opaque", "a" }, { "type=mine/b", "b" } };
  static const Row services[] = { { "spec.clusterIP=None", "a" },
                                  { "spec.type=ExternalName", "b" },
                                  { "spec.type=ClusterIP", "a kubernetes" } };
  TestWorld *world = make_world ();

  post (world, "/api/v1/nodes", "{\"metadata\":{\"name\":\"m\"}}");
  post (world, "/api/v1/nodes",
        "{\"metadata\":{\"name\":\"n\"},\"spec\":{\"unschedulable\":true}}");
  post (world, "/api/v1/namespaces/default/secrets", "{\"metadata\":{\"name\":\"a\"}}");
  post (world, "/api/v1/namespaces/default/secrets",
        "{\"metadata\":{\"name\":\"b\"},\"type\":\"mine/b\"}");
  post (world, "/api/v1/namespaces/default/services",
        "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"clusterIP\":\"None\"}}");
  post (world, "/api/v1/namespaces/default/services",
        "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"type\":\"ExternalName\",\"externalName\":"
        "\"x.org\"}}");
  check_rows (world, "/api/v1/nodes", nodes, G_N_ELEMENTS (nodes));
  check_rows (world, "/api/v1/namespaces", namespaces, G_N_ELEMENTS (namespaces));
  check_rows (world, "/api/v1/namespaces/default/secrets", secrets, G_N_ELEMENTS (secrets));
  check_rows (world, "/api/v1/namespaces/default/services", services, G_N_ELEMENTS (services));
  test_world_free (world);
}

#define EVENTS "/api/v1/namespaces/default/events"
#define NEW_EVENTS "/apis/events.k8s.io/v1/namespaces/default/events"

/* `source` is the component of the source, or who reports if there is none. */
void
test_select__events_by_what_they_are_about (void)
{
  static const Row rows[] = {
    { "involvedObject.kind=Pod", "a" },
    { "involvedObject.namespace=default", "a b" },
    { "involvedObject.name=web", "a" },
    { "involvedObject.uid=u-1", "a" },
    { "involvedObject.apiVersion=v1", "a" },
    { "involvedObject.resourceVersion=7", "a" },
    { "involvedObject.fieldPath=spec.x", "a" },
    { "reason=Started", "a" },
    { "source=kubelet", "a" },
    { "source=me.io/x", "b" },
    { "reportingComponent=me.io/x", "b" },
    { "type=Warning", "b" },
  };
  static const Row new_rows[] = {
    { "regarding.kind=Pod", "a" },
    { "regarding.namespace=default", "a b" },
    { "regarding.name=web", "a" },
    { "regarding.uid=u-1", "a" },
    { "regarding.apiVersion=v1", "a" },
    { "regarding.resourceVersion=7", "a" },
    { "regarding.fieldPath=spec.x", "a" },
    { "reason=Started", "a" },
    { "reportingController=me.io/x", "b" },
    { "type=Warning", "b" },
  };
  TestWorld *world = make_world ();

  post (world, EVENTS,
        "{\"metadata\":{\"name\":\"a\"},\"involvedObject\":{\"kind\":\"Pod\",\"namespace\":"
        "\"default\",\"name\":\"web\",\"uid\":\"u-1\",\"apiVersion\":\"v1\",\"resourceVersion\":"
        "\"7\",\"fieldPath\":\"spec.x\"},\"reason\":\"Started\",\"type\":\"Normal\",\"source\":"
        "{\"component\":\"kubelet\"}}");
  post (world, EVENTS,
        "{\"metadata\":{\"name\":\"b\"},\"involvedObject\":{\"kind\":\"Job\",\"namespace\":"
        "\"default\",\"name\":\"job\"},\"reason\":\"Failed\",\"type\":\"Warning\","
        "\"reportingComponent\":\"me.io/x\",\"reportingInstance\":\"i\"}");
  check_rows (world, EVENTS, rows, G_N_ELEMENTS (rows));
  check_rows (world, NEW_EVENTS, new_rows, G_N_ELEMENTS (new_rows));
  test_world_free (world);
}

void
test_form__list_in_yaml_has_all_its_items (void)
{
  TestWorld *world = make_world ();

  post_pod (world, "a", "");
  post_pod (world, "b", "");
  g_autofree char *answer = ask (world, "GET", PODS, "application/yaml", NULL);
  CU_ASSERT_TRUE (g_str_has_prefix (answer, "200\napiVersion: v1\nitems:\n"));
  CU_ASSERT_PTR_NOT_NULL (strstr (answer, "    name: a\n"));
  CU_ASSERT_PTR_NOT_NULL (strstr (answer, "    name: b\n"));
  CU_ASSERT_PTR_NOT_NULL (strstr (answer, "\nkind: PodList\n"));
  test_world_free (world);
}

/* What a Binding of pod `a` to node n is answered with: "409 <message>". (g_free) */
static char *
bind (TestWorld *world, const char *pod, const char *meta, const char *kind)
{
  g_autofree char *target = g_strdup_printf (PODS "/%s/binding", pod);
  g_autofree char *body = g_strdup_printf (
      "{\"metadata\":{%s},\"target\":{\"kind\":\"%s\",\"name\":\"n\"}}", meta, kind);
  g_autofree char *answer = ask (world, "POST", target, NULL, body);
  const char *message = strstr (answer, "\"message\":\"");
  const char *end = message == NULL ? NULL : strstr (message, "\",\"");

  if (end == NULL && message != NULL)
    end = strstr (message, "\"}");

  return end == NULL ? g_strdup_printf ("%.3s", answer)
                     : g_strdup_printf ("%.3s %.*s", answer, (int) (end - message - 11),
                                        message + 11);
}

#define CONFLICT "409 Operation cannot be fulfilled on pods/binding \\\""

void
test_binding__is_refused_for_another_pod_a_gate_or_an_end (void)
{
  TestWorld *world = make_world ();

  post_pod (world, "a", "");
  post_pod (world, "g", ",\"schedulingGates\":[{\"name\":\"x\"}]");
  g_autofree char *kind = bind (world, "a", "", "Pod");
  /* Upstream hands the list of errors on as it is, so it is an internal one. */
  TEST_ASSERT_TEXT (kind, "500 target.kind: Unsupported value: \\\"Pod\\\": supported values: "
                          "\\\"Node\\\", \\\"\\u003cempty\\u003e\\\"");
  g_autofree char *uid = bind (world, "a", "\"uid\":\"other\"", "Node");
  CU_ASSERT_TRUE (g_str_has_prefix (uid, CONFLICT "a\\\": Precondition failed: UID in "
                                                  "precondition: other, UID in object meta: "));
  g_autofree char *gate = bind (world, "g", "", "Node");
  TEST_ASSERT_TEXT (gate, CONFLICT "g\\\": pod g has non-empty .spec.schedulingGates");
  g_autofree char *good =
      bind (world, "a", "\"labels\":{\"l\":\"1\"},\"annotations\":{\"n\":\"2\"}", "Node");
  TEST_ASSERT_TEXT (good, "201");
  g_autofree char *again = bind (world, "a", "", "Node");
  TEST_ASSERT_TEXT (again, CONFLICT "a\\\": pod a is already assigned to node \\\"n\\\"");
  g_autofree char *pod = ask (world, "GET", PODS "/a", NULL, NULL);
  CU_ASSERT_PTR_NOT_NULL (strstr (pod, "\"labels\":{\"l\":\"1\"}"));
  CU_ASSERT_PTR_NOT_NULL (strstr (pod, "\"annotations\":{\"n\":\"2\"}"));
  test_world_free (world);
}

#define LEASES "/apis/coordination.k8s.io/v1/namespaces/default/leases"

/* A Lease may be created by an update, a ConfigMap may too, a Pod may not. */
void
test_update__creates_what_its_kind_lets_it_create (void)
{
  TestWorld *world = make_world ();
  g_autofree char *lease = ask (world, "PUT", LEASES "/l", NULL,
                                "{\"metadata\":{\"name\":\"l\"},\"spec\":{}}");
  g_autofree char *stale = ask (world, "PUT", LEASES "/m", NULL,
                                "{\"metadata\":{\"name\":\"m\",\"resourceVersion\":\"5\"}}");
  g_autofree char *pod = ask (world, "PUT", PODS "/p", NULL,
                              "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":"
                              "\"c\",\"image\":\"i:1\"}]}}");

  CU_ASSERT_TRUE (g_str_has_prefix (lease, "201"));
  CU_ASSERT_FALSE (g_str_has_prefix (stale, "201"));
  CU_ASSERT_TRUE (g_str_has_prefix (pod, "404"));
  test_world_free (world);
}
