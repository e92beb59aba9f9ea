// The menu of verbs that `x` opens: each with its letter, and with the reason beside it while it cannot be planned. GUI thread only.
#pragma once

#include "domain/action.h"

#include <QMenu>

#include <functional>

namespace busbar::views {

/// Adds an entry a verb to `menu`, objectName "plan.WORD". `whyNot`: empty text where it can be planned; such an entry calls `plan`.
void fillVerbMenu(QMenu& menu, const std::function<QString(Verb)>& whyNot, const std::function<void(Verb)>& plan);
/// Shows that menu at a place of the screen, objectName "verbMenu"; it goes when it closes. Where no verb can be planned and all for the
/// same reason, nothing opens and the reason is returned.
QString openVerbMenu(QWidget* parent, const QPoint& where, const std::function<QString(Verb)>& whyNot, const std::function<void(Verb)>& plan);

} // namespace busbar::views
