/* SPDX-License-Identifier: Apache-2.0
 *
 * Assertions of the engine: what cannot happen. They stay on in every build.
 * What a client did wrong is a Status value, never an assertion.
 */
#pragma once

#include <glib.h>

/* Stops the program when a condition that must hold does not. One condition each. */
#define k8_assert(condition)                                                                      \
  G_STMT_START                                                                                    \
  {                                                                                               \
    if (G_UNLIKELY (!(condition)))                                                                \
      g_assertion_message_expr ("orrery", __FILE__, __LINE__, G_STRFUNC, #condition);             \
  }                                                                                               \
  G_STMT_END

/* Marks a place that cannot be reached, such as behind a switch over every value of an enum. */
#define k8_assert_not_reached() \
  g_assertion_message_expr ("orrery", __FILE__, __LINE__, G_STRFUNC, NULL)
