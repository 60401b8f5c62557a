/* SPDX-License-Identifier: Apache-2.0
 *
 * What a row of a kind says, as the walkers see it: one K8Field a row, one K8MessageInfo a
 * message, one K8KindInfo a kind. Codecs, defaults, validation, patches, selectors, OpenAPI and
 * documentation all read these tables; nothing about a field is said anywhere else.
 * The tables are built from kinds/ *.def by schema/kinds.c.
 */
#pragma once

#include <glib.h>

typedef enum
{
  K8_FIELD_NONE,
  K8_FIELD_STRING,        /* text */
  K8_FIELD_INT,           /* 32 bits */
  K8_FIELD_INT64,         /* 64 bits */
  K8_FIELD_BOOL,          /* */
  K8_FIELD_DOUBLE,        /* IEEE binary64, kept as its bits */
  K8_FIELD_TIME,          /* seconds since 1970, RFC 3339 in JSON */
  K8_FIELD_MICRO_TIME,    /* microseconds since 1970, RFC 3339 with six digits in JSON */
  K8_FIELD_QUANTITY,      /* canonical text of a quantity */
  K8_FIELD_INT_OR_STRING, /* a K8IntOrString */
  K8_FIELD_BYTES,         /* bytes, base64 in JSON */
  K8_FIELD_RAW,           /* JSON text of a value that the schema does not describe */
  K8_FIELD_OBJECT,        /* a record */
  K8_FIELD_LIST,          /* list of records */
  K8_FIELD_STRING_LIST,
  K8_FIELD_INT_LIST,      /* list of 32-bit integers */
  K8_FIELD_INT64_LIST,
  K8_FIELD_STRING_MAP,    /* text to text, sorted by key */
  K8_FIELD_QUANTITY_MAP,  /* text to quantity */
  K8_FIELD_BYTES_MAP,     /* text to bytes */
  K8_FIELD_STRING_LIST_MAP, /* text to list of texts */
} K8FieldType;

/* How strategic merge patch joins two lists (upstream's patchStrategy). */
typedef enum
{
  K8_PATCH_REPLACE,
  K8_PATCH_MERGE,
  K8_PATCH_RETAIN_KEYS,
  K8_PATCH_MERGE_RETAIN_KEYS,
} K8PatchStrategy;

/* How server-side apply sees a list (upstream's listType). */
typedef enum
{
  K8_LIST_UNSAID,
  K8_LIST_ATOMIC,
  K8_LIST_SET,
  K8_LIST_MAP,
} K8ListType;

typedef struct
{
  const char *name;        /* JSON name */
  const char *doc;         /* one sentence for explain, OpenAPI and the reference pages */
  const char *values;      /* allowed texts of an enum, "A|B|C"; NULL if free */
  const char *merge_key;   /* key of a strategic merge of lists */
  const char *list_keys;   /* keys of a list of type map, "a,b" */
  const char *go_type;     /* Go's name of a text's type, in messages; NULL: string */
  const char *default_text;
  gint64 default_int;      /* also a boolean's */
  gint64 int_min;
  gint64 int_max;
  guint16 message;         /* K8MessageId of a record or of the records in a list */
  guint16 number;          /* Protobuf tag */
  guint8 inside;           /* tag of the Protobuf message around it (Go embeds a struct), or 0 */
  guint8 type;             /* K8FieldType */
  guint8 bit;              /* private to record.c */
  guint8 patch;            /* K8PatchStrategy */
  guint8 list_type;        /* K8ListType */
  guint8 name_bytes;
  guint is_pointer : 1;    /* nil differs from the zero value */
  guint is_always : 1;     /* JSON shows it also when it is zero */
  guint is_required : 1;
  guint has_default : 1;
  guint has_range : 1;
  guint is_selectable : 1; /* a field selector may name it */
  guint is_secret : 1;     /* its bytes are wiped when freed and never traced */
} K8Field;

typedef struct
{
  const char *name;   /* Go's name: "PodSpec" */
  const char *symbol; /* C's: "pod_spec" */
  const char *doc;
  const K8Field *fields;
  guint16 n_fields;
  guint16 id;         /* K8MessageId */
  guint8 n_low_bits;  /* bits with slots; booleans lie above */
  guint8 is_base;     /* may be a delta over a template */
} K8MessageInfo;

extern const K8MessageInfo k8_messages[]; /* by K8MessageId */

typedef struct
{
  const char *kind;     /* "Pod" */
  const char *group;    /* "" for core */
  const char *version;  /* "v1" */
  const char *plural;   /* "pods"; NULL: no resource of its own (Status, Table, options) */
  const char *singular;
  const char *short_names; /* "po", several by comma, or NULL */
  const char *categories;  /* "all", or NULL */
  const char *verbs;    /* as discovery lists them, by comma; NULL: the usual eight */
  guint16 message;      /* K8MessageId */
  guint16 id;           /* K8KindId */
  guint is_namespaced : 1;
  guint has_status : 1; /* subresource status */
  guint has_scale : 1;  /* subresource scale */
  guint keeps_generation : 1; /* generation counts changes of the spec */
} K8KindInfo;

/* An integer or a text, as in ports and percentages. */
typedef struct
{
  gboolean is_text;
  gint32 number;
  const char *text; /* borrowed; NULL for a number */
} K8IntOrString;

const K8Field *k8_message_find_field (const K8MessageInfo *self, const char *name, gsize length);
const K8Field *k8_message_find_number (const K8MessageInfo *self, guint inside, guint number);
