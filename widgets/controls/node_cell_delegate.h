// Paints the cells of the node table: text of the moment, marks, GPU strips, bars. Values of stale rows are muted and italic; their hatch
// is the table's. GUI thread only.
#pragma once

#include "items/node_table_model.h"
#include "widgets/controls/theme.h"

#include <QFont>
#include <QStyledItemDelegate>

namespace busbar::controls {

class NodeCellDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit NodeCellDelegate(const items::NodeTableModel& model, QObject* parent = nullptr);

    /// `option.rect` and State_Selected count; the ground is the table's.
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    struct CellAt;
    void paintMark(const CellAt& cell) const;
    void paintName(const CellAt& cell) const;
    void paintHealth(const CellAt& cell) const;
    void paintUtilisation(const CellAt& cell) const;
    void paintWords(const CellAt& cell) const;
    void drawText(const CellAt& cell, const QRect& area, const QString& text, Tone tone, bool bold) const;
    bool isUsual(items::NodeColumn column, const QString& text) const;

    const items::NodeTableModel& m_items;
    const QFont m_plain, m_bold, m_chip;
    QFont m_italic;
};

} // namespace busbar::controls
