/* SPDX-License-Identifier: Apache-2.0
 *
 * Admission: plugins that look at a write after it was authorised and before it is stored. Each
 * is one file in admission/ and one line of the table in admission.c, which is their order.
 * A plugin may change the object (admit) and may refuse it.
 * Source: kubernetes apiserver pkg/admission (v1.36).
 */
#pragma once

#include "apiserver/server.h"

typedef enum
{
  K8_ADMISSION_CREATE,
  K8_ADMISSION_UPDATE,
  K8_ADMISSION_DELETE,
} K8AdmissionOperation;

/* What a plugin sees, and what it leaves. */
typedef struct
{
  K8ApiServer *server;
  K8Context *context;
  const K8ApiRequest *request;
  const K8KindInfo *kind;  /* of the object as stored */
  K8AdmissionOperation operation;
  const void *object;      /* owned; NULL on DELETE */
  const void *old;         /* borrowed; NULL on CREATE */
  const K8Status *refused; /* owned; set to refuse */
} K8Admission;

typedef struct
{
  const char *name;
  void (*admit) (K8Admission *admission);
} K8AdmissionPlugin;

/* Replaces the object; taken over. */
void k8_admission_set_object (K8Admission *self, const void *object);

/* Refuses with 403: `pods "web" is forbidden: WHY`. Format as of printf. */
void k8_admission_forbid (K8Admission *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* The name of the object as messages give it. */
const char *k8_admission_name (const K8Admission *self);

/* Whether it is about pods themselves, created. */
gboolean k8_admission_is_new_pod (const K8Admission *self);

/* Runs all plugins over call->object. (nullable): why it is refused. */
const K8Status *k8_admission_run (K8ApiServer *self, K8Context *context, K8Call *call,
                                  const void *old);
const K8Status *k8_admission_run_delete (K8ApiServer *self, K8Context *context, K8Call *call);

/* Upstream's validation of call->object, alone and over call->before. */
const K8Status *k8_admission_validate_create (K8Context *context, K8Call *call);
const K8Status *k8_admission_validate_update (K8Context *context, K8Call *call);

extern const K8AdmissionPlugin k8_admission_namespace_lifecycle;
extern const K8AdmissionPlugin k8_admission_service_account;
extern const K8AdmissionPlugin k8_admission_taint_nodes_by_condition;
extern const K8AdmissionPlugin k8_admission_priority;
extern const K8AdmissionPlugin k8_admission_default_toleration_seconds;
extern const K8AdmissionPlugin k8_admission_pod_topology_labels;
