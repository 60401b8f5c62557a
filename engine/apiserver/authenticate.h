/* SPDX-License-Identifier: Apache-2.0
 *
 * Who sends a request from outside: the administrator's token, a token of a service account that
 * this server issued, nobody by name, or somebody who lies.
 */
#pragma once

#include "apiserver/authorize.h"
#include "apiserver/server.h"

/* Who issues tokens, and the audience that this server takes itself for. */
#define K8_TOKEN_ISSUER "https://kubernetes.default.svc.cluster.local"

/* TRUE with the sender in @ret_identity (user NULL: the credentials are wrong). FALSE: the
 * signature is being checked, and k8_http_go_on() follows. */
gboolean k8_authenticate (K8ApiServer *self, K8Context *context, const K8HttpRequest *http,
                          guint64 tag, K8Identity *ret_identity);

/* What the signer says of a token whose request is parked. */
void k8_authenticate_signed (K8ApiServer *self, K8Context *context, K8Call *call,
                             const char *signature);

void k8_http_go_on (K8ApiServer *self, K8Context *context, const K8HttpRequest *http, guint64 tag,
                    K8Identity identity);
