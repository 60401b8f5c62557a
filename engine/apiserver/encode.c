/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers as bytes: objects, lists piece by piece, and the frames of watches, in the form that
 * was negotiated. Called by drivers outside of steps; reads sealed objects only.
 * Source: kubernetes apiserver pkg/endpoints/handlers/response.go (v1.36).
 * Departures: lists in YAML and Protobuf are one piece.
 */
#include "apiserver/apiserver.h"

#include "base/text.h"
#include "codec/json.h"
#include "codec/protobuf.h"
#include "codec/yaml.h"
#include "machinery/gvk.h"
#include "machinery/table.h"

typedef struct
{
  char text[K8_TEXT_NUMBER_LETTERS + 1];
} Revision;

/* The text of a revision; NULL for none. */
static const char *
show_revision (gint64 revision, Revision *ret)
{
  if (revision == 0)
    return NULL;
  k8_text_write_i64 (ret->text, revision);
  return ret->text;
}

static K8TableOptions
table_options (const K8HttpResponse *self)
{
  return (K8TableOptions){ .kind = self->kind,
                           .include = (K8TableInclude) self->include_object,
                           .api_version = self->is_beta ? "meta.k8s.io/v1beta1" : NULL,
                           .now_us = self->now_seconds * G_GINT64_CONSTANT (1000000) };
}

/* The metadata of an object as an object of its own. (transfer full) */
static const K8PartialObjectMetadata *
new_partial (const void *object)
{
  K8PartialObjectMetadataEdit edit;

  k8_partial_object_metadata_edit (&edit, k8_region_of (object), NULL);
  k8_partial_object_metadata_set_metadata (&edit, k8_record_ref (k8_object_get_meta (object)));
  return k8_partial_object_metadata_seal (&edit);
}

static gboolean
is_metadata (const K8HttpResponse *self)
{
  return self->shown_as == K8_SHOWN_AS_METADATA || self->shown_as == K8_SHOWN_AS_METADATA_LIST;
}

/* An object as it is shown: itself, or its metadata. (transfer full) */
static const void *
show (const K8HttpResponse *self, const void *object)
{
  return is_metadata (self) ? (const void *) new_partial (object) : k8_record_ref (object);
}

/* The kind under which objects are shown. */
static K8KindInfo
shown_kind (const K8HttpResponse *self)
{
  if (!is_metadata (self))
    return *self->kind;
  K8KindInfo kind = k8_kinds[K8_KIND_PartialObjectMetadata];
  if (self->is_beta)
    kind.version = "v1beta1";
  return kind;
}

static void
encode_as_table (const K8HttpResponse *self, const char *revision, GString *out)
{
  K8TableOptions table = table_options (self);

  if (self->form == K8_FORM_YAML)
    {
      GString *text = g_string_new (NULL);
      k8_table_append_one (text, self->object, revision, &table);
      k8_yaml_append_json (out, text->str, text->len);
      g_string_free (text, TRUE);
    }
  else
    k8_table_append_one (out, self->object, revision, &table);
}

static void
encode_object (const K8HttpResponse *self, GString *out)
{
  Revision text;
  const char *revision = show_revision (self->revision, &text);
  const void *shown = show (self, self->object);
  K8KindInfo kind = shown_kind (self);
  K8JsonOptions options = { .kind = &kind,
                            .resource_version = revision,
                            .is_pretty = self->is_pretty };
  K8ProtobufOptions protobuf = { .kind = &kind, .resource_version = revision };

  if (self->shown_as == K8_SHOWN_AS_TABLE)
    encode_as_table (self, revision, out);
  else
    switch (self->form)
      {
      case K8_FORM_JSON:
        k8_json_encode (out, shown, &options);
        break;
      case K8_FORM_YAML:
        k8_yaml_encode (out, shown, &options);
        break;
      case K8_FORM_PROTOBUF:
        k8_protobuf_encode (out, shown, &protobuf);
        break;
      }
  if (!self->is_pretty && self->form == K8_FORM_JSON && self->shown_as != K8_SHOWN_AS_TABLE)
    g_string_append_c (out, '\n');
  k8_record_unref (shown);
}

