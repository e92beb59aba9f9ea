#include "widgets/views/parts/fleet_view.h"

#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verb_menu.h"

namespace busbar::views {

QString whyNone(const QStringList& ids, const std::function<QString(const QString& site)>& why) {
    QStringList sites, reasons;
    for (const QString& id : ids)
        if (const QString site = siteOf(toStd(id)); !sites.contains(site)) sites << site;
    for (const QString& site : sites)
        if (const QString reason = why(site); !reason.isEmpty()) reasons << reason;
    return reasons.size() < sites.size() ? QString() : reasons.join(QStringLiteral("; "));
}

QString FleetView::planOff(Verb verb, const QStringList& ids) {
    return whyNone(ids, [this, verb](const QString& site) { return siteOffReason(site, verb); });
}

QString FleetView::askVerb(const QStringList& ids, const QPoint& where) {
    return openVerbMenu(this, where, [this, ids](Verb verb) { return planOff(verb, ids); }, [this, ids](Verb verb) { Q_EMIT planRequested(verb, ids); });
}

} // namespace busbar::views
