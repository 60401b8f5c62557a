/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of the model: names, times, paragraphs.
 */
#include "gui/model.h"

#include "base/time.h"
#include "tests/lib/test.h"
#include "tests/unit/gui/world.h"

static void
check_actor (const GuiModel *model, const char *name, const char *shown)
{
  g_autofree char *text = gui_model_dup_actor (model, name);

  TEST_ASSERT_TEXT (text, shown);
}

void
test_model__the_only_one_of_its_kind_has_no_number (void)
{
  g_autoptr (GuiModel) model = gui_test_model (&(GuiTestSizes){ 1, 1, 0, 0 });

  check_actor (model, "etcd-0", "etcd");
  check_actor (model, "kubelet/web-0", "kubelet/web-0");
  GuiComponent second = { .id = 9, .kind = K8_ACTOR_ETCD, .name = "etcd-1" };
  g_array_append_val (model->components, second);
  check_actor (model, "etcd-0", "etcd-0");
}

void
test_model__brief_times_are_as_short_as_they_can_be (void)
{
  static const struct
  {
    gint64 ms;
    const char *text;
  } rows[] = {
    { 0, "0 s" },      { 7460, "7.5 s" },  { 2000, "2 s" },
    { 59960, "1:00" }, { 125100, "2:05" }, { 3600000, "1:00:00" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = gui_model_dup_brief_time (rows[i].ms * K8_MILLISECOND_NS);
      TEST_ASSERT_TEXT (text, rows[i].text);
    }
}

void
test_model__lines_of_a_paragraph_are_joined_and_lists_kept (void)
{
  g_autofree char *text = gui_model_dup_paragraphs ("one\ntwo\n\nthree\n- four\n- five\n");

  TEST_ASSERT_TEXT (text, "one two\n\nthree\n- four\n- five");
}
