/* SPDX-License-Identifier: Apache-2.0
 *
 * Indexer: entries by slot; the first entry of each namespace and owner in an index, the others
 * chained through the entries, newest first. A change of owner or an update moves an entry
 * between chains without touching any other object.
 * Invariant: an entry is in exactly one namespace chain and in at most one owner chain.
 */
#include "client/cache.h"

#include "base/assert.h"
#include "base/index.h"
#include "base/slots.h"
#include "machinery/gvk.h"
#include "machinery/owner.h"

struct K8CacheState
{
  K8Mail mail;
  K8Slots entries;
  K8Index by_name;      /* namespace and name handles */
  K8Index by_namespace; /* first entry */
  K8Index by_owner;     /* first entry */
};

static void
ref_entry (K8Region *region, void *element)
{
  K8CacheEntry *entry = element;

  k8_record_ref (entry->object);
  k8_string_ref (entry->namespace_name);
  k8_string_ref (entry->name);
  k8_string_ref (entry->uid);
  k8_string_ref (entry->owner_uid);
}

static void
unref_entry (K8Region *region, void *element)
{
  K8CacheEntry *entry = element;

  k8_record_unref (entry->object);
  k8_string_unref (entry->namespace_name);
  k8_string_unref (entry->name);
  k8_string_unref (entry->uid);
  k8_string_unref (entry->owner_uid);
}

static const K8ElementClass entry_class = { .ref = ref_entry, .unref = unref_entry };

static void
clear_state (K8Mail *mail)
{
  K8CacheState *state = (K8CacheState *) mail;

  k8_slots_clear (&state->entries);
  k8_index_clear (&state->by_name);
  k8_index_clear (&state->by_namespace);
  k8_index_clear (&state->by_owner);
}

static const K8MailClass state_class = { .name = "cache",
                                         .bytes = sizeof (K8CacheState),
                                         .clear = clear_state };

void
k8_cache_init (K8Cache *self, K8Region *region, const K8KindInfo *kind)
{
  *self = (K8Cache){ .region = region, .kind = kind };
}

void
k8_cache_clear (K8Cache *self)
{
  k8_mail_unref (self->state);
  self->state = NULL;
}

void
k8_cache_clone (K8Cache *ret_clone, const K8Cache *self)
{
  *ret_clone = *self;
  k8_mail_ref (self->state);
}

void
k8_cache_set_state (K8Cache *self, const K8CacheState *state)
{
  const K8CacheState *before = self->state;

  self->state = k8_mail_ref (state);
  k8_mail_unref (before);
}

gboolean
k8_cache_is_shared (const K8Cache *self)
{
  return self->state == NULL || self->state->mail.refs > 1;
}

/* The state, to be written: made, or copied, if need be. */
static K8CacheState *
edit_state (K8Cache *self)
{
  const K8CacheState *before = self->state;

  if (before != NULL && before->mail.refs == 1)
    return (K8CacheState *) before;
  K8CacheState *own = k8_mail_new (self->region, &state_class);
  if (before == NULL)
    {
      k8_slots_init (&own->entries, self->region, sizeof (K8CacheEntry), &entry_class);
      k8_index_init (&own->by_name, self->region);
      k8_index_init (&own->by_namespace, self->region);
      k8_index_init (&own->by_owner, self->region);
    }
  else
    {
      k8_slots_clone (&own->entries, &before->entries);
      k8_index_clone (&own->by_name, &before->by_name);
      k8_index_clone (&own->by_namespace, &before->by_namespace);
      k8_index_clone (&own->by_owner, &before->by_owner);
    }
  k8_mail_unref (before);
  self->state = own;
  return own;
}

guint
k8_cache_n (const K8Cache *self)
{
  return self->state == NULL ? 0 : k8_slots_n (&self->state->entries);
}

/* The key of a name: handles of two texts of the region. */
static guint64
name_key (const char *namespace_name, const char *name)
{
  return k8_index_key (k8_string_handle (namespace_name), k8_string_handle (name));
}

