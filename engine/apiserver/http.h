/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the outer path share: a request from outside while it is being read. Scratch
 * of one step.
 */
#pragma once

#include "apiserver/authorize.h"
#include "apiserver/route.h"
#include "apiserver/server.h"

typedef struct
{
  K8ApiServer *server;
  K8Context *context;
  const K8HttpRequest *http;
  guint64 tag;
  K8Route route;
  K8Verb verb;
  K8Identity identity;
  K8HttpResponse *reply;  /* how the answer is to look; owned */
  K8FieldValidation field_validation;
} K8Inquiry;

/* negotiate.c: chooses the form of the answer. (nullable): why there is none. */
const K8Status *k8_http_negotiate (K8Inquiry *self);
gboolean k8_http_is_pretty (const K8Inquiry *self);

/* options.c: parameters of the query into the request. (nullable): why they are refused. */
const K8Status *k8_http_read_options (K8Inquiry *self, K8ApiRequest *request);
const K8Status *k8_http_read_number (K8Inquiry *self, const char *key, gint64 *ret_number);
const K8Status *k8_http_read_delete_options (K8Inquiry *self, K8ApiRequest *request);

/* log.c: what is wanted of a container's log, into request->log. */
const K8Status *k8_log_read_options (K8Inquiry *self, K8ApiRequest *request);

/* body.c: the body into request->object or request->patch. (nullable): why it is refused. */
const K8Status *k8_http_read_body (K8Inquiry *self, K8ApiRequest *request);

/* Decodes the body as a message of @kind; NULL with @ret_status if it is refused, or without if
 * there is no body. (transfer full) */
const void *k8_http_decode (K8Inquiry *self, const K8KindInfo *kind, const K8Status **ret_status);
void k8_http_add_warning (K8HttpResponse *reply, const char *text);

/* document.c: answers for paths that are no resource. */
void k8_http_answer_document (K8Inquiry *self);

/* http.c */
void k8_http_answer_status (K8Inquiry *self, const K8Status *status);
void k8_http_answer_text (K8Inquiry *self, guint code, const char *content_type,
                          const char *text, gsize length);
