/* SPDX-License-Identifier: Apache-2.0
 *
 * Who the server is: a certificate authority of its own, a server certificate for the loopback
 * addresses, and a bearer token. Made anew for each `serve`; kept in the state folder by `up`.
 * The private keys never leave this struct; the kubeconfig holds the authority and the token.
 */
#pragma once

#include <glib.h>

typedef struct
{
  char *authority_pem;   /* certificate of the authority */
  char *certificate_pem; /* of the server */
  char *key_pem;         /* of the server */
  char *signing_key_pem; /* for service account tokens */
  char *token;           /* of user kubernetes-admin */
} ServeIdentity;

/* @names: addresses and host names for which the certificate stands, ended by NULL. */
ServeIdentity *serve_identity_new (const char *const *names, GError **error);
void serve_identity_free (ServeIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ServeIdentity, serve_identity_free)

/* From, and to, a folder that only we can read. */
ServeIdentity *serve_identity_load (const char *folder, GError **error);
gboolean serve_identity_save (const ServeIdentity *self, const char *folder, GError **error);

/* A signature of @text by the signing key, in base64url: for tokens. (transfer full) */
char *serve_identity_sign (const ServeIdentity *self, const char *text, GError **error);

/* Writes a kubeconfig for @url, readable by its owner alone, whole or not at all. */
gboolean serve_kubeconfig_write (const ServeIdentity *self, const char *url, const char *path,
                                 GError **error);
