/* SPDX-License-Identifier: Apache-2.0
 *
 * What virtual containers have written. Nothing is kept: a program's lines follow from its profile,
 * its start and its end, and are worked out when somebody reads them.
 */
#pragma once

#include "sim/world.h"

typedef enum
{
  SIM_LOG_GONE,        /* the runtime does not know the container any more */
  SIM_LOG_UNREACHABLE, /* its node cannot be asked; what a client is told was appended */
  SIM_LOG_ENDED,       /* there will be no more lines */
  SIM_LOG_OPEN,        /* it runs */
} SimLogState;

typedef struct
{
  const char *container_id;
  gint64 after_ns;   /* lines that were written later than this, virtual; -1: all... */
  gint64 until_ns;   /* ...and not later than this */
  gint64 tail_lines; /* the last so many; -1: all */
  gboolean has_timestamps;
} SimLogQuery;

/* Appends the lines, each with its newline. */
SimLogState sim_container_log (const SimWorld *world, const SimLogQuery *query, GString *out);

/* Adds a line to the logs of a profile: once after @after_ns, or then every @every_ns (0: once). */
void sim_log_rule_append (GString *rules, gint64 after_ns, gint64 every_ns, const char *line);
