/* SPDX-License-Identifier: Apache-2.0
 *
 * Statuses of refusal: one function makes the record, one row or one short function a class.
 * Source: k8s.io/apimachinery pkg/api/errors; k8s.io/apiserver pkg/endpoints/handlers/negotiation
 * (v1.36). Departures: none known.
 */
#include "machinery/status.h"

#include "base/assert.h"

/* What a Status says. Absent parts are 0 or NULL. */
typedef struct
{
  gint32 code;
  const char *reason;
  const char *message;
  K8GroupResource about;
  const char *name;
  const K8FieldErrors *errors;
  const char *cause_reason;
  const char *cause_message;
  gint32 retry_after_seconds;
  gboolean has_details;
} Said;

static void
add_cause (K8StatusDetailsEdit *details, const char *reason, const char *message, const char *field)
{
  K8StatusCauseEdit cause;

  k8_status_cause_edit (&cause, details->edit.region, NULL);
  k8_status_cause_set_reason (&cause, reason);
  k8_status_cause_set_message (&cause, message);
  k8_status_cause_set_field (&cause, field);
  k8_status_details_add_causes (details, k8_status_cause_seal (&cause));
}

static const K8StatusDetails *
make_details (K8Region *region, const Said *said)
{
  K8StatusDetailsEdit details;

  k8_status_details_edit (&details, region, NULL);
  k8_status_details_set_name (&details, said->name);
  k8_status_details_set_group (&details, said->about.group);
  k8_status_details_set_kind (&details, said->about.name);
  if (said->errors != NULL)
    for (guint i = 0; i < k8_field_errors_n (said->errors); i++)
      {
        const K8FieldError *error = k8_field_errors_at (said->errors, i);
        add_cause (&details, k8_field_error_reason (error->type), error->body, error->field);
      }
  if (said->cause_message != NULL)
    add_cause (&details, said->cause_reason, said->cause_message, NULL);
  k8_status_details_set_retry_after_seconds (&details, said->retry_after_seconds);
  return k8_status_details_seal (&details);
}

static const K8Status *
make_status (K8Region *region, const Said *said)
{
  K8StatusEdit status;

  k8_status_edit (&status, region, NULL);
  k8_status_set_status (&status, "Failure");
  k8_status_set_message (&status, said->message);
  k8_status_set_reason (&status, said->reason);
  if (said->has_details)
    k8_status_set_details (&status, make_details (region, said));
  k8_status_set_code (&status, said->code);
  return k8_status_seal (&status);
}

/* The same with a message that is freed. */
static const K8Status *
make_status_take (K8Region *region, Said said, char *message)
{
  said.message = message;
  const K8Status *status = make_status (region, &said);
  g_free (message);
  return status;
}

char *
k8_group_resource_to_text (K8GroupResource self)
{
  if (self.group == NULL || self.group[0] == '\0')
    return g_strdup (self.name);
  return g_strdup_printf ("%s.%s", self.name, self.group);
}

/* `pods "x"` and what follows; takes @rest over. */
static char *
join_about (const char *before, K8GroupResource about, const char *name, const char *rest)
{
  char *resource = k8_group_resource_to_text (about);
  GString *text = g_string_new (before);

  g_string_append (text, resource);
  if (name != NULL)
    {
      g_string_append_c (text, ' ');
      k8_quote_append (text, name);
    }
  g_string_append (text, rest);
  g_free (resource);
  return g_string_free (text, FALSE);
}

const K8Status *
k8_status_new_not_found (K8Region *region, K8GroupResource resource, const char *name)
{
  Said said = {
    .code = 404, .reason = "NotFound", .about = resource, .name = name, .has_details = TRUE
  };

  return make_status_take (region, said, join_about ("", resource, name, " not found"));
}

const K8Status *
k8_status_new_already_exists (K8Region *region, K8GroupResource resource, const char *name)
{
  Said said = {
    .code = 409, .reason = "AlreadyExists", .about = resource, .name = name, .has_details = TRUE
  };

  return make_status_take (region, said, join_about ("", resource, name, " already exists"));
}

/* A generated name was taken, eight times. */
const K8Status *
k8_status_new_name_conflict (K8Region *region,
                             K8GroupResource resource,
                             const char *name,
                             gint32 retry_after_seconds)
{
  Said said = { .code = 409,
                .reason = "AlreadyExists",
                .about = resource,
                .name = name,
                .has_details = TRUE,
                .retry_after_seconds = retry_after_seconds };

  return make_status_take (region, said,
                           join_about ("", resource, name,
                                       " already exists, the server was not able to generate a "
                                       "unique name for the object"));
}

