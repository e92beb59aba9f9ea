#include "widgets/views/heatmap/heat_minimap.h"

#include "widgets/views/parts/look.h"

#include <QMouseEvent>
#include <QPainter>

namespace busbar::views {

namespace {

constexpr int kWidth = 264, kHeight = 152;
constexpr int kPeriodMs = 1'000;
constexpr int kSmallestMarkPx = 2;

} // namespace

HeatMinimap::HeatMinimap(const controls::HeatScene& scene, QWidget* parent) : QWidget(parent), m_scene(scene) {
    setFixedHeight(kHeight);
    setMinimumWidth(kWidth);
    setAccessibleName(QStringLiteral("Minimap of the fleet"));
}

void HeatMinimap::refresh(bool now) {
    if (!now && m_since.isValid() && m_since.elapsed() < kPeriodMs) return;
    m_since.start();
    update();
}

void HeatMinimap::setView(const controls::HeatCamera& camera) {
    m_view = camera;
    update();
}

void HeatMinimap::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    m_camera.setScene(m_scene.layout().world(), size() * devicePixelRatioF());
    m_raster.update(m_scene, m_camera, std::max(controls::HeatLevel::rack, m_camera.finest()));
    painter.drawImage(QRectF(rect()), m_raster.image());
    const double ratio = devicePixelRatioF();
    for (std::uint32_t site = 0; site < m_scene.siteCount(); ++site)
        for (const controls::HeatMark& mark : m_scene.nodes(site).marks()) {
            if (mark.sign != Sign::p1) continue;
            const QRect box = m_camera.pixels(m_scene.layout().rackOf(site, mark.node).box);
            painter.fillRect(QRectF(box.x() / ratio, box.y() / ratio, std::max<double>(kSmallestMarkPx, box.width() / ratio), std::max<double>(kSmallestMarkPx, box.height() / ratio)), tone(Tone::p1));
        }
    if (m_view.viewport().isEmpty()) return;
    const QPointF from = m_view.world(QPoint(0, 0)), to = m_view.world(QPoint(m_view.viewport().width(), m_view.viewport().height()));
    const QRectF seen(QPointF(m_camera.pixelX(static_cast<int>(from.x())), m_camera.pixelY(static_cast<int>(from.y()))) / ratio,
                      QPointF(m_camera.pixelX(static_cast<int>(to.x())), m_camera.pixelY(static_cast<int>(to.y()))) / ratio);
    painter.setPen(QPen(tone(Tone::link), 1.5));
    painter.drawRect((seen & QRectF(rect())).adjusted(1, 1, -1, -1));
}

void HeatMinimap::mousePressEvent(QMouseEvent* event) {
    const QPointF world = m_camera.world((event->position() * devicePixelRatioF()).toPoint());
    Q_EMIT moved(world.x(), world.y());
}

void HeatMinimap::mouseMoveEvent(QMouseEvent* event) {
    if (event->buttons() & Qt::LeftButton) mousePressEvent(event);
}

} // namespace busbar::views
