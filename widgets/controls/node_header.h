// Header of the node table: 24 px of titles with the sort arrow, 28 px of small charts of each column over the whole result.
// Sections are those of items::NodeColumn, by number; people move, resize and hide them. GUI thread only.
#pragma once

#include "items/node_table_model.h"

#include <QHeaderView>

#include <optional>

namespace busbar::controls {

class NodeHeader : public QHeaderView {
    Q_OBJECT
public:
    static constexpr int kTitleHeight = 24;
    static constexpr int kChartHeight = 28;

    explicit NodeHeader(items::NodeTableModel& model, QWidget* parent = nullptr);

    /// The arrow to show: the query's own sort, or the table's.
    void setShownSort(std::optional<items::NodeSort> sort);

    /// Visible columns from left to right with their widths: "node:186".
    QStringList layoutWords() const;
    /// Words that are no column are passed over; without any column the layout is the first one.
    void setLayoutWords(const QStringList& words);
    void setColumnShown(items::NodeColumn column, bool shown);
    std::vector<items::NodeColumn> shownColumns() const;
    QSize sizeHint() const override;

Q_SIGNALS:
    void columnsChanged();
    void menuRequested(const QPoint& globalPosition);

protected:
    void paintSection(QPainter* painter, const QRect& rect, int section) const override;
    void paintEvent(QPaintEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void paintChart(QPainter& painter, const QRect& area, items::NodeColumn column) const;
    QString tipOf(items::NodeColumn column) const;

    items::NodeTableModel& m_items;
    std::optional<items::NodeSort> m_sort;
};

} // namespace busbar::controls
