/* SPDX-License-Identifier: Apache-2.0
 *
 * Opens a pass over the rows of kinds/all.def: the pass defines the macros that it wants, this
 * file gives the others a meaning. A row of a field that the pass does not name becomes
 * K8_FIELD_ROW (message, number, name, json, TYPE, doc and attributes) if that is defined, else
 * nothing. schema/rows_end.h closes the pass. No include guard: one inclusion a pass.
 */
#ifndef K8_MESSAGE
#define K8_MESSAGE(Type, message, go_name, ...)
#endif
#ifndef K8_END
#define K8_END(message)
#endif
#ifndef K8_KIND
#define K8_KIND(Type, message, group, version, plural, ...)
#endif
#ifndef K8_FIELD_ROW
#define K8_FIELD_ROW(message, number, name, json, TYPE, ...)
#endif
#ifndef K8_OBJECT
#define K8_OBJECT(message, number, name, json, element, ...)                                       \
  K8_FIELD_ROW (message, number, name, json, OBJECT, __VA_ARGS__)
#endif
#ifndef K8_LIST
#define K8_LIST(message, number, name, json, element, ...)                                         \
  K8_FIELD_ROW (message, number, name, json, LIST, __VA_ARGS__)
#endif
#ifndef K8_STRING
#define K8_STRING(message, number, name, json, ...)                                                \
  K8_FIELD_ROW (message, number, name, json, STRING, __VA_ARGS__)
#endif
#ifndef K8_INT
#define K8_INT(message, number, name, json, ...)                                                   \
  K8_FIELD_ROW (message, number, name, json, INT, __VA_ARGS__)
#endif
#ifndef K8_INT64
#define K8_INT64(message, number, name, json, ...)                                                 \
  K8_FIELD_ROW (message, number, name, json, INT64, __VA_ARGS__)
#endif
#ifndef K8_BOOL
#define K8_BOOL(message, number, name, json, ...)                                                  \
  K8_FIELD_ROW (message, number, name, json, BOOL, __VA_ARGS__)
#endif
#ifndef K8_DOUBLE
#define K8_DOUBLE(message, number, name, json, ...)                                                \
  K8_FIELD_ROW (message, number, name, json, DOUBLE, __VA_ARGS__)
#endif
#ifndef K8_TIME
#define K8_TIME(message, number, name, json, ...)                                                  \
  K8_FIELD_ROW (message, number, name, json, TIME, __VA_ARGS__)
#endif
#ifndef K8_MICRO_TIME
#define K8_MICRO_TIME(message, number, name, json, ...)                                            \
  K8_FIELD_ROW (message, number, name, json, MICRO_TIME, __VA_ARGS__)
#endif
#ifndef K8_QUANTITY
#define K8_QUANTITY(message, number, name, json, ...)                                              \
  K8_FIELD_ROW (message, number, name, json, QUANTITY, __VA_ARGS__)
#endif
#ifndef K8_INT_OR_STRING
#define K8_INT_OR_STRING(message, number, name, json, ...)                                         \
  K8_FIELD_ROW (message, number, name, json, INT_OR_STRING, __VA_ARGS__)
#endif
#ifndef K8_BYTES
#define K8_BYTES(message, number, name, json, ...)                                                 \
  K8_FIELD_ROW (message, number, name, json, BYTES, __VA_ARGS__)
#endif
#ifndef K8_RAW
#define K8_RAW(message, number, name, json, ...)                                                   \
  K8_FIELD_ROW (message, number, name, json, RAW, __VA_ARGS__)
#endif
#ifndef K8_STRING_LIST
#define K8_STRING_LIST(message, number, name, json, ...)                                           \
  K8_FIELD_ROW (message, number, name, json, STRING_LIST, __VA_ARGS__)
#endif
#ifndef K8_INT_LIST
#define K8_INT_LIST(message, number, name, json, ...)                                              \
  K8_FIELD_ROW (message, number, name, json, INT_LIST, __VA_ARGS__)
#endif
#ifndef K8_INT64_LIST
#define K8_INT64_LIST(message, number, name, json, ...)                                            \
  K8_FIELD_ROW (message, number, name, json, INT64_LIST, __VA_ARGS__)
#endif
#ifndef K8_STRING_MAP
#define K8_STRING_MAP(message, number, name, json, ...)                                            \
  K8_FIELD_ROW (message, number, name, json, STRING_MAP, __VA_ARGS__)
#endif
#ifndef K8_QUANTITY_MAP
#define K8_QUANTITY_MAP(message, number, name, json, ...)                                          \
  K8_FIELD_ROW (message, number, name, json, QUANTITY_MAP, __VA_ARGS__)
#endif
#ifndef K8_BYTES_MAP
#define K8_BYTES_MAP(message, number, name, json, ...)                                             \
  K8_FIELD_ROW (message, number, name, json, BYTES_MAP, __VA_ARGS__)
#endif
#ifndef K8_STRING_LIST_MAP
#define K8_STRING_LIST_MAP(message, number, name, json, ...)                                       \
  K8_FIELD_ROW (message, number, name, json, STRING_LIST_MAP, __VA_ARGS__)
#endif
