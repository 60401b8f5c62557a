/* SPDX-License-Identifier: Apache-2.0
 *
 * A display of our own (Xvfb) with one window on it, in the process of the test: it is driven by
 * real keys and clicks (xdotool), and looked into directly. Waiting is for a condition, never
 * for a time.
 */
#pragma once

#include "gui/window.h"

/* Starts the display once. FALSE, with the test counted as skipped, if a tool is missing. */
gboolean screen_begin (void);

/* A window over a scenario at an instant, drawn and at rest. */
GtkWidget *screen_open (const char *path, GuiSize size, gint64 at_ns);
void screen_close (GtkWidget *window);

/* Runs the main loop until the condition holds; FALSE after a long while. */
typedef gboolean (*ScreenCondition) (void *user);
gboolean screen_wait (ScreenCondition condition, void *user);

/* Until the player is paused and everything is drawn. */
gboolean screen_wait_rest (GtkWidget *window);

/* What a user does. */
void screen_key (const char *keys);
void screen_click (GtkWidget *widget, double x, double y);
void screen_wheel_up (void); /* where the pointer is */

/* The first widget below a root that is of a type and, if @text is not NULL, shows this text. */
GtkWidget *screen_find (GtkWidget *root, GType type, const char *text);

/* The widget with a name below a root; or NULL. */
GtkWidget *screen_find_named (GtkWidget *root, const char *name);

/* How many frames a window has drawn since it was opened. */
guint screen_n_frames (GtkWidget *window);

/* The window as a picture. */
cairo_surface_t *screen_picture (GtkWidget *window);
