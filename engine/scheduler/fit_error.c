/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a pod fits nowhere, in one sentence: how many nodes gave which reason, sorted as texts with
 * their counts in front ("1 ...", "10 ...", "2 ...").
 * Source: pkg/scheduler/framework/types.go, FitError.Error (v1.36).
 */
#include "base/sort.h"
#include "base/text.h"
#include "scheduler/plugins.h"

static const char *const code_names[] = {
  [K8_CODE_SUCCESS] = "Success",
  [K8_CODE_ERROR] = "Error",
  [K8_CODE_UNSCHEDULABLE] = "Unschedulable",
  [K8_CODE_UNRESOLVABLE] = "UnschedulableAndUnresolvable",
  [K8_CODE_WAIT] = "Wait",
  [K8_CODE_SKIP] = "Skip",
  [K8_CODE_PENDING] = "Pending",
};

const char *
k8_code_name (K8Code code)
{
  return code_names[code];
}

void
k8_verdict_append_reason (const K8Verdict *verdict, const K8PodRequests *requests, guint bit,
                          GString *out)
{
  const K8Plugin *plugin = k8_plugins[verdict->plugin];

  if (bit < plugin->n_reasons)
    g_string_append (out, plugin->reasons[bit]);
  else
    plugin->append_reason (requests, bit, out);
}

/* A reason and how many nodes gave it. */
typedef struct
{
  GString *text;
  guint n;
} Entry;

/* The text is taken over. */
static void
count_reason (GArray *entries, GString *text, guint n)
{
  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = &g_array_index (entries, Entry, i);
      if (strcmp (entry->text->str, text->str) == 0)
        {
          entry->n += n;
          g_string_free (text, TRUE);
          return;
        }
    }
  Entry added = { .text = text, .n = n };
  g_array_append_val (entries, added);
}

/* By plugin and bit, so that texts are compared once a reason and not once a node. */
static void
count_verdicts (const K8FitError *self, GArray *entries)
{
  guint32 counts[K8_MAX_PLUGINS][K8_MAX_REASONS];

  memset (counts, 0, sizeof counts);
  for (guint i = 0; i < self->n_verdicts; i++)
    for (guint64 left = self->verdicts[i].reasons; left != 0; left &= left - 1)
      counts[self->verdicts[i].plugin][__builtin_ctzll (left)]++;
  for (guint plugin = 0; k8_plugins[plugin] != NULL; plugin++)
    for (guint bit = 0; bit < K8_MAX_REASONS; bit++)
      if (counts[plugin][bit] > 0)
        {
          K8Verdict verdict = { .plugin = (guint16) plugin };
          GString *text = g_string_new (NULL);
          k8_verdict_append_reason (&verdict, self->requests, bit, text);
          count_reason (entries, text, counts[plugin][bit]);
        }
}

static int
compare_texts (const void *a, const void *b, const void *user)
{
  (void) user;
  return strcmp ((*(GString *const *) a)->str, (*(GString *const *) b)->str);
}

static void
append_sorted (const GArray *entries, GString *out)
{
  GPtrArray *texts = g_ptr_array_new ();

  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = &g_array_index (entries, Entry, i);
      GString *text = g_string_new (NULL);
      k8_text_append_u64 (text, entry->n);
      g_string_append_c (text, ' ');
      g_string_append (text, entry->text->str);
      g_string_free (entry->text, TRUE);
      g_ptr_array_add (texts, text);
    }
  if (texts->len > 0)
    k8_sort (texts->pdata, texts->len, sizeof (gpointer), compare_texts, NULL);
  for (guint i = 0; i < texts->len; i++)
    {
      g_string_append (out, i == 0 ? " " : ", ");
      g_string_append (out, ((GString *) texts->pdata[i])->str);
      g_string_free (texts->pdata[i], TRUE);
    }
  if (texts->len > 0)
    g_string_append_c (out, '.');
  g_ptr_array_free (texts, TRUE);
}

void
k8_fit_error_append (const K8FitError *self, GString *out)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (Entry));

  g_string_append (out, "0/");
  k8_text_append_u64 (out, self->n_nodes);
  g_string_append (out, " nodes are available:");
  count_verdicts (self, entries);
  if (self->absent_reason != NULL && self->n_verdicts < self->n_nodes)
    count_reason (entries, g_string_new (self->absent_reason),
                  self->n_nodes - self->n_verdicts);
  append_sorted (entries, out);
  g_array_free (entries, TRUE);
}
