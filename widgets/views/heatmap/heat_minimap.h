// The whole fleet at a glance: racks by their worst, P1 nodes, and where the canvas looks. Click or drag moves it. Worked out at most once a
// second, since it looks at every GPU. GUI thread only.
#pragma once

#include "widgets/controls/heatmap/heat_raster.h"

#include <QElapsedTimer>
#include <QWidget>

namespace busbar::views {

class HeatMinimap : public QWidget {
    Q_OBJECT
public:
    explicit HeatMinimap(const controls::HeatScene& scene, QWidget* parent = nullptr);
    /// The scene changed; `now`: for a change that a person made, do not wait.
    void refresh(bool now);
    /// Where the canvas looks.
    void setView(const controls::HeatCamera& camera);

Q_SIGNALS:
    void moved(double worldX, double worldY);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;

private:
    const controls::HeatScene& m_scene;
    controls::HeatCamera m_camera, m_view;
    controls::HeatRaster m_raster;
    QElapsedTimer m_since;
};

} // namespace busbar::views