/* What a list says besides its items. (transfer full) */
static const K8ListMeta *
new_list_meta (const K8HttpResponse *self)
{
  K8ListMetaEdit meta;
  Revision text;

  k8_list_meta_edit (&meta, k8_region_of (self), NULL);
  k8_list_meta_set_resource_version (&meta, show_revision (self->revision, &text));
  if (self->continue_token != NULL)
    {
      k8_list_meta_set_continue (&meta, self->continue_token);
      if (self->remaining > 0)
        k8_list_meta_set_remaining_item_count (&meta, self->remaining);
    }
  return k8_list_meta_seal (&meta);
}

static void
begin_list (const K8HttpResponse *self, GString *out)
{
  const K8ListMeta *meta = new_list_meta (self);
  K8KindInfo kind = shown_kind (self);
  K8JsonOptions options = { .kind = &kind, .is_pretty = self->is_pretty };
  K8TableOptions table = table_options (self);

  if (self->shown_as == K8_SHOWN_AS_TABLE)
    k8_table_begin (out, meta, &table);
  else
    k8_json_encode_list_begin (out, meta, &options);
  k8_record_unref (meta);
}

static void
encode_item (const K8HttpResponse *self, guint32 index, GString *out)
{
  const K8ApiItem *item = k8_array_at (&self->items, index);
  K8KindInfo kind = shown_kind (self);
  K8TableOptions table = table_options (self);
  Revision text;
  const char *revision = show_revision (item->revision, &text);
  K8JsonOptions options = { .kind = &kind, .resource_version = revision };

  if (self->shown_as == K8_SHOWN_AS_TABLE)
    {
      k8_table_row (out, item->object, revision, index == 0, &table);
      return;
    }
  const void *shown = show (self, item->object);
  if (!is_metadata (self))
    {
      options.is_pretty = self->is_pretty;
      k8_json_encode_list_item (out, shown, index == 0, &options);
    }
  else /* unlike items of other lists these say what they are */
    {
      if (index > 0)
        g_string_append_c (out, ',');
      k8_json_encode (out, shown, &options);
    }
  k8_record_unref (shown);
}

static void
end_list (const K8HttpResponse *self, GString *out)
{
  K8KindInfo kind = shown_kind (self);
  K8JsonOptions options = { .kind = &kind, .is_pretty = self->is_pretty };

  if (self->shown_as == K8_SHOWN_AS_TABLE)
    {
      k8_table_end (out);
      return;
    }
  k8_json_encode_list_end (out, k8_array_n (&self->items) == 0, &options);
  if (!self->is_pretty)
    g_string_append_c (out, '\n');
}

static void
encode_protobuf_list (const K8HttpResponse *self, GString *out)
{
  GString *items = g_string_new (NULL);
  const K8ListMeta *meta = new_list_meta (self);
  K8KindInfo kind = shown_kind (self);
  Revision text;

  for (guint32 i = 0; i < k8_array_n (&self->items); i++)
    {
      const K8ApiItem *item = k8_array_at (&self->items, i);
      const void *shown = show (self, item->object);
      k8_protobuf_append_item (items, shown, show_revision (item->revision, &text));
      k8_record_unref (shown);
    }
  k8_protobuf_encode_list (out, meta, items, &kind);
  k8_record_unref (meta);
  g_string_free (items, TRUE);
}

/* A list in YAML is one piece: the order of its keys is known only at the end. */
static void
encode_yaml_list (const K8HttpResponse *self, GString *out)
{
  GString *text = g_string_new (NULL);

  begin_list (self, text);
  for (guint32 i = 0; i < k8_array_n (&self->items); i++)
    encode_item (self, i, text);
  end_list (self, text);
  k8_yaml_append_json (out, text->str, text->len);
  g_string_free (text, TRUE);
}

