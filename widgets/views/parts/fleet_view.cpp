#include "widgets/views/parts/fleet_view.h"

#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verb_menu.h"

namespace busbar::views {

QString FleetView::planOff(Verb verb, const QStringList& ids) {
    QStringList sites, reasons;
    for (const QString& id : ids)
        if (const QString site = siteOf(toStd(id)); !sites.contains(site)) sites << site;
    for (const QString& site : sites)
        if (const QString why = siteOffReason(site, verb); !why.isEmpty()) reasons << why;
    return reasons.size() < sites.size() ? QString() : reasons.join(QStringLiteral("; "));
}

QString FleetView::askVerb(const QStringList& ids, const QPoint& where) {
    return openVerbMenu(this, where, [this, ids](Verb verb) { return planOff(verb, ids); }, [this, ids](Verb verb) { Q_EMIT planRequested(verb, ids); });
}

} // namespace busbar::views
