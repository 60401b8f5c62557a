/* SPDX-License-Identifier: Apache-2.0
 *
 * Errors of the real driver: what the world did wrong, as GError values of one domain.
 * The code tells the caller what to do about it (retry, adopt, give up); the message is one
 * sentence for a person, lower case, without a period.
 */

#pragma once

#include <glib.h>

#define EXEC_ERROR (exec_error_quark ())

typedef enum
{
  EXEC_ERROR_NONE,
  EXEC_ERROR_DOCKER_ABSENT,    /* no socket, or nobody listens */
  EXEC_ERROR_DOCKER_FORBIDDEN, /* the socket exists, we may not use it */
  EXEC_ERROR_DOCKER_VERSION,   /* no API version in common */
  EXEC_ERROR_TIMEOUT,          /* no answer in time: the outcome is unknown */
  EXEC_ERROR_CANCELLED,        /* we gave up ourselves: the outcome is unknown */
  EXEC_ERROR_BROKEN,           /* connection lost: the outcome is unknown */
  EXEC_ERROR_BAD_ANSWER,       /* what came back is not what the protocol says */
  EXEC_ERROR_TOO_LARGE,        /* a limit was hit */
  EXEC_ERROR_NOT_FOUND,        /* 404 */
  EXEC_ERROR_CONFLICT,         /* 409 */
  EXEC_ERROR_REFUSED,          /* any other 4xx: the same request will fail again */
  EXEC_ERROR_ENGINE,           /* 5xx */
  EXEC_ERROR_INVALID,          /* our caller's specification breaks a rule of ours */
  EXEC_ERROR_LOG_LOCKED,       /* another process holds the state folder */
  EXEC_ERROR_LOG_VERSION,      /* written by a newer version */
  EXEC_ERROR_LOG_DAMAGED,      /* acknowledged records are unreadable */
  EXEC_ERROR_LOG_FULL,         /* no space left */
  EXEC_ERROR_LOG_IO            /* any other failure of the disk */
} ExecErrorCode;

GQuark exec_error_quark (void);

/* Gives a copy of text without control characters, at most max_bytes long and valid UTF-8. */
char *exec_text_clean (const char *text, gsize max_bytes);