/* @why: K8_CONFLICT_MODIFIED, or what else stands against it. */
const K8Status *
k8_status_new_conflict (K8Region *region,
                        K8GroupResource resource,
                        const char *name,
                        const char *why)
{
  Said said = {
    .code = 409, .reason = "Conflict", .about = resource, .name = name, .has_details = TRUE
  };
  char *rest = g_strdup_printf (": %s", why);
  char *message = join_about ("Operation cannot be fulfilled on ", resource, name, rest);

  g_free (rest);
  return make_status_take (region, said, message);
}

/* @resource.name may be NULL (a path, not a resource), and @name (a collection). */
const K8Status *
k8_status_new_forbidden (K8Region *region,
                         K8GroupResource resource,
                         const char *name,
                         const char *why)
{
  gboolean is_path = resource.name == NULL;
  const char *shown = name != NULL && name[0] != '\0' ? name : NULL;
  Said said = {
    .code = 403, .reason = "Forbidden", .about = resource, .name = name, .has_details = TRUE
  };
  char *rest = g_strdup_printf ("%s: %s", is_path ? "forbidden" : " is forbidden", why);
  char *message = is_path ? g_strdup (rest) : join_about ("", resource, shown, rest);

  g_free (rest);
  return make_status_take (region, said, message);
}

/* @kind: group and kind; one cause an error. */
const K8Status *
k8_status_new_invalid (K8Region *region,
                       K8GroupResource kind,
                       const char *name,
                       const K8FieldErrors *errors)
{
  Said said = { .code = 422,
                .reason = "Invalid",
                .about = kind,
                .name = name,
                .errors = errors,
                .has_details = TRUE };
  char *sentence = k8_field_errors_to_text (errors);
  char *rest = g_strdup_printf (" is invalid%s%s", sentence[0] == '\0' ? "" : ": ", sentence);
  char *message = join_about ("", kind, name == NULL ? "" : name, rest);

  g_free (sentence);
  g_free (rest);
  return make_status_take (region, said, message);
}

const K8Status *
k8_status_new_method_not_supported (K8Region *region, K8GroupResource resource, const char *action)
{
  Said said = { .code = 405, .reason = "MethodNotAllowed", .about = resource, .has_details = TRUE };
  char *shown = k8_group_resource_to_text (resource);
  char *message =
      g_strdup_printf ("%s is not supported on resources of kind \"%s\"", action, shown);

  g_free (shown);
  return make_status_take (region, said, message);
}

const K8Status *
k8_status_new_server_timeout (K8Region *region,
                              K8GroupResource resource,
                              const char *operation,
                              gint32 retry_after_seconds)
{
  Said said = { .code = 500,
                .reason = "ServerTimeout",
                .about = resource,
                .name = operation,
                .has_details = TRUE,
                .retry_after_seconds = retry_after_seconds };
  char *shown = k8_group_resource_to_text (resource);
  char *message = g_strdup_printf ("The %s operation against %s could not be completed at this "
                                   "time, please try again.",
                                   operation, shown);

  g_free (shown);
  return make_status_take (region, said, message);
}

const K8Status *
k8_status_new_bad_request (K8Region *region, const char *message)
{
  return make_status (region, &(Said){ .code = 400, .reason = "BadRequest", .message = message });
}

/* @message: NULL for upstream's own word. */
const K8Status *
k8_status_new_unauthorized (K8Region *region, const char *message)
{
  return make_status (region, &(Said){ .code = 401,
                                       .reason = "Unauthorized",
                                       .message = message == NULL ? "Unauthorized" : message });
}

const K8Status *
k8_status_new_gone (K8Region *region, const char *message)
{
  return make_status (region, &(Said){ .code = 410, .reason = "Gone", .message = message });
}

/* A resource version or continue token that the store has compacted. */
const K8Status *
k8_status_new_expired (K8Region *region, const char *message)
{
  return make_status (region, &(Said){ .code = 410, .reason = "Expired", .message = message });
}

const K8Status *
k8_status_new_timeout (K8Region *region, const char *message, gint32 retry_after_seconds)
{
  Said said = { .code = 504,
                .reason = "Timeout",
                .has_details = TRUE,
                .retry_after_seconds = retry_after_seconds };

  return make_status_take (region, said, g_strdup_printf ("Timeout: %s", message));
}

