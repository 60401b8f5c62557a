/* SPDX-License-Identifier: Apache-2.0
 *
 * Closes a pass over the rows of kinds/all.def: every row macro is free again.
 * No include guard: one inclusion a pass.
 */
#undef K8_MESSAGE
#undef K8_END
#undef K8_KIND
#undef K8_FIELD_ROW
#undef K8_OBJECT
#undef K8_LIST
#undef K8_STRING
#undef K8_INT
#undef K8_INT64
#undef K8_BOOL
#undef K8_DOUBLE
#undef K8_TIME
#undef K8_MICRO_TIME
#undef K8_QUANTITY
#undef K8_INT_OR_STRING
#undef K8_BYTES
#undef K8_RAW
#undef K8_STRING_LIST
#undef K8_INT_LIST
#undef K8_INT64_LIST
#undef K8_STRING_MAP
#undef K8_QUANTITY_MAP
#undef K8_BYTES_MAP
#undef K8_STRING_LIST_MAP
