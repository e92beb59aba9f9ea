// The lines above the node table: what the result is, that the order is held and what would change, and news that are not part of the
// rows. GUI thread only.
#pragma once

#include "items/node_table_model.h"
#include "store/fleet_snapshot.h"
#include "widgets/views/parts/surface.h"

#include <QStringList>

namespace busbar::views {

/// "1,284 of 5,600 nodes  10,272 GPUs", what was left out, sites that refused; buttons for columns, query and export. 34 px.
class CountBar : public Surface {
    Q_OBJECT
public:
    explicit CountBar(QWidget* parent = nullptr);
    void show(const items::NodeTableModel& model, const store::FleetSnapshot& fleet, bool searching);
    QString text() const { return m_counts->text() + QLatin1Char(' ') + m_notes->text(); }
    Button& columnsButton() { return *m_columns; }
    Button& exportButton() { return *m_export; }

Q_SIGNALS:
    void unknownWanted();
    void copyQueryWanted();

private:
    Line *m_counts, *m_notes;
    Button *m_columns, *m_copy, *m_export;
};

/// "Order frozen … 12 rows would move". 28 px, shown only when rows would.
class OrderBanner : public Surface {
    Q_OBJECT
public:
    explicit OrderBanner(QWidget* parent = nullptr);
    /// `why` the order is held: "pointer is on rows, 5 are selected".
    void show(const items::NodeTableModel& model, const QString& orderWords, const QString& why);
    QString text() const { return m_what->text() + QLatin1Char(' ') + m_change->text(); }

Q_SIGNALS:
    void applyWanted();

private:
    Line *m_what, *m_change;
};

/// A line of news with one link (dismiss, stop). 28 px, hidden when there are none.
class NoticeBar : public Surface {
    Q_OBJECT
public:
    explicit NoticeBar(QWidget* parent = nullptr);
    void show(const QString& sentence, Sign sign = Sign::none, const QString& link = QStringLiteral("dismiss"));
    QString text() const { return m_line->text(); }

Q_SIGNALS:
    /// The link of the sentence shown; the bar hides itself first.
    void linkActivated(const QString& link);

private:
    Line* m_line;
    Line* m_link;
};

} // namespace busbar::views
