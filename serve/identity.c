/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys and certificates by GnuTLS: ECDSA on P-256, since RSA keys take a second to make. The
 * signing key is RSA in upstream and ECDSA here: tokens say ES256.
 */
#include "serve/identity.h"

#include <gio/gio.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum
{
  TOKEN_BYTES = 24,
  VALID_SECONDS = 10 * 365 * 24 * 3600,
};

static gboolean
check (int code, const char *doing, GError **error)
{
  if (code >= 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", doing, gnutls_strerror (code));
  return FALSE;
}

static char *
take_datum (gnutls_datum_t *datum)
{
  char *text = g_strndup ((const char *) datum->data, datum->size);

  gnutls_free (datum->data);
  return text;
}

static gnutls_x509_privkey_t
make_key (GError **error)
{
  gnutls_x509_privkey_t key;

  if (!check (gnutls_x509_privkey_init (&key), "cannot make a key", error))
    return NULL;
  if (check (gnutls_x509_privkey_generate (
                 key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0),
             "cannot make a key", error))
    return key;
  gnutls_x509_privkey_deinit (key);
  return NULL;
}

static char *
export_key (gnutls_x509_privkey_t key)
{
  gnutls_datum_t datum = { NULL, 0 };

  gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &datum);
  return take_datum (&datum);
}

static char *
export_certificate (gnutls_x509_crt_t certificate)
{
  gnutls_datum_t datum = { NULL, 0 };

  gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_PEM, &datum);
  return take_datum (&datum);
}

/* A certificate with what all of ours share; not yet signed. */
static gnutls_x509_crt_t
make_certificate (gnutls_x509_privkey_t key, const char *common_name)
{
  gnutls_x509_crt_t certificate;
  guint8 serial[16];
  time_t now = (time_t) (g_get_real_time () / G_USEC_PER_SEC);

  gnutls_x509_crt_init (&certificate);
  gnutls_rnd (GNUTLS_RND_NONCE, serial, sizeof serial);
  serial[0] &= 0x7f;
  gnutls_x509_crt_set_version (certificate, 3);
  gnutls_x509_crt_set_serial (certificate, serial, sizeof serial);
  gnutls_x509_crt_set_activation_time (certificate, now - 3600);
  gnutls_x509_crt_set_expiration_time (certificate, now + VALID_SECONDS);
  gnutls_x509_crt_set_dn_by_oid (certificate, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
                                 (unsigned int) strlen (common_name));
  gnutls_x509_crt_set_key (certificate, key);
  return certificate;
}

static void
add_names (gnutls_x509_crt_t certificate, const char *const *names)
{
  for (; *names != NULL; names++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (*names);
      if (address != NULL)
        gnutls_x509_crt_set_subject_alt_name (
            certificate, GNUTLS_SAN_IPADDRESS, g_inet_address_to_bytes (address),
            (unsigned int) g_inet_address_get_native_size (address), GNUTLS_FSAN_APPEND);
      else
        gnutls_x509_crt_set_subject_alt_name (certificate, GNUTLS_SAN_DNSNAME, *names,
                                              (unsigned int) strlen (*names), GNUTLS_FSAN_APPEND);
    }
}

static char *
make_token (void)
{
  guint8 bytes[TOKEN_BYTES];
  GString *text = g_string_new (NULL);

  gnutls_rnd (GNUTLS_RND_KEY, bytes, sizeof bytes);
  for (guint i = 0; i < sizeof bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

static gboolean
make_certificates (ServeIdentity *self, const char *const *names, GError **error)
{
  gnutls_x509_privkey_t authority_key = make_key (error);
  gnutls_x509_privkey_t key = authority_key == NULL ? NULL : make_key (error);

  if (key == NULL)
    {
      if (authority_key != NULL)
        gnutls_x509_privkey_deinit (authority_key);
      return FALSE;
    }
  gnutls_x509_crt_t authority = make_certificate (authority_key, "orrery-ca");
  gnutls_x509_crt_set_ca_status (authority, 1);
  gnutls_x509_crt_set_key_usage (authority, GNUTLS_KEY_KEY_CERT_SIGN);
  gnutls_x509_crt_sign2 (authority, authority, authority_key, GNUTLS_DIG_SHA256, 0);
  gnutls_x509_crt_t certificate = make_certificate (key, "kube-apiserver");
  add_names (certificate, names);
  gnutls_x509_crt_set_key_usage (certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
  gnutls_x509_crt_set_key_purpose_oid (certificate, GNUTLS_KP_TLS_WWW_SERVER, 0);
  gboolean is_signed = check (
      gnutls_x509_crt_sign2 (certificate, authority, authority_key, GNUTLS_DIG_SHA256, 0),
      "cannot sign the server's certificate", error);
  self->authority_pem = export_certificate (authority);
  self->certificate_pem = export_certificate (certificate);
  self->key_pem = export_key (key);
  gnutls_x509_crt_deinit (certificate);
  gnutls_x509_crt_deinit (authority);
  gnutls_x509_privkey_deinit (key);
  gnutls_x509_privkey_deinit (authority_key);
  return is_signed;
}

/**
 * serve_identity_new:
 *
 * Makes an authority, a server certificate, a signing key and a token.
 *
 * Returns: (transfer full) (nullable): NULL with @error if GnuTLS cannot.
 */
ServeIdentity *
serve_identity_new (const char *const *names, GError **error)
{
  g_autoptr (ServeIdentity) self = g_new0 (ServeIdentity, 1);

  if (!make_certificates (self, names, error))
    return NULL;
  gnutls_x509_privkey_t signing_key = make_key (error);
  if (signing_key == NULL)
    return NULL;
  self->signing_key_pem = export_key (signing_key);
  gnutls_x509_privkey_deinit (signing_key);
  self->token = make_token ();
  return g_steal_pointer (&self);
}

static void
wipe (char *text)
{
  if (text != NULL)
    gnutls_memset (text, 0, strlen (text));
  g_free (text);
}

void
serve_identity_free (ServeIdentity *self)
{
  if (self == NULL)
    return;
  g_free (self->authority_pem);
  g_free (self->certificate_pem);
  wipe (self->key_pem);
  wipe (self->signing_key_pem);
  wipe (self->token);
  g_free (self);
}

typedef struct
{
  const char *name;
  gsize offset;
} IdentityFile;

static const IdentityFile files[] = {
  { "ca.crt", G_STRUCT_OFFSET (ServeIdentity, authority_pem) },
  { "server.crt", G_STRUCT_OFFSET (ServeIdentity, certificate_pem) },
  { "server.key", G_STRUCT_OFFSET (ServeIdentity, key_pem) },
  { "signing.key", G_STRUCT_OFFSET (ServeIdentity, signing_key_pem) },
  { "admin.token", G_STRUCT_OFFSET (ServeIdentity, token) },
};

ServeIdentity *
serve_identity_load (const char *folder, GError **error)
{
  g_autoptr (ServeIdentity) self = g_new0 (ServeIdentity, 1);

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (folder, files[i].name, NULL);
      if (!g_file_get_contents (path, G_STRUCT_MEMBER_P (self, files[i].offset), NULL, error))
        return NULL;
    }
  return g_steal_pointer (&self);
}

gboolean
serve_identity_save (const ServeIdentity *self, const char *folder, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (folder, files[i].name, NULL);
      const char *text = G_STRUCT_MEMBER (const char *, self, files[i].offset);
      if (!g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error))
        return FALSE;
    }
  return TRUE;
}

