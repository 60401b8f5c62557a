/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects for tests of machinery, written as JSON with single quotes.
 */
#pragma once

#include "schema/kinds.h"

/* (transfer full): a decoded record; the test fails if it cannot be read. */
const void *test_object_new (K8Region *region, const K8MessageInfo *info, const char *json);

/* (transfer full): a record as JSON with single quotes. */
char *test_object_show (const void *record);
