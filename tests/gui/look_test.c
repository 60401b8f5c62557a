/* SPDX-License-Identifier: Apache-2.0
 *
 * How the window looks, at three sizes and in both styles: every part is painted and inside, no
 * text of a widget is cut off, and a big world does not stop it.
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/time.h"
#include "tests/gui/screen.h"
#include "tests/lib/test.h"

#define FLAGSHIP TEST_SOURCE_ROOT "/scenarios/shop/01-flagship.yaml"

static const GuiSize sizes[] = { { 1280, 720 }, { 1600, 900 }, { 2560, 1440 } };

/* Without a compositor the window draws its own borders, within its size. */
#define BORDERS 12

static guint
count_colours (cairo_surface_t *surface)
{
  GHashTable *colours = g_hash_table_new (NULL, NULL);
  int stride = cairo_image_surface_get_stride (surface);

  for (int y = 0; y < cairo_image_surface_get_height (surface); y++)
    {
      const guint32 *line =
          (const guint32 *) (cairo_image_surface_get_data (surface) + (gsize) y * (gsize) stride);
      for (int x = 0; x < cairo_image_surface_get_width (surface); x++)
        g_hash_table_add (colours, GUINT_TO_POINTER (line[x] | 0xff000000u));
    }
  guint n = g_hash_table_size (colours);
  g_hash_table_unref (colours);
  return n;
}

/* Labels that are shown and cut off. */
static guint
count_cut (GtkWidget *root)
{
  guint n = 0;

  if (GTK_IS_LABEL (root) && gtk_widget_get_mapped (root) &&
      pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (root))))
    {
      test_note ("cut off: %s", gtk_label_get_text (GTK_LABEL (root)));
      n++;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count_cut (child);
  return n;
}

/* Buttons and canvases lie in the window, whole. */
static guint
count_outside (GtkWidget *root, GtkWidget *window)
{
  guint n = 0;
  graphene_rect_t rect;

  if ((GTK_IS_BUTTON (root) || GTK_IS_DRAWING_AREA (root)) && gtk_widget_get_mapped (root) &&
      gtk_widget_get_ancestor (root, GTK_TYPE_SCROLLED_WINDOW) == NULL &&
      gtk_widget_compute_bounds (root, window, &rect))
    n += rect.origin.x < 0 || rect.origin.y < 0 ||
         rect.origin.x + rect.size.width > (float) gtk_widget_get_width (window) ||
         rect.origin.y + rect.size.height > (float) gtk_widget_get_height (window);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count_outside (child, window);
  return n;
}

static void
check_look (GuiSize size, gint64 at_ns)
{
  GtkWidget *window = screen_open (FLAGSHIP, size, at_ns);
  GuiDesk *desk = gui_window_desk (window);

  CU_ASSERT (gtk_widget_get_width (window) >= (int) size.width - BORDERS);
  CU_ASSERT (gtk_widget_get_height (window) >= (int) size.height - BORDERS);
  gui_desk_select (desk, GUI_SELECTION_NODE, NULL, "node-2");
  CU_ASSERT (screen_wait_rest (window));
  cairo_surface_t *picture = screen_picture (window);
  CU_ASSERT (count_colours (picture) > 100);
  cairo_surface_destroy (picture);
  CU_ASSERT_EQUAL (count_cut (window), 0);
  CU_ASSERT_EQUAL (count_outside (window, window), 0);
  screen_close (window);
}

void
test_look__nothing_is_cut_off_at_three_sizes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (sizes) && screen_begin (); i++)
    {
      check_look (sizes[i], 3 * K8_SECOND_NS);
      check_look (sizes[i], 100 * K8_SECOND_NS);
      check_look (sizes[i], 11 * K8_MINUTE_NS);
    }
}

/* An ink and what it is written on. */
static double
get_contrast (const GuiColour *ink, const GuiColour *ground)
{
  double light[2];
  const GuiColour *colours[] = { ink, ground };

  for (guint i = 0; i < 2; i++)
    {
      const double parts[] = { colours[i]->red, colours[i]->green, colours[i]->blue };
      static const double shares[] = { 0.2126, 0.7152, 0.0722 };
      light[i] = 0.05;
      for (guint k = 0; k < 3; k++)
        light[i] += shares[k] * (parts[k] <= 0.04045 ? parts[k] / 12.92
                                                     : pow ((parts[k] + 0.055) / 1.055, 2.4));
    }
  return MAX (light[0], light[1]) / MIN (light[0], light[1]);
}

