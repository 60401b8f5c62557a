/* SPDX-License-Identifier: Apache-2.0
 *
 * A simulated world as a driver for `serve/` and the window: outside requests enter its timeline,
 * answers are pulled piece by piece, and somebody moves its clock. No clock of its own: the owner
 * calls sim_live_run() with the virtual instant that shall be now.
 */
#pragma once

#include "driver.h"
#include "sim/timeline.h"

typedef struct SimLive SimLive;

/* Works on a timeline that the caller owns and keeps alive. (transfer full) */
SimLive *sim_live_new (SimTimeline *timeline);
void sim_live_free (SimLive *self);
K8Driver sim_live_driver (SimLive *self);

/* Every record of the present; NULL ends it. */
void sim_live_set_trace (SimLive *self, SimTraceSink trace, void *user);

/* Called when a request has come: the owner should run the world soon. */
void sim_live_set_wake (SimLive *self, void (*wake) (void *user), void *user);

/* Runs until @until_ns or @max_steps; gives how many steps were made. */
guint64 sim_live_run (SimLive *self, gint64 until_ns, guint64 max_steps);

/* Goes to an instant; every open request is ended, as after a restart of the server. */
void sim_live_seek (SimLive *self, gint64 at_ns);
void sim_live_seek_step (SimLive *self, guint64 n_steps);

/* Requests that clients hold open; those among them whose answer has not begun; watches. */
guint sim_live_n_tickets (const SimLive *self);
guint sim_live_n_waiting (const SimLive *self);
guint sim_live_n_watches (const SimLive *self);
