/* SPDX-License-Identifier: Apache-2.0
 *
 * Groups, versions, kinds and resources as texts, and an object's metadata by its position.
 * Source: apimachinery pkg/runtime/schema (v1.36).
 */
#include "machinery/gvk.h"

#include <string.h>

#include "base/assert.h"

#define USUAL_VERBS "create,delete,deletecollection,get,list,patch,update,watch"

/**
 * k8_group_version_parse:
 *
 * Splits "apps/v1" into "apps" and "v1", "v1" into "" and "v1".
 *
 * Returns: FALSE for a text with more than one slash, upstream's only complaint.
 */
gboolean
k8_group_version_parse (const char *api_version, K8GroupVersion *ret)
{
  const char *slash = strchr (api_version, '/');

  if (slash != NULL && strchr (slash + 1, '/') != NULL)
    return FALSE;
  const char *version = slash == NULL ? api_version : slash + 1;
  *ret = (K8GroupVersion){
    .group = slash == NULL ? "" : api_version,
    .group_bytes = slash == NULL ? 0 : (gsize) (slash - api_version),
    .version = version,
    .version_bytes = strlen (version),
  };
  return TRUE;
}

static gboolean
is_stretch (const char *text, const char *stretch, gsize length)
{
  return strlen (text) == length && memcmp (text, stretch, length) == 0;
}

gboolean
k8_kind_is_api_version (const K8KindInfo *self, const char *api_version)
{
  K8GroupVersion parsed;

  return api_version != NULL && k8_group_version_parse (api_version, &parsed)
         && is_stretch (self->group, parsed.group, parsed.group_bytes)
         && is_stretch (self->version, parsed.version, parsed.version_bytes);
}

/* The kind that an object names by its apiVersion and kind, or NULL. */
const K8KindInfo *
k8_kind_find_api_version (const char *api_version, const char *kind)
{
  for (guint i = 1; i < K8_N_KINDS; i++)
    if (strcmp (k8_kinds[i].kind, kind) == 0
        && k8_kind_is_api_version (&k8_kinds[i], api_version))
      return &k8_kinds[i];
  return NULL;
}

/* "apps/v1", "v1". */
void
k8_kind_append_api_version (const K8KindInfo *self, GString *out)
{
  if (self->group[0] != '\0')
    {
      g_string_append (out, self->group);
      g_string_append_c (out, '/');
    }
  g_string_append (out, self->version);
}

/* The name of the Go package that holds a kind's internal form. (transfer full) */
char *
k8_kind_dup_package (const K8KindInfo *self)
{
  return *self->group == '\0' ? g_strdup ("core")
                              : g_strndup (self->group, strcspn (self->group, "."));
}

static gboolean
is_empty (const char *text)
{
  return text == NULL || *text == '\0';
}

/**
 * k8_kind_dup_mismatch:
 * @given_version: (nullable): what an object calls its apiVersion; nothing said is fine
 * @given_kind: (nullable): and its kind
 *
 * Returns: (transfer full) (nullable): why the object cannot be one of this kind, in upstream's
 * words.
 */
char *
k8_kind_dup_mismatch (const K8KindInfo *self, const char *given_version, const char *given_kind)
{
  gboolean is_options = self->id == K8_KIND_DeleteOptions; /* every group has them */
  const char *kind = is_empty (given_kind) ? self->kind : given_kind;

  if (strcmp (kind, self->kind) == 0
      && (is_options || is_empty (given_version) || k8_kind_is_api_version (self, given_version)))
    return NULL;
  GString *own_version = g_string_new (NULL);
  k8_kind_append_api_version (self, own_version);
  const char *version = is_empty (given_version) ? own_version->str : given_version;
  char *why = NULL;
  if (k8_kind_find_api_version (version, kind) == NULL)
    why = g_strdup_printf ("no kind \"%s\" is registered for version \"%s\" in scheme "
                           "\"pkg/api/legacyscheme/scheme.go:30\"",
                           kind, version);
  else
    {
      char *package = k8_kind_dup_package (self);
      const char *slash = strrchr (version, '/');
      why = g_strdup_printf ("converting (%s.%s) to (%s.%s): unknown conversion",
                             slash == NULL ? version : slash + 1, kind, package, self->kind);
      g_free (package);
    }
  g_string_free (own_version, TRUE);
  return why;
}

/* "deployments.apps", "pods". */
void
k8_kind_append_resource (const K8KindInfo *self, GString *out)
{
  g_string_append (out, self->plural);
  if (self->group[0] != '\0')
    {
      g_string_append_c (out, '.');
      g_string_append (out, self->group);
    }
}

/* The verbs by comma, as discovery lists them. */
const char *
k8_kind_verbs (const K8KindInfo *self)
{
  return self->verbs != NULL ? self->verbs : USUAL_VERBS;
}

/* Whether a text of words by comma holds a word. NULL holds none. */
gboolean
k8_list_text_has (const char *comma_list, const char *word)
{
  gsize length = strlen (word);

  for (const char *next = comma_list; next != NULL;)
    {
      const char *comma = strchr (next, ',');
      gsize bytes = comma == NULL ? strlen (next) : (gsize) (comma - next);
      if (bytes == length && memcmp (next, word, length) == 0)
        return TRUE;
      next = comma == NULL ? NULL : comma + 1;
    }
  return FALSE;
}

gboolean
k8_kind_has_verb (const K8KindInfo *self, const char *verb)
{
  return self->plural != NULL && k8_list_text_has (k8_kind_verbs (self), verb);
}

static const K8Field *
find_meta_field (const void *object)
{
  const K8MessageInfo *info = k8_record_info (object);
  const K8Field *field = info->fields; /* most kinds name it first */

  if (field->type == K8_FIELD_OBJECT && field->message == k8_message_object_meta)
    return field;
  field = k8_message_find_field (info, "metadata", strlen ("metadata"));

  if (field == NULL || field->type != K8_FIELD_OBJECT || field->message != k8_message_object_meta)
    return NULL;
  return field;
}

const K8ObjectMeta *
k8_object_get_meta (const void *object)
{
  const K8Field *field = object == NULL ? NULL : find_meta_field (object);

  return field == NULL ? NULL : (const K8ObjectMeta *) k8_record_get_object (object, field);
}

const void *
k8_object_with_meta (const void *object, const K8ObjectMeta *meta)
{
  const K8Field *field = find_meta_field (object);
  K8Edit edit;

  k8_assert (field != NULL);
  k8_edit_init (&edit, k8_region_of (object), k8_record_info (object), object);
  k8_edit_set_object (&edit, field, meta);
  return k8_edit_seal (&edit);
}