/* WCAG 2.2, 1.4.3: 4.5 for text; every ink on every ground that it is written on. */
void
test_look__texts_stand_out_from_their_grounds_by_day_and_by_night (void)
{
  static const GuiTint inks[] = { GUI_TINT_STRONG, GUI_TINT_NORMAL, GUI_TINT_FAINT,
                                  GUI_TINT_ALARM };
  static const GuiTint grounds[] = { GUI_TINT_CANVAS,   GUI_TINT_FLOOR,    GUI_TINT_ZONE,
                                     GUI_TINT_CARD,     GUI_TINT_CARD_OFF, GUI_TINT_COMPONENT,
                                     GUI_TINT_TIMELINE, GUI_TINT_SEEN };

  for (guint theme = 0; theme < GUI_N_THEMES; theme++)
    {
      const GuiColour *tints = gui_tints[theme];
      CU_ASSERT (get_contrast (&tints[GUI_TINT_TOKEN_INK], &tints[GUI_TINT_TOKEN]) >= 4.5);
      for (guint i = 0; i < G_N_ELEMENTS (inks); i++)
        for (guint k = 0; k < G_N_ELEMENTS (grounds); k++)
          {
            double contrast = get_contrast (&tints[inks[i]], &tints[grounds[k]]);
            if (contrast < 4.5)
              test_note ("theme %u: ink %u on %u: %.2f", theme, inks[i], grounds[k], contrast);
            CU_ASSERT (contrast >= 4.5);
          }
    }
}

static const char big[] =
    "apiVersion: orrery.dev/v1\n"
    "kind: Scenario\n"
    "metadata: {name: big, title: A thousand nodes}\n"
    "world:\n"
    "  nodes:\n"
    "  - {name: 'node-{n}', count: 1000, zones: [zone-a, zone-b], cpu: 8, memory: 16Gi}\n"
    "  images:\n"
    "  - {image: '*', pull: 1s, start: 200ms}\n"
    "steps:\n"
    "- at: 5s\n"
    "  apply: |\n"
    "    apiVersion: apps/v1\n"
    "    kind: Deployment\n"
    "    metadata: {name: web}\n"
    "    spec:\n"
    "      replicas: 3000\n"
    "      selector: {matchLabels: {app: web}}\n"
    "      template:\n"
    "        metadata: {labels: {app: web}}\n"
    "        spec: {containers: [{name: web, image: 'web:1'}]}\n"
    "until: 60s\n";

typedef struct
{
  GtkWidget *window;
  guint n_turns;
  gint64 longest_us;
  gint64 last_us;
} Watch;

static gboolean
is_there (void *user)
{
  Watch *self = user;
  gint64 now_us = g_get_monotonic_time ();

  if (self->last_us != 0)
    self->longest_us = MAX (self->longest_us, now_us - self->last_us);
  self->last_us = now_us;
  self->n_turns++;
  return gui_player_mode (gui_window_desk (self->window)->player) == GUI_PLAYER_PAUSED;
}

/* Opening a thousand nodes at an instant far on takes a while; in it the window is drawn again
 * and again and the main loop turns, so it answers. */
void
test_look__a_thousand_nodes_do_not_stop_the_window (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("orrery-gui-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "big.yaml", NULL);

  if (!screen_begin ())
    return;
  CU_ASSERT_FATAL (g_file_set_contents (path, big, -1, &error));
  GtkWidget *window = screen_open (path, sizes[1], 0);
  Watch watch = { .window = window };
  guint n_frames = screen_n_frames (window);

  gui_player_seek (gui_window_desk (window)->player, 10 * K8_SECOND_NS);
  gui_desk_notify (gui_window_desk (window), GUI_DESK_TIME);
  CU_ASSERT (screen_wait (is_there, &watch));
  CU_ASSERT_EQUAL (gui_player_model (gui_window_desk (window)->player)->pods->len, 3000);
  n_frames = screen_n_frames (window) - n_frames;
  test_note ("%u frames on the way, the longest turn of the main loop %.0f ms", n_frames,
             (double) watch.longest_us / 1000);
  CU_ASSERT (n_frames >= 3);
  CU_ASSERT (watch.n_turns >= 20);
  screen_close (window);
  CU_ASSERT_EQUAL (g_remove (path), 0);
  CU_ASSERT_EQUAL (g_rmdir (folder), 0);
}
