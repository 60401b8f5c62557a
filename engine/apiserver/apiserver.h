/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of the API server. Components inside the world send K8ApiRequest with sealed
 * objects; clients outside send bytes (K8HttpRequest through the driver), which the API server
 * authenticates, authorises and then decodes into the same K8ApiRequest. Every answer carries
 * the tag of its request. resourceVersion travels beside the object (`revision`).
 */
#pragma once

#include <glib.h>

#include "base/array.h"
#include "env.h"
#include "machinery/patch.h"
#include "schema/kinds.h"

typedef enum
{
  K8_VERB_NONE,
  K8_VERB_GET,
  K8_VERB_LIST,
  K8_VERB_WATCH,
  K8_VERB_CREATE,
  K8_VERB_UPDATE,
  K8_VERB_PATCH,
  K8_VERB_DELETE,
  K8_VERB_DELETE_COLLECTION,
} K8Verb;
const char *k8_verb_name (K8Verb verb); /* "get", "deletecollection" */

typedef enum
{
  K8_SUBRESOURCE_NONE,
  K8_SUBRESOURCE_STATUS,
  K8_SUBRESOURCE_SCALE,
  K8_SUBRESOURCE_BINDING,
  K8_SUBRESOURCE_TOKEN,
  K8_SUBRESOURCE_EVICTION,
  K8_SUBRESOURCE_EPHEMERAL_CONTAINERS,
  K8_SUBRESOURCE_RESIZE,
  K8_SUBRESOURCE_FINALIZE,
  K8_SUBRESOURCE_LOG,
  K8_SUBRESOURCE_EXEC,
  K8_SUBRESOURCE_ATTACH,
  K8_SUBRESOURCE_PORT_FORWARD,
} K8ApiSubresource;
const char *k8_subresource_name (K8ApiSubresource subresource); /* "status", "" */

typedef enum
{
  K8_PROPAGATION_DEFAULT,
  K8_PROPAGATION_ORPHAN,
  K8_PROPAGATION_BACKGROUND,
  K8_PROPAGATION_FOREGROUND,
} K8Propagation;

/* What is done with fields that no schema knows. */
typedef enum
{
  K8_FIELDS_IGNORE,
  K8_FIELDS_WARN,
  K8_FIELDS_STRICT,
} K8FieldValidation;

/* What is wanted of a container's log, and of which: mail of STREAM, whose tag is the request's.
 * The driver answers the client itself, byte by byte. Texts are counted. */
typedef struct
{
  K8Mail mail;
  const char *pod_uid;
  const char *container_name;
  const char *container_id;  /* as the runtime knows it, without "docker://" */
  gint64 tail_lines;         /* -1: all */
  gint64 since_seconds;      /* before now; 0: all */
  gint64 limit_bytes;        /* 0: none */
  gboolean is_following;
  gboolean is_previous;      /* the life before */
  gboolean has_timestamps;
} K8LogRequest;
extern const K8MailClass k8_log_request_class;

/* One request. Texts are texts of the region (counted) or NULL; records are counted. */
typedef struct
{
  K8Mail mail;
  const char *user;           /* "system:kube-scheduler" */
  const K8KindInfo *kind;     /* resource; its plural says the path */
  const char *namespace_name; /* NULL: all, or a cluster-wide kind */
  const char *name;
  const void *object;         /* CREATE, UPDATE; Binding, Scale, TokenRequest on subresources */
  const char *patch;          /* PATCH: the body */
  const char *field_manager;
  const char *label_selector; /* LIST, WATCH, DELETE_COLLECTION */
  const char *field_selector;
  const char *continue_token;
  const char *uid;            /* DELETE: precondition */
  K8LogRequest *log;          /* GET of a pod's log; owned */
  gint64 revision;            /* UPDATE, DELETE: precondition; LIST, WATCH: from; 0 none */
  gint64 grace_seconds;       /* DELETE; -1: as the object says */
  gint64 timeout_ns;          /* WATCH: 0 the server chooses */
  guint32 limit;              /* LIST: 0 none */
  K8Verb verb;
  K8ApiSubresource subresource;
  K8PatchType patch_type;
  K8Propagation propagation;
  gboolean is_dry_run;
  gboolean wants_bookmarks;
  gboolean wants_initial_events; /* WATCH: the state first, then a marked bookmark */
  gboolean wants_only_news; /* WATCH without a revision: nothing of the state */
  gboolean is_exact_revision;    /* LIST: at `revision` and no other */
  guint8 field_validation;       /* K8FieldValidation, of a patch */
} K8ApiRequest;
extern const K8MailClass k8_api_request_class;

/* An object as the store has it. */
typedef struct
{
  const void *object; /* counted where it is kept */
  gint64 revision;    /* resourceVersion */
} K8ApiItem;

/* The answer to everything but a watch. */
typedef struct
{
  K8Mail mail;
  guint code;             /* HTTP status: 200, 201, 404, 409 … */
  const K8Status *status; /* on failure, and for deletions without an object */
  const void *object;     /* the object as stored */
  gint64 revision;        /* of the object, or of the list */
  K8Array items;          /* LIST: K8ApiItem, in order of namespace and name */
  const char *continue_token;
  gint64 remaining;       /* LIST: what lies behind the page; -1 unknown */
  gboolean is_lost;       /* no server sent it: the connection broke, or nothing came in time */
  K8Memo *memo;           /* LIST of everything: of all who ask before it changes; else NULL */
} K8ApiResponse;
extern const K8MailClass k8_api_response_class;

