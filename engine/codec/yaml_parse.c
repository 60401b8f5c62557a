/* SPDX-License-Identifier: Apache-2.0
 *
 * YAML to tapes, over the events of libfyaml. Before libfyaml sees a byte the text is checked to
 * be UTF-8 without control characters; depth, aliases and documents are counted as events come.
 * Source: YAML 1.2.2; the limits are those of limits.h.
 * Departures: keys are scalars; aliases as keys, merge keys (<<) and tags but !!str, !!map and
 * !!seq are refused, and so are duplicate keys.
 */
#include <libfyaml.h>
#include <string.h>

#include "base/text.h"
#include "codec/yaml_tape.h"
#include "limits.h"

enum
{
  MAX_DOCUMENTS = 10000,
};

typedef struct
{
  struct fy_parser *parser;
  struct fy_diag *diag;
  GPtrArray *documents;
  K8YamlDocument *document; /* being read, or NULL */
  GHashTable *anchors;      /* (element-type utf8 guint32+1): of the document */
  GHashTable *keys[K8_MAX_NESTING + 1]; /* of each open mapping, by depth */
  guint32 open[K8_MAX_NESTING + 1];     /* indexes of open nodes */
  guint32 n_children[K8_MAX_NESTING + 1];
  guint depth;
  guint n_aliases;
  const char *text;
  gsize length;
  K8YamlError *error;
} Parser;

void
k8_yaml_tape_init (K8YamlTape *self)
{
  self->nodes = g_array_new (FALSE, FALSE, sizeof (K8YamlNode));
  self->texts = g_string_new (NULL);
}

void
k8_yaml_tape_clear (K8YamlTape *self)
{
  g_clear_pointer (&self->nodes, g_array_unref);
  if (self->texts != NULL)
    g_string_free (self->texts, TRUE);
  self->texts = NULL;
}

guint32
k8_yaml_tape_add (K8YamlTape *self, K8YamlType type, K8YamlPlace place)
{
  K8YamlNode node = { .type = type, .next = self->nodes->len + 1, .place = place };

  g_array_append_val (self->nodes, node);
  return self->nodes->len - 1;
}

void
k8_yaml_tape_set_text (K8YamlTape *self, guint32 index, const char *text, gsize length)
{
  K8YamlNode *node = k8_yaml_tape_node (self, index);

  node->text = (guint32) self->texts->len;
  node->bytes = (guint32) length;
  g_string_append_len (self->texts, text, (gssize) length);
  g_string_append_c (self->texts, '\0');
}

void
k8_yaml_tape_close (K8YamlTape *self, guint32 index)
{
  k8_yaml_tape_node (self, index)->next = self->nodes->len;
}

void
k8_yaml_document_free (K8YamlDocument *self)
{
  if (self == NULL)
    return;
  k8_yaml_tape_clear (&self->tape);
  if (self->json != NULL)
    g_string_free (self->json, TRUE);
  g_clear_pointer (&self->marks, g_array_unref);
  g_free (self);
}

void
k8_yaml_error_clear (K8YamlError *self)
{
  g_clear_pointer (&self->message, g_free);
}

/* Sets the error, unless there is one. Gives FALSE. */
static gboolean
refuse (Parser *self, K8YamlPlace place, const char *message)
{
  if (self->error->message == NULL)
    {
      self->error->place = place;
      self->error->message = g_strdup (message);
    }
  return FALSE;
}

static gboolean
is_allowed_byte (guint8 c)
{
  return c >= 0x20 ? c != 0x7f : c == '\n' || c == '\t' || c == '\r';
}

/* UTF-8 without control characters. */
static gboolean
check_bytes (Parser *self, const char *text)
{
  const char *end = text + self->length;
  K8YamlPlace place = { 1, 1 };

  for (const char *p = text; p < end;)
    {
      guint n = (guint8) *p < 0x80 ? (guint) is_allowed_byte ((guint8) *p)
                                   : k8_json_utf8_length (p, end);
      if (n == 0)
        return refuse (self, place, (guint8) *p < 0x80 ? "control character" : "not UTF-8");
      place.column += n;
      if (*p == '\n')
        place = (K8YamlPlace){ place.line + 1, 1 };
      p += n;
    }
  return TRUE;
}

static K8YamlPlace
get_place (const struct fy_mark *mark)
{
  if (mark == NULL)
    return (K8YamlPlace){ 1, 1 };
  return (K8YamlPlace){ (guint) mark->line + 1, (guint) mark->column + 1 };
}