static gboolean
encode_list_piece (const K8HttpResponse *self, K8HttpCursor *cursor, GString *out,
                   gsize max_bytes)
{
  gsize start = out->len;
  guint32 n = k8_array_n (&self->items);

  if (self->form == K8_FORM_YAML || self->form == K8_FORM_PROTOBUF)
    {
      if (self->form == K8_FORM_YAML)
        encode_yaml_list (self, out);
      else
        encode_protobuf_list (self, out);
      cursor->is_done = TRUE;
      return FALSE;
    }
  if (!cursor->has_sent_columns)
    begin_list (self, out);
  cursor->has_sent_columns = TRUE;
  while (cursor->next_item < n && out->len - start < max_bytes)
    encode_item (self, cursor->next_item++, out);
  if (cursor->next_item < n)
    return TRUE;
  end_list (self, out);
  cursor->is_done = TRUE;
  return FALSE;
}

/**
 * k8_http_encode_piece:
 * @cursor: zeroed before the first piece
 *
 * Returns: whether more is to come.
 */
gboolean
k8_http_encode_piece (const K8HttpResponse *response, K8HttpCursor *cursor, GString *out,
                      gsize max_bytes)
{
  if (cursor->is_done)
    return FALSE;
  switch (response->body)
    {
    case K8_BODY_TEXT:
      g_string_append_len (out, response->text, (gssize) k8_string_length (response->text));
      break;
    case K8_BODY_OBJECT:
      encode_object (response, out);
      break;
    case K8_BODY_LIST:
      return encode_list_piece (response, cursor, out, max_bytes);
    case K8_BODY_NONE:
    case K8_BODY_WATCH:
      break;
    }
  cursor->is_done = TRUE;
  return FALSE;
}

/* What a bookmark shows: an object with nothing but a version. (transfer full) */
static const void *
new_empty_object (const K8HttpResponse *self)
{
  K8ObjectMetaEdit meta;
  K8Edit edit;

  k8_object_meta_edit (&meta, k8_region_of (self), NULL);
  k8_edit_init (&edit, k8_region_of (self), &k8_messages[self->kind->message], NULL);
  k8_edit_set_object (&edit, k8_message_find_field (edit.info, "metadata", strlen ("metadata")),
                      k8_object_meta_seal (&meta));
  return k8_edit_seal (&edit);
}

static void
encode_table_event (const K8HttpResponse *self, K8HttpCursor *cursor, const char *type,
                    const void *object, const char *revision, GString *out)
{
  K8TableOptions table = table_options (self);

  if (cursor->now_seconds != 0)
    table.now_us = cursor->now_seconds * G_GINT64_CONSTANT (1000000);
  table.has_no_columns = cursor->has_sent_columns;
  cursor->has_sent_columns = TRUE;
  k8_table_append_watch_event (out, type, object, revision, &table);
}

static void
encode_event (const K8HttpResponse *self, K8HttpCursor *cursor, const K8WatchEvent *event,
              GString *out)
{
  gboolean is_error = event->type == K8_WATCH_ERROR;
  const char *type = k8_watch_type_name (event->type);
  const void *object
      = event->object != NULL ? k8_record_ref (event->object) : new_empty_object (self);
  Revision text;
  const char *revision = show_revision (event->revision, &text);

  if (self->shown_as == K8_SHOWN_AS_TABLE && !is_error)
    {
      encode_table_event (self, cursor, type, object, revision, out);
      k8_record_unref (object);
      return;
    }
  const void *shown = is_error ? k8_record_ref (object) : show (self, object);
  K8KindInfo kind = is_error ? k8_kinds[K8_KIND_Status] : shown_kind (self);
  if (self->form == K8_FORM_PROTOBUF)
    k8_protobuf_encode_watch_event (
        out, type, shown, &(K8ProtobufOptions){ .kind = &kind, .resource_version = revision });
  else
    k8_json_encode_watch_event (
        out, type, shown, &(K8JsonOptions){ .kind = &kind, .resource_version = revision });
  k8_record_unref (shown);
  k8_record_unref (object);
}

void
k8_http_encode_watch (const K8HttpResponse *response, K8HttpCursor *cursor,
                      const K8WatchBatch *batch, GString *out)
{
  cursor->now_seconds = batch->now_seconds;
  for (guint32 i = 0; i < k8_array_n (&batch->events); i++)
    encode_event (response, cursor, k8_array_at (&batch->events, i), out);
}
