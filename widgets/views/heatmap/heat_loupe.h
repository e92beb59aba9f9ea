// The rack under the pointer, or at the cursor, eight times as large: each GPU's number, each node's unit, mark and name. GUI thread only.
#pragma once

#include "widgets/controls/heatmap/heat_scene.h"

#include <QWidget>

#include <optional>

namespace busbar::views {

class HeatLoupe : public QWidget {
    Q_OBJECT
public:
    explicit HeatLoupe(const controls::HeatScene& scene, QWidget* parent = nullptr);
    void setCell(const std::optional<items::LayoutHit>& cell);
    /// "b07-r12 · nodes 1 to 4 of 18"; empty without a cell.
    QString caption() const;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    /// Nodes of the rack that there is room for, around the cell: [begin, end) in physical order.
    struct Window {
        std::uint32_t begin = 0, end = 0;
    };
    Window window() const;
    int nodeHeight(std::uint32_t node) const;
    void paintNode(class QPainter& painter, std::uint32_t node, int y) const;
    void paintGpu(QPainter& painter, std::uint32_t node, int gpu, const QRect& box) const;

    const controls::HeatScene& m_scene;
    std::optional<items::LayoutHit> m_cell;
};

} // namespace busbar::views