typedef enum
{
  K8_WATCH_ADDED,
  K8_WATCH_MODIFIED,
  K8_WATCH_DELETED,
  K8_WATCH_BOOKMARK, /* revision only */
  K8_WATCH_ERROR,    /* status; the watch is over */
} K8WatchType;
const char *k8_watch_type_name (K8WatchType type); /* "ADDED" */

typedef struct
{
  K8WatchType type;
  const void *object; /* ERROR: a K8Status */
  gint64 revision;
  K8Memo *memo;       /* of those who keep a cache; NULL until one leaves it */
} K8WatchEvent;

/* Events of a watch, in order of revisions; shared by all watchers that see the same ones. */
typedef struct
{
  K8Mail mail;
  const K8KindInfo *kind;
  K8Array events;    /* K8WatchEvent */
  gint64 now_seconds; /* wall time when it was sent, for ages in a Table; 0 to actors */
  gboolean is_end;   /* time is up: watch again from the last revision */
} K8WatchBatch;
extern const K8MailClass k8_watch_batch_class;

/* Ends a watch; tag: that of the request. */
typedef struct
{
  K8Mail mail;
} K8ApiWatchCancel;
extern const K8MailClass k8_api_watch_cancel_class;

/* A request as it came: from `serve/`, from a scenario, from the window. */
typedef struct
{
  const char *name; /* lower case */
  const char *value;
} K8HttpHeader;

typedef struct
{
  K8Mail mail;
  const char *method;
  const char *target; /* raw: path and query, not decoded */
  const char *body;   /* bytes as a text of the region; NULL none */
  const char *peer;   /* "127.0.0.1:40312" */
  K8Array headers;    /* K8HttpHeader: authorization, accept, content-type, user-agent, … */
} K8HttpRequest;
extern const K8MailClass k8_http_request_class;
K8HttpRequest *k8_http_request_new (K8Region *region, const char *method, const char *target);
void k8_http_request_add_header (K8HttpRequest *self, const char *name, const char *value);
void k8_http_request_set_body (K8HttpRequest *self, const void *bytes, gsize length);
const char *k8_http_request_find_header (const K8HttpRequest *self, const char *name);

typedef enum
{
  K8_BODY_NONE,
  K8_BODY_TEXT,   /* `text`, as it is */
  K8_BODY_OBJECT, /* one object */
  K8_BODY_LIST,   /* items, encoded piece by piece */
  K8_BODY_WATCH,  /* K8_EFFECT_WATCH_EVENT follow until RESPONSE_END */
} K8BodyType;

typedef enum
{
  K8_FORM_JSON,
  K8_FORM_PROTOBUF,
  K8_FORM_YAML,
} K8BodyForm;

/* What objects are turned into before they are written. */
typedef enum
{
  K8_SHOWN_AS_IS,
  K8_SHOWN_AS_TABLE,
  K8_SHOWN_AS_METADATA,      /* PartialObjectMetadata, of one object or in a watch */
  K8_SHOWN_AS_METADATA_LIST, /* PartialObjectMetadataList */
} K8ShownAs;

/* The answer to a K8HttpRequest: a head, and a body that k8_http_encode_piece() writes. */
typedef struct
{
  K8Mail mail;
  guint code;
  const char *content_type;
  K8Array headers; /* K8HttpHeader: warning, etag, location, retry-after … */
  K8BodyType body;
  K8BodyForm form;
  K8BodyForm status_form; /* of a Status that refuses: as if nothing were to be turned into */
  K8ShownAs shown_as;
  const char *text;
  const K8KindInfo *kind;
  const void *object;
  gint64 revision;
  K8Array items; /* K8ApiItem */
  const char *continue_token;
  gint64 remaining;
  gint64 now_seconds;  /* wall time, for ages in a Table */
  guint include_object; /* Table rows: a K8TableInclude */
  gboolean is_pretty;
  gboolean is_status_pretty; /* no form was asked for that a refusal could have */
  gboolean is_beta;     /* Table and PartialObjectMetadata of v1beta1 */
} K8HttpResponse;
extern const K8MailClass k8_http_response_class;
K8HttpResponse *k8_http_response_new (K8Region *region);
void k8_http_response_add_header (K8HttpResponse *self, const char *name, const char *value);

/* Where an encoding stands; zeroed at the start. */
typedef struct
{
  guint32 next_item;
  guint32 is_done;
  guint32 has_sent_columns;
  gint64 now_seconds; /* of the batch that is being written */
} K8HttpCursor;

/* Appends about @max_bytes of the body; FALSE when nothing is left. (apiserver/encode.c) */
gboolean k8_http_encode_piece (const K8HttpResponse *response, K8HttpCursor *cursor, GString *out,
                               gsize max_bytes);

/* Appends the frames of a watch batch in the form that the response of the watch chose. */
void k8_http_encode_watch (const K8HttpResponse *response, K8HttpCursor *cursor,
                           const K8WatchBatch *batch, GString *out);
