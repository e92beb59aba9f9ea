#include "widgets/views/parts/verb_menu.h"

#include "widgets/views/parts/text.h"
#include "widgets/views/parts/verbs.h"

#include <QSet>

namespace busbar::views {

namespace {

// "&Drain…": the letter is underlined and pressed alone.
QString entryText(const VerbInfo& info) {
    QString title = info.title;
    const auto at = title.indexOf(info.key, 0, Qt::CaseInsensitive);
    if (at >= 0) title.insert(at, QLatin1Char('&'));
    return title + QChar(0x2026);
}

// The first sentence; the whole one stands in the tooltip.
QString shortReason(const QString& reason) { return reason.section(QStringLiteral(". "), 0, 0); }

} // namespace

void fillVerbMenu(QMenu& menu, const std::function<QString(Verb)>& whyNot, const std::function<void(Verb)>& plan) {
    menu.setToolTipsVisible(true);
    for (const VerbInfo& info : verbTable()) {
        const QString why = whyNot(info.verb);
        QAction* entry = menu.addAction(QStringLiteral("%1\t%2").arg(entryText(info), why.isEmpty() ? info.purpose : shortReason(why)));
        entry->setObjectName(QStringLiteral("plan.") + toQt(toString(info.verb)));
        entry->setEnabled(why.isEmpty());
        entry->setToolTip(why.isEmpty() ? QStringLiteral("opens a plan and starts nothing") : why);
        QObject::connect(entry, &QAction::triggered, &menu, [plan, verb = info.verb] { plan(verb); });
    }
}

QString openVerbMenu(QWidget* parent, const QPoint& where, const std::function<QString(Verb)>& whyNot, const std::function<void(Verb)>& plan) {
    QSet<QString> reasons;
    for (const VerbInfo& info : verbTable()) reasons << whyNot(info.verb);
    if (reasons.size() == 1 && !reasons.begin()->isEmpty()) return *reasons.begin();
    auto* menu = new QMenu(parent);
    menu->setObjectName(QStringLiteral("verbMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setAccessibleName(QStringLiteral("which action to plan"));
    fillVerbMenu(*menu, whyNot, plan);
    for (QAction* entry : menu->actions())
        if (entry->isEnabled()) {
            menu->setActiveAction(entry);
            break;
        }
    menu->popup(where);
    return {};
}

} // namespace busbar::views
