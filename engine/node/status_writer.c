/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing statuses to the API server: one request a pod at a time; what changes meanwhile is
 * written afterwards, once. A conflict is answered by reading the pod and writing again. When a
 * pod is over and its final status is written, DELETE with grace 0 and its uid.
 * Source: kubernetes pkg/kubelet/status status_manager.go (v1.36). Departures: the status is
 * written by UPDATE with the revision it was worked out from, not by a patch.
 */
#include "machinery/pod.h"
#include "node/pod_worker.h"

#define RETRY_NS (1 * K8_SECOND_NS)

/* Upstream's syncPeriod: so often statuses are compared with what the API server has. */
#define RECONCILE_NS (10 * K8_SECOND_NS)

/* The pod as it is to be written. (transfer full) */
static const K8Pod *
make_pod (K8Context *context, const K8PodWorker *worker)
{
  K8PodEdit edit;

  k8_pod_edit (&edit, context->region, worker->pod);
  k8_pod_set_status (&edit, k8_record_ref (worker->status));
  return k8_pod_seal (&edit);
}

static void
write_status (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  k8_autounref const K8Pod *pod = make_pod (context, worker);
  K8ApiRequest *request = k8_client_request_for (&self->client, context, K8_VERB_UPDATE, pod,
                                                 worker->revision);
  const K8ObjectMeta *meta = k8_pod_metadata (pod);

  request->subresource = K8_SUBRESOURCE_STATUS;
  worker->is_writing_status = TRUE;
  worker->is_status_due = FALSE;
  k8_trace (context, POD_STATUS,
            { K8_TEXT (k8_object_meta_namespace (meta)), K8_TEXT (k8_object_meta_name (meta)),
              K8_TEXT (k8_pod_status_phase (worker->status)),
              K8_NUMBER (k8_pod_is_ready (pod)) });
  k8_client_send (&self->client, context, request, k8_pod_worker_key (worker, K8_FOR_STATUS, 0));
}

/* Works out the status and writes it if it is not what the API server has. */
void
k8_pod_status_publish (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  const K8PodStatus *status;

  if (worker->is_gone || worker->is_deleted)
    return;
  if (worker->is_writing_status)
    {
      worker->is_status_due = TRUE;
      return;
    }
  status = k8_pod_status_compute (self, worker, k8_context_wall_seconds (context));
  k8_record_unref (worker->status);
  worker->status = status;
  if (k8_record_equal (status, k8_pod_status (worker->pod)))
    {
      k8_pod_status_delete_if_done (self, context, worker);
      return;
    }
  write_status (self, context, worker);
}

/* The API server has another status than the one that was written last: somebody else wrote it, as
 * the node lifecycle controller does when it believes the node dead. What the kubelet knows is
 * written again at its next look; a readiness gate may have turned, which shows at once. */
void
k8_pod_status_reconcile (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  gint64 delay_ns = RECONCILE_NS - context->now_ns % RECONCILE_NS;

  if (worker->is_reconcile_due || worker->is_writing_status || worker->status == NULL
      || k8_record_equal (worker->status, k8_pod_status (worker->pod)))
    return;
  if (k8_pod_spec_readiness_gates_n (k8_pod_spec (worker->pod)) > 0)
    {
      k8_pod_status_publish (self, context, worker);
      return;
    }
  worker->is_reconcile_due = TRUE;
  k8_context_set_timer (context, delay_ns, k8_pod_worker_key (worker, K8_FOR_STATUS, 0));
}

static gboolean
is_final_written (const K8PodWorker *worker)
{
  return worker->state == K8_WORKER_TERMINATED && !worker->is_writing_status
         && !worker->is_status_due && k8_pod_is_terminal (worker->pod);
}

/* Asks for the end of a pod that is to go and of which nothing runs. */
void
k8_pod_status_delete_if_done (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  K8ApiRequest *request;

  if (worker->is_gone || worker->is_deleted || !k8_pod_is_terminating (worker->pod)
      || !is_final_written (worker))
    return;
  request = k8_client_request_for (&self->client, context, K8_VERB_DELETE, worker->pod, 0);
  request->grace_seconds = 0;
  request->uid = k8_string_ref (worker->uid);
  worker->is_deleted = TRUE;
  k8_client_send (&self->client, context, request, k8_pod_worker_key (worker, K8_FOR_DELETE, 0));
}

static void
get_pod (K8Kubelet *self, K8Context *context, K8PodWorker *worker)
{
  k8_client_send (&self->client, context,
                  k8_client_request_for (&self->client, context, K8_VERB_GET, worker->pod, 0),
                  k8_pod_worker_key (worker, K8_FOR_STATUS_GET, 0));
}

/* The newest pod that an answer gave; FALSE if it is another pod of this name. */
static gboolean
take_pod (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
          const K8ApiResponse *response)
{
  const K8Pod *pod = response->object;

  if (!k8_string_equal (k8_object_meta_uid (k8_pod_metadata (pod)), worker->uid))
    return FALSE;
  k8_pod_worker_update (self, context, worker, pod, response->revision);
  return TRUE;
}

static void
retry_later (K8Context *context, K8PodWorker *worker, K8KubeletFor what)
{
  k8_context_set_timer (context, RETRY_NS, k8_pod_worker_key (worker, what, 0));
}

static void
answer_delete (K8Context *context, K8PodWorker *worker, const K8ApiResponse *response)
{
  if (k8_api_response_is_ok (response) || response->code == 404 || response->code == 409)
    return; /* the watch tells when it is gone */
  worker->is_deleted = FALSE;
  retry_later (context, worker, K8_FOR_DELETE);
}

void
k8_pod_status_answer (K8Kubelet *self, K8Context *context, K8PodWorker *worker,
                      K8KubeletKey key, const K8ApiResponse *response)
{
  if (key.what == K8_FOR_DELETE)
    {
      answer_delete (context, worker, response);
      return;
    }
  if (response->code == 409 && key.what == K8_FOR_STATUS)
    {
      get_pod (self, context, worker);
      return;
    }
  worker->is_writing_status = FALSE;
  if (response->code == 404)
    return; /* gone; the watch will say so */
  if (!k8_api_response_is_ok (response))
    {
      worker->is_status_due = TRUE;
      retry_later (context, worker, K8_FOR_STATUS);
      return;
    }
  if (!take_pod (self, context, worker, response))
    return;
  if (worker->is_status_due || key.what == K8_FOR_STATUS_GET)
    {
      worker->is_status_due = FALSE;
      k8_pod_status_publish (self, context, worker);
    }
  k8_pod_status_delete_if_done (self, context, worker);
}
