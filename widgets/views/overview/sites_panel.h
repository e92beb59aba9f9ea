// The upper half of the overview: head with legend, the site list, and the fleet's row under it. GUI thread only.
#pragma once

#include "widgets/views/overview/site_table.h"
#include "widgets/views/parts/surface.h"

class QHeaderView;

namespace busbar::views {

/// What the parts of the capacity bar look like.
class CapacityLegend : public QWidget {
    Q_OBJECT
public:
    explicit CapacityLegend(QWidget* parent = nullptr);
    /// The part for GPUs that are being scrubbed is only named while there are any.
    void setScrubbingShown(bool shown);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {0, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    bool m_scrubbing = false;
};

/// Sums over the live sites, under the columns of the list. What is in no sum is named, and a link.
class FleetRow : public QWidget {
    Q_OBJECT
public:
    FleetRow(const items::SiteModel& model, const QHeaderView& columns, QWidget* parent = nullptr);
    QSize sizeHint() const override { return {400, 40}; }
    /// The same words as painted, for those who do not see them.
    QString words() const;

Q_SIGNALS:
    void unknownActivated();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QRect columnArea(int column) const;
    void paintNumbers(QPainter& painter) const;
    void refresh();

    const items::SiteModel& m_model;
    const QHeaderView& m_columns;
    QRect m_link; ///< where the remainder was painted
};

class SitesPanel : public Surface {
    Q_OBJECT
public:
    SitesPanel(items::SiteModel& model, const items::FleetTrends& trends, QWidget* parent = nullptr);
    SiteTable& table() { return *m_table; }
    /// Takes as much of `available` px as its rows need.
    void fitTo(int available);
    /// A word about the window's filter; empty: none.
    void setFilterNote(const QString& note);

Q_SIGNALS:
    void unknownActivated();

private:
    void showCaption();

    items::SiteModel& m_model;
    Line* m_caption;
    CapacityLegend* m_legend;
    SiteTable* m_table;
    FleetRow* m_fleet;
    QString m_filterNote;
};

} // namespace busbar::views
