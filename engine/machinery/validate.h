/* SPDX-License-Identifier: Apache-2.0
 *
 * Validation of whole objects: the last gate before the store. The object has been decoded,
 * defaulted and prepared (name generated, namespace set). Errors come in upstream's order.
 * A table maps the type of the record to its functions (validate.c); kinds without a function
 * are good.
 * Source: kubernetes pkg/apis, validation (v1.36).
 */
#pragma once

#include "machinery/field_errors.h"

/* On create; @object is a record of a kind. */
void k8_validate_create (const void *object, K8FieldErrors *errors);

/* On update of the object itself; both are records of one kind. */
void k8_validate_update (const void *object, const void *old, K8FieldErrors *errors);

/* On update of the subresource status. */
void k8_validate_status_update (const void *object, const void *old, K8FieldErrors *errors);

/* On update of the subresource ephemeralcontainers of a pod. */
void k8_validate_ephemeral_containers_update (const void *pod, const void *old,
                                              K8FieldErrors *errors);
