#include "widgets/views/parts/verbs.h"

#include "domain/lifecycle.h"
#include "widgets/views/parts/text.h"

#include <QStringList>

#include <algorithm>
#include <array>

namespace busbar::views {

const std::vector<VerbInfo>& verbTable() {
    static const std::vector<VerbInfo> kTable = [] {
        std::vector<VerbInfo> rows{
            {.verb = Verb::drain, .title = QStringLiteral("Drain"), .purpose = QStringLiteral("take out of use; who is on them may end first"), .key = QLatin1Char('D'), .asks = {.deadline = true},
             .tone = Tone::draining, .sign = Sign::draining},
            {.verb = Verb::giveBack, .title = QStringLiteral("Return"), .purpose = QStringLiteral("check, undo the close, open for use again"), .key = QLatin1Char('R'), .shortcut = QStringLiteral("Shift+X"), .asks = {.failed = true},
             .tone = Tone::link, .sign = Sign::free},
            {.verb = Verb::lease, .title = QStringLiteral("Lease"), .purpose = QStringLiteral("hand to a tenant: check, scrub, set, open, prove"), .key = QLatin1Char('L'), .asks = {.lease = true},
             .tone = Tone::leased, .sign = Sign::leased},
            {.verb = Verb::release, .title = QStringLiteral("Release"), .purpose = QStringLiteral("end the lease: close, wait, scrub, free"), .key = QLatin1Char('E'), .asks = {.deadline = true},
             .least = Friction::b, .tone = Tone::leased, .sign = Sign::leased},
            {.verb = Verb::provision, .title = QStringLiteral("Provision"), .purpose = QStringLiteral("prove capacity: inspect and burn in"), .key = QLatin1Char('P'), .asks = {.burnIn = true},
             .tone = Tone::provisioning, .sign = Sign::provisioning},
            {.verb = Verb::reset, .title = QStringLiteral("Reset"), .purpose = QStringLiteral("reset its GPUs: close, wait, reset, prove, open again"), .key = QLatin1Char('S'), .asks = {.deadline = true},
             .least = Friction::b, .tone = Tone::draining, .sign = Sign::draining},
            {.verb = Verb::reboot, .title = QStringLiteral("Reboot"), .purpose = QStringLiteral("close, wait, reboot, prove by another boot id, open again"), .key = QLatin1Char('B'), .asks = {.deadline = true},
             .least = Friction::b, .tone = Tone::draining, .sign = Sign::draining},
            {.verb = Verb::identify, .title = QStringLiteral("Identify"), .purpose = QStringLiteral("make its chassis show itself to who stands before it"), .key = QLatin1Char('I'),
             .tone = Tone::link, .sign = Sign::none},
            {.verb = Verb::swap, .title = QStringLiteral("Swap"), .purpose = QStringLiteral("give its lease an equal free node instead; this one goes to triage"), .key = QLatin1Char('W'), .asks = {.deadline = true},
             .least = Friction::b, .tone = Tone::leased, .sign = Sign::leased},
        };
        for (VerbInfo& row : rows) row.right = rightOf(row.verb);
        return rows;
    }();
    return kTable;
}

const VerbInfo& infoOf(Verb verb) {
    const auto& table = verbTable();
    if (const auto found = std::ranges::find(table, verb, &VerbInfo::verb); found != table.end()) return *found;
    // A controller newer than this console may run verbs it has no row for: their actions are shown all the same.
    static const auto others = [] {
        std::array<VerbInfo, 256> rows;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            rows[i].verb = static_cast<Verb>(i);
            rows[i].title = toQt(toString(rows[i].verb));
            if (!rows[i].title.isEmpty()) rows[i].title[0] = rows[i].title[0].toUpper();
            rows[i].least = Friction::b;
        }
        return rows;
    }();
    return others[static_cast<std::size_t>(verb)];
}

QString swapTitle(const std::string& leaves, const std::string& comes) {
    const QString title = QStringLiteral("%1 %2").arg(infoOf(Verb::swap).title, nameOf(leaves));
    return comes.empty() ? title : QStringLiteral("%1 for %2").arg(title, nameOf(comes));
}

QString approversText() {
    QStringList roles;
    for (const Role role : {Role::viewer, Role::operator_, Role::planner, Role::technician, Role::admin})
        if (allows(role, Right::approve)) roles << toQt(toString(role));
    return QStringLiteral("an %1").arg(roles.join(QStringLiteral(" or ")));
}

QString verbsTip() {
    QStringList words;
    for (const VerbInfo& info : verbTable()) words << toQt(toString(info.verb));
    return QStringLiteral("which action: %1; opens a plan and starts nothing").arg(words.join(QStringLiteral(", ")));
}

} // namespace busbar::views