/* The words of go-yaml where an answer of the API server is known to hold them. */
static const char *
translate_error (const char *message)
{
  if (message == NULL)
    return "not YAML";
  if (strcmp (message, "invalid nested block mapping on the same line") == 0)
    return "mapping values are not allowed in this context";
  return message;
}

/* The first error that libfyaml collected. */
static void
take_parser_error (Parser *self)
{
  void *position = NULL;
  const struct fy_diag_error *error = fy_diag_errors_iterate (self->diag, &position);
  K8YamlPlace place = { 1, 1 };

  if (error != NULL && error->line > 0)
    place.line = (guint) error->line;
  if (error != NULL && error->column > 0)
    place.column = (guint) error->column;
  refuse (self, place, translate_error (error == NULL ? NULL : error->msg));
}

static K8YamlDocument *
make_document (void)
{
  K8YamlDocument *document = g_new0 (K8YamlDocument, 1);

  k8_yaml_tape_init (&document->tape);
  return document;
}

static gboolean
begin_document (Parser *self)
{
  if (self->documents->len >= MAX_DOCUMENTS)
    return refuse (self, (K8YamlPlace){ 1, 1 }, "too many documents");
  self->document = make_document ();
  self->anchors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->depth = 0;
  return TRUE;
}

/* Whether there is nothing in a document: `---` alone, or a comment. */
static gboolean
is_empty (const K8YamlDocument *document)
{
  const K8YamlNode *node = k8_yaml_tape_node (&document->tape, 0);

  return document->tape.nodes->len == 0 || (node->type == K8_YAML_PLAIN && node->bytes == 0);
}

static gboolean
end_document (Parser *self)
{
  K8YamlDocument *document = g_steal_pointer (&self->document);
  gsize max_bytes = MAX (self->length, 100) * K8_MAX_YAML_EXPANSION;

  g_clear_pointer (&self->anchors, g_hash_table_unref);
  if (is_empty (document))
    {
      k8_yaml_document_free (document);
      return TRUE;
    }
  g_ptr_array_add (self->documents, document);
  return k8_yaml_document_write (document, max_bytes, self->error);
}

static gboolean
is_key (const Parser *self)
{
  return self->depth > 0 && self->keys[self->depth - 1] != NULL
         && self->n_children[self->depth - 1] % 2 == 0;
}

/* A new child of the innermost open node. */
static guint32
add_node (Parser *self, K8YamlType type, K8YamlPlace place)
{
  if (self->depth > 0)
    self->n_children[self->depth - 1]++;
  return k8_yaml_tape_add (&self->document->tape, type, place);
}

static char *
dup_token (struct fy_token *token)
{
  gsize length = 0;
  const char *text = token == NULL ? NULL : fy_token_get_text (token, &length);

  return text == NULL ? NULL : g_strndup (text, length);
}

static gboolean
check_tag (Parser *self, struct fy_event *event, const char *allowed, K8YamlPlace place)
{
  g_autofree char *tag = dup_token (fy_event_get_tag_token (event));

  if (tag == NULL || strcmp (tag, allowed) == 0 || strcmp (tag, "!") == 0)
    return TRUE;
  g_autofree char *message = g_strconcat ("tag ", tag, " is not allowed", NULL);
  return refuse (self, place, message);
}

static void
note_anchor (Parser *self, struct fy_event *event, guint32 index)
{
  char *name = dup_token (fy_event_get_anchor_token (event));

  if (name != NULL)
    g_hash_table_insert (self->anchors, name, GUINT_TO_POINTER (index + 1));
}

static gboolean
begin_level (Parser *self, struct fy_event *event, gboolean is_mapping)
{
  K8YamlPlace place = get_place (fy_event_start_mark (event));
  const char *tag = is_mapping ? "tag:yaml.org,2002:map" : "tag:yaml.org,2002:seq";

  if (self->depth >= K8_MAX_NESTING)
    return refuse (self, place, "exceeded max depth");
  if (is_key (self))
    return refuse (self, place, "a key must be a scalar");
  if (!check_tag (self, event, tag, place))
    return FALSE;
  guint32 index = add_node (self, is_mapping ? K8_YAML_MAPPING : K8_YAML_SEQUENCE, place);
  note_anchor (self, event, index);
  self->open[self->depth] = index;
  self->n_children[self->depth] = 0;
  self->keys[self->depth]
      = is_mapping ? g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) : NULL;
  self->depth++;
  return TRUE;
}

