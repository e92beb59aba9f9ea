#include "widgets/controls/heatmap/heat_overlay.h"

#include "widgets/controls/heatmap/heat_header.h"
#include "widgets/controls/theme.h"

#include <QPainter>

#include <algorithm>

namespace busbar::controls {

namespace {

constexpr double kMarkPx = 11, kEdgeMarkPx = 9, kHaloPx = 3, kRackMarkWidth = 17, kRackMarkHeight = 12, kNodeMarkHeight = 14, kLabelPitch = 13, kLowestLabel = 9, kNarrowestLabel = 16, kLabelGap = 5, kOutlineHeight = 3;
constexpr float kSelectedFill = 0.22F;

class Layer {
public:
    Layer(QPainter& painter, const HeatScene& scene, const HeatCamera& camera, HeatLevel level, double ratio)
        : m_painter(painter), m_scene(scene), m_camera(camera), m_level(level), m_ratio(ratio), m_view(QPointF(), QSizeF(camera.viewport()) / ratio) {}

    void paintSite(std::uint32_t site, const HeatCaption& caption, const std::vector<std::uint32_t>& selected) {
        paintOutlines(site);
        paintSelected(site, selected);
        if (m_scene.nodes(site).stale()) paintStaleFrame(site);
        paintLabels(site);
        paintMarks(site);
        const items::SiteBlock& block = m_scene.layout().sites()[site];
        for (std::size_t i = 0; i < block.headers.size(); ++i) paintHeader(rect(block.headers[i]), rect(block.bodies[i]), caption, m_scene.nodes(site).tally());
        if (block.spots.empty() && !block.bodies.empty()) paintInstead(rect(block.bodies.front()), caption.instead);
    }

private:
    QRectF rect(const items::Box& box) const {
        const QRect pixels = m_camera.pixels(box);
        return {pixels.x() / m_ratio, pixels.y() / m_ratio, pixels.width() / m_ratio, pixels.height() / m_ratio};
    }
    double units(double count) const { return count * m_camera.scale() / m_ratio; }

    /// While any of the site is seen, so is its header: at the top of the view when its own place is above.
    void paintHeader(QRectF header, const QRectF& body, const HeatCaption& caption, const HeatTally& tally) {
        const bool above = header.bottom() < kHeatHeaderPx;
        if (above && body.bottom() > 2 * kHeatHeaderPx) header.moveBottom(kHeatHeaderPx);
        paintHeatHeader(m_painter, header, m_view, caption, tally, above || header.height() < kHeatHeaderPx - 3);
    }

    void paintOutlines(std::uint32_t site) {
        if (m_level > HeatLevel::node || units(items::kCellUnits) < kOutlineHeight) return;
        m_painter.setBrush(Qt::NoBrush);
        for (const HeatMark& mark : m_scene.nodes(site).outlines()) {
            const QRectF box = rect(m_scene.layout().nodeBox(site, mark.node));
            if (!m_view.intersects(box)) continue;
            m_painter.setPen(QPen(tone(mark.sign == Sign::draining ? Tone::drainingOutline : Tone::provisioningOutline), 1));
            m_painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5));
        }
    }

    void paintSelectedBox(const items::Box& box) {
        const QRectF frame = rect(box);
        if (!m_view.intersects(frame)) return;
        QColor fill = tone(Tone::link);
        fill.setAlphaF(kSelectedFill);
        m_painter.fillRect(frame, fill);
        m_painter.drawRect(frame.adjusted(-0.5, -0.5, 0.5, 0.5));
    }

    void paintSelected(std::uint32_t site, const std::vector<std::uint32_t>& selected) {
        m_painter.setBrush(Qt::NoBrush);
        m_painter.setPen(QPen(tone(Tone::link), 1));
        const items::SiteBlock& block = m_scene.layout().sites()[site];
        std::vector<std::uint32_t> byRack(block.racks.size(), 0);
        for (const std::uint32_t node : selected) ++byRack[block.spots[node].rack];
        for (const std::uint32_t node : selected)
            if (byRack[block.spots[node].rack] < block.racks[block.spots[node].rack].nodeCount) paintSelectedBox(m_scene.layout().nodeBox(site, node));
        for (std::size_t rack = 0; rack < byRack.size(); ++rack)
            if (byRack[rack] > 0 && byRack[rack] == block.racks[rack].nodeCount) paintSelectedBox(block.racks[rack].box);
    }

    void paintStaleFrame(std::uint32_t site) {
        m_painter.setBrush(Qt::NoBrush);
        m_painter.setPen(QPen(tone(Tone::stale), 1));
        for (const items::Box& body : m_scene.layout().sites()[site].bodies) {
            items::Box cells = body;
            cells.x += m_scene.layout().gutterUnits();
            cells.width -= m_scene.layout().gutterUnits();
            m_painter.drawRect(rect(cells).adjusted(-1.5, -1.5, 1.5, 0.5));
        }
    }

