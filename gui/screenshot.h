/* SPDX-License-Identifier: Apache-2.0
 *
 * The canvases as one PNG, without a display.
 */
#pragma once

#include "gui/paint.h"

gboolean gui_screenshot_write (
    GuiPlayer *player, GuiSize size, GuiTheme theme, const char *path, GError **error);
