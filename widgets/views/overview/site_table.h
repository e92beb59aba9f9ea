// The site list: a QTableView over SiteModel. While the pointer is in it or a row is selected the order is frozen; Enter or a double click
// asks for the site's scope, `h` for its heatmap, R takes the order that waits, Esc lets go. Columns that do not fit are hidden, the
// least needed first. GUI thread only.
#pragma once

#include "widgets/views/overview/site_cells.h"

#include <QTableView>

namespace busbar::views {

class SiteTable : public QTableView {
    Q_OBJECT
public:
    /// Both outlive the table.
    SiteTable(items::SiteModel& model, const items::FleetTrends& trends, QWidget* parent = nullptr);

    /// Height of rows and of the whole table for `sites` rows within `available` px: roomy rows when they fit, else as low as they must be.
    void fitTo(int available);
    /// Newest trends: span in the header, scale of the sparklines.
    void refreshTrends();
    /// Name of the selected site; empty: none.
    QString currentSite() const;
    void selectSite(const QString& name);

Q_SIGNALS:
    void scopeRequested(const QString& site);
    void heatmapRequested(const QString& site);
    void currentSiteChanged(const QString& site);
    /// Columns moved: what is aligned with them must follow.
    void columnsChanged();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    void spreadColumns();
    void spanSentences();
    void setHovered(int row);
    void updateFrozen();

    items::SiteModel& m_model;
    const items::FleetTrends& m_trends;
    SiteCellContext m_context;
    class SiteHeader* m_header;
};

inline constexpr int kSiteHeaderHeight = 26;

} // namespace busbar::views