guint32
k8_cache_slot_of (const K8Cache *self, const char *namespace_name, const char *name)
{
  const char *own_namespace = NULL;
  const char *own_name = k8_string_find (self->region, name);

  if (namespace_name != NULL && *namespace_name != '\0')
    own_namespace = k8_string_find (self->region, namespace_name);
  if (own_name == NULL || self->state == NULL ||
      (namespace_name != NULL && *namespace_name != '\0' && own_namespace == NULL))
    return 0;
  return k8_index_find (&self->state->by_name, name_key (own_namespace, own_name));
}

const K8CacheEntry *
k8_cache_at (const K8Cache *self, guint32 slot)
{
  return self->state == NULL ? NULL : k8_slots_get (&self->state->entries, slot);
}

const K8CacheEntry *
k8_cache_find (const K8Cache *self, const char *namespace_name, const char *name)
{
  return k8_cache_at (self, k8_cache_slot_of (self, namespace_name, name));
}

guint32
k8_cache_next (const K8Cache *self, guint32 slot)
{
  return self->state == NULL ? 0 : k8_slots_next (&self->state->entries, slot);
}

/* The first entry of a chain: the value that an index has for a text. */
static guint32
find_first (const K8Cache *self, const K8Index *index, const char *text)
{
  const char *own = text == NULL ? NULL : k8_string_find (self->region, text);

  return own == NULL ? 0 : k8_index_find (index, k8_string_handle (own));
}

guint32
k8_cache_next_in_namespace (const K8Cache *self, const char *namespace_name, guint32 slot)
{
  if (slot != 0)
    return k8_cache_at (self, slot)->next_in_namespace;
  return self->state == NULL ? 0 : find_first (self, &self->state->by_namespace, namespace_name);
}

guint32
k8_cache_next_of_owner (const K8Cache *self, const char *owner_uid, guint32 slot)
{
  if (slot != 0)
    return k8_cache_at (self, slot)->next_of_owner;
  return self->state == NULL ? 0 : find_first (self, &self->state->by_owner, owner_uid);
}

static K8CacheEntry *
edit_entry (K8CacheState *self, guint32 slot)
{
  return k8_slots_edit (&self->entries, slot);
}

static void
set_first (K8Index *index, const char *text, guint32 slot)
{
  if (slot != 0)
    k8_index_put (index, k8_string_handle (text), slot);
  else
    k8_index_remove (index, k8_string_handle (text));
}

static void
link_namespace (K8CacheState *self, guint32 slot)
{
  K8CacheEntry *entry = edit_entry (self, slot);
  const char *text = entry->namespace_name;

  if (text == NULL)
    return;
  guint32 first = k8_index_find (&self->by_namespace, k8_string_handle (text));
  entry->next_in_namespace = first;
  if (first != 0)
    edit_entry (self, first)->previous_in_namespace = slot;
  set_first (&self->by_namespace, text, slot);
}

static void
unlink_namespace (K8CacheState *self, guint32 slot)
{
  K8CacheEntry entry = *(const K8CacheEntry *) k8_slots_get (&self->entries, slot);

  if (entry.namespace_name == NULL)
    return;
  if (entry.next_in_namespace != 0)
    edit_entry (self, entry.next_in_namespace)->previous_in_namespace = entry.previous_in_namespace;
  if (entry.previous_in_namespace != 0)
    edit_entry (self, entry.previous_in_namespace)->next_in_namespace = entry.next_in_namespace;
  else
    set_first (&self->by_namespace, entry.namespace_name, entry.next_in_namespace);
}

static void
link_owner (K8CacheState *self, guint32 slot, const char *owner_uid)
{
  K8CacheEntry *entry = edit_entry (self, slot);

  if (owner_uid == NULL)
    return;
  entry->owner_uid = k8_string_ref (owner_uid);
  guint32 first = k8_index_find (&self->by_owner, k8_string_handle (owner_uid));
  entry->next_of_owner = first;
  entry->previous_of_owner = 0;
  if (first != 0)
    edit_entry (self, first)->previous_of_owner = slot;
  set_first (&self->by_owner, owner_uid, slot);
}

