/* SPDX-License-Identifier: Apache-2.0
 *
 * Typed accessors for every row; included by schema/kinds.h, which lists the readers. Writers:
 *   k8_pod_spec_edit (&edit, region, spec or NULL);      begin
 *   k8_pod_spec_set_node_name (&edit, "node-1");         texts are copied; NULL clears
 *   k8_pod_set_spec (&edit, spec);                       records and lists are taken over
 *   k8_pod_spec_add_containers (&edit, container);       appends; _replace_ (i), _remove_ (i)
 *   k8_object_meta_put_labels (&edit, "app", "web");     map entry; _delete_ (key)
 *   k8_pod_spec_clear_node_name (&edit);
 *   spec = k8_pod_spec_seal (&edit);                     end: the caller's (transfer full)
 */
#pragma once

/* Begin, end. */
#define K8_MESSAGE(Type, message, go_name, ...)                                                    \
  G_GNUC_UNUSED static inline void k8_##message##_edit (K8##Type##Edit *self, K8Region *region,    \
                                                        const K8##Type *base)                      \
  {                                                                                                \
    k8_edit_init (&self->edit, region, &k8_messages[k8_message_##message], base);                  \
  }                                                                                                \
  G_GNUC_UNUSED static inline const K8##Type *k8_##message##_seal (K8##Type##Edit *self)           \
  {                                                                                                \
    return k8_edit_seal (&self->edit);                                                             \
  }                                                                                                \
  G_GNUC_UNUSED static inline const K8##Type *k8_##message##_ref (const K8##Type *self)            \
  {                                                                                                \
    return k8_record_ref (self);                                                                   \
  }
#include "schema/rows_begin.h"
#include "schema/kinds/all.def"
#include "schema/rows_end.h"

/* Shorthand for the definitions below. */
#define K8_READER G_GNUC_UNUSED static inline
#define K8_RECORD(message) const struct k8_##message *self
#define K8_EDIT(message) struct k8_##message##_edit *self
#define K8_SELF ((const K8Record *) self)
#define K8_BIT(message, name) k8_##message##_bit_##name
#define K8_BOOL_BIT(message, name) (62 - 2 * k8_##message##_bool_##name)
#define K8_HAS_AND_CLEAR(message, name)                                                            \
  K8_READER gboolean k8_##message##_has_##name (K8_RECORD (message))                               \
  {                                                                                                \
    return k8_record_has_bit (K8_SELF, K8_BIT (message, name));                                    \
  }                                                                                                \
  K8_READER void k8_##message##_clear_##name (K8_EDIT (message))                                   \
  {                                                                                                \
    k8_edit_clear (&self->edit, K8_FIELD (message, name));                                         \
  }

/* Texts. */
#define K8_TEXT_ROW(message, number, name, json, ...)                                              \
  K8_HAS_AND_CLEAR (message, name)                                                                 \
  K8_READER const char *k8_##message##_##name (K8_RECORD (message))                                \
  {                                                                                                \
    return k8_record_text_bit (K8_SELF, K8_BIT (message, name));                                   \
  }                                                                                                \
  K8_READER void k8_##message##_set_##name (K8_EDIT (message), const char *text)                   \
  {                                                                                                \
    k8_edit_set_text (&self->edit, K8_FIELD (message, name), text, -1);                            \
  }
#define K8_STRING K8_TEXT_ROW
#define K8_QUANTITY K8_TEXT_ROW
#define K8_BYTES K8_TEXT_ROW
#define K8_RAW K8_TEXT_ROW

/* Numbers. */
#define K8_INT(message, number, name, json, ...)                                                   \
  K8_HAS_AND_CLEAR (message, name)                                                                 \
  K8_READER gint32 k8_##message##_##name (K8_RECORD (message))                                     \
  {                                                                                                \
    return k8_record_int_bit (K8_SELF, K8_BIT (message, name));                                    \
  }                                                                                                \
  K8_READER void k8_##message##_set_##name (K8_EDIT (message), gint32 value)                       \
  {                                                                                                \
    k8_edit_set_int (&self->edit, K8_FIELD (message, name), value);                                \
  }
#define K8_WIDE_ROW(message, number, name, json, ...)                                              \
  K8_HAS_AND_CLEAR (message, name)                                                                 \
  K8_READER gint64 k8_##message##_##name (K8_RECORD (message))                                     \
  {                                                                                                \
    return k8_record_int64_bit (K8_SELF, K8_BIT (message, name));                                  \
  }                                                                                                \
  K8_READER void k8_##message##_set_##name (K8_EDIT (message), gint64 value)                       \
  {                                                                                                \
    k8_edit_set_int (&self->edit, K8_FIELD (message, name), value);                                \
  }
#define K8_INT64 K8_WIDE_ROW
#define K8_TIME K8_WIDE_ROW
#define K8_MICRO_TIME K8_WIDE_ROW
#define K8_DOUBLE K8_WIDE_ROW
#define K8_INT_OR_STRING(message, number, name, json, ...)                                         \
  K8_HAS_AND_CLEAR (message, name)                                                                 \
  K8_READER K8IntOrString k8_##message##_##name (K8_RECORD (message))                              \
  {                                                                                                \
    return k8_record_get_int_or_string (self, K8_FIELD (message, name));                           \
  }                                                                                                \
  K8_READER void k8_##message##_set_##name (K8_EDIT (message), K8IntOrString value)                \
  {                                                                                                \
    k8_edit_set_int_or_string (&self->edit, K8_FIELD (message, name), value);                      \
  }
#define K8_BOOL(message, number, name, json, ...)                                                  \
  K8_READER gboolean k8_##message##_has_##name (K8_RECORD (message))                               \
  {                                                                                                \
    return k8_record_has_bit (K8_SELF, K8_BOOL_BIT (message, name));                               \
  }                                                                                                \
  K8_READER void k8_##message##_clear_##name (K8_EDIT (message))                                   \
  {                                                                                                \
    k8_edit_clear (&self->edit, K8_FIELD (message, name));                                         \
  }                                                                                                \
  K8_READER gboolean k8_##message##_##name (K8_RECORD (message))                                   \
  {                                                                                                \
    return k8_record_bool_bit (K8_SELF, K8_BOOL_BIT (message, name));                              \
  }                                                                                                \
  K8_READER void k8_##message##_set_##name (K8_EDIT (message), gboolean value)                     \
  {                                                                                                \
    k8_edit_set_int (&self->edit, K8_FIELD (message, name), value);                                \
  }

/* Records. */
#define K8_OBJECT(message, number, name, json, element, ...)                                       \
  K8_HAS_AND_CLEAR (message, name)                                                                 \
  K8_READER const struct k8_##element *k8_##message##_##name (K8_RECORD (message))                 \
  {                                                                                                \
    return k8_record_object_bit (K8_SELF, K8_BIT (message, name));                                 \
  }                                                                                                \
  K8_READER void k8_##message##_set_##name (K8_EDIT (message), const struct k8_##element *record)  \
  {                                                                                                \
    k8_edit_set_object (&self->edit, K8_FIELD (message, name), record);                            \
  }

/* What all lists and maps share. */
#define K8_ANY_LIST(message, name)                                                                 \
  K8_HAS_AND_CLEAR (message, name)                                                                 \
  K8_READER const K8List *k8_##message##_##name (K8_RECORD (message))                              \
  {                                                                                                \
    return k8_record_object_bit (K8_SELF, K8_BIT (message, name));                                 \
  }                                                                                                \
  K8_READER guint k8_##message##_##name##_n (K8_RECORD (message))                                  \
  {                                                                                                \
    return k8_list_n (k8_##message##_##name (self));                                               \
  }                                                                                                \
  K8_READER void k8_##message##_set_##name (K8_EDIT (message), const K8List *list)                 \
  {                                                                                                \
    k8_edit_set_list (&self->edit, K8_FIELD (message, name), list);                                \
  }                                                                                                \
  K8_READER void k8_##message##_remove_##name (K8_EDIT (message), guint index)                     \
  {                                                                                                \
    K8List *list = k8_edit_own_list (&self->edit, K8_FIELD (message, name), 0);                    \
    k8_edit_give_list (&self->edit, K8_FIELD (message, name), k8_list_remove (list, index));       \
  }
#define K8_ADD(message, name, call)                                                                \
  K8List *list = k8_edit_own_list (&self->edit, K8_FIELD (message, name), 1);                      \
  k8_edit_give_list (&self->edit, K8_FIELD (message, name), call);

#define K8_LIST(message, number, name, json, element, ...)                                         \
  K8_ANY_LIST (message, name)                                                                      \
  K8_READER const struct k8_##element *k8_##message##_##name##_at (K8_RECORD (message),            \
                                                                   guint index)                    \
  {                                                                                                \
    return k8_list_get_object (k8_##message##_##name (self), index);                               \
  }                                                                                                \
  K8_READER void k8_##message##_add_##name (K8_EDIT (message), const struct k8_##element *record)  \
  {                                                                                                \
    K8_ADD (message, name, k8_list_add_object (list, record))                                      \
  }                                                                                                \
  K8_READER void k8_##message##_replace_##name (K8_EDIT (message), guint index,                    \
                                                const struct k8_##element *record)                 \
  {                                                                                                \
    K8_ADD (message, name, k8_list_replace_object (list, index, record))                           \
  }
#define K8_STRING_LIST(message, number, name, json, ...)                                           \
  K8_ANY_LIST (message, name)                                                                      \
  K8_READER const char *k8_##message##_##name##_at (K8_RECORD (message), guint index)              \
  {                                                                                                \
    return k8_list_get_text (k8_##message##_##name (self), index);                                 \
  }                                                                                                \
  K8_READER void k8_##message##_add_##name (K8_EDIT (message), const char *text)                   \
  {                                                                                                \
    K8_ADD (message, name, k8_list_add_text (list, text, -1))                                      \
  }
#define K8_NUMBER_LIST(message, number, name, json, ...)                                           \
  K8_ANY_LIST (message, name)                                                                      \
  K8_READER gint64 k8_##message##_##name##_at (K8_RECORD (message), guint index)                   \
  {                                                                                                \
    return k8_list_get_int (k8_##message##_##name (self), index);                                  \
  }                                                                                                \
  K8_READER void k8_##message##_add_##name (K8_EDIT (message), gint64 value)                       \
  {                                                                                                \
    K8_ADD (message, name, k8_list_add_int (list, value))                                          \
  }
#define K8_INT_LIST K8_NUMBER_LIST
#define K8_INT64_LIST K8_NUMBER_LIST

/* Maps. */
#define K8_ANY_MAP(message, name)                                                                  \
  K8_ANY_LIST (message, name)                                                                      \
  K8_READER const char *k8_##message##_##name##_key (K8_RECORD (message), guint index)             \
  {                                                                                                \
    return k8_map_get_key (k8_##message##_##name (self), index);                                   \
  }                                                                                                \
  K8_READER void k8_##message##_delete_##name (K8_EDIT (message), const char *key)                 \
  {                                                                                                \
    K8_ADD (message, name, k8_map_remove (list, key))                                              \
  }
#define K8_TEXT_MAP(message, number, name, json, ...)                                              \
  K8_ANY_MAP (message, name)                                                                       \
  K8_READER const char *k8_##message##_##name##_value (K8_RECORD (message), guint index)           \
  {                                                                                                \
    return k8_map_get_value (k8_##message##_##name (self), index);                                 \
  }                                                                                                \
  K8_READER const char *k8_##message##_##name##_get (K8_RECORD (message), const char *key)         \
  {                                                                                                \
    return k8_map_find (k8_##message##_##name (self), key);                                        \
  }                                                                                                \
  K8_READER void k8_##message##_put_##name (K8_EDIT (message), const char *key, const char *value) \
  {                                                                                                \
    K8_ADD (message, name, k8_map_put (list, key, value, strlen (value)))                          \
  }
#define K8_STRING_MAP K8_TEXT_MAP
#define K8_QUANTITY_MAP K8_TEXT_MAP
#define K8_BYTES_MAP K8_TEXT_MAP
#define K8_STRING_LIST_MAP(message, number, name, json, ...) K8_ANY_MAP (message, name)
#include "schema/rows_begin.h"
#include "schema/kinds/all.def"
#include "schema/rows_end.h"

#undef K8_READER
#undef K8_RECORD
#undef K8_EDIT
#undef K8_SELF
#undef K8_BIT
#undef K8_BOOL_BIT
#undef K8_HAS_AND_CLEAR
#undef K8_TEXT_ROW
#undef K8_WIDE_ROW
#undef K8_ANY_LIST
#undef K8_ADD
#undef K8_NUMBER_LIST
#undef K8_ANY_MAP
#undef K8_TEXT_MAP
