// How the cells of the site list look: a delegate for each kind of column. They read the row from SiteModel and the trend from FleetTrends,
// and say the same in words (SiteModel's accessible text, the tooltip with all counts). GUI thread only.
#pragma once

#include "items/fleet_trends.h"
#include "items/site_model.h"

#include <QStyledItemDelegate>

namespace busbar::views {

/// What the delegates of one table share.
struct SiteCellContext {
    const items::SiteModel* model = nullptr;
    const items::FleetTrends* trends = nullptr;
    int hoveredRow = -1;
    double trendLow = 0, trendHigh = 100; ///< common scale of the sparklines, %
};

class SiteCellDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    SiteCellDelegate(const SiteCellContext& context, QObject* parent) : QStyledItemDelegate(parent), m_context(context) {}
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const final;
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option, const QModelIndex& index) final;

protected:
    struct Cell {
        QPainter& painter;
        const items::SiteRow& site;
        QRect area;
        QModelIndex index;
        bool selected;
        bool compact() const;
    };
    virtual void paintCell(const Cell& cell) const = 0;
    const SiteCellContext& context() const { return m_context; }

private:
    const SiteCellContext& m_context;
};

/// The delegate of a column; `parent` owns it.
SiteCellDelegate* makeSiteDelegate(items::SiteModel::Column column, const SiteCellContext& context, QObject* parent);

/// Rows below this height show one line.
inline constexpr int kTwoLineSiteRow = 38;
/// Positions within columns that the fleet's row takes over.
inline constexpr int kSitePadding = 12, kSiteTextLeft = 36, kCellPad = 10, kTrackWidth = 96, kTrackValueWidth = 44, kPriorityPitch = 42;
/// Marks and counts of P1..P3 in three places of fixed pitch; a dot for none, "?" for not known.
void paintPriorities(QPainter& painter, const QRect& area, const std::array<std::uint32_t, 4>& priority, bool known, bool past);

} // namespace busbar::views
