// The heatmap itself: cells (HeatRaster), what lies over them (HeatOverlay), and how a person moves about: drag pans, the wheel zooms and, at
// the fit, goes from GPU to node, rack and row; Shift+drag is the lasso, with Alt it adds; click selects, Ctrl+click and Space mark, arrows move
// the cell cursor, Enter opens. It shows a scene that it does not own and never starts anything. GUI thread only.
#pragma once

#include "widgets/controls/heatmap/heat_overlay.h"
#include "widgets/controls/heatmap/heat_raster.h"

#include <QPolygon>
#include <QTimer>
#include <QWidget>

#include <optional>

namespace busbar::controls {

class HeatmapControl : public QWidget {
    Q_OBJECT
public:
    /// `scene` and `selection` outlive it.
    HeatmapControl(HeatScene& scene, items::NodeSelection& selection, QWidget* parent = nullptr);

    /// The scene changed: paints what is different.
    void refresh();
    void setCaptions(QVector<HeatCaption> captions);

    const HeatScene& scene() const { return m_scene; }
    const HeatCamera& camera() const { return m_camera; }
    /// The level shown: the one asked for, or a coarser one where its cells would be below a pixel.
    HeatLevel level() const;
    void setLevel(HeatLevel level);
    void fit();
    void zoom(int steps);
    void centreOn(double x, double y);

    std::optional<items::LayoutHit> cursor() const { return m_cursor; }
    void setCursor(const items::LayoutHit& cell);
    /// The cell under the pointer.
    std::optional<items::LayoutHit> hovered() const { return m_hovered; }
    std::optional<items::LayoutHit> cellAt(QPoint position) const;
    /// The cell's rectangle in widget coordinates.
    QRectF cellRect(const items::LayoutHit& cell) const;
    /// Raster and paint of the last frame.
    double paintMilliseconds() const { return m_rasterMs + m_paintMs; }

Q_SIGNALS:
    void cursorMoved();
    /// Another cell, or none, is under the pointer.
    void hoverMoved();
    /// The pointer has rested on a cell for 150 ms.
    void hoverRested(const QPoint& position);
    void hoverLeft();
    /// Scale, place or level changed.
    void viewMoved();
    void nodeOpened(std::uint32_t site, std::uint32_t node);
    void planRequested();
    void filterRequested(std::uint32_t site, std::uint32_t node);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;

private:
    enum class Drag : std::uint8_t { none, pressed, pan, lasso };
    QPoint devicePoint(QPointF position) const;
    items::Box cellBox(const items::LayoutHit& cell) const;
    void moved();
    void keepCursor();
    void zoomAt(int steps, QPoint anchor);
    void placeCursor();
    void stepCursor(int dx, int dy);
    void openCursor();
    void hover(QPoint position);
    void unhover();
    void click(QPoint position, Qt::KeyboardModifiers modifiers);
    void endLasso(bool add);
    void paintCursor(QPainter& painter) const;
    void paintLasso(QPainter& painter) const;

    HeatScene& m_scene;
    items::NodeSelection& m_selection;
    HeatCamera m_camera;
    HeatLevel m_level = HeatLevel::gpu;
    HeatRaster m_raster;
    HeatOverlay m_overlay;
    HeatSelection m_selected;
    std::uint64_t m_overlayMarks = 0, m_look = 0;

    std::optional<items::LayoutHit> m_cursor, m_hovered;
    std::string m_cursorId;
    Drag m_drag = Drag::none;
    QPoint m_pressed, m_last;
    QPolygon m_lasso; ///< device pixels
    bool m_lassoAdds = false;
    int m_wheel = 0;
    QTimer m_rest;
    QPoint m_restPosition;
    double m_rasterMs = 0, m_paintMs = 0;
};

} // namespace busbar::controls