const K8Status *
k8_status_new_future_version (K8Region *region, guint64 wanted, guint64 current)
{
  Said said = { .code = 504,
                .reason = "Timeout",
                .has_details = TRUE,
                .cause_reason = "ResourceVersionTooLarge",
                .cause_message = "Too large resource version",
                .retry_after_seconds = 1 };

  return make_status_take (region, said,
                           g_strdup_printf ("Timeout: Too large resource version: "
                                            "%" G_GUINT64_FORMAT ", current: %" G_GUINT64_FORMAT,
                                            wanted, current));
}

const K8Status *
k8_status_new_too_many_requests (K8Region *region, const char *message, gint32 retry_after_seconds)
{
  return make_status (region, &(Said){ .code = 429,
                                       .reason = "TooManyRequests",
                                       .message = message,
                                       .has_details = TRUE,
                                       .retry_after_seconds = retry_after_seconds });
}

const K8Status *
k8_status_new_too_large (K8Region *region, const char *message)
{
  Said said = { .code = 413, .reason = "RequestEntityTooLarge" };

  return make_status_take (region, said, g_strdup_printf ("Request entity too large: %s", message));
}

const K8Status *
k8_status_new_unavailable (K8Region *region, const char *message)
{
  return make_status (region,
                      &(Said){ .code = 503, .reason = "ServiceUnavailable", .message = message });
}

const K8Status *
k8_status_new_internal (K8Region *region, const char *message)
{
  Said said = {
    .code = 500, .reason = "InternalError", .cause_message = message, .has_details = TRUE
  };

  return make_status_take (region, said, g_strdup_printf ("Internal error occurred: %s", message));
}

const K8Status *
k8_status_new_error (K8Region *region, const char *message)
{
  return make_status (region, &(Said){ .code = 500, .message = message });
}

/* @accepted_types: by comma and blank. */
const K8Status *
k8_status_new_not_acceptable (K8Region *region, const char *accepted_types)
{
  Said said = { .code = 406, .reason = "NotAcceptable" };

  return make_status_take (
      region, said,
      g_strdup_printf ("only the following media types are accepted: %s", accepted_types));
}

/* A 406 for another reason than the type of the media. */
const K8Status *
k8_status_new_not_acceptable_text (K8Region *region, const char *message)
{
  Said said = { .code = 406, .reason = "NotAcceptable" };

  return make_status_take (region, said, g_strdup (message));
}

const K8Status *
k8_status_new_unsupported_media_type (K8Region *region, const char *accepted_types)
{
  Said said = { .code = 415, .reason = "UnsupportedMediaType" };

  return make_status_take (region, said,
                           g_strdup_printf ("the body of the request was in an unknown format - "
                                            "accepted media types include: %s",
                                            accepted_types));
}

static const Said generic_statuses[] = {
  { .code = 400,
    .reason = "BadRequest",
    .message = "the server rejected our request for an unknown reason" },
  { .code = 404,
    .reason = "NotFound",
    .message = "the server could not find the requested resource" },
  { .code = 405,
    .reason = "MethodNotAllowed",
    .message = "the server does not allow this method on the requested resource" },
  { .code = 415, .reason = "UnsupportedMediaType", .message = "415: Unsupported Media Type" },
  { .code = 422,
    .reason = "Invalid",
    .message = "the server rejected our request due to an error in our request" },
};

const K8Status *
k8_status_new_generic (K8Region *region, gint32 code)
{
  for (guint i = 0; i < G_N_ELEMENTS (generic_statuses); i++)
    if (generic_statuses[i].code == code)
      {
        Said said = generic_statuses[i];
        said.has_details = TRUE;
        return make_status (region, &said);
      }
  k8_assert_not_reached ();
  return NULL;
}

const K8Status *
k8_status_new_success (K8Region *region,
                       K8GroupResource resource,
                       const char *name,
                       const char *uid)
{
  K8StatusEdit status;
  K8StatusDetailsEdit details;

  k8_status_details_edit (&details, region, NULL);
  k8_status_details_set_name (&details, name);
  k8_status_details_set_group (&details, resource.group);
  k8_status_details_set_kind (&details, resource.name);
  k8_status_details_set_uid (&details, uid);
  k8_status_edit (&status, region, NULL);
  k8_status_set_status (&status, "Success");
  k8_status_set_details (&status, k8_status_details_seal (&details));
  return k8_status_seal (&status);
}
