// The verbs that a person can plan, one row each: its word, key, right, form, look and friction. Menus, palette, plan dialog and action view
// read this table; a further verb is a further row (and a form part, if it asks something new). Constant after start; any thread.
#pragma once

#include "domain/action.h"
#include "domain/role.h"
#include "widgets/views/parts/look.h"

#include <QChar>
#include <QString>

#include <vector>

namespace busbar::views {

/// How much a person is asked before a plan runs (design/console.md §2.8). A: Enter on the preview. B: Cancel is the default.
/// C: the count of nodes is typed, Cancel is the default. D: not from the console.
enum class Friction : unsigned char { a, b, c, d };

/// What the form of a verb asks for before the preview.
struct VerbAsks {
    bool lease = false;    ///< tenant, until, settings
    bool burnIn = false;   ///< profile
    bool deadline = false; ///< deadline and what happens at it
    bool failed = false;   ///< whether nodes whose check failed are meant, too
};

struct VerbInfo {
    Verb verb = Verb::unknown;
    QString title;                ///< "Drain"
    QString purpose;              ///< one line: what it is for
    QChar key;                    ///< in the menu that `x` opens; stands in the title
    QString shortcut;             ///< of its own, beside the menu; empty: none
    Right right = Right::read;
    VerbAsks asks;
    Friction least = Friction::a; ///< never less than this
    Tone tone = Tone::link;       ///< edge of its dialog
    Sign sign = Sign::none;
};

/// In the order of the menu.
const std::vector<VerbInfo>& verbTable();
/// The row of `verb`; for one that is not in the table a row with its word and nothing else.
const VerbInfo& infoOf(Verb verb);
/// "Swap n1 for n2", by the ids of who leaves and who comes; the second may not be known yet.
QString swapTitle(const std::string& leaves, const std::string& comes);
/// "an operator or admin": the roles that may approve an action.
QString approversText();
/// Tooltip of the buttons that open the menu: which verbs there are.
QString verbsTip();

} // namespace busbar::views