static void
unlink_owner (K8CacheState *self, guint32 slot)
{
  K8CacheEntry entry = *(const K8CacheEntry *) k8_slots_get (&self->entries, slot);

  if (entry.owner_uid == NULL)
    return;
  if (entry.next_of_owner != 0)
    edit_entry (self, entry.next_of_owner)->previous_of_owner = entry.previous_of_owner;
  if (entry.previous_of_owner != 0)
    edit_entry (self, entry.previous_of_owner)->next_of_owner = entry.next_of_owner;
  else
    set_first (&self->by_owner, entry.owner_uid, entry.next_of_owner);
  K8CacheEntry *own = edit_entry (self, slot);
  own->owner_uid = NULL;
  own->next_of_owner = own->previous_of_owner = 0;
  k8_string_unref (entry.owner_uid);
}

static const char *
get_owner_uid (const K8ObjectMeta *meta)
{
  const K8OwnerReference *owner = k8_owner_find_controller (meta);

  return owner == NULL ? NULL : k8_owner_reference_uid (owner);
}

static guint32
add_entry (K8CacheState *self, const void *object, const K8ObjectMeta *meta)
{
  guint32 slot = k8_slots_add (&self->entries);
  K8CacheEntry *entry = edit_entry (self, slot);

  entry->object = k8_record_ref (object);
  entry->namespace_name = k8_string_ref (k8_object_meta_namespace (meta));
  entry->name = k8_string_ref (k8_object_meta_name (meta));
  entry->uid = k8_string_ref (k8_object_meta_uid (meta));
  k8_index_put (&self->by_name, name_key (entry->namespace_name, entry->name), slot);
  link_namespace (self, slot);
  link_owner (self, slot, get_owner_uid (meta));
  return slot;
}

static void
replace_object (K8CacheState *self, guint32 slot, const void *object, const K8ObjectMeta *meta)
{
  K8CacheEntry *entry = edit_entry (self, slot);
  const void *before = entry->object;
  const char *uid_before = entry->uid;

  entry->object = k8_record_ref (object);
  entry->uid = k8_string_ref (k8_object_meta_uid (meta));
  k8_string_unref (uid_before);
  const char *owner_uid = get_owner_uid (meta);
  if (!k8_string_equal (owner_uid, entry->owner_uid))
    {
      unlink_owner (self, slot);
      link_owner (self, slot, owner_uid);
    }
  k8_record_unref (before);
}

/**
 * k8_cache_put:
 * @object: counted
 *
 * Adds an object, or replaces what was known of it.
 *
 * Returns: its slot, the same as before if it was known.
 * Cost: O(1).
 */
guint32
k8_cache_put (K8Cache *self, const void *object, gint64 revision)
{
  const K8ObjectMeta *meta = k8_object_get_meta (object);
  const char *namespace_name = k8_object_meta_namespace (meta);
  K8CacheState *state = edit_state (self);
  guint32 slot =
      k8_index_find (&state->by_name, name_key (namespace_name, k8_object_meta_name (meta)));

  if (slot == 0)
    slot = add_entry (state, object, meta);
  else
    replace_object (state, slot, object, meta);
  edit_entry (state, slot)->revision = revision;
  return slot;
}

/* Takes an object out. */
void
k8_cache_remove (K8Cache *self, guint32 slot)
{
  const K8CacheEntry *entry = k8_cache_at (self, slot);

  k8_assert (entry != NULL);
  K8CacheState *state = edit_state (self);
  k8_index_remove (&state->by_name, name_key (entry->namespace_name, entry->name));
  unlink_owner (state, slot);
  unlink_namespace (state, slot);
  k8_slots_remove (&state->entries, slot);
  if (k8_slots_n (&state->entries) == 0)
    k8_cache_clear (self);
}
