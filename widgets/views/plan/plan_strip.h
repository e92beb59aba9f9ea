// The strip under the head of the plan dialog: the blast radius as facts side by side, or, in its place, why the plan may not run.
// GUI thread only.
#pragma once

#include "domain/action.h"
#include "widgets/views/parts/surface.h"

namespace busbar::views {

class PlanStrip : public Surface {
    Q_OBJECT
public:
    explicit PlanStrip(QWidget* parent = nullptr);

    void setPlan(const Plan& plan);
    /// Replaces the facts by `title` and one line for each difference; `again`: something went wrong, and
    /// the button "Plan again" is shown; else it only says where the plan stands.
    void setNotice(const QString& title, const QStringList& lines, bool again);
    /// The text of the notice, empty while facts are shown.
    QString notice() const { return m_notice; }

Q_SIGNALS:
    void planAgain();

private:
    void clear();
    void addFact(const QString& caption, const QString& value, const QString& detail, Sign sign = Sign::none);

    QString m_notice;
};

} // namespace busbar::views