/* Two numbers of an ECDSA signature as the 64 bytes that ES256 wants. */
static gboolean
flatten_signature (const gnutls_datum_t *signature, guint8 ret_bytes[64])
{
  gnutls_datum_t numbers[2];

  if (gnutls_decode_rs_value (signature, &numbers[0], &numbers[1]) < 0)
    return FALSE;
  memset (ret_bytes, 0, 64);
  for (guint i = 0; i < 2; i++)
    {
      gsize skip = numbers[i].size > 32 ? numbers[i].size - 32 : 0;
      gsize n = numbers[i].size - skip;
      memcpy (ret_bytes + i * 32 + 32 - n, numbers[i].data + skip, n);
      gnutls_free (numbers[i].data);
    }
  return TRUE;
}

static char *
encode_base64url (const guint8 *bytes, gsize n)
{
  char *text = g_base64_encode (bytes, n);

  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  char *end = strchr (text, '=');
  if (end != NULL)
    *end = '\0';
  return text;
}

char *
serve_identity_sign (const ServeIdentity *self, const char *text, GError **error)
{
  gnutls_privkey_t key;
  gnutls_datum_t pem = { (unsigned char *) self->signing_key_pem,
                         (unsigned int) strlen (self->signing_key_pem) };
  gnutls_datum_t data = { (unsigned char *) text, (unsigned int) strlen (text) };
  gnutls_datum_t signature = { NULL, 0 };
  guint8 bytes[64];
  char *encoded = NULL;

  gnutls_privkey_init (&key);
  if (check (gnutls_privkey_import_x509_raw (key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0),
             "cannot read the signing key", error)
      && check (gnutls_privkey_sign_data2 (key, GNUTLS_SIGN_ECDSA_SHA256, 0, &data, &signature),
                "cannot sign", error))
    {
      if (flatten_signature (&signature, bytes))
        encoded = encode_base64url (bytes, sizeof bytes);
      gnutls_free (signature.data);
    }
  gnutls_privkey_deinit (key);
  return encoded;
}

gboolean
serve_kubeconfig_write (const ServeIdentity *self,
                        const char *url,
                        const char *path,
                        GError **error)
{
  g_autofree char *authority = g_base64_encode ((const guchar *) self->authority_pem,
                                                strlen (self->authority_pem));
  g_autofree char *text = g_strdup_printf (
      "apiVersion: v1\n"
      "kind: Config\n"
      "clusters:\n"
      "- name: orrery\n"
      "  cluster:\n"
      "    server: %s\n"
      "    certificate-authority-data: %s\n"
      "users:\n"
      "- name: kubernetes-admin\n"
      "  user:\n"
      "    token: %s\n"
      "contexts:\n"
      "- name: orrery\n"
      "  context:\n"
      "    cluster: orrery\n"
      "    user: kubernetes-admin\n"
      "current-context: orrery\n",
      url, authority, self->token);

  g_autoptr (GError) problem = NULL;
  if (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &problem))
    return TRUE;
  /* GLib names a temporary file that nobody has heard of: only its reason is told. */
  const char *reason = strrchr (problem->message, ':');
  g_set_error (error, problem->domain, problem->code, "kubeconfig %s: cannot be written%s", path,
               reason != NULL ? reason : "");
  return FALSE;
}