static gboolean
end_level (Parser *self)
{
  self->depth--;
  g_clear_pointer (&self->keys[self->depth], g_hash_table_unref);
  k8_yaml_tape_close (&self->document->tape, self->open[self->depth]);
  return TRUE;
}

static gboolean
check_key (Parser *self, const char *text, gboolean is_plain, K8YamlPlace place)
{
  GHashTable *keys = self->keys[self->depth - 1];

  if (is_plain && strcmp (text, "<<") == 0)
    return refuse (self, place, "merge keys (<<) are not part of YAML 1.2");
  if (g_hash_table_add (keys, g_strdup (text)))
    return TRUE;
  g_autofree char *message = g_strconcat ("key \"", text, "\" is set already", NULL);
  return refuse (self, place, message);
}

/* libfyaml's mark of a quoted text or an alias stands behind its first character. */
static K8YamlPlace
get_place_before (struct fy_event *event)
{
  K8YamlPlace place = get_place (fy_event_start_mark (event));

  place.column -= place.column > 1;
  return place;
}

static gboolean
is_quoted (struct fy_token *token)
{
  enum fy_scalar_style style = token == NULL ? FYSS_PLAIN : fy_token_scalar_style (token);

  return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

/* Joins the lines of a quoted text: one line end is a space, more are one less of themselves. */
static const char *
fold_line_ends (GString *out, const char *p, const char *end)
{
  guint n = 0;

  while (out->len > 0 && (out->str[out->len - 1] == ' ' || out->str[out->len - 1] == '\t'))
    g_string_truncate (out, out->len - 1);
  for (; p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'); p++)
    n += *p == '\n' || (*p == '\r' && (p + 1 == end || p[1] != '\n'));
  if (n == 1)
    g_string_append_c (out, ' ');
  for (; n > 1; n--)
    g_string_append_c (out, '\n');
  return p;
}

/* The content of a text in single quotes, taken from the input itself: libfyaml 0.7.12 loses
 * bytes behind two doubled quotes in a row. NULL if the place is not what it should be. */
static GString *
read_single_quoted (const Parser *self, struct fy_token *token)
{
  const struct fy_mark *start = fy_token_start_mark (token);
  const char *end = self->text + self->length;
  const char *p = start == NULL ? end : self->text + MIN (start->input_pos, self->length);
  GString *content = g_string_new (NULL);
  gboolean is_behind_quote = p > self->text && p < end && p[-1] == '\'';

  while (is_behind_quote && p < end)
    {
      if (*p == '\n' || *p == '\r')
        {
          p = fold_line_ends (content, p, end);
          continue;
        }
      if (*p == '\'' && (++p >= end || *p != '\''))
        return content;
      g_string_append_c (content, *p++);
    }
  g_string_free (content, TRUE);
  return NULL;
}

/* The content of a scalar. (transfer full) */
static GString *
read_scalar (const Parser *self, struct fy_token *token)
{
  gsize length = 0;
  GString *content = NULL;

  if (token != NULL && fy_token_scalar_style (token) == FYSS_SINGLE_QUOTED)
    content = read_single_quoted (self, token);
  if (content != NULL)
    return content;
  const char *text = token == NULL ? NULL : fy_token_get_text (token, &length);
  return text == NULL ? g_string_new (NULL) : g_string_new_len (text, (gssize) length);
}

static gboolean
add_scalar (Parser *self, struct fy_event *event)
{
  struct fy_token *token = event->scalar.value;
  K8YamlPlace place
      = is_quoted (token) ? get_place_before (event) : get_place (fy_event_start_mark (event));
  gboolean has_tag = fy_event_get_tag_token (event) != NULL;
  gboolean is_plain = !has_tag && (token == NULL
                                   || fy_token_scalar_style (token) == FYSS_PLAIN);
  gboolean is_of_key = is_key (self);
  g_autoptr (GString) content = read_scalar (self, token);

  if (!check_tag (self, event, "tag:yaml.org,2002:str", place))
    return FALSE;
  if (memchr (content->str, '\0', content->len) != NULL)
    return refuse (self, place, "a text must not hold NUL");
  guint32 index = add_node (self, is_plain ? K8_YAML_PLAIN : K8_YAML_TEXT, place);
  K8YamlTape *tape = &self->document->tape;
  k8_yaml_tape_set_text (tape, index, content->str, content->len);
  note_anchor (self, event, index);
  if (!is_of_key)
    return TRUE;
  const char *key = k8_yaml_tape_text (tape, k8_yaml_tape_node (tape, index));
  return check_key (self, key, is_plain, place);
}

static gboolean
is_open (const Parser *self, guint32 index)
{
  for (guint i = 0; i < self->depth; i++)
    if (self->open[i] == index)
      return TRUE;
  return FALSE;
}

static gboolean
add_alias (Parser *self, struct fy_event *event)
{
  K8YamlPlace place = get_place_before (event);
  g_autofree char *name = dup_token (event->alias.anchor);
  guint found = 0;

  if (name != NULL)
    found = GPOINTER_TO_UINT (g_hash_table_lookup (self->anchors, name));
  if (found == 0)
    return refuse (self, place, "alias of an anchor that is not there");
  if (is_key (self))
    return refuse (self, place, "a key must be a scalar");
  if (is_open (self, found - 1))
    return refuse (self, place, "alias of what it is part of");
  if (++self->n_aliases > K8_MAX_YAML_ALIASES)
    return refuse (self, place, "too many aliases");
  guint32 index = add_node (self, K8_YAML_ALIAS, place);
  k8_yaml_tape_node (&self->document->tape, index)->text = found - 1;
  return TRUE;
}

static gboolean
take_event (Parser *self, struct fy_event *event)
{
  switch (event->type)
    {
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
      return TRUE;
    case FYET_DOCUMENT_START:
      return begin_document (self);
    case FYET_DOCUMENT_END:
      return end_document (self);
    case FYET_MAPPING_START:
      return begin_level (self, event, TRUE);
    case FYET_SEQUENCE_START:
      return begin_level (self, event, FALSE);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
      return end_level (self);
    case FYET_SCALAR:
      return add_scalar (self, event);
    case FYET_ALIAS:
      return add_alias (self, event);
    }
  return TRUE;
}

static void
read_events (Parser *self)
{
  gboolean is_fine = TRUE;
  gboolean is_end = FALSE;

  while (is_fine && !is_end)
    {
      struct fy_event *event = fy_parser_parse (self->parser);
      if (event == NULL)
        {
          take_parser_error (self);
          return;
        }
      is_end = event->type == FYET_STREAM_END;
      is_fine = take_event (self, event);
      fy_parser_event_free (self->parser, event);
    }
}

static void
clear_parser (Parser *self)
{
  k8_yaml_document_free (self->document);
  g_clear_pointer (&self->anchors, g_hash_table_unref);
  for (guint i = 0; i < G_N_ELEMENTS (self->keys); i++)
    g_clear_pointer (&self->keys[i], g_hash_table_unref);
  if (self->parser != NULL)
    fy_parser_destroy (self->parser);
  if (self->diag != NULL)
    fy_diag_destroy (self->diag);
}

static void
parse (Parser *self, const char *text)
{
  const struct fy_diag_cfg diag = { .level = FYET_ERROR, .module_mask = ~0u };
  struct fy_parse_cfg config = { .search_path = "",
                                 .flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2
                                          | FYPCF_DISABLE_DEPTH_LIMIT | FYPCF_JSON_NONE };

  self->diag = fy_diag_create (&diag);
  fy_diag_set_collect_errors (self->diag, true);
  config.diag = self->diag;
  self->parser = fy_parser_create (&config);
  if (self->parser == NULL || fy_parser_set_string (self->parser, text, self->length) != 0)
    refuse (self, (K8YamlPlace){ 1, 1 }, "cannot be read");
  else
    read_events (self);
}

/**
 * k8_yaml_parse:
 * @ret_error: cleared by the caller with k8_yaml_error_clear(); zeroed before
 *
 * Reads a stream of documents.
 *
 * Returns: (transfer full) (nullable): the documents that are not empty, in order.
 * Cost: O(length), some 0.15 s a megabyte.
 */
GPtrArray *
k8_yaml_parse (const char *text, gsize length, K8YamlError *ret_error)
{
  Parser self = { .length = length, .error = ret_error };

  if (length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    {
      text += 3;
      self.length -= 3;
    }
  self.text = text;
  self.documents = g_ptr_array_new_with_free_func ((GDestroyNotify) k8_yaml_document_free);
  if (self.length > K8_MAX_BODY_BYTES)
    refuse (&self, (K8YamlPlace){ 1, 1 }, "text is longer than the limit");
  else if (check_bytes (&self, text) && self.length > 0)
    parse (&self, text);
  clear_parser (&self);
  if (ret_error->message == NULL)
    return self.documents;
  g_ptr_array_unref (self.documents);
  return NULL;
}