    void paintLabels(std::uint32_t site) {
        const items::FleetLayout& layout = m_scene.layout();
        m_painter.setFont(face(kCaptionPx));
        m_painter.setPen(tone(Tone::muted));
        double column = -1, below = 0;
        for (const items::StripBox& strip : layout.sites()[site].strips) {
            const QRectF box = rect(strip.box);
            const double room = units(layout.gutterUnits() + (strip.box.x > layout.gutterUnits() ? layout.columnGapUnits() : 0)) - kLabelGap;
            if (box.left() != column) below = box.top() - 1;
            column = box.left();
            if (strip.label.empty() || room < kNarrowestLabel || box.height() < kLowestLabel || box.top() < below || !m_view.intersects(box.adjusted(-room, 0, 0, 0))) continue;
            const double height = std::max(box.height(), kLabelPitch), middle = kLabelPitch / 2;
            const double centre = std::clamp(box.center().y(), m_view.top() + middle, std::max(box.bottom() - middle, m_view.top() + middle));
            const QString text = m_painter.fontMetrics().elidedText(QString::fromStdString(strip.label), Qt::ElideLeft, static_cast<int>(room)); // rows differ at the end of their names
            m_painter.drawText(QRectF(box.left() - kLabelGap - room, centre - height / 2, room, height), Qt::AlignRight | Qt::AlignVCenter, text);
            below = box.top() + height - 1;
        }
    }

    /// One mark a node where there is room, else the worst of a rack at its edge; where racks are too small the headers' counts stand alone.
    void paintMarks(std::uint32_t site) {
        const items::SiteBlock& block = m_scene.layout().sites()[site];
        const double rackWidth = units(block.gpusPerLine * items::kCellUnits), rackHeight = units(4 * items::kLineUnits);
        if (rackWidth < kRackMarkWidth || rackHeight < kRackMarkHeight) return;
        const bool byNode = m_level <= HeatLevel::node && units(items::kCellUnits) >= kNodeMarkHeight;
        const auto& marks = m_scene.nodes(site).marks();
        if (byNode) {
            for (const HeatMark& mark : marks) {
                const QRectF box = rect(m_scene.layout().nodeBox(site, mark.node));
                paintMark(box.center(), kMarkPx, box, mark.sign);
            }
            return;
        }
        std::vector<Sign> worst(block.racks.size(), Sign::none);
        for (const HeatMark& mark : marks) {
            Sign& sign = worst[block.spots[mark.node].rack];
            if (sign == Sign::none || mark.sign < sign) sign = mark.sign; // P1 before P2 before P3
        }
        for (std::size_t rack = 0; rack < worst.size(); ++rack) {
            const QRectF box = rect(block.racks[rack].box);
            paintMark({box.right() - kEdgeMarkPx / 2 - kHaloPx + 1, box.center().y()}, kEdgeMarkPx, box, worst[rack]);
        }
    }

    void paintMark(const QPointF& centre, double px, const QRectF& box, Sign sign) {
        if (sign == Sign::none || !m_view.intersects(box)) return;
        paintSignWithHalo(m_painter, sign, QRectF(std::round(centre.x() - px / 2), std::round(centre.y() - px / 2), px, px));
    }

    void paintInstead(const QRectF& body, const QString& words) {
        const double gutter = units(m_scene.layout().gutterUnits());
        const QRectF box = body.adjusted(gutter, 0, 0, 0);
        QPen pen(tone(Tone::muted), 1, Qt::DotLine);
        m_painter.setPen(pen);
        m_painter.setBrush(Qt::NoBrush);
        m_painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5));
        m_painter.setFont(face(kDensePx));
        m_painter.setPen(tone(Tone::secondary));
        m_painter.drawText(box.adjusted(8, 4, -8, -4), Qt::AlignCenter | Qt::TextWordWrap, words);
    }

    QPainter& m_painter;
    const HeatScene& m_scene;
    const HeatCamera& m_camera;
    const HeatLevel m_level;
    const double m_ratio;
    const QRectF m_view;
};

} // namespace

bool HeatOverlay::setCaptions(QVector<HeatCaption> captions) {
    if (captions == m_captions) return false;
    m_captions = std::move(captions);
    ++m_captionsVersion;
    return true;
}

const QPixmap& HeatOverlay::layer(const HeatScene& scene, const HeatSelection& selection, std::uint64_t selectionVersion, const HeatCamera& camera, HeatLevel level, double ratio) {
    const Key key{scene.marksVersion(), selectionVersion, m_captionsVersion, camera, level, ratio};
    if (key == m_key && !m_layer.isNull()) return m_layer;
    m_key = key;
    if (m_layer.size() != camera.viewport()) m_layer = QPixmap(camera.viewport());
    m_layer.setDevicePixelRatio(ratio);
    m_layer.fill(Qt::transparent);
    QPainter painter(&m_layer);
    Layer layer(painter, scene, camera, level, ratio);
    for (std::uint32_t site = 0; site < scene.siteCount(); ++site)
        layer.paintSite(site, static_cast<qsizetype>(site) < m_captions.size() ? m_captions[site] : HeatCaption{}, selection.nodes(site));
    return m_layer;
}

} // namespace busbar::controls
