// The 36 px above the heatmap: what the colour means, which layout, what a cell stands for, zoom. GUI thread only.
#pragma once

#include "items/fleet_layout.h"
#include "widgets/controls/heatmap/heat_camera.h"
#include "widgets/controls/heatmap/heat_fill.h"
#include "widgets/views/parts/segments.h"
#include "widgets/views/parts/surface.h"

#include <vector>

namespace busbar::views {

class HeatToolbar : public Surface {
    Q_OBJECT
public:
    explicit HeatToolbar(QWidget* parent = nullptr);
    /// What is shown, in words: the level, the size of a cell, how much of the fleet is in view.
    void setShown(controls::Fill fill, controls::HeatLevel level, const controls::HeatCamera& camera, std::uint32_t rows);

Q_SIGNALS:
    void fillChosen(busbar::controls::Fill fill);
    void arrangementChosen(busbar::items::Arrangement arrangement);
    void levelChosen(busbar::controls::HeatLevel level);
    void zoomed(int steps);
    void fitted();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    Segments* m_fill;
    Segments* m_arrangement;
    Segments* m_level;
    std::vector<Line*> m_captions; ///< before the segments
    Line* m_worst;
    Line* m_size;
};

} // namespace busbar::views
